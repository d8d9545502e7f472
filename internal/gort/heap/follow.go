package heap

import (
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
)

// pointee describes what the pointer at an offset of a value of t points to; the
// kind is Unknown where nothing follows from the type.
func pointee(t *gort.Type, offset uint64) Desc {
	var atomic *gort.Type // of the pointer that an atomic.Pointer holds
	for range 64 {
		if t == nil {
			return Desc{}
		}
		switch t.Kind {
		case gort.KindStruct:
			if to := atomicPointer(t); to != nil {
				t = to
				continue
			}
			fields := t.Fields
			i, found := slices.BinarySearchFunc(fields, offset, func(f gort.TypeField, at uint64) int { return cmpUint(f.Offset, at) })
			if !found {
				i--
			}
			// Fields without a size share their offset with the next.
			for i >= 0 && i+1 < len(fields) && fields[i+1].Offset == fields[i].Offset && fields[i].Type() != nil && fields[i].Type().Size == 0 {
				i++
			}
			if i < 0 {
				return Desc{}
			}
			// atomic.Pointer[T] holds an unsafe.Pointer, and names T by a field without a
			// size (sync/atomic/type.go).
			if atomic = nil; len(fields) > 1 {
				if f := fields[0].Type(); f != nil && f.Kind == gort.KindArray && f.Len == 0 && f.Elem() != nil && f.Elem().Kind == gort.KindPointer {
					atomic = f.Elem().Elem()
				}
			}
			t, offset = fields[i].Type(), offset-fields[i].Offset
		case gort.KindUnsafePointer:
			if atomic == nil || atomic.Size == 0 || offset != 0 {
				return Desc{}
			}
			return Desc{Kind: Value, Type: atomic}
		case gort.KindArray:
			e := t.Elem()
			if e == nil || e.Size == 0 {
				return Desc{}
			}
			t, offset = e, offset%e.Size
		case gort.KindPointer:
			if offset != 0 || t.Elem() == nil || t.Elem().Size == 0 {
				return Desc{}
			}
			return Desc{Kind: Value, Type: t.Elem()}
		case gort.KindSlice:
			if offset != 0 || t.Elem() == nil || t.Elem().Size == 0 {
				return Desc{}
			}
			return Desc{Kind: Array, Type: t.Elem()}
		case gort.KindString:
			if offset != 0 {
				return Desc{}
			}
			return Desc{Kind: Text}
		case gort.KindMap:
			return Desc{Kind: Map, Type: t}
		case gort.KindChan:
			return Desc{Kind: Chan, Type: t}
		case gort.KindFunc:
			return Desc{Kind: Closure} // which, its first word says
		default: // an interface says it by its first word
			return Desc{}
		}
	}
	return Desc{}
}

// atomicPointer returns *T for an atomic.Pointer[T], whose pointer itself has no type:
// its first field, of no size, is a [0]*T (sync/atomic/type.go, Go 1.19 to 1.27).
func atomicPointer(t *gort.Type) *gort.Type {
	if t.PkgPath != "sync/atomic" || !strings.HasPrefix(t.Name, "atomic.Pointer[") || len(t.Fields) == 0 {
		return nil
	}
	if f := t.Fields[0].Type(); f != nil && f.Kind == gort.KindArray {
		return f.Elem()
	}
	return nil
}

// Pointee describes what the pointer at an offset of a value of t points to.
func Pointee(t *gort.Type, offset uint64) Desc { return pointee(t, offset) }

