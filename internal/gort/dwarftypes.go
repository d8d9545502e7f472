package gort

import (
	"strings"
	"sync"

	"github.com/gomedic/gomedic/internal/gort/debuginfo"
)

// dwarfCache is the program's debug information and the types that were made of
// it.
type dwarfCache struct {
	once sync.Once
	data *debuginfo.Data // nil: there is none

	mu    sync.Mutex
	types map[uint32]*Type // by offset of the entry; nil: none
	bases []uint64         // where the section of the types may begin
}

// debugInfo returns the program's DWARF, nil: it has none that can be read. It
// is opened when first needed.
func (p *Program) debugInfo() *debuginfo.Data {
	c := &p.dwarf
	c.once.Do(func() {
		if !p.HasDWARF || p.File == nil {
			return
		}
		d, err := debuginfo.Open(p.File)
		if err != nil {
			return
		}
		c.data, c.types = d, map[uint32]*Type{}
		// The linker notes a description's place from the start of its section,
		// which is where the module's types begin, or a little before.
		for _, m := range p.Modules[:min(1, len(p.Modules))] {
			c.bases = append(c.bases, m.Types.Lo)
		}
		for _, name := range []string{".go.type", ".data.rel.ro.go.type", ".rodata", ".data.rel.ro", ".typelink"} {
			if s := p.File.Section(name); s != nil {
				c.bases = append(c.bases, s.Addr+p.bias)
			}
		}
	})
	return c.data
}

// dwarfType returns the type whose entry is at off: the runtime's own, if it has
// a description of it, else one that is made of the entry.
func (p *Program) dwarfType(off uint32) *Type {
	if p.debugInfo() == nil {
		return nil
	}
	p.dwarf.mu.Lock()
	defer p.dwarf.mu.Unlock()
	return p.dwarfTypeLocked(off, 0)
}

func (p *Program) dwarfTypeLocked(off uint32, depth int) *Type {
	const deepest, most = 64, 1 << 20
	c := &p.dwarf
	if t, ok := c.types[off]; ok {
		return t
	}
	if depth > deepest || len(c.types) > most || off == 0 {
		return nil
	}
	c.types[off] = nil // ends circles
	t := p.makeDwarfType(off, depth)
	c.types[off] = t
	return t
}

func (p *Program) makeDwarfType(off uint32, depth int) *Type {
	e, ok := p.dwarf.data.TypeAt(off)
	if !ok {
		return nil
	}
	name, under := e.Name, e
	for range 8 { // a declared name leads to what it is declared as
		if !under.Declare {
			break
		}
		if under, ok = p.dwarf.data.TypeAt(under.Elem); !ok {
			return nil
		}
	}
	if t := p.describedType(under, name); t != nil {
		return t
	}
	t := &Type{p: p, Kind: Kind(under.Kind), Size: under.Size, Name: shortName(name), Named: e.Declare || under.Kind < kindArrayFirst}
	if e.Declare {
		t.PkgPath = Package(name)
	}
	shape, hasShape := kindShapes[t.Kind]
	if hasShape {
		t.Size, t.PtrBytes = shape.size, shape.ptrBytes
	}
	t.elem = typeRef{die: under.Elem}
	switch t.Kind {
	case KindInvalid:
		return nil
	case KindMap:
		t.key = typeRef{die: under.Key}
	case KindFunc, KindInterface, KindString, KindUnsafePointer:
		t.elem = typeRef{} // what they are made of is the runtime's affair
	case KindArray:
		t.Len = under.Count
		el := p.dwarfTypeLocked(under.Elem, depth+1)
		if el == nil || t.Len > 0 && el.Size > maxTypeSize/t.Len {
			return nil
		}
		t.Size = el.Size * t.Len
		if el.PtrBytes > 0 && t.Len > 0 {
			t.PtrBytes = el.Size*(t.Len-1) + el.PtrBytes
		}
	case KindStruct:
		last := uint64(0)
		for _, m := range under.Members {
			ft := p.dwarfTypeLocked(m.Type, depth+1)
			if ft == nil || m.Offset > t.Size || ft.Size > t.Size-m.Offset || m.Offset < last {
				return nil
			}
			last = m.Offset
			f := TypeField{Name: m.Name, Offset: m.Offset, Embedded: m.Embedded, ref: typeRef{die: m.Type}, p: p}
			if f.Name == "" {
				f.Name = "_"
			}
			t.Fields = append(t.Fields, f)
			if ft.PtrBytes > 0 {
				t.PtrBytes = m.Offset + ft.PtrBytes
			}
		}
	}
	if t.Size > maxTypeSize || t.PtrBytes%8 != 0 {
		return nil
	}
	return t
}

// kindArrayFirst is the first kind that is built of others; those before are
// predeclared.
const kindArrayFirst = uint8(KindArray)

// describedType finds the runtime's description of the type that an entry tells
// of, and makes sure that it is of the same type.
func (p *Program) describedType(e debuginfo.Type, name string) *Type {
	if !e.HasRuntime || e.Runtime == 0 || e.Runtime > maxTypeData {
		return nil
	}
	for _, base := range p.dwarf.bases {
		t := p.typeAt(base + e.Runtime)
		if t != nil && uint8(t.Kind) == e.Kind && (!e.HasSize || t.Size == e.Size) && lastSegment(t.Name) == lastSegment(name) {
			return t
		}
	}
	return nil
}

// lastSegment is what follows the last dot or slash of a name: packages are
// written in two ways.
func lastSegment(name string) string { return name[strings.LastIndexAny(name, "./")+1:] }

// shortName cuts each package path in a type's name to its last element, as the
// runtime writes it.
func shortName(name string) string {
	var b strings.Builder
	start := 0
	isPath := func(c byte) bool {
		return c == '.' || c == '/' || c == '-' || c == '_' || c == '%' || c == '~' || c == '+' || c >= 0x80 ||
			c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	for i := 0; i <= len(name); i++ {
		if i < len(name) && isPath(name[i]) {
			continue
		}
		word := name[start:i]
		b.WriteString(word[strings.LastIndexByte(word, '/')+1:])
		if i < len(name) {
			b.WriteByte(name[i])
		}
		start = i + 1
	}
	return b.String()
}
