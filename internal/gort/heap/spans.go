package heap

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/gomedic/gomedic/internal/proc"
)

// Facts of the allocator that all supported versions share (runtime/malloc.go,
// runtime/mheap.go, Go 1.25 to 1.27).
const (
	pageSize   = 8 << 10
	arenaBytes = 64 << 20
	pagesArena = arenaBytes / pageSize
	inUse      = 1   // mSpanInUse
	maxHeader  = 512 // gc.MinSizeForMallocHeader: larger objects with pointers have a header
	headerSize = 8   // gc.MallocHeaderSize
	markBytes  = 128 // spanInlineMarkBits, at the end of a span
	maxSpans   = 1 << 26
	maxArenas  = 1 << 22 // from the first to the last
	maxTables  = 1 << 14 // arenas with a span in use: 1 TiB
)

// span is a run of pages cut into slots of one size.
type span struct {
	base   uint64
	elem   uint64
	first  uint32 // number of the first object
	word   uint32 // in Heap.alloc
	nelems uint16
	class  uint8 // size class, 0: one large object
	noscan bool
	user   bool // a chunk of a user arena
	pages  uint32
	large  uint64 // type of a large object
	addr   uint64 // of the mspan
}

func (s *span) end() uint64 { return s.base + uint64(s.pages)*pageSize }

// spanFields are where an mspan's fields lie.
type spanFields struct {
	size                                                 int64
	start, pages, nelems, free, bits, elem, class, state int64
	user, large                                          int64
}

func (h *Heap) spanFields() (f spanFields, ok bool) {
	l := h.p.Layout
	ok = true
	at := func(path string) int64 {
		field, found := l.Field("runtime.mspan", path)
		ok = ok && found
		return field.Offset
	}
	f = spanFields{size: l.Structs["runtime.mspan"].Size, start: at("startAddr"), pages: at("npages"), nelems: at("nelems"),
		free: at("freeindex"), bits: at("allocBits"), elem: at("elemsize"), class: at("spanclass"), state: at("state"),
		large: at("largeType"), user: -1}
	if field, found := l.Field("runtime.mspan", "isUserArenaChunk"); found {
		f.user = field.Offset
	}
	return f, ok && f.size > 0 && f.size < 1<<12
}

// readSpans reads the list of all spans, and which of their slots are allocated.
func (h *Heap) readSpans() error {
	heap := h.p.HeapAddr()
	all, found := h.p.Layout.Field("runtime.mheap", "allspans")
	f, known := h.spanFields()
	if heap == 0 || !found || !known {
		return ErrNoHeap
	}
	mem := h.p.Memory()
	var head [16]byte
	if err := mem.ReadAt(head[:], heap+uint64(all.Offset)); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint64(head[8:])
	if n > maxSpans {
		return ErrNoHeap
	}
	addrs, err := readAddrs(mem, binary.LittleEndian.Uint64(head[:]), n)
	if err != nil {
		return err
	}
	type pending struct {
		at   uint64 // of the bits
		free uint16
	}
	var todo []pending
	readMany(mem, addrs, int(f.size), func(addr uint64, b []byte) {
		if b == nil {
			h.Odd.Spans++
			return
		}
		le := binary.LittleEndian
		if b[f.state] != inUse {
			return
		}
		s := span{addr: addr, base: le.Uint64(b[f.start:]), elem: le.Uint64(b[f.elem:]), nelems: le.Uint16(b[f.nelems:]),
			class: b[f.class] >> 1, noscan: b[f.class]&1 != 0, large: le.Uint64(b[f.large:])}
		pages := le.Uint64(b[f.pages:])
		if f.user >= 0 {
			s.user = b[f.user] != 0
		}
		if s.base == 0 || s.base%pageSize != 0 || pages == 0 || pages > 1<<28 || s.elem == 0 || s.elem%8 != 0 || s.nelems == 0 ||
			s.elem > pages*pageSize/uint64(s.nelems) || s.class == 0 && s.nelems != 1 || s.base > 1<<56 {
			h.Odd.Spans++
			return
		}
		s.pages = uint32(pages)
		h.spans = append(h.spans, s)
		todo = append(todo, pending{le.Uint64(b[f.bits:]), le.Uint16(b[f.free:])})
	})
	order := make([]int, len(h.spans))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmpUint(h.spans[a].base, h.spans[b].base) })
	spans, bitsOf := make([]span, 0, len(order)), make([]pending, 0, len(order))
	words := 0
	for _, i := range order {
		s := h.spans[i]
		if len(spans) > 0 && s.base < spans[len(spans)-1].end() {
			h.Odd.Spans++ // two spans in one place
			continue
		}
		s.word = uint32(words)
		words += (int(s.nelems) + 63) / 64
		spans, bitsOf = append(spans, s), append(bitsOf, todo[i])
	}
	h.spans = spans
	h.alloc = make([]uint64, words)
	ranges := make([]proc.Range, len(spans))
	buf := make([]byte, words*8)
	for i := range spans {
		w := int(spans[i].word)
		n := (int(spans[i].nelems) + 63) / 64
		ranges[i] = proc.Range{Addr: bitsOf[i].at, Buf: buf[w*8 : (w+n)*8]}
	}
	mem.ReadMany(ranges)
	for i := range spans {
		s := &spans[i]
		for k := range ranges[i].Buf[:len(ranges[i].Buf)/8*8] {
			if k%8 != 0 {
				continue
			}
			v := binary.LittleEndian.Uint64(ranges[i].Buf[k:])
			if !ranges[i].OK {
				v = 0
			}
			h.alloc[int(s.word)+k/8] = v
		}
		h.taken(s, bitsOf[i].free)
	}
	h.number()
	h.index()
	return nil
}

