// A handler waits for a group that reads files.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
	"golang.org/x/sync/errgroup"
)

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("all", func() {
		var g errgroup.Group
		g.Go(func() error { _, err := os.ReadFile("a"); return err })
		g.Wait() // want "risky-call.*Wait"
	}))
}

func main() { run(app.New().NewWindow("w")) }
