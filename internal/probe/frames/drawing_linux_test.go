package frames_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/frames"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// drawing is testdata/drawing as a toolkit: it needs no display.
var drawing = toolkit.Toolkit{
	Name:   "drawing",
	Title:  "Drawing",
	Loops:  []toolkit.Loop{{Func: toolkit.Func{Match: "main.(*window).run"}, Role: evidence.RoleUI, MustLock: "main"}},
	Idle:   []toolkit.Wait{{Func: toolkit.Func{Match: "main.(*window).run"}, Reasons: []string{"chan receive"}}},
	Frames: []toolkit.Func{{Match: "main.(*window).draw"}},
	Marks: []toolkit.Mark{
		{Func: toolkit.Func{Match: "runtime.chanrecv1"}, In: "main.(*window).run",
			Enter: toolkit.Turn{Idle: true}, Leave: toolkit.Turn{Busy: true, Part: evidence.PartEvents}},
		{Func: toolkit.Func{Match: "main.(*window).draw"},
			Enter: toolkit.Turn{Part: evidence.PartUser}, Leave: toolkit.Turn{Frame: true, Present: true, Part: evidence.PartEvents}},
	},
}

// build compiles testdata/drawing.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	source, err := os.ReadFile("testdata/drawing/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"main.go": string(source), "go.mod": "module example.com/drawing\n\ngo 1.25\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "drawing")
	c := exec.Command("go", append(append([]string{"build"}, flags...), "-o", out, ".")...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false", "CGO_ENABLED=0", "GOTOOLCHAIN=local")
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, b)
	}
	return out
}

// program is a running drawing.
type program struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func start(t *testing.T, path string, args ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.Command(path, args...)}
	p.Stderr = os.Stderr
	var err error
	if p.in, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Process.Kill()
		p.Wait()
	})
	if line := p.line(t); line != "ready" {
		t.Fatalf("the program says %q", line)
	}
	return p
}

// line reads a line of the program's, for at most a minute.
func (p *program) line(t *testing.T) string {
	t.Helper()
	late := time.AfterFunc(time.Minute, func() { p.Process.Kill() })
	defer late.Stop()
	if !p.out.Scan() {
		t.Fatal("the program does not answer")
	}
	return p.out.Text()
}

func (p *program) count(t *testing.T) int {
	t.Helper()
	fmt.Fprintln(p.in, "count")
	n, err := strconv.Atoi(p.line(t))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// frame is one by the program's own clock.
type frame struct{ start, end time.Duration }

func (p *program) frames(t *testing.T) (all []frame) {
	t.Helper()
	fmt.Fprintln(p.in, "frames")
	for {
		line := p.line(t)
		if line == "." {
			return all
		}
		var f frame
		if _, err := fmt.Sscan(line, &f.start, &f.end); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, f)
	}
}

// watch runs the probe on a process.
func watch(ctx context.Context, pid int, o frames.Options) (*frames.Result, error) {
	a, err := attach.Process(pid)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if o.Period == 0 {
		o.Period = time.Second / 60
	}
	o.Cause = diagnose.LateCauses(&drawing)
	return frames.Run(ctx, stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID, Toolkit: &drawing}, o)
}

// needProbes skips the test where the kernel allows no probes at all.
func needProbes(t *testing.T) {
	t.Helper()
	if err := features.HaveProgramType(ebpf.Kprobe); err != nil {
		t.Skipf("the kernel lets this user load no BPF programs: %v", err)
	}
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
}

// byProbes is the result of a watch in which the probes were in place.
func byProbes(t *testing.T, r *frames.Result, err error) *evidence.Frames {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if r.Frames.Source != evidence.FromProbes {
		t.Fatalf("no probes: %s", limits(r.Limits))
	}
	return &r.Frames
}

func limits(ls []report.Limit) string {
	var all []string
	for _, l := range ls {
		all = append(all, l.Why.In(text.English))
	}
	return strings.Join(all, "; ")
}
