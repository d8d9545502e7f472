package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/toolkit"
)

// crossing is a call on the wrong goroutine or thread.
type crossing struct {
	at     *node
	pos    token.Pos
	f      *types.Func
	kit    *toolkit.Source
	reason crossReason
	lock   token.Pos // for late: where the thread is locked
}

type crossReason int

const (
	foreign   crossReason = iota // a UI call from another goroutine
	loopAway                     // the loop is started in a goroutine
	unlocked                     // nothing locks the main goroutine to its thread
	late                         // it is locked after it may have left its thread
	inherited                    // a goroutine needs a locked thread, and does not inherit it
)

// findCrossings looks at the calls that other goroutines make, and at the thread
// of the main one.
func (e *engine) findCrossings(away []*root) []*crossing {
	var all []*crossing
	looping := map[*root]bool{}
	e.walk(away, visitor{id: idForeign, call: func(n *node, in ssa.CallInstruction, f *types.Func, name string) bool {
		if onMain(name) {
			return false
		}
		s := e.kitOf(f)
		if s == nil || e.originOf(n.fn) != userCode {
			return true
		}
		switch {
		case toolkit.MatchAny(s.Main, name):
			looping[n.root] = true
			if !e.ignores.heeds(e.position(siteOf(in)), idUnlocked) {
				all = append(all, &crossing{at: n, pos: siteOf(in), f: f, kit: s, reason: loopAway})
			}
		case e.reserved(s, f, name) && !e.offscreen(n, in, s):
			all = append(all, &crossing{at: n, pos: siteOf(in), f: f, kit: s, reason: foreign})
		}
		return true
	}})
	// A loop on the wrong goroutine is one fault, not one for each of its calls.
	kept := all[:0]
	loops := map[*root]bool{}
	for _, c := range all {
		if c.reason == foreign && looping[c.at.root] || c.reason == loopAway && loops[c.at.root] {
			continue
		}
		loops[c.at.root] = loops[c.at.root] || c.reason == loopAway
		kept = append(kept, c)
	}
	all = append(kept, e.contexts(away, looping)...)
	return append(all, e.mains()...)
}

// reserved says whether only the UI goroutine may call f.
func (e *engine) reserved(s *toolkit.Source, f *types.Func, name string) bool {
	if !toolkit.MatchAny(s.Reserved, name) || toolkit.MatchAny(s.Free, name) {
		return false
	}
	if f.Signature().Results().Len() > 0 {
		return false // asks; what is called for its effect returns nothing
	}
	return s.Gate == "" || e.declared(s.Gate)
}

// declared says whether the program's release of the toolkit has the function.
// Where packages are read one at a time, a package that is only imported by others
// shows just what those use; the release is then taken for a new one.
func (e *engine) declared(symbol string) bool {
	if pkg := symbol[:strings.LastIndexByte(symbol, '.')]; e.fact != nil && !e.direct[pkg] {
		return true
	}
	for p, o := range e.origins {
		if o != kit || len(symbol) <= len(p.Path()) || symbol[:len(p.Path())] != p.Path() {
			continue
		}
		if p.Scope().Lookup(symbol[len(p.Path())+1:]) != nil {
			return true
		}
	}
	return false
}

// offscreen says whether the call is on something that this goroutine made itself,
// and that no window shows yet.
func (e *engine) offscreen(n *node, in ssa.CallInstruction, s *toolkit.Source) bool {
	c := in.Common()
	f := calleeOf(c)
	if name := e.symbol(f); toolkit.MatchAny(s.Shows, name) || !toolkit.MatchAny(s.Offscreen, name) && !c.IsInvoke() {
		return false
	}
	v := c.Value
	if !c.IsInvoke() {
		if f.Signature().Recv() == nil || len(c.Args) == 0 {
			return false
		}
		v = c.Args[0]
	}
	return e.fresh(n, v, s, 0)
}

