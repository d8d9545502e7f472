package main

import (
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/gomedic/gomedic/lab/harness"
)

// Fyne's painter keeps the aspect ratio of each image in a map whose key is, for an
// image of pixels, the canvas.Image itself: it stays for ever, with the pixels.
// fyne-io/fyne issue 3818, amended by pull request 3919 in 2.3.5
// (internal/painter/image.go, aspects).
func init() {
	faults.Add(harness.Fault{
		Name:    "fyne23-leak-image",
		Illness: "a camera's pictures are shown one after the other, and Fyne 2.3.4 keeps each with its aspect ratio (fyne issue 3818)",
		Leak:    true,
		ID:      []string{"leak/image", "leak/widget-detached"},
		Global:  "painter.aspects",
		Type:    []string{"canvas.Image", "map[interface {}]float32", "image.RGBA"},
		Where:   []string{"main.picture"},
	}, camera)
}

// picture is 48 KiB of the camera's.
func picture(n int) *canvas.Image {
	pixels := image.NewRGBA(image.Rect(0, 0, 128, 96))
	for i := range pixels.Pix {
		pixels.Pix[i] = byte(n + i>>9)
	}
	shown := canvas.NewImageFromImage(pixels)
	shown.SetMinSize(fyne.NewSize(128, 96))
	return shown
}

func camera() (fyne.CanvasObject, time.Duration, func()) {
	box, n := container.NewCenter(picture(0)), 0
	return box, 125 * time.Millisecond, func() {
		n++
		box.Objects = []fyne.CanvasObject{picture(n)}
		box.Refresh()
	}
}
