package classify

import (
	"context"
	"go/ast"
	"go/types"

	"github.com/gomedic/gomedic/internal/reload/listing"
)

// world is one version of the program's types: that which runs, or that after the
// edits. Packages that no edit touches come from export data, the others from
// source.
type world struct {
	p     *Program
	edits map[*source]*edit
	// affected are the packages that come from source: what was edited, now or
	// since the host was built, and what depends on it.
	affected map[string]bool
	made     map[string]*types.Package
	old      bool
}

// before returns the world of the program that runs.
func (p *Program) before() *world {
	w := &world{p: p, affected: map[string]bool{}, old: true}
	for _, l := range p.list.Dependents(keys(p.dirty)...) {
		w.affected[l.ImportPath] = true
	}
	return w
}

// after returns the world with the edits.
func (p *Program) after(edits map[*source]*edit) *world {
	w := &world{p: p, edits: edits, affected: map[string]bool{}, made: map[string]*types.Package{}}
	touched := keys(p.dirty)
	for s := range edits {
		touched = append(touched, s.ImportPath)
	}
	for _, l := range p.list.Dependents(touched...) {
		w.affected[l.ImportPath] = true
	}
	return w
}

func keys(m map[string]bool) []string { return sortedKeys(m) }

// Import returns a package by the path it is built under.
func (w *world) Import(path string) (*types.Package, error) {
	if s := w.p.packages[path]; s != nil && w.affected[path] {
		if t := w.types(s); t != nil {
			return t, nil
		}
	}
	return w.p.imported(path)
}

// importer returns the importer of a package's own files, which resolves its
// import map.
func (w *world) importer(l *listing.Package) types.Importer { return resolver{w, l} }

type resolver struct {
	w *world
	l *listing.Package
}

func (r resolver) Import(path string) (*types.Package, error) { return r.w.Import(r.l.Resolve(path)) }

// types returns a package's types from its source, without looking at bodies. Nil is
// one that does not parse at all.
func (w *world) types(s *source) *types.Package {
	if w.old && s.types != nil {
		return s.types
	}
	if t, ok := w.made[s.ImportPath]; ok {
		return t
	}
	var trees []*ast.File
	for _, f := range w.files(s) {
		tree, err := f.parse(w.p.fset)
		if err != nil {
			return nil
		}
		trees = append(trees, tree)
	}
	c := w.config(s)
	c.IgnoreFuncBodies = true
	c.Error = func(error) {}
	t, _ := c.Check(s.ImportPath, w.p.fset, trees, nil)
	if w.old {
		s.types = t
	} else {
		w.made[s.ImportPath] = t
	}
	return t
}

// files returns a package's files in this world, by path.
func (w *world) files(s *source) []*file {
	all := make(map[string]*file, len(s.files))
	for path, f := range s.files {
		all[path] = f
	}
	if e := w.edits[s]; e != nil {
		for path, f := range e.changed {
			all[path] = f
		}
	}
	var out []*file
	for _, path := range sortedKeys(all) {
		if f := all[path]; f != nil {
			out = append(out, f)
		}
	}
	return out
}

func (w *world) config(s *source) *types.Config {
	c := &types.Config{Importer: w.importer(s.Package), Sizes: w.p.sizes, FakeImportC: true}
	if s.Module != nil && s.Module.GoVersion != "" {
		c.GoVersion = "go" + s.Module.GoVersion
	}
	return c
}

// check type-checks the package's changed files, or all of them when a declaration
// has changed.
func (e *edit) check(ctx context.Context, fresh *world) {
	whole := func(f *file) bool {
		_, changed := e.changed[f.path]
		return e.seen || changed
	}
	fresh.check(ctx, e.pkg, whole, e.r)
}

// check type-checks a package and adds the faults of the files that are whole. The
// bodies of the others are left out.
func (w *world) check(ctx context.Context, s *source, whole func(*file) bool, r *Result) {
	var trees []*ast.File
	in := map[string]bool{}
	for _, f := range w.files(s) {
		tree, err := f.parse(w.p.fset)
		if err != nil {
			return // told already
		}
		if whole(f) {
			in[f.path] = true
		} else {
			tree = heads(tree)
		}
		trees = append(trees, tree)
	}
	c := w.config(s)
	c.Error = func(err error) {
		if e, ok := err.(types.Error); ok && ctx.Err() == nil && in[w.p.fset.Position(e.Pos).Filename] {
			r.fault(w.p.fset, e)
		}
	}
	_, _ = c.Check(s.ImportPath, w.p.fset, trees, nil) // told to Error
}

// heads returns a file without the bodies of its functions.
func heads(f *ast.File) *ast.File {
	g := *f
	g.Decls = make([]ast.Decl, len(f.Decls))
	for i, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			head := *fn
			head.Body = nil
			d = &head
		}
		g.Decls[i] = d
	}
	return &g
}

// checkDependents type-checks the packages that import one whose declarations have
// changed.
func (p *Program) checkDependents(ctx context.Context, edits map[*source]*edit, fresh *world, r *Result) {
	var seen []string
	for s, e := range edits {
		if e.seen {
			seen = append(seen, s.ImportPath)
		}
	}
	if len(seen) == 0 {
		return
	}
	for _, l := range p.list.Dependents(seen...) {
		s := p.packages[l.ImportPath]
		if e := edits[s]; e != nil && e.seen {
			continue
		}
		fresh.check(ctx, s, func(*file) bool { return true }, r)
	}
}
