package vet

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// root is where a goroutine enters the user's code: a callback of the UI, or the
// function of a go statement.
type root struct {
	frame *frame
	// blocks are the part of the function that counts: the loop within it; nil:
	// all of it. In its own loop a program waits for the next turn.
	blocks map[*ssa.BasicBlock]bool
	how    text.Text // "given to widget.NewButton"
	at     token.Pos // where that is said
	kit    *toolkit.Source
}

// roots finds the ways into the user's code.
type roots struct {
	e    *engine
	ui   []*root
	away []*root // other goroutines
	seen map[string]bool
	// flowing is what was already followed back, so that cycles end.
	flowing map[flow]bool
}

type flow struct {
	v    ssa.Value
	away bool
}

// sink is who gets a function: how, and where.
type sink struct {
	away bool
	how  text.Text
	at   token.Pos
	kit  *toolkit.Source
}

func findRoots(e *engine) *roots {
	r := &roots{e: e, seen: map[string]bool{}, flowing: map[flow]bool{}}
	handed := map[*types.TypeName]*toolkit.Source{}
	for _, fn := range e.funcs {
		r.frames(fn)
		r.loops(fn)
		for _, b := range fn.Blocks {
			for _, in := range b.Instrs {
				r.instruction(fn, in, handed)
			}
		}
	}
	r.methods(handed)
	return r
}

func (r *roots) instruction(fn *ssa.Function, in ssa.Instruction, handed map[*types.TypeName]*toolkit.Source) {
	e := r.e
	switch in := in.(type) {
	case *ssa.Go:
		s := sink{away: true, how: text.T("vet.via.go"), at: in.Pos()}
		if c := in.Call.StaticCallee(); c != nil {
			r.addFrame(s, e.enter(r.closureOf(fn, in.Call.Value, c), &frame{fn: fn}, in.Call.Args))
			return
		}
		if in.Call.IsInvoke() {
			for _, c := range e.callees[in] {
				r.add(s, e.newClosure(c, nil))
			}
			return
		}
		r.flow(s, in.Call.Value)
		for _, c := range e.callees[in] {
			r.add(s, e.newClosure(c, nil))
		}
	case ssa.CallInstruction:
		r.call(fn, in)
	case *ssa.Store:
		// A callback in a field of the toolkit's: entry.OnChanged = …
		if a, ok := in.Addr.(*ssa.FieldAddr); ok && isFunc(in.Val.Type()) {
			k := keyOfField(a.X.Type(), a.Field)
			if k.owner == nil || k.owner.Pkg() == nil || e.originOfPkg(k.owner.Pkg()) != kit {
				return
			}
			if s := e.sourceOfObject(k.owner); s != nil {
				r.flow(sink{how: text.T("vet.via.field", k.owner.Pkg().Name()+"."+k.String()), at: in.Pos(), kit: s}, in.Val)
			}
		}
	case *ssa.MakeInterface:
		if s := e.kitInterface(in.Type()); s != nil {
			if n := namedOf(in.X.Type()); n != nil && n.Pkg() != nil && e.originOfPkg(n.Pkg()) == userCode {
				handed[n] = s
			}
		}
	}
}

// call: functions that the toolkit or the standard library gets.
func (r *roots) call(fn *ssa.Function, in ssa.CallInstruction) {
	e, c := r.e, in.Common()
	f := calleeOf(c)
	if f == nil {
		return
	}
	name := e.symbol(f)
	var s sink
	switch {
	case e.kitOf(f) != nil:
		kit := e.kitOf(f)
		s = sink{how: text.T("vet.via.call", short(f)), at: in.Pos(), kit: kit, away: toolkit.MatchAny(kit.Elsewhere, name)}
	case toolkit.MatchAny(later, name):
		s = sink{away: true, how: text.T("vet.via.call", short(f)), at: in.Pos()}
	default:
		for _, src := range toolkit.Sources() {
			if toolkit.MatchAny(src.OnMain, name) {
				s = sink{how: text.T("vet.via.call", short(f)), at: in.Pos(), kit: src}
			}
		}
		if s.how.IsZero() {
			return
		}
	}
	args := c.Args
	if !c.IsInvoke() && f.Signature().Recv() != nil && len(args) > 0 {
		args = args[1:]
	}
	for _, a := range args {
		r.argument(s, a)
	}
}

// argument follows an argument: a function, or a slice or struct made for the call
// that holds some.
func (r *roots) argument(s sink, a ssa.Value) {
	if isFunc(a.Type()) {
		r.flow(s, a)
		return
	}
	if mi, ok := a.(*ssa.MakeInterface); ok && isFunc(mi.X.Type()) { // http.HandlerFunc(f)
		r.flow(s, mi.X)
		return
	}
	if sl, ok := a.(*ssa.Slice); ok { // f(a, b, c…)
		if arr, ok := sl.X.(*ssa.Alloc); ok {
			for _, ref := range *arr.Referrers() {
				if ia, ok := ref.(*ssa.IndexAddr); ok {
					for _, ref := range *ia.Referrers() {
						if st, ok := ref.(*ssa.Store); ok && st.Addr == ia && isFunc(st.Val.Type()) {
							r.flow(s, st.Val)
						}
					}
				}
			}
		}
	}
}

