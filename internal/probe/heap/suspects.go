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
	elems map[uint32]*elements // by description
	c     int64                // bytes of C memory
}

// elements are objects of one description below a point.
type elements struct {
	count, fresh int64 // fresh: not there at the look before
	direct       bool  // right below the point
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
	// owner is the nearest growing point above each object, 1 higher than its index.
	list, number := make([]*holder, 0, len(by)), map[*holder]int32{}
	for _, h := range by {
		list = append(list, h)
		number[h] = int32(len(list))
	}
	owner := make([]int32, l.heap.Len())
	// straight are the objects that only containers lie between and their point.
	straight := goheap.NewSet(l.heap.Len())
	for _, id := range l.paths.Order() {
		up, root, ok := l.paths.Before(id)
		if !ok {
			continue
		}
		var h *holder
		direct := true
		if up == goheap.None {
			h = by[l.rootKey(root)]
		} else if h = by[l.keyOf(up)]; h == nil && owner[up] > 0 {
			h, direct = list[owner[up]-1], false
		}
		if h == nil {
			continue
		}
		if !direct && straight.Has(up) && isContainer(l.heap.Desc(up)) {
			direct = true
		}
		if direct {
			straight.Add(id)
		}
		owner[id] = number[h]
		if l.cCount > 0 && l.heap.Desc(id).Kind == goheap.Elsewhere {
			h.c += int64(l.heap.Size(id))
		}
		if l.inner(id) || l.keyOf(id) == h.key && !l.ownNode(id, h.key) {
			continue
		}
		n := l.heap.DescNumber(id)
		e := h.elems[n]
		if e == nil {
			e = &elements{newest: goheap.None}
			h.elems[n] = e
		}
		e.direct = e.direct || direct
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

// isContainer: what matters of the object is what it holds.
func isContainer(d goheap.Desc) bool {
	return d.Kind == goheap.Array || d.Kind == goheap.Map || innerKind(d) || trie(d)
}

// inner: an object that is part of another's representation.
func (l *look) inner(id goheap.ID) bool {
	d := l.heap.Desc(id)
	return innerKind(d) || trie(d)
}

// ownNode: the object is a node of a list or tree of the program's own: there, the
// nodes are what accumulates.
func (l *look) ownNode(id goheap.ID, k pointKey) bool {
	d := l.heap.Desc(id)
	return (k.kind == atRun || k.kind == atRootRun) && !isTrie(d) && !isListElement(d)
}

// mostElements are the elements of which a point is: of those right below it that
// there are most new ones of, and of what these lead to in about the same number,
// the ones that say most: a type of the program's, a widget, a type with a name.
func (l *look) mostElements(h *holder) (most *elements, number uint32) {
	var top, boxes int64 // containers and records count only where there is nothing else
	for n, e := range h.elems {
		switch {
		case !e.direct:
		case isContainer(l.heap.DescOf(n)), l.isRecord(n):
			boxes = max(boxes, e.fresh)
		default:
			top = max(top, e.fresh)
		}
	}
	if top == 0 {
		top = boxes
	}
	rank := func(n uint32, e *elements) int {
		d := l.heap.DescOf(n)
		r := 0
		switch {
		case d.Type != nil && d.Kind == goheap.Value && l.origin(d.Type.PkgPath) == evidence.OriginUser:
			r = 8
		case l.gui != nil && (l.gui.class[n].widget || l.gui.class[n].window != nil || l.gui.class[n].image != nil):
			r = 6
		case d.Kind == goheap.Closure && e.direct:
			r = 10 // what it captured says less than itself
		case d.Kind == goheap.Closure:
			r = 4
		case l.isRecord(n): // what it is of says more
			r = 2
		case d.Kind == goheap.Value && d.Type != nil && d.Type.Named && l.origin(d.Type.PkgPath) != evidence.OriginStd && l.origin(d.Type.PkgPath) != evidence.OriginRuntime:
			r = 4
		case d.Kind != goheap.Text && d.Kind != goheap.Bytes && d.Kind != goheap.Unknown:
			r = 2
		}
		if e.direct {
			r++
		}
		return r
	}
	for n, e := range h.elems {
		if e.fresh*2 < top || !e.direct && e.fresh > 2*top || e.newest == goheap.None && top > 0 {
			continue
		}
		if most == nil {
			most, number = e, n
			continue
		}
		r1, r2 := rank(n, e), rank(number, most)
		if r1 > r2 || r1 == r2 && (e.weight > most.weight || e.weight == most.weight && (e.count > most.count || e.count == most.count && n < number)) {
			most, number = e, n
		}
	}
	return most, number
}

// isRecord: what a toolkit notes of a widget, a window or an image, and is none.
func (l *look) isRecord(n uint32) bool {
	d := l.heap.DescOf(n)
	if l.gui == nil || d.Kind != goheap.Value || d.Type == nil || l.origin(d.Type.PkgPath) != evidence.OriginToolkit {
		return false
	}
	c := l.gui.class[n]
	return !c.widget && c.window == nil && c.image == nil
}

// suspectOf describes one growing point.
func (l *look) suspectOf(h *holder, looks []*look) (evidence.HeapSuspect, bool) {
	s := evidence.HeapSuspect{Kind: evidence.SuspectContainer, Count: h.count, Bytes: h.bytes, Trend: h.trend, Chains: 1, Suspect: -1, C: h.c}
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
	if len(s.Chain) == 0 || runtimeOnly(s.Chain) || l.runtimes(sample) {
		return s, false
	}
	s.Signature = signature(s.Chain)
	s.Container = l.container(h, most, number, s.Chain)
	if len(s.Container.Closures) > 0 {
		s.Kind = evidence.SuspectListeners
	}
	s.Suspect = suspectLink(s.Chain)
	if f := l.elementClosure(h, s.Chain); f != nil && s.Kind == evidence.SuspectContainer {
		s.Kind, s.Container.Closures = evidence.SuspectListeners, []evidence.Frame{*f}
	}
	if s.Kind == evidence.SuspectContainer && l.gui != nil {
		if of := l.gui.holdsImages(l.heap.Desc(sample), l.heap.DescNumber(sample), h, l); of != "" {
			s.Kind, s.Type = evidence.SuspectImages, of
			s.Shown = &evidence.HeapShown{Windows: len(l.gui.open)}
		}
	}
	if s.C > 0 && s.C >= s.Bytes[len(s.Bytes)-1]/2 {
		s.Chain = l.towardsC(s.Chain, sample)
	}
	return s, true
}

// runtimes: the object is the runtime's own.
func (l *look) runtimes(id goheap.ID) bool {
	d := l.heap.Desc(id)
	return d.Kind == goheap.Internal || d.Type != nil && packageOfType(d.Type) == "runtime"
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

// elementClosure is the function that an element of a point is, or refers to: the
// chain leads through it right behind the point.
func (l *look) elementClosure(h *holder, links []evidence.HeapLink) *evidence.Frame {
	if h.last.id == goheap.None {
		return nil
	}
	at := slices.IndexFunc(links, func(x evidence.HeapLink) bool { return x.Addr == l.heap.Addr(h.last.id) && x.Addr != 0 })
	for i := at + 1; at >= 0 && i < len(links) && i <= at+2; i++ {
		if links[i].Kind == evidence.LinkClosure {
			return links[i].Frame
		}
	}
	return nil
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
func (l *look) container(h *holder, most *elements, number uint32, chain []evidence.HeapLink) *evidence.HeapContainer {
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
	for i := range chain {
		if chain[i].Type == syncMap && c.Kind == "tree" {
			c.Kind = "sync.Map"
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