// inside describes what the pointer at an offset of an object so described points
// to.
func (h *Heap) inside(d Desc, offset uint64, to ID) Desc {
	switch d.Kind {
	case Value, Array:
		if d.Type == nil || d.Type.Size == 0 {
			return Desc{}
		}
		return pointee(d.Type, offset%d.Type.Size)
	case Closure:
		if t, in := h.captured(d.Func, offset); t != nil {
			return pointee(t, in)
		}
	case Map:
		if offset != h.mapFields().dir || d.Type == nil {
			return Desc{}
		}
		// A map of up to eight entries has one group; else there is a directory
		// (internal/runtime/maps/map.go).
		if g := h.shape(d.Type); g != nil && !h.isDirectory(to, g.GroupSize) {
			return Desc{Kind: MapGroup, Type: d.Type}
		}
		return Desc{Kind: MapDir, Type: d.Type}
	case MapDir:
		return Desc{Kind: MapTable, Type: d.Type}
	case MapTable:
		if offset == h.mapFields().groups {
			return Desc{Kind: MapGroup, Type: d.Type}
		}
	case MapGroup:
		if g := h.shape(d.Type); g != nil {
			switch t, in, indirect := slotAt(g, offset%g.GroupSize); {
			case t == nil:
			case indirect:
				return Desc{Kind: Value, Type: t}
			default:
				return pointee(t, in)
			}
		}
	case Chan:
		if f, ok := h.p.Layout.Field("runtime.hchan", "buf"); ok && offset == uint64(f.Offset) {
			return Desc{Kind: ChanBuf, Type: d.Type}
		}
	case ChanBuf:
		if e := d.Type.Elem(); e != nil && e.Size > 0 {
			return pointee(e, offset%e.Size)
		}
	}
	return Desc{}
}

// captured returns the type of what lies at an offset of a closure, and where in
// it; nil: not known.
func (h *Heap) captured(pc, offset uint64) (t *gort.Type, in uint64) {
	c, ok := h.p.ClosureOf(pc)
	if !ok {
		return nil, 0
	}
	if c.Type != nil {
		return c.Type, offset
	}
	for _, v := range c.Vars {
		switch {
		case v.Type == nil || offset < v.Offset:
		case v.ByRef && offset == v.Offset:
			return v.Type.Pointer(), 0
		case !v.ByRef && offset < v.Offset+v.Type.Size:
			return v.Type, offset - v.Offset
		}
	}
	return nil, 0
}

// isDirectory tells a map's directory from its only group: a directory is an array
// of pointers to tables and nothing else, and a power of two in size.
func (h *Heap) isDirectory(id ID, group uint64) bool {
	size := h.Size(id) - h.valueOffset(id)
	if size < group {
		return true
	}
	if k := h.types.of[id]; k != 0 {
		if d := h.Desc(id); d.Type != nil {
			return d.Type.Kind == gort.KindPointer || d.Type.Kind == gort.KindUnsafePointer
		}
	}
	// The first word of a group are its control bytes, of a directory a pointer.
	if h.start[id] == h.start[id+1] {
		return false
	}
	return h.edge(h.start[id]).Offset == h.valueOffset(id)
}

// shape is how a map of type t keeps its entries; nil: not known.
func (h *Heap) shape(t *gort.Type) *gort.MapShape {
	if t == nil {
		return nil
	}
	if s, ok := h.types.shapes.Load(t); ok {
		return s.(*gort.MapShape)
	}
	var out *gort.MapShape
	if s, ok := t.MapShape(); ok && s.GroupSize > 0 {
		out = &s
	}
	h.types.shapes.Store(t, out)
	return out
}

// slotAt returns the key or element that lies at an offset of a group: its type,
// and where in it; indirect: there is a pointer to it instead.
func slotAt(g *gort.MapShape, offset uint64) (t *gort.Type, in uint64, indirect bool) {
	_, _, t, in, indirect = SlotAt(g, offset)
	return t, in, indirect
}

// SlotAt says what lies at an offset of a group of a map's entries: in which slot,
// whether it is a key, of which type, where in it, and whether there is a pointer
// to it instead. t is nil for the control bytes.
func SlotAt(g *gort.MapShape, offset uint64) (slot uint64, key bool, t *gort.Type, in uint64, indirect bool) {
	width := func(t *gort.Type, indirect bool) uint64 {
		if indirect {
			return 8
		}
		return t.Size
	}
	if g.ElemStride > 0 && offset >= g.Elems {
		if i := (offset - g.Elems) / g.ElemStride; i < gort.MapSlots {
			if in = offset - g.Elems - i*g.ElemStride; in < width(g.Elem, g.IndirectElem) {
				return i, false, g.Elem, in, g.IndirectElem
			}
		}
	}
	if g.KeyStride > 0 && offset >= g.Keys {
		if i := (offset - g.Keys) / g.KeyStride; i < gort.MapSlots {
			if in = offset - g.Keys - i*g.KeyStride; in < width(g.Key, g.IndirectKey) {
				return i, true, g.Key, in, g.IndirectKey
			}
		}
	}
	return 0, false, nil, 0, false
}

