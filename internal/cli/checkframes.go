package cli

import (
	"context"
	"slices"
	"sync"
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

	mu   sync.Mutex
	seen []evidence.FrameTime // so far
}

// soFar are the frames that have ended until now.
func (w *framesWatch) soFar() *evidence.Frames {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &evidence.Frames{Took: time.Since(w.start), Times: slices.Clone(w.seen)}
}

func (w *framesWatch) note(u frames.Update) {
	if u.Frame != nil {
		w.mu.Lock()
		w.seen = append(w.seen, *u.Frame)
		w.mu.Unlock()
	}
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
		w.found, w.failed = frames.Run(inner, t, frames.Options{Leave: true, For: w.lasts, NoStop: x.noStop, After: w.freed, Each: w.note, Cause: diagnose.LateCauses(t.Toolkit)})
	}()
	return w
}

// result waits for the watch, or ends it where the other probe has the verdict.
func (w *framesWatch) result(frozen func(soFar *evidence.Frames) bool, progress func(done float64, goroutines int), goroutines int) (*frames.Result, error) {
	close(w.freed)
	if w.ended == nil {
		return nil, nil
	}
	if frozen(w.soFar()) {
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

// frozen: what the stacks show is reason enough to say no more of the frames, and
// those that have come do not refute it.
func frozen(ev *evidence.Evidence, soFar *evidence.Frames) bool {
	return slices.ContainsFunc(diagnose.Freeze(&evidence.Evidence{Target: ev.Target, Freeze: ev.Freeze, Frames: soFar}), func(f report.Finding) bool {
		return f.Severity == report.P0 || f.Severity == report.P1
	})
}
