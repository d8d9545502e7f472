// Command ebitengine-states brings an Ebitengine game into one state, named by
// its argument, for the recorded stacks of internal/toolkit.
package main

import (
	"image/color"
	"log"
	"os"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
)

type game struct {
	state string
	ticks int
	shown *ebiten.Image
}

func (g *game) Update() error {
	g.ticks++
	if g.ticks < 30 {
		return nil
	}
	switch g.state {
	case "single-freeze":
		time.Sleep(time.Hour)
	case "worker":
		// Another goroutine reads pixels between frames; this one does not go on.
		if g.ticks == 30 {
			go g.read()
			time.Sleep(50 * time.Millisecond)
		} else {
			time.Sleep(time.Hour)
		}
	}
	return nil
}

func (g *game) read() {
	for {
		g.shown.Fill(color.Black)
		g.shown.ReadPixels(make([]byte, 4*16*16))
	}
}

func (g *game) Draw(screen *ebiten.Image) {
	if g.state == "draw" && g.ticks > 30 {
		time.Sleep(time.Hour)
	}
	if g.state == "pixels" && g.ticks > 30 {
		for {
			g.shown.Fill(color.Black)
			g.shown.At(1, 1)
		}
	}
	if g.state == "busy" {
		screen.DrawImage(g.shown, nil)
	}
}

func (g *game) Layout(int, int) (int, int) { return 320, 240 }

func main() {
	g := &game{state: os.Args[1], shown: ebiten.NewImage(16, 16)}
	var options ebiten.RunGameOptions
	switch g.state {
	case "unfocused": // waits for the focus, which it never gets
		ebiten.SetRunnableOnUnfocused(false)
		options.InitUnfocused = true
	case "minimum": // waits for events
		ebiten.SetFPSMode(ebiten.FPSModeVsyncOffMinimum)
	case "single", "single-freeze": // one goroutine does it all
		options.SingleThread = true
	case "uncleared":
		ebiten.SetScreenClearedEveryFrame(false)
	case "minimised":
		time.AfterFunc(time.Second, ebiten.MinimizeWindow)
	}
	if err := ebiten.RunGameWithOptions(g, &options); err != nil {
		log.Fatal(err)
	}
}
