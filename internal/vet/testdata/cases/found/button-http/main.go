// A button handler gets a page.
package main

import (
	"fyne.io/fyne/v2/app"
	"net/http"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("go", func() {
		http.Get("http://example.com") // want "risky-call.*http.Get"
	}))
}

func main() { run(app.New().NewWindow("w")) }
