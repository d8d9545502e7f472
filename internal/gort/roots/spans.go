package roots

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

const (
	maxSpans      = 1 << 26
	spanBatch     = 1 << 16 // spans that are read at once
	maxSpecials   = 1 << 22 // of one span
	maxSpanElems  = 1 << 16 // mspan.nelems is a uint16
	spanStateUsed = 1       // mSpanInUse
	heapPage      = 8 << 10
)

// Kinds of notes that lie with an object (runtime/mheap.go, Go 1.25 to 1.27).
const (
	specialFinalizer  = 2
	specialWeakHandle = 3
	specialCleanup    = 7
)

// spanFields are the offsets that are read of each runtime.mspan.
type spanFields struct {
	size                                               uint64
	start, npages, elem, nelems, state, specials, pins uint64
	hasPins                                            bool
}

// spans reads the notes and the pins of all objects. The list of spans is that of
// the heap (mheap.allspans); few have any.
func (r *reader) spans() {
	heap := r.p.HeapAddr()
	list, ok1 := r.offset("runtime.mheap", "allspans")
	o, ok2 := r.offsets("runtime.mspan", "startAddr", "npages", "elemsize", "nelems", "state", "specials")
	f := spanFields{size: r.size("runtime.mspan")}
	if heap == 0 || !ok1 || !ok2 || f.size == 0 || slices.Max(o)+8 > f.size {
		r.stats.NoHeap = true
		return
	}
	f.start, f.npages, f.elem, f.nelems, f.state, f.specials = o[0], o[1], o[2], o[3], o[4], o[5]
	f.pins, f.hasPins = r.offset("runtime.mspan", "pinnerBits")
	f.hasPins = f.hasPins && f.pins+8 <= f.size
	h := r.mem.bytes(heap+list, 16)
	if h == nil {
		r.stats.NoHeap = true
		return
	}
	ptr, n := le64(h), le64(h[8:])
	if n > maxSpans {
		r.stats.Unread++
		return
	}
	for at := uint64(0); at < n; at += spanBatch {
		b := make([]byte, min(spanBatch, n-at)*8)
		if r.mem.ReadAt(b, ptr+at*8) != nil {
			r.stats.Unread++
			continue
		}
		addrs := make([]uint64, 0, len(b)/8)
		for ; len(b) >= 8; b = b[8:] {
			if a := le64(b); a != 0 {
				addrs = append(addrs, a)
			}
		}
		r.batch(f, addrs)
	}
}

// batch reads spans, neighbours together: they are allocated in chunks.
func (r *reader) batch(f spanFields, addrs []uint64) {
	const gap, most = 2048, 1 << 20
	slices.Sort(addrs)
	var ranges []proc.Range
	var first []int // of addrs, for each range
	for i := 0; i < len(addrs); {
		lo, hi := addrs[i], addrs[i]+f.size
		first = append(first, i)
		for i++; i < len(addrs) && addrs[i] < hi+gap && addrs[i]+f.size-lo <= most; i++ {
			hi = addrs[i] + f.size
		}
		ranges = append(ranges, proc.Range{Addr: lo, Buf: make([]byte, hi-lo)})
	}
	first = append(first, len(addrs))
	r.mem.ReadMany(ranges)
	for k, rg := range ranges {
		if !rg.OK {
			r.stats.Unread++
			continue
		}
		for _, a := range addrs[first[k]:first[k+1]] {
			r.span(f, rg.Buf[a-rg.Addr:][:f.size])
		}
	}
}

// span reads the notes and the pins of one span's objects.
func (r *reader) span(f spanFields, b []byte) {
	specials, pins := le64(b[f.specials:]), uint64(0)
	if f.hasPins {
		pins = le64(b[f.pins:])
	}
	if b[f.state] != spanStateUsed || specials == 0 && pins == 0 {
		return
	}
	start, elem, pages := le64(b[f.start:]), le64(b[f.elem:]), le64(b[f.npages:])
	if elem == 0 || pages > 1<<32 || elem > pages*heapPage {
		return
	}
	bytes := pages * heapPage
	next, ok := r.offset("runtime.special", "next")
	fields, ok2 := r.offsets("runtime.special", "offset", "kind")
	if !ok || !ok2 {
		return
	}
	for list := (chain{most: maxSpecials}); !list.over(specials); {
		off, ok1 := r.mem.word(specials + fields[0])
		kind := r.mem.bytes(specials+fields[1], 1)
		if !ok1 || kind == nil || off >= bytes {
			break
		}
		r.special(specials, kind[0], start+off/elem*elem)
		var ok bool
		if specials, ok = r.mem.word(specials + next); !ok {
			break
		}
	}
	if pins != 0 {
		n := min(uint64(b[f.nelems])|uint64(b[f.nelems+1])<<8, bytes/elem, maxSpanElems)
		r.pins(pins, start, elem, n)
	}
}

