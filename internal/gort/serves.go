package gort

import (
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// Calls of a function that would serve somebody who waits.
var serving = map[string][]string{
	"chan-receive": {"runtime.chansend1", "runtime.selectnbsend", "runtime.selectgo", "runtime.closechan"},
	"chan-send":    {"runtime.chanrecv1", "runtime.chanrecv2", "runtime.selectnbrecv", "runtime.selectgo"},
	"waitgroup":    {"sync.(*WaitGroup).Done", "sync.(*WaitGroup).Add"},
	"cond":         {"sync.(*Cond).Signal", "sync.(*Cond).Broadcast"},
}

// maxServeDepth is how many calls away an operation may be: errgroup's Done lies
// in a deferred call of the goroutine's first function.
const maxServeDepth = 2

// Serves reports whether a function's code has an operation that would end a
// wait of the given kind ("chan-receive", "chan-send", "waitgroup", "cond"), in
// a call or inlined.
func (p *Program) Serves(f Func, kind string) bool {
	names := serving[kind]
	if p.Arch() == "wasm" { // what is inlined is known without the code
		for _, name := range p.inlineRanges(f).names {
			if slices.Contains(names, name) {
				return true
			}
		}
		return false
	}
	if len(names) == 0 || p.Arch() != "amd64" || f.End-f.Entry > maxLockCode {
		return false
	}
	p.lockMu.Lock()
	defer p.lockMu.Unlock()
	return p.servesWithin(f, kind, 0)
}

// servesWithin is Serves for a function that is called depth calls away: the
// deferred calls of a function count, and for what is counted down the functions
// that it calls.
func (p *Program) servesWithin(f Func, kind string, depth int) bool {
	names := serving[kind]
	if f.End-f.Entry > maxLockCode {
		return false
	}
	key := serveKey{f.Entry, kind, depth}
	if v, ok := p.serves[key]; ok {
		return v
	}
	p.serves[key] = false // ends recursion
	has := func(name string) bool {
		for _, n := range names {
			if n == name {
				return true
			}
		}
		return false
	}
	found := false
	for _, name := range p.inlineRanges(f).names {
		if has(name) {
			found = true
			break
		}
	}
	if !found {
		p.instructions(f, func(pc uint64, in x86asm.Inst) bool {
			end := pc + uint64(in.Len)
			if rel, ok := in.Args[0].(x86asm.Rel); ok && in.Op == x86asm.CALL {
				g, ok := p.FindFunc(end + uint64(int64(rel)))
				found = ok && (has(g.Name()) || counted(kind) && depth < maxServeDepth && !isLowLevel(g.Name()) &&
					p.servesWithin(g, kind, depth+1))
			} else if in.Op == x86asm.LEA && depth < maxServeDepth {
				if g, ok := p.deferred(f, ripAddr(in, end)); ok {
					found = p.servesWithin(g, kind, depth+1)
				}
			}
			return !found
		})
	}
	p.serves[key] = found
	return found
}

type serveKey struct {
	entry uint64
	kind  string
	depth int
}

// counted: waits that end when enough have come, whose operations are commonly
// wrapped in functions.
func counted(kind string) bool { return kind == "waitgroup" || kind == "cond" }

// CallsAny reports whether a function's code calls, directly or inlined, a
// function whose name match accepts.
func (p *Program) CallsAny(f Func, match func(name string) bool) bool {
	if p.Arch() != "amd64" || f.End-f.Entry > maxLockCode {
		return false
	}
	for _, name := range p.inlineRanges(f).names {
		if match(name) {
			return true
		}
	}
	found := false
	p.instructions(f, func(pc uint64, in x86asm.Inst) bool {
		if rel, ok := in.Args[0].(x86asm.Rel); ok && in.Op == x86asm.CALL {
			if g, ok := p.FindFunc(pc + uint64(in.Len) + uint64(int64(rel))); ok {
				found = match(g.Name())
			}
		}
		return !found
	})
	return found
}
