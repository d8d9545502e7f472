package heap

import (
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// madePoint is a point of a made-up look: its name is its address.
type madePoint struct {
	addr, up     uint64 // up 0: a root
	count, bytes int64
	length       int64
}

func key(addr uint64) pointKey { return pointKey{kind: atObject, addr: addr} }

func madeLook(second int, places ...madePoint) *look {
	l := &look{at: time.Duration(second) * time.Second, points: map[pointKey]*point{}}
	for _, p := range places {
		l.points[key(p.addr)] = &point{parent: key(p.up), hasUp: p.up != 0, count: p.count, bytes: p.bytes, length: p.length}
	}
	return l
}

func TestGrown(t *testing.T) {
	// From look to look, by madePoint: number of objects at each of three looks.
	type series struct {
		addr, up uint64
		count    [3]int64
	}
	for _, tt := range []struct {
		name   string
		series []series
		want   []uint64
	}{
		{"nothing", []series{{1, 0, [3]int64{100, 100, 100}}}, nil},
		{"too little", []series{{1, 0, [3]int64{100, 103, 107}}}, nil},
		{"one", []series{{1, 0, [3]int64{100, 200, 300}}}, []uint64{1}},
		{"the deepest", []series{{1, 0, [3]int64{100, 200, 300}}, {2, 1, [3]int64{90, 190, 290}}, {3, 2, [3]int64{50, 150, 250}}}, []uint64{3}},
		{"most of it, not all", []series{{1, 0, [3]int64{100, 200, 300}}, {2, 1, [3]int64{90, 180, 230}}}, []uint64{2}},
		{"spread over many", []series{{1, 0, [3]int64{100, 200, 300}}, {2, 1, [3]int64{30, 60, 90}}, {3, 1, [3]int64{30, 60, 90}}, {4, 1, [3]int64{40, 70, 100}}}, []uint64{1, 2, 3, 4}},
		{"below one that does not grow", []series{{1, 0, [3]int64{500, 500, 500}}, {2, 1, [3]int64{0, 100, 200}}}, []uint64{2}},
		{"two of them", []series{{1, 0, [3]int64{100, 200, 300}}, {2, 0, [3]int64{0, 50, 90}}}, []uint64{1, 2}},
		{"shrinks", []series{{1, 0, [3]int64{300, 200, 100}}}, nil},
		{"new at the last look", []series{{1, 0, [3]int64{100, 200, 300}}, {2, 1, [3]int64{0, 0, 190}}}, []uint64{2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			looks := make([]*look, 3)
			for i := range looks {
				var places []madePoint
				for _, s := range tt.series {
					if s.count[i] > 0 {
						places = append(places, madePoint{s.addr, s.up, s.count[i], s.count[i] * 100, -1})
					}
				}
				looks[i] = madeLook(i, places...)
			}
			got := map[uint64]growing{}
			for _, g := range grown(looks) {
				got[g.key.addr] = g
			}
			for _, addr := range tt.want {
				g, ok := got[addr]
				if !ok {
					t.Errorf("%d is not among what grows: %v", addr, got)
					continue
				}
				if len(g.count) != 3 || len(g.bytes) != 3 || g.trend.PerSecond <= 0 || g.length != nil {
					t.Errorf("%d: %+v", addr, g)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("%v grow, not %v", got, tt.want)
			}
		})
	}
	if grown(nil) != nil || grown([]*look{madeLook(0, madePoint{1, 0, 1000, 1000, -1})}) != nil {
		t.Error("from one look nothing can be told")
	}
	// A way up that comes back to itself ends.
	loop := func(second int, n int64) *look {
		return madeLook(second, madePoint{1, 2, n, n, -1}, madePoint{2, 3, 50, 50, -1}, madePoint{3, 1, n + 1, n, -1})
	}
	grown([]*look{loop(0, 100), loop(1, 200)})
}

func TestLengths(t *testing.T) {
	for _, tt := range []struct {
		length [3]int64
		want   bool
	}{
		{[3]int64{1, 2, 3}, true}, {[3]int64{3, 3, 3}, false}, {[3]int64{3, 2, 1}, false}, {[3]int64{1, -1, 3}, false}, {[3]int64{5, 1, 6}, true},
	} {
		var looks []*look
		for i, n := range tt.length {
			looks = append(looks, madeLook(i, madePoint{1, 0, 100, 100, n}))
		}
		if got := lengths(looks, key(1)); (got != nil) != tt.want {
			t.Errorf("%v: %v", tt.length, got)
		}
	}
	if got := lengths([]*look{madeLook(0), madeLook(1, madePoint{1, 0, 100, 100, 7})}, key(1)); len(got) != 2 || got[0] != 0 || got[1] != 7 {
		t.Errorf("one that is new: %v", got)
	}
}

func TestGeneral(t *testing.T) {
	for in, want := range map[string]string{
		"": "", ".items": ".items", "[17]": "[…]", "[17].name": "[…].name", `["a]b"].x`: "[…].x", "[": "[", "captured +8": "captured +8",
		"(key 3)": "(key 3)",
	} {
		if got := general(in); got != want {
			t.Errorf("%q is %q in general, not %q", in, got, want)
		}
	}
}

func TestSignature(t *testing.T) {
	chain := func(name, ref string, nodes int) []evidence.HeapLink {
		out := []evidence.HeapLink{{Kind: evidence.LinkGlobal, Name: name, Type: "map[string]*T"}, {Kind: evidence.LinkMap, Type: "map[string]*T", Ref: ref, Addr: uint64(nodes)}}
		for range nodes {
			out = append(out, evidence.HeapLink{Kind: evidence.LinkObject, Type: "T", Ref: ".next"})
		}
		return append(out, evidence.HeapLink{Kind: evidence.LinkClosure, Type: "func", Name: "main.f"})
	}
	base := signature(chain("main.a", `["x"]`, 1))
	for _, tt := range []struct {
		name, ref string
		nodes     int
		same      bool
	}{
		{"main.a", `["y"]`, 1, true}, {"main.a", `["x"]`, 7, true}, {"main.b", `["x"]`, 1, false}, {"main.a", "(key 1)", 1, false}, {"main.a", `["x"].f`, 1, false},
	} {
		if got := signature(chain(tt.name, tt.ref, tt.nodes)) == base; got != tt.same {
			t.Errorf("%+v has the same signature: %v", tt, got)
		}
	}
	if signature(nil) != "" {
		t.Error("no chain has a signature")
	}
}

func TestSuspectLink(t *testing.T) {
	user, std, runtime := evidence.OriginUser, evidence.OriginStd, evidence.OriginRuntime
	for _, tt := range []struct {
		origins []evidence.Origin
		first   evidence.LinkKind
		want    int
		runtime bool
	}{
		{[]evidence.Origin{user, std, user}, evidence.LinkGlobal, 0, false},
		{[]evidence.Origin{user, user, std, user}, evidence.LinkGlobal, 1, false},
		{[]evidence.Origin{std, std, user}, evidence.LinkGlobal, 1, false},
		{[]evidence.Origin{user}, evidence.LinkGlobal, -1, false},
		{[]evidence.Origin{runtime, runtime, runtime}, evidence.LinkGlobal, 1, true},
		{[]evidence.Origin{runtime, runtime}, evidence.LinkRuntime, 0, true},
		{[]evidence.Origin{user, runtime}, evidence.LinkStack, 0, false},
		{[]evidence.Origin{runtime, runtime}, evidence.LinkStack, 0, true},
		{[]evidence.Origin{runtime, user}, evidence.LinkTimer, 0, false},
	} {
		var links []evidence.HeapLink
		for i, o := range tt.origins {
			l := evidence.HeapLink{Kind: evidence.LinkObject, Origin: o}
			if i == 0 {
				l.Kind = tt.first
			}
			links = append(links, l)
		}
		if got := suspectLink(links); got != tt.want {
			t.Errorf("%s %v: link %d, not %d", tt.first, tt.origins, got, tt.want)
		}
		if got := runtimeOnly(links); got != tt.runtime {
			t.Errorf("%s %v: of the runtime only: %v", tt.first, tt.origins, got)
		}
	}
}

func TestPackageOf(t *testing.T) {
	for in, want := range map[string]string{"main.cache": "main", "a.b/c/d.(*T).f": "a.b/c/d", "": "", "a/b": "a/b", "runtime.mheap_": "runtime"} {
		if got := packageOf(in); got != want {
			t.Errorf("%q is of package %q, not %q", in, got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	suspect := func(kind evidence.SuspectKind, signature string, n int64) evidence.HeapSuspect {
		return evidence.HeapSuspect{Kind: kind, Signature: signature, Count: []int64{n, 2 * n}, Bytes: []int64{n, n}, New: n, Chains: 1, Trend: evidence.Trend{PerSecond: float64(n)}}
	}
	h := &evidence.Heap{Suspects: []evidence.HeapSuspect{suspect(evidence.SuspectContainer, "a", 1), suspect(evidence.SuspectTimers, "a", 2),
		suspect(evidence.SuspectContainer, "b", 4), suspect(evidence.SuspectContainer, "a", 8)}}
	merge(h)
	if len(h.Suspects) != 3 {
		t.Fatalf("%+v", h.Suspects)
	}
	if s := h.Suspects[0]; s.Count[1] != 18 || s.Bytes[0] != 9 || s.New != 9 || s.Chains != 2 || s.Trend.PerSecond != 9 {
		t.Errorf("%+v", s)
	}
	if s := h.Suspects[1]; s.Kind != evidence.SuspectTimers || s.Count[1] != 4 || s.Chains != 1 {
		t.Errorf("%+v", s)
	}
}
