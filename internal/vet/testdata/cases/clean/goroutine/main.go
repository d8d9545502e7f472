// The handler starts a goroutine, and returns.
package main

import (
	"fyne.io/fyne/v2/app"
	"net/http"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	l := widget.NewLabel("")
	w.SetContent(widget.NewButton("go", func() {
		go func() {
			http.Get("http://example.com")
			fyne.Do(func() { l.SetText("done") })
		}()
	}))
}

func main() { run(app.New().NewWindow("w")) }
