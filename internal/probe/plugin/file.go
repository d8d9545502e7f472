package plugin

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
)

// Reason says why a file is not what the command needs.
type Reason string

// The reasons.
const (
	Missing    Reason = "missing"
	Unreadable Reason = "unreadable" // no permission, or the disk failed
	NoFile     Reason = "no-file"    // a folder, a device, a pipe
	NoELF      Reason = "no-elf"
	OtherOS    Reason = "other-os" // a program or library of macOS or Windows
	Truncated  Reason = "truncated"
	NoSections Reason = "no-sections" // what says where things are was stripped (sstrip, packers)
	NoGo       Reason = "no-go"       // ELF, and no Go linker made it
	NoPlugin   Reason = "no-plugin"   // a Go program, or a Go library of another kind
	NoProgram  Reason = "no-program"
)

// FileError says which of the two files cannot be used, and why. Detail is the build
// mode or the format where that is the reason.
type FileError struct {
	Path   string
	Reason Reason
	Detail string
	Err    error // may be nil
}

func (e *FileError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Path, e.Reason, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Path, e.Reason)
}

func (e *FileError) Unwrap() error { return e.Err }

// Bounds of what is read of one file. The largest symbol table known, of a program
// of 400 MB, has a tenth of that.
const (
	maxTable   = 1 << 30
	maxSymbols = 1 << 24
)

// symbol is one entry of a symbol table.
type symbol struct {
	name       string
	value      uint64
	size       uint64
	section    elf.SectionIndex
	bind       elf.SymBind
	kind       elf.SymType
	visibility elf.SymVis
}

func (s *symbol) defined() bool { return s.section != elf.SHN_UNDEF }

// file is one ELF file, and what its tables say. It must be closed.
type file struct {
	*elf.File
	path    string
	os      *os.File
	size    int64
	info    *debug.BuildInfo // nil: no Go linker made it, or its note is gone
	dynamic []symbol         // .dynsym without the null entry; index i is symbol i+1
}

// openFile opens an ELF file and reads its dynamic symbols. Errors are *FileError.
func openFile(path string) (f *file, err error) {
	defer func() { // debug/elf has panicked on hostile files before
		if r := recover(); r != nil {
			f, err = nil, &FileError{Path: path, Reason: NoELF, Err: fmt.Errorf("%v", r)}
		}
		if err != nil && f != nil {
			f.close()
			f = nil
		}
	}()
	o, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &FileError{Path: path, Reason: Missing, Err: err}
	case err != nil:
		return nil, &FileError{Path: path, Reason: Unreadable, Err: err}
	}
	f = &file{path: path, os: o}
	st, err := o.Stat()
	if err != nil {
		return f, &FileError{Path: path, Reason: Unreadable, Err: err}
	}
	if !st.Mode().IsRegular() {
		return f, &FileError{Path: path, Reason: NoFile}
	}
	f.size = st.Size()
	head := make([]byte, 4)
	if _, err := o.ReadAt(head, 0); err != nil && err != io.EOF {
		return f, &FileError{Path: path, Reason: Unreadable, Err: err}
	}
	if string(head) != elf.ELFMAG {
		return f, foreign(path, head)
	}
	if f.File, err = elf.NewFile(o); err != nil {
		return f, &FileError{Path: path, Reason: Truncated, Err: err}
	}
	if f.truncated() {
		return f, &FileError{Path: path, Reason: Truncated}
	}
	if f.dynamic, err = f.table(elf.SHT_DYNSYM); err != nil {
		return f, &FileError{Path: path, Reason: Truncated, Err: err}
	}
	return f, nil
}

// foreign says what a file is that is no ELF file.
func foreign(path string, head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte("MZ")):
		return &FileError{Path: path, Reason: OtherOS, Detail: "windows"}
	case bytes.Equal(head, []byte{0xcf, 0xfa, 0xed, 0xfe}), bytes.Equal(head, []byte{0xce, 0xfa, 0xed, 0xfe}), bytes.Equal(head, []byte{0xca, 0xfe, 0xba, 0xbe}):
		return &FileError{Path: path, Reason: OtherOS, Detail: "darwin"}
	}
	return &FileError{Path: path, Reason: NoELF}
}

