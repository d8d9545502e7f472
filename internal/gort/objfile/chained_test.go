package objfile

import (
	"encoding/binary"
	"testing"
)

// TestUnchain follows two pages of pointers, of which the first has a chain of three, one
// of them another library's.
func TestUnchain(t *testing.T) {
	const base, page = 0x1_0000_0000, 0x1000
	le := binary.LittleEndian
	for _, form := range []uint16{chainTarget, chainOffset} {
		data := make([]byte, 2*page)
		link := func(at int, target, next uint64, bind bool) {
			v := target | next/chainStride<<51
			if bind {
				v |= 1 << 63
			}
			le.PutUint64(data[at:], v)
		}
		target := uint64(0x2345)
		if form == chainTarget {
			target += base
		}
		link(16, target, 24, false)
		link(40, 7, 8, true)
		link(48, target, 0, false)
		le.PutUint64(data[64:], 77) // no pointer
		var fix []byte
		u32 := func(v ...uint32) {
			for _, v := range v {
				fix = le.AppendUint32(fix, v)
			}
		}
		u32(0, 28, 0, 0, 0, 0, 0) // the header
		u32(2, 0, 12)             // two segments, the first without pointers
		u32(26)
		fix = le.AppendUint16(le.AppendUint16(fix, page), form)
		fix = le.AppendUint64(fix, 0x4000)
		u32(0)
		for _, v := range []uint16{2, 16, chainNone} {
			fix = le.AppendUint16(fix, v)
		}
		m := &Image{Order: le, PtrSize: 8, base: base, data: fix, Segments: []Segment{{Addr: base + 0x4000, Data: data}}}
		load := le.AppendUint32(le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, chainedFixups), 16), 0), uint32(len(fix)))
		if !m.unchain(load, 0) {
			t.Fatalf("form %d was not followed", form)
		}
		for at, want := range map[uint64]uint64{16: base + 0x2345, 40: 0, 48: base + 0x2345, 64: 77, page: 0} {
			if v, ok := m.Word(base + 0x4000 + at); !ok || v != want {
				t.Errorf("form %d, at %d: %#x, want %#x", form, at, v, want)
			}
		}
		for n := range fix { // cut off anywhere it is refused, or followed as far as it goes
			(&Image{Order: le, PtrSize: 8, base: base, data: fix[:n], Segments: []Segment{{Addr: base + 0x4000, Data: data}}}).unchain(load, 0)
			short := le.AppendUint32(load[:12:12], uint32(n))
			(&Image{Order: le, PtrSize: 8, base: base, data: fix, Segments: []Segment{{Addr: base + 0x4000, Data: data}}}).unchain(short, 0)
		}
	}
}
