package objfile

import (
	"bytes"
	"debug/macho"
	"debug/pe"
	"fmt"
	"strings"
)

var peArch = map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64", pe.IMAGE_FILE_MACHINE_I386: "386"}

func (m *Image) readPE() error {
	f, err := pe.NewFile(readerAt(m.data))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	m.Format, m.OS, m.Arch = "PE", "windows", peArch[f.Machine]
	var base uint64
	switch h := f.OptionalHeader.(type) {
	case *pe.OptionalHeader64:
		base = h.ImageBase
	case *pe.OptionalHeader32:
		base, m.PtrSize = uint64(h.ImageBase), 4
	default:
		return fmt.Errorf("%w: it has no optional header", ErrTruncated)
	}
	for _, s := range f.Sections {
		if s.Size == 0 {
			continue
		}
		end := uint64(s.Offset) + uint64(s.Size)
		if end > uint64(len(m.data)) {
			return fmt.Errorf("%w: it has %d bytes, and %s ends at %d", ErrTruncated, len(m.data), s.Name, end)
		}
		b := m.data[s.Offset:end]
		if s.VirtualSize != 0 && uint32(len(b)) > s.VirtualSize {
			b = b[:s.VirtualSize]
		}
		const exec, write = 0x20000000, 0x80000000
		m.Segments = append(m.Segments, Segment{Addr: base + uint64(s.VirtualAddress), Data: b, Write: s.Characteristics&write != 0, Exec: s.Characteristics&exec != 0})
		switch s.Name {
		case ".text":
			m.Text = base + uint64(s.VirtualAddress)
		case ".rsrc":
			m.rsrc, m.rsrcRVA = b, s.VirtualAddress
		}
	}
	m.Stripped = len(f.Symbols) == 0
	for _, s := range f.Symbols {
		if s.SectionNumber > 0 && int(s.SectionNumber) <= len(f.Sections) && strings.Contains(s.Name, ".") {
			sec := f.Sections[s.SectionNumber-1]
			if sec.Name != ".text" && ofProgram(s.Name) {
				m.Symbols = append(m.Symbols, Symbol{Name: s.Name, Addr: base + uint64(sec.VirtualAddress) + uint64(s.Value)})
			}
		}
	}
	return nil
}

var machoArch = map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64", macho.Cpu386: "386", macho.CpuArm: "arm"}

func (m *Image) readMachO() error {
	var f *macho.File
	at := uint64(0) // of the program within a file for several processors
	if string(m.data[:4]) == "\xca\xfe\xba\xbe" {
		fat, err := macho.NewFatFile(readerAt(m.data))
		if err != nil || len(fat.Arches) == 0 {
			return ErrFormat // a Java class begins like it
		}
		f, at = fat.Arches[0].File, uint64(fat.Arches[0].Offset)
	} else {
		var err error
		if f, err = macho.NewFile(readerAt(m.data)); err != nil {
			return fmt.Errorf("%w: %w", ErrTruncated, err)
		}
	}
	m.Format, m.OS, m.Arch, m.Order = "Mach-O", "darwin", machoArch[f.Cpu], f.ByteOrder
	if f.Magic == macho.Magic32 {
		m.PtrSize = 4
	}
	var chains []byte
	for _, l := range f.Loads {
		if b := l.Raw(); len(b) >= 4 && m.Order.Uint32(b) == chainedFixups {
			chains = b
		}
		s, ok := l.(*macho.Segment)
		if !ok || s.Filesz == 0 {
			continue
		}
		if s.Name == "__TEXT" {
			m.base = s.Addr
		}
		if s.Offset+at > uint64(len(m.data)) || s.Filesz > uint64(len(m.data))-s.Offset-at {
			return fmt.Errorf("%w: it has %d bytes, and the segment %s ends at %d", ErrTruncated, len(m.data), s.Name, s.Offset+at+s.Filesz)
		}
		if s.Name == "__LINKEDIT" || s.Name == "__DWARF" {
			continue
		}
		const write, exec = 2, 4
		m.Segments = append(m.Segments, Segment{Addr: s.Addr, Data: m.data[s.Offset+at : s.Offset+at+s.Filesz], Write: s.Prot&write != 0, Exec: s.Prot&exec != 0})
	}
	if chains != nil {
		m.chained = !m.unchain(chains, at)
	}
	if s := f.Section("__text"); s != nil {
		m.Text = s.Addr
	}
	for _, s := range f.Sections {
		if s.Name == "__gopclntab" {
			m.Pclntab, m.PclntabAt = m.Bytes(s.Addr, s.Size), s.Addr
		}
	}
	m.Stripped = f.Symtab == nil || len(f.Symtab.Syms) == 0
	if !m.Stripped {
		stripped := true
		for _, s := range f.Symtab.Syms {
			if s.Sect > 0 && int(s.Sect) <= len(f.Sections) && strings.Contains(s.Name, ".") {
				stripped = false
				if f.Sections[s.Sect-1].Name != "__text" && ofProgram(strings.TrimPrefix(s.Name, "_")) {
					m.Symbols = append(m.Symbols, Symbol{Name: strings.TrimPrefix(s.Name, "_"), Addr: s.Value})
				}
			}
		}
		m.Stripped = stripped
	}
	return nil
}

// pclnMagic begins the function table since Go 1.20 (internal/abi).
var pclnMagics = [][]byte{{0xf1, 0xff, 0xff, 0xff, 0, 0}, {0xf0, 0xff, 0xff, 0xff, 0, 0}}

// findPclntab finds the function table by its header, where no section names it.
func (m *Image) findPclntab() {
	if m.Pclntab != nil {
		return
	}
	for i := range m.Segments {
		s := &m.Segments[i]
		for _, magic := range pclnMagics {
			for at := 0; at < len(s.Data); {
				j := bytes.Index(s.Data[at:], magic)
				if j < 0 {
					break
				}
				b := s.Data[at+j:]
				if len(b) > 64 && (b[6] == 1 || b[6] == 4) && int(b[7]) == m.PtrSize {
					if n := m.word(b[8:]); n > 0 && n < 1<<24 {
						m.Pclntab, m.PclntabAt = b, s.Addr+uint64(at+j)
						return
					}
				}
				at += j + 1
			}
		}
	}
}