// fresh says whether a value was made by this goroutine: by the toolkit's
// constructor, or as a variable.
func (e *engine) fresh(n *node, v ssa.Value, s *toolkit.Source, depth int) bool {
	if depth > 8 || n == nil {
		return false
	}
	switch v := v.(type) {
	case *ssa.Alloc:
		if !isPointerCell(v) {
			return true
		}
		stores := storesTo(v)
		for _, x := range stores {
			if !e.fresh(n, x, s, depth+1) {
				return false
			}
		}
		return len(stores) > 0
	case *ssa.FieldAddr:
		return e.fresh(n, v.X, s, depth+1)
	case *ssa.UnOp:
		if v.Op == token.MUL {
			return e.fresh(n, v.X, s, depth+1)
		}
	case *ssa.MakeInterface:
		return e.fresh(n, v.X, s, depth+1)
	case *ssa.ChangeInterface:
		return e.fresh(n, v.X, s, depth+1)
	case *ssa.Phi:
		for _, x := range v.Edges {
			if x != v && !e.fresh(n, x, s, depth+1) {
				return false
			}
		}
		return true
	case *ssa.Extract:
		return e.fresh(n, v.Tuple, s, depth+1)
	case *ssa.Call:
		f := v.Call.StaticCallee()
		if f == nil {
			return false
		}
		if e.originOf(f) == kit {
			return f.Signature.Recv() == nil && toolkit.MatchAny(s.Offscreen, e.symbol(objectOf(f)))
		}
		if e.originOf(f) != userCode || len(f.Blocks) == 0 {
			return false
		}
		for _, b := range f.Blocks {
			if r, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok {
				if len(r.Results) == 0 || !e.fresh(&node{frame: &frame{fn: f}}, r.Results[0], s, depth+2) {
					return false
				}
			}
		}
		return true
	case *ssa.Parameter:
		if n.prev == nil || n.call == nil {
			return false
		}
		args := n.call.Common().Args
		for i, p := range n.fn.Params {
			if p == v && len(args) == len(n.fn.Params) {
				return e.fresh(n.prev, args[i], s, depth+1)
			}
		}
	}
	return false
}

// isPointerCell says whether a variable holds a pointer or an interface to
// something, instead of the thing itself.
func isPointerCell(a *ssa.Alloc) bool {
	switch a.Type().(*types.Pointer).Elem().Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return true
	}
	return false
}

const lockThread = "runtime.LockOSThread"

// contexts: a goroutine that uses what belongs to a thread has to lock itself to
// one. It does not inherit the lock of the goroutine that started it.
func (e *engine) contexts(away []*root, looping map[*root]bool) []*crossing {
	if !e.imports("github.com/go-gl/gl", "github.com/go-gl/glfw") {
		return nil
	}
	var all []*crossing
	for _, r := range away {
		if looping[r] {
			continue
		}
		var first *crossing
		locked := false
		e.walk([]*root{r}, visitor{id: idUnlocked, call: func(n *node, in ssa.CallInstruction, f *types.Func, name string) bool {
			locked = locked || name == lockThread
			if onMain(name) {
				return false
			}
			if first == nil && e.originOf(n.fn) == userCode {
				for _, s := range toolkit.Sources() {
					if toolkit.MatchAny(s.Context, name) {
						first = &crossing{at: n, pos: siteOf(in), f: f, kit: s, reason: inherited}
					}
				}
			}
			return true
		}})
		if first != nil && !locked {
			all = append(all, first)
		}
	}
	return all
}

func (e *engine) imports(paths ...string) bool {
	for p := range e.origins {
		for _, path := range paths {
			if len(p.Path()) >= len(path) && p.Path()[:len(path)] == path {
				return true
			}
		}
	}
	return false
}

// entries are the functions with which the program begins.
func (e *engine) entries() (inits, mains []*root) {
	for _, fn := range e.funcs {
		if fn.Parent() != nil || fn.Pkg == nil {
			continue
		}
		switch {
		case fn.Name() == "main" && fn.Pkg.Pkg.Name() == "main" && fn.Signature.Recv() == nil:
			mains = append(mains, &root{frame: &frame{fn: fn}, at: fn.Pos()})
		case strings.HasPrefix(fn.Name(), "init#"):
			inits = append(inits, &root{frame: &frame{fn: fn}, at: fn.Pos()})
		}
	}
	return inits, mains
}

