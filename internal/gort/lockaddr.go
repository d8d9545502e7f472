package gort

import "golang.org/x/arch/x86/x86asm"

// Which lock an operation is about: the register that holds its address is
// followed backwards through the code, to a global variable, or to a pointer and
// an offset; and that pointer, where it can be, to where the function keeps it on
// its stack. A frame that stands in the function then says which lock it is.

// origin is where a function's code has a pointer from: a word of its frame, and
// pointers that are followed from there. The zero origin is unknown.
type origin struct {
	known bool
	slot  int64 // of the word, from the frame's canonical address (CFA); arguments lie above
	path  [maxPath]int64
	n     int   // of path: the offsets at which the pointers followed lie
	add   int64 // to what is found there
}

// maxPath bounds the pointers that are followed: a closure, the struct that it
// captured, and one in that.
const maxPath = 3

// tracing is the address reg+off, and what becomes of the word that lies there.
type tracing struct {
	reg x86asm.Reg
	off int64
	// then are the offsets to be added to the words loaded from there on, the last
	// one first.
	then []int64
}

// identifier is the analysis of one function.
type identifier struct {
	p       *Program
	f       Func
	m       *lockMap
	b       []byte // its code
	joins   map[uint64]bool
	spilled map[x86asm.Reg]int64
}

// identify finds out the lock of each operation of a function.
func (p *Program) identify(f Func, m *lockMap) {
	if !m.any {
		return
	}
	d := identifier{p: p, f: f, m: m, b: p.code(f), joins: m.joins()}
	d.spilled = d.spills()
	for i := range m.code {
		op := m.code[i].op
		if op == nil || op.global != 0 {
			continue
		}
		t := tracing{reg: x86asm.RAX} // a call: the first register of Go's convention
		switch {
		case m.code[i].atomic:
			in, ok := d.decode(i)
			if !ok {
				continue
			}
			mem, ok := in.Args[0].(x86asm.Mem)
			if !ok || mem.Index != 0 {
				continue
			}
			t.reg, t.off = mem.Base, mem.Disp
		case op.inner != nil: // a function that takes it: by which argument
			t.reg, t.off = op.inner.entry, op.inner.offset
		default:
			if g, ok := p.FindFunc(m.code[i].target); !ok || lockCalls[g.Name()] == 0 {
				continue
			}
		}
		if t.reg == 0 || t.reg == x86asm.RSP || t.reg == x86asm.RBP {
			continue
		}
		base, disp := t.reg, t.off
		if global, ok := d.back(i, &t, op); ok {
			op.global, op.offset, op.known, op.from = global, 0, false, origin{}
		} else if op.known && !op.from.known && m.code[i].atomic {
			op.from = d.ahead(i, base, disp-op.offset)
		} else if !op.known {
			op.offset, op.from = 0, origin{}
		}
	}
}

