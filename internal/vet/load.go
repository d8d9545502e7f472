package vet

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// origin says whose code a package is, and with it how much of it is read.
type origin int

const (
	std      origin = iota // types only: tables say what blocks
	kit                    // a toolkit: types only, tables say the rest
	library                // another module: its bodies, along static calls
	userCode               // the program: its bodies, and the whole call graph
)

// pkg is a package on its way into the analysis.
type pkg struct {
	*packages.Package
	origin origin
	types  *types.Package
	info   *types.Info
	files  []*ast.File
	// sealed: its bodies cannot be used, because it does not type-check.
	sealed bool
	// faults are the first errors of a user package, and cut the functions that
	// were left out because of them.
	faults []fault
	cut    int
	usesC  bool
}

// fault is an error at a place.
type fault struct {
	file string
	line int
	text string
}

// program is everything that was loaded.
type program struct {
	fset   *token.FileSet
	all    []*pkg // dependencies first
	byPath map[string]*pkg
	target *evidence.Target
	dir    string // places are told relative to it
}

// listMode asks go list for names only. The types are made here, from source:
// nothing is compiled, so neither a C compiler nor the headers of a window
// system are needed, and what does not compile does not stop the rest.
const listMode = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule

// loadError is a go list that failed, or that found no package.
type loadError struct{ detail string }

func (e *loadError) Error() string { return "load packages: " + e.detail }

