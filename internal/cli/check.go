package cli

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// How long an examination may watch.
const (
	defaultFor = 1500 * time.Millisecond
	longestFor = 10 * time.Second
	shortFor   = 100 * time.Millisecond
	// framesFor is how long the frames of a program that is not frozen are watched
	// where nothing else was asked: what comes now and then must come often enough
	// to be seen.
	framesFor = 5 * time.Second
)

// examine are the flags of an examination.
type examine struct {
	a      *app
	lasts  time.Duration
	noStop bool
	exe    string
	// frames: look at them, too; asked: --for was given.
	frames, asked bool
	browser       browser
	// gpu: look at the driver, too; log: a recorded kernel log.
	gpu   bool
	log   string
	heard *hearing // what the program says that was started; nil: it was not
}

func (x *examine) flags(c *cobra.Command) {
	a := x.a
	c.Flags().DurationVar(&x.lasts, "for", defaultFor, a.say("cli.flag.for"))
	c.Flags().BoolVar(&x.noStop, "no-stop", false, a.say("cli.flag.no-stop"))
	c.Flags().StringVar(&x.exe, "exe", "", a.say("cli.flag.exe"))
	x.browser.flags(a, c)
	a.outputFlags(c)
}

func (a *app) checkCommand() *cobra.Command {
	x := &examine{a: a, frames: true, gpu: true}
	c := &cobra.Command{
		Use:     "check TARGET",
		Short:   a.say("cli.check.short"),
		Long:    a.say("cli.check.long"),
		Example: a.say("cli.check.example"),
		Args:    x.oneTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return x.logAlone(cmd.Context())
			}
			ev, r, err := x.run(cmd, args)
			if err != nil {
				return err
			}
			return a.show(ev, r)
		},
	}
	x.flags(c)
	c.Flags().StringVar(&x.log, "log", "", a.say("cli.flag.log"))
	return c
}

// oneTarget: one TARGET, or -- and a command to start.
func (x *examine) oneTarget(cmd *cobra.Command, args []string) error {
	if cmd.ArgsLenAtDash() == 0 && len(args) > 0 || len(args) == 1 || len(args) == 0 && x.log != "" {
		return nil
	}
	if len(args) == 0 {
		return report.Fail(nil, text.T("error.no-target"), text.T("hint.target"))
	}
	return report.Fail(nil, text.T("error.targets", len(args)), text.T("hint.target"))
}

// run examines the target, of whatever kind it is.
func (x *examine) run(cmd *cobra.Command, args []string) (*evidence.Evidence, *report.Report, error) {
	if err := x.checkFor(); err != nil {
		return nil, nil, err
	}
	ctx := cmd.Context()
	x.asked = cmd.Flags().Changed("for")
	if cmd.ArgsLenAtDash() == 0 {
		if x.gpu {
			x.heard = hear()
		}
		pid, err := startWith(ctx, args, false, nil, nil, x.heard)
		if err != nil {
			return nil, nil, err
		}
		return x.process(ctx, pid)
	}
	n, err := resolve(args[0])
	if err != nil {
		return nil, nil, err
	}
	if x.log != "" && n.kind != aProcess {
		return nil, nil, report.Fail(nil, text.T("error.log-target"), text.T("hint.log-target"))
	}
	switch n.kind {
	case aPage:
		return x.page(ctx, n.path)
	case aBundle:
		ev, err := readBundle(n.path)
		if err != nil {
			return nil, nil, err
		}
		return ev, judge(ev, nil, nil), nil
	case aDump:
		ev, err := readDump(n.path)
		if err != nil {
			return nil, nil, err
		}
		return ev, judge(ev, nil, nil), nil
	case aCore:
		return x.moment(ctx)(attach.Core(n.path, x.exe))
	case aHeap:
		return x.moment(ctx)(attach.Image(n.path))
	}
	return x.process(ctx, n.pid)
}

