package gort

import "github.com/gomedic/gomedic/internal/proc"

// Bounds of one unwinding.
const (
	maxFrames    = 100_000  // walked
	keepInner    = 400      // kept of a deeper stack: the innermost,
	keepOuter    = 100      // and the outermost
	firstRead    = 16 << 10 // of a stack that is read while it may change: more follows
	deepRead     = 1 << 20  // of one that stands still for an instant only
	maxStackRead = 64 << 20
)

// unwinder walks one stack by the compiler's pc tables (pcsp), as the runtime's
// own traceback does (runtime/traceback.go).
type unwinder struct {
	p      *Program
	bounds Span
	image  *stackImage
	frames []Frame
	n      int
	cut    string

	visit func(Frame) // takes the frames, if given, and they are not kept
	until uint64      // the walk ends before the frame with this stack pointer, 0: none
}

// Reasons why a stack ends early.
const (
	cutText   = "a return address is not in Go code"
	cutBounds = "a frame leaves the stack"
	cutRead   = "the stack could not be read"
	cutSwitch = "a function that switches stacks"
	cutDeep   = "deeper than the limit"
	cutTable  = "a function without frame table"
	cutMoved  = "the goroutine moved on while it was read"
	cutRuns   = "it runs, and its thread was not stopped"
)

// walk unwinds from pc and sp until the top of the stack. lr is the link
// register on machines that have one. It stops, with cut empty, at a function
// that the runtime marks as a stack's first.
func (u *unwinder) walk(pc, sp, lr uint64, exact bool) {
	arm := u.p.Arch() == "arm64"
	for {
		if u.until != 0 && sp >= u.until {
			return
		}
		if u.n >= maxFrames {
			u.cut = cutDeep
			return
		}
		s := u.p.siteAt(pc, exact)
		if !s.fn.Valid() {
			u.cut = cutText
			return
		}
		if sp < u.bounds.Lo || sp > u.bounds.Hi {
			u.cut = cutBounds
			return
		}
		f := Frame{PC: pc, SP: sp, Func: s.fn, Exact: exact}
		top, spwrite := s.fn.topFrame(), s.fn.spWrite()
		if s.name == "runtime.cgocallback" {
			spwrite = false // valid for unwinding on both stacks, see traceback.go
		}
		if !s.ok {
			u.push(f)
			if !top {
				u.cut = cutTable
			}
			return
		}
		f.CFA = sp + uint64(s.delta)
		if !arm {
			f.CFA += 8
		}
		if f.CFA < sp || f.CFA > u.bounds.Hi {
			f.CFA = sp
			u.push(f)
			if !top {
				u.cut = cutBounds
			}
			return
		}
		u.push(f)
		if top {
			return
		}
		// The innermost function may have been caught at its entry, before it
		// switches, and a system call's entry was saved before it does.
		if spwrite && u.n > 1 {
			u.cut = cutSwitch
			return
		}
		var ret uint64
		var ok bool
		switch {
		case !arm:
			ret, ok = u.word(f.CFA - 8)
		case u.n == 1 && s.delta == 0 && lr != 0:
			ret, ok = lr, true
		default:
			ret, ok = u.word(sp)
		}
		if !ok {
			u.cut = cutRead
			return
		}
		if ret == 0 {
			u.cut = cutText
			return
		}
		// A signal's faked call returns to the faulting instruction itself.
		exact = s.name == "runtime.sigpanic" || s.name == "runtime.asyncPreempt" || s.name == "runtime.debugCallV2"
		if ret == pc && f.CFA == sp {
			u.cut = cutBounds
			return
		}
		pc, sp = ret, f.CFA
	}
}

// usualDepth is a stack that is seldom exceeded.
const usualDepth = 24

// push keeps the innermost and the outermost frames of a very deep stack.
func (u *unwinder) push(f Frame) {
	u.n++
	if u.visit != nil {
		u.visit(f)
		return
	}
	if u.frames == nil {
		u.frames = make([]Frame, 0, usualDepth)
	}
	if len(u.frames) < keepInner+keepOuter {
		u.frames = append(u.frames, f)
		return
	}
	copy(u.frames[keepInner:], u.frames[keepInner+1:])
	u.frames[len(u.frames)-1] = f
}

// word reads the stack, and more of it where the image ends.
func (u *unwinder) word(addr uint64) (uint64, bool) {
	if v, ok := u.image.word(addr); ok {
		return v, true
	}
	end := u.image.base + uint64(len(u.image.b))
	if addr < u.image.base || addr+8 > u.bounds.Hi || addr < end-8 && len(u.image.b) >= 8 {
		return 0, false
	}
	grow := max(uint64(len(u.image.b)), firstRead)
	grow = min(max(grow, addr+8-end), u.bounds.Hi-end)
	if grow == 0 || uint64(len(u.image.b))+grow > maxStackRead {
		return 0, false
	}
	more := make([]byte, grow)
	if u.p.mem.ReadAt(more, end) != nil {
		return 0, false
	}
	u.image.b = append(u.image.b[:len(u.image.b):len(u.image.b)], more...)
	return u.image.word(addr)
}

