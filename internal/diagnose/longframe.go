package diagnose

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// longFrame finds a UI goroutine that handed its frame over to the toolkit's
// render or event thread and has waited for it ever since, while that thread
// works: thousands of short calls of the driver, none of which hangs, make one
// frame that does not end. That wait is what the toolkit means by idle, so only
// that it is one and the same tells.
func (c *theCase) longFrame(u evidence.UIGoroutine) (report.Finding, bool) {
	g := c.byID[u.Goroutine]
	if g == nil || c.f.FromDump {
		return report.Finding{}, false
	}
	var first, last *evidence.Point
	for i := range c.f.Points {
		p := &c.f.Points[i]
		if p.Goroutine != u.Goroutine {
			continue
		}
		if first == nil || p.Instance == 0 || p.Instance != last.Instance || p.Stack != last.Stack || p.Status != evidence.StatusWaiting {
			first = p
		}
		last = p
	}
	if first == nil || last.At-first.At < pumpNoticed || last.Instance == 0 || last.Stack < 0 || last.Stack >= len(c.f.Stacks) {
		return report.Finding{}, false
	}
	role, ok := toolkit.WaitsForUI(c.tk, &evidence.Goroutine{Status: last.Status, WaitReason: last.WaitReason, Frames: c.f.Stacks[last.Stack]})
	if !ok {
		return report.Finding{}, false
	}
	for _, other := range c.byImportance() {
		worker := c.byID[other.Goroutine]
		if other.Role != role || worker == nil || c.workedFor(other.Goroutine, first.At) < 0.8 {
			continue
		}
		lasted := last.At - first.At
		f := report.Finding{ID: string(driver), Severity: report.P0, Confidence: 0.8, SinceMS: lasted.Milliseconds(),
			Where: c.runsLoop(g), Evidence: []string{"stacks"}}
		if lasted < c.f.Took*9/10 {
			f.Severity = report.P1
		}
		f.Title = text.T(id(&f)+".title.frame", text.Duration(lasted))
		f.Why = []text.Text{text.T("why.frame.same", text.Duration(lasted)), text.T("why.frame.works", worker.ID, userPlace(c.t, worker).Function)}
		f.Remedy = c.remedies(f.ID, []text.Text{text.T(id(&f) + ".now")}, []text.Text{text.T(id(&f) + ".change.frame")})
		return f, true
	}
	return report.Finding{}, false
}

// workedFor is the share of a goroutine's samples since a time in which it was
// not idle.
func (c *theCase) workedFor(id uint64, since time.Duration) float64 {
	n, worked := 0, 0
	for i := range c.f.Points {
		p := &c.f.Points[i]
		if p.Goroutine != id || p.At < since {
			continue
		}
		n++
		if (p.Activity == evidence.Pump || p.Activity == evidence.User) && !readyToRun(p) {
			worked++ // and is not starved, which would explain it
		}
	}
	return float64(worked) / float64(max(n, 1))
}

// runsLoop is the user's line that runs the toolkit's loop, which may stand on
// another goroutine than the one whose frame it is.
func (c *theCase) runsLoop(g *evidence.Goroutine) *report.Place {
	if hasUserCode(g) {
		return c.caller(g)
	}
	for _, u := range c.byImportance() {
		if other := c.byID[u.Goroutine]; other != nil && hasUserCode(other) {
			p := c.caller(other)
			p.Goroutine, p.State = g.ID, state(g)
			return p
		}
	}
	return c.caller(g)
}
