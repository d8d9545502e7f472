// The handler comes by way of a field of the program itself.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type options struct{ onSave func() }

func view(o options) *widget.Button { return widget.NewButton("save", o.onSave) }

func run(w fyne.Window) {
	w.SetContent(view(options{onSave: func() {
		os.Create("out") // want "risky-call.*os.Create"
	}}))
}

func main() { run(app.New().NewWindow("w")) }
