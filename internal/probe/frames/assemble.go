package frames

import (
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// A goroutine's turn is what it does from the end of one wait for something to do
// to the beginning of the next. Waits shorter than bridge do not end it: the
// toolkit only asked whether there is more to do.
const bridge = time.Millisecond

// assembler puts frames together from the passing of marks. It knows nothing of
// how they were seen: times are offsets, in order for each goroutine.
type assembler struct {
	over, period, tick time.Duration
	loops              map[uint64]*loopState
	n                  int
	emit               func(evidence.FrameTime, []segment)
	// woken, if given, says since when a goroutine that waited was ready, before it
	// went on; 0 if unknown.
	woken func(l *loopState, after, before time.Duration) time.Duration
	// asleep, if given, says how long the goroutine's thread slept.
	asleep func(l *loopState, from, to time.Duration) time.Duration
	// swaps: frames end by more than a new pass of the loop.
	swaps bool
}

// loopState is what is known of one goroutine that makes frames.
type loopState struct {
	goroutine uint64
	g         uint64 // address
	thread    int
	makes     bool // frames
	known     bool // its state is known since the first turn's beginning
	idle      bool
	idleSince time.Duration
	began     time.Duration // the turn
	start     time.Duration // of the turn, or of the frame within it
	bridged   time.Duration // short waits within it
	waited    time.Duration // idle since the last frame
	lastEnd   time.Duration
	usual     time.Duration // what most of its frames that are not late take at most
	part      evidence.PartKind
	partSince time.Duration
	parts     map[evidence.PartKind]time.Duration
	updates   int
	present   time.Duration
	drawn     bool // a frame has ended in this turn
	drawing   bool // by samples: a frame function was on the stack
	segments  []segment
}

// segment is a part of the frame in the making, in time.
type segment struct {
	from, to time.Duration
	part     evidence.PartKind
}

func newAssembler(over, period, tick time.Duration, emit func(evidence.FrameTime, []segment)) *assembler {
	return &assembler{over: over, period: period, tick: tick, loops: map[uint64]*loopState{}, emit: emit}
}

// pass notes that a goroutine passed a place.
func (a *assembler) pass(at time.Duration, goid, g uint64, thread int, turns []toolkit.Turn) {
	for _, t := range turns {
		a.turn(at, goid, g, thread, t)
	}
}

func (a *assembler) turn(at time.Duration, goid, g uint64, thread int, t toolkit.Turn) {
	if t.Present && !t.Frame {
		for _, l := range a.loops {
			if l.makes {
				l.present = at
			}
		}
		if t == (toolkit.Turn{Present: true}) {
			return
		}
	}
	l := a.loops[goid]
	if l == nil {
		l = &loopState{goroutine: goid, parts: map[evidence.PartKind]time.Duration{}}
		a.loops[goid] = l
	}
	l.g, l.thread = g, thread
	if at < l.partSince { // events of two processors may cross by nanoseconds
		at = l.partSince
	}
	if !l.idle {
		l.account(at)
	}
	if t.Step {
		l.updates++
	}
	if t.Idle && !l.idle {
		l.idle, l.idleSince = true, at
	}
	a.swaps = a.swaps || t.Frame
	if t.Pass && !a.swaps {
		t.Frame = true
	}
	if t.Busy && (l.idle || !l.known) {
		a.begin(l, at)
	}
	if t.Frame {
		l.makes = true
		if l.idle { // its wait ended unseen
			l.idle = false
			l.waited += at - l.idleSince
			l.restart(at)
		}
		if l.known {
			a.frame(l, at)
		}
		l.known = true
		l.lastEnd, l.waited, l.updates, l.present = at, 0, 0, 0
		l.restart(at)
		l.drawn = true
	}
	if t.Part != "" {
		l.part = t.Part
	}
	l.partSince = at
}

// account adds the time since the last mark to the part that goes on.
func (l *loopState) account(at time.Duration) {
	if l.part != "" && at > l.partSince {
		l.parts[l.part] += at - l.partSince
		if n := len(l.segments); n > 0 && l.segments[n-1].part == l.part && l.segments[n-1].to == l.partSince {
			l.segments[n-1].to = at
		} else if n < 4096 {
			l.segments = append(l.segments, segment{l.partSince, at, l.part})
		}
	}
}

// restart begins a frame anew at a moment.
func (l *loopState) restart(at time.Duration) {
	l.start, l.bridged, l.partSince = at, 0, at
	clear(l.parts)
	l.segments = nil
}

// begin ends a wait.
func (a *assembler) begin(l *loopState, at time.Duration) {
	if !l.known {
		l.known, l.idle = true, false
		l.restart(at)
		return
	}
	gap := at - l.idleSince
	l.idle = false
	l.partSince = at
	if gap < bridge {
		l.bridged += gap
		l.waited += gap
		return
	}
	a.close(l)
	start := at
	l.began = at
	// A wait that was to end by itself, and ended late: the loop was ready, and was
	// not run.
	if a.tick > 0 && gap > a.tick+bridge {
		start = l.idleSince + a.tick
	}
	if a.woken != nil {
		if w := a.woken(l, l.idleSince, at); w > 0 && w < start && at-w > bridge {
			start = w
		}
	}
	l.waited += start - l.idleSince
	l.restart(start)
	l.partSince = at
	if start < at {
		l.segments = append(l.segments, segment{start, at, ""})
	}
	l.drawn = false
}

// flush closes turns whose goroutine has been idle for long: nothing will come
// that could continue them.
func (a *assembler) flush(now time.Duration) {
	for _, l := range a.loops {
		if l.idle && now-l.idleSince > bridge {
			a.close(l)
		}
	}
}

// close ends a turn. One that took long is told although it drew nothing.
func (a *assembler) close(l *loopState) {
	end := l.idleSince
	took := end - l.start - l.bridged
	if l.known && l.makes && took > a.over {
		f := a.make(l, end)
		f.Undrawn = true
		if f.Late = took-l.parts[evidence.PartPace] > a.over; f.Late {
			a.n++
			f.N = a.n
			a.emit(f, l.segments)
		}
	}
	l.restart(end)
	l.drawn = false
}

// unfinished tells what goes on for too long as a turn that has drawn nothing yet.
func (a *assembler) unfinished(l *loopState, now time.Duration) {
	f := a.make(l, now)
	f.Unfinished = true
	if f.Undrawn = true; f.End-f.Start-l.parts[evidence.PartPace] > a.over {
		f.Late = true
		a.n++
		f.N = a.n
		a.emit(f, l.segments)
	}
}

// frame ends a frame.
func (a *assembler) frame(l *loopState, at time.Duration) {
	f := a.make(l, at)
	if l.lastEnd > 0 {
		f.Interval = at - l.lastEnd
	}
	if f.Present = at; l.present > f.Start && l.present < at {
		f.Present = l.present
	}
	f.Late = a.late(l, &f)
	l.learn(&f)
	a.n++
	f.N = a.n
	a.emit(f, l.segments)
}

func (a *assembler) make(l *loopState, end time.Duration) evidence.FrameTime {
	f := evidence.FrameTime{Goroutine: l.goroutine, Thread: l.thread, Start: l.start + l.bridged, End: end,
		Waited: l.waited, Updates: l.updates}
	for _, k := range partKinds {
		if d := l.parts[k]; d > 0 {
			f.Parts = append(f.Parts, evidence.FramePart{Kind: k, Took: d})
		}
	}
	return f
}

// partKinds in the order in which they are told.
var partKinds = []evidence.PartKind{evidence.PartEvents, evidence.PartUser, evidence.PartLayout, evidence.PartDraw,
	evidence.PartSwap, evidence.PartPace}

// late says whether a frame came late. To wait for the display is no work: a
// frame that waits for the next refresh, as it should, takes a period as a whole,
// and so does one whose program keeps its own pace. It is late if its work takes
// longer than that, or if it missed a refresh.
func (a *assembler) late(l *loopState, f *evidence.FrameTime) bool {
	took := f.End - f.Start
	if took > a.over+a.period/2 {
		return true
	}
	work := took
	for _, p := range f.Parts {
		if p.Kind == evidence.PartSwap || p.Kind == evidence.PartPace {
			work -= p.Took
		}
	}
	if work > a.over && a.asleep != nil {
		for _, p := range l.segments {
			if p.part != evidence.PartSwap && p.part != evidence.PartPace {
				work -= a.asleep(l, p.from, p.to)
			}
		}
	}
	return work > a.over
}

// learn takes a frame into what is usual. It rises fast and falls slowly, which
// makes it an upper quantile of the last hundred or so; late frames lower it, so
// that one of many is looked into early.
func (l *loopState) learn(f *evidence.FrameTime) {
	switch took := f.End - f.Start; {
	case f.Late:
		l.usual -= l.usual / 8
	case took > l.usual:
		l.usual += (took - l.usual) / 4
	default:
		l.usual -= (l.usual - took) / 64
	}
}

// quiet is how long the goroutine's frame must have taken before it is looked into:
// most never take so long, and cost nothing.
func (a *assembler) quiet(l *loopState) time.Duration {
	return min(max(l.usual*9/8, a.least()), max(a.over*7/8, a.least()))
}

// least is the shortest time after which a frame is looked into.
func (a *assembler) least() time.Duration { return max(a.over/2, 2*time.Millisecond) }

// ticks: the goroutine makes frames and waits for the tick of its toolkit, which is
// not late yet: a look would find what its last mark said.
func (a *assembler) ticks(goid uint64, now time.Duration) bool {
	l := a.loops[goid]
	return a.tick > 0 && l != nil && l.makes && l.known && l.idle && now-l.idleSince < a.tick+bridge
}

// nextTurn is when the next turn is due, if all who make frames wait for their
// toolkit's tick; else 0.
func (a *assembler) nextTurn(now time.Duration) (due time.Duration) {
	for id, l := range a.loops {
		if !a.ticks(id, now) {
			return 0
		}
		if at := l.began + a.tick; due == 0 || at < due {
			due = at
		}
	}
	return due
}

// long returns the goroutines that are to be looked into.
func (a *assembler) long(now time.Duration) []*loopState {
	return slices.DeleteFunc(a.busy(now, 0), func(l *loopState) bool { return now-l.start-l.bridged <= a.quiet(l) })
}

// busy returns the goroutines that have been making a frame for longer than d.
func (a *assembler) busy(now, d time.Duration) []*loopState {
	var out []*loopState
	for _, l := range a.loops {
		if l.known && !l.idle && now-l.start-l.bridged > d {
			out = append(out, l)
		}
	}
	return out
}
