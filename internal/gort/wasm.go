package gort

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"regexp"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/gomedic/gomedic/internal/proc"
)

// In a WebAssembly module a PC is a function's number and, in the low 16 bits, a
// place where the function can be resumed. The number is the function's index among
// those that the module defines, and 0x1000 more (cmd/link/internal/wasm/asm.go,
// funcValueOffset; Go 1.11 to 1.27). Code is not in memory; all data is.
const (
	wasmShift     = 16
	wasmFirstFunc = 0x1000
	maxWasmMemory = 4 << 30
)

// wasmMagics are the headers of the function table since Go 1.18, and since 1.20,
// with what follows them in a WebAssembly module: code is counted by ones, a word
// has eight bytes.
var wasmMagics = [][]byte{
	{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8},
	{0xf0, 0xff, 0xff, 0xff, 0, 0, 1, 8},
}

// OpenWasm finds the Go runtime in the linear memory of a WebAssembly module, which
// begins at address 0: one of a page, or of a module that was not started yet. mem is
// kept and must not change. In the memory of a module that was not started there are
// no goroutines, and no heap.
//
// Errors: ErrNotGo where there is no function table, *layout.UnknownVersionError and
// *NoRuntimeError.
func OpenWasm(mem []byte) (*Program, error) {
	m := wasmMemory(mem)
	bin, versions, err := wasmBinary(mem)
	if err != nil {
		return nil, err
	}
	var first error
	for _, v := range versions {
		bin.GoVersion = v
		p := newProgram(m, bin)
		if err = p.openWasm(); err == nil {
			return p, nil
		}
		first = cmp.Or(first, err)
	}
	bin.GoVersion = ""
	if first == nil {
		first = &NoRuntimeError{"the memory does not say its Go version"}
	}
	return nil, first
}

func (p *Program) openWasm() error {
	if err := p.findLayout(); err != nil {
		return err
	}
	want := binary.LittleEndian.AppendUint64(nil, p.pclntab)
	nfunc := binary.LittleEndian.Uint64(p.data[p.pclntab+8:])
	for at := range aligned(p.data, want, 8) {
		if p.loadModules(at) == nil && uint64(p.Modules[0].nfunc) == nfunc && p.Modules[0].at0() {
			if a, ok := p.scanForAllgs(); ok {
				p.globals.allgs = a
			}
			return nil
		}
	}
	return &NoRuntimeError{"no module data points to the function table"}
}

// at0 reports whether the module's first function begins where its code does.
func (m *Module) at0() bool {
	f, ok := m.at(0)
	return ok && f.Entry == m.MinPC && f.Name() != ""
}

// wasmBinary makes a Binary of a linear memory, which is one segment of data, and
// returns the Go versions that it may be of, the likeliest first.
func wasmBinary(mem []byte) (*Binary, []string, error) {
	at, ok := wasmPclntab(mem)
	if !ok {
		return nil, nil, ErrNotGo
	}
	n := uint64(len(mem))
	b := &Binary{
		File: &elf.File{
			FileHeader: elf.FileHeader{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, ByteOrder: binary.LittleEndian, Type: elf.ET_EXEC},
			Progs:      []*elf.Prog{{ProgHeader: elf.ProgHeader{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_W, Filesz: n, Memsz: n}}},
		},
		Info: wasmInfo(mem), Stripped: true, arch: "wasm", data: mem, pclntab: at,
	}
	b.symbols = sync.OnceValue(func() map[string]elf.Symbol { return nil })
	return b, wasmVersions(mem), nil
}

// wasmPclntab finds the function table.
func wasmPclntab(mem []byte) (uint64, bool) {
	if uint64(len(mem)) > maxWasmMemory {
		return 0, false
	}
	for _, magic := range wasmMagics {
		for at := range aligned(mem, magic, 8) {
			if h, ok := readPclnHeader(mem, at); ok && h.nfunc > 0 {
				return at, true
			}
		}
	}
	return 0, false
}

// aligned yields the addresses, multiples of n, at which mem holds what.
func aligned(mem, what []byte, n uint64) func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		for at := 0; ; at++ {
			i := bytes.Index(mem[at:], what)
			if i < 0 {
				return
			}
			at += i
			if uint64(at)%n == 0 && !yield(uint64(at)) {
				return
			}
		}
	}
}

// pclnHeader is runtime.pcHeader (runtime/symtab.go, Go 1.18 to 1.27), its offsets
// made addresses.
type pclnHeader struct {
	nfunc                           uint64
	text                            uint64
	names, cutab, files, pctab, end uint64 // end: where the functions' records begin
}

