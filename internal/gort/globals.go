package gort

import (
	"encoding/binary"

	"golang.org/x/arch/x86/x86asm"
)

// The runtime's variables are found by their symbols; in a stripped binary by
// the addresses that the runtime's own functions refer to, whose names stay in
// the function table. Either way the value found must hold what the variable
// holds in every program: an address is believed for its content only.

// candidates returns the addresses at which a variable may lie: its symbol, then
// what the named functions refer to.
func (p *Program) candidates(symbol string, functions ...string) []uint64 {
	var out []uint64
	if a := p.Symbol(symbol); a != 0 {
		out = append(out, a+p.bias)
	}
	if p.Arch() == "wasm" { // its code is not in memory
		return p.wasmVariables()
	}
	fns := p.Lookup(functions...)
	for _, name := range functions {
		if f, ok := fns[name]; ok {
			out = append(out, p.references(f)...)
		}
	}
	return out
}

// References returns the addresses of data, types and functions that a function's
// code names, each once. They are kept; do not change the list.
func (p *Program) References(f Func) []uint64 {
	c := &p.named
	c.mu.Lock()
	defer c.mu.Unlock()
	list, ok := c.known[f.Entry]
	if !ok {
		if c.known == nil {
			c.known = map[uint64][]uint64{}
		}
		list = p.references(f)
		c.known[f.Entry] = list // at most one for each function
	}
	return list
}

// references returns the data addresses that a function's code names.
func (p *Program) references(f Func) []uint64 {
	switch p.Arch() {
	case "wasm":
		return p.referencesWasm(f)
	case "arm64":
		return p.referencesARM64(f)
	}
	var out []uint64
	seen := map[uint64]bool{}
	p.instructions(f, func(pc uint64, in x86asm.Inst) bool {
		for _, a := range in.Args {
			m, ok := a.(x86asm.Mem)
			if !ok || m.Base != x86asm.RIP {
				continue
			}
			addr := pc + uint64(in.Len) + uint64(m.Disp)
			if !seen[addr] {
				seen[addr] = true
				out = append(out, addr)
			}
		}
		return true
	})
	return out
}

// code returns the function's instructions.
func (p *Program) code(f Func) []byte {
	const maxFunc = 4 << 20
	if f.End <= f.Entry || f.End-f.Entry > maxFunc || p.Arch() == "wasm" {
		return nil // a module's code is not in its memory
	}
	return p.constant(f.Entry, f.End-f.Entry)
}

// instructions decodes the function until visit returns false. Instructions that
// the decoder does not know are stepped over, bytes that are none one by one.
func (p *Program) instructions(f Func, visit func(pc uint64, in x86asm.Inst) bool) {
	b := p.code(f)
	for at := 0; at < len(b); {
		size, in, known := Instruction(b[at:])
		if known && !visit(f.Entry+uint64(at), in) {
			return
		}
		at += max(1, size)
	}
}

// referencesARM64 follows the ADRP and ADD, or ADRP and load, pairs with which
// arm64 code names data (Arm ARM, C6.2.13).
func (p *Program) referencesARM64(f Func) []uint64 {
	b := p.code(f)
	var out []uint64
	seen := map[uint64]bool{}
	var page [32]uint64
	var have [32]bool
	for at := 0; at+4 <= len(b); at += 4 {
		w := binary.LittleEndian.Uint32(b[at:])
		pc := f.Entry + uint64(at)
		rd, rn := w&31, w>>5&31
		switch {
		case w&0x9f000000 == 0x90000000: // ADRP
			imm := int64(w>>5&0x7ffff)<<2 | int64(w>>29&3)
			imm = imm << 43 >> 43
			page[rd], have[rd] = pc&^0xfff+uint64(imm<<12), true
			continue
		case w&0xff800000 == 0x91000000 && have[rn]: // ADD (immediate)
			addr := page[rn] + uint64(w>>10&0xfff)
			if !seen[addr] {
				seen[addr] = true
				out = append(out, addr)
			}
		case w&0x3b000000 == 0x39000000 && have[rn]: // load or store, unsigned offset
			addr := page[rn] + uint64(w>>10&0xfff)<<(w>>30)
			if !seen[addr] {
				seen[addr] = true
				out = append(out, addr)
			}
		default:
			continue
		}
		have[rd] = false
	}
	return out
}

