// The game is started in a goroutine.
package main

import (
	"github.com/hajimehoshi/ebiten/v2"
)

type game struct{}

func (g *game) Update() error              { return nil }
func (g *game) Draw(*ebiten.Image)         {}
func (g *game) Layout(w, h int) (int, int) { return w, h }

func play() {
	ebiten.RunGame(&game{}) // want "unlocked.*RunGame"
}

func main() {
	go play()
	select {}
}
