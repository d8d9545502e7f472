package heap

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// made returns a heap of n objects of 16 bytes with the given edges and roots.
func made(n int, edges [][]ID, roots ...Root) *Heap {
	h := &Heap{n: n, start: make([]uint32, 1, n+1), roots: roots}
	const slots = 512
	for base := uint64(1 << 30); n > 0; base, n = base+pageSize, n-slots {
		s := span{base: base, elem: 16, nelems: slots, class: 2, pages: 1, word: uint32(len(h.alloc))}
		h.alloc = append(h.alloc, make([]uint64, slots/64)...)
		h.taken(&s, uint16(min(n, slots)))
		h.spans = append(h.spans, s)
	}
	h.number()
	h.index()
	h.types.init(h.n)
	for _, to := range edges {
		for i, id := range to {
			h.to, h.at = append(h.to, id), append(h.at, slot(i%2))
		}
		h.start = append(h.start, uint32(len(h.to)))
	}
	h.mark()
	return h
}

// random returns a graph: sparse or dense, with or without long chains.
func random(r *rand.Rand) *Heap {
	n := 1 + r.IntN(60)
	edges := make([][]ID, n)
	back := r.IntN(3)
	for range r.IntN(1 + n*(1+r.IntN(3))) {
		a, b := r.IntN(n), r.IntN(n)
		if back == 0 && a > b { // no cycles
			a, b = b, a
		}
		edges[a] = append(edges[a], ID(b))
	}
	if r.IntN(2) == 0 {
		for i := range n - 1 {
			if r.IntN(8) > 0 {
				edges[i] = append(edges[i], ID(i+1))
			}
		}
	}
	var roots []Root
	for i := range r.IntN(4) {
		roots = append(roots, Root{To: ID(r.IntN(n)), Index: int32(i), Class: RootClass(r.IntN(int(rootClasses)))})
	}
	return made(n, edges, roots...)
}

// reached is what can be reached without an object.
func reached(h *Heap, without ID) []bool {
	seen := make([]bool, h.n)
	var stack []ID
	for _, r := range h.roots {
		stack = append(stack, r.To)
	}
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if id == without || seen[id] {
			continue
		}
		seen[id] = true
		stack = append(stack, h.Targets(id)...)
	}
	return seen
}

// By definition: a dominates b if b cannot be reached without a.
func TestDominators(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for n := range 2000 {
		h := random(r)
		all := reached(h, None)
		by := make([][]ID, h.n) // who dominates it
		for a := range ID(h.n) {
			if !all[a] {
				continue
			}
			left := reached(h, a)
			retained := uint64(0)
			for b := range ID(h.n) {
				if all[b] && !left[b] {
					retained += 16
					if a != b {
						by[b] = append(by[b], a)
					}
				}
			}
			if got := h.Retained(a); got != retained {
				t.Fatalf("graph %d: object %d retains %d, not %d", n, a, got, retained)
			}
		}
		for b := range ID(h.n) {
			want := None // of those that dominate b, the one that all others dominate
			for _, a := range by[b] {
				if len(by[a]) == len(by[b])-1 {
					want = a
				}
			}
			if got := h.Dominator(b); got != want {
				t.Fatalf("graph %d: the dominator of %d is %d, not %d", n, b, got, want)
			}
			if !all[b] && (h.Live(b) || h.Retained(b) != 0) {
				t.Fatalf("graph %d: %d is garbage, live %v", n, b, h.Live(b))
			}
		}
		seen := NewSet(h.n)
		h.Dominated(func(id, parent ID) {
			if parent != h.Dominator(id) || parent != None && !seen.Has(parent) {
				t.Fatalf("graph %d: %d comes before its dominator %d", n, id, parent)
			}
			seen.Add(id)
		})
		for id := range ID(h.n) {
			if seen.Has(id) != all[id] {
				t.Fatalf("graph %d: %d is among the dominated: %v", n, id, seen.Has(id))
			}
		}
	}
	if h := made(3, [][]ID{{1}, {2}, {}}); h.Retained(0) != 0 || h.Dominator(1) != None || h.Retained(None) != 0 {
		t.Error("without roots nothing is retained")
	}
	// A list is as deep as it is long.
	const long = 300_000
	edges := make([][]ID, long)
	for i := range long - 1 {
		edges[i] = []ID{ID(i + 1)}
	}
	if h := made(long, edges, Root{To: 0}); h.Retained(0) != long*16 || h.Retained(long/2) != long*8 || h.Dominator(long-1) != long-2 {
		t.Errorf("a list retains %d, its half %d", h.Retained(0), h.Retained(long/2))
	}
}

