package gort

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
)

// Binary is a Go program's file: what can be known without the process.
type Binary struct {
	File      *elf.File
	Info      *debug.BuildInfo // nil where the build info is gone
	GoVersion string           // "go1.26.8", "" if it is nowhere
	Stripped  bool             // no symbol table
	HasDWARF  bool

	arch    string                      // GOARCH, where File does not say it
	data    []byte                      // the whole file
	mapped  bool                        // data is a mapping, not memory
	pclntab uint64                      // link-time address of the function table, 0: not found
	laid    func(addr, n uint64) []byte // of another format than ELF: bytes of the file

	symbols func() map[string]elf.Symbol
}

// ErrNotGo is returned for a file that no Go linker made.
var ErrNotGo = errors.New("not a Go program")

// Err32Bit is returned for a 32-bit program.
var Err32Bit = errors.New("a 32-bit program")

// maxBinary bounds the size of a program file: far above the largest known.
const maxBinary = 8 << 30

// OpenBinary maps a program file. Close it after use. The error is ErrNotGo or
// Err32Bit where the file is a valid ELF of another kind.
func OpenBinary(path string) (*Binary, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Size() < 64 || st.Size() > maxBinary {
		return nil, ErrNotGo
	}
	data, err := mapFile(f, int(st.Size()))
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	b, err := newBinary(data)
	if err != nil {
		unmapFile(data)
		return nil, err
	}
	b.mapped = true
	return b, nil
}

// maxCarried bounds the size of a program that is read into memory.
const maxCarried = 2 << 30

// ReadBinary reads a program file of size bytes that lies within another, such as
// in a heap file. It returns the errors of OpenBinary, and those of r.
func ReadBinary(r io.ReaderAt, size int64) (*Binary, error) {
	if size < 64 || size > maxCarried {
		return nil, ErrNotGo
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), data); err != nil {
		return nil, err
	}
	return newBinary(data)
}

func newBinary(data []byte) (b *Binary, err error) {
	defer func() { // debug/elf has panicked on hostile files before
		if r := recover(); r != nil {
			b, err = nil, fmt.Errorf("%w: %v", ErrNotGo, r)
		}
	}()
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotGo, err)
	}
	if f.Class != elf.ELFCLASS64 {
		return nil, Err32Bit
	}
	b = &Binary{File: f, data: data, Stripped: f.Section(".symtab") == nil}
	b.HasDWARF = f.Section(".debug_info") != nil || f.Section(".zdebug_info") != nil
	if info, err := buildinfo.Read(bytes.NewReader(data)); err == nil {
		b.Info, b.GoVersion = info, info.GoVersion
	}
	b.pclntab = b.findPclntab()
	if b.pclntab == 0 && b.Info == nil {
		return nil, ErrNotGo
	}
	b.symbols = sync.OnceValue(b.readSymbols)
	return b, nil
}

// Laid describes a program whose file is no ELF file: for amd64, laid out by package
// objfile.
type Laid struct {
	Info     *debug.BuildInfo
	Go       string // version
	Segments []Span
	Pclntab  uint64                      // address of the function table
	Bytes    func(addr, n uint64) []byte // of the program's file, nil where it has not so many there
}

// LaidBinary makes a Binary of such a program, for [Static].
func LaidBinary(l Laid) *Binary {
	b := &Binary{Info: l.Info, GoVersion: l.Go, Stripped: true, arch: "amd64", pclntab: l.Pclntab, laid: l.Bytes, File: &elf.File{
		FileHeader: elf.FileHeader{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, ByteOrder: binary.LittleEndian, Type: elf.ET_EXEC, Machine: elf.EM_X86_64}}}
	for _, s := range l.Segments {
		b.File.Progs = append(b.File.Progs, &elf.Prog{ProgHeader: elf.ProgHeader{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_W,
			Vaddr: s.Lo, Filesz: s.Hi - s.Lo, Memsz: s.Hi - s.Lo, Off: 1 << 62}}) // its bytes are had from Bytes
	}
	b.symbols = sync.OnceValue(func() map[string]elf.Symbol { return nil })
	return b
}

