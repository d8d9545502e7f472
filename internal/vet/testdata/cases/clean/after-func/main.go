// A timer runs its function elsewhere.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("later", func() {
		time.AfterFunc(time.Second, func() { os.Remove("a") })
	}))
}

func main() { run(app.New().NewWindow("w")) }
