package main

import (
	"sync"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-rwmutex-writer",
		Illness: "a frame wants to read; a writer waits before it for a slow reader, and writers go first",
		ID:      []string{"ui-blocked/mutex"},
		Where:   []string{"main.(*terrain).height"},
		Blocker: []string{"main.(*terrain).backup", "main.(*terrain).set"},
		Short:   true,
	}, program{build: rwmutexWriter})
}

type terrain struct {
	mu      sync.RWMutex
	heights [64]int
}

func (t *terrain) height(i int) int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.heights[i]
}

func (t *terrain) set(i, height int) {
	t.mu.Lock()
	t.heights[i] = height
	t.mu.Unlock()
}

func (t *terrain) backup() {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for range t.heights {
		time.Sleep(20 * time.Second) // a slow disk
	}
}

func rwmutexWriter(s *stage) func() {
	var t terrain
	return func() {
		if s.Due() {
			go t.backup()
			time.Sleep(20 * time.Millisecond)
			go t.set(1, 2)
			time.Sleep(20 * time.Millisecond)
		}
		t.height(1)
	}
}