// Close unmaps the file. Strings and slices from it must not be used after.
func (b *Binary) Close() error {
	if b.data == nil {
		return nil
	}
	d := b.data
	b.data = nil
	if !b.mapped {
		return nil
	}
	return unmapFile(d)
}

// PIE reports whether the program can be loaded anywhere.
func (b *Binary) PIE() bool { return b.File.Type == elf.ET_DYN }

// fileBytes returns n bytes of the file that the program has at the link-time
// address addr, or nil. They equal the memory only where nothing writes there.
func (b *Binary) fileBytes(addr, n uint64) []byte {
	if b.laid != nil {
		return b.laid(addr, n)
	}
	for _, p := range b.File.Progs {
		if p.Type != elf.PT_LOAD || addr < p.Vaddr || addr-p.Vaddr > p.Filesz || n > p.Filesz-(addr-p.Vaddr) {
			continue
		}
		off := p.Off + (addr - p.Vaddr)
		if off > uint64(len(b.data)) || n > uint64(len(b.data))-off {
			return nil
		}
		return b.data[off : off+n : off+n]
	}
	return nil
}

// pclnMagic is the header of the function table since Go 1.20 (internal/abi,
// Go120PCLnTabMagic), little endian, followed by two zero bytes.
var pclnMagic = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0}

// findPclntab finds the function table: by its section's name, which stripping
// keeps, else by its header in the read-only segments.
func (b *Binary) findPclntab() uint64 {
	for _, name := range []string{".gopclntab", ".data.rel.ro.gopclntab"} {
		if s := b.File.Section(name); s != nil && b.validPclnHeader(s.Addr) {
			return s.Addr
		}
	}
	for _, p := range b.File.Progs {
		if p.Type != elf.PT_LOAD || p.Off > uint64(len(b.data)) {
			continue
		}
		seg := b.data[p.Off:min(uint64(len(b.data)), p.Off+p.Filesz)]
		for at := 0; ; {
			i := bytes.Index(seg[at:], pclnMagic)
			if i < 0 {
				break
			}
			if addr := p.Vaddr + uint64(at+i); b.validPclnHeader(addr) {
				return addr
			}
			at += i + 1
		}
	}
	return 0
}

func (b *Binary) validPclnHeader(addr uint64) bool {
	h := b.fileBytes(addr, 8+8*8)
	if h == nil || !bytes.HasPrefix(h, pclnMagic) || (h[6] != 1 && h[6] != 4) || h[7] != 8 {
		return false
	}
	nfunc := binary.LittleEndian.Uint64(h[8:])
	nameOff := binary.LittleEndian.Uint64(h[8+3*8:])
	return nfunc > 0 && nfunc < 1<<24 && nameOff >= 64 && nameOff < 1<<12
}

// Symbol returns the link-time address of a symbol, 0 if there is none.
func (b *Binary) Symbol(name string) uint64 { return b.symbols()[name].Value }

// readSymbols keeps the runtime's data symbols: the others are not asked for.
func (b *Binary) readSymbols() map[string]elf.Symbol {
	m := map[string]elf.Symbol{}
	syms, err := b.File.Symbols()
	if err != nil {
		return m
	}
	for _, s := range syms {
		if elf.ST_TYPE(s.Info) == elf.STT_OBJECT && len(s.Name) > 8 && s.Name[:8] == "runtime." {
			m[s.Name] = s
		}
	}
	return m
}

// Arch returns the architecture's Go name, "" if gomedic does not know it.
func (b *Binary) Arch() string {
	if b.arch != "" {
		return b.arch
	}
	switch b.File.Machine {
	case elf.EM_X86_64:
		return "amd64"
	case elf.EM_AARCH64:
		return "arm64"
	}
	return ""
}

var _ io.Closer = (*Binary)(nil)
