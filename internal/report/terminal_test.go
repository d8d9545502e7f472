package report

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

func TestTerminalGolden(t *testing.T) {
	for _, name := range sampleNames {
		for _, lang := range []text.Lang{text.English, text.Chinese} {
			ev, r := sample(t, name)
			for variant, o := range map[string]Options{
				"":        {Width: 100},
				".color":  {Width: 100, Color: true},
				".narrow": {Width: 48},
				".quiet":  {Quiet: true},
				".full":   {Verbose: true, Stacks: true},
			} {
				o.Lang, o.Evidence = lang, ev
				var b bytes.Buffer
				if err := WriteTerminal(&b, r, o); err != nil {
					t.Fatal(err)
				}
				golden(t, name+"."+string(lang)+variant+".txt", b.Bytes())
			}
		}
	}
}

func TestTerminalKeepsTheWidth(t *testing.T) {
	for _, name := range sampleNames {
		for _, lang := range []text.Lang{text.English, text.Chinese} {
			ev, r := sample(t, name)
			var b bytes.Buffer
			if err := WriteTerminal(&b, r, Options{Lang: lang, Width: 60, Evidence: ev, Verbose: true, Stacks: true}); err != nil {
				t.Fatal(err)
			}
			for _, l := range strings.Split(b.String(), "\n") {
				if width(l) > 60 {
					t.Errorf("%s %s: %d columns: %s", name, lang, width(l), l)
				}
				if strings.TrimRight(l, " ") != l {
					t.Errorf("%s %s: space at the end: %q", name, lang, l)
				}
			}
		}
	}
}

func TestTerminalSaysThatTheDiskIsFull(t *testing.T) {
	_, r := sample(t, "mutex")
	for n := range 200 {
		if err := WriteTerminal(&failAfter{n}, r, Options{}); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("after %d bytes: error %v", n, err)
		}
	}
}

// Whatever the target names its functions and files, nothing reaches the
// terminal but printable characters.
func TestTerminalCleansTheTarget(t *testing.T) {
	evil := "\x1b]0;owned\a\x1b[2J\u202egnp.exe\x9b\xff\n"
	ev, r := sample(t, "mutex")
	r.Target.Name, r.Target.Go, r.Target.ToolkitVersion = evil, evil, evil
	f := &r.Findings[0]
	f.Title = text.T("finding.ui-blocked/mutex.title.blocker", evil)
	f.Where = &Place{Function: evil, File: evil, Line: 1, Goroutine: 1, State: evil, Path: evil}
	f.Blocker, f.Chain = f.Where, []Link{{Place: *f.Where, WaitsFor: text.Literal(evil)}, {Place: *f.Where, WaitsFor: text.Literal(evil)}}
	f.Why, f.Remedy = []text.Text{text.T("why.file", evil)}, []text.Text{text.Literal(evil)}
	r.Limits[0].Why, r.Probes[0].Name, f.Evidence = text.Literal(evil), evil, []string{evil}
	for i := range ev.Freeze.Goroutines[0].Frames {
		fr := &ev.Freeze.Goroutines[0].Frames[i]
		fr.Function, fr.File = evil, evil
	}
	ev.Freeze.Goroutines[0].Cut = evil
	ev.Freeze.Goroutines[0].Created = &evidence.Frame{Function: evil, File: evil}
	for _, o := range []Options{{}, {Width: 40, Verbose: true, Stacks: true}, {Quiet: true}} {
		o.Evidence = ev
		var b bytes.Buffer
		if err := WriteTerminal(&b, r, o); err != nil {
			t.Fatal(err)
		}
		for _, l := range strings.Split(b.String(), "\n") {
			if clean(l) != l {
				t.Errorf("%+v: not clean: %q", o, l)
			}
		}
	}
}

func TestHealthyVerdict(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*evidence.Evidence, *Report)
		want   string
	}{
		{"healthy", func(*evidence.Evidence, *Report) {}, "report.healthy"},
		{"no UI", func(ev *evidence.Evidence, _ *Report) { ev.Freeze.UI = nil }, "report.healthy.noui"},
		{"unread", func(ev *evidence.Evidence, _ *Report) {
			for i := range ev.Freeze.Points {
				ev.Freeze.Points[i].Activity = evidence.Unknown
			}
		}, "report.healthy.unread"},
		{"never sampled", func(ev *evidence.Evidence, _ *Report) { ev.Freeze.Points = nil }, "report.healthy.unread"},
		{"limits", func(_ *evidence.Evidence, r *Report) { r.Limits = []Limit{{Probe: "native"}} }, "report.healthy.blind"},
	} {
		ev, r := sample(t, "healthy")
		tt.change(ev, r)
		if got := healthyKey(r, ev.Freeze); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestBreakLines(t *testing.T) {
	for _, tt := range []struct {
		s    string
		max  int
		want []string
	}{
		{"", 10, []string{""}},
		{"one two three", 0, []string{"one two three"}},
		{"one two three", 8, []string{"one two ", "three"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"x abcdefghij", 4, []string{"x ", "abcd", "efgh", "ij"}},
		{"界面在等锁，锁被持有", 10, []string{"界面在等", "锁，锁被持", "有"}}, // never a comma at the start of a line
		{"界面在等 main.f 持有的锁", 12, []string{"界面在等 ", "main.f 持有", "的锁"}},
	} {
		got := breakLines(tt.s, tt.max)
		if strings.Join(got, "|") != strings.Join(tt.want, "|") {
			t.Errorf("%q at %d: %q, want %q", tt.s, tt.max, got, tt.want)
		}
	}
}

func FuzzBreakLines(f *testing.F) {
	f.Add("the UI waits for a lock", 7)
	f.Add("界面在等锁，锁被 main.(*Store).Sync 持有", 5)
	f.Add("a\u0301\u200d👩‍👩‍👧 x\xff\n\ny", 2)
	f.Fuzz(func(t *testing.T, s string, max int) {
		s = clean(s)
		lines := breakLines(s, max)
		if strings.Join(lines, "") != s {
			t.Fatalf("%q broken into %q", s, lines)
		}
		for _, l := range lines {
			if l = strings.TrimRight(l, " "); max > 1 && width(l) > max && width(l) > 2 {
				t.Fatalf("%q has %d columns, want at most %d", l, width(l), max)
			}
		}
	})
}

func TestShortFunction(t *testing.T) {
	for name, want := range map[string]string{
		"main.main": "main.main",
		"github.com/acme/orders/store.(*Store).Sync":     "store.(*Store).Sync",
		"gopkg.in/yaml%2ev3.Unmarshal":                   "yaml.v3.Unmarshal",
		"slices.SortFunc[go.shape.[]example.com/a/b.T]":  "slices.SortFunc[go.shape.[]example.com/a/b.T]",
		"example.com/a.(*Box[example.com/c/d.Item]).Put": "a.(*Box[example.com/c/d.Item]).Put",
		"fyne.io/fyne/v2.DoAndWait":                      "fyne.DoAndWait",
		"x/v2.f":                                         "x.f",
		"v2/v2.f":                                        "v2.f",
		"example.com/a.F.func1":                          "a.F.func1",
		"":                                               "",
	} {
		if got := shortFunction(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
