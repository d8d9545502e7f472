// The standard library calls what it gets.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	paths := []string{"b", "a"}
	w.SetContent(widget.NewButton("sort", func() {
		slices.SortFunc(paths, func(a, b string) int {
			i, _ := os.Stat(a) // want "risky-call.*os.Stat"
			return int(i.Size())
		})
	}))
}

func main() { run(app.New().NewWindow("w")) }
