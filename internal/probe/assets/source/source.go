// Package source finds in a project's source which files it embeds and which names reach
// functions that load resources. It lists packages, makes their types and the SSA form
// of the project's own, and follows constant strings: through concatenation, path.Join,
// parameters, package variables, fields and the elements of lists.
//
// Nothing is compiled or run. Start at [Read].
package source

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
	"sync"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Project is what the source says.
type Project struct {
	Target  evidence.Target
	Dir     string // that was asked for
	Root    string // of the main module
	Embeds  []Embed
	Uses    []Use
	Written map[string]bool
	Asked   map[string]bool
	Icons   map[string]bool // names of the theme's icons that there are; nil: not known
	Bundled []Bundle
	Fyne    []string // the toolkit's own files of translations
	// Translates: the program adds translations.
	Translates bool
	Mains      []string // folders of packages main
	Cut        []string // packages that have errors, with the first of each
}

// Embed is a //go:embed directive with its variable.
type Embed struct {
	Var   string // "main.assets"
	Kind  string // evidence.AssetEmbedFS, AssetString or AssetBytes
	At    evidence.Frame
	Files []File
	// Lost are patterns that match nothing.
	Lost []Pattern
}

// Pattern is one of a directive's patterns that matches no file.
type Pattern struct {
	Text string
	At   evidence.Frame
}

// File is a file that is embedded.
type File struct{ Name, Path string }

// Use is a name on its way to a loader.
type Use struct {
	Name   string
	Loader *toolkit.Loader
	At     evidence.Frame
	Load   *evidence.Frame
	Var    string // the embed.FS that is asked: "main.assets"; "": another file system
	Prefix string // of fs.Sub
	Dir    string // of os.DirFS
	Excuse string
	Fatal  bool
	Partly bool   // other names, that are not known, may come instead
	Pkg    string // folder of the package that loads
}

// pkg is a package on its way.
type pkg struct {
	*packages.Package
	own   bool
	types *types.Package
	info  *types.Info
	files []*ast.File
	fault string
}

// program is everything that was loaded.
type program struct {
	fset   *token.FileSet
	all    []*pkg
	byPath map[string]*pkg
	out    *Project
	ssa    *ssa.Program
	funcs  map[*ssa.Function]bool

	calls   map[*ssa.Function][]ssa.CallInstruction
	stores  map[*ssa.Global][]*ssa.Store
	fields  map[fieldKey][]*ssa.Store
	derived map[*ssa.Global]bool
}

type fieldKey struct {
	t     types.Type // the struct
	field int
}

// LoadError is a go list that failed, or found no package.
type LoadError struct{ Detail string }

func (e *LoadError) Error() string { return "load packages: " + e.Detail }

const listMode = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule | packages.NeedEmbedFiles | packages.NeedEmbedPatterns

// Read reads the project in dir. Errors are *LoadError and the context's.
func Read(ctx context.Context, dir string, step func(key string, done, all int)) (*Project, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	p := &program{fset: token.NewFileSet(), byPath: map[string]*pkg{}, calls: map[*ssa.Function][]ssa.CallInstruction{}, stores: map[*ssa.Global][]*ssa.Store{},
		fields: map[fieldKey][]*ssa.Store{}, derived: map[*ssa.Global]bool{}, funcs: map[*ssa.Function]bool{},
		out: &Project{Dir: abs, Root: abs, Written: map[string]bool{}, Asked: map[string]bool{}}}
	cfg := &packages.Config{Context: ctx, Mode: listMode, Dir: abs, Fset: p.fset}
	cfg.Env = append(os.Environ(), "CGO_ENABLED=1") // it only chooses files here
	step("assets.stage.list", 0, 0)
	patterns := []string{"./..."}
	if single, loose := looseFiles(abs); loose { // a folder without a module
		if len(single) == 0 {
			return nil, &LoadError{"neither Go files nor a go.mod in " + dir}
		}
		patterns = single
	}
	initial, err := packages.Load(cfg, patterns...)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, &LoadError{firstLine(err.Error())}
	}
	usable, detail := 0, ""
	for _, l := range initial {
		if len(l.GoFiles) > 0 {
			usable++
		} else if len(l.Errors) > 0 && detail == "" {
			detail = firstLine(l.Errors[0].Msg)
		}
	}
	if usable == 0 {
		if detail == "" {
			detail = "no Go files"
		}
		return nil, &LoadError{detail}
	}
	p.take(initial)
	p.check(ctx, step)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.identify(initial)
	p.embeds()
	step("assets.stage.code", 0, 0)
	p.build()
	p.index()
	p.find()
	p.bundles()
	p.icons()
	return p.out, ctx.Err()
}

// looseFiles are the Go files of a folder; loose says that no module holds it.
func looseFiles(dir string) (files []string, loose bool) {
	for d := dir; ; d = filepath.Dir(d) {
		for _, name := range []string{"go.mod", "go.work"} {
			if _, err := os.Stat(filepath.Join(d, name)); err == nil {
				return nil, false
			}
		}
		if filepath.Dir(d) == d {
			break
		}
	}
	files, _ = filepath.Glob(filepath.Join(escape(dir), "*.go"))
	return slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") }), true
}

