package heap

import (
	"hash/maphash"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
)

// A point is a place of the heap that can be found again in a later look although
// what lies there was replaced: an object by its address, the array of a slice by
// the variable that refers to it, a variable by its own address. What is reached
// through it on the shortest ways is its size. Where objects accumulate, the size
// of the point that holds them grows, and of all points above it; the deepest one
// that has most of the growth is where to look.

// pointKey tells points apart.
type pointKey struct {
	kind pointKind
	addr uint64
	off  uint64 // in what lies at addr
}

type pointKind uint8

const (
	atObject    pointKind = iota
	atArray               // that the pointer at off in the object at addr leads to
	atRootArray           // that the variable at addr leads to
	atRoot                // of the variable at addr
	atStack               // of goroutine addr, function off
	atRun                 // the list or tree that the pointer at off in the object at addr leads to
	atRootRun             // that the variable at addr leads to
)

// point is what lies at a point.
type point struct {
	id     goheap.ID // None: a root
	parent pointKey  // the nearest other point on the way from the root
	hasUp  bool
	count  int64 // objects reached through it
	bytes  int64
	length int64 // of a map, a slice or a channel; -1: it is none, or not known
}

// Points of fewer objects and bytes are not kept: what grows gets larger.
const (
	leastCount = 16
	leastBytes = 16 << 10
)

// findPoints finds the points of a look.
func (l *look) findPoints() {
	l.findRuns()
	count, bytes := l.paths.Subtrees()
	l.points = map[pointKey]*point{}
	roots := map[pointKey]*point{}
	for _, id := range l.paths.Order() {
		before, root, _ := l.paths.Before(id)
		if before == goheap.None {
			k := l.rootKey(root)
			p := roots[k]
			if p == nil {
				p = &point{id: goheap.None, length: -1}
				roots[k] = p
			}
			p.count += int64(count[id])
			p.bytes += int64(bytes[id])
		}
		if count[id] < leastCount && bytes[id] < leastBytes {
			continue
		}
		if l.runs.head(id) != id {
			continue
		}
		k := l.keyOf(id)
		if p := l.points[k]; p != nil && k.kind == atRun { // the other end of a list
			p.count, p.bytes = p.count+int64(count[id]), p.bytes+int64(bytes[id])
			continue
		} else if p != nil {
			p.count, p.bytes = max(p.count, int64(count[id])), max(p.bytes, int64(bytes[id]))
			continue
		}
		p := &point{id: id, count: int64(count[id]), bytes: int64(bytes[id]), length: l.length(k, id)}
		p.parent, p.hasUp = l.above(id, k)
		l.points[k] = p
	}
	for k, p := range roots {
		if p.count >= leastCount || p.bytes >= leastBytes {
			l.points[k] = p
		}
	}
}

// above returns the point above an object whose own point is k.
func (l *look) above(id goheap.ID, k pointKey) (pointKey, bool) {
	for range maxClimb {
		before, root, ok := l.paths.Before(id)
		if !ok {
			return pointKey{}, false
		}
		if before == goheap.None {
			return l.rootKey(root), true
		}
		if up := l.keyOf(before); up != k {
			return up, true
		}
		id = before
	}
	return pointKey{}, false
}

const (
	maxClimb = 1 << 20
	maxAbove = 1 << 14
)

var pointSeed = maphash.MakeSeed()

// rootKey is the point of a root: a variable, or a function on a goroutine's stack.
func (l *look) rootKey(i int) pointKey {
	r := l.rootOf(i)
	if r.Goroutine != nil {
		return pointKey{atStack, r.Goroutine.ID, maphash.String(pointSeed, l.frameName(r))}
	}
	return pointKey{kind: atRoot, addr: r.Slot}
}

// keyOf is the point at which an object lies: the inner structures of a map count
// as the map, and an array as what refers to it.
func (l *look) keyOf(id goheap.ID) pointKey {
	for range maxClimb {
		if id = l.runs.head(id); l.isNode(id) {
			return l.runKey(id)
		}
		switch d := l.heap.Desc(id); {
		case innerKind(d), trie(d):
			before, root, ok := l.paths.Before(id)
			if !ok {
				return pointKey{kind: atObject, addr: l.heap.Addr(id)}
			}
			if before == goheap.None {
				return pointKey{atRootArray, l.rootOf(root).Slot, 0}
			}
			id = before
			continue
		case d.Kind == goheap.Array, d.Kind == goheap.Text, d.Kind == goheap.Bytes, d.Kind == goheap.Unknown:
			if before, root, ok := l.paths.Before(id); ok {
				if before == goheap.None {
					if r := l.rootOf(root); r.Slot != 0 && r.Goroutine == nil {
						return pointKey{atRootArray, r.Slot, 0}
					}
				} else if off, ok := l.refOffset(before, id); ok && l.heap.Desc(before).Kind != goheap.Array && l.heap.Desc(before).Kind != goheap.MapGroup {
					return pointKey{atArray, l.heap.Addr(before), off}
				}
			}
		}
		return pointKey{kind: atObject, addr: l.heap.Addr(id)}
	}
	return pointKey{kind: atObject, addr: l.heap.Addr(id)}
}

// refOffset is where in an object the pointer to another lies.
func (l *look) refOffset(from, to goheap.ID) (offset uint64, ok bool) {
	l.heap.Edges(from, func(e goheap.Edge) {
		if e.To == to && !ok {
			offset, ok = e.Offset, true
		}
	})
	return offset, ok
}

