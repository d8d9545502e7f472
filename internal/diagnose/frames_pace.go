package diagnose

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Thresholds of the pace.
const (
	freeFrames  = 200  // "hundreds of frames" that nothing paced
	pacedFrames = 60   // one second of motion
	freeRate    = 1.5  // times the display's rate that is too much
	freeAssumed = 4    // … where the rate is assumed: displays have up to 240 Hz
	freeIdle    = 0.1  // share of the watch: with more idling it draws in bursts
	tolerance   = 0.15 // of a period, around its multiples
	mostOf      = 0.8
	slowest     = 4 // periods: a lower rate is not the display's doing
)

// pace is how regularly one goroutine presents.
type pace struct {
	rate      *evidence.FrameRate
	intervals []time.Duration // between frames without idling
	work      time.Duration   // of a frame without waiting, median; -1: unknown
	swap      time.Duration   // of the late frames
	wait      time.Duration   // on purpose, of the late frames
}

// paces finds goroutines that present at another rate than the display's though
// their frames take little. taken are those whose swaps it explains.
func (c *frameCase) paces() (out []report.Finding, taken map[uint64]bool) {
	taken = map[uint64]bool{}
	for i := range c.fr.Rates {
		p := c.paceOf(&c.fr.Rates[i])
		f, ok := c.unpaced(p)
		if !ok {
			f, ok = c.halved(p)
			taken[p.rate.Goroutine] = ok
		}
		if !ok {
			f, ok = c.jitters(p)
			taken[p.rate.Goroutine] = ok
		}
		if !ok {
			f, ok = c.waitsTwice(p)
		}
		if ok {
			out = append(out, f)
		}
	}
	return out, taken
}

func (c *frameCase) paceOf(r *evidence.FrameRate) pace {
	p := pace{rate: r, work: -1}
	for _, t := range c.times[r.Goroutine] {
		if t.Interval > 0 && !t.Undrawn && sane(t.Waited) < c.period/2 {
			p.intervals = append(p.intervals, sane(t.Interval))
		}
	}
	waits := map[int]time.Duration{} // of the late frames, whose waits were looked at
	for i := range c.fr.Late {
		l := &c.fr.Late[i]
		if l.Goroutine != r.Goroutine || l.Undrawn || len(l.Shares) == 0 {
			continue
		}
		for _, s := range l.Shares {
			switch s.Cause {
			case evidence.CauseSwap:
				p.swap += sane(s.Took)
			case evidence.CausePace:
				p.wait += sane(s.Took)
			default:
				continue
			}
			waits[l.N] += sane(s.Took)
		}
		if _, ok := waits[l.N]; !ok {
			waits[l.N] = 0
		}
	}
	var work []time.Duration
	for i := range c.times[r.Goroutine] {
		t := &c.times[r.Goroutine][i]
		if t.Undrawn {
			continue
		}
		wait, known := waits[t.N]
		for _, part := range t.Parts {
			if !known && (part.Kind == evidence.PartSwap || part.Kind == evidence.PartPace) {
				wait += sane(part.Took)
			}
		}
		if known || len(t.Parts) > 0 {
			work = append(work, max(0, took(t)-wait))
		}
	}
	if len(work) > 0 {
		slices.Sort(work)
		p.work = work[len(work)/2]
	}
	return p
}

// rate is how many frames a second an interval makes.
func rate(interval time.Duration) string {
	return fmt.Sprintf("%.0f", float64(time.Second)/float64(max(interval, 1)))
}

// paceFinding is a finding about the pace, with its figures.
func (c *frameCase) paceFinding(p pace, severity report.Severity, sure float64) report.Finding {
	f := report.Finding{ID: string(vsync), Severity: severity, Confidence: sure, Evidence: onlyFrames, Where: c.loopPlace(p.rate.Goroutine)}
	if c.fr.PeriodFrom == "assumed" {
		f.Confidence -= 0.1
	}
	if c.fr.Source == evidence.FromSamples {
		f.Confidence -= 0.15
	}
	f.Confidence = round(f.Confidence)
	return f
}

