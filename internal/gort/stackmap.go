package gort

import "slices"

// FrameMap says which words of a frame hold pointers that are still used, as the
// compiler noted it for one place in a function (runtime/stkframe.go, getStackMap).
// It is shared by all frames that stand there: do not change it.
type FrameMap struct {
	// Locals are the words below Frame's Vars, Args those from its Args on: the bits
	// of the N words, lowest address first.
	Locals, Args   []byte
	NLocals, NArgs int
	// Objects are the variables whose address is taken, by offset. They are in
	// use only while something points to them.
	Objects []StackObject
	// Unknown: the maps say nothing, each word may be a pointer.
	Unknown bool
	// Dead: the function never goes on, since it panicked and recovers of nothing.
	Dead bool
	// Registers: the frame holds the registers of its caller, which was stopped at
	// any instruction. Neither has a map.
	Registers bool
}

// StackObject is a variable on the stack whose address is taken.
type StackObject struct {
	Off   int64  // from the frame's Vars if negative, else from its Args
	Size  uint64 // bytes
	Mask  []byte // which of its words are pointers
	Words int    // that Mask has
}

// Bit returns bit i of a bitmap.
func Bit(bits []byte, i int) bool {
	return i>>3 < len(bits) && bits[i>>3]>>(i&7)&1 != 0
}

// FrameMaps reads the frames' maps and keeps them: thousands of goroutines stand at
// a few places. It is for one goroutine's use.
type FrameMaps struct {
	p      *Program
	rodata map[*Module]uint64
	known  map[frameKey]*FrameMap
}

// frameKey is a place, and how it was left.
type frameKey struct {
	pc       uint64
	start    bool // before the first instruction
	panicked bool // at any instruction, by a signal
}

// FrameMaps returns a reader of frames' maps.
func (p *Program) FrameMaps() *FrameMaps {
	return &FrameMaps{p: p, rodata: map[*Module]uint64{}, known: map[frameKey]*FrameMap{}}
}

// injected are the functions that a signal makes another one seem to have called:
// they save its registers (runtime/preempt.go, runtime/debugcall.go).
var injected = []string{"runtime.asyncPreempt", "runtime.debugCallV2"}

// Of returns the map of frame i of a stack. Frames of a goroutine that was stopped
// while it ran have maps from the second on only, for the first may stand anywhere.
func (m *FrameMaps) Of(frames []Frame, i int) *FrameMap {
	f := &frames[i]
	key := frameKey{pc: f.PC, start: f.PC == f.Func.Entry}
	if i > 0 {
		switch m.p.siteAt(frames[i-1].PC, frames[i-1].Exact).name {
		case "runtime.sigpanic":
			key.panicked = true
		case injected[0], injected[1]:
			return &FrameMap{Unknown: true} // it may be at any instruction
		}
	}
	if fm, ok := m.known[key]; ok {
		return fm
	}
	const most = 1 << 18
	if len(m.known) >= most {
		clear(m.known)
	}
	fm := m.read(f, key)
	m.known[key] = fm
	return fm
}

