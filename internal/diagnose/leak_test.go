package diagnose

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/evidence/sampleheap"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// TestLeaksGolden keeps the verdict on a heap with every leak word by word.
func TestLeaksGolden(t *testing.T) {
	for _, lang := range []text.Lang{text.English, text.Chinese} {
		ev := sampleheap.Make()
		r := &report.Report{Schema: report.Schema, Target: ev.Target, Findings: Findings(ev)}
		var b bytes.Buffer
		if err := report.WriteTerminal(&b, r, report.Options{Lang: lang, Width: 100, Verbose: true, Evidence: ev}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "leaks", "sample."+string(lang)+".txt")
		if *update {
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (go test ./internal/diagnose -update writes it)", err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s differs (go test ./internal/diagnose -update writes it anew, then git diff):\n%s", path, b.Bytes())
		}
	}
}

// heapOf is a heap with these suspects, looked at as often as the first was.
func heapOf(suspects ...evidence.HeapSuspect) *evidence.Evidence {
	h := &evidence.Heap{Suspects: suspects, Account: &evidence.MemoryAccount{RSS: 200 << 20}}
	for i := range suspects[0].Count {
		h.Looks = append(h.Looks, evidence.HeapLook{At: time.Duration(i) * 10 * time.Second, Bytes: 40 << 20})
	}
	return &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindProcess, PID: 1, MainModule: "main"}, Heap: h}
}

// suspect is one of a kind, in two looks, in a global variable.
func suspect(kind evidence.SuspectKind, from, to, each int64, change func(*evidence.HeapSuspect)) evidence.HeapSuspect {
	s := evidence.HeapSuspect{Kind: kind, Signature: "s", Type: "*main.T", Count: []int64{from, to}, Bytes: []int64{from * each, to * each}, Suspect: -1,
		Chain: []evidence.HeapLink{{Kind: evidence.LinkGlobal, Name: "main.cache", Type: "*main.Cache", Ref: ".m", Origin: evidence.OriginUser},
			{Kind: evidence.LinkMap, Type: "map[int]*main.T", Ref: "[7]", Len: to}, {Kind: evidence.LinkObject, Type: "*main.T"}}}
	if to > from {
		s.Trend = evidence.Trend{PerSecond: float64(to-from) / 10, Bytes: float64((to-from)*each) / 10, Confidence: 0.9}
	}
	if change != nil {
		change(&s)
	}
	return s
}

