// The lock that is held for long is another one.
package main

import (
	"fyne.io/fyne/v2/app"
	"net/http"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type store struct{ mu, netMu sync.Mutex }

func (s *store) sync() {
	s.netMu.Lock()
	defer s.netMu.Unlock()
	http.Get("http://example.com")
}

func run(w fyne.Window) {
	s := &store{}
	go s.sync()
	w.SetContent(widget.NewButton("n", func() {
		s.mu.Lock()
		s.mu.Unlock()
	}))
}

func main() { run(app.New().NewWindow("w")) }
