package frames

import (
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// runners notes which lines of the user's run the toolkit's loops.
func (w *watcher) runners(gs []evidence.Goroutine) {
	w.out.Runs = nil
	for _, u := range w.ui {
		for i := range gs {
			if g := &gs[i]; g.ID == u.Goroutine {
				if at := toolkit.RunnerFrame(w.t.Toolkit, g.Frames); at >= 0 {
					w.out.Runs = append(w.out.Runs, evidence.Runner{Goroutine: g.ID, Frame: g.Frames[at]})
				}
			}
		}
	}
}

// asks looks at the goroutine that hands its calls to u, which waits for the next:
// what that one does meanwhile is what the frame's time goes to. It fills in s, and
// reports whether there is such a goroutine and it could be read.
func (w *watcher) asks(u *evidence.UIGoroutine, s *evidence.FrameSample) bool {
	at := slices.IndexFunc(w.ui, func(v evidence.UIGoroutine) bool { return v.Via == u.Goroutine })
	if at < 0 {
		return false
	}
	v := &w.ui[at]
	o := w.read
	// No probe is passed where it computes, and the kernel's clock does not look.
	if o.Stopper = nil; !w.o.NoStop && w.free() && w.mayStop(s.At) {
		o.Stopper = w.tracer
	}
	g, err := w.t.Program.Sample(w.addrs[v.Goroutine], o)
	if err != nil || g.ID != v.Goroutine {
		return false
	}
	e := w.reader.Goroutine(g)
	s.On, s.Status, s.WaitReason, s.Stack = e.ID, e.Status, e.WaitReason, w.intern(e.Frames)
	s.Place = w.place(s.Stack)
	_, crosses := toolkit.WaitsForUI(w.t.Toolkit, &e)
	switch {
	case e.Status == evidence.StatusRunnable, crosses, w.overdue(g):
		s.Cause = evidence.CauseRunnable // the call is on its way, or its answer
	case s.Stack < 0 && e.Status == evidence.StatusRunning:
		s.Cause = evidence.CauseUnknown
	default:
		s.Cause = w.ownCause(v, &e, g, s.Stack)
	}
	return true
}

// asked: the goroutine waits for the one that makes its calls in its stead, and
// which is at work.
func (w *watcher) asked(u *evidence.UIGoroutine, e *evidence.Goroutine) bool {
	if u.Via == 0 || e.Status != evidence.StatusWaiting || e.WaitReason == "sleep" {
		return false
	}
	at := slices.IndexFunc(w.ui, func(v evidence.UIGoroutine) bool { return v.Goroutine == u.Via })
	if at < 0 {
		return false
	}
	o := w.read
	o.Stopper = nil
	g, err := w.t.Program.Sample(w.addrs[u.Via], o)
	if err != nil || g.ID != u.Via {
		return false
	}
	there := w.reader.Goroutine(g)
	return toolkit.ActivityOf(w.t.Toolkit, w.ui[at].Role, &there) != evidence.Idle
}

// ownCause is the cause of what a goroutine itself does or waits for.
func (w *watcher) ownCause(u *evidence.UIGoroutine, e *evidence.Goroutine, g *gort.Goroutine, stack int) evidence.LateCause {
	cause := w.cause(e.Status, e.WaitReason, stack)
	if cause == evidence.CauseChannel && w.t.Program.WakesAt(g) > 0 {
		cause = evidence.CauseSleep // a timer's channel
	}
	if (cause == evidence.CauseSleep || cause == evidence.CauseChannel) && w.pacing(u, e.Frames) {
		cause = evidence.CausePace
	}
	return cause
}
