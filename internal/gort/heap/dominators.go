package heap

import "sync"

// dominators is the dominator tree of what is live: an object's parent is the
// nearest object through which all ways from the roots to it lead, and what an
// object retains is it and all below it. Objects held in several ways hang from the
// roots themselves.
type dominators struct {
	once     sync.Once
	parent   []ID // None: the roots
	retained []uint64
	order    []ID // live objects, each after those that dominate it
}

// Dominator returns the nearest object that dominates id; None: no single one does.
func (h *Heap) Dominator(id ID) ID {
	h.dominate()
	if int(id) >= len(h.dom.parent) {
		return None
	}
	return h.dom.parent[id]
}

// Retained returns the bytes that would be freed with an object; 0 for garbage.
func (h *Heap) Retained(id ID) uint64 {
	h.dominate()
	if int(id) >= len(h.dom.retained) {
		return 0
	}
	return h.dom.retained[id]
}

// Dominated calls f for each live object, each after its dominator.
func (h *Heap) Dominated(f func(id, parent ID)) {
	h.dominate()
	for _, id := range h.dom.order {
		f(id, h.dom.parent[id])
	}
}

func (h *Heap) dominate() { h.dom.once.Do(h.findDominators) }

// findDominators is the algorithm SEMI-NCA (L. Georgiadis, Linear-Time Algorithms
// for Dominators and Related Problems, 2005, section 2.2): nearly linear in
// practice, and smaller than Lengauer and Tarjan's. Nodes are numbered in preorder
// of a depth first search from a node 0 that stands for the roots.
func (h *Heap) findDominators() {
	const none = ^uint32(0)
	pre := make([]uint32, h.n) // object → its number, 0: not reached
	count := int(h.sum.Objects+h.sum.Foreign) + 1
	vertex := make([]ID, 1, count)     // number → object
	parent := make([]uint32, 1, count) // in the search
	type visit struct {
		id   ID
		edge uint32
	}
	var stack []visit
	enter := func(id ID, from uint32) {
		pre[id] = uint32(len(vertex))
		vertex, parent = append(vertex, id), append(parent, from)
		stack = append(stack, visit{id, h.start[id]})
	}
	isRoot := NewSet(h.n)
	for i := range h.roots {
		isRoot.Add(h.roots[i].To)
		if pre[h.roots[i].To] != 0 {
			continue
		}
		enter(h.roots[i].To, 0)
		for len(stack) > 0 {
			v := &stack[len(stack)-1]
			if v.edge == h.start[v.id+1] {
				stack = stack[:len(stack)-1]
				continue
			}
			to := h.to[v.edge]
			v.edge++
			if pre[to] == 0 {
				enter(to, pre[v.id])
			}
		}
	}
	n := len(vertex)
	// Who points to each node: counted, then put in place.
	first := make([]uint32, n+1)
	for i := 1; i < n; i++ {
		for _, to := range h.Targets(vertex[i]) {
			first[pre[to]]++
		}
	}
	sum := uint32(0)
	for i := range first {
		sum, first[i] = sum+first[i], sum
	}
	preds := make([]uint32, sum)
	fill := first
	for i := 1; i < n; i++ {
		for _, to := range h.Targets(vertex[i]) {
			preds[fill[pre[to]]] = uint32(i)
			fill[pre[to]]++
		}
	} // now first[i] is where i's end, and i+1's begin
	semi, label, ancestor := make([]uint32, n), make([]uint32, n), make([]uint32, n)
	for i := range semi {
		semi[i], label[i], ancestor[i] = uint32(i), uint32(i), none
	}
	var path []uint32
	eval := func(v uint32) uint32 {
		if ancestor[v] == none {
			return label[v]
		}
		path = path[:0]
		for u := v; ancestor[ancestor[u]] != none; u = ancestor[u] {
			path = append(path, u)
		}
		for i := len(path) - 1; i >= 0; i-- { // compress, from the top
			u := path[i]
			a := ancestor[u]
			if semi[label[a]] < semi[label[u]] {
				label[u] = label[a]
			}
			ancestor[u] = ancestor[a]
		}
		return label[v]
	}
	for w := uint32(n - 1); w >= 1; w-- {
		s := parent[w]
		if isRoot.Has(vertex[w]) {
			s = 0
		} else {
			lo := uint32(0)
			if w > 0 {
				lo = first[w-1]
			}
			for _, v := range preds[lo:first[w]] {
				if u := semi[eval(v)]; u < s {
					s = u
				}
			}
		}
		semi[w] = s
		ancestor[w] = parent[w]
	}
	// The dominator is the nearest ancestor in the tree that is not below the
	// semidominator.
	idom := ancestor
	idom[0] = 0
	for w := 1; w < n; w++ {
		d := parent[w]
		for d > semi[w] {
			d = idom[d]
		}
		idom[w] = d
	}
	h.dom.parent = make([]ID, h.n)
	for i := range h.dom.parent {
		h.dom.parent[i] = None
	}
	h.dom.retained = make([]uint64, h.n)
	for i := range h.spans {
		s := &h.spans[i]
		h.each(s, func(id ID, _ uint64) {
			if pre[id] != 0 {
				h.dom.retained[id] = s.elem
			}
		})
	}
	for i := range h.foreign {
		if id := h.own + i; pre[id] != 0 {
			h.dom.retained[id] = h.foreign[i].Size
		}
	}
	for w := n - 1; w >= 1; w-- {
		if d := idom[w]; d != 0 {
			h.dom.parent[vertex[w]] = vertex[d]
			h.dom.retained[vertex[d]] += h.dom.retained[vertex[w]]
		}
	}
	h.dom.order = vertex[1:]
}
