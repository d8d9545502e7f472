package classify

import (
	"bytes"
	"context"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/text"
)

// edit are the changed files of one package.
type edit struct {
	p       *Program
	pkg     *source
	r       *Result
	changed map[string]*file // nil when removed
	order   []string
	broken  bool
	// seen is set when others may see the change: not only bodies differ.
	seen bool
}

// take adds a changed file.
func (e *edit) take(path string, src []byte) {
	old := e.pkg.files[path]
	switch {
	case src == nil:
		e.changed[path] = nil
	case old != nil && bytes.Equal(old.src, src):
		e.add(Same, Skip, "", path, 0, text.T("reload.why.same"))
		return
	default:
		e.changed[path] = &file{path: path, src: src}
	}
	e.order = append(e.order, path)
}

func (e *edit) add(k Kind, a Action, name, path string, line int, why text.Text) {
	name, _, _ = strings.Cut(name, "#") // several of one name are numbered
	e.r.Changes = append(e.r.Changes, Change{Kind: k, Action: a, Package: e.pkg.ImportPath, Name: name, File: path, Line: line, Reason: why})
}

// versions are the declarations of the changed files, before or after.
type versions struct {
	byName map[string]declaration
	names  []string
	links  string
	gen    map[string]string // path to directives
	tags   map[string]string
	usesC  map[string]bool
	paths  map[string]string // imports
}

// collect joins the declarations of files.
func (e *edit) collect(files []*file) *versions {
	v := &versions{byName: map[string]declaration{}, gen: map[string]string{}, tags: map[string]string{}, usesC: map[string]bool{}, paths: map[string]string{}}
	for _, f := range files {
		d := f.declarations(e.p.fset)
		if d == nil {
			continue
		}
		for _, one := range d.all {
			name := one.name
			for v.byName[name].name != "" { // again init, _ or a mistake
				name += "'"
			}
			v.byName[name] = one
			v.names = append(v.names, name)
		}
		v.links += d.links
		v.gen[f.path], v.tags[f.path], v.usesC[f.path] = d.gen, d.tags, d.usesC
		for path, name := range d.imports {
			v.paths[path] += name
		}
	}
	return v
}

// declarations returns what the file declares, or nil when it does not parse.
func (f *file) declarations(fset *token.FileSet) *declarations {
	if f.decls == nil {
		tree, err := f.parse(fset)
		if err != nil {
			return nil
		}
		f.decls = declare(fset, tree, f.src)
	}
	return f.decls
}

// compare finds the differences between the package's versions, and the faults of
// the new one.
func (e *edit) compare(ctx context.Context, fresh *world) {
	var before, after []*file
	for _, path := range e.order {
		if f := e.pkg.files[path]; f != nil {
			before = append(before, f)
		}
		f := e.changed[path]
		if f == nil {
			continue
		}
		if _, err := f.parse(e.p.fset); err != nil {
			e.r.fault(e.p.fset, err)
			e.broken = true
			continue
		}
		after = append(after, f)
	}
	if len(e.order) == 0 || e.broken {
		return
	}
	old, now := e.collect(before), e.collect(after)
	start := len(e.r.Changes)
	e.files(ctx, old, now)
	rest := e.declared(old, now)
	if len(rest) > 0 || e.seen {
		e.typed(rest, old, now, fresh)
	}
	if len(e.r.Changes) == start {
		for _, path := range e.order {
			e.add(Comment, Skip, "", path, 0, text.T("reload.why.comment"))
		}
		return
	}
	if e.onlyGenerators(start) {
		return
	}
	e.check(ctx, fresh)
}

// onlyGenerators reports whether nothing was found but directives for go generate.
func (e *edit) onlyGenerators(start int) bool {
	return !slices.ContainsFunc(e.r.Changes[start:], func(c Change) bool { return c.Kind != Generator })
}

// files compares what belongs to no declaration: imports, constraints, link names.
func (e *edit) files(ctx context.Context, old, now *versions) {
	for _, path := range e.order {
		if now.tags[path] != old.tags[path] && e.pkg.files[path] != nil && e.changed[path] != nil {
			e.add(Tags, Restart, "", path, 1, text.T("reload.why.tags"))
		}
		if now.usesC[path] || old.usesC[path] {
			e.add(Native, Restart, "", path, 1, text.T("reload.why.cgo"))
		}
		if now.gen[path] != old.gen[path] {
			e.add(Generator, Skip, "", path, 1, text.T("reload.why.directive"))
		}
	}
	if now.links != old.links {
		e.add(Native, Restart, "", e.order[0], 1, text.T("reload.why.linkname"))
		e.seen = true
	}
	for _, path := range sortedKeys(now.paths) {
		if _, ok := old.paths[path]; ok || path == "C" || slices.Contains(e.pkg.Imports, path) {
			continue
		}
		file, line := e.importedAt(path)
		e.seen = true
		if e.p.list.Package(e.pkg.Resolve(path)) != nil {
			e.add(Dependency, Swap, path, file, line, text.T("reload.why.linked", path))
		} else if err := e.p.list.Add(ctx, path); err == nil {
			e.r.New = append(e.r.New, path)
			e.add(Dependency, Swap, path, file, line, text.T("reload.why.new", path))
		} else {
			e.add(Missing, Restart, path, file, line, text.T("reload.why.missing", path))
		}
	}
	for _, path := range sortedKeys(old.paths) {
		if name, ok := now.paths[path]; (!ok || name != old.paths[path]) && strings.ContainsAny(old.paths[path]+name, "_.") {
			e.add(Body, Swap, path, e.order[0], 0, text.T("reload.why.imports"))
		}
	}
}

