package bpf

import "github.com/cilium/ebpf/asm"

// nothing is the smallest program.
func nothing() asm.Instructions {
	return asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}
}
