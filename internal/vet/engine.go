package vet

import (
	"fmt"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/callgraph/vta"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"

	"github.com/gomedic/gomedic/internal/toolkit"
)

// engine is the program in SSA form with its call graph.
type engine struct {
	fset    *token.FileSet
	origins map[*types.Package]origin
	ssaPkgs map[*types.Package]*ssa.Package
	blocks  *blockers
	ignores *ignores
	// fact says what a function of another package waits for, when packages are
	// read one at a time; nil otherwise.
	fact   func(*types.Func) *Blocks
	direct map[string]bool // what that package imports itself

	funcs   []*ssa.Function                         // of the user's code, in a fixed order
	callees map[ssa.CallInstruction][]*ssa.Function // VTA's, of the user's code
	callers map[*ssa.Function][]ssa.CallInstruction // the way back
	fields  map[fieldKey][]ssa.Value                // what is stored into a field
	globals map[*ssa.Global][]ssa.Value             // … into a package variable
	made    map[*ssa.Function][]*ssa.MakeClosure    // where a closure is made
	symbols map[*types.Func]string                  // names, as toolkit.Pattern has them
	broken  map[*types.Package]bool                 // packages that SSA could not take
	ids     map[*ssa.Function]int                   // for keys
	locking map[*types.Package]bool                 // packages of other modules whose init locks the thread
	started map[*ssa.Function]bool                  // what main runs before, or without, the loop
	ends    map[*ssa.Function]bool                  // functions that never return
	blockOf map[*ssa.Function]*outcome              // mayBlock's memory
	writers map[lockID]bool                         // locks that other goroutines take for writing
	soles   map[*types.TypeName]*types.TypeName     // the only type that implements an interface
	holders map[lockID][]*holder                    // who waits while it holds the lock; nil: not asked
}

// fieldKey names a field of a struct type.
type fieldKey struct {
	owner types.Object // the type's name; nil for a nameless struct
	plain string       // the nameless struct
	index int
}

// build makes the SSA form of the user's packages at once; other modules' is
// made when a call leads there.
func build(p *program, step func(string, int, int)) *engine {
	prog := ssa.NewProgram(p.fset, ssa.InstantiateGenerics)
	e := newEngine(p.fset)
	var users []*ssa.Package
	known := map[*types.Package]bool{}
	for _, g := range p.all {
		e.origins[g.types] = g.origin
		for _, i := range g.types.Imports() {
			if !known[i] && (i == types.Unsafe || !i.Complete()) { // what could not be loaded is an empty package
				known[i] = true
				prog.CreatePackage(i, nil, nil, true)
			}
		}
		if g.types == types.Unsafe {
			continue
		}
		if g.origin < library || g.sealed {
			e.broken[g.types] = true
			e.ssaPkgs[g.types] = prog.CreatePackage(g.types, nil, nil, true)
			continue
		}
		s := prog.CreatePackage(g.types, g.files, g.info, true)
		e.ssaPkgs[g.types] = s
		if g.origin == userCode {
			users = append(users, s)
		}
	}
	for i, s := range users {
		step("vet.stage.ssa", i, len(users))
		if !e.ensure(s) {
			for _, g := range p.all {
				if g.types == s.Pkg {
					g.sealed = true
				}
			}
		}
	}
	step("vet.stage.graph", 0, 0)
	all := ssautil.AllFunctions(prog)
	e.index(all)
	return e
}

func newEngine(fset *token.FileSet) *engine {
	return &engine{
		fset: fset, origins: map[*types.Package]origin{}, ssaPkgs: map[*types.Package]*ssa.Package{},
		blocks: newBlockers(), ignores: &ignores{}, callees: map[ssa.CallInstruction][]*ssa.Function{},
		callers: map[*ssa.Function][]ssa.CallInstruction{}, fields: map[fieldKey][]ssa.Value{},
		globals: map[*ssa.Global][]ssa.Value{}, made: map[*ssa.Function][]*ssa.MakeClosure{},
		symbols: map[*types.Func]string{}, broken: map[*types.Package]bool{}, ids: map[*ssa.Function]int{},
		blockOf: map[*ssa.Function]*outcome{}, soles: map[*types.TypeName]*types.TypeName{}, ends: map[*ssa.Function]bool{}, locking: map[*types.Package]bool{},
	}
}

