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

// NotesCgo reports whether the program's Go is one whose CgoLayout can be known: before
// 1.23 it notes no frame pointer where a goroutine enters C.
func (p *Program) NotesCgo() bool {
	_, ok := p.cgoFields()
	return ok
}

// cgoFields are the offsets in the runtime's structures.
func (p *Program) cgoFields() (l CgoLayout, ok bool) {
	for _, f := range []struct {
		to        *uint32
		in, field string
	}{
		{&l.M, "runtime.g", "m"}, {&l.CurG, "runtime.m", "curg"}, {&l.GoID, "runtime.g", "goid"},
		{&l.SyscallPC, "runtime.g", "syscallpc"}, {&l.SyscallBP, "runtime.g", "syscallbp"},
	} {
		off, ok := p.Offset(f.in, f.field)
		if !ok {
			return CgoLayout{}, false
		}
		*f.to = uint32(off)
	}
	return l, true
}

// CgoLayout finds the layout of the program that runs in a process. bases are the thread
// pointers of some of its threads.
func (p *Program) CgoLayout(process *proc.Process, bases []uint64) CgoLayout {
	l, ok := p.cgoFields()
	if !ok {
		return CgoLayout{}
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
