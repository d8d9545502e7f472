// begin takes the lock and returns with it; its caller waits.
package main

import (
	"fyne.io/fyne/v2/app"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type db struct{ mu sync.Mutex }

func (d *db) begin() { d.mu.Lock() } // want "risky-call.*holds that lock"
func (d *db) end()   { d.mu.Unlock() }

func report(d *db) {
	d.begin()
	time.Sleep(time.Minute)
	d.end()
}

func run(w fyne.Window) {
	d := &db{}
	go report(d)
	w.SetContent(widget.NewButton("book", func() {
		d.begin()
		d.end()
	}))
}

func main() { run(app.New().NewWindow("w")) }