// back follows t from instruction i backwards, and writes what it learns to op.
// It returns the address of a global variable if it gets to one.
func (d *identifier) back(i int, t *tracing, op *lockOp) (global uint64, ok bool) {
	const far = 64 // instructions looked back
	op.known = true
	// The offset from the last pointer that was loaded.
	defer func() {
		op.offset = t.off
		if n := len(t.then); n > 0 {
			op.offset = t.then[0]
		}
	}()
	straight := true // nothing else leads to the instructions passed
	for j := i - 1; ; j-- {
		if j < 0 && straight { // an argument
			if len(t.then) == 0 {
				op.entry = t.reg
			}
			if slot, ok := d.spilled[t.reg]; ok {
				op.from = t.from(slot)
			}
		}
		if j < 0 || j < i-far {
			return 0, false
		}
		straight = straight && !d.joins[d.m.code[j+1].pc]
		switch k := d.m.code[j].kind; {
		case k == plain, k == branch && (straight || j == i-1):
		default:
			return 0, false
		}
		in, ok := d.decode(j)
		if !ok || in.Args[0] != x86asm.Arg(wide(t.reg)) && in.Args[0] != x86asm.Arg(narrow(t.reg)) ||
			in.Op == x86asm.CMP || in.Op == x86asm.TEST {
			continue
		}
		src, isReg := in.Args[1].(x86asm.Reg)
		mem, isMem := in.Args[1].(x86asm.Mem)
		imm, isImm := in.Args[1].(x86asm.Imm)
		switch {
		case in.Op == x86asm.LEA && isMem && mem.Base == x86asm.RIP && len(t.then) == 0:
			return d.m.code[j].end + uint64(mem.Disp) + uint64(t.off), true
		case in.Op == x86asm.LEA && isMem && mem.Index == 0 && mem.Base != x86asm.RSP && mem.Base != x86asm.RIP:
			t.reg, t.off = mem.Base, t.off+mem.Disp
			continue
		case in.Op == x86asm.MOV && isReg && wide(src) == src:
			t.reg = src
			continue
		case in.Op == x86asm.ADD && isImm:
			t.off += int64(imm)
			continue
		case in.Op == x86asm.MOV && isMem && mem.Segment == 0:
			if mem.Index != 0 || mem.Base == x86asm.RIP || !straight || len(t.then) == maxPath {
				return 0, false
			}
			if mem.Base == x86asm.RSP {
				if delta, ok := d.f.spDelta(d.m.code[j].pc); ok {
					op.from = t.from(mem.Disp - delta - 8)
				}
				return 0, false
			}
			t.then = append(t.then, t.off)
			t.reg, t.off = mem.Base, mem.Disp
			continue
		}
		op.known = len(t.then) > 0 // else computed in a way that is not followed
		return 0, false
	}
}

// ahead finds where the code behind instruction i stores the pointer that is in
// base there: a deferred Unlock captures it. add is to be added to that pointer.
func (d *identifier) ahead(i int, base x86asm.Reg, add int64) origin {
	const far = 32                              // instructions
	regs := map[x86asm.Reg]int64{wide(base): 0} // holds the pointer plus so much
	slots := map[int64]int64{}
	var o origin
	for j := i + 1; j < len(d.m.code) && j < i+far && d.m.code[j].kind != leave; j++ {
		if d.m.code[j].kind == call {
			clear(regs) // Go's functions keep no registers
			continue
		}
		in, ok := d.decode(j)
		delta, known := d.f.spDelta(d.m.code[j].pc)
		if !ok || !known {
			break
		}
		src, isReg := in.Args[1].(x86asm.Reg)
		mem, isMem := in.Args[1].(x86asm.Mem)
		if to, ok := in.Args[0].(x86asm.Mem); ok {
			if more, ours := regs[src]; in.Op == x86asm.MOV && isReg && ours && to.Base == x86asm.RSP && to.Index == 0 {
				o = origin{known: true, slot: to.Disp - delta - 8, add: add - more}
				slots[o.slot] = more
			}
			continue
		}
		to, ok := in.Args[0].(x86asm.Reg)
		if !ok || in.Op == x86asm.CMP || in.Op == x86asm.TEST {
			continue
		}
		more, ours := int64(0), false
		switch {
		case in.Op == x86asm.MOV && isReg:
			more, ours = regs[src]
		case in.Op == x86asm.LEA && isMem && mem.Index == 0:
			more, ours = regs[mem.Base]
			more += mem.Disp
		case in.Op == x86asm.MOV && isMem && mem.Base == x86asm.RSP && mem.Index == 0:
			more, ours = slots[mem.Disp-delta-8]
		}
		if delete(regs, wide(to)); ours && wide(to) == to {
			regs[to] = more
		}
	}
	return o
}

// from is the origin of what was traced back to a word of the frame.
func (t *tracing) from(slot int64) origin {
	o := origin{known: true, slot: slot, n: len(t.then)}
	if o.n > 0 {
		o.path[0] = t.off
		for i := 1; i < o.n; i++ {
			o.path[i] = t.then[o.n-i]
		}
	}
	return o
}

