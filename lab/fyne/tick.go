package main

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

// Every runs f on the UI goroutine again and again, as a program does that shows
// what is new.
func (s *stage) Every(pause time.Duration, f func()) {
	s.Later(func() {
		harness.Armed()
		for range time.Tick(pause) {
			fyne.Do(f)
		}
	})
}

// lively puts a progress bar below content that draws in every frame.
func lively(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewBorder(nil, widget.NewProgressBarInfinite(), nil, nil, content)
}
