package gort

import "github.com/gomedic/gomedic/internal/proc"

// NewBinary reads a program file from memory, for tests.
func NewBinary(data []byte) (*Binary, error) { return newBinary(data) }

// Instruction is instruction.
var Instruction = instruction

// IsInstruction is isInstruction.
func (p *Program) IsInstruction(f Func, addr uint64) bool { return p.isInstruction(f, addr) }

// Code is code.
func (p *Program) Code(f Func) []byte { return p.code(f) }

// ByCode returns what MemProfileRate and mbuckets may be, found without symbols in
// a program that does not run, and what they are by its symbols.
func ByCode(bin *Binary, mem proc.Memory) (rates, buckets []uint64, rate, head uint64, err error) {
	p := &Program{Binary: bin, mem: mem, sites: map[uint64]*site{}, refs: map[uint64][]uint64{}}
	if err := p.findLayout(); err != nil {
		return nil, nil, 0, 0, err
	}
	if err := p.findModules(nil); err != nil {
		return nil, nil, 0, 0, err
	}
	return p.rateByCode(), p.bucketsByCode(), p.Symbol("runtime.MemProfileRate"), p.Symbol("runtime.mbuckets"), nil
}
