package vet

import (
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// closure is a function value: a function, and what its free variables hold as
// far as they are functions themselves. Walks carry them along, so that a helper
// that calls what it gets calls, on each way, only what that way gave it.
type closure struct {
	fn   *ssa.Function
	free []values // by index of fn.FreeVars
	key  string
}

// values are the function values that something may hold; none: unknown.
type values []*closure

// frame is a function as it is entered on one way.
type frame struct {
	fn     *ssa.Function
	params []values
	free   []values
}

// longest is how long the key of a frame may get: what is nested deeper is
// forgotten, and the call graph answers instead.
const longest = 300

func (e *engine) newClosure(fn *ssa.Function, free []values) *closure {
	c := &closure{fn: fn, key: e.id(fn) + keyOf(free)}
	if len(c.key) > longest {
		return &closure{fn: fn, key: e.id(fn)}
	}
	c.free = free
	return c
}

func keyOf(all []values) string {
	if !slices.ContainsFunc(all, func(v values) bool { return len(v) > 0 }) {
		return ""
	}
	var b strings.Builder
	b.WriteByte('(')
	for i, vs := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, v := range vs {
			if j > 0 {
				b.WriteByte('|')
			}
			b.WriteString(v.key)
		}
	}
	b.WriteByte(')')
	return b.String()
}

func (e *engine) keyOfFrame(f *frame) string {
	return e.id(f.fn) + keyOf(f.params) + ";" + keyOf(f.free)
}

// enter makes the frame of a call of c with the arguments that f gives.
func (e *engine) enter(c *closure, f *frame, args []ssa.Value) *frame {
	in := &frame{fn: c.fn, free: c.free}
	if len(c.fn.Params) == len(args) {
		for i, a := range args {
			if !isFunc(a.Type()) {
				continue
			}
			if v := e.resolve(f, a, 0); len(v) > 0 {
				if in.params == nil {
					in.params = make([]values, len(args))
				}
				in.params[i] = v
			}
		}
	}
	if len(e.keyOfFrame(in)) > longest {
		return &frame{fn: c.fn}
	}
	return in
}

// resolve returns the functions that v may be in the frame.
func (e *engine) resolve(f *frame, v ssa.Value, depth int) values {
	if depth > 6 || f == nil {
		return nil
	}
	switch v := v.(type) {
	case *ssa.Function:
		return values{e.newClosure(v, nil)}
	case *ssa.MakeClosure:
		fn := v.Fn.(*ssa.Function)
		var free []values
		for i, b := range v.Bindings {
			if !isFunc(b.Type()) {
				continue
			}
			if r := e.cell(f, b, depth+1); len(r) > 0 {
				if free == nil {
					free = make([]values, len(v.Bindings))
				}
				free[i] = r
			}
		}
		return values{e.newClosure(fn, free)}
	case *ssa.Parameter:
		if i := slices.Index(f.fn.Params, v); i >= 0 && i < len(f.params) {
			return f.params[i]
		}
	case *ssa.FreeVar:
		if i := slices.Index(f.fn.FreeVars, v); i >= 0 && i < len(f.free) {
			return f.free[i]
		}
	case *ssa.UnOp:
		if v.Op == token.MUL {
			return e.cell(f, v.X, depth+1)
		}
	case *ssa.ChangeType:
		return e.resolve(f, v.X, depth+1)
	case *ssa.Phi:
		var all values
		for _, x := range v.Edges {
			all = all.add(e.resolve(f, x, depth+1))
		}
		return all
	case *ssa.Call:
		return e.returned(f, v, 0, depth)
	case *ssa.Extract:
		if c, ok := v.Tuple.(*ssa.Call); ok {
			return e.returned(f, c, v.Index, depth)
		}
	}
	return nil
}

// returned are the functions that a call of the user's code returns.
func (e *engine) returned(f *frame, c *ssa.Call, index, depth int) values {
	fn := c.Call.StaticCallee()
	if fn == nil || e.originOf(fn) != userCode || depth > 3 {
		return nil
	}
	in := &frame{fn: fn}
	if m, ok := c.Call.Value.(*ssa.MakeClosure); ok {
		if r := e.resolve(f, m, depth+1); len(r) == 1 {
			in.free = r[0].free
		}
	}
	for i, a := range c.Call.Args {
		if isFunc(a.Type()) && i < len(fn.Params) {
			if r := e.resolve(f, a, depth+1); len(r) > 0 {
				if in.params == nil {
					in.params = make([]values, len(c.Call.Args))
				}
				in.params[i] = r
			}
		}
	}
	var all values
	for _, b := range fn.Blocks {
		if r, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && index < len(r.Results) {
			all = all.add(e.resolve(in, r.Results[index], depth+1))
		}
	}
	return all
}

// cell are the functions in a variable: a free variable, or a local one.
func (e *engine) cell(f *frame, v ssa.Value, depth int) values {
	switch v := v.(type) {
	case *ssa.Alloc:
		var all values
		for _, s := range storesTo(v) {
			all = all.add(e.resolve(f, s, depth+1))
		}
		return all
	case *ssa.FreeVar:
		return e.resolve(f, v, depth)
	case *ssa.FieldAddr, *ssa.Global, *ssa.IndexAddr:
		return nil
	}
	return e.resolve(f, v, depth)
}

// storesTo are the values stored into a local variable, by its own function.
func storesTo(a *ssa.Alloc) []ssa.Value {
	var all []ssa.Value
	for _, r := range *a.Referrers() {
		if s, ok := r.(*ssa.Store); ok && s.Addr == a {
			all = append(all, s.Val)
		}
	}
	return all
}

// add joins two sets. Something unknown in one of them stays unsaid: what is
// known is called.
func (v values) add(more values) values {
	for _, c := range more {
		if !slices.ContainsFunc(v, func(x *closure) bool { return x.key == c.key }) {
			v = append(v, c)
		}
	}
	return v
}
