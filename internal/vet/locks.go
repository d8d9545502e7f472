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
		// A reader waits behind a writer that waits for another reader
		// (sync.RWMutex: a blocked Lock excludes new readers).
		if write || h.write || e.writers[id] {
			return &waiting{at: n, pos: siteOf(c), kind: lock, call: h.name + ".Lock", holds: h}
		}
	}
	return nil
}

// findHolders looks, among the functions that other goroutines run, for those
// that wait while they hold a lock. What a holder waits for may be a lock in turn:
// the search is repeated until it finds no more.
func (e *engine) findHolders(away map[*ssa.Function]bool) {
	type taken struct {
		fn    *ssa.Function
		b     *ssa.BasicBlock
		i     int
		at    ssa.Instruction
		id    lockID
		name  string
		write bool
	}
	var all []taken
	e.writers = map[lockID]bool{}
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
				if id, name, ok := e.lockOf(c.Call.Args[0]); ok {
					all = append(all, taken{fn, b, i, in, id, name, write})
					e.writers[id] = e.writers[id] || write
				}
			}
		}
	}
	e.holders = nil
	for before := -1; ; {
		found, n := map[lockID][]*holder{}, 0
		for _, t := range all {
			if w := e.waitsHolding(t.fn, t.b, t.i+1, t.id, away); w != nil {
				found[t.id] = append(found[t.id], &holder{fn: t.fn, at: t.at, name: t.name, waits: w, write: t.write})
				n++
			}
		}
		e.holders = found
		e.blockOf = map[*ssa.Function]*outcome{}
		if n <= before {
			return
		}
		before = n
	}
}

// waitsHolding follows the code from an instruction on, up to where the lock is
// given back, and returns the first wait on the way. A function that returns with
// the lock leaves it to its callers.
func (e *engine) waitsHolding(fn *ssa.Function, b *ssa.BasicBlock, from int, id lockID, away map[*ssa.Function]bool) *waiting {
	deferred := false
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			if d, ok := in.(*ssa.Defer); ok {
				deferred = deferred || e.unlocks(d, id)
			}
		}
	}
	w, kept := e.follow(fn, b, from, id)
	if w != nil || !kept || deferred {
		return w
	}
	for _, site := range e.callers[fn] {
		call, ok := site.(*ssa.Call)
		if !ok || !away[call.Parent()] {
			continue
		}
		for i, in := range call.Block().Instrs {
			if in == site {
				if w, _ := e.follow(call.Parent(), call.Block(), i+1, id); w != nil {
					return w
				}
			}
		}
	}
	return nil
}

// follow is waitsHolding within one function; kept says that it may return with
// the lock.
func (e *engine) follow(fn *ssa.Function, b *ssa.BasicBlock, from int, id lockID) (w *waiting, kept bool) {
	seen := map[*ssa.BasicBlock]bool{}
	var walk func(b *ssa.BasicBlock, from int) *waiting
	walk = func(b *ssa.BasicBlock, from int) *waiting {
		for _, in := range b.Instrs[from:] {
			if c, ok := in.(*ssa.Call); ok && e.unlocks(c, id) {
				return nil
			}
			if w := e.waitOf(fn, in, id); w != nil {
				return w
			}
			if _, ok := in.(*ssa.Return); ok {
				kept = true
			}
		}
		for _, next := range b.Succs {
			if !seen[next] {
				seen[next] = true
				if w := walk(next, 0); w != nil {
					return w
				}
			}
		}
		return nil
	}
	return walk(b, from), kept
}

// unlocks says whether a call gives the lock back, itself or at once in the
// function that it calls.
func (e *engine) unlocks(c ssa.CallInstruction, id lockID) bool {
	is := func(c ssa.CallInstruction) bool {
		if !unlockSymbols[e.symbol(calleeOf(c.Common()))] {
			return false
		}
		other, _, ok := e.lockOf(c.Common().Args[0])
		return ok && other == id
	}
	if is(c) {
		return true
	}
	fn := c.Common().StaticCallee()
	if fn == nil || e.originOf(fn) != userCode {
		return false
	}
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			if inner, ok := in.(ssa.CallInstruction); ok && is(inner) {
				return !e.takes(fn, id)
			}
		}
	}
	return false
}

// takes says whether a function takes the lock itself.
func (e *engine) takes(fn *ssa.Function, id lockID) bool {
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			if c, ok := in.(*ssa.Call); ok {
				if _, isLock := lockSymbols[e.symbol(calleeOf(&c.Call))]; isLock {
					if other, _, ok := e.lockOf(c.Call.Args[0]); ok && other == id {
						return true
					}
				}
			}
		}
	}
	return false
}

// waitOf returns what a single instruction waits for, itself or in what it calls.
// The lock that is held is no wait.
func (e *engine) waitOf(fn *ssa.Function, in ssa.Instruction, held lockID) *waiting {
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
			if k == sleep && blink(&c.Call) || k == channel && e.joinsComputing(n, c) {
				return nil
			}
			return &waiting{at: n, pos: siteOf(c), kind: k, call: short(f)}
		}
		if _, isLock := lockSymbols[name]; isLock {
			if id, _, ok := e.lockOf(c.Call.Args[0]); !ok || id == held {
				return nil
			}
			return e.lockWait(n, c, name)
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
	start := &node{frame: &frame{fn: fn}}
	if e.originOf(fn) == library {
		start.depth = 1
	}
	e.walkNodes([]*node{start}, visitor{wait: func(w *waiting) bool {
		o.w = w
		return false
	}})
	return o.w
}
