package heap

import (
	"cmp"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
)

// countTypes counts a look's live objects by description.
func (l *look) countTypes() {
	by := make([]tally, l.heap.DescNumbers())
	l.heap.Each(func(id goheap.ID, size uint64) {
		if l.heap.Live(id) {
			t := &by[l.heap.DescNumber(id)]
			t.count++
			t.bytes += int64(size)
		}
	})
	l.heap.Dominated(func(id, parent goheap.ID) {
		n := l.heap.DescNumber(id)
		if parent == goheap.None || l.heap.DescNumber(parent) != n { // else it is counted with that one
			by[n].retained += int64(l.heap.Retained(id))
		}
	})
	l.types = map[string]*tally{}
	for n := range by {
		if by[n].count == 0 {
			continue
		}
		d := l.heap.DescOf(uint32(n))
		name := typeName(d)
		if d.Kind == goheap.Unknown {
			name = unknownType
		}
		t := l.types[name]
		if t == nil {
			t = &tally{}
			l.types[name] = t
			if d.Type != nil {
				l.packages[name] = packageOfType(d.Type)
			}
		}
		t.count += by[n].count
		t.bytes += by[n].bytes
		t.retained += by[n].retained
	}
}

// unknownType stands for objects whose type is not known.
const unknownType = "?"

// packageOfType is the package of a type, or of what it points to or consists of.
func packageOfType(t *gort.Type) string {
	for range 8 {
		if t == nil {
			return ""
		}
		if t.PkgPath != "" {
			return t.PkgPath
		}
		t = t.Elem()
	}
	return ""
}

// mostTypes bounds what is kept of the census.
const mostTypes = 100

// typeGroups are the types with the most bytes and the most growth.
func typeGroups(looks []*look) []evidence.HeapGroup {
	last := looks[len(looks)-1]
	var out []evidence.HeapGroup
	for name := range last.types {
		g := evidence.HeapGroup{Name: name, Package: last.packages[name], Origin: last.origin(last.packages[name])}
		for _, l := range looks {
			x := l.types[name]
			if x == nil {
				x = &tally{}
			}
			g.Count, g.Bytes, g.Retained = append(g.Count, x.count), append(g.Bytes, x.bytes), append(g.Retained, x.retained)
		}
		if len(looks) > 1 {
			g.Trend = trendOf(times(looks), g.Count, g.Bytes)
		}
		out = append(out, g)
	}
	growth := func(g *evidence.HeapGroup) int64 { return g.Bytes[len(g.Bytes)-1] - g.Bytes[0] }
	slices.SortFunc(out, func(a, b evidence.HeapGroup) int {
		return cmp.Or(cmp.Compare(growth(&b), growth(&a)), cmp.Compare(a.Name, b.Name))
	})
	keep := map[string]bool{}
	for i := range out[:min(len(out), mostTypes/2)] {
		keep[out[i].Name] = true
	}
	slices.SortFunc(out, func(a, b evidence.HeapGroup) int {
		return cmp.Or(cmp.Compare(b.Bytes[len(b.Bytes)-1], a.Bytes[len(a.Bytes)-1]), cmp.Compare(a.Name, b.Name))
	})
	for i := range out[:min(len(out), mostTypes/2)] {
		keep[out[i].Name] = true
	}
	return slices.DeleteFunc(out, func(g evidence.HeapGroup) bool { return !keep[g.Name] })
}

// rootGroups are what holds the most: variables, goroutines, and the rest.
func rootGroups(looks []*look) []evidence.HeapGroup {
	sums := make([]map[string]*tally, len(looks))
	origins := map[string]evidence.Origin{}
	for i, l := range looks {
		sums[i] = l.byRoot
		for n, o := range l.rootOrigin {
			origins[n] = o
		}
	}
	last := sums[len(sums)-1]
	var out []evidence.HeapGroup
	for name := range last {
		g := evidence.HeapGroup{Name: name, Origin: origins[name]}
		for _, s := range sums {
			x := s[name]
			if x == nil {
				x = &tally{}
			}
			g.Count, g.Bytes = append(g.Count, x.count), append(g.Bytes, x.bytes)
		}
		if len(looks) > 1 {
			g.Trend = trendOf(times(looks), g.Count, g.Bytes)
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b evidence.HeapGroup) int {
		return cmp.Or(cmp.Compare(b.Bytes[len(b.Bytes)-1], a.Bytes[len(a.Bytes)-1]), cmp.Compare(a.Name, b.Name))
	})
	return out[:min(len(out), mostTypes)]
}

// countRoots sums up what is reached from each root on the shortest ways.
func (l *look) countRoots() {
	l.byRoot, l.rootOrigin = map[string]*tally{}, map[string]evidence.Origin{}
	count, bytes := l.paths.Subtrees()
	for _, id := range l.paths.Order() {
		before, root, _ := l.paths.Before(id)
		if before != goheap.None {
			continue
		}
		name, origin := l.rootName(root)
		t := l.byRoot[name]
		if t == nil {
			t = &tally{}
			l.byRoot[name] = t
			l.rootOrigin[name] = origin
		}
		t.count += int64(count[id])
		t.bytes += int64(bytes[id])
	}
}

// rootName is by what a root is counted: the variable, or the function.
func (l *look) rootName(i int) (string, evidence.Origin) {
	r := l.rootOf(i)
	if r.Goroutine != nil {
		name := l.frameName(r)
		return "stack of " + name, l.origin(packageOf(name))
	}
	if v := l.globals.at(r.Slot); v != nil && v.Name != "" {
		return v.Name, l.origin(packageOf(v.Name))
	}
	link := l.rootLink(r)
	if link.Name != "" {
		return link.Name, link.Origin
	}
	return string(link.Kind), link.Origin
}
