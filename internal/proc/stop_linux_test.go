package proc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The programs of these tests are this test binary itself, told by its
// environment what to be.
func TestMain(m *testing.M) {
	switch os.Getenv("PROC_TEST_ROLE") {
	case "worker":
		worker()
	case "stopper":
		stopper()
	case "execer":
		execer()
	case "ranks":
		ranks()
	case "sleepers":
		sleepers()
	case "snapper":
		snapper()
	}
	os.Exit(m.Run())
}

const workers = 6

// worker computes on several threads and counts the signals that it gets. It
// answers each line of its input with how often each thread has gone round, and
// the number of signals, and ends with its input.
func worker() {
	var rounds [workers]atomic.Uint64
	var signals atomic.Uint64
	runtime.GOMAXPROCS(workers + 2)
	var begun sync.WaitGroup
	begun.Add(workers)
	for i := range rounds {
		go func() {
			runtime.LockOSThread()
			begun.Done()
			pause := syscall.Timespec{Nsec: 50_000}
			for n := uint64(0); ; n++ {
				rounds[i].Store(n)
				if i%2 == 0 { // the others never leave user mode
					if err := syscall.Nanosleep(&pause, nil); err != nil && err != syscall.EINTR {
						panic(err)
					}
				}
			}
		}()
	}
	c := make(chan os.Signal, 1<<16)
	signal.Notify(c, syscall.SIGUSR1)
	go func() {
		for range c {
			signals.Add(1)
		}
	}()
	begun.Wait()
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		for i := range rounds {
			fmt.Print(rounds[i].Load(), " ")
		}
		fmt.Println(signals.Load())
	}
	os.Exit(0)
}

// stopper stops a process again and again.
func stopper() {
	pid, err := strconv.Atoi(os.Getenv("PROC_TEST_PID"))
	if err != nil {
		panic(err)
	}
	p, err := Open(pid)
	if err != nil {
		panic(err)
	}
	fmt.Println("ready")
	t := NewTracer(p)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if err := t.StopAll(func([]Stopped, int) {}); err != nil {
			panic(err)
		}
		tids, err := p.Threads()
		if err != nil {
			panic(err)
		}
		for _, tid := range tids {
			t.StopThread(tid, func(Registers) {})
		}
	}
	os.Exit(0)
}

// execer replaces its own program again and again, from a thread that is not the
// main one, while others compute; and ends after a while.
func execer() {
	n, _ := strconv.Atoi(os.Getenv("PROC_TEST_ROUND"))
	if n == 0 {
		fmt.Println("ready")
	}
	if n == execs {
		fmt.Println("done")
		os.Exit(0)
	}
	for range 3 {
		go func() {
			for i := uint64(0); ; i++ {
				sink.Store(i)
			}
		}()
	}
	os.Setenv("PROC_TEST_ROUND", strconv.Itoa(n+1))
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		time.Sleep(5 * time.Millisecond) // in which it is stopped a few times: how often does not matter
		done <- syscall.Exec(os.Args[0], os.Args, os.Environ())
	}()
	panic(<-done)
}

const execs = 100

var sink atomic.Uint64

// helper is a running program of these tests.
type helper struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(t *testing.T, role string, env ...string) *helper {
	t.Helper()
	h := &helper{Cmd: exec.Command(os.Args[0])}
	h.Env = append(append(os.Environ(), "PROC_TEST_ROLE="+role), env...)
	h.Stderr = os.Stderr
	var err error
	if h.in, err = h.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := h.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	h.out = bufio.NewReader(out)
	if err := h.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.Process.Kill() // if it has not ended
		h.Wait()
	})
	if line, err := h.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("%s: %q, %v", role, line, err)
	}
	return h
}

// ask returns the worker's rounds and signals.
func (h *helper) ask(t *testing.T) (rounds [workers]uint64, signals uint64) {
	t.Helper()
	if _, err := io.WriteString(h.in, "\n"); err != nil {
		t.Fatal(err)
	}
	answer := make(chan string, 1)
	go func() {
		line, _ := h.out.ReadString('\n')
		answer <- line
	}()
	select {
	case line := <-answer:
		f := strings.Fields(line)
		if len(f) != workers+1 {
			t.Fatalf("the worker says %q", line)
		}
		for i := range f {
			n, err := strconv.ParseUint(f[i], 10, 64)
			if err != nil {
				t.Fatalf("the worker says %q: %v", line, err)
			}
			if i < workers {
				rounds[i] = n
			} else {
				signals = n
			}
		}
	case <-time.After(time.Minute):
		t.Fatal("the worker does not answer")
	}
	return rounds, signals
}

// runsOn fails the test unless every thread of the worker goes on.
func (h *helper) runsOn(t *testing.T) {
	t.Helper()
	before, _ := h.ask(t)
	for end := time.Now().Add(time.Minute); ; {
		now, _ := h.ask(t)
		still := 0
		for i := range now {
			if now[i] == before[i] {
				still++
			}
		}
		if still == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d threads stand: %v, then %v", still, workers, before, now)
		}
	}
}

// traced returns the threads of a process that stand, or that somebody traces.
func traced(t *testing.T, pid int) []string {
	t.Helper()
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no threads of %d: %v", pid, err)
	}
	var out []string
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		st := parseStatus(b)
		if s := st["State"]; strings.HasPrefix(s, "t") || strings.HasPrefix(s, "T") || st["TracerPid"] != "0" {
			out = append(out, fmt.Sprintf("%s: %s, traced by %s", st["Pid"], s, st["TracerPid"]))
		}
	}
	return out
}