// take sorts the packages into the project's own and others.
func (p *program) take(initial []*packages.Package) {
	picked := map[*packages.Package]bool{}
	for _, l := range initial {
		picked[l] = true
		if m := l.Module; m != nil && m.Main && m.Dir != "" && (p.out.Dir == m.Dir || strings.HasPrefix(p.out.Dir, m.Dir+string(filepath.Separator))) {
			p.out.Root = m.Dir
		}
	}
	packages.Visit(initial, nil, func(l *packages.Package) {
		if p.byPath[l.ID] != nil {
			return
		}
		g := &pkg{Package: l}
		g.own = picked[l] || l.Module != nil && (l.Module.Main || l.Module.Replace != nil && l.Module.Replace.Version == "")
		if g.own && toolkit.SourceOf(l.PkgPath) != nil && !toolkit.OwnExample(p.module(initial), l.PkgPath) && !picked[l] {
			g.own = false
		}
		p.byPath[l.ID] = g
		p.all = append(p.all, g)
		if g.own && l.Name == "main" && len(l.GoFiles) > 0 {
			p.out.Mains = append(p.out.Mains, filepath.Dir(l.GoFiles[0]))
		}
	})
}

// module is the main module's path.
func (p *program) module(initial []*packages.Package) string {
	for _, l := range initial {
		if l.Module != nil && l.Module.Main {
			return l.Module.Path
		}
	}
	return ""
}

func (p *program) identify(initial []*packages.Package) {
	t := &p.out.Target
	t.Kind, t.Go = evidence.KindSource, runtime.Version()
	seen := map[string]bool{}
	has := map[string]bool{}
	packages.Visit(initial, nil, func(l *packages.Package) {
		has[l.PkgPath] = true
		if l.Module == nil || seen[l.Module.Path] {
			return
		}
		seen[l.Module.Path] = true
		m := evidence.Module{Path: l.Module.Path, Version: l.Module.Version}
		if r := l.Module.Replace; r != nil {
			m.Version, m.Replaced = r.Version, r.Version == ""
		}
		if l.Module.Main && (t.MainModule == "" || l.Module.Dir == p.out.Root) {
			t.MainModule = m.Path
		}
		t.Modules = append(t.Modules, m)
	})
	slices.SortFunc(t.Modules, func(a, b evidence.Module) int { return strings.Compare(a.Path, b.Path) })
	if tk, version := toolkit.Recognise(t.Modules, func(path string) bool { return has[path] }, nil); tk != nil {
		t.Toolkit, t.ToolkitVersion = tk.Name, version
	}
	if t.Name = t.MainModule; t.Name == "" {
		t.Name = filepath.Base(p.out.Dir)
	}
}

// check makes the types, those that depend on nothing first.
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
			step("assets.stage.types", finished, len(p.all))
			mu.Unlock()
		})
	}
	wg.Wait()
	for _, g := range p.all {
		if g.own && g.fault != "" {
			p.out.Cut = append(p.out.Cut, g.PkgPath+": "+g.fault)
		}
	}
	slices.Sort(p.out.Cut)
}

func (p *program) checkOne(g *pkg) {
	if g.PkgPath == "unsafe" {
		g.types = types.Unsafe
		return
	}
	mode := parser.SkipObjectResolution
	if g.own {
		mode |= parser.ParseComments
	}
	for _, name := range g.GoFiles {
		f, err := parser.ParseFile(p.fset, name, nil, mode)
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
			if d := g.Imports[path]; d != nil && p.byPath[d.ID] != nil && p.byPath[d.ID].types != nil {
				return p.byPath[d.ID].types, nil
			}
			return nil, fmt.Errorf("package %s was not found", path)
		}),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && !e.Soft && g.own && g.fault == "" {
				at := p.fset.Position(e.Pos)
				g.fault = fmt.Sprintf("%s:%d: %s", filepath.Base(at.Filename), at.Line, e.Msg)
			}
		},
	}
	if g.own {
		g.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
			Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
			Instances: map[*ast.Ident]types.Instance{}, FileVersions: map[*ast.File]string{}}
	}
	name := g.Name
	if name == "" {
		name = filepath.Base(g.PkgPath)
	}
	g.types = types.NewPackage(g.PkgPath, name)
	_ = types.NewChecker(&c, p.fset, g.types, g.info).Files(g.files) // the errors went to c.Error
	if !g.own {
		g.files, g.info = nil, nil
	}
	g.types.MarkComplete()
}

type importer func(path string) (*types.Package, error)

func (f importer) Import(path string) (*types.Package, error) { return f(path) }

func firstLine(s string) string {
	for line := range strings.Lines(strings.TrimSpace(s)) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "err: exit status 1: stderr: ")
		if line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return ""
}

// frame is a place of the project, its file relative to the root.
func (p *program) frame(pos token.Pos, function string, g *types.Package) evidence.Frame {
	at := p.fset.Position(pos)
	f := evidence.Frame{Function: function, File: at.Filename, Line: at.Line, Origin: evidence.OriginUser}
	if rel, err := filepath.Rel(p.out.Root, at.Filename); err == nil && !strings.HasPrefix(rel, "..") {
		f.File = filepath.ToSlash(rel)
	}
	if g != nil {
		f.Package = g.Path()
	}
	return f
}
