package heap

import (
	"cmp"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/gort/roots"
)

// maxCycles bounds the objects with finalizers that are followed.
const maxCycles = 2000

// typeFinalized says of which types the objects with finalizers are: a finalizer's
// record has the type of its argument (runtime/mheap.go, specialfinalizer.ot), and so has its entry in
// the queue (runtime/mfinal.go, finalizer.ot).
func (l *look) typeFinalized() {
	for i := range l.roots {
		r := &l.roots[i]
		if r.ObjectType == 0 {
			continue
		}
		id, isObject := l.heap.Find(r.Object)
		if !isObject {
			continue
		}
		if t := l.prog.TypeAt(r.ObjectType); t != nil && t.Kind == gort.KindPointer {
			l.heap.TypeRoot(goheap.Root{To: id}, t, 0)
		}
	}
}

// queued is the bytes that the finalizers and cleanups in the queue keep alive.
func (l *look) queued() (bytes int64) {
	for i, r := range l.heap.Roots() {
		if rec := l.rootOf(i); rec.Queued {
			bytes += int64(l.heap.Retained(r.To))
		}
	}
	return bytes
}

// queuedObject is an object whose finalizer or cleanup waits in the queue: of the
// type that most of them are.
func (l *look) queuedObject() (goheap.ID, bool) {
	count := map[uint32]int{}
	sample := map[uint32]goheap.ID{}
	best, found := uint32(0), false
	for i := range l.heap.Roots() {
		rec := l.rootOf(i)
		if !rec.Queued {
			continue
		}
		id, ok := l.heap.Find(rec.Object)
		if !ok {
			if id, ok = l.heap.Find(rec.Value); !ok || l.heap.Desc(id).Kind == goheap.Closure {
				continue
			}
		}
		n := l.heap.DescNumber(id)
		if count[n]++; count[n] == 1 {
			sample[n] = id
		}
		if !found || count[n] > count[best] {
			best, found = n, true
		}
	}
	return sample[best], found
}

// cycles finds objects with finalizers that nothing but finalizers reaches and that
// reach themselves: such an object is never found unreachable, so that its
// finalizer never runs (runtime.SetFinalizer).
func (l *look) cycles(earlier []*look) []evidence.HeapSuspect {
	var with []goheap.ID // objects that have a finalizer
	byFinalizer := map[goheap.ID]int{}
	for i := range l.heap.Roots() {
		rec := l.rootOf(i)
		if rec.Kind == roots.Finalizer && !rec.Queued {
			if id, ok := l.heap.Find(rec.Object); ok {
				if _, seen := byFinalizer[id]; !seen {
					byFinalizer[id] = i
					with = append(with, id)
				}
			}
		}
	}
	beyond := l.withoutFinalizers()
	type found struct {
		sample       goheap.ID
		count, bytes int64
	}
	groups := map[uint32]*found{}
	followed := 0
	for _, id := range with {
		if beyond.Has(id) || followed >= maxCycles {
			continue
		}
		followed++
		if !l.reachesItself(id, beyond) {
			continue
		}
		n := l.heap.DescNumber(id)
		f := groups[n]
		if f == nil {
			f = &found{sample: id}
			groups[n] = f
		}
		f.count++
		f.bytes += int64(max(l.heap.Retained(id), l.heap.Size(id)))
	}
	var out []evidence.HeapSuspect
	for _, f := range groups {
		link := l.link(f.sample, l.heap.Desc(f.sample))
		s := evidence.HeapSuspect{Kind: evidence.SuspectFinalizers, Type: typeName(l.heap.Desc(f.sample)),
			Chains: int(f.count), Suspect: -1, Queue: &evidence.HeapQueue{Cycle: true},
			Chain: append([]evidence.HeapLink{{Kind: evidence.LinkFinalizer, Name: l.roots[l.heap.Roots()[byFinalizer[f.sample]].Index].Name}}, l.ring(f.sample, link)...)}
		s.Signature = "cycle\n" + signature(s.Chain)
		for _, e := range earlier {
			s.Count, s.Bytes = append(s.Count, e.cyclic[s.Signature].count), append(s.Bytes, e.cyclic[s.Signature].bytes)
		}
		s.Count, s.Bytes = append(s.Count, f.count), append(s.Bytes, f.bytes)
		s.New = max(s.Count[len(s.Count)-1]-s.Count[0], 0)
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b evidence.HeapSuspect) int { return cmp.Compare(a.Signature, b.Signature) })
	return out
}

// withoutFinalizers is what is reachable from other roots than finalizers. It is
// asked for twice at the last look.
func (l *look) withoutFinalizers() goheap.Set {
	if l.beyond == nil {
		var from []goheap.ID
		for i, r := range l.heap.Roots() {
			if rec := l.rootOf(i); rec.Kind != roots.Finalizer || rec.Queued {
				from = append(from, r.To)
			}
		}
		l.beyond = l.heap.Reach(from)
	}
	return l.beyond
}

// countCycles notes the cycles of a look, for later ones.
func (l *look) countCycles() {
	l.cyclic = map[string]tally{}
	for _, s := range l.cycles(nil) {
		l.cyclic[s.Signature] = tally{count: s.Count[0], bytes: s.Bytes[0]}
	}
}

// maxRing bounds the objects that are followed for one finalizer.
const maxRing = 10_000

func (l *look) reachesItself(id goheap.ID, beyond goheap.Set) bool { return len(l.way(id, beyond)) > 0 }

// way is a shortest way from an object back to itself.
func (l *look) way(id goheap.ID, beyond goheap.Set) []goheap.ID {
	from := map[goheap.ID]goheap.ID{}
	queue := []goheap.ID{id}
	for len(queue) > 0 && len(from) < maxRing {
		x := queue[0]
		queue = queue[1:]
		for _, to := range l.heap.Targets(x) {
			if to == id {
				way := []goheap.ID{x}
				for x != id {
					x = from[x]
					way = append(way, x)
				}
				slices.Reverse(way)
				return way
			}
			if _, seen := from[to]; seen || beyond != nil && beyond.Has(to) {
				continue
			}
			from[to] = x
			queue = append(queue, to)
		}
	}
	return nil
}

// ring is the links of a cycle, from an object back to itself.
func (l *look) ring(id goheap.ID, first evidence.HeapLink) []evidence.HeapLink {
	way := l.way(id, nil)
	if len(way) == 0 {
		return []evidence.HeapLink{first}
	}
	var out []evidence.HeapLink
	for i, x := range way {
		d := l.heap.Desc(x)
		link := l.link(x, d)
		next := id
		if i+1 < len(way) {
			next = way[i+1]
		}
		if off, ok := l.refOffset(x, next); ok {
			link.Ref = l.ref(x, d, off)
		}
		out = append(out, link)
	}
	return append(out, first)
}
