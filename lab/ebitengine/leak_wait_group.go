package main

import (
	"sync"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-leak-wait-group",
		Illness: "each wave of enemies has a goroutine that waits until all are beaten, but one of them was counted twice",
		Leak:    true,
		ID:      []string{"leak/goroutine"},
		Chain:   []string{"main.(*wave).reward"},
		Where:   []string{"main.(*wave).reward"},
	}, leakWaitGroup)
}

type wave struct {
	alive   sync.WaitGroup
	enemies [1 << 10]int64
	points  int
}

func (w *wave) reward() {
	w.alive.Wait()
	w.points += len(w.enemies)
}

func newWave() *wave {
	w := new(wave)
	w.alive.Add(4) // of three
	go w.reward()
	return w
}

func leakWaitGroup(*stage) part {
	return part{update: func(tick int) {
		ill(tick)
		if tick >= illAt && tick%3 == 0 {
			w := newWave()
			for range 3 {
				w.alive.Done()
			}
		}
	}}
}
