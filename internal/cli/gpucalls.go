package cli

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpucalls"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
)

// driverWatch is what a watch over the calls into the graphics driver found.
type driverWatch struct {
	calls  *evidence.GPUCalls // nil: none
	probes []report.Probe
	limits []report.Limit
}

// watchDriver begins to watch the driver's calls beside another probe; the returned
// function waits for what was found.
func watchDriver(ctx context.Context, t stacks.Target, d time.Duration) func() driverWatch {
	done := make(chan driverWatch, 1)
	go func() {
		calls, limits, probe, err := gpucalls.Run(ctx, t, d)
		w := driverWatch{calls: calls, limits: limits, probes: []report.Probe{probe}}
		if err != nil { // the program has gone, or cannot be read: the other probe says so
			w = driverWatch{}
		}
		done <- w
	}()
	return func() driverWatch { return <-done }
}

// watchDriver watches the driver's calls if that was asked for.
func (x *watchFrames) watchDriver(ctx context.Context, t stacks.Target, d time.Duration) func() driverWatch {
	if !x.gpu {
		return func() driverWatch { return driverWatch{} }
	}
	return watchDriver(ctx, t, d)
}

// watchDriver watches the driver's calls beside the frames. The returned function waits
// for what was found, or ends the watch before its time. What could not be done is told
// where some of it was: else the frames' own limits say as much.
func (x *examine) watchDriver(ctx context.Context, t stacks.Target, d time.Duration) func(end bool) driverWatch {
	if !x.frames {
		return func(bool) driverWatch { return driverWatch{} }
	}
	ctx, cancel := context.WithCancel(ctx)
	found := watchDriver(ctx, t, d)
	return func(end bool) driverWatch {
		if end {
			cancel()
		}
		w := found()
		cancel()
		if w.calls == nil {
			return driverWatch{}
		}
		return w
	}
}
