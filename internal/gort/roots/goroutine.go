package roots

import (
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

const (
	maxStacks   = 64 << 30  // bytes of all stacks
	hugeStack   = 4 << 30   // bytes of one: by default, a program may use a quarter of that
	maxStack    = 256 << 20 // bytes of one that are read at once
	maxDefers   = 1 << 20
	maxSudogs   = 1 << 16 // cases of a select
	maxRegState = 1 << 14 // bytes of saved vector registers
)

// goroutine finds the roots of one goroutine: its stack, its registers and its
// deferred calls.
func (r *reader) goroutine(g *gort.Goroutine) {
	if g.Stack.Hi <= g.Stack.Lo || g.StatusName() == "dead" {
		return
	}
	r.stats.Goroutines++
	s := &stackScan{reader: r, g: g}
	regs := r.registers(g)
	loose := 0
	runs := g.StatusName() == "running"
	if runs {
		loose = s.loose()
	}
	from := g.SP
	if g.Cut != "" {
		r.stats.Cut++
	}
	if len(g.Frames) == 0 || g.Frames[0].SP != g.SP || from < g.Stack.Lo || from >= g.Stack.Hi {
		from = g.Stack.Lo // nobody knows where it stands
		if runs && regs != nil && regs.SP >= g.Stack.Lo && regs.SP < g.Stack.Hi {
			from = regs.SP
		}
	}
	s.read(from)
	s.context()
	s.frames(loose)
	if regs != nil {
		s.running(regs)
	}
	s.defers()
	s.vectors()
	s.sudogs()
	s.follow()
}

// loose returns how many frames of a goroutine that runs have no map for where they
// stand: the innermost, which may be at any instruction, and that which called it,
// for some calls keep the registers and have no map of their own: those of the write
// barrier and of duffcopy (cmd/compile, ssa.Op.IsCall; runtime/asm_amd64.s).
func (s *stackScan) loose() int {
	const inner = 16
	n := 2
	for i := range s.g.Frames[:min(len(s.g.Frames), inner)] {
		name := s.g.Frames[i].Func.Name()
		if strings.HasPrefix(name, "runtime.gcWriteBarrier") || strings.HasPrefix(name, "runtime.duff") {
			n = i + 2
		}
	}
	return n
}

// registers returns those of the thread that runs g, nil if none does or they are
// not known.
func (r *reader) registers(g *gort.Goroutine) *proc.Registers {
	if g.StatusName() != "running" {
		return nil
	}
	if g.Regs != nil {
		return g.Regs
	}
	if regs, ok := r.o.Registers[g.TID]; ok && g.TID != 0 {
		return &regs
	}
	return nil
}

// read reads the stack from an address to its top. Of one that is larger than any
// sound program's, the rest is scanned piece by piece.
func (s *stackScan) read(from uint64) {
	n := s.g.Stack.Hi - from
	s.base, s.mem = from, nil
	if n > hugeStack || n > s.left {
		s.stats.Unread++
		return
	}
	if n > piece { // before so much is made room for
		if _, ok := s.reader.mem.word(s.g.Stack.Hi - 8); !ok {
			s.stats.Unread++
			return
		}
	}
	s.left -= n
	if n > maxStack {
		for at := from + maxStack; at < s.g.Stack.Hi; at += piece {
			part := stackScan{reader: s.reader, g: s.g, base: at, mem: make([]byte, min(piece, s.g.Stack.Hi-at))}
			if s.reader.mem.ReadAt(part.mem, at) != nil {
				s.stats.Unread++
				continue
			}
			part.all(at, s.g.Stack.Hi, -1)
			s.likely = append(s.likely, part.likely...)
		}
		n = maxStack
	}
	b := make([]byte, n)
	if s.reader.mem.ReadAt(b, from) != nil {
		s.stats.Unread++
		return
	}
	s.mem = b
}

// context takes the closure with which a goroutine begins or goes on
// (g.sched.ctxt): a register that has no place on the stack.
func (s *stackScan) context() {
	off, ok := s.offset("runtime.g", "sched.ctxt")
	if !ok {
		return
	}
	if v, ok := s.reader.mem.word(s.g.Addr + off); ok && v != 0 {
		s.pointer(Root{Kind: Stack, Slot: s.g.Addr + off, Value: v, Frame: min(0, len(s.g.Frames)-1), Name: s.runs(v), Precise: true})
	}
}

// running takes the registers of the thread that runs the goroutine, and that
// thread's system or signal stack while it is on it: an object may be in the
// allocator's hands.
func (s *stackScan) running(regs *proc.Registers) {
	frame := min(0, len(s.g.Frames)-1)
	for _, v := range regs.All {
		s.pointer(Root{Kind: Register, Value: v, Frame: frame})
	}
	if regs.SP >= s.g.Stack.Lo && regs.SP < s.g.Stack.Hi {
		return
	}
	s.done[s.g.M] = true
	s.system(s.g.M, regs, func(slot, v uint64) {
		s.pointer(Root{Kind: Stack, Slot: slot, Value: v, Frame: -1})
	})
}

// defers takes what the goroutine has deferred: the records may lie on the stack or
// on the heap in any order, so that neither leads to all of them. Defers that the
// compiler coded into their functions lie in these functions' frames.
func (s *stackScan) defers() {
	first, ok1 := s.offset("runtime.g", "_defer")
	panics, ok2 := s.offset("runtime.g", "_panic")
	d, ok3 := s.offsets("runtime._defer", "heap", "fn", "link", "sp")
	if !ok1 || !ok2 || !ok3 {
		return
	}
	if v, ok := s.reader.mem.word(s.g.Addr + panics); ok && v != 0 {
		s.certain = append(s.certain, v) // always on the stack
	}
	slot := s.g.Addr + first
	for list := (chain{most: maxDefers}); ; {
		rec, ok := s.reader.mem.word(slot)
		if !ok || list.over(rec) {
			return
		}
		frame := -1
		if sp, ok := s.reader.mem.word(rec + d[3]); ok {
			frame = s.frameAt(sp)
		}
		fn, ok := s.reader.mem.word(rec + d[1])
		if !ok {
			return
		}
		name := s.runs(fn)
		s.pointer(Root{Kind: Defer, Slot: slot, Value: rec, Frame: frame, Name: name, Precise: true})
		if fn != 0 {
			s.pointer(Root{Kind: Defer, Slot: rec + d[1], Value: fn, Frame: frame, Name: name, Precise: true})
		}
		slot = rec + d[2]
	}
}

// frameAt returns the frame whose stack pointer, at a call, is sp.
func (s *stackScan) frameAt(sp uint64) int {
	for i := range s.g.Frames {
		if s.g.Frames[i].SP == sp {
			return i
		}
	}
	return -1
}

// vectors takes the vector registers of a goroutine that a signal preempted: since
// Go 1.26 they are saved outside of the stack (runtime/preempt_xreg.go), and a copy
// in progress may have its pointers there.
func (s *stackScan) vectors() {
	off, ok := s.offset("runtime.g", "xRegs.state")
	n := s.size("runtime.xRegs")
	if !ok || n == 0 || n > maxRegState {
		return
	}
	state, ok := s.reader.mem.word(s.g.Addr + off)
	if !ok || state == 0 {
		return
	}
	b := make([]byte, n)
	if s.reader.mem.ReadAt(b, state) != nil {
		return
	}
	for i := 0; i+8 <= len(b); i += 8 {
		s.pointer(Root{Kind: Register, Value: le64(b[i:]), Frame: min(0, len(s.g.Frames)-1)})
	}
}

// sudogs takes what the goroutine waits for and where its value is. The collector
// reaches both through the goroutine's own structure, unless it is just looking for
// leaked goroutines and has hidden them (maybeTraceablePtr, since Go 1.26).
func (s *stackScan) sudogs() {
	first, ok1 := s.offset("runtime.g", "waiting")
	d, ok2 := s.offsets("runtime.sudog", "elem", "c", "waitlink")
	if !ok1 || !ok2 {
		return
	}
	// The pointer's number follows what may have been set to nil.
	hidden := uint64(0)
	if f, ok := s.p.Layout.Field("runtime.sudog", "c"); ok && f.Size == 16 {
		hidden = 8
	}
	sg, ok := s.reader.mem.word(s.g.Addr + first)
	for list := (chain{most: maxSudogs}); ok && !list.over(sg); {
		for i, name := range [2]string{"runtime.sudog.elem", "runtime.sudog.c"} {
			slot := sg + d[i] + hidden
			if v, ok := s.reader.mem.word(slot); ok && (v < s.g.Stack.Lo || v >= s.g.Stack.Hi) {
				s.pointer(Root{Kind: Runtime, Slot: slot, Value: v, Frame: -1, Name: name, Precise: true})
			}
		}
		sg, ok = s.reader.mem.word(sg + d[2])
	}
}
