package diagnose

import (
	"fmt"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// onlyFrames is the evidence of this family's findings.
var onlyFrames = []string{"frames"}

// lateFrames makes a finding of each cause that explains much of the lost time.
func (c *frameCase) lateFrames(taken map[uint64]bool) []report.Finding {
	groups, _ := c.groups(taken)
	var out []report.Finding
	for _, g := range groups {
		severity := c.severity(g)
		if severity == "" || g.share < explains {
			continue
		}
		out = append(out, c.explainGroup(g, severity))
	}
	return out
}

func (c *frameCase) explainGroup(g *lateGroup, severity report.Severity) report.Finding {
	f := report.Finding{ID: string(g.id), Severity: severity, Evidence: onlyFrames, Where: c.groupPlace(g)}
	sure, less := c.confidence(g)
	f.Why = c.whyLate(c.figures(g.goroutines...))
	if n := int(c.count(g).all + 0.5); g.share < 1 || n < c.figures(g.goroutines...).late {
		f.Why = append(f.Why, text.T("why.frames.share", n, text.Percent(g.share)))
	}
	switch {
	case g.id == starves:
		c.fillHeldUp(&f, g)
	case g.id == collects:
		c.fillCollected(&f, g)
	case g.id == driver:
		c.fillDriver(&f, g)
	case g.id.blocked():
		c.fillBlocked(&f, g)
	default:
		c.fillComputes(&f, g)
	}
	if k, weight := c.second(g); weight >= 0.2 {
		f.Alternatives = append(f.Alternatives, report.Alternative{ID: string(k), Weight: round(min(weight, 0.5)),
			Title: text.T("alternative."+string(k), f.Where.Function)})
	}
	f.Why = append(f.Why, less...)
	f.Confidence = round(sure)
	return f
}

// groupPlace is the user's line; without one the toolkit's function, or the line
// that runs the loop.
func (c *frameCase) groupPlace(g *lateGroup) *report.Place {
	var id uint64
	if len(g.goroutines) > 0 {
		id = g.goroutines[0]
	}
	if p := c.where(g.stack, g.place, id); p != nil && g.id != starves && g.id != collects {
		return p
	}
	return c.loopPlace(id)
}

// loopPlace is the user's line that runs the loop of a goroutine, as far as it is
// known.
func (c *frameCase) loopPlace(id uint64) *report.Place {
	count := map[string]int{}
	var best *report.Place
	for i := range c.fr.Samples {
		s := &c.fr.Samples[i]
		frames := c.stack(s.Stack)
		loop := toolkit.LoopFrame(c.tk, frames)
		if s.Goroutine != id || loop < 0 {
			continue
		}
		for at := loop; at < len(frames); at++ {
			if frames[at].Origin != evidence.OriginUser || toolkit.IsGenerated(frames[at]) {
				continue
			}
			p := place(c.t, &frames[at], nil)
			if count[p.Function]++; best == nil || count[p.Function] > count[best.Function] {
				best = p
			}
			break
		}
	}
	if best != nil {
		best.Goroutine = id
		return best
	}
	if g := c.byID[id]; g != nil {
		return c.runsLoop(g)
	}
	for _, u := range c.byImportance() {
		if g := c.byID[u.Goroutine]; g != nil {
			return c.runsLoop(g)
		}
	}
	for i := range c.fr.Samples { // whatever stands there
		if frames := c.stack(c.fr.Samples[i].Stack); c.fr.Samples[i].Goroutine == id && placeIn(frames, -1) >= 0 {
			return c.where(c.fr.Samples[i].Stack, placeIn(frames, -1), id)
		}
	}
	return &report.Place{Function: "?", Goroutine: id}
}

// whyLate are the figures of the watch.
func (c *frameCase) whyLate(sum figures) []text.Text {
	period := "why.frames.late"
	if c.fr.PeriodFrom == "assumed" {
		period += ".assumed"
	}
	return []text.Text{text.T(period, sum.late, sum.frames, text.Duration(sum.worst), millis(sum.period))}
}

// millis is a duration with a tenth of a millisecond, as displays need it.
func millis(d time.Duration) text.Text {
	return text.T("duration.ms", fmt.Sprintf("%.1f", float64(d)/1e6))
}

// spentOn is the share of the late frames' time that went to the cause.
func (g *lateGroup) spentOn() string { return text.Percent(g.ratio(g.spent)) }

func (g *lateGroup) ratio(d time.Duration) float64 {
	return min(1, float64(d)/float64(max(g.took, 1)))
}

// whyPlace says what the late frames did, and where. kind is a word of the tables.
func (c *frameCase) whyPlace(f *report.Finding, g *lateGroup, kind string) {
	f.Why = append(f.Why, text.T("why.frames.in."+kind, g.spentOn(), f.Where.Function, at(f.Where)))
}

// frameRemedies puts what to do now before what to change, and adds the toolkit's
// own way.
func (c *frameCase) frameRemedies(f *report.Finding, now, change []text.Text) {
	if c.t.PID != 0 {
		now = append(now, text.T("remedy.now.frames", c.t.PID))
	}
	f.Remedy = append(now, change...)
	if key := id(f) + ".change." + c.t.Toolkit; c.t.Toolkit != "" && has(key) {
		var args []any
		if strings.Contains(english(key), "%[1]s") {
			args = append(args, f.Where.Function)
		}
		f.Remedy = append(f.Remedy, text.T(key, args...))
	}
}

func english(key string) string {
	e, _ := text.Find(key)
	return e.EN
}

// fillComputes explains frames that were late because something computed.
func (c *frameCase) fillComputes(f *report.Finding, g *lateGroup) {
	name := f.Where.Function
	frames := c.stack(g.stack)
	var change []text.Text
	switch g.id {
	case layouts:
		call := ""
		if g.place >= 0 && g.place <= len(frames) {
			call = c.callBelow(frames[:g.place])
		}
		switch {
		case g.function == "":
			f.Title = text.T(id(f)+".title.frames.self", shortCall(name))
		case call != "":
			f.Title = text.T(id(f)+".title.frames.call", name, shortCall(call))
		default:
			f.Title = text.T(id(f)+".title.frames", name)
		}
		c.whyPlace(f, g, "toolkit")
		change = append(change, text.T(id(f)+".change", name))
		if strings.Contains(call, "mage") || toolkit.IsLayout(nil, frames, g.place) {
			change = append(change, text.T(id(f)+".change.image"))
		}
		c.frameRemedies(f, nil, change)
		return
	case allocates:
		f.Title = text.T(id(f)+".title.frames", name)
		c.whyPlace(f, g, "alloc")
		f.Why = append(f.Why, text.T("why.frames.alloc", text.Percent(g.ratio(g.by[evidence.CauseAlloc]+g.by[evidence.CauseGC]))))
		change = append(change, text.T(id(f)+".change", name), text.T(id(f)+".change.pool"), text.T(id(f)+".change.limit"))
		c.frameRemedies(f, []text.Text{text.T(id(f) + ".now")}, change)
		return
	}
	f.Title = text.T(id(f)+".title.frames", name)
	c.whyPlace(f, g, "user")
	c.frameRemedies(f, nil, []text.Text{text.T(id(f)+".change", name), c.async(name), text.T(id(f)+".change.steps", name)})
}

// callBelow is the toolkit's function that the user's frame called, among the
// frames below it.
func (c *frameCase) callBelow(frames []evidence.Frame) string {
	for i := len(frames) - 1; i >= 0; i-- {
		if f := &frames[i]; f.Origin == evidence.OriginToolkit || strings.HasPrefix(f.Package, "image") {
			return f.Function
		}
	}
	return ""
}

// fillDriver explains frames that were late in the graphics driver.
func (c *frameCase) fillDriver(f *report.Finding, g *lateGroup) {
	name := f.Where.Function
	swaps := g.by[evidence.CauseSwap] > g.by[evidence.CauseDriver]
	call, _ := toolkit.IsDriver(c.stack(g.stack))
	switch {
	case swaps:
		f.Title = text.T(id(f) + ".title.frames.swap")
	case call != "":
		f.Title = text.T(id(f)+".title.frames.call", name, shortCall(call))
	default:
		f.Title = text.T(id(f)+".title.frames", name)
	}
	c.whyPlace(f, g, "driver")
	if call != "" {
		f.Why = append(f.Why, text.T("why.driver", shortCall(call)))
	}
	change := []text.Text{text.T(id(f)+".change", name), text.T(id(f) + ".change.frame"), text.T(id(f) + ".change.software")}
	if swaps {
		change = change[1:]
	}
	c.frameRemedies(f, []text.Text{text.T(id(f) + ".now")}, change)
}

// fillCollected explains frames that the collector held up.
func (c *frameCase) fillCollected(f *report.Finding, g *lateGroup) {
	f.Title = text.T(id(f)+".title.frames", g.spentOn())
	stopped, marking := c.during(g, evidence.SpanStopped), c.during(g, evidence.SpanMarking)
	change := []text.Text{text.T(id(f) + ".change")}
	if stopped > 0 {
		f.Why = append(f.Why, text.T("why.frames.stopped", text.Duration(stopped), text.Duration(g.took)))
	}
	if marking > 0 {
		f.Why = append(f.Why, text.T("why.frames.marking", text.Duration(marking), text.Duration(g.took)))
	}
	if stopped > 0 || marking == 0 {
		change = append(change, text.T(id(f)+".change.stop"))
	}
	c.frameRemedies(f, []text.Text{text.T(id(f) + ".now")}, change)
}

// during is how much of the late frames' time lies in spans of a kind.
func (c *frameCase) during(g *lateGroup, kind evidence.SpanKind) time.Duration {
	var sum time.Duration
	for i := range g.frames {
		start, end := sane(g.frames[i].Start), sane(g.frames[i].End)
		for _, s := range c.fr.Spans {
			if s.Kind == kind {
				sum += max(0, min(end, sane(s.To))-max(start, sane(s.From)))
			}
		}
	}
	return min(sum, g.took)
}

// fillHeldUp says who had the CPU that the late frames needed.
func (c *frameCase) fillHeldUp(f *report.Finding, g *lateGroup) {
	sc := &c.fr.Sched
	f.Title = text.T(id(f) + ".title.frames")
	ready := "why.frames.ready"
	if calledIn(c.stack(g.stack), "sync.(*Mutex)", "sync.(*RWMutex)", "internal/sync.(*Mutex)") {
		ready += ".lock"
	}
	f.Why = append(f.Why, text.T(ready, g.spentOn()))
	var now, change []text.Text
	hog, n := c.hog(f.Where.Goroutine)
	by := starvedBy(g)
	small := sc.GOMAXPROCS > 0 && sc.GOMAXPROCS < sc.CPUs
	switch {
	case by == evidence.CauseThrottled:
		f.Title = text.T(id(f) + ".title.frames.throttled")
		if sc.Quota > 0 {
			f.Title = text.T(id(f)+".title.frames.quota", fmt.Sprintf("%.2g", sc.Quota))
		}
		f.Why = append(f.Why, text.T("why.throttled", text.Duration(sane(sc.Throttled)), text.Duration(sane(c.fr.Took))))
		now, change = append(now, text.T(id(f)+".now.quota")), append(change, text.T(id(f)+".change.quota"))
	case by == evidence.CauseStolen:
		f.Title = text.T(id(f) + ".title.frames.stolen")
		now = append(now, text.T(id(f)+".now.stolen"))
	case by == evidence.CausePreempted && sc.OthersCPU > sc.TargetCPU:
		f.Title = text.T(id(f)+".title.frames.others", fmt.Sprintf("%.1f", sc.OthersCPU))
		now = append(now, text.T(id(f)+".now.others"))
	case by == evidence.CausePreempted:
		f.Title = text.T(id(f) + ".title.frames.own")
		now = append(now, text.T(id(f)+".now"))
		change = append(change, text.T(id(f)+".change.own"))
	case hog != nil:
		f.Blocker = hog
		f.Title = text.T(id(f)+".title.frames.goroutines", hog.Function)
		f.Why = append(f.Why, text.T("why.hogs", n, hog.Function))
		change = append(change, text.T(id(f)+".change.goroutines", hog.Function))
	case small:
		f.Title = text.T(id(f)+".title.frames.gomaxprocs", sc.GOMAXPROCS, sc.CPUs)
	default:
		f.Title = text.T(id(f) + ".title.frames.queue")
		change = append(change, text.T(id(f)+".change.own"))
	}
	if small {
		f.Why = append(f.Why, text.T("why.gomaxprocs", sc.GOMAXPROCS, sc.CPUs))
		change = append(change, text.T(id(f)+".change.gomaxprocs"))
	}
	if sc.Runnable > 0 {
		f.Why = append(f.Why, text.T("why.runqueue", fmt.Sprint(sc.Runnable)))
	}
	if sc.OthersCPU >= 0.1 {
		f.Why = append(f.Why, text.T("why.others", fmt.Sprintf("%.1f", sc.OthersCPU), max(1, sc.CPUs)))
	}
	if sc.TargetCPU >= 0.1 {
		f.Why = append(f.Why, text.T("why.target.cpu", fmt.Sprintf("%.1f", sc.TargetCPU), max(1, sc.CPUs)))
	}
	if len(now) == 0 {
		now = append(now, text.T(id(f)+".now"))
	}
	c.frameRemedies(f, now, change)
}
