package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/gomedic/gomedic/internal/dev"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/reload"
	"github.com/gomedic/gomedic/reload/watch"
)

// devRun is one gomedic dev.
type devRun struct {
	a       *app
	o       dev.Options
	build   string // flags of go build
	http    string
	explain bool
	blind   bool
	budget  int64 // MiB

	mu     sync.Mutex // of the output
	server *dev.Server
	line   *progressLine
	keys   chan string // lines that were typed while it paused
	broken bool        // the last change could not be taken in
}

// pausable are the stages before which a change can wait.
var pausable = []string{reload.StageCompile, reload.StageLoad, dev.StageBuild, dev.StageStart}

func (a *app) devCommand() *cobra.Command {
	x := &devRun{a: a}
	c := &cobra.Command{
		Use:     "dev [PACKAGE] [-- ARGS]",
		Short:   a.say("cli.dev.short"),
		Long:    a.say("cli.dev.long"),
		Example: a.say("cli.dev.example"),
		Args:    cobra.ArbitraryArgs,
		RunE:    x.run,
	}
	c.Flags().StringVarP(&x.o.Dir, "dir", "C", "", a.say("cli.flag.dir"))
	c.Flags().StringVar(&x.build, "build-flags", "", a.say("cli.dev.flag.build-flags"))
	c.Flags().StringVar(&x.o.Linker, "linker", "", a.say("cli.dev.flag.linker"))
	c.Flags().BoolVar(&x.o.Restarts, "restart", false, a.say("cli.dev.flag.restart"))
	c.Flags().BoolVar(&x.o.Debug, "debug", false, a.say("cli.dev.flag.debug"))
	c.Flags().BoolVar(&x.blind, "no-leftovers", false, a.say("cli.dev.flag.no-leftovers"))
	c.Flags().DurationVar(&x.o.LooksAfter, "leftovers-after", 80*time.Second, a.say("cli.dev.flag.leftovers-after"))
	c.Flags().Int64Var(&x.budget, "budget", 512, a.say("cli.dev.flag.budget"))
	c.Flags().StringVar(&x.http, "http", "", a.say("cli.dev.flag.http"))
	c.Flags().StringVar(&x.o.PauseAt, "pause-at", "", a.say("cli.dev.flag.pause-at", strings.Join(pausable, ", ")))
	c.Flags().BoolVar(&x.explain, "explain", false, a.say("cli.dev.flag.explain"))
	c.Flags().BoolVar(&a.json, "json", false, a.say("cli.dev.flag.json"))
	return c
}

func (x *devRun) run(cmd *cobra.Command, args []string) error {
	if at := cmd.ArgsLenAtDash(); at >= 0 {
		x.o.Args, args = args[at:], args[:at]
	}
	if len(args) > 1 {
		return report.Fail(nil, text.T("error.dev-packages", len(args)), text.T("hint.dev-packages"))
	}
	if len(args) == 1 {
		x.o.Main = args[0]
	}
	if x.o.PauseAt != "" && !slices.Contains(pausable, x.o.PauseAt) {
		return report.Fail(nil, text.T("error.dev-stage", x.o.PauseAt), text.T("hint.dev-stage", strings.Join(pausable, ", ")))
	}
	if !slices.Contains([]string{"", "mold", "lld", "default"}, x.o.Linker) {
		return report.Fail(nil, text.T("error.dev-linker", x.o.Linker), text.T("hint.dev-linker"))
	}
	if _, err := exec.LookPath("go"); err != nil {
		return report.Fail(err, text.T("error.dev-go"), text.T("hint.dev-go"))
	}
	x.o.Flags = strings.Fields(x.build)
	if x.o.Budget = x.budget << 20; x.budget <= 0 {
		x.o.Budget = -1
	}
	if cache, err := os.UserCacheDir(); err == nil {
		x.o.Cache = filepath.Join(cache, "gomedic", "dev")
	}
	if x.http != "" || x.o.PauseAt != "" {
		address := x.http
		if address == "" {
			address = "127.0.0.1:0"
		}
		var err error
		if x.server, err = dev.Listen(address); err != nil {
			return report.Fail(err, text.T("error.dev-http", address, err.Error()), text.T("hint.dev-http"))
		}
		defer x.server.Close()
		x.say(text.T("dev.serves", x.server.URL()))
	}
	x.line = x.a.progress(x.o.Main)
	x.o.Out, x.o.Err = x.a.out, x.a.err
	if x.a.json {
		x.o.Out = x.a.err // standard output is for the records alone
	}
	x.o.Chain, x.o.Say, x.o.Stage = x.chain, x.say, x.stage
	x.o.Pause = x.pause
	if !x.blind {
		x.o.Remains = x.remains
	}
	// Ctrl-C ends the program first.
	x.a.gentle.Store(true)
	defer x.a.gentle.Store(false)
	err := dev.Run(cmd.Context(), x.o)
	x.mu.Lock()
	x.line.done()
	x.mu.Unlock()
	var limit *watch.LimitError
	var temp *dev.TempError
	var module *dev.ModuleError
	switch {
	case dev.Ended(err):
		return nil
	case errors.As(err, &temp):
		return report.Fail(err, text.T("error.dev-temp", os.TempDir(), temp.Error()), text.T("hint.dev-temp"))
	case errors.As(err, &module) && module.Said == "":
		return report.Fail(err, text.T("error.dev-module", module.Dir), text.T("hint.dev-module"))
	case errors.As(err, &module):
		return report.Fail(err, text.T("error.dev-module-said", module.Said), text.T("hint.dev-module-said"))
	case errors.As(err, &limit):
		return report.Fail(err, text.T("error.watch-limit", limit.Setting, limit.Value), text.T("hint.watch-limit", limit.Setting))
	}
	return err
}

