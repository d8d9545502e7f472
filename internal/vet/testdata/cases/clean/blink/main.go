// A millisecond is none.
package main

import (
	"fyne.io/fyne/v2/app"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("a", func() { time.Sleep(time.Millisecond) }))
}

func main() { run(app.New().NewWindow("w")) }
