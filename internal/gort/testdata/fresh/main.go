// Fresh keeps its only P in a system call that the scheduler does not know of,
// so that a goroutine that was just started and one that was preempted in a loop
// stay runnable.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"
)

var (
	started atomic.Bool
	spun    atomic.Uint64
)

func justStarted(int) { started.Store(true) }

//go:noinline
func spin() {
	for {
		spun.Add(1)
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	go spin()
	for spun.Load() == 0 {
		runtime.Gosched()
	}
	var b [1]byte
	fd := os.Stdin.Fd()
	go justStarted(7)
	fmt.Println("ready")
	syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&b)), 1)
}
