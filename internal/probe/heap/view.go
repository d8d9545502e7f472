package heap

import (
	"context"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
)

// View is the heap of one moment, to be asked questions. What it answers is plain
// data. It may be used from one goroutine at a time, until Close.
type View struct {
	l       *look
	look    evidence.HeapLook
	took    time.Duration
	probe   report.Probe
	release func()
	signs   *signs
}

// Open reads the heap of a memory that stands still: of a core or a heap file.
// progress, if given, is told how many bytes of the heap have been read.
func Open(ctx context.Context, t stacks.Target, source evidence.HeapSource, progress func(done, total uint64)) (*View, error) {
	start := time.Now()
	l, err := read(ctx, t, t.Threads, progress)
	if err != nil {
		return nil, err
	}
	v := &View{l: l, look: l.summary(source), took: time.Since(start), release: func() {}}
	v.probe = report.Probe{Name: Name, TookMS: float64(v.took.Microseconds()) / 1000}
	return v, nil
}

// Close lets go of the memory.
func (v *View) Close() { v.release() }

// Look is what there is in all.
func (v *View) Look() evidence.HeapLook { return v.look }

// Probe is what it cost the program.
func (v *View) Probe() report.Probe { return v.probe }

// Evidence is the heap as the reports' other forms take it: with these chains.
func (v *View) Evidence(chains []evidence.HeapSuspect) *evidence.Heap {
	return &evidence.Heap{Took: v.took, Looks: []evidence.HeapLook{v.look}, Types: typeGroups([]*look{v.l}),
		Roots: rootGroups([]*look{v.l}), Suspects: chains}
}

// named is what an object is called in lists: its type, nothing if that is not known.
func named(d goheap.Desc) string {
	if d.Kind == goheap.Unknown {
		return ""
	}
	return typeName(d)
}

// labelled puts the toolkit's names into a chain.
func (l *look) labelled(chain []evidence.HeapLink) []evidence.HeapLink {
	s := evidence.HeapSuspect{Kind: evidence.SuspectObjects, Chain: chain}
	l.label(&s)
	return s.Chain
}

// retainedBy sums up what the objects of each group retain: of objects of one group
// that dominate each other the uppermost counts. group has the number of a group for
// each object, groups is how many there are.
func (l *look) retainedBy(group func(goheap.ID) uint32, groups int) []int64 {
	const none = ^uint32(0)
	h := l.heap
	// The tree of dominators, as first children and next siblings.
	first, next := make([]uint32, h.Len()), make([]uint32, h.Len())
	for i := range first {
		first[i], next[i] = none, none
	}
	top := none
	h.Dominated(func(id, parent goheap.ID) {
		if parent == goheap.None {
			next[id], top = top, uint32(id)
			return
		}
		next[id], first[parent] = first[parent], uint32(id)
	})
	out := make([]int64, groups)
	under := make([]uint32, groups) // how many of a group are above
	var above []uint32
	for at := top; ; {
		for at == none {
			if len(above) == 0 {
				return out
			}
			at = above[len(above)-1]
			above = above[:len(above)-1]
			under[group(goheap.ID(at))]--
			at = next[at]
		}
		g := group(goheap.ID(at))
		if under[g] == 0 {
			out[g] += int64(h.Retained(goheap.ID(at)))
		}
		under[g]++
		above = append(above, at)
		at = first[at]
	}
}

// sample says which of two objects stands for a group: what retains more, at the
// lower address.
func (l *look) sample(a, b goheap.ID) goheap.ID {
	if ra, rb := l.heap.Retained(a), l.heap.Retained(b); rb > ra || rb == ra && b < a {
		return b
	}
	return a
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
