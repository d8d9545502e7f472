package gort

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// What a function's machine code says about locks: at which instructions it
// takes and gives back a sync.Mutex or RWMutex, and therefore between which a
// goroutine that stands in it holds one. A mutex has no owner field, so this is
// how an owner is told from somebody who merely knows the lock. Inlined fast
// paths are known by the inlining tables, which stripping keeps.

// lockOp is one instruction that changes what is held.
type lockOp struct {
	delta  int    // +1 takes, -1 gives back
	maybe  bool   // … or does neither, such as a call that may fail
	kind   string // "mutex", "rwmutex"; "" is unknown
	read   bool   // of an RWMutex, for reading
	global uint64 // address of the lock if the code names it, else 0
	offset int64  // of the lock from the pointer that the code has, if known
	known  bool   // offset is known
	from   origin // of that pointer
	pc     uint64

	entry x86asm.Reg // the argument of the function that is that pointer, 0: none
	inner *lockOp    // of a function that was called: its own operation
}

// methodOp is the operation that a lock's method is.
func methodOp(name string, pc uint64) (*lockOp, bool) {
	d, ok := lockCalls[name]
	if !ok {
		return nil, false
	}
	op := &lockOp{delta: d, pc: pc, kind: "mutex", read: isRead(name)}
	if strings.HasPrefix(name, "sync.(*RWMutex)") {
		op.kind = "rwmutex"
	}
	return op, true
}

// after returns the depths possible after the operation, given those before.
func (o *lockOp) after(s depthSet) depthSet {
	if o.maybe {
		return s | s.shift(o.delta)
	}
	return s.shift(o.delta)
}

// lockKey is one lock as a function's code knows it: a global variable, or an
// offset from some pointer. The zero key is any lock.
type lockKey struct {
	global uint64
	offset int64
	known  bool
	from   origin
}

func (o *lockOp) key() lockKey { return lockKey{o.global, o.offset, o.known, o.from} }

// about reports whether o may be an operation on the lock k.
func (o *lockOp) about(k lockKey) bool {
	if k == (lockKey{}) || o.global == 0 && !o.known {
		return true
	}
	own := o.key()
	if !own.from.known || !k.from.known { // from anywhere
		own.from, k.from = origin{}, origin{}
	}
	return own == k
}

// lockMap is what is known of one function.
type lockMap struct {
	code     []codeInst
	at       map[uint64]int // pc → index in code
	any      bool           // it has lock operations at all
	takes    bool           // … that take a lock
	indirect bool           // it calls what only its data knows: methods of interfaces, function values
	// deferred counts the deferred calls that give a lock back when the function
	// returns.
	deferred int

	flows map[lockKey][]depthSet // by lock, see flow
}

// lockMapKey is a function, looked at from so many calls away.
type lockMapKey struct {
	entry uint64
	depth int
}

// codeInst is one instruction, reduced to what the flow analysis needs.
type codeInst struct {
	pc, end uint64
	target  uint64 // of a jump within the function, or of a call
	kind    instKind
	atomic  bool // the fast path of an inlined lock method
	defers  bool // from here on the function gives a lock back when it returns
	op      *lockOp
}

type instKind uint8

const (
	plain  instKind = iota
	jump            // unconditional, within the function
	branch          // conditional, within the function
	call            // direct
	leave           // return, or a jump out of the function
)

// lockCalls are the functions that take or give back a lock.
var lockCalls = map[string]int{
	"sync.(*Mutex).Lock": +1, "sync.(*Mutex).TryLock": +1, "sync.(*Mutex).Unlock": -1,
	"sync.(*RWMutex).Lock": +1, "sync.(*RWMutex).TryLock": +1, "sync.(*RWMutex).Unlock": -1,
	"sync.(*RWMutex).RLock": +1, "sync.(*RWMutex).TryRLock": +1, "sync.(*RWMutex).RUnlock": -1,
	"internal/sync.(*Mutex).Lock": +1, "internal/sync.(*Mutex).TryLock": +1, "internal/sync.(*Mutex).Unlock": -1,
}

