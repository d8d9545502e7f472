package cstack

import "github.com/gomedic/gomedic/internal/proc"

// FromProc takes the registers of a stopped thread, as proc reads them: false if
// they are not whole.
func FromProc(r proc.Registers) (Registers, bool) {
	if len(r.All) != 31 {
		return Registers{}, false
	}
	return RegistersARM64(r.All, r.SP, r.PC), true
}