// finishPace adds the reasons that all have, and the remedies.
func (c *frameCase) finishPace(f *report.Finding, p pace, change ...text.Text) {
	if p.work >= 0 {
		f.Why = append(f.Why, text.T("why.frames.work", millis(p.work), millis(c.period)))
	}
	switch asked := c.fr.Swaps.Asked; {
	case asked >= 0:
		f.Why = append(f.Why, text.T("why.frames.asked", asked))
	default:
		f.Why = append(f.Why, text.T("why.frames.asked.unseen"))
	}
	if c.fr.PeriodFrom == "assumed" {
		f.Why = append(f.Why, text.T("why.less.frames.period"))
	}
	if c.fr.Source == evidence.FromSamples {
		f.Why = append(f.Why, text.T("why.less.frames.looked"))
	}
	c.frameRemedies(f, []text.Text{text.T(id(f) + ".now")}, append(change, text.T(id(f)+".change")))
}

// unpaced: nothing makes the loop wait, so that it draws what no display shows. A
// person may see torn pictures and hears the fan: it is P2.
func (c *frameCase) unpaced(p pace) (report.Finding, bool) {
	r := p.rate
	active, idle := sane(r.Active), sane(r.Idle)
	least := c.period * 10 / (10 * freeRate)
	paced := false // more than the display shows is not paced by it, however long the driver takes
	if c.fr.PeriodFrom == "assumed" {
		least = c.period / freeAssumed
		paced = c.fr.Swaps.Waits >= 0.1
	}
	frames, interval := r.Frames, r.Interval.P50
	if c.fr.Source == evidence.FromSamples && r.Rounds > frames { // most were too short to be seen: the count
		// … which is known to a third or so.
		frames, interval, paced, least = r.Rounds, active/time.Duration(r.Rounds), false, least*2/3
	}
	if frames < freeFrames || active == 0 || interval <= 0 || interval > least || paced ||
		float64(idle) > freeIdle*float64(active+idle) || active/time.Duration(frames) > least {
		return report.Finding{}, false
	}
	got := rate(active / time.Duration(frames))
	f := c.paceFinding(p, report.P2, 0.9)
	f.Title = text.T(id(&f)+".title.off", got)
	f.Why = []text.Text{text.T("why.frames.rate", frames, text.Duration(active), got, rate(c.period)),
		text.T("why.frames.free", text.Percent(c.waits()))}
	c.finishPace(&f, p)
	return f, true
}

func (c *frameCase) waits() float64 {
	if w := c.fr.Swaps.Waits; w > 0 && w <= 1 {
		return w
	}
	return 0
}

// near is the multiple of the period that an interval is, 0: it is none.
func (c *frameCase) near(d time.Duration) int {
	x := float64(d) / float64(c.period)
	k := math.Round(x)
	if k < 1 || math.Abs(x-k) > tolerance {
		return 0
	}
	return int(k)
}

// light: what the frames do takes less than half of the time they have.
func (c *frameCase) light(p pace) bool { return p.work >= 0 && p.work < c.period/2 }

// halved: every frame waits for the second refresh, or the third, though it was
// ready for the first. A program may want that: only one that was seen to ask for
// each refresh certainly does not.
func (c *frameCase) halved(p pace) (report.Finding, bool) {
	if len(p.intervals) < pacedFrames || !c.light(p) || p.swap+p.wait == 0 && c.waits() < half {
		return report.Finding{}, false
	}
	sorted := slices.Sorted(slices.Values(p.intervals))
	k := c.near(sorted[len(sorted)/2])
	asked := c.fr.Swaps.Asked
	if k < 2 || k > slowest || k <= asked {
		return report.Finding{}, false
	}
	same := 0
	for _, d := range p.intervals {
		if c.near(d) == k {
			same++
		}
	}
	if float64(same) < mostOf*float64(len(p.intervals)) {
		return report.Finding{}, false
	}
	severity := report.P2
	switch {
	case p.wait > p.swap:
		severity = report.Info // the toolkit was told to keep that rate
	case asked == 1 && c.fr.PeriodFrom != "assumed" && c.fr.Source == evidence.FromProbes:
		severity = report.P1
	}
	got := rate(time.Duration(k) * c.period)
	f := c.paceFinding(p, severity, 0.85)
	f.Title = text.T(id(&f)+".title.halved", got, rate(c.period))
	f.Why = []text.Text{text.T("why.frames.halved", same, len(p.intervals), k)}
	if p.swap > p.wait { // the driver has been seen to take the time
		f.Alternatives = []report.Alternative{{ID: string(driver), Weight: 0.3, Title: text.T("alternative."+string(driver), f.Where.Function)}}
	}
	c.finishPace(&f, p, text.T(id(&f)+".change.halved"))
	return f, true
}

