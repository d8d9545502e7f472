package heap

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/gort/roots"
)

// Top divides the live objects, and returns the n groups that retain most; n < 1
// means all.
func (v *View) Top(by evidence.HeapBy, n int) *evidence.HeapTop {
	var rows []evidence.HeapRow
	switch by {
	case evidence.ByType, evidence.ByPackage:
		rows = v.l.divide(by == evidence.ByPackage)
	default:
		rows = v.l.divideByRoot(by)
	}
	slices.SortFunc(rows, func(a, b evidence.HeapRow) int {
		return cmp.Or(cmp.Compare(b.Retained, a.Retained), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Size, b.Size))
	})
	out := &evidence.HeapTop{By: by, Look: v.look, Groups: len(rows), Rows: rows}
	if n > 0 && n < len(rows) {
		for _, r := range rows[n:] {
			out.Rest.Count += r.Count
			out.Rest.Bytes += r.Bytes
		}
		out.Rows = rows[:n]
	}
	return out
}

// divide groups by type or by package; of what has no known type, by size.
func (l *look) divide(packages bool) []evidence.HeapRow {
	h := l.heap
	type key struct {
		name string
		size int64
	}
	index := map[key]uint32{}
	var rows []evidence.HeapRow
	number := func(k key, pkg string) uint32 {
		n, ok := index[k]
		if !ok {
			n = uint32(len(rows))
			index[k] = n
			rows = append(rows, evidence.HeapRow{Name: k.name, Size: k.size, Origin: l.origin(pkg)})
		}
		return n
	}
	of := make([]uint32, h.DescNumbers()) // by description, 1 higher; 0: by size
	for i := range of {
		d := h.DescOf(uint32(i))
		name, pkg := named(d), l.packageOfDesc(d)
		if name == "" {
			continue
		}
		if packages && d.Kind != goheap.Elsewhere {
			if name = pkg; name == "" {
				name = "-" // of no package: built-in types
			}
		}
		of[i] = number(key{name: name}, pkg) + 1
	}
	group := func(id goheap.ID) uint32 {
		if n := of[h.DescNumber(id)]; n > 0 {
			return n - 1
		}
		return number(key{size: int64(h.Size(id))}, "")
	}
	h.Each(func(id goheap.ID, size uint64) {
		if h.Live(id) {
			r := &rows[group(id)]
			r.Count++
			r.Bytes += int64(size)
		}
	})
	for i, n := range l.retainedBy(group, len(rows)) {
		rows[i].Retained = n
	}
	return slices.DeleteFunc(rows, func(r evidence.HeapRow) bool { return r.Count == 0 })
}

// packageOfDesc is the package of an object's type, or of a closure's function.
func (l *look) packageOfDesc(d goheap.Desc) string {
	if d.Kind == goheap.Closure {
		if f := l.place(d.Func); f != nil {
			return packageOf(f.Function)
		}
	}
	return packageOfType(d.Type)
}

// divideByRoot groups by where the shortest ways begin.
func (l *look) divideByRoot(by evidence.HeapBy) []evidence.HeapRow {
	rows := map[string]*evidence.HeapRow{}
	count, bytes := l.paths.Subtrees()
	for _, id := range l.paths.Order() {
		before, root, _ := l.paths.Before(id)
		if before != goheap.None {
			continue
		}
		r := l.rootOf(root)
		name, origin := l.rootName(root)
		switch {
		case by == evidence.ByGoroutine && r.Goroutine == nil, by == evidence.ByGlobal && r.Kind != roots.Data && r.Kind != roots.BSS:
			continue
		case by == evidence.ByGlobal && r.Goroutine != nil:
			continue
		case by == evidence.ByGoroutine:
			name = fmt.Sprintf("goroutine %d", r.Goroutine.ID)
			if f := l.userFrame(r.Goroutine, 0); f != nil {
				name, origin = name+" · "+f.Function, f.Origin
			}
		}
		x := rows[name]
		if x == nil {
			x = &evidence.HeapRow{Name: name, Origin: origin}
			rows[name] = x
		}
		// Of a root, its own is what it refers to directly.
		x.Count += int64(count[id])
		x.Bytes += int64(l.heap.Size(id))
		x.Retained += int64(bytes[id])
	}
	var out []evidence.HeapRow
	for _, k := range sortedKeys(rows) {
		out = append(out, *rows[k])
	}
	return out
}
