package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// waitGraph says who waits for what and who holds it: goroutines and objects are
// nodes, "waits for" and "is held by" are edges.
type waitGraph struct {
	nodes []graphNode
	edges []graphEdge
	more  int // waiting goroutines that were left out
}

type graphNode struct {
	goroutine uint64 // 0: an object
	role      evidence.Role
	lines     []string // what is written in the box
	cycle     bool     // the node lies on a cycle

	// Set by layout, in SVG units; x and y are the upper left corner.
	x, y, w, h float64
	layer      int
}

type graphEdge struct {
	from, to int // indexes of nodes
	holds    bool
	doubt    bool // confidence under 0.7
	cycle    bool // the edge lies on a cycle
	path     string
}

// maxGraphNodes bounds the drawing; a lock that 10,000 goroutines wait for is
// drawn with a few of them.
const maxGraphNodes = 40

// newWaitGraph gathers the goroutines that the findings name and the UI
// goroutines, what they wait for, who holds it, and so on; then others that
// wait for the same objects, as far as there is room.
func newWaitGraph(r *Report, f *evidence.Freeze, lang text.Lang) *waitGraph {
	if f == nil {
		return &waitGraph{}
	}
	b := graphBuilder{
		freeze:     f,
		lang:       lang,
		places:     chainPlaces(r),
		byID:       map[uint64]*evidence.Goroutine{},
		goroutines: map[uint64]int{},
		objects:    map[string]int{},
		drawn:      map[[2]int]bool{},
		graph:      &waitGraph{},
	}
	for i := range f.Goroutines {
		b.byID[f.Goroutines[i].ID] = &f.Goroutines[i]
	}
	roots := involved(r, f)
	for _, g := range roots {
		b.follow(g.ID)
	}
	for i := range f.Goroutines { // others in the same queues
		g := &f.Goroutines[i]
		if _, ok := b.goroutines[g.ID]; ok || !slices.ContainsFunc(g.WaitsOn, b.known) {
			continue
		}
		if len(b.graph.nodes) >= maxGraphNodes/2 {
			b.graph.more++
			continue
		}
		b.follow(g.ID)
	}
	b.graph.dropLoners()
	b.graph.markCycles()
	b.graph.layout()
	return b.graph
}

type graphBuilder struct {
	freeze     *evidence.Freeze
	lang       text.Lang
	places     map[uint64]Place
	byID       map[uint64]*evidence.Goroutine
	goroutines map[uint64]int // goroutine id to node
	objects    map[string]int // object to node
	drawn      map[[2]int]bool
	graph      *waitGraph
}

func objectKey(o evidence.Object, waiter uint64) string {
	if o.Addr != 0 {
		return fmt.Sprintf("%#x", o.Addr)
	}
	return fmt.Sprintf("%s %s of %d", o.Kind, o.Note, waiter) // unknown address: its own
}

func (b *graphBuilder) known(o evidence.Object) bool {
	_, ok := b.objects[objectKey(o, 0)]
	return ok && o.Addr != 0
}

// follow adds a goroutine, what it waits for and, in turn, who holds that.
func (b *graphBuilder) follow(id uint64) {
	queue := []uint64{id}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		if _, ok := b.goroutines[id]; ok || len(b.graph.nodes) >= maxGraphNodes {
			continue
		}
		from := b.addGoroutine(id)
		if g := b.byID[id]; g != nil && isWaiting(g) {
			for _, o := range g.WaitsOn {
				b.edge(graphEdge{from: from, to: b.addObject(o, id)})
			}
		}
		for _, h := range b.freeze.Holds {
			if h.Waiter == id {
				b.edge(graphEdge{from: from, to: b.addObject(h.Object, id)})
				queue = append(queue, h.Holder)
			}
		}
	}
	// Held-by edges between what is drawn.
	for _, h := range b.freeze.Holds {
		_, waits := b.goroutines[h.Waiter]
		to, holds := b.goroutines[h.Holder]
		if waits && holds {
			b.edge(graphEdge{from: b.addObject(h.Object, h.Waiter), to: to, holds: true, doubt: h.Confidence < 0.7})
		}
	}
}

func isWaiting(g *evidence.Goroutine) bool {
	return g.Status == evidence.StatusWaiting || g.Status == evidence.StatusSyscall
}

