package heap

import (
	"context"
	"encoding/binary"
	"runtime"
	"slices"
	"sync"

	"github.com/gomedic/gomedic/internal/proc"
)

// What is read at once: larger pieces cost memory and are not faster.
const (
	batchBytes = 4 << 20
	pieceBytes = 4 << 20 // of one large object
)

// batch is spans that are read together.
type batch struct{ lo, hi int }

// found is the edges of a batch's objects, in their order.
type found struct {
	n      int // of the batch
	counts []uint32
	to     []ID
	at     []slot
	odd    Oddities
	bytes  uint64
}

// scan finds all edges. Spans without pointers are not read.
func (h *Heap) scan(ctx context.Context, progress func(done, total uint64)) error {
	var batches []batch
	var total, size uint64
	for i := range h.spans {
		n := uint64(h.spans[i].pages) * pageSize
		if h.spans[i].noscan {
			n = 0
		}
		total += n
		if k := len(batches); k > 0 && size+n <= batchBytes {
			batches[k-1].hi, size = i+1, size+n
			continue
		}
		batches, size = append(batches, batch{i, i + 1}), n
	}
	workers := max(1, min(runtime.GOMAXPROCS(0), 8))
	results := make(chan *found, workers)
	next := make(chan int, len(batches))
	for i := range batches {
		next <- i
	}
	close(next)
	// A worker runs at most some batches ahead of the one that is put in place next.
	ahead := make(chan struct{}, 4*workers)
	var group sync.WaitGroup
	for range workers {
		work := func() {
			w := scanner{h: h}
			for {
				select {
				case ahead <- struct{}{}:
				case <-ctx.Done():
					return
				}
				i, ok := <-next
				if !ok {
					return
				}
				results <- w.batch(i, batches[i])
			}
		}
		group.Go(func() { proc.Background(work) }) // the program that was read goes on meanwhile
	}
	go func() { group.Wait(); close(results) }()
	h.start = make([]uint32, 1, h.n+1)
	waiting := map[int]*found{}
	at, done := 0, uint64(0)
	var full bool
	for f := range results {
		waiting[f.n] = f
		for f := waiting[at]; f != nil; f = waiting[at] {
			delete(waiting, at)
			at++
			<-ahead
			full = full || uint64(len(h.to))+uint64(len(f.to)) > 1<<32-2
			if full {
				continue
			}
			if n := len(h.to) + len(f.to); n > cap(h.to) {
				h.reserve(n, float64(done+f.bytes)/float64(max(total, 1)))
			}
			h.take(f)
			if done += f.bytes; progress != nil {
				progress(done, total)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if full {
		return ErrNoHeap
	}
	h.sum.Edges = uint64(len(h.to))
	return nil
}

// reserve makes room for all edges, of which n were found in a share of the heap:
// growing bit by bit would need twice the memory, and copy it again and again.
func (h *Heap) reserve(n int, share float64) {
	want := n + n/4
	if share > 0.02 {
		want = max(n, min(int(float64(n)/share*1.03), 2*n+1<<20))
	}
	h.to, h.at = slices.Grow(h.to, want-len(h.to)), slices.Grow(h.at, want-len(h.at))
}

func (h *Heap) take(f *found) {
	n := uint32(len(h.to))
	for _, c := range f.counts {
		n += c
		h.start = append(h.start, n)
	}
	h.to, h.at = append(h.to, f.to...), append(h.at, f.at...)
	h.Odd.Unread += f.odd.Unread
	h.Odd.Untyped += f.odd.Untyped
	h.Odd.Dangling += f.odd.Dangling
}

// scanner scans on one goroutine.
type scanner struct {
	h     *Heap
	buf   []byte
	piece []byte // of a large object
	masks map[uint64]*mask
	words wordCache // type words
	codes wordCache // entries of functions
	out   *found
}

func (w *scanner) batch(n int, b batch) *found {
	w.out = &found{n: n}
	var ranges []proc.Range
	var need uint64
	for i := b.lo; i < b.hi; i++ {
		if s := &w.h.spans[i]; !s.noscan {
			need += min(uint64(s.pages)*pageSize, batchBytes)
		}
	}
	if uint64(cap(w.buf)) < need {
		w.buf = make([]byte, max(need, batchBytes))
	}
	free := w.buf[:cap(w.buf)]
	for i := b.lo; i < b.hi; i++ {
		if s := &w.h.spans[i]; !s.noscan && s.class != 0 && uint64(s.pages)*pageSize <= uint64(len(free)) {
			size := uint64(s.pages) * pageSize
			ranges = append(ranges, proc.Range{Addr: s.base, Buf: free[:size:size]})
			free = free[size:]
		}
	}
	w.h.p.Memory().ReadMany(ranges)
	k := 0
	for i := b.lo; i < b.hi; i++ {
		s := &w.h.spans[i]
		switch {
		case s.noscan:
			w.h.each(s, func(ID, uint64) { w.out.counts = append(w.out.counts, 0) })
			continue
		case s.class == 0:
			w.large(s)
		case k < len(ranges) && ranges[k].Addr == s.base:
			if r := ranges[k]; r.OK {
				w.small(s, r.Buf)
			} else {
				w.unread(s)
			}
			k++
		default: // larger than a batch: no size class is
			w.unread(s)
		}
		w.out.bytes += uint64(s.pages) * pageSize
	}
	return w.out
}

func (w *scanner) unread(s *span) {
	w.h.each(s, func(ID, uint64) {
		w.out.counts = append(w.out.counts, 0)
		w.out.odd.Unread += s.elem
	})
}

// small scans a span of a size class.
func (w *scanner) small(s *span, b []byte) {
	bitmap, plain := w.bitmap(s, b)
	w.h.each(s, func(id ID, addr uint64) {
		o := b[addr-s.base:][:s.elem]
		n := len(w.out.to)
		switch {
		case plain && s.user:
			w.anything(id, o, 0)
			w.out.odd.Untyped++
		case plain:
			w.closure(id, le64(o))
			w.bits(id, o, bitmap, (addr-s.base)/8)
		default:
			typ := le64(o)
			m := w.mask(typ)
			if m == nil {
				w.anything(id, o, 0)
				w.out.odd.Untyped++
				break
			}
			w.headed(id, typ)
			w.masked(id, o[headerSize:], m, headerSize)
		}
		w.out.counts = append(w.out.counts, uint32(len(w.out.to)-n))
	})
}

// bitmap returns the pointer bits of a span whose objects have no header: they lie
// at its end, a bit for each word, before the collector's own marks if it keeps
// these there (runtime/mbitmap.go, spanHeapBitsRange). ok is false for spans whose
// objects have headers.
func (w *scanner) bitmap(s *span, b []byte) (bits []byte, ok bool) {
	if s.user {
		return nil, true
	}
	if s.elem > maxHeader {
		return nil, false
	}
	n := len(b) / 8 / 8
	end := len(b)
	if w.h.inlineMarks(s) {
		end -= markBytes
	}
	return b[max(end-n, 0):end], true
}

// inlineMarks reports whether the span ends with the collector's marks. Green Tea
// keeps them there for objects of 16 to 512 bytes (runtime/mgcmark_greenteagc.go),
// which leaves room for fewer slots.
func (h *Heap) inlineMarks(s *span) bool {
	if s.elem < 16 || s.elem > maxHeader {
		return false
	}
	size := uint64(s.pages) * pageSize
	without := (size - size/64) / s.elem
	with := (size - size/64 - markBytes) / s.elem
	if without != with {
		return uint64(s.nelems) <= with
	}
	return h.marksInline()
}

// marksInline: of the spans that tell, the first one has marks.
func (h *Heap) marksInline() bool {
	h.types.inlineOnce.Do(func() {
		for i := range h.spans {
			s := &h.spans[i]
			if s.noscan || s.class == 0 || s.elem < 16 || s.elem > maxHeader {
				continue
			}
			size := uint64(s.pages) * pageSize
			if without, with := (size-size/64)/s.elem, (size-size/64-markBytes)/s.elem; without != with {
				h.types.inline = uint64(s.nelems) <= with
				return
			}
		}
	})
	return h.types.inline
}

// bits scans an object by a bitmap of its span; first is its first word's bit.
func (w *scanner) bits(id ID, o, bitmap []byte, first uint64) {
	for i := uint64(0); i < uint64(len(o)/8); i++ {
		k := first + i
		if k/8 >= uint64(len(bitmap)) {
			return
		}
		b := bitmap[k/8] >> (k % 8)
		if b == 0 { // the rest of the byte
			i += 7 - k%8
			continue
		}
		if b&1 != 0 {
			w.pointer(id, o, i, 0)
		}
	}
}

// masked scans values of one type, one behind the other.
func (w *scanner) masked(id ID, o []byte, m *mask, shift uint64) {
	if m.words == 0 || len(m.bits) == 0 {
		return
	}
	words := uint64(len(o) / 8)
	for elem := uint64(0); elem+m.words <= words; elem += m.words {
		for i, b := range m.bits {
			for k := uint64(i) * 8; b != 0; b, k = b>>1, k+1 {
				if b&1 != 0 && elem+k < words {
					w.pointer(id, o, elem+k, shift)
				}
			}
		}
	}
}

// anything takes each word for a pointer that looks like one: where no map is known.
func (w *scanner) anything(id ID, o []byte, shift uint64) {
	for i := range uint64(len(o) / 8) {
		w.pointer(id, o, i, shift)
	}
}

// pointer takes word i of o, which lies shift bytes into the object.
func (w *scanner) pointer(id ID, o []byte, i, shift uint64) {
	v := binary.LittleEndian.Uint64(o[i*8:])
	if v == 0 {
		return
	}
	to, off, ok := w.h.find(v)
	if !ok {
		if w.h.inHeap(v) {
			w.out.odd.Dangling++
		}
		return
	}
	at := slot(i + shift/8)
	if off != 0 && off != w.h.valueOffset(to) {
		at |= inner
	} else if i > 0 {
		w.hint(to, binary.LittleEndian.Uint64(o[i*8-8:]))
	}
	if next := (i + 1) * 8; next+8 <= uint64(len(o)) {
		w.sized(to, binary.LittleEndian.Uint64(o[next:]))
	}
	w.out.to, w.out.at = append(w.out.to, to), append(w.out.at, at)
}

// large scans an object that has a span of its own, in pieces.
func (w *scanner) large(s *span) {
	id, n := ID(s.first), len(w.out.to)
	any := false
	w.h.each(s, func(ID, uint64) { any = true })
	if !any {
		return
	}
	m := w.mask(s.large)
	if m == nil {
		w.out.odd.Untyped++
	} else {
		w.headed(id, s.large)
	}
	piece := uint64(pieceBytes)
	if m != nil && m.words > 0 && m.words*8 < piece {
		piece -= piece % (m.words * 8)
	}
	if w.piece == nil { // the batch's small spans are still in the other
		w.piece = make([]byte, pieceBytes)
	}
	for off := uint64(0); off < s.elem; off += piece {
		b := w.piece[:min(piece, s.elem-off)]
		if w.h.p.Memory().ReadAt(b, s.base+off) != nil {
			w.out.odd.Unread += uint64(len(b))
			continue
		}
		if m != nil && m.words*8 <= piece {
			w.masked(id, b, m, off)
		} else { // one value larger than a piece, or of no known type
			w.anything(id, b, off)
		}
	}
	w.out.counts = append(w.out.counts, uint32(len(w.out.to)-n))
}

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
