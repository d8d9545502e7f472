// A function returns the handler.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func open(path string) func() {
	return func() {
		os.Open(path) // want "risky-call.*os.Open"
	}
}

func run(w fyne.Window) { w.SetContent(widget.NewButton("open", open("a"))) }

func main() { run(app.New().NewWindow("w")) }
