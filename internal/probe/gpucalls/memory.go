package gpucalls

import (
	"cmp"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/bpf"
)

// allocations are the device memory that is allocated, by what led to it.
type allocations struct {
	pieces map[uint64]piece // by handle
	by     map[memoryKey]*held
	hidden int // pieces for which there was no room
}

type memoryKey struct{ stack, goid uint64 }

type piece struct {
	of   *held
	size uint64
}

type held struct {
	pieces      int
	bytes, most uint64
}

func newAllocations() *allocations {
	return &allocations{pieces: map[uint64]piece{}, by: map[memoryKey]*held{}}
}

// event takes one that makes or destroys device memory.
func (m *allocations) event(f *function, e *bpf.Event) {
	for _, name := range e.Names {
		if f.how >= bpf.Destroys {
			m.freed(name)
		} else {
			m.allocated(name, e.Args[2], memoryKey{e.Stack, e.GoID})
		}
	}
}

func (m *allocations) allocated(name, size uint64, k memoryKey) {
	const largest = 1 << 47 // more is no size
	if size == 0 || size > largest {
		return
	}
	m.freed(name) // its end was not seen: names are given again
	h := m.by[k]
	if h == nil {
		if len(m.by) >= mostGroups {
			m.hidden++
			return
		}
		h = &held{}
		m.by[k] = h
	}
	if len(m.pieces) >= mostObjects {
		m.hidden++
		return
	}
	m.pieces[name] = piece{h, size}
	h.pieces++
	h.bytes += size
	h.most = max(h.most, h.bytes)
}

func (m *allocations) freed(name uint64) {
	if p, ok := m.pieces[name]; ok {
		delete(m.pieces, name)
		p.of.pieces--
		p.of.bytes -= p.size
	}
}

// finish makes the evidence: by place, most first. stack says where the stack of a key
// is kept, and which of its frames is the place.
func (m *allocations) finish(stack func(key uint64) (at, place int), frame func(key uint64) evidence.Frame) []evidence.GPUMemory {
	type spot struct {
		goid uint64
		at   evidence.Frame
	}
	keys := make([]memoryKey, 0, len(m.by))
	for k := range m.by {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b memoryKey) int { return cmp.Or(cmp.Compare(a.goid, b.goid), cmp.Compare(a.stack, b.stack)) })
	var out []evidence.GPUMemory
	at := map[spot]int{}
	for _, k := range keys {
		s := spot{k.goid, frame(k.stack)}
		i, ok := at[s]
		if !ok {
			i = len(out)
			at[s] = i
			x := evidence.GPUMemory{Goroutine: k.goid}
			x.Stack, x.Place = stack(k.stack)
			out = append(out, x)
		}
		h := m.by[k]
		out[i].Pieces += h.pieces
		out[i].Bytes += h.bytes
		out[i].Most += h.most
	}
	slices.SortStableFunc(out, func(a, b evidence.GPUMemory) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Most, a.Most))
	})
	return out[:min(len(out), evidence.MaxGPUCalls)]
}