// lockSlow are their slow paths: an inlined fast path calls them, and its atomic
// instruction has been counted already.
var lockSlow = map[string]bool{
	"internal/sync.(*Mutex).lockSlow": true, "internal/sync.(*Mutex).unlockSlow": true,
	"sync.(*Mutex).lockSlow": true, "sync.(*Mutex).unlockSlow": true,
	"sync.runtime_SemacquireRWMutexR": true, "sync.(*RWMutex).rUnlockSlow": true,
}

const (
	maxLockCode  = 256 << 10 // bytes of one function that are looked at
	maxWrapDepth = 3         // calls followed to see whether a callee keeps a lock
)

// lockMapOf analyses a function once. Callers hold p.lockMu.
func (p *Program) lockMapOf(f Func, depth int) *lockMap {
	// How far calls are followed depends on the depth: what is known at one depth
	// is not all that is known at another.
	key := lockMapKey{f.Entry, min(depth, maxWrapDepth)}
	if m, ok := p.locks[key]; ok {
		return m
	}
	m := &lockMap{at: map[uint64]int{}}
	p.locks[key] = m // also ends recursion
	if p.Arch() != "amd64" || f.End-f.Entry > maxLockCode {
		return m
	}
	inl := p.inlineRanges(f)
	p.instructions(f, func(pc uint64, in x86asm.Inst) bool {
		c := codeInst{pc: pc, end: pc + uint64(in.Len)}
		if rel, ok := in.Args[0].(x86asm.Rel); ok {
			c.target = c.end + uint64(int64(rel))
		}
		inside := c.target >= f.Entry && c.target < f.End
		switch {
		case in.Op == x86asm.RET:
			c.kind = leave
		case in.Op == x86asm.JMP && inside:
			c.kind = jump
		case in.Op == x86asm.JMP:
			c.kind = leave
		case in.Op == x86asm.CALL && c.target != 0:
			c.kind = call
			c.op = p.callOp(c.target, pc, inl, depth)
		case c.target != 0 && inside:
			c.kind = branch
		case in.Op == x86asm.UD2:
			c.kind = leave
		}
		if isAtomic(in) {
			if name := inl.at(pc); name != "" {
				if op, ok := methodOp(name, pc); ok {
					op.global = ripAddr(in, c.end)
					c.op, c.atomic = op, true
				}
			}
		}
		if c.op != nil {
			m.any = true
			m.takes = m.takes || c.op.delta > 0
		}
		m.indirect = m.indirect || in.Op == x86asm.CALL && c.target == 0
		if in.Op == x86asm.LEA && p.defersUnlock(f, ripAddr(in, c.end), depth) {
			m.deferred++
			c.defers = true
		}
		m.at[pc] = len(m.code)
		m.code = append(m.code, c)
		return true
	})
	p.identify(f, m)
	return m
}

// defersUnlock reports whether the address that f's code names is the code, or
// the function value, of a deferred call that gives a lock back. The compiler
// names the wrappers of deferred calls f.deferwrapN; other closures count in a
// function that defers at all.
func (p *Program) defersUnlock(f Func, addr uint64, depth int) bool {
	if depth >= maxWrapDepth {
		return false
	}
	g, ok := p.deferred(f, addr)
	if !ok {
		return false
	}
	d, maybe, _ := p.netEffect(g, depth+1)
	return d < 0 && !maybe
}

// deferred returns the function that f's code names at addr, by its code or its
// function value, if it may be one that f defers.
func (p *Program) deferred(f Func, addr uint64) (Func, bool) {
	if f.u32(funcDefer) == 0 {
		return Func{}, false
	}
	g, ok := p.funcValue(addr)
	if !ok || g.Entry == f.Entry || !strings.HasPrefix(g.Name(), f.Name()+".") {
		return Func{}, false
	}
	return g, true
}

// isAtomic: the instructions that a lock's fast path consists of.
func isAtomic(in x86asm.Inst) bool {
	if in.Op != x86asm.CMPXCHG && in.Op != x86asm.XADD {
		return false
	}
	for _, pre := range in.Prefix {
		if pre&0xff == x86asm.PrefixLOCK&0xff {
			return true
		}
	}
	return false
}

func ripAddr(in x86asm.Inst, end uint64) uint64 {
	for _, a := range in.Args {
		if m, ok := a.(x86asm.Mem); ok && m.Base == x86asm.RIP {
			return end + uint64(m.Disp)
		}
	}
	return 0
}

