//go:build js

// A window of Fyne in the browser: a clock that a goroutine sets.
package main

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

func main() {
	a := app.NewWithID("org.example.clock")
	w := a.NewWindow("clock")
	now := widget.NewLabel("")
	w.SetContent(container.NewVBox(now, widget.NewButton("stop", w.Close)))
	go func() {
		for t := range time.Tick(200 * time.Millisecond) {
			fyne.Do(func() { now.SetText(t.Format(time.TimeOnly)) })
		}
	}()
	w.ShowAndRun()
}
