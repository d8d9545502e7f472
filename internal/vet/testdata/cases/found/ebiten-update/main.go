// Update reads a level.
package main

import (
	"os"

	"github.com/hajimehoshi/ebiten/v2"
)

type game struct{ level []byte }

func (g *game) Update() error {
	g.level, _ = os.ReadFile("level") // want "risky-call.*os.ReadFile"
	return nil
}
func (g *game) Draw(*ebiten.Image)         {}
func (g *game) Layout(w, h int) (int, int) { return w, h }

func main() { ebiten.RunGame(&game{}) }
