package cstack

import (
	"debug/elf"
	"encoding/binary"

	"github.com/go-delve/delve/pkg/dwarf/frame"

	"github.com/gomedic/gomedic/internal/proc"
)

// Bounds of a module's headers.
const (
	maxProgramHeaders = 128
	headerSize        = 64 // of an ELF64 file header
	programHeaderSize = 56
)

// module is a file (or the vdso) as it lies in the target's memory.
type module struct {
	path  string
	inode uint64
	base  uint64 // where its first byte is mapped
	bias  uint64 // what is added to the file's addresses
	hdr   uint64 // .eh_frame_hdr, 0: none
	// The dynamic section, for the symbols of a module without a file.
	dynamic, dynamicSize uint64
	table                *searchTable
	entries              frame.FrameDescriptionEntries // of a module without a search table
	parsed               bool                          // entries has been read
	symbols              *symbolFile
	named                bool // symbols has been looked for
}

// module returns the module that m belongs to, nil if its headers are not mapped
// or are no ELF file's.
func (u *Unwinder) module(m *proc.Mapping) *module {
	base := u.base(m)
	if base == 0 {
		return nil
	}
	if mod, ok := u.modules[base]; ok {
		return mod
	}
	mod := u.readModule(base)
	if mod != nil {
		mod.path, mod.inode = m.Path, m.Inode
	}
	u.modules[base] = mod
	return mod
}

// base finds the mapping of the file's first byte at or below m.
func (u *Unwinder) base(m *proc.Mapping) uint64 {
	if m.Path == "[vdso]" {
		return m.Start
	}
	if m.Path == "" {
		return 0
	}
	var base uint64
	for i := range u.maps {
		o := &u.maps[i]
		if o.Start > m.Start {
			break
		}
		if o.Path == m.Path && o.Inode == m.Inode && o.Offset == 0 {
			base = o.Start
		}
	}
	return base
}

func (u *Unwinder) readModule(base uint64) *module {
	var h [headerSize]byte
	if u.memory.ReadAt(h[:], base) != nil || string(h[:4]) != elf.ELFMAG ||
		h[elf.EI_CLASS] != byte(elf.ELFCLASS64) || h[elf.EI_DATA] != byte(elf.ELFDATA2LSB) {
		return nil
	}
	le := binary.LittleEndian
	off, size, n := le.Uint64(h[32:]), le.Uint16(h[54:]), int(le.Uint16(h[56:]))
	if size != programHeaderSize || n == 0 || n > maxProgramHeaders || off > 1<<20 {
		return nil
	}
	b := make([]byte, n*programHeaderSize)
	if u.memory.ReadAt(b, base+off) != nil {
		return nil
	}
	mod := &module{base: base}
	var loaded bool
	for i := 0; i < n; i++ {
		p := b[i*programHeaderSize:]
		if elf.ProgType(le.Uint32(p)) == elf.PT_LOAD && le.Uint64(p[8:]) == 0 {
			mod.bias, loaded = base-le.Uint64(p[16:]), true
			break
		}
	}
	if !loaded {
		return nil
	}
	for i := 0; i < n; i++ {
		p := b[i*programHeaderSize:]
		switch elf.ProgType(le.Uint32(p)) {
		case elf.PT_GNU_EH_FRAME:
			mod.hdr = mod.bias + le.Uint64(p[16:])
		case elf.PT_DYNAMIC:
			mod.dynamic, mod.dynamicSize = mod.bias+le.Uint64(p[16:]), le.Uint64(p[40:])
		}
	}
	return mod
}
