package proc

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// stopWait bounds how long a thread may take to come to its stop. A thread in
// an uninterruptible sleep does not come; it is then let go untouched.
const stopWait = 20 * time.Millisecond

// Tracer stops single threads, or all, for an instant. ptrace(2) binds a tracer
// to one thread of its own process, so a Tracer keeps one; Close ends it. All
// stops are counted in Stops.
type Tracer struct {
	p    *Process
	mu   sync.Mutex
	jobs chan func() bool
	tid  int // of its thread
	cost Stops
}

// NewTracer returns a Tracer for p. It touches the target only when it is asked
// to stop something.
func NewTracer(p *Process) *Tracer { return &Tracer{p: p} }

// Close ends the tracer's thread. The target is not stopped at this point.
func (t *Tracer) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.jobs != nil {
		close(t.jobs)
		t.jobs = nil
	}
}

// Cost returns what the stops have cost so far.
func (t *Tracer) Cost() Stops {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cost
}

// do runs f on the tracer's thread. f returns false if that thread may still
// trace something that it could not let go: the thread then ends, upon which
// the kernel lets go.
func (t *Tracer) do(f func() bool) {
	if t.jobs == nil {
		jobs := make(chan func() bool)
		t.jobs = jobs
		tid := make(chan int)
		go onOwnThread(func() {
			tid <- unix.Gettid()
			// The target stands while this thread waits for a CPU: take one first,
			// where that is allowed.
			_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -20)
			for f := range jobs {
				f()
			}
		})
		t.tid = <-tid
	}
	clean := make(chan bool)
	t.jobs <- func() bool { ok := f(); clean <- ok; return ok }
	if !<-clean {
		close(t.jobs)
		t.jobs = nil
		threadEnds(t.tid)
	}
}

// onOwnThread runs f on a thread that ends with it. The main thread would not:
// the Go runtime parks it for ever (runtime.mexit), and what it traces with it.
func onOwnThread(f func()) {
	runtime.LockOSThread() // never unlocked
	if unix.Gettid() != unix.Getpid() {
		f()
		return
	}
	done := make(chan struct{})
	go func() { // not on this thread, which is locked
		runtime.LockOSThread()
		close(done)
		f()
	}()
	<-done
	runtime.UnlockOSThread()
}

// threadEnds waits until a thread of this process has ended, and so let go of
// what it traced.
func threadEnds(tid int) {
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(100 * time.Microsecond) {
		if !threadAlive(os.Getpid(), tid) {
			return
		}
	}
}

// StopThread stops one thread, calls f with its registers, and lets it go. The
// rest of the program runs on. f must be short: the thread stands meanwhile.
func (t *Tracer) StopThread(tid int, f func(Registers)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var err error
	t.do(func() bool {
		start := time.Now()
		if err = t.p.seize(tid); err != nil {
			return !errors.Is(err, errSeized)
		}
		var sig int
		if sig, err = waitStop(tid); errors.Is(err, ErrNotStopped) {
			sig, err = t.p.patient(tid)
		}
		if err != nil {
			return false
		}
		if sig == 0 {
			t.p.settle(tid)
		}
		regs, e := registers(tid)
		if e == nil {
			f(regs)
		}
		err = e
		ok := detach(tid, sig)
		t.count(time.Since(start))
		return ok
	})
	return err
}

// StopAll stops every thread, calls f, and lets them go. Threads that begin
// while it works are caught too. f sees the threads that came to a stop; late
// says how many did not.
//
// A program that calls exec at this very moment can only go on when this process
// ends, or when the kernel has let go of all: gomedic's commands stop single
// threads instead.
func (t *Tracer) StopAll(f func(threads []Stopped, late int)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var err error
	t.do(func() bool {
		h, e := t.p.holdAll(stopWait)
		if err = e; err == nil {
			f(h.threads(), len(h.late))
		}
		clean := h.letGo()
		t.count(time.Since(h.since))
		return clean
	})
	return err
}

func (t *Tracer) count(d time.Duration) {
	t.cost.Count++
	t.cost.Total += d
	t.cost.Longest = max(t.cost.Longest, d)
}

// waitStop waits until tid stands, and returns the signal that must be handed
// on when it is let go: a signal that was about to be delivered at that moment.
func waitStop(tid int) (sig int, err error) { return waitStopUntil(tid, time.Now().Add(stopWait)) }

func waitStopUntil(tid int, deadline time.Time) (sig int, err error) {
	for spin := 0; ; spin++ {
		var ws unix.WaitStatus
		got, err := unix.Wait4(tid, &ws, unix.WALL|unix.WNOHANG, nil)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return 0, err
		}
		if got == tid {
			switch {
			case ws.Exited() || ws.Signaled():
				return 0, unix.ESRCH
			case ws.Stopped() && int(ws)>>16 == unix.PTRACE_EVENT_STOP:
				return 0, nil
			case ws.Stopped() && int(ws)>>16 == 0:
				return int(ws.StopSignal()), nil
			}
		}
		if time.Now().After(deadline) {
			if ws, ok := standing(tid); !ok {
				return 0, ErrNotStopped
			} else if int(ws)>>16 == 0 {
				return int(ws.StopSignal()), nil
			}
			return 0, nil
		}
		if spin < 50 {
			runtime.Gosched()
		} else {
			time.Sleep(20 * time.Microsecond)
		}
	}
}

// detach lets a thread go, and reports whether this thread surely holds it no
// longer. A thread that was killed while it stood, such as by an exec of another,
// cannot be detached; it stays as a zombie, for which that exec waits, until it is
// waited for.
func detach(tid, sig int) bool {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, uintptr(tid), 0, uintptr(sig), 0, 0)
	if errno == 0 {
		return true
	}
	for range 100 {
		var ws unix.WaitStatus
		got, err := unix.Wait4(tid, &ws, unix.WALL|unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.ECHILD), got == tid && (ws.Exited() || ws.Signaled()):
			return true // it is no tracee of this thread any more
		case err != nil && !errors.Is(err, unix.EINTR):
			return false
		}
		time.Sleep(20 * time.Microsecond)
	}
	return false
}

// WhereIs reads /proc/PID/task/TID/syscall: what a blocked thread waits in.
func (p *Process) WhereIs(tid int) (Where, error) {
	b, err := os.ReadFile(p.path("task/" + strconv.Itoa(tid) + "/syscall"))
	if err != nil {
		return Where{}, err
	}
	return parseSyscall(string(b))
}

func parseSyscall(s string) (Where, error) {
	f := strings.Fields(s)
	if len(f) == 1 && f[0] == "running" {
		return Where{Running: true, Syscall: -1}, nil
	}
	if len(f) < 3 {
		return Where{}, errors.New("unexpected form of the syscall file")
	}
	n, err := strconv.ParseInt(f[0], 10, 64)
	if err != nil {
		return Where{}, err
	}
	w := Where{Syscall: n}
	for i := 0; n >= 0 && i < len(w.Args) && i+3 < len(f); i++ {
		if w.Args[i], err = strconv.ParseUint(f[i+1], 0, 64); err != nil {
			return Where{}, err
		}
	}
	if w.SP, err = strconv.ParseUint(f[len(f)-2], 0, 64); err != nil {
		return Where{}, err
	}
	if w.PC, err = strconv.ParseUint(f[len(f)-1], 0, 64); err != nil {
		return Where{}, err
	}
	return w, nil
}
