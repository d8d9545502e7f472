package gpucalls

import (
	"encoding/binary"
	"slices"

	"golang.org/x/arch/x86/x86asm"

	"github.com/gomedic/gomedic/internal/gort"
)

// A stub fetches the thread's table of functions and goes on through it, without
// touching the arguments or the stack (libglvnd, src/GLdispatch/vnd-glapi/
// entry_x86_64_tls.c; Mesa has the same in libglapi):
//
//	mov  slot(%rip),%rax
//	mov  %fs:(%rax),%r11
//	jmp  *0x1660(%r11)
//
// so it can be followed without running it, for a thread whose fs is known.

// reader is a target's memory.
type reader interface {
	ReadAt(p []byte, addr uint64) error
}

const (
	mostStubs = 8  // that lead to one another
	mostMoves = 16 // instructions in one
)

// follow returns where a call of the function at addr ends up on a thread with this
// fs: the first function that is not a stub.
func follow(mem reader, addr, fs uint64) uint64 {
	for range mostStubs {
		next, ok := jump(mem, addr, fs)
		if !ok || next == 0 {
			break
		}
		addr = next
	}
	return addr
}

// jump says where a stub leads; ok is false of what is none.
func jump(mem reader, addr, fs uint64) (to uint64, ok bool) {
	var code [128]byte
	b := code[:]
	for mem.ReadAt(b, addr) != nil { // close to the end of a mapping
		if b = b[:len(b)/2]; len(b) < 8 {
			return 0, false
		}
	}
	regs := map[x86asm.Reg]uint64{}
	pc, zero, compared := addr, false, false
	for range mostMoves {
		at := int(pc - addr)
		if pc < addr || at >= len(b) {
			return 0, false
		}
		rest := b[at:]
		if len(rest) >= 4 && rest[0] == 0xf3 && rest[1] == 0x0f && rest[2] == 0x1e && rest[3] == 0xfa { // endbr64
			pc += 4
			continue
		}
		size, in, known := gort.Instruction(rest)
		if size == 0 || !known {
			return 0, false
		}
		next := pc + uint64(size)
		read := func(a x86asm.Arg) (uint64, bool) {
			switch a := a.(type) {
			case x86asm.Reg:
				v, ok := regs[a]
				return v, ok
			case x86asm.Mem:
				base := uint64(0)
				switch {
				case a.Index != 0:
					return 0, false
				case a.Base == x86asm.RIP:
					base = next
				case a.Base != 0:
					var ok bool
					if base, ok = regs[a.Base]; !ok {
						return 0, false
					}
				}
				if a.Segment == x86asm.FS {
					base += fs
				}
				var w [8]byte
				if mem.ReadAt(w[:], base+uint64(a.Disp)) != nil {
					return 0, false
				}
				return binary.LittleEndian.Uint64(w[:]), true
			}
			return 0, false
		}
		switch in.Op {
		case x86asm.MOV:
			dst, isReg := in.Args[0].(x86asm.Reg)
			if !isReg || dst < x86asm.RAX || dst > x86asm.R15 || in.DataSize != 64 {
				return 0, false
			}
			v, ok := read(in.Args[1])
			if !ok {
				return 0, false
			}
			regs[dst] = v
		case x86asm.TEST: // is there a table?
			v, ok := read(in.Args[0])
			if !ok || in.Args[0] != in.Args[1] {
				return 0, false
			}
			zero, compared = v == 0, true
		case x86asm.JE, x86asm.JNE:
			rel, ok := in.Args[0].(x86asm.Rel)
			if !ok || !compared {
				return 0, false
			}
			if zero == (in.Op == x86asm.JE) {
				next += uint64(int64(rel))
			}
		case x86asm.JMP:
			if rel, ok := in.Args[0].(x86asm.Rel); ok {
				return next + uint64(int64(rel)), true
			}
			return read(in.Args[0])
		case x86asm.NOP:
		default:
			return 0, false
		}
		pc = next
	}
	return 0, false
}

// through returns the offset in its table through which a stub goes on, and the number
// that it expects at the table's start, 0: it does not look. code is the stub's.
func through(code []byte) (disp int64, magic uint64, ok bool) {
	for range mostMoves {
		if len(code) >= 4 && code[0] == 0xf3 && code[1] == 0x0f && code[2] == 0x1e && code[3] == 0xfa {
			code = code[4:]
			continue
		}
		size, in, known := gort.Instruction(code)
		if size == 0 || !known {
			return 0, 0, false
		}
		switch in.Op {
		case x86asm.JMP:
			m, ok := in.Args[0].(x86asm.Mem)
			if !ok || m.Base == x86asm.RIP || m.Base == 0 || m.Index != 0 || m.Disp <= 0 {
				return 0, 0, false
			}
			return m.Disp, magic, true
		case x86asm.MOV:
			if imm, ok := in.Args[1].(x86asm.Imm); ok && size == 10 {
				magic = uint64(imm)
			}
		case x86asm.CALL, x86asm.RET, x86asm.PUSH:
			return 0, 0, false
		}
		code = code[size:]
	}
	return 0, 0, false
}

// entry returns where in a function a probe costs least: at the first instruction that
// the kernel emulates, as long as neither the stack nor the arguments that are needed
// have changed until there; else its start. code is the function's, needs are numbers of
// arguments; stepped: the kernel single-steps it, which is dear.
func entry(code []byte, needs []uint8) (skip int, stepped bool) {
	at := 0
	for n := 0; n < mostMoves && at < len(code); n++ {
		if gort.Emulated(code[at:]) && code[at] != 0xe8 { // the stack changes within a call
			return at, false
		}
		size := 4
		if !(len(code) >= at+4 && code[at] == 0xf3 && code[at+1] == 0x0f && code[at+2] == 0x1e && code[at+3] == 0xfa) {
			var in x86asm.Inst
			var known bool
			if size, in, known = gort.Instruction(code[at:]); size == 0 || !known || !harmless(in, needs) {
				return 0, true
			}
		}
		if at += size; at >= len(code) {
			break
		}
	}
	return 0, true
}

// arguments are the registers of the first six, in all their widths (System V ABI).
var arguments = [6][]x86asm.Reg{
	{x86asm.RDI, x86asm.EDI, x86asm.DI, x86asm.DIB},
	{x86asm.RSI, x86asm.ESI, x86asm.SI, x86asm.SIB},
	{x86asm.RDX, x86asm.EDX, x86asm.DX, x86asm.DL, x86asm.DH},
	{x86asm.RCX, x86asm.ECX, x86asm.CX, x86asm.CL, x86asm.CH},
	{x86asm.R8, x86asm.R8L, x86asm.R8W, x86asm.R8B},
	{x86asm.R9, x86asm.R9L, x86asm.R9W, x86asm.R9B},
}

// harmless: the instruction changes neither the stack nor one of these arguments, and
// goes on to the next.
func harmless(in x86asm.Inst, needs []uint8) bool {
	switch in.Op {
	case x86asm.TEST, x86asm.CMP, x86asm.NOP:
		return true
	case x86asm.MOV, x86asm.LEA, x86asm.XOR, x86asm.MOVSXD, x86asm.MOVZX, x86asm.AND, x86asm.OR, x86asm.SHL, x86asm.SHR:
	default:
		return false
	}
	switch in.Args[0].(type) {
	case x86asm.Mem:
		return true
	}
	dst, ok := in.Args[0].(x86asm.Reg)
	if !ok || dst == x86asm.RSP || dst == x86asm.ESP || dst == x86asm.SP {
		return false
	}
	for _, n := range needs {
		if slices.Contains(arguments[n], dst) {
			return false
		}
	}
	return true
}