func (d *identifier) decode(i int) (x86asm.Inst, bool) {
	at := d.m.code[i].pc - d.f.Entry
	if at >= uint64(len(d.b)) {
		return x86asm.Inst{}, false
	}
	in, err := x86asm.Decode(d.b[at:], 64)
	return in, err == nil
}

// joins are the addresses that jumps lead to, except the function's entry, to
// which only the growing of the stack comes back.
func (m *lockMap) joins() map[uint64]bool {
	to := map[uint64]bool{}
	for i := range m.code {
		if k := m.code[i].kind; (k == jump || k == branch) && m.code[i].target != m.code[0].pc {
			to[m.code[i].target] = true
		}
	}
	return to
}

// spills finds where the function's beginning stores the registers that it was
// called with: from the canonical address of its frame.
func (d *identifier) spills() map[x86asm.Reg]int64 {
	const far = 64
	out := map[x86asm.Reg]int64{}
	changed := map[x86asm.Reg]bool{}
	for i := 0; i < len(d.m.code) && i < far; i++ {
		c := &d.m.code[i]
		if c.kind != plain && c.kind != branch || d.joins[c.pc] {
			break
		}
		in, ok := d.decode(i)
		if !ok {
			break
		}
		if mem, ok := in.Args[0].(x86asm.Mem); ok && in.Op == x86asm.MOV && mem.Base == x86asm.RSP && mem.Index == 0 {
			r, isReg := in.Args[1].(x86asm.Reg)
			delta, known := d.f.spDelta(c.pc)
			if _, done := out[r]; isReg && wide(r) == r && known && !changed[r] && !done {
				out[r] = mem.Disp - delta - 8
			}
			continue
		}
		if r, ok := in.Args[0].(x86asm.Reg); ok && in.Op != x86asm.CMP && in.Op != x86asm.TEST && in.Op != x86asm.PUSH {
			changed[wide(r)] = true
		}
	}
	return out
}

// lockAt returns the address of the lock that an operation of the frame's
// function was about: by the word of the frame that the code has it from. It is
// believed only if what lies there is held; else the word has been used for
// something else since, and the result is 0.
func (p *Program) lockAt(g *Goroutine, f *Frame, op *lockOp) uint64 {
	if !op.from.known {
		return 0
	}
	at := f.CFA + uint64(op.from.slot)
	v, ok := g.image.word(at)
	if !ok {
		return 0
	}
	for _, off := range op.from.path[:op.from.n] {
		w, err := p.word(v + uint64(off))
		if err != nil {
			return 0
		}
		v = w
	}
	v += uint64(op.offset + op.from.add)
	if v%4 != 0 || !p.heldNow(v, op) {
		return 0
	}
	return v
}

// heldNow reports whether the lock at addr is held in the way that op takes it.
func (p *Program) heldNow(addr uint64, op *lockOp) bool {
	field, structure := "state", "internal/sync.Mutex"
	if op.read {
		field, structure = "readerCount", "sync.RWMutex"
	}
	at, ok := p.Layout.Field(structure, field)
	if !ok {
		return false
	}
	var b [4]byte
	if p.mem.ReadAt(b[:], addr+uint64(at.Offset)) != nil {
		return false
	}
	const mutexLocked = 1 // internal/sync/mutex.go; a writer of an RWMutex holds its Mutex, too
	if op.read {
		return le32(b[:]) != 0
	}
	return le32(b[:])&mutexLocked != 0
}

// wide and narrow give the 64-bit and the 32-bit name of a register.
func wide(r x86asm.Reg) x86asm.Reg {
	if r >= x86asm.EAX && r <= x86asm.R15L {
		return r - x86asm.EAX + x86asm.RAX
	}
	return r
}

func narrow(r x86asm.Reg) x86asm.Reg {
	if r >= x86asm.RAX && r <= x86asm.R15 {
		return r - x86asm.RAX + x86asm.EAX
	}
	return r
}
