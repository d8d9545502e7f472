package debuginfo

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"
)

// Variable is a package variable.
type Variable struct {
	Name string // "main.cache"
	Addr uint64 // as linked
	Type uint32 // offset of its type's entry
}

// function is a function's own code, as opposed to where it was inlined.
type function struct {
	entry uint64
	off   uint32
}

// Variables returns the package variables of the Go code, by address. The first
// call walks all entries.
func (d *Data) Variables() []Variable {
	d.once.Do(d.index)
	return d.variables
}

// index walks all units, several at a time.
func (d *Data) index() {
	const workers = 4
	found := make([]struct {
		variables []Variable
		functions []function
	}, len(d.units))
	next := make(chan int)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range next {
				found[i].variables, found[i].functions = d.indexUnit(&d.units[i])
			}
		})
	}
	for i := range d.units {
		if d.units[i].language == langGo {
			next <- i
		}
	}
	close(next)
	wg.Wait()
	for _, f := range found {
		if len(d.variables) < maxFound && len(d.functions) < maxFound {
			d.variables = append(d.variables, f.variables...)
			d.functions = append(d.functions, f.functions...)
		}
	}
	slices.SortStableFunc(d.variables, func(a, b Variable) int { return cmp.Compare(a.Addr, b.Addr) })
	slices.SortStableFunc(d.functions, func(a, b function) int { return cmp.Compare(a.entry, b.entry) })
}

func (d *Data) indexUnit(u *unit) (vars []Variable, fns []function) {
	var e entry
	c := cursor{d: d, u: u, at: u.root}
	for depth := 0; c.next(&e); {
		switch {
		case e.tag == 0:
			if depth--; depth <= 0 {
				return vars, fns
			}
			continue
		case depth == 1 && e.tag == tagVariable:
			const opAddr = 0x03 // DW_OP_addr
			typ := e.ref(attrType)
			if len(e.block) == 9 && e.block[0] == opAddr && len(e.name) > 0 && typ != 0 && len(vars) < maxFound {
				vars = append(vars, Variable{string(e.name), binary.LittleEndian.Uint64(e.block[1:]), typ})
			}
		case depth == 1 && e.tag == tagSubprogram:
			if pc, ok := e.get(attrLowPC); ok && len(fns) < maxFound {
				fns = append(fns, function{pc, e.off})
			}
		}
		if e.children {
			depth++
		}
	}
	return vars, fns
}

// functionAt returns the entry of the function that begins at pc, as linked.
func (d *Data) functionAt(pc uint64) (off uint32, ok bool) {
	d.once.Do(d.index)
	i, ok := slices.BinarySearchFunc(d.functions, pc, func(f function, pc uint64) int { return cmp.Compare(f.entry, pc) })
	if !ok {
		return 0, false
	}
	return d.functions[i].off, true
}

// Captured is a variable that a closure has captured.
type Captured struct {
	Name   string
	Offset uint64 // in the closure, whose first word is its code
	Type   uint32 // offset of the type's entry
}

// Captured returns what the closure whose code begins at pc, as linked, has
// captured, by offset. The compiler leaves out what the code does not use.
func (d *Data) Captured(pc uint64) []Captured {
	off, ok := d.functionAt(pc)
	if !ok {
		return nil
	}
	out := d.capturedOf(off)
	// A function that was inlined elsewhere, too, has its variables in the entry
	// that all have in common.
	u := d.unitOf(off)
	if u == nil {
		return out
	}
	e := new(entry)
	if c := (cursor{d: d, u: u, at: int(off)}); c.next(e) {
		if origin := e.ref(attrOrigin); origin != 0 {
			out = append(out, d.capturedOf(origin)...)
		}
	}
	slices.SortStableFunc(out, func(a, b Captured) int { return cmp.Compare(a.Offset, b.Offset) })
	return slices.CompactFunc(out, func(a, b Captured) bool { return a.Offset == b.Offset })
}

// capturedOf walks a function's own variables.
func (d *Data) capturedOf(off uint32) []Captured {
	u := d.unitOf(off)
	if u == nil {
		return nil
	}
	const mostEntries, most = 1 << 16, 1 << 10
	var out []Captured
	e := new(entry)
	c := cursor{d: d, u: u, at: int(off)}
	for depth, n := 0, 0; n < mostEntries && len(out) < most && c.next(e); n++ {
		if e.tag == 0 {
			depth--
			if depth <= 0 {
				break
			}
			continue
		}
		if n == 0 && (e.tag != tagSubprogram || !e.children) {
			break
		}
		if o, ok := e.get(attrGoClosureOffset); ok && len(e.name) > 0 && o > 0 && o < 1<<20 {
			out = append(out, Captured{string(e.name), o, e.ref(attrType)})
		}
		if e.children {
			depth++
		}
	}
	return out
}
