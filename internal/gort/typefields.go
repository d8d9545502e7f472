package gort

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
)

// readFields reads the fields of a struct and reports whether they are such.
func (p *Program) readFields(l *typeLayout, t *Type, b []byte) bool {
	if a := le64(b[l.structPkg:]); a != 0 && t.PkgPath == "" {
		t.PkgPath = p.typeName(a)
	}
	ptr, n := le64(b[l.structFields:]), le64(b[l.structFields+8:])
	if n > maxTypeFields {
		return false
	}
	if n == 0 {
		return true
	}
	list := p.typeBytes(ptr, int(n)*l.fieldSize)
	if len(list) < int(n)*l.fieldSize {
		return false
	}
	t.Fields = make([]TypeField, n)
	last := uint64(0)
	for i := range t.Fields {
		e := list[i*l.fieldSize:]
		f := TypeField{Offset: le64(e[l.fieldOffset:]), ref: typeRef{addr: le64(e[l.fieldType:])}, p: p}
		if f.Offset > t.Size || f.Offset < last || f.ref.addr%8 != 0 || p.types.moduleOf(f.ref.addr) == nil {
			return false
		}
		last = f.Offset
		var flags byte
		if f.Name, flags = p.flaggedName(le64(e[l.fieldName:])); f.Name == "" {
			return false
		}
		f.Embedded = flags&nameEmbedded != 0
		t.Fields[i] = f
	}
	return true
}

// Type returns the field's type, nil if it cannot be read.
func (f TypeField) Type() *Type { return f.p.resolveType(f.ref) }

// Within returns the offset of a field in a type, named by its path ("a.b").
func (p *Program) Within(t *Type, path string) (offset uint64, ok bool) {
	_, offset, ok = t.Within(path)
	return offset, ok
}

// Within finds a field by its path ("a.b"), through structs that lie inside of
// the struct: the field and its offset in t.
func (t *Type) Within(path string) (f TypeField, offset uint64, ok bool) {
	const deepest = 8
	names := strings.SplitN(path, ".", deepest)
	for i, name := range names {
		at := slices.IndexFunc(t.Fields, func(f TypeField) bool { return f.Name == name })
		if at < 0 {
			return TypeField{}, 0, false
		}
		f = t.Fields[at]
		offset += f.Offset
		if i == len(names)-1 {
			return f, offset, true
		}
		if t = f.Type(); t == nil {
			return TypeField{}, 0, false
		}
	}
	return TypeField{}, 0, false
}

// FieldType returns the type of a field that is itself a struct, nil if it is
// none.
func (p *Program) FieldType(f TypeField) *Type {
	if t := f.Type(); t != nil && len(t.Fields) > 0 {
		return t
	}
	return nil
}

// FieldAt returns the index of the field that contains the byte at offset, -1:
// none does, it is padding.
func (t *Type) FieldAt(offset uint64) int {
	i, found := slices.BinarySearchFunc(t.Fields, offset, func(f TypeField, o uint64) int {
		switch {
		case f.Offset < o:
			return -1
		case f.Offset > o:
			return 1
		}
		return 0
	})
	if !found {
		i--
	} else {
		// Fields without a size share their offset with the next one.
		for i+1 < len(t.Fields) && t.Fields[i+1].Offset == offset {
			i++
		}
	}
	if i < 0 {
		return -1
	}
	if ft := t.Fields[i].Type(); ft != nil && offset-t.Fields[i].Offset >= ft.Size {
		return -1
	}
	return i
}

// PathTo names what lies at offset in a value of the type: ".items[3].name",
// as code would write it; empty for the value as a whole or what has no name.
// deep is the type of what was found and begins at or before offset.
func (t *Type) PathTo(offset uint64) (path string, deep *Type) {
	var b strings.Builder
	const deepest = 16
	for range deepest {
		switch {
		case t.Kind == KindStruct:
			i := t.FieldAt(offset)
			if i < 0 {
				return b.String(), t
			}
			ft := t.Fields[i].Type()
			if ft == nil {
				return b.String(), t
			}
			b.WriteByte('.')
			b.WriteString(t.Fields[i].Name)
			offset -= t.Fields[i].Offset
			t = ft
		case t.Kind == KindArray && t.Len > 0 && t.Size > 0:
			e := t.Elem()
			if e == nil || e.Size == 0 || offset/e.Size >= t.Len {
				return b.String(), t
			}
			b.WriteByte('[')
			b.WriteString(strconv.FormatUint(offset/e.Size, 10))
			b.WriteByte(']')
			offset %= e.Size
			t = e
		default:
			return b.String(), t
		}
	}
	return b.String(), t
}

