// The handler puts a job into a queue; a worker runs it.
package main

import (
	"fyne.io/fyne/v2/app"
	"net/http"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type pool struct{ jobs chan func() }

func (p *pool) submit(f func()) { p.jobs <- f }
func (p *pool) work() {
	for f := range p.jobs {
		f()
	}
}

func run(w fyne.Window) {
	p := &pool{jobs: make(chan func(), 8)}
	go p.work()
	w.SetContent(widget.NewButton("get", func() {
		p.submit(func() { http.Get("http://example.com") })
	}))
}

func main() { run(app.New().NewWindow("w")) }
