package heap

import (
	"cmp"
	"slices"

	"github.com/gomedic/gomedic/internal/gort"
)

// variables are a program's global variables, by address.
type variables struct {
	list []gort.Global
	// untyped: the binary tells of no variable's type.
	untyped bool
	// from are the words in the program's data that point into it, by where they point
	// to.
	from []pointer
}

type pointer struct{ slot, value uint64 }

// pointer returns the variable that points to the nearest place before addr.
func (v *variables) pointer(addr uint64) (slot uint64, ok bool) {
	i, found := slices.BinarySearchFunc(v.from, addr, func(p pointer, addr uint64) int { return cmp.Compare(p.value, addr) })
	if !found {
		i--
	}
	const largest = 4 << 10 // a struct: further away it is another's
	if i < 0 || addr-v.from[i].value > largest {
		return 0, false
	}
	return v.from[i].slot, true
}

func newVariables(p *gort.Program) *variables {
	v := &variables{list: slices.Clone(p.Globals())}
	v.untyped = !slices.ContainsFunc(v.list, func(g gort.Global) bool { return g.Type != nil })
	v.list = slices.DeleteFunc(v.list, func(g gort.Global) bool { return g.Addr == 0 })
	slices.SortFunc(v.list, byAddr)
	return v
}

// infer adds what the code says of the variables of a program without DWARF: to
// those that its symbols name, their types; else variables without a name.
func (v *variables) infer(inferred []gort.Global) {
	if len(v.list) == 0 {
		v.list = slices.Clone(inferred)
		return
	}
	types := map[uint64]*gort.Type{}
	for _, g := range inferred {
		types[g.Addr] = g.Type
	}
	for i := range v.list {
		if g := &v.list[i]; g.Type == nil && types[g.Addr] != nil && types[g.Addr].Size <= g.Size {
			g.Type = types[g.Addr]
		}
	}
}

// statics adds what the linker laid out for variables that point to it: the value of
// "var x = &T{…}" is in no variable of its own. pointers are the words in the
// program's data that point into it, by address.
func (v *variables) statics(pointers map[uint64]uint64, pointee func(t *gort.Type, offset uint64) *gort.Type) {
	for slot, value := range pointers {
		v.from = append(v.from, pointer{slot, value})
	}
	slices.SortFunc(v.from, func(a, b pointer) int { return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.slot, b.slot)) })
	const rounds = 8
	for range rounds {
		var more []gort.Global
		for slot, value := range pointers {
			g := v.at(slot)
			if g == nil || g.Type == nil || v.at(value) != nil {
				continue
			}
			t := pointee(g.Type, slot-g.Addr)
			if t == nil {
				continue
			}
			more = append(more, gort.Global{Name: g.Name, Package: g.Package, Addr: value, Size: t.Size, Type: t})
		}
		if len(more) == 0 {
			return
		}
		slices.SortFunc(more, byAddr)
		// A part of one may have a pointer of its own to it: the nearest is meant.
		more = slices.CompactFunc(more, func(a, b gort.Global) bool { return a.Addr == b.Addr })
		v.list = append(v.list, more...)
		slices.SortStableFunc(v.list, byAddr)
	}
}

func byAddr(a, b gort.Global) int { return cmp.Compare(a.Addr, b.Addr) }

// at returns the variable in which addr lies, nil if it is not known.
func (v *variables) at(addr uint64) *gort.Global {
	i, found := slices.BinarySearchFunc(v.list, addr, func(g gort.Global, addr uint64) int { return cmp.Compare(g.Addr, addr) })
	if !found {
		i--
	}
	if i < 0 || addr-v.list[i].Addr >= max(v.list[i].Size, 1) {
		return nil
	}
	return &v.list[i]
}
