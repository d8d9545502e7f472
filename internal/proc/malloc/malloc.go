// Package malloc reads the C allocator's heap from outside: which chunks of memory
// the program holds at a moment, which are free, and what of the allocator's own
// records is damaged. It reads a memory that does not change meanwhile, as
// [proc.Snapshot] or a core file; it knows nothing of Go, and nothing of who holds
// what.
//
// glibc's ptmalloc is walked (glibc.go, tcache.go, mapped.go), from version 2.26 on, and
// musl's mallocng (mallocng.go), from 1.2.1 on, both without symbols; other allocators
// are named (recognise.go). What is read is untrusted: every list and length has a
// bound. Start at [Read].
package malloc

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/gomedic/gomedic/internal/proc"
)

// Span is a range of addresses, from Lo up to and without Hi.
type Span struct{ Lo, Hi uint64 }

// Size is its length in bytes.
func (s Span) Size() uint64 { return s.Hi - s.Lo }

// Join sorts ranges and joins those that touch. It changes all.
func Join(all []Span) []Span {
	slices.SortFunc(all, func(a, b Span) int { return cmp.Compare(a.Lo, b.Lo) })
	out := all[:0]
	for _, s := range all {
		if n := len(out) - 1; n >= 0 && s.Lo <= out[n].Hi {
			out[n].Hi = max(out[n].Hi, s.Hi)
			continue
		}
		out = append(out, s)
	}
	return out
}

// Chunk is one piece of memory that malloc has handed out.
type Chunk struct {
	Addr  uint64 // what malloc returned
	Size  uint64 // bytes that may be used there, at least what was asked for
	Arena uint32 // index in Heap.Arenas; Mapped for one that has pages of its own
}

// Mapped is the Arena of a chunk that was mapped on its own (mmap).
const Mapped = ^uint32(0)

// Arena is one of the heaps that malloc divides among threads.
type Arena struct {
	Addr    uint64 // of its record
	Main    bool
	Spans   []Span // where its chunks lie
	Threads int    // that allocate from it; -1: not known
	System  uint64 // bytes it has taken from the system, by its own account
	Live    uint64 // bytes of chunks handed out, headers included
	Chunks  int
	Free    uint64 // bytes of free chunks in bins and fast bins
	Largest uint64 // free chunk, in bytes
	Cached  uint64 // bytes of free chunks that threads keep for themselves (tcache)
	Top     uint64 // bytes at its end, which were not handed out yet
	Busy    bool   // a thread was in the middle of a change
}

// Damage is a place where the allocator's records contradict themselves.
type Damage struct {
	Addr  uint64 // of the chunk's header
	Arena uint32
	Why   DamageKind
	Value uint64 // what stands there
}

// DamageKind says how.
type DamageKind string

// The kinds.
const (
	BadSize     DamageKind = "size"      // a chunk's size is impossible
	BadPrevSize DamageKind = "prev-size" // a free chunk's size and the copy at its end differ
	BadLink     DamageKind = "link"      // a free chunk's neighbours in its list do not point back
	BadHeader   DamageKind = "header"    // what stands before a chunk of musl's does not fit its place
	Overrun     DamageKind = "overrun"   // the zero byte that musl keeps behind a chunk was overwritten
)

// Heap is what malloc holds at one moment.
type Heap struct {
	Allocator Allocator
	Version   string   // of glibc or musl, "2.36"; empty: not known
	Chunks    []Chunk  // handed out, by address
	Arenas    []Arena  // the main arena first
	Spans     []Span   // all memory of the allocator, sorted, apart from each other
	Damaged   []Damage // by address, at most maxDamage
	// Missed is what the arenas have taken from the system and was not found, in bytes.
	Missed uint64
	// Caches is how many threads' caches were found.
	Caches int
	// Beside is another allocator that the program has linked in, for a part of what it
	// allocates, and Unknown a library whose malloc comes before the C library's: what it
	// does with it is not known. Empty: none.
	Beside  Allocator
	Unknown string
}

// Bytes is the size of all memory of the allocator.
func (h *Heap) Bytes() (n uint64) {
	for _, s := range h.Spans {
		n += s.Size()
	}
	return n
}

// Find returns the index of the chunk in which addr lies, or -1.
func (h *Heap) Find(addr uint64) int {
	i, exact := slices.BinarySearchFunc(h.Chunks, addr, func(c Chunk, a uint64) int {
		switch {
		case c.Addr < a:
			return -1
		case c.Addr > a:
			return 1
		}
		return 0
	})
	if exact {
		return i
	}
	if i--; i >= 0 && addr-h.Chunks[i].Addr < h.Chunks[i].Size {
		return i
	}
	return -1
}

// Options say what is known of the memory already.
type Options struct {
	// Not are ranges that are certainly not malloc's, as Go's heap: they are not
	// searched for chunks with pages of their own. Sorted, apart from each other.
	Not []Span
}

// The errors of Read.
var (
	// ErrNone: no record of an allocator was found: the program is not linked with C,
	// or has never called malloc.
	ErrNone = errors.New("no C allocator was found")
	// ErrOther: the allocator is one that cannot be walked.
	ErrOther = errors.New("this C allocator is not walked")
)

// Read reads the heap. With ErrOther the result names the allocator, with ErrNone the
// C library.
func Read(ctx context.Context, mem proc.Memory, maps []proc.Mapping, o Options) (*Heap, error) {
	w := &walker{ctx: ctx, mem: newWindow(mem), maps: maps, o: o, h: &Heap{}}
	if err := w.find(); err != nil {
		return w.h, err
	}
	var err error
	if w.h.Allocator == Musl {
		err = w.walkNG(w.ng)
	} else {
		err = w.walk()
	}
	if err != nil {
		return nil, err
	}
	return w.h, ctx.Err()
}
