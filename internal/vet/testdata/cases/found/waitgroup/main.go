// A handler waits for goroutines that use the network.
package main

import (
	"fyne.io/fyne/v2/app"
	"net/http"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("all", func() {
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { http.Get("http://example.com") })
		}
		wg.Wait() // want "risky-call.*Wait"
	}))
}

func main() { run(app.New().NewWindow("w")) }