// jitters: frames that are ready in time are shown now at the next refresh, now at
// the one after.
func (c *frameCase) jitters(p pace) (report.Finding, bool) {
	if len(p.intervals) < 2*pacedFrames || !c.light(p) || p.swap == 0 || p.wait > p.swap {
		return report.Finding{}, false
	}
	one, more, turns, last := 0, 0, 0, 0
	for _, d := range p.intervals {
		k := c.near(d)
		switch {
		case k == 1:
			one++
		case k > 1 && k <= slowest:
			more++
		}
		if k != 0 {
			if last != 0 && k != last {
				turns++
			}
			last = k
		}
	}
	n := float64(len(p.intervals))
	if float64(one+more) < mostOf*n || float64(more) < 0.2*n || float64(one) < 0.2*n || float64(turns) < 0.3*n {
		return report.Finding{}, false
	}
	severity := report.P2
	if c.fr.Swaps.Asked == 1 && c.fr.PeriodFrom != "assumed" && c.fr.Source == evidence.FromProbes && c.fr.Sched.OthersCPU < 0.5 {
		severity = report.P1
	}
	f := c.paceFinding(p, severity, 0.75)
	f.Title = text.T(id(&f) + ".title.jitter")
	f.Why = []text.Text{text.T("why.frames.jitter", more, len(p.intervals), turns)}
	c.finishPace(&f, p, text.T(id(&f)+".change.jitter"))
	return f, true
}

// turn is how long a turn of the loop takes, and its waits in it: the medians, as one
// that has nothing to do waits for long.
func (c *frameCase) turn(p pace) (each, waits time.Duration) {
	if c.fr.Source == evidence.FromSamples {
		return 0, p.rate.IdleWait
	}
	times := c.times[p.rate.Goroutine]
	if len(times) < pacedFrames {
		return 0, 0
	}
	var turns, idle []time.Duration
	for i, t := range times[1:] {
		turns, idle = append(turns, sane(t.End)-sane(times[i].End)), append(idle, sane(t.Waited))
	}
	slices.Sort(turns)
	slices.Sort(idle)
	return turns[len(turns)/2], idle[len(idle)/2] + (p.swap+p.wait)/time.Duration(max(1, p.rate.Late))
}

// waitsTwice: the loop is paced by its own sleep and by another wait as well, and
// one comes after the other: each frame takes both.
func (c *frameCase) waitsTwice(p pace) (report.Finding, bool) {
	each, besides := c.turn(p)
	for i := range c.fr.Blocking {
		b := &c.fr.Blocking[i]
		if b.Goroutine != p.rate.Goroutine || b.Cause != evidence.CauseSleep || b.Times < max(pacedFrames, p.rate.Frames)/2 {
			continue
		}
		if c.fr.Source == evidence.FromSamples { // short frames are missed: the sleeps count the turns
			if p.rate.IdleWaits*10 < b.Times*7 {
				continue
			}
			each = sane(c.fr.Took) / time.Duration(b.Times)
		}
		if each < c.period*17/10 || each > slowest*c.period {
			continue
		}
		at := c.userPlaceIn(b.Stack, b.Place)
		own, other := sane(b.Total)/time.Duration(b.Times), besides
		if own+other > each*13/10 {
			other -= own // the idling has the sleep in it
		}
		if at < 0 || own < c.period*6/10 || other < c.period*6/10 {
			continue
		}
		f := c.paceFinding(p, report.P2, 0.85)
		f.Where = c.where(b.Stack, at, b.Goroutine)
		f.Title = text.T(id(&f)+".title.twice", f.Where.Function, rate(each))
		f.Why = []text.Text{text.T("why.frames.twice", millis(own), f.Where.Function, millis(other))}
		c.finishPace(&f, p, text.T(id(&f)+".change.twice", f.Where.Function))
		return f, true
	}
	return report.Finding{}, false
}
