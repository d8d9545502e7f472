package build

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A stub is the shared library that stands in for the host while a plugin is linked.
// It holds the symbols of the host that the plugin may name, and the types' data,
// from which the linker reads sizes and pointer masks. The host itself would do, but
// for package variables of a type of the host that is a struct or an array: what that
// consists of the linker finds by relocations, which a plain executable has not. And
// reading all of the host's symbols would take longer.

// The types' layout: internal/abi/type.go of Go 1.26, on 64 bits.
const (
	typePointersAt  = 8 // how far into a value there are pointers
	typeFlagAt      = 20
	flagUncommon    = 1 << 0
	typeSize        = 48
	structSize      = typeSize + 8 + 24
	uncommonSize    = 16
	structFieldSize = 24
	typeKindAt      = 23
	kindArray       = 17
	kindStruct      = 25
)

// internal ends the name of a function with Go's own ABI in a library: so the linker
// tells it from one with the older ABI. Hosts do not write it, and so it is taken off
// again from what a plugin asks for (dropInternal).
const internal = ".abiinternal"

// stubSymbol is a symbol of the host, and what it is called in the library.
type stubSymbol struct {
	elf.Symbol
	as string
}

// stub writes the library with the symbols that are named, those of the runtime and
// the hashes of the packages.
func (h *host) stub(named map[reference]bool) []byte {
	in := make(map[string]bool)
	var order []stubSymbol
	add := func(name, as string) {
		if s, ok := h.symbols[name]; ok && !in[as] {
			in[as] = true
			order = append(order, stubSymbol{s, as})
		}
	}
	take := func(r reference) {
		name := mangle(r.name)
		function := elf.ST_TYPE(h.symbols[name].Info) == elf.STT_FUNC && !strings.HasPrefix(name, "type:")
		_, older := h.symbols[name+".abi0"]
		switch {
		case r.abi == 1 && function:
			add(name, name+internal)
		case r.abi == 0 && older:
			add(name+".abi0", name+".abi0")
		default:
			add(name, name)
		}
	}
	for r := range named {
		take(r)
	}
	for _, name := range h.always {
		take(reference{name, 1})
	}
	slices.SortFunc(order, func(a, b stubSymbol) int { return strings.Compare(a.as, b.as) })
	var relocations []reloc
	for i := 0; i < len(order); i++ { // grows
		for _, at := range h.parts(order[i].Symbol) {
			if target, ok := h.typeAt[h.word(at)]; ok {
				add(target, target)
				relocations = append(relocations, reloc{at, target})
			}
		}
	}
	return h.write(order, relocations)
}

// provides reports whether the host has a symbol, with whatever ABI.
func (h *host) provides(name string) bool {
	name = mangle(name)
	_, ok := h.symbols[name]
	_, older := h.symbols[name+".abi0"]
	return ok || older
}

