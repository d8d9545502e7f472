package gort

import (
	"encoding/binary"
	"slices"

	"github.com/gomedic/gomedic/internal/gort/layout"
	"github.com/gomedic/gomedic/internal/proc"
)

// PageUse is what the allocator uses pages of the heap's address space for.
type PageUse int

// The uses.
const (
	PagesFree   PageUse = iota // in no use
	PagesHeap                  // a span of objects
	PagesManual                // stacks of goroutines, and the collector's work buffers
)

// HeapPages is a run of pages in one use.
type HeapPages struct {
	Span
	Use PageUse
}

// HeapMap is where the runtime's memory lies.
type HeapMap struct {
	Pages []HeapPages // of all arenas, in order; neighbours of one use are one
	// Metadata is where the runtime keeps its own tables, sorted. Large ones are
	// reserved as a whole and in memory in parts.
	Metadata []Span
}

// Bounds on what a damaged target may make us read: 64 MiB of address space for
// each arena, so 8,192 of them are 512 GiB.
const (
	maxArenas           = 8192 // as many as WebAssembly can have
	maxPersistentChunks = 1 << 16
	persistentChunk     = 256 << 10 // runtime/malloc.go: persistentChunkSize
)

// HeapMap reads what each page of the heap is used for, while the program runs:
// what changes meanwhile may be told as it was or as it is. within are the
// address ranges in which arenas may lie: the mappings. Errors: the heap was not
// found (IsBadData), and read errors.
func (p *Program) HeapMap(within []Span) (*HeapMap, error) {
	p.globals.heapOnce.Do(p.findHeap)
	a := p.f.arenas
	if p.globals.arenas == 0 || !a.known {
		return nil, bad("the heap was not found")
	}
	l2, err := p.word(p.globals.arenas)
	if err != nil {
		return nil, err
	}
	h := &HeapMap{Metadata: []Span{{l2, l2 + 8<<a.l2}}}
	last, arenas := uint64(1<<64-1), 0
	for _, w := range within {
		if w.Hi <= w.Lo {
			continue
		}
		first, end := (w.Lo-a.base)/a.bytes, (w.Hi-1-a.base)/a.bytes+1
		if end > 1<<a.l2 || end <= first {
			continue
		}
		// One read for all arenas of a mapping.
		b := make([]byte, 8*min(end-first, maxArenas))
		if p.mem.ReadAt(b, l2+8*first) != nil {
			continue
		}
		for i := uint64(0); 8*i < uint64(len(b)); i++ {
			idx, arena := first+i, le64(b[8*i:])
			if arena == 0 || last != 1<<64-1 && idx <= last {
				continue // one that two mappings share was read
			}
			last = idx
			if arenas++; arenas > maxArenas {
				return nil, bad("more than %d arenas", maxArenas)
			}
			p.arenaPages(h, arena, a.base+idx*a.bytes)
		}
	}
	p.tables(h)
	slices.SortFunc(h.Metadata, func(a, b Span) int {
		if a.Lo < b.Lo {
			return -1
		}
		return 1
	})
	return h, nil
}

// arenaPages reads the uses of one arena's pages. The table of spans is exact for
// spans in use only: what it holds for a free page may be a span that was there.
func (p *Program) arenaPages(h *HeapMap, arena, start uint64) {
	st := p.Layout.Structs["runtime.heapArena"]
	spans, ok := p.Layout.Field("runtime.heapArena", "spans")
	arenaBytes := p.f.arenas.bytes
	table := make([]byte, p.f.arenas.pages*8)
	if !ok || p.mem.ReadAt(table, arena+uint64(spans.Offset)) != nil {
		h.add(Span{start, start + arenaBytes}, PagesFree)
		return
	}
	if st.Size > 0 && st.Size <= 16<<20 {
		h.Metadata = append(h.Metadata, Span{arena, arena + uint64(st.Size)})
	}
	var addrs []uint64
	for i := 0; i < len(table); i += 8 {
		if s := le64(table[i:]); s != 0 && s%8 == 0 && (len(addrs) == 0 || addrs[len(addrs)-1] != s) {
			addrs = append(addrs, s)
		}
	}
	at := start
	for _, s := range p.spanUses(addrs) {
		lo, hi := max(s.Lo, at), min(s.Hi, start+arenaBytes)
		if hi <= lo {
			continue
		}
		h.add(Span{at, lo}, PagesFree)
		h.add(Span{lo, hi}, s.Use)
		at = hi
	}
	h.add(Span{at, start + arenaBytes}, PagesFree)
}

