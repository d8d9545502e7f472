package stacks

import (
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
)

// lockWaits follows who holds the locks that goroutines of the UI wait for: a
// holder that is ready and not run keeps the lock for no work of its own.
type lockWaits struct {
	prog  *gort.Program
	waits map[uint64]*lockWait // by waiter
	asked time.Time
	now   func() time.Time
	// ask reads all goroutines, and tells who holds what one of them waits for.
	ask func(waiter uint64) (*gort.Snapshot, []evidence.Hold)
}

// lockWait is one wait for a lock.
type lockWait struct {
	turns  uint8
	looks  int
	holder uint64 // 0: not known
	at     uint64 // its runtime.g
}

// Bounds of asking: all goroutines are read for it.
const (
	askEvery = 250 * time.Millisecond
	askAfter = 2   // looks, so that short waits cost nothing
	askSure  = 0.5 // confidence
)

func newLockWaits(prog *gort.Program, ask func(uint64) (*gort.Snapshot, []evidence.Hold)) *lockWaits {
	return &lockWaits{prog: prog, waits: map[uint64]*lockWait{}, now: time.Now, ask: ask}
}

// holder is the state of the goroutine that holds the lock for which g waits; ""
// if it waits for none, or nobody is known to hold it.
func (l *lockWaits) holder(g *gort.Goroutine) string {
	if !strings.HasPrefix(g.WaitReason, "sync.Mutex.") && !strings.HasPrefix(g.WaitReason, "sync.RWMutex.") {
		delete(l.waits, g.ID)
		return ""
	}
	w := l.waits[g.ID]
	if w == nil || g.HasTurns && w.turns != g.Turns {
		w = &lockWait{turns: g.Turns}
		l.waits[g.ID] = w
	}
	w.looks++
	if w.holder == 0 && w.looks >= askAfter && l.now().Sub(l.asked) >= askEvery {
		l.asked = l.now()
		w.holder, w.at = l.find(g.ID)
	}
	if w.holder == 0 {
		return ""
	}
	id, status, ok := l.prog.StatusAt(w.at)
	if !ok || id != w.holder {
		w.holder = 0
		return ""
	}
	return status
}

// find asks who holds the lock. Where several may share it, the surest counts.
func (l *lockWaits) find(waiter uint64) (id, at uint64) {
	s, holds := l.ask(waiter)
	if s == nil {
		return 0, 0
	}
	var best *evidence.Hold
	for i := range holds {
		if h := &holds[i]; h.Waiter == waiter && h.Holder != waiter && (best == nil || h.Confidence > best.Confidence) {
			best = h
		}
	}
	if best == nil || best.Confidence < askSure {
		return 0, 0
	}
	for _, g := range s.Goroutines {
		if g.ID == best.Holder {
			return g.ID, g.Addr
		}
	}
	return 0, 0
}
