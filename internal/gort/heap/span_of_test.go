package heap

import (
	"math/rand/v2"
	"testing"
)

// The span of each object, with spans of no object among them, is the one that a
// search through all of them finds.
func TestSpanOf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, spans := range []int{1, 2, 7, 500} {
		h := &Heap{}
		for i := range spans {
			n := uint16(1 + r.IntN(900))
			s := span{base: uint64(i+1) * pageSize * 8, elem: 16, nelems: n, pages: 8, word: uint32(len(h.alloc))}
			empty := r.IntN(4) == 0
			for range (int(n) + 63) / 64 {
				w := r.Uint64()
				if empty {
					w = 0
				}
				h.alloc = append(h.alloc, w)
			}
			h.spans = append(h.spans, s)
			free := uint16(0)
			if i == 0 {
				free = n // some object, whatever the bits
			}
			h.taken(&h.spans[i], free)
		}
		h.number()
		seen := 0
		for i := range h.spans {
			h.each(&h.spans[i], func(id ID, addr uint64) {
				seen++
				if s := h.spanOf(id); s != i {
					t.Fatalf("%d spans: object %d is said to be in span %d, is in %d", spans, id, s, i)
				}
				if a := h.Addr(id); a != addr {
					t.Fatalf("%d spans: object %d is said to be at %#x, is at %#x", spans, id, a, addr)
				}
			})
		}
		if seen != h.Len() {
			t.Errorf("%d spans: %d objects, %d numbered", spans, seen, h.Len())
		}
	}
}
