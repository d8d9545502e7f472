package main

import (
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-layout-lock",
		Illness: "a layout of the program's own takes a lock that a poller keeps while it sleeps",
		ID:      []string{"ui-blocked/mutex"},
		Where:   []string{"main.(*board).MinSize", "main.(*board).Layout"},
		Blocker: []string{"main.(*board).poll"},
	}, layoutLock)
}

// board is a fyne.Layout: Fyne calls it from its own layout code.
type board struct {
	mu      sync.Mutex
	columns int
}

func (b *board) MinSize([]fyne.CanvasObject) fyne.Size {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fyne.NewSquareSize(float32(40 * b.columns))
}

func (b *board) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, o := range objects {
		o.Resize(fyne.NewSize(size.Width/float32(b.columns), 40))
		o.Move(fyne.NewPos(0, float32(i*40)))
	}
}

func (b *board) poll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.columns < 10 {
		time.Sleep(5 * time.Minute)
		b.columns++
	}
}

func layoutLock(s *stage) fyne.CanvasObject {
	b := &board{columns: 3}
	box := container.New(b, widget.NewLabel("one"), widget.NewLabel("two"))
	s.Later(func() {
		go b.poll()
		time.Sleep(200 * time.Millisecond)
		fyne.Do(func() {
			harness.Armed()
			box.Refresh()
			s.window.Resize(fyne.NewSize(600, 400))
		})
	})
	return box
}
