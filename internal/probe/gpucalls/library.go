package gpucalls

import (
	"debug/elf"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/proc"
)

// library is a file with code that the program has mapped.
type library struct {
	name string // base name
	file string // path at which this process can open it
	maps []proc.Mapping
	elf  *elf.File
	syms map[string]uint64 // exported functions, offset in the file; nil: not read yet
}

// libraries lists the files with code among the mappings, in order of address. dir is
// the process's folder in /proc.
func libraries(maps []proc.Mapping, dir string) []*library {
	var out []*library
	at := map[string]*library{}
	for i := range maps {
		m := maps[i]
		if m.Inode == 0 || m.Path == "" {
			continue
		}
		l := at[m.Path]
		if l == nil {
			l = &library{name: path.Base(strings.TrimSuffix(m.Path, " (deleted)"))}
			at[m.Path] = l
			out = append(out, l)
		}
		if m.Exec && l.file == "" {
			l.file = filepath.Join(dir, "map_files", strconv.FormatUint(m.Start, 16)+"-"+strconv.FormatUint(m.End, 16))
			if f, err := elf.Open(l.file); err == nil { // needs CAP_SYS_ADMIN, or CAP_CHECKPOINT_RESTORE
				f.Close()
			} else {
				l.file = filepath.Join(dir, "root", m.Path)
			}
		}
		l.maps = append(l.maps, m)
	}
	n := 0
	for _, l := range out {
		if l.file != "" {
			out[n] = l
			n++
		}
	}
	return out[:n]
}

// open reads the exported functions.
func (l *library) open() error {
	if l.syms != nil {
		return nil
	}
	l.syms = map[string]uint64{}
	f, err := elf.Open(l.file)
	if err != nil {
		return err
	}
	if f.Machine != elf.EM_X86_64 {
		f.Close()
		return nil
	}
	l.elf = f
	syms, err := f.DynamicSymbols()
	if err != nil {
		return err
	}
	for _, s := range syms {
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Section == elf.SHN_UNDEF || s.Value == 0 {
			continue
		}
		if off, ok := offset(f, s.Value); ok && l.syms[s.Name] == 0 {
			l.syms[s.Name] = off
		}
	}
	return nil
}

func (l *library) close() {
	if l.elf != nil {
		l.elf.Close()
	}
}

// code reads what lies at an offset in the file.
func (l *library) code(off uint64) []byte {
	if l.elf == nil {
		f, err := elf.Open(l.file)
		if err != nil {
			return nil
		}
		l.elf = f
	}
	b := make([]byte, 160)
	for _, p := range l.elf.Progs {
		if p.Type == elf.PT_LOAD && off >= p.Off && off < p.Off+p.Filesz {
			n, _ := p.ReadAt(b, int64(off-p.Off))
			return b[:n]
		}
	}
	return nil
}

// addr is where an offset in the file is mapped to be executed.
func (l *library) addr(off uint64) (uint64, bool) {
	for i := range l.maps {
		if m := &l.maps[i]; m.Exec && off >= m.Offset && off-m.Offset < m.End-m.Start {
			return m.Start + off - m.Offset, true
		}
	}
	return 0, false
}

// at is the library that has code at an address, and the offset in its file.
func at(libs []*library, addr uint64) (*library, uint64) {
	for _, l := range libs {
		for i := range l.maps {
			if m := &l.maps[i]; m.Exec && m.Contains(addr) {
				return l, addr - m.Start + m.Offset
			}
		}
	}
	return nil, 0
}

// offset is where in a file an address of its own lies.
func offset(f *elf.File, addr uint64) (uint64, bool) {
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && addr >= p.Vaddr && addr < p.Vaddr+p.Filesz {
			return addr - p.Vaddr + p.Off, true
		}
	}
	return 0, false
}
