package gort

import (
	"encoding/binary"
	"slices"
)

// maxTypes bounds the list of a program's types. The largest programs have a
// few hundred thousand.
const maxTypes = 4 << 20

// Types returns all types that the program's type data tells of, by address:
// those that the modules list, those of the itabs, those whose address the code
// loads, and what all these are made of. It is computed once. Do not change it.
func (p *Program) Types() []*Type {
	c := p.typeData()
	c.listOnce.Do(func() { p.listTypes(c) })
	return c.list
}

// TypeByName returns the type of a name with its whole package path, as FullName
// gives it, nil: there is none.
func (p *Program) TypeByName(full string) *Type {
	p.Types()
	return p.types.byName[full]
}

func (p *Program) listTypes(c *typeCache) {
	var queue []*Type
	seen := map[uint64]bool{}
	add := func(addr uint64) {
		if addr == 0 || seen[addr] || len(c.list) >= maxTypes {
			return
		}
		seen[addr] = true
		if t := p.typeAt(addr); t != nil {
			c.list = append(c.list, t)
			queue = append(queue, t)
		}
	}
	for _, m := range p.Modules {
		p.listedTypes(m, add)
		for _, a := range p.moduleItabs(m) {
			if inter, typ, ok := p.itabWords(a); ok {
				add(inter)
				add(typ)
			}
		}
	}
	// To Go 1.26 a module lists no types with a name: that one is allocated, and
	// never a pointer to it put into an interface, only the code knows.
	for a := range p.codeRefs().types {
		add(a)
	}
	for len(queue) > 0 {
		t := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		add(t.elem.addr)
		add(t.key.addr)
		add(t.group.addr)
		add(t.ptrToThis)
		for i := range t.Fields {
			add(t.Fields[i].ref.addr)
		}
		if t.Kind == KindFunc {
			// The parameters' types lie behind the description, and behind what is
			// known of a type with methods.
			const most = 1 << 10
			n := int(t.inOut&0xffff) + int(t.inOut>>16&0x7fff) // the top bit: variadic
			if n <= most {
				for b := p.typeBytes(t.after, n*8); len(b) >= 8; b = b[8:] {
					if a := le64(b); a%8 == 0 {
						add(a)
					}
				}
			}
		}
	}
	slices.SortFunc(c.list, func(a, b *Type) int {
		if a.Addr < b.Addr {
			return -1
		}
		return 1
	})
	c.byName = make(map[string]*Type, len(c.list))
	for _, t := range c.list { // of two with one name, as of functions' own types, the first
		if _, ok := c.byName[t.FullName()]; !ok {
			c.byName[t.FullName()] = t
		}
	}
}

// listedTypes calls add for each type that a module lists: to Go 1.26 in
// moduledata.typelinks, offsets of the types without a name; since Go 1.27 the
// descriptions lie one behind the other at the start of the type data
// (runtime/type.go, moduleTypelinks).
func (p *Program) listedTypes(m *Module, add func(addr uint64)) {
	l := p.types.layout
	const head = 1 << 12
	md := make([]byte, min(p.f.moduleSize, head))
	if p.mem.ReadAt(md, m.addr) != nil {
		return
	}
	word := func(at int) uint64 {
		if at < 0 || at+8 > len(md) {
			return 0
		}
		return le64(md[at:])
	}
	if l.mdTypelinks >= 0 {
		ptr, n := word(l.mdTypelinks), word(l.mdTypelinks+8)
		if n > maxTypes {
			return
		}
		for b := p.freshBytes(ptr, int(n)*4); len(b) >= 4; b = b[4:] {
			add(m.Types.Lo + uint64(binary.LittleEndian.Uint32(b)))
		}
		return
	}
	size := word(l.mdTypeDescs)
	if l.mdTypeDescs < 0 || size > m.Types.Hi-m.Types.Lo {
		return
	}
	for at, end := m.Types.Lo+8, m.Types.Lo+size; at < end; {
		at = (at + 7) &^ 7
		t := p.typeAt(at)
		if t == nil {
			return // the size of what is here is not known
		}
		add(at)
		at += p.descriptionSize(t)
	}
}

// descriptionSize is how much a type's description takes with its lists
// (internal/abi/type.go, DescriptorSize, Go 1.27).
func (p *Program) descriptionSize(t *Type) uint64 {
	l := p.types.layout
	n := t.after - t.Addr
	switch t.Kind {
	case KindFunc:
		n += uint64(t.inOut&0xffff)*8 + uint64(t.inOut>>16&0x7fff)*8
	case KindInterface:
		return n + uint64(t.methodsLen*l.imethodSize)
	case KindStruct:
		n += uint64(len(t.Fields) * l.fieldSize)
	}
	return n + uint64(t.methodsLen*l.methodSize)
}

// moduleItabs returns the addresses of the itabs that the linker made for a
// module: to Go 1.26 listed in moduledata.itablinks, since Go 1.27 one behind
// the other in the type data (runtime/iface.go, addModuleItabs).
func (p *Program) moduleItabs(m *Module) []uint64 {
	l := p.typeData().layout
	if !l.ok {
		return nil
	}
	const head, maxItabs = 1 << 12, 1 << 20
	md := make([]byte, min(p.f.moduleSize, head))
	if p.mem.ReadAt(md, m.addr) != nil {
		return nil
	}
	word := func(at int) uint64 {
		if at < 0 || at+8 > len(md) {
			return 0
		}
		return le64(md[at:])
	}
	var out []uint64
	if l.mdItablinks >= 0 {
		n := word(l.mdItablinks + 8)
		if n > maxItabs {
			return nil
		}
		for b := p.freshBytes(word(l.mdItablinks), int(n)*8); len(b) >= 8; b = b[8:] {
			out = append(out, le64(b))
		}
		return out
	}
	off, size := word(l.mdItabOff), word(l.mdItabSize)
	if l.mdItabOff < 0 || l.mdItabSize < 0 || off > m.Types.Hi-m.Types.Lo || size > m.Types.Hi-m.Types.Lo-off {
		return nil
	}
	for at, end := m.Types.Lo+off, m.Types.Lo+off+size; at < end && len(out) < maxItabs; {
		inter, _, ok := p.itabWords(at)
		if !ok {
			return out
		}
		out = append(out, at)
		// An itab ends with one word for each method of its interface, of which the
		// declaration has the first; with that alone where the type lacks a method
		// (abi.ITab.Size).
		n := p.typeAt(inter).methodsLen
		if fn, err := p.word(at + uint64(l.itabFun)); err != nil || fn == 0 {
			n = 1
		}
		at += uint64(l.itabFun) + 8*uint64(n)
	}
	return out
}
