package gort

import (
	"encoding/binary"
	"strings"
	"sync/atomic"
)

// Type is a Go type as the binary describes it, stripped or not: what
// reflection needs stays (internal/abi/type.go, Go 1.25 to 1.27). A type that
// only the DWARF has, because no interface ever holds a value of it, has no
// Addr; all else is the same.
//
// A Type never changes; what is not a field is read when it is asked for, from
// the memory of the program that it came from. A type of the runtime's has one
// *Type for each Program.
type Type struct {
	Addr uint64 // of its description (abi.Type), 0: DWARF has it only
	// Name is the name as the program's code writes it, with the last element of
	// the package only ("widget.Label", "*widget.Label", "map[string]int").
	Name string
	// PkgPath is the package of a type with a name, and of one without that has
	// methods or fields which are not exported; else empty.
	PkgPath  string
	Kind     Kind
	Size     uint64 // bytes
	PtrBytes uint64 // the first bytes, which may hold pointers; 0: it has none
	Len      uint64 // elements of an array
	Named    bool   // it was declared with a name, or is predeclared
	Hash     uint32
	Fields   []TypeField // of a struct

	p         *Program
	elem, key typeRef
	group     typeRef // of a map
	gcData    uint64
	onDemand  bool // gcData holds no mask of pointers
	ptrToThis uint64
	inOut     uint32 // parameters, and results in the upper half, of a func
	description

	full    atomic.Pointer[string]
	mask    atomic.Pointer[pointerMask]
	methods atomic.Pointer[[]string]
}

// description is where the parts lie that are read later.
type description struct {
	methodsAt  uint64 // of a list of abi.Method, or of abi.Imethod of an interface
	methodsLen int
	after      uint64 // the address behind the description
}

// TypeField is a field of a struct.
type TypeField struct {
	Name     string
	Offset   uint64
	Embedded bool
	ref      typeRef
	p        *Program
}

// typeRef names a type that was not yet read.
type typeRef struct {
	addr uint64 // of the runtime's description
	die  uint32 // else the offset in .debug_info
}

func (p *Program) resolveType(r typeRef) *Type {
	switch {
	case p == nil:
		return nil
	case r.addr != 0:
		return p.typeAt(r.addr)
	case r.die != 0:
		return p.dwarfType(r.die)
	}
	return nil
}

const (
	flagUncommon  = 1 << 0 // internal/abi.TFlagUncommon
	flagExtraStar = 1 << 1 // internal/abi.TFlagExtraStar
	flagNamed     = 1 << 2 // internal/abi.TFlagNamed
	flagOnDemand  = 1 << 4 // internal/abi.TFlagGCMaskOnDemand
	flagsKnown    = 1<<6 - 1

	headerLeast    = 512 // runtime.minSizeForMallocHeader: larger objects with pointers have a header …
	headerMost     = 32 << 10
	maxTypeFields  = 1 << 12
	maxTypeMethods = 1 << 13
	maxTypeSize    = 1 << 40
	typeHeaderSize = 8 // runtime.mallocHeaderSize
)

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

// TypeAt returns the type whose description (abi.Type) is at addr, which may be
// any word; nil: none is. Descriptions that the program made itself, by
// reflection, are not found. It is cheap: a type is read once.
func (p *Program) TypeAt(addr uint64) *Type { return p.typeAt(addr) }

// IsType reports whether a type's description is at addr.
func (p *Program) IsType(addr uint64) bool { return p.typeAt(addr) != nil }

func (p *Program) typeAt(addr uint64) *Type {
	if addr%8 != 0 {
		return nil
	}
	c := p.typeData()
	m := c.moduleOf(addr)
	if m == nil {
		return nil
	}
	piece, off := p.piece(m, addr)
	slot := piece.typeSlot(off)
	t := slot.Load()
	if t == nil {
		if t = p.readType(c.layout, m, addr); t == nil {
			t = noType
		}
		if !slot.CompareAndSwap(nil, t) {
			t = slot.Load()
		}
	}
	if t == noType {
		return nil
	}
	return t
}

