package heap

import (
	"strconv"

	"github.com/gomedic/gomedic/internal/gort"
)

// FieldPath names what lies at an offset of a value of type t, as Go code would:
// ".items[3].name". It names the pointer within strings, slices and interfaces by
// the variable itself.
func FieldPath(t *gort.Type, offset uint64) string {
	path := ""
	for range 64 {
		if t == nil {
			return path
		}
		switch t.Kind {
		case gort.KindStruct:
			var in *gort.TypeField
			fields := t.Fields
			for i := range fields {
				f := &fields[i]
				if ft := f.Type(); ft != nil && offset >= f.Offset && offset < f.Offset+max(ft.Size, 1) && (ft.Size > 0 || in == nil) {
					in = f
				}
			}
			if in == nil {
				return path
			}
			path += "." + in.Name
			t, offset = in.Type(), offset-in.Offset
		case gort.KindArray:
			e := t.Elem()
			if e == nil || e.Size == 0 {
				return path
			}
			path += "[" + strconv.FormatUint(offset/e.Size, 10) + "]"
			t, offset = e, offset%e.Size
		default:
			return path
		}
	}
	return path
}

// FieldAt returns the type of the field that lies at an offset of a value of type t:
// the innermost that begins there and holds a pointer there.
func FieldAt(t *gort.Type, offset uint64) *gort.Type {
	for range 64 {
		if t == nil {
			return nil
		}
		switch t.Kind {
		case gort.KindStruct:
			var in *gort.TypeField
			fields := t.Fields
			for i := range fields {
				f := &fields[i]
				if ft := f.Type(); ft != nil && offset >= f.Offset && offset < f.Offset+ft.Size {
					in = f
				}
			}
			if in == nil {
				return t
			}
			t, offset = in.Type(), offset-in.Offset
		case gort.KindArray:
			e := t.Elem()
			if e == nil || e.Size == 0 {
				return t
			}
			t, offset = e, offset%e.Size
		default:
			return t
		}
	}
	return t
}

// FieldOf returns the type of the variable that holds a pointer at an offset of the
// value of an object so described; nil: not known.
func (h *Heap) FieldOf(d Desc, offset uint64) *gort.Type {
	switch d.Kind {
	case Value, Array:
		if d.Type == nil || d.Type.Size == 0 {
			return nil
		}
		return FieldAt(d.Type, offset%d.Type.Size)
	case MapGroup:
		if g := h.shape(d.Type); g != nil {
			if t, in, indirect := slotAt(g, offset%g.GroupSize); t != nil && !indirect {
				return FieldAt(t, in)
			}
		}
	case ChanBuf:
		if e := d.Type.Elem(); e != nil && e.Size > 0 {
			return FieldAt(e, offset%e.Size)
		}
	case Closure:
		if t, in := h.captured(d.Func, offset); t != nil {
			return FieldAt(t, in)
		}
	}
	return nil
}
