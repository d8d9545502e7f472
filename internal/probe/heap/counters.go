package heap

import (
	"context"
	"fmt"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// WatchOptions say how the counters are watched.
type WatchOptions struct {
	For      time.Duration // 0: until the context ends
	Interval time.Duration // between samples; 0: a second
	// Each, if given, is called with each sample, from the goroutine of Watch.
	Each func(evidence.MemorySample)
	// From is what the samples' times count from; zero: the start of the watch.
	From time.Time
}

// Bounds on a watch.
const (
	everySecond    = time.Second
	shortest       = 10 * time.Millisecond
	maxSamples     = 8192 // more than two hours of one a second
	failuresInARow = 5
)

// Sample reads the counters of one moment, while the program runs. RSS is the
// kernel's count of it (/proc/PID/statm), which may lag behind by some hundred
// KiB. Errors: *proc.Error if the process has ended, and those of gort's MemStats.
func Sample(p *proc.Process, prog *gort.Program) (evidence.MemorySample, error) {
	m, err := prog.MemStats()
	if err != nil {
		if !p.Alive() {
			return evidence.MemorySample{}, &proc.Error{Op: "read the memory counters", PID: p.PID, Reason: proc.Exited, Err: err}
		}
		return evidence.MemorySample{}, fmt.Errorf("read the memory counters: %w", err)
	}
	return evidence.MemorySample{
		HeapAlloc: int64(m.HeapAlloc), Objects: int64(m.Objects), Mallocs: int64(m.Mallocs), Frees: int64(m.Frees),
		NextGC: int64(min(m.NextGC, 1<<62)), GC: int64(m.NumGC), Live: int64(m.Marked), Pause: m.PauseTotal,
		RSS: int64(p.RSS()), Goroutines: int64(m.Goroutines),
		Released: int64(m.HeapReleased), Idle: int64(m.HeapFree + m.HeapReleased),
	}, nil
}

// Watch samples the counters until the time is over or the context ends, and
// returns the samples, the first taken at once. Of a long watch every second one
// is dropped each time that there are too many. A sample that cannot be read is
// left out; several in a row end the watch with the error, as does the end of the
// program, and what was seen until then is returned with it.
func Watch(ctx context.Context, p *proc.Process, prog *gort.Program, o WatchOptions) ([]evidence.MemorySample, error) {
	if o.Interval <= 0 {
		o.Interval = everySecond
	}
	o.Interval = max(o.Interval, shortest)
	if o.From.IsZero() {
		o.From = time.Now()
	}
	if o.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.For)
		defer cancel()
	}
	tick := time.NewTicker(o.Interval)
	defer tick.Stop()
	var all []evidence.MemorySample
	for failures := 0; ; {
		at := time.Since(o.From)
		s, err := Sample(p, prog)
		s.At = at
		switch {
		case err == nil:
			failures = 0
			all = keep(all, s)
			if o.Each != nil {
				o.Each(s)
			}
		case proc.ReasonOf(err) == proc.Exited:
			return all, err
		default:
			if failures++; failures >= failuresInARow {
				return all, err
			}
		}
		select {
		case <-ctx.Done():
			return all, nil
		case <-tick.C:
		}
	}
}

// keep adds a sample. When there are too many, those that are dropped are every
// second one; but one at which a collection was first seen tells more than the
// one before it.
func keep(all []evidence.MemorySample, s evidence.MemorySample) []evidence.MemorySample {
	if len(all) < maxSamples {
		return append(all, s)
	}
	kept := all[:1]
	for i := 1; i+1 < len(all); i += 2 {
		pick := all[i]
		if all[i+1].GC > pick.GC {
			pick = all[i+1]
		}
		kept = append(kept, pick)
	}
	return append(kept, s)
}
