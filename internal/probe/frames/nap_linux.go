package frames

import (
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// nap is how the watch sleeps between two looks, so that it takes little from a
// program with which it shares the processors.
//
// It does not sleep by the scheduler's timers, and does not tell the scheduler that
// it sleeps: the runtime's monitor (runtime/proc.go, sysmon) looks at a thread in a
// system call that blocks about 2,000 times a second, and those looks took half of
// what the watch took in all.
type nap struct {
	late   int // times in a row that it was woken late
	raised bool
	nice   int // before
}

// Where the target is starved of CPU, so is the one who watches. Its thread then
// asks for more than its share of what little it needs; not before, as it would
// take the processor from a program that draws.
const (
	overslept    = 3 * time.Millisecond
	oversleeping = 3
	urgent       = -15 // nice
)

// sleep sleeps on the calling thread, to which the goroutine is locked.
func (n *nap) sleep(d time.Duration) {
	start := monotonic()
	ts := unix.NsecToTimespec(int64(d))
	if runtime.GOMAXPROCS(0) == 1 { // other goroutines need the processor meanwhile
		_ = unix.Nanosleep(&ts, nil)
	} else {
		// The runtime's signals, as to stop the world, end it early: then as well.
		_, _, _ = unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0, 0)
	}
	if n.raised {
		return
	}
	if time.Duration(monotonic()-start) < d+overslept {
		n.late = 0
		return
	}
	if n.late++; n.late < oversleeping {
		return
	}
	n.raised = true // or tried
	if old, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil && unix.Setpriority(unix.PRIO_PROCESS, 0, urgent) == nil {
		n.nice = 20 - old // the system call gives 20 minus nice
		return
	}
	n.nice = urgent
}

// restore gives the priority back.
func (n *nap) restore() {
	if n.raised && n.nice != urgent {
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, n.nice)
	}
}
