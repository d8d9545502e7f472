package vet

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

const reloadPackage = "github.com/gomedic/gomedic/reload"

// unscoped are the functions of the standard library that start what goes on after they
// return, and what of a component's Scope does the same and ends it.
var unscoped = []struct {
	pattern toolkit.Pattern
	instead string
}{
	{"time.AfterFunc", "Scope.AfterFunc"},
	{"time.NewTicker", "Scope.Ticker"},
	{"time.Tick", "Scope.Ticker"},
	{"context.AfterFunc", "Scope.Go"},
}

// leftovers finds what the components of package reload start beside their Scope: when
// the next generation of the component is loaded, nothing ends it. A component is what
// its constructor leads to, and the methods of the types that are made there, which the
// toolkit calls.
func (f *finder) leftovers() {
	for _, fn := range f.e.funcs {
		for _, b := range fn.Blocks {
			for _, in := range b.Instrs {
				c, ok := in.(ssa.CallInstruction)
				if !ok {
					continue
				}
				if callee := calleeOf(c.Common()); callee == nil || f.e.symbol(callee) != reloadPackage+".Register" || len(c.Common().Args) != 2 {
					continue
				}
				if build := functionOf(c.Common().Args[1]); build != nil {
					f.component(build, siteOf(c))
				}
			}
		}
	}
}

// functionOf is the function behind a value, nil if it is not one that is written there.
func functionOf(v ssa.Value) *ssa.Function {
	switch v := v.(type) {
	case *ssa.Function:
		return v
	case *ssa.MakeClosure:
		return v.Fn.(*ssa.Function)
	case *ssa.ChangeType:
		return functionOf(v.X)
	}
	return nil
}

// component walks through one component, breadth first.
func (f *finder) component(build *ssa.Function, at token.Pos) {
	e := f.e
	first := &node{frame: &frame{fn: build}, root: &root{how: text.T("vet.via.component"), at: at}, site: at}
	seen := map[*ssa.Function]bool{build: true}
	queue := []*node{first}
	push := func(fn *ssa.Function, prev *node, site token.Pos, guess int) {
		if fn == nil || seen[fn] || len(fn.Blocks) == 0 || e.originOf(fn) != userCode || ofReload(fn) {
			return
		}
		seen[fn] = true
		queue = append(queue, &node{frame: &frame{fn: fn}, root: prev.root, prev: prev, site: site, guess: prev.guess + guess})
	}
	for i := 0; i < len(queue); i++ {
		n := queue[i]
		for _, b := range n.fn.Blocks {
			if e.doomed(b) {
				continue
			}
			for _, in := range b.Instrs {
				switch in := in.(type) {
				case *ssa.Go:
					f.leftover(n, siteOf(in), "go", "Scope.Go")
				case *ssa.MakeInterface:
					for _, m := range e.methods(in.X.Type()) {
						push(m, n, siteOf(in), 0)
					}
				case *ssa.MakeClosure:
					push(in.Fn.(*ssa.Function), n, siteOf(in), 0)
				case ssa.CallInstruction:
					if callee := calleeOf(in.Common()); callee != nil {
						for _, u := range unscoped {
							if u.pattern.Match(e.symbol(callee)) {
								f.leftover(n, siteOf(in), short(callee), u.instead)
							}
						}
					}
					targets := e.callees[in]
					if len(targets) > widest {
						continue
					}
					for _, t := range targets {
						push(t, n, siteOf(in), len(targets)-1)
					}
				}
				// A function that is handed on is called by whoever gets it.
				for _, v := range in.Operands(nil) {
					if fn, ok := (*v).(*ssa.Function); ok {
						push(fn, n, siteOf(in), 0)
					}
				}
			}
		}
	}
}

// ofReload: the package itself, where its module is replaced by a folder.
func ofReload(fn *ssa.Function) bool {
	p := pkgOf(fn)
	return p != nil && (p.Path() == reloadPackage || strings.HasPrefix(p.Path(), reloadPackage+"/"))
}

// methods are the methods of a type of the program's own.
func (e *engine) methods(t types.Type) (all []*ssa.Function) {
	named := namedOf(t)
	if named == nil || named.Pkg() == nil || e.originOfPkg(named.Pkg()) != userCode {
		return nil
	}
	s := e.ssaPkgs[named.Pkg()]
	if s == nil {
		return nil
	}
	set := s.Prog.MethodSets.MethodSet(t)
	for i := range set.Len() {
		if fn := s.Prog.MethodValue(set.At(i)); fn != nil {
			all = append(all, fn)
		}
	}
	sortFuncs(all)
	return all
}

// leftover makes a finding of what a component starts.
func (f *finder) leftover(n *node, pos token.Pos, what, instead string) {
	for x, at := n, pos; x != nil; x, at = x.prev, x.site {
		if f.e.ignores.heeds(f.e.position(at), idLeftover) {
			return
		}
	}
	chain := f.chain(n)
	f.finish(chain, open{pos, text.T("vet.step.starts", what)})
	where := f.placeIn(n, pos, n)
	f.add(report.Finding{ID: idLeftover, Severity: report.P2, Where: &where, Chain: chain, Confidence: confidence(n),
		Title:  text.T("finding.reload/leftover.title.source", where.Function, what),
		Why:    []text.Text{f.rootText("vet.why.component", n), text.T("vet.why.leftover", what)},
		Remedy: []text.Text{text.T("vet.remedy.scope", instead, what)},
	}, pos)
}

// isID reports whether gomedic vet has findings of that id.
func isID(id string) bool { return slices.Contains(ids, id) }