// read reads the map of a frame, as getStackMap does.
func (m *FrameMaps) read(f *Frame, key frameKey) *FrameMap {
	name := m.p.siteAt(f.PC, f.Exact).name
	if slices.Contains(injected, name) {
		return &FrameMap{Unknown: true, Registers: true}
	}
	if name == "reflect.makeFuncStub" || name == "reflect.methodValueCall" {
		// Their arguments' map depends on what they stand for, and is in memory.
		return &FrameMap{Unknown: true}
	}
	pc := f.PC
	if key.panicked {
		// It goes on where its deferred functions are run, if at all.
		if pc = f.Func.deferReturn(); pc == 0 {
			return &FrameMap{Dead: true}
		}
		pc++
	}
	index := int32(-1)
	if pc != f.Func.Entry {
		index = f.Func.pcdata(pcdataStackMap, pc-1)
	}
	index = max(index, 0) // none: in the function's first instructions
	fm := &FrameMap{}
	vars, _ := m.p.FrameBounds(f)
	if vars > f.SP+m.leastFrame() {
		var ok bool
		fm.Locals, fm.NLocals, ok = f.Func.bitmap(f.Func.funcdata(funcdataLocalsMaps), index)
		if !ok || uint64(fm.NLocals)*8 > vars-f.SP {
			return &FrameMap{Unknown: true}
		}
	}
	switch args := f.Func.u32(funcArgs); {
	case args == argsUnknown:
	case args >= 8:
		var ok bool
		fm.Args, fm.NArgs, ok = f.Func.bitmap(f.Func.funcdata(funcdataArgsMaps), index)
		if !ok || uint64(fm.NArgs)*8 > uint64(args)+7 {
			return &FrameMap{Unknown: true}
		}
	}
	var ok bool
	if fm.Objects, ok = m.objects(f.Func); !ok {
		return &FrameMap{Unknown: true}
	}
	return fm
}

// leastFrame is the size of a frame that has no variables.
func (m *FrameMaps) leastFrame() uint64 {
	if m.p.Arch() == "arm64" {
		return 16 // sys.StackAlign
	}
	return 0
}

// objects reads the list of a function's stack objects: a count, then records of
// offset, size, bytes that may be pointers, and where the bitmap is, behind the
// module's read-only data (runtime.stackObjectRecord, runtime/stack.go).
func (m *FrameMaps) objects(f Func) ([]StackObject, bool) {
	const record, most = 16, 1 << 16
	addr := f.funcdata(funcdataStackObjects)
	if addr == 0 {
		return nil, true
	}
	h := f.constant(addr, 8)
	if h == nil {
		return nil, false
	}
	n := le64(h)
	if n > most {
		return nil, false
	}
	b := f.constant(addr+8, n*record)
	rodata := m.rodataOf(f.m)
	if n > 0 && b == nil || rodata == 0 {
		return nil, n == 0
	}
	out := make([]StackObject, 0, n)
	for ; len(b) >= record; b = b[record:] {
		o := StackObject{Off: int64(int32(le32(b))), Size: uint64(le32(b[4:]))}
		ptrBytes := uint64(le32(b[8:]))
		if o.Size > 1<<30 || ptrBytes > o.Size {
			return nil, false
		}
		o.Words = int(ptrBytes / 8)
		if o.Words > 0 {
			if o.Mask = f.constant(rodata+uint64(le32(b[12:])), uint64(o.Words+7)/8); o.Mask == nil {
				return nil, false
			}
		}
		out = append(out, o)
	}
	return out, true
}

func (m *FrameMaps) rodataOf(mod *Module) uint64 {
	if a, ok := m.rodata[mod]; ok {
		return a
	}
	var a uint64
	if f, ok := m.p.Layout.Field("runtime.moduledata", "rodata"); ok && mod != nil {
		a, _ = m.p.word(mod.addr + uint64(f.Offset))
	}
	m.rodata[mod] = a
	return a
}

// FrameBounds returns the address behind a frame's variables and that of its
// arguments (varp and argp, runtime/traceback.go, resolveInternal). Both are 0 for
// a frame whose size is not known.
func (p *Program) FrameBounds(f *Frame) (vars, args uint64) {
	if f.CFA == 0 || f.CFA < f.SP {
		return 0, 0
	}
	vars, args = f.CFA, f.CFA
	if p.Arch() == "arm64" {
		args += 8 // sys.MinFrameSize
	} else {
		vars -= 8 // the return address
	}
	if vars > f.SP && p.Arch() != "wasm" {
		vars -= 8 // the saved frame pointer
	}
	return vars, args
}

// ArgBytes returns the size of a function's arguments and results, in bytes, with
// the space for those in registers. It is 0 where it is not known: for functions
// that reflect makes, and a few in assembly.
func (f Func) ArgBytes() uint64 {
	if n := f.u32(funcArgs); n < argsUnknown {
		return uint64(n)
	}
	return 0
}