// FramesBetween calls visit for the frames of a very deep stack that are not among
// g.Frames: those between frame i and the next.
func (p *Program) FramesBetween(g *Goroutine, i int, visit func(Frame)) {
	if i < 0 || i+1 >= len(g.Frames) || g.Frames[i].CFA == g.Frames[i+1].SP {
		return
	}
	f := &g.Frames[i]
	first := true
	u := unwinder{p: p, bounds: g.Stack, image: &g.image, until: g.Frames[i+1].SP, visit: func(f Frame) {
		if !first {
			visit(f)
		}
		first = false
	}}
	u.walk(f.PC, f.SP, 0, f.Exact)
}

// unwindParked fills g.Frames from its saved registers and its image.
func (p *Program) unwindParked(g *Goroutine) {
	u := unwinder{p: p, bounds: g.Stack, image: &g.image}
	var lr uint64
	if p.Arch() == "arm64" && g.Status != gSyscall {
		lr = le64(g.raw[p.f.gSchedLR:])
	}
	// gopark and a system call save a return address: the call is before it. A
	// preempted goroutine's was saved at asyncPreempt, likewise. A goroutine that
	// has not yet run stands at its entry.
	s := p.siteAt(g.PC, true)
	u.walk(g.PC, g.SP, lr, s.fn.Valid() && s.fn.Entry == g.PC)
	g.Frames, g.Cut = u.frames, u.cut
}

// moment is what is copied of a running goroutine while its thread stands: all
// that unwinding needs, so that the thread goes on before it is unwound.
type moment struct {
	regs proc.Registers
	m    []byte // its thread's runtime.m
	user stackImage
	pc   uint64 // where the goroutine's own stack is walked from
	sp   uint64
	own  bool // the registers are on its own stack
	sys  stackImage
	g0   Span
}

// capture copies what unwinding needs. It only reads memory.
func (p *Program) capture(g *Goroutine, m []byte, regs proc.Registers) moment {
	read := func(span Span, sp uint64) stackImage {
		if sp < span.Lo || sp >= span.Hi {
			return stackImage{}
		}
		img := stackImage{base: sp, b: make([]byte, min(deepRead, span.Hi-sp))}
		if p.mem.ReadAt(img.b, sp) != nil {
			img.b = nil
		}
		return img
	}
	c := moment{regs: regs, m: m}
	f := &p.f
	switch {
	case regs.SP >= g.Stack.Lo && regs.SP < g.Stack.Hi && p.IsText(regs.PC):
		c.pc, c.sp, c.own = regs.PC, regs.SP, true
	case p.vdso(m) != (Span{}): // in the kernel's own library, called from Go
		v := p.vdso(m)
		c.pc, c.sp = v.Lo, v.Hi
	default: // on the system stack, the signal stack, or in C
		c.g0 = p.gStack(le64(m[f.mG0:]))
		c.sys = read(c.g0, regs.SP)
		if sp := le64(g.raw[f.gSyscallSP:]); sp != 0 {
			c.pc, c.sp = le64(g.raw[f.gSyscallPC:]), sp
		} else {
			c.pc, c.sp = le64(g.raw[f.gSchedPC:]), le64(g.raw[f.gSchedSP:])
		}
	}
	c.user = read(g.Stack, c.sp)
	return c
}

// unwindRunning fills g.Frames, and g.System, from what capture copied.
func (p *Program) unwindRunning(g *Goroutine, c *moment) {
	g.Frames, g.System, g.Cut = nil, nil, ""
	if len(c.sys.b) > 0 && p.IsText(c.regs.PC) {
		u := unwinder{p: p, bounds: c.g0, image: &c.sys}
		u.walk(c.regs.PC, c.regs.SP, c.regs.LR, true)
		g.System = u.frames
	}
	if !c.own && p.vdso(c.m) == (Span{}) && le64(g.raw[p.f.gSyscallSP:]) == 0 {
		// systemstack and asmcgocall leave systemstack_switch's address in sched;
		// otherwise sched is old.
		if s := p.siteAt(c.pc, false); !s.fn.Valid() || s.name != "runtime.systemstack_switch" && len(g.System) == 0 {
			g.Cut = cutMoved
			return
		}
	}
	if len(c.user.b) == 0 { // in a signal handler, or between two stacks
		g.Cut = cutMoved
		return
	}
	u := unwinder{p: p, bounds: g.Stack, image: &c.user}
	u.walk(c.pc, c.sp, c.regs.LR, c.own)
	g.Frames, g.Cut, g.image = u.frames, u.cut, c.user
	g.PC, g.SP = c.pc, c.sp
}

// vdso returns where Go code called into the vDSO from: Lo is the pc, Hi the sp.
func (p *Program) vdso(m []byte) Span {
	if p.f.mVdsoSP < 0 || p.f.mVdsoPC < 0 || len(m) == 0 {
		return Span{}
	}
	sp := le64(m[p.f.mVdsoSP:])
	if sp == 0 {
		return Span{}
	}
	return Span{le64(m[p.f.mVdsoPC:]), sp}
}

func (p *Program) gStack(g uint64) Span {
	if g == 0 {
		return Span{}
	}
	var b [16]byte
	if p.mem.ReadAt(b[:], g+uint64(p.f.gStackLo)) != nil {
		return Span{}
	}
	s := Span{le64(b[:]), le64(b[8:])}
	if s.Hi < s.Lo || s.Hi-s.Lo > 8<<30 {
		return Span{}
	}
	return s
}
