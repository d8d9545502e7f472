// Command labpublished-ebiten297 shows a bug of Ebitengine 2.9.7 that made
// programs leak.
//
//	labpublished-ebiten297 -manifest     what must be found
//	labpublished-ebiten297 FAULT         leak
package main

import (
	"fmt"
	"image/color"
	"os"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/gomedic/gomedic/lab/harness"
)

var faults = harness.Table[func()]{Toolkit: "ebitengine"}

// game draws what was prepared before it ran.
type game struct{ tick int }

func (g *game) Update() error { g.tick++; return nil }

func (g *game) Draw(screen *ebiten.Image) { screen.Fill(color.RGBA{30, uint8(g.tick), 90, 255}) }

func (g *game) Layout(int, int) (width, height int) { return 480, 320 }

func main() {
	fault, prepare := faults.Choose()
	prepare()
	ebiten.SetWindowTitle(fault.Title())
	ebiten.SetRunnableOnUnfocused(true)
	if err := ebiten.RunGame(&game{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