// flow follows a function value back to the functions that it may be.
func (r *roots) flow(s sink, v ssa.Value) {
	k := flow{v, s.away}
	if r.flowing[k] {
		return
	}
	r.flowing[k] = true
	e := r.e
	if c := container(v); c != nil {
		for _, x := range e.elements(c, map[ssa.Value]bool{}) {
			r.flow(s, x)
		}
		return
	}
	switch v := v.(type) {
	case *ssa.Function:
		r.add(s, e.newClosure(v, nil))
	case *ssa.MakeClosure:
		for _, c := range e.resolve(&frame{fn: v.Parent()}, v, 0) {
			r.add(s, c)
		}
	case *ssa.ChangeType:
		r.flow(s, v.X)
	case *ssa.MakeInterface:
		r.flow(s, v.X)
	case *ssa.Phi:
		for _, x := range v.Edges {
			r.flow(s, x)
		}
	case *ssa.Parameter:
		i := slices.Index(v.Parent().Params, v)
		for _, site := range e.callers[v.Parent()] {
			args := site.Common().Args
			if site.Common().IsInvoke() {
				i := i - 1
				if i >= 0 && i < len(args) {
					r.flow(s, args[i])
				}
			} else if i >= 0 && i < len(args) && len(args) == len(v.Parent().Params) {
				r.flow(s, args[i])
			}
		}
	case *ssa.FreeVar:
		i := slices.Index(v.Parent().FreeVars, v)
		for _, m := range e.made[v.Parent()] {
			if i >= 0 && i < len(m.Bindings) {
				r.flowCell(s, m.Bindings[i])
			}
		}
	case *ssa.UnOp:
		if v.Op == token.MUL {
			r.flowCell(s, v.X)
		}
	case *ssa.Field:
		for _, x := range e.fields[keyOfField(v.X.Type(), v.Field)] {
			r.flow(s, x)
		}
	case *ssa.Call:
		r.flowResult(s, v, 0)
	case *ssa.Extract:
		if c, ok := v.Tuple.(*ssa.Call); ok {
			r.flowResult(s, c, v.Index)
		}
	}
}

func (r *roots) flowCell(s sink, v ssa.Value) {
	switch v := v.(type) {
	case *ssa.Alloc:
		for _, x := range storesTo(v) {
			r.flow(s, x)
		}
	case *ssa.FieldAddr:
		for _, x := range r.e.fields[keyOfField(v.X.Type(), v.Field)] {
			r.flow(s, x)
		}
	case *ssa.Global:
		for _, x := range r.e.globals[v] {
			r.flow(s, x)
		}
	case *ssa.FreeVar:
		r.flow(s, v)
	}
}

func (r *roots) flowResult(s sink, c *ssa.Call, index int) {
	e := r.e
	targets := e.callees[c]
	if fn := c.Call.StaticCallee(); fn != nil {
		targets = []*ssa.Function{fn}
	}
	for _, fn := range targets {
		if e.originOf(fn) != userCode {
			continue
		}
		// What the call gave to the function is known here, and is what the
		// function that it returns will call.
		if len(targets) == 1 {
			if got := e.returned(&frame{fn: c.Parent()}, c, index, 0); len(got) > 0 {
				for _, g := range got {
					r.add(s, g)
				}
				continue
			}
		}
		for _, b := range fn.Blocks {
			if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && index < len(ret.Results) {
				r.flow(s, ret.Results[index])
			}
		}
	}
}

// closureOf is the function of a go statement with what it captures.
func (r *roots) closureOf(fn *ssa.Function, v ssa.Value, static *ssa.Function) *closure {
	if got := r.e.resolve(&frame{fn: fn}, v, 0); len(got) == 1 {
		return got[0]
	}
	return r.e.newClosure(static, nil)
}

func (r *roots) add(s sink, c *closure) { r.addFrame(s, &frame{fn: c.fn, free: c.free}) }

// addFrame is add for a function whose arguments are known.
func (r *roots) addFrame(s sink, f *frame) {
	if r.e.originOf(f.fn) != userCode || len(f.fn.Blocks) == 0 {
		return
	}
	key := r.e.keyOfFrame(f)
	if s.away {
		key = "go " + key
	}
	if r.seen[key] {
		return
	}
	r.seen[key] = true
	root := &root{frame: f, how: s.how, at: s.at, kit: s.kit}
	if s.away {
		r.away = append(r.away, root)
	} else {
		r.ui = append(r.ui, root)
	}
}

