package diagnose

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// count is how many late frames of a group matter.
type count struct {
	all     float64 // of the whole watch
	noticed float64
	large   float64 // noticed, and a whole period late
	lost    time.Duration
}

func (c *frameCase) count(g *lateGroup) count {
	n := count{all: g.scale * float64(len(g.frames))}
	for i := range g.frames {
		l := &g.frames[i]
		if !l.noticed() {
			continue
		}
		n.noticed += g.scale
		n.lost += l.excess
		if l.excess >= c.period {
			n.large += g.scale
		}
	}
	n.lost = time.Duration(g.scale * float64(n.lost))
	return n
}

// severity says whether a person notices. It is empty where it is no finding.
func (c *frameCase) severity(g *lateGroup) report.Severity {
	n, sum := c.count(g), c.figures(g.goroutines...)
	active := max(sum.active, time.Millisecond)
	for i := range g.frames {
		if l := &g.frames[i]; l.Unfinished && l.excess >= frozenFrame {
			return report.P1 // it goes on: a freeze, of which the other probe saw too little
		}
	}
	// More frames than the display has refreshes are not seen.
	share := n.noticed / max(1, min(float64(sum.frames), float64(active)/float64(c.period)))
	seen := n.noticed >= lateNoticed && float64(n.lost)/float64(active) >= hitchRatio &&
		(share >= lateShare || n.large/active.Seconds() >= lateRate)
	if least := c.persistence(g); least > 0 { // it comes and goes
		switch {
		case !seen:
			return ""
		case share >= least && c.allOver(g) && !c.drawsSlowly(g):
			return report.P1
		}
		return report.P2
	}
	switch {
	case seen && (c.chosen(g) || c.drawsSlowly(g)):
		return report.P2
	case seen:
		return report.P1
	case n.noticed >= lateLeast || n.all >= answersLeast:
		return report.P2
	case g.worst >= frozenFrame:
		return report.Info
	}
	return ""
}

// persistence is the share of frames that must be late of what comes and goes
// with the rest of the machine; 0: the cause is the program's own.
func (c *frameCase) persistence(g *lateGroup) float64 {
	sc := &c.fr.Sched
	cpus := float64(max(sc.CPUs, 1))
	switch g.id {
	case driver, collects:
		// A driver in software computes on the same CPUs, and so does the collector.
		return persistent
	case computes, layouts, allocates:
		// Who only looks does not see whether a thread that runs has a CPU.
		if c.fr.Source == evidence.FromSamples && sc.OthersCPU >= 0.5*cpus {
			return persistent
		}
	case starves:
		switch by := starvedBy(g); {
		case by == evidence.CauseThrottled:
			return 0
		case c.byDriver(g):
			return 1 // that the driver gets no CPU is concluded from what the program gets
		case by == evidence.CauseRunnable && (sc.GOMAXPROCS > 0 && sc.GOMAXPROCS < sc.CPUs || sc.Runnable >= 1):
			return 0
		case by == evidence.CauseRunnable, by == evidence.CausePreempted && sc.TargetCPU >= 0.7*cpus:
			return persistent
		case by == evidence.CausePreempted && sc.OthersCPU < 0.5*cpus:
			return 1 // nobody is seen to take the CPU for long
		}
		return persistentOutside
	}
	return 0
}

// slowFrame is a frame of less than 20 a second, Google Play's "slow frame".
const slowFrame = time.Second / 20

// drawsSlowly: no line of the user's keeps the toolkit or the driver busy; they are
// just slow, as on a small machine or with a driver in software. The program could
// do little about it, and still moves.
func (c *frameCase) drawsSlowly(g *lateGroup) bool {
	if c.fr.Source == evidence.FromSamples && g.function == "" && (g.id == driver || g.id == layouts) {
		return true // several short frames may look like a long one
	}
	byItself := g.function == "" && (g.id == driver || g.id == layouts) ||
		g.id == driver && g.by[evidence.CauseSwap] > g.by[evidence.CauseDriver]
	return byItself && g.took/time.Duration(max(1, len(g.frames))) < slowFrame
}

// starvedBy is the commonest way in which the frames of a group got no CPU.
func starvedBy(g *lateGroup) evidence.LateCause {
	best := evidence.CauseRunnable
	for _, k := range []evidence.LateCause{evidence.CausePreempted, evidence.CauseThrottled, evidence.CauseStolen} {
		if g.by[k] > g.by[best] {
			best = k
		}
	}
	return best
}

