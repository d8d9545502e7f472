package module

import (
	"cmp"
	"maps"
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
	table, from := functionTable(image), "pclntab"
	if table == nil {
		if len(m.Names) == 0 {
			return nil, ""
		}
		from = "names"
	}
	sums := map[string]*evidence.WasmPart{}
	for i, b := range m.Bodies {
		full := ""
		if table != nil {
			full, _, _, _ = table.At(i+imported, imported)
		}
		if full == "" {
			full = m.Names[uint32(i+imported)]
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

// functionTable returns the runtime's table of functions; nil where none is found.
func functionTable(image []byte) *gort.WasmFuncs {
	if f, err := gort.WasmFunctions(image); err == nil {
		return f
	}
	return nil
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
