// The other goroutine gives the lock back before it waits.
package main

import (
	"fmt"
	"fyne.io/fyne/v2/app"
	"net/http"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type store struct {
	mu sync.Mutex
	n  int
}

func (s *store) sync() {
	s.mu.Lock()
	n := s.n
	s.mu.Unlock()
	http.Get(fmt.Sprint("http://example.com/", n))
}

func run(w fyne.Window) {
	s := &store{}
	go s.sync()
	w.SetContent(widget.NewButton("n", func() {
		s.mu.Lock()
		s.n++
		s.mu.Unlock()
	}))
}

func main() { run(app.New().NewWindow("w")) }
