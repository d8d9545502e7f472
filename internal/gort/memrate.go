package gort

import (
	"encoding/binary"
	"fmt"
	"sync"
)

// Writer is a target's memory that can be written to: *proc.Process.
type Writer interface {
	WriteAt(b []byte, addr uint64) error
}

// MemProfileRate returns the target's runtime.MemProfileRate: one allocation is
// noted for each so many bytes, on average; 0: none is. The linker makes it 0 in
// a program that imports no profiler. ok is false if the variable was not found.
func (p *Program) MemProfileRate() (rate int64, ok bool) {
	p.globals.rateOnce.Do(p.findProfileRate)
	if p.globals.profRate == 0 {
		return 0, false
	}
	v, err := p.word(p.globals.profRate)
	if err != nil || !plausibleRate(v) {
		return 0, false
	}
	return int64(v), true
}

// plausibleRate: programs set rates up to some MiB, and a negative one for none.
func plausibleRate(v uint64) bool { return v <= 1<<40 || int64(v) < 0 && int64(v) > -1<<40 }

// SetMemProfileRate makes the target note an allocation for each rate bytes; 0
// stops it. It returns what puts the old rate back, unless the program itself
// has set another meanwhile; restore may be called more than once.
//
// The runtime takes a new rate into account at each P's next allocation
// (runtime/malloc.go, Go 1.25 to 1.27). If gomedic is killed before restore the
// new rate stays: the program runs as it does with any profiler imported. At
// the runtime's own default, 512 KiB, that costs too little to be measured; the
// memory of the profile is some hundred bytes for each place that allocates.
func (p *Program) SetMemProfileRate(w Writer, rate int64) (restore func() error, err error) {
	if rate < 0 || !plausibleRate(uint64(rate)) {
		return nil, fmt.Errorf("a memory profile rate of %d bytes", rate)
	}
	old, ok := p.MemProfileRate()
	if !ok {
		return nil, bad("runtime.MemProfileRate was not found")
	}
	write := func(v int64) error {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(v))
		if err := w.WriteAt(b[:], p.globals.profRate); err != nil {
			return fmt.Errorf("set the memory profile rate: %w", err)
		}
		return nil
	}
	if err := write(rate); err != nil {
		return nil, err
	}
	var once sync.Once
	return func() (err error) {
		once.Do(func() {
			if now, ok := p.MemProfileRate(); ok && now == rate {
				err = write(old)
			}
		})
		return err
	}, nil
}

// allocators are functions of which each reads runtime.MemProfileRate, of Go 1.25
// to 1.27 (runtime/malloc.go).
var allocators = []string{"runtime.mallocgcTiny", "runtime.mallocgcSmallNoscan", "runtime.mallocgcSmallScanNoHeader",
	"runtime.mallocgcSmallScanHeader", "runtime.mallocgcLarge"}

// findProfileRate finds runtime.MemProfileRate. It is written to, so there must
// be no doubt: besides its symbol that is the one initialised variable that the
// function which notes an allocation and those that allocate have in common.
func (p *Program) findProfileRate() {
	if a := p.Symbol("runtime.MemProfileRate"); a != 0 {
		if a += p.bias; p.validProfileRate(a) {
			p.globals.profRate = a
		}
		return
	}
	var found []uint64
	for _, a := range p.rateByCode() {
		if p.validProfileRate(a) {
			found = append(found, a)
		}
	}
	if len(found) == 1 {
		p.globals.profRate = found[0]
	}
}

// rateByCode returns what MemProfileRate may be, by the code that reads it.
func (p *Program) rateByCode() []uint64 {
	fns := p.Lookup(append([]string{"runtime.profilealloc"}, allocators...)...)
	note, ok := fns["runtime.profilealloc"]
	if !ok {
		return nil
	}
	common := map[uint64]int{}
	for _, a := range p.references(note) {
		if p.isInitialised(a) {
			common[a] = 0
		}
	}
	for _, name := range allocators {
		fn, ok := fns[name]
		if !ok {
			continue
		}
		for _, a := range p.references(fn) {
			if _, ok := common[a]; ok {
				common[a]++
			}
		}
	}
	var out []uint64
	for a, n := range common {
		if n >= 2 {
			out = append(out, a)
		}
	}
	return out
}

// isInitialised reports whether addr is of a variable without pointers that has
// a value from the start (noptrdata), as MemProfileRate is.
func (p *Program) isInitialised(addr uint64) bool {
	for _, m := range p.Modules {
		if r := m.Data[2]; addr%8 == 0 && addr >= r[0] && addr < r[1] {
			return true
		}
	}
	return false
}

// validProfileRate: some P works with that rate, since each that allocates takes
// it over.
func (p *Program) validProfileRate(addr uint64) bool {
	v, err := p.word(addr)
	if err != nil || addr%8 != 0 || !plausibleRate(v) {
		return false
	}
	mcache, ok1 := p.Layout.Field("runtime.p", "mcache")
	rate, ok2 := p.Layout.Field("runtime.mcache", "memProfRate")
	n := p.GOMAXPROCS()
	if !ok1 || !ok2 || n == 0 {
		return false
	}
	list, err := p.word(p.globals.allp)
	if err != nil {
		return false
	}
	for i := range uint64(n) {
		pp, err := p.word(list + 8*i)
		if err != nil {
			return false
		}
		mc, err := p.word(pp + uint64(mcache.Offset))
		if err != nil || mc == 0 {
			continue
		}
		if used, err := p.word(mc + uint64(rate.Offset)); err == nil && used == v {
			return true
		}
	}
	return false
}