// byDriver: for the most part it was the driver that the frames waited for, and that got
// no CPU.
func (*frameCase) byDriver(g *lateGroup) bool {
	var in, all time.Duration
	for i := range g.frames {
		for j := range g.frames[i].Shares {
			s := &g.frames[i].Shares[j]
			if s.Cause != evidence.CausePreempted {
				continue
			}
			all += sane(s.Took)
			if s.Stack >= 0 {
				in += sane(s.Took)
			}
		}
	}
	return all > 0 && float64(in) >= half*float64(all)
}

// allOver: the late frames are spread over the time in which the program drew,
// and not the work of one moment.
func (c *frameCase) allOver(g *lateGroup) bool {
	from, to := longest, time.Duration(0)
	for i := range c.fr.Late {
		from, to = min(from, sane(c.fr.Late[i].End)), max(to, sane(c.fr.Late[i].End))
	}
	if g.scale == 1 { // else those of the start are not known any more
		for i := range c.fr.Times {
			from, to = min(from, sane(c.fr.Times[i].End)), max(to, sane(c.fr.Times[i].End))
		}
	}
	const parts = 4
	seen := map[int64]bool{}
	for i := range g.frames {
		seen[int64(sane(g.frames[i].End)-from)*parts/(int64(max(0, to-from))+1)] = true
	}
	return len(seen) >= parts-1
}

// chosen: the loop is the user's own and waits as long in every frame, which is
// how such a loop keeps a lower rate. Below 20 frames a second nobody means that.
func (c *frameCase) chosen(g *lateGroup) bool {
	if !c.ownLoop || g.id != sleeps && g.id != channels || len(g.goroutines) != 1 {
		return false
	}
	if g.id == channels && c.blockingAt(g) != nil && c.blockingAt(g).Holder != 0 {
		return false // it waits for somebody's work, and not for a tick
	}
	r := c.rates[g.goroutines[0]]
	return r != nil && c.count(g).all >= 0.8*float64(r.Frames) && r.Interval.P50 > 0 &&
		r.Interval.P95 <= r.Interval.P50*13/10 && r.Interval.P50 <= slowFrame
}

// confidence is how sure a group's cause is, and what makes it less so.
func (c *frameCase) confidence(g *lateGroup) (float64, []text.Text) {
	sure := 0.9
	var less []text.Text
	if c.fr.Source == evidence.FromSamples {
		sure = 0.75
		less = append(less, text.T("why.less.frames.looked"))
	}
	sure *= 0.75 + 0.25*min(1, float64(g.spent)/(0.6*float64(max(g.took, 1))))
	sure *= 0.8 + 0.2*min(1, g.share)
	if n := len(g.frames); n < 5 {
		sure -= 0.1
		less = append(less, text.Plural("why.less.frames.few", n))
	}
	if g.samples < 2*len(g.frames) && g.id != starves && g.id != collects {
		sure -= 0.1
		less = append(less, text.Plural("why.less.frames.samples", g.samples))
	}
	if c.fr.Lost > 0 {
		sure -= 0.05
		less = append(less, text.T("why.less.frames.lost", c.fr.Lost))
	}
	return min(max(sure, 0.05), 0.99), less
}

// secondPlace is the function of which the looks say that it did what else the frames
// of a group spent time on; empty: none does, or too few looks. Who could run and was
// not stood anywhere.
func (c *frameCase) secondPlace(g *lateGroup, k cause, f *report.Finding) string {
	if k == starves {
		return f.Where.Function
	}
	spent, looks := map[string]time.Duration{}, map[string]int{}
	for i := range g.frames {
		for j := range g.frames[i].Shares {
			s := &g.frames[i].Shares[j]
			at := placeIn(c.stack(s.Stack), s.Place)
			if causeIDs[s.Cause] != k || at < 0 {
				continue
			}
			name := c.stack(s.Stack)[at].Function
			spent[name] += sane(s.Took)
			looks[name] += min(max(s.Samples, 0), 1<<20)
		}
	}
	best := ""
	for _, name := range slices.Sorted(maps.Keys(spent)) {
		if looks[name] >= fewLooks && (best == "" || spent[name] > spent[best]) {
			best = name
		}
	}
	return best
}

// second is what else the frames of a group spent time on.
func (c *frameCase) second(g *lateGroup) (cause, float64) {
	spent := map[cause]time.Duration{}
	for k, d := range g.by {
		if id := causeIDs[k]; id != g.id && k != evidence.CauseSwap && has("alternative."+string(id)) {
			spent[id] += d
		}
	}
	ids := slices.Sorted(maps.Keys(spent))
	if len(ids) == 0 {
		return unclear, 0
	}
	best := slices.MaxFunc(ids, func(a, b cause) int { return cmp.Or(cmp.Compare(spent[a], spent[b]), cmp.Compare(b, a)) })
	return best, float64(spent[best]) / float64(max(g.took, 1))
}
