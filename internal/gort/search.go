package gort

import "sort"

// Ref says that a goroutine can reach an object from one of its frames.
type Ref struct {
	G     *Goroutine
	Frame int // index into G.Frames
	How   How
	Depth int // pointers followed: 0 the address itself
}

// How a frame refers to an object, strongest first.
type How int

// The ways.
const (
	InRegister How = iota // the address is in a register of the running thread
	OnStack               // the address is on the stack
	InGlobal              // the function's code names the variable
	InObject              // the stack points to the allocation that the object is part of
	InClosure             // the stack points to a closure that captured it
	Via                   // over one or two more pointers
)

// Search finds who refers to an object.
type Search struct {
	p      *Program
	target Span   // the object itself
	base   uint64 // a pointer from which the code reaches the object, 0: none known
	alloc  Object // the allocation around it; empty for a global variable
	global bool
	budget int
	seen   map[uint64]int // objects looked into → pointers to the target, or minus how deep was looked in vain
}

// Anywhere reports whether the object can be reached from the goroutines'
// frames or from a package variable over at most depth pointers, as far as a
// budget of objects goes: if not, and whole, nothing alive refers to it.
func (s *Search) Anywhere(gs []*Goroutine, except *Goroutine, depth int) (reached, whole bool) {
	n := *s
	n.seen, n.budget = map[uint64]int{}, 200_000
	look := func(w uint64) bool {
		if w < 1<<16 {
			return false
		}
		if n.hits(w) || n.alloc.Size > 0 && n.alloc.Contains(w) {
			return true
		}
		d, _ := n.follow(w, depth)
		return d > 0
	}
	for _, g := range gs {
		if g == except {
			continue
		}
		g.Words(g.SP, g.Stack.Hi, func(_, w uint64) { reached = reached || look(w) })
		if reached {
			return true, true
		}
	}
	const maxVariables = 64 << 20
	for _, m := range s.p.Modules {
		for _, r := range m.Data[:2] { // data and bss: the others hold no pointers
			if r[1] <= r[0] || r[1]-r[0] > maxVariables {
				continue
			}
			b := make([]byte, r[1]-r[0])
			if s.p.mem.ReadAt(b, r[0]) != nil {
				return false, false
			}
			for at := 0; at+8 <= len(b) && n.budget > 0; at += 8 {
				if look(le64(b[at:])) {
					return true, true
				}
			}
		}
	}
	return false, n.budget > 0
}

// NewSearch prepares to search for references to the size bytes at addr.
func (p *Program) NewSearch(addr, size uint64) *Search {
	s := &Search{p: p, target: Span{addr, addr + max(size, 1)}, budget: 20_000, seen: map[uint64]int{}}
	if o, ok := p.FindObject(addr); ok {
		s.alloc = o
	} else {
		s.global = p.isVariable(addr)
	}
	return s
}

// From narrows the search: the code reaches the object at offset from a pointer,
// so that pointer is as good as the object's own address, and other pointers
// into the same allocation are not.
func (s *Search) From(offset int64) *Search {
	n := *s
	n.base = s.target.Lo - uint64(offset)
	n.alloc = Object{}
	n.seen = map[uint64]int{}
	return &n
}

// hits reports whether w points to the object, or to the base it is reached from.
func (s *Search) hits(w uint64) bool {
	return w >= s.target.Lo && w < s.target.Hi || s.base != 0 && w == s.base
}

// Global reports whether the object is a variable of a package, or part of one.
func (s *Search) Global() bool { return s.global }

func (p *Program) isVariable(addr uint64) bool {
	for _, m := range p.Modules {
		for _, r := range m.Data {
			if addr >= r[0] && addr < r[1] {
				return true
			}
		}
	}
	return false
}

