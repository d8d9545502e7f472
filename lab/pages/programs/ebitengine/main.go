//go:build js

// A game in the browser: a square that moves.
package main

import (
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"
)

type game struct {
	n      int
	square *ebiten.Image
}

func (g *game) Update() error {
	g.n++
	return nil
}

func (g *game) Draw(screen *ebiten.Image) {
	screen.Fill(color.RGBA{20, 40, 60, 255})
	var o ebiten.DrawImageOptions
	o.GeoM.Translate(float64(g.n%300), 100)
	screen.DrawImage(g.square, &o)
}

func (g *game) Layout(int, int) (int, int) { return 320, 240 }

func main() {
	square := ebiten.NewImage(16, 16)
	square.Fill(color.White)
	if err := ebiten.RunGame(&game{square: square}); err != nil {
		panic(err)
	}
}
