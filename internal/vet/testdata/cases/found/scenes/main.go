// The game plays scenes behind an interface.
package main

import (
	"os"

	"github.com/hajimehoshi/ebiten/v2"
)

type scene interface{ update() scene }

type title struct{}

func (title) update() scene { return level{} }

type level struct{}

func (level) update() scene {
	os.ReadFile("level") // want "risky-call.*os.ReadFile"
	return nil
}

type game struct{ now scene }

func (g *game) Update() error {
	g.now = g.now.update()
	return nil
}
func (g *game) Draw(*ebiten.Image)         {}
func (g *game) Layout(w, h int) (int, int) { return w, h }

func main() { ebiten.RunGame(&game{title{}}) }
