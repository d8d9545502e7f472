package gort

import (
	"debug/elf"

	"github.com/gomedic/gomedic/internal/proc"
)

// NewBinary reads a program file from memory, for tests.
func NewBinary(data []byte) (*Binary, error) { return newBinary(data) }

// IsInstruction is isInstruction.
func (p *Program) IsInstruction(f Func, addr uint64) bool { return p.isInstruction(f, addr) }

// Code is code.
func (p *Program) Code(f Func) []byte { return p.code(f) }

// FileMemory is the memory of a program that is linked to a fixed address, as it
// is before the program starts.
type FileMemory struct{ *Binary }

// ReadAt reads from the file's segments.
func (m FileMemory) ReadAt(b []byte, addr uint64) error {
	if have := m.fileBytes(addr, uint64(len(b))); have != nil {
		copy(b, have)
		return nil
	}
	return errBadData
}

// ReadMany reads from the file's segments.
func (m FileMemory) ReadMany(ranges []proc.Range) {
	for i := range ranges {
		ranges[i].OK = m.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
	}
}

// AttachFile is Attach to a program that does not run, in a memory like its
// file's.
func AttachFile(bin *Binary, mem proc.Memory) (*Program, error) {
	p := &Program{Binary: bin, mem: mem, codeKnown: &codeKnown{sites: map[uint64]*site{}, refs: map[uint64][]uint64{}}}
	if err := p.findLayout(); err != nil {
		return nil, err
	}
	return p, p.findModules(nil)
}

// HasItabTable reports whether the runtime's table of itabs was found.
func (p *Program) HasItabTable() bool {
	_, whole := p.knownItab(8)
	return whole
}

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
	p := &Program{Binary: &Binary{File: &elf.File{FileHeader: elf.FileHeader{Machine: elf.EM_X86_64}}}, codeKnown: &codeKnown{sites: map[uint64]*site{}}}
	maps := p.FrameMaps()
	maps.rodata[m] = gofunc
	return maps.Of([]Frame{{PC: pc, SP: sp, CFA: cfa, Func: Func{m: m, Entry: text, End: 0x10000}}}, 0)
}
