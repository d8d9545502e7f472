package stacks

import (
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// pageLoop is the function that calls Go functions for JavaScript: what is below it on
// a stack is the work of the page's thread (runtime/lock_js.go, syscall/js/func.go; Go
// 1.12 to 1.27).
const pageLoop = "syscall/js.handleEvent"

// PageLook is what one copy of a page's memory shows.
type PageLook struct {
	Goroutines []evidence.Goroutine // by id
	UI         []evidence.UIGoroutine
	Holds      []evidence.Hold
	Snapshot   *gort.Snapshot
}

// Page reads the goroutines of a page. at is when the copy was made and started when
// the program was, by the clock of the page's machine. standing is the goroutine that
// ran when the page's thread was stopped, with its stack; nil where JavaScript had
// control. explained: who holds what is wanted, too.
func Page(t Target, started, at time.Time, standing *gort.Goroutine, explained bool) (*PageLook, error) {
	s, err := t.Program.Goroutines(gort.Options{})
	if err != nil {
		return nil, err
	}
	sortByID(s.Goroutines)
	conv := newConverter(t.Program, t.Evidence)
	conv.now = at.UnixNano() // the runtime's nanotime is Date.now in a page
	l := &PageLook{Snapshot: s, Goroutines: make([]evidence.Goroutine, len(s.Goroutines))}
	for i, g := range s.Goroutines {
		if standing != nil && g.Addr == standing.Addr {
			g.Frames, g.Cut = standing.Frames, standing.Cut
		}
		l.Goroutines[i] = conv.goroutine(g)
		e := &l.Goroutines[i]
		if standing == nil && e.Status == evidence.StatusRunning {
			e.System = true // it has given the thread to JavaScript (runtime/lock_js.go, pause)
		}
		if since := t.Program.LockClock(g, started.UnixNano(), conv.now); since > 0 && g.WaitReason == "sync.Mutex.Lock" {
			e.WaitingFor, e.WaitFrom = time.Duration(conv.now-since), "lock"
		}
		if role := pageRole(e, standing != nil && g.Addr == standing.Addr); role {
			l.UI = append(l.UI, evidence.UIGoroutine{Goroutine: e.ID, Role: evidence.RoleUI, Loop: pageLoop})
		}
	}
	l.UI = keepCalled(l.UI, l.Goroutines)
	if !explained {
		return l, nil
	}
	tr := &tracer{prog: t.Program, tk: t.Toolkit, gs: s.Goroutines, ev: l.Goroutines, ui: nil,
		at: make(map[uint64]int, len(s.Goroutines)), waits: map[uint64][]gort.Wait{}, idle: map[uint64]bool{}}
	t.Program.ForgetHeap()
	for i, g := range s.Goroutines {
		tr.at[g.ID] = i
	}
	var ids []uint64
	for _, u := range l.UI {
		ids = append(ids, u.Goroutine)
	}
	ids = append(ids, 1)
	l.Holds = tr.trace(append(ids, tr.lockWaiters()...))
	return l, nil
}

// keepCalled leaves out what runs while JavaScript waits for another goroutine, which
// it has called, to return: that one keeps the page.
func keepCalled(ui []evidence.UIGoroutine, gs []evidence.Goroutine) []evidence.UIGoroutine {
	called := func(u evidence.UIGoroutine) bool {
		i := slices.IndexFunc(gs, func(g evidence.Goroutine) bool { return g.ID == u.Goroutine })
		return i >= 0 && pageRole(&gs[i], false)
	}
	if !slices.ContainsFunc(ui, called) {
		return ui
	}
	return slices.DeleteFunc(ui, func(u evidence.UIGoroutine) bool { return !called(u) })
}

// pageRole reports whether the page's thread is in a goroutine's call of user code: it
// runs, or it was called by JavaScript, which waits for it to return.
func pageRole(g *evidence.Goroutine, standing bool) bool {
	if standing {
		return toolkit.UserFrame(g.Frames) >= 0
	}
	return slices.ContainsFunc(g.Frames, func(f evidence.Frame) bool { return f.Function == pageLoop })
}
