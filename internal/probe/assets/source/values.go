package source

import (
	"go/constant"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// text is a constant that reaches a value. pos is where it is handed on, if that is not
// at the value itself, and in the function there; call is the call that hands it to a
// parameter.
type text struct {
	text    string
	pos     token.Pos
	in      *ssa.Function
	call    *ssa.Call
	unknown bool // the value may be another one, that is not known
	partly  bool // it is one of several, of which some are not known
}

// other stands for all that is not known.
var other = []text{{unknown: true}}

// known leaves out what is not known.
func known(all []text) []text {
	return slices.DeleteFunc(slices.Clone(all), func(t text) bool { return t.unknown || t.text == "" })
}

// whole is all, or nothing where some are not known.
func whole(all []text) []text {
	if len(all) == 0 || slices.ContainsFunc(all, func(t text) bool { return t.unknown }) {
		return other
	}
	return all
}

const (
	maxTexts = 2000
	maxSteps = 12
)

// names are the strings that a value may be, as far as they are known.
func (p *program) names(v ssa.Value) []text { return known(p.constants(v, nil)) }

// constants are the strings that a value may be, and other.
func (p *program) constants(v ssa.Value, seen []ssa.Value) (out []text) {
	if v != nil && slices.Contains(seen, v) {
		return nil // round a loop: it adds nothing
	}
	if v == nil || len(seen) > maxSteps {
		return other
	}
	seen = append(slices.Clone(seen), v)
	defer func() {
		if len(out) > maxTexts {
			out = out[:maxTexts]
		}
		if out == nil {
			out = other
		}
	}()
	switch v := v.(type) {
	case *ssa.Const:
		if v.Value != nil && v.Value.Kind() == constant.String {
			return []text{{text: constant.StringVal(v.Value)}}
		}
	case *ssa.BinOp:
		if v.Op == token.ADD {
			return product(p.constants(v.X, seen), p.constants(v.Y, seen), func(a, b string) string { return a + b })
		}
	case *ssa.Convert:
		return p.constants(v.X, seen)
	case *ssa.ChangeType:
		return p.constants(v.X, seen)
	case *ssa.Phi:
		for _, e := range v.Edges {
			out = append(out, p.constants(e, seen)...)
		}
		if slices.ContainsFunc(out, func(t text) bool { return t.unknown }) {
			for i := range out {
				out[i].partly = true
			}
		}
		return out
	case *ssa.Parameter:
		return p.argument(v, seen)
	case *ssa.FreeVar:
		if b := bound(v); b != nil {
			return p.constants(b, seen)
		}
	case *ssa.UnOp:
		if v.Op == token.MUL {
			return p.loaded(v.X, seen)
		}
	case *ssa.Field:
		return p.fieldTexts(fieldKey{structOf(v.X.Type()), v.Field}, seen)
	case *ssa.Extract:
		if next, ok := v.Tuple.(*ssa.Next); ok && !next.IsString {
			if r, ok := next.Iter.(*ssa.Range); ok {
				return p.mapped(r.X, v.Index == 1, seen)
			}
		}
		if l, ok := v.Tuple.(*ssa.Lookup); ok && v.Index == 0 {
			return p.mapped(l.X, false, seen)
		}
	case *ssa.Lookup:
		return p.mapped(v.X, false, seen)
	case *ssa.Index:
		return p.elements(v.X, seen)
	case *ssa.Call:
		return p.computed(v, seen)
	}
	return out
}

func product(a, b []text, f func(a, b string) string) (out []text) {
	for _, x := range a {
		for _, y := range b {
			t := x
			t.unknown, t.partly = x.unknown || y.unknown, x.partly || y.partly
			if !t.pos.IsValid() {
				t.pos, t.in, t.call = y.pos, y.in, y.call
			}
			t.text = f(x.text, y.text)
			if out = append(out, t); len(out) >= maxTexts {
				return out
			}
		}
	}
	return out
}

// computed is the result of a call: of path.Join and its kin, or a constant that a
// function of the project returns.
func (p *program) computed(c *ssa.Call, seen []ssa.Value) (out []text) {
	name, args, _ := callee(&c.Call)
	switch name {
	case "path.Join", "path/filepath.Join":
		if len(args) != 1 {
			return other
		}
		parts := p.list(args[0])
		if parts == nil {
			return other
		}
		out = []text{{}}
		for _, part := range parts {
			out = product(out, p.constants(part, seen), func(a, b string) string { return path.Join(a, filepath.ToSlash(b)) })
		}
		return out
	case "path.Clean", "path/filepath.Clean", "path/filepath.FromSlash", "path/filepath.ToSlash", "strings.TrimSpace":
		if len(args) == 1 {
			return p.constants(args[0], seen)
		}
	default:
		if f := c.Call.StaticCallee(); f != nil && p.funcs[f] && f.Signature.Results().Len() == 1 {
			each(f, func(in ssa.Instruction) {
				if r, ok := in.(*ssa.Return); ok && len(r.Results) == 1 {
					if k, ok := r.Results[0].(*ssa.Const); ok {
						out = append(out, p.constants(k, seen)...)
					} else {
						out = append(out, other...)
					}
				}
			})
			return whole(out)
		}
	}
	return other
}

// list are the values of a literal list, such as those of a call's variable arguments;
// nil where it is none.
func (p *program) list(v ssa.Value) []ssa.Value {
	s, ok := v.(*ssa.Slice)
	if !ok {
		return nil
	}
	a, ok := s.X.(*ssa.Alloc)
	if !ok {
		return nil
	}
	m := map[int64]ssa.Value{}
	for _, ref := range *a.Referrers() {
		ia, ok := ref.(*ssa.IndexAddr)
		if !ok {
			continue
		}
		k, ok := ia.Index.(*ssa.Const)
		if !ok {
			return nil
		}
		for _, r := range *ia.Referrers() {
			if st, ok := r.(*ssa.Store); ok {
				m[k.Int64()] = st.Val
			}
		}
	}
	out := make([]ssa.Value, len(m))
	for i, v := range m {
		if i < 0 || i >= int64(len(out)) {
			return nil
		}
		out[i] = v
	}
	return out
}

func index(v *ssa.Parameter) int { return slices.Index(v.Parent().Params, v) }

// argument are the constants that the callers of a function hand to a parameter.
func (p *program) argument(v *ssa.Parameter, seen []ssa.Value) (out []text) {
	f := v.Parent()
	if o := f.Origin(); o != nil {
		f = o
	}
	i := index(v)
	for _, c := range p.calls[f] {
		args := c.Common().Args
		if i < 0 || i >= len(args) {
			continue
		}
		call, _ := c.(*ssa.Call)
		for _, t := range p.constants(args[i], seen) {
			if !t.pos.IsValid() {
				t.pos, t.in = c.Pos(), c.Parent()
			}
			if t.call == nil {
				t.call = call
			}
			out = append(out, t)
		}
	}
	return out
}

// loaded are the constants that may lie at an address.
func (p *program) loaded(addr ssa.Value, seen []ssa.Value) (out []text) {
	switch a := addr.(type) {
	case *ssa.Global:
		if p.derived[a] || len(p.stores[a]) == 0 {
			return other
		}
		return whole(p.stored(p.stores[a], seen))
	case *ssa.Alloc:
		if escapes(a) {
			return other
		}
		return whole(p.stored(storesTo(a), seen))
	case *ssa.FreeVar:
		if b := bound(a); b != nil {
			return p.loaded(b, seen)
		}
	case *ssa.FieldAddr:
		return p.fieldTexts(fieldKey{structOf(a.X.Type()), a.Field}, seen)
	case *ssa.IndexAddr:
		return p.elements(a.X, seen)
	}
	return nil
}

func (p *program) stored(all []*ssa.Store, seen []ssa.Value) (out []text) {
	for _, s := range all {
		for _, t := range p.constants(s.Val, seen) {
			if !t.pos.IsValid() && s.Pos().IsValid() {
				t.pos, t.in = s.Pos(), s.Parent()
			}
			out = append(out, t)
		}
	}
	return out
}

// fieldTexts are the constants that are stored in a field of a type, anywhere.
func (p *program) fieldTexts(k fieldKey, seen []ssa.Value) []text {
	return whole(p.stored(p.fields[k], seen))
}

// escapes reports whether a variable's address goes to a function, such as
// flag.StringVar, that may write to it.
func escapes(a *ssa.Alloc) bool {
	for _, r := range *a.Referrers() {
		switch r := r.(type) {
		case ssa.CallInstruction:
			return true
		case *ssa.Store:
			if r.Val == ssa.Value(a) {
				return true
			}
		case *ssa.MakeInterface, *ssa.Convert, *ssa.ChangeType:
			return true
		}
	}
	return false
}

// storesTo are the stores to a variable of a function, and of the closures that use it.
func storesTo(a *ssa.Alloc) (out []*ssa.Store) {
	var visit func(v ssa.Value, depth int)
	visit = func(v ssa.Value, depth int) {
		if v.Referrers() == nil || depth > 3 {
			return
		}
		for _, r := range *v.Referrers() {
			switch r := r.(type) {
			case *ssa.Store:
				if r.Addr == v {
					out = append(out, r)
				}
			case *ssa.MakeClosure:
				f := r.Fn.(*ssa.Function)
				for i, b := range r.Bindings {
					if b == v && i < len(f.FreeVars) {
						visit(f.FreeVars[i], depth+1)
					}
				}
			}
		}
	}
	visit(a, 0)
	return out
}

// bound is what a closure's variable is bound to, where there is one place that makes it.
func bound(v *ssa.FreeVar) ssa.Value {
	parent := v.Parent().Parent()
	if parent == nil {
		return nil
	}
	i := slices.Index(v.Parent().FreeVars, v)
	var found ssa.Value
	each(parent, func(in ssa.Instruction) {
		if m, ok := in.(*ssa.MakeClosure); ok && m.Fn == v.Parent() && i < len(m.Bindings) {
			found = m.Bindings[i]
		}
	})
	return found
}

// elements are the constants in a list: a literal, or a variable that holds one.
func (p *program) elements(v ssa.Value, seen []ssa.Value) (out []text) {
	if v == nil || len(seen) > maxSteps || slices.Contains(seen, v) {
		return nil
	}
	seen = append(slices.Clone(seen), v)
	switch v := v.(type) {
	case *ssa.Slice:
		return p.elements(v.X, seen)
	case *ssa.ChangeType:
		return p.elements(v.X, seen)
	case *ssa.Alloc:
		out = p.stored(elementStores(v), seen)
		// A literal that is made aside and then copied.
		for _, s := range storesTo(v) {
			out = append(out, p.elements(s.Val, seen)...)
		}
		return out
	case *ssa.Phi:
		for _, e := range v.Edges {
			out = append(out, p.elements(e, seen)...)
		}
	case *ssa.Global:
		if out = p.stored(globalElements(p, v), seen); len(out) > 0 {
			return out
		}
		for _, s := range p.stores[v] {
			out = append(out, p.elements(s.Val, seen)...)
		}
	case *ssa.UnOp:
		if v.Op != token.MUL {
			return nil
		}
		switch a := v.X.(type) {
		case *ssa.Global:
			return p.elements(a, seen)
		case *ssa.Alloc:
			return p.elements(a, seen)
		case *ssa.FieldAddr:
			for _, s := range p.fields[fieldKey{structOf(a.X.Type()), a.Field}] {
				out = append(out, p.elements(s.Val, seen)...)
			}
		}
	case *ssa.Parameter:
		i := index(v)
		for _, c := range p.calls[v.Parent()] {
			if args := c.Common().Args; i >= 0 && i < len(args) {
				for _, t := range p.elements(args[i], seen) {
					if !t.pos.IsValid() {
						t.pos, t.in = c.Pos(), c.Parent()
					}
					out = append(out, t)
				}
			}
		}
	case *ssa.Call:
		if name, args, _ := callee(&v.Call); name == "" && len(args) == 0 && strings.HasPrefix(v.Call.Value.String(), "builtin append") {
			for _, a := range v.Call.Args {
				out = append(out, p.elements(a, seen)...)
			}
		}
	}
	return out
}

// elementStores are the stores to the elements of an array.
func elementStores(v ssa.Value) (out []*ssa.Store) {
	if v.Referrers() == nil {
		return nil
	}
	for _, r := range *v.Referrers() {
		if ia, ok := r.(*ssa.IndexAddr); ok {
			for _, s := range *ia.Referrers() {
				if st, ok := s.(*ssa.Store); ok && st.Addr == ia {
					out = append(out, st)
				}
			}
		}
	}
	return out
}

// globalElements are the stores to the elements of an array variable.
func globalElements(p *program, g *ssa.Global) (out []*ssa.Store) {
	for f := range p.funcs {
		if f.Pkg != g.Pkg || f.Name() != "init" {
			continue
		}
		each(f, func(in ssa.Instruction) {
			if st, ok := in.(*ssa.Store); ok {
				if ia, ok := st.Addr.(*ssa.IndexAddr); ok && ia.X == g {
					out = append(out, st)
				}
			}
		})
	}
	return out
}
