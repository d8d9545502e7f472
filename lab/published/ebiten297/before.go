package main

import (
	"image"
	"image/color"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/gomedic/gomedic/lab/harness"
)

// What is done with an image while no frame is under way waits for the next one:
// writing it, drawing on it, and giving it back. Before RunGame there is none, so
// the list of what waits (internal/atlas, deferred) keeps every image that was ever
// touched, and a copy of its pixels, also when it has been deallocated.
// hajimehoshi/ebiten issue 3368.
func init() {
	faults.Add(harness.Fault{
		Name:    "ebiten297-leak-before-run",
		Illness: "levels are rendered to images before the game runs and deallocated at once, and Ebitengine 2.9.7 keeps them all until a first frame (ebiten issue 3368)",
		Leak:    true,
		ID:      []string{"leak/image", "leak/map", "leak/listener"},
		Global:  "atlas.deferred",
		Where:   []string{"main.renderLevel"},
	}, renderLevels)
}

// renderLevel makes the picture of a level, 16 KiB, out of tiles.
func renderLevel(n int) color.Color {
	picture := ebiten.NewImageFromImage(tiles(n))
	defer picture.Deallocate()
	return picture.ColorModel().Convert(color.White)
}

func tiles(n int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = byte(n * i >> 6)
	}
	return img
}

func renderLevels() {
	time.AfterFunc(700*time.Millisecond, harness.Armed)
	for n := range 1 << 30 {
		renderLevel(n)
		time.Sleep(100 * time.Millisecond)
	}
}
