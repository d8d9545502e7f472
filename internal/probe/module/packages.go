package module

import (
	"bytes"
	"cmp"
	"debug/gosym"
	"maps"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
)

// packages sums up the code of the functions by package, largest first, and says how
// the functions were told apart: by the runtime's own table, which stripping keeps,
// else by the name section; "" where neither is there.
func packages(m *wasmfile.Module, image []byte) ([]evidence.WasmPart, string) {
	name, from := goNames(image), "pclntab"
	imported := uint32(m.ImportedFuncs())
	if name == nil {
		if len(m.Names) == 0 {
			return nil, ""
		}
		from = "names"
		name = func(i int) string { return m.Names[uint32(i)+imported] }
	}
	sums := map[string]*evidence.WasmPart{}
	for i, b := range m.Bodies {
		full := name(i)
		if full == "" {
			full = m.Names[uint32(i)+imported]
		}
		p := packageOf(full)
		if sums[p] == nil {
			sums[p] = &evidence.WasmPart{Name: p}
		}
		sums[p].Bytes += b.Size
		sums[p].Functions++
	}
	out := make([]evidence.WasmPart, 0, len(sums))
	for _, p := range slices.Collect(maps.Values(sums)) {
		out = append(out, *p)
	}
	sortParts(out)
	return out, from
}

func sortParts(p []evidence.WasmPart) {
	slices.SortFunc(p, func(a, b evidence.WasmPart) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
}

// pclnMagic begins the function table since Go 1.20: its magic, two zeros, the quantum
// of a PC, which is 1, and the size of a pointer, which is 8.
var pclnMagic = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

// firstFunction is the PC_F of the first function that a module defines. The table has
// PC_F of each; a PC is PC_F << 16 (cmd/link/internal/wasm, funcValueOffset).
const firstFunction = 0x1000

// goNames returns the names of the functions by their index among those that the
// module defines; nil where no table is found.
func goNames(image []byte) (name func(int) string) {
	defer func() {
		if recover() != nil { // package gosym panics on some tables that are none
			name = nil
		}
	}()
	for at := 0; ; at++ {
		i := bytes.Index(image[at:], pclnMagic)
		if i < 0 {
			return nil
		}
		at += i
		table, err := gosym.NewTable(nil, gosym.NewLineTable(image[at:], 0))
		const few = 16 // a table of fewer functions is none: the runtime alone has hundreds
		if err != nil || len(table.Funcs) < few {
			continue
		}
		names := make(map[int]string, len(table.Funcs))
		for i := range table.Funcs {
			f := &table.Funcs[i]
			entry := f.Entry
			if entry >= firstFunction<<16 { // a whole PC, in older versions
				entry >>= 16
			}
			names[int(entry)-firstFunction] = f.Name
		}
		return func(i int) string { return names[i] }
	}
}

// packageOf returns the package of a function, as its symbol names it:
// "example.com/a/b.(*T).M", "type:.eq.a.T", "a.F[go.shape.int]".
func packageOf(function string) string {
	if function == "" {
		return "?"
	}
	if rest, ok := strings.CutPrefix(function, "type:."); ok { // what the compiler makes of types
		if _, of, ok := strings.Cut(rest, "."); ok {
			function = strings.TrimLeft(of, "*[]")
		}
		if !strings.Contains(function, ".") || strings.HasPrefix(function, "struct {") || strings.HasPrefix(function, "func(") || function[0] >= '0' && function[0] <= '9' {
			return "(types)"
		}
	}
	if i := strings.IndexByte(function, '['); i >= 0 {
		function = function[:i]
	}
	slash := strings.LastIndexByte(function, '/') + 1
	dot := strings.IndexByte(function[slash:], '.')
	if dot < 0 {
		return "(assembly)"
	}
	p := function[:slash+dot]
	return strings.ReplaceAll(p, "%2e", ".")
}
