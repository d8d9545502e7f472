package heap

import (
	"encoding/binary"
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
)

// spot is a value somewhere in memory.
type spot struct {
	t    *gort.Type
	addr uint64
}

// enter goes from a value to one of its fields, by a path that goes through
// pointers and interfaces ("canvas.Canvas.overlays"). ok is false where there is no
// such field; addr is 0 behind a nil pointer.
func (l *look) enter(s spot, path string) (spot, bool) {
	for name := range strings.SplitSeq(path, ".") {
		var ok bool
		if s, ok = l.deref(s); !ok {
			return s, false
		}
		if s.addr == 0 {
			return s, true
		}
		f, found := fieldNamed(s.t, name)
		if !found || f.Type() == nil {
			return s, false
		}
		s = spot{f.Type(), s.addr + f.Offset}
	}
	return s, true
}

func fieldNamed(t *gort.Type, name string) (gort.TypeField, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return gort.TypeField{}, false
}

// deref follows pointers and interfaces to a value that is neither.
func (l *look) deref(s spot) (spot, bool) {
	for range 8 {
		if s.t == nil || s.addr == 0 {
			return s, s.t != nil || s.addr == 0
		}
		switch s.t.Kind {
		case gort.KindPointer:
			p, ok := l.prog.Word(s.addr)
			if !ok {
				return s, false
			}
			s = spot{s.t.Elem(), p}
		case gort.KindInterface:
			var b [16]byte
			if l.prog.Memory().ReadAt(b[:], s.addr) != nil {
				return s, false
			}
			word, data := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
			if word == 0 {
				return spot{}, true
			}
			t := l.prog.TypeAt(word)
			if t == nil {
				t, _ = l.prog.TypeOfItab(word)
			}
			if t == nil {
				return s, false
			}
			if goheap.Direct(t) && t.Kind == gort.KindPointer {
				s = spot{t.Elem(), data}
				continue
			}
			s = spot{t, data}
		default:
			return s, true
		}
	}
	return s, false
}

// zero reports whether the field at a path of a value holds its zero value.
func (l *look) zero(s spot) func(path string) (zero, ok bool) {
	return func(path string) (bool, bool) {
		f, ok := l.enter(s, path)
		if !ok {
			return false, false
		}
		if f.addr == 0 {
			return true, true
		}
		n := f.t.Size
		if f.t.Kind == gort.KindSlice || f.t.Kind == gort.KindString {
			n = 16
		}
		if n == 0 || n > 1<<12 {
			return false, n == 0
		}
		b := make([]byte, n)
		if l.prog.Memory().ReadAt(b, f.addr) != nil {
			return false, false
		}
		for _, x := range b {
			if x != 0 {
				return false, true
			}
		}
		return true, true
	}
}

// number reads the integer at a path of a value.
func (l *look) number(s spot) func(path string) (int64, bool) {
	return func(path string) (int64, bool) {
		f, ok := l.enter(s, path)
		if !ok || f.addr == 0 {
			return 0, false
		}
		var b [8]byte
		if f.t.Size > 8 || l.prog.Memory().ReadAt(b[:f.t.Size], f.addr) != nil {
			return 0, false
		}
		v := binary.LittleEndian.Uint64(b[:])
		switch f.t.Kind {
		case gort.KindInt, gort.KindInt64, gort.KindUint, gort.KindUint64:
			return int64(v), true
		case gort.KindInt32:
			return int64(int32(v)), true
		case gort.KindInt16:
			return int64(int16(v)), true
		case gort.KindUint32, gort.KindUint16, gort.KindUint8:
			return int64(v), true
		}
		return 0, false
	}
}

// targets are what a value refers to: the target of a pointer or interface, the
// elements of a slice.
func (l *look) targets(s spot) (out []goheap.ID) {
	if s.t == nil || s.addr == 0 {
		return nil
	}
	switch s.t.Kind {
	case gort.KindPointer, gort.KindInterface, gort.KindMap:
		at := s.addr
		if s.t.Kind == gort.KindInterface {
			at += 8
		}
		if p, ok := l.prog.Word(at); ok {
			if id, ok := l.heap.Find(p); ok {
				out = append(out, id)
			}
		}
	case gort.KindSlice:
		var b [16]byte
		e := s.t.Elem()
		if e == nil || e.Size == 0 || l.prog.Memory().ReadAt(b[:], s.addr) != nil {
			return nil
		}
		base, n := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
		for i := range min(n, maxElems) {
			out = append(out, l.targets(spot{e, base + i*e.Size})...)
		}
	case gort.KindStruct:
		for _, f := range s.t.Fields {
			if f.Type() != nil && len(s.t.Fields) <= 64 {
				out = append(out, l.targets(spot{f.Type(), s.addr + f.Offset})...)
			}
		}
	default:
		if id, ok := l.heap.Find(s.addr); ok {
			out = append(out, id)
		}
	}
	return out
}

const maxElems = 1 << 20

// value is the value that an object is, if it is one.
func (l *look) valueOf(id goheap.ID) (spot, bool) {
	d := l.heap.Desc(id)
	if d.Kind != goheap.Value || d.Type == nil {
		return spot{}, false
	}
	return spot{d.Type, l.heap.Addr(id) + l.heap.ValueOffset(id)}, true
}

// holderOf names the reference at an offset of a value of type t: the innermost
// struct type with a name that has the field, the field's path there and its type.
func holderOf(t *gort.Type, offset uint64) (holder *gort.Type, field string, of *gort.Type) {
	for range 64 {
		if t == nil {
			return holder, field, nil
		}
		switch t.Kind {
		case gort.KindStruct:
			if t.Named {
				holder, field = t, ""
			}
			var in *gort.TypeField
			for i := range t.Fields {
				f := &t.Fields[i]
				if ft := f.Type(); ft != nil && offset >= f.Offset && offset < f.Offset+ft.Size {
					in = f
				}
			}
			if in == nil {
				return holder, field, t
			}
			if field != "" {
				field += "."
			}
			field += in.Name
			t, offset = in.Type(), offset-in.Offset
		case gort.KindArray:
			e := t.Elem()
			if e == nil || e.Size == 0 {
				return holder, field, t
			}
			t, offset = e, offset%e.Size
		default:
			return holder, field, t
		}
	}
	return holder, field, t
}
