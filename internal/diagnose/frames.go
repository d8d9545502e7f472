package diagnose

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Thresholds of what a person sees as stutter. A late frame is what the probe
// says it is: by default one that took a period and a half. JankStats of
// AndroidX takes two periods, and Perfetto any frame that missed its deadline.
const (
	// One late frame in many is not seen as stutter by most people: PerfDog counts
	// only frames that take twice as long as the three before. Three of one cause
	// are a pattern.
	lateLeast   = 2
	lateNoticed = 3
	// Of all frames, or a second in which frames are drawn. Google Play's "slow
	// session" has 25 % slow frames and is what it steers users away from; what is
	// seen begins far below that: one repeated picture each third of a second.
	lateShare = 0.05
	lateRate  = 0.5
	// Time lost to late frames in each second of motion: Apple's hitch time ratio,
	// of which less than 5 ms/s is called good, and more than 10 ms/s critical
	// ("Explore UI animation hitches and the render loop", Tech Talk 10855).
	hitchRatio = 0.005

	// A frame that comes after a pause interrupts no motion: it is an answer, and
	// an answer within a tenth of a second seems immediate (R. B. Miller 1968;
	// J. Nielsen 1993; the R of Google's RAIL model).
	stillFor     = 100 * time.Millisecond
	answersIn    = 100 * time.Millisecond
	answersLeast = 5                      // late answers that are worth a word all the same
	frozenFrame  = 700 * time.Millisecond // Android vitals' "frozen frame": worth a word, be it a single one

	// What others do to the program comes and goes. It must be persistent before
	// the program is called ill: 10 % of its frames, or 25 % (a slow session) where
	// the cause is outside of it, all over the watch.
	persistent        = 0.1
	persistentOutside = 0.25
	// explains is the share of all lost time from which on a cause has a finding of
	// its own.
	explains = 0.2
	// carries is the share of a late frame that its cause must have at least.
	carries = 0.25
)

// defaultPeriod is that of a display with 60 Hz.
const defaultPeriod = time.Second / 60

// longest bounds every duration of evidence that was read: sums cannot overflow.
const longest = 24 * time.Hour

// Frames is the family of late frames: why a program that does not freeze
// stutters. told are the findings of the freeze family, and stand in the result.
func Frames(ev *evidence.Evidence, told []report.Finding) []report.Finding {
	c := newFrameCase(ev)
	pace, taken := c.paces()
	out := append(c.lateFrames(taken), pace...)
	out = append(out, c.foreignCalls()...)
	out = merge(told, out, c.figures())
	return append(out, c.riskyCalls(out)...)
}

// frameCase is the evidence of one watch over the frames, indexed.
type frameCase struct {
	*theCase                  // what is known of the freeze family; empty where there is nothing
	fr       *evidence.Frames // its indexes may lead nowhere
	period   time.Duration
	budget   time.Duration // what one frame may take: more than a period where the program asked for a lower rate
	over     time.Duration
	rates    map[uint64]*evidence.FrameRate
	times    map[uint64][]evidence.FrameTime
	ownLoop  bool // the loop is the user's, and with it its pace
}

func newFrameCase(ev *evidence.Evidence) *frameCase {
	plain := *ev
	if plain.Freeze == nil {
		plain.Freeze = &evidence.Freeze{}
	}
	c := &frameCase{theCase: newCase(&plain), fr: ev.Frames, period: ev.Frames.Period, over: ev.Frames.Over,
		rates: map[uint64]*evidence.FrameRate{}, times: map[uint64][]evidence.FrameTime{}}
	if c.period < time.Millisecond || c.period > time.Second {
		c.period = defaultPeriod
	}
	c.budget = c.period
	if asked := c.fr.Swaps.Asked; asked > 1 && asked <= 8 {
		c.budget *= time.Duration(asked)
	}
	c.over = max(c.over, c.budget)
	for i := range c.fr.Rates {
		c.rates[c.fr.Rates[i].Goroutine] = &c.fr.Rates[i]
	}
	for _, t := range c.fr.Times {
		c.times[t.Goroutine] = append(c.times[t.Goroutine], t)
	}
	c.ownLoop = c.tk != nil && c.tk.LoopRole == evidence.RoleUI
	return c
}

