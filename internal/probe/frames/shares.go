package frames

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// seen is all that is known of the time of one late frame.
type seen struct {
	frame   evidence.FrameTime
	parts   []segment
	samples []evidence.FrameSample // of its goroutine, by time
	stacks  [][]evidence.Frame
	// thread says what the frame's thread did at a moment, if that is known.
	thread func(tid int, at time.Duration) (schedSpan, bool)
	// bound: the goroutine is bound to its thread, so that what the thread does,
	// the goroutine does.
	bound             bool
	stopped, marking  func(at time.Duration) bool
	throttled, stolen bool // meanwhile
	// outrun: other programs had the CPUs, and this one, which draws on them, was ready for
	// longer than it ran.
	outrun bool
	// held: at a moment some thread of the program was ready for long, and did not run.
	held func(at time.Duration) bool
}

// schedSpan is what a thread did for a time; own: another thread of the program
// ran in its stead.
type schedSpan struct {
	evidence.SchedSpan
	own bool
}

// A late frame's time is cut into slices; each goes to one cause.
const (
	slice     = 250 * time.Microsecond
	maxSlices = 2000
	// near is how far a look may be from a moment to speak for it.
	near = 4 * time.Millisecond
	far  = 30 * time.Millisecond
)

// shares says where a late frame's time went.
func (s *seen) shares() []evidence.FrameShare {
	took := s.frame.End - s.frame.Start
	n := int(took / slice)
	n = max(8, min(n, maxSlices))
	step := took / time.Duration(n)
	type key struct {
		cause    evidence.LateCause
		function string
	}
	type sum struct {
		took   time.Duration
		stacks map[int]int
		seen   map[int]bool
	}
	sums := map[key]*sum{}
	for i := range n {
		at := s.frame.Start + step*time.Duration(i) + step/2
		cause, sample := s.at(at)
		k := key{cause: cause}
		if sample >= 0 {
			k.function = s.function(&s.samples[sample])
		}
		t := sums[k]
		if t == nil {
			t = &sum{stacks: map[int]int{}, seen: map[int]bool{}}
			sums[k] = t
		}
		t.took += step
		if sample >= 0 {
			t.stacks[sample]++
			t.seen[sample] = true
		}
	}
	// What no look has seen goes to the largest of the same cause.
	for k, t := range sums {
		if k.function != "" {
			continue
		}
		var into *sum
		for o, other := range sums {
			if o.cause == k.cause && o.function != "" && (into == nil || other.took > into.took) {
				into = other
			}
		}
		if into != nil {
			into.took += t.took
			delete(sums, k)
		}
	}
	var out []evidence.FrameShare
	for k, t := range sums {
		share := evidence.FrameShare{Cause: k.cause, Took: t.took, Stack: -1, Place: -1, Samples: len(t.seen)}
		// The line that was seen most often stands for all.
		lines := map[int]int{}
		best := -1
		for sample, count := range t.stacks {
			p := &s.samples[sample]
			line := s.line(p)
			lines[line] += count
		}
		for sample := range t.stacks {
			if best < 0 || lines[s.line(&s.samples[sample])] > lines[s.line(&s.samples[best])] ||
				lines[s.line(&s.samples[sample])] == lines[s.line(&s.samples[best])] && sample < best {
				best = sample
			}
		}
		if best >= 0 {
			share.Stack, share.Place = s.samples[best].Stack, s.samples[best].Place
		}
		out = append(out, share)
	}
	slices.SortFunc(out, func(a, b evidence.FrameShare) int {
		return cmp.Or(-cmp.Compare(a.Took, b.Took), cmp.Compare(a.Cause, b.Cause), cmp.Compare(a.Stack, b.Stack))
	})
	return out
}

func (s *seen) placeFrame(p *evidence.FrameSample) *evidence.Frame {
	if p.Stack < 0 || p.Stack >= len(s.stacks) || p.Place < 0 || p.Place >= len(s.stacks[p.Stack]) {
		return nil
	}
	return &s.stacks[p.Stack][p.Place]
}

func (s *seen) function(p *evidence.FrameSample) string {
	if f := s.placeFrame(p); f != nil {
		return f.Function
	}
	return ""
}

func (s *seen) line(p *evidence.FrameSample) int {
	if f := s.placeFrame(p); f != nil {
		return f.Line
	}
	return 0
}

