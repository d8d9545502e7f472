package heap

import (
	"sync"
	"sync/atomic"

	"github.com/gomedic/gomedic/internal/gort"
)

// Kind is what an object is in the eyes of the compiler.
type Kind uint8

// The kinds.
const (
	Unknown   Kind = iota
	Value          // one value of Type, or a few of them in a slot that has room for more
	Array          // what a slice of Type lies in
	Text           // what strings lie in
	Bytes          // what strings or slices lie in whose elements have no pointers; which, is not known
	Closure        // a function with what it captured; Func is its entry
	Map            // a map of Type: its header
	MapDir         // its directory of tables
	MapTable       // one of its tables
	MapGroup       // the groups of a table: keys and values
	Chan           // a channel of Type, with its buffer if the elements hold no pointers
	ChanBuf        // the buffer of a channel of Type
	Internal       // a structure of the runtime that has no type at hand; Name says which
	Elsewhere      // memory of another allocator; Name says which. See [Heap.Attach]
)

// Desc describes an object.
type Desc struct {
	Kind Kind
	// Type is the value's or element's type, of a map or channel its own.
	Type *gort.Type
	Func uint64
	Name string
}

// sure is how sure a description is; a surer one replaces a less sure one.
type sure uint32

const (
	partly   sure = 1 + iota // a pointer into its middle
	guessed                  // a pointer to something smaller
	followed                 // a pointer of a known type leads to it
	worded                   // an interface's type word, or a closure's code, says it
	headed                   // the allocator noted it
)

// of holds the number of the description in its lower bits, and sure above.
const sureShift = 29

// typing is what is known of the objects' types.
type typing struct {
	of         []uint32
	mu         sync.RWMutex
	descs      []Desc
	index      map[Desc]uint32
	inlineOnce sync.Once
	inline     bool
	mapsOnce   sync.Once
	maps       mapFields
	bytes      uint32   // number of the description Bytes
	shapes     sync.Map // *gort.Type → *gort.MapShape
}

func (t *typing) init(n int) {
	t.of = make([]uint32, n)
	t.descs = []Desc{{}}
	t.index = map[Desc]uint32{{}: 0}
	t.bytes = t.number(Desc{Kind: Bytes})
}

// number returns the number of a description.
func (t *typing) number(d Desc) uint32 {
	t.mu.RLock()
	n, ok := t.index[d]
	t.mu.RUnlock()
	if ok {
		return n
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if n, ok := t.index[d]; ok {
		return n
	}
	if len(t.descs) >= 1<<sureShift-1 {
		return 0
	}
	n = uint32(len(t.descs))
	t.descs, t.index[d] = append(t.descs, d), n
	return n
}

func (t *typing) desc(n uint32) Desc {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.descs[n]
}

// Desc describes an object.
func (h *Heap) Desc(id ID) Desc {
	if int(id) >= h.n {
		return Desc{}
	}
	return h.types.desc(h.types.of[id] & (1<<sureShift - 1))
}

// DescNumber is a number that objects of equal descriptions share; 0 is Unknown.
func (h *Heap) DescNumber(id ID) uint32 {
	if int(id) >= h.n {
		return 0
	}
	return h.types.of[id] & (1<<sureShift - 1)
}

// DescOf is the description of a number.
func (h *Heap) DescOf(number uint32) Desc { return h.types.desc(number) }

// DescNumbers is how many descriptions there are.
func (h *Heap) DescNumbers() int { return len(h.types.descs) }

// set notes a description, if it is surer than what is known, or as sure and fits
// better. It reports whether that changed something. It may be called from
// several goroutines.
func (h *Heap) set(id ID, n uint32, s sure) bool {
	if n == 0 {
		return false
	}
	at := &h.types.of[id]
	for {
		old := atomic.LoadUint32(at)
		was := sure(old >> sureShift)
		if was > s || old&(1<<sureShift-1) == n {
			if was < s {
				if atomic.CompareAndSwapUint32(at, old, n|uint32(s)<<sureShift) {
					return false
				}
				continue
			}
			return false
		}
		if was == s && !h.better(id, h.types.desc(n), h.types.desc(old&(1<<sureShift-1))) {
			return false
		}
		if atomic.CompareAndSwapUint32(at, old, n|uint32(s)<<sureShift) {
			return true
		}
	}
}

// better: of two descriptions of one object, the larger type that has room is
// meant: the other is its first field's.
func (h *Heap) better(id ID, a, b Desc) bool {
	if b.Kind == Unknown || b.Kind == Bytes {
		return true
	}
	if a.Kind == Bytes {
		return false
	}
	size := func(d Desc) uint64 {
		if d.Type == nil || d.Kind != Value && d.Kind != Array {
			return 1 << 62 // a map, a closure: never the start of something else
		}
		return d.Type.Size
	}
	room := h.Size(id)
	x, y := size(a), size(b)
	switch {
	case x == y:
		return a.Kind == Array && b.Kind == Value && 2*x <= room
	case x > room && x < 1<<62:
		return false
	}
	return x > y
}
