package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

// Fyne keeps the renderer of each widget in a map and takes it out together with the
// entry of the same widget in the map of canvases, a minute after it was last drawn.
// The text inside a label gets a renderer when its size is asked for and is never
// in that other map, because the label draws it: the renderer stays for ever, with
// the text (internal/cache/base.go, CleanCanvases; widget.go, renderers).
// fyne-io/fyne issue 3616.
func init() {
	faults.Add(harness.Fault{
		Name:    "fyne23-leak-objects",
		Illness: "a board shows new labels ten times a second, and Fyne 2.3.4 keeps the text of each that was ever shown (fyne issue 3616)",
		Leak:    true,
		ID:      []string{"leak/widget-detached", "leak/map"},
		Global:  "cache.renderers|cache.canvases",
		Type:    []string{"widget.RichText", "widget.textRenderer", "widget.Label", "canvas.Text"},
		Where:   []string{"main.board"},
	}, departures)
}

func board(n int) []fyne.CanvasObject {
	var lines []fyne.CanvasObject
	for i := range 4 {
		lines = append(lines, widget.NewLabel(fmt.Sprint("train ", (n+i)%20)))
	}
	return lines
}

func departures() (fyne.CanvasObject, time.Duration, func()) {
	box, n := container.NewVBox(board(0)...), 0
	return box, 100 * time.Millisecond, func() {
		n++
		box.Objects = board(n)
		box.Refresh()
	}
}
