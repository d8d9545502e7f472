package source

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

func isError(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() == nil && n.Obj().Name() == "error"
}

// handling says what becomes of the error of a call: fatal, where the program says so or
// hands it on; else why nothing shows of it.
func (p *program) handling(c *ssa.Call, seen []*ssa.Call) (excuse string, fatal bool) {
	errs := errorsOf(c)
	if len(errs) == 0 {
		if res := c.Call.Signature().Results(); res.Len() > 0 && isError(res.At(res.Len()-1).Type()) {
			return evidence.ExcuseDropped, false
		}
		return "", false
	}
	h := handling{p: p, seen: map[ssa.Value]bool{}}
	for _, e := range errs {
		h.value(e, 0)
	}
	switch {
	case h.tested:
		return evidence.ExcuseOptional, false
	case h.returned && !h.used:
		return p.upward(c, seen)
	case h.used || h.returned:
		return "", true
	case h.compared && h.instead:
		return evidence.ExcuseOptional, false
	}
	return evidence.ExcuseDropped, false
}

// upward asks the callers of a function that returns the error.
func (p *program) upward(c *ssa.Call, seen []*ssa.Call) (excuse string, fatal bool) {
	f := c.Parent()
	callers := p.calls[f]
	if len(seen) > 3 || len(callers) == 0 {
		return "", true
	}
	for _, s := range seen {
		if s == c {
			return "", true
		}
	}
	weakest := ""
	for _, caller := range callers {
		call, ok := caller.(*ssa.Call)
		if !ok {
			return "", true
		}
		e, fatal := p.handling(call, append(seen, c))
		if fatal || e == "" {
			return "", true
		}
		if weakest == "" || e == evidence.ExcuseDropped {
			weakest = e
		}
	}
	return weakest, false
}

// errorsOf are the values that a call's error has.
func errorsOf(c *ssa.Call) (out []ssa.Value) {
	if isError(c.Type()) {
		if refs := c.Referrers(); refs != nil && len(*refs) > 0 {
			return []ssa.Value{c}
		}
		return nil
	}
	if refs := c.Referrers(); refs != nil {
		for _, r := range *refs {
			if e, ok := r.(*ssa.Extract); ok && isError(e.Type()) && e.Referrers() != nil && len(*e.Referrers()) > 0 {
				out = append(out, e)
			}
			if _, ok := r.(*ssa.Return); ok { // return os.ReadFile(name)
				out = append(out, c)
			}
		}
	}
	return out
}

// handling gathers what is done with an error.
type handling struct {
	p        *program
	seen     map[ssa.Value]bool
	used     bool // shown, kept, or the end of the program
	returned bool
	tested   bool // told from others by errors.Is and its kin
	compared bool // with nil
	instead  bool // something else is done when there is one
}

func (h *handling) value(v ssa.Value, depth int) {
	if h.seen[v] || depth > 8 || v.Referrers() == nil {
		return
	}
	h.seen[v] = true
	for _, r := range *v.Referrers() {
		switch r := r.(type) {
		case *ssa.BinOp:
			if r.Op == token.EQL || r.Op == token.NEQ {
				if c, ok := r.Y.(*ssa.Const); ok && c.Value == nil {
					h.compared = true
					h.branches(r)
				} else {
					h.tested = true // err == fs.ErrNotExist
				}
			}
		case *ssa.Return:
			h.returned = true
		case *ssa.Phi:
			h.value(r, depth+1)
		case *ssa.MakeInterface:
			h.value(r, depth+1)
		case *ssa.ChangeInterface:
			h.value(r, depth+1)
		case *ssa.TypeAssert:
			h.tested = true
		case *ssa.Store:
			if a, ok := r.Addr.(*ssa.Alloc); ok { // a named result, or a captured variable
				for _, load := range *a.Referrers() {
					if u, ok := load.(*ssa.UnOp); ok {
						h.value(u, depth+1)
					}
				}
				continue
			}
			h.used = true
		case ssa.CallInstruction:
			if name, _, _ := callee(r.Common()); toolkit.TestsError(name) || len(name) > 14 && name[:14] == "errors.AsType[" {
				h.tested = true
			} else {
				h.used = true
			}
		default:
			h.used = true
		}
	}
}

// branches looks at what is done where there is an error.
func (h *handling) branches(cond *ssa.BinOp) {
	for _, r := range *cond.Referrers() {
		i, ok := r.(*ssa.If)
		if !ok {
			h.instead = h.instead || cond.Op == token.EQL
			continue
		}
		succs := i.Block().Succs
		bad := succs[0]
		if cond.Op == token.EQL {
			bad = succs[1]
		}
		if cond.Op == token.EQL {
			h.instead = true // if err == nil { use it }
		}
		h.block(bad, i.Block(), map[*ssa.BasicBlock]bool{})
	}
}

// block follows the branch, as far as only an error leads there.
func (h *handling) block(b, from *ssa.BasicBlock, seen map[*ssa.BasicBlock]bool) {
	if seen[b] || len(seen) > 20 || len(b.Preds) > 1 && len(seen) > 0 {
		return
	}
	only := len(b.Preds) == 1
	seen[b] = true
	for _, in := range b.Instrs {
		switch in := in.(type) {
		case *ssa.Phi:
			// A value of its own for the error, such as a default.
			for i, pred := range b.Preds {
				if pred == from && i < len(in.Edges) {
					if c, ok := in.Edges[i].(*ssa.Const); ok && c.Value != nil {
						h.instead = true
					}
				}
			}
		case *ssa.Panic:
			h.used = h.used || only
		case ssa.CallInstruction:
			if !only {
				continue
			}
			if name, _, _ := callee(in.Common()); toolkit.TellsError(name) {
				h.used = true
			} else {
				h.instead = true
			}
		case *ssa.Return:
			if only {
				for _, v := range in.Results {
					if c, ok := v.(*ssa.Const); !ok || c.Value != nil && !zero(c) {
						if !isError(v.Type()) {
							h.instead = true
						} else if !ok {
							h.used = true // another error
						}
					}
				}
			}
		case *ssa.Store:
			h.instead = h.instead || only
		}
	}
	if only {
		for _, s := range b.Succs {
			h.block(s, b, seen)
		}
	}
}

func zero(c *ssa.Const) bool {
	return c.Value.ExactString() == "0" || c.Value.ExactString() == `""` || c.Value.ExactString() == "false"
}
