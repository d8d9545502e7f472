package proc

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Injection: a thread of the target makes a system call for gomedic. It is pointed
// at a few instructions of ours, in memory that the program does not use (place),
// and its registers are put back afterwards.
//
// gomedic may be killed at any moment, and the kernel then lets the thread go on
// from where it is. So the instructions find the way back by themselves: they make
// the call, put back the signal mask and the registers, and go on where the thread
// was stopped; a process that was made by the call ends. From the moment at which
// the thread is pointed at them, to that at which it is back, it is never in a
// state from which it would not go on rightly.
type call struct {
	nr    uint64
	args  [6]uint64
	forks bool // it returns twice: in the new process with 0
}

// maxTurns bounds the stops that a thread makes during one call: a few, unless
// somebody keeps sending it SIGSTOP.
const maxTurns = 64

// errSignalled is returned for a thread that can make no call at this moment: it
// is about to be given a signal, which would be lost if gomedic were killed.
var errSignalled = errors.New("the thread is being given a signal")

// errTaken is returned for a slot in which another run has left its instructions, or
// is at work.
var errTaken = errors.New("the place is taken")

// inject lets a thread, which must stand at a stop without a signal, make a call,
// and returns its result, and the process that it made, which stands. The thread
// stands again when inject returns, as it stood before.
func inject(tid int, at uint64, c call) (ret int64, child int, err error) {
	var saved unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &saved); err != nil {
		return 0, 0, err
	}
	mask, err := signalMask(tid)
	if err != nil {
		return 0, 0, err
	}
	code, regs, err := way(&saved, mask, at, c)
	if err != nil {
		return 0, 0, err
	}
	before := make([]byte, len(code))
	if _, err := unix.PtracePeekText(tid, uintptr(at), before); err != nil {
		return 0, 0, err
	}
	if isTaken(before) {
		return 0, 0, errTaken
	}
	// The order keeps the promise above: the code is there before the thread is
	// pointed at it, the mask is changed only while the code would put it back.
	if _, err = unix.PtracePokeText(tid, uintptr(at), code); err != nil {
		return 0, 0, err
	}
	if err = unix.PtraceSetRegs(tid, &regs); err == nil {
		if err = setSignalMask(tid, math.MaxUint64); err == nil {
			ret, child, err = run(tid)
		}
	}
	if errors.Is(err, unix.ESRCH) { // it was killed: nothing is left to be put back
		return 0, child, err
	}
	e1 := setSignalMask(tid, mask)
	e2 := unix.PtraceSetRegs(tid, &saved)
	_, e3 := unix.PtracePokeText(tid, uintptr(at), before)
	return ret, child, errors.Join(err, e1, e2, e3)
}

// run lets a thread make the system call that it is pointed at.
func run(tid int) (ret int64, child int, err error) {
	// Without PTRACE_O_EXITKILL, which would end the target with gomedic.
	if err := unix.PtraceSetOptions(tid, unix.PTRACE_O_TRACESYSGOOD|
		unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_TRACEFORK|unix.PTRACE_O_TRACEVFORK); err != nil {
		return 0, 0, err
	}
	inside := false
	sig := 0
	for range maxTurns {
		if err := unix.PtraceSyscall(tid, sig); err != nil {
			return 0, child, err
		}
		ws, err := waitAny(tid)
		if err != nil {
			return 0, child, err
		}
		sig = 0
		switch cause := int(ws) >> 16; {
		case cause == unix.PTRACE_EVENT_CLONE, cause == unix.PTRACE_EVENT_FORK, cause == unix.PTRACE_EVENT_VFORK:
			msg, err := unix.PtraceGetEventMsg(tid)
			if err != nil {
				return 0, child, err
			}
			child = int(msg)
		case cause == 0 && int(ws.StopSignal()) == int(unix.SIGTRAP)|0x80: // ptrace(2), PTRACE_O_TRACESYSGOOD
			if inside = !inside; inside {
				continue
			}
			var regs unix.PtraceRegs
			if err := unix.PtraceGetRegs(tid, &regs); err != nil {
				return 0, child, err
			}
			if ret = result(&regs); restarts(ret) {
				continue // a SIGSTOP came, and the kernel makes the call again
			}
			return ret, child, standStill(tid)
		case cause == 0: // a signal that cannot be blocked
			sig = int(ws.StopSignal())
		}
	}
	return 0, child, errors.Join(ErrNotStopped, standStill(tid))
}

