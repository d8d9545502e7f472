// Package roots finds what keeps the objects of a Go heap alive: every word
// outside of the heap that the garbage collector starts from (runtime/mgcmark.go,
// markroot), and what it sees but cannot tell: which timer, which finalizer.
//
// It reads a memory that stands still, a core file or a frozen copy: nothing is
// read twice to see whether it moved. It knows no types and follows no object:
// what a root leads to is for its caller to look up. Everything it reads is
// untrusted and has a bound. Start at [Read].
package roots

import (
	"errors"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// Kind is where a root lies.
type Kind uint8

// The kinds.
const (
	Data      Kind = iota // a variable of a package that has a value from the start
	BSS                   // any other variable of a package
	Stack                 // a variable, an argument or a temporary of a goroutine
	Register              // of a thread that runs a goroutine
	Finalizer             // what SetFinalizer noted of an object, and the queue of those to be run
	Cleanup               // what AddCleanup noted of an object, and the queue
	Special               // other notes on an object: weak pointers' handles
	Timer                 // a timer that a processor is to run
	Defer                 // a deferred call
	Handle                // the table of runtime/cgo.Handle
	Pinned                // an object that a runtime.Pinner pins
	Runtime               // the runtime's own memory outside of the heap
	kinds
)

var kindNames = [kinds]string{"data", "bss", "stack", "register", "finalizer", "cleanup", "special", "timer",
	"defer", "handle", "pinned", "runtime"}

func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return "unknown"
}

// Root is one pointer that the collector starts from.
type Root struct {
	Kind Kind
	// Slot is the address of the word that holds the pointer, 0 for a register and
	// where the pointer is implied, as in a note that lies with an object.
	Slot uint64
	// Value is the pointer as it is: it may lead into the middle of an object, to no
	// object of the heap at all, or, unless Precise, to one that is free.
	Value     uint64
	Goroutine *gort.Goroutine // whose stack, register or deferred call it is
	Frame     int             // index into Goroutine.Frames, -1: in none of them
	// Name is the variable's, or the function's that a timer, finalizer, cleanup or
	// deferred call runs; empty where it is not known.
	Name string
	// Precise: by the compiler's maps or the runtime's types. Else the word may as
	// well be a number, or left over.
	Precise bool
	// Object is the object that a finalizer, cleanup or weak handle belongs to, 0
	// if there is none.
	Object uint64
	// ObjectType is the address of the type that Object has for its finalizer, a
	// pointer's as a rule; 0 where it is not noted, as with cleanups.
	ObjectType uint64
	// Referents: the object that Value leads to is not held itself, but all that it
	// refers to, for its finalizer to find (runtime/mgcmark.go, gcScanFinalizer).
	Referents bool
	// Queued: a finalizer or cleanup that waits to be run.
	Queued bool
}

// Options say what is known of the program already.
type Options struct {
	// Registers are the threads' registers, by the id that the runtime has for the
	// thread, or by what Threads translates it to.
	Registers map[int]proc.Registers
	Threads   map[int]int
	// Goroutines, if they were read already, with their stacks.
	Goroutines []*gort.Goroutine
}

// Stats says what was read, and what could not be.
type Stats struct {
	Roots      [kinds]int // by Kind
	Goroutines int
	Frames     int // scanned
	// Conservative are the frames without a map, in which each word that looks like
	// a pointer counts as one.
	Conservative int
	// Cut are the goroutines whose calls are not all known: the rest of their stacks
	// was scanned like that, too.
	Cut int
	// Unread are stacks, or parts of variables, that could not be read.
	Unread int
	// NoHeap: the heap was not found, and so no finalizer, cleanup and pin.
	NoHeap bool
}

// reader is one reading of the roots.
type reader struct {
	p     *gort.Program
	o     Options
	mem   *memory
	out   func(Root)
	stats *Stats
	maps  *gort.FrameMaps
	names map[uint64]string // of functions, by their entries
	done  map[uint64]bool   // threads, by runtime.m, whose goroutines' registers were taken
	left  uint64            // bytes of stacks that may still be read
}

// maxGoroutines bounds the goroutines whose stacks are scanned.
const maxGoroutines = 1 << 20

// Read calls emit for every root of the heap. One word may be told twice, as a
// root of two kinds: a timer's is that of a word on the heap as well. Errors:
// those of [gort.Program.Goroutines]; what else cannot be read is counted.
func Read(p *gort.Program, o Options, emit func(Root)) (*Stats, error) {
	if p == nil || emit == nil {
		return nil, errors.New("no program to read the roots of")
	}
	if o.Goroutines == nil {
		s, err := p.Goroutines(gort.Options{Registers: o.Registers, Threads: o.Threads})
		if err != nil {
			return nil, err
		}
		o.Goroutines = s.Goroutines
	}
	r := newReader(p, o, emit)
	r.variables()
	for _, g := range o.Goroutines[:min(len(o.Goroutines), maxGoroutines)] {
		r.goroutine(g)
	}
	r.schedulers()
	r.spans()
	r.queues()
	r.timers()
	r.caches()
	return r.stats, nil
}

func newReader(p *gort.Program, o Options, emit func(Root)) *reader {
	return &reader{p: p, o: o, mem: newMemory(p.Memory()), out: emit, stats: &Stats{}, maps: p.FrameMaps(),
		names: map[uint64]string{}, done: map[uint64]bool{}, left: maxStacks}
}

// emit hands a root out. Values on the first page are no pointers.
func (r *reader) emit(root Root) {
	if root.Value < 4096 {
		return
	}
	r.stats.Roots[root.Kind]++
	r.out(root)
}

// offset returns where a field lies in a struct of the runtime.
func (r *reader) offset(structName, field string) (uint64, bool) {
	f, ok := r.p.Layout.Field(structName, field)
	return uint64(f.Offset), ok && f.Offset >= 0
}

// offsets is offset for several fields; ok is false if one is not there.
func (r *reader) offsets(structName string, fields ...string) (out []uint64, ok bool) {
	for _, name := range fields {
		f, ok := r.offset(structName, name)
		if !ok {
			return nil, false
		}
		out = append(out, f)
	}
	return out, true
}

// size returns the size of a struct of the runtime, 0 if it is not known.
func (r *reader) size(structName string) uint64 {
	s := r.p.Layout.Structs[structName]
	if s.Size <= 0 || s.Size > 1<<20 {
		return 0
	}
	return uint64(s.Size)
}

// function returns the function that a function value, such as a closure, runs: its
// first word is the code's address.
func (r *reader) function(value uint64) (gort.Func, bool) {
	pc, ok := r.mem.word(value)
	if !ok || value == 0 {
		return gort.Func{}, false
	}
	f, ok := r.p.FindFunc(pc)
	return f, ok && f.Entry == pc
}

// runs names the function that a function value runs, "" if it is none.
func (r *reader) runs(value uint64) string {
	f, ok := r.function(value)
	if !ok {
		return ""
	}
	name, ok := r.names[f.Entry]
	if !ok {
		name = f.Name()
		r.names[f.Entry] = name
	}
	return name
}