// importedAt returns where a changed file imports a path.
func (e *edit) importedAt(path string) (string, int) {
	for _, f := range e.changed {
		if f == nil || f.ast == nil {
			continue
		}
		for _, i := range f.ast.Imports {
			if i.Path.Value == `"`+path+`"` || i.Path.Value == "`"+path+"`" {
				return f.path, e.p.fset.Position(i.Pos()).Line
			}
		}
	}
	return e.order[0], 0
}

// declared compares declarations by their tokens. It returns the names whose types
// must be compared, too.
func (e *edit) declared(old, now *versions) (rest []string) {
	at := func(d declaration) (string, int) {
		pos := e.p.fset.Position(d.pos)
		return pos.Filename, pos.Line
	}
	for _, name := range now.names {
		d, was := now.byName[name], old.byName[name]
		file, line := at(d)
		switch {
		case d.class == initFunc:
			switch {
			case d.body == was.body && d.marks == was.marks:
			case d.again && (was.again || was.name == ""):
				e.add(Body, Swap, "init", file, line, text.T("reload.why.register"))
			default:
				e.add(Init, Restart, "init", file, line, text.T("reload.why.init"))
			}
		case d.marks != was.marks && strings.Contains(d.marks+was.marks, "//go:embed"):
			e.add(Embedded, Swap, d.name, file, line, text.T("reload.why.embed", d.name))
			e.seen = true
		case d.class == variable:
			if d.sig != was.sig || was.class != variable {
				e.add(Variable, Swap, d.name, file, line, text.T("reload.why.variable", d.name))
				e.seen = true
			}
		case was.name == "" || was.class != d.class || d.sig != was.sig:
			rest = append(rest, name)
			e.seen = true
		case d.body != was.body || d.marks != was.marks:
			e.add(Body, Swap, d.name, file, line, text.T("reload.why.body", d.name))
		}
	}
	for _, name := range old.names {
		if _, ok := now.byName[name]; ok {
			continue
		}
		d := old.byName[name]
		file, line := at(d)
		switch d.class {
		case initFunc:
			e.add(Init, Restart, "init", file, line, text.T("reload.why.init"))
		case variable:
			e.add(Variable, Swap, d.name, file, line, text.T("reload.why.variable", d.name))
			e.seen = true
		default:
			rest = append(rest, name)
			e.seen = true
		}
	}
	return rest
}

// typed compares what tokens do not tell: the types of the declarations in rest, and
// of all the package's types and constants, which may depend on them.
func (e *edit) typed(rest []string, old, now *versions, fresh *world) {
	was := e.p.before().types(e.pkg)
	is := fresh.types(e.pkg)
	if was == nil || is == nil {
		return
	}
	told := map[string]bool{}
	place := func(name string) (string, int) {
		for _, v := range []*versions{now, old} {
			if d, ok := v.byName[name]; ok {
				pos := e.p.fset.Position(d.pos)
				return pos.Filename, pos.Line
			}
		}
		for _, scope := range []*types.Package{is, was} {
			if o := scope.Scope().Lookup(name); o != nil {
				pos := e.p.fset.Position(o.Pos())
				return pos.Filename, pos.Line
			}
		}
		return e.order[0], 0
	}
	names := slices.Concat(was.Scope().Names(), is.Scope().Names())
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		a, b := was.Scope().Lookup(name), is.Scope().Lookup(name)
		file, line := place(name)
		at, aType := a.(*types.TypeName)
		bt, bType := b.(*types.TypeName)
		switch {
		case aType && bType:
			if layoutText(e.p.sizes, at) != layoutText(e.p.sizes, bt) {
				e.add(Layout, Migrate, name, file, line, text.T("reload.why.layout", name))
				told[name] = true
			}
		case aType:
			e.add(Layout, Migrate, name, file, line, text.T("reload.why.gone", name))
			told[name] = true
		case objectClass(a) == variable || objectClass(b) == variable && b != nil:
			if a != nil && b != nil && objectText(a) != objectText(b) && !e.told(name, Variable) {
				e.add(Variable, Swap, name, file, line, text.T("reload.why.variable", name))
			}
		case objectText(a) != objectText(b) || bType:
			e.add(Signature, Swap, name, file, line, text.T("reload.why.signature", name))
			told[name] = true
		}
	}
	// What differs in its tokens and not in its type: names of parameters, how a
	// type or a constant is written. Methods are told with their type.
	for _, name := range rest {
		d, ok := now.byName[name]
		typ, _, isMethod := strings.Cut(d.name, ".")
		if !ok || told[name] || isMethod && told[typ] {
			continue
		}
		file, line := place(name)
		e.add(Body, Swap, d.name, file, line, text.T("reload.why.body", d.name))
	}
}

// told reports whether a change of this kind was found for a name.
func (e *edit) told(name string, k Kind) bool {
	return slices.ContainsFunc(e.r.Changes, func(c Change) bool {
		return c.Name == name && c.Kind == k && c.Package == e.pkg.ImportPath
	})
}

// objectClass says what an object of a package is.
func objectClass(o types.Object) class {
	switch o.(type) {
	case *types.Var:
		return variable
	case *types.Const:
		return constant
	case *types.TypeName:
		return typeName
	}
	return function
}
