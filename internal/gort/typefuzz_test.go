package gort_test

import (
	"encoding/binary"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// FuzzTypes damages the type data of a program and reads all of it.
func FuzzTypes(f *testing.F) {
	bin, err := gort.OpenBinary(build(f, "typed", stripped, ""))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { bin.Close() })
	file := &pages{live: gort.FileMemory{Binary: bin}, under: map[uint64][]byte{}, over: map[uint64][]byte{}}
	whole, err := gort.AttachFile(bin, file)
	if err != nil {
		f.Fatal(err)
	}
	readTypes(whole)
	asked := file.asked
	span := whole.Modules[0].Types
	edit := func(b []byte, at uint64, word uint64) []byte {
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, uint32(at-span.Lo)), word)
	}
	f.Add([]byte(nil))
	for i, ty := range whole.Types() {
		if i%16 != 0 {
			continue
		}
		// A type that is its own part, one of an enormous size, one of another kind,
		// and one with more fields than there is memory.
		f.Add(edit(nil, ty.Addr+48, ty.Addr))
		f.Add(edit(edit(nil, ty.Addr, 1<<40), ty.Addr+8, 1<<39))
		f.Add(edit(nil, ty.Addr+16, 25<<56|uint64(i)))
		f.Add(edit(edit(nil, ty.Addr+64, 1<<12), ty.Addr+56, span.Lo))
	}
	f.Fuzz(func(t *testing.T, edits []byte) {
		m := &pages{live: file.live, under: file.under, over: map[uint64][]byte{}}
		p, err := gort.AttachFile(bin, m)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; len(edits) >= 12 && n < 256; n++ {
			at := span.Lo + uint64(binary.LittleEndian.Uint32(edits))%(span.Hi-span.Lo)
			if page := at &^ (pageSize - 1); m.page(page) != nil {
				m.put(page, at%pageSize/8, binary.LittleEndian.Uint64(edits[4:]))
			}
			edits = edits[12:]
		}
		readTypes(p)
		for a := span.Lo; a < span.Hi; a += 8 << 6 {
			p.TypeAt(a)
			p.IsItab(a)
		}
		if most := 64*asked + 1<<30; m.asked > most {
			t.Errorf("the readers asked for %d MB", m.asked>>20)
		}
	})
}
