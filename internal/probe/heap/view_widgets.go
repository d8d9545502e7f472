package heap

import (
	"cmp"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
)

// maxChildren bounds the children of one widget that are told, and maxNested how
// deep the tree is followed.
const (
	maxChildren = 500
	maxNested   = 200
)

// Widgets returns the tree of what each open window shows, and the windows and
// widgets that nothing does. ok is false where the toolkit has no windows and no
// widgets that could be told, or is not known.
func (v *View) Widgets() (out *evidence.HeapWidgets, ok bool) {
	g := v.l.gui
	if g == nil || len(g.table.Windows) == 0 && len(g.table.Widgets) == 0 {
		return nil, false
	}
	out = &evidence.HeapWidgets{Toolkit: g.tk.Name, Version: g.version}
	isWindow := goheap.NewSet(v.l.heap.Len())
	for _, id := range g.open {
		isWindow.Add(id)
	}
	// The nearest widget, or the window, above each widget that is shown.
	children := map[goheap.ID][]goheap.ID{}
	var alone []goheap.ID
	for _, id := range g.widgets {
		if !g.shown.Has(id) || isWindow.Has(id) {
			continue
		}
		out.Shown++
		up, ok := g.above[id]
		for n := 0; ok && n < maxClimb && !isWindow.Has(up) && !g.isWidget(up); n++ {
			up, ok = g.above[up]
		}
		if ok && up != id {
			children[up] = append(children[up], id)
		} else {
			alone = append(alone, id)
		}
	}
	t := &widgetTree{g: g, children: children, done: goheap.NewSet(v.l.heap.Len())}
	for _, id := range g.open {
		out.Windows = append(out.Windows, t.node(id, 0))
	}
	for _, id := range alone {
		out.Elsewhere = append(out.Elsewhere, t.node(id, 0))
	}
	for _, id := range g.closed {
		out.Closed = append(out.Closed, t.leaf(id))
	}
	byRetained := func(a, b *evidence.HeapWidget) int {
		return cmp.Or(cmp.Compare(b.Retained, a.Retained), cmp.Compare(a.Addr, b.Addr))
	}
	slices.SortFunc(out.Closed, byRetained)
	slices.SortFunc(out.Elsewhere, byRetained)
	out.Detached = g.detachedTypes()
	return out, true
}

// detachedTypes counts the widgets that no window shows.
func (g *gui) detachedTypes() []evidence.HeapRow {
	rows := map[string]*evidence.HeapRow{}
	for _, id := range g.widgets {
		if g.shown.Has(id) {
			continue
		}
		d := g.l.heap.Desc(id)
		name := typeName(d)
		r := rows[name]
		if r == nil {
			r = &evidence.HeapRow{Name: name, Origin: g.l.origin(packageOfType(d.Type))}
			rows[name] = r
		}
		r.Count++
		r.Bytes += int64(g.l.heap.Size(id))
		r.Retained += int64(g.l.heap.Retained(id))
	}
	var out []evidence.HeapRow
	for _, k := range sortedKeys(rows) {
		out = append(out, *rows[k])
	}
	slices.SortStableFunc(out, func(a, b evidence.HeapRow) int { return cmp.Compare(b.Retained, a.Retained) })
	return out
}

// widgetTree makes the tree; each widget is told once.
type widgetTree struct {
	g        *gui
	children map[goheap.ID][]goheap.ID
	done     goheap.Set
}

func (t *widgetTree) leaf(id goheap.ID) *evidence.HeapWidget {
	l := t.g.l
	d := l.heap.Desc(id)
	return &evidence.HeapWidget{Type: typeName(d), Addr: l.heap.Addr(id), Text: l.caption(id), Size: int64(l.heap.Size(id)),
		Retained: int64(l.heap.Retained(id)), Hidden: t.g.hidden[id], Origin: l.origin(packageOfType(d.Type))}
}

func (t *widgetTree) node(id goheap.ID, deep int) *evidence.HeapWidget {
	w := t.leaf(id)
	t.done.Add(id)
	for _, c := range t.children[id] {
		switch {
		case t.done.Has(c):
		case deep >= maxNested || len(w.Children) >= maxChildren:
			w.More++
		default:
			w.Children = append(w.Children, t.node(c, deep+1))
		}
	}
	return w
}

// captions are fields by which a person knows a widget again, in the toolkits' and
// most programs' own types.
var captions = []string{"Title", "title", "Text", "text", "PlaceHolder"}

// caption is the text of a widget; empty: it has none.
func (l *look) caption(id goheap.ID) string {
	v, ok := l.valueOf(id)
	if !ok || v.t.Kind != gort.KindStruct {
		return ""
	}
	for _, name := range captions {
		f, ok := fieldNamed(v.t, name)
		if !ok || f.Type() == nil || f.Type().Kind != gort.KindString {
			continue
		}
		if s := l.value(f.Type(), v.addr+f.Offset, 0); s != `""` && s != "?" {
			return s
		}
	}
	return ""
}
