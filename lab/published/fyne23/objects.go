package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne23-leak-objects",
		Illness: "a board shows new labels ten times a second, and Fyne 2.3.4 keeps all that were ever shown (fyne issue 3616)",
		Leak:    true,
		ID:      []string{"leak/widget-detached"},
		Global:  "cache.canvases",
		Type:    []string{"widget.Label"},
		Where:   []string{"main.board"},
	}, departures)
}

func board(n int) []fyne.CanvasObject {
	var lines []fyne.CanvasObject
	for i := range 4 {
		lines = append(lines, widget.NewLabel(fmt.Sprint("train ", n+i)))
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