// truncated reports whether the file ends before what its headers say.
func (f *file) truncated() bool {
	end := uint64(f.size)
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && (p.Off > end || p.Filesz > end-p.Off) {
			return true
		}
	}
	for _, s := range f.Sections {
		if s.Type != elf.SHT_NOBITS && s.Type != elf.SHT_NULL && (s.Offset > end || s.FileSize > end-s.Offset) {
			return true
		}
	}
	return false
}

func (f *file) close() {
	if f != nil && f.os != nil {
		f.os.Close()
	}
}

// readInfo reads what the Go linker noted about the build.
func (f *file) readInfo() {
	defer func() { _ = recover() }() // as above
	if info, err := buildinfo.Read(io.NewSectionReader(f.os, 0, f.size)); err == nil {
		f.info = info
	}
}

// isGo reports whether a Go linker made the file.
func (f *file) isGo() bool {
	return f.info != nil || f.Section(".gopclntab") != nil || f.Section(".data.rel.ro.gopclntab") != nil || f.Section(".note.go.buildid") != nil
}

// table reads a whole symbol table, SHT_DYNSYM or SHT_SYMTAB; none is no error. It
// does not use debug/elf's, which makes a string of its own for each name: for the
// 90,000 names of a host of 40 MB that is half of the command's time.
func (f *file) table(kind elf.SectionType) ([]symbol, error) {
	s := f.SectionByType(kind)
	if s == nil || s.Type == elf.SHT_NOBITS {
		return nil, nil
	}
	if s.Link == 0 || int(s.Link) >= len(f.Sections) || s.FileSize > maxTable || f.Sections[s.Link].FileSize > maxTable {
		return nil, errors.New("a symbol table without names")
	}
	data, err := s.Data()
	if err != nil {
		return nil, err
	}
	namesData, err := f.Sections[s.Link].Data()
	if err != nil {
		return nil, err
	}
	names := string(namesData)
	entry := elf.Sym64Size
	if f.Class == elf.ELFCLASS32 {
		entry = elf.Sym32Size
	}
	n := len(data) / entry
	if n > maxSymbols {
		return nil, errors.New("a symbol table without end")
	}
	if n < 1 {
		return nil, nil
	}
	all := make([]symbol, 0, n-1)
	for i := 1; i < n; i++ {
		all = append(all, readSymbol(f.ByteOrder, f.Class, data[i*entry:(i+1)*entry], names))
	}
	return all, nil
}

func readSymbol(o binary.ByteOrder, class elf.Class, b []byte, names string) symbol {
	var s symbol
	var name uint32
	var info, other byte
	if class == elf.ELFCLASS32 {
		name, s.value, s.size = o.Uint32(b), uint64(o.Uint32(b[4:])), uint64(o.Uint32(b[8:]))
		info, other, s.section = b[12], b[13], elf.SectionIndex(o.Uint16(b[14:]))
	} else {
		name, s.value, s.size = o.Uint32(b), o.Uint64(b[8:]), o.Uint64(b[16:])
		info, other, s.section = b[4], b[5], elf.SectionIndex(o.Uint16(b[6:]))
	}
	s.bind, s.kind, s.visibility = elf.ST_BIND(info), elf.ST_TYPE(info), elf.ST_VISIBILITY(other)
	s.name = cstring(names, uint64(name))
	return s
}

// cstring is the text at an offset of a string table, up to its zero byte; it shares
// the table's memory.
func cstring(table string, at uint64) string {
	if at >= uint64(len(table)) {
		return ""
	}
	for i := at; i < uint64(len(table)); i++ {
		if table[i] == 0 {
			return table[at:i]
		}
	}
	return ""
}

// bytesAt returns n bytes that the file has at a link-time address, nil if it has
// fewer there.
func (f *file) bytesAt(addr, n uint64) []byte {
	const most = 1 << 24
	if n > most {
		return nil
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || addr < p.Vaddr || addr-p.Vaddr > p.Filesz || n > p.Filesz-(addr-p.Vaddr) {
			continue
		}
		b := make([]byte, n)
		if _, err := f.os.ReadAt(b, int64(p.Off+(addr-p.Vaddr))); err != nil {
			return nil
		}
		return b
	}
	return nil
}

// setting is one of the build's settings, "" if it is not there.
func (f *file) setting(key string) string {
	if f.info != nil {
		for _, s := range f.info.Settings {
			if s.Key == key {
				return s.Value
			}
		}
	}
	return ""
}

// name is the file's own name.
func (f *file) name() string { return filepath.Base(f.path) }
