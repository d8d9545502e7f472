package heap

import (
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// summary is what a look found in all.
func (l *look) summary(source evidence.HeapSource) evidence.HeapLook {
	return evidence.HeapLook{At: l.at, Source: source, Stopped: l.stopped, Objects: l.count, Bytes: l.bytes, Garbage: l.garbage,
		Typed: l.typed, Owned: l.owned, GC: l.gc, C: l.cCount, CBytes: l.cBytes}
}

// conclude fills in what the looks show together. The last one must still be
// readable.
func conclude(out *evidence.Heap, looks []*look) {
	last := looks[len(looks)-1]
	out.Types = typeGroups(looks)
	out.Roots = rootGroups(looks)
	out.Suspects = append(out.Suspects, growthSuspects(looks)...)
	out.Suspects = append(out.Suspects, guiSuspects(looks)...)
	out.Suspects = append(out.Suspects, last.goroutineSuspects(looks[:len(looks)-1])...)
	growing := map[uint64]bool{}
	for i := range out.Suspects {
		if s := &out.Suspects[i]; s.Kind == evidence.SuspectContainer && s.Trend.Confidence > 0.5 {
			for _, link := range s.Chain[1:] {
				if link.Kind == evidence.LinkSlice || link.Kind == evidence.LinkMap {
					growing[link.Addr] = true
				}
			}
		}
	}
	out.Suspects = append(out.Suspects, last.backingSuspects(growing)...)
	out.Suspects = append(out.Suspects, finalizerSuspects(looks)...)
	out.Suspects = append(out.Suspects, timerSuspects(looks)...)
	out.Suspects = slices.DeleteFunc(out.Suspects, func(s evidence.HeapSuspect) bool { return last.bounded(&s) })
	for i := range out.Suspects {
		s := &out.Suspects[i]
		last.label(s)
		if s.Kind == evidence.SuspectWidgets && heldByListener(s, func(i int) string { return last.listener(s, i) }) {
			s.Kind = evidence.SuspectListeners
		}
		for n := len(looks) - len(s.Count); n > 0; n-- { // kinds that only the last look is asked for
			s.Count = slices.Insert(s.Count, 0, s.Count[0])
			s.Bytes = slices.Insert(s.Bytes, 0, s.Bytes[0])
		}
		if len(looks) > 1 && s.Trend == (evidence.Trend{}) {
			s.Trend = trendOf(times(looks), s.Count, s.Bytes)
		}
	}
	merge(out)
}

// heldByListener: what leaks hangs from a list of functions that the program, or the
// toolkit, is to call: from a closure that is an element of a container, or from a
// list of listeners. To take the function off the list would free it.
func heldByListener(s *evidence.HeapSuspect, listener func(i int) string) bool {
	for i := range s.Chain {
		label := listener(i)
		inContainer := false
		for j := max(i-2, 0); j < i; j++ {
			inContainer = inContainer || s.Chain[j].Kind == evidence.LinkSlice || s.Chain[j].Kind == evidence.LinkMap
		}
		if label == "" && (s.Chain[i].Kind != evidence.LinkClosure || !inContainer || i == len(s.Chain)-1) {
			continue
		}
		if s.Container == nil {
			s.Container = &evidence.HeapContainer{Kind: "slice", Len: s.Count, Elem: "func"}
		}
		s.Container.Label = label
		if f := s.Chain[i].Frame; f != nil && s.Chain[i].Kind == evidence.LinkClosure {
			s.Container.Closures = []evidence.Frame{*f}
		}
		return true
	}
	return false
}

// merge makes one of the suspects of a kind whose chains are equal.
func merge(out *evidence.Heap) {
	by := map[string]int{}
	var kept []evidence.HeapSuspect
	for _, s := range out.Suspects {
		k := string(s.Kind) + "\n" + s.Signature
		i, ok := by[k]
		if !ok {
			by[k] = len(kept)
			kept = append(kept, s)
			continue
		}
		t := &kept[i]
		for j := range min(len(t.Count), len(s.Count)) {
			t.Count[j] += s.Count[j]
			t.Bytes[j] += s.Bytes[j]
		}
		t.Chains += s.Chains
		t.New += s.New
		t.Trend.PerSecond += s.Trend.PerSecond
		t.Trend.Bytes += s.Trend.Bytes
	}
	out.Suspects = kept
}

// label says what the links of a chain are to the toolkit.
func (l *look) label(s *evidence.HeapSuspect) {
	if l.gui == nil {
		return
	}
	for i := range s.Chain {
		link := &s.Chain[i]
		ref := toolkit.HeapRef{}
		id, isObject := l.heap.Find(link.Addr)
		switch {
		case link.Kind == evidence.LinkGlobal && link.Name != "":
			ref.Global = link.Name
		case i == 0 || !isObject || link.Addr == 0:
			continue
		default:
			ref = l.refOf(id, s, i)
			switch c := l.gui.classOf(id); {
			case c.window != nil && slices.Contains(l.gui.closed, id):
				link.Label = evidence.LabelClosedWindow
			case c.window != nil:
				link.Label = evidence.LabelOpenWindow
			case c.widget && l.gui.shown.Has(id):
				link.Label = evidence.LabelShown
			case c.widget && s.Kind == evidence.SuspectWidgets && i == len(s.Chain)-1:
				link.Label = evidence.LabelDetached
			}
		}
		if x := l.gui.table.Listener(l.gui.version, ref); x != nil {
			link.Label = x.Label
			if s.Kind == evidence.SuspectContainer {
				s.Kind = evidence.SuspectListeners
			}
			if s.Container != nil {
				s.Container.Label = x.Label
			}
		} else if c := l.gui.table.Cache(l.gui.version, ref); c != nil && (link.Label == "" || link.Label == evidence.LabelShown) {
			link.Label = c.Label
			if bug := c.Bug(l.gui.version); bug == nil || bug.Windows && s.Kind != evidence.SuspectWindows {
				link.Expires = c.Expires
			}
			if s.Container != nil && s.Container.Label == "" {
				s.Container.Label = c.Label
			}
		}
	}
}

// listener is the label of the toolkit's list of listeners that a link of a chain is;
// empty: it is none.
func (l *look) listener(s *evidence.HeapSuspect, i int) string {
	if l.gui == nil {
		return ""
	}
	if x := l.gui.table.Listener(l.gui.version, l.linkRef(s, i)); x != nil {
		return x.Label
	}
	return ""
}

// bounded: the chain leads through a container of the toolkit's that keeps its own
// bound.
func (l *look) bounded(s *evidence.HeapSuspect) bool {
	if l.gui == nil {
		return false
	}
	for i := range s.Chain {
		if c := l.gui.table.Cache(l.gui.version, l.linkRef(s, i)); c != nil && c.Limit > 0 && c.Bug(l.gui.version) == nil {
			return true
		}
	}
	return false
}

// linkRef is the reference that a link of a chain is to the tables.
func (l *look) linkRef(s *evidence.HeapSuspect, i int) toolkit.HeapRef {
	link := &s.Chain[i]
	if link.Kind == evidence.LinkGlobal {
		return toolkit.HeapRef{Global: link.Name}
	}
	if id, ok := l.heap.Find(link.Addr); ok && i > 0 && link.Addr != 0 {
		return l.refOf(id, s, i)
	}
	return toolkit.HeapRef{}
}

// refOf is the reference from a link of a chain to the next.
func (l *look) refOf(id goheap.ID, s *evidence.HeapSuspect, i int) toolkit.HeapRef {
	d := l.heap.Desc(id)
	ref := toolkit.HeapRef{}
	if s.Chain[i].Type == syncMap && i+1 < len(s.Chain) { // what it holds tells which it is
		if next, ok := l.heap.Find(s.Chain[i+1].Addr); ok {
			if before, _, ok := l.paths.Before(next); ok && before != goheap.None {
				ref, _ = l.entry(before)
			}
		}
		return ref
	}
	switch d.Kind {
	case goheap.Map:
		if d.Type != nil && d.Type.Key() != nil && d.Type.Elem() != nil {
			ref.Key, ref.Elem = d.Type.Key().FullName(), d.Type.Elem().FullName()
			if i+1 < len(s.Chain) && d.Type.Elem().Kind == gort.KindInterface {
				ref.Elem = "*" + s.Chain[i+1].Type
			}
		}
	case goheap.Value:
		if d.Type == nil || i+1 >= len(s.Chain) {
			return ref
		}
		next, ok := l.heap.Find(s.Chain[i+1].Addr)
		if !ok {
			return ref
		}
		if off, ok := l.refOffset(id, next); ok && off >= l.heap.ValueOffset(id) {
			if holder, field, _ := holderOf(d.Type, off-l.heap.ValueOffset(id)); holder != nil {
				ref.Holder, ref.Field = holder.FullName(), field
			}
		}
	case goheap.Closure:
		ref.Func = s.Chain[i].Name
	}
	return ref
}

// finalizerSuspects tells of finalizers that are not run: they wait in a queue that
// gets longer, or the objects refer to each other.
func finalizerSuspects(looks []*look) []evidence.HeapSuspect {
	last := looks[len(looks)-1]
	var out []evidence.HeapSuspect
	q := &evidence.HeapQueue{}
	for _, l := range looks {
		n := int64(0)
		if l.queues != nil {
			n = int64(l.queues.Finalizers)
		}
		q.Queued = append(q.Queued, n)
	}
	if n := q.Queued[len(q.Queued)-1]; n > 0 && last.queues != nil && last.queues.Finalizer != nil && last.queues.Runs {
		frames := last.reader.Goroutine(last.queues.Finalizer)
		q.Runner = frames.Frames
		s := evidence.HeapSuspect{Kind: evidence.SuspectFinalizers, Signature: "queue", Type: "finalizer", Suspect: -1, Queue: q,
			Chain: []evidence.HeapLink{{Kind: evidence.LinkFinalizer}}, Chains: int(n)}
		for _, v := range q.Queued {
			s.Count, s.Bytes = append(s.Count, v), append(s.Bytes, 0)
		}
		s.Bytes[len(s.Bytes)-1] = last.queued()
		if id, ok := last.queuedObject(); ok {
			s.Chain = append(s.Chain, last.link(id, last.heap.Desc(id)))
			s.Type = s.Chain[1].Type
		}
		out = append(out, s)
	}
	return append(out, last.cycles(looks[:len(looks)-1])...)
}
