package heap

import "github.com/gomedic/gomedic/internal/gort"

// findChans describes channels that nothing of a known type leads to, as in a
// program without debug information: a channel itself says of which type its
// elements are (runtime/chan.go, hchan.elemtype, Go 1.25 to 1.27). One whose elements
// hold no pointers lies in one object with its buffer, and is not looked for.
func (h *Heap) findChans() (found bool) {
	size := uint64(h.p.Layout.Structs["runtime.hchan"].Size)
	var at [4]uint64
	for i, path := range []string{"qcount", "dataqsiz", "elemsize", "elemtype"} {
		f, ok := h.p.Layout.Field("runtime.hchan", path)
		if !ok || uint64(f.Offset)+8 > size {
			return false
		}
		at[i] = uint64(f.Offset)
	}
	byElem := map[*gort.Type]uint32{}
	for _, t := range h.p.Types() {
		if t.Kind == gort.KindChan && t.Elem() != nil && byElem[t.Elem()] == 0 {
			byElem[t.Elem()] = h.types.number(Desc{Kind: Chan, Type: t})
		}
	}
	if len(byElem) == 0 {
		return false
	}
	var buf []byte
	for i := range h.spans {
		s := &h.spans[i]
		if s.noscan || s.class == 0 || s.elem < size || !fits(size, s.elem) || s.elem > maxHeader {
			continue
		}
		read := false
		h.each(s, func(id ID, addr uint64) {
			if h.types.of[id] != 0 {
				return
			}
			if !read {
				n := uint64(s.nelems) * s.elem
				if uint64(cap(buf)) < n {
					buf = make([]byte, n)
				}
				if buf = buf[:n]; h.p.Memory().ReadAt(buf, s.base) != nil {
					clear(buf)
				}
				read = true
			}
			o := buf[addr-s.base:][:size]
			count, room, elem := le64(o[at[0]:]), le64(o[at[1]:]), le64(o[at[2]:])&0xffff
			if count > room {
				return
			}
			t := h.p.TypeAt(le64(o[at[3]:]))
			if t == nil || t.Size != elem || byElem[t] == 0 {
				return
			}
			found = h.set(id, byElem[t], followed) || found
		})
	}
	return found
}
