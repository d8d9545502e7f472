// Package native finds out what of a program's memory is C's, and what of that is
// lost: memory that malloc handed out and nothing points to any more, neither from C
// nor from what Go still uses. It reads frozen copies of the program: proc/malloc has
// the allocator's own records, gort/heap what Go holds. In between it records who
// allocates what, by probes in the kernel (bpf), and what of that is not freed.
//
// Whether something is a leak is for diagnose to say. Start at [Run] for a live
// process, and at [Read] for a file.
package native

import (
	"errors"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/native/bpf"
	"github.com/gomedic/gomedic/internal/proc/malloc"
	"github.com/gomedic/gomedic/internal/report"
)

// Name is the probe's.
const Name = "native"

// Options say how a live process is examined.
type Options struct {
	For      time.Duration // for how long allocations are recorded; 0: 10 s
	Snapshot bool          // record nothing: one look
	// Twice takes a second look after For where nothing is recorded.
	Twice bool
	// Exact records every allocation by hooks in the target (package exact) instead of
	// by probes in the kernel.
	Exact bool
	// Preload, if given, is the library that the program was started with: it records.
	Preload *Preload
	Force   bool // make a frozen copy also where memory is short
	// Largest, if not 0, is the size of the memory outside of Go's heap, in bytes, from
	// which on nothing is looked at: the error is then ErrLarge.
	Largest uint64
	// Progress, if given, is told what goes on: "look", "record", with the time in
	// milliseconds.
	Progress func(stage string, done, total int)
}

// ErrLarge: looking would cost more than Options.Largest allows.
var ErrLarge = errors.New("the C heap is too large to be looked at in passing")

// ErrNoC: the program is not linked with C.
var ErrNoC = errors.New("the program uses no C")

// Result is what the probe found and what it cost.
type Result struct {
	Native evidence.Native
	Probe  report.Probe
	Limits []report.Limit
}

// Look is the C heap at one moment.
type Look struct {
	Heap  *malloc.Heap
	Marks *malloc.Marks
	Roots []malloc.Root
	// GoHeap is where Go's objects and stacks lie: sorted, apart from each other.
	GoHeap []malloc.Span
	// Took is how long it took to walk the heap, to read Go's, and to mark.
	Walk, Go, Mark time.Duration
}

var (
	errOther     = errors.New("the program was started without the library, as it has a malloc of its own")
	errNoLibrary = errors.New("none of the program's libraries exports malloc and free")
	errShadow    = errors.New("a probe would have to lie on a call, in a program with shadow stacks")
	errArch      = errors.New("allocations are recorded on amd64 Linux only")
)

// Recording is what a program allocated in C while it was recorded.
type Recording struct {
	Library string // whose malloc it is
	On      time.Duration
	Sites   int
	Stepped int // of them, that the kernel single-steps
	// Allocated and Freed are events; Unseen are those for which there was no room.
	Allocated, Freed, Unseen uint64
	Stacks                   map[uint64]bpf.Stack
	Left                     map[uint64]bpf.Alloc // not freed, by address
}
