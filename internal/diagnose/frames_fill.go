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
		if function := c.secondPlace(g, k, &f); function != "" {
			f.Alternatives = append(f.Alternatives, report.Alternative{ID: string(k), Weight: round(min(weight, 0.5)),
				Title: text.T("alternative."+string(k), function)})
		}
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
	p := c.where(g.stack, g.place, id)
	switch {
	case p == nil, g.id == starves, g.id == collects:
		return c.loopPlace(id)
	case c.toolkitsOwn(g):
		if runs := c.runner(id); runs != nil {
			runs.Goroutine = id
			return runs
		}
	}
	return p
}

// toolkitsOwn: the toolkit works or waits there with no code of the user's on the
// stack.
func (c *frameCase) toolkitsOwn(g *lateGroup) bool {
	frames := c.stack(g.stack)
	return g.place >= 0 && g.place < len(frames) && frames[g.place].Origin != evidence.OriginUser
}

// loopPlace is the user's line that runs the loop of a goroutine, as far as it is
// known.
func (c *frameCase) loopPlace(id uint64) *report.Place {
	count := map[string]int{}
	var best *report.Place
	for i := range c.fr.Samples {
		s := &c.fr.Samples[i]
		frames := c.stack(s.Stack)
		at := toolkit.RunnerFrame(c.tk, frames)
		if s.Goroutine != id || at < 0 {
			continue
		}
		p := place(c.t, &frames[at], nil)
		if count[p.Function]++; best == nil || count[p.Function] > count[best.Function] {
			best = p
		}
	}
	if best == nil {
		best = c.runner(id)
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

// runner is the user's line on whose stack the loop of a goroutine runs, or where
// the toolkit has started that goroutine itself, the loop of another of the UI's:
// of the main one before the rest.
func (c *frameCase) runner(id uint64) *report.Place {
	var best *report.Place
	take := func(goroutine uint64, f *evidence.Frame) {
		if best == nil || goroutine == id && best.Goroutine != id || best.Goroutine != id && goroutine < best.Goroutine {
			best = place(c.t, f, nil)
			best.Goroutine = goroutine
		}
	}
	for i := range c.fr.Runs {
		take(c.fr.Runs[i].Goroutine, &c.fr.Runs[i].Frame)
	}
	for _, u := range c.f.UI {
		if g := c.byID[u.Goroutine]; g != nil {
			if at := toolkit.RunnerFrame(c.tk, g.Frames); at >= 0 {
				take(g.ID, &g.Frames[at])
			}
		}
	}
	return best
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

// whyLater says that the place is where the loop runs, since the toolkit did it on
// its own: what is drawn is put down, and done when the frame is shown.
func (c *frameCase) whyLater(f *report.Finding, g *lateGroup) {
	if !c.toolkitsOwn(g) {
		return
	}
	if own := c.stack(g.stack)[g.place].Function; own != f.Where.Function {
		f.Why = append(f.Why, text.T("why.frames.later", shortCall(own), f.Where.Function))
	}
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
			own := name
			if c.toolkitsOwn(g) {
				own = frames[g.place].Function
			}
			f.Title = text.T(id(f)+".title.frames.self", shortCall(own))
		case call != "":
			f.Title = text.T(id(f)+".title.frames.call", name, shortCall(call))
		default:
			f.Title = text.T(id(f)+".title.frames", name)
		}
		c.whyPlace(f, g, "toolkit")
		c.whyLater(f, g)
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
	c.whyLater(f, g)
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
	call := c.worldCall(f, g)
	stopped, marking := c.during(g, evidence.SpanStopped), c.during(g, evidence.SpanMarking)
	change := []text.Text{text.T(id(f) + ".change")}
	if stopped > 0 {
		f.Why = append(f.Why, text.T("why.frames.stopped", text.Duration(stopped), text.Duration(g.took)))
	}
	if marking > 0 {
		f.Why = append(f.Why, text.T("why.frames.marking", text.Duration(marking), text.Duration(g.took)))
	}
	if call != nil {
		change = []text.Text{text.T(id(f)+".change.caller", call.Frame.Function, shortCall(call.Function))}
	}
	if stopped > 0 || marking == 0 || call != nil {
		change = append(change, text.T(id(f)+".change.stop"))
	}
	c.frameRemedies(f, []text.Text{text.T(id(f) + ".now")}, change)
}

// worldCall names who asks for the collections, if that is what most looks at the
// goroutines have shown while a late frame went on.
func (c *frameCase) worldCall(f *report.Finding, g *lateGroup) *evidence.WorldCall {
	w, p := c.whoCollects()
	if w == nil {
		return nil
	}
	f.Title = text.T(id(f)+".title.frames.caller", p.Function, shortCall(w.Function))
	f.Why = append(f.Why, text.T("why.frames.gc", g.spentOn()), c.whyCollects(w, p))
	if c.rates[w.Goroutine] != nil {
		f.Where = p // the UI does it itself
	} else {
		f.Blocker = p
	}
	return w
}

func (c *frameCase) whyCollects(w *evidence.WorldCall, p *report.Place) text.Text {
	return text.T("why.frames.caller", w.Times, c.fr.WorldLooks, w.Goroutine, shortCall(w.Function), p.Function, at(p))
}

// whoCollects is the call that most looks have shown, nil if none.
func (c *frameCase) whoCollects() (*evidence.WorldCall, *report.Place) {
	var best *evidence.WorldCall
	for i := range c.fr.WorldCalls {
		if w := &c.fr.WorldCalls[i]; best == nil || w.Times > best.Times {
			best = w
		}
	}
	if best == nil || float64(best.Times) < half*float64(c.fr.WorldLooks) {
		return nil, nil
	}
	p := place(c.t, &best.Frame, nil)
	p.Goroutine, p.State = best.Goroutine, best.State
	return best, p
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
	} else if c.byDriver(g) {
		ready += ".driver"
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
	if w, p := c.whoCollects(); w != nil && f.Blocker == nil && by == evidence.CauseRunnable && c.rates[w.Goroutine] == nil {
		f.Blocker = p // the collector's workers go before the goroutines
		f.Why = append(f.Why, c.whyCollects(w, p))
		change = append(change, text.T("finding."+string(collects)+".change.caller", p.Function, shortCall(w.Function)))
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
