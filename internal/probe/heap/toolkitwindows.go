package heap

import (
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// sortWindows tells open windows from closed ones.
func (g *gui) sortWindows(windows []goheap.ID) {
	listed, hasList := goheap.NewSet(g.l.heap.Len()), false
	for _, id := range windows {
		for _, f := range g.classOf(id).window.Lists {
			if f.In(g.version) && !hasList {
				hasList = g.list(f, listed)
			}
		}
	}
	for _, id := range windows {
		w := g.classOf(id).window
		v, ok := g.window(id)
		if !ok {
			continue
		}
		closed, _ := toolkit.Holds(g.version, w.Closed, g.l.zero(v))
		if gone, fresh, ok := g.gone(v); ok {
			if fresh {
				continue // never opened
			}
			closed = gone
		}
		if len(w.Lists) > 0 && hasList && !listed.Has(id) {
			closed = true
		}
		if closed {
			g.closed = append(g.closed, id)
			continue
		}
		g.open = append(g.open, id)
		if hidden, known := toolkit.Holds(g.version, w.Hidden, g.l.zero(v)); hidden && known {
			g.hidden[id] = true
		}
	}
}

// gone asks a window's own fields whether it was destroyed, where the toolkit has
// such: a field alone may not tell.
func (g *gui) gone(v spot) (gone, fresh, ok bool) {
	w := &g.tk.Window
	if w.Type == "" || v.t == nil || v.t.FullName() != w.Type {
		return false, false, false
	}
	ok = true
	set := func(path string) bool {
		f, found := g.l.enter(v, path)
		if !found || f.addr == 0 {
			ok = ok && found
			return false
		}
		var b [8]byte
		n := min(f.t.Size, 8) // the first word counts
		if g.l.prog.Memory().ReadAt(b[:n], f.addr) != nil {
			ok = false
		}
		return b != [8]byte{}
	}
	gone, fresh = w.Gone(set(w.Driver), set(w.Drawn), set(w.Pending), set(w.Context), set(w.NoContext))
	return gone, fresh, ok
}

// windowIn finds a window that is a field of a struct, at any depth.
func (g *gui) windowIn(t *gort.Type, offset uint64, depth int) (*toolkit.HeapWindow, spot) {
	const deepest = 3
	if t.Kind != gort.KindStruct || depth > deepest || len(t.Fields) > 100 {
		return nil, spot{}
	}
	for _, f := range t.Fields {
		ft := f.Type()
		if ft == nil || ft.Kind != gort.KindStruct {
			continue
		}
		if ft.Named {
			if w := g.table.Window(g.version, ft.FullName()); w != nil {
				return w, spot{ft, offset + f.Offset}
			}
		}
		if w, at := g.windowIn(ft, offset+f.Offset, depth+1); w != nil {
			return w, at
		}
	}
	return nil, spot{}
}

// window is the window that an object is or has.
func (g *gui) window(id goheap.ID) (spot, bool) {
	v, ok := g.l.valueOf(id)
	if at := g.classOf(id).at; ok && at.t != nil {
		return spot{at.t, v.addr + at.addr}, true
	}
	return v, ok
}

// list adds what a field of the toolkit's holds to a set, wherever there is an object
// of that type.
func (g *gui) list(f toolkit.HeapField, set goheap.Set) (found bool) {
	g.l.heap.Each(func(id goheap.ID, _ uint64) {
		d := g.l.heap.Desc(id)
		if d.Kind != goheap.Value || d.Type == nil || !g.l.heap.Live(id) || !f.Holder.Match(d.Type.FullName()) {
			return
		}
		v, _ := g.l.valueOf(id)
		s, ok := g.l.enter(v, f.Field)
		if !ok {
			return
		}
		found = true
		for _, w := range g.l.targets(s) {
			set.Add(w)
		}
	})
	return found
}
