package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// htmlFlame is where the time of all late frames went: causes at the top, below
// them the calls, outermost first. X and W are percent of the width, Y pixels.
type htmlFlame struct {
	Height int
	Boxes  []htmlBox
}

type htmlBox struct {
	X, W, Y string
	Class   string // the cause's family, and "yours" for the user's code
	Text    string
	Title   string
}

const (
	flameRow   = 19.0
	flameDepth = 50
	flameLeast = 0.25 // percent; what is narrower is left out
	maxBoxes   = 2500
)

// flameNode is one call, with all that was called from it.
type flameNode struct {
	name    string
	yours   bool
	took    time.Duration
	samples int
	inner   map[string]*flameNode
}

func (n *flameNode) child(key, name string, yours bool) *flameNode {
	c := n.inner[key]
	if c == nil {
		c = &flameNode{name: name, yours: yours, inner: map[string]*flameNode{}}
		n.inner[key] = c
	}
	return c
}

func (n *flameNode) add(s *lateSample) {
	n.took += s.took
	n.samples += s.count
}

// flame returns nil if no frame was late.
func (h *htmlPage) flame(f *evidence.Frames) *htmlFlame {
	root := &flameNode{inner: map[string]*flameNode{}}
	for i := range f.Late {
		for _, s := range lateSamples(f, &f.Late[i]) {
			root.add(&s)
			n := root.child(string(s.cause), "", false)
			n.add(&s)
			stack := stackOf(f, s.stack)
			for j := len(stack) - 1; j >= max(0, len(stack)-flameDepth); j-- {
				fr := &stack[j]
				n = n.child(fr.Function, clean(shortFunction(fr.Function)), fr.Origin == evidence.OriginUser)
				n.add(&s)
			}
		}
	}
	if root.took <= 0 {
		return nil
	}
	out := &htmlFlame{}
	x := 0.0
	for _, cause := range largestFirst(root) {
		n := root.inner[cause]
		c := evidence.LateCause(cause)
		n.name = CauseLetter(c) + " " + CauseName(c, h.lang)
		w := 100 * float64(n.took) / float64(root.took)
		h.boxes(out, n, root.took, string(familyOf(c)), x, w, 0)
		x += w
	}
	return out
}

func (h *htmlPage) boxes(out *htmlFlame, n *flameNode, total time.Duration, class string, x, w float64, depth int) {
	if w < flameLeast || len(out.Boxes) >= maxBoxes {
		return
	}
	box := htmlBox{X: percent(x), W: percent(max(0.01, w-0.06)), Y: pixels(float64(depth) * flameRow), Class: class, Text: n.name}
	if n.yours {
		box.Class += " yours"
	}
	if depth == 0 {
		box.Class += " cause"
	}
	box.Title = fmt.Sprintf("%s · %s · %s", n.name, h.in(text.Duration(n.took)), text.Percent(float64(n.took)/float64(total)))
	if n.samples > 0 {
		box.Title += " · " + h.in(text.Plural("live.samples", n.samples))
	}
	out.Boxes = append(out.Boxes, box)
	out.Height = max(out.Height, int(float64(depth+1)*flameRow))
	for _, key := range largestFirst(n) {
		c := n.inner[key]
		part := w * float64(c.took) / float64(n.took)
		h.boxes(out, c, total, class, x, part, depth+1)
		x += part
	}
}

// largestFirst returns the keys of the inner calls, those with most time first.
func largestFirst(n *flameNode) []string {
	var keys []string
	for k := range n.inner {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(n.inner[b].took, n.inner[a].took), cmp.Compare(a, b))
	})
	return keys
}
