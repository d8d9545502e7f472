// A deferred call runs before the handler returns.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("clean", func() {
		defer os.RemoveAll("tmp") // want "risky-call.*os.RemoveAll"
	}))
}

func main() { run(app.New().NewWindow("w")) }
