package roots_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/proc"
)

// build builds testdata/program with a toolchain, "" for the one that runs the test;
// cgo is its CGO_ENABLED.
func build(t testing.TB, program, toolchain, cgo string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", program))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/"+program+"\n\ngo 1.25\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if toolchain == "" {
		toolchain = "local"
	}
	out := filepath.Join(dir, program)
	c := exec.Command("go", append(append([]string{"build"}, flags...), "-o", out, ".")...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false", "CGO_ENABLED="+cgo, "GOTOOLCHAIN="+toolchain)
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", program, err, b)
	}
	return out
}

// target is a program that runs, and what it said before it was ready.
type target struct {
	*gort.Program
	process *proc.Process
	said    []string
	stdin   io.Writer
	lines   *bufio.Scanner // of what it says from then on
}

// start runs a program until it says that it is ready and all that it started waits.
func start(t testing.TB, path string, busy ...string) *target {
	t.Helper()
	prog := running.Start(t, exec.Command(path))
	tg := &target{stdin: prog.Stdin, lines: prog.Lines, said: prog.Until(t, "ready")}
	var err error
	if tg.process, err = proc.Open(prog.PID); err != nil {
		t.Fatal(err)
	}
	bin, err := gort.OpenBinary(tg.process.ExePath())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bin.Close() })
	entry, err := tg.process.Entry()
	if err != nil {
		t.Fatal(err)
	}
	maps, err := tg.process.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	if tg.Program, err = gort.Attach(tg.process, bin, entry, maps); err != nil {
		t.Fatal(err)
	}
	tg.await(t, func() bool { return tg.quiet(t, busy) })
	return tg
}

// await waits until done says so, for at most a minute.
func (tg *target) await(t testing.TB, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("the program does not get where it should")
		}
	}
}

// quiet reports whether all goroutines wait but those that begin with a busy function.
func (tg *target) quiet(t testing.TB, busy []string) bool {
	s, err := tg.Goroutines(gort.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range s.Goroutines {
		f, _ := tg.FindFunc(g.StartPC)
		if name := f.Name(); strings.HasPrefix(name, "main.") || name == "runtime.main" {
			if state := g.StatusName(); state != "waiting" && state != "syscall" && !hasAny(name, busy) {
				return false
			}
		}
	}
	return true
}

func hasAny(name string, of []string) bool {
	for _, o := range of {
		if strings.HasPrefix(name, o) {
			return true
		}
	}
	return false
}
