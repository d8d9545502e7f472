package assets

import (
	"encoding/binary"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort/objfile"
	"github.com/gomedic/gomedic/internal/probe/assets/decode"
)

// content is a resource with its bytes, as long as the program's file is open.
type content struct {
	evidence.Asset
	data []byte
	addr uint64 // where the bytes lie, 0 for those of a file
	held uint64 // where what holds them lies
}

const (
	maxContents = 50_000
	leastBlob   = 64 // a shorter constant is a mark, such as "\x89PNG", not a file
	mostBlob    = 256 << 20
)

// scan finds all that a program's file holds.
func scan(m *objfile.Image, copies map[uint64]uint64, own func(symbol string) (mine, known bool)) (list []content, systems []objfile.EmbedFS) {
	taken := map[uint64]bool{}
	foreign := func(symbol string) bool {
		mine, known := own(symbol)
		return known && !mine
	}
	systems = m.EmbedFS()
	for i := range systems {
		fs := &systems[i]
		for _, f := range fs.Files {
			c := content{Asset: evidence.Asset{Name: f.Name, Named: true, Kind: evidence.AssetEmbedFS, In: fs.Name, Size: int64(len(f.Data)), Foreign: foreign(fs.Name)}, data: f.Data, addr: f.Addr, held: fs.Addr}
			if f.Changed {
				c.Fault = &evidence.AssetFault{Code: decode.Changed, Offset: -1}
			}
			list = append(list, c)
			taken[f.Addr] = true
		}
	}
	named := resources(m, copies)
	for _, c := range named {
		c.Foreign = foreign(c.In)
		if len(list) < maxContents {
			list = append(list, c)
		}
		taken[c.addr] = true
	}
	for _, c := range blobs(m, taken) {
		c.Foreign = foreign(c.In)
		if len(list) < maxContents {
			list = append(list, c)
		}
	}
	for _, r := range m.Resources() {
		list = append(list, content{Asset: evidence.Asset{Name: r.Name, Named: true, Kind: evidence.AssetWindows, Size: int64(len(r.Data))}, data: r.Data, addr: r.Addr})
	}
	return list, systems
}

// resources finds Fyne's static resources (fyne.StaticResource: a name and content) by
// their form: a string that is a file's name, followed by a slice without room to grow.
// Where the content is set by code, copies says from which variable.
func resources(m *objfile.Image, copies map[uint64]uint64) (list []content) {
	p := uint64(m.PtrSize)
	size := 5 * p
	for i := range m.Segments {
		s := &m.Segments[i]
		if s.Exec && !s.Write && len(m.Segments) > 1 {
			continue
		}
		for off := uint64(0); off+size <= uint64(len(s.Data)); off += p {
			n := word(m, s.Data[off+p:])
			if n < 3 || n > 255 {
				continue
			}
			at := s.Addr + off
			length := word(m, s.Data[off+3*p:])
			from := at + 2*p
			if src, ok := copies[from]; ok && length == 0 {
				from = src
			} else if length == 0 || length != word(m, s.Data[off+4*p:]) || length > mostBlob {
				continue
			}
			name, ok := m.String(at, 255)
			if !ok || !fileName(name) {
				continue
			}
			ptr, ok1 := m.Word(from)
			length, ok2 := m.Word(from + p)
			if room, ok3 := m.Word(from + 2*p); !ok1 || !ok2 || !ok3 || room != length || length > mostBlob {
				continue
			}
			data := m.Bytes(ptr, length)
			if data == nil {
				continue
			}
			c := content{Asset: evidence.Asset{Name: name, Named: true, Kind: evidence.AssetFyne, Size: int64(length), In: m.SymbolAt(from)}, data: data, addr: ptr, held: at}
			if c.In == "" {
				c.In = m.SymbolAt(at)
			}
			list = append(list, c)
			if len(list) >= maxContents {
				return list
			}
		}
	}
	return list
}

func word(m *objfile.Image, b []byte) uint64 {
	if m.PtrSize == 4 {
		return uint64(m.Order.Uint32(b))
	}
	return m.Order.Uint64(b)
}

