// The lock is held by who waits for another lock, whose holder waits for the network.
package main

import (
	"fyne.io/fyne/v2/app"
	"net/http"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

var outer, inner sync.Mutex

func fetch() {
	inner.Lock()
	defer inner.Unlock()
	http.Get("http://example.com")
}

func rebuild() {
	outer.Lock()
	defer outer.Unlock()
	inner.Lock()
	inner.Unlock()
}

func run(w fyne.Window) {
	go fetch()
	go rebuild()
	w.SetContent(widget.NewButton("show", func() {
		outer.Lock() // want "risky-call.*rebuild"
		outer.Unlock()
	}))
}

func main() { run(app.New().NewWindow("w")) }
