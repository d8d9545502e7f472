package diagnose

import (
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// merge puts the findings of late frames behind those of the freezes, without
// those that a freeze already explains: a window that stands still has late
// frames, too. A freeze that they confirm says so, and keeps everything else.
func merge(freezes, frames []report.Finding, sum figures) []report.Finding {
	out := slices.Clone(freezes)
	n := len(out)
	for _, f := range frames {
		i := slices.IndexFunc(out[:n], func(z report.Finding) bool { return tellsOf(&z, &f) })
		if i < 0 {
			out = append(out, f)
			continue
		}
		if z := &out[i]; z.ID == f.ID && !slices.Contains(z.Evidence, onlyFrames[0]) {
			z.Evidence = append(slices.Clone(z.Evidence), onlyFrames...)
			z.Why = append(slices.Clone(z.Why), text.T("why.frames.late", sum.late, sum.frames, text.Duration(sum.worst), millis(sum.period)))
		}
	}
	return out
}

// tellsOf: the freeze z explains the late frames of f.
func tellsOf(z, f *report.Finding) bool {
	if strings.HasPrefix(f.ID, "ui-thread/") || z.Severity.Rank() > report.P1.Rank() {
		return false
	}
	sameGoroutine := z.Where == nil || f.Where == nil || z.Where.Goroutine == f.Where.Goroutine
	samePlace := z.Where == nil || f.Where == nil || z.Where.Function == f.Where.Function
	if z.ID == f.ID {
		return z.Severity == report.P0 && sameGoroutine || samePlace || z.ID == string(starves)
	}
	if z.Severity != report.P0 || !sameGoroutine {
		return false
	}
	// It stood still all the time: what came before was the same, seen for less
	// long.
	blocked := func(id string) bool { return strings.HasPrefix(id, "ui-blocked/") || id == "ui-deadlock" }
	return blocked(z.ID) && blocked(f.ID) || family(z.ID) == family(f.ID) && (samePlace || family(f.ID) != "ui-blocked")
}

func family(id string) string {
	name, _, _ := strings.Cut(id, "/")
	return name
}
