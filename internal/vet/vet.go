// Package vet reads the source of a program that draws, and finds the calls that
// will freeze it: what waits on the UI goroutine, UI calls from other goroutines,
// and a loop that is not bound to its thread.
//
// It loads the packages without compiling anything, makes their call graph (SSA
// and VTA of golang.org/x/tools), finds where the toolkits call the program back
// (internal/toolkit's Source tables), and walks from there. It knows the
// standard library by the table in blocking.go, and no program by name. Start at
// [Run]; unit.go is the same for go vet -vettool.
package vet

import (
	"context"
	"go/token"
	"go/types"
	"time"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Options say what to read.
type Options struct {
	Patterns []string // as of go list
	Dir      string   // where to read them; empty: here
	Tags     string   // build tags, as of go build
	Tests    bool     // the test files, too
	// Progress is told how far it is: the key of a sentence, and of how many
	// things how many are done (0: not counted). It may be nil.
	Progress func(stage string, done, all int)
}

// Run reads the packages and returns what it found, as a report whose findings
// have the way from the callback to the call as their chain. The error is a
// *report.Failure when there was nothing to read, or the context's.
func Run(ctx context.Context, o Options) (*report.Report, error) {
	began := time.Now()
	step := o.Progress
	if step == nil {
		step = func(string, int, int) {}
	}
	if len(o.Patterns) == 0 {
		o.Patterns = []string{"."}
	}
	p, err := load(ctx, o, step)
	if err != nil {
		if e, ok := err.(*loadError); ok {
			return nil, report.Fail(nil, text.T("error.vet-load", e.detail), text.T("hint.vet-load"))
		}
		return nil, err
	}
	e := build(p, step)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	users, sealed := 0, 0
	var worst *pkg
	for _, g := range p.all {
		if g.origin != userCode {
			continue
		}
		users++
		if g.sealed {
			sealed++
			worst = g
		}
		for _, f := range g.files {
			e.ignores.read(p.fset, f)
		}
	}
	if users == sealed && worst != nil {
		return nil, report.Fail(nil, text.T("error.vet-types", worst.PkgPath, p.faultLine(worst)), text.T("hint.vet-types"))
	}
	step("vet.stage.walk", 0, 0)
	for _, g := range p.all {
		e.locking[g.types] = g.origin == library && locksThread(g.files)
	}
	f := &finder{e: e, dir: p.dir, kit: p.target.Toolkit}
	f.run()
	r := &report.Report{Schema: report.Schema, Target: *p.target, Findings: f.findings, Limits: p.limits()}
	r.Target.Modules = nil
	r.Probes = []report.Probe{{Name: "source", TookMS: float64(time.Since(began).Microseconds()) / 1000}}
	r.Sort()
	return r, ctx.Err()
}

// finder turns what the walks see into findings.
type finder struct {
	e        *engine
	dir      string
	kit      string
	findings []report.Finding
	// positions are those of the findings, for the drivers of go/analysis.
	positions []token.Pos
	seen      map[string]bool
}

// run walks from every root.
func (f *finder) run() {
	e := f.e
	f.seen = map[string]bool{}
	r := findRoots(e)
	away := map[*ssa.Function]bool{}
	for _, x := range r.away {
		away[x.frame.fn] = true
	}
	for fn := range e.reached(r.away, nil) {
		away[fn] = true
	}
	e.findHolders(away)
	e.started = e.start(r)
	e.walk(r.ui, visitor{id: idRisky, wait: func(w *waiting) bool {
		f.risky(w)
		return true
	}})
	for _, c := range e.findCrossings(r.away) {
		f.crossing(c)
	}
	f.leftovers()
	for _, g := range e.ignores.faulty {
		f.faulty(g)
	}
}

// reached are all functions that the roots lead to.
func (e *engine) reached(from []*root, skip map[*ssa.Function]map[*ssa.BasicBlock]bool) map[*ssa.Function]bool {
	all := map[*ssa.Function]bool{}
	e.walk(from, visitor{skip: skip, userOnly: true, wait: func(w *waiting) bool {
		all[w.at.fn] = true
		return true
	}, call: func(n *node, _ ssa.CallInstruction, _ *types.Func, _ string) bool {
		all[n.fn] = true
		return true
	}})
	return all
}

// start is what the program runs before its loop: what main leads to, and what the
// goroutine does that has the loop, outside of it.
func (e *engine) start(r *roots) map[*ssa.Function]bool {
	inits, mains := e.entries()
	from := append(inits, mains...)
	loops := map[*ssa.Function]map[*ssa.BasicBlock]bool{}
	for _, x := range r.ui {
		if x.blocks != nil {
			loops[x.frame.fn] = x.blocks
		}
	}
	if len(loops) > 0 {
		for _, x := range r.away {
			for fn := range e.reached([]*root{x}, loops) {
				if loops[fn] != nil {
					from = append(from, x)
					break
				}
			}
		}
	}
	return e.reached(from, loops)
}

// limits says what could not be read.
func (p *program) limits() []report.Limit {
	var all []report.Limit
	for _, g := range p.all {
		if g.origin != userCode {
			continue
		}
		switch {
		case g.sealed:
			all = append(all, report.Limit{Probe: "source", Why: text.T("limit.vet-sealed.why", g.PkgPath, p.faultLine(g)), Help: text.T("limit.vet-sealed.help")})
		case len(g.faults) > 0:
			all = append(all, report.Limit{Probe: "source", Why: text.T("limit.vet-cut.why", g.PkgPath, p.faultLine(g)), Help: text.T("limit.vet-sealed.help")})
		case g.usesC && g.cut > 0:
			all = append(all, report.Limit{Probe: "source", Why: text.T("limit.vet-c.why", g.PkgPath, g.cut), Help: text.T("limit.vet-c.help")})
		}
	}
	return all
}

// faultLine is a package's first error, with its place.
func (p *program) faultLine(g *pkg) string {
	if len(g.faults) == 0 {
		return "?"
	}
	f := g.faults[0]
	if f.file == "" {
		return f.text
	}
	return place(relative(p.dir, f.file), f.line) + ": " + f.text
}
