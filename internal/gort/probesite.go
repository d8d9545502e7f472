package gort

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/arch/x86/x86asm"
)

// Where a probe costs least. The kernel emulates a few instructions under a
// uprobe (push, call, jump, conditional jump, nop) and single-steps all others,
// which takes more than ten times as long (arch/x86/kernel/uprobes.c,
// branch_setup_xol_ops and push_setup_xol_ops). So a function's entry is marked
// on the push of the frame pointer behind the stack check, and its return not on
// its RETs but on the first emulated instruction behind the calls of it: a return
// leads there in straight line.

// ProbeSite is an instruction at which to place a probe.
type ProbeSite struct {
	Addr    uint64
	Stepped bool // the kernel must single-step it: it is dear
}

// Emulated reports whether the kernel emulates the instruction at the start of b.
func Emulated(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	switch op := b[0]; {
	case op == 0xe8, op == 0xe9, op == 0xeb, op == 0x90: // call, jmp, nop
		return true
	case op >= 0x70 && op <= 0x7f, op >= 0x50 && op <= 0x57: // jcc, push
		return true
	case op == 0x0f && len(b) > 1:
		return b[1] >= 0x80 && b[1] <= 0x8f // jcc
	case op == 0x41 && len(b) > 1:
		return b[1] >= 0x50 && b[1] <= 0x57 // push r8 to r15
	}
	return false
}

// EntrySite returns where to note that a function begins.
func (p *Program) EntrySite(f Func) (ProbeSite, bool) {
	if p.Arch() != "amd64" {
		return ProbeSite{}, false
	}
	b := p.code(f)
	if len(b) == 0 {
		return ProbeSite{}, false
	}
	first := -1 // the first emulated instruction, usually the stack check's jump
	for at, n := 0, 0; at < len(b) && n < 12; n++ {
		in, err := x86asm.Decode(b[at:], 64)
		if err != nil || in.Len == 0 {
			break
		}
		if b[at] == 0x55 { // push rbp
			return ProbeSite{Addr: f.Entry + uint64(at)}, true
		}
		if first < 0 && Emulated(b[at:]) {
			first = at
		}
		if in.Op == x86asm.CALL || in.Op == x86asm.RET || in.Op == x86asm.JMP {
			break
		}
		at += in.Len
	}
	if first >= 0 {
		return ProbeSite{Addr: f.Entry + uint64(first)}, true
	}
	return ProbeSite{Addr: f.Entry, Stepped: true}, true
}

// CallSite is one call of a function.
type CallSite struct {
	In   Func
	Addr uint64 // of the call
	Next uint64 // the instruction behind it
	Tail bool   // a jump: the callee returns to the caller's caller
}

// CallSites returns the direct calls of the given functions in the whole program,
// by the callee's entry.
func (p *Program) CallSites(callees []Func) map[uint64][]CallSite {
	found := map[uint64][]CallSite{}
	if p.Arch() != "amd64" || len(callees) == 0 {
		return found
	}
	want := make(map[uint64]bool, len(callees))
	for _, f := range callees {
		want[f.Entry] = true
	}
	for _, m := range p.Modules {
		code := p.constant(m.MinPC, m.MaxPC-m.MinPC)
		for _, op := range []byte{0xe8, 0xe9} {
			for at := 0; ; at++ {
				i := bytes.IndexByte(code[at:], op)
				if i < 0 || at+i+5 > len(code) {
					break
				}
				at += i
				addr := m.MinPC + uint64(at)
				target := addr + 5 + uint64(int64(int32(binary.LittleEndian.Uint32(code[at+1:]))))
				if !want[target] {
					continue
				}
				in, ok := p.FindFunc(addr)
				if !ok || !p.isInstruction(in, addr) || op == 0xe9 && in.Entry == target {
					continue
				}
				found[target] = append(found[target], CallSite{In: in, Addr: addr, Next: addr + 5, Tail: op == 0xe9})
			}
		}
	}
	return found
}

