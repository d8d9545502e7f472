// A reader waits for a writer that sleeps, two calls deep.
package main

import (
	"fmt"
	"fyne.io/fyne/v2/app"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

var (
	mu    sync.RWMutex
	state int
)

func refresh() {
	mu.Lock()
	fetch()
	state++
	mu.Unlock()
}

func fetch() { time.Sleep(time.Second) }

func run(w fyne.Window) {
	go refresh()
	w.SetContent(widget.NewButton("show", func() {
		mu.RLock() // want "risky-call.*refresh"
		defer mu.RUnlock()
		fmt.Println(state)
	}))
}

func main() { run(app.New().NewWindow("w")) }
