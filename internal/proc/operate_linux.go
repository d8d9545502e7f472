package proc

import (
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Operation is what may be done in a process while all its threads stand. One in an
// uninterruptible sleep does not yet, but executes nothing of the program before it does.
type Operation struct {
	Threads []Stopped // all that stand
	p       *Process
	h       *hold
	at      *place
}

// Call has a thread make a system call of at most six arguments, and returns its
// result, negative for an error number. The error is ErrNotStopped where all threads
// are late.
func (o *Operation) Call(nr uint64, args ...uint64) (int64, error) {
	c := call{nr: nr}
	copy(c.args[:], args)
	o.p.placing.Lock()
	defer o.p.placing.Unlock()
	err := error(unix.ESRCH)
	if len(o.h.late) > 0 {
		err = ErrNotStopped
	}
	for _, t := range o.Threads {
		if o.h.signals[t.TID] != 0 {
			err = errSignalled
			continue
		}
		if err = o.p.mayCall(t.TID); err != nil {
			continue
		}
		slot, ok := o.at.free(o.p, t.TID)
		if !ok {
			slot, ok = o.at.reclaim(o.h, o.Threads)
		}
		if !ok {
			return 0, &Error{Op: "make a system call", PID: o.p.PID, Reason: NoPlace}
		}
		var ret int64
		ret, _, err = inject(t.TID, slot, c)
		return ret, err
	}
	return 0, err
}

// Operate stops all threads, calls f, and lets them go. It returns for how long they
// stood, in all. f must not take long, and returns before the threads go on. Where a
// thread that runs is late to stop it is tried again, a few times: then the error is
// ErrNotStopped.
func (p *Process) Operate(f func(*Operation) error) (stood time.Duration, err error) {
	const tries, pause = 4, 20 * time.Millisecond
	for i := range tries {
		called := false
		var d time.Duration
		d, err = p.operate(func(o *Operation) error {
			called = true
			return f(o)
		})
		stood += d
		if called || !errors.Is(err, ErrNotStopped) || i == tries-1 {
			break
		}
		time.Sleep(pause)
	}
	return stood, err
}

func (p *Process) operate(f func(*Operation) error) (stood time.Duration, err error) {
	if !canInject {
		return 0, &Error{Op: "stop", PID: p.PID, Reason: Unsupported, Detail: "not on this processor"}
	}
	at, ok := p.findPlace()
	if !ok {
		return 0, &Error{Op: "make a system call", PID: p.PID, Reason: NoPlace}
	}
	var own int
	done := make(chan struct{})
	go onOwnThread(func() {
		defer close(done)
		own = unix.Gettid()
		_ = unix.Setpriority(unix.PRIO_PROCESS, own, -20) // the target stands while this thread waits for a CPU
		h, e := p.holdAll(stopWait)
		if e == nil {
			e = h.awaitRunnable(h.since.Add(standWait))
		}
		if e == nil && !at.holds(p) {
			e = &Error{Op: "stop", PID: p.PID, Reason: Exited, Detail: "it runs another program now"}
		}
		if e == nil {
			o := &Operation{Threads: h.threads(), p: p, h: h, at: &at}
			slices.SortFunc(o.Threads, func(a, b Stopped) int {
				if x, y := leastHarm(&a.Regs), leastHarm(&b.Regs); x != y {
					return x - y
				}
				return a.TID - b.TID
			})
			e = f(o)
		}
		h.letGo()
		stood, err = time.Since(h.since), e
	})
	<-done
	threadEnds(own)
	if errors.Is(err, unix.ESRCH) {
		err = &Error{Op: "stop", PID: p.PID, Reason: Exited, Err: err}
	}
	return stood, err
}

// Patch writes to the process's memory, also where the program itself may not write
// (proc(5), /proc/PID/mem).
func (p *Process) Patch(b []byte, addr uint64) error {
	fd, err := unix.Open(p.path("mem"), unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return &Error{Op: "write", PID: p.PID, Reason: Forbidden, Err: err}
	}
	defer unix.Close(fd)
	n, err := unix.Pwrite(fd, b, int64(addr))
	if err != nil || n != len(b) {
		return errors.Join(ErrWrite, err)
	}
	return nil
}
