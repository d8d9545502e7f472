package gort

import "bytes"

// WasmCode is the code of a WebAssembly module, which is not in its memory.
type WasmCode interface {
	// Constants are the integer constants in the code of a function, by its number among
	// those that the module defines; nil: they are not known.
	Constants(function int) []uint64
	// FuncAt is the number of the function that has the byte at an offset in the file, -1.
	FuncAt(offset int64) int
	// Resumes is the number at which the function would go on, of a byte at an offset in
	// the file; -1: that which its first local holds.
	Resumes(offset int64) (number int, ok bool)
}

// SetWasmCode says what the program's code is: it is asked once, and may say nil.
// What the code of a function names is then known, and where running code stands.
func (p *Program) SetWasmCode(code func() WasmCode) {
	p.wasm.ask = code
}

// wasmCode is the program's code, nil where it is not known.
func (p *Program) wasmCode() WasmCode {
	p.wasm.once.Do(func() {
		if p.wasm.ask != nil {
			p.wasm.code = p.wasm.ask()
		}
	})
	return p.wasm.code
}

// IsWasmImage reports whether a module that has image as the memory which it begins with
// is the program's: it has the same functions.
func (p *Program) IsWasmImage(image []byte) bool {
	h, ok := readPclnHeader(p.data, p.pclntab)
	return ok && uint64(len(image)) >= h.end && bytes.Equal(image[p.pclntab:h.end], p.data[p.pclntab:h.end])
}

// HasCode reports whether the code of the program's functions can be read.
func (p *Program) HasCode() bool { return p.Arch() != "wasm" || p.wasmCode() != nil }

// referencesWasm are the variables whose addresses a function's code has. A number that
// happens to be one is among them.
func (p *Program) referencesWasm(f Func) []uint64 {
	code := p.wasmCode()
	if code == nil {
		return nil
	}
	var out []uint64
	seen := map[uint64]bool{}
	for _, a := range code.Constants(int(f.Entry>>wasmShift) - wasmFirstFunc) {
		if !seen[a] && p.isVariable(a) {
			seen[a] = true
			out = append(out, a)
		}
	}
	return out
}

// wasmPC is the PC of a call that stands in f, as a call there would save it: of the piece
// of code without a jump into it that it is in. 0: not known.
func (p *Program) wasmPC(f Func, c WasmCall) uint64 {
	n := c.Goes
	if code := p.wasmCode(); code != nil && c.Offset > 0 && code.FuncAt(c.Offset) == int(f.Entry>>wasmShift)-wasmFirstFunc {
		if at, ok := code.Resumes(c.Offset); ok && at >= 0 {
			n = at
		}
	}
	if n < 0 || f.Entry+uint64(n) >= f.End {
		return 0
	}
	return f.Entry + uint64(n)
}
