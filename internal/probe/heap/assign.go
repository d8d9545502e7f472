package heap

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// assignSites names for what grew the stack that allocated it: of those that the
// profiler saw allocate objects of that size since the first look, one whose code
// names the object's type; where that cannot be told, one of which about as many are
// still alive.
func assignSites(suspects []evidence.HeapSuspect, grown []gort.Bucket, rate int64, l *look) {
	alive := func(b *gort.Bucket) float64 {
		n, _ := gort.Scale(b.AllocObjects-min(b.FreeObjects, b.AllocObjects), b.AllocBytes-min(b.FreeBytes, b.AllocBytes), rate)
		return n
	}
	for i := range suspects {
		s := &suspects[i]
		grew := s.New
		if grew == 0 && (s.Container != nil && s.Container.Kind == "slice" || s.Kind == evidence.SuspectBacking) {
			grew = 1 // the array itself: its elements are no objects
		}
		if grew == 0 || len(s.Chain) == 0 {
			continue
		}
		last := &s.Chain[len(s.Chain)-1]
		if n := len(s.Chain); last.Kind == evidence.LinkC && s.Type != cMemoryName && n > 1 {
			last = &s.Chain[n-2] // what holds it
		}
		size := uint64(last.Size)
		var named uint64
		if last.Kind == evidence.LinkC {
			continue // Go's profiler has not seen it allocated
		}
		if id, ok := l.heap.Find(last.Addr); ok {
			named = namedBy(l.heap.Desc(id))
		}
		var best *gort.Bucket
		names := false
		for k := range grown {
			b := &grown[k]
			if b.Size > size || size > b.Size+max(b.Size/4, 16) || alive(b) < float64(s.New)/8 {
				continue
			}
			n := named != 0 && l.codeNames(b, named)
			if named != 0 && !n && !l.fromElsewhere(b) {
				continue
			}
			switch {
			case best == nil, n && !names, n == names && far(alive(b), grew) < far(alive(best), grew):
				best, names = b, n
			}
		}
		if best != nil {
			s.Site = l.stack(best)
		}
	}
}

// namedBy is the address that the code must name that allocates such an object: its
// type's, or a closure's function; 0: there is none.
func namedBy(d goheap.Desc) uint64 {
	switch {
	case d.Kind == goheap.Closure:
		return d.Func
	case d.Type != nil && d.Kind != goheap.Internal:
		return d.Type.Addr
	}
	return 0
}

// allocator is the function that allocated: the innermost that is not the runtime's.
func (l *look) allocator(b *gort.Bucket) (f gort.Func, ok bool) {
	for _, pc := range b.Stack {
		if f, ok = l.prog.FindFunc(pc); !ok || !strings.HasPrefix(f.Name(), "runtime.") {
			return f, ok
		}
	}
	return f, false
}

// codeNames reports whether the function that allocated names an address.
func (l *look) codeNames(b *gort.Bucket, addr uint64) bool {
	f, ok := l.allocator(b)
	return ok && slices.Contains(l.prog.References(f), addr)
}

// fromElsewhere: the function that allocated has the type from its caller, as one with
// type parameters does, and reflection.
func (l *look) fromElsewhere(b *gort.Bucket) bool {
	f, ok := l.allocator(b)
	return ok && (strings.Contains(f.Name(), "[") || strings.HasPrefix(f.Name(), "reflect.") || strings.HasPrefix(f.Name(), "internal/"))
}

// far is how far a site's number of objects is from that of what grew: by which
// factor, one way or the other.
func far(alive float64, grew int64) float64 {
	return math.Abs(math.Log((alive + 1) / (float64(grew) + 1)))
}

// stack is the logical calls of an allocation, innermost first, without the
// allocator's own.
func (l *look) stack(b *gort.Bucket) []evidence.Frame {
	var frames []gort.Frame
	for _, pc := range b.Stack {
		if f, ok := l.prog.FindFunc(pc); ok {
			frames = append(frames, gort.Frame{PC: pc, Func: f})
		}
	}
	out := l.reader.Frames(frames)
	for len(out) > 1 && out[0].Origin == evidence.OriginRuntime {
		out = out[1:]
	}
	return out
}

// siteGroups are the places that allocated the most of what is new and alive.
func siteGroups(grown []gort.Bucket, rate int64, l *look) (out []evidence.HeapGroup) {
	for i := range grown {
		b := &grown[i]
		n, bytes := gort.Scale(b.AllocObjects-min(b.FreeObjects, b.AllocObjects), b.AllocBytes-min(b.FreeBytes, b.AllocBytes), rate)
		if n < 1 {
			continue
		}
		frames := l.stack(b)
		if len(frames) == 0 {
			continue
		}
		g := evidence.HeapGroup{Name: frames[0].Function, Site: frames, Count: []int64{int64(n)}, Bytes: []int64{int64(bytes)}}
		if at := toolkit.UserFrame(frames); at >= 0 {
			g.Name, g.Origin = frames[at].Function, frames[at].Origin
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b evidence.HeapGroup) int {
		return cmp.Or(cmp.Compare(b.Bytes[0], a.Bytes[0]), cmp.Compare(a.Name, b.Name))
	})
	return out[:min(len(out), 50)]
}