// findAllgs finds runtime.allgs, the slice of all goroutines.
func (p *Program) findAllgs() error {
	for _, a := range p.candidates("runtime.allgs", "runtime.allgadd", "runtime.forEachG",
		"runtime.forEachGRace", "runtime.tracebackothers", "runtime.checkdead") {
		if p.validAllgs(a) {
			p.globals.allgs = a
			return nil
		}
	}
	if a, ok := p.scanForAllgs(); ok {
		p.globals.allgs = a
		return nil
	}
	return &NoRuntimeError{"no list of goroutines (runtime.allgs)"}
}

// maxGoroutines bounds the list of goroutines.
const maxGoroutines = 20 << 20

// validAllgs: a slice whose first elements are goroutines.
func (p *Program) validAllgs(addr uint64) bool {
	var h [24]byte
	if addr%8 != 0 || p.mem.ReadAt(h[:], addr) != nil {
		return false
	}
	return p.validAllgsHeader(h[:])
}

func (p *Program) validAllgsHeader(h []byte) bool {
	ptr := binary.LittleEndian.Uint64(h)
	n := binary.LittleEndian.Uint64(h[8:])
	c := binary.LittleEndian.Uint64(h[16:])
	if ptr == 0 || ptr%8 != 0 || n == 0 || n > c || c > maxGoroutines {
		return false
	}
	first := make([]byte, 8*min(n, 4))
	if p.mem.ReadAt(first, ptr) != nil {
		return false
	}
	started := false
	for i := 0; i < len(first); i += 8 {
		ok, ran := p.looksLikeG(binary.LittleEndian.Uint64(first[i:]))
		if !ok {
			return false
		}
		started = started || ran
	}
	return started
}

// looksLikeG checks what is true of every g: a known status, a stack that is
// one, if it has one, and a start in Go code. started says that it is, or was, a
// goroutine with an id.
func (p *Program) looksLikeG(addr uint64) (ok, started bool) {
	if addr == 0 || addr%8 != 0 {
		return false, false
	}
	b := make([]byte, p.f.gSize)
	if p.mem.ReadAt(b, addr) != nil {
		return false, false
	}
	status := binary.LittleEndian.Uint32(b[p.f.gStatus:]) &^ gScan
	lo := binary.LittleEndian.Uint64(b[p.f.gStackLo:])
	hi := binary.LittleEndian.Uint64(b[p.f.gStackHi:])
	id := binary.LittleEndian.Uint64(b[p.f.gID:])
	start := binary.LittleEndian.Uint64(b[p.f.gStartPC:])
	if status > gDeadExtra || id > 1<<48 || start != 0 && !p.IsText(start) {
		return false, false
	}
	if lo == 0 && hi == 0 {
		return status == gDead || status == gIdle || status == gDeadExtra, id != 0 && start != 0
	}
	return lo < hi && hi-lo <= 8<<30, id != 0 && start != 0
}

// scanForAllgs searches the program's variables for a slice of goroutines.
func (p *Program) scanForAllgs() (uint64, bool) {
	const maxScan = 256 << 20
	budget := uint64(maxScan)
	for _, m := range p.Modules[:1] {
		for _, r := range [][2]uint64{m.Data[1], m.Data[0], m.Data[3], m.Data[2]} {
			if r[1] <= r[0] || r[1]-r[0] > budget {
				continue
			}
			budget -= r[1] - r[0]
			b := make([]byte, r[1]-r[0])
			if p.mem.ReadAt(b, r[0]) != nil {
				continue
			}
			for at := 0; at+24 <= len(b); at += 8 {
				n := binary.LittleEndian.Uint64(b[at+8:])
				c := binary.LittleEndian.Uint64(b[at+16:])
				if n == 0 || n > c || c > maxGoroutines || binary.LittleEndian.Uint64(b[at:]) < 1<<16 {
					continue
				}
				if p.validAllgsHeader(b[at : at+24]) {
					return r[0] + uint64(at), true
				}
			}
		}
	}
	return 0, false
}

