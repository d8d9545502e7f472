package gort

import (
	"sync"

	"github.com/gomedic/gomedic/internal/gort/layout"
)

// Object is one allocation of the Go heap.
type Object struct {
	Base, Size uint64
}

// Contains reports whether addr points into the object.
func (o Object) Contains(addr uint64) bool { return addr >= o.Base && addr-o.Base < o.Size }

const (
	pageSize  = 8 << 10 // of every supported runtime (runtime/malloc.go)
	spanInUse = 1       // mSpanInUse
)

// arenas are the sizes of the heap's map (runtime/malloc.go), which has one level on
// every architecture that gomedic knows.
type arenas struct {
	base  uint64 // arenaBaseOffset
	bytes uint64 // of an arena: 64 MiB on 64-bit Linux; 4 MiB, later 512 KiB, in WebAssembly
	pages uint64 // of an arena
	l2    uint   // bits of an arena's number
	known bool
}

// arenaBase is runtime.arenaBaseOffset, by architecture.
var arenaBase = map[string]uint64{"amd64": 0xffff800000000000, "arm64": 0, "wasm": 0}

// arenasOf takes the sizes from the layout, which has them if it is from a table.
func arenasOf(l *layout.Layout) arenas {
	base, known := arenaBase[l.Arch]
	a := arenas{base: base, bytes: 64 << 20, l2: 22, known: known}
	if n, ok := l.Consts["runtime.logHeapArenaBytes"]; ok && n >= 16 && n <= 30 {
		a.bytes = 1 << n
	}
	if n, ok := l.Consts["runtime.arenaL2Bits"]; ok && n > 0 && n <= 26 {
		a.l2 = uint(n)
	}
	a.pages = a.bytes / pageSize
	return a
}

// spanCache keeps what was read of the heap's map, so that looking up many
// addresses of one arena costs two reads.
type spanCache struct {
	mu     sync.Mutex
	arenas map[uint64][]byte // arena index → its table of spans
	spans  map[uint64]span   // by address of the mspan
}

type span struct {
	start, end, elem uint64
	inUse            bool
}

// FindObject returns the heap object that addr points into.
func (p *Program) FindObject(addr uint64) (Object, bool) {
	p.globals.heapOnce.Do(p.findHeap)
	if p.globals.arenas == 0 || addr < 1<<16 {
		return Object{}, false
	}
	s, ok := p.spanOf(p.globals.arenas, addr)
	if !ok || !s.inUse || addr < s.start || addr >= s.end || s.elem == 0 {
		return Object{}, false
	}
	base := s.start + (addr-s.start)/s.elem*s.elem
	if base+s.elem > s.end {
		return Object{}, false
	}
	return Object{base, s.elem}, true
}

// ObjectWords calls f for each word of an object, which may hold a pointer; an
// object that cannot be read, or is larger than 1 MiB, has none.
func (p *Program) ObjectWords(o Object, f func(value uint64)) {
	if o.Size > 1<<20 {
		return
	}
	b := make([]byte, o.Size)
	if p.mem.ReadAt(b, o.Base) != nil {
		return
	}
	for ; len(b) >= 8; b = b[8:] {
		f(le64(b))
	}
}

// Word reads one word of the target's memory.
func (p *Program) Word(addr uint64) (value uint64, ok bool) {
	v, err := p.word(addr)
	return v, err == nil
}

// ForgetHeap drops what was cached of the heap's map and of the table of itabs,
// before a later look.
func (p *Program) ForgetHeap() {
	p.types.itabs.forget()
	p.spans.mu.Lock()
	p.spans.arenas, p.spans.spans = nil, nil
	p.spans.mu.Unlock()
}

func (p *Program) spanOf(arenas, addr uint64) (span, bool) {
	a := p.f.arenas
	idx := (addr - a.base) / max(a.bytes, 1)
	if !a.known || idx >= 1<<a.l2 {
		return span{}, false
	}
	p.spans.mu.Lock()
	defer p.spans.mu.Unlock()
	if p.spans.arenas == nil {
		p.spans.arenas, p.spans.spans = map[uint64][]byte{}, map[uint64]span{}
	}
	table, ok := p.spans.arenas[idx]
	if !ok {
		table = p.arenaTable(arenas, idx)
		if len(p.spans.arenas) < 4096 {
			p.spans.arenas[idx] = table
		}
	}
	if table == nil {
		return span{}, false
	}
	ms := le64(table[(addr/pageSize)%a.pages*8:])
	if ms == 0 {
		return span{}, false
	}
	if s, ok := p.spans.spans[ms]; ok {
		return s, s.end != 0
	}
	s := p.readSpan(ms)
	p.spans.spans[ms] = s
	return s, s.end != 0
}

func (p *Program) arenaTable(arenas, idx uint64) []byte {
	field, ok := p.Layout.Field("runtime.heapArena", "spans")
	if !ok {
		return nil
	}
	l2, err := p.word(arenas)
	if err != nil || l2 == 0 {
		return nil
	}
	ha, err := p.word(l2 + idx*8)
	if err != nil || ha == 0 {
		return nil
	}
	table := make([]byte, p.f.arenas.pages*8)
	if p.mem.ReadAt(table, ha+uint64(field.Offset)) != nil {
		return nil
	}
	return table
}

func (p *Program) readSpan(addr uint64) span {
	st, ok := p.Layout.Structs["runtime.mspan"]
	if !ok || st.Size > 1<<12 {
		return span{}
	}
	b := make([]byte, st.Size)
	if p.mem.ReadAt(b, addr) != nil {
		return span{}
	}
	get := func(path string) uint64 {
		f, ok := p.Layout.Field("runtime.mspan", path)
		if !ok || f.Offset+8 > st.Size {
			return 0
		}
		return le64(b[f.Offset:])
	}
	s := span{start: get("startAddr"), elem: get("elemsize")}
	n := get("npages")
	if s.start == 0 || n == 0 || n > 1<<32 {
		return span{}
	}
	s.end = s.start + n*pageSize
	s.inUse = get("state")&0xff == spanInUse
	return s
}

// findHeap finds mheap_.arenas: the address from which the span of a known heap
// object, the first goroutine's own structure, can be looked up.
func (p *Program) findHeap() {
	addrs, err := p.allgs()
	if err != nil || len(addrs) == 0 {
		return
	}
	g := addrs[len(addrs)-1]
	off, ok := p.Layout.Field("runtime.mheap", "arenas")
	if !ok {
		return
	}
	check := func(a uint64) bool {
		p.ForgetHeap()
		s, ok := p.spanOf(a, g)
		return ok && s.inUse && g >= s.start && g < s.end && s.elem >= uint64(p.f.gSize) && s.elem < 64*uint64(p.f.gSize)
	}
	for _, a := range p.candidates("runtime.mheap_", "runtime.findObject", "runtime.spanOfHeap",
		"runtime.(*mheap).allocNeedsZero", "runtime.(*mheap).setSpans", "runtime.(*mheap).sysAlloc", "runtime.greyobject",
		"runtime.typePointersOfUnchecked", "runtime.bulkBarrierPreWrite", "runtime.(*mheap).init") {
		for _, at := range [2]uint64{a, a + uint64(off.Offset)} {
			if at%8 == 0 && check(at) {
				p.globals.arenas = at
				return
			}
		}
	}
	p.ForgetHeap()
}