// distances are the lengths of the shortest ways from some objects to all, -1: none.
func distances(h *Heap, from []ID, known []int, through func(ID) bool) []int {
	d := slices.Clone(known)
	var queue []ID
	for _, id := range from {
		if d[id] < 0 {
			d[id] = 0
			queue = append(queue, id)
		}
	}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		if !through(id) {
			continue
		}
		for _, to := range h.Targets(id) {
			if d[to] < 0 {
				d[to] = d[id] + 1
				queue = append(queue, to)
			}
		}
	}
	return d
}

func TestPaths(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for n := range 2000 {
		h := random(r)
		avoided := map[ID]bool{}
		var avoid Avoid
		if n%2 == 1 {
			for id := range ID(h.n) {
				avoided[id] = r.IntN(4) == 0
			}
			avoid = func(id ID) bool { return avoided[id] }
		}
		p := h.Paths(avoid)
		// What can be reached without avoided objects, class by class.
		want := make([]int, h.n)
		for i := range want {
			want[i] = -1
		}
		class := make([]RootClass, h.n)
		for c := range rootClasses {
			var from []ID
			for _, root := range h.roots {
				if root.Class == c {
					from = append(from, root.To)
				}
			}
			now := distances(h, from, want, func(id ID) bool { return !avoided[id] })
			for i := range now {
				if want[i] < 0 && now[i] >= 0 {
					class[i] = c
				}
			}
			want = now
		}
		seen := NewSet(h.n)
		for _, id := range p.Order() {
			before, _, ok := p.Before(id)
			if !ok || before != None && !seen.Has(before) || seen.Has(id) {
				t.Fatalf("graph %d: %d is in the wrong order", n, id)
			}
			seen.Add(id)
		}
		count, bytes := p.Subtrees()
		sums := make([]uint32, h.n)
		for id := range ID(h.n) {
			root, steps, ok := p.To(id)
			if ok != h.Live(id) || ok != seen.Has(id) {
				t.Fatalf("graph %d: a way to %d: %v, live: %v", n, id, ok, h.Live(id))
			}
			if !ok {
				continue
			}
			if steps[0].ID != root.To || steps[len(steps)-1].ID != id {
				t.Fatalf("graph %d: the way %v from %d to %d", n, steps, root.To, id)
			}
			for i := range steps {
				sums[steps[i].ID]++
				if i+1 == len(steps) {
					break
				}
				found := false
				h.Edges(steps[i].ID, func(e Edge) { found = found || e.To == steps[i+1].ID && e.Offset == steps[i].Offset })
				if !found {
					t.Fatalf("graph %d: no edge at %d from %d to %d", n, steps[i].Offset, steps[i].ID, steps[i+1].ID)
				}
			}
			if want[id] < 0 { // only over avoided ones
				if !slices.ContainsFunc(steps[:len(steps)-1], func(s Step) bool { return avoided[s.ID] }) {
					t.Fatalf("graph %d: the way %v avoids all, and there should be none", n, steps)
				}
				continue
			}
			if root.Class != class[id] || len(steps)-1 != want[id] {
				t.Fatalf("graph %d: way to %d of %d steps from class %d, not %d from %d", n, id, len(steps)-1, root.Class, want[id], class[id])
			}
		}
		for id := range sums {
			if sums[id] != count[id] || bytes[id] != uint64(count[id])*16 {
				t.Fatalf("graph %d: below %d are %d objects of %d bytes, not %d", n, id, count[id], bytes[id], sums[id])
			}
		}
		if _, _, ok := p.To(ID(h.n)); ok {
			t.Fatal("a way to no object")
		}
	}
}

