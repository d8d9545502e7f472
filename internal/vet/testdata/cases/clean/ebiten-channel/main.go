// Update takes what a goroutine has loaded, when it is there.
package main

import (
	"fmt"
	"os"

	"github.com/hajimehoshi/ebiten/v2"
)

type game struct{ levels chan []byte }

func (g *game) Update() error {
	select {
	case l := <-g.levels:
		fmt.Println(len(l))
	default:
	}
	return nil
}
func (g *game) Draw(*ebiten.Image)         {}
func (g *game) Layout(w, h int) (int, int) { return w, h }

func main() {
	g := &game{levels: make(chan []byte)}
	go func() {
		b, _ := os.ReadFile("level")
		g.levels <- b
	}()
	ebiten.RunGame(g)
}
