// Package sampleframes makes up the frames of a program that never ran, for the
// tests of the rooms that show and judge them: a Fyne window at 60 frames a
// second, with late frames of many causes, some of them mixed, and a rest in
// which it has nothing to draw. The same arguments give the same evidence.
package sampleframes

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

const (
	period   = 16666667 * time.Nanosecond
	over     = 25 * time.Millisecond
	ui       = 1    // goroutine
	thread   = 4711 // and pid
	sampling = 5 * time.Millisecond
	restFrom = 2600 * time.Millisecond // has nothing to draw from here …
	restTo   = 3900 * time.Millisecond // … to here
)

// share is a cause's part of a late frame, in percent, and where it happens.
type share struct {
	cause   evidence.LateCause
	percent int
	stack   int // index into stacks, -1: none
	place   int
}

// ill is one way in which a frame is late.
type ill struct {
	took   time.Duration
	part   evidence.PartKind // that takes the time
	shares []share
}

var ills = []ill{
	{84 * time.Millisecond, evidence.PartEvents, []share{{evidence.CauseLock, 88, 0, 2}, {evidence.CauseUser, 9, 1, 1}, {evidence.CausePace, 3, -1, -1}}},
	{41 * time.Millisecond, evidence.PartUser, []share{{evidence.CauseUser, 71, 1, 1}, {evidence.CauseAlloc, 20, 2, 2}, {evidence.CauseGC, 9, -1, -1}}},
	{33 * time.Millisecond, evidence.PartLayout, []share{{evidence.CauseToolkit, 96, 3, 3}, {evidence.CauseUnknown, 4, -1, -1}}},
	{52 * time.Millisecond, evidence.PartSwap, []share{{evidence.CauseSwap, 93, 4, -1}, {evidence.CausePreempted, 7, -1, -1}}},
	{29 * time.Millisecond, evidence.PartDraw, []share{{evidence.CausePreempted, 64, -1, -1}, {evidence.CauseRunnable, 36, -1, -1}}},
	{230 * time.Millisecond, evidence.PartEvents, []share{{evidence.CauseNetwork, 97, 5, 4}, {evidence.CauseUser, 3, 1, 1}}},
	{36 * time.Millisecond, evidence.PartEvents, []share{{evidence.CauseDisk, 82, 6, 3}, {evidence.CauseSyscall, 18, 6, 3}}},
}

// Make returns the evidence of a watch that lasts for the given time.
func Make(lasts time.Duration) *evidence.Evidence {
	r := rand.New(rand.NewPCG(1, 2))
	f := &evidence.Frames{
		Took: lasts, Source: evidence.FromProbes, Period: period, PeriodFrom: "assumed", Over: over,
		Stacks: stacks(), Swaps: evidence.SwapPace{Asked: 1, Waits: 0.98},
		Sched: evidence.Sched{GOMAXPROCS: 2, CPUs: 2, TargetCPU: 0.6},
	}
	at, end, n, next := 3*time.Millisecond, time.Duration(0), 0, 0
	for {
		var waited time.Duration
		if at > restFrom && at < restTo {
			waited, at = restTo-at, restTo
		}
		n++
		t := evidence.FrameTime{N: n, Goroutine: ui, Thread: thread, Start: at, Waited: waited}
		took := time.Duration(4+5*r.Float64()) * time.Millisecond
		took += time.Duration(r.IntN(900)) * time.Microsecond
		var sick *ill
		if n%17 == 9 {
			sick = &ills[next%len(ills)]
			next++
			took = sick.took + time.Duration(r.IntN(3000))*time.Microsecond
		}
		t.End = at + took
		t.Present = t.End - 200*time.Microsecond
		if t.End > lasts {
			break
		}
		if n > 1 {
			t.Interval = t.End - end
		}
		t.Parts = parts(took, sick)
		if t.Late = sick != nil; t.Late {
			f.Late = append(f.Late, late(f, t, sick))
		}
		idleSamples(f, end, t.Start)
		f.Times = append(f.Times, t)
		end = t.End
		at = max(end, at+period)
	}
	idleSamples(f, end, lasts)
	slices.SortStableFunc(f.Samples, func(a, b evidence.FrameSample) int { return int(a.At - b.At) })
	f.Spans = spans(f)
	f.Rates = Rates(f.Times)
	return &evidence.Evidence{
		Target: evidence.Target{
			Kind: evidence.KindProcess, PID: thread, Name: "orders", Exe: "/opt/orders/orders", Go: "go1.26.1", Arch: "amd64",
			MainModule: "example.com/orders", Toolkit: "fyne", ToolkitVersion: "v2.7.1",
		},
		Frames: f,
	}
}

func parts(took time.Duration, sick *ill) []evidence.FramePart {
	healthy := took
	if sick != nil {
		healthy = 6 * time.Millisecond
	}
	p := []evidence.FramePart{
		{Kind: evidence.PartEvents, Took: healthy / 12}, {Kind: evidence.PartUser, Took: healthy / 4},
		{Kind: evidence.PartLayout, Took: healthy / 10}, {Kind: evidence.PartDraw, Took: healthy / 3}, {Kind: evidence.PartSwap, Took: healthy / 6},
	}
	if sick != nil {
		for i := range p {
			if p[i].Kind == sick.part {
				p[i].Took += took - healthy
			}
		}
	}
	return p
}

