// The group runs its functions on goroutines, and nobody waits.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
	"golang.org/x/sync/errgroup"
)

func run(w fyne.Window) {
	var g errgroup.Group
	w.SetContent(widget.NewButton("all", func() {
		g.Go(func() error { return os.Remove("a") })
	}))
}

func main() { run(app.New().NewWindow("w")) }
