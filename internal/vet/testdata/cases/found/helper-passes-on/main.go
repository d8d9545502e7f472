// A helper of the program passes the handler on to the toolkit.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func toolButton(label string, tapped func()) *widget.Button {
	return widget.NewButton(label, tapped)
}

func run(w fyne.Window) {
	w.SetContent(toolButton("load", func() {
		os.ReadDir(".") // want "risky-call.*os.ReadDir"
	}))
}

func main() { run(app.New().NewWindow("w")) }
