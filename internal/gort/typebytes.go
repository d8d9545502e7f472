package gort

import (
	"bytes"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// Types are asked for by the million, for each word of a heap that may be one.
// A program's type data never changes once the loader has filled in its
// addresses, so it is read by large pieces and kept, and what is known of each
// address lies in an array that is looked up without a lock.

const (
	pieceSize   = 64 << 10
	maxTypeData = 1 << 30 // of a module; to Go 1.26 all its read-only data counts
)

// typeCache keeps what was read of the types.
type typeCache struct {
	once    sync.Once
	layout  *typeLayout
	modules []*moduleTypes

	listOnce sync.Once
	list     []*Type
	byName   map[string]*Type

	itabs itabCache

	derivedMu sync.Mutex
	derived   map[derived]*Type
}

// moduleTypes is the type data of one module.
type moduleTypes struct {
	Span
	pieces []atomic.Pointer[typePiece]
}

// typePiece is pieceSize bytes of type data. It is empty where it could not be
// read as one, as at the end of a segment or in a core file that lacks a part.
type typePiece struct {
	data  []byte
	known atomic.Pointer[pieceTypes] // nil: no type was asked for
}

// pieceTypes are the types that begin in a piece, by word; noType: none does.
type pieceTypes [pieceSize / 8]atomic.Pointer[Type]

// typeSlot returns where the type at off is kept.
func (p *typePiece) typeSlot(off uint64) *atomic.Pointer[Type] {
	types := p.known.Load()
	if types == nil {
		types = new(pieceTypes)
		if !p.known.CompareAndSwap(nil, types) {
			types = p.known.Load()
		}
	}
	return &types[off/8]
}

// noType stands in the caches for "there is no type".
var noType = &Type{}

// typeData returns the program's types, and prepares them once.
func (p *Program) typeData() *typeCache {
	p.types.once.Do(func() {
		p.types.layout = p.newTypeLayout()
		if !p.types.layout.ok {
			return
		}
		for _, m := range p.Modules {
			if m.Types.Hi <= m.Types.Lo || m.Types.Hi-m.Types.Lo > maxTypeData {
				continue
			}
			n := (m.Types.Hi - m.Types.Lo + pieceSize - 1) / pieceSize
			p.types.modules = append(p.types.modules, &moduleTypes{m.Types, make([]atomic.Pointer[typePiece], n)})
		}
	})
	return &p.types
}

// moduleOf returns the type data in which addr lies, nil: in none.
func (c *typeCache) moduleOf(addr uint64) *moduleTypes {
	for _, m := range c.modules {
		if addr >= m.Lo && addr < m.Hi {
			return m
		}
	}
	return nil
}

// piece returns the piece that contains addr, which lies in m, and the offset
// of addr in it.
func (p *Program) piece(m *moduleTypes, addr uint64) (*typePiece, uint64) {
	slot := &m.pieces[(addr-m.Lo)/pieceSize]
	piece := slot.Load()
	if piece == nil {
		start := m.Lo + (addr-m.Lo)/pieceSize*pieceSize
		b := make([]byte, min(pieceSize, m.Hi-start))
		piece = new(typePiece)
		if p.mem.ReadAt(b, start) == nil {
			piece.data = b
		}
		if !slot.CompareAndSwap(nil, piece) {
			piece = slot.Load()
		}
	}
	return piece, (addr - m.Lo) % pieceSize
}

// typeBytes returns at most n bytes at addr: less where the type data ends, and
// nil if nothing can be read. The bytes must not be changed.
func (p *Program) typeBytes(addr uint64, n int) []byte {
	m := p.typeData().moduleOf(addr)
	if m == nil {
		return p.freshBytes(addr, n)
	}
	n = int(min(uint64(n), m.Hi-addr))
	piece, off := p.piece(m, addr)
	if end := off + uint64(n); end <= uint64(len(piece.data)) {
		return piece.data[off:end:end]
	}
	return p.freshBytes(addr, n) // it crosses the border of two
}

func (p *Program) freshBytes(addr uint64, n int) []byte {
	b := make([]byte, n)
	if addr < 1<<12 || p.mem.ReadAt(b, addr) != nil {
		return nil
	}
	return b
}

const maxTypeName = 4 << 10 // bytes

// typeName reads an internal/abi.Name: a byte of flags, the length as a varint,
// and the text.
func (p *Program) typeName(addr uint64) string {
	name, _ := p.flaggedName(addr)
	return name
}

// nameEmbedded is the flag of an embedded field's name (abi.Name.IsEmbedded).
const nameEmbedded = 1 << 3

func (p *Program) flaggedName(addr uint64) (name string, flags byte) {
	head := p.typeBytes(addr, 4)
	if len(head) < 2 {
		return "", 0
	}
	n, used := binary.Uvarint(head[1:])
	if used <= 0 || n == 0 || n > maxTypeName {
		return "", 0
	}
	b := p.typeBytes(addr, 1+used+int(n))
	if len(b) < 1+used+int(n) {
		return "", 0
	}
	text := b[1+used:]
	if bytes.IndexByte(text, 0) >= 0 || !utf8.Valid(text) {
		return "", 0
	}
	return string(text), head[0]
}
