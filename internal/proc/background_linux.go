package proc

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// politeness is the nice value of work in the background: where both want a CPU, a
// process of the usual priority gets nine times as much of it (sched(7)).
const politeness = 10

// Background calls f, and returns when it has returned. f runs on a thread of its own
// that gives way to other processes; its own goroutines do not, unless they call
// Background, too. Nothing that holds a process up belongs in it.
func Background(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread is not given back to others: it ends with the goroutine.
		runtime.LockOSThread()
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, politeness) // 0: this thread; if it fails, f is done all the same
		f()
	}()
	<-done
}
