// A Cond gives the lock back while it waits.
package main

import (
	"fyne.io/fyne/v2/app"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type queue struct {
	mu   sync.Mutex
	cond *sync.Cond
	n    int
}

func (q *queue) take() {
	q.mu.Lock()
	for q.n == 0 {
		q.cond.Wait()
	}
	q.n--
	q.mu.Unlock()
}

func run(w fyne.Window) {
	q := &queue{}
	q.cond = sync.NewCond(&q.mu)
	go q.take()
	w.SetContent(widget.NewButton("put", func() {
		q.mu.Lock()
		q.n++
		q.mu.Unlock()
		q.cond.Signal()
	}))
}

func main() { run(app.New().NewWindow("w")) }
