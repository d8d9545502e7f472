package gort

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/arch/x86/x86asm"
)

// A stripped binary tells nothing of its variables, but its code does: a map's
// type is handed to the runtime together with the map, and what the runtime
// allocates, by type, is stored where it belongs. So the code is followed from
// its first instruction to its last, as if it had no branches, with what is
// known of the registers and of the places on the stack. What two functions
// contradict each other about is left out. (amd64 only.)

// inferCache is what was concluded of the variables.
type inferCache struct {
	once sync.Once
	list []Global
	ends map[uint64]known // what functions return first, by entry
	done atomic.Bool
}

// InferredGlobals returns what the code lets conclude of the program's
// variables, by address: without names, with the type that a word, or what
// begins there, most likely has; it may be a field of a variable that is a
// struct. It serves binaries without DWARF, and takes as long as decoding all
// code. It is computed once. Do not change the list.
func (p *Program) InferredGlobals() []Global {
	p.inferred.once.Do(func() { p.inferred.list = p.inferGlobals(); p.inferred.done.Store(true) })
	return p.inferred.list
}

// InferredGlobalAt returns what was concluded of the place at addr.
func (p *Program) InferredGlobalAt(addr uint64) (Global, bool) {
	list := p.InferredGlobals()
	i, ok := slices.BinarySearchFunc(list, addr, func(g Global, a uint64) int { return cmp.Compare(g.Addr, a) })
	if !ok {
		return Global{}, false
	}
	return list[i], true
}

// known is what is known of a word.
type known struct {
	what what
	typ  *Type  // the type it has to do with
	addr uint64 // of the variable, or the entry of the function
}

type what uint8

const (
	nothing    what = iota
	typeWord        // the address of typ's description
	itabWord        // the address of an itab of the interface typ
	addrOf          // the variable's address
	valueOf         // the variable's value
	pointerTo       // to a value of typ
	elementsOf      // the array behind a slice of typ
	itself          // a value of typ: a map, a chan
	resultOf        // the first result of the function at addr
	slotOf          // the value of the place on the stack that is addr from its end
)

// follower follows one function's code.
type follower struct {
	p     *Program
	calls map[uint64]callee // by entry
	regs  [16]known
	stack map[int64]known // by distance from the stack pointer
	votes map[uint64][]known
	ends  map[uint64]known // what functions return, by entry; nothing: it differs
	// results are the ends of all functions.
	results map[uint64]known
	slots   map[int64][]known // votes for places on the stack; nil: nobody asks
}

// callee is what is known of a function by its name.
type callee struct {
	runtime string // its name without the package; "": it is not the runtime's
	recv    *Type  // what its receiver points to; nil: it has none, or not a pointer
}

func (p *Program) inferGlobals() []Global {
	if p.Arch() != "amd64" || !p.typeData().layout.ok {
		return nil
	}
	w := newFollower(p)
	p.Functions(func(f Func) bool {
		if name := f.rawName(); !strings.HasPrefix(string(name), "runtime.") { // its variables are known
			w.follow(f)
		}
		return true
	})
	w.results, p.inferred.ends = w.ends, w.ends
	var list []Global
	for addr, votes := range w.votes {
		if t := w.elect(votes); t != nil && addr%8 == 0 {
			list = append(list, Global{Addr: addr, Size: t.Size, Type: t})
		}
	}
	slices.SortFunc(list, func(a, b Global) int { return cmp.Compare(a.Addr, b.Addr) })
	// A variable that is a struct says more than its fields.
	out := list[:0]
	var end uint64
	for _, g := range list {
		if g.Addr < end {
			continue
		}
		if out = append(out, g); g.Type.Kind == KindStruct || g.Type.Kind == KindArray {
			end = g.Addr + g.Size
		}
	}
	return out
}

func newFollower(p *Program) *follower {
	return &follower{p: p, calls: map[uint64]callee{}, votes: map[uint64][]known{}, ends: map[uint64]known{}}
}

// elect returns the type that all, or nearly all, votes are for.
func (w *follower) elect(votes []known) *Type {
	count := map[*Type]int{}
	all := 0
	var best *Type
	for _, v := range votes {
		v = w.result(v)
		t := w.p.typeOfKnown(v)
		if t == nil {
			continue
		}
		all++
		if count[t]++; best == nil || count[t] > count[best] {
			best = t
		}
	}
	if best == nil || count[best]*4 < all*3 {
		return nil
	}
	return best
}

// result follows results of functions that return those of others.
func (w *follower) result(v known) known {
	for range 8 {
		if v.what != resultOf {
			return v
		}
		v = w.results[v.addr]
	}
	return known{}
}

