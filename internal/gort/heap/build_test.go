package heap

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/roots"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/proc"
)

// build builds testdata/program with a toolchain, "" for the one that runs the test.
func build(t testing.TB, program, toolchain string, flags ...string) string {
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
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false", "CGO_ENABLED=0", "GOTOOLCHAIN="+toolchain)
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
}

// start runs a program until it says that it is ready.
func start(t testing.TB, path string) *target {
	t.Helper()
	prog := running.Start(t, exec.Command(path))
	tg := &target{stdin: prog.Stdin, said: prog.Until(t, "ready")}
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
	return tg
}

// frozen returns the program in a copy of its memory that stands still.
func (tg *target) frozen(t testing.TB) (*gort.Program, map[int]proc.Registers) {
	t.Helper()
	s := tg.snapshot(t)
	t.Cleanup(func() { s.Close() })
	return tg.Program.In(s), s.Threads
}

func (tg *target) snapshot(t testing.TB) *proc.Snapshot {
	t.Helper()
	s, err := tg.process.Snapshot(context.Background(), proc.SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readHeap reads a heap with its roots, and what follows from variables' types.
func readHeap(p *gort.Program, regs map[int]proc.Registers) (*Heap, error) {
	gs, err := p.Goroutines(gort.Options{Registers: regs})
	if err != nil {
		return nil, err
	}
	var all []roots.Root
	h, err := Read(context.Background(), p, Options{Roots: func(emit func(uint64, RootClass, int32, bool)) error {
		_, err := roots.Read(p, roots.Options{Registers: regs, Goroutines: gs.Goroutines}, func(r roots.Root) {
			all = append(all, r)
			emit(r.Value, RootNamed, int32(len(all)-1), r.Referents)
		})
		return err
	}})
	if err != nil {
		return nil, err
	}
	globals := p.Globals()
	for _, r := range h.Roots() {
		slot := all[r.Index].Slot
		for _, g := range globals {
			if g.Type != nil && g.Addr != 0 && slot >= g.Addr && slot < g.Addr+g.Size {
				h.TypeRoot(r, g.Type, slot-g.Addr)
			}
		}
		if slot != 0 {
			if word, ok := p.Word(slot - 8); ok {
				h.WordRoot(r, word)
			}
		}
	}
	h.Propagate()
	return h, nil
}