// standStill takes a thread from where it has just left a system call to a stop
// like that of PTRACE_INTERRUPT. Only when it goes on from such a one does the
// kernel look whether its registers, as they are then, ask for a call to be
// restarted (arch_do_signal_or_restart in arch/x86/kernel/signal.c).
func standStill(tid int) error {
	if err := unix.PtraceInterrupt(tid); err != nil {
		return err
	}
	sig := 0
	for range maxTurns {
		if err := unix.PtraceCont(tid, sig); err != nil {
			return err
		}
		ws, err := waitAny(tid)
		if err != nil {
			return err
		}
		if int(ws)>>16 == unix.PTRACE_EVENT_STOP {
			return nil
		}
		if sig = 0; int(ws)>>16 == 0 {
			sig = int(ws.StopSignal())
		}
	}
	return ErrNotStopped
}

// waitAny waits for the next stop of a thread, ESRCH if it has ended. It does not
// sleep in the call, as the news may go to another thread of this process: to one that
// waits for the target's end, if this process has started it. ptrace(2) then still
// tells that the thread stands, and why.
func waitAny(tid int) (unix.WaitStatus, error) {
	for turn := 1; ; turn++ {
		var ws unix.WaitStatus
		got, err := unix.Wait4(tid, &ws, unix.WALL|unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ECHILD), got == tid && (ws.Exited() || ws.Signaled()):
			return ws, unix.ESRCH
		case err != nil || got == tid:
			return ws, err
		}
		if turn < 50 {
			runtime.Gosched()
			continue
		}
		if turn%16 == 0 {
			if ws, ok := standing(tid); ok {
				return ws, nil
			}
			// A main thread that was killed is told of only when all others are gone.
			if !threadAlive(tid, tid) {
				return 0, unix.ESRCH
			}
		}
		time.Sleep(20 * time.Microsecond)
	}
}

// standing returns what a wait would have returned for a thread that stands.
func standing(tid int) (unix.WaitStatus, bool) {
	var info struct { // siginfo_t(3): 128 bytes
		signo, errno, code int32
		_                  [116]byte
	}
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GETSIGINFO, uintptr(tid), 0, uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		return 0, false
	}
	const stopped = 0x7f // wait(2): the low byte of a status
	signal := info.signo & 0xff
	if info.code == int32(unix.SIGTRAP)|0x80 { // a call's beginning or end
		return unix.WaitStatus(info.code<<8 | stopped), true
	}
	if event := info.code >> 8; event == unix.PTRACE_EVENT_STOP || info.signo == int32(unix.SIGTRAP) && event > 0 && event < unix.PTRACE_EVENT_STOP {
		return unix.WaitStatus(event<<16 | signal<<8 | stopped), true
	}
	return unix.WaitStatus(signal<<8 | stopped), true
}

// restarts reports whether a call returned with one of the kernel's own errors that
// stand for "make it again" (include/linux/errno.h).
func restarts(ret int64) bool { return ret <= -512 && ret >= -516 && ret != -515 }

// signalMask returns what ptrace(2) calls the mask of blocked signals, as it will
// be when a call that has changed it for its own time is over.
func signalMask(tid int) (mask uint64, err error) {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GETSIGMASK, uintptr(tid), unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return mask, nil
}

func setSignalMask(tid int, mask uint64) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SETSIGMASK, uintptr(tid), unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// mayCall says why a thread must not be made to call, if so.
func (p *Process) mayCall(tid int) error {
	st, err := readThreadStatus(p.PID, tid)
	if err != nil {
		return unix.ESRCH
	}
	// A filter may end a process for a call that it does not expect (seccomp(2)).
	if isConfined(st) {
		return &Error{Op: "make a system call", PID: p.PID, Reason: Seccomp}
	}
	return nil
}

