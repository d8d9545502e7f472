package reload

import (
	"os"
	"syscall"
)

// letLook lets gomedic dev, which has started this program, and what that starts look
// into it, where Yama would let parents only (prctl(2), PR_SET_PTRACER): so it finds
// what remains of old generations in the heap.
func letLook() {
	const setPtracer = 0x59616d61
	// Without Yama there is nothing to permit.
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setPtracer, uintptr(os.Getppid()), 0)
}