// Shape is how a map of type t keeps its entries; nil: not known.
func (h *Heap) Shape(t *gort.Type) *gort.MapShape { return h.shape(t) }

// mapFields are where the runtime's structures of maps keep their pointers. They are
// asked for at each map.
func (h *Heap) mapFields() mapFields {
	h.types.mapsOnce.Do(func() {
		d, _ := h.p.Layout.Field("internal/runtime/maps.Map", "dirPtr")
		g, _ := h.p.Layout.Field("internal/runtime/maps.table", "groups.data")
		h.types.maps = mapFields{dir: uint64(d.Offset), groups: uint64(g.Offset)}
	})
	return h.types.maps
}

type mapFields struct{ dir, groups uint64 }

// TypeRoot says that the pointer at an offset of a variable of type t leads to an
// object. It must be called before [Heap.Propagate].
func (h *Heap) TypeRoot(r Root, t *gort.Type, offset uint64) {
	h.follow(r.To, r.Inner, pointee(t, offset))
}

// WordRoot says that the pointer of a root stands behind a word: where that is a
// type or an itab, the two are an interface.
func (h *Heap) WordRoot(r Root, word uint64) {
	if word < 1<<16 || word%8 != 0 || r.Inner || h.inHeap(word) {
		return
	}
	h.set(r.To, h.says(word), worded)
}

// TypeGuess says that an object of which nothing is known may be a value of type t.
// It is believed if the object is of the right size, and has no pointer where such
// a value has none.
func (h *Heap) TypeGuess(id ID, t *gort.Type) bool {
	if int(id) >= h.n || h.types.of[id] != 0 || t == nil || t.Size == 0 {
		return false
	}
	shift := h.valueOffset(id)
	if room := h.Size(id) - shift; t.Size > room || !fits(t.Size, room) {
		return false
	}
	mask := t.PointerMask()
	ok := true
	h.Edges(id, func(e Edge) {
		w := (e.Offset - shift) / 8
		ok = ok && e.Offset >= shift && w/8 < uint64(len(mask)) && mask[w/8]&(1<<(w%8)) != 0
	})
	return ok && h.set(id, h.types.number(Desc{Kind: Value, Type: t}), guessed)
}

// GuessRoot says that the pointer of a root may be the first word of a value of type
// t. It is believed if nothing is known of the object that it leads to, and it can be
// what such a value points to. It reports whether it was.
func (h *Heap) GuessRoot(r Root, t *gort.Type) bool {
	d := pointee(t, 0)
	if int(r.To) >= h.n || h.types.of[r.To] != 0 || r.Inner {
		return false
	}
	if d.Kind == Value {
		return h.TypeGuess(r.To, d.Type)
	}
	return h.follow(r.To, false, d)
}

// NameRoot says what an object is that has no type at hand: a structure of the
// runtime.
func (h *Heap) NameRoot(to ID, name string) {
	h.set(to, h.types.number(Desc{Kind: Internal, Name: name}), followed)
}

// follow notes what a pointer's type says of the object that it leads to.
func (h *Heap) follow(to ID, inner bool, d Desc) bool { return h.followed(to, inner, &lead{desc: d}) }

// lead is what a pointer's type says of what it leads to, with the description's
// numbers once they were asked for: by a pointer to the start, and into the middle.
type lead struct {
	desc Desc
	n    [2]uint32
}

