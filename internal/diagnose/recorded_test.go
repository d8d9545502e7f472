package diagnose

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// expectation is what the lab says about one of its programs; testdata/record
// copies it from the programs' manifests.
type expectation struct {
	Name      string   `json:"name"`
	Toolkit   string   `json:"toolkit"`
	Healthy   bool     `json:"healthy"`
	ID        []string `json:"id"`
	Where     []string `json:"where"`
	Blocker   []string `json:"blocker"`
	NoBlocker bool     `json:"no_blocker"`
	Chain     []string `json:"chain"`
}

// recordings returns every recorded examination by its name.
func recordings(t testing.TB) map[string]*evidence.Evidence {
	t.Helper()
	files, err := filepath.Glob("testdata/recorded/*.gomedic")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v (testdata/record makes them)", err)
	}
	all := map[string]*evidence.Evidence{}
	for _, path := range files {
		all[strings.TrimSuffix(filepath.Base(path), ".gomedic")] = recording(t, path)
	}
	return all
}

// recording reads one; each caller gets its own.
func recording(t testing.TB, path string) *evidence.Evidence {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ev, err := evidence.ReadBundle(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return ev
}

func expectations(t testing.TB) []expectation {
	t.Helper()
	b, err := os.ReadFile("testdata/recorded/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []expectation
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRecorded holds the findings of every recorded program against what the lab
// says that must be found.
func TestRecorded(t *testing.T) {
	all := recordings(t)
	known := map[string]bool{}
	for _, want := range expectations(t) {
		known[want.Name] = true
		t.Run(want.Name, func(t *testing.T) {
			ev := all[want.Name]
			if ev == nil {
				t.Fatal("not recorded")
			}
			found := Findings(ev)
			if want.Healthy {
				for _, f := range found {
					if f.Severity.Rank() <= report.P1.Rank() {
						t.Errorf("%s %s at %v in a healthy program", f.Severity, f.ID, f.Where)
					}
				}
				return
			}
			if len(found) == 0 {
				t.Fatalf("nothing found, want %v", want.ID)
			}
			checkFinding(t, &found[0], want)
		})
	}
	for name := range all {
		if base, _, _ := strings.Cut(name, "+"); !known[base] {
			t.Errorf("%s: nothing says what must be found", name)
		}
	}
}

func checkFinding(t *testing.T, f *report.Finding, want expectation) {
	t.Helper()
	if !slices.Contains(want.ID, f.ID) {
		t.Errorf("id %s, want one of %v", f.ID, want.ID)
	}
	if want.Toolkit != "" && f.Severity.Rank() > report.P1.Rank() {
		t.Errorf("severity %s for a freeze", f.Severity)
	}
	if len(want.Where) > 0 && (f.Where == nil || !slices.Contains(want.Where, f.Where.Function)) {
		t.Errorf("where %+v, want one of %v", f.Where, want.Where)
	}
	if len(want.Blocker) > 0 && (f.Blocker == nil || !slices.Contains(want.Blocker, f.Blocker.Function)) {
		t.Errorf("blocker %+v, want one of %v", f.Blocker, want.Blocker)
	}
	if want.NoBlocker && f.Blocker != nil {
		t.Errorf("%s is blamed, and nobody may be", f.Blocker.Function)
	}
	next := 0
	for _, l := range f.Chain {
		if next < len(want.Chain) && l.Function == want.Chain[next] {
			next++
		}
	}
	if next < len(want.Chain) {
		t.Errorf("the chain lacks %s: %+v", want.Chain[next], f.Chain)
	}
	cycles := slices.ContainsFunc(f.Chain, func(l report.Link) bool { return l.Cycle })
	if deadlock := f.ID == "ui-deadlock"; deadlock != cycles {
		t.Errorf("%s, but the chain says cycle: %v", f.ID, cycles)
	}
	if f.Confidence <= 0 || f.Confidence > 1 || len(f.Why) == 0 || len(f.Remedy) == 0 || len(f.Evidence) == 0 {
		t.Errorf("confidence %v, %d reasons, %d remedies, evidence %v", f.Confidence, len(f.Why), len(f.Remedy), f.Evidence)
	}
}

// asDumps returns the recordings as a goroutine dump would tell them: one look,
// no samples, no threads, nothing of the machine.
func asDumps(t testing.TB) map[string]*evidence.Evidence {
	all := recordings(t)
	for _, ev := range all {
		ev.Target.Kind, ev.Target.PID = evidence.KindDump, 0
		f := ev.Freeze
		*f = evidence.Freeze{FromDump: true, UI: f.UI, Goroutines: f.Goroutines, Holds: f.Holds}
	}
	return all
}

// TestRecordedAsDump: one look is enough to name the place and the blocker of
// what waits; that it is the UI that waits is less sure then.
func TestRecordedAsDump(t *testing.T) {
	live, dumps := recordings(t), asDumps(t)
	for _, want := range expectations(t) {
		found := Findings(dumps[want.Name])
		before := Findings(live[want.Name])
		if want.Healthy || len(before) == 0 || len(found) == 0 {
			continue // a single look at a busy loop may fall between two callbacks
		}
		f := found[0]
		if !cause(f.ID).blocked() && f.ID != "ui-deadlock" {
			continue
		}
		t.Run(want.Name, func(t *testing.T) {
			checkFinding(t, &f, want)
			if want.Toolkit != "" && f.Confidence >= before[0].Confidence {
				t.Errorf("confidence %v from one look, %v from watching", f.Confidence, before[0].Confidence)
			}
		})
	}
}

// goldens are the recordings whose verdict is kept word by word.
var goldens = []string{
	"fyne-sleep", "fyne-lock-chain", "fyne-deadlock-mutex", "fyne-cpu-filter", "fyne-network",
	"gio-receive-dead", "gio-flock", "ebitengine-cgo-sleep", "ebitengine-waitgroup", "glfw-recursive-lock",
}

func TestVerdictGolden(t *testing.T) {
	for _, name := range goldens {
		t.Run(name, func(t *testing.T) {
			ev := recording(t, filepath.Join("testdata", "recorded", name+".gomedic"))
			r := &report.Report{Schema: report.Schema, Target: ev.Target, Findings: Findings(ev)}
			var b bytes.Buffer
			if err := report.WriteTerminal(&b, r, report.Options{Lang: text.English, Width: 100, Verbose: true, Evidence: ev}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "verdict", name+".txt")
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (go test ./internal/diagnose -update writes it)", err)
			}
			if !bytes.Equal(b.Bytes(), want) {
				t.Errorf("%s differs (go test ./internal/diagnose -update writes it anew, then git diff):\n%s", path, b.Bytes())
			}
		})
	}
}

// TestSameEvidenceSameFindings runs the rules again and again: the order of maps
// is another each time.
func TestSameEvidenceSameFindings(t *testing.T) {
	for name, ev := range everyEvidence(t) {
		first := Findings(ev)
		for range 8 {
			if again := Findings(ev); !reflect.DeepEqual(first, again) {
				t.Errorf("%s: the findings differ:\n%s\n%s", name, marshal(t, first), marshal(t, again))
				break
			}
		}
	}
}

// TestOrderDoesNotMatter: the findings do not depend on the order in which threads
// and UI goroutines were noted.
func TestOrderDoesNotMatter(t *testing.T) {
	for name, ev := range everyEvidence(t) {
		first := marshal(t, Findings(ev))
		f := *ev.Freeze
		turned := &evidence.Evidence{Target: ev.Target, Freeze: &f}
		f.Threads, f.UI = slices.Clone(f.Threads), slices.Clone(f.UI)
		f.Earlier = slices.Clone(f.Earlier)
		slices.Reverse(f.Threads)
		slices.Reverse(f.UI)
		slices.Reverse(f.Earlier)
		if again := marshal(t, Findings(turned)); !bytes.Equal(first, again) {
			t.Errorf("%s: another order, other findings:\n%s\n%s", name, first, again)
		}
	}
}

// TestFindingsOfABundle: evidence that went through a bundle gives the same
// findings.
func TestFindingsOfABundle(t *testing.T) {
	for name, ev := range everyEvidence(t) {
		var b bytes.Buffer
		if err := evidence.EncodeBundle(&b, ev, nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		back, err := evidence.ReadBundle(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if was, is := marshal(t, Findings(ev)), marshal(t, Findings(back)); !bytes.Equal(was, is) {
			t.Errorf("%s: the findings differ:\n%s\n%s", name, was, is)
		}
	}
}

func marshal(t testing.TB, found []report.Finding) []byte {
	t.Helper()
	b, err := json.MarshalIndent(found, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// everyEvidence is all that the tests have: recorded, told as a dump, and made by
// hand.
func everyEvidence(t testing.TB) map[string]*evidence.Evidence {
	all := recordings(t)
	for name, ev := range asDumps(t) {
		all[name+" as a dump"] = ev
	}
	for _, c := range synthetic() {
		all[c.name] = c.ev()
	}
	return all
}
