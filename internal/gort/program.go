// Package gort is the Go runtime seen from outside: the functions, types, package
// variables and closures of a binary, stripped or not, and in its memory the
// goroutines, their stacks, what they wait for, and the objects of the heap.
//
// It reads a target through [proc.Memory] and therefore serves live processes
// and core files alike. It writes one variable, and that only through a [Writer]
// that its caller hands it: see [Program.SetMemProfileRate]. Everything it reads
// is untrusted: each length, depth and count has a bound. It knows nothing of
// toolkits and of what a freeze is. Start at [Attach] and [Program.Goroutines].
package gort

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/gomedic/gomedic/internal/gort/debuginfo"
	"github.com/gomedic/gomedic/internal/gort/layout"
	"github.com/gomedic/gomedic/internal/proc"
)

// Program is a Go program in a memory: live or in a core file. Its methods may
// be called from several goroutines.
type Program struct {
	*Binary
	Layout  *layout.Layout
	Modules []*Module

	mem  proc.Memory
	bias uint64 // load address minus link address
	f    fields

	globals struct {
		allgs    uint64 // of the slice header
		allp     uint64
		arenas   uint64 // of mheap_.arenas[0], the second level's address
		gcCtl    uint64
		memstats uint64
		profRate uint64 // of MemProfileRate
		buckets  uint64 // of mbuckets, the head of the list
		allpOnce sync.Once
		heapOnce sync.Once
		gcOnce   sync.Once

		statsOnce, rateOnce, bucketsOnce sync.Once
	}

	spans spanCache
	*codeKnown
}

// codeKnown is what was found out of the program's code and types: the same in every
// memory of the program.
type codeKnown struct {
	mu         sync.Mutex
	sites      map[uint64]*site // what is known of a code address
	types      typeCache
	dwarf      dwarfCache
	globalData globalCache
	inferred   inferCache
	closures   struct {
		mu    sync.Mutex
		known map[uint64]*Closure // by entry
	}
	locals struct {
		mu    sync.Mutex
		known map[localKey][]debuginfo.Local
	}
	named struct {
		mu    sync.Mutex
		known map[uint64][]uint64 // by entry
	}
	stackTypes struct {
		mu    sync.Mutex
		known map[uint64]map[int64]*Type // by entry
	}

	lockMu sync.Mutex // guards what the code analysis found
	locks  map[lockMapKey]*lockMap
	serves map[serveKey]bool
	inline map[uint64]inlineRanges // by entry; of WebAssembly modules
	refs   map[uint64][]uint64

	wasm struct {
		ask  func() WasmCode
		once sync.Once
		code WasmCode
	}
}

// site is what is known of one code address, looked up once.
type site struct {
	fn     Func
	delta  int64
	ok     bool // delta is known
	calls  []Call
	name   string
	called bool // calls is filled in
}

// NoRuntimeError says why the runtime of a Go program was not found.
type NoRuntimeError struct{ What string }

func (e *NoRuntimeError) Error() string { return "the Go runtime was not found: " + e.What }

// Attach finds the Go runtime of bin in a memory. entry is the program's entry
// point as loaded (AT_ENTRY of the auxiliary vector), mappings are the memory's.
// Errors: *layout.UnknownVersionError, *NoRuntimeError, and read errors.
func Attach(mem proc.Memory, bin *Binary, entry uint64, mappings []proc.Mapping) (*Program, error) {
	p := newProgram(mem, bin)
	if bin.PIE() {
		p.bias = entry - bin.File.Entry
	}
	if bin.pclntab == 0 {
		return nil, &NoRuntimeError{"the binary has no function table"}
	}
	if err := p.findLayout(); err != nil {
		return nil, err
	}
	if err := p.findModules(mappings); err != nil {
		return nil, err
	}
	if err := p.findAllgs(); err != nil {
		return nil, err
	}
	return p, nil
}

func newProgram(mem proc.Memory, bin *Binary) *Program {
	return &Program{Binary: bin, mem: mem, codeKnown: &codeKnown{
		sites: map[uint64]*site{}, locks: map[lockMapKey]*lockMap{}, serves: map[serveKey]bool{}, refs: map[uint64][]uint64{}, inline: map[uint64]inlineRanges{},
	}}
}

