package main

import (
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-cond",
		Illness: "a callback waits on a condition until the outbox is empty, which a slow sender empties",
		ID:      []string{"ui-blocked/cond"},
		Where:   []string{"main.(*outbox).flush"},
		Blocker: []string{"main.(*outbox).send", "main.upload"},
	}, cond)
}

type outbox struct {
	mu      sync.Mutex
	empty   *sync.Cond
	letters []string
}

func (o *outbox) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.letters) > 0 {
		o.empty.Wait()
	}
}

func (o *outbox) send() {
	for range time.Tick(10 * time.Millisecond) {
		o.mu.Lock()
		next := o.letters[0]
		o.mu.Unlock()
		upload(next)
		o.mu.Lock()
		if o.letters = o.letters[1:]; len(o.letters) == 0 {
			o.empty.Broadcast()
		}
		o.mu.Unlock()
	}
}

func upload(letter string) { time.Sleep(time.Duration(len(letter)) * time.Minute) }

func cond(s *stage) fyne.CanvasObject {
	o := &outbox{letters: []string{"Dear Sir", "Dear Madam"}}
	o.empty = sync.NewCond(&o.mu)
	go o.send()
	button := widget.NewButton("Quit", func() {
		harness.Armed()
		o.flush()
		s.window.Close()
	})
	s.Click(button)
	return button
}
