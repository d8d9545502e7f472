package objfile

import (
	"crypto/sha256"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// EmbedFS is an embed.FS of the program.
type EmbedFS struct {
	Addr  uint64 // of the list of its files
	Var   uint64 // of the variable; 0: not found
	Name  string // of the variable, where a symbol has it: "main.assets"
	Files []EmbedFile
}

// EmbedFile is one file of it. Directories are left out.
type EmbedFile struct {
	Name    string
	Addr    uint64 // of its bytes
	Data    []byte
	Changed bool // the bytes are not those that the compiler saw
}

const (
	maxFiles = 1 << 17
	maxName  = 4096
)

// EmbedFS finds each embed.FS by the form that cmd/compile gives it
// (internal/staticdata.WriteEmbed): a slice header that points just behind itself, with
// equal length and capacity, followed by entries of name, data and a hash, in the order
// of embed.FS. It needs no symbols.
func (m *Image) EmbedFS() []EmbedFS {
	var all []EmbedFS
	p := m.PtrSize
	for i := range m.Segments {
		s := &m.Segments[i]
		if s.Exec && !s.Write && m.Format == "ELF" && len(m.Segments) > 2 && !m.oneSegment() {
			continue
		}
		for off := 0; off+3*p <= len(s.Data); off += p {
			n := m.word(s.Data[off+p:])
			if n == 0 || n > maxFiles || m.word(s.Data[off+2*p:]) != n {
				continue
			}
			addr := s.Addr + uint64(off)
			if m.pointer(s.Data[off:]) != addr+uint64(3*p) {
				continue
			}
			if files, ok := m.embedFiles(addr+uint64(3*p), n); ok {
				all = append(all, EmbedFS{Addr: addr, Files: files})
			}
		}
	}
	if len(all) > 0 {
		m.nameVariables(all)
	}
	return all
}

// oneSegment reports whether code and constants share a segment.
func (m *Image) oneSegment() bool {
	for i := range m.Segments {
		if !m.Segments[i].Exec && !m.Segments[i].Write && len(m.Segments[i].Data) > 4096 {
			return false
		}
	}
	return true
}

// embedFiles reads the entries; ok is false where they are not those of an embed.FS.
func (m *Image) embedFiles(at, n uint64) (files []EmbedFile, ok bool) {
	p := uint64(m.PtrSize)
	size := 4*p + 16
	b := m.Bytes(at, n*size)
	if b == nil {
		return nil, false
	}
	last := [2]string{}
	for ; len(b) > 0; b = b[size:] {
		length := m.word(b[p:])
		if length == 0 || length > maxName {
			return nil, false
		}
		raw := m.Bytes(m.pointer(b), length)
		if raw == nil || !utf8.Valid(raw) {
			return nil, false
		}
		name := string(raw)
		bare, isDir := strings.CutSuffix(name, "/")
		if !fs.ValidPath(bare) || bare == "." {
			return nil, false
		}
		dir, elem := ".", bare
		if i := strings.LastIndexByte(bare, '/'); i >= 0 {
			dir, elem = bare[:i], bare[i+1:]
		}
		if dir < last[0] || dir == last[0] && elem <= last[1] {
			return nil, false
		}
		last = [2]string{dir, elem}
		count := m.word(b[3*p:])
		if isDir {
			if count != 0 {
				return nil, false
			}
			continue
		}
		f := EmbedFile{Name: name, Addr: m.pointer(b[2*p:])}
		if count > 0 {
			if f.Data = m.Bytes(f.Addr, count); f.Data == nil {
				return nil, false
			}
		}
		f.Changed = !sameHash(b[4*p:4*p+16], f.Data)
		files = append(files, f)
	}
	return files, true
}

// sameHash knows the hashes that compilers have stored: cmd/internal/hash since Go 1.24,
// the complement of SHA-256 before (cmd/internal/notsha256), each cut to 16 bytes. Small
// files get the hash of their bytes, and large ones one that begins with a byte 1.
func sameHash(stored, data []byte) bool {
	sum := sha256.Sum256(data)
	h := sha256.New()
	h.Write([]byte{1})
	h.Write(data)
	long := h.Sum(nil)
	is := func(sum []byte, first, rest byte) bool {
		if stored[0] != sum[0]^first {
			return false
		}
		for i := 1; i < 16; i++ {
			if stored[i] != sum[i]^rest {
				return false
			}
		}
		return true
	}
	return is(sum[:], 0xff, 0) || is(sum[:], 0xff, 0xff) || is(sum[:], 0, 0) || is(long, 0, 0) || is(long, 0xff, 0)
}

// nameVariables finds the variables that point to the lists.
func (m *Image) nameVariables(all []EmbedFS) {
	want := map[uint64]int{}
	for i := range all {
		want[all[i].Addr] = i
	}
	p := m.PtrSize
	for i := range m.Segments {
		s := &m.Segments[i]
		if !s.Write {
			continue
		}
		for off := 0; off+p <= len(s.Data); off += p {
			if j, ok := want[m.pointer(s.Data[off:])]; ok && all[j].Var == 0 {
				all[j].Var = s.Addr + uint64(off)
				all[j].Name = m.SymbolAt(all[j].Var)
			}
		}
	}
	if len(m.Symbols) == 0 {
		return
	}
	for i := range all {
		if all[i].Name == "" { // the list's own symbol is named after the variable
			all[i].Name = strings.TrimSuffix(m.SymbolAt(all[i].Addr), ".files")
		}
	}
}