func (x *examine) checkFor() error {
	if x.lasts < shortFor || x.lasts > longestFor {
		return report.Fail(nil, text.T("error.for", x.lasts.String()), text.T("hint.for", shortFor.String(), longestFor.String()))
	}
	return nil
}

// process examines a live process: open, recognise, gather, judge.
func (x *examine) process(ctx context.Context, pid int) (*evidence.Evidence, *report.Report, error) {
	t, err := attach.Process(pid)
	if err != nil {
		return nil, nil, err
	}
	defer t.Close()
	p := x.a.progress(t.ID.Name)
	defer p.done()
	target := stacks.Target{Process: t.Process, Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}
	driver := x.lookAtDriver(ctx, t.Process)
	if err := driver.refused(); err != nil {
		return nil, nil, err
	}
	watch := x.watchFrames(ctx, target)
	driven := x.watchDriver(ctx, target, watch.lasts)
	res, err := stacks.Run(ctx, target, stacks.Options{For: x.lasts, NoStop: x.noStop, Progress: p.update})
	if err != nil {
		watch.end()
		driven(true, nil)
		return nil, nil, err
	}
	ev := &evidence.Evidence{Target: t.ID, Freeze: &res.Freeze}
	probes, limits := []report.Probe{res.Probe}, res.Limits
	fr, err := watch.result(func(soFar *evidence.Frames) bool { return frozen(ev, soFar) }, p.update, len(res.Freeze.Goroutines))
	var told []report.Finding
	stands := err == nil && frozen(ev, watch.soFar())
	if stands {
		told = diagnose.Freeze(ev)
	}
	calls := driven(err != nil || stands, told)
	p.done()
	if err != nil {
		return nil, nil, err
	}
	ev.GPUCalls = calls.calls
	probes, limits = append(probes, calls.probes...), append(limits, calls.limits...)
	if fr != nil {
		ev.Frames = &fr.Frames
		probes, limits = append(probes, fr.Probe), append(limits, fr.Limits...)
	}
	if found := driver.result(); found != nil {
		ev.GPU = &found.GPU
		ev.GPU.Output = x.heard.said()
		if ev.GPUCalls != nil {
			drawsWith(ev.GPUCalls, ev.GPU)
		}
		probes, limits = append(probes, found.Probe), append(limits, found.Limits...)
	}
	c, more := x.lookAtC(ctx, target, ev)
	if limits = append(limits, more...); c != nil {
		ev.Native, probes = &c.Native, append(probes, c.Probe)
	}
	return ev, judge(ev, probes, limits), nil
}

// moment examines a core or heap file: one moment, with all its memory.
func (x *examine) moment(ctx context.Context) func(*attach.Target, error) (*evidence.Evidence, *report.Report, error) {
	return func(t *attach.Target, err error) (*evidence.Evidence, *report.Report, error) {
		if err != nil {
			return nil, nil, err
		}
		defer t.Close()
		target := stacks.Target{Threads: t.Threads(), Vectors: t.Vectors(), Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}
		res, err := stacks.Core(target)
		if err != nil {
			return nil, nil, err
		}
		ev := &evidence.Evidence{Target: t.ID, Freeze: &res.Freeze}
		probes, limits := []report.Probe{res.Probe}, res.Limits
		c, more := x.lookAtFile(ctx, t, target)
		if limits = append(limits, more...); c != nil {
			ev.Native, probes = &c.Native, append(probes, c.Probe)
		}
		return ev, judge(ev, probes, limits), ctx.Err()
	}
}

// start starts a program and gives it a moment to come up. It runs on when gomedic
// is done. It shares the terminal unless the whole screen is gomedic's.
func start(ctx context.Context, args []string, screen bool) (pid int, err error) {
	return startWith(ctx, args, screen, nil, nil, nil)
}

