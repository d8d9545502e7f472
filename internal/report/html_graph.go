package report

import "fmt"

// htmlGraph is the wait-for graph as the template draws it.
type htmlGraph struct {
	Width, Height string
	Nodes         []htmlNode
	Edges         []htmlEdge
	More          string
}

type htmlNode struct {
	X, Y, W, H, Round string
	Class             string
	Lines             []htmlNodeLine
}

type htmlNodeLine struct{ X, Y, Class, Text string }

type htmlEdge struct{ Path, Class, Marker string }

// graph returns nil if nobody waits for anything.
func (h *htmlPage) graph() *htmlGraph {
	g := newWaitGraph(h.r, h.freeze, h.lang)
	if len(g.edges) == 0 {
		return nil
	}
	w, ht := g.size()
	out := &htmlGraph{Width: fmt.Sprintf("%.0f", w), Height: fmt.Sprintf("%.0f", ht)}
	number := func(v float64) string { return fmt.Sprintf("%.1f", v) }
	for _, n := range g.nodes {
		node := htmlNode{X: number(n.x), Y: number(n.y), W: number(n.w), H: number(n.h), Class: "object", Round: number(n.h / 2)}
		if n.goroutine != 0 {
			node.Class, node.Round = "goroutine", "3"
		}
		if n.role != "" {
			node.Class += " ui"
		}
		if n.cycle {
			node.Class += " cycle"
		}
		for i, line := range n.lines {
			class := "sub"
			if i == 0 {
				class = "head"
			} else if i == 1 && n.goroutine != 0 {
				class = "function"
			}
			node.Lines = append(node.Lines, htmlNodeLine{
				X: number(n.x + n.w/2), Y: number(n.y + graphPad + graphLine*(float64(i)+0.65)), Class: class, Text: line,
			})
		}
		out.Nodes = append(out.Nodes, node)
	}
	for _, e := range g.edges {
		edge := htmlEdge{Path: e.path, Class: "waits", Marker: "url(#tip)"}
		if e.holds {
			edge.Class = "holds"
		}
		if e.doubt {
			edge.Class += " doubt"
		}
		if e.cycle {
			edge.Class += " cycle"
			edge.Marker = "url(#tip-cycle)"
		}
		out.Edges = append(out.Edges, edge)
	}
	if g.more > 0 {
		out.More = h.say("html.graph.more", g.more)
	}
	return out
}
