// Command ebitengine-2.9 is an Ebitengine 2.9 game that does nothing; with the
// argument freeze its Update sleeps.
package main

import (
	"log"
	"os"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
)

type game struct {
	freezes bool
	ticks   int
}

func (g *game) Update() error {
	g.ticks++
	if g.freezes && g.ticks > 30 {
		freeze()
	}
	return nil
}

func (g *game) Draw(screen *ebiten.Image) {}

func (g *game) Layout(int, int) (int, int) { return 320, 240 }

func main() {
	ebiten.SetWindowTitle("ebitengine-2.9")
	if err := ebiten.RunGame(&game{freezes: len(os.Args) > 1 && os.Args[1] == "freeze"}); err != nil {
		log.Fatal(err)
	}
}

// freeze does not come back.
//
//go:noinline
func freeze() {
	time.Sleep(time.Hour)
}
