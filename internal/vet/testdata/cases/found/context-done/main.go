// A handler waits until a context ends.
package main

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window, ctx context.Context) {
	w.SetContent(widget.NewButton("stop", func() {
		<-ctx.Done() // want "risky-call.*Done"
	}))
}

func main() { run(app.New().NewWindow("w"), context.Background()) }
