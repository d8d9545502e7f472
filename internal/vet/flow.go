package vet

import (
	"golang.org/x/tools/go/ssa"
)

// exits are the functions of the standard library that do not return.
var exits = map[string]bool{
	"os.Exit": true, "log.Fatal": true, "log.Fatalf": true, "log.Fatalln": true, "runtime.Goexit": true, "syscall.Exit": true,
	"log.Panic": true, "log.Panicf": true, "log.Panicln": true,
	"log.(*Logger).Fatal": true, "log.(*Logger).Fatalf": true, "log.(*Logger).Fatalln": true,
}

// never says whether a function never returns: each way through it ends the
// program or panics.
func (e *engine) never(fn *ssa.Function) bool {
	if known, ok := e.ends[fn]; ok {
		return known
	}
	if len(fn.Blocks) == 0 {
		return exits[e.symbol(objectOf(fn))]
	}
	if len(fn.Blocks) > 200 || fn.Recover != nil {
		return false
	}
	e.ends[fn] = false // a function that calls itself: until the contrary is known
	seen := map[*ssa.BasicBlock]bool{}
	todo := []*ssa.BasicBlock{fn.Blocks[0]}
	for len(todo) > 0 {
		b := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[b] || e.endsIn(b) {
			continue
		}
		seen[b] = true
		if _, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok {
			return false
		}
		todo = append(todo, b.Succs...)
	}
	loops := true // for {}: it never returns, and goes on
	for b := range seen {
		loops = loops && !ended(b, seen)
	}
	e.ends[fn] = !loops || len(seen) == 0
	return e.ends[fn]
}

// ended says whether a block leads out of those that were seen.
func ended(b *ssa.BasicBlock, seen map[*ssa.BasicBlock]bool) bool {
	if len(b.Succs) == 0 {
		return true
	}
	for _, s := range b.Succs {
		if !seen[s] {
			return true
		}
	}
	return false
}

// endsIn says whether a block calls a function that never returns.
func (e *engine) endsIn(b *ssa.BasicBlock) bool {
	for _, in := range b.Instrs {
		if c, ok := in.(*ssa.Call); ok {
			if fn := c.Call.StaticCallee(); fn != nil && (exits[e.symbol(objectOf(fn))] || e.originOf(fn) == userCode && e.never(fn)) {
				return true
			}
		}
	}
	return false
}

// doomed says whether a block ends the program: what it does before that, the
// message in a dialog say, holds nobody up.
func (e *engine) doomed(b *ssa.BasicBlock) bool { return len(b.Parent().Blocks) > 1 && e.endsIn(b) }

// joinsComputing says whether a call waits for goroutines that the same function
// has started, and that only compute. That is the function's own work on more
// processors; it waits no longer than it would compute itself.
func (e *engine) joinsComputing(n *node, c ssa.CallInstruction) bool {
	common := c.Common()
	if f := calleeOf(common); f == nil || f.Name() != "Wait" || len(common.Args) == 0 {
		return false
	}
	if !local(common.Args[0]) {
		return false
	}
	started := 0
	for _, b := range n.fn.Blocks {
		for _, in := range b.Instrs {
			g, ok := in.(ssa.CallInstruction)
			if !ok {
				continue
			}
			var v ssa.Value
			if _, isGo := in.(*ssa.Go); isGo {
				v = g.Common().Value
			} else if f := calleeOf(g.Common()); f != nil && (f.Name() == "Go" || f.Name() == "TryGo") && len(g.Common().Args) == 2 && isFunc(g.Common().Args[1].Type()) {
				v = g.Common().Args[1]
			} else {
				continue
			}
			got := e.resolve(n.frame, v, 0)
			if len(got) == 0 {
				return false
			}
			for _, t := range got {
				started++
				if len(t.fn.Blocks) == 0 || e.mayBlock(t.fn) != nil {
					return false
				}
			}
		}
	}
	return started > 0
}

// local says whether a value is a variable of the function itself, or was made by
// a call in it.
func local(v ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.Alloc, *ssa.Call, *ssa.Extract:
		return true
	case *ssa.UnOp:
		return local(v.X)
	}
	return false
}
