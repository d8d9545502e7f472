package malloc

import (
	"bytes"
	"debug/elf"
	"encoding/binary"

	"github.com/gomedic/gomedic/internal/proc"
)

// exports are the functions that a loaded program or library offers to others, as they
// lie in memory.
type exports struct {
	mem              proc.Memory
	bias             uint64
	symbols, strings uint64
	gnu, old         uint64 // tables of hashes; 0: none
}

const (
	headerSize    = 64
	segmentSize   = 56
	mostSegments  = 128
	mostDynamic   = 1 << 16
	symbolSize    = 24
	mostCollision = 1 << 12
)

// readExports reads the header of what is mapped at base; false: it is none.
func readExports(mem proc.Memory, base uint64) (*exports, bool) {
	var h [headerSize]byte
	le := binary.LittleEndian
	if mem.ReadAt(h[:], base) != nil || string(h[:4]) != elf.ELFMAG || elf.Class(h[elf.EI_CLASS]) != elf.ELFCLASS64 || elf.Data(h[elf.EI_DATA]) != elf.ELFDATA2LSB {
		return nil, false
	}
	n := int(le.Uint16(h[56:]))
	if le.Uint16(h[54:]) != segmentSize || n > mostSegments {
		return nil, false
	}
	table := make([]byte, n*segmentSize)
	if mem.ReadAt(table, base+le.Uint64(h[32:])) != nil {
		return nil, false
	}
	o := &exports{mem: mem}
	var dynamic, size uint64
	first := true
	for ; len(table) > 0; table = table[segmentSize:] {
		switch elf.ProgType(le.Uint32(table)) {
		case elf.PT_LOAD:
			if first {
				first = false
				o.bias = base - (le.Uint64(table[16:]) - le.Uint64(table[8:]))
			}
		case elf.PT_DYNAMIC:
			dynamic, size = le.Uint64(table[16:]), le.Uint64(table[40:])
		}
	}
	if dynamic == 0 || size > mostDynamic {
		return nil, false
	}
	b := make([]byte, size)
	if mem.ReadAt(b, dynamic+o.bias) != nil {
		return nil, false
	}
	for ; len(b) >= 16; b = b[16:] {
		at := le.Uint64(b[8:])
		if at < o.bias { // glibc's linker has made an address of it, musl's has not
			at += o.bias
		}
		switch elf.DynTag(le.Uint64(b)) {
		case elf.DT_SYMTAB:
			o.symbols = at
		case elf.DT_STRTAB:
			o.strings = at
		case elf.DT_GNU_HASH:
			o.gnu = at
		case elf.DT_HASH:
			o.old = at
		}
	}
	return o, o.symbols != 0 && o.strings != 0
}

// has reports whether a function is among them.
func (o *exports) has(name string) bool {
	switch {
	case o.gnu != 0:
		return o.byGNU(name)
	case o.old != 0:
		return o.byHash(name)
	}
	return false
}

func (o *exports) u32(at uint64) uint32 {
	var b [4]byte
	if o.mem.ReadAt(b[:], at) != nil {
		return 0
	}
	return binary.LittleEndian.Uint32(b[:])
}

// byGNU looks in the table of DT_GNU_HASH: four numbers, a filter, buckets, and the
// hashes of the symbols from the first one on, of which the last of a bucket is odd.
func (o *exports) byGNU(name string) bool {
	hash := uint32(5381)
	for _, c := range []byte(name) {
		hash = hash*33 + uint32(c)
	}
	buckets, from, filter := o.u32(o.gnu), o.u32(o.gnu+4), o.u32(o.gnu+8)
	if buckets == 0 {
		return false
	}
	table := o.gnu + 16 + 8*uint64(filter)
	sym := o.u32(table + 4*uint64(hash%buckets))
	if sym < from || sym == 0 {
		return false
	}
	chain := table + 4*uint64(buckets)
	for range mostCollision {
		h := o.u32(chain + 4*uint64(sym-from))
		if h|1 == hash|1 && o.is(sym, name) {
			return true
		}
		if h&1 != 0 {
			break
		}
		sym++
	}
	return false
}

// byHash looks in the table of DT_HASH (gABI, "Hash Table").
func (o *exports) byHash(name string) bool {
	var hash uint32
	for _, c := range []byte(name) {
		hash = hash<<4 + uint32(c)
		hash = (hash ^ hash>>24&0xf0) & 0x0fffffff
	}
	buckets := o.u32(o.old)
	if buckets == 0 {
		return false
	}
	sym := o.u32(o.old + 8 + 4*uint64(hash%buckets))
	for range mostCollision {
		if sym == 0 {
			break
		}
		if o.is(sym, name) {
			return true
		}
		sym = o.u32(o.old + 8 + 4*uint64(buckets) + 4*uint64(sym))
	}
	return false
}

// is: the symbol has that name, and is defined.
func (o *exports) is(sym uint32, name string) bool {
	var s [symbolSize]byte
	if o.mem.ReadAt(s[:], o.symbols+symbolSize*uint64(sym)) != nil || binary.LittleEndian.Uint16(s[6:]) == uint16(elf.SHN_UNDEF) {
		return false
	}
	b := make([]byte, len(name)+1)
	if o.mem.ReadAt(b, o.strings+uint64(binary.LittleEndian.Uint32(s[:]))) != nil {
		return false
	}
	return bytes.Equal(b, append([]byte(name), 0))
}