// readAddrs reads n addresses, and memory for no more than there are.
func readAddrs(mem proc.Memory, at, n uint64) (out []uint64, err error) {
	const piece = 64 << 10
	buf := make([]byte, min(n*8, piece))
	for n > 0 {
		b := buf[:min(n*8, piece)]
		if err := mem.ReadAt(b, at); err != nil {
			return nil, err
		}
		at, n = at+uint64(len(b)), n-uint64(len(b))/8
		for ; len(b) >= 8; b = b[8:] {
			if a := binary.LittleEndian.Uint64(b); a != 0 && a%8 == 0 {
				out = append(out, a)
			}
		}
	}
	return out, nil
}

// taken makes the bits of a span those of its allocated slots: slots below
// freeindex are all allocated, and bits behind the last mean nothing
// (mspan.isFree, runtime/mbitmap.go).
func (h *Heap) taken(s *span, free uint16) {
	w := h.alloc[s.word : int(s.word)+(int(s.nelems)+63)/64]
	for i := range w {
		switch lo := i * 64; {
		case int(free) >= lo+64:
			w[i] = ^uint64(0)
		case int(free) > lo:
			w[i] |= 1<<(int(free)-lo) - 1
		}
	}
	if n := int(s.nelems) % 64; n != 0 {
		w[len(w)-1] &= 1<<n - 1
	}
}

// number gives each allocated slot its number.
func (h *Heap) number() {
	h.rank = make([]uint32, len(h.alloc))
	n, at := uint64(0), 0
	for i := range h.spans {
		s := &h.spans[i]
		s.first = uint32(n)
		for range (int(s.nelems) + 63) / 64 {
			h.rank[at] = uint32(n)
			n += uint64(bits.OnesCount64(h.alloc[at]))
			at++
		}
		count := n - uint64(s.first)
		h.bytes += count * s.elem
		h.sum.FreeBytes += uint64(s.pages)*pageSize - count*s.elem
	}
	h.n, h.own = int(n), int(n)
	h.sum.Spans = uint64(len(h.spans))
	h.near = nil
	if len(h.spans) == 0 || n >= uint64(None) {
		return
	}
	h.near = make([]uint32, 0, n>>nearShift+1)
	for id := uint64(0); id < n; id += 1 << nearShift {
		lo := uint32(0)
		if k := len(h.near); k > 0 {
			lo = h.near[k-1]
		}
		for int(lo)+1 < len(h.spans) && uint64(h.spans[lo+1].first) <= id {
			lo++
		}
		h.near = append(h.near, lo)
	}
}

// nearShift: the span of each 256th object is noted, so that of the others is found
// among few.
const nearShift = 8

// index makes the table by which an address's span is found.
func (h *Heap) index() {
	if len(h.spans) == 0 {
		return
	}
	lo, hi := h.spans[0].base/arenaBytes, (h.spans[len(h.spans)-1].end()-1)/arenaBytes
	if hi-lo >= maxArenas {
		hi = lo + maxArenas - 1
	}
	h.tableLo, h.table = lo, make([]*[pagesArena]uint32, hi-lo+1)
	tables := 0
	for i := range h.spans {
		s := &h.spans[i]
		for p := range uint64(s.pages) {
			a := s.base + p*pageSize
			k := a/arenaBytes - lo
			if k >= uint64(len(h.table)) {
				break
			}
			if h.table[k] == nil {
				if tables++; tables > maxTables {
					return
				}
				h.table[k] = new([pagesArena]uint32)
			}
			h.table[k][a%arenaBytes/pageSize] = uint32(i) + 1
		}
	}
}

// find returns the object into which addr points, and where in it.
func (h *Heap) find(addr uint64) (id ID, offset uint64, ok bool) {
	k := addr/arenaBytes - h.tableLo
	if k >= uint64(len(h.table)) || h.table[k] == nil {
		return None, 0, false
	}
	i := h.table[k][addr%arenaBytes/pageSize]
	if i == 0 {
		return None, 0, false
	}
	s := &h.spans[i-1]
	off := addr - s.base
	n := off / s.elem
	if n >= uint64(s.nelems) {
		return None, 0, false
	}
	w, bit := s.word+uint32(n/64), n%64
	if h.alloc[w]&(1<<bit) == 0 {
		return None, 0, false
	}
	return ID(h.rank[w] + uint32(bits.OnesCount64(h.alloc[w]&(1<<bit-1)))), off - n*s.elem, true
}

