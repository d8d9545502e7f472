package proc

import (
	"debug/elf"
	"encoding/binary"
	"os"
)

// place is a piece of a target's executable memory that holds nothing of the
// program.
type place struct {
	addr uint64
	auxv string // of the program that it belongs to
}

// maxHeaders bounds the program headers read of one file: programs have about ten.
const maxHeaders = 128

// findPlace looks for size bytes behind the code of the program, of one of its
// libraries or of the vDSO: a mapping is whole pages, the code in it is not.
func (p *Process) findPlace(size int) (place, bool) {
	auxv, err := os.ReadFile(p.path("auxv"))
	if err != nil {
		return place{}, false
	}
	maps, err := p.Mappings()
	if err != nil {
		return place{}, false
	}
	var first *Mapping // of the file at hand: where its header lies
	for i := range maps {
		m := &maps[i]
		if m.Offset == 0 && m.Path != "" && (first == nil || first.Path != m.Path) {
			first = m
		}
		if !m.Exec || !m.Read || m.Write || first == nil || first.Path != m.Path || m.Path == "[vsyscall]" {
			continue
		}
		if end, ok := codeEnd(p, first.Start, m); ok {
			at := (m.End - uint64(size)) &^ 15 // far from the code, and from what may follow it in the file
			if end <= at {
				return place{addr: at, auxv: string(auxv)}, true
			}
		}
	}
	return place{}, false
}

// holds reports whether the target still runs the program that the place was found
// in. The vector holds addresses that each exec draws anew (AT_RANDOM).
func (l *place) holds(p *Process) bool {
	auxv, err := os.ReadFile(p.path("auxv"))
	return err == nil && string(auxv) == l.auxv
}

// codeEnd returns where in the executable mapping m its segment ends, by the
// program headers of the ELF image that is mapped at base.
func codeEnd(mem Memory, base uint64, m *Mapping) (uint64, bool) {
	// elf(5): the header is 64 bytes, a program header 56.
	var header [64]byte
	if mem.ReadAt(header[:], base) != nil || string(header[:4]) != elf.ELFMAG || elf.Class(header[elf.EI_CLASS]) != elf.ELFCLASS64 {
		return 0, false
	}
	le := binary.LittleEndian
	off, size, n := le.Uint64(header[32:]), le.Uint16(header[54:]), le.Uint16(header[56:])
	if size != 56 || n > maxHeaders || off > 1<<16 {
		return 0, false
	}
	table := make([]byte, int(n)*56)
	if mem.ReadAt(table, base+off) != nil {
		return 0, false
	}
	const page = 4096 // the least there is; larger ones only leave more room unused
	bias, known := uint64(0), false
	for h := table; len(h) >= 56; h = h[56:] {
		if elf.ProgType(le.Uint32(h)) == elf.PT_LOAD && le.Uint64(h[8:])&^(page-1) == 0 {
			bias, known = base-le.Uint64(h[16:])&^(page-1), true
			break
		}
	}
	for h := table; known && len(h) >= 56; h = h[56:] {
		if elf.ProgType(le.Uint32(h)) != elf.PT_LOAD || elf.ProgFlag(le.Uint32(h[4:]))&elf.PF_X == 0 {
			continue
		}
		start := bias + le.Uint64(h[16:])
		end := start + le.Uint64(h[40:])
		if end < start || end > m.End || end <= m.Start || m.End-end >= page {
			continue
		}
		return end, true
	}
	return 0, false
}
