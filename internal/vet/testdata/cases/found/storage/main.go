// The storage functions of the toolkit block.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("open", func() {
		storage.Reader(storage.NewFileURI("a")) // want "risky-call.*storage.Reader"
	}))
}

func main() { run(app.New().NewWindow("w")) }
