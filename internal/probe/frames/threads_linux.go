package frames

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// threadTime is what the kernel's scheduler did with one thread, as it came.
type threadTime struct {
	tid       int
	kernel    int           // its id as the kernel counts; 0: unknown
	left      time.Duration // when it last left the CPU, as far as is known
	goroutine uint64        // that it last ran of the UI's
	clock     bool          // the kernel's clock looks at it when its frames take long
	spans     []evidence.SchedSpan
	kind      evidence.SpanKind // of the span that goes on; empty: unknown
	since     time.Duration
	woken     time.Duration // when it was last made ready
	own       []bool        // of spans: another thread of the program ran in its stead
	byOwn     bool          // of the span that goes on
}

func (w *watcher) thread(tid int) *threadTime {
	t := w.times[tid]
	if t == nil {
		t = &threadTime{tid: tid}
		w.times[tid] = t
	}
	return t
}

func (t *threadTime) become(kind evidence.SpanKind, at time.Duration) {
	if t.kind != "" && at > t.since {
		t.spans = append(t.spans, evidence.SchedSpan{Kind: t.kind, Thread: t.tid, From: t.since, To: at})
		t.own = append(t.own, t.byOwn)
	}
	t.kind, t.since, t.byOwn = kind, at, false
}

// out: the thread left the CPU; ready says that it would have gone on, own that
// another thread of the program runs in its stead.
func (t *threadTime) out(at time.Duration, ready, own bool) {
	if ready {
		t.become(evidence.SpanRunnable, at)
		t.byOwn = own
		return
	}
	t.become(evidence.SpanAsleep, at)
}

func (t *threadTime) in(at time.Duration) { t.become(evidence.SpanRunning, at) }

// wake: the thread was made ready.
func (t *threadTime) wake(at time.Duration) {
	switch n := len(t.spans) - 1; {
	case t.kind == evidence.SpanRunning: // it has not slept yet
	case t.kind != evidence.SpanRunnable:
		t.woken = at
		t.become(evidence.SpanRunnable, at)
	case at < t.since && n >= 0 && t.spans[n].Kind == evidence.SpanAsleep && t.spans[n].To == t.since && t.spans[n].From <= at:
		// It was seen to be ready, and only now is it known since when.
		t.woken, t.spans[n].To, t.since = at, at, at
	}
}

func (t *threadTime) forget(old time.Duration) {
	n, _ := slices.BinarySearchFunc(t.spans, old, func(s evidence.SchedSpan, old time.Duration) int { return cmp.Compare(s.To, old) })
	if n > 500 && n > len(t.spans)/2 { // not to move the rest for each of them
		t.spans = slices.Delete(t.spans, 0, n)
		t.own = slices.Delete(t.own, 0, n)
	}
}

// at says what the thread did at a moment, and from when to when.
func (t *threadTime) at(at, now time.Duration) (span schedSpan, known bool) {
	if t == nil {
		return schedSpan{}, false
	}
	if t.kind != "" && at >= t.since {
		return schedSpan{evidence.SchedSpan{Kind: t.kind, Thread: t.tid, From: t.since, To: now}, t.byOwn}, true
	}
	i, found := slices.BinarySearchFunc(t.spans, at, func(s evidence.SchedSpan, at time.Duration) int {
		switch {
		case s.To <= at:
			return -1
		case s.From > at:
			return 1
		}
		return 0
	})
	if !found {
		return schedSpan{}, false
	}
	return schedSpan{t.spans[i], t.own[i]}, true
}

// asleep is how long the thread slept between two moments.
func (t *threadTime) asleep(from, to time.Duration) time.Duration {
	var sum time.Duration
	for i := len(t.spans) - 1; i >= 0 && t.spans[i].To > from; i-- {
		if s := &t.spans[i]; s.Kind == evidence.SpanAsleep && s.From < to {
			sum += min(s.To, to) - max(s.From, from)
		}
	}
	return sum
}

// between returns the spans that touch a time.
func (t *threadTime) between(from, to time.Duration) []evidence.SchedSpan {
	var out []evidence.SchedSpan
	for _, s := range t.spans {
		if s.To > from && s.From < to {
			out = append(out, s)
		}
	}
	if t.kind != "" && t.since < to {
		out = append(out, evidence.SchedSpan{Kind: t.kind, Thread: t.tid, From: t.since, To: to})
	}
	return out
}

// woken says since when a goroutine that waited was ready to go on, before it did;
// 0 if that is not known. The looks at it say so, and of a thread that is bound to
// it the kernel's wake-ups; another thread may have been woken for something else.
func (w *watcher) woken(l *loopState, after, before time.Duration) time.Duration {
	var since time.Duration
	for i := len(w.recent) - 1; i >= 0 && w.recent[i].At > after; i-- {
		s := &w.recent[i]
		if s.Goroutine != l.goroutine || s.At >= before {
			continue
		}
		if s.Status != evidence.StatusRunnable {
			break
		}
		since = s.At
	}
	if t := w.times[l.thread]; t != nil && w.bound(l.goroutine) && t.woken > after && t.woken < before && (since == 0 || t.woken < since) {
		since = t.woken
	}
	return since
}
