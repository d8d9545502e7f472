// A method value is the handler; the call lies two calls deeper.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type page struct{ path string }

func (p *page) save()  { p.store() }
func (p *page) store() { os.Remove(p.path) } // want "risky-call.*os.Remove"

func run(w fyne.Window) {
	p := &page{}
	w.SetContent(widget.NewButton("save", p.save))
}

func main() { run(app.New().NewWindow("w")) }
