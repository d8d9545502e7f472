package proc

import "golang.org/x/sys/unix"

// No calls are injected on arm64: at the stop, the kernel has already turned the
// registers of an interrupted call back, and does not show which kind of restart it
// stands before (do_signal in arch/arm64/kernel/signal.c).
const (
	canInject = false
	exitCode  = 77
)

var neverRestarted []int64

func way(*unix.PtraceRegs, uint64, uint64, call) ([]byte, unix.PtraceRegs, error) {
	return nil, unix.PtraceRegs{}, &Error{Op: "make a system call", Reason: Unsupported}
}

func isTaken([]byte) bool { return true }

func result(regs *unix.PtraceRegs) int64 { return int64(regs.Regs[0]) }

func leastHarm(*Registers) int { return 0 }
