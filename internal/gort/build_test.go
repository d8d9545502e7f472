package gort_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// variant is a way to build a program.
type variant struct {
	name  string
	cgo   bool
	flags []string
	arch  string // GOARCH, "" for that of the test
	os    string // GOOS, likewise
}

var (
	plain         = variant{name: "plain"}
	stripped      = variant{name: "stripped", flags: []string{"-ldflags=-s -w"}}
	strippedPIE   = variant{name: "stripped PIE", flags: []string{"-buildmode=pie", "-ldflags=-s -w"}}
	withCgo       = variant{name: "cgo", cgo: true}
	externalStrip = variant{name: "cgo stripped, external link", cgo: true, flags: []string{"-ldflags=-s -w -linkmode=external"}}
	externalPIE   = variant{name: "cgo stripped PIE", cgo: true, flags: []string{"-buildmode=pie", "-ldflags=-s -w -linkmode=external"}}
)

// build builds testdata/program as a module of its own, so that each toolchain
// takes it. toolchain is a Go version, "" for the one that runs the test.
func build(t testing.TB, program string, v variant, toolchain string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join("testdata", program, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources of %s: %v", program, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mod := "module example.com/" + program + "\n\ngo 1.25\n"
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, program)
	c := exec.Command("go", append(append([]string{"build"}, v.flags...), "-o", out, ".")...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false", "CGO_ENABLED=0")
	if v.cgo {
		c.Env = append(c.Env, "CGO_ENABLED=1")
	}
	c.Env = append(c.Env, "GOTOOLCHAIN=local")
	if v.arch != "" {
		c.Env = append(c.Env, "GOARCH="+v.arch)
	}
	if v.os != "" {
		c.Env = append(c.Env, "GOOS="+v.os)
	}
	if toolchain != "" {
		c.Env = append(c.Env, "GOTOOLCHAIN="+toolchain)
	}
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build %s (%s): %v\n%s", program, v.name, err, b)
	}
	return out
}

// target is a program that runs, and what it said before it stood still.
type target struct {
	*gort.Program
	process *proc.Process
	said    []string
	stdin   io.Closer
	end     func(os.Signal) string // sends a signal, waits for the end, returns stderr
}

// start runs a program until it says that it is ready.
func start(t testing.TB, path string, args ...string) *target {
	t.Helper()
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(), "GOTRACEBACK=system")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	tg := &target{stdin: in}
	tg.end = func(s os.Signal) string {
		if !ended {
			ended = true
			if err := c.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Error(err)
			}
			io.Copy(io.Discard, out)
			c.Wait()
		}
		return stderr.String()
	}
	t.Cleanup(func() { tg.end(os.Kill) })
	watchdog := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
	defer watchdog.Stop()
	lines := bufio.NewScanner(out)
	ready := false
	for !ready && lines.Scan() {
		tg.said = append(tg.said, lines.Text())
		ready = lines.Text() == "ready"
	}
	if !ready {
		t.Fatalf("%s did not get ready: %s\n%s", filepath.Base(path), strings.Join(tg.said, "\n"), tg.end(os.Kill))
	}
	if tg.process, err = proc.Open(c.Process.Pid); err != nil {
		t.Fatal(err)
	}
	bin, err := gort.OpenBinary(tg.process.ExePath())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bin.Close() })
	tg.Program = attach(t, tg.process, bin)
	return tg
}

func attach(t testing.TB, p *proc.Process, bin *gort.Binary) *gort.Program {
	t.Helper()
	entry, err := p.Entry()
	if err != nil {
		t.Fatal(err)
	}
	maps, err := p.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	prog, err := gort.Attach(p, bin, entry, maps)
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

// tracer returns a tracer of the target, closed at the end of the test.
func (tg *target) tracer(t testing.TB) *proc.Tracer {
	tr := proc.NewTracer(tg.process)
	t.Cleanup(tr.Close)
	return tr
}

// await reads the target's goroutines until done says so, for at most a minute.
func (tg *target) await(t testing.TB, done func([]*gort.Goroutine) bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		s, err := tg.Goroutines(gort.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if done(s.Goroutines) {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the target does not get where it should")
		}
		runtime.Gosched()
	}
}
