// A file dialog gives a file, and reading it takes time.
package main

import (
	"fyne.io/fyne/v2/app"
	"io"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
)

func run(w fyne.Window) {
	dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		io.ReadAll(r) // want "risky-call.*io.ReadAll"
	}, w).Show()
}

func main() { run(app.New().NewWindow("w")) }