// typeOfKnown returns the type of a variable that holds such a word.
func (p *Program) typeOfKnown(v known) *Type {
	if v.typ == nil {
		return nil
	}
	switch v.what {
	case itabWord, itself: // a type's word may be any word of a variable
		return v.typ
	case pointerTo:
		if isClosureStruct(v.typ) {
			return nil // a func: which one, its first word says
		}
		return p.derivedType(KindPointer, v.typ)
	case elementsOf:
		return p.derivedType(KindSlice, v.typ)
	}
	return nil
}

// derivedType returns the type of pointers to, or slices of, a type: the
// program's own, else one that is made up.
func (p *Program) derivedType(kind Kind, of *Type) *Type {
	prefix := "*"
	if kind == KindSlice {
		prefix = "[]"
	}
	full := prefix + of.FullName()
	if t := p.TypeByName(full); t != nil && t.Kind == kind && t.elem == (typeRef{addr: of.Addr}) {
		return t
	}
	c := &p.types
	c.derivedMu.Lock()
	defer c.derivedMu.Unlock()
	key := derived{kind, of}
	if t, ok := c.derived[key]; ok {
		return t
	}
	shape := kindShapes[kind]
	t := &Type{p: p, Kind: kind, Name: prefix + of.Name, Size: shape.size, PtrBytes: shape.ptrBytes, elem: typeRef{addr: of.Addr}}
	if c.derived == nil {
		c.derived = map[derived]*Type{}
	}
	c.derived[key] = t
	return t
}

// derived names a type that is made up.
type derived struct {
	kind Kind
	of   *Type
}

const maxVotes = 64 // for one place

func (w *follower) vote(addr uint64, v known) {
	if v.what == nothing || len(w.votes[addr]) >= maxVotes || len(w.votes) > maxGlobals || !w.p.isVariable(addr) {
		return
	}
	w.votes[addr] = append(w.votes[addr], v)
}

func (w *follower) follow(f Func) {
	w.regs, w.stack = [16]known{}, map[int64]known{}
	w.enter(f)
	w.p.instructions(f, func(pc uint64, in x86asm.Inst) bool {
		w.step(f, pc+uint64(in.Len), in)
		return true
	})
}

// register returns the number of the whole register that r is part of, -1: none
// of the general ones.
func register(r x86asm.Reg) int {
	switch {
	case r >= x86asm.RAX && r <= x86asm.R15:
		return int(r - x86asm.RAX)
	case r >= x86asm.EAX && r <= x86asm.R15L:
		return int(r - x86asm.EAX)
	case r >= x86asm.AX && r <= x86asm.R15W:
		return int(r - x86asm.AX)
	case r >= x86asm.AL && r <= x86asm.BL:
		return int(r - x86asm.AL)
	case r >= x86asm.SPB && r <= x86asm.R15B:
		return int(r-x86asm.SPB) + 4
	}
	return -1
}

// The registers of Go's internal ABI, in the order of arguments.
const (
	argA, argB, argC, argD, argE = 0, 3, 1, 7, 6 // AX, BX, CX, DI, SI
)

// step notes what one instruction, which ends at end, does.
func (w *follower) step(f Func, end uint64, in x86asm.Inst) {
	switch in.Op {
	case x86asm.CALL:
		w.call(end, in)
		return
	case x86asm.RET:
		w.end(f, w.regs[argA])
		w.regs = [16]known{}
		return
	case x86asm.JMP:
		w.regs = [16]known{}
		return
	case x86asm.CMP, x86asm.TEST, x86asm.PUSH, x86asm.NOP:
		return
	case x86asm.MUL, x86asm.IMUL, x86asm.DIV, x86asm.IDIV, x86asm.CQO, x86asm.CDQ:
		w.regs[0], w.regs[2] = known{}, known{}
	case x86asm.XCHG: // the store of sync/atomic
		if m, ok := in.Args[0].(x86asm.Mem); ok {
			if src, ok := in.Args[1].(x86asm.Reg); ok && m.Base == x86asm.RIP && register(src) >= 0 {
				w.vote(end+uint64(m.Disp), w.regs[register(src)])
				w.regs[register(src)] = known{}
			}
			return
		}
	}
	switch dst := in.Args[0].(type) {
	case x86asm.Reg:
		if n := register(dst); n >= 0 {
			v := known{}
			if dst >= x86asm.RAX && dst <= x86asm.R15 {
				v = w.source(end, in)
			}
			w.regs[n] = v
		}
	case x86asm.Mem:
		src, isReg := in.Args[1].(x86asm.Reg)
		if dst.Base == x86asm.RSP && dst.Index == 0 {
			delete(w.stack, dst.Disp)
		}
		if in.Op != x86asm.MOV || !isReg || in.MemBytes != 8 || register(src) < 0 {
			return
		}
		v := w.regs[register(src)]
		switch {
		case dst.Base == x86asm.RIP:
			w.vote(end+uint64(dst.Disp), v)
		case dst.Base == x86asm.RSP && dst.Index == 0:
			const most = 1 << 10
			w.slot(dst.Disp, v)
			if v.what != nothing && len(w.stack) < most {
				w.stack[dst.Disp] = v
			}
		case dst.Disp == 0 && dst.Index == 0 && register(dst.Base) >= 0:
			// A store through the address of a variable.
			if a := w.regs[register(dst.Base)]; a.what == addrOf {
				w.vote(a.addr, v)
			}
		}
	}
}

