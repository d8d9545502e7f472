package cli

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/gpucalls"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/pairs"
	"github.com/gomedic/gomedic/internal/probe/native"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// How long C allocations may be recorded.
const (
	nativeFor     = 10 * time.Second
	shortNative   = 200 * time.Millisecond
	longestNative = 24 * time.Hour
)

// nativeFlags are the flags of the command.
type nativeFlags struct {
	a              *app
	lasts          time.Duration
	snapshot, diff bool
	force, exact   bool
	pairs          string // a file
	table          []pairs.Pair
	exe            string
	preload        *native.Preload
	gpu            bool // the calls into the graphics driver, and not the memory
	layer          *gpucalls.Layer
}

func (a *app) nativeCommand() *cobra.Command {
	x := &nativeFlags{a: a}
	c := &cobra.Command{
		Use:     "native TARGET",
		Short:   a.say("cli.native.short"),
		Long:    a.say("cli.native.long"),
		Example: a.say("cli.native.example"),
		Args:    (&examine{a: a}).oneTarget,
		RunE:    x.run,
	}
	c.Flags().DurationVar(&x.lasts, "for", nativeFor, a.say("cli.native.flag.for"))
	c.Flags().BoolVar(&x.snapshot, "snapshot", false, a.say("cli.native.flag.snapshot"))
	c.Flags().BoolVar(&x.diff, "diff", false, a.say("cli.native.flag.diff"))
	c.Flags().BoolVar(&x.exact, "exact", false, a.say("cli.native.flag.exact"))
	c.Flags().BoolVar(&x.gpu, "gpu", false, a.say("cli.native.flag.gpu"))
	c.Flags().BoolVar(&x.force, "force", false, a.say("cli.native.flag.force"))
	c.Flags().StringVar(&x.pairs, "pairs", "", a.say("cli.native.flag.pairs"))
	c.Flags().StringVar(&x.exe, "exe", "", a.say("cli.flag.exe"))
	a.outputFlags(c)
	c.Flags().Lookup("stacks").Hidden = true // there are none
	return c
}

func (x *nativeFlags) run(cmd *cobra.Command, args []string) error {
	if x.lasts < shortNative || x.lasts > longestNative {
		return report.Fail(nil, text.T("error.native-for", x.lasts.String()), text.T("hint.native-for", shortNative.String(), longestNative.String()))
	}
	if x.snapshot && x.diff {
		return report.Fail(nil, text.T("error.native-both"), text.T("hint.native-both"))
	}
	if err := x.driverAlone(cmd); err != nil {
		return err
	}
	if err := x.readPairs(); err != nil {
		return err
	}
	x.a.growth = x.diff
	ev, r, err := x.examine(cmd, args)
	if errors.Is(err, native.ErrNoC) {
		return report.Fail(err, text.T("error.native-no-c"), text.T("hint.native-no-c"))
	}
	if err != nil {
		return err
	}
	return x.a.show(ev, r)
}

func (x *nativeFlags) examine(cmd *cobra.Command, args []string) (*evidence.Evidence, *report.Report, error) {
	ctx := cmd.Context()
	if cmd.ArgsLenAtDash() == 0 {
		return x.started(ctx, args)
	}
	n, err := resolve(args[0])
	if err != nil {
		return nil, nil, err
	}
	if n.kind == aDump {
		return nil, nil, report.Fail(nil, text.T("error.native-dump", args[0]), text.T("hint.native-dump"))
	}
	if n.kind != aProcess {
		for _, name := range []string{"for", "snapshot", "diff", "exact", "force", "gpu", "pairs"} {
			if cmd.Flags().Changed(name) && !(n.kind == aBundle && (name == "diff" || name == "gpu")) {
				return nil, nil, report.Fail(nil, text.T("error.native-options", "--"+name), text.T("hint.native-options"))
			}
		}
	}
	switch n.kind {
	case aBundle:
		ev, err := readBundle(n.path)
		if err != nil {
			return nil, nil, err
		}
		x.a.gpu = ev.GPUCalls != nil
		if ev.Native == nil && ev.GPUCalls == nil {
			return nil, nil, report.Fail(nil, text.T("error.native-bundle", n.path), text.T("hint.native-bundle"))
		}
		return ev, judge(ev, nil, nil), nil
	case aCore:
		return x.moment(ctx)(attach.Core(n.path, x.exe))
	case aHeap:
		return x.moment(ctx)(attach.Image(n.path))
	}
	return x.process(ctx, n.pid)
}

