package gort

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync"
)

// Type is a Go type as the binary describes it, stripped or not: what
// reflection needs stays (internal/abi/type.go, Go 1.25 to 1.27).
type Type struct {
	// Name is the name as the program's code writes it, with the last element of
	// the package only ("app.Window"), empty where it is long, as of a struct
	// without a name; PkgPath is the package of a struct that has fields which are
	// not exported, else empty.
	Name, PkgPath string
	Size          uint64
	Fields        []TypeField // of a struct
}

// TypeField is a field of a struct.
type TypeField struct {
	Name   string
	Offset uint64
	typ    uint64
}

const (
	extraStar      = 1 << 1 // internal/abi.TFlagExtraStar
	headerLeast    = 512    // runtime.minSizeForMallocHeader: larger objects with pointers have a header …
	headerMost     = 32 << 10
	maxTypeFields  = 256
	maxTypeName    = 128
	maxKnownTypes  = 1 << 14
	typeHeaderSize = 8 // runtime.mallocHeaderSize
)

// typeCache keeps what was read of the types: they never change.
type typeCache struct {
	mu    sync.Mutex
	known map[uint64]*Type // nil: none
}

// TypeOf returns the type with which an object of the heap was allocated, and
// where its value begins. The allocator notes the type before the value where an
// object is larger than 512 bytes and has pointers (runtime/mbitmap.go); of
// others, and of very large ones, ok is false.
//
// What is in a memory that was freed is the type that it had.
func (p *Program) TypeOf(o Object) (t *Type, value uint64, ok bool) {
	if o.Size <= headerLeast || o.Size > headerMost {
		return nil, 0, false
	}
	addr, err := p.word(o.Base)
	if err != nil {
		return nil, 0, false
	}
	t = p.typeAt(addr)
	if t == nil || t.Size > o.Size-typeHeaderSize {
		return nil, 0, false
	}
	return t, o.Base + typeHeaderSize, true
}

// Within returns the offset of a field in a type, named by its path ("a.b").
func (p *Program) Within(t *Type, path string) (offset uint64, ok bool) {
	const deepest = 8
	names := strings.SplitN(path, ".", deepest)
	for i, name := range names {
		at := -1
		for j := range t.Fields {
			if t.Fields[j].Name == name {
				at = j
				break
			}
		}
		if at < 0 {
			return 0, false
		}
		offset += t.Fields[at].Offset
		if i == len(names)-1 {
			return offset, true
		}
		if t = p.typeAt(t.Fields[at].typ); t == nil {
			return 0, false
		}
	}
	return 0, false
}

// FieldType returns the type of a field that is itself a struct, nil if it is
// none.
func (p *Program) FieldType(f TypeField) *Type {
	if t := p.typeAt(f.typ); t != nil && len(t.Fields) > 0 {
		return t
	}
	return nil
}

// typeAt reads the type at addr, which is any word; nil: there is none.
func (p *Program) typeAt(addr uint64) *Type {
	m := p.typesOf(addr)
	if m == nil {
		return nil
	}
	p.types.mu.Lock()
	defer p.types.mu.Unlock()
	if t, ok := p.types.known[addr]; ok {
		return t
	}
	if p.types.known == nil || len(p.types.known) >= maxKnownTypes {
		p.types.known = map[uint64]*Type{}
	}
	t := p.readType(m, addr)
	p.types.known[addr] = t
	return t
}

// typesOf returns the module in whose type data addr lies.
func (p *Program) typesOf(addr uint64) *Module {
	if addr%8 != 0 {
		return nil
	}
	for _, m := range p.Modules {
		if addr >= m.Types.Lo && addr < m.Types.Hi {
			return m
		}
	}
	return nil
}

// readType reads from memory and not from the file: in a program that can be
// loaded anywhere, the addresses within the types are filled in by the loader.
func (p *Program) readType(m *Module, addr uint64) *Type {
	at := func(st, field string, b []byte, n int64) []byte {
		f, ok := p.Layout.Field(st, field)
		if !ok || f.Offset < 0 || f.Offset+n > int64(len(b)) {
			return nil
		}
		return b[f.Offset : f.Offset+n]
	}
	const ty, st, fi = "internal/abi.Type", "internal/abi.StructType", "internal/abi.StructField"
	size := p.Layout.Structs[ty].Size
	if size < 48 || size > 256 {
		return nil
	}
	b := make([]byte, size)
	if p.mem.ReadAt(b, addr) != nil {
		return nil
	}
	bytesize, flags, kind, name := at(ty, "Size_", b, 8), at(ty, "TFlag", b, 1), at(ty, "Kind_", b, 1), at(ty, "Str", b, 4)
	if bytesize == nil || flags == nil || kind == nil || name == nil {
		return nil
	}
	t := &Type{Size: le64(bytesize), Name: p.typeName(m.Types.Lo + uint64(binary.LittleEndian.Uint32(name)))}
	if flags[0]&extraStar != 0 {
		t.Name = strings.TrimPrefix(t.Name, "*")
	}
	if kind[0]&kindMask != kindStruct {
		return t
	}
	size = p.Layout.Structs[st].Size
	if size < 64 || size > 512 {
		return t
	}
	b = make([]byte, size)
	if p.mem.ReadAt(b, addr) != nil {
		return t
	}
	pkg, fields, step := at(st, "PkgPath", b, 8), at(st, "Fields", b, 24), p.Layout.Structs[fi].Size
	if pkg == nil || fields == nil || step < 24 || step > 64 {
		return t
	}
	if a := le64(pkg); a != 0 {
		t.PkgPath = p.typeName(a)
	}
	ptr, n := le64(fields), le64(fields[8:])
	if n > maxTypeFields {
		return t
	}
	b = make([]byte, n*uint64(step))
	if p.mem.ReadAt(b, ptr) != nil {
		return t
	}
	for ; len(b) > 0; b = b[step:] {
		name, typ, off := at(fi, "Name", b, 8), at(fi, "Typ", b, 8), at(fi, "Offset", b, 8)
		if name == nil || typ == nil || off == nil || le64(off) > t.Size {
			return t
		}
		t.Fields = append(t.Fields, TypeField{Name: p.typeName(le64(name)), Offset: le64(off), typ: le64(typ)})
	}
	return t
}

// typeName reads an internal/abi.Name: a byte of flags, the length as a varint,
// and the text.
func (p *Program) typeName(addr uint64) string {
	b := make([]byte, 3+maxTypeName)
	if addr < 1<<12 || p.mem.ReadAt(b, addr) != nil {
		return ""
	}
	n, used := binary.Uvarint(b[1:4])
	if used <= 0 || n > maxTypeName || 1+used+int(n) > len(b) {
		return ""
	}
	text := b[1+used : 1+used+int(n)]
	if bytes.IndexByte(text, 0) >= 0 {
		return ""
	}
	return string(text)
}
