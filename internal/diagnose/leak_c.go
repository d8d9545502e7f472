package diagnose

import (
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// holdsC: something of Go's grows, and most of what it holds is C memory: to take an
// entry out does not free it.
func holdsC(s *evidence.HeapSuspect) bool {
	return s.Kind == evidence.SuspectContainer && s.C > 0 && s.C >= max(0, lastOf(s.Bytes))/2
}

func fillHeldC(c *leakCase, f *report.Finding, l *leak) {
	name := c.name(l)
	f.Title = text.T("finding.leak/cgo.title.owner"+perhaps(l), name, text.Bytes(l.s.C))
	f.Why = append(f.Why, text.T("why.leak.c", text.Bytes(l.s.C), text.Bytes(l.g.retained)))
	if k := l.s.Container; k != nil {
		if keys := quotedKeys(k.Keys); keys != "" {
			f.Why = append(f.Why, text.T("why.leak.keys", keys))
		}
	}
	f.Remedy = []text.Text{text.T("finding.leak/cgo.change.owner", name), text.T("finding.leak/cgo.change.lines", c.t.PID)}
}
