package report

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// looked sums up what the samples saw of one UI goroutine.
type looked struct {
	evidence.UIGoroutine
	samples int
	span    time.Duration             // from the first sample to the last
	counts  map[evidence.Activity]int // samples by activity
	rounds  int                       // samples that differ from the one before: the loop went on
	longest time.Duration             // the longest row of samples in the same piece of user code
	shares  func(evidence.Activity) float64
}

// lookedAt sums up the samples of every UI goroutine, in the order of f.UI.
func lookedAt(f *evidence.Freeze) []looked {
	if f == nil {
		return nil
	}
	var all []looked
	for _, ui := range f.UI {
		l := looked{UIGoroutine: ui, counts: map[evidence.Activity]int{}}
		var first, last *evidence.Point
		var userFrom time.Duration
		for i := range f.Points {
			p := &f.Points[i]
			if p.Goroutine != ui.Goroutine {
				continue
			}
			l.samples++
			l.counts[p.Activity]++
			if first == nil {
				first = p
			}
			went := last != nil && wentOn(last, p)
			if went {
				l.rounds++
			}
			if p.Activity == evidence.User {
				if last == nil || went || last.Activity != evidence.User {
					userFrom = p.At
				}
				l.longest = max(l.longest, p.At-userFrom)
			}
			last = p
		}
		if first != nil {
			l.span = last.At - first.At
		}
		counts, samples := l.counts, l.samples
		l.shares = func(a evidence.Activity) float64 {
			if samples == 0 {
				return 0
			}
			return float64(counts[a]) / float64(samples)
		}
		all = append(all, l)
	}
	return all
}

// wentOn reports whether the loop moved between two samples: the frames outside
// the user's code did something else, or it is another wait.
func wentOn(a, b *evidence.Point) bool {
	if a.Activity == evidence.Unknown || b.Activity == evidence.Unknown {
		return false
	}
	return a.Activity != b.Activity ||
		a.Progress != b.Progress && a.Progress != 0 && b.Progress != 0 ||
		a.Instance != b.Instance && a.Instance != 0 && b.Instance != 0
}
