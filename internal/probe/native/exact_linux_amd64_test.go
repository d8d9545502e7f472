package native_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/native"
	"github.com/gomedic/gomedic/internal/probe/native/exact"
	"github.com/gomedic/gomedic/internal/proc"
)

func TestExact(t *testing.T) {
	exe := build(t, "pairs")
	t.Run("attached", func(t *testing.T) { testExact(t, exe, false) })
	t.Run("preloaded", func(t *testing.T) { testExact(t, exe, true) })
}

func TestExactMusl(t *testing.T) {
	exe := buildMusl(t, "pairs", "-linkmode external")
	t.Run("attached", func(t *testing.T) { testExact(t, exe, false) })
	t.Run("preloaded", func(t *testing.T) { testExact(t, exe, true) })
}

func testExact(t *testing.T, exe string, preloaded bool) {
	c := exec.Command(exe)
	if preloaded {
		lib, err := exact.WritePreload(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		c.Env = append(os.Environ(), "LD_PRELOAD="+lib)
	}
	prog := running.Start(t, c)
	lines := prog.Lines
	lines.Scan() // ready
	a, err := attach.Process(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	snap, err := a.Process.Snapshot(context.Background(), proc.SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l := native.ExactLayout(a.Process, a.Program.In(snap), snap.Threads)
	snap.Close()
	var h *exact.Hooks
	if preloaded {
		if h, err = exact.Preloaded(a.Process); err == nil {
			err = h.SetLayout(l)
		}
	} else {
		h, err = exact.Attach(a.Process, l)
	}
	if err != nil {
		t.Fatal(err)
	}
	polled := make(chan error, 1)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				polled <- nil
				return
			case <-time.After(time.Millisecond):
			}
			if err := h.Poll(); err != nil {
				polled <- err
				return
			}
		}
	}()
	fmt.Fprintln(prog.Stdin, "go")
	for lines.Scan() && lines.Text() != "done" {
		t.Log(lines.Text())
	}
	close(stop)
	if err := <-polled; err != nil {
		t.Fatal(err)
	}
	if err := h.Detach(); err != nil {
		t.Fatal(err)
	}
	rec, err := h.Result()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d allocated, %d freed, %d lost, %d left, %d stacks; stood %v in %d stops, longest %v; missing %v", rec.Allocs, rec.Frees, rec.Lost, len(rec.Left), len(rec.Stacks), h.Stood, h.Stops, h.Longest, h.Missing)
	got := map[string][2]uint64{}
	for _, s := range rec.Stacks {
		for _, pc := range s.Go {
			f, ok := a.Program.FindFunc(pc - 1)
			if !ok {
				t.Errorf("%#x is no function", pc)
				continue
			}
			if strings.HasPrefix(f.Name(), "main.") && !strings.HasPrefix(f.Name(), "main._cgo") && f.Name() != "main._Cfunc_CString" {
				g := got[f.Name()]
				got[f.Name()] = [2]uint64{g[0] + s.N, g[1] + s.Freed}
				break
			}
		}
	}
	for name, w := range map[string][2]uint64{ // testdata/pairs
		"main.strings": {9000, 8100}, "main._Cfunc_inC": {70, 0}, "main._Cfunc_callocs": {500, 500}, "main._Cfunc_callocsLeft": {30, 0},
		"main._Cfunc_grows": {200, 200}, "main._Cfunc_shrinks": {200, 200}, "main._Cfunc_reallocLeft": {40, 20},
		"main._Cfunc_aligned": {120, 80}, "main._Cfunc_large": {50, 25}, "main._Cfunc_dup": {90, 60},
	} {
		if got[name] != w {
			t.Errorf("%s: allocated and freed %v, not %v", name, got[name], w)
		}
	}
	if rec.Lost != 0 {
		t.Errorf("for %d there was no room", rec.Lost)
	}
}