// untraced waits for traced to return nothing.
func untraced(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; {
		held := traced(t, pid)
		if len(held) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("these stand still: %s", strings.Join(held, "; "))
		}
	}
}

// All threads stand while f runs, and go on after it.
func TestStopAll(t *testing.T) {
	h := start(t, "worker")
	p, err := Open(h.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	tr := NewTracer(p)
	defer tr.Close()
	whole := 0 // rounds in which all stood
	for range 50 {
		err := tr.StopAll(func(threads []Stopped, late int) {
			if late == 0 && len(threads) >= workers {
				whole++
			}
			all, err := p.Threads()
			if err != nil {
				t.Error(err)
			}
			if len(threads)+late != len(all) || len(threads)+late < workers {
				t.Errorf("%d threads stand and %d are late, of %d", len(threads), late, len(all))
			}
			for _, s := range threads {
				if s.Regs.PC == 0 || s.Regs.SP == 0 || len(s.Regs.All) == 0 {
					t.Errorf("thread %d without registers", s.TID)
				}
			}
			// On a busy machine some are late: they are held, and do not stand yet.
			if held := traced(t, p.PID); len(held) != len(threads)+late {
				t.Errorf("%d threads stand and %d are late: %v", len(threads), late, held)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if whole < 25 {
		t.Errorf("all threads stood in %d of 50 rounds only", whole)
	}
	if c := tr.Cost(); c.Count != 50 || c.Total <= 0 || c.Longest > c.Total {
		t.Errorf("the cost: %+v", c)
	}
	untraced(t, p.PID)
	h.runsOn(t)
}

// Signals that come while threads are stopped and let go reach the program, each
// of them.
func TestStopsLoseNoSignal(t *testing.T) {
	h := start(t, "worker")
	p, err := Open(h.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	tr := NewTracer(p)
	defer tr.Close()
	tids, err := p.Threads()
	if err != nil {
		t.Fatal(err)
	}
	const signals = 400
	for n := range signals {
		if err := h.Process.Signal(syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		// On a busy machine it may be late: it is told to stop all the same.
		if err := tr.StopThread(tids[n%len(tids)], func(Registers) {}); err != nil && !errors.Is(err, ErrNotStopped) {
			t.Fatal(err)
		}
		// The kernel keeps one signal of a kind: wait for it before the next.
		for end := time.Now().Add(time.Minute); ; {
			if _, got := h.ask(t); got == uint64(n+1) {
				break
			} else if got > uint64(n+1) || time.Now().After(end) {
				t.Fatalf("%d of %d signals came", got, n+1)
			}
		}
	}
}

// A program that somebody has stopped (SIGSTOP, Ctrl-Z) stays stopped, and goes
// on when it is told to.
func TestStoppedStaysStopped(t *testing.T) {
	h := start(t, "worker")
	p, err := Open(h.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	state := func() string {
		st, err := readStatus(p.PID)
		if err != nil {
			t.Fatal(err)
		}
		return st["State"][:1]
	}
	if err := h.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); state() != "T"; {
		if time.Now().After(end) {
			t.Fatal("it does not stop")
		}
	}
	tr := NewTracer(p)
	defer tr.Close()
	stood := 0
	for range 20 {
		if err := tr.StopAll(func(threads []Stopped, _ int) { stood += len(threads) }); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); state() != "T"; {
			if time.Now().After(end) {
				t.Fatalf("it is in state %s", state())
			}
		}
	}
	if stood == 0 {
		t.Error("no registers could be had")
	}
	if err := h.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	h.runsOn(t)
}

// A tracer that is killed at whatever moment leaves the program running.
func TestTracerKilled(t *testing.T) {
	const kills = 200
	h := start(t, "worker")
	for range kills {
		s := start(t, "stopper", fmt.Sprintf("PROC_TEST_PID=%d", h.Process.Pid))
		<-time.After(rand.N(8 * time.Millisecond)) // any moment
		if err := s.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		s.Wait()
		if status := s.ProcessState.String(); status != "signal: killed" {
			t.Fatalf("the tracer ended before: %s", status)
		}
		untraced(t, h.Process.Pid)
	}
	h.runsOn(t)
}

// Threads that end while they are stopped do no harm, and are not waited for.
func TestStopOfAnEndedThread(t *testing.T) {
	h := start(t, "worker")
	p, err := Open(h.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	tr := NewTracer(p)
	defer tr.Close()
	h.in.Close()
	h.Wait()
	if err := tr.StopThread(p.PID, func(Registers) { t.Error("an ended thread was stopped") }); err == nil {
		t.Error("no error")
	}
	if err := tr.StopAll(func(threads []Stopped, _ int) {
		if len(threads) > 0 {
			t.Errorf("%d threads of an ended process", len(threads))
		}
	}); ReasonOf(err) != Exited {
		t.Errorf("error %v", err)
	}
}

// A program that calls exec, which kills all threads but one, is not held up by a
// thread of it that was just stopped.
func TestStopDuringExec(t *testing.T) {
	h := start(t, "execer")
	p, err := Open(h.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan string, 1)
	go func() {
		line, _ := h.out.ReadString('\n')
		ended <- line
	}()
	tr := NewTracer(p)
	defer tr.Close()
	late := time.After(time.Minute)
	for stops := 0; ; {
		tids, _ := p.Threads()
		for _, tid := range tids {
			if tr.StopThread(tid, func(Registers) {}) == nil {
				stops++
			}
		}
		select {
		case line := <-ended:
			if line != "done\n" || stops < 100 {
				t.Errorf("it said %q after %d stops", line, stops)
			}
			return
		case <-late:
			t.Fatalf("it does not go on, after %d stops: %v", stops, traced(t, p.PID))
		default:
		}
	}
}
