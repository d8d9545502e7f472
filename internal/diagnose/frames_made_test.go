package diagnose

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

const (
	ms     = time.Millisecond
	period = time.Second / 60
)

// film is a program whose frames are watched, made frame by frame.
type film struct {
	*evidence.Evidence
	now time.Duration
}

func filmOf(toolkit string) *film {
	version := map[string]string{"fyne": "v2.7.1", "gio": "v0.9.0", "ebitengine": "v2.9.4", "glfw": "v3.3"}[toolkit]
	return &film{Evidence: &evidence.Evidence{
		Target: evidence.Target{Kind: evidence.KindProcess, PID: 4711, Name: "orders", Go: "go1.26.8", Toolkit: toolkit, ToolkitVersion: version},
		Frames: &evidence.Frames{Source: evidence.FromProbes, Period: period, PeriodFrom: "display", Over: period * 3 / 2,
			Rates: []evidence.FrameRate{{Goroutine: uiID}}, Swaps: evidence.SwapPace{Asked: -1, Waits: 1},
			Sched: evidence.Sched{GOMAXPROCS: 2, CPUs: 2}},
	}}
}

// put adds a stack once, and returns its index.
func (f *film) put(frames []evidence.Frame) int {
	for i, s := range f.Frames.Stacks {
		if slices.Equal(s, frames) {
			return i
		}
	}
	f.Frames.Stacks = append(f.Frames.Stacks, frames)
	return len(f.Frames.Stacks) - 1
}

// share is a part of a late frame, at the innermost function of package main.
func (f *film) share(cause evidence.LateCause, took time.Duration, frames []evidence.Frame) evidence.FrameShare {
	s := evidence.FrameShare{Cause: cause, Took: took, Stack: -1, Place: -1, Samples: 8}
	if frames != nil {
		s.Stack = f.put(frames)
		s.Place = slices.IndexFunc(frames, func(f evidence.Frame) bool { return f.Package == "main" && f.Function != "main.main" })
	}
	return s
}

// frame adds one frame that begins after an idle wait; it is late if it takes
// longer than Over, and then the shares say why.
func (f *film) frame(waited, took time.Duration, shares ...evidence.FrameShare) *film {
	r, fr := &f.Frames.Rates[0], f.Frames
	r.Frames++
	t := evidence.FrameTime{N: r.Frames, Goroutine: uiID, Thread: 4711, Start: f.now + waited, End: f.now + waited + took, Waited: waited}
	if f.now > 0 {
		t.Interval = t.End - f.now
	}
	if waited > 2*period {
		r.Idle += waited
		r.Active += took
	} else {
		r.Active += waited + took
	}
	if took > fr.Over {
		t.Late = true
		r.Late++
		slices.SortStableFunc(shares, func(a, b evidence.FrameShare) int { return cmp.Compare(b.Took, a.Took) })
		fr.Late = append(fr.Late, evidence.LateFrame{FrameTime: t, Shares: shares})
	}
	fr.Times = append(fr.Times, t)
	f.now, fr.Took = t.End, t.End
	return f
}

// smooth adds n frames in time with the display.
func (f *film) smooth(n int) *film {
	for range n {
		f.frame(period-4*ms, 4*ms)
	}
	return f
}

// every adds n frames, one of each k of which is late by the shares.
func (f *film) every(n, k int, took time.Duration, shares ...evidence.FrameShare) *film {
	for i := range n {
		if i%k == k-1 {
			f.frame(ms, took, shares...)
		} else {
			f.smooth(1)
		}
	}
	f.percentiles()
	return f
}

// percentiles makes the percentiles of the intervals.
func (f *film) percentiles() *film {
	var all []time.Duration
	for _, t := range f.Frames.Times {
		if t.Interval > 0 && t.Waited <= 2*period {
			all = append(all, t.Interval)
		}
	}
	if slices.Sort(all); len(all) > 0 {
		f.Frames.Rates[0].Interval = evidence.Percentiles{P50: all[len(all)/2], P95: all[len(all)*95/100], P99: all[len(all)*99/100], Max: all[len(all)-1]}
	}
	return f
}

func (f *film) with(change func(*evidence.Frames)) *film { change(f.Frames); return f }

// blocking adds the account of a wait, with a holder's stack if there is one.
func (f *film) blocking(cause evidence.LateCause, times int, total, longest time.Duration, frames, holder []evidence.Frame) *film {
	s := f.share(cause, total, frames)
	b := evidence.BlockingCall{Goroutine: uiID, Cause: cause, Stack: s.Stack, Place: s.Place, Times: times, Total: total, Longest: longest}
	if holder != nil {
		h := f.share(cause, 0, holder)
		b.Holder, b.HolderStack, b.HolderPlace, b.HolderState = 42, h.Stack, h.Place, "IO wait"
	}
	f.Frames.Blocking = append(f.Frames.Blocking, b)
	return f
}

// sampled adds samples of the UI goroutine.
func (f *film) sampled(n int, cause evidence.LateCause, status, reason string, frames []evidence.Frame) *film {
	s := f.share(cause, 0, frames)
	for i := range n {
		f.Frames.Samples = append(f.Frames.Samples, evidence.FrameSample{At: time.Duration(i) * ms, Goroutine: uiID, Status: status,
			WaitReason: reason, Cause: cause, Stack: s.Stack, Place: s.Place})
	}
	return f
}

// inLoop is a stack in the user's own loop of a GLFW program.
func inLoop(inner ...string) []evidence.Frame {
	return calls(append(inner, "main.(*stage).loop", "main.main", "runtime.main")...)
}

const (
	glfwSwap = "github.com/go-gl/glfw/v3.3/glfw.(*Window).SwapBuffers"
	glfwC    = "github.com/go-gl/glfw/v3.3/glfw._Cfunc_glfwSwapBuffers"
)

var swapStack = inLoop("runtime.cgocall", glfwC, glfwSwap)
