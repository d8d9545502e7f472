// A handler sends on a channel without a buffer.
package main

import (
	"fyne.io/fyne/v2/app"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type model struct{ events chan string }

func run(w fyne.Window) {
	m := &model{events: make(chan string)}
	go func() {
		for range m.events {
			time.Sleep(time.Second)
		}
	}()
	w.SetContent(widget.NewButton("send", func() {
		m.events <- "tap" // want "risky-call.*events<-"
	}))
}

func main() { run(app.New().NewWindow("w")) }
