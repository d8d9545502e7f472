package gort

import (
	"encoding/binary"
	"slices"

	"github.com/gomedic/gomedic/internal/proc"
)

// CgoLayout is how code that runs on a thread finds the goroutine that has called C
// there: the thread's g lies at an offset of its own data (TLS), and leads by fields of
// the runtime's g and m to where the goroutine's stack goes on. All 0: it is not known,
// and stacks have no Go part.
type CgoLayout struct {
	TLSG                                int64 // from the thread pointer, fs
	M, CurG, GoID, SyscallPC, SyscallBP uint32
	TextLo, TextHi                      uint64 // Go's code: what a stack has beyond it is C that called Go
}

// CgoLayout finds the layout of the program that runs in a process. bases are the thread
// pointers of some of its threads. Of Go before 1.23, which notes no frame pointer where a
// goroutine enters C, it is not known.
func (p *Program) CgoLayout(process *proc.Process, bases []uint64) CgoLayout {
	var l CgoLayout
	for _, f := range []struct {
		to        *uint32
		in, field string
	}{
		{&l.M, "runtime.g", "m"}, {&l.CurG, "runtime.m", "curg"}, {&l.GoID, "runtime.g", "goid"},
		{&l.SyscallPC, "runtime.g", "syscallpc"}, {&l.SyscallBP, "runtime.g", "syscallbp"},
	} {
		off, ok := p.Offset(f.in, f.field)
		if !ok {
			return CgoLayout{}
		}
		*f.to = uint32(off)
	}
	tids, err := process.Threads()
	if err != nil {
		return CgoLayout{}
	}
	for inner := range process.ThreadIDs() { // as its runtime knows them, in a name space of its own
		tids = append(tids, inner)
	}
	tls, ok := p.tlsG(bases, tids)
	if !ok {
		return CgoLayout{}
	}
	l.TLSG = tls
	for i, m := range p.Modules {
		if i == 0 || m.MinPC < l.TextLo {
			l.TextLo = m.MinPC
		}
		l.TextHi = max(l.TextHi, m.MaxPC)
	}
	return l
}

// tlsG finds where in their own data the threads keep their g: what stands there leads
// to an m that has a thread's id.
func (p *Program) tlsG(bases []uint64, tids []int) (int64, bool) {
	const most, enough = 4096, 32 // bytes, threads
	toM, ok := p.Offset("runtime.g", "m")
	id, ok2 := p.Offset("runtime.m", "procid")
	if !ok || !ok2 {
		return 0, false
	}
	votes := map[int64]int{}
	n := 0
	for _, base := range bases {
		b := make([]byte, most)
		if base < most || n == enough || p.mem.ReadAt(b, base-most) != nil {
			continue
		}
		n++
		for off := 8; off <= most; off += 8 {
			g := binary.LittleEndian.Uint64(b[most-off:])
			if g < 4096 || g&7 != 0 || g>>47 != 0 {
				continue
			}
			if m, ok := p.Word(g + toM); ok && m != 0 && m>>47 == 0 {
				if v, ok := p.Word(m + id); ok && v < 1<<31 && slices.Contains(tids, int(v)) {
					votes[-int64(off)]++
				}
			}
		}
	}
	var best int64
	for off, v := range votes {
		if v > votes[best] || v == votes[best] && off > best {
			best = off
		}
	}
	return best, votes[best] > 0
}
