package exact

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"slices"
)

// names are the functions that are hooked, in the order of the fields of struct header
// and of the entries in hooks.c.
var names = [...]string{"malloc", "calloc", "realloc", "free", "memalign", "aligned_alloc", "posix_memalign", "valloc", "pvalloc"}

// object is what a library says of itself, at addresses from its own start.
type object struct {
	slots map[string][]place // where it keeps the addresses of functions that it calls, by name
	funcs map[string]uint64  // functions that it has, of names
	first uint64             // the address of its first segment, and its place in the file
	off   uint64
}

// place is where a library keeps a function's address.
type place struct {
	at uint64
	// stub is what stands there until the function is called for the first time: code of
	// the library that looks it up. 0: it is looked up before.
	stub uint64
}

const (
	mostRelocs = 1 << 20
	relSize    = 24 // Elf64_Rela
	symSize    = 24 // Elf64_Sym
)

var errNoDynamic = errors.New("it is not linked dynamically")

// readObject reads a library's relocations and functions by its dynamic section: a
// stripped one has no others.
func readObject(f *elf.File) (*object, error) {
	if f.Machine != elf.EM_X86_64 {
		return nil, errors.New("not for this processor")
	}
	o := &object{slots: map[string][]place{}, funcs: map[string]uint64{}}
	var dyn *elf.Prog
	found := false
	for _, p := range f.Progs {
		switch {
		case p.Type == elf.PT_DYNAMIC:
			dyn = p
		case p.Type == elf.PT_LOAD && !found:
			o.first, o.off, found = p.Vaddr, p.Off, true
		}
	}
	if dyn == nil || dyn.Filesz == 0 || dyn.Filesz > 1<<20 {
		return nil, errNoDynamic
	}
	b := make([]byte, dyn.Filesz)
	if _, err := dyn.ReadAt(b, 0); err != nil {
		return nil, err
	}
	tag := map[elf.DynTag]uint64{}
	for ; len(b) >= 16; b = b[16:] {
		if t := elf.DynTag(binary.LittleEndian.Uint64(b)); t != elf.DT_NULL {
			tag[t] = binary.LittleEndian.Uint64(b[8:])
		}
	}
	read := func(addr, n uint64) []byte {
		for _, p := range f.Progs {
			if p.Type == elf.PT_LOAD && addr >= p.Vaddr && addr-p.Vaddr < p.Filesz {
				out := make([]byte, min(n, p.Filesz-(addr-p.Vaddr)))
				if _, err := p.ReadAt(out, int64(addr-p.Vaddr)); err != nil {
					return nil
				}
				return out
			}
		}
		return nil
	}
	text := read(tag[elf.DT_STRTAB], min(tag[elf.DT_STRSZ], 64<<20))
	name := func(sym uint32) (string, uint64) {
		s := read(tag[elf.DT_SYMTAB]+uint64(sym)*symSize, symSize)
		if len(s) < symSize {
			return "", 0
		}
		at := binary.LittleEndian.Uint32(s)
		if uint64(at) >= uint64(len(text)) {
			return "", 0
		}
		n := text[at:]
		if i := slices.Index(n[:min(len(n), 64)], 0); i >= 0 {
			n = n[:i]
		}
		return string(n[:min(len(n), 64)]), binary.LittleEndian.Uint64(s[8:])
	}
	for _, table := range [][2]uint64{{tag[elf.DT_JMPREL], tag[elf.DT_PLTRELSZ]}, {tag[elf.DT_RELA], tag[elf.DT_RELASZ]}} {
		if table[0] == 0 || table[1]/relSize > mostRelocs {
			continue
		}
		rels := read(table[0], table[1])
		for ; len(rels) >= relSize; rels = rels[relSize:] {
			info := binary.LittleEndian.Uint64(rels[8:])
			sym, kind := uint32(info>>32), elf.R_X86_64(uint32(info))
			if sym == 0 || kind != elf.R_X86_64_JMP_SLOT && kind != elf.R_X86_64_GLOB_DAT && kind != elf.R_X86_64_64 {
				continue
			}
			if n, _ := name(sym); slices.Contains(names[:], n) {
				s := place{at: binary.LittleEndian.Uint64(rels)}
				if s.at&7 != 0 || slices.ContainsFunc(o.slots[n], func(o place) bool { return o.at == s.at }) {
					continue
				}
				if b := read(s.at, 8); kind == elf.R_X86_64_JMP_SLOT && len(b) == 8 {
					s.stub = binary.LittleEndian.Uint64(b)
				}
				o.slots[n] = append(o.slots[n], s)
			}
		}
	}
	syms, _ := f.DynamicSymbols()
	for _, s := range syms {
		if s.Section != elf.SHN_UNDEF && s.Value != 0 && elf.ST_TYPE(s.Info) == elf.STT_FUNC && slices.Contains(names[:], s.Name) {
			o.funcs[s.Name] = s.Value
		}
	}
	return o, nil
}
