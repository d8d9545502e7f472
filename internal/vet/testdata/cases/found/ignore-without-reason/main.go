// A suppression has to say why.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("go", func() {
		/* the finding stays */ os.Remove("a") // want "risky-call.*os.Remove"
		//gomedic:ignore ui-thread/risky-call
		// want(-1) "risky-call.*no reason"
	}))
}

func main() { run(app.New().NewWindow("w")) }
