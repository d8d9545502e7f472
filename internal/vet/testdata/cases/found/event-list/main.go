// A handler calls every listener of the program.
package main

import (
	"fyne.io/fyne/v2/app"
	"net/http"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type bus struct{ listeners []func(string) }

func (b *bus) on(f func(string)) { b.listeners = append(b.listeners, f) }
func (b *bus) emit(s string) {
	for _, f := range b.listeners {
		f(s)
	}
}

func run(w fyne.Window) {
	b := &bus{}
	b.on(func(s string) {
		http.Post(s, "", nil) // want "risky-call.*http.Post"
	})
	w.SetContent(widget.NewButton("emit", func() { b.emit("http://example.com") }))
}

func main() { run(app.New().NewWindow("w")) }
