//go:build js

// A game that panics in its second second: a level that is not there.
package main

import "github.com/hajimehoshi/ebiten/v2"

type level struct{ speed int }

type game struct {
	n, x   int
	levels []level
}

func (g *game) move() {
	g.x += g.levels[g.n/60].speed // HERE
}

func (g *game) Update() error {
	g.n++
	g.move()
	return nil
}

func (g *game) Draw(*ebiten.Image) {}

func (g *game) Layout(int, int) (int, int) { return 320, 240 }

func main() {
	if err := ebiten.RunGame(&game{levels: []level{{1}}}); err != nil {
		panic(err)
	}
}
