package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-healthy-locks",
		Illness: "none: eight workers and the UI take the same lock a thousand times a second, each for a moment",
		Healthy: true,
		Short:   true,
	}, healthyLocks)
}

type prices struct {
	mu   sync.Mutex
	last map[string]float64
}

func (p *prices) set(name string, value float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = maps.Clone(p.last) // some microseconds under the lock
	p.last[name] = value
}

func (p *prices) get(name string) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[name]
}

func healthyLocks(s *stage) fyne.CanvasObject {
	p, shown := &prices{last: make(map[string]float64)}, widget.NewLabel("")
	for i := range 8 {
		go func() {
			for range time.Tick(8 * time.Millisecond) {
				p.set(fmt.Sprint("share ", i), rand.Float64())
			}
		}()
	}
	s.Later(func() {
		go func() {
			for range time.Tick(20 * time.Millisecond) {
				fyne.Do(func() { shown.SetText(fmt.Sprintf("%.3f", p.get("share 1"))) })
			}
		}()
		harness.Armed()
	})
	return shown
}
