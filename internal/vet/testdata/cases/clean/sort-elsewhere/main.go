// What the standard library gets on a goroutine is its matter.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	names := []string{"a"}
	go sort.Slice(names, func(i, j int) bool { os.Stat(names[i]); return i < j })
	w.SetContent(widget.NewButton("sort", func() {
		sort.Slice(names, func(i, j int) bool { return names[i] < names[j] })
	}))
}

func main() { run(app.New().NewWindow("w")) }
