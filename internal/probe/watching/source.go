package watching

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// function is a function of the project with its body. Function literals belong to the
// function that they stand in.
type function struct {
	pkg  *pkg
	decl *ast.FuncDecl
	obj  *types.Func
	// calls are its calls of the project's own functions, each with what stands around.
	calls []callSite
}

// callSite is a call, and the nodes around it, outermost first.
type callSite struct {
	call  *ast.CallExpr
	to    *types.Func
	stack []ast.Node
}

// source is the project's code, indexed.
type source struct {
	p         *program
	funcs     []*function
	byObj     map[*types.Func]*function
	values    map[types.Object][]ast.Expr // what is assigned to a variable, field or constant
	home      map[ast.Expr]*pkg
	callersOf map[*types.Func][]caller
}

// caller is a call of a function.
type caller struct {
	from *function
	site callSite
}

// index reads all functions.
func index(p *program) *source {
	s := &source{p: p, byObj: map[*types.Func]*function{}, values: map[types.Object][]ast.Expr{}, home: map[ast.Expr]*pkg{}, callersOf: map[*types.Func][]caller{}}
	for _, g := range p.own {
		for _, f := range g.files {
			for _, d := range f.Decls {
				if fd, ok := d.(*ast.FuncDecl); ok && fd.Body != nil {
					obj, _ := g.info.Defs[fd.Name].(*types.Func)
					fn := &function{pkg: g, decl: fd, obj: obj}
					s.funcs = append(s.funcs, fn)
					if obj != nil {
						s.byObj[obj] = fn
					}
				}
			}
			s.noteValues(g, f)
		}
	}
	for _, fn := range s.funcs {
		walk(fn.decl.Body, func(n ast.Node, stack []ast.Node) {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return
			}
			to := callee(fn.pkg, c)
			if to == nil || s.byObj[to.Origin()] == nil {
				return
			}
			site := callSite{c, to.Origin(), slices.Clone(stack)}
			fn.calls = append(fn.calls, site)
			s.callersOf[site.to] = append(s.callersOf[site.to], caller{fn, site})
		})
	}
	return s
}

// walk visits the nodes of a body, each with those around it, outermost first.
func walk(root ast.Node, visit func(n ast.Node, stack []ast.Node)) {
	var stack []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		visit(n, stack)
		stack = append(stack, n)
		return true
	})
}

// callee is the function or method that a call names; nil: not known.
func callee(g *pkg, c *ast.CallExpr) *types.Func {
	switch f := ast.Unparen(c.Fun).(type) {
	case *ast.Ident:
		fn, _ := g.info.Uses[f].(*types.Func)
		return fn
	case *ast.SelectorExpr:
		fn, _ := g.info.Uses[f.Sel].(*types.Func)
		return fn
	}
	return nil
}

// objectOf is the variable, field or constant that an expression names.
func objectOf(g *pkg, e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if o := g.info.Uses[e]; o != nil {
			return o
		}
		return g.info.Defs[e]
	case *ast.SelectorExpr:
		return g.info.Uses[e.Sel]
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return objectOf(g, e.X)
		}
	}
	return nil
}

// noteValues notes what a file assigns.
func (s *source) noteValues(g *pkg, f *ast.File) {
	note := func(to types.Object, value ast.Expr) {
		if to != nil && value != nil {
			s.values[to] = append(s.values[to], value)
			s.home[value] = g
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				switch {
				case len(n.Lhs) == len(n.Rhs):
					note(objectOf(g, l), n.Rhs[i])
				case i == 0 && len(n.Rhs) == 1: // abs, err := filepath.Abs(…)
					note(objectOf(g, l), n.Rhs[0])
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if i < len(n.Values) {
					note(g.info.Defs[name], n.Values[i])
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok {
				if field, ok := g.info.Uses[key].(*types.Var); ok && field.IsField() {
					note(field, n.Value)
				}
			}
		case *ast.RangeStmt:
			if n.Value != nil {
				note(objectOf(g, n.Value), n.X)
			}
		case *ast.CallExpr: // flag.DurationVar(&c.Delay, "delay", 300*time.Millisecond, "…")
			if fn := callee(g, n); fn != nil && strings.Contains(fn.Name(), "Var") && len(n.Args) >= 3 {
				note(objectOf(g, n.Args[0]), n.Args[len(n.Args)-2])
			}
		}
		return true
	})
}

// frame is a place of the project's code.
func (s *source) frame(fn *function, pos token.Pos) evidence.Frame {
	at := s.p.fset.Position(pos)
	file := at.Filename
	if rel, err := filepath.Rel(s.p.root, file); err == nil && filepath.IsLocal(rel) {
		file = filepath.ToSlash(rel)
	} else {
		file = filepath.Base(file)
	}
	return evidence.Frame{Function: nameOf(fn), File: file, Line: at.Line, Package: fn.pkg.PkgPath, Origin: evidence.OriginUser}
}

// nameOf is a function's name as the runtime has it: main.(*App).watch.
func nameOf(fn *function) string {
	pkg := fn.pkg.PkgPath
	if fn.pkg.Name == "main" {
		pkg = "main"
	}
	if r := fn.decl.Recv; r != nil && len(r.List) == 1 {
		t, star := r.List[0].Type, false
		if p, ok := t.(*ast.StarExpr); ok {
			t, star = p.X, true
		}
		if x, ok := t.(*ast.IndexExpr); ok {
			t = x.X
		}
		if name, ok := t.(*ast.Ident); ok {
			if star {
				return pkg + ".(*" + name.Name + ")." + fn.decl.Name.Name
			}
			return pkg + "." + name.Name + "." + fn.decl.Name.Name
		}
	}
	return pkg + "." + fn.decl.Name.Name
}

// reach are the functions that from leads to by static calls, from among them, at most
// depth calls away.
func (s *source) reach(from []*function, depth int) []*function {
	seen := map[*function]bool{}
	var all []*function
	next := from
	for range depth + 1 {
		var now []*function
		for _, fn := range next {
			if seen[fn] {
				continue
			}
			seen[fn] = true
			all = append(all, fn)
			for _, c := range fn.calls {
				now = append(now, s.byObj[c.to])
			}
		}
		next = now
	}
	return all
}

// enclosing is the innermost node of a kind among those around.
func enclosing[T ast.Node](stack []ast.Node) (found T, ok bool) {
	for _, n := range slices.Backward(stack) {
		if t, is := n.(T); is {
			return t, true
		}
	}
	return found, false
}
