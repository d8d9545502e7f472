package gort_test

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// The memory of a target is untrusted. These tests damage what a real program's
// readers have read, word by word, and read it again.

const pageSize = 4096

// pages is memory that was recorded from a process, or that lies over such a
// recording and differs from it in places.
type pages struct {
	live  proc.Memory       // where an absent page is read from, nil: nowhere
	under map[uint64][]byte // by address
	over  map[uint64][]byte
	asked uint64 // bytes
}

func (m *pages) page(addr uint64) []byte {
	if b, ok := m.over[addr]; ok {
		return b
	}
	if b, ok := m.under[addr]; ok {
		return b
	}
	if m.live == nil {
		return nil
	}
	b := make([]byte, pageSize)
	if m.live.ReadAt(b, addr) != nil {
		return nil
	}
	m.under[addr] = b
	return b
}

func (m *pages) ReadAt(p []byte, addr uint64) error {
	m.asked += uint64(len(p))
	for len(p) > 0 {
		at := addr % pageSize
		b := m.page(addr - at)
		if b == nil {
			return proc.ErrRead
		}
		n := copy(p, b[at:])
		p, addr = p[n:], addr+uint64(n)
	}
	return nil
}

func (m *pages) ReadMany(ranges []proc.Range) {
	for i := range ranges {
		ranges[i].OK = m.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
	}
}

// put changes a word.
func (m *pages) put(page, at, word uint64) {
	b := m.over[page]
	if b == nil {
		b = slices.Clone(m.under[page])
		m.over[page] = b
	}
	binary.LittleEndian.PutUint64(b[at%(pageSize/8)*8:], word)
}

// recording is a program at one moment.
type recording struct {
	path     string
	entry    uint64
	mappings []proc.Mapping
	pages    map[uint64][]byte
	order    []uint64
	size     uint64 // bytes that the readers asked for
}

func record(t testing.TB) *recording {
	t.Helper()
	path := build(t, "parked", stripped, "")
	tg := start(t, path)
	r := &recording{path: path, pages: map[uint64][]byte{}}
	var err error
	if r.entry, err = tg.process.Entry(); err != nil {
		t.Fatal(err)
	}
	if r.mappings, err = tg.process.Mappings(); err != nil {
		t.Fatal(err)
	}
	m := &pages{live: tg.process, under: r.pages, over: map[uint64][]byte{}}
	if n := r.read(t, m); n < 30 {
		t.Fatalf("%d goroutines", n)
	}
	r.size = m.asked
	tg.end(os.Kill)
	r.order = slices.Sorted(maps.Keys(r.pages))
	return r
}

// read uses every reader on a memory, and returns the number of goroutines.
func (r *recording) read(t testing.TB, m *pages) int {
	bin, err := gort.OpenBinary(r.path)
	if err != nil {
		t.Fatal(err)
	}
	defer bin.Close()
	p, err := gort.Attach(m, bin, r.entry, r.mappings)
	if err != nil {
		return 0
	}
	p.GOMAXPROCS()
	p.HeapLive()
	r.readMemory(p)
	s, err := p.Goroutines(gort.Options{})
	if err != nil {
		return 0
	}
	readTypes(p)
	for _, g := range s.Goroutines {
		p.Labels(g)
		p.Site(g.GoPC)
		p.LockClock(g, 0, 1<<62)
		p.Defers(g, func(uint64) {})
		p.StatusAt(g.Addr)
		looked := 0
		g.Words(0, g.Stack.Hi, func(_, word uint64) {
			o, ok := p.FindObject(word)
			if looked++; !ok || looked > 64 {
				return
			}
			p.ObjectWords(o, func(word uint64) {
				if p.IsItab(word) {
					p.TypeOfItab(word)
				}
				p.IsType(word)
				p.GlobalAt(word)
			})
			if w, ok := p.Word(o.Base); ok {
				p.ClosureOf(w)
			}
			if ty, _, ok := p.TypeOf(o); ok {
				for _, f := range ty.Fields {
					p.FieldType(f)
				}
				p.Within(ty, "stack.lo")
			}
		})
		for i := range g.Frames {
			p.Calls(&g.Frames[i])
			p.HeldAt(g, &g.Frames[i])
		}
		for _, w := range p.Waits(g) {
			search := p.NewSearch(w.Addr, w.Size)
			for i := range g.Frames {
				search.Frame(g, i, 2)
			}
		}
	}
	return len(s.Goroutines)
}

// readTypes asks each type for all that can be asked.
func readTypes(p *gort.Program) {
	all := p.Types()
	for _, ty := range all[:min(len(all), 2000)] {
		ty.PointerMask()
		ty.MapShape()
		ty.Implements("Lock", "Unlock")
		ty.PathTo(ty.Size / 2)
		ty.FieldAt(ty.Size)
		if ty.Kind == gort.KindStruct {
			ty.Pointer()
		}
	}
}

// readMemory uses the readers of what the runtime counts of its memory.
func (r *recording) readMemory(p *gort.Program) {
	p.MemStats()
	p.MemProfileRate()
	if all, err := p.MemBuckets(); err == nil {
		for i := range all {
			p.BucketCalls(&all[i])
		}
		gort.BucketsSince(all, all)
	}
	var within []gort.Span
	for _, m := range r.mappings {
		within = append(within, gort.Span{Lo: m.Start, Hi: m.End})
	}
	p.HeapMap(within)
}

func FuzzMemory(f *testing.F) {
	r := record(f)
	edit := func(page, at uint16, word uint64) []byte {
		b := binary.LittleEndian.AppendUint16(nil, page)
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint16(b, at), word)
	}
	f.Add([]byte(nil))
	for page := range r.order { // each page, with what overflows most easily
		f.Add(bytes.Join([][]byte{edit(uint16(page), uint16(page*7), 1<<63), edit(uint16(page), uint16(page*13), ^uint64(0)),
			edit(uint16(page), uint16(page*29), r.order[len(r.order)-1]+8)}, nil))
	}
	f.Fuzz(func(t *testing.T, edits []byte) {
		m := &pages{under: r.pages, over: map[uint64][]byte{}}
		for n := 0; len(edits) >= 12 && n < 64; n++ {
			page := r.order[int(binary.LittleEndian.Uint16(edits))%len(r.order)]
			m.put(page, uint64(binary.LittleEndian.Uint16(edits[2:])), binary.LittleEndian.Uint64(edits[4:]))
			edits = edits[12:]
		}
		r.read(t, m)
		if most := 64*r.size + 1<<30; m.asked > most {
			t.Errorf("the readers asked for %d MB", m.asked>>20)
		}
	})
}

func FuzzBinary(f *testing.F) {
	file, err := os.ReadFile(build(f, "parked", stripped, ""))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), uint64(0), uint32(0), uint64(0))
	for at := range uint32(120) { // the headers of the file and its segments
		f.Add(at*8, ^uint64(0), at*16+4, uint64(1)<<40)
	}
	f.Fuzz(func(t *testing.T, at1 uint32, word1 uint64, at2 uint32, word2 uint64) {
		b := slices.Clone(file)
		binary.LittleEndian.PutUint64(b[at1%uint32(len(b)-8):], word1)
		binary.LittleEndian.PutUint64(b[at2%uint32(len(b)-8):], word2)
		bin, err := gort.NewBinary(b)
		if err != nil {
			return
		}
		bin.Symbol("runtime.allgs")
		m := &pages{}
		if _, err := gort.Attach(m, bin, bin.File.Entry, nil); err == nil {
			t.Error("a program was found in a memory without a byte")
		}
	})
}