func TestReferrers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	for range 300 {
		h := random(r)
		refs := h.Referrers()
		for id := range ID(h.n) {
			var want []ID
			for from := range ID(h.n) {
				for _, to := range h.Targets(from) {
					if to == id && h.Live(from) {
						want = append(want, from)
					}
				}
			}
			if got := refs.Of(id); !slices.Equal(got, want) {
				t.Fatalf("%v point to %d, not %v", got, id, want)
			}
		}
		if refs.Of(None) != nil {
			t.Error("something points to no object")
		}
	}
}

func TestReach(t *testing.T) {
	h := made(5, [][]ID{{1, 1}, {2}, {0}, {4}, {}}, Root{To: 3})
	for _, tt := range []struct{ from, want []ID }{{nil, nil}, {[]ID{1}, []ID{0, 1, 2}}, {[]ID{3, 1}, []ID{0, 1, 2, 3, 4}}, {[]ID{4, 4}, []ID{4}}} {
		set := h.Reach(tt.from)
		for id := range ID(7) {
			if set.Has(id) != slices.Contains(tt.want, id) {
				t.Errorf("from %v, %d is reached: %v", tt.from, id, set.Has(id))
			}
		}
	}
	if sum := h.Totals(); sum.Objects != 2 || sum.Bytes != 32 || sum.Garbage != 48 {
		t.Errorf("%+v", sum)
	}
}

func TestSet(t *testing.T) {
	s := NewSet(130)
	for _, id := range []ID{0, 63, 64, 129} {
		if s.Has(id) {
			t.Errorf("%d is in an empty set", id)
		}
		s.Add(id)
	}
	for id := range ID(300) {
		if s.Has(id) != slices.Contains([]ID{0, 63, 64, 129}, id) {
			t.Errorf("%d is in the set: %v", id, s.Has(id))
		}
	}
	if s.Has(None) || NewSet(0).Has(0) {
		t.Error("no object is in a set")
	}
}

// Each slot of each span is found by its addresses, and only those that are taken.
func TestFind(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	h := &Heap{}
	base := uint64(0xc000000000)
	for i, elem := range []uint64{8, 16, 24, 48, 512, 576, 1024, 8192, 40 << 10} {
		s := span{base: base, elem: elem, pages: uint32(max(1, elem/pageSize)), class: uint8(i + 1), word: uint32(len(h.alloc))}
		s.nelems = uint16(uint64(s.pages) * pageSize / elem)
		for range (s.nelems + 63) / 64 {
			h.alloc = append(h.alloc, r.Uint64())
		}
		h.taken(&s, uint16(r.IntN(int(s.nelems)+1)))
		h.spans = append(h.spans, s)
		base = s.end() + uint64(r.IntN(3))*arenaBytes
	}
	h.number()
	h.index()
	next := ID(0)
	for i := range h.spans {
		s := &h.spans[i]
		for k := range uint64(s.nelems) {
			taken := h.alloc[uint64(s.word)+k/64]&(1<<(k%64)) != 0
			for _, off := range []uint64{0, 1, s.elem / 2, s.elem - 1} {
				id, at, ok := h.find(s.base + k*s.elem + off)
				if ok != taken || ok && (id != next || at != off) {
					t.Fatalf("slot %d of %d bytes, offset %d: %d at %d, %v; want %d, %v", k, s.elem, off, id, at, ok, next, taken)
				}
			}
			if !taken {
				continue
			}
			if h.Addr(next) != s.base+k*s.elem || h.Size(next) != s.elem || h.spanOf(next) != i {
				t.Fatalf("object %d of %d bytes at %#x", next, h.Size(next), h.Addr(next))
			}
			next++
		}
	}
	if int(next) != h.n {
		t.Errorf("%d objects, not %d", h.n, next)
	}
	n := ID(0)
	h.Each(func(id ID, size uint64) {
		if id != n || size != h.Size(id) {
			t.Fatalf("object %d of %d bytes comes as number %d", id, size, n)
		}
		n++
	})
	for _, addr := range []uint64{0, 1, h.spans[0].base - 1, base + 3*arenaBytes, 1<<64 - 1} {
		if id, ok := h.Find(addr); ok {
			t.Errorf("object %d at %#x", id, addr)
		}
	}
	if h.Addr(None) != 0 || h.Size(None) != 0 || h.Live(None) || h.Noscan(None) || h.Read(None, 0, nil) {
		t.Error("no object has an address or a size")
	}
}