// mains: where the toolkit leaves it to the program to keep the main goroutine on
// the main thread, it must be locked before anything can move it. Package
// initialisation runs there; main still does, until it waits or the scheduler
// has other goroutines to run.
func (e *engine) mains() []*crossing {
	inits, mains := e.entries()
	var all []*crossing
	for _, m := range mains {
		if e.lockedByInit(m.frame.fn.Pkg.Pkg, inits) {
			continue
		}
		done := false
		e.walk([]*root{m}, visitor{id: idUnlocked, call: func(n *node, in ssa.CallInstruction, f *types.Func, name string) bool {
			s := e.kitOf(f)
			if done || s == nil || s.Locks || !toolkit.MatchAny(s.Main, name) {
				return !onMain(name)
			}
			done = true
			if c := e.lockedBefore(n, in); c != nil {
				c.f, c.kit = f, s
				all = append(all, c)
			}
			return true
		}})
	}
	return all
}

// lockedByInit says whether the package, or one that it imports, locks the thread
// when it is initialised.
func (e *engine) lockedByInit(main *types.Package, inits []*root) bool {
	in := map[*types.Package]bool{}
	locks := false
	var visit func(p *types.Package)
	visit = func(p *types.Package) {
		if !in[p] {
			in[p] = true
			locks = locks || e.locking[p]
			for _, i := range p.Imports() {
				visit(i)
			}
		}
	}
	visit(main)
	var own []*root
	for _, r := range inits {
		if in[pkgOf(r.frame.fn)] {
			own = append(own, r)
		}
	}
	e.walk(own, visitor{call: func(_ *node, _ ssa.CallInstruction, _ *types.Func, name string) bool {
		locks = locks || name == lockThread
		return !locks
	}})
	return locks
}

// lockedBefore judges a call on the way from main: nil when the thread is locked
// in time.
func (e *engine) lockedBefore(n *node, in ssa.Instruction) *crossing {
	fault := &crossing{at: n, pos: siteOf(in), reason: unlocked}
	at := in
	for x := n; x != nil; x = x.prev {
		if l := e.lockIn(x.fn); l != nil {
			if !before(l, at) {
				fault.reason, fault.lock = late, siteOf(l)
				return fault
			}
			for y := x; y != nil; y = y.prev { // everything before the lock, also in the callers
				if e.movesBefore(y.fn, l) {
					fault.reason, fault.lock = late, siteOf(l)
					return fault
				}
				if y.call == nil {
					break
				}
				l = y.call
			}
			return nil
		}
		if x.call == nil {
			break
		}
		at = x.call
	}
	return fault
}

// lockIn returns the function's own call of runtime.LockOSThread.
func (e *engine) lockIn(fn *ssa.Function) ssa.Instruction {
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			if c, ok := in.(*ssa.Call); ok && e.symbol(calleeOf(&c.Call)) == lockThread {
				return c
			}
		}
	}
	return nil
}

// before says whether a always runs before b, both in one function.
func before(a, b ssa.Instruction) bool {
	if a.Block() != b.Block() {
		return a.Block().Dominates(b.Block())
	}
	for _, in := range a.Block().Instrs {
		switch in {
		case a:
			return true
		case b:
			return false
		}
	}
	return false
}

// movesBefore says whether something that may run before in can move the goroutine
// to another thread: a wait, or the start of a goroutine.
func (e *engine) movesBefore(fn *ssa.Function, in ssa.Instruction) bool {
	for _, b := range fn.Blocks {
		for _, i := range b.Instrs {
			if i == in || !before(i, in) {
				continue
			}
			if _, isGo := i.(*ssa.Go); isGo || e.waitOf(fn, i, lockID{}) != nil {
				return true
			}
		}
	}
	return false
}

// locksThread says whether an init function of the files locks the thread, as the
// packages do that keep a main thread for others.
func locksThread(files []*ast.File) bool {
	found := false
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "init" || fn.Recv != nil || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "LockOSThread" {
					found = true
				}
				return !found
			})
		}
	}
	return found
}