// special takes the roots of one note on an object.
func (r *reader) special(at uint64, kind byte, object uint64) {
	switch kind {
	case specialFinalizer:
		fn, ok := r.offset("runtime.specialfinalizer", "fn")
		if !ok {
			return
		}
		closure, _ := r.mem.word(at + fn)
		name := r.runs(closure)
		var of uint64
		if o, ok := r.offset("runtime.specialfinalizer", "ot"); ok {
			of, _ = r.mem.word(at + o)
		}
		r.emit(Root{Kind: Finalizer, Value: object, Frame: -1, Name: name, Precise: true, Object: object, Referents: true})
		r.emit(Root{Kind: Finalizer, Slot: at + fn, Value: closure, Frame: -1, Name: name, Precise: true, Object: object, ObjectType: of})
	case specialCleanup:
		if fn, ok := r.offset("runtime.specialCleanup", "cleanup"); ok { // since Go 1.26
			r.cleanup(at+fn, object, false)
		} else if fn, ok := r.offset("runtime.specialCleanup", "fn"); ok {
			r.oldCleanup(at+fn, object, false)
		}
	case specialWeakHandle:
		if handle, ok := r.offset("runtime.specialWeakHandle", "handle"); ok {
			v, _ := r.mem.word(at + handle)
			r.emit(Root{Kind: Special, Slot: at + handle, Value: v, Frame: -1, Name: "weak pointer", Precise: true, Object: object})
		}
	}
}

// cleanup takes a runtime.cleanupFn: the adapter, the function and its argument.
func (r *reader) cleanup(at, object uint64, queued bool) {
	o, ok := r.offsets("runtime.cleanupFn", "call", "fn", "arg")
	if !ok {
		return
	}
	fn, _ := r.mem.word(at + o[1])
	name := r.runs(fn)
	for _, off := range o {
		v, _ := r.mem.word(at + off)
		r.emit(Root{Kind: Cleanup, Slot: at + off, Value: v, Frame: -1, Name: name, Precise: true, Object: object, Queued: queued})
	}
}

// oldCleanup takes the closure of a cleanup as Go 1.25 has it: one of AddCleanup's
// own, which has captured the function, or the variable that it is in.
func (r *reader) oldCleanup(at, object uint64, queued bool) {
	closure, _ := r.mem.word(at)
	name := r.runs(closure)
	if strings.HasPrefix(name, "runtime.AddCleanup[") {
		const captured = 3 // words behind the code's address
		for i := uint64(1); i <= captured; i++ {
			v, _ := r.mem.word(closure + 8*i)
			within, _ := r.mem.word(v)
			if n := cmp.Or(r.runs(v), r.runs(within)); n != "" {
				name = n
				break
			}
		}
	}
	r.emit(Root{Kind: Cleanup, Slot: at, Value: closure, Frame: -1, Name: name, Precise: true, Object: object, Queued: queued})
}

// pins takes the objects that are pinned: two bits for each, of which the first
// says so (runtime/pinner.go). What pins them is held for its own finalizer, so
// that they stay until they are unpinned.
func (r *reader) pins(bits, start, elem, n uint64) {
	b := make([]byte, (n*2+7)/8)
	if r.mem.ReadAt(b, bits) != nil {
		r.stats.Unread++
		return
	}
	for i := range n {
		if gort.Bit(b, int(i*2)) {
			r.emit(Root{Kind: Pinned, Value: start + i*elem, Frame: -1, Precise: true, Object: start + i*elem})
		}
	}
}
