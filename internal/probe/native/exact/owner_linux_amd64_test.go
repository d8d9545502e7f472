package exact_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/native/exact"
	"github.com/gomedic/gomedic/internal/proc"
)

// sleeper starts a program of which a thread sleeps in the kernel.
func sleeper(t *testing.T) (*running.Program, *proc.Process) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "deep")
	gcc(t, "-O1", "-pthread", "-o", bin, "testdata/deep.c")
	return begin(t, exec.Command(bin))
}

// A thread that sleeps in the kernel, and so does not come to its stop, keeps the hooks
// neither from being set nor from being taken away.
func TestUninterruptible(t *testing.T) {
	prog, p := sleeper(t)
	tids, err := p.Threads()
	if err != nil {
		t.Fatal(err)
	}
	asleep := false
	for _, tid := range tids {
		asleep = asleep || proc.ThreadState(p.PID, tid) == 'D'
	}
	if !asleep {
		t.Fatal("no thread is in an uninterruptible sleep")
	}
	for range 3 {
		h := attached(t, p)
		ask(t, prog, "go", "ok")
		if err := errors.Join(h.Poll(), h.Libraries()); err != nil {
			t.Fatal(err)
		}
		ask(t, prog, "go", "ok")
		if n := left(result(t, h), 777); n != 100 {
			t.Errorf("%d are left, not 100", n)
		}
		ask(t, prog, "go", "ok")
		if found, err := exact.Clean(p); found || err != nil {
			t.Errorf("hooks were left: %v", err)
		}
	}
}

// While somebody else holds the program, the hooks stay, which is said: the program goes
// on through them, and the next run takes them away.
func TestStay(t *testing.T) {
	prog, p := sleeper(t)
	h := attached(t, p)
	ask(t, prog, "go", "ok")
	tracer := proc.NewTracer(p)
	defer tracer.Close()
	if err := tracer.StopAll(func([]proc.Stopped, int) {
		if err := h.Libraries(); err != nil && !exact.Later(err) {
			t.Errorf("it is no matter of time: %v", err)
		}
		if err := h.Detach(); !errors.Is(err, exact.ErrStay) {
			t.Errorf("detached: %v", err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	rec, err := h.Result()
	if err != nil {
		t.Fatal(err)
	}
	if n := left(rec, 777); n != 50 {
		t.Errorf("%d are left, not 50", n)
	}
	ask(t, prog, "go", "ok")
	if found, err := exact.Clean(p); !found || err != nil {
		t.Errorf("no hooks were left: %v", err)
	}
	ask(t, prog, "go", "ok")
}

// another attaches in a process of its own, and stays until it is told to end.
func another(t *testing.T, pid int, how string) (other *os.Process, kill func()) {
	t.Helper()
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), roleVar+"="+strconv.Itoa(pid), howVar+"="+how)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.StdinPipe(); err != nil { // open until it is over
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	over := false
	kill = func() {
		if !over {
			over = true
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}
	t.Cleanup(kill)
	if s := bufio.NewScanner(out); !s.Scan() || s.Text() != "begins" {
		t.Fatal("it did not attach")
	}
	return c.Process, kill
}

// Of two that would record at the same time the second is told of the first, whose hooks
// stay; once that was killed, they are taken away.
func TestTwo(t *testing.T) {
	prog, p := sleeper(t)
	first, kill := another(t, p.PID, "stays")
	_, err := exact.Attach(p, gort.CgoLayout{})
	if busy, ok := errors.AsType[*exact.Busy](err); !ok || busy.PID != first.Pid {
		t.Errorf("attached while %d records: %v", first.Pid, err)
	}
	_, err = exact.Clean(p)
	if busy, ok := errors.AsType[*exact.Busy](err); !ok || busy.PID != first.Pid {
		t.Errorf("cleaned while %d records: %v", first.Pid, err)
	}
	ask(t, prog, "go", "ok")
	kill()
	if found, err := exact.Clean(p); !found || err != nil {
		t.Errorf("its hooks were not found: %v", err)
	}
	// One whose hooks another has taken over is told so, and leaves them alone.
	h := attached(t, p)
	if err := h.Disown(); err != nil {
		t.Fatal(err)
	}
	second, kill := another(t, p.PID, "stays")
	ask(t, prog, "go", "ok")
	for name, err := range map[string]error{"poll": h.Poll(), "detach": h.Detach()} {
		if busy, ok := errors.AsType[*exact.Busy](err); !ok || busy.PID != second.Pid {
			t.Errorf("%s while %d records: %v", name, second.Pid, err)
		}
	}
	kill()
	if found, err := exact.Clean(p); !found || err != nil {
		t.Errorf("its hooks were not found: %v", err)
	}
	ask(t, prog, "go", "ok")
}

// The code of another version is not written over, and what either has left is taken
// away.
func TestOtherCode(t *testing.T) {
	prog, p := sleeper(t)
	for range 2 {
		for _, how := range []string{"other", "stays"} {
			_, kill := another(t, p.PID, how)
			ask(t, prog, "go", "ok")
			kill()
			ask(t, prog, "go", "ok")
		}
		if found, err := exact.Clean(p); !found || err != nil {
			t.Fatalf("no hooks were found: %v", err)
		}
		ask(t, prog, "go", "ok")
	}
	all, err := exact.Mappings(p)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d mappings, not one for each version: %v", len(all), err)
	}
	h := attached(t, p)
	ask(t, prog, "go", "ok")
	if n := left(result(t, h), 777); n != 50 {
		t.Errorf("%d are left, not 50", n)
	}
	if again, err := exact.Mappings(p); err != nil || len(again) != 2 {
		t.Errorf("%d mappings: %v", len(again), err)
	}
	ask(t, prog, "go", "ok")
}
