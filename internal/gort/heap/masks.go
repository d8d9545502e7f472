package heap

import (
	"encoding/binary"

	"github.com/gomedic/gomedic/internal/gort"
)

// mask says which words of a type are pointers.
type mask struct {
	words uint64 // of a value
	bits  []byte
}

// Bounds on what is believed of a type's size.
const (
	maxTypeSize = 1 << 32
	maxMask     = 1 << 24
)

// mask returns the pointer mask of the type at addr, nil if there is none.
func (w *scanner) mask(addr uint64) *mask {
	if m, ok := w.masks[addr]; ok {
		return m
	}
	if w.masks == nil || len(w.masks) > 1<<16 {
		w.masks = map[uint64]*mask{}
	}
	m := readMask(w.h.p, addr)
	w.masks[addr] = m
	return m
}

// readMask reads a type's pointer mask (internal/abi.Type, GCData). Types of more
// than some kilobytes have theirs made when it is first needed; then GCData points
// to the pointer to it (TFlagGCMaskOnDemand, runtime/type.go, getGCMaskOnDemand).
func readMask(p *gort.Program, addr uint64) *mask {
	if addr == 0 || addr%8 != 0 || !p.InTypes(addr) {
		return nil
	}
	st := p.Layout.Structs["internal/abi.Type"]
	if st.Size <= 0 || st.Size > 256 {
		return nil
	}
	b := make([]byte, st.Size)
	if p.Memory().ReadAt(b, addr) != nil {
		return nil
	}
	field := func(name string) uint64 {
		f, ok := p.Layout.Field("internal/abi.Type", name)
		if !ok || f.Offset+f.Size > st.Size {
			return 0
		}
		switch f.Size {
		case 8:
			return binary.LittleEndian.Uint64(b[f.Offset:])
		case 1:
			return uint64(b[f.Offset])
		}
		return 0
	}
	size, ptr, data := field("Size_"), field("PtrBytes"), field("GCData")
	if size == 0 || size > maxTypeSize || ptr > size || ptr == 0 {
		return nil
	}
	const onDemand = 1 << 4
	if field("TFlag")&onDemand != 0 {
		v, ok := p.Word(data)
		if !ok || v == 0 {
			return nil
		}
		data = v
	}
	n := (ptr/8 + 7) / 8
	if n > maxMask {
		return nil
	}
	m := &mask{words: (size + 7) / 8, bits: make([]byte, n)}
	if p.Memory().ReadAt(m.bits, data) != nil {
		return nil
	}
	if k := ptr / 8 % 8; k != 0 { // bits behind the last pointer mean nothing
		m.bits[n-1] &= 1<<k - 1
	}
	return m
}
