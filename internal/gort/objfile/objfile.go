// Package objfile lays out a Go program's file as the linker meant it to lie in
// memory: ELF, PE, Mach-O, and the data of a WebAssembly module. On top of that it
// finds what //go:embed left there, in stripped programs as well.
//
// It starts no program and needs no runtime. The file is untrusted: every length has
// a bound. It knows nothing of toolkits. Start at [Open] and [Image.EmbedFS].
package objfile

import (
	"debug/buildinfo"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"sort"
	"strings"

	"github.com/gomedic/gomedic/internal/proc"
)

// What a file can be instead of a Go program.
var (
	ErrFormat    = errors.New("neither ELF, PE, Mach-O nor WebAssembly")
	ErrTruncated = errors.New("the file is cut off or damaged")
	ErrNotGo     = errors.New("no Go linker made it")
)

// maxFile bounds a program's file.
const maxFile = 2 << 30

// Segment is one piece of the memory.
type Segment struct {
	Addr  uint64
	Data  []byte // of the file, or a copy with relocations applied; never written to
	Write bool
	Exec  bool
}

// End is the first address behind the segment.
func (s *Segment) End() uint64 { return s.Addr + uint64(len(s.Data)) }

// Symbol is a variable of the program.
type Symbol struct {
	Name       string
	Addr, Size uint64
}

// Image is a program as it lies in memory before it runs. Addresses are the linker's.
type Image struct {
	Format   string // "ELF", "PE", "Mach-O", "WebAssembly"
	Arch     string // Go's name, "" if not known
	OS       string
	PtrSize  int
	Order    binary.ByteOrder
	Segments []Segment        // sorted by address, without overlaps
	Info     *debug.BuildInfo // nil where there is none
	Go       string           // "go1.26.8"; "" where it is not known
	Stripped bool
	Symbols  []Symbol // of variables, sorted by address; none in a stripped program
	Text     uint64   // where the code begins, as the function table counts
	Pclntab  []byte   // the function table; nil where it was not found
	// PclntabAt is the table's address.
	PclntabAt uint64

	// chained: pointers of writable segments are links of a chain that was not followed
	// (Mach-O).
	chained bool
	base    uint64
	data    []byte
	unmap   func()
	rsrc    []byte // of PE
	rsrcRVA uint32
}

// Open reads a program's file. Close it after use. Errors are, or wrap, ErrFormat,
// ErrTruncated and ErrNotGo, or come from the system.
func Open(path string) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() < 8 || st.Size() > maxFile {
		return nil, ErrFormat
	}
	data, unmap, err := mapFile(f, int(st.Size()))
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	m, err := Read(data)
	if err != nil {
		unmap()
		return nil, err
	}
	m.unmap = unmap
	return m, nil
}

