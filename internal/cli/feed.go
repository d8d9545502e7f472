package cli

import (
	"slices"
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/live"
	"github.com/gomedic/gomedic/internal/probe/frames"
)

// feed stands between the probe, which must not wait, and what shows its frames.
type feed struct {
	mu        sync.Mutex
	begun     time.Time
	asked     time.Time     // when SoFar was last called
	cost      time.Duration // how long that took
	batch     live.Batch
	unsettled []evidence.LateFrame // whose stacks are not known yet
	ended     chan struct{}
}

const (
	feedEvery = 100 * time.Millisecond
	askEvery  = 500 * time.Millisecond // without a late frame
	// So many times what SoFar costs must pass until it is called again: it copies
	// all that was gathered, and the probe stands still meanwhile.
	askRest = 10
	// … but no longer than this: what is shown must not be old.
	askAtLeast = 400 * time.Millisecond
)

func newFeed() *feed { return &feed{begun: time.Now(), ended: make(chan struct{})} }

// each takes what the probe has just seen, on the probe's goroutine.
func (f *feed) each(u frames.Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if u.Frame != nil {
		f.batch.Frames = append(f.batch.Frames, *u.Frame)
	}
	if u.Late != nil {
		f.unsettled = append(f.unsettled, *u.Late)
	}
	f.batch.UnderWay, f.batch.Heard = u.UnderWay, true
	rest := min(f.cost*askRest, askAtLeast)
	if len(f.unsettled) == 0 {
		rest = max(rest, askEvery)
	}
	if u.SoFar == nil || time.Since(f.asked) < rest {
		return
	}
	from := time.Now()
	f.batch.SoFar = u.SoFar()
	f.asked = time.Now()
	f.cost = f.asked.Sub(from)
	f.settle()
}

// settle hands on the late frames as they are in all that was gathered: their
// stacks are numbered there.
func (f *feed) settle() {
	f.batch.Late = append(f.batch.Late, f.unsettled...)
	f.unsettled = nil
	for i := range f.batch.Late {
		l := &f.batch.Late[i]
		for j := len(f.batch.SoFar.Late) - 1; j >= 0; j-- {
			have := &f.batch.SoFar.Late[j]
			if have.N == l.N && have.Goroutine == l.Goroutine && have.Undrawn == l.Undrawn {
				*l = *have
				break
			}
		}
	}
}

// end says that the probe will see nothing more; all is nil if it failed.
func (f *feed) end(all *evidence.Frames) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if all != nil {
		f.batch.SoFar, f.batch.UnderWay = all, 0
		f.settle()
	}
	close(f.ended)
}

// next returns what is new since it was last called.
func (f *feed) next() live.Batch {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.batch
	f.batch = live.Batch{UnderWay: b.UnderWay, Heard: b.Heard}
	b.At, b.Causes = time.Since(f.begun), slices.Clone(f.unsettled)
	select {
	case <-f.ended:
		b.Ended = true
	default:
	}
	return b
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
