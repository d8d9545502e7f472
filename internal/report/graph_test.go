package report

import (
	"math/rand/v2"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

func TestWaitGraph(t *testing.T) {
	for _, tt := range []struct {
		sample       string
		nodes, edges int
		cycle        int // nodes on a cycle
	}{
		{"mutex", 5, 4, 0},    // 1 and 57 wait for the lock, 42 holds it and waits for a socket
		{"deadlock", 4, 4, 4}, // 1 → WaitGroup → 7 → channel → 1; the workers' channel has no address
		{"busy", 0, 0, 0},
		{"healthy", 0, 0, 0},
	} {
		ev, r := sample(t, tt.sample)
		g := newWaitGraph(r, ev.Freeze, text.English)
		cycle := 0
		for _, n := range g.nodes {
			if n.cycle {
				cycle++
			}
		}
		if len(g.nodes) != tt.nodes || len(g.edges) != tt.edges || cycle != tt.cycle {
			t.Errorf("%s: %d nodes, %d edges, %d on a cycle, want %d, %d, %d: %+v", tt.sample,
				len(g.nodes), len(g.edges), cycle, tt.nodes, tt.edges, tt.cycle, g.nodes)
		}
	}
}

func TestWaitGraphIsBounded(t *testing.T) {
	ev, r := sample(t, "mutex")
	lock := ev.Freeze.Goroutines[0].WaitsOn
	for i := range 10_000 {
		ev.Freeze.Goroutines = append(ev.Freeze.Goroutines, evidence.Goroutine{ID: uint64(1000 + i), Status: evidence.StatusWaiting, WaitsOn: lock})
	}
	g := newWaitGraph(r, ev.Freeze, text.English)
	if len(g.nodes) > maxGraphNodes || g.more == 0 {
		t.Errorf("%d nodes and %d left out", len(g.nodes), g.more)
	}
}

// In every drawing no two boxes overlap and every edge has a path, whatever the
// graph looks like.
func TestLayoutOfAnyGraph(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		g := new(waitGraph)
		n := 1 + random.IntN(15)
		for i := range n {
			g.nodes = append(g.nodes, graphNode{goroutine: uint64(i % 2), lines: []string{"goroutine 等待", "main.(*Store).Sync"}[:1+i%2]})
		}
		seen := map[[2]int]bool{}
		for range random.IntN(2 * n) {
			e := graphEdge{from: random.IntN(n), to: random.IntN(n)}
			if !seen[[2]int{e.from, e.to}] {
				seen[[2]int{e.from, e.to}] = true
				g.edges = append(g.edges, e)
			}
		}
		g.markCycles()
		g.layout()
		w, h := g.size()
		for i, a := range g.nodes {
			if a.x < 0 || a.y < 0 || a.x+a.w > w || a.y+a.h > h {
				t.Fatalf("node %d lies outside: %+v of %v×%v", i, a, w, h)
			}
			for j, b := range g.nodes[:i] {
				if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
					t.Fatalf("nodes %d and %d overlap: %+v %+v", i, j, a, b)
				}
			}
		}
		for _, e := range g.edges {
			if e.path == "" {
				t.Fatalf("an edge without a path: %+v", e)
			}
			if e.from == e.to && !e.cycle {
				t.Fatalf("a node that waits for itself is a cycle: %+v", e)
			}
		}
	}
}

func TestShorten(t *testing.T) {
	for _, tt := range [][2]string{
		{"short", "short"},
		{"0123456789", "0123456789"},
		{"0123456789abc", "01234…9abc"},
		{"界面在等一把锁", "界面…把锁"},
	} {
		if got := shorten(tt[0], 10); width(got) > 10 || got != tt[1] {
			t.Errorf("%q: %q, want %q", tt[0], got, tt[1])
		}
	}
}
