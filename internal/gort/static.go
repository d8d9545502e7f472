package gort

import (
	"errors"

	"golang.org/x/arch/x86/x86asm"

	"github.com/gomedic/gomedic/internal/gort/debuginfo"
	"github.com/gomedic/gomedic/internal/proc"
)

// Static is a program that does not run: its functions, lines, types and itabs, as the
// file has them. mem is the file as the linker laid it out. Nothing that exists only
// while it runs (goroutines, the heap) may be asked of it. Errors are those of [Attach].
func Static(mem proc.Memory, bin *Binary) (*Program, error) {
	p := &Program{Binary: bin, mem: mem, codeKnown: &codeKnown{
		sites: map[uint64]*site{}, locks: map[lockMapKey]*lockMap{}, serves: map[serveKey]bool{}, refs: map[uint64][]uint64{},
	}}
	p.locals.known = map[localKey][]debuginfo.Local{}
	if bin.pclntab == 0 {
		return nil, &NoRuntimeError{"the binary has no function table"}
	}
	if bin.Arch() == "" {
		return nil, errors.New("machine code of this processor is not read")
	}
	if err := p.findLayout(); err != nil {
		return nil, err
	}
	if err := p.findModules(nil); err != nil {
		return nil, err
	}
	return p, nil
}

// CallsAt returns the logical calls at an instruction, innermost first.
func (p *Program) CallsAt(pc uint64) []Call { return p.callsAt(pc, true) }

// Decode decodes a function's instructions, of amd64, until visit returns false.
func (p *Program) Decode(f Func, visit func(pc uint64, in x86asm.Inst) bool) {
	p.instructions(f, visit)
}
