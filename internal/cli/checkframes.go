package cli

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/frames"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
)

// framesWatch is a watch over the frames that goes on beside another probe.
type framesWatch struct {
	ctx    context.Context // the examination's
	end    func()          // ends the watch before its time
	freed  chan struct{}   // closed when the other probe stops no more threads
	ended  chan struct{}
	start  time.Time
	lasts  time.Duration
	found  *frames.Result
	failed error
}

// watchFrames begins to watch, where the program draws and frames were asked for.
func (x *examine) watchFrames(ctx context.Context, t stacks.Target) *framesWatch {
	w := &framesWatch{ctx: ctx, end: func() {}, start: time.Now(), lasts: framesFor, freed: make(chan struct{})}
	if !x.frames || t.Toolkit == nil {
		return w
	}
	if x.asked {
		w.lasts = x.lasts
	}
	inner, cancel := context.WithCancel(ctx)
	w.ended = make(chan struct{})
	w.end = func() {
		cancel()
		<-w.ended
	}
	go func() {
		defer close(w.ended)
		w.found, w.failed = frames.Run(inner, t, frames.Options{Leave: true, For: w.lasts, NoStop: x.noStop, After: w.freed, Cause: diagnose.LateCauses(t.Toolkit)})
	}()
	return w
}

// result waits for the watch, or ends it where the other probe has the verdict.
func (w *framesWatch) result(frozen func() bool, progress func(done float64, goroutines int), goroutines int) (*frames.Result, error) {
	close(w.freed)
	if w.ended == nil {
		return nil, nil
	}
	if frozen() {
		w.end()
	}
	for {
		select {
		case <-w.ended:
			if w.failed == nil && w.ctx.Err() != nil {
				return nil, w.ctx.Err()
			}
			return w.found, w.failed
		case <-time.After(50 * time.Millisecond):
			progress(min(1, time.Since(w.start).Seconds()/w.lasts.Seconds()), goroutines)
		}
	}
}

// frozen: what is known is reason enough to say no more of the frames.
func frozen(ev *evidence.Evidence) bool {
	for _, f := range diagnose.Findings(ev) {
		if f.Severity == report.P0 || f.Severity == report.P1 {
			return true
		}
	}
	return false
}
