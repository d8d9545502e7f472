package frames

import (
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

func TestShares(t *testing.T) {
	stacks := [][]evidence.Frame{
		{{Function: "main.draw", Line: 10, Origin: evidence.OriginUser}},
		{{Function: "sync.(*Mutex).Lock"}, {Function: "main.count", Line: 20, Origin: evidence.OriginUser}},
		{{Function: "main.draw", Line: 12, Origin: evidence.OriginUser}},
		{{Function: "glFinish", Origin: evidence.OriginC}, {Function: "main.draw", Line: 14, Origin: evidence.OriginUser}},
	}
	cpu := func(at time.Duration, stack int, cause evidence.LateCause) evidence.FrameSample {
		return evidence.FrameSample{At: at, Status: evidence.StatusRunning, Stack: stack, Place: 0, Cause: cause, ByCPU: true}
	}
	wait := func(at time.Duration, cause evidence.LateCause) evidence.FrameSample {
		return evidence.FrameSample{At: at, Status: evidence.StatusWaiting, Stack: 1, Place: 1, Cause: cause}
	}
	asleep := func(at time.Duration, cause evidence.LateCause) evidence.FrameSample {
		return evidence.FrameSample{At: at, Status: evidence.StatusSyscall, Stack: 0, Place: 0, Cause: cause}
	}
	span := func(kind evidence.SpanKind, from, to time.Duration, own bool) schedSpan {
		return schedSpan{evidence.SchedSpan{Kind: kind, From: from, To: to}, own}
	}
	none := func(time.Duration) bool { return false }
	between := func(from, to time.Duration) func(time.Duration) bool {
		return func(at time.Duration) bool { return at >= from && at < to }
	}
	for _, c := range []struct {
		name string
		s    seen
		want map[evidence.LateCause]time.Duration // in 40 ms, to a millisecond
	}{
		{"computes all the time", seen{samples: []evidence.FrameSample{cpu(8*msec, 0, evidence.CauseUser), cpu(20*msec, 0, evidence.CauseUser), cpu(35*msec, 2, evidence.CauseUser)},
			parts: []segment{{0, 40 * msec, evidence.PartUser}}, bound: true,
			thread: timeline(span(evidence.SpanRunning, 0, 40*msec, false))},
			map[evidence.LateCause]time.Duration{evidence.CauseUser: 40 * msec}},
		{"waits for a lock for 30 ms", seen{samples: []evidence.FrameSample{cpu(4*msec, 0, evidence.CauseUser), wait(15*msec, evidence.CauseLock)},
			parts: []segment{{0, 40 * msec, evidence.PartUser}}, bound: true,
			thread: timeline(span(evidence.SpanRunning, 0, 10*msec, false), span(evidence.SpanAsleep, 10*msec, 40*msec, false))},
			map[evidence.LateCause]time.Duration{evidence.CauseUser: 10 * msec, evidence.CauseLock: 30 * msec}},
		{"the kernel ran others for 20 ms", seen{samples: []evidence.FrameSample{cpu(4*msec, 0, evidence.CauseUser)},
			parts: []segment{{0, 40 * msec, evidence.PartUser}}, bound: true,
			thread: timeline(span(evidence.SpanRunning, 0, 20*msec, false), span(evidence.SpanRunnable, 20*msec, 40*msec, false))},
			map[evidence.LateCause]time.Duration{evidence.CauseUser: 20 * msec, evidence.CausePreempted: 20 * msec}},
		{"… the collector's own threads", seen{samples: []evidence.FrameSample{cpu(4*msec, 0, evidence.CauseUser)},
			parts: []segment{{0, 40 * msec, evidence.PartUser}}, bound: true, marking: between(20*msec, 40*msec),
			thread: timeline(span(evidence.SpanRunning, 0, 20*msec, false), span(evidence.SpanRunnable, 20*msec, 40*msec, true))},
			map[evidence.LateCause]time.Duration{evidence.CauseUser: 20 * msec, evidence.CauseGC: 20 * msec}},
		{"… for want of quota", seen{samples: []evidence.FrameSample{cpu(4*msec, 0, evidence.CauseUser)}, throttled: true, held: between(20*msec, 40*msec),
			parts: []segment{{0, 40 * msec, evidence.PartUser}}, bound: true,
			thread: timeline(span(evidence.SpanRunning, 0, 20*msec, false), span(evidence.SpanRunnable, 20*msec, 40*msec, false))},
			map[evidence.LateCause]time.Duration{evidence.CauseUser: 20 * msec, evidence.CauseThrottled: 20 * msec}},
		{"the world stands for 12 ms", seen{samples: []evidence.FrameSample{cpu(4*msec, 0, evidence.CauseUser), cpu(30*msec, 0, evidence.CauseUser)},
			parts: []segment{{0, 40 * msec, evidence.PartUser}}, bound: true, stopped: between(10*msec, 22*msec),
			thread: timeline(span(evidence.SpanRunning, 0, 40*msec, false))},
			map[evidence.LateCause]time.Duration{evidence.CauseUser: 28 * msec, evidence.CauseGC: 12 * msec}},
		{"the driver that is waited for is not run", seen{samples: []evidence.FrameSample{cpu(4*msec, 0, evidence.CauseDriver), asleep(20*msec, evidence.CauseDriver), asleep(36*msec, evidence.CauseLock)},
			parts: []segment{{0, 40 * msec, evidence.PartUser}}, bound: true, outrun: true,
			thread: timeline(span(evidence.SpanRunning, 0, 10*msec, false), span(evidence.SpanAsleep, 10*msec, 30*msec, false), span(evidence.SpanAsleep, 30*msec, 40*msec, false))},
			map[evidence.LateCause]time.Duration{evidence.CauseDriver: 10 * msec, evidence.CausePreempted: 20 * msec, evidence.CauseLock: 10 * msec}},
		{"… seen by looks alone", seen{samples: []evidence.FrameSample{asleep(4*msec, evidence.CauseDriver), asleep(12*msec, evidence.CauseDriver), asleep(20*msec, evidence.CauseDriver), asleep(28*msec, evidence.CauseDriver), asleep(36*msec, evidence.CauseDriver)},
			outrun: true, thread: timeline()},
			map[evidence.LateCause]time.Duration{evidence.CausePreempted: 40 * msec}},
		{"… because the program asks to", seen{samples: []evidence.FrameSample{{At: 20 * msec, Status: evidence.StatusSyscall, Stack: 3, Place: 1, Cause: evidence.CauseDriver}},
			parts: []segment{{0, 40 * msec, evidence.PartUser}}, bound: true, outrun: true,
			thread: timeline(span(evidence.SpanAsleep, 0, 40*msec, false))},
			map[evidence.LateCause]time.Duration{evidence.CauseDriver: 40 * msec}},
		{"… in a swap", seen{parts: []segment{{0, 10 * msec, evidence.PartDraw}, {10 * msec, 40 * msec, evidence.PartSwap}}, bound: true, outrun: true,
			thread: timeline(span(evidence.SpanRunning, 0, 10*msec, false), span(evidence.SpanAsleep, 10*msec, 40*msec, false))},
			map[evidence.LateCause]time.Duration{evidence.CauseToolkit: 10 * msec, evidence.CausePreempted: 30 * msec}},
		{"nobody looked: the parts speak", seen{parts: []segment{{0, 10 * msec, evidence.PartDraw}, {10 * msec, 40 * msec, evidence.PartSwap}}, bound: true,
			thread: timeline(span(evidence.SpanRunning, 0, 10*msec, false), span(evidence.SpanAsleep, 10*msec, 40*msec, false))},
			map[evidence.LateCause]time.Duration{evidence.CauseToolkit: 10 * msec, evidence.CauseSwap: 30 * msec}},
		{"a goroutine on no thread of its own: the looks speak", seen{samples: []evidence.FrameSample{wait(2*msec, evidence.CauseRunnable), wait(10*msec, evidence.CauseRunnable),
			wait(18*msec, evidence.CauseChannel), wait(26*msec, evidence.CauseChannel), wait(34*msec, evidence.CauseChannel)},
			thread: timeline(span(evidence.SpanRunning, 0, 40*msec, false))},
			map[evidence.LateCause]time.Duration{evidence.CauseRunnable: 14 * msec, evidence.CauseChannel: 24 * msec}},
	} {
		s := c.s
		s.frame = evidence.FrameTime{Start: 0, End: 40 * msec, Thread: 7}
		s.stacks = stacks
		for _, f := range []*func(time.Duration) bool{&s.stopped, &s.marking, &s.held} {
			if *f == nil {
				*f = none
			}
		}
		got := map[evidence.LateCause]time.Duration{}
		var sum time.Duration
		for _, share := range s.shares() {
			got[share.Cause] += share.Took
			sum += share.Took
		}
		if (sum - 40*msec).Abs() > msec {
			t.Errorf("%s: the shares sum up to %v", c.name, sum)
		}
		for cause, want := range c.want {
			if (got[cause] - want).Abs() > 2*msec {
				t.Errorf("%s: %v of %s, want %v (%v)", c.name, got[cause], cause, want, got)
			}
		}
	}
}

// timeline answers with the spans given, for the frame's own thread.
func timeline(spans ...schedSpan) func(int, time.Duration) (schedSpan, bool) {
	return func(tid int, at time.Duration) (schedSpan, bool) {
		for _, s := range spans {
			if tid == 7 && at >= s.From && at < s.To {
				return s, true
			}
		}
		return schedSpan{}, false
	}
}

// Of the lines of one function the one seen most often stands for all.
func TestShareNamesTheCommonestLine(t *testing.T) {
	s := seen{frame: evidence.FrameTime{End: 40 * msec, Thread: 7}, bound: true, parts: []segment{{0, 40 * msec, evidence.PartUser}},
		stacks: [][]evidence.Frame{{{Function: "main.draw", Line: 10}}, {{Function: "main.draw", Line: 12}}},
		thread: timeline(schedSpan{evidence.SchedSpan{Kind: evidence.SpanRunning, To: 40 * msec}, false})}
	for _, f := range []*func(time.Duration) bool{&s.stopped, &s.marking, &s.held} {
		*f = func(time.Duration) bool { return false }
	}
	for i := range 40 {
		stack := 1
		if i%4 == 0 {
			stack = 0
		}
		s.samples = append(s.samples, evidence.FrameSample{At: time.Duration(i) * msec, Status: evidence.StatusRunning, Stack: stack, Cause: evidence.CauseUser, ByCPU: true})
	}
	shares := s.shares()
	if len(shares) != 1 || shares[0].Stack != 1 || shares[0].Samples != 40 {
		t.Errorf("%+v", shares)
	}
}
