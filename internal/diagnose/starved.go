package diagnose

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// starvation finds the longest time that a UI goroutine could have gone on and
// was not run, wherever it stood: also a loop that would only go on from its idle
// wait. It could if it was runnable, or if the timer that wakes it was due.
func (c *theCase) starvation(u evidence.UIGoroutine) (report.Finding, bool) {
	var longest, overdue time.Duration
	var first, last, prev, start *evidence.Point
	seen, all, kept := 0, 0, 0
	run := 0
	for i := range c.f.Points {
		p := &c.f.Points[i]
		if p.Goroutine != u.Goroutine {
			continue
		}
		all++
		if first == nil {
			first = p
		}
		last = p
		ready := readyToRun(p)
		if ready {
			kept++
		}
		switch {
		case ready && start != nil && p.Stack == prev.Stack && (p.Instance == prev.Instance || p.Instance == 0 || prev.Instance == 0):
			run++
			if d := max(p.At-start.At, p.Overdue); d > longest {
				longest, seen, overdue = d, run, p.Overdue
			}
		case ready:
			start, run = p, 1
		default:
			start, run = nil, 0
		}
		prev = p
	}
	g := c.byID[u.Goroutine]
	if g == nil || first == nil || longest < starvedLong || seen < minPoints {
		return report.Finding{}, false
	}
	f := report.Finding{ID: string(starves), Severity: report.P1, Confidence: 0.9, SinceMS: longest.Milliseconds(),
		Where: c.caller(g), Evidence: []string{"stacks"}}
	if longest >= time.Second || longest >= (last.At-first.At)*9/10 {
		f.Severity = report.P0
	}
	if overdue > 0 {
		f.Why = []text.Text{text.T("why.overdue", text.Duration(overdue))}
	} else {
		f.Why = []text.Text{text.T("why.samples.some", seen, all, text.Duration(longest))}
	}
	c.fillStarved(&f, view{g: g, cause: starves, share: map[cause]float64{starves: float64(kept) / float64(all)}})
	return f, true
}

// caller is the user's own line nearest to where g stands: below the toolkit's
// loop, or else the one that runs the loop.
func (c *theCase) caller(g *evidence.Goroutine) *report.Place {
	if i := toolkit.UserFrame(g.Frames); i >= 0 && g.Frames[i].Origin != evidence.OriginUser {
		for j := i + 1; j < len(g.Frames); j++ {
			if g.Frames[j].Origin == evidence.OriginUser && !toolkit.IsGenerated(g.Frames[j]) {
				return place(c.t, &g.Frames[j], g)
			}
		}
	}
	return userPlace(c.t, g)
}

// readyToRun: the goroutine would run if somebody ran it.
func readyToRun(p *evidence.Point) bool {
	return p.Status == evidence.StatusRunnable || p.Status == evidence.StatusPreempted || p.Overdue > 0
}

// suspended: nothing of the program runs, because somebody told the kernel so.
func (c *theCase) suspended() (report.Finding, bool) {
	how := c.f.Sched.Suspended
	if how == "" {
		return report.Finding{}, false
	}
	f := report.Finding{ID: string(starves), Severity: report.P0, Confidence: 0.99, Evidence: []string{"stacks"}}
	var g *evidence.Goroutine
	for _, u := range c.byImportance() {
		if g = c.byID[u.Goroutine]; g != nil {
			f.Where = c.caller(g)
			if th := c.thread[g.Thread]; th != nil {
				f.SinceMS = th.AsleepFor.Milliseconds()
			}
			break
		}
	}
	if g == nil {
		f.Severity = report.P1 // no window waits for it
	}
	f.Title = text.T(id(&f) + ".title." + string(how))
	f.Why = []text.Text{text.T("why.suspended."+string(how), len(c.f.Threads))}
	f.Remedy = []text.Text{text.T(id(&f)+".now."+string(how), c.t.PID), text.T(id(&f) + ".change." + string(how))}
	return f, true
}
