package vet

import (
	"golang.org/x/tools/go/ssa"
)

// holder is code of another goroutine that holds a lock while it waits.
type holder struct {
	fn   *ssa.Function
	at   ssa.Instruction // where it takes the lock
	name string          // of the lock: "Store.mu"
	// waits is what it waits for meanwhile.
	waits *waiting
	write bool
}

// outcome is what mayBlock found out.
type outcome struct{ w *waiting }

// lockSymbols are the calls that take a lock, with whether they shut out readers.
var lockSymbols = map[string]bool{
	"sync.(*Mutex).Lock": true, "sync.(*RWMutex).Lock": true, "sync.(*RWMutex).RLock": false,
}

var unlockSymbols = map[string]bool{
	"sync.(*Mutex).Unlock": true, "sync.(*RWMutex).Unlock": true, "sync.(*RWMutex).RUnlock": true,
}

// lockID tells locks apart: by the field of a type, by the variable.
type lockID struct {
	field fieldKey
	value ssa.Value // a package variable or a local one
}

// lockOf identifies the lock at an address.
func (e *engine) lockOf(v ssa.Value) (id lockID, name string, ok bool) {
	switch v := v.(type) {
	case *ssa.FieldAddr:
		k := keyOfField(v.X.Type(), v.Field)
		return lockID{field: k}, k.String(), true
	case *ssa.Global:
		return lockID{value: v}, v.Name(), true
	case *ssa.Alloc:
		return lockID{value: v}, nameOf(v), true
	case *ssa.UnOp: // a pointer to a lock
		return e.lockOf(v.X)
	case *ssa.FreeVar:
		for i, f := range v.Parent().FreeVars {
			if f == v && len(e.made[v.Parent()]) > 0 {
				return e.lockOf(e.made[v.Parent()][0].Bindings[i])
			}
		}
	}
	return lockID{}, "", false
}

// lockWait says whether a call takes a lock that another goroutine holds while it
// waits for something. A lock that is only held for a moment is no finding.
func (e *engine) lockWait(n *node, c ssa.CallInstruction, symbol string) *waiting {
	write, isLock := lockSymbols[symbol]
	if !isLock || e.holders == nil {
		return nil
	}
	id, _, ok := e.lockOf(c.Common().Args[0])
	if !ok {
		return nil
	}
	for _, h := range e.holders[id] {
		if (write || h.write) && h.at != c {
			return &waiting{at: n, pos: siteOf(c), kind: lock, call: h.name + ".Lock", holds: h}
		}
	}
	return nil
}

// findHolders looks, among the functions that other goroutines run, for those
// that wait while they hold a lock.
func (e *engine) findHolders(away map[*ssa.Function]bool) {
	found := map[lockID][]*holder{}
	for _, fn := range e.funcs {
		if !away[fn] {
			continue
		}
		for _, b := range fn.Blocks {
			for i, in := range b.Instrs {
				c, ok := in.(*ssa.Call)
				if !ok {
					continue
				}
				write, isLock := lockSymbols[e.symbol(calleeOf(&c.Call))]
				if !isLock {
					continue
				}
				id, name, ok := e.lockOf(c.Call.Args[0])
				if !ok {
					continue
				}
				if w := e.waitsHolding(fn, b, i+1, id); w != nil {
					found[id] = append(found[id], &holder{fn: fn, at: in, name: name, waits: w, write: write})
				}
			}
		}
	}
	e.holders = found
}

// waitsHolding follows the code from an instruction on, up to where the lock is
// given back, and returns the first wait on the way.
func (e *engine) waitsHolding(fn *ssa.Function, b *ssa.BasicBlock, from int, id lockID) *waiting {
	seen := map[*ssa.BasicBlock]bool{}
	var follow func(b *ssa.BasicBlock, from int) *waiting
	follow = func(b *ssa.BasicBlock, from int) *waiting {
		for _, in := range b.Instrs[from:] {
			if c, ok := in.(*ssa.Call); ok && unlockSymbols[e.symbol(calleeOf(&c.Call))] {
				if other, _, ok := e.lockOf(c.Call.Args[0]); ok && other == id {
					return nil
				}
			}
			if w := e.waitOf(fn, in); w != nil {
				return w
			}
		}
		for _, next := range b.Succs {
			if !seen[next] {
				seen[next] = true
				if w := follow(next, 0); w != nil {
					return w
				}
			}
		}
		return nil
	}
	return follow(b, from)
}

// waitOf returns what a single instruction waits for, itself or in what it calls.
func (e *engine) waitOf(fn *ssa.Function, in ssa.Instruction) *waiting {
	n := &node{frame: &frame{fn: fn}}
	if w := e.channelWait(n, in, false); w != nil {
		return w
	}
	c, ok := in.(*ssa.Call)
	if !ok {
		return nil
	}
	if f := calleeOf(&c.Call); f != nil {
		name := e.symbol(f)
		if name == "sync.(*Cond).Wait" {
			return nil // it gives the lock back while it waits
		}
		if k, ok := e.blocks.of(name); ok {
			return &waiting{at: n, pos: siteOf(c), kind: k, call: short(f)}
		}
	}
	name := e.symbol(calleeOf(&c.Call))
	for _, t := range e.targets(n, c, nil, name, false) {
		if b := e.factOf(t.fn); b != nil && len(t.fn.Blocks) == 0 {
			return &waiting{at: n, pos: siteOf(c), kind: b.Kind, call: shown(t.fn), fact: b}
		}
		if w := e.mayBlock(t.fn); w != nil {
			return &waiting{at: n, pos: siteOf(c), kind: w.kind, call: w.call}
		}
	}
	return nil
}

// mayBlock returns the first wait that a call of fn leads to, nil if there is
// none.
func (e *engine) mayBlock(fn *ssa.Function) *waiting {
	if o, ok := e.blockOf[fn]; ok {
		return o.w
	}
	o := &outcome{}
	e.blockOf[fn] = o
	holders := e.holders
	e.holders = nil // no lock counts here: it would lead round in circles
	e.walkNodes([]*node{{frame: &frame{fn: fn}}}, visitor{wait: func(w *waiting) bool {
		o.w = w
		return false
	}})
	e.holders = holders
	return o.w
}
