package frames

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// ratesSoFar counts over the whole watch, of which only the last frames are kept.
type ratesSoFar struct {
	frames int
	by     map[uint64]*evidence.FrameRate
}

func newRates() *ratesSoFar { return &ratesSoFar{by: map[uint64]*evidence.FrameRate{}} }

func (r *ratesSoFar) add(f evidence.FrameTime, period time.Duration) {
	t := r.by[f.Goroutine]
	if t == nil {
		t = &evidence.FrameRate{Goroutine: f.Goroutine}
		r.by[f.Goroutine] = t
	}
	one := figures(f.Goroutine, []evidence.FrameTime{f}, period, 0)
	r.frames += one.Frames
	t.Frames += one.Frames
	t.Late += one.Late
	t.Dropped += one.Dropped
	t.Turns += one.Turns
	t.Updates += one.Updates
	t.Active += one.Active
}

// figures are the percentiles of the frames that are kept, and the counts of all.
func (r *ratesSoFar) figures(times []evidence.FrameTime, period, took time.Duration) []evidence.FrameRate {
	rates := Figures(times, period, took)
	for i := range rates {
		f := &rates[i]
		if t := r.by[f.Goroutine]; t != nil {
			f.Frames, f.Late, f.Dropped, f.Turns, f.Updates, f.Active = t.Frames, t.Late, t.Dropped, t.Turns, t.Updates, t.Active
			f.Idle = max(0, took-f.Active)
		}
	}
	return rates
}

// waits is the share of frames in which the driver, or the toolkit in its stead,
// kept the program waiting for the display.
func waits(times []evidence.FrameTime, period time.Duration) float64 {
	n, waited := 0, 0
	for _, f := range times {
		if f.Undrawn {
			continue
		}
		n++
		d := f.Waited
		for _, p := range f.Parts {
			if p.Kind == evidence.PartSwap || p.Kind == evidence.PartPace {
				d += p.Took
			}
		}
		if d >= period/4 {
			waited++
		}
	}
	if n == 0 {
		return 0
	}
	return float64(waited) / float64(n)
}

// sortCalls puts the calls in an order that does not change from run to run.
func sortCalls(f *evidence.Frames) {
	slices.SortFunc(f.Blocking, func(a, b evidence.BlockingCall) int {
		return cmp.Or(-cmp.Compare(a.Total, b.Total), cmp.Compare(a.Stack, b.Stack))
	})
	slices.SortFunc(f.Foreign, func(a, b evidence.ForeignCall) int {
		return cmp.Or(-cmp.Compare(a.Times, b.Times), cmp.Compare(a.Stack, b.Stack))
	})
}

// compact leaves out the stacks that nothing refers to.
func compact(f *evidence.Frames) {
	old := f.Stacks
	at := map[int]int{}
	f.Stacks = nil
	keep := func(stack *int) {
		if *stack < 0 || *stack >= len(old) {
			*stack = -1
			return
		}
		n, ok := at[*stack]
		if !ok {
			n = len(f.Stacks)
			at[*stack] = n
			f.Stacks = append(f.Stacks, old[*stack])
		}
		*stack = n
	}
	for i := range f.Late {
		l := &f.Late[i]
		l.Shares = slices.Clone(l.Shares)
		for j := range l.Shares {
			keep(&l.Shares[j].Stack)
		}
	}
	for i := range f.Samples {
		keep(&f.Samples[i].Stack)
	}
	for i := range f.Blocking {
		keep(&f.Blocking[i].Stack)
		if f.Blocking[i].Holder == 0 {
			f.Blocking[i].HolderStack, f.Blocking[i].HolderPlace = -1, -1
			continue
		}
		keep(&f.Blocking[i].HolderStack)
	}
	for i := range f.Foreign {
		keep(&f.Foreign[i].Stack)
	}
}
