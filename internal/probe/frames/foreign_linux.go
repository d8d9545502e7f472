package frames

import (
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// How foreign calls are looked for where there are no probes.
const (
	searchEach = 20 * time.Millisecond // all goroutines
	searchCost = 30                    // … but for one part in so many of the time
	watchFew   = 4                     // goroutines in each round
)

// strangersSeen are the goroutines, not of the UI, that ran of late: only these can
// have called anything. They are looked at in turn, in each round.
type strangersSeen struct {
	until time.Duration // when to look at all goroutines again
	turns map[uint64]uint8
	ran   []stranger
	next  int
}

type stranger struct{ id, addr uint64 }

// searchForeign looks, where there are no probes, at the goroutines that are not the
// UI's: one that stands in a function that only the UI may call has called it. Calls
// of less than a microsecond are seldom seen so.
func (w *watcher) searchForeign() {
	tk := w.t.Toolkit
	if w.out.Source != evidence.FromSamples || w.o.Quick || len(tk.UIOnly)+len(tk.UIHandOver) == 0 {
		return
	}
	if w.now() >= w.strangers.until {
		w.searchAll()
		return
	}
	s := &w.strangers
	o := w.read
	o.Stopper = nil
	for range min(watchFew, len(s.ran)) {
		s.next = (s.next + 1) % len(s.ran)
		g, err := w.t.Program.Sample(s.ran[s.next].addr, o)
		if err != nil || g.ID != s.ran[s.next].id {
			continue
		}
		e := w.reader.Goroutine(g)
		w.foreignIn(&e)
	}
}

// searchAll looks at all goroutines, and notes which ran since the last time.
func (w *watcher) searchAll() {
	start, s := w.now(), &w.strangers
	o := w.read
	o.Stopper = nil
	snap, gs, err := w.reader.Snapshot(o)
	if err == nil {
		turns := make(map[uint64]uint8, len(snap.Goroutines))
		s.ran = s.ran[:0]
		for _, g := range snap.Goroutines {
			turns[g.ID] = g.Turns
			if before, known := s.turns[g.ID]; (!known || before != g.Turns) && !w.ofUI(g.ID) {
				s.ran = append(s.ran, stranger{g.ID, g.Addr})
			}
		}
		s.turns = turns
		for i := range gs {
			w.foreignIn(&gs[i])
		}
	}
	// Where there are very many goroutines it is looked for less often.
	s.until = w.now() + max(searchEach, searchCost*(w.now()-start))
}

// foreignIn counts the call in which a goroutine stands, if only the UI may make it.
func (w *watcher) foreignIn(g *evidence.Goroutine) {
	if g.System || w.ofUI(g.ID) {
		return
	}
	tk := w.t.Toolkit
	at := slices.IndexFunc(g.Frames, func(f evidence.Frame) bool { return tk.OnlyUI(f.Function) || tk.HandsOver(f.Function) })
	if at >= 0 {
		w.countForeign(g.ID, g.Frames, g.Frames[at].Function)
	}
}

func (w *watcher) ofUI(goid uint64) bool {
	return slices.ContainsFunc(w.ui, func(u evidence.UIGoroutine) bool { return u.Goroutine == goid })
}