// Read reads a program from memory, which the image keeps.
func Read(data []byte) (m *Image, err error) {
	defer func() { // the packages debug/… have panicked on hostile files before
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("%w: %v", ErrTruncated, r)
		}
	}()
	m = &Image{data: data, Order: binary.LittleEndian, PtrSize: 8}
	if len(data) < 8 {
		return nil, ErrFormat
	}
	switch magic := string(data[:4]); {
	case magic == "\x7fELF":
		err = m.readELF()
	case magic[:2] == "MZ":
		err = m.readPE()
	case magic == "\xcf\xfa\xed\xfe" || magic == "\xce\xfa\xed\xfe" || magic == "\xca\xfe\xba\xbe":
		err = m.readMachO()
	case magic == "\x00asm":
		err = m.readWasm()
	default:
		return nil, ErrFormat
	}
	if err != nil {
		return nil, err
	}
	sort.Slice(m.Segments, func(i, j int) bool { return m.Segments[i].Addr < m.Segments[j].Addr })
	slices.SortFunc(m.Symbols, func(a, b Symbol) int {
		switch {
		case a.Addr < b.Addr:
			return -1
		case a.Addr > b.Addr:
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	if info, err := buildinfo.Read(readerAt(data)); err == nil {
		m.Info, m.Go = info, info.GoVersion
	} else if m.Format == "WebAssembly" {
		m.wasmInfo()
	}
	m.findPclntab()
	if m.Info == nil && m.Pclntab == nil {
		return nil, ErrNotGo
	}
	return m, nil
}

// Close frees the file. Nothing of the image may be used after.
func (m *Image) Close() {
	if m.unmap != nil {
		m.unmap()
		m.unmap = nil
	}
}

// readerAt is a file in memory.
type readerAt []byte

func (r readerAt) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(r)) {
		return 0, io.EOF
	}
	n := copy(p, r[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// segment returns the segment that holds addr.
func (m *Image) segment(addr uint64) *Segment {
	i := sort.Search(len(m.Segments), func(i int) bool { return m.Segments[i].End() > addr })
	if i < len(m.Segments) && m.Segments[i].Addr <= addr {
		return &m.Segments[i]
	}
	return nil
}

// Bytes returns n bytes at addr, nil where the file does not have them all.
func (m *Image) Bytes(addr, n uint64) []byte {
	s := m.segment(addr)
	if s == nil || n > s.End()-addr {
		return nil
	}
	off := addr - s.Addr
	return s.Data[off : off+n : off+n]
}

// word reads a pointer-sized integer.
func (m *Image) word(b []byte) uint64 {
	if m.PtrSize == 4 {
		return uint64(m.Order.Uint32(b))
	}
	return m.Order.Uint64(b)
}

// pointer is a word that points somewhere: a link of a chain is resolved.
func (m *Image) pointer(b []byte) uint64 {
	v := m.word(b)
	if m.chained && v>>36 != 0 && v>>63 == 0 {
		v &= 1<<36 - 1
		if v < m.base {
			v += m.base
		}
	}
	return v
}

// Word reads the word at addr.
func (m *Image) Word(addr uint64) (uint64, bool) {
	b := m.Bytes(addr, uint64(m.PtrSize))
	if b == nil {
		return 0, false
	}
	return m.pointer(b), true
}

// String reads the string header at addr.
func (m *Image) String(addr, most uint64) (string, bool) {
	p, ok1 := m.Word(addr)
	n, ok2 := m.Word(addr + uint64(m.PtrSize))
	if !ok1 || !ok2 || n > most {
		return "", false
	}
	b := m.Bytes(p, n)
	if b == nil && n > 0 {
		return "", false
	}
	return string(b), true
}

// ReadAt implements proc.Memory. What the file has not is zero as far as the program
// has memory there.
func (m *Image) ReadAt(p []byte, addr uint64) error {
	if b := m.Bytes(addr, uint64(len(p))); b != nil {
		copy(p, b)
		return nil
	}
	return proc.ErrRead
}

// ReadMany implements proc.Memory.
func (m *Image) ReadMany(ranges []proc.Range) {
	for i := range ranges {
		ranges[i].OK = m.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
	}
}

// SymbolAt names the variable at addr, "" if no symbol says it.
func (m *Image) SymbolAt(addr uint64) string {
	i := sort.Search(len(m.Symbols), func(i int) bool { return m.Symbols[i].Addr > addr })
	if i == 0 {
		return ""
	}
	if s := m.Symbols[i-1]; s.Addr == addr || addr < s.Addr+s.Size {
		return s.Name
	}
	return ""
}

var elfArch = map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_386: "386", elf.EM_ARM: "arm", elf.EM_RISCV: "riscv64",
	elf.EM_PPC64: "ppc64le", elf.EM_S390: "s390x", elf.EM_LOONGARCH: "loong64"}

// relative is the relocation type that adds the load address, of each machine.
var relative = map[elf.Machine]uint32{elf.EM_X86_64: 8, elf.EM_AARCH64: 1027, elf.EM_RISCV: 3, elf.EM_PPC64: 22, elf.EM_S390: 12, elf.EM_LOONGARCH: 3}

func (m *Image) readELF() error {
	f, err := elf.NewFile(readerAt(m.data))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it has %d bytes, and its table of sections lies behind them", ErrTruncated, len(m.data))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	if f.Type == elf.ET_REL || f.Type == elf.ET_CORE {
		return ErrFormat
	}
	m.Format, m.OS, m.Arch, m.Order = "ELF", "linux", elfArch[f.Machine], f.ByteOrder
	if f.Class == elf.ELFCLASS32 {
		m.PtrSize = 4
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Filesz == 0 {
			continue
		}
		if p.Off > uint64(len(m.data)) || p.Filesz > uint64(len(m.data))-p.Off {
			return fmt.Errorf("%w: it has %d bytes, and a segment ends at %d", ErrTruncated, len(m.data), p.Off+p.Filesz)
		}
		s := Segment{Addr: p.Vaddr, Data: m.data[p.Off : p.Off+p.Filesz], Write: p.Flags&elf.PF_W != 0, Exec: p.Flags&elf.PF_X != 0}
		m.Segments = append(m.Segments, s)
	}
	m.relocate(f)
	m.Stripped = f.Section(".symtab") == nil
	if syms, err := f.Symbols(); err == nil {
		for _, s := range syms {
			if elf.ST_TYPE(s.Info) == elf.STT_OBJECT && s.Value != 0 && ofProgram(s.Name) {
				m.Symbols = append(m.Symbols, Symbol{s.Name, s.Value, s.Size})
			}
		}
	}
	for _, name := range []string{".gopclntab", ".data.rel.ro.gopclntab"} {
		if s := f.Section(name); s != nil && s.Offset < uint64(len(m.data)) && s.Size <= uint64(len(m.data))-s.Offset {
			m.Pclntab, m.PclntabAt = m.data[s.Offset:s.Offset+s.Size], s.Addr
		}
	}
	if s := f.Section(".text"); s != nil {
		m.Text = s.Addr
	}
	return nil
}

// relocate writes the pointers that the loader would write into copies of the segments
// that have any.
func (m *Image) relocate(f *elf.File) {
	kind, ok := relative[f.Machine]
	s := f.Section(".rela.dyn")
	if s == nil {
		s = f.Section(".rela")
	}
	if s == nil || !ok || f.Class != elf.ELFCLASS64 || s.Offset > uint64(len(m.data)) || s.Size > uint64(len(m.data))-s.Offset {
		return
	}
	b := m.data[s.Offset : s.Offset+s.Size]
	copied := map[int]bool{}
	for ; len(b) >= 24; b = b[24:] {
		at, info, addend := m.Order.Uint64(b), m.Order.Uint64(b[8:]), m.Order.Uint64(b[16:])
		if uint32(info) != kind {
			continue
		}
		for i := range m.Segments {
			g := &m.Segments[i]
			if at < g.Addr || at+8 > g.End() {
				continue
			}
			if !copied[i] {
				g.Data, copied[i] = slices.Clone(g.Data), true
			}
			m.Order.PutUint64(g.Data[at-g.Addr:], addend)
			break
		}
	}
}

// ofProgram leaves out the linker's own marks.
func ofProgram(symbol string) bool {
	return !strings.HasPrefix(symbol, "runtime.") && !strings.HasPrefix(symbol, "go:") && !strings.HasPrefix(symbol, "type:")
}