// spanUses reads the spans in use, sorted by address.
func (p *Program) spanUses(addrs []uint64) []HeapPages {
	from, ok1 := p.Layout.Field("runtime.mspan", "startAddr")
	pages, ok2 := p.Layout.Field("runtime.mspan", "npages")
	state, ok3 := p.Layout.Field("runtime.mspan", "state")
	if !ok1 || !ok2 || !ok3 {
		return nil
	}
	lo := min(from.Offset, pages.Offset, state.Offset)
	size := int(max(from.Offset, pages.Offset, state.Offset) + 8 - lo)
	if size > maxStruct {
		return nil
	}
	slices.Sort(addrs)
	addrs = slices.Compact(addrs)
	buf := make([]byte, size*len(addrs))
	ranges := make([]proc.Range, len(addrs))
	for i, a := range addrs {
		ranges[i] = proc.Range{Addr: a + uint64(lo), Buf: buf[i*size : (i+1)*size]}
	}
	p.mem.ReadMany(ranges)
	var out []HeapPages
	for i := range ranges {
		b := ranges[i].Buf
		start, n := le64(b[from.Offset-lo:]), le64(b[pages.Offset-lo:])
		if !ranges[i].OK || start == 0 || start%pageSize != 0 || n == 0 || n > 1<<32 || start > maxMemory {
			continue
		}
		use := PagesFree
		switch b[state.Offset-lo] {
		case spanInUse:
			use = PagesHeap
		case spanManual:
			use = PagesManual
		default:
			continue
		}
		out = append(out, HeapPages{Span{start, start + n*pageSize}, use})
	}
	slices.SortFunc(out, func(a, b HeapPages) int {
		if a.Lo < b.Lo {
			return -1
		}
		return 1
	})
	return out
}

const spanManual = 2 // mSpanManual

func (h *HeapMap) add(s Span, use PageUse) {
	if s.Hi <= s.Lo {
		return
	}
	if n := len(h.Pages); n > 0 && h.Pages[n-1].Use == use && h.Pages[n-1].Hi == s.Lo {
		h.Pages[n-1].Hi = s.Hi
		return
	}
	h.Pages = append(h.Pages, HeapPages{s, use})
}

// tables adds what the runtime took from the system for tables of its own: the
// page allocator's, and the chunks of what it allocates for good, in which the
// structures of spans, caches and profiles lie.
func (p *Program) tables(h *HeapMap) {
	off, ok := p.Layout.Field("runtime.mheap", "arenas")
	if !ok {
		return
	}
	mheap, err := p.structAt("runtime.mheap", p.globals.arenas-uint64(off.Offset))
	if err != nil {
		return
	}
	slice := func(path string, elem uint64) {
		f, ok := p.Layout.Field("runtime.mheap", path)
		if !ok || f.Size != 24 {
			return
		}
		ptr := mheap.at(layout.Field{Offset: f.Offset, Size: 8})
		n := mheap.at(layout.Field{Offset: f.Offset + 16, Size: 8})
		if ptr != 0 && ptr < maxMemory && n > 0 && n < maxMemory/elem {
			h.Metadata = append(h.Metadata, Span{ptr, ptr + n*elem})
		}
	}
	const word = 8 // of pallocSum, and of atomicScavChunkData
	for _, level := range []string{"0", "1", "2", "3", "4"} {
		slice("pages.summary["+level+"]", word)
	}
	slice("pages.scav.index.chunks", word)
	if f, ok := p.Layout.Field("runtime.mheap", "pages.chunks"); ok {
		const chunkTable = 8192 * 128 // [1<<pallocChunksL2Bits]pallocData, of 1,024 bits each
		for at := int64(0); at+8 <= f.Size && at < 1<<17; at += 8 {
			if c := mheap.at(layout.Field{Offset: f.Offset + at, Size: 8}); c != 0 && c < maxMemory {
				h.Metadata = append(h.Metadata, Span{c, c + chunkTable})
			}
		}
	}
	for _, c := range p.persistentChunks() {
		h.Metadata = append(h.Metadata, Span{c, c + persistentChunk})
	}
}

// persistentChunks follows the list of what the runtime allocated for good: each
// chunk begins with the address of the one before. Other variables have the address of
// the chunk that is in use: the list is the longest.
func (p *Program) persistentChunks() (best []uint64) {
	for _, head := range p.candidates("runtime.persistentChunks", "runtime.persistentalloc1", "runtime.inPersistentAlloc") {
		if head%8 != 0 || !p.isVariable(head) {
			continue
		}
		at, err := p.word(head)
		var all []uint64
		for err == nil && at != 0 && at%4096 == 0 && len(all) < maxPersistentChunks {
			all = append(all, at)
			var b [8]byte
			if err = p.mem.ReadAt(b[:], at+persistentChunk-8); err == nil {
				err = p.mem.ReadAt(b[:], at)
			}
			at = binary.LittleEndian.Uint64(b[:])
		}
		if err == nil && at == 0 && len(all) > len(best) {
			best = all
		}
	}
	return best
}
