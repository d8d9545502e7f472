package heap

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/report"
)

// OpenProcess reads the heap of a live process, in a frozen copy of it that exists
// until Close; with o.Stop in the process itself, which then stands until it has been
// read, and of which values may be asked only while it stands.
func OpenProcess(ctx context.Context, t stacks.Target, o Options) (*View, error) {
	start := time.Now()
	snap, err := t.Process.Snapshot(ctx, proc.SnapshotOptions{Force: o.Force, Stop: o.Stop})
	if err != nil {
		return nil, err
	}
	t.Program = t.Program.In(snap)
	var progress func(done, total uint64)
	if o.Progress != nil {
		progress = func(done, total uint64) { o.Progress("look", 0, 1, done, total) }
	}
	l, err := read(ctx, t, snap.Threads, progress)
	if err != nil {
		_ = snap.Close()
		if !t.Process.Alive() {
			return nil, &proc.Error{Op: "read the heap", PID: t.Process.PID, Reason: proc.Exited, Err: err}
		}
		return nil, err
	}
	l.stopped = snap.Stopped
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	v := &View{l: l, look: l.summary(source(o.Stop)), took: time.Since(start)}
	v.probe = report.Probe{Name: Name, TookMS: ms(v.took), Stops: 1, StoppedMS: ms(snap.Stopped), MaxStopMS: ms(snap.Stopped)}
	v.release = func() {
		_ = snap.Close() // what it may leave behind the next snapshot takes away
		v.probe.StoppedMS = ms(snap.Stopped + snap.Reaping)
		v.probe.MaxStopMS = ms(max(snap.Stopped, snap.Reaping))
		if snap.Reaping > 0 {
			v.probe.Stops++
		}
	}
	return v, nil
}
