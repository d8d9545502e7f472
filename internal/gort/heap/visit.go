package heap

import (
	"context"
	"runtime"
	"sync"

	"github.com/gomedic/gomedic/internal/proc"
)

// Sized returns the live objects of the size class that a size falls into.
func (h *Heap) Sized(size uint64) (out []ID) {
	for i := range h.spans {
		s := &h.spans[i]
		if s.class == 0 || s.elem < size || s.elem > size+max(size/4, 16) || s.noscan {
			continue
		}
		h.each(s, func(id ID, _ uint64) {
			if h.Live(id) {
				out = append(out, id)
			}
		})
	}
	return out
}

// EachLarge calls f for each object of at least so many bytes, in order.
func (h *Heap) EachLarge(least uint64, f func(id ID)) {
	for i := range h.spans {
		if s := &h.spans[i]; s.elem >= least {
			h.each(s, func(id ID, _ uint64) { f(id) })
		}
	}
}

// Each calls f for each object with its size, in order.
func (h *Heap) Each(f func(id ID, size uint64)) {
	for i := range h.spans {
		s := &h.spans[i]
		h.each(s, func(id ID, _ uint64) { f(id, s.elem) })
	}
	for i := range h.foreign {
		f(ID(h.own+i), h.foreign[i].Size)
	}
}

// OfDesc calls f for each live object of a description, by its number.
func (h *Heap) OfDesc(number uint32, f func(id ID)) {
	for id := range ID(h.n) {
		if h.DescNumber(id) == number && h.Live(id) {
			f(id)
		}
	}
}

// Visit reads the memory of those of Go's objects for which want is true, and calls f
// with it: from several goroutines at a time, each with a number of its own below
// [Visitors]. Of a large object it comes in pieces, at the given offset each. What cannot
// be read is left out. b is f's until it returns.
func (h *Heap) Visit(ctx context.Context, want func(ID) bool, f func(visitor int, id ID, offset uint64, b []byte)) error {
	var batches []batch
	var size uint64
	for i := range h.spans {
		n := uint64(h.spans[i].pages) * pageSize
		if k := len(batches); k > 0 && size+n <= batchBytes {
			batches[k-1].hi, size = i+1, size+n
			continue
		}
		batches, size = append(batches, batch{i, i + 1}), n
	}
	next := make(chan batch, len(batches))
	for _, b := range batches {
		next <- b
	}
	close(next)
	var group sync.WaitGroup
	for n := range Visitors() {
		group.Go(func() {
			proc.Background(func() {
				v := visit{h: h, want: want, f: func(id ID, offset uint64, b []byte) { f(n, id, offset, b) }}
				for b := range next {
					if ctx.Err() != nil {
						return
					}
					v.batch(b)
				}
			})
		})
	}
	group.Wait()
	return ctx.Err()
}

// Visitors is how many goroutines Visit uses at most.
func Visitors() int { return max(1, min(runtime.GOMAXPROCS(0), 8)) }

// visit is one goroutine's part of a visit.
type visit struct {
	h    *Heap
	want func(ID) bool
	f    func(id ID, offset uint64, b []byte)
	buf  []byte
	ids  []wanted
}

// wanted is an object that is visited.
type wanted struct {
	id   ID
	addr uint64
	size uint64
}

// batch visits the objects of some spans, those near to each other with one read.
func (v *visit) batch(b batch) {
	const gap, together = 4 << 10, 1 << 20
	v.ids = v.ids[:0]
	for i := b.lo; i < b.hi; i++ {
		s := &v.h.spans[i]
		v.h.each(s, func(id ID, addr uint64) {
			if v.want(id) {
				v.ids = append(v.ids, wanted{id, addr, s.elem})
			}
		})
	}
	for i := 0; i < len(v.ids); {
		lo, hi, k := v.ids[i].addr, v.ids[i].addr+v.ids[i].size, i+1
		for ; k < len(v.ids) && v.ids[k].addr-hi < gap && v.ids[k].addr+v.ids[k].size-lo <= together; k++ {
			hi = v.ids[k].addr + v.ids[k].size
		}
		if hi-lo > together { // one large object
			for off := uint64(0); off < hi-lo; off += together {
				if b := v.read(lo+off, min(together, hi-lo-off)); b != nil {
					v.f(v.ids[i].id, off, b)
				}
			}
		} else if b := v.read(lo, hi-lo); b != nil {
			for _, w := range v.ids[i:k] {
				v.f(w.id, 0, b[w.addr-lo:][:w.size])
			}
		} else if k > i+1 { // a page of it is missing
			for _, w := range v.ids[i:k] {
				if b := v.read(w.addr, w.size); b != nil {
					v.f(w.id, 0, b)
				}
			}
		}
		i = k
	}
}

func (v *visit) read(addr, n uint64) []byte {
	if uint64(cap(v.buf)) < n {
		v.buf = make([]byte, max(n, 1<<20))
	}
	b := v.buf[:n]
	if v.h.p.Memory().ReadAt(b, addr) != nil {
		return nil
	}
	return b
}
