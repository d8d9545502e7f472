package heap

import (
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// gui is what the toolkit's tables say of a look's objects.
type gui struct {
	l       *look
	tk      *toolkit.Toolkit
	table   *toolkit.HeapTable
	version string
	class   []guiClass // by description
	open    []goheap.ID
	closed  []goheap.ID
	hidden  map[goheap.ID]bool
	shown   goheap.Set
	above   map[goheap.ID]goheap.ID // of what is shown: from where it was come to
	widgets []goheap.ID
	images  []goheap.ID
	caches  goheap.Set
}

// guiClass is what objects of one description are.
type guiClass struct {
	widget bool
	window *toolkit.HeapWindow
	image  *toolkit.HeapImage
	// at is where in the object the window lies: a struct may have one by value.
	at spot
}

// findGUI finds the windows, widgets and images of a look; nil where the toolkit has
// no table.
func (l *look) findGUI(tk *toolkit.Toolkit) *gui {
	if tk == nil || tk.Heap == nil {
		return nil
	}
	g := &gui{l: l, tk: tk, table: tk.Heap, version: strings.TrimPrefix(l.target.ToolkitVersion, "v"),
		hidden: map[goheap.ID]bool{}, class: make([]guiClass, l.heap.DescNumbers())}
	for n := range g.class {
		d := l.heap.DescOf(uint32(n))
		if d.Kind != goheap.Value || d.Type == nil || !d.Type.Named {
			continue
		}
		name := d.Type.FullName()
		c := &g.class[n]
		c.window, c.image = g.table.Window(g.version, name), g.table.Image(g.version, name)
		var methods []string
		if p := d.Type.Pointer(); p != nil {
			methods = p.Methods()
		}
		c.widget = g.table.IsWidget(g.version, name, methods)
		if c.window == nil && !c.widget {
			c.window, c.at = g.windowIn(d.Type, 0, 0)
		}
	}
	var windows []goheap.ID
	l.heap.Each(func(id goheap.ID, _ uint64) {
		c := &g.class[l.heap.DescNumber(id)]
		if (c.widget || c.window != nil || c.image != nil) && l.heap.Live(id) {
			switch {
			case c.window != nil:
				windows = append(windows, id)
			case c.widget:
				g.widgets = append(g.widgets, id)
			}
			if c.image != nil {
				g.images = append(g.images, id)
			}
		}
	})
	g.sortWindows(windows)
	g.show()
	g.findCaches()
	return g
}

// holdsImages returns the type of the elements of a point if they are images of the
// toolkit's, or have one by value; empty: they are none.
func (g *gui) holdsImages(d goheap.Desc, number uint32, h *holder, l *look) string {
	if g.class[number].image != nil {
		return typeName(d)
	}
	var elem *gort.Type
	if h.last.id != goheap.None {
		switch c := l.heap.Desc(h.last.id); c.Kind {
		case goheap.Map:
			elem = c.Type.Elem()
		case goheap.Array:
			elem = c.Type
		}
	}
	switch {
	case g.hasImage(elem, 0):
		return elem.Name
	case d.Kind == goheap.Value && g.hasImage(d.Type, 0):
		return d.Type.Name
	}
	return ""
}

func (g *gui) hasImage(t *gort.Type, depth int) bool {
	const deepest = 2
	if t == nil || depth > deepest {
		return false
	}
	if t.Kind == gort.KindPointer {
		t = t.Elem()
	}
	if t == nil || t.Kind != gort.KindStruct {
		return false
	}
	if t.Named && g.table.Image(g.version, t.FullName()) != nil {
		return true
	}
	if len(t.Fields) > 20 {
		return false
	}
	for _, f := range t.Fields {
		if ft := f.Type(); ft != nil && ft.Kind == gort.KindStruct && g.hasImage(ft, depth+1) {
			return true
		}
	}
	return false
}

func (g *gui) classOf(id goheap.ID) *guiClass { return &g.class[g.l.heap.DescNumber(id)] }

// show finds what the open windows show: see toolkit.HeapShown.
func (g *gui) show() {
	h := g.l.heap
	g.shown, g.above = goheap.NewSet(h.Len()), map[goheap.ID]goheap.ID{}
	renderers := g.renderers()
	type item struct {
		id       goheap.ID
		renderer bool
	}
	var queue []item
	from := goheap.None
	push := func(id goheap.ID, renderer bool) {
		if !g.shown.Has(id) {
			g.shown.Add(id)
			if from != goheap.None {
				g.above[id] = from
			}
			queue = append(queue, item{id, renderer})
		}
	}
	for _, w := range g.open {
		v, _ := g.window(w)
		from = w
		for _, f := range g.classOf(w).window.Content {
			if !f.In(g.version) {
				continue
			}
			if s, ok := g.l.enter(v, f.Field); ok {
				for _, id := range g.l.targets(s) {
					push(id, false)
				}
			}
		}
	}
	from = goheap.None
	if tags := g.table.Shown.Tags; tags.Field != "" {
		g.tags(tags, func(id goheap.ID) { push(id, false) })
	}
	for len(queue) > 0 {
		x := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		from = x.id
		for _, r := range renderers[x.id] {
			push(r, true)
		}
		d := h.Desc(x.id)
		shift := h.ValueOffset(x.id)
		h.Edges(x.id, func(e goheap.Edge) {
			if g.shown.Has(e.To) || e.Offset < shift {
				return
			}
			off := e.Offset - shift
			switch d.Kind {
			case goheap.Value, goheap.Array:
				if d.Type == nil || d.Type.Size == 0 {
					return
				}
				off %= d.Type.Size
				holder, field, ft := holderOf(d.Type, off)
				if ft == nil || ft.Kind == gort.KindFunc || ft.Kind == gort.KindChan {
					return
				}
				if holder == nil { // an array of pointers or interfaces leads on
					push(e.To, x.renderer)
					return
				}
				if g.tk.Follows(g.version, holder.FullName(), field, ft.FullName(), x.renderer) {
					push(e.To, x.renderer && !g.isWidget(e.To))
				}
			case goheap.MapGroup, goheap.Map, goheap.MapDir, goheap.MapTable:
				push(e.To, x.renderer)
			}
		})
	}
}

func (g *gui) isWidget(id goheap.ID) bool { return g.classOf(id).widget }

// tags adds the keys of a map of the toolkit's: what took part in the last frame.
func (g *gui) tags(f toolkit.HeapField, push func(goheap.ID)) {
	h := g.l.heap
	h.Each(func(id goheap.ID, _ uint64) {
		d := h.Desc(id)
		if d.Type == nil || !h.Live(id) || d.Kind != goheap.MapGroup {
			return
		}
		shape := h.Shape(d.Type)
		if shape == nil || shape.Key.Kind != gort.KindInterface {
			return
		}
		for up, n := id, 0; n < 6; n++ {
			before, _, ok := g.l.paths.Before(up)
			if !ok || before == goheap.None {
				return
			}
			up = before
			if u := h.Desc(up); u.Kind == goheap.Value && u.Type != nil && h.Desc(before).Kind == goheap.Value {
				off, ok := g.l.refOffset(up, h1(g.l, id, up))
				if !ok {
					return
				}
				holder, field, _ := holderOf(u.Type, off-h.ValueOffset(up))
				if holder == nil || !f.Holder.Match(holder.FullName()) || field != f.Field {
					return
				}
				break
			}
		}
		shift := h.ValueOffset(id)
		h.Edges(id, func(e goheap.Edge) {
			if e.Offset < shift {
				return
			}
			if _, key, t, _, _ := goheap.SlotAt(shape, (e.Offset-shift)%shape.GroupSize); t != nil && key {
				push(e.To)
			}
		})
	})
}

// h1 is the object on the way to id that comes right behind up.
func h1(l *look, id, up goheap.ID) goheap.ID {
	for range 8 {
		before, _, ok := l.paths.Before(id)
		if !ok || before == goheap.None || before == up {
			return id
		}
		id = before
	}
	return id
}

// renderers finds what draws each widget: the entries of the toolkit's cache, by key.
func (g *gui) renderers() map[goheap.ID][]goheap.ID {
	out := map[goheap.ID][]goheap.ID{}
	label := g.table.Shown.Renderers
	if label == "" {
		return out
	}
	h := g.l.heap
	is := func(t *gort.Type) bool {
		return t != nil && slices.ContainsFunc(g.table.Caches, func(c toolkit.HeapCache) bool {
			return c.Label == label && c.In(g.version) && c.Elem != "" && c.Elem.Match("*"+t.FullName())
		})
	}
	infos := make([]bool, h.DescNumbers())
	any := false
	for n := range infos {
		if d := h.DescOf(uint32(n)); d.Kind == goheap.Value && is(d.Type) {
			infos[n], any = true, true
		}
	}
	if !any {
		return out
	}
	take := func(key, info goheap.ID) {
		v, ok := g.l.valueOf(info)
		if !ok {
			return
		}
		if s, ok := g.l.enter(v, g.table.Shown.Value); ok {
			out[key] = append(out[key], g.l.targets(s)...)
		}
	}
	h.Each(func(id goheap.ID, _ uint64) {
		if !h.Live(id) {
			return
		}
		d := h.Desc(id)
		var edges []goheap.Edge
		hit := false
		for _, to := range h.Targets(id) {
			hit = hit || infos[h.DescNumber(to)]
		}
		if !hit {
			return
		}
		h.Edges(id, func(e goheap.Edge) { edges = append(edges, e) })
		shift := h.ValueOffset(id)
		for i, e := range edges {
			if !infos[h.DescNumber(e.To)] {
				continue
			}
			if d.Kind == goheap.MapGroup {
				shape := h.Shape(d.Type)
				if shape == nil {
					continue
				}
				slot, key, t, _, _ := goheap.SlotAt(shape, (e.Offset-shift)%shape.GroupSize)
				if t == nil || key {
					continue
				}
				group := (e.Offset - shift) / shape.GroupSize
				for _, k := range edges {
					if s, isKey, kt, _, _ := goheap.SlotAt(shape, (k.Offset-shift)%shape.GroupSize); kt != nil && isKey && s == slot && (k.Offset-shift)/shape.GroupSize == group {
						take(k.To, e.To)
					}
				}
				continue
			}
			if i > 0 { // an entry of a sync.Map: the key comes first
				take(edges[i-1].To, e.To)
			}
		}
	})
	return out
}

// findCaches marks the toolkit's own containers, so that chains lead past them where
// there is another way.
func (g *gui) findCaches() {
	h := g.l.heap
	g.caches = goheap.NewSet(h.Len())
	is := make([]bool, h.DescNumbers())
	for n := range is {
		d := h.DescOf(uint32(n))
		if d.Kind == goheap.Map && d.Type != nil && d.Type.Key() != nil && d.Type.Elem() != nil {
			is[n] = g.table.Cache(g.version, toolkit.HeapRef{Key: d.Type.Key().FullName(), Elem: d.Type.Elem().FullName()}) != nil
		}
	}
	h.Each(func(id goheap.ID, _ uint64) {
		if is[h.DescNumber(id)] {
			g.caches.Add(id)
		} else if ref, ok := g.l.entry(id); ok && g.table.Cache(g.version, ref) != nil {
			g.caches.Add(id)
		}
	})
}
