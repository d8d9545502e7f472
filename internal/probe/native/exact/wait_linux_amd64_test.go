package exact_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/native/exact"
	"github.com/gomedic/gomedic/internal/proc"
)

var noLayout gort.CgoLayout

// startHooked starts a program of testdata, and sets hooks in it.
func startHooked(t *testing.T, name string, preloaded bool) (*running.Program, *exact.Hooks, *proc.Process) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), name)
	gcc(t, "-O2", "-fno-builtin", "-pthread", "-o", bin, "testdata/"+name+".c")
	c := exec.Command(bin)
	if preloaded {
		lib, err := exact.WritePreload(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		c.Env = append(os.Environ(), "LD_PRELOAD="+lib)
	}
	prog := running.Start(t, c)
	prog.Until(t, "ready")
	p, err := proc.Open(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	var h *exact.Hooks
	if preloaded {
		h, err = exact.Preloaded(p)
	} else {
		h, err = exact.Attach(p, noLayout)
	}
	if err != nil {
		t.Fatal(err)
	}
	return prog, h, p
}

func testWaits(t *testing.T, preloaded bool) {
	prog, h, _ := startHooked(t, "confines", preloaded)
	poll := func() {
		if err := h.Poll(); err != nil {
			t.Fatal(err)
		}
	}
	poll()
	if exact.Now() > h.Awake() {
		t.Fatal("nobody waits for room")
	}
	stop, polled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(polled)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				if err := h.Poll(); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	// The child has rings of its own, which nobody empties: it must not wait for that.
	for range rounds(t, 5) {
		fmt.Fprintln(prog.Stdin, "fork")
		prog.Until(t, "child 0")
	}
	close(stop)
	<-polled
	// As after a kill of gomedic: nobody empties the rings any more.
	for exact.Now() <= h.Awake() {
		time.Sleep(time.Millisecond)
	}
	fmt.Fprintln(prog.Stdin, "here")
	prog.Until(t, "done")
	// It is confined now: nobody is to wait again.
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if poll(); h.Awake() == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the program is confined, and its threads are to wait")
		}
	}
	fmt.Fprintln(prog.Stdin, "all")
	prog.Until(t, "done")
	if h.SoFar().Lost == 0 {
		t.Error("the rings were never full")
	}
}

// Where a ring is full, threads wait for gomedic, and only where that can do no harm.
func TestWaits(t *testing.T) { testWaits(t, false) }

func TestWaitsPreloaded(t *testing.T) { testWaits(t, true) }
