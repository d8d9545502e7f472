// A timer runs its function on a goroutine of its own.
package main

import (
	"fyne.io/fyne/v2/app"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	p := widget.NewProgressBar()
	w.SetContent(p)
	time.AfterFunc(time.Second, func() {
		p.SetValue(1) // want "foreign-call.*SetValue"
	})
}

func main() { run(app.New().NewWindow("w")) }
