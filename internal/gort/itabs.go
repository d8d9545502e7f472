package gort

import (
	"encoding/binary"
	"sync"
)

// itabCache has the program's itabs: all that its table had when it was read,
// and those that were seen since.
type itabCache struct {
	mu    sync.RWMutex
	read  bool
	whole bool // the table was found
	types map[uint64]*Type
}

const maxItabs = 1 << 20

// TypeOfItab returns the concrete type of the itab at addr, the first word of an
// interface value with methods, ok is false if none is there. It is quick for
// the itabs of the runtime's own table; others, which were made since the table
// was read, cost a read.
func (p *Program) TypeOfItab(addr uint64) (t *Type, ok bool) {
	if addr%8 != 0 || addr < 1<<12 {
		return nil, false
	}
	if t, _ = p.knownItab(addr); t != nil {
		return t, true
	}
	_, typ, ok := p.itabWords(addr)
	if !ok {
		return nil, false
	}
	t = p.typeAt(typ)
	c := &p.types.itabs
	c.mu.Lock()
	if c.read && len(c.types) < maxItabs {
		c.types[addr] = t
	}
	c.mu.Unlock()
	return t, true
}

// IsItab reports whether an itab is at addr, which may be any word. Where the
// runtime's table of itabs was found it decides, without another read;
// [Program.ForgetHeap] lets it be read anew.
func (p *Program) IsItab(addr uint64) bool {
	if addr%8 != 0 || addr < 1<<12 {
		return false
	}
	t, whole := p.knownItab(addr)
	if t != nil || whole {
		return t != nil
	}
	_, ok := p.TypeOfItab(addr)
	return ok
}

// knownItab returns the type of an itab that was read; whole says that there are
// no others.
func (p *Program) knownItab(addr uint64) (t *Type, whole bool) {
	c := &p.typeData().itabs
	c.mu.RLock()
	if c.read {
		t, whole = c.types[addr], c.whole
		c.mu.RUnlock()
		return t, whole
	}
	c.mu.RUnlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.read {
		c.types, c.whole = map[uint64]*Type{}, false
		p.readItabs(c)
		c.read = true
	}
	return c.types[addr], c.whole
}

// forget makes the next question read the table anew.
func (c *itabCache) forget() {
	c.mu.Lock()
	c.read = false
	c.mu.Unlock()
}

// itabWords reads the interface's and the concrete type's address of the itab at
// addr: the one is of an interface with methods, the other of none. The hash is
// the concrete type's in those that the compiler made, and 0 in those that the
// runtime made when a conversion needed them (runtime/iface.go, getitab); they
// have the code of a method.
func (p *Program) itabWords(addr uint64) (inter, typ uint64, ok bool) {
	l := p.typeData().layout
	if !l.ok || addr%8 != 0 {
		return 0, 0, false
	}
	size := max(l.itabFun, l.itabInter, l.itabType, l.itabHash) + 8
	b := p.typeBytes(addr, size)
	if len(b) < size {
		return 0, 0, false
	}
	inter, typ = le64(b[l.itabInter:]), le64(b[l.itabType:])
	t := p.typeAt(typ)
	if t == nil || t.Kind == KindInterface {
		return 0, 0, false
	}
	if it := p.typeAt(inter); it == nil || it.Kind != KindInterface || it.methodsLen == 0 {
		return 0, 0, false
	}
	if hash := binary.LittleEndian.Uint32(b[l.itabHash:]); hash != 0 {
		return inter, typ, hash == t.Hash
	}
	return inter, typ, p.isEntry(le64(b[l.itabFun:]))
}

// isRefusal reports whether at addr is what the runtime keeps of a conversion
// that failed: an itab without methods, which no value has.
func (p *Program) isRefusal(addr uint64) bool {
	l := p.types.layout
	size := max(l.itabFun, l.itabInter, l.itabType) + 8
	b := p.typeBytes(addr, size)
	if len(b) < size || le64(b[l.itabFun:]) != 0 {
		return false
	}
	it := p.typeAt(le64(b[l.itabInter:]))
	return it != nil && it.Kind == KindInterface && p.typeAt(le64(b[l.itabType:])) != nil
}

// readItabs takes the itabs of the runtime's table, else those of the modules.
func (p *Program) readItabs(c *itabCache) {
	l := p.types.layout
	take := func(addr uint64) bool {
		_, typ, ok := p.itabWords(addr)
		if ok {
			c.types[addr] = p.typeAt(typ)
		}
		return ok
	}
	for _, m := range p.Modules {
		for _, a := range p.moduleItabs(m) {
			take(a)
		}
	}
	if !l.ok || l.tableSize < 0 || l.tableCount < 0 || l.tableEntries < 0 || len(c.types) == 0 {
		return
	}
	for _, a := range p.candidates("runtime.itabTable", "runtime.getitab", "runtime.itabAdd", "runtime.iterate_itabs", "runtime.itabsinit") {
		table, err := p.word(a)
		if err == nil && p.takeItabTable(table, c, take) {
			c.whole = true
			return
		}
	}
}

// takeItabTable takes what a runtime.itabTableType at addr has, and reports
// whether it is one: a power of two of places, of which at most three quarters
// are taken, by itabs only, among them those that the linker made
// (runtime/iface.go). It grows while the program runs: an entry that is just
// being made is left out.
func (p *Program) takeItabTable(addr uint64, c *itabCache, take func(uint64) bool) bool {
	l := p.types.layout
	var h [64 + 8]byte
	if addr%8 != 0 || addr < 1<<12 || p.mem.ReadAt(h[:], addr) != nil {
		return false
	}
	size, count := le64(h[l.tableSize:]), le64(h[l.tableCount:])
	if size < 512 || size > maxItabs || size&(size-1) != 0 || count > size || count == 0 {
		return false
	}
	b := p.freshBytes(addr+uint64(l.tableEntries), int(size)*8)
	var found, known, wrong uint64
	for ; len(b) >= 8; b = b[8:] {
		a := le64(b)
		if a == 0 {
			continue
		}
		if c.types[a] != nil {
			known++
		} else if !take(a) && !p.isRefusal(a) {
			wrong++
			continue
		}
		found++
	}
	return known > 0 && found > 0 && wrong <= found/16
}
