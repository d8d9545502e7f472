// Command labsafe-settings is a game that reads its options at each start, and does not
// check what it reads.
package main

import (
	"encoding/json"
	"image/color"
	"os"
	"path/filepath"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/vector"
)

type options struct{ Tile int }

type game struct {
	ends time.Time
	tile int
}

func (g *game) Update() error {
	if time.Now().After(g.ends) {
		return ebiten.Termination
	}
	return nil
}

func (g *game) Draw(screen *ebiten.Image) {
	for x := 0; x < 320; x += g.tile {
		vector.DrawFilledRect(screen, float32(x), 40, float32(g.tile)/2, 60, color.RGBA{uint8(x), 120, 200, 255}, false)
	}
}

func (g *game) Layout(int, int) (int, int) { return 320, 240 }

func main() {
	o := options{Tile: 16}
	if dir, err := os.UserConfigDir(); err == nil {
		if b, err := os.ReadFile(filepath.Join(dir, "tiles", "options.json")); err == nil {
			if err := json.Unmarshal(b, &o); err != nil || o.Tile < 1 {
				panic("options.json: tile must be 1 or more")
			}
		}
	}
	ebiten.SetWindowTitle("Tiles")
	if err := ebiten.RunGame(&game{ends: time.Now().Add(time.Minute), tile: o.Tile}); err != nil {
		panic(err)
	}
}
