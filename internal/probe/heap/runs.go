package heap

import (
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
)

// The nodes of a list or tree lead to each other, and are made and dropped by the
// thousand: what grows is the list, at the place that refers to it. A run is objects
// of one type each of which is reached from the one before.

type runs struct {
	first []goheap.ID // by object: the first of its run
	// recursive are the types, by description, of which there are runs.
	recursive map[uint32]bool
	unknown   goheap.Set // objects of runs, of no known type
}

// head is the first object of a run; an object that is in none is its own.
func (r *runs) head(id goheap.ID) goheap.ID {
	if int(id) >= len(r.first) {
		return id
	}
	return r.first[id]
}

// isNode: the object is a node of a list or tree.
func (l *look) isNode(id goheap.ID) bool {
	if n := l.heap.DescNumber(id); n != 0 {
		return l.runs.recursive[n]
	}
	return l.runs.unknown.Has(id)
}

func (l *look) findRuns() {
	l.runs = runs{first: make([]goheap.ID, l.heap.Len()), recursive: map[uint32]bool{}, unknown: goheap.NewSet(l.heap.Len())}
	for _, id := range l.paths.Order() {
		l.runs.first[id] = id
		before, _, ok := l.paths.Before(id)
		if !ok || before == goheap.None || !l.oneRun(before, id) {
			continue
		}
		l.runs.first[id] = l.runs.first[before]
		for _, node := range []goheap.ID{before, id} {
			if n := l.heap.DescNumber(node); n != 0 {
				l.runs.recursive[n] = true
			} else {
				l.runs.unknown.Add(node)
			}
		}
	}
}

// oneRun: two objects are nodes of one list or tree.
func (l *look) oneRun(a, b goheap.ID) bool {
	x, y := l.heap.Desc(a), l.heap.Desc(b)
	if x.Kind == goheap.Elsewhere && y.Kind == goheap.Elsewhere {
		return true // whatever C makes of it: it hangs from one reference of Go's
	}
	if x.Kind == goheap.Unknown && y.Kind == goheap.Unknown {
		return l.heap.Size(a) == l.heap.Size(b) && !l.heap.Noscan(b)
	}
	if x.Kind != goheap.Value || y.Kind != goheap.Value || x.Type == nil || y.Type == nil {
		return false
	}
	return x.Type == y.Type && x.Type.Named || isTrie(x) && isTrie(y)
}

// isTrie: the object is a node of a sync.Map (internal/sync/hashtriemap.go).
func isTrie(d goheap.Desc) bool { return d.Type != nil && d.Type.PkgPath == "internal/sync" }

func isListElement(d goheap.Desc) bool {
	return d.Type != nil && d.Type.FullName() == "container/list.Element"
}

// runKey is the point of a run, by its head: what refers to it. An element of a
// container/list says itself which list's it is, so that both ends are one.
func (l *look) runKey(head goheap.ID) pointKey {
	if isListElement(l.heap.Desc(head)) {
		const list = 16 // list.Element.list, behind next and prev
		if addr, ok := l.prog.Word(l.heap.Addr(head) + list); ok && addr != 0 {
			return pointKey{kind: atRun, addr: addr}
		}
	}
	before, root, ok := l.paths.Before(head)
	switch {
	case !ok:
	case before == goheap.None:
		if r := l.rootOf(root); r.Slot != 0 && r.Goroutine == nil {
			return pointKey{kind: atRootRun, addr: r.Slot}
		}
	default:
		if off, ok := l.refOffset(before, head); ok {
			return pointKey{atRun, l.heap.Addr(before), off}
		}
	}
	return pointKey{kind: atObject, addr: l.heap.Addr(head)}
}
