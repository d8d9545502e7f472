// Draw asks a server.
package main

import (
	"net"

	"github.com/hajimehoshi/ebiten/v2"
)

type game struct{}

func (g *game) Update() error      { return nil }
func (g *game) Draw(*ebiten.Image) { g.scores() }
func (g *game) Layout(w, h int) (int, int) {
	return w, h
}
func (g *game) scores() {
	net.Dial("tcp", "example.com:80") // want "risky-call.*net.Dial"
}

func main() { ebiten.RunGame(&game{}) }
