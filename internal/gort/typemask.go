package gort

// pointerMask is a computed mask; nil bits: it cannot be had.
type pointerMask struct{ bits []byte }

// maxMasked bounds the prefix of a value for which a mask is made, in bytes: a
// mask of 1 MiB. A larger array is walked by its elements.
const maxMasked = 64 << 20

// PointerMask has one bit for each of the first PtrBytes/8 words of a value,
// lowest bit first: 1 where the garbage collector sees a pointer. It is nil for
// a type without pointers, and for one whose mask cannot be read or whose
// PtrBytes is over 64 MiB. The mask must not be changed.
//
// The compiler writes the mask of small types; for types of more than 128 words
// (16 bytes of mask) since Go 1.24 the runtime computes it when first needed
// (TFlagGCMaskOnDemand, runtime/type.go), so here it is computed from the parts.
func (t *Type) PointerMask() []byte {
	if t.PtrBytes == 0 || t.PtrBytes > maxMasked {
		return nil
	}
	if m := t.mask.Load(); m != nil {
		return m.bits
	}
	m := &pointerMask{}
	size := int(t.PtrBytes/8+7) / 8
	switch {
	case t.Addr != 0 && !t.onDemand:
		m.bits = t.p.typeBytes(t.gcData, size)
		if len(m.bits) < size {
			m.bits = nil
		}
	default:
		bits := make([]byte, size)
		steps := maxMaskSteps
		if t.markPointers(bits, 0, 0, &steps) {
			m.bits = bits
		}
	}
	t.mask.Store(m)
	return m.bits
}

// maxMaskSteps bounds the parts that are visited for one mask.
const maxMaskSteps = 8 << 20

// markPointers sets the bits of the words that hold pointers in a value of the
// type at an offset of the mask's own. It reports whether all are known.
func (t *Type) markPointers(bits []byte, at uint64, depth int, steps *int) bool {
	const deepest = 64
	if *steps--; *steps < 0 || depth > deepest {
		return false
	}
	if t.PtrBytes == 0 {
		return true
	}
	set := func(at uint64) bool {
		if at%8 != 0 || at/64 >= uint64(len(bits)) {
			return false
		}
		bits[at/64] |= 1 << (at / 8 % 8)
		return true
	}
	switch t.Kind {
	case KindArray:
		e := t.Elem()
		if e == nil || e.PtrBytes == 0 || e.Size == 0 {
			return false
		}
		if e.Size == 8 { // a pointer: no call for each
			for i := range t.Len {
				if !set(at + i*8) {
					return false
				}
			}
			return true
		}
		for i := range t.Len {
			if !e.markPointers(bits, at+i*e.Size, depth+1, steps) {
				return false
			}
		}
		return true
	case KindStruct:
		for i := range t.Fields {
			f := &t.Fields[i]
			if f.Offset >= t.PtrBytes {
				break
			}
			ft := f.Type()
			if ft == nil || !ft.markPointers(bits, at+f.Offset, depth+1, steps) {
				return false
			}
		}
		return true
	case KindInterface:
		// The first word leads to a type or an itab, which are no objects of the heap,
		// or are kept otherwise (cmd/compile/internal/reflectdata).
		return set(at + 8)
	}
	return set(at)
}

// MapShape is how a map keeps its entries: groups of eight slots, each group
// with a word of control bytes first (internal/runtime/maps, Go 1.24 to 1.27).
// All numbers are bytes from the start of a group.
type MapShape struct {
	Key, Elem, Group *Type
	GroupSize        uint64
	// The i-th key of a group is at Keys+i*KeyStride, its element at
	// Elems+i*ElemStride.
	Keys, KeyStride, Elems, ElemStride uint64
	// IndirectKey and IndirectElem: there is a pointer to it instead.
	IndirectKey, IndirectElem bool
}

// MapSlots is the number of entries of a group (abi.MapGroupSlots).
const MapSlots = 8

// MapShape returns how a map type keeps its entries, ok is false for other types
// and for the maps of runtimes that are built without groups.
func (t *Type) MapShape() (s MapShape, ok bool) {
	if t.Kind != KindMap {
		return s, false
	}
	if t.Addr == 0 {
		return s, false
	}
	l := t.p.types.layout
	b := t.p.typeBytes(t.Addr, maxDescription)
	if l.mapGroup < 0 || l.mapGroupSize < 0 || l.mapFlags < 0 || len(b) < l.sizes[KindMap] {
		return s, false
	}
	s = MapShape{Key: t.Key(), Elem: t.Elem(), Group: t.p.resolveType(t.group), GroupSize: le64(b[l.mapGroupSize:])}
	const control = 8 // the group's control bytes
	switch {
	case l.mapKeysOff >= 0 && l.mapKeyStride >= 0 && l.mapElemsOff >= 0 && l.mapElemStride >= 0:
		s.Keys, s.KeyStride = le64(b[l.mapKeysOff:]), le64(b[l.mapKeyStride:])
		s.Elems, s.ElemStride = le64(b[l.mapElemsOff:]), le64(b[l.mapElemStride:])
	case l.mapSlotSize >= 0 && l.mapElemOff >= 0:
		s.KeyStride = le64(b[l.mapSlotSize:])
		s.ElemStride = s.KeyStride
		s.Keys, s.Elems = control, control+le64(b[l.mapElemOff:])
	default:
		return s, false
	}
	const indirectKey, indirectElem = 4, 8 // abi.MapIndirectKey, abi.MapIndirectElem
	flags := b[l.mapFlags]
	s.IndirectKey, s.IndirectElem = flags&indirectKey != 0, flags&indirectElem != 0
	if s.Key == nil || s.Elem == nil {
		return s, false
	}
	width := func(t *Type, indirect bool) uint64 {
		if indirect {
			return 8
		}
		return t.Size
	}
	// The last slot must lie within the group.
	const most = 1 << 16
	fits := func(at, stride, size uint64) bool {
		return at >= control && at <= most && stride <= most && at+(MapSlots-1)*stride+size <= s.GroupSize
	}
	return s, s.GroupSize <= most &&
		fits(s.Keys, s.KeyStride, width(s.Key, s.IndirectKey)) && fits(s.Elems, s.ElemStride, width(s.Elem, s.IndirectElem))
}
