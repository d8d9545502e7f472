package roots_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/roots"
	"github.com/gomedic/gomedic/internal/proc"
)

const pageSize = 4096

// pages is memory that was recorded from a process, with changes.
type pages struct {
	live  proc.Memory       // where an absent page is read from, nil: nowhere
	under map[uint64][]byte // by address
	over  map[uint64][]byte
}

func (m *pages) ReadAt(p []byte, addr uint64) error {
	for len(p) > 0 {
		at := addr % pageSize
		b, ok := m.over[addr-at]
		if !ok {
			if b, ok = m.under[addr-at]; !ok && m.live != nil {
				b = make([]byte, pageSize)
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

// Whatever the memory of a target holds, reading it ends, and with a sound number
// of roots.
func FuzzMemory(f *testing.F) {
	path := build(f, "holds", "", "0", "-ldflags=-s -w")
	tg := start(f, path, "main.computes")
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
	read := func(m *pages) (n int) {
		p, err := gort.Attach(m, bin, entry, mappings)
		if err != nil {
			return 0
		}
		s, err := p.Goroutines(gort.Options{})
		if err != nil {
			return 0
		}
		for _, g := range s.Goroutines {
			if g.TID != 0 { // as if each that has a thread were running
				g.Regs = &proc.Registers{PC: g.PC, SP: g.SP, All: []uint64{g.SP, g.Addr, 1 << 63}}
			}
		}
		roots.ReadQueues(p, s.Goroutines)
		if _, err := roots.Read(p, roots.Options{Goroutines: s.Goroutines}, func(roots.Root) { n++ }); err != nil {
			return 0
		}
		return n
	}
	m := &pages{live: tg.process, under: map[uint64][]byte{}}
	sound := read(m)
	if sound < 1000 {
		f.Fatalf("%d roots", sound)
	}
	io.WriteString(tg.stdin, "\n") // it is not needed any more
	order := slices.Sorted(maps.Keys(m.under))
	edit := func(page, at uint16, word uint64) []byte {
		b := binary.LittleEndian.AppendUint16(nil, page)
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint16(b, at), word)
	}
	f.Add([]byte(nil))
	for page := range order { // each page, with what overflows most easily
		f.Add(bytes.Join([][]byte{edit(uint16(page), uint16(page*7), 1<<63), edit(uint16(page), uint16(page*13), ^uint64(0)),
			edit(uint16(page), uint16(page*29), order[len(order)-1]+8), edit(uint16(page), uint16(page*31), order[page]+uint64(page*31)%512*8)}, nil))
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
			binary.LittleEndian.PutUint64(b[binary.LittleEndian.Uint16(edits[2:])%(pageSize/8)*8:], binary.LittleEndian.Uint64(edits[4:]))
			edits = edits[12:]
		}
		if n := read(m); n > 1000*sound {
			t.Errorf("%d roots of a program that has %d", n, sound)
		}
	})
}
