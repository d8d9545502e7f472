package heap

// mask says which words of a type are pointers.
type mask struct {
	words uint64 // of a value
	bits  []byte
}

// mask returns the pointer mask of the type at addr, nil if there is none.
func (w *scanner) mask(addr uint64) *mask {
	if m, ok := w.masks[addr]; ok {
		return m
	}
	if w.masks == nil || len(w.masks) > 1<<16 {
		w.masks = map[uint64]*mask{}
	}
	var m *mask
	if t := w.h.p.TypeAt(addr); t != nil && t.PtrBytes > 0 {
		if bits := t.PointerMask(); bits != nil {
			m = &mask{words: (t.Size + 7) / 8, bits: bits}
		}
	}
	w.masks[addr] = m
	return m
}
