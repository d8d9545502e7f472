package gort

import "github.com/gomedic/gomedic/internal/proc"

// Memory returns the memory that the program is in.
func (p *Program) Memory() proc.Memory { return p.mem }

// RuntimeVars returns the addresses at which a variable of the runtime may lie:
// its symbol's, then those that the named functions refer to, as these names are
// left in a stripped binary. The caller believes one for what it holds only.
func (p *Program) RuntimeVars(symbol string, functions ...string) []uint64 {
	return p.candidates(symbol, functions...)
}

// Ps returns the addresses of the runtime.p of the program, nil if they were not
// found.
func (p *Program) Ps() []uint64 {
	n := p.GOMAXPROCS()
	if n == 0 {
		return nil
	}
	list, err := p.word(p.globals.allp)
	if err != nil {
		return nil
	}
	b := make([]byte, 8*n)
	if p.mem.ReadAt(b, list) != nil {
		return nil
	}
	ps := make([]uint64, 0, n)
	for ; len(b) >= 8; b = b[8:] {
		if a := le64(b); a != 0 && a%8 == 0 {
			ps = append(ps, a)
		}
	}
	return ps
}

// HeapAddr returns the address of the runtime's mheap, 0 if it was not found.
func (p *Program) HeapAddr() uint64 {
	p.globals.heapOnce.Do(p.findHeap)
	off, ok := p.Layout.Field("runtime.mheap", "arenas")
	if !ok || p.globals.arenas < uint64(off.Offset) || p.globals.arenas == 0 {
		return 0
	}
	return p.globals.arenas - uint64(off.Offset)
}

// Addr returns the address of the module's runtime.moduledata.
func (m *Module) Addr() uint64 { return m.addr }

// ThreadStacks returns a thread's system stack and the one on which it handles
// signals, given the address of its runtime.m. One that is not known is empty.
func (p *Program) ThreadStacks(m uint64) (system, signal Span) {
	var g [2]uint64
	if m != 0 {
		for i, off := range [2]int64{p.f.mG0, p.f.mGsignal} {
			g[i], _ = p.word(m + uint64(off))
		}
	}
	return p.gStack(g[0]), p.gStack(g[1])
}

// SystemSP is where a thread left its system stack when it began to run a goroutine
// (g0's sched.sp); ok is false where that cannot be read.
func (p *Program) SystemSP(m uint64) (sp uint64, ok bool) {
	g0, err := p.word(m + uint64(p.f.mG0))
	if err != nil || g0 == 0 {
		return 0, false
	}
	sp, err = p.word(g0 + uint64(p.f.gSchedSP))
	return sp, err == nil && sp != 0
}