func (x *devRun) stage(key string, done, all int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if key == "" {
		x.line.done()
		return
	}
	x.line.stage(key, done, all)
}

func (x *devRun) say(t text.Text) {
	if x.a.quiet {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.line != nil {
		x.line.done()
	}
	fmt.Fprintln(x.a.err, "gomedic:", report.Clean(t.In(x.a.lang)))
}

// chain shows what became of a save.
func (x *devRun) chain(c *dev.Chain) {
	if x.server != nil {
		x.server.Tell(c)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.line != nil {
		x.line.done()
	}
	if x.a.json {
		e := json.NewEncoder(x.a.out)
		e.SetEscapeHTML(false)
		_ = e.Encode(c)
		return
	}
	broken := x.broken
	x.broken = c.Outcome == dev.Failed
	if c.Action == "skip" && c.Outcome == dev.OK && !broken && !x.explain {
		return // a comment, a file of tests: nobody waits for it
	}
	writeChain(x.a.err, c, x.a.lang, x.explain)
}

// writeChain writes one line for a change, further ones for what went wrong, and with
// explain all that is known of it.
func writeChain(w io.Writer, c *dev.Chain, lang text.Lang, explain bool) {
	say := func(t text.Text) string { return report.Clean(t.In(lang)) }
	mark, what := "✓", "dev.action."+c.Action
	if c.Outcome == dev.Failed {
		if mark = "✗"; c.Action != "report" {
			what = "dev.failed"
		}
	} else if c.ID == "reload/leftover" {
		mark = "!"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", mark, say(text.T(what)))
	if len(c.Files) > 0 {
		fmt.Fprintf(&b, " %s", report.Clean(strings.Join(shorten(c.Files, 3), ", ")))
	}
	if c.Action != "report" {
		fmt.Fprintf(&b, " · %s", time0(c.TookMS))
	}
	for i, s := range c.Steps {
		fmt.Fprintf(&b, "%s%s %s", map[bool]string{true: "  (", false: " → "}[i == 0], say(text.T("dev.step."+strings.ReplaceAll(s.Name, " ", "-"))), time0(s.TookMS))
		switch s.Outcome {
		case dev.Failed:
			b.WriteString(" ✗")
		case dev.Skipped:
			b.WriteString(" –")
		}
	}
	if len(c.Steps) > 0 {
		b.WriteString(")")
	}
	if c.Torn != nil {
		fmt.Fprintf(&b, "\n    %s · reload/torn-set", say(c.Torn.Text()))
	}
	if c.ID != "" && c.ID != "reload/torn-set" {
		fmt.Fprintf(&b, "\n    %s · %s", say(text.T("finding."+c.ID+".title")), c.ID)
	}
	b.WriteString("\n")
	if s := c.Failure(); s != nil && len(c.Faults) == 0 {
		where := s.Where
		if where != "" {
			where += ": "
		}
		why := ""
		if s.Why != nil {
			why = say(*s.Why)
		}
		fmt.Fprintf(&b, "    %s%s\n", report.Clean(where), why)
	}
	for _, f := range c.Faults {
		fmt.Fprintf(&b, "    %s:%d:%d: %s\n", report.Clean(f.File), f.Line, f.Column, report.Clean(f.Text))
	}
	if c.More > 0 {
		fmt.Fprintf(&b, "    %s\n", say(text.T("dev.more", c.More)))
	}
	if c.Outcome == dev.Failed && c.Action != "start" && c.Action != "report" {
		fmt.Fprintf(&b, "    %s\n", say(text.T("dev.old-goes-on")))
	}
	told := 0
	for _, ch := range c.Changes {
		if !explain && (ch.Action.String() != c.Action || c.Action == "skip" || told >= 3) {
			continue
		}
		told++
		place := ch.File
		if ch.Line > 0 {
			place = fmt.Sprintf("%s:%d", ch.File, ch.Line)
		}
		if place != "" {
			place += ": "
		}
		fmt.Fprintf(&b, "    %s%s\n", report.Clean(place), say(ch.Reason))
	}
	if r := c.Program; r != nil {
		for _, a := range r.Aside {
			fmt.Fprintf(&b, "    %s\n", report.Clean(a.String()))
		}
		for _, l := range r.Leftovers {
			fmt.Fprintf(&b, "    %s\n", report.Clean(l.String()))
		}
		if explain && r.Panic != nil {
			fmt.Fprintf(&b, "%s\n", report.Clean(r.Panic.Stack))
		}
	}
	for _, r := range c.Remains {
		fmt.Fprintf(&b, "    %s\n", say(text.T("dev.remains", r.Objects, r.Package, size(uint64(r.Bytes)))))
		if r.Held != "" {
			fmt.Fprintf(&b, "      %s\n", say(text.T("dev.held", r.Held)))
		}
	}
	if explain && c.CodeBytes > 0 {
		fmt.Fprintf(&b, "    %s\n", say(text.T("dev.code", c.CodeBytes>>10)))
	}
	if explain && c.Package != "" {
		fmt.Fprintf(&b, "    %s\n", c.Package)
	}
	_, _ = io.WriteString(w, b.String())
}

// shorten names the first few of many.
func shorten(all []string, most int) []string {
	if len(all) <= most {
		return all
	}
	return append(slices.Clone(all[:most]), fmt.Sprintf("+%d", len(all)-most))
}

// time0 is a time in milliseconds, or seconds.
func time0(ms float64) string {
	switch {
	case ms >= 10_000:
		return fmt.Sprintf("%.0f s", ms/1000)
	case ms >= 1000:
		return fmt.Sprintf("%.2f s", ms/1000)
	case ms >= 10:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f ms", ms)
}

// pause waits before a stage until somebody says how to go on: in the terminal, or over
// HTTP.
func (x *devRun) pause(ctx context.Context, stage string, c *dev.Chain) error {
	x.say(text.T("dev.paused", stage, x.server.URL()))
	if !x.a.json {
		x.mu.Lock()
		writeChain(x.a.err, c, x.a.lang, true)
		for line := range strings.Lines(c.Diff + strings.Join(c.Functions, "\n")) {
			fmt.Fprintf(x.a.err, "    %s\n", report.Clean(strings.TrimRight(line, "\n")))
		}
		x.mu.Unlock()
	}
	if x.keys == nil {
		x.keys = make(chan string)
		go func() {
			for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
				x.keys <- lines.Text()
			}
		}()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	typed := make(chan string, 1)
	go func() {
		select {
		case line := <-x.keys:
			typed <- line
			cancel()
		case <-ctx.Done():
		}
	}()
	goOn := x.server.Wait(ctx, stage, c)
	select {
	case line := <-typed:
		goOn = !strings.HasPrefix(strings.TrimSpace(line), "q")
	default:
	}
	if !goOn {
		return errors.New(x.a.say("dev.aborted"))
	}
	return nil
}
