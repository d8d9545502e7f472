package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/live"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/frames"
	"github.com/gomedic/gomedic/internal/probe/gpucalls"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Bounds on the flags of frames, and how long it watches where nobody can end it.
const (
	pipedFor      = 10 * time.Second
	longestFrames = 24 * time.Hour
	shortestOver  = time.Millisecond
	longestOver   = 10 * time.Second
	longestPeriod = time.Second
)

// watchFrames are the flags of frames.
type watchFrames struct {
	a        *app
	lasts    time.Duration
	over     time.Duration
	period   time.Duration
	noStop   bool
	noProbes bool
	gpu      bool
	layer    *gpucalls.Layer // that the program was started with
	perfetto string
	pprof    string
}

func (a *app) framesCommand() *cobra.Command {
	x := &watchFrames{a: a}
	c := &cobra.Command{
		Use:     "frames TARGET",
		Short:   a.say("cli.frames.short"),
		Long:    a.say("cli.frames.long"),
		Example: a.say("cli.frames.example"),
		Args:    (&examine{a: a}).oneTarget,
		RunE:    x.run,
	}
	c.Flags().DurationVar(&x.lasts, "for", 0, a.say("cli.frames.flag.for"))
	c.Flags().DurationVar(&x.over, "over", 0, a.say("cli.frames.flag.over"))
	c.Flags().DurationVar(&x.period, "period", 0, a.say("cli.frames.flag.period"))
	c.Flags().BoolVar(&x.noStop, "no-stop", false, a.say("cli.flag.no-stop"))
	c.Flags().BoolVar(&x.noProbes, "no-probes", false, a.say("cli.frames.flag.no-probes"))
	c.Flags().BoolVar(&x.gpu, "gpu", false, a.say("cli.frames.flag.gpu"))
	c.Flags().StringVar(&x.perfetto, "perfetto", "", a.say("cli.frames.flag.perfetto"))
	c.Flags().StringVar(&x.pprof, "pprof", "", a.say("cli.frames.flag.pprof"))
	c.Flags().BoolVar(&a.json, "json", false, a.say("cli.frames.flag.json"))
	a.outputFlags(c)
	return c
}

func (x *watchFrames) run(cmd *cobra.Command, args []string) error {
	if err := x.checkFlags(cmd); err != nil {
		return err
	}
	ctx := cmd.Context()
	if cmd.ArgsLenAtDash() == 0 && x.gpu {
		pid, layer, done, err := startLayered(ctx, args, x.onTerminal())
		if err != nil {
			return err
		}
		defer done()
		x.layer = layer
		return x.process(ctx, pid)
	}
	if cmd.ArgsLenAtDash() == 0 {
		pid, err := start(ctx, args, x.onTerminal())
		if err != nil {
			return err
		}
		return x.process(ctx, pid)
	}
	n, err := resolve(args[0])
	if err != nil {
		return err
	}
	switch n.kind {
	case aBundle:
		return x.bundle(cmd, n.path)
	case aProcess:
		return x.process(ctx, n.pid)
	}
	return report.Fail(nil, text.T("error.frames-target", n.path), text.T("hint.frames-target"))
}

func (x *watchFrames) checkFlags(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	if given("for") && x.lasts != 0 && (x.lasts < shortFor || x.lasts > longestFrames) {
		return report.Fail(nil, text.T("error.frames-for", x.lasts.String()), text.T("hint.frames-for", shortFor.String(), longestFrames.String()))
	}
	for _, f := range []struct {
		name    string
		d       time.Duration
		longest time.Duration
	}{{"over", x.over, longestOver}, {"period", x.period, longestPeriod}} {
		if given(f.name) && (f.d < shortestOver || f.d > f.longest) {
			return report.Fail(nil, text.T("error.frames-over", f.name, f.d.String()), text.T("hint.frames-over", shortestOver.String(), f.longest.String(), f.name))
		}
	}
	return nil
}

// bundle shows again what was watched before.
func (x *watchFrames) bundle(cmd *cobra.Command, path string) error {
	for _, name := range []string{"for", "over", "period", "no-stop", "no-probes"} {
		if cmd.Flags().Changed(name) {
			return report.Fail(nil, text.T("error.frames-options", "--"+name), text.T("hint.frames-options"))
		}
	}
	ev, err := readBundle(path)
	if err != nil {
		return err
	}
	if ev.Frames == nil {
		return report.Fail(nil, text.T("error.frames-bundle", path), text.T("hint.frames-bundle", path))
	}
	r := judge(ev, nil, nil)
	if !x.a.json {
		return x.show(ev, r, nil)
	}
	s := report.NewFrameStream(x.a.out, &ev.Target)
	late := 0
	for i := range ev.Frames.Times {
		t := &ev.Frames.Times[i]
		s.Frame(*t)
		for ; late < len(ev.Frames.Late) && ev.Frames.Late[late].End <= t.End; late++ {
			s.Late(ev.Frames, &ev.Frames.Late[late])
		}
	}
	for ; late < len(ev.Frames.Late); late++ {
		s.Late(ev.Frames, &ev.Frames.Late[late])
	}
	return x.show(ev, r, s)
}