// at says what a moment of the frame was spent on, and which sample says so, -1
// for none.
func (s *seen) at(at time.Duration) (evidence.LateCause, int) {
	if s.stopped(at) {
		return evidence.CauseGC, -1
	}
	if s.throttled && s.held(at) {
		return evidence.CauseThrottled, -1 // the whole cgroup stands
	}
	span, known := s.thread(s.frame.Thread, at)
	if known && !s.bound {
		// The goroutine may be elsewhere: only a look can tell.
		if i := s.nearest(at, 2*time.Millisecond, nil); i < 0 || waiting(s.samples[i].Status) {
			known = false
		}
	}
	if known {
		switch span.Kind {
		case evidence.SpanRunnable:
			return s.preempted(at, span), -1
		case evidence.SpanAsleep:
			i := s.within(at, span.SchedSpan, func(p *evidence.FrameSample) bool {
				return !p.ByCPU && (p.Status != evidence.StatusRunning || p.On != 0 && p.Stack >= 0)
			})
			if i >= 0 {
				return s.awaited(s.cause(at, i), i)
			}
			return s.awaited(s.byPart(at, true), -1)
		case evidence.SpanRunning:
			if i := s.inPart(at, func(p *evidence.FrameSample) bool { return p.ByCPU }); i >= 0 {
				return s.cause(at, i), i
			}
			return s.byPart(at, false), -1
		}
	}
	// A look that found it running may not have seen where: another that did stands
	// for it.
	if i := s.nearest(at, near, nil); i >= 0 && s.samples[i].Stack < 0 && s.samples[i].Status == evidence.StatusRunning {
		j := s.nearest(at, far, func(p *evidence.FrameSample) bool { return p.Stack >= 0 && p.Status == evidence.StatusRunning })
		if j < 0 || s.samples[j].At < s.frame.Start || s.samples[j].At > s.frame.End {
			return s.byPart(at, false), -1
		}
		return s.cause(at, j), j
	}
	if i := s.nearest(at, near, func(p *evidence.FrameSample) bool { return p.Stack >= 0 || waiting(p.Status) }); i >= 0 {
		// It waits for another thread of the toolkit's, which was ready itself.
		if other := s.samples[i].Thread; waiting(s.samples[i].Status) && other != s.frame.Thread && other != 0 {
			if span, ok := s.thread(other, at); ok && span.Kind == evidence.SpanRunnable {
				return s.preempted(at, span), -1
			}
		}
		if !known && s.samples[i].Status != evidence.StatusRunning {
			return s.awaited(s.cause(at, i), i)
		}
		return s.cause(at, i), i
	}
	return s.byPart(at, false), -1
}

// awaited is the cause of a wait. A driver that draws on the CPU, and who shows the picture,
// get no more of it than the rest of the program: a frame that is handed over waits for the
// CPU, then. A program that asks to wait for what was drawn has itself to blame.
func (s *seen) awaited(c evidence.LateCause, i int) (evidence.LateCause, int) {
	if !s.outrun || c != evidence.CauseDriver && c != evidence.CauseSwap {
		return c, i
	}
	if i >= 0 && s.samples[i].Stack >= 0 && s.samples[i].Stack < len(s.stacks) && toolkit.AsksDriver(s.stacks[s.samples[i].Stack]) {
		return c, i
	}
	return evidence.CausePreempted, i
}

func waiting(status string) bool {
	return status == evidence.StatusWaiting || status == evidence.StatusRunnable
}

// cause is a sample's, seen in the light of what else went on.
func (s *seen) cause(at time.Duration, i int) evidence.LateCause {
	c := s.samples[i].Cause
	switch {
	case c == evidence.CauseDriver && s.part(at) == evidence.PartSwap:
		return evidence.CauseSwap
	case c == evidence.CauseRunnable && s.throttled:
		return evidence.CauseThrottled
	case c == evidence.CauseRunnable && s.marking(at):
		return evidence.CauseGC
	}
	return c
}

// preempted says why a thread that was ready did not run.
func (s *seen) preempted(at time.Duration, span schedSpan) evidence.LateCause {
	switch {
	case span.own && s.marking(at):
		return evidence.CauseGC // the collector's own threads ran
	case s.throttled:
		return evidence.CauseThrottled
	case s.stolen:
		return evidence.CauseStolen
	}
	return evidence.CausePreempted
}

// part is the part of the frame that went on at a moment.
func (s *seen) part(at time.Duration) evidence.PartKind {
	for _, p := range s.parts {
		if at >= p.from && at < p.to {
			return p.part
		}
	}
	return ""
}

// byPart guesses by the part alone.
func (s *seen) byPart(at time.Duration, asleep bool) evidence.LateCause {
	switch s.part(at) {
	case evidence.PartSwap:
		return evidence.CauseSwap
	case evidence.PartPace:
		return evidence.CausePace
	case "":
		if len(s.parts) > 0 && at < s.parts[0].to && asleep {
			return evidence.CauseRunnable // the wait was over, and the loop was not run
		}
	case evidence.PartDraw, evidence.PartLayout:
		if !asleep {
			return evidence.CauseToolkit
		}
	}
	return evidence.CauseUnknown
}

// nearest is the sample nearest to a moment, -1 if none is near.
func (s *seen) nearest(at, within time.Duration, ok func(*evidence.FrameSample) bool) int {
	best, dist := -1, within
	i, _ := slices.BinarySearchFunc(s.samples, at-within, func(p evidence.FrameSample, at time.Duration) int { return cmp.Compare(p.At, at) })
	for ; i < len(s.samples) && s.samples[i].At <= at+within; i++ {
		if d := (s.samples[i].At - at).Abs(); d <= dist && (ok == nil || ok(&s.samples[i])) {
			best, dist = i, d
		}
	}
	return best
}

// within is the sample nearest to a moment in a span of time.
func (s *seen) within(at time.Duration, span evidence.SchedSpan, ok func(*evidence.FrameSample) bool) int {
	best := -1
	var dist time.Duration
	for i := range s.samples {
		p := &s.samples[i]
		if p.At < span.From || p.At > span.To || !ok(p) {
			continue
		}
		if d := (p.At - at).Abs(); best < 0 || d < dist {
			best, dist = i, d
		}
	}
	return best
}

// inPart is the sample nearest to a moment in the same part of the frame: the
// first milliseconds of a frame are not looked into, and what goes on later in
// the same part stands for them.
func (s *seen) inPart(at time.Duration, ok func(*evidence.FrameSample) bool) int {
	for _, p := range s.parts {
		if at >= p.from && at < p.to {
			return s.within(at, evidence.SchedSpan{From: p.from, To: p.to}, ok)
		}
	}
	return s.nearest(at, near, ok)
}
