package native

import (
	"context"
	"errors"
	"time"

	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
)

// freeze makes a frozen copy, or stops the process itself where there cannot be one.
// On a busy machine a thread may be late to its stop: then it is tried again.
func (r *runner) freeze(ctx context.Context) (snap *proc.Snapshot, err error) {
	const tries, pause = 4, 300 * time.Millisecond
	for i := range tries {
		if i > 0 {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(pause):
			}
		}
		if snap, err = r.tryFreeze(ctx); err == nil || !errors.Is(err, proc.ErrNotStopped) {
			break
		}
	}
	return snap, err
}

func (r *runner) tryFreeze(ctx context.Context) (*proc.Snapshot, error) {
	o := proc.SnapshotOptions{Force: r.o.Force, Stop: r.noCopy}
	snap, err := r.t.Process.Snapshot(ctx, o)
	switch proc.ReasonOf(err) {
	case proc.Seccomp, proc.NoPlace, proc.NoCopy, proc.Unsupported:
		if o.Stop || errors.Is(err, proc.ErrNotStopped) {
			break
		}
		r.noCopy, o.Stop = true, true
		if proc.ReasonOf(err) == proc.Seccomp {
			r.limit("native-confined", nil, nil)
		} else {
			r.limit("native-stop", nil, nil)
		}
		return r.t.Process.Snapshot(ctx, o)
	}
	return snap, err
}

// closed counts what a snapshot cost.
func (r *runner) closed(s *proc.Snapshot) {
	_ = s.Close()
	for _, d := range []time.Duration{s.Stopped, s.Reaping} {
		if d > 0 {
			r.stops++
			r.stopped += d
			r.longest = max(r.longest, d)
		}
	}
}

// in is the target as it stands in a snapshot.
func (r *runner) in(s *proc.Snapshot) stacks.Target {
	t := r.t
	t.Program, t.Threads, t.Vectors = r.t.Program.In(s), s.Threads, s.Vectors
	return t
}
