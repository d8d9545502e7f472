package frames

import (
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// What rests and what hangs are told apart though neither ends a frame.
func TestRestAndHang(t *testing.T) {
	const ms = time.Millisecond
	look := func(w *watcher, at time.Duration, c evidence.LateCause) {
		w.rested(&evidence.FrameSample{At: at, Goroutine: 1, Cause: c})
	}
	fresh := func() *watcher {
		return &watcher{asm: newAssembler(0, 0, 0, nil), ui: []evidence.UIGoroutine{{Goroutine: 1, Role: evidence.RoleUI}}}
	}

	w := fresh()
	if _, looked := w.hangs(900 * ms); looked {
		t.Error("something is known before the first look")
	}
	for at := 10 * ms; at < 900*ms; at += 4 * ms {
		look(w, at, evidence.CausePace)
	}
	if d, looked := w.hangs(900 * ms); d != 0 || !looked {
		t.Errorf("what rests hangs for %v, looked %v", d, looked)
	}
	if r := w.resting(); len(r) != 1 || r[0].Frames != 0 || r[0].Idle < 800*ms {
		t.Errorf("rates of what rests: %+v", r)
	}

	w = fresh()
	for at := 10 * ms; at < 900*ms; at += 4 * ms {
		look(w, at, evidence.CauseUnknown) // it runs, and is not stopped to be read
	}
	if d, _ := w.hangs(900 * ms); d != 890*ms {
		t.Errorf("what hangs hangs for %v", d)
	}
	if r := w.resting(); len(r) != 0 {
		t.Errorf("rates of what hangs: %+v", r)
	}

	// Once its turns are known they say it, and better.
	w.asm.loops[1] = &loopState{known: true}
	if d, looked := w.hangs(900 * ms); d != 0 || !looked {
		t.Errorf("%v, looked %v", d, looked)
	}
}
