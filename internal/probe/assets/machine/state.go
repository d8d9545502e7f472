package machine

import (
	"golang.org/x/arch/x86/x86asm"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// kind is what is known of a value.
type kind int

const (
	unknown  kind = iota
	number        // v itself
	address       // v is the address of a constant or a variable
	variable      // the word that lies at v
	param         // the function's own parameter, word v
	failure       // the error of a loader
)

type value struct {
	kind kind
	v    uint64
}

// words are the registers of the internal ABI, in order.
var words = [...]x86asm.Reg{x86asm.RAX, x86asm.RBX, x86asm.RCX, x86asm.RDI, x86asm.RSI, x86asm.R8, x86asm.R9, x86asm.R10, x86asm.R11}

type inst struct{ x86asm.Inst }

// state is what the registers and the stack hold.
type state struct {
	regs  map[x86asm.Reg]value
	slots map[int64]value
}

func newState() *state { return &state{regs: map[x86asm.Reg]value{}, slots: map[int64]value{}} }

func (s *state) parameters() {
	for i, reg := range words {
		s.regs[reg] = value{param, uint64(i)}
	}
}

func (s *state) forget() {
	clear(s.regs)
	clear(s.slots)
}

func (s *state) word(i int) value {
	if i < 0 || i >= len(words) {
		return value{}
	}
	return s.regs[words[i]]
}

// whole is the 64-bit register that a register is part of; low says that the rest is
// cleared by writing to it, ok that writing to it leaves nothing of the value known
// otherwise.
func whole(r x86asm.Reg) (x86asm.Reg, bool) {
	switch {
	case r >= x86asm.RAX && r <= x86asm.R15:
		return r, true
	case r >= x86asm.EAX && r <= x86asm.R15L:
		return x86asm.RAX + (r - x86asm.EAX), true
	case r >= x86asm.AX && r <= x86asm.R15W:
		return x86asm.RAX + (r - x86asm.AX), false
	case r >= x86asm.AL && r <= x86asm.BL:
		return x86asm.RAX + (r - x86asm.AL), false
	case r >= x86asm.SPB && r <= x86asm.R15B:
		return x86asm.RSP + (r - x86asm.SPB), false
	}
	return 0, false
}

func (r *reader) each(f gort.Func, visit func(pc uint64, in inst) bool) {
	r.p.Decode(f, func(pc uint64, in x86asm.Inst) bool { return visit(pc, inst{in}) })
}

// rip is the address that a memory operand names, if it is relative to the code.
func (in inst) rip(a x86asm.Arg, pc uint64) (uint64, bool) {
	m, ok := a.(x86asm.Mem)
	if !ok || m.Base != x86asm.RIP || m.Index != 0 {
		return 0, false
	}
	return pc + uint64(in.Len) + uint64(m.Disp), true
}

func (in inst) storesTo(pc uint64) (uint64, bool) {
	switch in.Op {
	case x86asm.MOV, x86asm.MOVUPS, x86asm.MOVUPD, x86asm.XCHG, x86asm.MOVDQU:
		return in.rip(in.Args[0], pc)
	case x86asm.LEA: // its address may go anywhere; strings are hardly written through one
	}
	return 0, false
}

// jump is where a branch within the function may go.
func (in inst) jump(pc uint64) (uint64, bool) {
	rel, ok := in.Args[0].(x86asm.Rel)
	if !ok || in.Op == x86asm.CALL {
		return 0, false
	}
	return pc + uint64(in.Len) + uint64(int64(rel)), true
}

func (in inst) isCall() bool { return in.Op == x86asm.CALL }

func (in inst) call(pc uint64) (uint64, bool) {
	rel, ok := in.Args[0].(x86asm.Rel)
	if !ok || in.Op != x86asm.CALL {
		return 0, false
	}
	return pc + uint64(in.Len) + uint64(int64(rel)), true
}

// calledVariable is the variable that holds the function of an indirect call.
func (s *state) calledVariable(in inst) (uint64, bool) {
	var reg x86asm.Reg
	switch a := in.Args[0].(type) {
	case x86asm.Mem:
		if a.Disp != 0 || a.Index != 0 {
			return 0, false
		}
		reg = a.Base
	case x86asm.Reg:
		reg = x86asm.RDX // the closure's register holds what the code was loaded from
	default:
		return 0, false
	}
	v := s.regs[reg]
	return v.v, v.kind == variable
}

// value is that of an operand.
func (s *state) value(in inst, a x86asm.Arg, pc uint64) value {
	switch a := a.(type) {
	case x86asm.Reg:
		if w, ok := whole(a); ok {
			return s.regs[w]
		}
	case x86asm.Imm:
		return value{number, uint64(a)}
	case x86asm.Mem:
		if addr, ok := in.rip(a, pc); ok {
			return value{variable, addr}
		}
		if a.Base == x86asm.RSP && a.Index == 0 {
			return s.slots[a.Disp]
		}
	}
	return value{}
}

// step takes an instruction's effect.
func (s *state) step(in inst, pc uint64) {
	switch in.Op {
	case x86asm.CALL:
		clear(s.regs) // the internal ABI keeps none
		return
	case x86asm.CMP, x86asm.TEST, x86asm.NOP, x86asm.RET, x86asm.PUSH, x86asm.JMP, x86asm.UD2, x86asm.INT, x86asm.PREFETCHNTA:
		return
	case x86asm.LEA:
		if reg, ok := in.Args[0].(x86asm.Reg); ok {
			w, _ := whole(reg)
			if addr, ok := in.rip(in.Args[1], pc); ok {
				s.regs[w] = value{address, addr}
			} else {
				delete(s.regs, w)
			}
		}
		return
	case x86asm.MOV:
		v := s.value(in, in.Args[1], pc)
		if m, isMem := in.Args[1].(x86asm.Mem); isMem && in.MemBytes != 8 {
			_ = m
			v = value{}
		}
		switch d := in.Args[0].(type) {
		case x86asm.Reg:
			if w, ok := whole(d); ok {
				s.regs[w] = v
			} else if w != 0 {
				delete(s.regs, w)
			}
		case x86asm.Mem:
			if d.Base == x86asm.RSP && d.Index == 0 {
				if in.MemBytes == 8 {
					s.slots[d.Disp] = v
				} else {
					delete(s.slots, d.Disp)
				}
			}
		}
		return
	case x86asm.XOR, x86asm.SUB:
		a, ok1 := in.Args[0].(x86asm.Reg)
		b, ok2 := in.Args[1].(x86asm.Reg)
		if ok1 && ok2 && a == b {
			if w, ok := whole(a); ok {
				s.regs[w] = value{number, 0}
				return
			}
		}
	case x86asm.XCHG:
		for _, a := range in.Args[:2] {
			if reg, ok := a.(x86asm.Reg); ok {
				w, _ := whole(reg)
				delete(s.regs, w)
			}
		}
		return
	}
	switch d := in.Args[0].(type) {
	case x86asm.Reg:
		if w, _ := whole(d); w != 0 {
			delete(s.regs, w)
		}
	case x86asm.Mem:
		if d.Base == x86asm.RSP {
			delete(s.slots, d.Disp)
			delete(s.slots, d.Disp+8) // a store of 16 bytes
		}
	}
}

// storedString is a constant's address that is stored somewhere but on the stack.
func (s *state) storedString(in inst, pc uint64) (value, bool) {
	m, ok := in.Args[0].(x86asm.Mem)
	if !ok || in.Op != x86asm.MOV || m.Base == x86asm.RSP || m.Base == x86asm.RIP || in.MemBytes != 8 {
		return value{}, false
	}
	v := s.value(in, in.Args[1], pc)
	return v, v.kind == address
}

// storedLength is the number that is stored behind a string's address, within some
// instructions around.
func (r *reader) storedLength(f gort.Func, pc uint64, in inst) (n uint64, ok bool) {
	m := in.Args[0].(x86asm.Mem)
	const near = 64
	r.each(f, func(at uint64, other inst) bool {
		if at+near < pc {
			return true
		}
		d, isMem := other.Args[0].(x86asm.Mem)
		imm, isImm := other.Args[1].(x86asm.Imm)
		if isMem && isImm && other.Op == x86asm.MOV && d.Base == m.Base && d.Index == 0 && d.Disp == m.Disp+8 && other.MemBytes == 8 {
			n, ok = uint64(imm), true
		}
		return at < pc+near && !ok
	})
	return n, ok
}

// afterCall says what becomes of the error that a loader returns in word err.
func (r *reader) afterCall(f gort.Func, from uint64, err int) (excuse string, fatal bool) {
	if err+1 >= len(words) {
		return "", false
	}
	s := newState()
	s.regs[words[err]], s.regs[words[err+1]] = value{failure, 0}, value{failure, 1}
	const longest = 200
	pending := false // the flags hold whether there is an error
	at, left := from, longest
	for left > 0 {
		next, done := uint64(0), false
		r.from(f, at, func(pc uint64, in inst) bool {
			left--
			switch {
			case left <= 0:
				done = true
			case in.Op == x86asm.TEST || in.Op == x86asm.CMP:
				v := s.value(in, in.Args[0], pc)
				pending = v.kind == failure && v.v == 0
			case in.Op == x86asm.JE && pending: // no error: elsewhere; the error goes on here
				excuse, fatal = r.handled(f, pc+uint64(in.Len), s)
				done = true
			case in.Op == x86asm.JNE && pending:
				to, _ := in.jump(pc)
				excuse, fatal = r.handled(f, to, s)
				done = true
			case in.Op == x86asm.JMP:
				next, _ = in.jump(pc)
				return false
			case in.Op == x86asm.RET:
				if s.carries() {
					fatal = true // it returns what it got
				} else {
					excuse = evidence.ExcuseDropped
				}
				done = true
			case in.isCall():
				if s.carries() {
					if to, ok := in.call(pc); ok && toolkit.TestsError(r.name(to)) {
						excuse = evidence.ExcuseOptional
					} else {
						fatal = true
					}
					done = true
				} else {
					s.step(in, pc)
				}
			default:
				s.step(in, pc)
			}
			return !done
		})
		if done {
			return excuse, fatal
		}
		if next == 0 || next < f.Entry || next >= f.End {
			break
		}
		at = next
	}
	return evidence.ExcuseDropped, false
}

// carries reports whether an argument register, or the beginning of a result, holds the
// error.
func (s *state) carries() bool {
	for _, reg := range words {
		if s.regs[reg].kind == failure {
			return true
		}
	}
	return false
}

// handled follows the code that runs when there is an error.
func (r *reader) handled(f gort.Func, from uint64, s *state) (excuse string, fatal bool) {
	steps, worked, joined := 0, false, false
	at := from
	const longest = 120
	for steps < longest {
		next, done := uint64(0), false
		r.from(f, at, func(pc uint64, in inst) bool {
			steps++
			if r.ways[pc] > 1 { // from here on it is what happens without an error, too
				fatal, joined = fatal || s.carries() && r.returns(f, pc), true
				return false
			}
			switch {
			case steps > longest:
				done = true
			case in.Op == x86asm.JMP:
				next, _ = in.jump(pc)
				if next <= from { // back to a loop: the next one is tried
					done = true
				}
				return false
			case in.Op == x86asm.RET:
				if s.carries() {
					fatal = true
				}
				done = true
			case in.isCall():
				to, direct := in.call(pc)
				name := ""
				if direct {
					name = r.name(to)
				}
				switch {
				case toolkit.TestsError(name):
					excuse, done = evidence.ExcuseOptional, true
				case name == "runtime.gopanic" || toolkit.TellsError(name):
					fatal, done = true, true
				case s.carries() || s.spilled():
					fatal, done = true, true
				default:
					worked = true
					s.step(in, pc)
				}
			case in.Op == x86asm.UD2:
				fatal, done = true, true
			default:
				if in.Op == x86asm.MOV {
					if v := s.value(in, in.Args[1], pc); v.kind == failure {
						if m, ok := in.Args[0].(x86asm.Mem); ok && m.Base != x86asm.RSP && m.Base != x86asm.RBP {
							fatal, done = true, true // it is kept somewhere
						}
					}
					if m, ok := in.Args[1].(x86asm.Mem); ok { // its type, on the way into an any
						if v := s.regs[m.Base]; v.kind == failure {
							fatal, done = true, true
						}
					}
				}
				s.step(in, pc)
			}
			return !done
		})
		if done || joined || next == 0 || next < f.Entry || next >= f.End {
			break
		}
		at = next
	}
	switch {
	case joined && !fatal && steps == 1: // if err == nil { … }
		return evidence.ExcuseOptional, false
	case fatal:
		return "", true
	case excuse != "":
		return excuse, false
	case worked:
		return evidence.ExcuseOptional, false
	}
	return evidence.ExcuseDropped, false
}

// returns reports whether a function comes to its end from an address on, without
// calling anything.
func (r *reader) returns(f gort.Func, at uint64) (yes bool) {
	const near = 24
	n := 0
	r.from(f, at, func(_ uint64, in inst) bool {
		n++
		yes = in.Op == x86asm.RET
		return !yes && n < near && !in.isCall() && in.Op != x86asm.JMP
	})
	return yes
}

// spilled reports whether the error lies on the stack, as part of what is handed on.
func (s *state) spilled() bool {
	for _, v := range s.slots {
		if v.kind == failure && v.v == 1 {
			return true
		}
	}
	return false
}

// from visits the instructions of a function from an address on.
func (r *reader) from(f gort.Func, at uint64, visit func(pc uint64, in inst) bool) {
	b := r.m.Bytes(at, f.End-at)
	for off := 0; off < len(b); {
		in, err := x86asm.Decode(b[off:], 64)
		if err != nil || in.Len == 0 {
			return
		}
		if !visit(at+uint64(off), inst{in}) {
			return
		}
		off += in.Len
	}
}