func (h *Heap) followed(to ID, inner bool, l *lead) bool {
	d := l.desc
	if d.Kind == Unknown {
		return false
	}
	special := false // of this object alone
	switch {
	case d.Kind == Value && d.Type != nil && !inner:
		t := h.variant(to, d.Type)
		special = t != d.Type
		d.Type = t
	case d.Kind == Closure && d.Func == 0:
		// One that captured no pointer lies where nothing was read.
		var b [8]byte
		if inner || h.types.of[to] != 0 || !h.Read(to, h.valueOffset(to), b[:]) {
			return false
		}
		return h.set(to, h.function(le64(b[:])), worded)
	}
	s, which := followed, 0
	if d.Kind == ChanBuf {
		s = headed // it may have a header, of the elements
	}
	if inner {
		s, which = partly, 1 // of the whole we see a part
		if d.Kind == Value {
			d.Kind = Array
		}
	}
	if d.Type != nil && (d.Kind == Value || d.Kind == Array) {
		room := h.room(to)
		switch {
		case d.Type.Size > room:
			return false
		case d.Kind == Value && !fits(d.Type.Size, room):
			s = min(s, guessed) // the first of several, or a first field
		}
	}
	if least := h.least(d.Kind); least > 0 { // these are allocated alone
		if room := h.Size(to) - h.valueOffset(to); inner || room < least || d.Kind != Chan && !fits(least, room) {
			return false
		}
	}
	if special {
		return h.set(to, h.types.number(d), s)
	}
	if l.n[which] == 0 {
		l.n[which] = h.types.number(d)
	}
	return h.set(to, l.n[which], s)
}

func (h *Heap) propagate() {
	queue := make([]ID, 0, 1<<16)
	for id := range h.types.of {
		if h.types.of[id] != 0 {
			queue = append(queue, ID(id))
		}
	}
	type place struct {
		desc uint32
		off  uint32
	}
	known := map[place]*lead{}
	// A list of a million nodes takes as many rounds, of one object each. It ends, as
	// what is known of an object only ever gets surer or larger; the bound is for types
	// that contradict each other.
	for left := 16*h.n + 1; len(queue) > 0 && left > 0; left -= len(queue) {
		var next []ID
		for _, id := range queue {
			n := h.types.of[id] & (1<<sureShift - 1)
			d := h.types.desc(n)
			shift := h.valueOffset(id)
			period := h.period(d)
			for e := h.start[id]; e < h.start[id+1]; e++ {
				edge := h.edge(e)
				off := edge.Offset
				if off < shift {
					continue
				}
				off -= shift
				if period > 0 {
					off %= period
				}
				var to *lead
				if d.Kind == Map { // depends on the other
					to = &lead{desc: h.inside(d, off, edge.To)}
				} else {
					k := place{n, uint32(off)}
					if to = known[k]; to == nil {
						to = &lead{desc: h.inside(d, off, edge.To)}
						if len(known) < 1<<22 {
							known[k] = to
						}
					}
				}
				if h.followed(edge.To, edge.Inner, to) {
					next = append(next, edge.To)
				}
			}
		}
		queue = next
	}
}

// period is after how many bytes an object so described repeats itself; 0: not.
func (h *Heap) period(d Desc) uint64 {
	switch d.Kind {
	case Value, Array:
		if d.Type != nil {
			return d.Type.Size
		}
	case MapGroup:
		if g := h.shape(d.Type); g != nil {
			return g.GroupSize
		}
	case MapDir:
		return 8
	case ChanBuf:
		if e := d.Type.Elem(); e != nil {
			return e.Size
		}
	}
	return 0
}

// Known are the shares of live bytes whose type is known, and of those whose type
// or owning field is: that something of a known type points to.
func (h *Heap) Known() (typed, owned float64) {
	if h.sum.Bytes == 0 {
		return 1, 1
	}
	ownedSet := NewSet(h.n)
	var t, o uint64
	for i := range h.spans {
		h.each(&h.spans[i], func(id ID, _ uint64) {
			if h.types.of[id] == 0 || !h.Live(id) {
				return
			}
			for _, to := range h.Targets(id) {
				ownedSet.Add(to)
			}
		})
	}
	for i := range h.spans {
		s := &h.spans[i]
		h.each(s, func(id ID, _ uint64) {
			if !h.Live(id) {
				return
			}
			if h.types.of[id] != 0 {
				t += s.elem
				o += s.elem
			} else if ownedSet.Has(id) {
				o += s.elem
			}
		})
	}
	return float64(t) / float64(h.sum.Bytes), float64(o) / float64(h.sum.Bytes)
}
