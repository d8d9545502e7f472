package heap

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// With memory of another allocator, the graph is that of the edges before and of those
// that were added, and retained sizes are by definition.
func TestAttach(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 8))
	for n := range 1000 {
		h := random(r)
		own, sum := h.n, h.Totals()
		type edge struct {
			at slot
			to ID
		}
		want := make([][]edge, own)
		for id := range ID(own) {
			slices.Sort(h.at[h.start[id]:h.start[id+1]]) // as they are in a heap
			for i := h.start[id]; i < h.start[id+1]; i++ {
				want[id] = append(want[id], edge{h.at[i], h.to[i]})
			}
		}
		all := make([]Foreign, 1+r.IntN(20))
		for i := range all {
			all[i] = Foreign{Addr: 1<<40 + uint64(i)*64, Size: 16 + 8*r.Uint64N(3)}
		}
		want = append(want, make([][]edge, len(all))...)
		var edges []ForeignEdge
		for range r.IntN(60) {
			e := ForeignEdge{From: uint32(r.IntN(own)), To: uint32(r.IntN(len(all))), Offset: 8 * r.Uint64N(4), Inner: r.IntN(3) == 0}
			from := int(e.From)
			if e.Foreign = r.IntN(2) == 0; e.Foreign {
				e.From = uint32(r.IntN(len(all)))
				from = own + int(e.From)
			}
			at := slot(e.Offset / 8)
			if e.Inner {
				at |= inner
			}
			edges, want[from] = append(edges, e), append(want[from], edge{at, ID(own + int(e.To))})
		}
		var roots []ForeignRoot
		for i := range r.IntN(3) {
			roots = append(roots, ForeignRoot{To: uint32(r.IntN(len(all))), Index: int32(i)})
		}
		rooted := len(h.roots)
		if err := h.Attach("other", all, edges, roots); err != nil {
			t.Fatal(err)
		}
		if h.Len() != own+len(all) || len(h.Roots()) != rooted+len(roots) {
			t.Fatalf("graph %d: %d objects, %d roots", n, h.Len(), len(h.Roots()))
		}
		after := h.Totals()
		if after.Objects != sum.Objects || after.Bytes != sum.Bytes || after.Garbage != sum.Garbage || after.Foreign != uint64(len(all)) || after.Edges != sum.Edges+uint64(len(edges)) {
			t.Fatalf("graph %d: %+v before, %+v after", n, sum, after)
		}
		size := func(id ID) uint64 {
			if int(id) < own {
				return 16
			}
			return all[int(id)-own].Size
		}
		for id := range ID(h.Len()) {
			var got []edge
			for i := h.start[id]; i < h.start[id+1]; i++ {
				got = append(got, edge{h.at[i], h.to[i]})
			}
			if !slices.IsSortedFunc(got, func(a, b edge) int { return int(a.at&^inner) - int(b.at&^inner) }) {
				t.Fatalf("graph %d: %d has %v", n, id, got)
			}
			order := func(a, b edge) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.to, b.to)) }
			slices.SortFunc(got, order)
			slices.SortFunc(want[id], order)
			if !slices.Equal(got, want[id]) {
				t.Fatalf("graph %d: %d has %v, not %v", n, id, got, want[id])
			}
			if h.Size(id) != size(id) {
				t.Fatalf("graph %d: %d has %d bytes", n, id, h.Size(id))
			}
			found, ok := h.Find(h.Addr(id) + size(id) - 1)
			if !ok || found != id {
				t.Fatalf("graph %d: at %#x is %d, %v, not %d", n, h.Addr(id), found, ok, id)
			}
		}
		live := reached(h, None)
		for a := range ID(h.Len()) {
			if !live[a] {
				continue
			}
			retained, left := uint64(0), reached(h, a)
			for b := range ID(h.Len()) {
				if live[b] && !left[b] {
					retained += size(b)
				}
			}
			if got := h.Retained(a); got != retained {
				t.Fatalf("graph %d: %d retains %d, not %d", n, a, got, retained)
			}
			if d := h.Desc(a); (d.Kind == Elsewhere) != (int(a) >= own) || d.Kind == Elsewhere && d.Name != "other" {
				t.Fatalf("graph %d: %d is %+v", n, a, d)
			}
		}
		p := h.Paths(nil)
		count, bytes := p.Subtrees()
		for _, id := range p.Order() {
			if before, _, ok := p.Before(id); !ok || before != None && count[before] <= count[id] && bytes[before] <= bytes[id] {
				t.Fatalf("graph %d: below %d are %d objects of %d bytes", n, id, count[id], bytes[id])
			}
		}
	}
	h := made(2, [][]ID{{1}, {}}, Root{To: 0})
	if h.Retained(0) != 32 {
		t.Error("nothing is retained")
	}
	if err := h.Attach("other", []Foreign{{Addr: 1 << 40, Size: 8}}, nil, nil); !errors.Is(err, ErrLateAttach) {
		t.Errorf("attached late: %v", err)
	}
	if id, ok := h.Find(1 << 40); ok {
		t.Errorf("%d was found", id)
	}
}
