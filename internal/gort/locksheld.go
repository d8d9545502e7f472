package gort

// Held says what a frame's function holds at the frame's position.
type Held struct {
	Certain bool   // every way there has taken it; else only some
	PC      uint64 // of the operation that took it
	Global  uint64 // the lock's address, if the code names it
	Offset  int64  // of the lock from a pointer that the code has,
	Known   bool   // if that is known
	Callee  bool   // taken by a function that was called, and kept
	Read    bool   // for reading only
	Other   bool   // not the lock that the frame itself is just waiting for
	Waits   bool   // the frame itself is just waiting for a lock
	Addr    uint64 // of the lock, if the frame says so
	Kind    string // "mutex", "rwmutex"; "" is unknown
	Maybe   bool   // the call that takes it may also have failed to
	Later   bool   // its code only gives the lock back, at its end: somebody else took it before
}

// HeldAt returns the locks that the function of a frame of g may hold where the
// frame stands, one for each that its code tells apart.
func (p *Program) HeldAt(g *Goroutine, f *Frame) []Held {
	p.lockMu.Lock()
	defer p.lockMu.Unlock()
	if p.Arch() == "wasm" {
		return p.wasmHeld(f)
	}
	m := p.lockMapOf(f.Func, 0)
	var out []Held
	if m.deferred > 0 && !m.takes {
		out = append(out, Held{PC: f.Func.Entry, Later: true})
	}
	if !m.any {
		return out
	}
	i, ok := m.index(f)
	if !ok {
		return out
	}
	done := map[lockKey]bool{}
	awaited := p.awaited(m, i)
	for j := range m.code[:i] {
		op := m.code[j].op
		if op == nil || op.delta <= 0 || done[op.key()] {
			continue
		}
		done[op.key()] = true
		s := m.flowOnce(op.key())[i]
		if m.code[i].kind == call && p.stillWaits(m.code[i].target) && m.near(i, op) {
			s = s.shift(-1) // the atomic instruction before it did not get the lock
		}
		more := s >> (zeroDepth + 1)
		if more == 0 {
			continue
		}
		h := Held{Certain: s&(1<<(zeroDepth+1)-1) == 0, PC: op.pc, Global: op.global, Offset: op.offset,
			Known: op.known, Read: op.read, Other: awaited != nil && !awaited.about(op.key()), Waits: awaited != nil,
			Addr: p.lockAt(g, f, op), Kind: op.kind, Maybe: op.maybe}
		if m.code[j].kind == call {
			if g, ok := p.FindFunc(m.code[j].target); ok {
				_, direct := lockCalls[g.Name()]
				h.Callee = !direct
			}
		}
		out = append(out, h)
	}
	return out
}

// index finds the instruction that a frame stands at: the one to be executed, or
// the call that ends at the return address.
func (m *lockMap) index(f *Frame) (int, bool) {
	if f.Exact {
		i, ok := m.at[f.PC]
		return i, ok
	}
	for j := range m.code {
		if m.code[j].end == f.PC {
			return j, true
		}
	}
	return 0, false
}

// awaited is the lock operation that instruction i is the slow path of, or the
// call, nil if it is no such thing.
func (p *Program) awaited(m *lockMap, i int) *lockOp {
	c := &m.code[i]
	if c.kind != call {
		return nil
	}
	if c.op != nil && c.op.delta > 0 {
		return c.op
	}
	if !p.stillWaits(c.target) {
		return nil
	}
	for j := i; j >= 0; j-- {
		if m.code[j].atomic && m.code[j].op.delta > 0 {
			return m.code[j].op
		}
	}
	return nil
}

// near reports whether op is the lock operation that instruction i is the slow
// path of: the nearest inlined one before it that it may be about.
func (m *lockMap) near(i int, op *lockOp) bool {
	for j := i; j >= 0; j-- {
		if m.code[j].atomic && m.code[j].op.delta > 0 {
			return m.code[j].op.about(op.key())
		}
	}
	return false
}

func (m *lockMap) flowOnce(k lockKey) []depthSet {
	if s, ok := m.flows[k]; ok {
		return s
	}
	if m.flows == nil {
		m.flows = map[lockKey][]depthSet{}
	}
	s := m.flow(k, false)
	m.flows[k] = s
	return s
}

// stillWaits: the slow paths in which a goroutine waits after an inlined fast
// path, which has been counted, failed.
func (p *Program) stillWaits(target uint64) bool {
	f, ok := p.FindFunc(target)
	if !ok {
		return false
	}
	switch f.Name() {
	case "internal/sync.(*Mutex).lockSlow", "sync.(*Mutex).lockSlow", "sync.runtime_SemacquireRWMutexR":
		return true
	}
	return false
}

// MayLockUnseen reports whether a function may take a lock in a way that its code
// does not show: through an interface or a function value.
func (p *Program) MayLockUnseen(f Func) bool {
	p.lockMu.Lock()
	defer p.lockMu.Unlock()
	return p.Arch() != "amd64" || p.lockMapOf(f, 0).indirect
}
