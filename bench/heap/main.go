//go:build linux

// Command heap measures looks at heaps: how long gomedic leak stops a program, how
// the program's frames fare afterwards, and what the reading costs, beside other
// tools on the same process. The program is bench/heap/target; it knows by itself
// how late its frames are and for how long it stood. Run it from the module's root,
// with bin/gomedic built:
//
//	go run ./bench/heap -out bench/HEAP.md -grf PATH -viewcore PATH -dlv PATH
//	go run ./bench/heap -only scale -objects 1,2
//	go run ./bench/heap -only typed -lab build/lab -program 'demo=PLAIN,STRIPPED'
//
// A tool that is not given is not measured. With -json the figures are kept, and a
// later run with -only replaces its own part. Start at [bench.stops].
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// bench is one run.
type bench struct {
	gomedic, grf, viewcore, dlv, gcore string // binaries
	rounds, others                     int
	stopAt                             int // objects
	objects                            []int
	lab                                string
	programs                           programs
	dir, target                        string
}

// programs are those of -program, as "title=plain,stripped".
type programs []string

func (p *programs) String() string { return strings.Join(*p, " ") }

func (p *programs) Set(s string) error {
	if title, files, ok := strings.Cut(s, "="); !ok || title == "" || strings.Count(files, ",") != 1 {
		return errors.New("want TITLE=FILE,STRIPPED")
	}
	*p = append(*p, s)
	return nil
}

// byHand is the heading from which on the file of -out is kept: what follows was
// written by people.
const byHand = "## What was not compared"

func main() {
	b := &bench{}
	var out, figures, only, sizes string
	flag.StringVar(&b.gomedic, "gomedic", "bin/gomedic", "gomedic's `binary`")
	flag.StringVar(&b.grf, "grf", "", "goref's `binary`")
	flag.StringVar(&b.viewcore, "viewcore", "", "viewcore's `binary`; needs -gcore")
	flag.StringVar(&b.dlv, "dlv", "", "delve's `binary`")
	flag.StringVar(&b.gcore, "gcore", "", "gdb's gcore")
	flag.IntVar(&b.rounds, "rounds", 9, "`times` that gomedic stops the program")
	flag.IntVar(&b.others, "others", 3, "`times` that each other tool does")
	flag.IntVar(&b.stopAt, "stop-at", 5_000_000, "`objects` of the program that is stopped")
	flag.StringVar(&sizes, "objects", "1,2,5,10", "millions of objects, for the growth of time and memory")
	flag.StringVar(&b.lab, "lab", "", "`folder` with the lab's programs, in plain and stripped")
	flag.Var(&b.programs, "program", "a program to look at, as `TITLE=FILE,STRIPPED`; may be given again")
	flag.StringVar(&only, "only", "", "`stop`, tools, scale or typed alone")
	flag.StringVar(&figures, "json", "", "`file` that keeps the figures")
	flag.StringVar(&out, "out", "", "`file` for the tables, beside standard output")
	flag.Parse()
	// What is started ends with the thread that started it.
	runtime.LockOSThread()
	if err := b.main(only, sizes, figures, out); err != nil {
		fmt.Fprintln(os.Stderr, "heap:", err)
		os.Exit(1)
	}
}

func (b *bench) main(only, sizes, figures, out string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for s := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return fmt.Errorf("-objects: %q is no number of millions", s)
		}
		b.objects = append(b.objects, n*1_000_000)
	}
	for _, p := range []*string{&b.gomedic, &b.grf, &b.viewcore, &b.dlv, &b.gcore, &b.lab} {
		if *p == "" {
			continue
		}
		var err error
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	r := &results{}
	if old, err := os.ReadFile(figures); err == nil {
		if err := json.Unmarshal(old, r); err != nil {
			return fmt.Errorf("%s: %w", figures, err)
		}
	} else if figures != "" && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var err error
	if b.dir, err = os.MkdirTemp("", "gomedic-bench-heap-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	b.target = filepath.Join(b.dir, "target")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.target, "./bench/heap/target").CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w: %s", err, out)
	}
	parts := []struct {
		name string
		f    func(context.Context, *results) error
	}{{"stop", b.stops}, {"tools", b.tools}, {"scale", b.scale}, {"typed", b.typed}}
	for _, p := range parts {
		if only != "" && only != p.name {
			continue
		}
		c := newConditions()
		if err := p.f(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		c.Load = append(c.Load, load())
		if r.Conditions == nil {
			r.Conditions = map[string]conditions{}
		}
		r.Conditions[p.name] = c
		if figures != "" {
			j, err := json.MarshalIndent(r, "", "  ")
			if err != nil {
				return err
			}
			if err := os.WriteFile(figures, append(j, '\n'), 0o644); err != nil {
				return err
			}
		}
	}
	text := r.markdown()
	fmt.Print(text)
	if out == "" {
		return nil
	}
	old, err := os.ReadFile(out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if i := strings.Index(string(old), "\n"+byHand+"\n"); i >= 0 {
		text += string(old[i:])
	}
	return os.WriteFile(out, []byte(text), 0o644)
}
