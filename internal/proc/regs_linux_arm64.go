package proc

import "golang.org/x/sys/unix"

func registers(tid int) (Registers, error) {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &r); err != nil {
		return Registers{}, err
	}
	return Registers{PC: r.Pc, SP: r.Sp, FP: r.Regs[29], LR: r.Regs[30], Syscall: -1, All: r.Regs[:]}, nil
}
