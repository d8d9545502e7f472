package gort

import "golang.org/x/arch/x86/x86asm"

// Instruction decodes the x86-64 instruction at the start of b. size is 0 if
// there is none; known is false of one of which only the size is told.
func Instruction(b []byte) (size int, in x86asm.Inst, known bool) {
	if n := vexSize(b); n > 0 {
		return n, in, false
	}
	in, err := x86asm.Decode(b, 64)
	if err != nil || in.Len == 0 {
		return 0, in, false
	}
	return in.Len, in, true
}

// vexSize returns the size of the instruction at the start of b if it has one of
// the prefixes VEX2, VEX3 or EVEX, which the decoder does not know; else 0. The
// compiler emits such for GOAMD64=v3. To take the bytes within one for an
// instruction, and to place a probe there, would change what the program does.
// (Intel's Software Developer's Manual, volume 2, sections 2.3 and 2.7.)
func vexSize(b []byte) int {
	if len(b) < 5 {
		return 0
	}
	at, opcodes := 0, byte(1)
	switch b[0] {
	case 0xc5:
		at = 2
	case 0xc4:
		at, opcodes = 3, b[1]&31
	case 0x62:
		at, opcodes = 4, b[1]&7
	default:
		return 0
	}
	op, modrm := b[at], byte(0)
	at++
	if opcodes == 1 && op == 0x77 { // VZEROUPPER, VZEROALL: without operands
		return at
	}
	if at < len(b) {
		modrm = b[at]
	}
	at++
	mod, rm := modrm>>6, modrm&7
	if mod != 3 && rm == 4 { // SIB
		if mod == 0 && at < len(b) && b[at]&7 == 5 {
			at += 4
		}
		at++
	}
	switch {
	case mod == 1:
		at++
	case mod == 2, mod == 0 && rm == 5:
		at += 4
	}
	if opcodes == 3 || opcodes == 1 && (op >= 0x70 && op <= 0x73 || op == 0xc2 || op >= 0xc4 && op <= 0xc6) {
		at++ // an immediate byte
	}
	if at > len(b) {
		return 0
	}
	return at
}