// GOMAXPROCS returns the number of Ps, 0 if it was not found.
func (p *Program) GOMAXPROCS() int {
	p.globals.allpOnce.Do(func() {
		for _, a := range p.candidates("runtime.allp", "runtime.procresize", "runtime.retake") {
			if p.validAllp(a) {
				p.globals.allp = a
				return
			}
		}
	})
	if p.globals.allp == 0 {
		return 0
	}
	n, err := p.word(p.globals.allp + 8)
	if err != nil || n > 1<<16 {
		return 0
	}
	return int(n)
}

// validAllp: a slice of Ps, each of which carries its index.
func (p *Program) validAllp(addr uint64) bool {
	id, ok := p.Layout.Field("runtime.p", "id")
	if !ok || addr%8 != 0 {
		return false
	}
	var h [24]byte
	if p.mem.ReadAt(h[:], addr) != nil {
		return false
	}
	ptr, n, c := binary.LittleEndian.Uint64(h[:]), binary.LittleEndian.Uint64(h[8:]), binary.LittleEndian.Uint64(h[16:])
	if ptr == 0 || ptr%8 != 0 || n == 0 || n > c || c > 1<<16 {
		return false
	}
	for i := range n {
		pp, err := p.word(ptr + i*8)
		if err != nil || pp == 0 {
			return false
		}
		var b [4]byte
		if p.mem.ReadAt(b[:], pp+uint64(id.Offset)) != nil || uint64(binary.LittleEndian.Uint32(b[:])) != i {
			return false
		}
	}
	return true
}

// HeapLive returns the bytes of the Go heap in use, as the garbage collector
// last counted them, and 0 if that was not found.
func (p *Program) HeapLive() uint64 {
	live, ok := p.Layout.Field("runtime.gcControllerState", "heapLive")
	if !ok {
		return 0
	}
	if !p.findGCController() {
		return 0
	}
	v, err := p.word(p.globals.gcCtl + uint64(live.Offset))
	if err != nil || v > 1<<48 {
		return 0
	}
	return v
}

// findGCController finds runtime.gcController, once.
func (p *Program) findGCController() bool {
	p.globals.gcOnce.Do(func() {
		for _, a := range p.candidates("runtime.gcController", "runtime.gcinit", "runtime.gcControllerCommit",
			"runtime.gcStart", "runtime.gcMarkTermination") {
			if p.validGCController(a) {
				p.globals.gcCtl = a
				return
			}
		}
	})
	return p.globals.gcCtl != 0
}

// validGCController: its minimum heap is 4 MiB scaled by GOGC (mgcpacer.go,
// defaultHeapMinimum), its memory limit positive.
func (p *Program) validGCController(addr uint64) bool {
	pct, ok1 := p.Layout.Field("runtime.gcControllerState", "gcPercent")
	lim, ok2 := p.Layout.Field("runtime.gcControllerState", "memoryLimit")
	mini, ok3 := p.Layout.Field("runtime.gcControllerState", "heapMinimum")
	if !ok1 || !ok2 || !ok3 || addr%8 != 0 {
		return false
	}
	b := make([]byte, max(pct.Offset, lim.Offset, mini.Offset)+8)
	if p.mem.ReadAt(b, addr) != nil {
		return false
	}
	percent := int32(binary.LittleEndian.Uint32(b[pct.Offset:]))
	limit := int64(binary.LittleEndian.Uint64(b[lim.Offset:]))
	minimum := binary.LittleEndian.Uint64(b[mini.Offset:])
	if limit <= 0 {
		return false
	}
	if percent < 0 {
		// Off: the runtime computes the same with -1 as with any percentage.
		return percent == -1 && (minimum == 1<<64-1 || minimum == 4<<20 || minimum == (1<<64-4<<20)/100)
	}
	return minimum == (4<<20)*uint64(percent)/100 && minimum > 0
}
