// Command labebitengine is a small Ebitengine game with one illness of your
// choice.
//
//	labebitengine -manifest     what must be found
//	labebitengine FAULT         open the window and fall ill
//
// Each fault stands in its own file. This file is the game around it.
package main

import (
	"fmt"
	"image/color"
	"os"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/vector"

	"github.com/gomedic/gomedic/lab/harness"
)

// illAt is the tick, of 60 in a second, at which a fault falls ill.
const illAt = 45

// part is what a fault puts into the game; nil functions are left out.
type part struct {
	update func(tick int)
	draw   func(screen *ebiten.Image)
	bare   bool // draw is all that draws
}

// build prepares a fault.
type build func(*stage) part

var faults = harness.Table[build]{Toolkit: "ebitengine"}

// stage is the program around a fault.
type stage struct{ title string }

// Click makes a user click into the window in a moment.
func (s *stage) Click() {
	go func() {
		if err := harness.Click(s.title, 100, 100); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}()
}

type game struct {
	part
	tick   int
	frames *harness.FrameLog
}

func (g *game) Update() error {
	began := g.frames.Begin()
	g.tick++
	if g.update != nil {
		g.update(g.tick)
	}
	g.frames.End("update", began)
	return nil
}

func (g *game) Draw(screen *ebiten.Image) {
	began := g.frames.Begin()
	if !g.bare {
		screen.Fill(color.RGBA{30, 60, 90, 255})
		vector.FillRect(screen, float32(g.tick%400), 100, 40, 40, color.White, false)
	}
	if g.draw != nil {
		g.draw(screen)
	}
	g.frames.End("draw", began)
}

func (g *game) Layout(int, int) (width, height int) { return 480, 320 }

// ill reports whether tick is the one at which to fall ill, and says so.
func ill(tick int) bool {
	if tick != illAt {
		return false
	}
	harness.Armed()
	return true
}

func main() {
	fault, build := faults.Choose()
	s := &stage{title: fault.Title()}
	ebiten.SetWindowTitle(s.title)
	ebiten.SetWindowSize(480, 320)
	ebiten.SetRunnableOnUnfocused(true)
	frames := harness.Frames("update, draw: the game's Update and its Draw; from one draw's start to the next's is a frame")
	if err := ebiten.RunGame(&game{part: build(s), frames: frames}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
