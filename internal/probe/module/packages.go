package module

import (
	"bytes"
	"cmp"
	"debug/gosym"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
)

// packages sums up the code of the functions by package, largest first, and says how
// the functions were told apart: by the runtime's own table, which stripping keeps,
// else by the name section; "" where neither is there.
func packages(m *wasmfile.Module, image []byte) ([]evidence.WasmPart, string) {
	imported := m.ImportedFuncs()
	name, from := functionNames(image, imported), "pclntab"
	if name == nil {
		if len(m.Names) <= imported {
			return nil, ""
		}
		name, from = func(int) string { return "" }, "names"
	}
	sums := map[string]*evidence.WasmPart{}
	for i, b := range m.Bodies {
		p := packageOf(cmp.Or(name(i+imported), m.Names[uint32(i+imported)]))
		if sums[p] == nil {
			sums[p] = &evidence.WasmPart{Name: p}
		}
		sums[p].Bytes += b.Size
		sums[p].Functions++
	}
	out := make([]evidence.WasmPart, 0, len(sums))
	for _, p := range sums {
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

// functionNames returns the names of functions by their index, from the runtime's own
// table; nil where none is found.
func functionNames(image []byte, imported int) func(index int) string {
	if f, err := gort.WasmFunctions(image); err == nil {
		name := func(index int) string {
			n, _, _, _ := f.At(index, imported)
			return n
		}
		if name(imported) != "" || name(imported+1) != "" {
			return name
		}
	}
	return olderNames(image, imported)
}

// pclnMagic begins the function table since Go 1.20: its magic, two zeros, the quantum
// of a PC, which is 1, and the size of a pointer, which is 8.
var pclnMagic = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

// firstPC is the PC of the first function that a module defines; each next one's is
// 1<<16 more (cmd/link/internal/wasm, funcValueOffset).
const firstPC = 0x1000 << 16

// olderNames reads the table of versions in which it has the PCs of functions: up to Go
// 1.24; since then it has their indices.
func olderNames(image []byte, imported int) (name func(index int) string) {
	defer func() {
		if recover() != nil { // package gosym panics on some tables that are none
			name = nil
		}
	}()
	at := bytes.Index(image, pclnMagic)
	if at < 0 {
		return nil
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(image[at:], 0))
	if err != nil || len(table.Funcs) == 0 || table.Funcs[0].Entry != firstPC {
		return nil
	}
	names := make(map[int]string, len(table.Funcs))
	for i := range table.Funcs {
		f := &table.Funcs[i]
		names[int((f.Entry-firstPC)>>16)+imported] = f.Name
	}
	return func(index int) string { return names[index] }
}

// packageOf returns the package of a function, as its symbol names it:
// "example.com/a/b.(*T).M", "type:.eq.a.T", "a.F[go.shape.int]", and in TinyGo
// "(*example.com/a/b.T).M".
func packageOf(function string) string {
	if rest, ok := strings.CutPrefix(function, "type:."); ok { // what the compiler makes of types
		_, function, _ = strings.Cut(rest, ".")
		function = strings.TrimLeft(function, "*[]0123456789")
	}
	function = strings.TrimLeft(function, "(*")
	for _, made := range []string{"struct {", "struct{", "func(", "interface {", "interface{", "struct:", "interface:", "named:", "pointer:", "reflect/types."} {
		if strings.HasPrefix(function, made) {
			return "(types)"
		}
	}
	if i := strings.IndexByte(function, '['); i >= 0 {
		function = function[:i]
	}
	slash := strings.LastIndexByte(function, '/') + 1
	dot := strings.IndexByte(function[slash:], '.')
	switch {
	case function == "":
		return "?"
	case dot <= 0:
		return "(assembly)"
	}
	return strings.ReplaceAll(function[:slash+dot], "%2e", ".")
}
