package cstack

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"sync"
	"time"

	"github.com/ianlancetaylor/demangle"
)

// Bounds of what is read of a file's symbols. The largest in use, libLLVM's and
// libwebkit's, have some megabytes.
const (
	maxSymbolBytes = 64 << 20
	maxName        = 4 << 10
	maxSections    = 1 << 16
	maxFiles       = 512
)

// symbolSize is the size of an ELF64 symbol.
const symbolSize = 24

// Names keeps the symbols of files, for as long as a file stays the same. It may
// be used by several unwinders at once.
type Names struct {
	mu    sync.Mutex
	files map[fileKey]*symbolFile
}

type fileKey struct {
	path     string
	size     int64
	modified time.Time
}

// NewNames returns an empty Names.
func NewNames() *Names { return &Names{files: map[fileKey]*symbolFile{}} }

// symbolFile has the symbol tables of one file as they are: they are searched
// without being decoded, which for a stack costs less than to sort them once.
type symbolFile struct {
	mu     sync.Mutex
	tables []symbolTable
	found  map[uint64]string // by address
}

// symbolTable is .symtab or .dynsym.
type symbolTable struct {
	symbols []byte
	names   func(offset uint32) string
}

// symbol names the function at pc, "" if no symbol covers it.
func (u *Unwinder) symbol(mod *module, pc uint64) string {
	if !mod.named {
		mod.named = true
		if mod.path != "" && mod.path[0] == '/' {
			mod.symbols = u.names.open(u.root + mod.path)
		}
		if mod.symbols == nil {
			mod.symbols = u.fromMemory(mod)
		}
	}
	if mod.symbols == nil {
		return ""
	}
	return mod.symbols.name(pc - mod.bias)
}

// Data names the variable of a file at addr, "" if no symbol covers it.
func (u *Unwinder) Data(addr uint64) string {
	m := u.mapping(addr)
	if m == nil || m.Path == "" {
		return ""
	}
	mod := u.module(m)
	if mod == nil {
		return ""
	}
	u.symbol(mod, addr) // has the file's symbols read
	if mod.symbols == nil {
		return ""
	}
	return mod.symbols.data(addr - mod.bias)
}

func (n *Names) open(path string) *symbolFile {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	key := fileKey{path, info.Size(), info.ModTime()}
	n.mu.Lock()
	defer n.mu.Unlock()
	if s, ok := n.files[key]; ok {
		return s
	}
	if len(n.files) >= maxFiles {
		clear(n.files)
	}
	s := readSymbols(path)
	n.files[key] = s
	return s
}

// readSymbols reads a file's symbol tables. The file is read and not mapped: one
// that is cut short meanwhile would otherwise end this process.
func readSymbols(path string) (s *symbolFile) {
	defer func() {
		if recover() != nil {
			s = nil
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	e, err := elf.NewFile(f)
	if err != nil || e.Class != elf.ELFCLASS64 || len(e.Sections) > maxSections {
		return nil
	}
	s = &symbolFile{found: map[uint64]string{}}
	for _, kind := range []elf.SectionType{elf.SHT_SYMTAB, elf.SHT_DYNSYM} {
		section := e.SectionByType(kind)
		if section == nil || section.Size > maxSymbolBytes || int(section.Link) >= len(e.Sections) {
			continue
		}
		symbols, err := section.Data()
		if err != nil {
			continue
		}
		names := e.Sections[section.Link]
		if names.Size > maxSymbolBytes {
			continue
		}
		text, err := names.Data()
		if err != nil {
			continue
		}
		s.tables = append(s.tables, symbolTable{symbols, func(offset uint32) string { return cString(text, uint64(offset)) }})
	}
	return s
}

func cString(text []byte, offset uint64) string {
	if offset >= uint64(len(text)) {
		return ""
	}
	text = text[offset:min(uint64(len(text)), offset+maxName)]
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	return string(text)
}

// name finds the function that covers addr, an address as the file counts.
func (s *symbolFile) name(addr uint64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, ok := s.found[addr]; ok {
		return n
	}
	name := ""
	for _, t := range s.tables {
		if name = t.find(addr, code); name != "" {
			name = demangle.Filter(name, demangle.NoParams)
			break
		}
	}
	s.found[addr] = name
	return name
}

// data finds the variable that covers addr.
func (s *symbolFile) data(addr uint64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		if name := t.find(addr, func(k elf.SymType) bool { return k == elf.STT_OBJECT }); name != "" {
			return demangle.Filter(name)
		}
	}
	return ""
}

func code(k elf.SymType) bool {
	return k == elf.STT_FUNC || k == elf.STT_GNU_IFUNC || k == elf.STT_NOTYPE
}

// find returns the symbol of the innermost function, or what else is wanted, around
// addr; of several with one start, a global one.
func (t symbolTable) find(addr uint64, wanted func(elf.SymType) bool) string {
	le := binary.LittleEndian
	var best, start uint64
	var offset uint32
	for b := t.symbols; len(b) >= symbolSize; b = b[symbolSize:] {
		value := le.Uint64(b[8:])
		if value > addr || value < start {
			continue
		}
		size := le.Uint64(b[16:])
		if addr-value >= size || !wanted(elf.SymType(b[4]&0xf)) || le.Uint16(b[6:]) == 0 {
			continue
		}
		rank := value<<1 | uint64(b[4]>>4)&1
		if offset == 0 || rank >= best {
			best, start, offset = rank, value, le.Uint32(b)
		}
	}
	if offset == 0 {
		return ""
	}
	return t.names(offset)
}

// fromMemory reads the dynamic symbols of a module without a file: the vdso, or
// a library that has been replaced on disk.
func (u *Unwinder) fromMemory(mod *module) *symbolFile {
	if mod.dynamic == 0 || mod.dynamicSize == 0 || mod.dynamicSize > 64<<10 {
		return nil
	}
	b := make([]byte, mod.dynamicSize)
	if u.memory.ReadAt(b, mod.dynamic) != nil {
		return nil
	}
	le := binary.LittleEndian
	var symbols, names, namesSize uint64
	for ; len(b) >= 16; b = b[16:] {
		v := le.Uint64(b[8:])
		switch elf.DynTag(le.Uint64(b)) {
		case elf.DT_SYMTAB:
			symbols = v
		case elf.DT_STRTAB:
			names = v
		case elf.DT_STRSZ:
			namesSize = v
		}
	}
	// The loader puts the addresses' bias in; the vdso, which it does not relocate,
	// keeps the file's addresses.
	place := func(v uint64) uint64 {
		if v < mod.base {
			v += mod.bias
		}
		return v
	}
	symbols, names = place(symbols), place(names)
	// The number of symbols stands in a hash table only; linkers put the names
	// right behind the symbols.
	if names <= symbols || names-symbols > maxSymbolBytes || namesSize > maxSymbolBytes {
		return nil
	}
	table, text := make([]byte, names-symbols), make([]byte, namesSize)
	if u.memory.ReadAt(table, symbols) != nil || u.memory.ReadAt(text, names) != nil {
		return nil
	}
	return &symbolFile{found: map[uint64]string{}, tables: []symbolTable{{table,
		func(offset uint32) string { return cString(text, uint64(offset)) }}}}
}