// fileName reports whether a string is the name of a file of a known kind.
func fileName(s string) bool {
	if !utf8.ValidString(s) || decode.FormatOf(s) == "" && path.Ext(s) == "" {
		return false
	}
	ext := strings.TrimPrefix(path.Ext(s), ".")
	if len(ext) == 0 || len(ext) > 5 || strings.HasPrefix(s, ".") {
		return false
	}
	for _, r := range s {
		if r < 0x20 || r == 0x7f || r == '\n' || strings.ContainsRune(`"<>|?*{}`, r) {
			return false
		}
	}
	return decode.FormatOf(s) != "" || ext == "txt" || ext == "md" || ext == "css" || ext == "html" || ext == "csv"
}

// blobs finds strings and byte slices whose bytes begin like a file: what //go:embed has
// put there, or code. They have no name.
func blobs(m *objfile.Image, taken map[uint64]bool) (list []content) {
	p := uint64(m.PtrSize)
	seen := map[uint64]bool{}
	for i := range m.Segments {
		s := &m.Segments[i]
		if s.Exec && !s.Write && len(m.Segments) > 1 {
			continue
		}
		for off := uint64(0); off+3*p <= uint64(len(s.Data)); off += p {
			n := word(m, s.Data[off+p:])
			if n < leastBlob || n > mostBlob {
				continue
			}
			ptr, ok := m.Word(s.Addr + off)
			if !ok || ptr < 4096 || taken[ptr] || seen[ptr] {
				continue
			}
			head := m.Bytes(ptr, min(n, 1024))
			if head == nil || m.Bytes(ptr, n) == nil {
				continue
			}
			format := decode.Sniff(head)
			if format == "" || !plausible(format, m.Bytes(ptr, n)) {
				continue
			}
			seen[ptr] = true
			c := content{Asset: evidence.Asset{Kind: evidence.AssetString, Size: int64(n)}, data: m.Bytes(ptr, n), addr: ptr, held: s.Addr + off}
			if s.Write && word(m, s.Data[off+2*p:]) == n {
				c.Kind = evidence.AssetBytes
			}
			c.In = m.SymbolAt(c.held)
			if c.Name = c.In; c.Name == "" {
				c.Name = fmt.Sprintf("%s@%#x", format, ptr)
			}
			list = append(list, c)
			if len(list) >= maxContents {
				return list
			}
		}
	}
	return list
}

// plausible leaves out what only happens to begin like a file, where the mark is short,
// and headers that programs write themselves.
func plausible(format string, b []byte) bool {
	n := uint64(len(b))
	switch format {
	case "wav", "mp3", "flac", "ogg":
		return n >= 256
	case "ttf", "otf":
		tables := binary.BigEndian.Uint16(b[4:])
		if n < 256 || tables < 4 || tables > 64 {
			return false
		}
		for i := range 4 { // names of tables
			for _, c := range b[12+16*i : 16+16*i] {
				if c < 0x20 || c > 0x7e {
					return false
				}
			}
		}
	case "ttc":
		return n >= 1024 && binary.BigEndian.Uint32(b[8:]) < 64 && binary.BigEndian.Uint32(b[12:]) < uint32(n)
	case "ico":
		count := uint64(binary.LittleEndian.Uint16(b[4:]))
		if n < 256 || count > 32 {
			return false
		}
		for i := range count {
			e := b[6+16*i:]
			off := uint64(binary.LittleEndian.Uint32(e[12:]))
			if e[3] != 0 || binary.LittleEndian.Uint16(e[4:]) > 1 || off < 6+16*count || off >= n {
				return false
			}
		}
	case "bmp":
		return n >= 256 && uint64(binary.LittleEndian.Uint32(b[10:])) < n && b[14] >= 12 && b[15] == 0
	case "tiff":
		order := binary.ByteOrder(binary.LittleEndian)
		if b[0] == 'M' {
			order = binary.BigEndian
		}
		at := uint64(order.Uint32(b[4:]))
		return n >= 256 && at >= 8 && at+2 < n && order.Uint16(b[at:]) > 3 && order.Uint16(b[at:]) < 64
	}
	return true
}
