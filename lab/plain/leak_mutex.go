package main

import (
	"errors"
	"sync"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-leak-mutex",
		Illness: "saving a document that is too long returns without unlocking it, and whoever wants to show it waits for ever",
		Leak:    true,
		ID:      []string{"leak/goroutine"},
		Chain:   []string{"main.(*document).show"},
		Where:   []string{"main.(*document).show"},
	}, leakMutex)
}

type document struct {
	mu   sync.Mutex
	text []byte
}

func (d *document) save() error {
	d.mu.Lock()
	if len(d.text) > 1000 {
		return errors.New("too long")
	}
	d.text = nil
	d.mu.Unlock()
	return nil
}

func (d *document) show() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.text)
}

func edit() {
	d := &document{text: make([]byte, 4<<10)}
	go func() {
		if d.save() != nil {
			d.show()
		}
	}()
}

func leakMutex() {
	go func() {
		for range time.Tick(50 * time.Millisecond) {
			edit()
		}
	}()
	harness.Armed()
}
