package gort

import "math/bits"

// JSFunc is a Go function that JavaScript can call: js.FuncOf made it, and it was not
// released.
type JSFunc struct {
	ID      uint32
	Closure uint64 // of the function value
	Func    Func
}

// jsFuncArgs is the size of the arguments and results of a func(js.Value, []js.Value) any
// on the stack: 16, 24 and 16 bytes (syscall/js/js.go, Go 1.14 to 1.27).
const jsFuncArgs = 56

// JSFuncs returns the functions that JavaScript can call. known is false where the
// table of them cannot be told from other maps.
//
// It is the map syscall/js.funcs, from a number to a function. Neither its name nor
// its type is in memory; but in all of a program's variables there is no other map
// from small numbers to functions of that size. An empty one cannot be told from
// other empty ones, and need not be.
func (p *Program) JSFuncs() (list []JSFunc, known bool) {
	if len(p.Lookup("syscall/js.FuncOf")) == 0 && len(p.Lookup("syscall/js.handleEvent")) == 0 {
		return nil, true // nothing of the program makes any
	}
	if _, ok := p.Layout.Structs["internal/runtime/maps.Map"]; !ok {
		return nil, false
	}
	seen := map[uint64]bool{}
	for _, m := range p.Modules {
		for _, r := range m.Data[:2] {
			for a := (r[0] + 7) &^ 7; a+8 <= r[1]; a += 8 {
				v, err := p.word(a)
				if err != nil || v < 1<<12 || v%8 != 0 || seen[v] {
					continue
				}
				seen[v] = true
				if list := p.jsFuncMap(v); len(list) > 0 {
					return list, true
				}
			}
		}
	}
	return nil, true
}

// jsFuncMap reads the map at addr as one from uint32 to functions of JavaScript's
// form; nil: it is none.
func (p *Program) jsFuncMap(addr uint64) []JSFunc {
	const most = 1 << 22 // functions
	m, err := p.structAt("internal/runtime/maps.Map", addr)
	if err != nil {
		return nil
	}
	used, dir, n := m.uint("used"), m.uint("dirPtr"), m.uint("dirLen")
	if used == 0 || used > most || dir == 0 || dir%8 != 0 || n > most {
		return nil
	}
	if n == 0 {
		return p.jsFuncGroups(nil, dir, 1, used)
	}
	if bits.OnesCount64(n) != 1 {
		return nil
	}
	var list []JSFunc
	last := uint64(0)
	for i := range n {
		at, err := p.word(dir + 8*i)
		if err != nil || at == 0 {
			return nil
		}
		if at == last { // several entries lead to one table
			continue
		}
		last = at
		t, err := p.structAt("internal/runtime/maps.table", at)
		if err != nil {
			return nil
		}
		groups, mask := t.uint("groups.data"), t.uint("groups.lengthMask")
		if mask > most || bits.OnesCount64(mask+1) != 1 {
			return nil
		}
		before := len(list)
		list = p.jsFuncGroups(list, groups, mask+1, used)
		if uint64(len(list)-before) != t.uint("used") {
			return nil
		}
	}
	if uint64(len(list)) != used {
		return nil
	}
	return list
}

// jsFuncGroups reads n groups of a map: a control word, whose bytes have their high
// bit where the slot is not in use, and eight slots (internal/runtime/maps/group.go).
// It adds to list, or returns nil where what is there is something else.
func (p *Program) jsFuncGroups(list []JSFunc, at, n, most uint64) []JSFunc {
	const slots, slot = 8, 16
	b := make([]byte, 8+slots*slot)
	for i := range n {
		if p.mem.ReadAt(b, at+i*uint64(len(b))) != nil {
			return nil
		}
		for s := range slots {
			if b[s]&0x80 != 0 {
				continue
			}
			e := b[8+s*slot:]
			f := JSFunc{ID: le32(e), Closure: le64(e[8:])}
			pc, err := p.word(f.Closure)
			if err != nil || le32(e[4:]) != 0 || f.ID == 0 {
				return nil
			}
			fn, ok := p.FindFunc(pc)
			if !ok || fn.Entry != pc || fn.ArgBytes() != jsFuncArgs {
				return nil
			}
			f.Func = fn
			if list = append(list, f); uint64(len(list)) > most {
				return nil
			}
		}
	}
	return list
}
