package vet

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// frames: a function that takes what exists within a frame only runs in one.
func (r *roots) frames(fn *ssa.Function) {
	for _, p := range fn.Params {
		n := namedOf(p.Type())
		if n == nil || n.Pkg() == nil || r.e.originOfPkg(n.Pkg()) != kit {
			continue
		}
		s := r.e.sourceOfObject(n)
		if s != nil && s.Frame == n.Pkg().Path()+"."+n.Name() {
			r.add(sink{how: text.T("vet.via.frame", n.Pkg().Name()+"."+n.Name()), at: fn.Pos(), kit: s}, r.e.newClosure(fn, nil))
			return
		}
	}
}

// loops: where the toolkit leaves the loop to the program, what stands in that
// loop is the UI's. What comes before it is the start, what comes after is the
// end.
func (r *roots) loops(fn *ssa.Function) {
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			s, how, handsOver := r.loopCall(in)
			if s == nil || handsOver {
				continue
			}
			loop := loopOf(b)
			if loop == nil || r.pumps(loop, s) {
				continue
			}
			r.ui = append(r.ui, &root{
				frame: &frame{fn: fn}, blocks: loop, kit: s, how: how, at: siteOf(in),
			})
			return
		}
	}
}

// loopCall says whether an instruction makes the loop around it the UI's.
func (r *roots) loopCall(in ssa.Instruction) (s *toolkit.Source, how text.Text, handsOver bool) {
	event := func(t types.Type) *toolkit.Source {
		n := namedOf(t)
		if n == nil || n.Pkg() == nil {
			return nil
		}
		if s := toolkit.SourceOf(n.Pkg().Path()); s != nil && toolkit.MatchAny(s.LoopEvents, n.Pkg().Path()+"."+n.Name()) {
			return s
		}
		return nil
	}
	switch in := in.(type) {
	case *ssa.Call:
		if f := calleeOf(&in.Call); f != nil {
			if s := r.e.kitOf(f); s != nil && toolkit.MatchAny(s.Loops, r.e.symbol(f)) {
				return s, text.T("vet.via.loop", short(f)), false
			}
		}
	case *ssa.UnOp:
		if c, ok := in.X.Type().Underlying().(*types.Chan); ok {
			if s := event(c.Elem()); s != nil {
				return s, text.T("vet.via.events"), false
			}
		}
	case *ssa.Select:
		for _, st := range in.States {
			if c, ok := st.Chan.Type().Underlying().(*types.Chan); ok && st.Dir == types.RecvOnly {
				if s := event(c.Elem()); s != nil {
					return s, text.T("vet.via.events"), false
				}
			}
		}
	case *ssa.TypeAssert:
		if s := event(in.AssertedType); s != nil && !types.IsInterface(in.AssertedType) {
			return s, text.T("vet.via.events"), false
		}
	}
	return nil, text.Text{}, false
}

// pumps says whether the loop only hands the events over to another goroutine,
// whose loop is then the UI's.
func (r *roots) pumps(loop map[*ssa.BasicBlock]bool, s *toolkit.Source) bool {
	for b := range loop {
		for _, in := range b.Instrs {
			if send, ok := in.(*ssa.Send); ok {
				if n := namedOf(send.X.Type()); n != nil && n.Pkg() != nil && toolkit.MatchAny(s.LoopEvents, n.Pkg().Path()+"."+n.Name()) {
					return true
				}
			}
		}
	}
	return false
}

// loopOf returns the blocks of the loop that b is in, nil if it is in none.
func loopOf(b *ssa.BasicBlock) map[*ssa.BasicBlock]bool {
	from := reach(b, func(b *ssa.BasicBlock) []*ssa.BasicBlock { return b.Succs })
	if !from[b] {
		return nil
	}
	to := reach(b, func(b *ssa.BasicBlock) []*ssa.BasicBlock { return b.Preds })
	loop := map[*ssa.BasicBlock]bool{}
	for x := range from {
		if to[x] {
			loop[x] = true
		}
	}
	return loop
}

// reach returns the blocks that next leads to from b; b itself only in a cycle.
func reach(b *ssa.BasicBlock, next func(*ssa.BasicBlock) []*ssa.BasicBlock) map[*ssa.BasicBlock]bool {
	seen := map[*ssa.BasicBlock]bool{}
	todo := []*ssa.BasicBlock{b}
	for len(todo) > 0 {
		x := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, y := range next(x) {
			if !seen[y] {
				seen[y] = true
				todo = append(todo, y)
			}
		}
	}
	return seen
}
