package exact_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/native/exact"
	"github.com/gomedic/gomedic/internal/proc"
)

func gcc(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("gcc %v: %v\n%s", args, err, out)
	}
}

type target struct {
	*proc.Process
	in    io.Writer
	lines *bufio.Scanner
	last  uint64
}

func start(t testing.TB, args ...string) *target {
	t.Helper()
	dir := t.TempDir()
	bin, lib := filepath.Join(dir, "churn8"), filepath.Join(dir, "later.so")
	gcc(t, "-O2", "-pthread", "-o", bin, "testdata/churn8.c")
	gcc(t, "-O2", "-shared", "-fPIC", "-o", lib, "testdata/later.c")
	for i := range args {
		if args[i] == "LIB" {
			args[i] = lib
		}
	}
	prog := running.Start(t, exec.Command(bin, args...))
	x := &target{in: prog.Stdin, lines: prog.Lines}
	if !x.lines.Scan() {
		t.Fatal("the program ended")
	}
	var err error
	if x.Process, err = proc.Open(prog.PID); err != nil {
		t.Fatal(err)
	}
	return x
}

// alive: the program goes on, and its heap is whole.
func (x *target) alive(t testing.TB) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		fmt.Fprintln(x.in)
		if !x.lines.Scan() {
			t.Fatal("the program ended")
		}
		var n uint64
		if _, err := fmt.Sscanf(x.lines.Text(), "ok %d", &n); err != nil {
			t.Fatalf("the program says %q", x.lines.Text())
		}
		if n > x.last {
			x.last = n
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("it does not go on: %d", x.last)
}

func rounds(t testing.TB, few int) int {
	if v, err := strconv.Atoi(os.Getenv("GOMEDIC_ROUNDS")); err == nil {
		return v
	}
	return few
}

const (
	roleVar = "GOMEDIC_TEST_EXACT"
	howVar  = "GOMEDIC_TEST_EXACT_HOW" // "stays": it stays attached; "other": so does another version
)

func TestMain(m *testing.M) {
	pid, err := strconv.Atoi(os.Getenv(roleVar))
	if err != nil {
		os.Exit(m.Run())
	}
	p, err := proc.Open(pid)
	if err != nil {
		panic(err)
	}
	if how := os.Getenv(howVar); how != "" {
		if how == "other" {
			exact.OtherCode()
		}
		if _, err := exact.Attach(p, gort.CgoLayout{}); err != nil {
			panic(err)
		}
		fmt.Println("begins")
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
	}
	// Attaches and detaches for ever, until it is killed.
	fmt.Println("begins")
	for {
		h, err := exact.Attach(p, gort.CgoLayout{})
		if err != nil {
			panic(err)
		}
		for range 3 {
			if err := errors.Join(h.Poll(), h.Libraries()); err != nil {
				panic(err)
			}
		}
		if err := h.Detach(); err != nil {
			panic(err)
		}
	}
}

// Killed at any moment of it, the program goes on, and the next run takes away what
// is left.
func TestKilled(t *testing.T) {
	x := start(t, "8", "LIB")
	left := 0
	for i := range rounds(t, 20) {
		c := exec.Command("/proc/self/exe")
		c.Env = append(os.Environ(), roleVar+"="+strconv.Itoa(x.PID))
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		bufio.NewScanner(out).Scan()
		time.Sleep(rand.N(30 * time.Millisecond)) // the moment at which it is killed
		c.Process.Kill()
		c.Wait()
		x.alive(t)
		found, err := exact.Clean(x.Process)
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		if found {
			left++
		}
		x.alive(t)
		if again, err := exact.Clean(x.Process); again || err != nil {
			t.Fatalf("round %d: hooks are left: %v", i, err)
		}
	}
	t.Logf("hooks were left %d times", left)
	if left == 0 {
		t.Error("it was never killed while the hooks were in place")
	}
}

// Attached and detached again and again while eight threads allocate, the heap stays
// whole, and what is recorded adds up.
func TestCycles(t *testing.T) {
	x := start(t, "8", "LIB")
	n := rounds(t, 20)
	for i := range n {
		h, err := exact.Attach(x.Process, gort.CgoLayout{})
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		for turn := 0; turn < 5 || turn < 2000 && h.Seen() == 0; turn++ {
			if err := h.Poll(); err != nil {
				t.Fatalf("round %d: %v", i, err)
			}
			if err := h.Libraries(); err != nil {
				t.Fatalf("round %d: %v", i, err)
			}
		}
		if err := h.Detach(); err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		rec, err := h.Result()
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		// Each thread holds 512 at most, 64 are shared; what a thread was about to do
		// with realloc counts once more.
		if left := len(rec.Left); rec.Allocs == 0 || rec.Lost == 0 && left > 8*512+64+200 {
			t.Errorf("round %d: %d allocated, %d freed, %d lost, %d left", i, rec.Allocs, rec.Frees, rec.Lost, left)
		}
		x.alive(t)
		if i == 0 || i == n-1 {
			t.Logf("%d allocated, %d freed, %d lost, %d left; longest stop %v", rec.Allocs, rec.Frees, rec.Lost, len(rec.Left), h.Longest)
		}
	}
	if found, err := exact.Clean(x.Process); found || err != nil {
		t.Errorf("something was left: %v", err)
	}
}