// process watches a live program, and shows what is seen while it goes on.
func (x *watchFrames) process(ctx context.Context, pid int) error {
	t, err := attach.Process(pid)
	if err != nil {
		return err
	}
	defer t.Close()
	a := x.a
	on := frames.Options{Leave: true, For: x.lasts, Over: x.over, Period: x.period, NoStop: x.noStop, NoProbes: x.noProbes,
		Cause: diagnose.LateCauses(t.Toolkit)}
	onTerminal := x.onTerminal()
	if on.For == 0 && !onTerminal {
		on.For = pipedFor
	}
	feed := newFeed()
	on.Each = feed.each
	// From now on Ctrl-C ends the watch and not the command: the report follows.
	a.gentle.Store(true)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type outcome struct {
		*frames.Result
		err error
	}
	done := make(chan outcome, 1)
	target := stacks.Target{Process: t.Process, Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}
	driver := x.watchDriver(ctx, target, on.For)
	go func() {
		res, err := frames.Run(ctx, target, on)
		if res != nil {
			feed.end(&res.Frames)
		} else {
			feed.end(nil)
		}
		done <- outcome{res, err}
	}()

	var stream *report.FrameStream
	var failed error
	switch {
	case a.json:
		stream = report.NewFrameStream(a.out, &t.ID)
		failed = feed.follow(func(b live.Batch) error { return toStream(stream, b) })
	case onTerminal:
		o := live.Options{Title: report.TargetWords(&t.ID, a.lang), Lang: a.lang, Color: report.ColorFor(os.Stdout), Over: x.over, Next: feed.next}
		failed = live.Run(ctx, os.Stdin, os.Stdout, o)
	case a.quiet:
	default:
		fmt.Fprintln(a.err, a.say("cli.frames.watching", report.Clean(t.ID.Name), pid))
		log := report.NewFrameLog(a.out, a.lang)
		second := time.Second
		failed = feed.follow(func(b live.Batch) error { return toLog(log, b, &second) })
	}
	if failed != nil || onTerminal {
		stop() // the reader of the pipe has gone, or q was pressed
	}
	got := <-done
	calls := driver()
	if got.Result == nil {
		return cmp.Or(failed, got.err, context.Canceled)
	}
	if failed != nil {
		return failed
	}
	if t.Toolkit != nil && !drew(&got.Frames) {
		got.Limits = append(got.Limits, report.Limit{Probe: frames.Name, Why: text.T("limit.frames-still.why"), Help: text.T("limit.frames-still.help")})
	}
	ev := &evidence.Evidence{Target: t.ID, Frames: &got.Frames, GPUCalls: calls.calls}
	return x.show(ev, judge(ev, append([]report.Probe{got.Probe}, calls.probes...), append(got.Limits, calls.limits...)), stream)
}

// drew reports whether a frame was seen.
func drew(f *evidence.Frames) bool {
	return slices.ContainsFunc(f.Rates, func(r evidence.FrameRate) bool { return r.Frames+r.Turns > 0 })
}

// onTerminal reports whether the live view can be shown.
func (x *watchFrames) onTerminal() bool {
	return x.a.out == io.Writer(os.Stdout) && !x.a.json && !x.a.quiet && os.Getenv("TERM") != "dumb" &&
		term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}

func toStream(s *report.FrameStream, b live.Batch) error {
	for i := range b.Frames {
		s.Frame(b.Frames[i])
	}
	for i := range b.Late {
		s.Late(b.SoFar, &b.Late[i])
	}
	return s.Err()
}

// toLog writes the lines of a batch; second is when the next line of figures is
// due.
func toLog(l *report.FrameLog, b live.Batch, second *time.Duration) error {
	if b.SoFar != nil {
		l.Period = b.SoFar.Period
	}
	for i := range b.Frames {
		l.Frame(b.Frames[i])
	}
	for i := range b.Late {
		l.Late(b.SoFar, &b.Late[i])
	}
	if b.At >= *second {
		l.Second(b.At, b.UnderWay, b.Heard)
		*second = b.At.Truncate(time.Second) + time.Second
	}
	return l.Err()
}

// show writes the report at the end, and the files that were asked for.
func (x *watchFrames) show(ev *evidence.Evidence, r *report.Report, stream *report.FrameStream) error {
	a := x.a
	for _, f := range []struct {
		path  string
		write func(io.Writer) error
	}{
		{x.perfetto, func(w io.Writer) error { return report.WritePerfetto(w, &ev.Target, ev.Frames) }},
		{x.pprof, func(w io.Writer) error { return report.WritePprof(w, &ev.Target, ev.Frames) }},
	} {
		if f.path == "" {
			continue
		}
		if err := evidence.WriteFile(f.path, f.write); err != nil {
			return report.Fail(err, text.T("error.write", f.path, err.Error()), text.T("hint.write"))
		}
	}
	if stream == nil {
		a.frames, a.gpu = true, ev.GPUCalls != nil
		return a.show(ev, r)
	}
	if err := a.files(ev, r); err != nil {
		return err
	}
	return stream.End(ev.Frames, r)
}