// ensure builds a package's functions. A package whose types are incomplete (it
// uses C) may be too much for the builder: it is then left alone.
func (e *engine) ensure(s *ssa.Package) (ok bool) {
	if s == nil || e.broken[s.Pkg] {
		return false
	}
	defer func() {
		if recover() != nil {
			e.broken[s.Pkg] = true
			ok = false
		}
	}()
	s.Build()
	return true
}

// index keeps what the walks ask for.
func (e *engine) index(all map[*ssa.Function]bool) {
	mine := map[*ssa.Function]bool{}
	for fn := range all {
		if e.originOf(fn) == userCode && !e.broken[pkgOf(fn)] {
			mine[fn] = true
			e.funcs = append(e.funcs, fn)
		}
	}
	sortFuncs(e.funcs)
	graph := vta.CallGraph(mine, nil)
	for _, fn := range e.funcs {
		e.ids[fn] = len(e.ids)
		if node := graph.Nodes[fn]; node != nil {
			for _, out := range node.Out {
				e.callees[out.Site] = append(e.callees[out.Site], out.Callee.Func)
				e.callers[out.Callee.Func] = append(e.callers[out.Callee.Func], out.Site)
			}
		}
		for _, b := range fn.Blocks {
			for _, in := range b.Instrs {
				switch in := in.(type) {
				case *ssa.Store:
					switch to := in.Addr.(type) {
					case *ssa.FieldAddr:
						k := keyOfField(to.X.Type(), to.Field)
						e.fields[k] = append(e.fields[k], in.Val)
					case *ssa.Global:
						e.globals[to] = append(e.globals[to], in.Val)
					}
				case *ssa.MakeClosure:
					f := in.Fn.(*ssa.Function)
					e.made[f] = append(e.made[f], in)
				}
			}
		}
	}
	for site := range e.callees {
		sortFuncs(e.callees[site])
	}
	for fn := range e.callers {
		sortSites(e.callers[fn])
	}
}

// pkgOf returns the package that a function's source is in, also of closures,
// instances and wrappers; nil if it has none.
func pkgOf(fn *ssa.Function) *types.Package {
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	if fn.Pkg != nil {
		return fn.Pkg.Pkg
	}
	if o := fn.Origin(); o != nil && o.Pkg != nil {
		return o.Pkg.Pkg
	}
	if obj := fn.Object(); obj != nil {
		return obj.Pkg()
	}
	return nil
}

// originOfPkg judges a package. Where packages are read one at a time, those that
// are only imported by others are met by name.
func (e *engine) originOfPkg(p *types.Package) origin {
	if o, ok := e.origins[p]; ok || e.fact == nil {
		return o
	}
	o := library
	switch {
	case standard(p.Path()):
		o = std
	case toolkit.SourceOf(p.Path()) != nil:
		o = kit
	}
	e.origins[p] = o
	return o
}

func (e *engine) originOf(fn *ssa.Function) origin {
	p := pkgOf(fn)
	if p == nil {
		// A wrapper of a method that comes from an unnamed type.
		return std
	}
	return e.originOfPkg(p)
}

// objectOf returns the function as the type checker knows it, nil for closures.
func objectOf(fn *ssa.Function) *types.Func {
	if fn.Parent() != nil {
		return nil
	}
	if o := fn.Origin(); o != nil {
		fn = o
	}
	f, _ := fn.Object().(*types.Func)
	return f
}

