package vet

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// sole returns the function behind a call of an interface's method when the
// interface's own package has just one type that implements it: generated clients
// are made that way. The call graph does not reach into other modules; this does,
// where nothing has to be guessed.
func (e *engine) sole(c *ssa.CallCommon) *ssa.Function {
	n, ok := types.Unalias(c.Value.Type()).(*types.Named)
	if !ok || n.Obj().Pkg() == nil || generic(n) {
		return nil
	}
	i, ok := n.Underlying().(*types.Interface)
	p := n.Obj().Pkg()
	if !ok || e.originOfPkg(p) < library {
		return nil
	}
	impl, known := e.soles[n.Obj()]
	if !known {
		impl = implementer(p, i)
		e.soles[n.Obj()] = impl
	}
	if impl == nil {
		return nil
	}
	s := e.ssaPkgs[p]
	obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(impl.Type()), true, p, c.Method.Name())
	f, ok := obj.(*types.Func)
	if !ok || s == nil || f.Pkg() != p || !e.ensure(s) {
		return nil
	}
	return s.Prog.FuncValue(f)
}

// implementer returns the only type of a package that implements an interface.
func implementer(p *types.Package, i *types.Interface) *types.TypeName {
	var only *types.TypeName
	for _, name := range p.Scope().Names() {
		tn, ok := p.Scope().Lookup(name).(*types.TypeName)
		if !ok || tn.IsAlias() || types.IsInterface(tn.Type()) || generic(tn.Type()) {
			continue
		}
		if types.Implements(types.NewPointer(tn.Type()), i) {
			if only != nil {
				return nil
			}
			only = tn
		}
	}
	return only
}
