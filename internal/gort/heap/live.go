package heap

// mark finds what is reachable from the roots, and counts it.
func (h *Heap) mark() {
	h.live = make([]uint64, (h.n+63)/64)
	var stack []ID
	push := func(id ID) {
		if w, b := id/64, uint64(1)<<(id%64); h.live[w]&b == 0 {
			h.live[w] |= b
			stack = append(stack, id)
		}
	}
	for i := range h.roots {
		push(h.roots[i].To)
		for len(stack) > 0 {
			id := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, to := range h.Targets(id) {
				push(to)
			}
		}
	}
	for i := range h.spans {
		s := &h.spans[i]
		h.each(s, func(id ID, _ uint64) {
			if h.Live(id) {
				h.sum.Objects++
				h.sum.Bytes += s.elem
			} else {
				h.sum.Garbage += s.elem
			}
		})
	}
}

// Reach returns a set of what can be reached from the given objects.
func (h *Heap) Reach(from []ID) Set {
	seen := NewSet(h.n)
	stack := append([]ID(nil), from...)
	for _, id := range stack {
		seen.Add(id)
	}
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, to := range h.Targets(id) {
			if !seen.Has(to) {
				seen.Add(to)
				stack = append(stack, to)
			}
		}
	}
	return seen
}

// Set is a set of objects.
type Set []uint64

// NewSet returns an empty set of objects below n.
func NewSet(n int) Set { return make(Set, (n+63)/64) }

// Add adds an object.
func (s Set) Add(id ID) { s[id/64] |= 1 << (id % 64) }

// Has reports whether an object is in the set.
func (s Set) Has(id ID) bool { return int(id/64) < len(s) && s[id/64]&(1<<(id%64)) != 0 }

// LiveAt reports whether a live object begins at addr.
func (h *Heap) LiveAt(addr uint64) bool {
	id, off, ok := h.find(addr)
	if !ok && h.foreign != nil {
		id, off, ok = h.findElsewhere(addr)
	}
	return ok && off == 0 && h.Live(id)
}

// Shrink forgets the references and types of a heap: what stays tells which
// addresses hold live objects, for comparison with later looks.
func (h *Heap) Shrink() {
	h.start, h.to, h.at, h.roots = nil, nil, nil, nil
	h.types.of, h.types.descs, h.types.index = nil, nil, nil
	h.dom.parent, h.dom.retained, h.dom.order = nil, nil, nil
	h.back.r = nil
}
