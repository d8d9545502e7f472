package report

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/pprof/profile"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/evidence/sampleheap"
	"github.com/gomedic/gomedic/internal/text"
)

// leakReport is a look at a heap, and a report on it: a closed window in a map,
// and a string that keeps an array.
func leakReport() (*evidence.Evidence, *Report) {
	ev := sampleheap.Make()
	place := Place{Function: "example.com/orders/ui.(*App).Open", File: "ui/app.go", Line: 68, Path: "/home/ann/src/orders/ui/app.go"}
	because := func(key string) text.Text { return text.T("leak.because." + key) }
	r := &Report{Target: ev.Target, Probes: []Probe{{Name: "heap", TookMS: 24_000, Stops: 3, StoppedMS: 63, MaxStopMS: 22}},
		Memory: MemoryOf(ev.Heap), Findings: []Finding{
			{
				ID: "leak/window-closed", Severity: P1, Confidence: 0.98, Where: &place, Evidence: []string{"heap"},
				Title:  text.Plural("finding.leak/window-closed.title", 32, "ui.app.open"),
				Why:    []text.Text{text.T("why.leak.closed", 2)},
				Remedy: []text.Text{text.T("finding.leak/window-closed.now"), text.T("finding.leak/window-closed.change", "ui.app.open")},
				Leak: &Leak{Type: "*fyne.io/fyne/v2/internal/driver/glfw.window", Count: 32, Bytes: 20 << 20, PerSecond: 1, BytesPerSecond: 640 << 10, Signature: "a1c3", Chains: 32,
					Looks: []LeakLook{{0, 12, 7 << 20}, {10_000, 22, 13 << 20}, {20_000, 32, 20 << 20}},
					Chain: []LeakLink{
						{Kind: "global", Name: "example.com/orders/ui.app", Type: "*example.com/orders/ui.App", Ref: ".open", Addr: "0xc000010000", Retained: 21 << 20, Yours: true, Leaks: "no", Why: because("global"), Suspect: true},
						{Kind: "map", Type: "map[string]*example.com/orders/ui.OrderWindow", Ref: `["2024-1187"]`, Addr: "0xc000020000", Len: 32, Size: 1240, Retained: 20 << 20},
						{Kind: "object", Type: "*example.com/orders/ui.OrderWindow", Ref: ".win", Addr: "0xc000030000", Size: 160, Retained: 640 << 10, Yours: true},
						{Kind: "closure", Name: "example.com/orders/ui.(*OrderWindow).show.func2", Type: "func()", Ref: "w", Addr: "0xc000038000", Size: 24, Place: &Place{Function: "example.com/orders/ui.(*OrderWindow).show.func2", File: "ui/window.go", Line: 88}},
						{Kind: "object", Type: "*fyne.io/fyne/v2/internal/driver/glfw.window", Addr: "0xc000040000", Size: 704, Retained: 610 << 10, Label: evidence.LabelClosedWindow, Leaks: "yes", Why: because("closed")},
					}},
			},
			{
				ID: "leak/goroutine", Severity: P2, Confidence: 0.9, Evidence: []string{"heap"},
				Where: &Place{Function: "main.fetch.func1", File: "fetch.go", Line: 31},
				Title: text.T("finding.leak/goroutine.title", 40, "main.fetch.func1"),
				Leak: &Leak{Type: "goroutine", Count: 40, Bytes: 360 << 10, Chain: []LeakLink{
					{Kind: "stack", Name: "main.fetch.func1", Goroutine: 118, Leaks: "yes", Why: because("blocked")}}},
			},
		}}
	return ev, r
}