// load lists the packages of the patterns and all that they import.
func load(ctx context.Context, o Options, step func(stage string, done, all int)) (*program, error) {
	p := &program{fset: token.NewFileSet(), byPath: map[string]*pkg{}, dir: o.Dir}
	if p.dir == "" {
		p.dir, _ = os.Getwd()
	}
	p.dir, _ = filepath.Abs(p.dir)
	if real, err := filepath.EvalSymlinks(p.dir); err == nil {
		p.dir = real
	}
	cfg := &packages.Config{Context: ctx, Mode: listMode, Dir: o.Dir, Fset: p.fset, Tests: o.Tests}
	if o.Tags != "" {
		cfg.BuildFlags = []string{"-tags=" + o.Tags}
	}
	// Without cgo the toolkits would be other packages, or none at all. It only
	// chooses files here: nothing is compiled.
	cfg.Env = append(os.Environ(), "CGO_ENABLED=1")
	step("vet.stage.list", 0, 0)
	initial, err := packages.Load(cfg, o.Patterns...)
	if err != nil {
		return nil, &loadError{firstLine(err.Error())}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var broken []string
	usable := 0
	for _, l := range initial {
		if len(l.GoFiles) > 0 {
			usable++
		} else if len(l.Errors) > 0 {
			broken = append(broken, firstLine(l.Errors[0].Msg))
		}
	}
	if usable == 0 {
		if len(broken) == 0 {
			broken = []string{"no Go files match " + strings.Join(o.Patterns, " ")}
		}
		return nil, &loadError{broken[0]}
	}
	p.identify(initial)
	picked := map[*packages.Package]bool{}
	for _, l := range initial {
		picked[l] = true
	}
	packages.Visit(initial, nil, func(l *packages.Package) {
		if _, ok := p.byPath[l.ID]; ok || strings.HasSuffix(l.ID, ".test") {
			return
		}
		g := &pkg{Package: l, origin: p.originOf(l, picked[l])}
		p.byPath[l.ID] = g
		p.all = append(p.all, g)
	})
	p.check(ctx, step)
	return p, ctx.Err()
}

// identify says what program this is: its module, its toolkit, the Go version.
func (p *program) identify(initial []*packages.Package) {
	t := &evidence.Target{Kind: evidence.KindSource, Go: runtime.Version()}
	seen := map[string]bool{}
	packages.Visit(initial, nil, func(l *packages.Package) {
		if l.Module == nil || seen[l.Module.Path] {
			return
		}
		seen[l.Module.Path] = true
		m := evidence.Module{Path: l.Module.Path, Version: l.Module.Version}
		if r := l.Module.Replace; r != nil {
			m.Version, m.Replaced = r.Version, r.Version == ""
		}
		if l.Module.Main && t.MainModule == "" {
			t.MainModule, t.Name = m.Path, m.Path
		}
		t.Modules = append(t.Modules, m)
	})
	slices.SortFunc(t.Modules, func(a, b evidence.Module) int { return strings.Compare(a.Path, b.Path) })
	has := map[string]bool{}
	packages.Visit(initial, nil, func(l *packages.Package) { has[l.PkgPath] = true })
	if tk, version := toolkit.Recognise(t.Modules, func(path string) bool { return has[path] }, nil); tk != nil {
		t.Toolkit, t.ToolkitVersion = tk.Name, version
	}
	if t.Name == "" && len(initial) > 0 {
		t.Name = initial[0].PkgPath
	}
	p.target = t
}

// originOf judges a package; picked says that the user's patterns name it.
func (p *program) originOf(l *packages.Package, picked bool) origin {
	if l.Module == nil && !picked {
		return std
	}
	if toolkit.SourceOf(l.PkgPath) != nil && !toolkit.OwnExample(p.target.MainModule, l.PkgPath) && (l.Module == nil || !l.Module.Main || p.ownToolkit(l)) {
		return kit
	}
	if m := l.Module; picked || m != nil && (m.Main || m.Replace != nil && m.Replace.Version == "") {
		return userCode
	}
	return library
}

// ownToolkit says whether the main module is the toolkit itself.
func (p *program) ownToolkit(l *packages.Package) bool {
	src := toolkit.SourceOf(l.PkgPath)
	return l.Module != nil && src != nil && slices.Contains(src.Paths, l.Module.Path)
}

// check parses and type-checks every package, those that depend on nothing
// first, as many at a time as there are processors.
func (p *program) check(ctx context.Context, step func(string, int, int)) {
	done := make(map[*pkg]chan struct{}, len(p.all))
	for _, g := range p.all {
		done[g] = make(chan struct{})
	}
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var mu sync.Mutex
	finished := 0
	var wg sync.WaitGroup
	for _, g := range p.all {
		wg.Go(func() {
			defer close(done[g])
			for _, dep := range g.Imports {
				if d := p.byPath[dep.ID]; d != nil {
					<-done[d]
				}
			}
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() == nil {
				p.checkOne(g)
			}
			mu.Lock()
			finished++
			step("vet.stage.types", finished, len(p.all))
			mu.Unlock()
		})
	}
	wg.Wait()
}

// checkOne makes the types of one package. Of a package with errors, the
// functions that hold them, or something whose type is not known because of
// them, are cut out; the rest is as good as without.
func (p *program) checkOne(g *pkg) {
	if g.PkgPath == "unsafe" {
		g.types = types.Unsafe
		return
	}
	mode := parser.SkipObjectResolution
	if g.origin == userCode {
		mode |= parser.ParseComments
	}
	for _, name := range g.GoFiles {
		f, err := parser.ParseFile(p.fset, name, nil, mode)
		if err != nil {
			g.fault(p.fset, err)
		}
		if f != nil {
			g.files = append(g.files, f)
		}
	}
	bodies := g.origin >= library
	errs := p.types(g, bodies)
	if g.origin == userCode {
		for _, l := range g.Errors { // what go list says and the type checker does not: a missing dependency
			if l.Kind == packages.ListError && len(g.faults) == 0 && len(errs) == 0 {
				g.faults = append(g.faults, fault{text: firstLine(l.Msg)})
			}
		}
	}
	if bodies {
		g.cutErrors(errs)
		g.types.MarkComplete()
	}
}

// types runs the type checker and returns the errors.
func (p *program) types(g *pkg, bodies bool) []types.Error {
	var errs []types.Error
	c := types.Config{
		IgnoreFuncBodies: !bodies,
		FakeImportC:      true,
		Sizes:            types.SizesFor("gc", runtime.GOARCH),
		Importer: importerFunc(func(path string) (*types.Package, error) {
			dep := g.Imports[path]
			if dep == nil {
				if path == "unsafe" {
					return types.Unsafe, nil
				}
				return nil, fmt.Errorf("package %s was not found", path)
			}
			if d := p.byPath[dep.ID]; d != nil && d.types != nil && (len(d.GoFiles) > 0 || d.PkgPath == "unsafe") {
				return d.types, nil
			}
			return nil, fmt.Errorf("package %s could not be loaded", path)
		}),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && !e.Soft {
				errs = append(errs, e)
			}
		},
	}
	if m := g.Module; m != nil && m.GoVersion != "" {
		c.GoVersion = "go" + m.GoVersion
	}
	if bodies {
		g.info = &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{},
			Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
			Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
			Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
		}
	}
	g.types = types.NewPackage(g.PkgPath, g.Name)
	types.NewChecker(&c, p.fset, g.types, g.info).Files(g.files) // the errors went to c.Error
	for _, e := range errs {
		if len(g.faults) < 3 {
			g.fault(p.fset, e)
		}
	}
	return errs
}

