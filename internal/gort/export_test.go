package gort

// NewBinary reads a program file from memory, for tests.
func NewBinary(data []byte) (*Binary, error) { return newBinary(data) }

// Instruction is instruction.
var Instruction = instruction

// IsInstruction is isInstruction.
func (p *Program) IsInstruction(f Func, addr uint64) bool { return p.isInstruction(f, addr) }

// Code is code.
func (p *Program) Code(f Func) []byte { return p.code(f) }
