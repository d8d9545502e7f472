package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Sizes of the drawing in SVG units, which are pixels at 100 %. A column of the
// monospaced font at 12 px is 7.25 wide.
const (
	graphColumn  = 7.25
	graphLine    = 16.0
	graphPad     = 9.0
	graphGapX    = 28.0
	graphGapY    = 44.0
	graphMargin  = 8.0
	graphMaxText = 40 // columns; longer text is cut in its middle
	graphDummy   = 10.0
	graphLane    = 16.0 // for each edge that goes round the side
)

// layout places the nodes in layers from top to bottom, along the edges (after
// Sugiyama: break cycles, layer by the longest path, order each layer by the
// mean place of its neighbours), and routes the edges. The same graph always
// gives the same drawing.
func (g *waitGraph) layout() {
	for i := range g.nodes {
		n := &g.nodes[i]
		columns := 0
		for j := range n.lines {
			n.lines[j] = shorten(clean(n.lines[j]), graphMaxText)
			columns = max(columns, width(n.lines[j]))
		}
		n.w = float64(columns)*graphColumn + 2*graphPad
		n.h = float64(len(n.lines))*graphLine + 2*graphPad - 4
	}
	l := &layering{graph: g, back: g.backEdges()}
	l.assign()
	l.insertDummies()
	l.order()
	l.place()
	l.route()
}

// backEdges finds the edges that close a cycle, in depth-first order from the
// first node on: without them the graph has none.
func (g *waitGraph) backEdges() []bool {
	back := make([]bool, len(g.edges))
	out := make([][]int, len(g.nodes)) // edges by their source
	for i, e := range g.edges {
		out[e.from] = append(out[e.from], i)
	}
	const white, grey, black = 0, 1, 2
	color := make([]int, len(g.nodes))
	var visit func(n int) // as deep as there are nodes: at most a few dozen
	visit = func(n int) {
		color[n] = grey
		for _, i := range out[n] {
			switch to := g.edges[i].to; color[to] {
			case white:
				visit(to)
			case grey:
				back[i] = true
			}
		}
		color[n] = black
	}
	for n := range g.nodes {
		if color[n] == white {
			visit(n)
		}
	}
	return back
}

// slot is a place in a layer: a node, or a point that a long edge passes.
type slot struct {
	node    int // -1: a point of an edge
	layer   int
	x, w    float64 // left and width
	up, low []int   // neighbouring slots in the layers above and below
}

type layering struct {
	graph *waitGraph
	back  []bool
	slots []slot
	way   [][]int // for each edge the slots it passes, source and target included
	rows  [][]int // slots by layer, from left to right
}

// assign puts each node one layer below the lowest node that leads to it.
func (l *layering) assign() {
	g := l.graph
	for range g.nodes { // a longest path has at most that many edges
		moved := false
		for i, e := range g.edges {
			if !l.back[i] && g.nodes[e.to].layer <= g.nodes[e.from].layer {
				g.nodes[e.to].layer = g.nodes[e.from].layer + 1
				moved = true
			}
		}
		if !moved {
			break
		}
	}
}

// insertDummies gives each edge a point in every layer that it crosses.
func (l *layering) insertDummies() {
	g := l.graph
	for i, n := range g.nodes {
		l.slots = append(l.slots, slot{node: i, layer: n.layer, w: n.w})
	}
	l.way = make([][]int, len(g.edges))
	for i, e := range g.edges {
		if l.back[i] {
			continue
		}
		way := []int{e.from}
		for layer := g.nodes[e.from].layer + 1; layer < g.nodes[e.to].layer; layer++ {
			way = append(way, len(l.slots))
			l.slots = append(l.slots, slot{node: -1, layer: layer, w: graphDummy})
		}
		way = append(way, e.to)
		l.way[i] = way
		for j := 1; j < len(way); j++ {
			l.slots[way[j-1]].low = append(l.slots[way[j-1]].low, way[j])
			l.slots[way[j]].up = append(l.slots[way[j]].up, way[j-1])
		}
	}
	for i, s := range l.slots {
		for len(l.rows) <= s.layer {
			l.rows = append(l.rows, nil)
		}
		l.rows[s.layer] = append(l.rows[s.layer], i)
	}
}

