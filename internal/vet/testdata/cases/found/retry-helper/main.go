// A helper calls what it gets; only one of its callers is the UI.
package main

import (
	"fyne.io/fyne/v2/app"
	"net/http"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func retry(f func() error) {
	for f() != nil {
	}
}

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("try", func() {
		retry(func() error {
			_, err := http.Get("http://example.com") // want "risky-call.*http.Get"
			return err
		})
	}))
}

func main() { run(app.New().NewWindow("w")) }
