package malloc

import (
	"encoding/binary"

	"github.com/gomedic/gomedic/internal/proc"
)

// window reads memory that is mostly read upwards.
type window struct {
	mem proc.Memory
	at  uint64
	buf []byte
	n   int
	// one page for what lies elsewhere
	side   [4096]byte
	sideAt uint64
}

const windowSize = 1 << 20

func newWindow(m proc.Memory) *window {
	return &window{mem: m, buf: make([]byte, windowSize), sideAt: 1}
}

// word reads 8 bytes; ok is false where there is no memory.
func (w *window) word(addr uint64) (uint64, bool) {
	if addr >= w.at && addr+8 <= w.at+uint64(w.n) {
		return binary.LittleEndian.Uint64(w.buf[addr-w.at:]), true
	}
	page := addr &^ 4095
	if page != w.sideAt {
		if w.mem.ReadAt(w.side[:], page) != nil {
			w.sideAt = 1
			var b [8]byte
			if w.mem.ReadAt(b[:], addr) != nil {
				return 0, false
			}
			return binary.LittleEndian.Uint64(b[:]), true
		}
		w.sideAt = page
	}
	if addr-page > 4096-8 {
		var b [8]byte
		if w.mem.ReadAt(b[:], addr) != nil {
			return 0, false
		}
		return binary.LittleEndian.Uint64(b[:]), true
	}
	return binary.LittleEndian.Uint64(w.side[addr-page:]), true
}

// next is word for a walk that goes upwards to end: it reads ahead.
func (w *window) next(addr, end uint64) (uint64, bool) {
	if addr >= w.at && addr+8 <= w.at+uint64(w.n) {
		return binary.LittleEndian.Uint64(w.buf[addr-w.at:]), true
	}
	if addr+8 > end {
		return 0, false
	}
	w.n = 0
	w.at = addr
	for n := min(uint64(windowSize), end-addr); n >= 8; n /= 2 {
		if w.mem.ReadAt(w.buf[:n], addr) == nil {
			w.n = int(n)
			return binary.LittleEndian.Uint64(w.buf), true
		}
	}
	return 0, false
}