// started starts a program, with the library that records where it can be loaded.
func (x *nativeFlags) started(ctx context.Context, args []string) (*evidence.Evidence, *report.Report, error) {
	if x.gpu {
		pid, layer, done, err := startLayered(ctx, args, false)
		if err != nil {
			return nil, nil, err
		}
		defer done()
		x.layer = layer
		return x.process(ctx, pid)
	}
	var env []string
	var begun func(int)
	if !x.snapshot && !x.exact {
		if pre, err := native.NewPreload(args[0], os.Environ()); err == nil {
			defer func() { _ = pre.Close() }()
			env, begun, x.preload = pre.Env(os.Environ()), pre.Follow, pre
		}
	}
	pid, err := startWith(ctx, args, false, env, begun, nil)
	if err != nil {
		return nil, nil, err
	}
	return x.process(ctx, pid)
}

// moment examines a core or heap file.
func (x *nativeFlags) moment(ctx context.Context) func(*attach.Target, error) (*evidence.Evidence, *report.Report, error) {
	return func(t *attach.Target, err error) (*evidence.Evidence, *report.Report, error) {
		if err != nil {
			return nil, nil, err
		}
		defer t.Close()
		p := x.a.progress(t.ID.Name)
		defer p.done()
		p.stage("cli.native.look", 0, 0)
		maps, err := mappingsOf(t)
		if err != nil {
			return nil, nil, err
		}
		res, err := native.Read(ctx, stacks.Target{Threads: t.Threads(), Vectors: t.Vectors(), Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}, maps)
		p.done()
		if err != nil {
			return nil, nil, err
		}
		ev := &evidence.Evidence{Target: t.ID, Native: &res.Native}
		return ev, judge(ev, []report.Probe{res.Probe}, res.Limits), nil
	}
}

// process examines a live process.
func (x *nativeFlags) process(ctx context.Context, pid int) (*evidence.Evidence, *report.Report, error) {
	t, err := attach.Process(pid)
	if err != nil {
		return nil, nil, err
	}
	defer t.Close()
	p := x.a.progress(t.ID.Name)
	defer p.done()
	// Ctrl-C ends the recording and not the command: the report follows.
	x.a.gentle.Store(true)
	defer x.a.gentle.Store(false)
	if x.gpu {
		return x.driver(ctx, t)
	}
	target := stacks.Target{Process: t.Process, Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}
	handles := x.handles(ctx, target)
	res, err := native.Run(ctx, target,
		native.Options{For: x.lasts, Snapshot: x.snapshot, Twice: x.diff, Force: x.force, Exact: x.exact, Preload: x.preload, Progress: func(stage string, done, total int) {
			p.bar(float64(done)/float64(max(total, 1)), x.a.say("cli.native."+stage))
		}})
	made, limits := handles()
	p.done()
	if err != nil {
		return nil, nil, err
	}
	res.Native.Handles = made
	ev := &evidence.Evidence{Target: t.ID, Native: &res.Native}
	return ev, judge(ev, []report.Probe{res.Probe}, append(res.Limits, limits...)), nil
}

// handles begins to count what functions of C libraries make, beside the recording. The
// returned function ends that; its limits are told once the program is known to have gone
// or not by who records.
func (x *nativeFlags) handles(ctx context.Context, t stacks.Target) func() (*evidence.NativeHandles, []report.Limit) {
	if x.snapshot {
		return func() (*evidence.NativeHandles, []report.Limit) { return nil, nil }
	}
	ctx, end := context.WithCancel(ctx)
	var made *evidence.NativeHandles
	var limits []report.Limit
	done := make(chan struct{})
	go func() {
		defer close(done)
		made, limits, _ = gpucalls.Handles(ctx, t, x.lasts, x.table, native.Name)
	}()
	return func() (*evidence.NativeHandles, []report.Limit) {
		end()
		<-done
		return made, limits
	}
}

// readPairs makes the table of functions that make and destroy handles.
func (x *nativeFlags) readPairs() error {
	x.table = pairs.Builtin()
	if x.pairs == "" {
		return nil
	}
	if x.snapshot || x.gpu {
		return report.Fail(nil, text.T("error.native-pairs-several"), text.T("hint.native-pairs-several"))
	}
	f, err := os.Open(x.pairs)
	if err != nil {
		return report.Fail(err, text.T("error.native-pairs", x.pairs, err.Error()), text.T("hint.native-pairs"))
	}
	defer f.Close()
	own, err := pairs.Table(f)
	var at *pairs.LineError
	switch {
	case errors.As(err, &at):
		return report.Fail(err, text.T("error.native-pairs-line", x.pairs, at.Line, at.Err.Error()+": "+at.Text), text.T("hint.native-pairs"))
	case err != nil:
		return report.Fail(err, text.T("error.native-pairs", x.pairs, err.Error()), text.T("hint.native-pairs"))
	}
	x.table = pairs.Join(x.table, own)
	return nil
}
