package heap

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
)

// holder is a point that grew, with what lies in it.
type holder struct {
	growing
	elems   map[uint32]*elements // by description
	samples []goheap.ID
}

// elements are objects of one description directly below a point.
type elements struct {
	count, fresh int64 // fresh: not there at the look before
	newest       goheap.ID
	weight       uint32 // objects reached through the newest
}

// growthSuspects tells where objects accumulate.
func growthSuspects(looks []*look) []evidence.HeapSuspect {
	points := grown(looks)
	if len(points) == 0 {
		return nil
	}
	l, before := looks[len(looks)-1], looks[len(looks)-2]
	by := map[pointKey]*holder{}
	for _, g := range points {
		by[g.key] = &holder{growing: g, elems: map[uint32]*elements{}}
	}
	count, _ := l.paths.Subtrees()
	for _, id := range l.paths.Order() {
		up, root, ok := l.paths.Before(id)
		if !ok {
			continue
		}
		var h *holder
		if up == goheap.None {
			h = by[l.rootKey(root)]
		} else {
			h = by[l.keyOf(up)]
		}
		if h == nil || l.inner(id) || l.keyOf(id) == h.key && !l.ownNode(id, h.key) {
			continue
		}
		n := l.heap.DescNumber(id)
		e := h.elems[n]
		if e == nil {
			e = &elements{newest: goheap.None}
			h.elems[n] = e
		}
		e.count++
		if before.heap.LiveAt(l.heap.Addr(id)) {
			continue
		}
		e.fresh++
		if e.newest == goheap.None || count[id] > e.weight {
			e.newest, e.weight = id, count[id]
		}
	}
	var out []evidence.HeapSuspect
	for _, h := range by {
		if s, ok := l.suspectOf(h, looks); ok {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b evidence.HeapSuspect) int {
		return cmp.Or(cmp.Compare(b.Bytes[len(b.Bytes)-1]-b.Bytes[0], a.Bytes[len(a.Bytes)-1]-a.Bytes[0]), strings.Compare(a.Signature, b.Signature))
	})
	return out
}

// inner: an object that is part of another's representation.
func (l *look) inner(id goheap.ID) bool {
	switch l.heap.Desc(id).Kind {
	case goheap.MapDir, goheap.MapTable, goheap.MapGroup, goheap.ChanBuf:
		return true
	}
	return false
}

// ownNode: the object is a node of a list or tree of the program's own: there, the
// nodes are what accumulates.
func (l *look) ownNode(id goheap.ID, k pointKey) bool {
	d := l.heap.Desc(id)
	return (k.kind == atRun || k.kind == atRootRun) && !isTrie(d) && !isListElement(d)
}

// mostElements are the elements that a point has most new ones of: of about as many,
// those that are a type of the program's, and hold more.
func (l *look) mostElements(h *holder) (most *elements, number uint32) {
	var top int64
	for _, e := range h.elems {
		top = max(top, e.fresh)
	}
	rank := func(n uint32, e *elements) (int, uint32) {
		d := l.heap.DescOf(n)
		switch {
		case d.Type != nil && l.origin(d.Type.PkgPath) == evidence.OriginUser:
			return 3, e.weight
		case d.Kind == goheap.Value && d.Type != nil && d.Type.Named:
			return 2, e.weight
		case d.Kind != goheap.Text && d.Kind != goheap.Bytes:
			return 1, e.weight
		}
		return 0, e.weight
	}
	for n, e := range h.elems {
		if e.fresh*10 < top*7 {
			continue
		}
		if most == nil {
			most, number = e, n
			continue
		}
		r1, w1 := rank(n, e)
		r2, w2 := rank(number, most)
		if r1 > r2 || r1 == r2 && (w1 > w2 || w1 == w2 && (e.count > most.count || e.count == most.count && n < number)) {
			most, number = e, n
		}
	}
	return most, number
}

// suspectOf describes one growing point.
func (l *look) suspectOf(h *holder, looks []*look) (evidence.HeapSuspect, bool) {
	s := evidence.HeapSuspect{Kind: evidence.SuspectContainer, Count: h.count, Bytes: h.bytes, Trend: h.trend, Chains: 1, Suspect: -1}
	most, number := l.mostElements(h)
	if h.length != nil {
		s.Count = h.length
		s.Trend = trendOf(times(looks), h.length, h.bytes)
	}
	sample := h.last.id
	if most != nil && most.newest != goheap.None {
		sample = most.newest
		s.New = most.fresh
		s.Chains = int(most.count)
		s.Type = typeName(l.heap.DescOf(number))
	}
	if sample == goheap.None {
		return s, false
	}
	if s.Type == "" {
		s.Type = typeName(l.heap.Desc(sample))
	}
	s.Chain = l.chain(sample)
	if len(s.Chain) == 0 || runtimeOnly(s.Chain) {
		return s, false
	}
	s.Signature = signature(s.Chain)
	s.Container = l.container(h, most, number)
	if len(s.Container.Closures) > 0 {
		s.Kind = evidence.SuspectListeners
	}
	s.Suspect = suspectLink(s.Chain)
	return s, true
}

