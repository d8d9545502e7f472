package heap

import (
	"cmp"
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Copies looks at the heap in copies that next makes. Nothing else of the process can
// be read: the lines that allocate are not known, nor what its memory is used for.
func Copies(ctx context.Context, next func() (Copied, error), o Options) (*Result, error) {
	w := &watch{o: o, start: time.Now(), most: o.Looks, least: o.Looks}
	if o.Looks == 0 {
		w.least, w.most = fewLooks, manyLooks
	}
	if w.o.Interval == 0 {
		w.o.Interval = defaultInterval
	}
	w.limit(cmp.Or(o.Limit, "heap-agent"))
	for i := range w.most {
		if i > 0 {
			if err := w.waitCopy(ctx, i); err != nil {
				return nil, err
			}
		}
		done, err := w.lookCopy(ctx, i, next)
		if err != nil {
			return nil, err
		}
		if done {
			break
		}
	}
	w.out.Took = time.Since(w.start)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return &Result{Heap: w.out, Limits: w.limits, Probe: report.Probe{Name: Name, TookMS: ms(w.out.Took), Stops: w.stops,
		StoppedMS: ms(w.stopped), MaxStopMS: ms(w.longest)}}, nil
}

// lookCopy takes one look. done: no further one is needed.
func (w *watch) lookCopy(ctx context.Context, i int, next func() (Copied, error)) (done bool, err error) {
	c, err := next()
	if err != nil {
		return false, err
	}
	defer c.Close()
	w.stops++
	w.stopped += c.Stopped
	w.longest = max(w.longest, c.Stopped)
	at := time.Since(w.start)
	l, err := read(ctx, c.Target, c.Threads, func(done, total uint64) {
		if w.o.Progress != nil {
			w.o.Progress("look", i, w.looksSoFar(i), done, total)
		}
	})
	if err != nil {
		return false, err
	}
	l.at, l.stopped, l.asked = at, c.Stopped, w.o.Next != nil
	if m, err := c.Program.MemStats(); err == nil {
		l.gc = int64(m.NumGC)
	}
	w.looks = append(w.looks, l)
	w.out.Looks = append(w.out.Looks, l.summary(cmp.Or(w.o.Source, evidence.FromAgent)))
	if i >= w.least-1 {
		w.out.Suspects = nil
		conclude(&w.out, w.looks)
		done = i == w.most-1 || w.o.Looks == 0 && !w.open()
	}
	if !done {
		l.shrink()
	}
	return done, nil
}

// waitCopy waits for the next look.
func (w *watch) waitCopy(ctx context.Context, i int) error {
	if w.o.Next != nil {
		return w.o.Next()
	}
	rest := max(time.Until(w.start.Add(w.looks[0].at+time.Duration(i)*w.o.Interval)), w.o.Interval/4)
	until := time.Now().Add(rest)
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		left := time.Until(until)
		if w.o.Progress != nil {
			w.o.Progress("wait", i, w.looksSoFar(i), uint64(max(w.o.Interval-left, 0).Milliseconds()), uint64(w.o.Interval.Milliseconds()))
		}
		if left <= 0 {
			tick.Stop()
			return nil
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (w *watch) limit(key string) {
	w.limits = append(w.limits, report.Limit{Probe: Name, Why: text.T("limit." + key + ".why"), Help: text.T("limit." + key + ".help")})
}
