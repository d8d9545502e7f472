package heap

import (
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// Timeline stands between a watch and who shows it: [Watch] hands samples to
// Add, and the other side asks for what is new. Its methods may be called from
// several goroutines.
type Timeline struct {
	mu      sync.Mutex
	begun   time.Time
	all     []evidence.MemorySample
	fresh   []evidence.MemorySample
	verdict report.MemoryVerdict
	ended   bool
}

// NewTimeline returns an empty one that begins now.
func NewTimeline() *Timeline {
	return &Timeline{begun: time.Now(), verdict: Verdict(nil)}
}

// Begun is the moment from which the samples' times should count
// ([WatchOptions].From).
func (t *Timeline) Begun() time.Time { return t.begun }

// Add takes a sample.
func (t *Timeline) Add(s evidence.MemorySample) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = keep(t.all, s)
	t.fresh = append(t.fresh, s)
	t.verdict = Verdict(t.all)
}

// End says that no sample will follow.
func (t *Timeline) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
}

// News returns the samples added since it was last called, what all so far say,
// for how long the watch has gone on, and whether it has ended.
func (t *Timeline) News() (fresh []evidence.MemorySample, v report.MemoryVerdict, at time.Duration, ended bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh, t.fresh = t.fresh, nil
	return fresh, t.verdict, time.Since(t.begun), t.ended
}

// All returns a copy of the samples so far.
func (t *Timeline) All() []evidence.MemorySample {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]evidence.MemorySample(nil), t.all...)
}
