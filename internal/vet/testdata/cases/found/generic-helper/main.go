// The call lies behind a generic function.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func must[T any](v T, err error) T { return v }

func load[T any](path string, parse func([]byte) T) T {
	return parse(must(os.ReadFile(path))) // want "risky-call.*os.ReadFile"
}

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("load", func() { load("a", func(b []byte) int { return len(b) }) }))
}

func main() { run(app.New().NewWindow("w")) }