// isInstruction reports whether an instruction of f begins at addr.
func (p *Program) isInstruction(f Func, addr uint64) bool {
	found := false
	p.instructions(f, func(pc uint64, _ x86asm.Inst) bool {
		found = pc == addr
		return pc < addr
	})
	return found
}

// ReturnSite returns where to note that a call has returned: the first emulated
// instruction that its return leads to in straight line, and to which nothing else
// leads; for want of one, the instruction behind the call. ok is false where the
// program also comes to that one without the call. returns says that the caller
// does nothing else before it returns itself, on whatever way: its own callers
// may be asked instead.
func (p *Program) ReturnSite(c CallSite) (site ProbeSite, returns, ok bool) {
	w := p.waysOf(c.In)
	if c.Tail {
		return ProbeSite{}, w.rets == 0 && w.tails == 1, false
	}
	if w.joins[c.Next] {
		return ProbeSite{}, false, false
	}
	b := p.code(c.In)
	first := int(c.Next - c.In.Entry)
	if first < 0 || first >= len(b) {
		return ProbeSite{}, false, false
	}
	for at, n := first, 0; at < len(b) && n < 24; n++ {
		if w.joins[c.In.Entry+uint64(at)] {
			break
		}
		if Emulated(b[at:]) {
			return ProbeSite{Addr: c.In.Entry + uint64(at)}, false, true
		}
		size, in, known := Instruction(b[at:])
		if size == 0 {
			break
		}
		if known && in.Op == x86asm.RET {
			return ProbeSite{Addr: c.In.Entry + uint64(at), Stepped: true}, w.rets == 1 && w.tails == 0, true
		}
		if known && (in.Op == x86asm.CALL || in.Op == x86asm.JMP) { // indirect
			break
		}
		at += size
	}
	return ProbeSite{Addr: c.Next, Stepped: true}, false, true
}

// AfterSite is ReturnSite for those who do not mind that the program may also come
// to the place without the call: it is more often an emulated instruction.
func (p *Program) AfterSite(c CallSite) (ProbeSite, bool) {
	b := p.code(c.In)
	first := int(c.Next - c.In.Entry)
	if c.Tail || first < 0 || first >= len(b) {
		return ProbeSite{}, false
	}
	for at, n := first, 0; at < len(b) && n < 24; n++ {
		if Emulated(b[at:]) {
			return ProbeSite{Addr: c.In.Entry + uint64(at)}, true
		}
		size, in, known := Instruction(b[at:])
		if size == 0 || known && (in.Op == x86asm.RET || in.Op == x86asm.CALL || in.Op == x86asm.JMP) {
			break
		}
		at += size
	}
	return ProbeSite{Addr: c.Next, Stepped: true}, true
}

// ways are how the control flows within a function.
type ways struct {
	joins       map[uint64]bool // addresses that a jump of the function leads to
	rets, tails int             // RETs, and jumps that leave the function
}

func (p *Program) waysOf(f Func) ways {
	w := ways{joins: map[uint64]bool{}}
	p.instructions(f, func(pc uint64, in x86asm.Inst) bool {
		rel, direct := in.Args[0].(x86asm.Rel)
		to := pc + uint64(in.Len) + uint64(int64(rel))
		switch {
		case in.Op == x86asm.RET:
			w.rets++
		case !direct || in.Op == x86asm.CALL:
		case to < f.Entry || to >= f.End:
			w.tails++
		default:
			w.joins[to] = true
		}
		return true
	})
	return w
}

// ReturnSites returns where to note that a function has returned, for all the
// direct calls of it. Where a caller returns at once, the callers of that one are
// asked, and so on. Where the code does not show every such place, as of a
// function that is only called through an interface, the function's own RET
// instructions are returned.
func (p *Program) ReturnSites(f Func) []ProbeSite {
	if sites, ok := p.returnSites(f, 0); ok {
		return sites
	}
	return p.Returns(f)
}

const maxReturns = 3 // callers of callers asked

