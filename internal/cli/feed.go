package cli

import (
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/live"
	"github.com/gomedic/gomedic/internal/probe/frames"
)

// feed stands between the probe, which must not wait, and what shows its frames.
type feed struct {
	mu    sync.Mutex
	begun time.Time
	told  time.Time // when SoFar was last asked
	batch live.Batch
	soFar func() *evidence.Frames
	ended chan struct{}
}

const (
	feedEvery = 100 * time.Millisecond
	tellEvery = 500 * time.Millisecond // without a late frame
)

func newFeed() *feed { return &feed{begun: time.Now(), ended: make(chan struct{})} }

// each takes what the probe has just seen.
func (f *feed) each(u frames.Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if u.Frame != nil {
		f.batch.Frames = append(f.batch.Frames, *u.Frame)
	}
	if u.Late != nil {
		f.batch.Late = append(f.batch.Late, *u.Late)
	}
	if u.SoFar != nil {
		f.soFar = u.SoFar
	}
}

// end says that the probe will see nothing more.
func (f *feed) end() { close(f.ended) }

// next returns what is new since it was last called.
func (f *feed) next() live.Batch {
	f.mu.Lock()
	b, soFar := f.batch, f.soFar
	f.batch = live.Batch{}
	ask := soFar != nil && (len(b.Late) > 0 || time.Since(f.told) >= tellEvery)
	if ask {
		f.told = time.Now()
	}
	f.mu.Unlock()
	b.At = time.Since(f.begun)
	if ask { // not while holding the lock: the probe may hold its own when it calls each
		b.SoFar = soFar()
		b.Late = settle(b.SoFar, b.Late)
	}
	select {
	case <-f.ended:
		b.Ended = true
	default:
	}
	return b
}

// settle returns late frames as they are in all that was gathered: their stacks
// are numbered there.
func settle(all *evidence.Frames, late []evidence.LateFrame) []evidence.LateFrame {
	if all == nil {
		return late
	}
	for i := range late {
		for j := len(all.Late) - 1; j >= 0; j-- {
			if have := &all.Late[j]; have.N == late[i].N && have.Goroutine == late[i].Goroutine && have.Undrawn == late[i].Undrawn {
				late[i] = *have
				break
			}
		}
	}
	return late
}

// follow hands on what is new until the watch ends.
func (f *feed) follow(to func(live.Batch) error) error {
	tick := time.NewTicker(feedEvery)
	defer tick.Stop()
	for {
		ended := false
		select {
		case <-tick.C:
		case <-f.ended:
			ended = true
		}
		if err := to(f.next()); err != nil || ended {
			return err
		}
	}
}