// Elem returns the element type of an array, chan, map, pointer or slice, else
// nil.
func (t *Type) Elem() *Type { return t.p.resolveType(t.elem) }

// Key returns the key type of a map, else nil.
func (t *Type) Key() *Type { return t.p.resolveType(t.key) }

// Pointer returns the type of pointers to t, nil if the program has none.
func (t *Type) Pointer() *Type {
	if t.ptrToThis != 0 {
		if pt := t.p.typeAt(t.ptrToThis); pt != nil && pt.Kind == KindPointer && pt.elem.addr == t.Addr {
			return pt
		}
	}
	// The compiler fills that in for types with a name only.
	if pt := t.p.TypeByName("*" + t.FullName()); pt != nil && pt.elem.addr == t.Addr {
		return pt
	}
	return nil
}

// FullName is the name with the whole path of its packages:
// "fyne.io/fyne/v2/widget.Label", "map[string]*image/color.RGBA". Structs, funcs
// and interfaces without a name are written as Name is.
func (t *Type) FullName() string { return t.fullName(0) }

// fullName keeps the name of each part that it passes: types without a name that
// go in circles, which no compiler makes, would else be spelled again and again.
func (t *Type) fullName(depth int) string {
	const deepest = 16
	if s := t.full.Load(); s != nil {
		return *s
	}
	if depth > deepest {
		return t.Name
	}
	s := t.spell(depth)
	t.full.Store(&s)
	return s
}

func (t *Type) spell(depth int) string {
	if t.Named {
		dot := headDot(t.Name)
		if t.PkgPath == "" || dot < 0 {
			return t.Name
		}
		return t.PkgPath + t.Name[dot:]
	}
	const longest = 1 << 10
	of := func(e *Type) string {
		if e == nil {
			return "?"
		}
		s := e.fullName(depth + 1)
		if len(s) > longest {
			return e.Name
		}
		return s
	}
	switch t.Kind {
	case KindPointer:
		return "*" + of(t.Elem())
	case KindSlice:
		return "[]" + of(t.Elem())
	case KindArray:
		return "[" + strconv.FormatUint(t.Len, 10) + "]" + of(t.Elem())
	case KindMap:
		return "map[" + of(t.Key()) + "]" + of(t.Elem())
	case KindChan:
		for _, prefix := range [...]string{"<-chan ", "chan<- ", "chan "} {
			if strings.HasPrefix(t.Name, prefix) {
				e := of(t.Elem())
				if strings.HasPrefix(e, "<-") {
					e = "(" + e + ")"
				}
				return prefix + e
			}
		}
	}
	return t.Name
}

// headDot returns the index of the dot between the package and the name of a
// type, -1: there is none. Type arguments have dots of their own.
func headDot(name string) int {
	head := name
	if i := strings.IndexByte(head, '['); i >= 0 {
		head = head[:i]
	}
	return strings.LastIndexByte(head, '.')
}

// Methods returns the names of the methods, sorted: of an interface those that
// it asks for, of another type those that can be called on a value of it. Where
// the linker dropped a method's code its name stays.
func (t *Type) Methods() []string {
	if m := t.methods.Load(); m != nil {
		return *m
	}
	var out []string
	if t.methodsLen > 0 && t.p != nil {
		l := t.p.types.layout
		step, name := l.methodSize, l.methodName
		if t.Kind == KindInterface {
			step, name = l.imethodSize, l.imethodName
		}
		m := t.p.types.moduleOf(t.Addr)
		list := t.p.typeBytes(t.methodsAt, t.methodsLen*step)
		for m != nil && len(list) >= step && name+4 <= step {
			off := uint64(binary.LittleEndian.Uint32(list[name:]))
			if off < m.Hi-m.Lo {
				if s := t.p.typeName(m.Lo + off); s != "" {
					out = append(out, s)
				}
			}
			list = list[step:]
		}
		slices.Sort(out)
	}
	t.methods.Store(&out)
	return out
}

// NumMethods is the number of methods.
func (t *Type) NumMethods() int { return t.methodsLen }

// Implements reports whether the type has all methods of these names. It does
// not look at what they take and return. With no name it is false.
func (t *Type) Implements(methods ...string) bool {
	if len(methods) == 0 || len(methods) > t.methodsLen {
		return false
	}
	have := t.Methods()
	for _, m := range methods {
		if _, ok := slices.BinarySearch(have, m); !ok {
			return false
		}
	}
	return true
}