// In returns the same program in another memory: a frozen copy of the process that p
// is in. What was found out of its code and types serves both, and the types of
// both are the same.
func (p *Program) In(mem proc.Memory) *Program {
	p.globals.heapOnce.Do(p.findHeap)
	p.GOMAXPROCS()
	p.HeapLive()
	q := &Program{Binary: p.Binary, Layout: p.Layout, Modules: p.Modules, mem: mem, bias: p.bias, f: p.f, codeKnown: p.codeKnown}
	q.globals.allgs, q.globals.allp, q.globals.arenas, q.globals.gcCtl = p.globals.allgs, p.globals.allp, p.globals.arenas, p.globals.gcCtl
	for _, once := range []*sync.Once{&q.globals.allpOnce, &q.globals.heapOnce, &q.globals.gcOnce} {
		once.Do(func() {})
	}
	return q
}

// findLayout takes the runtime's layout from the target's DWARF, else from the
// table of its version.
func (p *Program) findLayout() error {
	if p.GoVersion == "" {
		p.GoVersion = p.versionInMemory()
	}
	if p.HasDWARF {
		// A program's DWARF lacks the types that it does not use: what is there
		// is enough if it has what the readers need.
		if l, _ := layout.FromDWARF(p.File, p.GoVersion); l != nil {
			if f, err := resolve(l); err == nil {
				p.Layout, p.f = l, f
				return nil
			}
		}
	}
	l, err := layout.ForVersion(p.GoVersion, p.Arch())
	if err != nil {
		return err
	}
	f, err := resolve(l)
	if err != nil {
		return err
	}
	p.Layout, p.f = l, f
	return nil
}

// versionInMemory finds the version where the build info is gone: the linker
// puts runtime.buildVersion's text into the read-only data of every program.
func (p *Program) versionInMemory() string {
	if a := p.Symbol("runtime.buildVersion"); a != 0 {
		var h [16]byte
		if p.mem.ReadAt(h[:], a+p.bias) == nil {
			n := binary.LittleEndian.Uint64(h[8:])
			if n > 0 && n < 256 {
				b := make([]byte, n)
				if p.mem.ReadAt(b, binary.LittleEndian.Uint64(h[:])) == nil {
					return string(b)
				}
			}
		}
	}
	for _, prog := range p.File.Progs {
		if prog.Off > uint64(len(p.data)) {
			continue
		}
		seg := p.data[prog.Off:min(uint64(len(p.data)), prog.Off+prog.Filesz)]
		if v := versionIn(seg); v != "" {
			return v
		}
	}
	return ""
}

// versionIn finds "go1.N.M" as the string that runtime.buildVersion points to:
// constant strings lie packed, without terminators, so the digits end it.
func versionIn(b []byte) string {
	best := ""
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("go1."))
		if i < 0 {
			return best
		}
		at += i + 4
		j := at
		for dots := 0; j < len(b) && (b[j] >= '0' && b[j] <= '9' || b[j] == '.' && dots < 1); j++ {
			if b[j] == '.' {
				dots++
			}
		}
		if v := string(b[at-4 : j]); bytes.ContainsAny(b[at:j], ".") && j > at+2 && b[j-1] != '.' && len(v) > len(best) {
			best = v
		}
	}
}

// findModules finds the moduledata of the program, and of each plugin.
func (p *Program) findModules(mappings []proc.Mapping) error {
	header := p.pclntab + p.bias
	try := func(addr uint64) bool {
		var b [8]byte
		return addr != 0 && p.mem.ReadAt(b[:], addr) == nil &&
			binary.LittleEndian.Uint64(b[:]) == header && p.loadModules(addr) == nil
	}
	if a := p.Symbol("runtime.firstmoduledata"); a != 0 && try(a+p.bias) {
		return nil
	}
	if s := p.File.Section(".go.module"); s != nil && try(s.Addr+p.bias) { // since Go 1.26
		return nil
	}
	// Its first word points to the function table: search the data segments.
	want := binary.LittleEndian.AppendUint64(nil, header)
	for _, prog := range p.File.Progs {
		if prog.Flags&2 == 0 || prog.Filesz == 0 || prog.Filesz > 1<<30 {
			continue
		}
		buf := make([]byte, 1<<20)
		for off := uint64(0); off < prog.Filesz; off += uint64(len(buf)) {
			part := buf[:min(uint64(len(buf)), prog.Filesz-off)]
			base := prog.Vaddr + p.bias + off
			if p.mem.ReadAt(part, base) != nil {
				continue
			}
			for at := 0; ; {
				i := bytes.Index(part[at:], want)
				if i < 0 {
					break
				}
				if addr := base + uint64(at+i); addr%8 == 0 && try(addr) {
					return nil
				}
				at += i + 1
			}
		}
	}
	return &NoRuntimeError{"no module data points to the function table"}
}

