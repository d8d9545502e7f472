// A custom widget sleeps when it is tapped.
package main

import (
	"fyne.io/fyne/v2/app"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type tile struct{ widget.Label }

func (t *tile) Tapped(*fyne.PointEvent) {
	time.Sleep(time.Second) // want "risky-call.*time.Sleep"
}

func run(w fyne.Window) { w.SetContent(&tile{}) }

func main() { run(app.New().NewWindow("w")) }
