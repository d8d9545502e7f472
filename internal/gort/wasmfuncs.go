package gort

import "encoding/binary"

// WasmFuncs are the functions of a Go WebAssembly module by their index, of any
// version since Go 1.18: for them the function table alone is enough. Its methods may
// be called from several goroutines.
type WasmFuncs struct{ m *Module }

// WasmFunctions finds the function table in the linear memory of a module, which need
// not have been started. mem is kept and must not change. The error is ErrNotGo where
// there is no function table, as in a module of TinyGo.
func WasmFunctions(mem []byte) (*WasmFuncs, error) {
	at, ok := wasmPclntab(mem)
	if !ok {
		return nil, ErrNotGo
	}
	h, ok := readPclnHeader(mem, at)
	if !ok {
		return nil, ErrNotGo
	}
	n := uint64(len(mem))
	ftabEnd := h.end + (h.nfunc+1)*8
	m := &Module{
		names: mem[h.names:h.cutab], cutab: mem[h.cutab:h.files], files: mem[h.files:h.pctab],
		pctab: mem[h.pctab:h.end], funcs: mem[h.end:n], ftab: mem[h.end:min(ftabEnd, n)],
		quantum: 1, shift: wasmShift, readOnly: func(uint64, uint64) []byte { return nil },
	}
	// Entries are offsets to runtime.text, in functions. The module data has it 0
	// with the offset in the entries, or the other way round, by version.
	m.nfunc = len(m.ftab)/8 - 1
	if m.nfunc < 1 {
		return nil, ErrNotGo
	}
	if binary.LittleEndian.Uint32(m.ftab) < wasmFirstFunc {
		m.Text = wasmFirstFunc << wasmShift
	}
	first, ok1 := m.at(0)
	last, ok2 := m.at(m.nfunc - 1)
	if !ok1 || !ok2 || first.Entry >= last.End {
		return nil, ErrNotGo
	}
	m.MinPC, m.MaxPC = first.Entry, last.End
	return &WasmFuncs{m}, nil
}

// WasmFunctions returns the functions of a module's program by their index.
func (p *Program) WasmFunctions() *WasmFuncs { return &WasmFuncs{p.Modules[0]} }

// At returns the function with an index, of a module that imports so many functions:
// a module counts its imported functions first. ok is false for an imported function,
// and for one that is not Go's. The position is that of the function's first line.
func (w *WasmFuncs) At(index, imports int) (name, file string, line int, ok bool) {
	if index < imports || imports < 0 {
		return "", "", 0, false
	}
	f, ok := w.m.find(uint64(wasmFirstFunc+index-imports) << wasmShift)
	if !ok || f.Name() == "" || f.Entry>>wasmShift != uint64(wasmFirstFunc+index-imports) {
		return "", "", 0, false
	}
	if file, line = f.fileLine(f.Entry); line < 0 {
		line = 0 // of one that the linker made
	}
	return f.Name(), file, line, true
}

// Len returns the number of functions that the table has.
func (w *WasmFuncs) Len() int { return w.m.nfunc }
