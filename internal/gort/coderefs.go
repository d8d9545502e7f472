package gort

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// What refers to a package variable, and what a closure consists of, stands in
// the machine code of a program from which all else was stripped. All of it is
// looked through once, by pattern: to decode each instruction takes twenty times
// as long, and an operand relative to the instruction's own address that happens
// to hit a variable, or a type, is rare.

// codeRefs is what the code refers to.
type codeRefs struct {
	refs     []codeRef        // by address, then function
	types    map[uint64]bool  // descriptions whose address is loaded
	closures map[uint64]*Type // a function's entry → the struct of the closure that is made of it
}

// codeRef says that a function refers to an address of the program's variables.
type codeRef struct {
	addr uint64
	fn   uint32 // counted over all modules
}

const maxCodeRefs = 16 << 20

func (p *Program) codeRefs() *codeRefs {
	c := &p.globalData
	c.usersOnce.Do(func() { c.users = p.readCodeRefs() })
	return c.users
}

func (p *Program) readCodeRefs() *codeRefs {
	out := &codeRefs{types: map[uint64]bool{}, closures: map[uint64]*Type{}}
	var fn uint32
	for _, m := range p.Modules {
		for i := range m.nfunc {
			f, ok := m.at(i)
			if !ok || len(out.refs) > maxCodeRefs {
				fn++
				continue
			}
			if p.Arch() == "amd64" {
				p.scanCode(f, fn, out)
			} else {
				var made *Type
				for _, a := range p.referencesARM64(f) {
					if made = out.loaded(p, f, a, made); p.isVariable(a) {
						out.refs = append(out.refs, codeRef{a, fn})
					}
				}
			}
			fn++
		}
	}
	slices.SortFunc(out.refs, func(a, b codeRef) int {
		if c := cmp.Compare(a.addr, b.addr); c != 0 {
			return c
		}
		return cmp.Compare(a.fn, b.fn)
	})
	out.refs = slices.Compact(out.refs)
	return out
}

// scanCode looks for operands relative to the instruction pointer: a ModRM byte
// with mod 0 and r/m 5, followed by the distance from the instruction's end
// (Intel's Software Developer's Manual, volume 2, section 2.2.1.6).
//
// A closure is made of three steps: allocate a struct of a type, load the
// function's address, store it as the first word. So the type that was loaded
// last before the address of a function, if it is such a struct, is the
// closure's.
func (p *Program) scanCode(f Func, fn uint32, out *codeRefs) {
	b := p.code(f)
	var last codeRef
	var made *Type // the closure's struct that was loaded last
	for i := 2; i+5 <= len(b); i++ {
		if b[i]&0xc7 != 0x05 {
			continue
		}
		disp := int64(int32(binary.LittleEndian.Uint32(b[i+1:])))
		end := f.Entry + uint64(i) + 5
		target := end + uint64(disp)
		if b[i-1] == 0x8d { // LEA has no immediate operand
			made = out.loaded(p, f, target, made)
		}
		target += immediate(b, i)
		if r := (codeRef{target, fn}); r != last && p.isVariable(target) {
			out.refs = append(out.refs, r)
			last = r
		}
	}
}

// loaded notes that a function's code loads an address. made is the struct of a
// closure whose address was loaded last; loaded returns what is now.
func (c *codeRefs) loaded(p *Program, f Func, addr uint64, made *Type) *Type {
	switch {
	case addr >= f.m.Types.Lo && addr < f.m.Types.Hi && addr%8 == 0:
		if t := p.typeAt(addr); t != nil {
			c.types[addr] = true
			if isClosureStruct(t) {
				return t
			}
		}
	case made != nil && p.isEntry(addr):
		if _, ok := c.closures[addr]; !ok {
			c.closures[addr] = made
		}
		return nil
	}
	return made
}

// immediate returns the bytes between the distance of an operand and the end of
// its instruction, whose ModRM byte is b[i] (volume 2, appendix A.3).
func immediate(b []byte, i int) uint64 {
	op := b[i-1]
	reg := b[i] >> 3 & 7
	if b[i-2] == 0x0f { // two-byte opcodes
		switch op {
		case 0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc6, 0x70:
			return 1
		}
		return 0
	}
	wide := uint64(4)
	if b[i-2] == 0x66 || i > 2 && b[i-3] == 0x66 && b[i-2]&0xf0 == 0x40 {
		wide = 2
	}
	switch op {
	case 0x80, 0x83, 0xc0, 0xc1, 0xc6, 0x6b:
		return 1
	case 0x81, 0xc7, 0x69:
		return wide
	case 0xf6:
		if reg < 2 { // TEST
			return 1
		}
	case 0xf7:
		if reg < 2 {
			return wide
		}
	}
	return 0
}

