// A goroutine changes a label.
package main

import (
	"fyne.io/fyne/v2/app"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	l := widget.NewLabel("")
	w.SetContent(l)
	go func() {
		for range time.Tick(time.Second) {
			l.SetText("tick") // want "foreign-call.*SetText"
		}
	}()
}

func main() { run(app.New().NewWindow("w")) }
