package objfile

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"strings"
)

// readWasm lays out the data segments of a module as its linear memory. Addresses are
// offsets in it; Go's pointers there have eight bytes.
func (m *Image) readWasm() error {
	m.Format, m.OS, m.Arch = "WebAssembly", "js", "wasm"
	b := m.data[8:]
	var mem []byte
	const maxMemory = 1 << 30
	names := false
	for len(b) > 0 {
		id := b[0]
		size, n := uleb(b[1:])
		if n == 0 || size > uint64(len(b)-1-n) {
			return fmt.Errorf("%w: a section at %d goes beyond the end", ErrTruncated, len(m.data)-len(b))
		}
		section := b[1+n : 1+n+int(size)]
		b = b[1+n+int(size):]
		switch id {
		case 0:
			if k, n := uleb(section); n > 0 && k <= uint64(len(section)-n) {
				names = names || string(section[n:n+int(k)]) == "name"
			}
		case 11:
			count, n := uleb(section)
			if n == 0 {
				return fmt.Errorf("%w: no number of data segments", ErrTruncated)
			}
			section = section[n:]
			for range count {
				kind, n := uleb(section)
				if n == 0 || kind != 0 { // passive, or of another memory: Go makes none
					break
				}
				section = section[n:]
				if len(section) < 3 || section[0] != 0x41 { // i32.const
					break
				}
				offset, n := uleb(section[1:]) // as a signed number; below 2 GB the same bits
				if n == 0 || len(section) < 2+n {
					break
				}
				section = section[1+n+1:] // and end
				size, n := uleb(section)
				if n == 0 || size > uint64(len(section)-n) || offset+size > maxMemory {
					return fmt.Errorf("%w: a data segment goes beyond the end", ErrTruncated)
				}
				if end := offset + size; end > uint64(len(mem)) {
					mem = append(mem, make([]byte, end-uint64(len(mem)))...)
				}
				copy(mem[offset:], section[n:n+int(size)])
				section = section[n+int(size):]
			}
		}
	}
	if mem == nil {
		return ErrNotGo
	}
	m.Stripped = !names
	m.Segments = []Segment{{Data: mem, Write: true}}
	return nil
}

func uleb(b []byte) (v uint64, n int) {
	for i := 0; i < len(b) && i < 10; i++ {
		v |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// wasmInfo finds the module's build info in its memory: text between two marks of 16
// bytes (cmd/go/internal/modload).
func (m *Image) wasmInfo() {
	begin := []byte("0w\xaf\f\x92t\b\x02A\xe1\xc1\a\xe6\xd6\x18\xe6")
	end := []byte("\xf92C1\x86\x18 r\x00\x82B\x10A\x16\xd8\xf2")
	mem := m.Segments[0].Data
	i := bytes.Index(mem, begin)
	if i < 0 {
		return
	}
	text := mem[i+len(begin):]
	j := bytes.Index(text[:min(len(text), 1<<20)], end)
	if j < 0 {
		return
	}
	if info, err := debug.ParseBuildInfo(string(text[:j])); err == nil {
		m.Info, m.Go = info, info.GoVersion
	}
	if m.Go == "" {
		m.Go = wasmVersion(mem)
	}
}

// wasmVersion finds the version's text, which lies beside the string of the experiments.
func wasmVersion(mem []byte) string {
	for at := 0; ; {
		i := bytes.Index(mem[at:], []byte("\xff Go buildinf:"))
		if i < 0 {
			return ""
		}
		at += i + 1
		if b := mem[at-1:]; len(b) > 33 && b[15]&2 != 0 {
			if n, k := uleb(b[32:]); k > 0 && n < 128 && int(n)+k+32 <= len(b) {
				if v := string(b[32+k : 32+k+int(n)]); strings.HasPrefix(v, "go") {
					return v
				}
			}
		}
	}
}