// isEntry reports whether a function begins at pc.
func (p *Program) isEntry(pc uint64) bool {
	f, ok := p.FindFunc(pc)
	return ok && f.Entry == pc
}

// isClosureStruct: the compiler builds closures, and the function values of
// methods, as structs "F uintptr; X0 …; X1 …" and "F uintptr; R …"
// (cmd/compile/internal/typecheck/func.go, ClosureType, MethodValueType).
func isClosureStruct(t *Type) bool {
	if t.Kind != KindStruct || t.Named || len(t.Fields) < 2 || t.Fields[0].Name != "F" && t.Fields[0].Name != ".F" {
		return false
	}
	ft := t.Fields[0].Type()
	return ft != nil && ft.Kind == KindUintptr && (t.Fields[1].Name == "R" || strings.HasPrefix(t.Fields[1].Name, "X"))
}

// GlobalUsers returns the functions whose machine code refers to addr, a place
// in the program's variables: the program's own module first, then other
// modules, the standard library last, and in each of these the functions that
// initialise packages behind the others. The code is looked through when this is
// first asked.
//
// Code refers to a variable's start, and to the parts of it that it uses. Of a
// variable which only others point to, there are none.
func (p *Program) GlobalUsers(addr uint64) []Func {
	refs := p.codeRefs().refs
	i, _ := slices.BinarySearchFunc(refs, addr, func(r codeRef, a uint64) int { return cmp.Compare(r.addr, a) })
	const most = 256
	var out []Func
	for ; i < len(refs) && refs[i].addr == addr && len(out) < most; i++ {
		if f, ok := p.numbered(refs[i].fn); ok {
			out = append(out, f)
		}
	}
	main := ""
	if p.Info != nil {
		main = p.Info.Main.Path
	}
	rank := make(map[uint64]int, len(out))
	for _, f := range out {
		rank[f.Entry] = userRank(f.Name(), main)
	}
	slices.SortStableFunc(out, func(a, b Func) int { return cmp.Compare(rank[a.Entry], rank[b.Entry]) })
	return out
}

// GlobalStart returns the address nearest to addr, at or before it, to which
// code refers: where a variable that contains addr, of a binary that tells of
// none, most likely begins. ok is false if none is within the same section.
func (p *Program) GlobalStart(addr uint64) (start uint64, ok bool) {
	if g, ok := p.GlobalAt(addr); ok {
		return g.Addr, true
	}
	refs := p.codeRefs().refs
	i, found := slices.BinarySearchFunc(refs, addr, func(r codeRef, a uint64) int { return cmp.Compare(r.addr, a) })
	if found {
		return addr, true
	}
	if i == 0 {
		return 0, false
	}
	start = refs[i-1].addr
	for _, m := range p.Modules {
		for _, r := range m.Data {
			if addr >= r[0] && addr < r[1] {
				return start, start >= r[0]
			}
		}
	}
	return 0, false
}

// numbered returns the function of a number, counted over all modules.
func (p *Program) numbered(fn uint32) (Func, bool) {
	n := int(fn)
	for _, m := range p.Modules {
		if n < m.nfunc {
			return m.at(n)
		}
		n -= m.nfunc
	}
	return Func{}, false
}

// userRank orders functions by how much they are the user's own.
func userRank(name, main string) int {
	pkg := Package(name)
	rank := 0
	first, _, _ := strings.Cut(pkg, "/")
	switch {
	case pkg == "main" || main != "" && (pkg == main || strings.HasPrefix(pkg, main+"/")):
	case strings.Contains(first, "."):
		rank = 2
	default:
		rank = 4
	}
	if rest := name[min(len(name), len(pkg)):]; rest == ".init" || strings.HasPrefix(rest, ".init.") || strings.HasPrefix(rest, ".map.init") {
		rank++
	}
	return rank
}
