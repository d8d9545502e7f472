//go:build linux

// Command bench measures gomedic beside the tools that people have: the time to
// the stack of a frozen program's UI goroutine, and the pause that each of them
// causes, on the same program in one run.
//
//	bench/run                  build what is needed, measure, print the tables
//	bench/run -out bench/RESULTS.md -json build/bench.json
//	bench/run -only frames     only what watching the frames of a program costs it
//
// The pause is measured inside the target, by a thread that beats every 100 µs
// (heartbeat/heartbeat.c, loaded by LD_PRELOAD), the same way for every tool. It
// knows nothing of rules and findings. Start at [bench.all], then tools.go;
// for the frames at [bench.watchFrames].
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// delveVersion is the delve that gomedic is compared with.
const delveVersion = "v1.27.2"

// bench is one run.
type bench struct {
	gomedic, delve, lab string // binaries
	fault               string
	rounds, samples     int
	only                string // empty: all
	pairs               int    // of windows with and without a watch
	display             string
	program, beside     string
	dir                 string // for this run's files
	delveInit           string
	heartbeat           string // library
	log                 io.Writer
}

func main() {
	b := &bench{log: os.Stderr}
	var out, results string
	flag.StringVar(&b.gomedic, "gomedic", "bin/gomedic", "gomedic's `binary`")
	flag.StringVar(&b.delve, "dlv", "", "delve's `binary`; empty: "+delveVersion+" is built")
	flag.StringVar(&b.lab, "lab", "", "`binary` of lab/fyne; empty: it is built")
	flag.StringVar(&b.fault, "fault", "fyne-lock-chain", "`fault` of lab/fyne that freezes the window")
	flag.IntVar(&b.rounds, "rounds", 7, "`times` that each tool is tried on each program")
	flag.IntVar(&b.samples, "samples", 30, "`times` that all goroutines are sampled with everything stopped")
	flag.StringVar(&b.only, "only", "", "measure `freeze` or frames alone; the file of -out keeps the other's table")
	flag.IntVar(&b.pairs, "pairs", 10, "`times` that each program draws with and without a watch")
	flag.StringVar(&b.program, "program", "", "measure the frames of those programs alone whose title matches this `regexp`")
	flag.StringVar(&b.beside, "beside", "trace,profile", "what the cost of a watch is measured `beside`; empty: nothing")
	flag.StringVar(&b.display, "display", os.Getenv("DISPLAY"), "X `display`; empty: an Xvfb is started")
	flag.StringVar(&out, "json", "", "`file` for the figures as JSON")
	flag.StringVar(&results, "out", "", "`file` for the table, beside standard output")
	flag.Parse()
	// The lab's programs end with the thread that started them.
	runtime.LockOSThread()
	if err := b.main(out, results); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) main(jsonFile, tableFile string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if b.dir, err = os.MkdirTemp("", "gomedic-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := b.prepare(ctx); err != nil {
		return err
	}
	if b.display == "" {
		end, err := b.xvfb()
		if err != nil {
			return err
		}
		defer end()
	}
	var tables []string
	figures := map[string]any{}
	if b.only != "frames" {
		r, err := b.all(ctx)
		if err != nil {
			return err
		}
		tables, figures["freeze"] = append(tables, r.markdown()), r
	}
	if b.only != "freeze" {
		r, err := b.watchFrames(ctx)
		if err != nil {
			return err
		}
		tables, figures["frames"] = append(tables, r.markdown()), r
	}
	fmt.Print(strings.Join(tables, "\n"))
	if tableFile != "" {
		old, err := os.ReadFile(tableFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.WriteFile(tableFile, []byte(replaceTables(string(old), tables)), 0o644); err != nil {
			return err
		}
	}
	if jsonFile == "" {
		return nil
	}
	j, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(jsonFile, append(j, '\n'), 0o644)
}

// prepare builds what was not given.
func (b *bench) prepare(ctx context.Context) error {
	var err error
	if b.gomedic, err = filepath.Abs(b.gomedic); err != nil {
		return err
	}
	if b.only != "freeze" {
		if err := b.buildPainted(b.builder(ctx)); err != nil || b.only == "frames" {
			return err
		}
	}
	if b.heartbeat, err = buildHeartbeat(b.dir); err != nil {
		return err
	}
	b.delveInit = filepath.Join(b.dir, "delve.init")
	if err := os.WriteFile(b.delveInit, []byte("goroutines -t\nexit\n"), 0o600); err != nil {
		return err
	}
	build := b.builder(ctx)
	if err := build(".", []string{"CGO_ENABLED=1"}, "build", "-o", filepath.Join(b.dir, "crowd"), "./bench/crowd"); err != nil {
		return err
	}
	if b.lab == "" {
		b.lab = filepath.Join(b.dir, "labfyne")
		if err := build("lab", []string{"CGO_ENABLED=1", "GOWORK=off"}, "build", "-o", b.lab, "./fyne"); err != nil {
			return err
		}
	}
	if b.delve == "" {
		b.delve = filepath.Join(b.dir, "dlv")
		return build(b.dir, []string{"GOBIN=" + b.dir, "GOWORK=off"}, "install", "github.com/go-delve/delve/cmd/dlv@"+delveVersion)
	}
	return nil
}

// builder runs go in a folder of the repository.
func (b *bench) builder(ctx context.Context) func(folder string, env []string, args ...string) error {
	return func(folder string, env []string, args ...string) error {
		c := exec.CommandContext(ctx, "go", args...)
		c.Dir, c.Env, c.Stdout, c.Stderr = folder, append(os.Environ(), env...), b.log, b.log
		fmt.Fprintln(b.log, "go", strings.Join(args, " "))
		return c.Run()
	}
}

// xvfb starts a virtual display.
func (b *bench) xvfb() (end func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	c := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	c.ExtraFiles = []*os.File{w}
	err = c.Start()
	w.Close()
	if err != nil {
		return nil, fmt.Errorf("no display, and Xvfb does not start: %w", err)
	}
	end = func() { _ = c.Process.Signal(os.Interrupt); _ = c.Wait() }
	number := make([]byte, 16)
	n, err := r.Read(number)
	if err != nil {
		end()
		return nil, errors.New("no display, and Xvfb did not come up")
	}
	b.display = ":" + strings.TrimSpace(string(number[:n]))
	return end, nil
}

// place is where the fault stands, by the lab program's own manifest.
func (b *bench) place() (string, error) {
	c := exec.Command(b.lab, "-manifest")
	c.Env = append(os.Environ(), "DISPLAY="+b.display)
	out, err := c.Output()
	if err != nil {
		return "", err
	}
	var faults []struct {
		Name  string
		Where []string
	}
	if err := json.Unmarshal(out, &faults); err != nil {
		return "", err
	}
	for _, f := range faults {
		if f.Name == b.fault && len(f.Where) > 0 {
			return f.Where[0], nil
		}
	}
	return "", fmt.Errorf("the lab has no fault %s with a place", b.fault)
}

// all makes every measurement, short rounds one after the other.
func (b *bench) all(ctx context.Context) (*results, error) {
	place, err := b.place()
	if err != nil {
		return nil, err
	}
	r := newResults(b)
	crowd := func(n string) kind {
		return kind{title: "plain Go, " + n + " goroutines", args: []string{filepath.Join(b.dir, "crowd"), strings.ReplaceAll(n, ",", "")},
			ready: "ready", place: "main.(*store).count"}
	}
	window := kind{title: "Fyne window, " + b.fault, args: []string{b.lab, "-life", "20m", b.fault}, ready: "armed", place: place}
	for _, k := range []kind{window, crowd("1,000"), crowd("10,000")} {
		if err := b.compare(ctx, r, k); err != nil {
			return nil, err
		}
	}
	for _, k := range []kind{crowd("1,000"), crowd("10,000")} {
		if err := b.pauses(r, k); err != nil {
			return nil, err
		}
	}
	if err := b.verdicts(r, window); err != nil {
		return nil, err
	}
	times, err := b.help(10)
	if err != nil {
		return nil, err
	}
	r.Help = summary(times)
	if r.Bytes, err = size(b.gomedic); err != nil {
		return nil, err
	}
	r.Load = append(r.Load, load())
	return r, nil
}

// compare starts the program anew for each round and tries every tool on it, in
// another order each time; last comes the one that ends it.
func (b *bench) compare(ctx context.Context, r *results, k kind) error {
	trials := map[string][]measured{}
	for round := range b.rounds {
		if err := b.round(ctx, k, round, trials); err != nil {
			return err
		}
	}
	for _, tool := range tools {
		r.add(k.title, tool.name, trials[tool.name])
	}
	return nil
}

func (b *bench) round(ctx context.Context, k kind, round int, trials map[string][]measured) error {
	t, err := b.start(k)
	if err != nil {
		return err
	}
	defer t.end()
	order := slices.Clone(tools[:len(tools)-1])
	slices.Reverse(order[:round%2*len(order)])
	for _, tool := range append(order, tools[len(tools)-1]) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m, err := tool.run(b, t)
		if err != nil {
			return fmt.Errorf("%s on %s: %w", tool.name, k.title, err)
		}
		fmt.Fprintf(b.log, "%s: %s: %v, pause %v\n", k.title, tool.name, m.took, m.pause)
		trials[tool.name] = append(trials[tool.name], m)
	}
	return nil
}

