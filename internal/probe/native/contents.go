package native

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/cstack"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// contents says what chunks hold.
type contents struct {
	mem      proc.Memory
	p        *gort.Program
	look     *Look
	unwinder *cstack.Unwinder
	objects  map[uint64]string // the class of a table of virtual functions; empty: it is none
}

// How much of a chunk is looked at, and of a text shown.
const (
	lookedAt  = 128
	shownText = 40
)

// of says what a chunk holds, and the name of that.
func (c *contents) of(chunk malloc.Chunk) (holds, name string) {
	b := make([]byte, min(chunk.Size, lookedAt))
	if c.mem.ReadAt(b, chunk.Addr) != nil {
		return evidence.HoldsData, ""
	}
	if s := cString(b, chunk.Size > lookedAt); s != "" {
		return evidence.HoldsText, s
	}
	var goes, chunks bool
	zero := true
	for i := 0; i+8 <= len(b); i += 8 {
		v := binary.LittleEndian.Uint64(b[i:])
		zero = zero && v == 0
		if v < 4096 || v>>47 != 0 {
			continue
		}
		if i == 0 {
			if class := c.class(v); class != "" {
				return evidence.HoldsObject, class
			}
		}
		switch {
		case c.look.inGo(v) || c.p.IsText(v):
			goes = true
		case c.look.Heap.Find(v) >= 0:
			chunks = true
		}
	}
	switch {
	case zero:
		return evidence.HoldsZero, ""
	case goes:
		return evidence.HoldsGo, ""
	case chunks:
		return evidence.HoldsChunks, ""
	}
	return evidence.HoldsData, ""
}

// class is the class of which v is the table of virtual functions.
func (c *contents) class(v uint64) string {
	if name, known := c.objects[v]; known {
		return name
	}
	if c.objects == nil {
		c.objects = map[uint64]string{}
	}
	name, ok := strings.CutPrefix(c.unwinder.Data(v), "vtable for ")
	if !ok {
		name = ""
	}
	if len(c.objects) < 1<<16 {
		c.objects[v] = name
	}
	return name
}

// cString returns the text that b begins with, if it is one: at least two characters
// that can be printed, up to a zero byte or to the end of b; more follows there.
func cString(b []byte, more bool) string {
	n := bytes.IndexByte(b, 0)
	if n < 0 {
		n = len(b)
	}
	s := b[:n]
	for len(s) > 0 && more && !utf8.Valid(s) && len(s) > n-utf8.UTFMax { // a character that was cut
		s = s[:len(s)-1]
	}
	if len(s) < 2 || !utf8.Valid(s) {
		return ""
	}
	for _, r := range string(s) {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return ""
		}
	}
	out := string(s)
	for i := range out {
		if i >= shownText {
			return out[:i] + "…"
		}
	}
	return out
}

// damage says what stands at a damaged place, and who is before it.
func (c *contents) damage(h *malloc.Heap, d malloc.Damage) evidence.NativeDamage {
	out := evidence.NativeDamage{Addr: d.Addr, Kind: string(d.Why), Value: d.Value}
	b := make([]byte, 32)
	if c.mem.ReadAt(b, d.Addr) == nil {
		if s := cString(b[8:], true); s != "" {
			out.Text = s
		} else if s := cString(b, true); s != "" {
			out.Text = s
		}
	}
	// The last chunk that begins below.
	at := -1
	for i := range h.Chunks {
		if h.Chunks[i].Addr >= d.Addr {
			break
		}
		at = i
	}
	if at >= 0 {
		if before := h.Chunks[at]; before.Addr+before.Size >= d.Addr && before.Addr+before.Size <= d.Addr+16 {
			out.Before, out.Size = before.Addr, before.Size
			if holds, name := c.of(before); holds == evidence.HoldsText || holds == evidence.HoldsObject {
				out.Holds = name
			}
		}
	}
	return out
}

// inGo reports whether an address is Go's.
func (l *Look) inGo(addr uint64) bool {
	i, found := slices.BinarySearchFunc(l.GoHeap, addr, func(s malloc.Span, a uint64) int { return cmp.Compare(s.Lo, a) })
	return found || i > 0 && addr < l.GoHeap[i-1].Hi
}