// order sorts each layer by the mean position of the neighbours, going down and
// up a few times.
func (l *layering) order() {
	position := make([]float64, len(l.slots))
	number := func(row []int) {
		for i, s := range row {
			position[s] = float64(i)
		}
	}
	for _, row := range l.rows {
		number(row)
	}
	sweep := func(row []int, neighbours func(int) []int) {
		mean := map[int]float64{}
		for _, s := range row {
			mean[s] = position[s]
			if all := neighbours(s); len(all) > 0 {
				sum := 0.0
				for _, n := range all {
					sum += position[n]
				}
				mean[s] = sum / float64(len(all))
			}
		}
		slices.SortStableFunc(row, func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
		number(row)
	}
	for range 4 {
		for _, row := range l.rows {
			sweep(row, func(s int) []int { return l.slots[s].up })
		}
		for _, row := range slices.Backward(l.rows) {
			sweep(row, func(s int) []int { return l.slots[s].low })
		}
	}
}

// place gives each slot its x: first side by side, then drawn towards the middle
// of its neighbours as far as the order allows.
func (l *layering) place() {
	for _, row := range l.rows {
		x := 0.0
		for _, s := range row {
			l.slots[s].x = x
			x += l.slots[s].w + graphGapX
		}
	}
	middle := func(all []int) float64 {
		sum := 0.0
		for _, n := range all {
			sum += l.slots[n].x + l.slots[n].w/2
		}
		return sum / float64(len(all))
	}
	pull := func(row []int, neighbours func(*slot) []int) {
		for i := range row { // to the right, from the right
			i = len(row) - 1 - i
			s := &l.slots[row[i]]
			if all := neighbours(s); len(all) > 0 {
				want := middle(all) - s.w/2
				if i < len(row)-1 {
					want = min(want, l.slots[row[i+1]].x-graphGapX-s.w)
				}
				s.x = max(s.x, want)
			}
		}
		for i := range row { // to the left, from the left
			s := &l.slots[row[i]]
			if all := neighbours(s); len(all) > 0 {
				want := middle(all) - s.w/2
				if i > 0 {
					before := &l.slots[row[i-1]]
					want = max(want, before.x+before.w+graphGapX)
				}
				s.x = min(s.x, want)
			}
		}
	}
	for range 8 {
		for _, row := range l.rows {
			pull(row, func(s *slot) []int { return s.up })
		}
		for _, row := range slices.Backward(l.rows) {
			pull(row, func(s *slot) []int { return s.low })
		}
	}
	left := 0.0
	for i, s := range l.slots {
		if i == 0 || s.x < left {
			left = s.x
		}
	}
	y := graphMargin
	for _, row := range l.rows {
		height := 0.0
		for _, s := range row {
			slot := &l.slots[s]
			slot.x += graphMargin - left
			if slot.node >= 0 {
				n := &l.graph.nodes[slot.node]
				n.x, n.y = slot.x, y
				height = max(height, n.h)
			}
		}
		y += height + graphGapY
	}
}

// route draws each edge as a curve from the bottom of its source to the top of
// its target; one that closes a cycle goes round the right side.
func (l *layering) route() {
	g := l.graph
	right := 0.0
	for _, s := range l.slots {
		right = max(right, s.x+s.w)
	}
	rowY := make([]float64, len(l.rows))
	for _, n := range g.nodes {
		rowY[n.layer] = n.y
	}
	lane := 0
	for i := range g.edges {
		e := &g.edges[i]
		from, to := &g.nodes[e.from], &g.nodes[e.to]
		var b strings.Builder
		if l.back[i] {
			lane++
			x := right + float64(lane)*graphLane
			y1, y2 := from.y+from.h/2, to.y+to.h/2
			fmt.Fprintf(&b, "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fL%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f",
				from.x+from.w, y1, x, y1, x, y1, x, y1-min(14, (y1-y2)/2), x, y2+min(14, (y1-y2)/2), x, y2, x, y2, to.x+to.w+2, y2)
			e.path = b.String()
			continue
		}
		x, y := from.x+from.w/2, from.y+from.h
		fmt.Fprintf(&b, "M%.1f %.1f", x, y)
		for _, s := range l.way[i][1:] {
			slot := &l.slots[s]
			nx, ny := slot.x+slot.w/2, rowY[slot.layer]
			if slot.node >= 0 {
				ny -= 2 // the arrow's tip
			}
			mid := (y + ny) / 2
			fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", x, mid, nx, mid, nx, ny)
			x, y = nx, ny
			if slot.node < 0 { // straight down through the layer
				y += graphLine * 2
				fmt.Fprintf(&b, "L%.1f %.1f", x, y)
			}
		}
		e.path = b.String()
	}
}

// size returns the width and the height of the drawing.
func (g *waitGraph) size() (w, h float64) {
	for _, back := range g.backEdges() {
		if back {
			w += graphLane
		}
	}
	right := 0.0
	for _, n := range g.nodes {
		right, h = max(right, n.x+n.w), max(h, n.y+n.h)
	}
	return w + right + graphMargin, h + graphMargin
}

// shorten cuts the middle out of a text that is wider than max columns.
func shorten(s string, max int) string {
	if width(s) <= max {
		return s
	}
	runes := []rune(s)
	left, right := runes[:len(runes)/2], runes[len(runes)/2:]
	for len(right) > 0 && width(string(left))+1+width(string(right)) > max {
		if len(left) > len(right) {
			left = left[:len(left)-1]
		} else {
			right = right[1:]
		}
	}
	return string(left) + "…" + string(right)
}
