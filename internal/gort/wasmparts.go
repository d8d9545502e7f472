package gort

// WasmParts say where in a program's linear memory the parts lie that tell what its
// goroutines do. Addresses, offsets and sizes are in bytes.
type WasmParts struct {
	Pointers [][2]uint64 // variables with pointers: from, to
	Plain    [][2]uint64 // variables without
	Heap     uint64      // behind all variables
	Allgs    uint64      // of the slice of all goroutines
	G        uint64      // size of a runtime.g
	Lo       uint64      // in it: stack.lo,
	Hi       uint64      // stack.hi,
	SP       uint64      // sched.sp
	M        uint64      // and m
	Thread   uint64      // size of a runtime.m
}

// WasmParts returns where they are, for a program in a WebAssembly module.
func (p *Program) WasmParts() WasmParts {
	f := &p.f
	w := WasmParts{Allgs: p.globals.allgs, G: uint64(f.gSize), Lo: uint64(f.gStackLo), Hi: uint64(f.gStackHi),
		SP: uint64(f.gSchedSP), M: uint64(f.gM), Thread: uint64(f.mSize)}
	for _, m := range p.Modules {
		w.Pointers = append(w.Pointers, m.Data[0], m.Data[1])
		w.Plain = append(w.Plain, m.Data[2], m.Data[3])
		for _, r := range m.Data {
			w.Heap = max(w.Heap, r[1])
		}
	}
	return w
}
