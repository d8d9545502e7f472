//go:build linux

// Command reload measures hot reload of a Fyne program of 20 packages: from the save
// of a file, one line of a function's body changed, to the first frame that shows it,
// stage by stage, and beside it what people do today: go build and a restart, by hand
// and by air. All on the same machine in the same run, in turns. Run it from the
// module's root, with a display or Xvfb:
//
//	go run ./bench/reload -out bench/RELOAD.md
//	go run ./bench/reload -rounds 5 -air PATH
//
// The first run compiles all of the toolkit for plugins, which takes minutes. Start
// at [bench.round].
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gomedic/gomedic/internal/reload/build"
	"github.com/gomedic/gomedic/internal/reload/classify"
	"github.com/gomedic/gomedic/internal/reload/listing"
)

// bench is one run.
type bench struct {
	dir, lab, air, out, display, linker string
	rounds, stress                      int
	list                                *listing.List
	classifier                          *classify.Program
	short, full                         *build.Builder
	host                                *process
	version                             int
	figures                             map[string][]time.Duration
	setup                               []string
}

func main() {
	b := &bench{figures: map[string][]time.Duration{}}
	flag.IntVar(&b.rounds, "rounds", 20, "`number` of edits each way")
	flag.IntVar(&b.stress, "stress", 100, "`number` of generations loaded one after the other; 0: none")
	flag.StringVar(&b.dir, "dir", "", "where the program is written; empty: a temporary folder")
	flag.StringVar(&b.lab, "lab", "lab", "the lab's `folder`, whose go.mod names the toolkit's version")
	flag.StringVar(&b.air, "air", "", "air's `binary`; empty: not measured")
	flag.StringVar(&b.linker, "linker", "", "external `linker`: mold, lld or default; empty: the first that is there")
	flag.StringVar(&b.out, "out", "", "`file` for the figures; empty: standard output")
	flag.StringVar(&b.display, "display", os.Getenv("DISPLAY"), "X `display`; empty: an Xvfb is started")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "reload:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context) error {
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "gomedic-reload")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		b.dir = dir
	}
	dir, err := filepath.Abs(b.dir)
	if err != nil {
		return err
	}
	if b.dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	if b.display == "" {
		stop, err := b.startDisplay(ctx)
		if err != nil {
			return err
		}
		defer stop()
	}
	if err := writeProgram(b.dir, b.lab); err != nil {
		return err
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	defer func() { b.host.stop() }()
	for i := range b.rounds {
		if err := b.round(ctx); err != nil {
			return fmt.Errorf("round %d: %w", i+1, err)
		}
	}
	if b.air != "" {
		if err := b.withAir(ctx); err != nil {
			return fmt.Errorf("air: %w", err)
		}
	}
	if err := b.manyGenerations(ctx); err != nil {
		return err
	}
	if err := b.withDev(ctx); err != nil {
		return fmt.Errorf("gomedic dev: %w", err)
	}
	out := io.Writer(os.Stdout)
	if b.out != "" {
		f, err := os.Create(b.out)
		if err != nil {
			return err
		}
		defer f.Close()
		out = f
	}
	return b.write(out)
}

// prepare lists the program, builds the host and starts it.
func (b *bench) prepare(ctx context.Context) error {
	env := []string{"GOWORK=off", "CGO_ENABLED=1"}
	timed := func(name string, f func() error) error {
		start := time.Now()
		err := f()
		b.setup = append(b.setup, fmt.Sprintf("%s %s", name, time.Since(start).Round(time.Millisecond)))
		return err
	}
	cache := filepath.Join(b.dir, ".lists")
	load := func() (err error) {
		b.list, err = listing.Load(ctx, listing.Options{Dir: b.dir, Env: env, Cache: cache, Progress: func(p string) { fmt.Fprintln(os.Stderr, "compiled", p) }})
		return err
	}
	steps := []struct {
		name string
		f    func() error
	}{
		{"list the packages, and compile what is missing for plugins:", load},
		{"the same again, from what was kept:", load},
		{"read the source for classifying:", func() (err error) {
			b.classifier, err = classify.New(b.list, classify.Options{Components: []string{component}})
			return err
		}},
		{"build the host:", func() error { return b.goBuild(ctx) }},
		{"make builders, reading the host's symbols:", func() (err error) {
			o := build.Options{List: b.list, Host: filepath.Join(b.dir, "host"), Dir: filepath.Join(b.dir, ".short"), Linker: b.linker}
			if b.short, err = build.New(ctx, o); err != nil {
				return err
			}
			o.Full, o.Dir, o.Prefix = true, filepath.Join(b.dir, ".full"), "full"
			b.full, err = build.New(ctx, o)
			return err
		}},
	}
	for _, s := range steps {
		if err := timed(s.name, s.f); err != nil {
			return err
		}
	}
	host, _, err := b.start(ctx)
	b.host = host
	return err
}

