// Package heap reads the heap of a Go program that stands still: all objects by
// the allocator's own records, the pointers between them by the collector's own
// maps, what is reachable from the roots, what dominates what, and the type of
// each object as far as it follows from those that are known.
//
// It reads through [gort.Program] and therefore serves frozen copies, core files
// and heap files alike; a program that runs meanwhile gives nonsense. Everything
// read is untrusted: a damaged heap gives fewer objects, never a panic. It knows
// nothing of toolkits and of what a leak is. Start at [Read].
package heap

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomedic/gomedic/internal/gort"
)

// ID numbers the allocated objects of a heap in order of their addresses, from 0.
type ID uint32

// None is no object.
const None ID = 1<<32 - 1

// Heap is the objects of one moment and their references. Once read it does not
// change, and may be used from several goroutines.
type Heap struct {
	p     *gort.Program
	spans []span
	// table finds the span of an address: for each arena, from the lowest, the span
	// of each page, 1 higher than its index.
	table   []*[pagesArena]uint32
	tableLo uint64 // number of the first arena
	// alloc has a bit for each slot of each span, and rank the number of the first
	// object of each of its words.
	alloc []uint64
	rank  []uint32
	near  []uint32 // the span of each 256th object
	n     int
	own   int // of them, Go's; the others are foreign
	bytes uint64
	// foreign is memory of another allocator.
	foreign []Foreign

	// start[i] to start[i+1] are object i's edges: the object that each leads to,
	// and where in i the pointer lies.
	start []uint32
	to    []ID
	at    []slot

	roots []Root
	live  []uint64 // a bit for each object: reachable
	sum   Totals

	types typing
	dom   dominators
	back  lazyReferrers
	Odd   Oddities
}

// slot is where a pointer lies in an object, in words; the highest bit says that it
// points into the other object, not to its start.
type slot uint32

const inner slot = 1 << 31

// Edge is one pointer of an object.
type Edge struct {
	To     ID
	Offset uint64 // in the object, bytes
	Inner  bool   // it does not point to the start of the other's value
}

// Root is a word outside of the heap that points to an object.
type Root struct {
	To    ID
	Inner bool
	Index int32 // of the caller's own record of it
	Class RootClass
}

// RootClass orders roots by how well they explain why something is alive: chains
// lead from the best.
type RootClass uint8

// The classes, the best first.
const (
	RootNamed   RootClass = iota // a variable of the program
	RootStack                    // a goroutine's
	RootSpecial                  // finalizers, cleanups, timers, handles
	RootRuntime                  // the runtime's own variables: lists of all goroutines, of all threads
	rootClasses
)

// Totals are sums over the live objects.
type Totals struct {
	Objects, Bytes   uint64 // reachable
	Garbage          uint64 // bytes of allocated objects that nothing reaches
	Edges            uint64
	Spans, FreeBytes uint64 // spans in use, and bytes in them that no object uses
	// Foreign is the memory of another allocator that these objects hold.
	Foreign, ForeignBytes uint64
}

// Oddities counts what did not fit: damage, or a heap that was read while it
// changed.
type Oddities struct {
	Spans    int    // that cannot be read or make no sense
	Unread   uint64 // bytes of objects whose memory could not be read
	Untyped  int    // objects without a pointer map: scanned word by word
	Dangling int    // pointers into memory of the heap that holds no object
}

// Options say how a heap is read.
type Options struct {
	// Roots calls emit for each root: the pointer as it is, its class, and a number
	// by which the caller knows it again. referents: the object itself is not held, all
	// that it refers to is.
	Roots func(emit func(value uint64, class RootClass, index int32, referents bool)) error
	// Progress, if given, is told how much of the heap has been read, in bytes.
	Progress func(done, total uint64)
}

// ErrNoHeap is returned for a program whose heap cannot be found.
var ErrNoHeap = errors.New("the Go heap was not found")

// Read reads the heap of p, which must stand still. Errors: ErrNoHeap, the
// context's, and read errors.
func Read(ctx context.Context, p *gort.Program, o Options) (*Heap, error) {
	h := &Heap{p: p}
	if err := h.readSpans(); err != nil {
		return nil, err
	}
	if h.n >= int(None) {
		return nil, fmt.Errorf("%d objects: more than can be numbered", h.n)
	}
	h.types.init(h.n)
	if err := h.scan(ctx, o.Progress); err != nil {
		return nil, err
	}
	if o.Roots != nil {
		if err := o.Roots(h.addRoot); err != nil {
			return nil, fmt.Errorf("read the roots: %w", err)
		}
	}
	h.mark()
	return h, ctx.Err()
}

func (h *Heap) addRoot(value uint64, class RootClass, index int32, referents bool) {
	id, off, ok := h.find(value)
	if !ok || len(h.roots) >= maxRoots {
		return
	}
	if referents {
		for _, to := range h.Targets(id) {
			h.roots = append(h.roots, Root{To: to, Inner: true, Index: index, Class: class})
		}
		return
	}
	h.roots = append(h.roots, Root{To: id, Inner: off != h.valueOffset(id), Index: index, Class: class})
}

const maxRoots = 1 << 28

// Program is the program whose heap it is.
func (h *Heap) Program() *gort.Program { return h.p }

// Len is the number of allocated objects, reachable or not, with those of another
// allocator that are attached.
func (h *Heap) Len() int { return h.n }

// Totals are sums over the heap.
func (h *Heap) Totals() Totals { return h.sum }

// Roots are the roots that lead to objects. The caller must not change them.
func (h *Heap) Roots() []Root { return h.roots }

// Live reports whether an object is reachable from a root.
func (h *Heap) Live(id ID) bool {
	return int(id) < h.n && h.live != nil && h.live[id/64]&(1<<(id%64)) != 0
}

// Edges calls f for each pointer of an object, in order of their place.
func (h *Heap) Edges(id ID, f func(Edge)) {
	if int(id) >= h.n {
		return
	}
	for i := h.start[id]; i < h.start[id+1]; i++ {
		f(h.edge(i))
	}
}

func (h *Heap) edge(i uint32) Edge {
	return Edge{To: h.to[i], Offset: uint64(h.at[i]&^inner) * 8, Inner: h.at[i]&inner != 0}
}

// Targets are the objects that an object points to, one for each pointer. The
// caller must not change them.
func (h *Heap) Targets(id ID) []ID { return h.to[h.start[id]:h.start[id+1]] }

// Read reads an object's memory from an offset on.
func (h *Heap) Read(id ID, offset uint64, b []byte) bool {
	if f := h.elsewhere(id); f != nil {
		return offset <= f.Size && uint64(len(b)) <= f.Size-offset && h.p.Memory().ReadAt(b, f.Addr+offset) == nil
	}
	s, base := h.place(id)
	if s == nil || offset > s.elem || uint64(len(b)) > s.elem-offset {
		return false
	}
	return h.p.Memory().ReadAt(b, base+offset) == nil
}