func readPclnHeader(mem []byte, at uint64) (h pclnHeader, ok bool) {
	const size, fields = 8 + 8*8, 8
	if at > uint64(len(mem)) || uint64(len(mem))-at < size {
		return h, false
	}
	var w [fields]uint64
	for i := range w {
		w[i] = binary.LittleEndian.Uint64(mem[at+8+uint64(i)*8:])
	}
	h = pclnHeader{nfunc: w[0], text: w[2], names: w[3], cutab: w[4], files: w[5], pctab: w[6], end: w[7]}
	if h.nfunc == 0 || h.nfunc > 1<<24 || h.names < 64 || h.names > 1<<12 {
		return h, false
	}
	last := uint64(0)
	for _, a := range []*uint64{&h.names, &h.cutab, &h.files, &h.pctab, &h.end} {
		if *a < last || *a > uint64(len(mem))-at {
			return h, false
		}
		last = *a
		*a += at
	}
	return h, (uint64(len(mem))-h.end)/8 > h.nfunc
}

// modInfoStart and modInfoEnd stand around the text of the build info
// (cmd/go/internal/modload/build.go, Go 1.12 to 1.27).
var (
	modInfoStart = []byte("\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6")
	modInfoEnd   = []byte("\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2")
)

// wasmInfo reads the build info, nil where there is none.
func wasmInfo(mem []byte) *debug.BuildInfo {
	const longest = 1 << 20
	for at := range aligned(mem, modInfoStart, 1) {
		text := mem[at+uint64(len(modInfoStart)):]
		text = text[:min(len(text), longest)]
		i := bytes.Index(text, modInfoEnd)
		if i < 0 {
			continue
		}
		if info, err := debug.ParseBuildInfo(string(text[:i])); err == nil {
			return info
		}
	}
	return nil
}

var wholeVersion = regexp.MustCompile(`^go1\.\d{1,3}(\.\d{1,3})?((rc|beta)\d{1,3})?([-+ ][ -~]{1,200})?$`)

// wasmVersions finds the strings that can be runtime.buildVersion: Go versions that a
// string variable holds. Those that name a release come before a language's.
func wasmVersions(mem []byte) []string {
	const most, longest = 4096, 256
	places := map[uint64]bool{}
	for at := range aligned(mem, []byte("go1."), 1) {
		if places[at] = true; len(places) == most {
			break
		}
	}
	var found []string
	for at := 0; at+16 <= len(mem) && len(found) < 64; at += 8 {
		a := binary.LittleEndian.Uint64(mem[at:])
		if a >= uint64(len(mem)) || a == 0 || !places[a] {
			continue
		}
		n := binary.LittleEndian.Uint64(mem[at+8:])
		if n < 6 || n > longest || n > uint64(len(mem))-a {
			continue
		}
		if s := string(mem[a : a+n]); wholeVersion.MatchString(s) && !slices.Contains(found, s) {
			found = append(found, s)
			if unpatched(s) == 0 {
				break // the program's data lie before its heap
			}
		}
	}
	slices.SortStableFunc(found, func(a, b string) int {
		return cmp.Compare(unpatched(a), unpatched(b))
	})
	return found
}

// unpatched is 1 for a version without a patch's number, 0 for others.
func unpatched(v string) int {
	if m := wholeVersion.FindStringSubmatch(v); m != nil && m[1] == "" {
		return 1
	}
	return 0
}

// WasmMemory is a linear memory as that of a target, for [Program.In]: a later copy of
// the memory of the same instance. mem is kept and must not change.
func WasmMemory(mem []byte) proc.Memory { return wasmMemory(mem) }

// wasmMemory is a linear memory as a target's. Address 0 is not read: no pointer
// of Go's leads there.
type wasmMemory []byte

func (m wasmMemory) ReadAt(p []byte, addr uint64) error {
	if addr == 0 || addr > uint64(len(m)) || uint64(len(p)) > uint64(len(m))-addr {
		return proc.ErrRead
	}
	copy(p, m[addr:])
	return nil
}

func (m wasmMemory) ReadMany(ranges []proc.Range) {
	for i := range ranges {
		ranges[i].OK = m.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
	}
}

// wasmVariables returns the addresses of all words of the program's variables: the
// runtime's may be at any of them.
func (p *Program) wasmVariables() []uint64 {
	const most = 1 << 21 // words
	var out []uint64
	for _, m := range p.Modules {
		for _, r := range m.Data {
			for a := (r[0] + 7) &^ 7; a+8 <= r[1] && len(out) < most; a += 8 {
				out = append(out, a)
			}
		}
	}
	return out
}
