// A goroutine holds the lock while it waits for the UI.
package main

import (
	"fyne.io/fyne/v2/app"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

var mu sync.Mutex

func work(l *widget.Label) {
	mu.Lock()
	defer mu.Unlock()
	fyne.DoAndWait(func() { l.SetText("a") })
}

func run(w fyne.Window) {
	l := widget.NewLabel("")
	go work(l)
	w.SetContent(widget.NewButton("show", func() {
		mu.Lock() // want "risky-call.*work"
		mu.Unlock()
	}))
}

func main() { run(app.New().NewWindow("w")) }
