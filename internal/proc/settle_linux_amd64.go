package proc

import "golang.org/x/sys/unix"

// settle sees to it that a thread that has just come to its stop, without a signal, can
// go on. One that was stopped in a call with a timeout would do so through
// restart_syscall, also when gomedic is killed meanwhile. Where a filter would not let
// that pass, or it cannot be known, it is made to begin the call anew instead: then it
// waits for longer, by as much as it had waited.
func (p *Process) settle(tid int) {
	const (
		restartBlock = -516       // ERESTART_RESTARTBLOCK
		arch         = 0xc000003e // AUDIT_ARCH_X86_64
		syscallSize  = 2
	)
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(tid, &regs) != nil || int64(regs.Orig_rax) < 0 || int64(regs.Rax) != restartBlock || regs.Cs != user64 {
		return
	}
	st, err := readThreadStatus(p.PID, tid)
	if err != nil || !isConfined(st) {
		return
	}
	d := seccompData{nr: unix.SYS_RESTART_SYSCALL, arch: arch, pc: regs.Rip, args: [6]uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8, regs.R9}}
	if allowed, known := filterAllows(tid, d); known && allowed {
		return
	}
	regs.Rip -= syscallSize
	regs.Rax, regs.Orig_rax = regs.Orig_rax, ^uint64(0)
	_ = unix.PtraceSetRegs(tid, &regs)
}