func late(f *evidence.Frames, t evidence.FrameTime, sick *ill) evidence.LateFrame {
	took := t.End - t.Start
	l := evidence.LateFrame{FrameTime: t}
	l.Before = slices.Clone(f.Times[max(0, len(f.Times)-evidence.FramesBefore):])
	from, left := t.Start, took
	for i, s := range sick.shares {
		part := took * time.Duration(s.percent) / 100
		if i == len(sick.shares)-1 {
			part = left
		}
		left -= part
		count := 0
		for at := from + 2*time.Millisecond; at < from+part && s.stack >= 0; at += sampling {
			f.Samples = append(f.Samples, evidence.FrameSample{
				At: at, Goroutine: ui, Thread: thread, Status: status(s.cause), WaitReason: wait(s.cause),
				Cause: s.cause, Stack: s.stack, Place: s.place, ByCPU: s.cause == evidence.CauseUser,
			})
			count++
		}
		from += part
		l.Shares = append(l.Shares, evidence.FrameShare{Cause: s.cause, Took: part, Stack: s.stack, Place: s.place, Samples: count})
	}
	return l
}

func status(c evidence.LateCause) string {
	switch c {
	case evidence.CauseUser, evidence.CauseToolkit, evidence.CauseAlloc:
		return evidence.StatusRunning
	case evidence.CauseSwap, evidence.CauseDisk, evidence.CauseSyscall:
		return evidence.StatusSyscall
	}
	return evidence.StatusWaiting
}

func wait(c evidence.LateCause) string {
	return map[evidence.LateCause]string{evidence.CauseLock: "sync.Mutex.Lock", evidence.CauseNetwork: "IO wait"}[c]
}

func idleSamples(f *evidence.Frames, from, to time.Duration) {
	for at := from + 40*time.Millisecond; at < to; at += 40 * time.Millisecond {
		f.Samples = append(f.Samples, evidence.FrameSample{At: at, Goroutine: ui, Thread: thread, Status: evidence.StatusSyscall, Cause: evidence.CausePace, Stack: 7, Place: -1})
	}
}

// spans are the thread's schedule, and a cycle of the collector each 0.9 s.
func spans(f *evidence.Frames) []evidence.SchedSpan {
	var out []evidence.SchedSpan
	add := func(kind evidence.SpanKind, thread int, from, to time.Duration) {
		if to > from {
			out = append(out, evidence.SchedSpan{Kind: kind, Thread: thread, From: from, To: to})
		}
	}
	end := time.Duration(0)
	for i := range f.Times {
		t := &f.Times[i]
		add(evidence.SpanAsleep, thread, end, t.Start)
		ready := t.Start + min(100*time.Microsecond, t.End-t.Start)
		add(evidence.SpanRunnable, thread, t.Start, ready)
		add(evidence.SpanRunning, thread, ready, t.End)
		end = t.End
	}
	add(evidence.SpanAsleep, thread, end, f.Took)
	for at := 400 * time.Millisecond; at+20*time.Millisecond < f.Took; at += 900 * time.Millisecond {
		add(evidence.SpanStopped, 0, at, at+300*time.Microsecond)
		add(evidence.SpanMarking, 0, at, at+18*time.Millisecond)
		add(evidence.SpanStopped, 0, at+18*time.Millisecond, at+18*time.Millisecond+400*time.Microsecond)
	}
	return out
}

// Rates are the figures of frames of one goroutine.
func Rates(times []evidence.FrameTime) []evidence.FrameRate {
	if len(times) == 0 {
		return nil
	}
	r := evidence.FrameRate{Goroutine: ui, Frames: len(times)}
	var took, intervals []time.Duration
	sums := map[evidence.PartKind]time.Duration{}
	for i := range times {
		t := &times[i]
		took = append(took, t.End-t.Start)
		if t.Late {
			r.Late++
			r.Dropped += int((t.End - t.Start) / period)
		}
		if t.Waited > 0 {
			r.Idle += t.Waited
			r.Active += t.Interval - t.Waited
		} else if t.Interval > 0 {
			intervals = append(intervals, t.Interval)
			r.Active += t.Interval
		} else {
			r.Active += t.End - t.Start
		}
		for _, p := range t.Parts {
			sums[p.Kind] += p.Took
		}
	}
	r.Time, r.Interval = percentiles(took), percentiles(intervals)
	for _, k := range []evidence.PartKind{evidence.PartEvents, evidence.PartUser, evidence.PartLayout, evidence.PartDraw, evidence.PartSwap} {
		r.Parts = append(r.Parts, evidence.FramePart{Kind: k, Took: sums[k] / time.Duration(len(times))})
	}
	return []evidence.FrameRate{r}
}

func percentiles(all []time.Duration) evidence.Percentiles {
	if len(all) == 0 {
		return evidence.Percentiles{}
	}
	slices.Sort(all)
	at := func(p int) time.Duration { return all[min(len(all)-1, len(all)*p/100)] }
	return evidence.Percentiles{P50: at(50), P95: at(95), P99: at(99), Max: all[len(all)-1]}
}
