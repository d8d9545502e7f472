package diagnose

import (
	"fmt"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// handles adds what is made by functions of C libraries, from a line of the user's, and is
// not destroyed. Where that line is known to leak memory it is the reason.
func handles(ev *evidence.Evidence, told []report.Finding) []report.Finding {
	h := ev.Native.Handles
	if h == nil {
		return told
	}
	c := &gpuCase{t: &ev.Target, g: &evidence.GPUCalls{Took: h.Took, Objects: h.Objects, Stacks: h.Stacks}}
	for i := range h.Objects {
		o := &h.Objects[i]
		f := c.direct(o.Stack, o.Place)
		if f == nil || !c.stays(o) || slices.Contains(h.Dropped, o.Function) {
			continue
		}
		at := c.place(f, o.Goroutine)
		left := o.Made - o.Destroyed
		why := []text.Text{text.T("why.gpucalls.objects", o.Made, o.Function, o.Destroyed, o.Destroyer, left, fmt.Sprintf("%.1f", float64(left)/h.Took.Seconds()))}
		if o.Destroyed > 0 {
			why = append(why, text.T("why.gpucalls.objects.some", text.Duration(o.Longest), text.Duration(o.Oldest)))
		}
		change := text.T("finding.leak/cgo.change.handles", o.Destroyer, o.Function)
		if k := slices.IndexFunc(told, func(z report.Finding) bool {
			return z.ID == leakCgo && z.Where != nil && z.Where.Function == at.Function && z.Where.Line == at.Line
		}); k >= 0 {
			z := &told[k]
			z.Why = append(slices.Clone(z.Why), why...)
			z.Remedy = slices.Insert(slices.Clone(z.Remedy), min(len(z.Remedy), 1), change)
			z.Confidence = max(z.Confidence, 0.9)
			continue
		}
		z := report.Finding{ID: leakCgo, Severity: report.P2, Where: at, Evidence: []string{"native"}, Confidence: 0.8, Why: why,
			Title:  text.T("finding.leak/cgo.title.handles", shortName(at.Function), o.Function, o.Destroyer),
			Remedy: []text.Text{text.T("finding.leak/cgo.now", ev.Target.PID), change}}
		if o.Destroyed == 0 && o.OthersDestroyed == 0 {
			z.Confidence = 0.9
		}
		told = append(told, z)
	}
	return told
}
