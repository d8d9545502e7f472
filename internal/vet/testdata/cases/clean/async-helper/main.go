// A helper starts what it gets.
package main

import (
	"fyne.io/fyne/v2/app"
	"net/http"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func background(f func()) { go f() }

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("get", func() {
		background(func() { http.Get("http://example.com") })
	}))
}

func main() { run(app.New().NewWindow("w")) }