// runtimeOnly: the chain is of the runtime's own structures, which grow with the
// number of threads and goroutines.
func runtimeOnly(links []evidence.HeapLink) bool {
	for i := range links {
		switch l := &links[i]; {
		case i == 0 && l.Kind != evidence.LinkGlobal: // says nothing: a stack's objects are the program's
			if l.Kind == evidence.LinkStack && l.Origin != evidence.OriginRuntime {
				return false
			}
		case l.Origin != evidence.OriginRuntime:
			return false
		}
	}
	return true
}

// suspectLink is the last link whose reference the user's own code makes; else the
// one before the last.
func suspectLink(links []evidence.HeapLink) int {
	for i := len(links) - 2; i >= 0; i-- {
		if links[i].Origin == evidence.OriginUser {
			return i
		}
	}
	return len(links) - 2
}

// container describes what holds the elements.
func (l *look) container(h *holder, most *elements, number uint32) *evidence.HeapContainer {
	c := &evidence.HeapContainer{Kind: "tree", Len: h.count}
	if h.length != nil {
		c.Len = h.length
	}
	if most != nil {
		d := l.heap.DescOf(number)
		c.Elem = typeName(d)
		if most.newest != goheap.None {
			c.Closures = l.closures(most.newest)
		}
	}
	d := goheap.Desc{}
	if h.last.id != goheap.None {
		d = l.heap.Desc(h.last.id)
	}
	switch h.key.kind {
	case atArray:
		c.Kind = "slice"
		if id, ok := l.heap.Find(h.key.addr); ok {
			c.Cap = l.sliceCap(id, h.key.off)
		}
	case atRootArray:
		c.Kind = "slice"
		if n, ok := l.prog.Word(h.key.addr + 16); ok && n < 1<<40 {
			c.Cap = int64(n)
		}
	case atRun, atRootRun:
		switch {
		case isListElement(d):
			c.Kind = "list"
		case isTrie(d):
			c.Kind = "sync.Map"
		}
	case atObject:
		switch {
		case d.Kind == goheap.Map:
			c.Kind = "map"
		case d.Kind == goheap.Chan:
			c.Kind = "chan"
		case d.Type != nil && d.Type.PkgPath == "container/list":
			c.Kind = "list"
		case d.Type != nil && strings.Contains(d.Type.Name, "HashTrieMap"), d.Type != nil && d.Type.PkgPath == "sync" && strings.HasSuffix(d.Type.Name, "Map"):
			c.Kind = "sync.Map"
		case d.Kind == goheap.Array:
			c.Kind = "slice"
		}
	}
	if c.Kind == "map" && most != nil && most.newest != goheap.None {
		for _, link := range l.chain(most.newest) {
			if link.Kind == evidence.LinkMap && link.Addr == l.heap.Addr(h.last.id) && strings.HasPrefix(link.Ref, "[") {
				if end := strings.LastIndexByte(link.Ref, ']'); end > 0 {
					c.Keys = append(c.Keys, link.Ref[1:end])
				}
			}
		}
	}
	return c
}

func (l *look) sliceCap(id goheap.ID, offset uint64) int64 {
	var b [24]byte
	if !l.heap.Read(id, offset, b[:]) {
		return 0
	}
	if n := binary.LittleEndian.Uint64(b[16:]); n < 1<<40 {
		return int64(n)
	}
	return 0
}

// closures are the functions in an element: it is one, or refers to one by a field.
func (l *look) closures(id goheap.ID) (out []evidence.Frame) {
	add := func(id goheap.ID) {
		if d := l.heap.Desc(id); d.Kind == goheap.Closure {
			if f := l.place(d.Func); f != nil && len(out) < 4 {
				out = append(out, *f)
			}
		}
	}
	add(id)
	d := l.heap.Desc(id)
	if d.Kind != goheap.Value && d.Kind != goheap.Array || d.Type == nil {
		return out
	}
	l.heap.Edges(id, func(e goheap.Edge) {
		if e.Offset < l.heap.ValueOffset(id) {
			return
		}
		if t := l.heap.FieldOf(d, e.Offset-l.heap.ValueOffset(id)); t != nil && t.Kind == gort.KindFunc {
			add(e.To)
		}
	})
	return out
}
