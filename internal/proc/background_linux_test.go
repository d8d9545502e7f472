package proc

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// What runs in the background gives way, and nobody else does because of it.
func TestBackground(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	nice := func() int {
		n, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
		if err != nil {
			t.Error(err)
		}
		return 20 - n // the system call's answer is never negative
	}
	before, within, inner := nice(), 0, 0
	ran := make(chan int, 8)
	Background(func() {
		within = nice()
		Background(func() { inner = nice() })
		for range cap(ran) { // on threads that the runtime may have made meanwhile
			go func() { ran <- nice() }()
		}
	})
	if within != politeness || inner != politeness {
		t.Errorf("in the background: %d and %d, want %d", within, inner, politeness)
	}
	for range cap(ran) {
		if n := <-ran; n != before {
			t.Errorf("another goroutine has %d, not %d", n, before)
		}
	}
	if n := nice(); n != before {
		t.Errorf("afterwards %d, was %d", n, before)
	}
}