func (b *graphBuilder) edge(e graphEdge) {
	if key := [2]int{e.from, e.to}; !b.drawn[key] {
		b.drawn[key] = true
		b.graph.edges = append(b.graph.edges, e)
	}
}

func (b *graphBuilder) addGoroutine(id uint64) int {
	n := graphNode{goroutine: id, lines: []string{goroutineName(id, b.freeze, b.lang)}}
	for _, ui := range b.freeze.UI {
		if ui.Goroutine == id {
			n.role = ui.Role
		}
	}
	g := b.byID[id]
	if g != nil {
		n.lines[0] += " · " + stateOf(g)
	}
	p, ok := b.places[id]
	if !ok && g != nil {
		p = userPlace(g.Frames)
	}
	if p.Function != "" {
		n.lines = append(n.lines, shortFunction(p.Function))
	}
	if s := fileLine(&p); s != "" {
		n.lines = append(n.lines, s)
	}
	b.goroutines[id] = len(b.graph.nodes)
	b.graph.nodes = append(b.graph.nodes, n)
	return b.goroutines[id]
}

func (b *graphBuilder) addObject(o evidence.Object, waiter uint64) int {
	key := objectKey(o, waiter)
	if i, ok := b.objects[key]; ok {
		return i
	}
	n := graphNode{lines: []string{strings.TrimSpace(o.Kind)}}
	if o.Addr != 0 {
		n.lines[0] += fmt.Sprintf(" %#x", o.Addr)
	}
	if o.Note != "" {
		n.lines = append(n.lines, o.Note)
	}
	b.objects[key] = len(b.graph.nodes)
	b.graph.nodes = append(b.graph.nodes, n)
	return b.objects[key]
}

// chainPlaces returns where the findings say that each goroutine stands.
func chainPlaces(r *Report) map[uint64]Place {
	places := map[uint64]Place{}
	add := func(p *Place) {
		if p == nil || p.Goroutine == 0 || p.Line == 0 {
			return
		}
		if _, ok := places[p.Goroutine]; !ok {
			places[p.Goroutine] = *p
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		add(f.Where)
		add(f.Blocker)
		for j := range f.Chain {
			add(&f.Chain[j].Place)
		}
	}
	return places
}

// userPlace is the innermost frame of the user's code, else the innermost one
// that is not the runtime's, else where the goroutine began, as a place.
func userPlace(frames []evidence.Frame) Place {
	best := -1
	for i := range frames {
		if frames[i].Origin == evidence.OriginUser {
			best = i
			break
		}
		if best < 0 && frames[i].Origin != evidence.OriginRuntime {
			best = i
		}
	}
	if best < 0 {
		if len(frames) == 0 {
			return Place{}
		}
		best = len(frames) - 1 // the runtime's own goroutine: where it began
		if best > 0 && frames[best].Function == "runtime.goexit" {
			best--
		}
	}
	f := &frames[best]
	return Place{Function: f.Function, File: baseName(f.File), Line: f.Line, Path: f.File}
}

// dropLoners takes out goroutines that neither wait for nor hold anything.
func (g *waitGraph) dropLoners() {
	used := make([]bool, len(g.nodes))
	for _, e := range g.edges {
		used[e.from], used[e.to] = true, true
	}
	moved := make([]int, len(g.nodes))
	kept := g.nodes[:0]
	for i, n := range g.nodes {
		moved[i] = len(kept)
		if used[i] {
			kept = append(kept, n)
		}
	}
	g.nodes = kept
	for i := range g.edges {
		g.edges[i].from, g.edges[i].to = moved[g.edges[i].from], moved[g.edges[i].to]
	}
}

// markCycles marks the nodes and edges from which a way leads back to
// themselves.
func (g *waitGraph) markCycles() {
	next := make([][]int, len(g.nodes))
	for _, e := range g.edges {
		next[e.from] = append(next[e.from], e.to)
	}
	reach := make([][]bool, len(g.nodes)) // at most maxGraphNodes and their objects: squares are cheap
	for i := range g.nodes {
		reach[i] = make([]bool, len(g.nodes))
		stack := slices.Clone(next[i])
		for len(stack) > 0 {
			n := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if !reach[i][n] {
				reach[i][n] = true
				stack = append(stack, next[n]...)
			}
		}
	}
	for i := range g.nodes {
		g.nodes[i].cycle = reach[i][i]
	}
	for i := range g.edges {
		e := &g.edges[i]
		e.cycle = reach[e.to][e.from]
	}
}
