package source

import (
	"golang.org/x/tools/go/ssa"
)

// mapped are the constants that a map has as keys or values.
func (p *program) mapped(m ssa.Value, key bool, seen []ssa.Value) (out []text) {
	for _, made := range p.mapsOf(m, 0) {
		if made.Referrers() == nil {
			continue
		}
		for _, r := range *made.Referrers() {
			u, ok := r.(*ssa.MapUpdate)
			if !ok || u.Map != made {
				continue
			}
			v := u.Value
			if key {
				v = u.Key
			}
			for _, t := range p.constants(v, seen) {
				if !t.pos.IsValid() && u.Pos().IsValid() {
					t.pos, t.in = u.Pos(), u.Parent()
				}
				out = append(out, t)
			}
		}
	}
	return out
}

// mapsOf are the places that make a map.
func (p *program) mapsOf(v ssa.Value, depth int) (out []ssa.Value) {
	if depth > 5 {
		return nil
	}
	switch v := v.(type) {
	case *ssa.MakeMap:
		return []ssa.Value{v}
	case *ssa.UnOp:
		switch a := v.X.(type) {
		case *ssa.Global:
			for _, s := range p.stores[a] {
				out = append(out, p.mapsOf(s.Val, depth+1)...)
			}
		case *ssa.Alloc:
			for _, s := range storesTo(a) {
				out = append(out, p.mapsOf(s.Val, depth+1)...)
			}
		case *ssa.FieldAddr:
			for _, s := range p.fields[fieldKey{structOf(a.X.Type()), a.Field}] {
				out = append(out, p.mapsOf(s.Val, depth+1)...)
			}
		}
	case *ssa.Parameter:
		i := index(v)
		for _, c := range p.calls[v.Parent()] {
			if args := c.Common().Args; i >= 0 && i < len(args) {
				out = append(out, p.mapsOf(args[i], depth+1)...)
			}
		}
	}
	return out
}