// readType reads from memory and not from the file: in a program that can be
// loaded anywhere, the addresses within the types are filled in by the loader.
// addr may be anything in a module's data, so what is no type must be told from
// one: by its kind, size, name and what it refers to.
func (p *Program) readType(l *typeLayout, m *moduleTypes, addr uint64) *Type {
	b := p.typeBytes(addr, maxDescription)
	if len(b) < l.size {
		return nil
	}
	flags, kind := b[l.flags], b[l.kind]
	t := &Type{Addr: addr, Kind: Kind(kind & kindMask), p: p}
	if kind&^(kindMask|kindFlags) != 0 || t.Kind == KindInvalid || t.Kind > kindLast || flags&^flagsKnown != 0 {
		return nil
	}
	size := l.sizes[t.Kind]
	if len(b) < size {
		return nil
	}
	t.Size, t.PtrBytes = le64(b[l.bytes:]), le64(b[l.ptrBytes:])
	if shape, ok := kindShapes[t.Kind]; ok && (t.Size != shape.size || t.PtrBytes != shape.ptrBytes && !notInHeap(t)) ||
		t.Size > maxTypeSize || t.PtrBytes > t.Size || t.PtrBytes%8 != 0 {
		return nil
	}
	t.Hash = binary.LittleEndian.Uint32(b[l.hash:])
	t.Named = flags&flagNamed != 0
	t.gcData, t.onDemand = le64(b[l.gcData:]), flags&flagOnDemand != 0
	nameAt := m.Lo + uint64(binary.LittleEndian.Uint32(b[l.name:]))
	if nameAt >= m.Hi {
		return nil
	}
	if t.Name = p.typeName(nameAt); t.Name == "" {
		return nil
	}
	if flags&flagExtraStar != 0 {
		t.Name = strings.TrimPrefix(t.Name, "*")
	}
	if off := binary.LittleEndian.Uint32(b[l.ptrToThis:]); off != 0 && uint64(off) < m.Hi-m.Lo {
		t.ptrToThis = m.Lo + uint64(off)
	}
	t.after = addr + uint64(size)
	if flags&flagUncommon != 0 {
		p.readUncommon(l, m, t)
	}
	if !p.readParts(l, m, t, b) {
		return nil
	}
	return t
}

// notInHeap: a pointer to a type of C's memory is none for the collector
// (runtime/internal/sys.NotInHeap, cgo's incomplete types).
func notInHeap(t *Type) bool { return t.Kind == KindPointer && t.PtrBytes == 0 }

// readUncommon reads where the methods of a type are, and its package.
func (p *Program) readUncommon(l *typeLayout, m *moduleTypes, t *Type) {
	const uncommonSize = 16
	b := p.typeBytes(t.after, uncommonSize)
	if len(b) < uncommonSize || l.uncommonPkg > 12 || l.uncommonCount > 12 || l.uncommonMethods > 12 {
		return
	}
	if off := binary.LittleEndian.Uint32(b[l.uncommonPkg:]); off != 0 && uint64(off) < m.Hi-m.Lo {
		t.PkgPath = p.typeName(m.Lo + uint64(off))
	}
	n := int(binary.LittleEndian.Uint16(b[l.uncommonCount:]))
	if n > 0 && n <= maxTypeMethods && t.Kind != KindInterface {
		t.methodsAt, t.methodsLen = t.after+uint64(binary.LittleEndian.Uint32(b[l.uncommonMethods:])), n
	}
	t.after += uncommonSize
}

// readParts reads what a kind adds: elements, keys, fields. It reports whether
// that is as it must be.
func (p *Program) readParts(l *typeLayout, m *moduleTypes, t *Type, b []byte) bool {
	// A part is a description in some module's data; it is read when needed.
	part := func(at int) (typeRef, bool) {
		a := le64(b[at:])
		return typeRef{addr: a}, a%8 == 0 && p.types.moduleOf(a) != nil
	}
	ok := true
	switch t.Kind {
	case KindPointer:
		t.elem, ok = part(l.ptrElem)
	case KindSlice:
		t.elem, ok = part(l.sliceElem)
	case KindChan:
		t.elem, ok = part(l.chanElem)
	case KindArray:
		t.Len = le64(b[l.arrayLen:])
		t.elem, ok = part(l.arrayElem)
		ok = ok && (t.Size == 0 || t.Len > 0 && t.Size%t.Len == 0)
	case KindMap:
		if l.mapKey < 0 || l.mapElem < 0 {
			break
		}
		var ok1, ok2 bool
		t.key, ok1 = part(l.mapKey)
		t.elem, ok2 = part(l.mapElem)
		ok = ok1 && ok2
		if l.mapGroup >= 0 {
			t.group, _ = part(l.mapGroup)
		}
	case KindFunc:
		t.inOut = uint32(binary.LittleEndian.Uint16(b[l.funcIn:])) | uint32(binary.LittleEndian.Uint16(b[l.funcOut:]))<<16
	case KindInterface:
		n := le64(b[l.ifaceMethods+8:])
		if ok = n <= maxTypeMethods; ok {
			t.methodsAt, t.methodsLen = le64(b[l.ifaceMethods:]), int(n)
		}
	case KindStruct:
		return p.readFields(l, t, b)
	}
	return ok
}