// Frame looks for the strongest reference in one frame, following at most depth
// pointers.
func (s *Search) Frame(g *Goroutine, i, depth int) (Ref, bool) {
	best := Ref{G: g, Frame: i, How: Via + 1}
	note := func(h How, d int) {
		if h < best.How || h == best.How && d < best.Depth {
			best.How, best.Depth = h, d
		}
	}
	f := &g.Frames[i]
	try := func(w uint64, direct How) {
		if w < 1<<16 {
			return
		}
		switch {
		case s.hits(w):
			note(direct, 0)
		case s.alloc.Size > 0 && s.alloc.Contains(w):
			note(InObject, 1)
		case depth > 0 && best.How > InClosure:
			if d, closure := s.follow(w, depth); d > 0 {
				if closure && d == 1 {
					note(InClosure, d)
				} else {
					note(Via, d)
				}
			}
		}
	}
	// A function's register arguments are spilled above its return address, into
	// the space that its caller left (Go's internal ABI).
	g.Words(f.SP, f.CFA+f.Func.argBytes(), func(_, w uint64) { try(w, OnStack) })
	if i == 0 && g.Regs != nil {
		for _, w := range g.Regs.All {
			try(w, InRegister)
		}
	}
	if best.How > InGlobal {
		for _, a := range s.p.referencesOnce(f.Func) {
			if s.hits(a) {
				note(InGlobal, 0)
			} else if (s.alloc.Size > 0 || s.base != 0) && s.p.isVariable(a) && a%8 == 0 {
				if v, err := s.p.word(a); err == nil && (s.hits(v) || s.alloc.Size > 0 && s.alloc.Contains(v)) {
					note(InGlobal, 1)
				}
			}
		}
	}
	return best, best.How <= Via
}

// follow looks into the object that w points to, and up to depth objects deep,
// for a pointer to the target. It returns the number of pointers followed, 0 if
// none leads there.
func (s *Search) follow(w uint64, depth int) (int, bool) {
	o, ok := s.p.FindObject(w)
	const largest = 4096 // of objects that are looked into
	if !ok || o.Size > largest {
		return 0, false
	}
	if d, ok := s.seen[o.Base]; ok && (d > 0 || -d >= depth) {
		if d < 0 || d > depth {
			return 0, false
		}
		return d, s.isClosure(o.Base)
	}
	if s.budget <= 0 {
		return 0, false
	}
	s.budget--
	b := make([]byte, o.Size)
	if s.p.mem.ReadAt(b, o.Base) != nil {
		return 0, false
	}
	found := 0
	for at := 0; at+8 <= len(b); at += 8 {
		v := le64(b[at:])
		if s.hits(v) || s.alloc.Size > 0 && s.alloc.Contains(v) {
			found = 1
			break
		}
	}
	if found == 0 && depth > 1 {
		s.seen[o.Base] = -depth // ends cycles
		for at := 0; at+8 <= len(b) && found == 0; at += 8 {
			if v := le64(b[at:]); v > 1<<16 && !o.Contains(v) {
				if d, _ := s.follow(v, depth-1); d > 0 {
					found = d + 1
				}
			}
		}
	}
	if found > 0 {
		s.seen[o.Base] = found
	} else {
		s.seen[o.Base] = -depth
	}
	return found, found > 0 && s.isClosure(o.Base)
}

// Closure reports whether a deferred closure captured the object.
func (s *Search) Closure(addr uint64) bool {
	d, _ := s.follow(addr, 1)
	return d > 0
}

// isClosure: a closure begins with its code's address.
func (s *Search) isClosure(addr uint64) bool {
	pc, err := s.p.word(addr)
	if err != nil {
		return false
	}
	f, ok := s.p.FindFunc(pc)
	return ok && f.Entry == pc
}

// referencesOnce is references, kept for each function.
func (p *Program) referencesOnce(f Func) []uint64 {
	p.lockMu.Lock()
	defer p.lockMu.Unlock()
	if r, ok := p.refs[f.Entry]; ok {
		return r
	}
	r := p.references(f)
	sort.Slice(r, func(i, j int) bool { return r[i] < r[j] })
	p.refs[f.Entry] = r
	return r
}

// Defers calls f for each closure that the goroutine has deferred, outside of
// open-coded defers, which lie on its stack.
func (p *Program) Defers(g *Goroutine, f func(closure uint64)) {
	link, ok1 := p.Layout.Field("runtime._defer", "link")
	fn, ok2 := p.Layout.Field("runtime._defer", "fn")
	if !ok1 || !ok2 {
		return
	}
	for d, n := g.defers, 0; d != 0 && n < 1000; n++ {
		if v, err := p.word(d + uint64(fn.Offset)); err == nil && v != 0 {
			f(v)
		}
		next, err := p.word(d + uint64(link.Offset))
		if err != nil {
			return
		}
		d = next
	}
}
