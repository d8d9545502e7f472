package cstack

import "github.com/gomedic/gomedic/internal/proc"

// FromProc takes the registers of a stopped thread, as proc reads them: false if
// they are not whole.
func FromProc(r proc.Registers) (Registers, bool) {
	// All is rax rbx rcx rdx rsi rdi rbp r8 … r15.
	if len(r.All) != 15 {
		return Registers{}, false
	}
	return RegistersAMD64(r.PC, r.SP, r.FP, r.All[1], r.All[11], r.All[12], r.All[13], r.All[14]), true
}