func TestLeakSeverity(t *testing.T) {
	proof := func(s *evidence.HeapSuspect) {
		s.Blocked = &evidence.HeapBlocked{WaitReason: "chan receive", Proof: true, Stack: calls("runtime.gopark", "main.wait")}
	}
	noProof := func(s *evidence.HeapSuspect) { proof(s); s.Blocked.Proof = false }
	shown := func(total int64, state string) func(*evidence.HeapSuspect) {
		return func(s *evidence.HeapSuspect) {
			s.Shown = &evidence.HeapShown{Windows: 1, Total: total, State: state}
		}
	}
	trend := func(t evidence.Trend) func(*evidence.HeapSuspect) {
		return func(s *evidence.HeapSuspect) {
			t.PerSecond, t.Bytes = s.Trend.PerSecond, s.Trend.Bytes
			s.Trend = t
		}
	}
	backing := func(used int64) func(*evidence.HeapSuspect) {
		return func(s *evidence.HeapSuspect) {
			s.Backing = &evidence.HeapBacking{Size: 1 << 20, Used: used, Refs: 1}
		}
	}
	queue := func(q evidence.HeapQueue) func(*evidence.HeapSuspect) {
		return func(s *evidence.HeapSuspect) { s.Queue = &q }
	}
	for _, tt := range []struct {
		name     string
		s        evidence.HeapSuspect
		id       string
		severity report.Severity // empty: not told
	}{
		{"a map that grows", suspect(evidence.SuspectContainer, 100, 200, 1000, nil), "leak/map", report.P2},
		{"a map that takes all memory", suspect(evidence.SuspectContainer, 100, 2000, 10_000, nil), "leak/map", report.P1},
		{"a map that grows too little", suspect(evidence.SuspectContainer, 100, 101, 100, nil), "leak/map", report.Info},
		{"a cache that fills", suspect(evidence.SuspectContainer, 1000, 2000, 1000, trend(evidence.Trend{Confidence: 0.7, Slows: true})), "leak/map", report.Info},
		{"a cache with a bound", suspect(evidence.SuspectContainer, 1000, 2000, 1000, trend(evidence.Trend{Confidence: 0.3, Falls: true})), "leak/map", report.Info},
		{"a small cache with a bound", suspect(evidence.SuspectContainer, 100, 200, 100, trend(evidence.Trend{Confidence: 0.3, Falls: true})), "", ""},
		{"growth of which nobody is sure", suspect(evidence.SuspectContainer, 1000, 2000, 1000, trend(evidence.Trend{Confidence: 0.5})), "leak/map", report.Info},
		{"a map of C memory that grows", suspect(evidence.SuspectContainer, 100, 200, 1000, func(s *evidence.HeapSuspect) { s.C = 190_000 }), "leak/cgo", report.P2},
		{"a map of C memory that fills", suspect(evidence.SuspectContainer, 1000, 2000, 1000, func(s *evidence.HeapSuspect) {
			s.C = 1_900_000
			trend(evidence.Trend{Confidence: 0.7, Slows: true})(s)
		}), "leak/cgo", report.Info},
		{"a map with a little C memory", suspect(evidence.SuspectContainer, 100, 200, 1000, func(s *evidence.HeapSuspect) { s.C = 20_000 }), "leak/map", report.P2},
		{"a map that stays", suspect(evidence.SuspectContainer, 1000, 1000, 10_000, nil), "", ""},
		{"one look", suspect(evidence.SuspectContainer, 0, 1000, 10_000, func(s *evidence.HeapSuspect) {
			s.Count, s.Bytes, s.Trend = s.Count[1:], s.Bytes[1:], evidence.Trend{}
		}), "", ""},
		{"listeners", suspect(evidence.SuspectListeners, 10, 60, 200, nil), "leak/listener", report.P2},
		{"a container of closures", suspect(evidence.SuspectContainer, 10, 60, 200, func(s *evidence.HeapSuspect) {
			s.Container = &evidence.HeapContainer{Kind: "slice", Closures: calls("main.f.func1")}
		}), "leak/listener", report.P2},
		{"timers", suspect(evidence.SuspectTimers, 10, 60, 200, nil), "leak/timer", report.P2},
		{"timers of which only the function is known", suspect(evidence.SuspectTimers, 10, 60, 200, func(s *evidence.HeapSuspect) {
			s.Chain = []evidence.HeapLink{{Kind: evidence.LinkTimer, Name: "time.goFunc", Origin: evidence.OriginStd}, {Kind: evidence.LinkObject, Type: "func()"}}
		}), "leak/timer", report.P2},
		{"widgets in a cache that expires", suspect(evidence.SuspectWidgets, 200, 400, 10_000, func(s *evidence.HeapSuspect) {
			s.Chain[1].Expires = time.Minute
		}), "leak/widget-detached", report.Info},
		{"widgets in a cache that should have expired", suspect(evidence.SuspectWidgets, 200, 400, 1000, func(s *evidence.HeapSuspect) {
			s.Chain[1].Expires = 5 * time.Second
		}), "leak/widget-detached", report.P2},
		{"buffers of the toolkit", suspect(evidence.SuspectBacking, 40, 40, 1<<20, func(s *evidence.HeapSuspect) {
			backing(10)(s)
			s.Chain[0].Origin, s.Chain[1].Origin = evidence.OriginToolkit, evidence.OriginToolkit
		}), "leak/subslice", report.Info},
		{"images", suspect(evidence.SuspectImages, 10, 20, 10_000, nil), "leak/image", report.P2},
		{"images that are kept", suspect(evidence.SuspectImages, 20, 20, 1<<20, nil), "", ""},
		{"one closed window", suspect(evidence.SuspectWindows, 1, 1, 1000, shown(1, "closed")), "leak/window-closed", report.P2},
		{"a hidden window", suspect(evidence.SuspectWindows, 1, 1, 1000, shown(1, "hidden")), "", ""},
		{"a page kept for later", suspect(evidence.SuspectWidgets, 200, 200, 1000, shown(150, "")), "", ""},
		{"more widgets than any page", suspect(evidence.SuspectWidgets, 20_000, 20_000, 1000, shown(150, "")), "leak/widget-detached", report.P2},
		{"widgets that grow", suspect(evidence.SuspectWidgets, 200, 400, 1000, shown(150, "")), "leak/widget-detached", report.P2},
		{"one goroutine that waits for good", suspect(evidence.SuspectGoroutines, 1, 1, 8192, proof), "", ""},
		{"two of them", suspect(evidence.SuspectGoroutines, 2, 2, 8192, proof), "leak/goroutine", report.Info},
		{"ten of them", suspect(evidence.SuspectGoroutines, 10, 10, 8192, proof), "leak/goroutine", report.P2},
		{"ever more", suspect(evidence.SuspectGoroutines, 1, 3, 8192, proof), "leak/goroutine", report.P2},
		{"workers that wait", suspect(evidence.SuspectGoroutines, 30, 30, 8192, noProof), "", ""},
		{"ever more that wait", suspect(evidence.SuspectGoroutines, 30, 60, 8192, noProof), "leak/goroutine", report.P2},
		{"a small cycle of finalizers", suspect(evidence.SuspectFinalizers, 2, 2, 100, queue(evidence.HeapQueue{Cycle: true})), "leak/finalizer", report.Info},
		{"a large one", suspect(evidence.SuspectFinalizers, 2, 2, 1<<20, queue(evidence.HeapQueue{Cycle: true})), "leak/finalizer", report.P2},
		{"a queue that stands", suspect(evidence.SuspectFinalizers, 50, 500, 100, queue(evidence.HeapQueue{Queued: []int64{50, 500}, Runner: calls("runtime.gopark", "main.closeAll")})), "leak/finalizer", report.P2},
		{"a queue that drains", suspect(evidence.SuspectFinalizers, 500, 50, 100, queue(evidence.HeapQueue{Queued: []int64{500, 50}, Runner: calls("main.closeAll")})), "", ""},
		{"a burst of finalizers", suspect(evidence.SuspectFinalizers, 50, 500, 100, queue(evidence.HeapQueue{Queued: []int64{50, 500}, Runner: calls("runtime.runFinalizers")})), "leak/finalizer", report.Info},
		{"a buffer", suspect(evidence.SuspectBacking, 1, 1, 4<<20, backing(10)), "leak/subslice", report.Info},
		{"slack of append", suspect(evidence.SuspectBacking, 40, 40, 1<<20, backing(600<<10)), "", ""},
		{"pieces that hold arrays", suspect(evidence.SuspectBacking, 40, 40, 1<<20, backing(10)), "leak/subslice", report.P2},
		{"a kind that is not known", suspect("other", 10, 1000, 10_000, nil), "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := Findings(heapOf(tt.s))
			if tt.severity == "" {
				if len(found) != 0 {
					t.Fatalf("told: %s %s", found[0].Severity, found[0].ID)
				}
				return
			}
			if len(found) != 1 {
				t.Fatalf("%d findings, want %s", len(found), tt.id)
			}
			f := &found[0]
			if f.ID != tt.id || f.Severity != tt.severity {
				t.Errorf("%s %s, want %s %s", f.Severity, f.ID, tt.severity, tt.id)
			}
			if f.Where == nil || f.Where.Function == "" || f.Where.Function == "?" || len(f.Why) == 0 || len(f.Remedy) == 0 || f.Leak == nil || f.Confidence <= 0 || f.Confidence >= 1 {
				t.Errorf("not whole: %+v", f)
			}
			for _, s := range sentences(f) {
				for _, lang := range []text.Lang{text.English, text.Chinese} {
					if out := s.In(lang); strings.Contains(out, "%!") || strings.Contains(out, "%[") || out == "" || out == s.Key {
						t.Errorf("%s in %s: %q", s.Key, lang, out)
					}
				}
			}
		})
	}
}

