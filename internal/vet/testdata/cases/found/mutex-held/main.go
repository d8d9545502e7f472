// Another goroutine holds the lock while it uses the network.
package main

import (
	"fyne.io/fyne/v2/app"
	"net/http"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type store struct {
	mu    sync.Mutex
	items []string
}

func (s *store) count() int {
	s.mu.Lock() // want "risky-call.*sync"
	defer s.mu.Unlock()
	return len(s.items)
}

func (s *store) sync() {
	s.mu.Lock()
	defer s.mu.Unlock()
	http.Get("http://example.com")
}

func run(w fyne.Window) {
	s := &store{}
	go s.sync()
	w.SetContent(widget.NewButton("count", func() { s.count() }))
}

func main() { run(app.New().NewWindow("w")) }