// source returns what an instruction moves into its register.
func (w *follower) source(end uint64, in x86asm.Inst) known {
	switch src := in.Args[1].(type) {
	case x86asm.Reg:
		if n := register(src); in.Op == x86asm.MOV && n >= 0 {
			return w.regs[n]
		}
	case x86asm.Mem:
		if src.Base == x86asm.RIP {
			addr := end + uint64(src.Disp)
			switch {
			case in.Op == x86asm.LEA:
				return w.addressed(addr)
			case in.Op == x86asm.MOV && w.p.isVariable(addr):
				return known{what: valueOf, addr: addr}
			}
			return known{}
		}
		if in.Op == x86asm.MOV && src.Base == x86asm.RSP && src.Index == 0 {
			if v := w.stack[src.Disp]; v.what != nothing {
				return v
			}
			return known{what: slotOf, addr: uint64(src.Disp)}
		}
		if in.Op == x86asm.MOV && src.Index == 0 && src.Disp >= 0 && register(src.Base) >= 0 {
			return fieldKnown(w.regs[register(src.Base)], uint64(src.Disp))
		}
	}
	return known{}
}

// addressed returns what lies at an address that the code names.
func (w *follower) addressed(addr uint64) known {
	if w.p.isVariable(addr) {
		return known{what: addrOf, addr: addr}
	}
	if w.p.IsText(addr) {
		return known{}
	}
	if t := w.p.typeAt(addr); t != nil {
		return known{what: typeWord, typ: t}
	}
	if inter, _, ok := w.p.itabWords(addr); ok {
		return known{what: itabWord, typ: w.p.typeAt(inter)}
	}
	return known{}
}

// end notes what a function returns first. That is one type, whatever path it
// takes: where the code says two, or says nothing, it is left out. A function
// without results leaves something in the register, which nobody uses.
func (w *follower) end(f Func, v known) {
	switch v.what {
	case pointerTo, itself, elementsOf, resultOf:
	default:
		return // nil, or an argument
	}
	if have, ok := w.ends[f.Entry]; ok && have != v {
		v = known{}
	}
	w.ends[f.Entry] = v
}

// call notes what a call does to what is known.
func (w *follower) call(end uint64, in x86asm.Inst) {
	rel, ok := in.Args[0].(x86asm.Rel)
	if !ok {
		w.regs = [16]known{}
		return
	}
	target := end + uint64(int64(rel))
	to := w.callee(target)
	name := to.runtime
	if strings.HasPrefix(name, "gcWriteBarrier") {
		return // changes no register but R11
	}
	a, b, e := w.regs[argA], w.regs[argB], w.regs[argE]
	w.regs = [16]known{}
	out := &w.regs[argA]
	isMap := a.what == typeWord && a.typ.Kind == KindMap
	switch {
	case name == "":
		w.received(a, to.recv)
		*out = known{what: resultOf, addr: target}
	case name == "newobject" && a.what == typeWord:
		*out = known{what: pointerTo, typ: a.typ}
	case strings.HasPrefix(name, "mallocgc") && b.what == typeWord:
		*out = known{what: pointerTo, typ: b.typ}
	case strings.HasPrefix(name, "makeslice") && a.what == typeWord:
		*out = known{what: elementsOf, typ: a.typ}
	case strings.HasPrefix(name, "makemap") && isMap, strings.HasPrefix(name, "makechan") && a.what == typeWord && a.typ.Kind == KindChan:
		*out = known{what: itself, typ: a.typ}
	case strings.HasPrefix(name, "growslice") && e.what == typeWord:
		if a.what == valueOf {
			w.vote(a.addr, known{what: elementsOf, typ: e.typ})
		}
		*out = known{what: elementsOf, typ: e.typ}
	case strings.HasPrefix(name, "map") && isMap:
		switch b.what {
		case valueOf:
			w.vote(b.addr, known{what: itself, typ: a.typ})
		case slotOf:
			w.slot(int64(b.addr), known{what: itself, typ: a.typ})
		}
	case (name == "typedmemmove" || name == "typedmemclr" || name == "wbZero" || name == "wbMove") && a.what == typeWord && b.what == addrOf:
		w.vote(b.addr, known{what: itself, typ: a.typ})
	}
}