// goBuild builds the program as people do.
func (b *bench) goBuild(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", "host", ".")
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// save writes the next version of the edited file.
func (b *bench) save() (string, []byte, error) {
	b.version++
	path, src := filepath.Join(b.dir, edited), []byte(rowSource(b.version))
	return path, src, os.WriteFile(path, src, 0o644)
}

// round makes one edit each way.
func (b *bench) round(ctx context.Context) error {
	for _, way := range []struct {
		name    string
		builder *build.Builder
	}{{"short", b.short}, {"full", b.full}} {
		if way.builder == b.full && b.version > 3*15 {
			continue // each adds 13 MB to the host: enough of them
		}
		if err := b.reload(ctx, way.name, way.builder); err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
	}
	return b.rebuild(ctx)
}

// reload makes an edit and takes it into the running host.
func (b *bench) reload(ctx context.Context, name string, builder *build.Builder) error {
	start := time.Now()
	path, src, err := b.save()
	if err != nil {
		return err
	}
	stage := func(s string, d time.Duration) { b.figures[name+" "+s] = append(b.figures[name+" "+s], d) }
	at := time.Now()
	r, err := b.classifier.Classify(ctx, map[string][]byte{path: src})
	if err != nil {
		return err
	}
	stage("classify", time.Since(at))
	if r.Action != classify.Swap || len(r.Faults) > 0 {
		return fmt.Errorf("the edit is %v, %v", r.Action, r.Faults)
	}
	g, err := builder.Build(ctx, build.Request{
		Packages: r.Packages,
		Exports:  []build.Export{{Name: "New", Package: component, Symbol: "New"}, {Name: "Version", Package: component, Symbol: "Version"}},
		Sources:  map[string][]byte{path: src},
	})
	if err != nil {
		return err
	}
	if g.Short != (builder == b.short) {
		return fmt.Errorf("not linked as wanted: %s", g.Why)
	}
	for _, s := range g.Stages {
		stage(s.Name, s.Took)
	}
	answer, err := b.host.ask("load " + g.Path)
	if err != nil {
		return err
	}
	total := time.Since(start)
	fields := strings.Fields(answer)
	if len(fields) != 8 || fields[7] != strconv.Itoa(b.version) {
		return fmt.Errorf("the host answers %q, and version %d was loaded", answer, b.version)
	}
	var ns [3]time.Duration
	for i := range ns {
		n, err := strconv.ParseInt(fields[1+2*i], 10, 64)
		if err != nil {
			return err
		}
		ns[i] = time.Duration(n)
	}
	stage("plugin.Open", ns[0])
	stage("new component on the UI goroutine", ns[1]-ns[0])
	stage("first frame", ns[2]-ns[1])
	stage("save to first frame", total)
	b.classifier.Accept(r)
	return builder.Remove(g)
}

// rebuild makes an edit and takes it in by building and starting the program anew.
func (b *bench) rebuild(ctx context.Context) error {
	start := time.Now()
	path, src, err := b.save()
	if err != nil {
		return err
	}
	if err := b.goBuild(ctx); err != nil {
		return err
	}
	built := time.Now()
	p, first, err := b.start(ctx)
	if err != nil {
		return err
	}
	total := time.Since(start)
	p.stop()
	if first != b.version {
		return fmt.Errorf("version %d was started, %d is shown", b.version, first)
	}
	add := func(s string, d time.Duration) { b.figures["rebuild "+s] = append(b.figures["rebuild "+s], d) }
	add("go build", built.Sub(start))
	add("start to first frame", total-built.Sub(start))
	add("save to first frame", total)
	r, err := b.classifier.Classify(ctx, map[string][]byte{path: src})
	if err != nil {
		return err
	}
	b.classifier.Accept(r)
	return nil
}

// withAir makes the edits while air runs the program.
func (b *bench) withAir(ctx context.Context) error {
	config := "root = \".\"\ntmp_dir = \".air\"\n[build]\ncmd = \"go build -o .air/main .\"\nentrypoint = [\"./.air/main\"]\ninclude_ext = [\"go\"]\ndelay = 0\n[log]\nsilent = false\n"
	if err := os.WriteFile(filepath.Join(b.dir, ".air.toml"), []byte(config), 0o644); err != nil {
		return err
	}
	p, err := b.launch(ctx, b.air, "-c", ".air.toml")
	if err != nil {
		return err
	}
	defer func() {
		// air ends what it runs, if it is asked to.
		p.cmd.Process.Signal(os.Interrupt)
		late := time.AfterFunc(5*time.Second, p.stop)
		p.cmd.Wait()
		late.Stop()
	}()
	if err := p.until(fmt.Sprint("first ", b.version)); err != nil {
		return err
	}
	for range b.rounds {
		// A save that follows too soon is one that air misses.
		select {
		case <-time.After(2 * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
		start := time.Now()
		if _, _, err := b.save(); err != nil {
			return err
		}
		if err := p.until(fmt.Sprint("first ", b.version)); err != nil {
			return err
		}
		b.figures["air save to first frame"] = append(b.figures["air save to first frame"], time.Since(start))
	}
	return nil
}

// manyGenerations loads one generation after the other into a host of its own, with
// collections between them.
func (b *bench) manyGenerations(ctx context.Context) error {
	if b.stress == 0 {
		return nil
	}
	b.host.stop()
	if err := b.goBuild(ctx); err != nil {
		return err
	}
	o := build.Options{List: b.list, Host: filepath.Join(b.dir, "host"), Dir: filepath.Join(b.dir, ".many"), Linker: b.linker}
	var err error
	if b.short, err = build.New(ctx, o); err != nil {
		return err
	}
	if b.host, _, err = b.start(ctx); err != nil {
		return err
	}
	before := b.host.resident()
	kept := b.figures
	b.figures = map[string][]time.Duration{}
	for i := range b.stress {
		if err := b.reload(ctx, "short", b.short); err != nil {
			return fmt.Errorf("generation %d in a row: %w", i+1, err)
		}
		if answer, err := b.host.ask("gc"); err != nil || answer != "gc done" {
			return fmt.Errorf("generation %d in a row, collecting garbage: %q, %w", i+1, answer, err)
		}
	}
	last := b.figures["short save to first frame"]
	b.figures = kept
	b.figures["many save to first frame"] = last
	b.setup = append(b.setup, fmt.Sprintf("%d generations in a row, five collections after each: the host's resident memory went from %d to %d kB", b.stress, before, b.host.resident()))
	return nil
}

// process is a program that was started.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// start starts the program and waits for its first frame; version is what it shows.
func (b *bench) start(ctx context.Context) (p *process, version int, err error) {
	if p, err = b.launch(ctx, filepath.Join(b.dir, "host")); err != nil {
		return nil, 0, err
	}
	for p.out.Scan() {
		if rest, ok := strings.CutPrefix(p.out.Text(), "first "); ok {
			version, err = strconv.Atoi(rest)
			return p, version, err
		}
	}
	p.stop()
	return nil, 0, errors.New("the program ended before its first frame")
}

// launch starts a command in a process group of its own.
func (b *bench) launch(ctx context.Context, name string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "DISPLAY="+b.display, "GOWORK=off", "CGO_ENABLED=1", "LIBGL_ALWAYS_SOFTWARE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	p := &process{cmd: cmd}
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	return p, cmd.Start()
}

// ask sends a command and returns the line that answers it.
func (p *process) ask(command string) (string, error) {
	if _, err := fmt.Fprintln(p.in, command); err != nil {
		return "", err
	}
	if !p.out.Scan() {
		return "", errors.New("the host has ended")
	}
	return p.out.Text(), nil
}

// until reads lines up to one, for a minute at most.
func (p *process) until(line string) error {
	var seen bytes.Buffer
	late := time.AfterFunc(time.Minute, func() { syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) })
	defer late.Stop()
	for p.out.Scan() {
		fmt.Fprintln(&seen, p.out.Text())
		if strings.TrimSpace(p.out.Text()) == line {
			return nil
		}
	}
	return fmt.Errorf("it ended before %q:\n%s", line, seen.Bytes())
}

// resident returns the process's resident memory in kB.
func (p *process) resident() int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid)) // none: 0
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

// stop ends the process and what it started.
func (p *process) stop() {
	if p == nil || p.cmd.Process == nil {
		return
	}
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	p.cmd.Wait()
}

// startDisplay starts an X server.
func (b *bench) startDisplay(ctx context.Context) (func(), error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, fmt.Errorf("no display, and Xvfb does not start: %w", err)
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	stop := func() { cmd.Process.Kill(); cmd.Wait() }
	if err != nil {
		stop()
		return nil, errors.New("no display, and Xvfb did not come up")
	}
	b.display = ":" + strings.TrimSpace(line)
	return stop, nil
}

// quartiles returns the median and the quartiles.
func quartiles(all []time.Duration) (q1, median, q3 time.Duration) {
	s := slices.Clone(all)
	slices.Sort(s)
	n := len(s)
	return s[n/4], s[n/2], s[n*3/4]
}
