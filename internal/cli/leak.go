package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Bounds of a watch over a heap.
const (
	mostLooks     = 50
	shortInterval = 200 * time.Millisecond
	longInterval  = 24 * time.Hour
)

// leak are the flags of the command.
type leak struct {
	a       *app
	exe     string
	onKey   int
	watch   bool
	lasts   time.Duration // of the watch; 0: until it is worth to look, or Ctrl-C
	o       heap.Options
	browser browser
	exports
}

func (a *app) leakCommand() *cobra.Command {
	x := &leak{a: a}
	c := &cobra.Command{
		Use:     "leak TARGET",
		Short:   a.say("cli.leak.short"),
		Long:    a.say("cli.leak.long"),
		Example: a.say("cli.leak.example"),
		Args:    (&examine{a: a}).oneTarget,
		RunE:    x.run,
	}
	c.Flags().IntVar(&x.o.Looks, "looks", 0, a.say("cli.leak.flag.looks"))
	c.Flags().DurationVar(&x.o.Interval, "interval", 3*time.Second, a.say("cli.leak.flag.interval"))
	c.Flags().IntVar(&x.onKey, "on-key", 0, a.say("cli.leak.flag.on-key"))
	c.Flags().BoolVar(&x.watch, "watch", false, a.say("cli.leak.flag.watch"))
	c.Flags().DurationVar(&x.lasts, "for", 0, a.say("cli.leak.flag.for"))
	c.Flags().BoolVar(&x.o.NoWrite, "no-write", false, a.say("cli.leak.flag.no-write"))
	c.Flags().BoolVar(&x.o.Stop, "stop", false, a.say("cli.leak.flag.stop"))
	c.Flags().BoolVar(&x.o.Force, "force", false, a.say("cli.leak.flag.force"))
	c.Flags().StringVar(&x.exe, "exe", "", a.say("cli.flag.exe"))
	x.browser.flags(a, c)
	x.exports.flags(a, c)
	a.outputFlags(c)
	return c
}

func (x *leak) run(cmd *cobra.Command, args []string) error {
	if x.o.Looks < 0 || x.o.Looks > mostLooks || x.onKey < 0 || x.onKey >= mostLooks {
		return report.Fail(nil, text.T("error.looks", x.o.Looks), text.T("hint.looks", mostLooks))
	}
	if x.o.Interval < shortInterval || x.o.Interval > longInterval {
		return report.Fail(nil, text.T("error.interval", x.o.Interval.String()), text.T("hint.interval", shortInterval.String()))
	}
	if x.lasts < 0 || x.lasts > longInterval || x.lasts > 0 && !x.watch || x.watch && x.onKey > 0 {
		return report.Fail(nil, text.T("error.leak-watch"), text.T("hint.leak-watch", longInterval.String()))
	}
	if x.watch {
		pid, err := x.live(cmd, args)
		if err != nil {
			return err
		}
		return x.watching(cmd.Context(), pid)
	}
	ev, r, err := x.examine(cmd, args)
	if err != nil {
		return err
	}
	if err := x.exports.write(x.a, &ev.Target, heapOf(ev), leaksOf(r)); err != nil {
		return err
	}
	return x.a.show(ev, r)
}

// live is the process to watch; it is started where a command is given.
func (x *leak) live(cmd *cobra.Command, args []string) (pid int, err error) {
	if cmd.ArgsLenAtDash() == 0 {
		return start(cmd.Context(), args, x.onTerminal())
	}
	n, err := resolve(args[0])
	if err == nil && n.kind != aProcess {
		err = report.Fail(nil, text.T("error.watch-target", args[0]), text.T("hint.watch-target"))
	}
	return n.pid, err
}

// heapOf is the heap of evidence, which a bundle may lack.
func heapOf(ev *evidence.Evidence) *evidence.Heap {
	if ev.Heap == nil {
		return &evidence.Heap{}
	}
	return ev.Heap
}

func (x *leak) examine(cmd *cobra.Command, args []string) (*evidence.Evidence, *report.Report, error) {
	ctx := cmd.Context()
	if cmd.ArgsLenAtDash() == 0 {
		pid, err := start(ctx, args, false)
		if err != nil {
			return nil, nil, err
		}
		return x.process(ctx, cmd, pid)
	}
	n, err := resolve(args[0])
	if err != nil {
		return nil, nil, err
	}
	switch n.kind {
	case aPage:
		return x.page(ctx, cmd, n.path)
	case aBundle:
		ev, err := readBundle(n.path)
		if err != nil {
			return nil, nil, err
		}
		return ev, judge(ev, nil, nil), nil
	case aDump:
		return nil, nil, report.Fail(nil, text.T("error.leak-dump", args[0]), text.T("hint.leak-dump"))
	case aCore:
		t, err := attach.Core(n.path, x.exe)
		return x.file(ctx, t, evidence.FromCore, err)
	case aHeap:
		t, err := attach.Image(n.path)
		return x.file(ctx, t, evidence.FromFile, err)
	}
	return x.process(ctx, cmd, n.pid)
}

