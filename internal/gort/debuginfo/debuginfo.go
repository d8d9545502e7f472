// Package debuginfo reads from a Go binary's DWARF, quickly and no more than is
// needed, what the runtime's own data does not have: the package variables, the
// types that no interface holds, and what closures have captured.
//
// It reads entries in place and keeps numbers and names only: walking a large
// GUI program's entries with debug/dwarf takes many times as long. It knows
// nothing of processes; its addresses are the linker's. What it reads may be
// damaged or made to harm: each length and depth has a bound, and what does not
// fit is left out. Start at [Open].
package debuginfo

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"github.com/gomedic/gomedic/internal/gort/layout"
)

// Data is a binary's debug information. Its methods may be called from several
// goroutines.
type Data struct {
	info, abbrev, addr, str, lineStr, loc, loclists []byte

	units []unit // by offset

	once      sync.Once
	variables []Variable
	functions []function // by entry

	mu      sync.Mutex
	abbrevs map[uint64][]abbreviation
}

const (
	maxInfo   = 512 << 20 // bytes
	maxAbbrev = 16 << 20  // bytes
	maxCodes  = 1 << 16   // abbreviations of one unit
	maxName   = 4 << 10   // bytes
	maxFound  = 4 << 20   // variables, and functions
)

// Open reads the sections. The error is a [*layout.MissingError] where the
// binary has no debug information. f must not be used by others meanwhile.
func Open(f *elf.File) (*Data, error) {
	d := &Data{abbrevs: map[uint64][]abbreviation{}}
	for _, s := range []struct {
		dst      *[]byte
		name     string
		limit    int64
		optional bool
	}{
		{&d.abbrev, "abbrev", maxAbbrev, false}, {&d.info, "info", maxInfo, false}, {&d.addr, "addr", maxInfo, true},
		{&d.str, "str", maxInfo, true}, {&d.lineStr, "line_str", maxInfo, true}, {&d.loc, "loc", maxInfo, true}, {&d.loclists, "loclists", maxInfo, true},
	} {
		b, err := layout.DebugSection(f, s.name, s.limit)
		if err != nil && !(s.optional && errors.As(err, new(*layout.MissingError))) {
			return nil, err
		}
		*s.dst = b
	}
	d.readUnits()
	return d, nil
}

// New takes the sections as they are, for tests.
func New(info, abbrev, addr, loclists []byte) *Data {
	d := &Data{info: info, abbrev: abbrev, addr: addr, loclists: loclists, abbrevs: map[uint64][]abbreviation{}}
	d.readUnits()
	return d
}

// unit is one compile unit: its extent in .debug_info, and how to read it.
type unit struct {
	start, root, end int
	version          int
	abbrevs          []abbreviation
	addrBase         uint64
	language         uint64
	low              uint64 // what addresses in lists are relative to
}

// langGo is DW_LANG_Go.
const langGo = 0x16

// readUnits walks the headers of the compile units (DWARF 5, section 7.5.1.1)
// and their first entries.
func (d *Data) readUnits() {
	for off := 0; off+12 <= len(d.info); {
		length := int64(binary.LittleEndian.Uint32(d.info[off:]))
		if length < 8 || length > int64(len(d.info)-off-4) {
			return // damage, or 64-bit DWARF, which Go does not write
		}
		u := unit{start: off, end: off + 4 + int(length), version: int(binary.LittleEndian.Uint16(d.info[off+4:])), addrBase: 8}
		abbrevAt := uint64(0)
		switch u.version {
		case 5: // version, unit type, address size, offset of abbreviations
			abbrevAt, u.root = uint64(binary.LittleEndian.Uint32(d.info[off+8:])), off+12
		case 2, 3, 4: // version, offset of abbreviations, address size
			abbrevAt, u.root = uint64(binary.LittleEndian.Uint32(d.info[off+6:])), off+11
		}
		off = u.end
		if u.root == 0 {
			continue
		}
		u.abbrevs = d.abbreviationsAt(abbrevAt)
		var e entry
		c := cursor{d: d, u: &u, at: u.root}
		if c.next(&e) && e.tag == tagCompileUnit {
			u.language, _ = e.get(attrLanguage)
			if b, ok := e.get(attrAddrBase); ok {
				u.addrBase = b
			}
			u.low, _ = e.get(attrLowPC)
		}
		d.units = append(d.units, u)
	}
}

// unitOf returns the unit that contains an offset in .debug_info.
func (d *Data) unitOf(off uint32) *unit {
	i, found := slices.BinarySearchFunc(d.units, int(off), func(u unit, o int) int { return u.start - o })
	if !found {
		i--
	}
	if i < 0 || int(off) < d.units[i].root || int(off) >= d.units[i].end {
		return nil
	}
	return &d.units[i]
}

// abbreviation says how the entries of one code are written.
type abbreviation struct {
	tag      uint32
	children bool
	attrs    []attribute
}

type attribute struct {
	name, form uint32
	implicit   int64
}

// abbreviationsAt returns the table at an offset of .debug_abbrev, by code.
func (d *Data) abbreviationsAt(off uint64) []abbreviation {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t, ok := d.abbrevs[off]; ok {
		return t
	}
	var table []abbreviation
	if off < uint64(len(d.abbrev)) {
		b := d.abbrev[off:]
		for {
			code, n := uleb(b)
			if n == 0 || code == 0 || code > maxCodes {
				break
			}
			b = b[n:]
			var a abbreviation
			tag, n := uleb(b)
			if n == 0 || n >= len(b) {
				break
			}
			a.tag, a.children = uint32(tag), b[n] != 0
			b = b[n+1:]
			ok := false
			const mostAttrs = 256
			for len(a.attrs) < mostAttrs {
				name, n := uleb(b)
				form, m := uleb(b[n:])
				if n == 0 || m == 0 {
					break
				}
				b = b[n+m:]
				if name == 0 && form == 0 {
					ok = true
					break
				}
				at := attribute{name: uint32(name), form: uint32(form)}
				if form == formImplicitConst {
					v, n := sleb(b)
					if n == 0 {
						break
					}
					at.implicit, b = v, b[n:]
				}
				a.attrs = append(a.attrs, at)
			}
			if !ok {
				break
			}
			for uint64(len(table)) <= code {
				table = append(table, abbreviation{})
			}
			table[code] = a
		}
	}
	d.abbrevs[off] = table
	return table
}

// uleb decodes an unsigned LEB128 of at most 64 bits; n is 0 if there is none.
func uleb(b []byte) (v uint64, n int) {
	for i := 0; i < len(b) && i < 10; i++ {
		v |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// sleb decodes a signed LEB128.
func sleb(b []byte) (v int64, n int) {
	for i := 0; i < len(b) && i < 10; i++ {
		v |= int64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			if shift := 7 * (i + 1); shift < 64 && b[i]&0x40 != 0 {
				v |= -1 << shift
			}
			return v, i + 1
		}
	}
	return 0, 0
}