// callOp says what a call does to locks: it is a lock's own method, or a
// function of the program that takes one and returns with it, or gives back one
// that it did not take.
func (p *Program) callOp(target, pc uint64, inl inlineRanges, depth int) *lockOp {
	f, ok := p.FindFunc(target)
	if !ok || f.Entry != target {
		return nil
	}
	name := f.Name()
	if op, ok := methodOp(name, pc); ok {
		if _, within := lockCalls[inl.at(pc)]; within {
			return nil // the atomic instruction of the inlined caller counts
		}
		return op
	}
	if lockSlow[name] || depth >= maxWrapDepth || isLowLevel(name) || f.End-f.Entry > 4096 {
		return nil
	}
	if d, maybe, inner := p.netEffect(f, depth+1); d != 0 {
		op := &lockOp{delta: d, maybe: maybe, pc: pc, inner: inner}
		if inner != nil {
			op.kind, op.read, op.global = inner.kind, inner.read, inner.global
		}
		return op
	}
	return nil
}

func isRead(method string) bool {
	return strings.HasSuffix(method, ".RLock") || strings.HasSuffix(method, ".TryRLock") || strings.HasSuffix(method, ".RUnlock")
}

// isLowLevel: packages whose functions keep no lock of sync for their callers.
func isLowLevel(function string) bool {
	return strings.HasPrefix(function, "runtime.") || strings.HasPrefix(function, "internal/") ||
		strings.HasPrefix(function, "sync.") || strings.HasPrefix(function, "reflect.") ||
		strings.HasPrefix(function, "syscall.") || strings.HasPrefix(function, "type:")
}

// netEffect returns +1 for a function that returns with one lock more than it
// came with, -1 for one less, else 0; maybe, if it may also return with as many;
// and the operation by which it does so, nil if it has several.
func (p *Program) netEffect(f Func, depth int) (delta int, maybe bool, by *lockOp) {
	m := p.lockMapOf(f, depth)
	if !m.any {
		return 0, false, nil
	}
	states := m.flow(lockKey{}, true)
	var out depthSet
	ops := map[int][]*lockOp{} // by delta
	for i, c := range m.code {
		if c.op != nil {
			ops[c.op.delta] = append(ops[c.op.delta], c.op)
		}
		if c.kind == leave && states[i] != 0 {
			s := states[i]
			if c.op != nil {
				s = c.op.after(s)
			}
			out |= s
		}
	}
	const none, more, less = depthSet(1) << zeroDepth, depthSet(1) << (zeroDepth + 1), depthSet(1) << (zeroDepth - 1)
	switch out {
	case more, more | none:
		delta = +1
	case less, less | none:
		delta = -1
	}
	if len(ops[delta]) == 1 {
		by = ops[delta][0]
	}
	return delta, delta != 0 && out&none != 0, by
}

// depthSet is a set of how many locks more than at its entry a function may
// hold: bit zeroDepth+n stands for n, from -3 to 3.
type depthSet uint8

const zeroDepth = 3

func (s depthSet) shift(d int) depthSet {
	if d > 0 {
		top := s & (1 << 6)
		return (s<<1)&0x7f | top
	}
	low := s & 1
	return s>>1 | low
}

// flow returns, for each instruction, the depths possible before it. Operations
// on another lock than only are left out; the zero key takes all. With returned,
// what will be given back when the function returns counts as given back.
func (m *lockMap) flow(only lockKey, returned bool) []depthSet {
	states := make([]depthSet, len(m.code))
	if len(m.code) == 0 {
		return states
	}
	states[0] = 1 << zeroDepth
	work := []int{0}
	add := func(i int, s depthSet) {
		if i < len(m.code) && states[i]|s != states[i] {
			states[i] |= s
			work = append(work, i)
		}
	}
	for steps := 0; len(work) > 0 && steps < 2_000_000; steps++ {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		c, s := &m.code[i], states[i]
		if c.op != nil && c.op.about(only) {
			s = c.op.after(s)
		}
		if returned && c.defers {
			s = s.shift(-1)
		}
		switch c.kind {
		case leave:
		case jump:
			if t, ok := m.at[c.target]; ok {
				add(t, s)
			}
		case branch:
			if t, ok := m.at[c.target]; ok {
				add(t, s)
			}
			add(i+1, s)
		default:
			add(i+1, s)
		}
	}
	return states
}