func TestLeakGolden(t *testing.T) {
	schema := publishedSchema(t)
	for _, lang := range []text.Lang{text.English, text.Chinese} {
		ev, r := leakReport()
		for variant, o := range map[string]Options{
			"":        {Width: 100, Verbose: true},
			".color":  {Width: 100, Color: true},
			".narrow": {Width: 48},
		} {
			o.Lang, o.Evidence = lang, ev
			var b bytes.Buffer
			if err := WriteTerminal(&b, r, o); err != nil {
				t.Fatal(err)
			}
			golden(t, "leak."+string(lang)+variant+".txt", b.Bytes())
		}
		golden(t, "leak."+string(lang)+".html", []byte(asHTML(t, r, ev, lang)))
		var b bytes.Buffer
		if err := WriteDOT(&b, []*Leak{r.Findings[0].Leak, r.Findings[1].Leak, r.Findings[0].Leak}, lang); err != nil {
			t.Fatal(err)
		}
		golden(t, "leak."+string(lang)+".dot", b.Bytes())
	}
	_, r := leakReport()
	b := asJSON(t, r)
	golden(t, "leak.report.json", b)
	if err := validate(t, schema, b); err != nil {
		t.Error(err)
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// The tildes stand below the reference, whatever the width, with colour or
// without, and no line is longer than the terminal is wide.
func TestTildesStandBelowTheReference(t *testing.T) {
	for _, columns := range []int{0, 120, 60, 48, 40} {
		for _, color := range []bool{false, true} {
			_, r := leakReport()
			ref := `["` + strings.Repeat("订单 order ", 9) + `"]`
			r.Findings[0].Leak.Chain[1].Ref, r.Findings[0].Leak.Chain[1].Suspect = ref, true
			var b bytes.Buffer
			if err := WriteTerminal(&b, r, Options{Width: columns, Color: color}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(sgr.ReplaceAllString(b.String(), ""), "\n")
			seen := 0
			for i, l := range lines {
				if columns > 0 && width(l) > columns {
					t.Errorf("%d columns: %d: %s", columns, width(l), l)
				}
				if strings.TrimRight(l, " ") != l {
					t.Errorf("space at the end: %q", l)
				}
				at := strings.Index(l, "~")
				if at < 0 {
					continue
				}
				seen++
				above := lines[i-1]
				if width(above) != width(l) || !strings.Contains(above, "↓") {
					t.Errorf("%d columns, colour %v:\n%s\n%s", columns, color, above, l)
				}
			}
			if seen != 2 {
				t.Errorf("%d columns: %d underlined references, want 2", columns, seen)
			}
		}
	}
}

// A long chain shows its ends, and says what it leaves out.
func TestLongChains(t *testing.T) {
	_, r := leakReport()
	l := r.Findings[0].Leak
	middle := l.Chain[2]
	for range 5000 {
		l.Chain = append(l.Chain[:3:3], append([]LeakLink{middle}, l.Chain[3:]...)...)
		if len(l.Chain) > 300 {
			break
		}
	}
	var b bytes.Buffer
	if err := WriteTerminal(&b, r, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{b.String(), asHTML(t, r, nil, text.English)} {
		if n := strings.Count(page, "ui.OrderWindow"); n > 6*maxTrace || !strings.Contains(page, fmt.Sprint("… ", len(l.Chain)-maxTrace, " more")) || !strings.Contains(page, "glfw.window") {
			t.Errorf("%d times", n)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{{"abcdef", 6, "abcdef"}, {"abcdefghij", 7, "abcd…ij"}, {"订单订单订单", 7, "订单…单"}, {"", 5, ""}, {"abcdef", 2, "abcdef"}} {
		if got := cut(tt.s, tt.n); got != tt.want {
			t.Errorf("%q to %d: %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}

func TestShortType(t *testing.T) {
	for name, want := range map[string]string{
		"int": "int", "*main.T": "*main.T", "map[string]*example.com/a/b.T": "map[string]*b.T", "fyne.io/fyne/v2.Window": "fyne.Window",
		"*fyne.io/fyne/v2/widget.Label": "*widget.Label", "func(a/b.T, c/d.U) (e/f.V, error)": "func(b.T, d.U) (f.V, error)",
		"a.Box[example.com/c/d.Item]": "a.Box[d.Item]", "<-chan a/b.T": "<-chan b.T", "struct { X a/b.T }": "struct { X b.T }", "": "",
	} {
		if got := shortType(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestBar(t *testing.T) {
	for _, tt := range []struct {
		share float64
		want  string
	}{{0, ""}, {0.001, "▏"}, {0.5, "██▌"}, {1, "█████"}, {7, "█████"}} {
		got := bar(tt.share, 5)
		if strings.TrimRight(got, "\u00a0") != tt.want || width(got) != 5 {
			t.Errorf("%v: %q, want %q", tt.share, got, tt.want)
		}
	}
}

// Whatever a target calls its types and keys, it stays text.
func TestLeakCleansTheTarget(t *testing.T) {
	evil := "\"];n0->n1;\\\n\x1b]0;owned\a\u202e</style><script>"
	ev, r := leakReport()
	for i := range r.Findings[0].Leak.Chain {
		l := &r.Findings[0].Leak.Chain[i]
		l.Kind, l.Name, l.Type, l.Ref, l.Label, l.Leaks = evil, evil, evil, evil, evil, evil
	}
	r.Findings[0].Leak.Signature = evil
	r.Memory.Parts[0].Name, r.Memory.Types[0].Name = evil, evil
	page := asHTML(t, r, ev, text.English)
	if strings.Contains(page, "<script") || strings.Contains(page, "\x1b") || strings.Count(page, "</style>") != 1 {
		t.Error("the page takes the target's word")
	}
	for _, bad := range []string{` style=`, ` src=`, ` href=`, `ZgotmplZ`, `url(`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %s", bad)
		}
	}
	var b bytes.Buffer
	if err := WriteTerminal(&b, r, Options{Width: 40, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(b.String(), "\n") {
		if clean(l) != l {
			t.Errorf("not clean: %q", l)
		}
	}
	b.Reset()
	if err := WriteDOT(&b, []*Leak{r.Findings[0].Leak}, text.English); err != nil {
		t.Fatal(err)
	}
	inString := false
	for i, c := range b.String() {
		if c == '"' && b.String()[i-1] != '\\' {
			inString = !inString
		}
		if !inString && strings.HasPrefix(b.String()[i:], "n0->n1") {
			t.Fatal("the graph takes the target's word")
		}
	}
}

// go tool pprof reads who holds the memory, and what each root retains.
func TestHeapPprof(t *testing.T) {
	ev := sampleheap.Make()
	path := filepath.Join(t.TempDir(), "heap.pb.gz")
	err := evidence.WriteFile(path, func(w io.Writer) error { return WriteHeapPprof(w, &ev.Target, ev.Heap) })
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.ParseData(b)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range ev.Heap.Suspects {
		got := p.Sample[i]
		if got.Value[0] != last(s.Count) || got.Value[1] != last(s.Bytes) || len(got.Location) != len(s.Chain) || got.Label["kind"][0] != string(s.Kind) {
			t.Errorf("%s: %v", s.Signature, got)
		}
	}
	cmd := exec.Command("go", "tool", "pprof", "-top", "-cum", path)
	cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"Type: retained", "example.com/orders/ui.app.open", "main.sessions"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if err := WriteHeapPprof(new(bytes.Buffer), &evidence.Target{}, &evidence.Heap{Suspects: []evidence.HeapSuspect{{}, {Chain: []evidence.HeapLink{{}}, Count: []int64{-3}}}, Roots: []evidence.HeapGroup{{}, {Bytes: []int64{5}}}}); err != nil {
		t.Error(err)
	}
}

func TestMemoryWithoutEvidence(t *testing.T) {
	if MemoryOf(nil) != nil || memoryOf(&Report{}, nil) != nil || memoryOf(&Report{}, &evidence.Evidence{}) != nil {
		t.Error("an account of nothing")
	}
	ev := sampleheap.Make()
	m := memoryOf(&Report{}, ev)
	var sum int64
	for _, p := range m.Parts {
		sum += p.RSS
		if class, st := memoryColour(p.Name); class == "" || st == "" || memoryName(p.Name, text.Chinese) == p.Name {
			t.Errorf("%s has no colour or no name", p.Name)
		}
	}
	if sum != m.RSS {
		t.Errorf("the parts are %d of %d", sum, m.RSS)
	}
}

func TestHeapVerdict(t *testing.T) {
	looks := func(n int) *evidence.Evidence {
		return &evidence.Evidence{Heap: &evidence.Heap{Looks: make([]evidence.HeapLook, n)}}
	}
	for _, tt := range []struct {
		ev     *evidence.Evidence
		limits []Limit
		want   string
	}{
		{looks(0), nil, "leak.healthy.none"},
		{looks(1), nil, "leak.healthy.once"},
		{looks(2), nil, "leak.healthy"},
		{looks(2), []Limit{{Probe: "heap"}}, "report.healthy.blind"},
	} {
		r := &Report{Limits: tt.limits}
		if got := verdictKey(r, tt.ev); got != tt.want {
			t.Errorf("%d looks: %s, want %s", len(tt.ev.Heap.Looks), got, tt.want)
		}
		var b bytes.Buffer
		if err := WriteTerminal(&b, r, Options{Evidence: tt.ev}); err != nil || !strings.Contains(b.String(), text.T(tt.want).String()) {
			t.Errorf("%v: %s", err, &b)
		}
	}
}
