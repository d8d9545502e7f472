package frames

import (
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// rest is what the looks at a UI goroutine say of it where its frames say nothing:
// one that began a frame before the watch, and hangs in it, ends none.
type rest struct {
	at   time.Duration // of the last look
	idle time.Duration // in all, from look to look
	busy time.Duration
	from time.Duration // since when no look found it idle
	now  bool          // the last look found it idle
	// The wait that goes on, where it is idle, and how long those before took.
	turns uint8
	wait  time.Duration // since when
	waits []time.Duration
}

// maxWaits is how many waits are kept, so that their median is the whole watch's.
const maxWaits = 100_000

// rested takes a look into the account.
func (w *watcher) rested(s *evidence.FrameSample) {
	if w.rests == nil {
		w.rests = map[uint64]*rest{}
	}
	r := w.rests[s.Goroutine]
	if r == nil {
		r = &rest{now: true} // before the first look nobody knows
		w.rests[s.Goroutine] = r
	}
	idle := s.Cause == evidence.CausePace
	if idle {
		r.idle += s.At - r.at
	} else {
		r.busy += s.At - r.at
		if r.now {
			r.from = s.At
		}
	}
	r.at, r.now = s.At, idle
}

// waited follows the waits of a goroutine for something to do, from look to look.
// turns are the runtime's count of how often it has ceased to run.
func (w *watcher) waited(s *evidence.FrameSample, turns uint8) {
	r := w.rests[s.Goroutine]
	if r == nil {
		return
	}
	idle := s.Cause == evidence.CausePace
	if r.wait > 0 && (!idle || turns != r.turns) {
		if len(r.waits) < maxWaits {
			r.waits = append(r.waits, s.At-r.wait)
		}
		r.wait = 0
	}
	if idle && r.wait == 0 {
		r.wait, r.turns = s.At, turns
	}
}

// idleWaits adds to the figures what was seen of the waits.
func (w *watcher) idleWaits(rates []evidence.FrameRate) {
	for i := range rates {
		if r := w.rests[rates[i].Goroutine]; r != nil && len(r.waits) > 0 {
			sorted := slices.Sorted(slices.Values(r.waits))
			rates[i].IdleWaits, rates[i].IdleWait = len(sorted), sorted[len(sorted)/2]
		}
	}
}

// hangs is for how long a UI goroutine of which no turn is known has not been
// idle, and whether any was looked at.
func (w *watcher) hangs(now time.Duration) (longest time.Duration, looked bool) {
	for id, r := range w.rests {
		looked = true
		if l := w.asm.loops[id]; (l == nil || !l.known) && !r.now {
			longest = max(longest, now-r.from)
		}
	}
	return longest, looked
}

// resting are the figures of those who made no frame because they had nothing to
// draw, where nobody made any.
func (w *watcher) resting() []evidence.FrameRate {
	var out []evidence.FrameRate
	for _, u := range w.ui {
		if r := w.rests[u.Goroutine]; r != nil && r.now && r.idle > r.busy {
			out = append(out, evidence.FrameRate{Goroutine: u.Goroutine, Idle: r.idle})
		}
	}
	return out
}

// hangsFor is from when on a goroutine that never came round is told as hanging.
const hangsFor = time.Second

// hung are the goroutines that were in one frame all the while: no turn of theirs
// was seen, and no look found them idle. The value is since when.
func (w *watcher) hung(now time.Duration) map[uint64]time.Duration {
	out := map[uint64]time.Duration{}
	for id, r := range w.rests {
		if l := w.asm.loops[id]; w.out.Source == evidence.FromProbes && (l == nil || !l.known) && !r.now && now-r.from >= hangsFor && w.drawsItself(id) {
			out[id] = r.from
		}
	}
	return out
}

// drawsItself: the goroutine is one that makes frames, where one is known by its
// loop: the UI's, or a window's.
func (w *watcher) drawsItself(id uint64) bool {
	for _, u := range w.ui {
		if u.Goroutine == id {
			return u.Loop != "" && (u.Role == evidence.RoleUI || u.Role == evidence.RoleWindow)
		}
	}
	return false
}
