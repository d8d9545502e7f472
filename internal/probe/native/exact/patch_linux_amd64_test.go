package exact_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/native/exact"
	"github.com/gomedic/gomedic/internal/proc"
)

// begin starts a program, and waits until it is ready.
func begin(t *testing.T, c *exec.Cmd, env ...string) (*running.Program, *proc.Process) {
	t.Helper()
	c.Env = append(os.Environ(), env...)
	prog := running.Start(t, c)
	prog.Until(t, "ready")
	p, err := proc.Open(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	return prog, p
}

// ask writes a line to a program, and waits for the one that answers it.
func ask(t *testing.T, prog *running.Program, line, answer string) {
	t.Helper()
	fmt.Fprintln(prog.Stdin, line)
	prog.Until(t, answer)
}

func attached(t *testing.T, p *proc.Process) *exact.Hooks {
	t.Helper()
	h, err := exact.Attach(p, gort.CgoLayout{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// result detaches, and is what was recorded.
func result(t *testing.T, h *exact.Hooks) *exact.Record {
	t.Helper()
	if err := h.Detach(); err != nil {
		t.Fatal(err)
	}
	rec, err := h.Result()
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// left is how many allocations of a size were not freed.
func left(rec *exact.Record, size uint64) (n int) {
	for _, a := range rec.Left {
		if a.Size == size {
			n++
		}
	}
	return n
}

// What a program has put into a variable that the linker had filled in is left alone;
// where it has not, calls through the variable are recorded.
func TestReplaced(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "setup")
	gcc(t, "-O1", "-o", bin, "testdata/setup.c")
	prog, p := begin(t, exec.Command(bin))
	ask(t, prog, "before", "ok 0")
	for range 3 {
		h := attached(t, p)
		ask(t, prog, "hooked", "ok 0")
		if err := h.Poll(); err != nil {
			t.Fatal(err)
		}
		ask(t, prog, "hooked", "ok 0")
		if n := left(result(t, h), 777); n != 100 {
			t.Errorf("%d are left, not 100", n)
		}
		ask(t, prog, "after", "ok 0")
	}
}

// A library that the linker is at work on is left alone, and hooked once it is done.
func TestLoading(t *testing.T) {
	for _, when := range []string{"lazy", "now"} {
		t.Run(when, func(t *testing.T) {
			dir := t.TempDir()
			bin, lib := filepath.Join(dir, "loader"), filepath.Join(dir, "slow.so")
			gcc(t, "-O1", "-o", bin, "testdata/loader.c", "-ldl")
			gcc(t, "-O1", "-shared", "-fPIC", "-Wl,-z,lazy", "-o", lib, "testdata/slow.c")
			prog, p := begin(t, exec.Command(bin))
			h := attached(t, p)
			ask(t, prog, when+" "+lib, "loading")
			if err := h.Libraries(); err != nil {
				t.Fatal(err)
			}
			ask(t, prog, "", "loaded")
			if err := h.Libraries(); err != nil {
				t.Fatal(err)
			}
			ask(t, prog, "call 777", "called")
			ask(t, prog, "call 777", "called")
			if n := left(result(t, h), 777); n != 2 {
				t.Errorf("%d are left, not 2", n)
			}
			ask(t, prog, "call 777", "called")
		})
	}
}

// The allocator is the one that the program calls, whatever its file is called, and
// whichever others are loaded.
func TestAllocator(t *testing.T) {
	for _, c := range []struct {
		name, file, want string
		preload          bool
	}{
		{"another one", "libarena.so", "libarena.so", true},
		{"one that nobody calls", "libjmalloc.so", "libc.so", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			bin, lib, mid := filepath.Join(dir, "churn8"), filepath.Join(dir, c.file), filepath.Join(dir, "libmid.so")
			gcc(t, "-O2", "-shared", "-fPIC", "-o", lib, "testdata/arena.c")
			args := []string{"-O2", "-pthread", "-Wl,-z,lazy", "-o", bin, "testdata/churn8.c"}
			var env []string
			if c.preload {
				env = append(env, "LD_PRELOAD="+lib)
			} else {
				gcc(t, "-shared", "-fPIC", "-Wl,--no-as-needed", "-Wl,-rpath="+dir, "-o", mid, "testdata/later.c", lib)
				args = append(args, "-Wl,--no-as-needed", "-Wl,-rpath="+dir, "-Wl,-rpath-link="+dir, mid)
			}
			gcc(t, args...)
			prog, p := begin(t, exec.Command(bin, "2"), env...)
			x := &target{Process: p, in: prog.Stdin, lines: prog.Lines}
			x.alive(t)
			for range 3 {
				h := attached(t, p)
				for range 20 {
					if err := h.Poll(); err != nil {
						t.Fatal(err)
					}
					x.alive(t)
				}
				if err := h.Libraries(); err != nil {
					t.Fatal(err)
				}
				x.alive(t)
				if !strings.HasPrefix(filepath.Base(h.Library), c.want) {
					t.Errorf("the allocator is %s, not %s", h.Library, c.want)
				}
				if rec := result(t, h); rec.Allocs == 0 || rec.Frees == 0 {
					t.Errorf("%d allocated, %d freed", rec.Allocs, rec.Frees)
				}
				x.alive(t)
			}
		})
	}
}

// A library that calls an allocator of its own goes on to do so, also by what it had not
// looked up yet.
func TestOwnAllocator(t *testing.T) {
	dir := t.TempDir()
	bin, lib, arena := filepath.Join(dir, "loader"), filepath.Join(dir, "keeps.so"), filepath.Join(dir, "libarena.so")
	gcc(t, "-O2", "-shared", "-fPIC", "-o", arena, "testdata/arena.c")
	gcc(t, "-O1", "-o", bin, "testdata/loader.c", "-ldl")
	gcc(t, "-O1", "-shared", "-fPIC", "-Wl,-z,lazy", "-Wl,-rpath="+dir, "-o", lib, "testdata/keeps.c", arena)
	prog, p := begin(t, exec.Command(bin))
	ask(t, prog, "deep "+lib, "loaded")
	ask(t, prog, "call 777", "called")
	h := attached(t, p)
	if !strings.HasPrefix(filepath.Base(h.Library), "libc.so") {
		t.Errorf("the allocator is %s", h.Library)
	}
	for range 3 {
		if err := h.Libraries(); err != nil {
			t.Fatal(err)
		}
		ask(t, prog, "call 777", "called")
	}
	if n := left(result(t, h), 777); n != 0 {
		t.Errorf("%d of its own are left", n)
	}
	ask(t, prog, "call 777", "called")
}
