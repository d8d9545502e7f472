package vet

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/toolkit"
)

// node is a function on the way from a root, with the call that led to it.
type node struct {
	*frame
	root  *root
	prev  *node
	site  token.Pos           // of the call in prev; of the root's start for the first
	depth int                 // how many calls deep in other modules
	call  ssa.CallInstruction // in prev; nil for the first
	guess int                 // how many dynamic calls are on the way
}

const (
	// deepest is how many calls a way goes on within other modules: what lies
	// deeper is rarely what the first call is for.
	deepest = 8
	// widest is how many targets of one dynamic call are believed. A call that
	// may lead to more says nothing of any of them.
	widest = 64
	// variants is how many frames of one function are told apart.
	variants = 40
)

// waiting is an instruction that waits, as the walk found it.
type waiting struct {
	at    *node
	pos   token.Pos
	kind  kind
	call  string  // what is called, for people: "http.Get", "<-done"
	fact  *Blocks // how it goes on in a package read before
	holds *holder // who holds the lock
}

// visitor is what a walk tells of.
type visitor struct {
	// id is the finding whose comments the walk heeds.
	id string
	// call sees each call of a declared function; false: do not follow it.
	call func(n *node, in ssa.CallInstruction, f *types.Func, symbol string) bool
	// wait sees each wait; false ends the walk.
	wait func(w *waiting) bool
	// skip says which blocks of a function the walk leaves out.
	skip map[*ssa.Function]map[*ssa.BasicBlock]bool
	// userOnly: do not go into other modules.
	userOnly bool
}

// walk goes breadth first from the roots, along calls that run before they
// return: what a go statement starts is another root's. The first way to a place
// is the shortest.
func (e *engine) walk(from []*root, v visitor) {
	var starts []*node
	for _, r := range from {
		starts = append(starts, &node{frame: r.frame, root: r, site: r.at})
	}
	e.walkNodes(starts, v)
}

func (e *engine) walkNodes(queue []*node, v visitor) {
	seen := map[string]bool{}
	count := map[*ssa.Function]int{}
	push := func(n *node) {
		key := e.keyOfFrame(n.frame)
		if n.prev == nil && n.root != nil && n.root.blocks != nil {
			key = "loop " + key
		}
		if seen[key] {
			return
		}
		if count[n.fn]++; count[n.fn] > variants {
			return
		}
		seen[key] = true
		queue = append(queue, n)
	}
	starts := queue
	queue = nil
	for _, n := range starts {
		push(n)
	}
	for i := 0; i < len(queue); i++ {
		n := queue[i]
		var own map[*ssa.BasicBlock]bool
		if n.prev == nil && n.root != nil {
			own = n.root.blocks
		}
		inLibrary := e.originOf(n.fn) == library
		for _, b := range n.fn.Blocks {
			if own != nil && !own[b] || v.skip[n.fn][b] || e.doomed(b) {
				continue
			}
			for _, in := range b.Instrs {
				if v.wait != nil && !inLibrary {
					if w := e.channelWait(n, in, own != nil); w != nil && !e.ignores.heeds(e.position(w.pos), v.id) && !v.wait(w) {
						return
					}
				}
				c, ok := in.(ssa.CallInstruction)
				if !ok {
					continue
				}
				if _, isGo := c.(*ssa.Go); isGo {
					continue
				}
				if e.ignores.heeds(e.position(siteOf(c)), v.id) {
					continue
				}
				if !e.step(n, c, own != nil, inLibrary, v, push) {
					return
				}
			}
		}
	}
}

