package diagnose

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// starvation finds the longest time that a UI goroutine was runnable and was not
// run, wherever it stood: also a loop that would only go on from its idle wait.
func (c *theCase) starvation(u evidence.UIGoroutine) (report.Finding, bool) {
	var longest time.Duration
	var first, last, prev *evidence.Point
	seen, all := 0, 0
	var start *evidence.Point
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
		waiting := p.Status == evidence.StatusRunnable || p.Status == evidence.StatusPreempted
		if waiting && start != nil && prev != nil && p.Stack == prev.Stack &&
			(p.Instance == prev.Instance || p.Instance == 0 || prev.Instance == 0) {
			run++
			if d := p.At - start.At; d > longest {
				longest, seen = d, run
			}
		} else if waiting {
			start, run = p, 1
		} else {
			start, run = nil, 0
		}
		prev = p
	}
	g := c.byID[u.Goroutine]
	if g == nil || first == nil || longest < starvedLong || seen < minPoints {
		return report.Finding{}, false
	}
	share := 0.0
	for i := range c.f.Points {
		p := &c.f.Points[i]
		if p.Goroutine == u.Goroutine && (p.Status == evidence.StatusRunnable || p.Status == evidence.StatusPreempted) {
			share++
		}
	}
	share /= float64(all)
	f := report.Finding{ID: string(starves), Severity: report.P1, Confidence: 0.9, SinceMS: longest.Milliseconds(),
		Where: userPlace(c.t, g), Evidence: []string{"stacks"}}
	if longest >= time.Second || longest >= (last.At-first.At)*9/10 {
		f.Severity = report.P0
	}
	f.Why = []text.Text{text.T("why.samples.some", seen, all, text.Duration(longest))}
	c.fillStarved(&f, view{g: g, cause: starves, share: map[cause]float64{starves: share}})
	return f, true
}
