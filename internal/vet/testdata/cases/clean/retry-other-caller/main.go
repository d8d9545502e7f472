// The helper gets something harmless from the UI; what blocks comes from elsewhere.
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
	go retry(func() error {
		_, err := http.Get("http://example.com")
		return err
	})
	n := 0
	w.SetContent(widget.NewButton("try", func() {
		retry(func() error { n++; return nil })
	}))
}

func main() { run(app.New().NewWindow("w")) }
