package plugin

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/gort/layout"
)

// pluginPath is the path by which the runtime will know the plugin, "" if it cannot be
// read. The linker has it from -pluginpath.
func (f *file) pluginPath() string {
	if m, ok := f.moduleData(); ok {
		if path, ok := m.text("pluginpath"); ok {
			return path
		}
	}
	// The package that has a main function and a hash is the plugin's own.
	for i := range f.dynamic {
		if pkg, ok := strings.CutSuffix(f.dynamic[i].name, ".main"); ok && f.dynamic[i].kind == elf.STT_FUNC && f.dynamic[i].defined() {
			if slices.ContainsFunc(f.dynamic, func(s symbol) bool { return s.name == hashPrefix+pkg }) {
				return pkg
			}
		}
	}
	return ""
}

// moduleData is a plugin's runtime.moduledata as the file has it. Its pointers are
// filled in when the plugin is loaded: relocations say with what.
type moduleData struct {
	f         *file
	layout    *layout.Layout
	addr      uint64
	data      []byte
	relocated map[uint64]uint64 // by address
}

func (f *file) moduleData() (*moduleData, bool) {
	if f.info == nil || f.Class != elf.ELFCLASS64 {
		return nil, false
	}
	l, err := layout.ForVersion(f.info.GoVersion, architecture(f.Machine))
	if err != nil {
		return nil, false
	}
	m := &moduleData{f: f, layout: l}
	if s := f.Section(".go.module"); s != nil { // since Go 1.26
		m.addr = s.Addr
	} else if all, err := f.table(elf.SHT_SYMTAB); err == nil {
		for i := range all {
			if n := all[i].name; n == "local.moduledata" || n == "local.pluginmoduledata" || n == "runtime.firstmoduledata" && m.addr == 0 {
				m.addr = all[i].value
			}
		}
	}
	if m.addr == 0 { // before Go 1.26 and without symbols: this points to it
		for i := range f.dynamic {
			if s := &f.dynamic[i]; s.name == "runtime.lastmoduledatap" && s.defined() {
				m.addr = f.relocations(s.value, s.value+8)[s.value]
			}
		}
	}
	if m.addr == 0 || !m.read() {
		return nil, false
	}
	return m, true
}

// read reads the module data at its address.
func (m *moduleData) read() bool {
	size := m.layout.Structs["runtime.moduledata"].Size
	if size <= 0 {
		return false
	}
	m.data = m.f.bytesAt(m.addr, uint64(size))
	m.relocated = m.f.relocations(m.addr, m.addr+uint64(size))
	return m.data != nil
}

// relocations are the pointers that the dynamic linker will put into [from, to), for a
// file that is loaded at address 0.
func (f *file) relocations(from, to uint64) map[uint64]uint64 {
	all := map[uint64]uint64{}
	const size = 24 // of Elf64_Rela
	for _, s := range f.Sections {
		if s.Type != elf.SHT_RELA || s.FileSize > maxTable || s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		b, err := s.Data()
		if err != nil {
			continue
		}
		for ; len(b) >= size; b = b[size:] {
			at := f.ByteOrder.Uint64(b)
			if at < from || at >= to {
				continue
			}
			value := f.ByteOrder.Uint64(b[16:])
			if i := f.ByteOrder.Uint64(b[8:]) >> 32; i > 0 && i <= uint64(len(f.dynamic)) {
				value += f.dynamic[i-1].value
			}
			all[at] = value
		}
	}
	return all
}

// word is the field at an offset from the one that is named.
func (m *moduleData) word(name string, offset int64) (uint64, bool) {
	field, ok := m.layout.Field("runtime.moduledata", name)
	at := field.Offset + offset
	if !ok || at < 0 || at+8 > int64(len(m.data)) {
		return 0, false
	}
	if v, ok := m.relocated[m.addr+uint64(at)]; ok {
		return v, true
	}
	return m.f.ByteOrder.Uint64(m.data[at:]), true
}

// text is a string field.
func (m *moduleData) text(name string) (string, bool) {
	const longest = 4096
	addr, ok := m.word(name, 0)
	n, ok2 := m.word(name, 8)
	if !ok || !ok2 || n == 0 || n > longest {
		return "", false
	}
	b := m.f.bytesAt(addr, n)
	return string(b), b != nil
}

// packages are the packages of a plugin in the order in which the runtime compares their
// hashes: runtime.moduledata.pkghashes, whose elements are two strings, the first of
// them the path, and a pointer (runtime.modulehash).
func (m *moduleData) packages() []string {
	const size, most, longest = 40, 1 << 14, 4096
	tab, ok := m.word("pkghashes", 0)
	n, ok2 := m.word("pkghashes", 8)
	if !ok || !ok2 || n > most {
		return nil
	}
	b, at := m.f.bytesAt(tab, n*size), m.f.relocations(tab, tab+n*size)
	if b == nil {
		return nil
	}
	var all []string
	for i := uint64(0); i < n; i++ {
		addr, length := at[tab+i*size], m.f.ByteOrder.Uint64(b[i*size+8:])
		if length > longest {
			return nil
		}
		all = append(all, string(m.f.bytesAt(addr, length)))
	}
	return all
}

// names are the names that a plugin exports: those of runtime.moduledata.ptab, as
// offsets of names from the start of the types (runtime/plugin.go).
func (m *moduleData) names() []string {
	const most = 1 << 16
	tab, ok := m.word("ptab", 0)
	n, ok2 := m.word("ptab", 8)
	types, ok3 := m.word("types", 0)
	if !ok || !ok2 || !ok3 || n > most {
		return nil
	}
	b := m.f.bytesAt(tab, n*8)
	var all []string
	for ; len(b) >= 8; b = b[8:] {
		// A name is a byte of flags, its length as a varint, and its bytes
		// (internal/abi.Name).
		head := m.f.bytesAt(types+uint64(m.f.ByteOrder.Uint32(b)), 4)
		if head == nil {
			return nil
		}
		length, used := binary.Uvarint(head[1:])
		if used <= 0 || length == 0 || length > 1024 {
			return nil
		}
		name := m.f.bytesAt(types+uint64(m.f.ByteOrder.Uint32(b))+1+uint64(used), length)
		if name == nil {
			return nil
		}
		all = append(all, string(name))
	}
	return all
}

// exports asks whether each exported name has its symbol under the plugin's path: it
// has not if compile was told another package path (-p) than link (-pluginpath).
func (x *examination) exports(context.Context) {
	m, ok := x.plugin.moduleData()
	path := x.res.Plugin.Plugin.PluginPath
	if !ok || path == "" {
		return
	}
	there := map[string]bool{}
	for i := range x.plugin.dynamic {
		if x.plugin.dynamic[i].defined() {
			there[x.plugin.dynamic[i].name] = true
		}
	}
	for _, name := range m.names() {
		if !there[path+"."+name] {
			x.res.Plugin.Exports = append(x.res.Plugin.Exports, name)
		}
	}
	slices.Sort(x.res.Plugin.Exports)
}
