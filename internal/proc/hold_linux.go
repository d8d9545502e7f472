package proc

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// hold is the threads of a process that the calling thread has told to stop. It
// belongs to that thread: ptrace(2) binds a tracer to one.
type hold struct {
	p       *Process
	since   time.Time    // the first was told
	signals map[int]int  // of the threads that stand: the signal to hand on, 0: none
	late    map[int]bool // told, and not standing yet
	loose   bool         // one is held that cannot be stopped: it is ending

	mu   sync.Mutex
	told []int         // all threads seized
	over chan struct{} // closed by letGo
}

// mostRounds bounds how often it is looked for threads that have begun meanwhile: each
// round is of those that the ones of the round before have begun until they stood.
const mostRounds = 32

// holdAll tells every thread to stop, also those that begin meanwhile, and waits
// for them until wait is over. Where it finds new ones again and again the error is
// ErrNotStopped. The caller lets go, also after an error.
func (p *Process) holdAll(wait time.Duration) (*hold, error) {
	h := &hold{p: p, since: time.Now(), signals: map[int]int{}, late: map[int]bool{}, over: make(chan struct{})}
	go h.bury()
	deadline := h.since.Add(wait) // for all of them
	tried := map[int]bool{}
	for range mostRounds { // until a round finds no new thread
		tids, err := p.Threads()
		if err != nil {
			return h, err
		}
		fresh := 0
		for _, tid := range tids {
			if tried[tid] {
				continue
			}
			tried[tid] = true
			switch err := p.seize(tid); {
			case err == nil:
				h.mu.Lock()
				h.told = append(h.told, tid)
				h.mu.Unlock()
				h.late[tid] = true
				fresh++
			case errors.Is(err, errSeized):
				h.loose = true
			case !errors.Is(err, unix.ESRCH):
				h.await(deadline)
				return h, err
			}
		}
		h.await(deadline)
		if fresh == 0 {
			return h, nil
		}
	}
	return h, ErrNotStopped
}

// bury waits for threads that were killed while they are held, until all are let go.
// It must be another thread that does: an exec kills them and waits until they are
// buried, with a lock that PTRACE_SEIZE of the next thread waits for (cred_guard_mutex;
// ptrace_attach in kernel/ptrace.c, de_thread in fs/exec.c). Any thread of this process
// may wait for what one of them traces.
func (h *hold) bury() {
	timer := time.NewTimer(stopWait) // most stops are over by then
	defer timer.Stop()
	for {
		select {
		case <-h.over:
			return
		case <-timer.C:
		}
		h.mu.Lock()
		for _, tid := range h.told {
			if ThreadState(h.p.PID, tid) == 'Z' {
				_, _ = unix.Wait4(tid, nil, unix.WALL|unix.WNOHANG, nil)
			}
		}
		h.mu.Unlock()
		timer.Reset(2 * time.Millisecond)
	}
}

// await takes in those that are late, until the deadline.
func (h *hold) await(deadline time.Time) {
	for tid := range h.late {
		sig, err := waitStopUntil(tid, deadline)
		if err == nil {
			h.signals[tid] = sig
			if sig == 0 {
				h.p.settle(tid)
			}
		}
		// Other errors leave it among the late, also that its id has become another
		// thread's, by an exec.
		if err == nil || errors.Is(err, unix.ESRCH) {
			delete(h.late, tid)
		}
	}
}

// awaitRunnable goes on waiting for threads that still have to be given a CPU. One
// in an uninterruptible sleep stays late: it comes to its stop before it executes
// anything of the program.
func (h *hold) awaitRunnable(deadline time.Time) error {
	for {
		h.await(time.Now())
		running := false
		for tid := range h.late {
			s := ThreadState(h.p.PID, tid)
			running = running || s == 'R' || s == 'S' || s == 't' || s == 'T'
		}
		if !running {
			return nil
		}
		if time.Now().After(deadline) {
			return ErrNotStopped
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// threads returns those that stand.
func (h *hold) threads() []Stopped {
	threads := make([]Stopped, 0, len(h.signals))
	for tid := range h.signals {
		if regs, err := registers(tid); err == nil {
			threads = append(threads, Stopped{TID: tid, Regs: regs})
		}
	}
	return threads
}

// letGo lets go of the threads that stand, and reports whether the calling thread
// now holds none at all.
func (h *hold) letGo() bool {
	defer close(h.over)
	clean := !h.loose
	for tid, sig := range h.signals {
		clean = detach(tid, sig) && clean
	}
	for tid := range h.late {
		if sig, err := h.p.patient(tid); err == nil && detach(tid, sig) {
			delete(h.late, tid)
		}
	}
	return clean && len(h.late) == 0
}

// errSeized is returned for a thread that is traced but cannot be stopped.
var errSeized = errors.New("the thread is ending")

// seize attaches the calling thread to one of the target's and asks that to stop.
func (p *Process) seize(tid int) error {
	err := unix.PtraceSeize(tid)
	if err == nil {
		if err = unix.PtraceInterrupt(tid); err != nil {
			return errors.Join(errSeized, err)
		}
		return nil
	}
	if errors.Is(err, unix.EPERM) {
		// Also what the kernel says for a thread that is ending or traced.
		if st, e := readStatus(p.PID); e == nil {
			if n, _ := strconv.Atoi(st["TracerPid"]); n != 0 && n != os.Getpid() && n != unix.Gettid() {
				return &Error{Op: "stop", PID: p.PID, Reason: Traced, Detail: tracerName(n)}
			}
		}
		if !threadAlive(p.PID, tid) {
			return unix.ESRCH
		}
		return &Error{Op: "stop", PID: p.PID, Reason: Forbidden, Err: err}
	}
	return err
}

func threadAlive(pid, tid int) bool {
	s := ThreadState(pid, tid)
	return s != 0 && s != 'Z' && s != 'X'
}

// ThreadState returns the kernel's letter for what a thread does (R, S, D, T, Z …:
// field 3 of /proc/PID/task/TID/stat), 0 if there is no such thread.
func ThreadState(pid, tid int) byte {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(tid) + "/stat")
	if err != nil {
		return 0
	}
	s := string(b)
	if i := strings.LastIndexByte(s, ')'); i >= 0 && i+2 < len(s) {
		return s[i+2]
	}
	return 0
}
