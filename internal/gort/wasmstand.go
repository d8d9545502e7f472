package gort

import "regexp"

// WasmCall is a function on the stack of a page's thread: by its name in the module's
// name section, or by its index among the functions that the module defines.
type WasmCall struct {
	Name  string
	Index int // used if Name is empty; -1: neither is known
	// Offset is where it stands, in bytes of the module's file; 0: not known.
	Offset int64
	Goes   int // the number at which its function went on last, its first local; -1: not known
}

// unnamed is what the linker replaces in the name section (cmd/link/internal/wasm/asm.go).
var unnamed = regexp.MustCompile(`[^\w.]`)

// Standing returns the goroutine that ran when the page's thread was stopped, with its
// stack; nil where it ran none, as in the scheduler. sp is Go's stack pointer and calls
// the functions on the thread's own stack, innermost first.
//
// Code that runs keeps no PC: where in its function the innermost frame stands is told by
// the module's code, if that is known ([Program.SetWasmCode]); else its line is that of
// the first place that fits. All other frames' places were saved on the stack by calls.
func (p *Program) Standing(sp uint64, calls []WasmCall) *Goroutine {
	addrs, err := p.allgs()
	if err != nil {
		return nil
	}
	r := newReader(p, addrs)
	if r.readAll() != nil {
		return nil
	}
	for _, g := range r.gs {
		if g.Status != gRunning || g.M == 0 {
			continue
		}
		m := make([]byte, p.f.mSize)
		if p.mem.ReadAt(m, g.M) != nil || le64(m[p.f.mCurg:]) != g.Addr {
			continue
		}
		p.standing(g, m, sp, p.wasmCalls(calls))
		return g
	}
	return nil
}

// standing fills in the stack of the running goroutine g of the thread m.
func (p *Program) standing(g *Goroutine, m []byte, sp uint64, calls []wasmCall) {
	if sp < g.Stack.Lo || sp >= g.Stack.Hi { // on the system stack: its own was saved
		if p.gStack(le64(m[p.f.mG0:])) == (Span{}) || g.SP < g.Stack.Lo || g.SP >= g.Stack.Hi {
			g.Cut = cutRuns
			return
		}
		p.standAt(g, g.PC, g.SP)
		return
	}
	g.SP = sp
	if len(calls) == 0 {
		g.Cut = cutRuns
		return
	}
	// The innermost call may have begun, and not yet made its frame; a call that it
	// makes has put a return address below it.
	for _, c := range calls[:min(len(calls), 2)] {
		for _, at := range c.frameSizes() {
			ret, err := p.word(sp + at.size)
			if err != nil || sp+at.size+8 > g.Stack.Hi {
				continue
			}
			if caller, ok := p.FindFunc(ret); !ok || ret == caller.Entry {
				continue
			}
			pc := at.pc
			if d, ok := c.spDelta(c.pc); ok && c.pc != 0 && uint64(d) == at.size {
				pc = c.pc
			}
			p.standAt(g, pc, sp)
			if g.Cut == "" {
				return
			}
		}
	}
	if g.Cut == "" {
		g.Cut = cutRuns
	}
}

func (p *Program) standAt(g *Goroutine, pc, sp uint64) {
	if sp < g.Stack.Lo || sp >= g.Stack.Hi {
		g.Cut = cutBounds
		return
	}
	image := stackImage{base: sp, b: make([]byte, min(g.Stack.Hi-sp, deepRead))}
	if p.mem.ReadAt(image.b, sp) != nil {
		g.Cut = cutRead
		return
	}
	g.image = image
	u := unwinder{p: p, bounds: g.Stack, image: &g.image}
	u.walk(pc, sp, 0, true)
	g.PC, g.SP, g.Frames, g.Cut = pc, sp, u.frames, u.cut
}

// frameSize is a size that a function's frame can have, and a place where it has it.
type frameSize struct {
	size uint64
	pc   uint64
}

// frameSizes are the sizes of the function's frame, the largest, which it has nearly
// everywhere, first.
func (f Func) frameSizes() []frameSize {
	const most = 16
	var out []frameSize
	next := f.Entry
	f.ranges(f.u32(funcPCSP), func(end uint64, v int32) bool {
		pc := next
		next = end
		if v < 0 || v&7 != 0 {
			return true
		}
		for _, o := range out {
			if o.size == uint64(v) {
				return true
			}
		}
		at := len(out)
		for at > 0 && out[at-1].size < uint64(v) {
			at--
		}
		out = append(out[:at], append([]frameSize{{uint64(v), pc}}, out[at:]...)...)
		return len(out) < most
	})
	return out
}

// wasmCall is a Go function on the thread's own stack, and where it stands; 0: not known.
type wasmCall struct {
	Func
	pc uint64
}

// wasmCalls are the Go functions among the calls, innermost first.
func (p *Program) wasmCalls(calls []WasmCall) []wasmCall {
	want := map[string]bool{}
	for _, c := range calls {
		if c.Name != "" {
			want[c.Name] = true
		}
	}
	named := map[string]Func{}
	if len(want) > 0 {
		p.Functions(func(f Func) bool {
			if n := unnamed.ReplaceAllString(f.Name(), "_"); want[n] {
				if _, twice := named[n]; !twice {
					named[n] = f
				}
			}
			return true
		})
	}
	var out []wasmCall
	for _, c := range calls {
		f, ok := named[c.Name]
		if c.Name == "" {
			f, ok = p.FindFunc(uint64(wasmFirstFunc+c.Index) << wasmShift)
			ok = ok && c.Index >= 0
		}
		if !ok {
			continue
		}
		out = append(out, wasmCall{f, p.wasmPC(f, c)})
	}
	return out
}
