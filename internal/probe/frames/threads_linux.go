package frames

import (
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// threadTime is what the kernel's scheduler did with one thread, as it came.
type threadTime struct {
	tid       int
	goroutine uint64 // that it last ran of the UI's
	clock     bool
	spans     []evidence.SchedSpan
	kind      evidence.SpanKind // of the span that goes on; empty: unknown
	since     time.Duration
	woken     time.Duration // when it was last made ready
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
	}
	t.kind, t.since = kind, at
}

// out: the thread left the CPU; ready says that it would have gone on.
func (t *threadTime) out(at time.Duration, ready bool) {
	if ready {
		t.become(evidence.SpanRunnable, at)
		return
	}
	t.become(evidence.SpanAsleep, at)
}

func (t *threadTime) in(at time.Duration) { t.become(evidence.SpanRunning, at) }

func (t *threadTime) wake(at time.Duration) {
	if t.kind == evidence.SpanRunning {
		return // it has not slept yet
	}
	t.woken = at
	t.become(evidence.SpanRunnable, at)
}

func (t *threadTime) forget(old time.Duration) {
	n := 0
	for n < len(t.spans) && t.spans[n].To < old {
		n++
	}
	if n > 500 {
		t.spans = slices.Delete(t.spans, 0, n)
	}
}

// at says what the thread did at a moment, and from when to when.
func (t *threadTime) at(at, now time.Duration) (evidence.SchedSpan, bool) {
	if t == nil {
		return evidence.SchedSpan{}, false
	}
	if t.kind != "" && at >= t.since {
		return evidence.SchedSpan{Kind: t.kind, Thread: t.tid, From: t.since, To: now}, true
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
		return evidence.SchedSpan{}, false
	}
	return t.spans[i], true
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

// woken says when a thread that slept was made ready for the last time between
// two moments, 0 if it was not. Only a thread that is bound to its goroutine is
// asked: another may have been woken for something else.
func (w *watcher) woken(tid int, after, before time.Duration) time.Duration {
	t := w.times[tid]
	if t == nil || t.woken <= after || t.woken >= before {
		return 0
	}
	for _, u := range w.ui {
		if u.Goroutine == t.goroutine && u.Locked {
			return t.woken
		}
	}
	return 0
}
