// The game is embedded, and only one of its methods is overridden.
package main

import (
	"os/exec"

	"github.com/hajimehoshi/ebiten/v2"
)

type base struct{}

func (base) Update() error              { return nil }
func (base) Draw(*ebiten.Image)         {}
func (base) Layout(w, h int) (int, int) { return w, h }

type game struct{ base }

func (g game) Draw(*ebiten.Image) {
	exec.Command("uptime").Output() // want "risky-call.*Output"
}

func main() { ebiten.RunGame(game{}) }
