package heap

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Moment is one of two memories that are compared.
type Moment struct {
	Target stacks.Target
	Source evidence.HeapSource
	At     time.Duration // since the first
	// Stopped is for how long the program stood for it.
	Stopped time.Duration
}

// Diff compares two moments of one program, the earlier first. If same is true they
// are of one process, and the second's program was made by [gort.Program.In] from the
// first's: then objects are known again, and what holds those that are new is told.
// Else only types and roots are compared, by name. Both must stay readable until it
// returns.
func Diff(ctx context.Context, moments [2]Moment, same bool, progress func(look int, done, total uint64)) (*Result, error) {
	start := time.Now()
	r := &Result{}
	var looks []*look
	for i, m := range moments {
		l, err := read(ctx, m.Target, m.Target.Threads, func(done, total uint64) {
			if progress != nil {
				progress(i, done, total)
			}
		})
		if err != nil {
			return nil, err
		}
		l.at, l.stopped = m.At, m.Stopped
		looks = append(looks, l)
		r.Heap.Looks = append(r.Heap.Looks, l.summary(m.Source))
		if i == 0 {
			l.shrink()
		}
	}
	if same {
		conclude(&r.Heap, looks)
	} else {
		r.Heap.Types, r.Heap.Roots = typeGroups(looks), rootGroups(looks)
		r.Limits = append(r.Limits, report.Limit{Probe: Name, Why: text.T("limit.heap-diff.why"), Help: text.T("limit.heap-diff.help")})
	}
	r.Heap.Took = time.Since(start)
	r.Probe = report.Probe{Name: Name, TookMS: float64(r.Heap.Took.Microseconds()) / 1000}
	return r, nil
}
