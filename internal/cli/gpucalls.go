package cli

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/gpu"
	"github.com/gomedic/gomedic/internal/probe/gpucalls"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// driverWatch is what a watch over the calls into the graphics driver found.
type driverWatch struct {
	calls  *evidence.GPUCalls // nil: none
	probes []report.Probe
	limits []report.Limit
}

// watchDriver begins to watch the driver's calls beside another probe; the returned
// function waits for what was found.
func watchDriver(ctx context.Context, t stacks.Target, d time.Duration, layer *gpucalls.Layer) func() driverWatch {
	done := make(chan driverWatch, 1)
	go func() {
		usage := gpu.NewUsage("", t.Process.PID)
		calls, limits, probe, err := gpucalls.Run(ctx, t, d, layer)
		if calls != nil {
			calls.Usage = usage.End()
		}
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
	found := watchDriver(ctx, t, d, x.layer)
	return func() driverWatch {
		w := found()
		if w.calls != nil {
			if r, err := gpu.Run(context.WithoutCancel(ctx), gpu.Options{Process: t.Process, NoLog: true}); err == nil {
				drawsWith(w.calls, &r.GPU)
			}
		}
		return w
	}
}

// stalledFor is how long the calls are watched on, once the verdict is that the window
// waits for the driver: they say in which call, of which line.
const stalledFor = 1500 * time.Millisecond

// watchDriver watches the driver's calls beside the frames. The returned function waits
// for what was found, or ends the watch before its time; told are the findings because
// of which it ends. What could not be done is told where some of it was: else the
// frames' own limits say as much.
func (x *examine) watchDriver(ctx context.Context, t stacks.Target, d time.Duration) func(end bool, told []report.Finding) driverWatch {
	if !x.frames {
		return func(bool, []report.Finding) driverWatch { return driverWatch{} }
	}
	ctx, cancel := context.WithCancel(ctx)
	found := watchDriver(ctx, t, d, nil)
	return func(end bool, told []report.Finding) driverWatch {
		defer cancel()
		switch {
		case slices.ContainsFunc(told, func(f report.Finding) bool { return f.ID == "ui-stalled/gpu" }):
			defer time.AfterFunc(stalledFor, cancel).Stop()
		case end:
			cancel()
		}
		w := found()
		if w.calls == nil {
			return driverWatch{}
		}
		return w
	}
}

// drawsWith notes by what name the driver goes, as far as the program's memory tells.
func drawsWith(c *evidence.GPUCalls, g *evidence.GPU) {
	if c.Renderer == "" { // the Vulkan layer knows it from the driver itself
		c.Renderer, c.Version = g.Renderer, g.GL
	}
	if c.Software == "" {
		c.Software = g.Software
	}
}

// driverAlone: with the calls into the graphics driver no memory is looked at.
func (x *nativeFlags) driverAlone(cmd *cobra.Command) error {
	for _, name := range []string{"snapshot", "diff", "exact", "force"} {
		if x.gpu && cmd.Flags().Changed(name) {
			return report.Fail(nil, text.T("error.native-gpu", "--"+name), text.T("hint.native-gpu", "--"+name))
		}
	}
	return nil
}

// driver watches the calls into the graphics driver alone.
func (x *nativeFlags) driver(ctx context.Context, t *attach.Target) (*evidence.Evidence, *report.Report, error) {
	w := (&watchFrames{a: x.a, gpu: true, layer: x.layer}).watchDriver(ctx, stacks.Target{Process: t.Process, Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}, x.lasts)()
	if !t.Process.Alive() {
		return nil, nil, &proc.Error{Op: "watch the graphics driver", PID: t.ID.PID, Reason: proc.Exited}
	}
	x.a.gpu = w.calls != nil
	ev := &evidence.Evidence{Target: t.ID, GPUCalls: w.calls}
	return ev, judge(ev, w.probes, w.limits), nil
}

// startLayered starts a program with a Vulkan layer that sees its calls, where there is
// one for this system. done removes its files.
func startLayered(ctx context.Context, args []string, screen bool) (pid int, layer *gpucalls.Layer, done func(), err error) {
	layer, err = gpucalls.NewLayer()
	if err != nil {
		pid, err = startWith(ctx, args, screen, nil, nil, nil)
		return pid, nil, func() {}, err
	}
	done = func() { _ = layer.Close() }
	if pid, err = startWith(ctx, args, screen, layer.Env(os.Environ()), layer.Follow, nil); err != nil {
		done()
		return 0, nil, nil, err
	}
	return pid, layer, done, nil
}
