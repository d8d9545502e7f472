package proc

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A thread that is abandoned, at whatever point of a call, finds its way back; the
// copy that it has made ends, and what remains is taken away.
func TestAbandoned(t *testing.T) {
	needCopies(t)
	h := start(t, "sleepers", quiet)
	p, err := Open(h.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	at, ok := p.findPlace()
	if !ok {
		t.Fatal("no place")
	}
	masks := blocked(t, p)
	const steps = 9
	for step := range steps {
		t.Run(fmt.Sprint("step ", step), func(t *testing.T) {
			before := h.rounds(t)
			tids, err := p.Threads()
			if err != nil {
				t.Fatal(err)
			}
			abandoned := 0
			for _, tid := range tids {
				done := make(chan int)
				go onOwnThread(func() {
					if abandon(p, tid, at.addr, step) {
						abandoned++
					}
					done <- unix.Gettid()
				})
				threadEnds(<-done)
				// The place is taken until the thread has left it.
				for end := time.Now().Add(time.Minute); inPlace(p, tid, at.addr); {
					if time.Now().After(end) {
						t.Fatalf("thread %d does not find back", tid)
					}
				}
			}
			if abandoned < len(waits) {
				t.Errorf("%d threads were abandoned", abandoned)
			}
			for end := time.Now().Add(time.Minute); !all(h.rounds(t), before, 2); {
				if time.Now().After(end) {
					t.Fatalf("the waits do not end: %v, then %v", before, h.rounds(t))
				}
			}
			for tid, mask := range blocked(t, p) {
				if was, ok := masks[tid]; ok && was != mask && strings.Trim(mask, "0") != "" {
					t.Errorf("thread %d blocks signals %s, before %s", tid, mask, was)
				}
			}
			left := childrenOf(t, p.PID)
			for end := time.Now().Add(time.Minute); strings.Count(strings.Join(left, ","), "Z") < len(left); {
				if left = childrenOf(t, p.PID); time.Now().After(end) {
					t.Fatalf("these did not end: %v", left)
				}
			}
			if step > 0 && len(left) != abandoned {
				t.Errorf("%d copies ended, of %d", len(left), abandoned)
			}
			if n, err := p.ReapLeftovers(); err != nil || n != len(left) {
				t.Errorf("%d of %d were taken away, %v", n, len(left), err)
			}
			if left := childrenOf(t, p.PID); len(left) > 0 {
				t.Errorf("children remain: %v", left)
			}
		})
	}
}

// abandon leaves a thread of the target after a number of the steps of inject, and
// reports whether it came to them. The calling thread has to end then.
func abandon(p *Process, tid int, at uint64, steps int) bool {
	if p.seize(tid) != nil {
		return false
	}
	if sig, err := waitStop(tid); err != nil || sig != 0 {
		return false
	}
	var saved unix.PtraceRegs
	if unix.PtraceGetRegs(tid, &saved) != nil {
		return false
	}
	mask, err := signalMask(tid)
	if err != nil {
		return false
	}
	code, regs, err := way(&saved, mask, at, call{nr: unix.SYS_CLONE, args: [6]uint64{unix.CLONE_FILES}, forks: true})
	if err != nil {
		return false
	}
	turn := func() error {
		if err := unix.PtraceSyscall(tid, 0); err != nil {
			return err
		}
		_, err := waitAny(tid)
		return err
	}
	for i, do := range []func() error{
		func() error { _, err := unix.PtracePokeText(tid, uintptr(at), code); return err },
		func() error { return unix.PtraceSetRegs(tid, &regs) },
		func() error { return setSignalMask(tid, ^uint64(0)) },
		func() error {
			return unix.PtraceSetOptions(tid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE)
		},
		turn, // before the call
		turn, // the copy is made
		turn, // behind the call
		func() error { return standStill(tid) },
		func() error { return setSignalMask(tid, mask) },
	} {
		if i > steps {
			break
		}
		if do() != nil {
			return false
		}
	}
	return true
}

// inPlace reports whether a thread stands in the code injected.
func inPlace(p *Process, tid int, at uint64) bool {
	in := false
	tr := NewTracer(p)
	defer tr.Close()
	err := tr.StopThread(tid, func(r Registers) { in = r.PC >= at && r.PC < at+slotSize })
	return in || errors.Is(err, ErrNotStopped)
}

// A program that somebody has stopped stays so, and is copied all the same.
func TestSnapshotOfAStoppedProgram(t *testing.T) {
	needCopies(t)
	r := startRanks(t)
	if err := r.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	state := func() string {
		st, err := readStatus(r.p.PID)
		if err != nil {
			t.Fatal(err)
		}
		return st["State"][:1]
	}
	for end := time.Now().Add(time.Minute); state() != "T"; {
		if time.Now().After(end) {
			t.Fatal("it does not stop")
		}
	}
	for range 5 {
		s := snapshot(t, r.p, SnapshotOptions{})
		readRow(t, s, r.row)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for end := time.Now().Add(time.Minute); state() != "T"; {
			if time.Now().After(end) {
				t.Fatalf("it is in state %s", state())
			}
		}
	}
	if err := r.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r.goesOn(t)
	if left := childrenOf(t, r.p.PID); len(left) > 0 {
		t.Errorf("children remain: %v", left)
	}
}

// Signals that come during snapshots reach the program, each of them.
func TestSnapshotsLoseNoSignal(t *testing.T) {
	needCopies(t)
	h := start(t, "worker")
	p, err := Open(h.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 60 {
		if err := h.Process.Signal(syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		if err := snapshot(t, p, SnapshotOptions{}).Close(); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(time.Minute); ; {
			if _, got := h.ask(t); got == uint64(n+1) {
				break
			} else if got > uint64(n+1) || time.Now().After(end) {
				t.Fatalf("%d of %d signals came", got, n+1)
			}
		}
	}
	h.runsOn(t)
}

// A target that ends while it is copied, or while its copy is read, is said to have
// ended, or the copy stays good.
func TestSnapshotOfAnEndingProgram(t *testing.T) {
	needCopies(t)
	for i := range 20 {
		r := startRanks(t)
		s, err := r.p.Snapshot(context.Background(), SnapshotOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			<-time.After(rand.N(3 * time.Millisecond)) // any moment of what follows
			if i%2 == 0 {
				r.Process.Kill()
			} else {
				r.in.Close()
			}
			close(ended)
		}()
		for {
			more, err := r.p.Snapshot(context.Background(), SnapshotOptions{})
			if err != nil {
				if reason := ReasonOf(err); reason != Exited {
					t.Errorf("snapshot: %v", err)
				}
				break
			}
			if err := more.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		<-ended
		r.Wait()
		readRow(t, s, r.row)
		if err := s.Close(); err != nil {
			t.Errorf("close after its end: %v", err)
		}
	}
}

// A program that calls exec while it is copied goes on.
func TestSnapshotDuringExec(t *testing.T) {
	needCopies(t)
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
	late := time.After(time.Minute)
	for taken, failed, unreaped := 0, 0, 0; ; {
		s, err := p.Snapshot(context.Background(), SnapshotOptions{})
		if err == nil {
			taken++
			if err := s.Close(); err != nil {
				unreaped++
			}
		} else {
			failed++
		}
		select {
		case line := <-ended:
			if line != "done\n" || taken == 0 {
				t.Errorf("it said %q after %d snapshots, %d failed", line, taken, failed)
			}
			t.Logf("%d snapshots, %d of their zombies left to the next; %d failed", taken, unreaped, failed)
			return
		case <-late:
			t.Fatalf("it does not go on, after %d snapshots: %v", taken, traced(t, p.PID))
		default:
		}
	}
}

// settled waits until what a killed run has begun is over: a clone in the middle of
// which it was killed is still made. It returns what is left of it.
func settled(t *testing.T, p *Process, kills int) (left []string) {
	t.Helper()
	at, ok := p.findPlace()
	if !ok {
		t.Fatal("no place")
	}
	tr := NewTracer(p)
	defer tr.Close()
	for end := time.Now().Add(time.Minute); ; {
		back := false
		if err := tr.StopAll(func(threads []Stopped, late int) {
			back = late == 0
			for _, s := range threads {
				back = back && (s.Regs.PC < at.addr || s.Regs.PC >= at.addr+uint64(at.slots)*slotSize)
			}
		}); err != nil {
			t.Fatal(err)
		}
		left = childrenOf(t, p.PID)
		if back && strings.Count(strings.Join(left, ","), "Z") == len(left) {
			return left
		}
		if time.Now().After(end) {
			t.Fatalf("after %d kills, its threads are back: %v; these are left: %v", kills, back, left)
		}
	}
}

// Killed at whatever moment, whoever takes snapshots leaves the target running and no
// frozen copy; the zombie that may be left is gone after the next one.
func TestSnapperKilled(t *testing.T) {
	needCopies(t)
	const kills = 200
	r := startRanks(t, "PROC_TEST_BALLAST=128")
	zombies := 0
	for n := range kills {
		s := start(t, "snapper", fmt.Sprintf("PROC_TEST_PID=%d", r.p.PID))
		<-time.After(rand.N(30 * time.Millisecond)) // any moment
		if err := s.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		s.Wait()
		if status := s.ProcessState.String(); status != "signal: killed" {
			t.Fatalf("the snapper ended before: %s", status)
		}
		untraced(t, r.p.PID)
		left := settled(t, r.p, n)
		zombies += len(left)
		if n%4 == 0 {
			if err := snapshot(t, r.p, SnapshotOptions{}).Close(); err != nil {
				t.Fatal(err)
			}
			if left := childrenOf(t, r.p.PID); len(left) > 0 {
				t.Fatalf("after the next snapshot these are left: %v", left)
			}
		}
		if n%20 == 0 {
			r.goesOn(t)
		}
	}
	if zombies == 0 {
		t.Error("no kill came while there was a copy")
	}
	t.Logf("%d kills left a zombie", zombies)
	if _, err := r.p.ReapLeftovers(); err != nil {
		t.Error(err)
	}
	if left := childrenOf(t, r.p.PID); len(left) > 0 {
		t.Errorf("children remain: %v", left)
	}
	s := snapshot(t, r.p, SnapshotOptions{})
	readRow(t, s, r.row)
	r.goesOn(t)
}
