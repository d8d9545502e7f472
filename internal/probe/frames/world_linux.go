package frames

import (
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Bounds on the looks for who stops the world.
const (
	worldEach  = 100 * time.Millisecond
	worldCost  = 30 // at most one part in so many of the time
	worldPlace = 20 // places
)

// searchWorld looks, while a frame takes long and the collector is at work, whether a
// goroutine has asked for that: it stands in the call until it is done. All
// goroutines are read, so it is done a few times a second, and less often where
// there are very many. Without probes nobody tells that the collector is at work.
func (w *watcher) searchWorld() {
	now := w.now()
	if w.o.Quick || now < w.worldAsk || w.probes != nil && w.marking < 0 && w.stopped < 0 || len(w.asm.long(now)) == 0 {
		return
	}
	o := w.read
	o.Stopper = nil // who waits for the collector shows its stack so
	_, gs, err := w.reader.Snapshot(o)
	w.worldAsk = w.now() + max(worldEach, worldCost*(w.now()-now))
	if err != nil {
		return
	}
	w.out.WorldLooks++
	for i := range gs {
		w.worldCall(&gs[i])
	}
}

// worldCall counts a goroutine that has asked for a collection.
func (w *watcher) worldCall(g *evidence.Goroutine) {
	at, called, ok := toolkit.WorldCall(g.Frames)
	if !ok || g.System {
		return
	}
	caller := &g.Frames[at]
	n := slices.IndexFunc(w.out.WorldCalls, func(c evidence.WorldCall) bool {
		return c.Frame.Function == caller.Function && c.Frame.Line == caller.Line && c.Function == called
	})
	if n < 0 {
		if len(w.out.WorldCalls) >= worldPlace {
			return
		}
		c := evidence.WorldCall{Goroutine: g.ID, Function: called, Frame: *caller, State: g.WaitReason}
		if c.State == "" {
			c.State = g.Status
		}
		w.out.WorldCalls = append(w.out.WorldCalls, c)
		n = len(w.out.WorldCalls) - 1
	}
	w.out.WorldCalls[n].Times++
}
