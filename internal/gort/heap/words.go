package heap

import (
	"sync/atomic"

	"github.com/gomedic/gomedic/internal/gort"
)

// wordCache is what one goroutine knows of words that it met.
type wordCache map[uint64]uint32

const maxWords = 1 << 20

// headed notes the type that the allocator wrote before an object. The object may
// be one value, or as many as fit (runtime/malloc.go).
func (w *scanner) headed(id ID, addr uint64) {
	if t := w.h.p.TypeAt(addr); t != nil {
		kind := Value
		if room := w.h.Size(id) - w.h.valueOffset(id); t.Size > 0 && room >= 2*t.Size {
			kind = Array
		}
		w.h.set(id, w.h.types.number(Desc{Kind: kind, Type: t}), headed)
	}
}

// hint: an object to which a pointer leads that stands behind word. Where word is
// a type or an itab, the two are an interface, and say what the object is.
func (w *scanner) hint(to ID, word uint64) {
	if word < 1<<16 || word%8 != 0 || w.h.inHeap(word) {
		return
	}
	n, ok := w.words[word]
	if !ok {
		if w.words == nil || len(w.words) > maxWords {
			w.words = wordCache{}
		}
		n = w.h.says(word)
		w.words[word] = n
	}
	w.h.set(to, n, worded)
}

// sized: to an object without pointers leads a pointer that stands before n. Where n
// is not more than there is room for, the two are most likely the begin of a string
// or slice.
func (w *scanner) sized(to ID, n uint64) {
	if n == 0 || atomic.LoadUint32(&w.h.types.of[to]) != 0 {
		return
	}
	if s := &w.h.spans[w.h.spanOf(to)]; s.noscan && n <= s.elem {
		w.h.set(to, w.h.types.bytes, partly)
	}
}

// says returns the description of what the data word of an interface points to
// whose first word is word; 0: word is no type and no itab.
func (h *Heap) says(word uint64) uint32 {
	t := h.p.TypeAt(word)
	if t == nil {
		if t, _ = h.p.TypeOfItab(word); t == nil {
			return 0
		}
	}
	return h.types.number(boxed(t))
}

// boxed describes what the data word of an interface with a value of t points to:
// the value, or, where t is itself a pointer, what that points to.
func boxed(t *gort.Type) Desc {
	for t != nil {
		switch t.Kind {
		case gort.KindStruct: // with one field, a pointer: stored in the word itself
			if !direct(t) {
				return Desc{Kind: Value, Type: t}
			}
			t = t.Fields[0].Type()
		case gort.KindArray:
			if !direct(t) {
				return Desc{Kind: Value, Type: t}
			}
			t = t.Elem()
		case gort.KindPointer, gort.KindMap, gort.KindChan, gort.KindFunc, gort.KindUnsafePointer:
			return pointee(t, 0)
		default:
			return Desc{Kind: Value, Type: t}
		}
	}
	return Desc{}
}

// Direct reports whether an interface holds a value of t in its data word itself: a
// pointer, or what consists of nothing but one (cmd/compile/internal/types,
// IsDirectIface).
func Direct(t *gort.Type) bool { return direct(t) }

func direct(t *gort.Type) bool {
	for range 16 {
		if t == nil {
			return false
		}
		switch t.Kind {
		case gort.KindPointer, gort.KindMap, gort.KindChan, gort.KindFunc, gort.KindUnsafePointer:
			return true
		case gort.KindStruct:
			if len(t.Fields) != 1 {
				return false
			}
			t = t.Fields[0].Type()
		case gort.KindArray:
			if t.Len != 1 {
				return false
			}
			t = t.Elem()
		default:
			return false
		}
	}
	return false
}

// closure: an object whose first word is the entry of a function is that function
// with what it captured.
func (w *scanner) closure(id ID, word uint64) {
	if !w.h.p.IsText(word) {
		return
	}
	n, ok := w.codes[word]
	if !ok {
		if w.codes == nil || len(w.codes) > maxWords {
			w.codes = wordCache{}
		}
		n = w.h.function(word)
		w.codes[word] = n
	}
	w.h.set(id, n, worded)
}

// function returns the description of a closure whose code begins at pc; 0: no
// function begins there.
func (h *Heap) function(pc uint64) uint32 {
	if f, ok := h.p.FindFunc(pc); !ok || f.Entry != pc {
		return 0
	}
	return h.types.number(Desc{Kind: Closure, Func: pc})
}