// startWith starts a program with an environment, nil: that of gomedic; begun is told
// its id at once, and heard has its standard error, if it is given.
func startWith(ctx context.Context, args []string, screen bool, env []string, begun func(pid int), heard *hearing) (pid int, err error) {
	defer heard.started()
	c := exec.Command(args[0], args[1:]...)
	c.Env = env
	if !screen {
		c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stderr, heard.stderr()
	}
	// The thread that starts it stays until gomedic ends: a program may have asked to end
	// with it (prctl(2), PR_SET_PDEATHSIG).
	started, exited := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := c.Start()
		if started <- err; err != nil {
			return
		}
		exited <- ended(c)
		select {}
	}()
	if err := <-started; err != nil {
		return 0, report.Fail(err, text.T("error.start", args[0], err.Error()), text.T("hint.start"))
	}
	if begun != nil {
		begun(c.Process.Pid)
	}
	const settle = 2 * time.Second
	select {
	case <-exited:
		return 0, report.Fail(nil, text.T("error.start-exited", args[0]), text.T("hint.start"))
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(settle):
	}
	return c.Process.Pid, nil
}

// judge runs the rules, and makes the report.
func judge(ev *evidence.Evidence, probes []report.Probe, limits []report.Limit) *report.Report {
	r := &report.Report{Schema: report.Schema, Target: ev.Target, Findings: diagnose.Findings(ev), Probes: probes, Limits: limits,
		Memory: report.MemoryOf(ev.Heap), Plugin: report.PluginOf(ev.Plugin), WasmFile: ev.WasmFile, Page: report.PageOf(ev.Page), Assets: report.AssetsOf(ev.Assets),
		Native:   report.NativeOf(ev.Native, func(s *evidence.NativeSite) *report.Place { return diagnose.NativePlace(&ev.Target, s) }),
		GPUCalls: report.GPUCallsOf(ev.GPUCalls)}
	r.Sort()
	return r
}

func (a *app) outputFlags(c *cobra.Command) {
	c.Flags().StringVar(&a.html, "html", "", a.say("cli.flag.html"))
	c.Flags().StringVar(&a.save, "save", "", a.say("cli.flag.save"))
	c.Flags().BoolVar(&a.stacks, "stacks", false, a.say("cli.flag.stacks"))
	c.Flags().BoolVarP(&a.long, "verbose", "v", false, a.say("cli.flag.verbose"))
}

// files writes the report and the evidence to the files that were asked for, and
// sets the exit code.
func (a *app) files(ev *evidence.Evidence, r *report.Report) error {
	a.exit = r.ExitCode()
	if a.save != "" {
		b, err := json.Marshal(r)
		if err != nil {
			return err
		}
		err = evidence.WriteFile(a.save, func(w io.Writer) error { return evidence.EncodeBundle(w, ev, b) })
		if err != nil {
			return report.Fail(err, text.T("error.write", a.save, err.Error()), text.T("hint.write"))
		}
	}
	if a.html != "" {
		err := evidence.WriteFile(a.html, func(w io.Writer) error { return report.WriteHTML(w, r, ev, a.lang) })
		if err != nil {
			return report.Fail(err, text.T("error.write", a.html, err.Error()), text.T("hint.write"))
		}
	}
	return nil
}

// show writes the report in every form that was asked for, and sets the exit
// code.
func (a *app) show(ev *evidence.Evidence, r *report.Report) error {
	if err := a.files(ev, r); err != nil {
		return err
	}
	if a.json {
		return report.WriteJSON(a.out, r)
	}
	o := report.Options{Lang: a.lang, Quiet: a.quiet, Verbose: a.long, Stacks: a.stacks, Frames: a.frames, Growth: a.growth, GPU: a.gpu, Evidence: ev}
	if f, ok := a.out.(*os.File); ok {
		o.Color, o.Width = report.ColorFor(f), report.WidthFor(f)
	}
	if err := report.WriteTerminal(a.out, r, o); err != nil {
		return err
	}
	return nil
}
