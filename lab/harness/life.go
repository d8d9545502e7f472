package harness

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sigevent is struct sigevent of <asm-generic/siginfo.h>, 64-bit.
type sigevent struct {
	value  uint64
	signo  int32
	notify int32
	_      [48]byte
}

// itimerspec is struct __kernel_itimerspec of <linux/time_types.h>.
type itimerspec struct{ interval, value unix.Timespec }

// boundLife makes the kernel kill this process after d, and when its parent
// ends. Neither needs a goroutine, a thread or a signal handler of the process,
// so both hold however ill it is.
func boundLife(d time.Duration) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("prctl PR_SET_PDEATHSIG: %w", err)
	}
	var timer int32
	event := sigevent{signo: int32(unix.SIGKILL)} // notify 0 is SIGEV_SIGNAL
	if _, _, errno := unix.Syscall(unix.SYS_TIMER_CREATE, unix.CLOCK_MONOTONIC,
		uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&timer))); errno != 0 {
		return fmt.Errorf("timer_create: %w", errno)
	}
	spec := itimerspec{value: unix.NsecToTimespec(int64(d))}
	if _, _, errno := unix.Syscall6(unix.SYS_TIMER_SETTIME, uintptr(timer), 0,
		uintptr(unsafe.Pointer(&spec)), 0, 0, 0); errno != 0 {
		return fmt.Errorf("timer_settime: %w", errno)
	}
	return nil
}
