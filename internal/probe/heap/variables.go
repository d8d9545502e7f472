package heap

import (
	"slices"

	"github.com/gomedic/gomedic/internal/gort"
)

// variables are a program's global variables, by address.
type variables struct{ list []gort.Global }

func newVariables(p *gort.Program) *variables {
	v := &variables{list: slices.Clone(p.Globals())}
	slices.SortFunc(v.list, func(a, b gort.Global) int {
		switch {
		case a.Addr < b.Addr:
			return -1
		case a.Addr > b.Addr:
			return 1
		}
		return 0
	})
	return v
}

// at returns the variable in which addr lies, nil if it is not known.
func (v *variables) at(addr uint64) *gort.Global {
	i, found := slices.BinarySearchFunc(v.list, addr, func(g gort.Global, addr uint64) int {
		switch {
		case g.Addr < addr:
			return -1
		case g.Addr > addr:
			return 1
		}
		return 0
	})
	if !found {
		i--
	}
	if i < 0 || addr-v.list[i].Addr >= max(v.list[i].Size, 1) {
		return nil
	}
	return &v.list[i]
}
