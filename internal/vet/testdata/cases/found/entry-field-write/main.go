// A handler stored in a field writes a file.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	e := widget.NewEntry()
	e.OnChanged = func(s string) {
		os.WriteFile("draft", []byte(s), 0o600) // want "risky-call.*os.WriteFile"
	}
	w.SetContent(e)
}

func main() { run(app.New().NewWindow("w")) }
