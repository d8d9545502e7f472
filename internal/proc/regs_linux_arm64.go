package proc

import "golang.org/x/sys/unix"

func registers(tid int) (Registers, error) {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &r); err != nil {
		return Registers{}, err
	}
	return Registers{PC: r.Pc, SP: r.Sp, FP: r.Regs[29], LR: r.Regs[30], Syscall: -1, All: r.Regs[:]}, nil
}

// vectors returns what a thread's vector registers hold: not read on this processor.
func vectors(int) []uint64 { return nil }