// loadModules follows the list of modules from the first.
func (p *Program) loadModules(addr uint64) error {
	p.Modules = nil
	const maxModules = 1024
	for n := 0; addr != 0 && n < maxModules; n++ {
		m, next, err := readModule(p.mem, p.f, addr, p.constant)
		if err != nil {
			if n == 0 {
				return err
			}
			return nil // a plugin that is just being loaded
		}
		p.Modules = append(p.Modules, m)
		addr = next
	}
	return nil
}

// constant returns bytes that never change while the program runs: from the
// mapped file where it has them, else from memory.
func (p *Program) constant(addr, n uint64) []byte {
	if b := p.fileBytes(addr-p.bias, n); b != nil {
		return b
	}
	if n > 256<<20 {
		return nil
	}
	b := make([]byte, n)
	if p.mem.ReadAt(b, addr) != nil {
		return nil
	}
	return b
}

// FindFunc returns the function at pc.
func (p *Program) FindFunc(pc uint64) (Func, bool) {
	for _, m := range p.Modules {
		if pc >= m.MinPC && pc < m.MaxPC {
			return m.find(pc)
		}
	}
	return Func{}, false
}

// IsText reports whether pc lies in Go code.
func (p *Program) IsText(pc uint64) bool {
	for _, m := range p.Modules {
		if pc >= m.MinPC && pc < m.MaxPC {
			return true
		}
	}
	return false
}

// Functions calls f for every function of the program until it returns false.
func (p *Program) Functions(f func(Func) bool) {
	for _, m := range p.Modules {
		for i := range m.nfunc {
			if fn, ok := m.at(i); ok && !f(fn) {
				return
			}
		}
	}
}

// Lookup returns the functions with the given names; absent ones are left out.
func (p *Program) Lookup(names ...string) map[string]Func {
	want := make(map[string]bool, len(names))
	for _, n := range names {
		want[n] = true
	}
	found := make(map[string]Func, len(names))
	p.Functions(func(f Func) bool {
		if n := f.rawName(); want[string(n)] {
			found[string(n)] = f
		}
		return len(found) < len(want)
	})
	return found
}

// rawName is Name without a copy.
func (f Func) rawName() []byte {
	off := uint64(f.u32(funcNameOff))
	if off >= uint64(len(f.m.names)) {
		return nil
	}
	b := f.m.names[off:]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return nil
}

// siteAt returns what is known of a code address. exact is true for the
// instruction that a thread is about to execute, false for a return address.
func (p *Program) siteAt(pc uint64, exact bool) *site {
	key := pc << 1
	if exact {
		key |= 1
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.sites[key]; ok {
		return s
	}
	s := &site{}
	if fn, ok := p.FindFunc(pc); ok {
		s.fn = fn
		s.name = fn.Name()
		s.delta, s.ok = fn.spDelta(pc)
	}
	if len(p.sites) > 1<<20 {
		clear(p.sites)
	}
	p.sites[key] = s
	return s
}

// callsAt returns the logical calls at a code address, innermost first.
func (p *Program) callsAt(pc uint64, exact bool) []Call {
	s := p.siteAt(pc, exact)
	if !s.fn.Valid() {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !s.called {
		at := pc
		if !exact && at > s.fn.Entry {
			at--
		}
		s.calls, s.called = s.fn.calls(at), true
	}
	return s.calls
}

// word reads one pointer-sized word.
func (p *Program) word(addr uint64) (uint64, error) {
	var b [8]byte
	if err := p.mem.ReadAt(b[:], addr); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

// errBadData is returned where the target's memory does not hold what it must.
var errBadData = errors.New("the target's memory does not hold what it should")

// IsBadData reports whether err says that the target's memory did not hold what
// it must, such as when the program was just being replaced by another (exec).
func IsBadData(err error) bool { return errors.Is(err, errBadData) }

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errBadData}, args...)...)
}