func (p *Program) returnSites(f Func, depth int) ([]ProbeSite, bool) {
	if p.Arch() != "amd64" {
		return nil, false
	}
	var sites []ProbeSite
	for _, c := range p.CallSites([]Func{f})[f.Entry] {
		s, returns, ok := p.ReturnSite(c)
		if returns && depth < maxReturns {
			if outer, all := p.returnSites(c.In, depth+1); all {
				sites = append(sites, outer...)
				continue
			}
		}
		if !ok {
			return nil, false
		}
		sites = append(sites, s)
	}
	return sites, len(sites) > 0
}

// Returns are the RET instructions of a function. The kernel must single-step
// each.
func (p *Program) Returns(f Func) []ProbeSite {
	var sites []ProbeSite
	if p.Arch() != "amd64" {
		return nil
	}
	p.instructions(f, func(pc uint64, in x86asm.Inst) bool {
		if in.Op != x86asm.RET {
			return true
		}
		// Bytes that only look like one have the frame still on the stack.
		if delta, ok := p.spDelta(pc); !ok || delta == 0 {
			sites = append(sites, ProbeSite{Addr: pc, Stepped: true})
		}
		return true
	})
	return sites
}

// FileOffset returns where in the program's file a code address lies: what the
// kernel asks for to place a probe.
func (p *Program) FileOffset(addr uint64) (uint64, bool) {
	link := addr - p.bias
	for _, s := range p.File.Progs {
		if s.Type == 1 && link >= s.Vaddr && link-s.Vaddr < s.Filesz { // PT_LOAD
			return link - s.Vaddr + s.Off, true
		}
	}
	return 0, false
}

// TextRange is where the program's Go code lies, without plugins.
func (p *Program) TextRange() Span {
	if len(p.Modules) == 0 {
		return Span{}
	}
	return Span{Lo: p.Modules[0].MinPC, Hi: p.Modules[0].MaxPC}
}

// Offset returns the offset of a field of the runtime's structures, such as
// "goid" of "runtime.g"; false if this version has none.
func (p *Program) Offset(structure, field string) (uint64, bool) {
	f, ok := p.Layout.Field(structure, field)
	if !ok || f.Offset < 0 {
		return 0, false
	}
	return uint64(f.Offset), true
}

// StackTop is what is known of a thread's innermost frame when its frame pointers
// were walked from outside: where it was, and the words at its stack pointer.
type StackTop struct {
	PC, SP uint64
	Words  [2]uint64
}

// ByFramePointers completes a stack that was found by frame pointers: in a
// function without a frame of its own, or before it has made one, the frame
// pointer is still the caller's, and the walk has left the caller out.
func (p *Program) ByFramePointers(top StackTop, pcs []uint64) []Frame {
	if len(pcs) == 0 {
		return nil
	}
	frames := make([]Frame, 0, len(pcs)+1)
	add := func(pc uint64, exact bool) bool {
		f, ok := p.FindFunc(pc - b2u(!exact))
		if !ok {
			return false
		}
		frames = append(frames, Frame{PC: pc, Func: f, Exact: exact})
		return true
	}
	if !add(top.PC, true) {
		return nil
	}
	if delta, ok := p.spDelta(top.PC); ok && (delta == 0 || delta == 8 && !p.pushedFrame(top.PC)) {
		if ret := top.Words[delta/8]; len(pcs) < 2 || ret != pcs[1] {
			add(ret, false)
		}
	}
	for _, pc := range pcs[1:] {
		if !add(pc, false) {
			break
		}
	}
	return frames
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// spDelta is how far the stack pointer is from where it was at the function's
// entry.
func (p *Program) spDelta(pc uint64) (int64, bool) {
	s := p.siteAt(pc, true)
	return s.delta, s.ok
}

// pushedFrame reports whether, with one word on the stack, the frame pointer has
// been set to it already.
func (p *Program) pushedFrame(pc uint64) bool {
	f, ok := p.FindFunc(pc)
	if !ok {
		return false
	}
	set := false
	p.instructions(f, func(at uint64, in x86asm.Inst) bool {
		if at >= pc {
			return false
		}
		if in.Op == x86asm.MOV && in.Args[0] == x86asm.RBP && in.Args[1] == x86asm.RSP {
			set = true
		}
		return true
	})
	return set
}