// What is left decides how soon it is too late, where it is known.
func TestLeakSeverityByWhatIsLeft(t *testing.T) {
	for _, tt := range []struct {
		available, rss, bytes int64 // bytes a second
		want                  report.Severity
	}{
		{8 << 30, 100 << 20, 100 << 10, report.P2},
		{300 << 20, 100 << 20, 100 << 10, report.P1},
		{0, 100 << 20, 100 << 10, report.P1}, // doubles in 17 minutes
		{0, 20 << 20, 100 << 10, report.P2},  // a small program
		{0, 4 << 30, 100 << 10, report.P2},
		{0, 4 << 30, 400 << 10, report.P1}, // 1.4 GiB an hour
		{0, 0, 10 << 10, report.P2},
	} {
		c := &leakCase{rss: tt.rss, available: tt.available}
		if got := c.severity(growth{steady: true, bytes: float64(tt.bytes)}); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

func TestNotReturned(t *testing.T) {
	heap := func(live, free, rss int64) *evidence.Evidence {
		return &evidence.Evidence{Heap: &evidence.Heap{Looks: []evidence.HeapLook{{Bytes: live}, {At: time.Second, Bytes: live}},
			Account: &evidence.MemoryAccount{RSS: rss, Part: []evidence.MemoryPart{{Name: evidence.MemoryLive, RSS: live}, {Name: evidence.MemoryFree, RSS: free}}}}}
	}
	for _, tt := range []struct {
		ev   *evidence.Evidence
		want bool
	}{
		{heap(20<<20, 300<<20, 400<<20), true},
		{heap(200<<20, 100<<20, 400<<20), false}, // the usual GOGC
		{heap(2<<20, 20<<20, 30<<20), false},     // small
		{heap(0, 0, 400<<20), false},
	} {
		found := Findings(tt.ev)
		if got := len(found) == 1 && found[0].ID == "leak/none-scavenger" && found[0].Severity == report.Info; got != tt.want {
			t.Errorf("%+v: %+v", tt.ev.Heap.Account, found)
		}
	}
	grows := heap(20<<20, 300<<20, 400<<20)
	grows.Heap.Looks[1].Bytes *= 2
	if found := Findings(grows); len(found) != 0 {
		t.Errorf("what grows is called free: %+v", found)
	}
}

func TestLeakWhere(t *testing.T) {
	site := func(s *evidence.HeapSuspect) {
		s.Site = calls("runtime.mallocgc", "time.NewTicker", "main.start", "main.main")
	}
	for _, tt := range []struct {
		name   string
		change func(*evidence.HeapSuspect)
		want   string
	}{
		{"a global", nil, "main.cache.m"},
		{"the line that allocates", site, "main.start"},
		{"a closure on the chain", func(s *evidence.HeapSuspect) {
			s.Chain[2] = evidence.HeapLink{Kind: evidence.LinkClosure, Name: "main.f.func1", Origin: evidence.OriginUser, Frame: &calls("main.f.func1")[0]}
		}, "main.f.func1"},
		{"a field of the user's", func(s *evidence.HeapSuspect) {
			s.Chain = append([]evidence.HeapLink{{Kind: evidence.LinkStack, Name: "main.main", Ref: "app", Goroutine: 1}, {Kind: evidence.LinkObject, Type: "*main.App", Ref: ".seen", Origin: evidence.OriginUser}}, s.Chain[1:]...)
			s.Suspect = 1
		}, "main.App.seen"},
		{"no chain", func(s *evidence.HeapSuspect) { s.Chain = nil }, "*main.T"},
	} {
		s := suspect(evidence.SuspectContainer, 100, 200, 1000, tt.change)
		found := Findings(heapOf(s))
		if len(found) != 1 || found[0].Where.Function != tt.want {
			t.Errorf("%s: %+v, want %s", tt.name, found[0].Where, tt.want)
		}
	}
}

// What only the toolkit holds is not the user's to let go of.
func TestToolkitsOwnCaches(t *testing.T) {
	const cache = "fyne.io/fyne/v2/internal/cache.canvases"
	s := suspect(evidence.SuspectWidgets, 100, 300, 1000, func(s *evidence.HeapSuspect) {
		s.Chain[0].Name, s.Chain[0].Ref, s.Chain[0].Origin = cache, "", evidence.OriginToolkit
	})
	hasRemedy := func() bool {
		return slices.ContainsFunc(Findings(heapOf(s))[0].Remedy, func(r text.Text) bool {
			return r.Key == "remedy.change.leak.toolkit" && strings.Contains(r.String(), "cache.canvases")
		})
	}
	if !hasRemedy() {
		t.Error("the user is told to mend the toolkit")
	}
	s.Chain[1].Origin = evidence.OriginUser
	if hasRemedy() {
		t.Error("the toolkit is blamed for what the user holds")
	}
}

// However many suspects there are, the comparison ends, and the report stays one.
func TestManySuspects(t *testing.T) {
	var all []evidence.HeapSuspect
	for i := range 5000 {
		all = append(all, suspect(evidence.SuspectContainer, 100, 200, int64(1000+i), func(s *evidence.HeapSuspect) {
			s.Chain[0].Name = fmt.Sprint("main.cache", i)
		}))
	}
	found := Findings(heapOf(all...))
	for _, f := range found {
		if !strings.HasPrefix(f.Leak.Chain[0].Name, "main.cache499") {
			t.Errorf("%s is not among the largest", f.Leak.Chain[0].Name)
		}
	}
	if len(found) != maxLeaks {
		t.Errorf("%d findings, want %d", len(found), maxLeaks)
	}
}

// Figures that make no sense, as a bundle of someone else's may have them, are no
// reason to fail.
func TestLeaksOfOddEvidence(t *testing.T) {
	nan := math.NaN()
	for _, kind := range []evidence.SuspectKind{evidence.SuspectContainer, evidence.SuspectListeners, evidence.SuspectGoroutines, evidence.SuspectTimers,
		evidence.SuspectWidgets, evidence.SuspectWindows, evidence.SuspectImages, evidence.SuspectFinalizers, evidence.SuspectBacking} {
		for _, count := range [][]int64{nil, {}, {-5}, {math.MinInt64, math.MaxInt64}, {3, 2, 1}} {
			for _, chain := range [][]evidence.HeapLink{nil, {{}}, {{Ref: "["}, {Ref: "]["}, {Kind: "x"}}} {
				s := evidence.HeapSuspect{Kind: kind, Count: count, Bytes: count, Chain: chain, Suspect: 99, Chains: -1,
					Trend:   evidence.Trend{PerSecond: math.Inf(1), Bytes: nan, Confidence: 7},
					Backing: &evidence.HeapBacking{Size: -1, Used: -1}, Blocked: &evidence.HeapBlocked{Since: -1}, Queue: &evidence.HeapQueue{Queued: count},
					Shown: &evidence.HeapShown{Total: -1, Pixels: math.MaxInt64, Memory: math.MaxInt64}, Container: &evidence.HeapContainer{}}
				ev := &evidence.Evidence{Heap: &evidence.Heap{Suspects: []evidence.HeapSuspect{s, s}}}
				var b bytes.Buffer
				r := &report.Report{Findings: Findings(ev), Memory: report.MemoryOf(ev.Heap)}
				if err := report.WriteJSON(&b, r); err != nil {
					t.Errorf("%s %v: %v", kind, count, err)
				}
				if err := report.WriteTerminal(&b, r, report.Options{Width: 30, Verbose: true}); err != nil {
					t.Error(err)
				}
				if err := report.WriteHTML(&b, r, ev, text.Chinese); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// The order in which suspects were found does not matter, and neither does a
// journey through a bundle.
func TestLeaksAreTheSameAgain(t *testing.T) {
	ev := sampleheap.Make()
	first := Findings(ev)
	if ids := idsOf(first); len(ids) != len(leakRules)-1 { // the widgets go with their window
		t.Errorf("ids %v", ids)
	}
	slices.Reverse(ev.Heap.Suspects)
	if again := Findings(ev); !reflect.DeepEqual(idsOf(first), idsOf(again)) || !bytes.Equal(marshal(t, first), marshal(t, again)) {
		t.Errorf("another order, other findings:\n%s\n%s", marshal(t, first), marshal(t, again))
	}
	var b bytes.Buffer
	if err := evidence.EncodeBundle(&b, ev, nil); err != nil {
		t.Fatal(err)
	}
	back, err := evidence.ReadBundle(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if was, is := marshal(t, first), marshal(t, Findings(back)); !bytes.Equal(was, is) {
		t.Errorf("the findings differ:\n%s\n%s", was, is)
	}
}

func idsOf(found []report.Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.ID)
	}
	return out
}
