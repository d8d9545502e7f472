package cli

import (
	"context"
	"path/filepath"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpu"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// driverLook is a look at the graphics driver that goes on beside the other probes.
type driverLook struct {
	done   chan struct{}
	found  *gpu.Result
	failed error
	named  bool // a log was named: it must be one
}

// lookAtDriver begins to look, where that was asked for.
func (x *examine) lookAtDriver(ctx context.Context, p *proc.Process) *driverLook {
	d := &driverLook{done: make(chan struct{}), named: x.log != ""}
	if !x.gpu {
		close(d.done)
		return d
	}
	go func() {
		defer close(d.done)
		d.found, d.failed = gpu.Run(ctx, gpu.Options{Process: p, Log: x.log})
	}()
	return d
}

// refused waits for a log that was named, and says why it cannot be read.
func (d *driverLook) refused() error {
	if !d.named {
		return nil
	}
	<-d.done
	return d.failed
}

// result waits for the look; nil where there was none.
func (d *driverLook) result() *gpu.Result {
	<-d.done
	if d.failed != nil {
		return nil
	}
	return d.found
}

// logAlone shows what a recorded kernel log tells, without a program.
func (x *examine) logAlone(ctx context.Context) error {
	res, err := gpu.Run(ctx, gpu.Options{Log: x.log})
	if err != nil {
		return err
	}
	name := filepath.Base(x.log)
	if x.log == "-" {
		name = text.T("report.log").In(x.a.lang)
	}
	ev := &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindLog, Name: name}, GPU: &res.GPU}
	return x.a.show(ev, judge(ev, []report.Probe{res.Probe}, res.Limits))
}
