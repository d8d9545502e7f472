package roots

import (
	"encoding/binary"

	"github.com/gomedic/gomedic/internal/proc"
)

const (
	pageSize = 4096
	maxPages = 1 << 14 // kept: 64 MiB
)

// memory reads small structures page by page and keeps the pages: notes on
// objects and timers lie close together, and a system call for each would cost
// more than all else.
type memory struct {
	proc.Memory
	pages map[uint64][]byte // nil: cannot be read
}

func newMemory(m proc.Memory) *memory { return &memory{Memory: m, pages: map[uint64][]byte{}} }

func (m *memory) page(addr uint64) []byte {
	if b, ok := m.pages[addr]; ok {
		return b
	}
	if len(m.pages) >= maxPages {
		clear(m.pages)
	}
	b := make([]byte, pageSize)
	if m.ReadAt(b, addr) != nil {
		b = nil
	}
	m.pages[addr] = b
	return b
}

// bytes returns n bytes, at most a page, as the caller's to read; nil: they cannot
// be read.
func (m *memory) bytes(addr, n uint64) []byte {
	if n > pageSize || addr+n < addr {
		return nil
	}
	base := addr &^ (pageSize - 1)
	b := m.page(base)
	if b == nil {
		return nil
	}
	if addr-base+n <= pageSize {
		return b[addr-base:][:n]
	}
	next := m.page(base + pageSize)
	if next == nil {
		return nil
	}
	out := make([]byte, 0, n)
	out = append(out, b[addr-base:]...)
	return append(out, next[:n-uint64(len(out))]...)
}

func (m *memory) word(addr uint64) (uint64, bool) {
	b := m.bytes(addr, 8)
	if b == nil {
		return 0, false
	}
	return le64(b), true
}

func (m *memory) word32(addr uint64) (uint32, bool) {
	b := m.bytes(addr, 4)
	if b == nil {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b), true
}

// chain walks a linked list of the target's. It ends one that is too long or comes
// back to where it was: it compares each element with one that it remembers, and
// remembers another one after ever more of them (R. P. Brent, BIT 20, 1980).
type chain struct {
	mark         uint64
	steps, until int
	most         int
}

// over reports whether the list ends at addr, its next element.
func (c *chain) over(addr uint64) bool {
	if addr == 0 || addr == c.mark || c.most <= 0 {
		return true
	}
	c.most--
	if c.steps++; c.steps > c.until {
		c.mark, c.steps, c.until = addr, 0, 2*c.until+1
	}
	return false
}

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
