// The lock is held for a moment only, by everyone.
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

func (s *store) add(x string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, x)
}

func run(w fyne.Window) {
	s := &store{}
	go func() {
		http.Get("http://example.com")
		s.add("a")
	}()
	w.SetContent(widget.NewButton("add", func() { s.add("b") }))
}

func main() { run(app.New().NewWindow("w")) }
