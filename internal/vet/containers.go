package vet

import (
	"golang.org/x/tools/go/ssa"
)

// elements are the values that a map, slice or array may hold, as far as they are
// put in where it can be followed.
func (e *engine) elements(v ssa.Value, seen map[ssa.Value]bool) []ssa.Value {
	if seen[v] {
		return nil
	}
	seen[v] = true
	var all []ssa.Value
	each := func(vs []ssa.Value) {
		for _, x := range vs {
			all = append(all, e.elements(x, seen)...)
		}
	}
	switch v := v.(type) {
	case *ssa.MakeMap:
		for _, r := range *v.Referrers() {
			if u, ok := r.(*ssa.MapUpdate); ok && u.Map == v {
				all = append(all, u.Value)
			}
		}
	case *ssa.MakeSlice:
		all = indexed(v)
	case *ssa.Slice:
		return append(e.elements(v.X, seen), indexed(v)...)
	case *ssa.Alloc:
		all = indexed(v)
		each(storesTo(v))
	case *ssa.UnOp:
		switch x := v.X.(type) {
		case *ssa.Alloc:
			each(storesTo(x))
			all = append(all, indexed(x)...)
		case *ssa.FieldAddr:
			each(e.fields[keyOfField(x.X.Type(), x.Field)])
		case *ssa.Global:
			each(e.globals[x])
		case *ssa.FreeVar:
			return e.elements(x, seen)
		}
	case *ssa.FreeVar:
		for i, f := range v.Parent().FreeVars {
			if f == v {
				for _, m := range e.made[v.Parent()] {
					each([]ssa.Value{m.Bindings[i]})
				}
			}
		}
	case *ssa.Parameter:
		for i, p := range v.Parent().Params {
			if p != v {
				continue
			}
			for _, site := range e.callers[v.Parent()] {
				if args := site.Common().Args; !site.Common().IsInvoke() && i < len(args) {
					each([]ssa.Value{args[i]})
				}
			}
		}
	case *ssa.Phi:
		each(v.Edges)
	case *ssa.Call:
		if b, ok := v.Call.Value.(*ssa.Builtin); ok && b.Name() == "append" {
			each(v.Call.Args)
		}
	}
	return all
}

// indexed are the values stored by index into an array or a slice.
func indexed(v ssa.Value) []ssa.Value {
	var all []ssa.Value
	for _, r := range *v.Referrers() {
		a, ok := r.(*ssa.IndexAddr)
		if !ok || a.X != v {
			continue
		}
		for _, r := range *a.Referrers() {
			if s, ok := r.(*ssa.Store); ok && s.Addr == a {
				all = append(all, s.Val)
			}
		}
	}
	return all
}

// container is what a value was taken out of: m[k], s[i], a range over either; nil
// if it was not.
func container(v ssa.Value) ssa.Value {
	switch v := v.(type) {
	case *ssa.Lookup:
		return v.X
	case *ssa.Index:
		return v.X
	case *ssa.UnOp:
		if a, ok := v.X.(*ssa.IndexAddr); ok {
			return a.X
		}
	case *ssa.Extract:
		switch t := v.Tuple.(type) {
		case *ssa.Lookup:
			return t.X
		case *ssa.Next:
			if r, ok := t.Iter.(*ssa.Range); ok {
				return r.X
			}
		}
	}
	return nil
}