// dropInternal takes the ending of functions in libraries off the names of the
// symbols that a plugin asks the host for.
func dropInternal(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	table, names := f.SectionByType(elf.SHT_DYNSYM), f.Section(".dynstr")
	if table == nil || names == nil {
		return errors.New("the plugin has no dynamic symbols")
	}
	symbols, err := table.Data()
	if err != nil {
		return err
	}
	text, err := names.Data()
	if err != nil {
		return err
	}
	for ; len(symbols) >= 24; symbols = symbols[24:] {
		at := binary.LittleEndian.Uint32(symbols)
		if binary.LittleEndian.Uint16(symbols[6:]) != uint16(elf.SHN_UNDEF) || int(at) >= len(text) {
			continue
		}
		n := bytes.IndexByte(text[at:], 0)
		if n > 0 && bytes.HasSuffix(text[at:int(at)+n], []byte(internal)) {
			text[int(at)+n-len(internal)] = 0
		}
	}
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = w.WriteAt(text, int64(names.Offset))
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

type reloc struct {
	at     uint64
	target string
}

// parts returns where a type's data has the addresses of the types that it consists
// of, for structs and arrays that hold pointers.
func (h *host) parts(s elf.Symbol) (at []uint64) {
	if !strings.HasPrefix(s.Name, "type:") || s.Size < typeSize+24 || s.Value < h.dataAddr || s.Value+s.Size > h.dataAddr+uint64(len(h.data)) {
		return nil
	}
	d := h.data[s.Value-h.dataAddr:][:s.Size]
	if binary.LittleEndian.Uint64(d[typePointersAt:]) == 0 {
		return nil
	}
	switch d[typeKindAt] & 31 {
	case kindArray:
		return []uint64{s.Value + typeSize}
	case kindStruct:
		off := uint64(structSize)
		if d[typeFlagAt]&flagUncommon != 0 {
			off += uncommonSize
		}
		for range binary.LittleEndian.Uint64(d[typeSize+16:]) {
			at = append(at, s.Value+off+8)
			if off+structFieldSize > s.Size {
				return nil
			}
			off += structFieldSize
		}
	}
	return at
}

// word returns the 8 bytes at an address of the types' section.
func (h *host) word(at uint64) uint64 {
	if at < h.dataAddr || at+8 > h.dataAddr+uint64(len(h.data)) {
		return 0
	}
	return binary.LittleEndian.Uint64(h.data[at-h.dataAddr:])
}

// readTypes reads the section that holds the types, and notes where each begins.
func (h *host) readTypes(f *elf.File) error {
	at := h.symbols["type:runtime.moduledata"].Value
	for _, s := range f.Sections {
		if s.Type == elf.SHT_PROGBITS && s.Addr <= at && at < s.Addr+s.Size {
			data, err := s.Data()
			if err != nil {
				return fmt.Errorf("read the host's types: %w", err)
			}
			h.data, h.dataAddr = data, s.Addr
		}
	}
	if h.data == nil {
		return errors.New("the host's types are not where they are expected")
	}
	h.typeAt = make(map[uint64]string)
	for name, s := range h.symbols {
		if strings.HasPrefix(name, "type:") {
			h.typeAt[s.Value] = name
		}
		if strings.HasPrefix(name, "go:link.pkghash.") || strings.HasPrefix(name, "runtime.") && !strings.Contains(name, "(") || name == "type:runtime.moduledata" {
			h.always = append(h.always, name)
		}
	}
	slices.Sort(h.always)
	return nil
}

// write lays the library out: header, types, symbols, names, relocations, sections.
func (h *host) write(symbols []stubSymbol, relocations []reloc) []byte {
	index := make(map[string]uint64, len(symbols))
	names, table := []byte{0}, make([]byte, 24)
	for i, s := range symbols {
		index[s.as] = uint64(i + 1)
		table = binary.LittleEndian.AppendUint32(table, uint32(len(names)))
		table = append(table, s.Info, s.Other)
		// 1 is the section of the types; where another symbol is does not matter.
		table = binary.LittleEndian.AppendUint16(table, 1)
		table = binary.LittleEndian.AppendUint64(table, s.Value)
		table = binary.LittleEndian.AppendUint64(table, s.Size)
		names = append(append(names, s.as...), 0)
	}
	var relas []byte
	for _, r := range relocations {
		relas = binary.LittleEndian.AppendUint64(relas, r.at)
		relas = binary.LittleEndian.AppendUint64(relas, index[r.target]<<32|uint64(elf.R_X86_64_64))
		relas = binary.LittleEndian.AppendUint64(relas, 0)
	}
	const titles = "\x00.rodata\x00.dynsym\x00.dynstr\x00.rela.dyn\x00.shstrtab\x00"
	title := func(s string) uint32 { return uint32(strings.Index(titles, s)) }
	sections := []struct {
		elf.Section64
		data []byte
	}{
		{},
		{elf.Section64{Name: title(".rodata"), Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_ALLOC), Addr: h.dataAddr, Addralign: 32}, h.data},
		{elf.Section64{Name: title(".dynsym"), Type: uint32(elf.SHT_DYNSYM), Link: 3, Info: 1, Entsize: 24, Addralign: 8}, table},
		{elf.Section64{Name: title(".dynstr"), Type: uint32(elf.SHT_STRTAB), Addralign: 1}, names},
		{elf.Section64{Name: title(".rela.dyn"), Type: uint32(elf.SHT_RELA), Link: 2, Entsize: 24, Addralign: 8}, relas},
		{elf.Section64{Name: title(".shstrtab"), Type: uint32(elf.SHT_STRTAB), Addralign: 1}, []byte(titles)},
	}
	var body bytes.Buffer
	const header = 64
	for i := range sections {
		s := &sections[i]
		if s.Type == uint32(elf.SHT_NULL) {
			continue
		}
		for body.Len()%32 != 0 {
			body.WriteByte(0)
		}
		s.Off, s.Size = uint64(header+body.Len()), uint64(len(s.data))
		body.Write(s.data)
	}
	for body.Len()%8 != 0 {
		body.WriteByte(0)
	}
	head := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Shoff: uint64(header + body.Len()), Ehsize: header, Shentsize: 64, Shnum: uint16(len(sections)), Shstrndx: uint16(len(sections) - 1),
	}
	var out bytes.Buffer
	out.Grow(body.Len() + 1024)
	binary.Write(&out, binary.LittleEndian, head) // to memory: it does not fail
	out.Write(body.Bytes())
	for _, s := range sections {
		binary.Write(&out, binary.LittleEndian, s.Section64)
	}
	return out.Bytes()
}