// pauses measures one sample of all goroutines with everything stopped, beside
// what the program pays for its own runtime.Stack.
func (b *bench) pauses(r *results, k kind) error {
	t, err := b.start(k)
	if err != nil {
		return err
	}
	defer t.end()
	stops, beats, err := stopAll(t, b.samples)
	if err != nil {
		return err
	}
	own, err := runtimeStack(t, b.samples)
	if err != nil {
		return err
	}
	r.Stops = append(r.Stops, stopped{Target: k.title, Stop: summary(stops), Heartbeat: summary(beats), Runtime: summary(own)})
	return nil
}

// verdicts times gomedic from start to verdict.
func (b *bench) verdicts(r *results, k kind) error {
	t, err := b.start(k)
	if err != nil {
		return err
	}
	defer t.end()
	for _, v := range []struct {
		name string
		args []string
		bar  time.Duration
	}{
		{"gomedic check PID", []string{"--json"}, 3 * time.Second},
		{"gomedic check PID --for 500ms", []string{"--for", "500ms", "--json"}, time.Second},
	} {
		var times []time.Duration
		for range 10 {
			d, err := b.check(t, v.args...)
			if err != nil {
				return err
			}
			times = append(times, d)
		}
		r.Verdicts = append(r.Verdicts, verdict{Command: v.name, Bar: milliseconds(v.bar), Time: summary(times)})
	}
	return nil
}
