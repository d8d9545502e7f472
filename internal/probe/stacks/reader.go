package stacks

import (
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
)

// Reader turns goroutines and code addresses into evidence, for other probes.
// It is for one goroutine at a time.
type Reader struct {
	t       Target
	conv    *converter
	windows *windows
	locks   *lockWaits
}

// NewReader returns a Reader for a target.
func NewReader(t Target) *Reader {
	return &Reader{t: t, conv: newConverter(t.Program, t.Evidence), windows: newWindows(t.Program, t.Toolkit)}
}

// Goroutine converts one goroutine.
func (r *Reader) Goroutine(g *gort.Goroutine) evidence.Goroutine {
	r.conv.now = monotonic()
	return r.conv.goroutine(g)
}

// Activity says what a goroutine of the UI does.
func (r *Reader) Activity(role evidence.Role, g *gort.Goroutine, e *evidence.Goroutine) evidence.Activity {
	return r.windows.activity(role, g, e)
}

// Frames converts a stack, innermost first.
func (r *Reader) Frames(frames []gort.Frame) []evidence.Frame {
	out := make([]evidence.Frame, 0, len(frames)+4)
	for i := range frames {
		out = r.conv.frame(out, &frames[i], false)
	}
	return out
}

// UI finds the goroutines of the UI among all.
func (r *Reader) UI(gs []evidence.Goroutine) []evidence.UIGoroutine {
	return findUI(r.t, gs, r.t.Process.PID)
}

// Holders says who holds, or can serve, what one goroutine waits for.
func (r *Reader) Holders(s *gort.Snapshot, gs []evidence.Goroutine, ui []evidence.UIGoroutine, id uint64) []evidence.Hold {
	return holdersOf(r.t, s, gs, ui, id)
}

// LockHolder is the state of the goroutine that holds the lock for which g waits;
// "" if it waits for none, or nobody is known to hold it.
func (r *Reader) LockHolder(g *gort.Goroutine, o gort.Options, ui []evidence.UIGoroutine) string {
	if r.locks == nil {
		r.locks = newLockWaits(r.t.Program, nil)
	}
	r.locks.ask = func(waiter uint64) (*gort.Snapshot, []evidence.Hold) {
		o.Stopper = nil
		s, gs, err := r.Snapshot(o)
		if err != nil {
			return nil, nil
		}
		return s, r.Holders(s, gs, ui, waiter)
	}
	return r.locks.holder(g)
}

// Snapshot reads all goroutines while the program runs, stopping none.
func (r *Reader) Snapshot(o gort.Options) (*gort.Snapshot, []evidence.Goroutine, error) {
	s, err := r.t.Program.Goroutines(o)
	if err != nil {
		return nil, nil, err
	}
	sortByID(s.Goroutines)
	r.conv.now = monotonic()
	gs := make([]evidence.Goroutine, len(s.Goroutines))
	for i, g := range s.Goroutines {
		gs[i] = r.conv.goroutine(g)
	}
	return s, gs, nil
}
