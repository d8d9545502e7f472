// The program ends there: nobody waits any more.
package main

import (
	"errors"
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func fatal(err error) {
	os.WriteFile("crash.log", []byte(err.Error()), 0o600)
	os.Exit(1)
}

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("a", func() { fatal(errors.New("a")) }))
}

func main() { run(app.New().NewWindow("w")) }
