package vet

import (
	"cmp"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// The SSA program hands out functions and sites in the order of maps, and files
// get their positions in the order in which they happen to be parsed. Sorting by
// name, and by place only within a function, makes the same source give the same
// report.

func sortFuncs(all []*ssa.Function) {
	names := make(map[*ssa.Function]string, len(all))
	for _, fn := range all {
		names[fn] = fn.String()
	}
	slices.SortFunc(all, func(a, b *ssa.Function) int {
		return cmp.Or(cmp.Compare(names[a], names[b]), cmp.Compare(a.Pos(), b.Pos()))
	})
}

func sortSites(all []ssa.CallInstruction) {
	slices.SortFunc(all, func(a, b ssa.CallInstruction) int {
		return cmp.Or(cmp.Compare(a.Parent().String(), b.Parent().String()), cmp.Compare(a.Pos(), b.Pos()))
	})
}