// step follows one call; false ends the walk.
func (e *engine) step(n *node, c ssa.CallInstruction, ownLoop, inLibrary bool, v visitor, push func(*node)) bool {
	common := c.Common()
	f := calleeOf(common)
	name := e.symbol(f)
	if f != nil {
		if v.call != nil && !v.call(n, c, f, name) {
			return true
		}
		if k, ok := e.blocks.of(name); ok {
			if v.wait == nil || k == uiTurn && v.id == idRisky || inLibrary && (k == channel || k == file && n.depth > 3) || ownLoop && pacing(c, k, n.root.kit) || k == sleep && blink(common) {
				return true
			}
			if k == channel && e.joinsComputing(n, c) {
				return true
			}
			return v.wait(&waiting{at: n, pos: siteOf(c), kind: k, call: short(f)})
		}
		if v.wait != nil && !inLibrary {
			if w := e.lockWait(n, c, name); w != nil {
				return v.wait(w)
			}
			if toolkit.MatchAny(bounds, name) {
				if k, ok := e.boundTo(common); ok {
					return v.wait(&waiting{at: n, pos: siteOf(c), kind: k, call: short(f)})
				}
			}
		}
	}
	for _, t := range e.targets(n, c, f, name, inLibrary) {
		if e.never(t.fn) {
			continue // the program ends there: nobody waits any more
		}
		if len(t.fn.Blocks) == 0 {
			if b := e.factOf(t.fn); b != nil && v.wait != nil {
				if !v.wait(&waiting{at: n, pos: siteOf(c), kind: b.Kind, call: shown(t.fn), fact: b}) {
					return false
				}
			}
			continue
		}
		args := common.Args
		if common.IsInvoke() {
			args = append([]ssa.Value{common.Value}, args...)
		}
		next := &node{frame: e.enter(t, n.frame, args), root: n.root, prev: n, site: siteOf(c), call: c, guess: n.guess}
		if common.StaticCallee() == nil && len(e.callees[c]) > 1 {
			next.guess++
		}
		if e.originOf(t.fn) == library {
			next.depth = n.depth + 1
			if next.depth > deepest || v.userOnly {
				continue
			}
		}
		if v.id == idRisky && !inLibrary && next.depth > 0 && next.params == nil && next.free == nil {
			// One answer for each line of the user's that leads there, not one
			// for all of them.
			if w := e.mayBlock(t.fn); w != nil && w.kind != uiTurn && !v.wait(graft(w, next)) {
				return false
			}
			continue
		}
		push(next)
	}
	return true
}

// graft puts the way that begins at a function to the end of the way that led to
// it.
func graft(w *waiting, at *node) *waiting {
	var put func(n *node) *node
	put = func(n *node) *node {
		if n.prev == nil {
			return at
		}
		c := *n
		c.prev, c.root, c.guess = put(n.prev), at.root, n.guess+at.guess
		return &c
	}
	g := *w
	g.at = put(w.at)
	return &g
}

// factOf is what is known of a function of a package that was read before.
func (e *engine) factOf(fn *ssa.Function) *Blocks {
	if e.fact == nil {
		return nil
	}
	if f := objectOf(fn); f != nil {
		return e.fact(f)
	}
	return nil
}

// targets are the functions that a call may run before it returns.
func (e *engine) targets(n *node, c ssa.CallInstruction, f *types.Func, name string, inLibrary bool) []*closure {
	common := c.Common()
	var all []*closure
	static := common.StaticCallee()
	switch {
	case static != nil:
		switch e.originOf(static) {
		case std:
			if p := pkgOf(static); p != nil {
				return e.given(n, c, name) // it calls what it gets
			}
			all = append(all, e.newClosure(static, nil)) // a wrapper without a package
		case kit:
			return nil // what it gets are roots
		case library:
			if toolkit.MatchAny(later, name) || onMain(name) {
				return nil
			}
			if p := pkgOf(static); p != nil && len(static.Blocks) == 0 && e.ensure(e.ssaPkgs[p]) && len(static.Blocks) == 0 {
				return all
			}
			fallthrough
		default:
			if got := e.resolve(n.frame, common.Value, 0); len(got) == 1 {
				return got
			}
			all = append(all, e.newClosure(static, nil))
		}
	case common.IsInvoke():
		if !inLibrary {
			all = e.believed(c)
		}
		if fn := e.sole(common); fn != nil && len(all) == 0 {
			all = append(all, e.newClosure(fn, nil))
		}
	default:
		if got := e.resolve(n.frame, common.Value, 0); len(got) > 0 {
			return got
		}
		if !inLibrary {
			all = e.believed(c)
		}
	}
	return all
}

// believed are the call graph's targets of a dynamic call, those with a body in
// the user's code.
func (e *engine) believed(c ssa.CallInstruction) []*closure {
	var all []*closure
	for _, fn := range e.callees[c] {
		if o := e.originOf(fn); o == userCode || pkgOf(fn) == nil {
			all = append(all, e.newClosure(fn, nil))
		}
	}
	if len(all) > widest {
		return nil
	}
	return all
}

// given are the functions that a call gives to the standard library, which calls
// them before it returns: slices.SortFunc, (*sync.Once).Do.
func (e *engine) given(n *node, c ssa.CallInstruction, name string) []*closure {
	if toolkit.MatchAny(later, name) || toolkit.MatchAny(keeps, name) {
		return nil
	}
	if name == "sync.(*Once).Do" && e.started[n.fn] {
		return nil // the start of the program has been here, and done it
	}
	var all []*closure
	for _, a := range c.Common().Args {
		if isFunc(a.Type()) {
			all = append(all, e.resolve(n.frame, a, 0)...)
		}
	}
	return all
}

func onMain(name string) bool {
	for _, s := range toolkit.Sources() {
		if toolkit.MatchAny(s.OnMain, name) {
			return true
		}
	}
	return false
}