func (g *pkg) fault(fset *token.FileSet, err error) {
	switch e := err.(type) {
	case types.Error:
		at := fset.Position(e.Pos)
		g.addFault(fault{at.Filename, at.Line, e.Msg})
	case scanner.ErrorList:
		g.addFault(fault{e[0].Pos.Filename, e[0].Pos.Line, e[0].Msg})
	default:
		g.addFault(fault{text: err.Error()})
	}
}

func (g *pkg) addFault(f fault) {
	if !slices.Contains(g.faults, f) {
		g.faults = append(g.faults, f)
	}
}

// cutErrors takes the bodies of the functions away that hold errors, or
// expressions whose type is not known: those of C, and those of packages that
// could not be loaded. A call to such a function is followed no further.
func (g *pkg) cutErrors(errs []types.Error) {
	for _, f := range g.files {
		c := slices.ContainsFunc(f.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"C"` })
		g.usesC = g.usesC || c
		if !c && len(errs) == 0 {
			continue
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			if slices.ContainsFunc(errs, func(e types.Error) bool { return fn.Pos() <= e.Pos && e.Pos <= fn.End() }) || g.unknown(fn) {
				fn.Body = nil
				g.cut++
			}
		}
	}
	if g.usesC || len(errs) > 0 {
		g.info.InitOrder = slices.DeleteFunc(g.info.InitOrder, func(i *types.Initializer) bool { return g.unknown(i.Rhs) })
	}
}

// unknown says whether something in n has no known type.
func (g *pkg) unknown(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if x, ok := n.(ast.Expr); ok && !found {
			if tv, ok := g.info.Types[x]; ok {
				found = !tv.IsBuiltin() && invalid(tv.Type, 0)
			} else if omitted(x) {
				found = true
			} else if id, ok := x.(*ast.Ident); ok {
				switch o := g.info.ObjectOf(id).(type) {
				case *types.Var, *types.Func, *types.TypeName, *types.Const: // others have no type
					found = invalid(o.Type(), 0)
				}
			}
		}
		return !found
	})
	return found
}

// omitted says whether the type checker would have noted the type of such an
// expression, had it been able to tell (go/types, Info.Types).
func omitted(x ast.Expr) bool {
	switch x.(type) {
	case *ast.SelectorExpr, *ast.CallExpr:
		return true
	}
	return false
}

// invalid says whether a type is unknown, or made of one that is.
func invalid(t types.Type, depth int) bool {
	if depth > 4 {
		return false
	}
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() == types.Invalid
	case *types.Pointer:
		return invalid(t.Elem(), depth+1)
	case *types.Slice:
		return invalid(t.Elem(), depth+1)
	case *types.Array:
		return invalid(t.Elem(), depth+1)
	case *types.Map:
		return invalid(t.Key(), depth+1) || invalid(t.Elem(), depth+1)
	case *types.Chan:
		return invalid(t.Elem(), depth+1)
	case *types.Alias:
		return invalid(types.Unalias(t), depth+1)
	case *types.Signature:
		return invalid(t.Params(), depth+1) || invalid(t.Results(), depth+1)
	case *types.Tuple:
		for v := range t.Variables() {
			if invalid(v.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

type importerFunc func(string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
