package vet

import (
	"fmt"
	"go/token"
	"go/types"
	"os"
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/analysis/unitchecker"
	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Step is one call on the way of a fact.
type Step struct {
	Function string
	File     string
	Line     int
}

// Blocks is the fact that a function waits, and how: go vet reads one package at
// a time, and hands it on to the packages that import it.
type Blocks struct {
	Kind  kind
	Call  string
	Steps []Step
}

// AFact marks it as a fact of go/analysis.
func (*Blocks) AFact() {}

// Analyzer is the check of one package, for drivers of go/analysis. What other
// packages do it knows by facts; calls through interfaces and fields it follows
// within the package only. gomedic vet sees the whole program and finds more.
var Analyzer = &analysis.Analyzer{
	Name:       "uithread",
	Doc:        "find calls that will freeze the UI of Fyne, Gio, Ebitengine and GLFW programs",
	URL:        "https://github.com/gomedic/gomedic/blob/main/docs/commands/gomedic-vet.md",
	Requires:   []*analysis.Analyzer{buildssa.Analyzer},
	FactTypes:  []analysis.Fact{(*Blocks)(nil)},
	ResultType: reflect.TypeFor[struct{}](),
	Run:        func(p *analysis.Pass) (any, error) { return struct{}{}, unit(p) },
}

// IsUnit says whether the go command calls: go vet -vettool asks a tool for its
// version and its flags, and then gives it one .cfg file a package.
func IsUnit(args []string) bool {
	if len(args) == 0 {
		return false
	}
	return args[0] == "-V=full" || args[0] == "-flags" || strings.HasSuffix(args[len(args)-1], ".cfg")
}

// Unit serves the go command. It ends the process.
func Unit() int {
	unitchecker.Main(Analyzer)
	return 0
}

// unit reads the package of a pass.
func unit(p *analysis.Pass) error {
	if standard(p.Pkg.Path()) || toolkit.SourceOf(p.Pkg.Path()) != nil && !toolkit.OwnExample(moduleOf(p), p.Pkg.Path()) {
		return nil
	}
	s := p.ResultOf[buildssa.Analyzer].(*buildssa.SSA)
	e := newEngine(p.Fset)
	e.fact = func(f *types.Func) *Blocks {
		var b Blocks
		if p.ImportObjectFact(f.Origin(), &b) {
			return &b
		}
		return nil
	}
	e.origins[p.Pkg] = userCode
	e.ssaPkgs[p.Pkg] = s.Pkg
	for _, other := range s.Pkg.Prog.AllPackages() {
		if other.Pkg == p.Pkg {
			continue
		}
		e.ssaPkgs[other.Pkg] = other
		e.broken[other.Pkg] = true // its bodies are not here: facts stand for them
	}
	var visit func(*types.Package)
	visit = func(p *types.Package) {
		for _, i := range p.Imports() {
			if _, ok := e.origins[i]; !ok {
				e.originOfPkg(i)
				visit(i)
			}
		}
	}
	visit(p.Pkg)
	e.direct = map[string]bool{}
	for _, f := range p.Files {
		for _, i := range f.Imports {
			e.direct[strings.Trim(i.Path.Value, `"`)] = true
		}
	}
	all := map[*ssa.Function]bool{}
	var take func(fn *ssa.Function)
	take = func(fn *ssa.Function) {
		all[fn] = true
		for _, a := range fn.AnonFuncs {
			take(a)
		}
	}
	for _, fn := range s.SrcFuncs {
		take(fn)
	}
	e.index(all)
	for _, f := range p.Files {
		e.ignores.read(p.Fset, f)
	}
	e.export(p, s.SrcFuncs)
	dir, _ := os.Getwd()
	f := &finder{e: e, dir: dir}
	e.locking[p.Pkg] = !onlyOwnInits(p) // another package's init may lock the thread
	f.run()
	lang, err := text.Detect("")
	if err != nil {
		lang = text.English
	}
	for i := range f.findings {
		x := &f.findings[i]
		s := x.Title.In(lang)
		for _, l := range x.Chain {
			s += fmt.Sprintf("\n\t%s %s: %s", place(l.File, l.Line), l.Function, l.Via.In(lang))
		}
		p.Report(analysis.Diagnostic{Pos: f.positions[i], Category: x.ID, Message: s + "\n\t(" + x.ID + ")"})
	}
	return nil
}

// onlyOwnInits says whether nothing that the package imports is another package of
// the program, whose init could lock the thread unseen.
func onlyOwnInits(p *analysis.Pass) bool {
	for _, i := range p.Pkg.Imports() {
		if !standard(i.Path()) && toolkit.SourceOf(i.Path()) == nil && !strings.HasPrefix(i.Path(), "github.com/go-gl/") {
			return false
		}
	}
	return true
}

// export hands on what each function waits for.
func (e *engine) export(p *analysis.Pass, funcs []*ssa.Function) {
	for _, fn := range funcs {
		f := objectOf(fn)
		if f == nil || f.Pkg() != p.Pkg {
			continue
		}
		if w := e.mayBlock(fn); w != nil {
			b := &Blocks{Kind: w.kind, Call: w.call}
			pos := w.pos
			for n := w.at; n != nil; n = n.prev {
				at := e.position(pos)
				b.Steps = append([]Step{{shown(n.fn), at.Filename, at.Line}}, b.Steps...)
				pos = n.site
			}
			if w.fact != nil {
				b.Steps, b.Call = append(b.Steps, w.fact.Steps...), w.fact.Call
			}
			if len(b.Steps) <= 12 {
				p.ExportObjectFact(f, b)
			}
		}
	}
}

// standard says whether a package path is the standard library's: its first
// element has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && toolkit.IsStandard(path)
}

func moduleOf(p *analysis.Pass) string {
	if p.Module != nil {
		return p.Module.Path
	}
	return ""
}

// posOf keeps where a finding is, for drivers that want a position.
func posOf(n *node, last *node, pos token.Pos) token.Pos {
	for x := n; x != last; x = x.prev {
		pos = x.site
	}
	return pos
}
