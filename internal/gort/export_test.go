package gort

import "debug/elf"

// NewBinary reads a program file from memory, for tests.
func NewBinary(data []byte) (*Binary, error) { return newBinary(data) }

// Instruction is instruction.
var Instruction = instruction

// IsInstruction is isInstruction.
func (p *Program) IsInstruction(f Func, addr uint64) bool { return p.isInstruction(f, addr) }

// Code is code.
func (p *Program) Code(f Func) []byte { return p.code(f) }

// ReadFrameMap reads the map of a frame of a function that has the given record,
// pc tables, and constants, of which the read-only data are part.
func ReadFrameMap(record, pctab, constants []byte, pc, sp, cfa uint64) *FrameMap {
	const text, gofunc = 0x1000, 0x100000
	m := &Module{
		MinPC: text, MaxPC: 0x10000, Text: text, gofunc: gofunc, funcs: record, pctab: pctab, quantum: 1,
		readOnly: func(addr, n uint64) []byte {
			if addr < gofunc || addr-gofunc > uint64(len(constants)) || n > uint64(len(constants))-(addr-gofunc) {
				return nil
			}
			return constants[addr-gofunc:][:n]
		},
	}
	p := &Program{Binary: &Binary{File: &elf.File{FileHeader: elf.FileHeader{Machine: elf.EM_X86_64}}}, sites: map[uint64]*site{}}
	maps := p.FrameMaps()
	maps.rodata[m] = gofunc
	return maps.Of([]Frame{{PC: pc, SP: sp, CFA: cfa, Func: Func{m: m, Entry: text, End: 0x10000}}}, 0)
}