// growing is a point that grew.
type growing struct {
	key          pointKey
	last         *point
	count, bytes []int64 // by look
	length       []int64 // by look, nil: not known
	trend        evidence.Trend
}

// What growth is worth following: less is noise of any running program.
const (
	leastGrowth      = 8        // objects
	leastGrowthBytes = 32 << 10 // or bytes
	mostOfGrowth     = 0.6      // of a point's growth, in one point below it: then that one is meant
)

// grown returns the deepest points at which objects accumulated from look to look.
func grown(looks []*look) []growing {
	if len(looks) < 2 {
		return nil
	}
	last := looks[len(looks)-1]
	series := func(k pointKey) (count, bytes []int64) {
		for _, l := range looks {
			p := l.points[k]
			if p == nil {
				p = &point{}
			}
			count, bytes = append(count, p.count), append(bytes, p.bytes)
		}
		return count, bytes
	}
	type growth struct{ count, bytes int64 }
	by := map[pointKey]growth{}
	for k := range last.points {
		c, b := series(k)
		g := growth{c[len(c)-1] - c[0], b[len(b)-1] - b[0]}
		if g.count >= leastGrowth || g.bytes >= leastGrowthBytes {
			by[k] = g
		}
	}
	below := map[pointKey]growth{} // the most that one point below has
	// Of what has fields, and no elements, all points below together explain the
	// growth: each is a thing of its own.
	fields := map[pointKey]growth{}
	above := map[pointKey]pointKey{}
	for k, g := range by {
		p := last.points[k]
		up, ok := p.parent, p.hasUp
		for n := 0; ok && n < maxAbove; n++ { // two points may stand for several objects each, above each other
			if _, grew := by[up]; grew {
				b := below[up]
				below[up] = growth{max(b.count, g.count), max(b.bytes, g.bytes)}
				b = fields[up]
				fields[up] = growth{b.count + g.count, b.bytes + g.bytes}
				above[k] = up
				break
			}
			q := last.points[up]
			if q == nil {
				break
			}
			up, ok = q.parent, q.hasUp
		}
	}
	elements := last.elementPoints(above)
	var out []growing
	for k, g := range by {
		b := below[k]
		if last.hasFields(k) {
			b = fields[k]
		}
		if elements[k] || mostly(b.count, g.count, leastGrowth) || mostly(b.bytes, g.bytes, leastGrowthBytes) {
			continue
		}
		x := growing{key: k, last: last.points[k]}
		x.count, x.bytes = series(k)
		x.length = lengths(looks, k)
		x.trend = trendOf(times(looks), x.count, x.bytes)
		out = append(out, x)
	}
	return out
}

// lengths are the lengths of what lies at a point, nil where one is not known.
func lengths(looks []*look, k pointKey) []int64 {
	var out []int64
	for _, l := range looks {
		switch p := l.points[k]; {
		case p == nil:
			out = append(out, 0) // too small to be a point
		case p.length < 0:
			return nil
		default:
			out = append(out, p.length)
		}
	}
	if out[len(out)-1] <= out[0] {
		return nil // it grows in another way than by its length
	}
	return out
}

// length is the length of what lies at a point.
func (l *look) length(k pointKey, id goheap.ID) int64 {
	var header uint64 // of a slice
	switch k.kind {
	case atArray:
		header = k.addr + k.off
	case atRootArray:
		header = k.addr
	default:
		switch l.heap.Desc(id).Kind {
		case goheap.Map:
			return l.mapLen(id)
		case goheap.Chan:
			return l.chanLen(id)
		}
		return -1
	}
	if l.heap.Desc(id).Kind != goheap.Array {
		return -1
	}
	n, ok1 := l.prog.Word(header + 8)
	room, ok2 := l.prog.Word(header + 16)
	if !ok1 || !ok2 || n > room || room > 1<<40 {
		return -1
	}
	return int64(n)
}

// hasFields: what lies at a point is a value with fields, and no container.
func (l *look) hasFields(k pointKey) bool {
	p := l.points[k]
	if p == nil || l.heap == nil || p.id == goheap.None || k.kind == atRun || k.kind == atRootRun {
		return false
	}
	d := l.heap.Desc(p.id)
	return d.Kind == goheap.Value && d.Type != nil && d.Type.Kind == gort.KindStruct
}

// elementPoints are growing points that are mere elements: a container has several
// of one type that grow, so that it is one thing that grows.
func (l *look) elementPoints(above map[pointKey]pointKey) map[pointKey]bool {
	const several = 3
	type kind struct {
		up   pointKey
		desc uint32
	}
	groups := map[kind][]pointKey{}
	for k, up := range above {
		if l.heap == nil {
			break
		}
		p, q := l.points[k], l.points[up]
		if p == nil || q == nil || p.id == goheap.None || q.id == goheap.None || !isContainer(l.heap.Desc(q.id)) {
			continue
		}
		g := kind{up, l.heap.DescNumber(p.id)}
		groups[g] = append(groups[g], k)
	}
	out := map[pointKey]bool{}
	for _, ks := range groups {
		if len(ks) >= several {
			for _, k := range ks {
				out[k] = true
			}
		}
	}
	for k := range above { // what lies in an element is a part of it
		for up, n := above[k], 0; n < maxAbove; n++ {
			if out[up] {
				out[k] = true
				break
			}
			next, ok := above[up]
			if !ok {
				break
			}
			up = next
		}
	}
	return out
}

func mostly(part, whole, least int64) bool {
	return whole >= least && float64(part) >= mostOfGrowth*float64(whole)
}