// makeCalls stops one thread, the one that it harms least, and lets it make calls.
// It returns their results and for how long the thread stood.
func (p *Process) makeCalls(calls []call) (results []int64, stood time.Duration, err error) {
	if !canInject {
		return nil, 0, &Error{Op: "make a system call", PID: p.PID, Reason: Unsupported}
	}
	for range 4 { // a program that is being replaced by another has no thread for a moment
		if results, stood, err = p.tryCalls(calls); err == nil || p.ending() {
			break
		}
	}
	return results, stood, err
}

func (p *Process) tryCalls(calls []call) (results []int64, stood time.Duration, err error) {
	at, ok := p.findPlace()
	if !ok {
		return nil, 0, &Error{Op: "make a system call", PID: p.PID, Reason: NoPlace}
	}
	if _, ok := at.free(p, 0); !ok {
		if err := p.makeRoom(&at); err != nil {
			return nil, 0, err
		}
	}
	tids, err := p.Threads()
	if err != nil {
		return nil, 0, err
	}
	ranks := make(map[int]int, len(tids))
	for _, tid := range tids {
		ranks[tid] = p.harm(tid)
	}
	slices.SortFunc(tids, func(a, b int) int {
		if ranks[a] != ranks[b] {
			return ranks[a] - ranks[b]
		}
		return a - b
	})
	err = &Error{Op: "make a system call", PID: p.PID, Reason: Exited}
	for _, tid := range tids[:min(len(tids), 8)] {
		var own int
		done := make(chan struct{})
		go onOwnThread(func() {
			defer close(done)
			own = unix.Gettid()
			results, stood, err = p.callOn(tid, &at, calls)
		})
		<-done
		threadEnds(own) // and lets go of what it could not stop
		if err == nil {
			return results, stood, nil
		}
	}
	return nil, stood, fmt.Errorf("in a thread of process %d: %w", p.PID, err)
}

// harm ranks threads by what a stop means for them: 0 for one that waits in a call
// that goes on as if nothing had been, 2 for one whose call then fails with EINTR
// (signal(7): "even if they are not interrupted by a signal handler").
func (p *Process) harm(tid int) int {
	w, err := p.WhereIs(tid)
	switch {
	case err != nil:
		return 3
	case w.Running || w.Syscall < 0:
		return 1
	case slices.Contains(neverRestarted, w.Syscall):
		return 2
	}
	return 0
}

// callOn runs on a thread that ends after it.
func (p *Process) callOn(tid int, at *place, calls []call) (results []int64, stood time.Duration, err error) {
	start := time.Now()
	defer func() { stood = time.Since(start) }()
	if err := p.mayCall(tid); err != nil {
		return nil, 0, err
	}
	start = time.Now()
	if err := p.seize(tid); err != nil {
		return nil, 0, err
	}
	sig, err := waitStop(tid)
	if err != nil {
		return nil, 0, err
	}
	defer func() { detach(tid, sig) }()
	if sig != 0 {
		return nil, 0, errSignalled
	}
	p.settle(tid)
	if err := p.mayCall(tid); err != nil { // it may have confined itself meanwhile
		return nil, 0, err
	}
	if !at.holds(p) {
		return nil, 0, &Error{Op: "make a system call", PID: p.PID, Reason: Exited, Detail: "it runs another program now"}
	}
	p.placing.Lock()
	defer p.placing.Unlock()
	slot, ok := at.free(p, tid)
	if !ok {
		return nil, 0, &Error{Op: "make a system call", PID: p.PID, Reason: NoPlace}
	}
	for _, c := range calls {
		ret, _, err := inject(tid, slot, c)
		if err != nil {
			return results, 0, err
		}
		results = append(results, ret)
	}
	return results, 0, nil
}