// Find returns the object into which addr points.
func (h *Heap) Find(addr uint64) (ID, bool) {
	id, _, ok := h.find(addr)
	if !ok && h.foreign != nil {
		id, _, ok = h.findElsewhere(addr)
	}
	return id, ok
}

// inHeap reports whether addr lies in a span in use.
func (h *Heap) inHeap(addr uint64) bool {
	k := addr/arenaBytes - h.tableLo
	return k < uint64(len(h.table)) && h.table[k] != nil && h.table[k][addr%arenaBytes/pageSize] != 0
}

// spanOf returns the span of an object.
func (h *Heap) spanOf(id ID) int {
	lo, hi := 0, len(h.spans)
	if k := int(id >> nearShift); k < len(h.near) {
		if lo = int(h.near[k]); k+1 < len(h.near) {
			hi = int(h.near[k+1]) + 1
		}
	}
	for lo+1 < hi {
		if mid := (lo + hi) / 2; h.spans[mid].first <= uint32(id) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// place returns the span and the address of an object, nil for none.
func (h *Heap) place(id ID) (*span, uint64) {
	if int(id) >= h.own {
		return nil, 0
	}
	s := &h.spans[h.spanOf(id)]
	left := int(uint32(id) - s.first)
	for w := 0; w < (int(s.nelems)+63)/64; w++ {
		v := h.alloc[int(s.word)+w]
		if n := bits.OnesCount64(v); left >= n {
			left -= n
			continue
		}
		for range left {
			v &= v - 1
		}
		return s, s.base + uint64(w*64+bits.TrailingZeros64(v))*s.elem
	}
	return nil, 0
}

// Addr is the address of an object, with its header if it has one; 0: none.
func (h *Heap) Addr(id ID) uint64 {
	if f := h.elsewhere(id); f != nil {
		return f.Addr
	}
	_, a := h.place(id)
	return a
}

// Size is the size of an object's slot, in bytes.
func (h *Heap) Size(id ID) uint64 {
	if f := h.elsewhere(id); f != nil {
		return f.Size
	}
	if int(id) >= h.n {
		return 0
	}
	return h.spans[h.spanOf(id)].elem
}

// Noscan reports whether the object holds no pointers.
func (h *Heap) Noscan(id ID) bool { return int(id) < h.own && h.spans[h.spanOf(id)].noscan }

// header reports whether the span's objects begin with their type.
func (s *span) header() bool { return !s.noscan && s.class != 0 && s.elem > maxHeader && !s.user }

// valueOffset is where an object's value begins.
func (h *Heap) valueOffset(id ID) uint64 {
	if int(id) < h.own && h.spans[h.spanOf(id)].header() {
		return headerSize
	}
	return 0
}

// room is how many bytes of an object's slot its value may take.
func (h *Heap) room(id ID) uint64 {
	if int(id) >= h.own {
		return h.Size(id)
	}
	s := &h.spans[h.spanOf(id)]
	if s.header() {
		return s.elem - headerSize
	}
	return s.elem
}

// each calls f for each object of a span, in order.
func (h *Heap) each(s *span, f func(id ID, addr uint64)) {
	id := ID(s.first)
	for w := 0; w < (int(s.nelems)+63)/64; w++ {
		for v := h.alloc[int(s.word)+w]; v != 0; v &= v - 1 {
			f(id, s.base+uint64(w*64+bits.TrailingZeros64(v))*s.elem)
			id++
		}
	}
}

// readMany reads structures of one size, neighbours together; b is nil for one
// that cannot be read.
func readMany(mem proc.Memory, addrs []uint64, size int, f func(addr uint64, b []byte)) {
	const gap, largest, batch = 4096, 1 << 20, 512
	slices.Sort(addrs)
	addrs = slices.Compact(addrs)
	for len(addrs) > 0 {
		var ranges []proc.Range
		var counts []int
		n := 0
		for n < len(addrs) && len(ranges) < batch {
			lo, hi, k := addrs[n], addrs[n]+uint64(size), 1
			for n+k < len(addrs) && addrs[n+k] < hi+gap && addrs[n+k]+uint64(size)-lo <= largest {
				hi = addrs[n+k] + uint64(size)
				k++
			}
			ranges = append(ranges, proc.Range{Addr: lo, Buf: make([]byte, hi-lo)})
			counts = append(counts, k)
			n += k
		}
		mem.ReadMany(ranges)
		at := 0
		for i, r := range ranges {
			for range counts[i] {
				a := addrs[at]
				at++
				if !r.OK { // one page of many may be missing
					b := make([]byte, size)
					if mem.ReadAt(b, a) != nil {
						b = nil
					}
					f(a, b)
					continue
				}
				f(a, r.Buf[a-r.Addr:][:size])
			}
		}
		addrs = addrs[n:]
	}
}

func cmpUint(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// ValueOffset is where an object's value begins in its slot, in bytes: behind the
// allocator's header, if it has one.
func (h *Heap) ValueOffset(id ID) uint64 { return h.valueOffset(id) }
