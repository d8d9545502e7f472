package watching

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// pkg is a package on its way through the reading.
type pkg struct {
	*packages.Package
	own   bool // the project's: its bodies are read
	files []*ast.File
	types *types.Package
	info  *types.Info
	fault string // the first error
	done  bool
}

// program is the project's source, as far as it has to do with watching.
type program struct {
	fset    *token.FileSet
	dir     string // that was named
	root    string // the module's
	module  string
	version string // of Go
	byPath  map[string]*pkg
	own     []*pkg // packages of the project that lead to a watcher library; sorted
	// libs are the libraries' packages, and those of other modules that wrap them.
	libs     map[string]*library
	wrappers map[string]bool
}

const listMode = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule

// load lists the packages, and makes the types of those that matter: the project's own
// that lead to a watcher library. Nothing is compiled. Errors are *report.Failure.
func load(ctx context.Context, dir string) (*program, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, report.Fail(err, text.T("error.no-file", dir), text.T("hint.reload-check"))
	} else if !info.IsDir() {
		return nil, report.Fail(nil, text.T("error.reload-check-dir", dir), text.T("hint.reload-check"))
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	p := &program{fset: token.NewFileSet(), dir: dir, byPath: map[string]*pkg{}, libs: map[string]*library{}, wrappers: map[string]bool{}}
	cfg := &packages.Config{Context: ctx, Mode: listMode, Dir: dir, Fset: p.fset}
	cfg.Env = append(os.Environ(), "CGO_ENABLED=1") // it only chooses files
	initial, err := packages.Load(cfg, "./...")
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	detail := ""
	if err != nil {
		detail = firstLine(err.Error())
	}
	usable := false
	for _, l := range initial {
		usable = usable || len(l.GoFiles) > 0
		if len(l.Errors) > 0 && detail == "" {
			detail = firstLine(l.Errors[0].Msg)
		}
	}
	if !usable {
		if detail == "" {
			detail = "no Go files"
		}
		return nil, report.Fail(nil, text.T("error.vet-load", detail), text.T("hint.reload-check"))
	}
	packages.Visit(initial, nil, func(l *packages.Package) {
		if p.byPath[l.ID] == nil {
			p.byPath[l.ID] = &pkg{Package: l, own: l.Module != nil && (l.Module.Main || l.Module.Replace != nil && l.Module.Replace.Version == "")}
		}
		// Of a workspace's modules, the one that the directory is in.
		if m := l.Module; m != nil && m.Main && len(m.Dir) > len(p.root) && (dir == m.Dir || strings.HasPrefix(dir, m.Dir+string(filepath.Separator))) {
			p.root, p.module = m.Dir, m.Path
		}
	})
	if p.root == "" { // without a module: GO111MODULE=off, or files only
		return nil, report.Fail(nil, text.T("error.reload-check-module", dir), text.T("hint.reload-check"))
	}
	p.version = runtime.Version()
	p.findLibraries()
	p.check(ctx)
	return p, ctx.Err()
}

// findLibraries notes the watcher libraries, what wraps them, and which packages of the
// project lead to them.
func (p *program) findLibraries() {
	for path := range p.byPath {
		if l := libraryOf(path); l != nil {
			p.libs[path] = l
			p.byPath[path].own = false
		}
	}
	// reload/watch, which wraps fsnotify elsewhere than on Linux, is a library itself.
	for path, g := range p.byPath {
		if g.own || g.Module == nil || p.libs[path] != nil {
			continue
		}
		for imported := range g.Imports {
			if l := libraryOf(imported); l != nil {
				p.wrappers[path] = true
			}
		}
	}
	for path := range p.wrappers {
		for _, imported := range sortedKeys(p.byPath[path].Imports) {
			if l := libraryOf(imported); l != nil {
				p.libs[path] = l
			}
		}
	}
	memo := map[string]bool{}
	var leads func(path string) bool
	leads = func(path string) bool {
		if v, ok := memo[path]; ok {
			return v
		}
		memo[path] = false
		g := p.byPath[path]
		if g == nil {
			return false
		}
		found := p.libs[path] != nil
		if g.own {
			for _, d := range g.Imports {
				found = leads(d.ID) || found
			}
		}
		memo[path] = found
		return found
	}
	for path, g := range p.byPath {
		if g.own && leads(path) {
			p.own = append(p.own, g)
		}
	}
	slices.SortFunc(p.own, func(a, b *pkg) int { return strings.Compare(a.PkgPath, b.PkgPath) })
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (p *program) check(ctx context.Context) {
	for _, g := range p.own {
		if ctx.Err() != nil {
			return
		}
		p.checkOne(g)
	}
}

// checkOne makes the types of a package. What other modules bring, and does not watch,
// is left empty: nothing is asked of it.
func (p *program) checkOne(g *pkg) *types.Package {
	if g.done {
		return g.types
	}
	g.done = true
	if g.PkgPath == "unsafe" {
		g.types = types.Unsafe
		return g.types
	}
	name := g.Name
	if name == "" {
		name = filepath.Base(g.PkgPath)
	}
	if !g.own && g.Module != nil && p.libs[g.ID] == nil {
		g.types = types.NewPackage(g.PkgPath, name)
		g.types.MarkComplete()
		return g.types
	}
	mode := parser.SkipObjectResolution
	for _, file := range g.GoFiles {
		f, err := parser.ParseFile(p.fset, file, nil, mode)
		if err != nil && g.fault == "" {
			g.fault = firstLine(err.Error())
		}
		if f != nil {
			g.files = append(g.files, f)
		}
	}
	c := types.Config{
		IgnoreFuncBodies: !g.own, FakeImportC: true, Sizes: types.SizesFor("gc", runtime.GOARCH),
		Importer: importer(func(path string) (*types.Package, error) {
			if path == "unsafe" {
				return types.Unsafe, nil
			}
			if d := g.Imports[path]; d != nil && p.byPath[d.ID] != nil {
				if t := p.checkOne(p.byPath[d.ID]); t != nil {
					return t, nil
				}
			}
			return nil, fmt.Errorf("package %s was not found", path)
		}),
		Error: func(err error) {
			// An unknown name of a package that was left empty is no fault.
			if e, ok := err.(types.Error); ok && !e.Soft && g.fault == "" && strings.Contains(e.Msg, "was not found") {
				g.fault = e.Msg
			}
		},
	}
	if g.own {
		g.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
			Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	}
	g.types = types.NewPackage(g.PkgPath, name)
	types.NewChecker(&c, p.fset, g.types, g.info).Files(g.files) // the errors went to c.Error
	return g.types
}

type importer func(path string) (*types.Package, error)

func (f importer) Import(path string) (*types.Package, error) { return f(path) }

// firstLine is what a command complains of: its first line, and the next where that ends
// in a colon.
func firstLine(s string) string {
	out := ""
	for line := range strings.Lines(strings.TrimSpace(s)) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "err: exit status 1: stderr: ")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if out += line; !strings.HasSuffix(line, ":") {
			break
		}
		out += " "
	}
	return strings.TrimSpace(out)
}
