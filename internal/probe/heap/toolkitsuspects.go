package heap

import (
	"cmp"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// group is objects of one kind, grouped by the chains that hold them.
type group struct {
	kind          evidence.SuspectKind
	signature     string
	sample        goheap.ID
	links         []evidence.HeapLink
	count, bytes  int64
	pixels, outer int64
	state         string
}

// maxChained bounds the chains that are made of one kind of objects; of more, some
// stand for all.
const maxChained = 4000

// suspects groups the objects that no window shows, closed windows, and images.
func (g *gui) suspects() map[string]*group {
	out := map[string]*group{}
	add := func(kind evidence.SuspectKind, ids []goheap.ID, each func(*group, goheap.ID)) {
		step := max(1, (len(ids)+maxChained-1)/maxChained)
		for i := 0; i < len(ids); i += step {
			id := ids[i]
			links := g.l.chain(id)
			if len(links) == 0 {
				continue
			}
			k := string(kind) + "\n" + signature(links)
			x := out[k]
			if x == nil {
				x = &group{kind: kind, signature: k, sample: id, links: links}
				out[k] = x
			}
			x.count += int64(step)
			x.bytes += int64(step) * int64(g.l.heap.Retained(id))
			if each != nil {
				each(x, id)
			}
		}
	}
	add(evidence.SuspectWindows, g.closed, func(x *group, _ goheap.ID) { x.state = "closed" })
	if len(g.open)+len(g.closed) > 0 {
		add(evidence.SuspectWidgets, g.detached(), nil)
	}
	var images []goheap.ID
	for _, id := range g.images {
		if v, ok := g.l.valueOf(id); ok {
			row := g.classOf(id).image
			if gone, _ := toolkit.Holds(g.version, row.Disposed, g.l.zero(v)); gone {
				continue
			}
			if shares, _ := toolkit.Holds(g.version, row.Shares, g.l.zero(v)); shares {
				continue
			}
			images = append(images, id)
		}
	}
	add(evidence.SuspectImages, images, func(x *group, id goheap.ID) {
		v, _ := g.l.valueOf(id)
		p, b := g.classOf(id).image.Memory(g.version, g.l.zero(v), g.l.number(v))
		x.pixels += p
		x.outer += b
	})
	return out
}

// detached are the widgets that no open window shows, without those that hang from
// another such widget or from a closed window.
func (g *gui) detached() (out []goheap.ID) {
	gone := goheap.NewSet(g.l.heap.Len())
	for _, id := range g.closed {
		gone.Add(id)
	}
	for _, id := range g.widgets {
		if !g.shown.Has(id) {
			gone.Add(id)
		}
	}
	for _, id := range g.widgets {
		if g.shown.Has(id) {
			continue
		}
		under := false
		for up, n := id, 0; n < maxClimb; n++ {
			before, _, ok := g.l.paths.Before(up)
			if !ok || before == goheap.None {
				break
			}
			if gone.Has(before) || g.shown.Has(before) && g.isWidget(before) {
				under = true // of what is shown, as a page that is not in front
				break
			}
			up = before
		}
		if !under {
			out = append(out, id)
		}
	}
	return out
}

// guiSuspects compares the groups of the looks.
func guiSuspects(looks []*look) []evidence.HeapSuspect {
	last := looks[len(looks)-1]
	if last.gui == nil {
		return nil
	}
	var out []evidence.HeapSuspect
	for k, x := range last.groups {
		s := evidence.HeapSuspect{Kind: x.kind, Signature: k, Type: typeName(last.heap.Desc(x.sample)), Chain: x.links, Chains: int(x.count),
			Suspect: suspectLink(x.links), Shown: &evidence.HeapShown{Windows: len(last.gui.open), State: x.state, Pixels: x.pixels, Memory: x.outer}}
		for _, l := range looks {
			y := l.groups[k]
			if y == nil {
				y = &group{}
			}
			s.Count, s.Bytes = append(s.Count, y.count), append(s.Bytes, y.bytes+y.outer)
		}
		if x.kind == evidence.SuspectWidgets {
			for _, id := range last.gui.widgets {
				if last.gui.shown.Has(id) && last.heap.DescNumber(id) == last.heap.DescNumber(x.sample) {
					s.Shown.Total++
				}
			}
		}
		if len(looks) > 1 {
			s.Trend = trendOf(times(looks), s.Count, s.Bytes)
			s.New = max(s.Count[len(s.Count)-1]-s.Count[0], 0)
		}
		if x.kind == evidence.SuspectImages && s.New == 0 {
			continue // images that are in use
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b evidence.HeapSuspect) int { return cmp.Compare(a.Signature, b.Signature) })
	return out
}
