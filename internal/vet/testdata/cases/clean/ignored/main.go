// A suppression with a reason, at the call and on the way to it.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func load() { os.ReadFile("/run/state") }

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("a", func() {
		os.Remove("/run/a") //gomedic:ignore ui-thread/risky-call tmpfs, never slow
		//gomedic:ignore ui-thread/risky-call tmpfs, never slow
		load()
	}))
}

func main() { run(app.New().NewWindow("w")) }