// methods: a type that the program hands to the toolkit is asked by it for every
// interface that the toolkit has, Tappable or Scrollable say; so is a type that
// has a widget of the toolkit in it.
func (r *roots) methods(handed map[*types.TypeName]*toolkit.Source) {
	e := r.e
	interfaces := map[*toolkit.Source][]*types.TypeName{}
	var names []*types.TypeName
	for p, o := range e.origins {
		switch {
		case o == kit:
			for _, n := range p.Scope().Names() {
				tn, ok := p.Scope().Lookup(n).(*types.TypeName)
				if !ok || !tn.Exported() || tn.IsAlias() {
					continue
				}
				if i, ok := tn.Type().Underlying().(*types.Interface); !ok || i.NumMethods() == 0 || generic(tn.Type()) {
					continue
				}
				if s := e.sourceOfObject(tn); s != nil && !provided(s, tn) {
					interfaces[s] = append(interfaces[s], tn)
				}
			}
		case o == userCode:
			for _, n := range p.Scope().Names() {
				if tn, ok := p.Scope().Lookup(n).(*types.TypeName); ok && !tn.IsAlias() && !generic(tn.Type()) {
					names = append(names, tn)
				}
			}
		}
	}
	byName := func(a, b *types.TypeName) int {
		if a.Pkg() != b.Pkg() {
			if a.Pkg().Path() < b.Pkg().Path() {
				return -1
			}
			return 1
		}
		if a.Name() < b.Name() {
			return -1
		}
		return 1
	}
	for s := range interfaces {
		slices.SortFunc(interfaces[s], byName)
	}
	for n := range handed {
		if n.Parent() != n.Pkg().Scope() { // a type within a function
			names = append(names, n)
		}
	}
	slices.SortFunc(names, byName)
	for _, tn := range names {
		s := handed[tn]
		if s == nil {
			s = e.embedsWidget(tn.Type(), 0)
		}
		if s == nil {
			continue
		}
		ptr := types.NewPointer(tn.Type())
		for _, in := range interfaces[s] {
			i := in.Type().Underlying().(*types.Interface)
			if !types.Implements(ptr, i) {
				continue
			}
			for m := range i.Methods() {
				obj, _, _ := types.LookupFieldOrMethod(ptr, true, m.Pkg(), m.Name())
				f, ok := obj.(*types.Func)
				if !ok || f.Pkg() == nil || e.originOfPkg(f.Pkg()) != userCode {
					continue
				}
				if sp := e.ssaPkgs[f.Pkg()]; sp != nil {
					if fn := sp.Prog.FuncValue(f); fn != nil {
						r.add(sink{how: text.T("vet.via.method", in.Pkg().Name()+"."+in.Name()), at: fn.Pos(), kit: s}, e.newClosure(fn, nil))
					}
				}
			}
		}
	}
}

func provided(s *toolkit.Source, tn *types.TypeName) bool {
	return toolkit.MatchAny(s.Provided, tn.Pkg().Path()+"."+tn.Name())
}

// generic says whether the type still has type parameters.
func generic(t types.Type) bool {
	n, ok := t.(*types.Named)
	return ok && n.TypeParams().Len() > 0
}

// embedsWidget says whether the struct has an embedded struct of a toolkit's that
// has methods, as custom widgets have.
func (e *engine) embedsWidget(t types.Type, depth int) *toolkit.Source {
	st, ok := t.Underlying().(*types.Struct)
	if !ok || depth > 4 {
		return nil
	}
	for f := range st.Fields() {
		if !f.Embedded() {
			continue
		}
		n := namedOf(f.Type())
		if n == nil || n.Pkg() == nil {
			continue
		}
		if _, isStruct := n.Type().Underlying().(*types.Struct); !isStruct {
			continue
		}
		if e.originOfPkg(n.Pkg()) == kit {
			if types.NewMethodSet(types.NewPointer(n.Type())).Len() > 0 {
				if s := e.sourceOfObject(n); s != nil {
					return s
				}
			}
			continue
		}
		if s := e.embedsWidget(n.Type(), depth+1); s != nil {
			return s
		}
	}
	return nil
}

func namedOf(t types.Type) *types.TypeName {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj()
	}
	return nil
}

func (e *engine) sourceOfObject(o types.Object) *toolkit.Source {
	if o.Pkg() == nil || e.originOfPkg(o.Pkg()) != kit {
		return nil
	}
	s := toolkit.SourceOf(o.Pkg().Path())
	if s == nil || toolkit.MatchAny(s.Apart, o.Pkg().Path()+".") {
		return nil
	}
	return s
}

// kitInterface returns the toolkit whose interface t is, when a program is called
// back by it.
func (e *engine) kitInterface(t types.Type) *toolkit.Source {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return nil
	}
	s := e.sourceOfObject(n.Obj())
	if s == nil || provided(s, n.Obj()) {
		return nil
	}
	return s
}
