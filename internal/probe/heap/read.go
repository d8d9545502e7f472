package heap

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
)

// Read takes one look at a memory that stands still: a core or a heap file. What
// grows cannot be told from it; what waits for good, is shown by no window or holds
// too much can.
func Read(ctx context.Context, t stacks.Target, source evidence.HeapSource, progress func(done, total uint64)) (*Result, error) {
	start := time.Now()
	l, err := read(ctx, t, t.Threads, progress)
	if err != nil {
		return nil, err
	}
	r := &Result{}
	r.Heap.Looks = []evidence.HeapLook{l.summary(source)}
	conclude(&r.Heap, []*look{l})
	r.Heap.Took = time.Since(start)
	r.Probe = report.Probe{Name: Name, TookMS: float64(r.Heap.Took.Microseconds()) / 1000}
	return r, nil
}
