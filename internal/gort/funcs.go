package gort

import "golang.org/x/arch/x86/x86asm"

const maxFields = 16 // of a struct that are looked at

// carriesFuncs reports whether what is sent on a channel is to be called: functions,
// or structs with one, or pointers to such.
func (p *Program) carriesFuncs(hchan []byte) bool {
	f, ok := p.Layout.Field("runtime.hchan", "elemtype")
	if !ok || int(f.Offset)+8 > len(hchan) {
		return false
	}
	return p.hasFunc(le64(hchan[f.Offset:]), 2)
}

// hasFunc reports whether a value of the type is a function, or leads to one over
// so many structs and pointers at most.
func (p *Program) hasFunc(typ uint64, depth int) bool {
	kind, ok := p.Layout.Field("internal/abi.Type", "Kind_")
	var b [1]byte
	if !ok || typ == 0 || p.mem.ReadAt(b[:], typ+uint64(kind.Offset)) != nil {
		return false
	}
	switch k := Kind(b[0] & kindMask); {
	case k == KindFunc:
		return true
	case depth == 0:
		return false
	case k == KindPointer:
		if f, ok := p.Layout.Field("internal/abi.PtrType", "Elem"); ok {
			elem, err := p.word(typ + uint64(f.Offset))
			return err == nil && p.hasFunc(elem, depth-1)
		}
	case k == KindStruct:
		list, ok1 := p.Layout.Field("internal/abi.StructType", "Fields")
		of, ok2 := p.Layout.Field("internal/abi.StructField", "Typ")
		size := uint64(p.Layout.Structs["internal/abi.StructField"].Size)
		if !ok1 || !ok2 {
			return false
		}
		first, err1 := p.word(typ + uint64(list.Offset))
		n, err2 := p.word(typ + uint64(list.Offset) + 8)
		if err1 != nil || err2 != nil {
			return false
		}
		for i := range min(n, maxFields) {
			t, err := p.word(first + i*size + uint64(of.Offset))
			if err == nil && p.hasFunc(t, depth-1) {
				return true
			}
		}
	}
	return false
}

// maxVisited bounds the functions whose code is looked through for one question.
const maxVisited = 200

// MakesAny reports whether a function's code makes a function value, such as a
// closure that it hands to others, whose code calls a function that match accepts,
// itself or within two calls.
func (p *Program) MakesAny(f Func, match func(name string) bool) bool {
	if p.Arch() != "amd64" || f.End-f.Entry > maxLockCode {
		return false
	}
	left := maxVisited
	found := false
	p.instructions(f, func(pc uint64, in x86asm.Inst) bool {
		if in.Op == x86asm.LEA {
			if g, ok := p.funcValue(ripAddr(in, pc+uint64(in.Len))); ok && g.Entry != f.Entry {
				found = p.reaches(g, match, 2, &left)
			}
		}
		return !found
	})
	return found
}

// funcValue returns the function whose code, or whose function value, is at addr.
func (p *Program) funcValue(addr uint64) (Func, bool) {
	if addr == 0 {
		return Func{}, false
	}
	if !p.IsText(addr) {
		pc, err := p.word(addr)
		if err != nil || !p.IsText(pc) {
			return Func{}, false
		}
		addr = pc
	}
	g, ok := p.FindFunc(addr)
	return g, ok && g.Entry == addr
}

// reaches reports whether a function calls one that match accepts, within so many
// calls.
func (p *Program) reaches(f Func, match func(name string) bool, depth int, left *int) bool {
	if *left--; *left < 0 {
		return false
	}
	if p.CallsAny(f, match) {
		return true
	}
	if depth == 0 || f.End-f.Entry > maxLockCode {
		return false
	}
	found := false
	p.instructions(f, func(pc uint64, in x86asm.Inst) bool {
		if rel, ok := in.Args[0].(x86asm.Rel); ok && in.Op == x86asm.CALL {
			if g, ok := p.FindFunc(pc + uint64(in.Len) + uint64(int64(rel))); ok && !isLowLevel(g.Name()) {
				found = p.reaches(g, match, depth-1, left)
			}
		}
		return !found
	})
	return found
}
