package heap

import (
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

const memoryPage = 4096

// pages is memory that was recorded from a process, with changes.
type pages struct {
	mu    sync.Mutex
	live  proc.Memory       // where an absent page is read from, nil: nowhere
	under map[uint64][]byte // by address
	over  map[uint64][]byte
}

func (m *pages) ReadAt(p []byte, addr uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(p) > 0 {
		at := addr % memoryPage
		b, ok := m.over[addr-at]
		if !ok {
			if b, ok = m.under[addr-at]; !ok && m.live != nil {
				b = make([]byte, memoryPage)
				if m.live.ReadAt(b, addr-at) != nil {
					return proc.ErrRead
				}
				m.under[addr-at] = b
			}
		}
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

// Whatever the memory of a target holds, reading its heap ends, and each answer
// about it is sound.
func FuzzMemory(f *testing.F) {
	path := build(f, "shapes", "", "-ldflags=-s -w")
	tg := start(f, path)
	entry, err := tg.process.Entry()
	if err != nil {
		f.Fatal(err)
	}
	mappings, err := tg.process.Mappings()
	if err != nil {
		f.Fatal(err)
	}
	bin, err := gort.OpenBinary(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { bin.Close() })
	read := func(m *pages) int {
		p, err := gort.Attach(m, bin, entry, mappings)
		if err != nil {
			return 0
		}
		h, err := readHeap(p, nil)
		if err != nil {
			return 0
		}
		return use(h)
	}
	m := &pages{live: tg.process, under: map[uint64][]byte{}}
	if sound := read(m); sound < 10_000 {
		f.Fatalf("%d objects", sound)
	}
	m.live = nil
	io.WriteString(tg.stdin, "\n") // it is not needed any more
	order := slices.Sorted(maps.Keys(m.under))
	edit := func(page, at uint16, word uint64) []byte {
		b := binary.LittleEndian.AppendUint16(nil, page)
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint16(b, at), word)
	}
	f.Add([]byte(nil))
	step := max(1, len(order)/200)
	for page := 0; page < len(order); page += step {
		var all [][]byte
		for k := range uint16(16) { // with what overflows most easily, and pointers into the middle of things
			word := []uint64{1 << 63, ^uint64(0), order[len(order)-1] + 8, order[page] + uint64(k)*24, 1<<32 - 8, 0xffff000000000001}[k%6]
			all = append(all, edit(uint16(page), uint16(page*7)+k*31, word))
		}
		f.Add(bytes.Join(all, nil))
	}
	f.Fuzz(func(t *testing.T, edits []byte) {
		m := &pages{under: m.under, over: map[uint64][]byte{}}
		for n := 0; len(edits) >= 12 && n < 64; n++ {
			page := order[int(binary.LittleEndian.Uint16(edits))%len(order)]
			b := m.over[page]
			if b == nil {
				b = slices.Clone(m.under[page])
				m.over[page] = b
			}
			binary.LittleEndian.PutUint64(b[binary.LittleEndian.Uint16(edits[2:])%(memoryPage/8)*8:], binary.LittleEndian.Uint64(edits[4:]))
			edits = edits[12:]
		}
		read(m)
	})
}

// use asks a heap all that can be asked, and returns its number of objects.
func use(h *Heap) int {
	paths := h.Paths(nil)
	refs := h.Referrers()
	count, bytes := paths.Subtrees()
	n, sum := 0, uint64(0)
	h.Each(func(id ID, size uint64) {
		n++
		d := h.Desc(id)
		h.Edges(id, func(e Edge) {
			if e.Offset >= h.ValueOffset(id) {
				h.FieldOf(d, e.Offset-h.ValueOffset(id))
				if d.Type != nil {
					FieldPath(d.Type, e.Offset)
				}
			}
			if h.Live(id) && !h.Live(e.To) {
				panic("what is live leads to garbage")
			}
		})
		if h.Live(id) {
			sum += size
			if h.Retained(id) < size || bytes[id] < size || count[id] == 0 {
				panic("less is retained than the object itself")
			}
		}
		var b [8]byte
		h.Read(id, 0, b[:])
		refs.Of(id)
		if found, ok := h.Find(h.Addr(id)); n < 1000 && (!ok || found != id) {
			panic("an object is not found by its address")
		}
	})
	if n != h.Len() || sum != h.Totals().Bytes {
		panic("the sums are wrong")
	}
	h.Known()
	for i := range h.DescNumbers() {
		h.DescOf(uint32(i))
	}
	return n
}