// file examines one moment.
func (x *leak) file(ctx context.Context, t *attach.Target, source evidence.HeapSource, err error) (*evidence.Evidence, *report.Report, error) {
	if err != nil {
		return nil, nil, err
	}
	defer t.Close()
	p := x.a.progress(t.ID.Name)
	defer p.done()
	res, err := heap.Read(ctx, stacks.Target{Threads: t.Threads(), Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}, source, func(done, total uint64) {
		p.stage("cli.leak.reading", int(done>>10), int(max(total, 1)>>10))
	})
	if err != nil {
		return nil, nil, err
	}
	ev := &evidence.Evidence{Target: t.ID, Heap: &res.Heap}
	return ev, judge(ev, []report.Probe{res.Probe}, res.Limits), nil
}

// process watches a live process.
func (x *leak) process(ctx context.Context, cmd *cobra.Command, pid int) (*evidence.Evidence, *report.Report, error) {
	t, err := attach.Process(pid)
	if proc.ReasonOf(err) == proc.Forbidden {
		first, e := attach.Copy(ctx, pid, x.o.Force)
		if !errors.Is(e, proc.ErrNoAgent) {
			return x.copies(ctx, cmd, first, e)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	defer t.Close()
	p := x.a.progress(t.ID.Name)
	defer p.done()
	o := x.watched(ctx, cmd, p)
	// Ctrl-C ends the watch once nothing is left in the program.
	x.a.gentle.Store(true)
	defer x.a.gentle.Store(false)
	res, err := heap.Run(ctx, stacks.Target{Process: t.Process, Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}, o)
	p.done()
	if err != nil {
		return nil, nil, err
	}
	ev := &evidence.Evidence{Target: t.ID, Heap: &res.Heap}
	return ev, judge(ev, []report.Probe{res.Probe}, res.Limits), nil
}

// watched are the options of a watch.
func (x *leak) watched(ctx context.Context, cmd *cobra.Command, p *progressLine) heap.Options {
	o := x.o
	o.Progress = func(stage string, look, looks int, done, total uint64) {
		p.bar(float64(done)/float64(max(total, 1)), x.a.say("cli.leak."+stage, look+1, looks))
	}
	if x.onKey > 0 {
		o.Looks, o.Next = x.onKey+1, x.key(ctx, bufio.NewReader(cmd.InOrStdin()))
	}
	return o
}

// copies watches a process that only its agent can read.
func (x *leak) copies(ctx context.Context, cmd *cobra.Command, first *attach.Target, err error) (*evidence.Evidence, *report.Report, error) {
	if err != nil {
		return nil, nil, err
	}
	id := first.ID
	p := x.a.progress(id.Name)
	defer p.done()
	x.a.gentle.Store(true)
	defer x.a.gentle.Store(false)
	res, err := heap.Copies(ctx, func() (heap.Copied, error) {
		t := first
		if first = nil; t == nil {
			var err error
			if t, err = attach.Copy(ctx, id.PID, x.o.Force); err != nil {
				return heap.Copied{}, err
			}
		}
		stopped, _ := t.Copied()
		return heap.Copied{Target: stacks.Target{Threads: t.Threads(), Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}, Stopped: stopped, Close: t.Close}, nil
	}, x.watched(ctx, cmd, p))
	p.done()
	if err != nil {
		return nil, nil, err
	}
	ev := &evidence.Evidence{Target: id, Heap: &res.Heap}
	return ev, judge(ev, []report.Probe{res.Probe}, res.Limits), nil
}

// key waits until the user has done something in the program and presses Enter.
func (x *leak) key(ctx context.Context, in *bufio.Reader) func() error {
	return func() error {
		fmt.Fprint(x.a.err, x.a.say("cli.leak.key"), " ")
		pressed := make(chan error, 1)
		go func() {
			_, err := in.ReadString('\n')
			pressed <- err
		}()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-pressed:
			if err != nil {
				return report.Fail(err, text.T("error.on-key"), text.T("hint.on-key"))
			}
			return nil
		}
	}
}