// symbol names a declared function as the runtime does: "path/pkg.(*T).M".
func (e *engine) symbol(f *types.Func) string {
	if f == nil {
		return ""
	}
	f = f.Origin()
	s, ok := e.symbols[f]
	if !ok {
		s = symbolOf(f, func(p *types.Package) string { return p.Path() })
		e.symbols[f] = s
	}
	return s
}

func symbolOf(f *types.Func, qualify func(*types.Package) string) string {
	pkg := ""
	if f.Pkg() != nil {
		pkg = qualify(f.Pkg()) + "."
	}
	recv := f.Signature().Recv()
	if recv == nil {
		return pkg + f.Name()
	}
	t, star := recv.Type(), false
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t, star = p.Elem(), true
	}
	name := ""
	if n, ok := types.Unalias(t).(*types.Named); ok {
		name = n.Obj().Name()
	}
	if star {
		name = "(*" + name + ")"
	}
	if name == "" {
		return pkg + f.Name()
	}
	return pkg + name + "." + f.Name()
}

// shown names a function for people: as in a stack trace.
func shown(fn *ssa.Function) string {
	if f := objectOf(fn); f != nil {
		name := symbolOf(f, func(p *types.Package) string {
			if p.Name() == "main" {
				return "main"
			}
			return p.Path()
		})
		return name
	}
	if parent := fn.Parent(); parent != nil {
		_, n, _ := strings.Cut(fn.Name()[strings.LastIndexByte(fn.Name(), '$'):], "$")
		outer := shown(parent)
		if parent.Parent() != nil {
			return outer + "." + n
		}
		return outer + ".func" + n
	}
	if p := pkgOf(fn); p != nil {
		if p.Name() == "main" {
			return "main." + fn.Name()
		}
		return p.Path() + "." + fn.Name()
	}
	return fn.Name()
}

// short is a declared function with its package's last name only.
func short(f *types.Func) string {
	return symbolOf(f, func(p *types.Package) string { return p.Name() })
}

func keyOfField(owner types.Type, index int) fieldKey {
	t := types.Unalias(owner)
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return fieldKey{owner: n.Origin().Obj(), index: index}
	}
	return fieldKey{plain: t.String(), index: index}
}

// calleeOf returns the function that a call names: a static callee, or the method
// of an interface; nil for a call of a function value.
func calleeOf(c *ssa.CallCommon) *types.Func {
	if c.IsInvoke() {
		return c.Method
	}
	if fn := c.StaticCallee(); fn != nil {
		if f := objectOf(fn); f != nil {
			return f
		}
	}
	return nil
}

func (e *engine) position(p token.Pos) token.Position { return e.fset.Position(p) }

// siteOf returns an instruction's place, its function's where it has none.
func siteOf(in ssa.Instruction) token.Pos {
	if p := in.Pos(); p.IsValid() {
		return p
	}
	if c, ok := in.(ssa.CallInstruction); ok && c.Common().Pos().IsValid() {
		return c.Common().Pos()
	}
	return in.Parent().Pos()
}

func isFunc(t types.Type) bool {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

func (e *engine) id(fn *ssa.Function) string {
	n, ok := e.ids[fn]
	if !ok {
		n = len(e.ids)
		e.ids[fn] = n
	}
	return strconv.Itoa(n)
}

// kitOf returns the toolkit that declares f, nil if none, or if f is in one of its
// packages that have nothing to do with the UI.
func (e *engine) kitOf(f *types.Func) *toolkit.Source {
	if f == nil || f.Pkg() == nil || e.originOfPkg(f.Pkg()) != kit {
		return nil
	}
	s := toolkit.SourceOf(f.Pkg().Path())
	if s == nil || toolkit.MatchAny(s.Apart, f.Pkg().Path()+".") {
		return nil
	}
	return s
}

func (k fieldKey) String() string {
	if k.owner != nil {
		if n, ok := k.owner.Type().Underlying().(*types.Struct); ok && k.index < n.NumFields() {
			return k.owner.Name() + "." + n.Field(k.index).Name()
		}
	}
	return fmt.Sprintf("%s.%d", k.plain, k.index)
}
