package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/safe"
	"github.com/gomedic/gomedic/internal/text"
)

// safeFlags are the flags of gomedic safe.
type safeFlags struct {
	ladder bool
	from   string
	only   bool
	lasts  time.Duration
}

func (a *app) safeCommand() *cobra.Command {
	var o safeFlags
	c := &cobra.Command{
		Use:     "safe [flags] -- APP [ARGS]",
		Short:   a.say("cli.safe.short"),
		Long:    a.say("cli.safe.long"),
		Example: a.say("cli.safe.example"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || args[0] == "" {
				return report.Fail(nil, text.T("error.safe-arguments"), text.T("hint.safe-arguments"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.startSafely(cmd, args, o) },
	}
	c.Flags().SetInterspersed(false) // what follows APP is APP's
	c.Flags().BoolVar(&o.ladder, "ladder", false, a.say("cli.safe.flag.ladder"))
	c.Flags().StringVar(&o.from, "rung", "", a.say("cli.safe.flag.rung"))
	c.Flags().BoolVar(&o.only, "only", false, a.say("cli.safe.flag.only"))
	c.Flags().DurationVar(&o.lasts, "for", safe.Patience, a.say("cli.safe.flag.for"))
	return c
}

// startSafely starts a program in safe mode, and stays until it ends.
func (a *app) startSafely(cmd *cobra.Command, args []string, o safeFlags) error {
	const shortest, longest = time.Second, 5 * time.Minute
	if o.lasts < shortest || o.lasts > longest {
		return report.Fail(nil, text.T("error.for", o.lasts.String()), text.T("hint.for", shortest.String(), longest.String()))
	}
	p, err := safe.Recognise(args)
	if err != nil {
		return safeFailure(args[0], err)
	}
	env := os.Environ()
	if o.ladder {
		return a.showLadder(&p, env)
	}
	a.gentle.Store(true) // signals are the program's
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	stdout := a.out
	if a.json { // standard output is the report's
		stdout = a.err
	}
	s := &safeShow{a: a, p: &p, env: env}
	res, err := safe.Run(cmd.Context(), safe.Options{Program: p, Env: env, From: o.from, Only: o.only, Patience: o.lasts,
		Stdin: os.Stdin, Stdout: stdout, Stderr: a.err, Told: s.told, Signals: signals})
	if err != nil {
		return safeFailure(args[0], err)
	}
	if !res.Ran {
		if a.json && !s.printed {
			s.json(&res.Safe, res.GPU)
		}
		return s.nothingWorked(res)
	}
	if a.json && !s.printed {
		s.json(&res.Safe, res.GPU)
	}
	if res.Safe.Kept != "" && !a.quiet {
		fmt.Fprintln(a.err, a.say("safe.kept", res.Safe.Kept))
	}
	a.exit = res.Exit
	return nil
}

// safeFailure says why nothing was started.
func safeFailure(name string, err error) error {
	fail := func(key string, args ...any) error {
		return report.Fail(err, text.T("error."+key, args...), text.T("hint."+key))
	}
	switch {
	case errors.Is(err, safe.ErrNoDisplay):
		return fail("safe-display", err.Error())
	case errors.Is(err, safe.ErrNoServer):
		return fail("safe-display", err.Error())
	case errors.Is(err, safe.ErrUnknown):
		return fail("safe-rung")
	case errors.Is(err, safe.ErrOtherOS):
		return fail("safe-os")
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return fail("safe-missing", name)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.ENOEXEC):
		return fail("safe-program", name)
	}
	return fail("safe-start", name, err.Error())
}

// safeShow prints what is going on, on standard error: standard output is the program's.
type safeShow struct {
	a       *app
	p       *safe.Program
	env     []string
	headed  bool
	tried   []evidence.Try
	printed bool // the report, as JSON
}

// line prints a sentence, so many spaces to the right.
func (s *safeShow) line(indent int, key string, args ...any) {
	if !s.a.quiet && !s.a.json {
		s.a.indented(s.a.err, indent, s.a.say(key, args...))
	}
}

func (a *app) indented(w io.Writer, indent int, s string) {
	fmt.Fprintln(w, strings.Repeat(" ", indent)+s)
}

// writeHead says what is started.
func writeHead(w io.Writer, a *app, p *safe.Program, env []string) {
	name := filepath.Base(p.Path)
	if p.Toolkit != "" {
		fmt.Fprintln(w, a.say("safe.head", name, p.Toolkit+" "+p.Version))
	} else {
		fmt.Fprintln(w, a.say("safe.head-unknown", name))
	}
	for _, v := range safe.Folklore(env) {
		a.indented(w, 2, a.say("safe.folklore", v))
	}
}

// told is called before each rung, and after it.
func (s *safeShow) told(r *evidence.Rung, t *evidence.Try) {
	if !s.headed && !s.a.quiet && !s.a.json {
		s.headed = true
		writeHead(s.a.err, s.a, s.p, s.env)
	}
	if t == nil {
		s.line(2, "safe.rung", r.Name, s.a.say("safe.rung."+r.Name))
		if !s.a.quiet && !s.a.json {
			for _, l := range changes(s.a, r) {
				s.a.indented(s.a.err, 6, l)
			}
		}
		return
	}
	s.tried = append(s.tried, *t)
	s.line(4, "safe.outcome", outcome(s.a, t))
	if t.Outcome == evidence.TryDied || t.Outcome == evidence.TryBlank || t.Outcome == evidence.TryNoWindow {
		for _, l := range t.Said {
			s.line(6, "safe.said", l)
		}
		return
	}
	if t.Outcome == evidence.TryDraws || t.Outcome == evidence.TryRuns || t.Outcome == evidence.TryPlain {
		s.line(2, "safe.worked", t.Rung)
		for _, key := range limits(s.p) {
			s.line(2, "safe.could-not", s.a.say(key))
		}
		if s.a.json {
			s.json(&evidence.Safe{Program: s.p.Path, Args: s.p.Args, Ladder: safe.Ladder(s.p, s.env), Tried: s.tried, Worked: t.Rung, Rebuild: safe.Rebuilds(s.p)}, nil)
		}
	}
}

// limits are what safe mode cannot do for the program without building it anew.
func limits(p *safe.Program) []string {
	switch p.Toolkit {
	case "fyne":
		return []string{"safe.limit.fyne"}
	case "gio":
		return []string{"safe.limit.gio"}
	case "ebitengine":
		return []string{"safe.limit.ebitengine"}
	}
	return nil
}

// changes are the lines that say what a rung changes.
func changes(a *app, r *evidence.Rung) (lines []string) {
	said := map[string][]string{}
	var order []string
	add := func(why, what string) {
		if said[why] == nil {
			order = append(order, why)
		}
		said[why] = append(said[why], what)
	}
	for _, c := range r.Set {
		add(c.Why, c.Name+"="+c.Value)
	}
	for _, c := range r.Unset {
		add(c.Why, a.say("safe.without", c.Name))
	}
	for _, c := range r.Folders {
		add(c.Why, a.say("safe.folder."+c.Name+"."+c.Value))
	}
	if r.Bare {
		add("safe.why.bare", a.say("safe.bare"))
	}
	for _, why := range order {
		lines = append(lines, strings.Join(said[why], " ")+": "+a.say(why))
	}
	return lines
}

// outcome says in a sentence what came of a try.
func outcome(a *app, t *evidence.Try) string {
	after := text.Duration(time.Duration(t.AfterMS * float64(time.Millisecond)))
	renderer := t.Renderer
	if renderer == "" {
		renderer = t.Software
	}
	switch t.Outcome {
	case evidence.TryDraws:
		s := a.say("safe.draws", after, t.Width, t.Height, t.Colours)
		if renderer != "" {
			s += a.say("safe.by", renderer)
			if t.GL != "" {
				s += a.say("safe.gl", "OpenGL "+strings.TrimPrefix(t.GL, "OpenGL "))
			}
		}
		if t.Frames > 0 {
			s += a.say("safe.frames", t.Frames, t.CountMS/1000)
		}
		return s
	case evidence.TryRuns:
		return a.say("safe.runs", after, renderer)
	case evidence.TryPlain:
		return a.say("safe.plain", t.Frames, t.CountMS/1000)
	case evidence.TryBlank:
		return a.say("safe.blank", after, t.Width, t.Height)
	case evidence.TryNoWindow:
		return a.say("safe.no-window", after)
	case evidence.TryDied:
		if t.Signal != "" {
			return a.say("safe.died-signal", after, t.Signal)
		}
		return a.say("safe.died", after, t.Exit)
	case evidence.TryEnded:
		return a.say("safe.ended", after)
	}
	return a.say("safe.stopped", after)
}

// showLadder prints the rungs, and starts nothing.
func (a *app) showLadder(p *safe.Program, env []string) error {
	s := evidence.Safe{Program: p.Path, Args: p.Args, Ladder: safe.Ladder(p, env), Rebuild: safe.Rebuilds(p)}
	if a.json {
		return report.WriteJSON(a.out, safeReport(p, &s, nil))
	}
	writeHead(a.out, a, p, env)
	for i := range s.Ladder {
		r := &s.Ladder[i]
		a.indented(a.out, 2, a.say("safe.rung", r.Name, a.say("safe.rung."+r.Name)))
		for _, l := range changes(a, r) {
			a.indented(a.out, 6, l)
		}
	}
	a.rebuilds(a.out, s.Rebuild)
	return nil
}

func (a *app) rebuilds(w io.Writer, all []evidence.Build) {
	if len(all) > 0 {
		a.indented(w, 2, a.say("safe.rebuild"))
	}
	for _, b := range all {
		a.indented(w, 6, a.say("safe.build", b.Command, a.say(b.Why)))
	}
}

// safeReport is the report of a start in safe mode.
func safeReport(p *safe.Program, s *evidence.Safe, g *evidence.GPU) *report.Report {
	ev := &evidence.Evidence{Target: p.Identity(), GPU: g}
	r := judge(ev, nil, nil)
	r.Safe = s
	return r
}

func (s *safeShow) json(found *evidence.Safe, g *evidence.GPU) {
	s.printed = true
	_ = report.WriteJSON(s.a.out, safeReport(s.p, found, g)) // the program runs, whatever becomes of the report
}

// nothingWorked: what else can be done, and why it failed.
func (s *safeShow) nothingWorked(res *safe.Result) error {
	if !s.a.quiet && !s.a.json {
		ev := &evidence.Evidence{Target: s.p.Identity(), GPU: res.GPU}
		for _, f := range judge(ev, nil, nil).Findings {
			if f.Severity != report.Info {
				s.line(2, "safe.finding", f.ID, f.Title.In(s.a.lang))
			}
		}
		s.a.rebuilds(s.a.err, res.Safe.Rebuild)
	}
	last := res.Safe.Tried[len(res.Safe.Tried)-1]
	hint := text.T("hint.safe-nothing")
	if len(res.Safe.Tried) > 1 && same(res.Safe.Tried) {
		hint = text.T("hint.safe-same")
	}
	return report.Fail(nil, text.T("error.safe-nothing", filepath.Base(s.p.Path), len(res.Safe.Tried), outcome(s.a, &last)), hint)
}

// same: the program ended alike on each rung: what it lacks is not the driver.
func same(tried []evidence.Try) bool {
	for i := range tried {
		if tried[i].Outcome != evidence.TryDied || tried[i].Exit != tried[0].Exit || tried[i].Signal != tried[0].Signal || tried[i].Width > 0 || len(tried[i].Driver) > 0 {
			return false
		}
	}
	return true
}
