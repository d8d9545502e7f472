package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/live"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// memoryWatch is one leak --watch: the counters are sampled until it is worth to look
// at the objects, then that is done, and ends it.
type memoryWatch struct {
	x     *leak
	t     *attach.Target
	line  *heap.Timeline
	looks atomic.Bool // are being taken
	res   *heap.Result
}

// watching watches a live process.
func (x *leak) watching(ctx context.Context, pid int) error {
	t, err := attach.Process(pid)
	if err != nil {
		return err
	}
	defer t.Close()
	// From now on Ctrl-C ends the watch and not the command: what was seen follows.
	x.a.gentle.Store(true)
	defer x.a.gentle.Store(false)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := &memoryWatch{x: x, t: t, line: heap.NewTimeline()}
	done := make(chan error, 1)
	go func() {
		err := w.run(ctx)
		w.line.End()
		done <- err
	}()
	var stream *report.MemoryStream
	var failed error
	switch {
	case x.a.json:
		stream = report.NewMemoryStream(x.a.out, &t.ID)
		failed = w.follow(func(s *evidence.MemorySample) error {
			stream.Sample(s)
			return stream.Err()
		})
	case x.onTerminal():
		failed = live.RunMemory(ctx, os.Stdin, os.Stdout, live.MemoryOptions{Title: report.TargetWords(&t.ID, x.a.lang), Lang: x.a.lang,
			Color: report.ColorFor(os.Stdout), Next: w.next})
		stop() // q was pressed, or the watch has ended by itself
	case x.a.quiet:
	default:
		fmt.Fprintln(x.a.err, x.a.say("cli.leak.watching", report.Clean(t.ID.Name), pid))
		log := report.NewMemoryLog(x.a.out, x.a.lang)
		failed = w.follow(func(s *evidence.MemorySample) error {
			log.Sample(s)
			return log.Err()
		})
	}
	if failed != nil {
		stop() // the reader of the pipe has gone
	}
	err = <-done
	if err = cmp.Or(failed, err); err != nil {
		return err
	}
	return w.show(stream)
}

// run samples, and looks once that is worth it. That the user ends the watch is no
// error.
func (w *memoryWatch) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	worth := make(chan struct{})
	var once sync.Once
	var looking sync.WaitGroup
	var failed error
	looking.Go(func() {
		select {
		case <-ctx.Done():
			return
		case <-worth:
		}
		w.looks.Store(true)
		target := stacks.Target{Process: w.t.Process, Program: w.t.Program, Evidence: &w.t.ID, Toolkit: w.t.Toolkit}
		w.res, failed = heap.Run(ctx, target, w.x.o)
		cancel()
	})
	_, err := heap.Watch(ctx, w.t.Process, w.t.Program, heap.WatchOptions{For: w.x.lasts, From: w.line.Begun(), Each: func(s evidence.MemorySample) {
		w.line.Add(s)
		if verdict := heap.Verdict(w.line.All()); verdict.Worth {
			once.Do(func() { close(worth) })
		}
	}})
	// The time of the watch may be over in the middle of the looks: they are let end.
	if err == nil && w.looks.Load() {
		looking.Wait()
	}
	cancel()
	looking.Wait()
	if w.res != nil || errors.Is(failed, context.Canceled) {
		failed = nil
	}
	if w.res != nil {
		err = nil // it ended after it was looked at
	}
	return cmp.Or(failed, err)
}

// next is what is new, for the view.
func (w *memoryWatch) next() live.MemoryBatch {
	fresh, v, at, ended := w.line.News()
	b := live.MemoryBatch{Samples: fresh, Verdict: v, At: at, Ended: ended}
	if w.looks.Load() {
		b.Note = text.T("memory.note.looks")
	}
	return b
}

// follow hands over each sample until the watch ends.
func (w *memoryWatch) follow(each func(*evidence.MemorySample) error) error {
	tick := time.NewTicker(feedEvery)
	defer tick.Stop()
	said := w.x.a.json
	for range tick.C {
		b := w.next()
		for i := range b.Samples {
			if err := each(&b.Samples[i]); err != nil {
				return err
			}
		}
		if !said && !b.Note.IsZero() {
			said = true
			fmt.Fprintln(w.x.a.err, b.Note.In(w.x.a.lang))
		}
		if b.Ended {
			break
		}
	}
	return nil
}

// show writes what the watch found: a report, if the objects were looked at, else
// what the counters say.
func (w *memoryWatch) show(stream *report.MemoryStream) error {
	a := w.x.a
	samples := w.line.All()
	verdict := heap.Verdict(samples)
	if w.res == nil {
		ev := &evidence.Evidence{Target: w.t.ID, Heap: &evidence.Heap{Counters: samples}}
		if err := a.files(ev, judge(ev, nil, nil)); err != nil {
			return err
		}
		if stream != nil {
			return stream.End(&verdict, nil)
		}
		log := report.NewMemoryLog(a.out, a.lang)
		log.Verdict(&verdict)
		return log.Err()
	}
	w.res.Heap.Counters = samples
	ev := &evidence.Evidence{Target: w.t.ID, Heap: &w.res.Heap}
	r := judge(ev, []report.Probe{w.res.Probe}, w.res.Limits)
	if err := w.x.exports.write(a, &ev.Target, ev.Heap, leaksOf(r)); err != nil {
		return err
	}
	if stream == nil {
		return a.show(ev, r)
	}
	if err := a.files(ev, r); err != nil {
		return err
	}
	return stream.End(&verdict, r)
}

// onTerminal reports whether the live view can be shown.
func (x *leak) onTerminal() bool {
	return x.a.out == io.Writer(os.Stdout) && !x.a.json && !x.a.quiet && os.Getenv("TERM") != "dumb" &&
		term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}