// sane is a duration of evidence, within bounds.
func sane(d time.Duration) time.Duration { return min(max(d, 0), longest) }

// took is how long a frame took.
func took(f *evidence.FrameTime) time.Duration { return max(0, sane(f.End)-sane(f.Start)) }

// stack is one of the stacks, nil if there is none.
func (c *frameCase) stack(i int) []evidence.Frame {
	if i < 0 || i >= len(c.fr.Stacks) {
		return nil
	}
	return c.fr.Stacks[i]
}

// placeIn is the index of the frame that a place names; -1: none.
func placeIn(frames []evidence.Frame, place int) int {
	if place >= 0 && place < len(frames) {
		return place
	}
	return toolkit.UserFrame(frames)
}

// userCalls are the indexes of the user's own functions on a stack, from the
// place outwards to the loop.
func (c *frameCase) userCalls(stack, place int) []int {
	frames := c.stack(stack)
	start := placeIn(frames, place)
	if start < 0 || frames[start].Origin != evidence.OriginUser {
		return nil
	}
	end := len(frames)
	if at := toolkit.LoopFrame(c.tk, frames); at >= start {
		end = at + 1
	}
	var out []int
	for i := start; i < end; i++ {
		if frames[i].Origin == evidence.OriginUser && !toolkit.IsGenerated(frames[i]) {
			out = append(out, i)
		}
	}
	if out == nil {
		out = []int{start} // a wrapper that no person wrote is better than nothing
	}
	return out
}

// where makes a Place of a frame on a goroutine, in the state that samples with
// that stack show.
func (c *frameCase) where(stack, frame int, goroutine uint64) *report.Place {
	frames := c.stack(stack)
	if frame < 0 || frame >= len(frames) {
		return nil
	}
	p := place(c.t, &frames[frame], nil)
	p.Goroutine = goroutine
	for i := range c.fr.Samples {
		if s := &c.fr.Samples[i]; s.Stack == stack && s.Goroutine == goroutine {
			p.State = cmp.Or(s.WaitReason, s.Status)
			p.Goroutine = cmp.Or(s.On, goroutine)
			break
		}
	}
	return p
}

// figures of the whole watch.
type figures struct {
	frames, late int
	active       time.Duration
	worst        time.Duration
	period       time.Duration
}

// figures sums the goroutines up; without goroutines, all of them.
func (c *frameCase) figures(goroutines ...uint64) figures {
	sum := figures{period: c.period}
	counts := func(id uint64) bool { return len(goroutines) == 0 || slices.Contains(goroutines, id) }
	for i := range c.fr.Rates {
		r := &c.fr.Rates[i]
		if !counts(r.Goroutine) {
			continue
		}
		sum.frames += max(0, r.Frames) + max(0, r.Turns)
		sum.late += max(0, r.Late) + max(0, r.Turns)
		sum.active = max(sum.active, sane(r.Active))
	}
	kept := 0
	for i := range c.fr.Late {
		if l := &c.fr.Late[i]; counts(l.Goroutine) {
			kept++
			sum.worst = max(sum.worst, took(&l.FrameTime))
		}
	}
	sum.late = max(sum.late, kept)
	sum.frames = max(sum.frames, sum.late)
	if sum.active == 0 {
		sum.active = sane(c.fr.Took)
	}
	return sum
}

// FrameRateOf returns how many frames a second the program drew, and how many
// steps a second its game made, while it was drawing: those of the goroutine that
// drew most. It was idle, and ok is false, where nothing was drawn.
func FrameRateOf(ev *evidence.Evidence) (fps, tps float64, ok bool) {
	if ev == nil || ev.Frames == nil {
		return 0, 0, false
	}
	var most *evidence.FrameRate
	for i := range ev.Frames.Rates {
		r := &ev.Frames.Rates[i]
		if r.Frames > 0 && r.Active > 0 && (most == nil || r.Frames > most.Frames ||
			r.Frames == most.Frames && r.Goroutine < most.Goroutine) {
			most = r
		}
	}
	if most == nil {
		return 0, 0, false
	}
	return float64(most.Frames) / most.Active.Seconds(), float64(max(0, most.Updates)) / most.Active.Seconds(), true
}
