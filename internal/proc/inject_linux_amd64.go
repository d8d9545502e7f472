package proc

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

const canInject = true

// exitCode is what a frozen copy ends with that was let go because gomedic was
// killed.
const exitCode = 77

// neverRestarted are the calls that fail with EINTR whenever their thread is
// stopped (signal(7)).
var neverRestarted = []int64{
	unix.SYS_EPOLL_WAIT, unix.SYS_EPOLL_PWAIT, unix.SYS_EPOLL_PWAIT2,
	unix.SYS_SEMOP, unix.SYS_SEMTIMEDOP, unix.SYS_RT_SIGTIMEDWAIT, unix.SYS_IO_GETEVENTS,
}

// user64 is the code segment of 64-bit programs (__USER_CS in the kernel's
// arch/x86/include/asm/segment.h).
const user64 = 0x33

// way returns the instructions that make a call and find back, and the registers
// of a thread that is pointed at them. Nothing of it touches the stack, the flags or
// the vector registers: a system call keeps all but rax, rcx and r11.
func way(saved *unix.PtraceRegs, mask, at uint64, c call) ([]byte, unix.PtraceRegs, error) {
	if saved.Cs != user64 {
		return nil, unix.PtraceRegs{}, &Error{Op: "make a system call", Reason: Bits32}
	}
	regs := *saved
	regs.Rip = at
	regs.Rax, regs.Orig_rax = c.nr, ^uint64(0) // it stands in no call that could be restarted
	regs.Rdi, regs.Rsi, regs.Rdx, regs.R10 = c.args[0], c.args[1], c.args[2], c.args[3]
	if c.args[4] != 0 || c.args[5] != 0 {
		regs.R8, regs.R9 = c.args[4], c.args[5]
	}

	// Where it goes on, if gomedic is killed: as the kernel would restart the call
	// that it was stopped in (arch_do_signal_or_restart in arch/x86/kernel/signal.c).
	// The call injected leaves its restart block alone.
	const syscallSize = 2
	pc, rax := saved.Rip, saved.Rax
	if int64(saved.Orig_rax) >= 0 && restarts(int64(saved.Rax)) {
		pc, rax = saved.Rip-syscallSize, saved.Orig_rax
		const restartBlock = -516 // ERESTART_RESTARTBLOCK
		if int64(saved.Rax) == restartBlock {
			rax = unix.SYS_RESTART_SYSCALL
		}
	}

	var a assembly
	a.add(0x0f, 0x05) // syscall
	var toChild int
	if c.forks {
		a.add(0x48, 0x89, 0xc1) // mov rcx, rax
		a.add(0xe3, 0)          // jrcxz child
		toChild = len(a)
	}
	a.add(0xb8).imm32(unix.SYS_RT_SIGPROCMASK) // mov eax, …
	a.add(0xbf).imm32(unix.SIG_SETMASK)        // mov edi, …
	a.add(0x48, 0x8d, 0x35).imm32(0)           // lea rsi, [rip+mask]
	toMask := len(a)
	a.add(0xba).imm32(0)       // mov edx, 0
	a.add(0x41, 0xba).imm32(8) // mov r10d, 8: bytes of a mask
	a.add(0x0f, 0x05)          // syscall
	a.add(0x48, 0xbf).imm64(saved.Rdi)
	a.add(0x48, 0xbe).imm64(saved.Rsi)
	a.add(0x48, 0xba).imm64(saved.Rdx)
	a.add(0x49, 0xba).imm64(saved.R10)
	if c.args[4] != 0 || c.args[5] != 0 {
		a.add(0x49, 0xb8).imm64(saved.R8)
		a.add(0x49, 0xb9).imm64(saved.R9)
	}
	a.add(0x48, 0xb9).imm64(saved.Rcx)
	a.add(0x49, 0xbb).imm64(saved.R11)
	a.add(0x48, 0xb8).imm64(rax)
	a.add(0xff, 0x25).imm32(0).imm64(pc) // jmp [rip+0], and the address
	if c.forks {
		a[toChild-1] = byte(len(a) - toChild)
		a.add(0xbf).imm32(exitCode)            // mov edi, …
		a.add(0xb8).imm32(unix.SYS_EXIT_GROUP) // mov eax, …
		a.add(0x0f, 0x05, 0x0f, 0x0b)          // syscall; ud2
	}
	binary.LittleEndian.PutUint32(a[toMask-4:], uint32(len(a)-toMask))
	a.imm64(mask)
	for len(a)%8 != 0 {
		a.add(0x90)
	}
	return a, regs, nil
}

// isTaken reports whether a slot holds what way makes, which begins with a system
// call.
func isTaken(slot []byte) bool { return slot[0] == 0x0f && slot[1] == 0x05 }

// assembly is machine code in the making.
type assembly []byte

func (a *assembly) add(b ...byte) *assembly {
	*a = append(*a, b...)
	return a
}

func (a *assembly) imm32(v uint32) *assembly {
	*a = binary.LittleEndian.AppendUint32(*a, v)
	return a
}

func (a *assembly) imm64(v uint64) *assembly {
	*a = binary.LittleEndian.AppendUint64(*a, v)
	return a
}

// result returns what a system call has returned, at the stop behind it.
func result(regs *unix.PtraceRegs) int64 { return int64(regs.Rax) }

// leastHarm orders threads that stand: first those that wait in a call, where no
// restartable sequence (rseq(2)) can be under way, which must not be left unseen.
func leastHarm(regs *Registers) int {
	if regs.Syscall >= 0 {
		return 0
	}
	return 1
}
