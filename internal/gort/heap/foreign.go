package heap

import (
	"cmp"
	"errors"
	"slices"
)

// Foreign is memory of another allocator, as C's malloc, which objects of Go's lead to.
type Foreign struct{ Addr, Size uint64 }

// ForeignEdge is a pointer to such memory: the number To among those that are attached.
type ForeignEdge struct {
	// From is an object of Go's; or, with Foreign, the number of such memory.
	From    uint32
	Foreign bool
	To      uint32
	Offset  uint64 // of the pointer, in From
	Inner   bool   // it does not point to the start
}

// ForeignRoot is a word outside of the heap that points to such memory.
type ForeignRoot struct {
	To    uint32
	Index int32 // of the caller's own record of it
	Class RootClass
}

// ErrLateAttach is returned by Attach where dominators or referrers are known already.
var ErrLateAttach = errors.New("the heap's graph has been used already")

// Attach adds memory of another allocator to the graph, sorted by address, as objects
// that are alive and numbered from [Heap.Len] on; name is what their description says.
// They count in what holds them, and not in [Heap.Totals] but as Foreign. It is called
// once, after all types are known, and before the graph is asked for anything else.
func (h *Heap) Attach(name string, all []Foreign, edges []ForeignEdge, roots []ForeignRoot) error {
	if h.foreign != nil || h.dom.parent != nil || h.back.r != nil {
		return ErrLateAttach
	}
	if len(all) == 0 {
		return nil
	}
	if uint64(h.n)+uint64(len(all)) >= uint64(None) || uint64(len(h.to))+uint64(len(edges)) > 1<<32-2 {
		return ErrNoHeap
	}
	h.foreign = all
	h.n = h.own + len(all)
	number := h.types.number(Desc{Kind: Elsewhere, Name: name}) | uint32(headed)<<sureShift
	h.live = append(h.live, make([]uint64, (h.n+63)/64-len(h.live))...)
	end := uint32(len(h.to))
	h.types.of, h.start = slices.Grow(h.types.of, len(all)), slices.Grow(h.start, len(all))
	for i := range all {
		id := ID(h.own + i)
		h.types.of, h.start = append(h.types.of, number), append(h.start, end)
		h.live[id/64] |= 1 << (id % 64)
		h.sum.Foreign++
		h.sum.ForeignBytes += all[i].Size
	}
	more := make([]placed, 0, len(edges))
	for _, e := range edges {
		p := placed{from: ID(e.From), to: ID(h.own) + ID(e.To), at: slot(e.Offset / 8)}
		if e.Foreign {
			p.from += ID(h.own)
		}
		if e.Inner {
			p.at |= inner
		}
		if e.Offset/8 >= uint64(inner) || int(p.from) >= h.n || int(p.to) >= h.n {
			continue
		}
		more = append(more, p)
	}
	slices.SortFunc(more, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.at&^inner, b.at&^inner))
	})
	h.insert(more)
	for _, r := range roots {
		if id := ID(h.own) + ID(r.To); int(id) < h.n && len(h.roots) < maxRoots {
			h.roots = append(h.roots, Root{To: id, Index: r.Index, Class: r.Class})
		}
	}
	return nil
}

// placed is an edge with the object that it begins at.
type placed struct {
	from, to ID
	at       slot
}

// insert puts edges, sorted by where they begin, among those that are there: in place,
// from the end on, since there may be a hundred million.
func (h *Heap) insert(more []placed) {
	old, left := len(h.to), len(more)
	h.sum.Edges += uint64(left)
	h.to, h.at = slices.Grow(h.to, left)[:old+left], slices.Grow(h.at, left)[:old+left]
	w := uint32(old + left)
	for id := ID(h.n) - 1; left > 0; id-- {
		lo, i := h.start[id], h.start[id+1]
		h.start[id+1] = w
		for {
			fresh := left > 0 && more[left-1].from == id
			switch {
			case fresh && (i == lo || more[left-1].at&^inner > h.at[i-1]&^inner):
				left, w = left-1, w-1
				h.to[w], h.at[w] = more[left].to, more[left].at
				continue
			case i > lo:
				i, w = i-1, w-1
				h.to[w], h.at[w] = h.to[i], h.at[i]
				continue
			}
			break
		}
	}
}

// elsewhere returns the memory of another allocator that has a number, nil: it is an
// object of Go's.
func (h *Heap) elsewhere(id ID) *Foreign {
	if int(id) < h.own || int(id) >= h.n {
		return nil
	}
	return &h.foreign[int(id)-h.own]
}

// findElsewhere returns the memory of another allocator into which addr points.
func (h *Heap) findElsewhere(addr uint64) (id ID, offset uint64, ok bool) {
	i, found := slices.BinarySearchFunc(h.foreign, addr, func(f Foreign, a uint64) int { return cmp.Compare(f.Addr, a) })
	if !found {
		i--
	}
	if i < 0 || addr-h.foreign[i].Addr >= h.foreign[i].Size {
		return None, 0, false
	}
	return ID(h.own + i), addr - h.foreign[i].Addr, true
}
