// The handlers lie in a table of the program.
package main

import (
	"fyne.io/fyne/v2/app"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

type action struct {
	label string
	run   func()
}

var actions = []action{
	{"wait", func() { time.Sleep(time.Second) }}, // want "risky-call.*time.Sleep"
}

func run(w fyne.Window) {
	box := container.NewVBox()
	for _, a := range actions {
		box.Add(widget.NewButton(a.label, a.run))
	}
	w.SetContent(box)
}

func main() { run(app.New().NewWindow("w")) }
