package lab

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is a result with one of each kind of run.
func sample() Result {
	mutex := Fault{Name: "fyne-mutex", Toolkit: "fyne", ID: []string{"ui-blocked/mutex"}, Where: []string{"main.(*store).count"}, Blocker: []string{"main.(*store).sync"}}
	cpu := Fault{Name: "gio-cpu", Toolkit: "gio", ID: []string{"ui-busy/cpu"}, Where: []string{"main.sort"}}
	idle := Fault{Name: "glfw-idle", Toolkit: "glfw", Healthy: true}
	right := &report.Report{
		Findings: []report.Finding{finding(report.P0, "ui-blocked/mutex", "main.(*store).count", "main.(*store).sync")},
		Probes:   []report.Probe{{StoppedMS: 1.8, MaxStopMS: 0.9}},
	}
	wrong := &report.Report{Findings: []report.Finding{finding(report.P0, "ui-blocked/mutex", "main.main", "")}}
	outcomes := []Outcome{
		Judge(Run{mutex, Plain, Root}, right),
		Judge(Run{mutex, Stripped, Ordinary}, wrong),
		failed(Run{cpu, Plain, Ordinary}, "gomedic failed: exit status 2: gomedic: process 1 is gone"),
		Judge(Run{idle, Plain, Root}, &report.Report{}),
		Judge(Run{idle, Stripped, Ordinary}, wrong),
	}
	for i := range outcomes {
		outcomes[i].TookMS = float64(900 + 100*i)
	}
	result := Sum(outcomes)
	result.Skipped = []string{"glfw-quota, plain, ordinary: no CPU quota"}
	return result
}

// leaks is a result with one of each kind of run of gomedic leak.
func leaks() Result {
	rows := Fault{Name: "gio-leak-map", Toolkit: "gio", Leak: true, ID: []string{"leak/map"}, Global: "main.rows", Where: []string{"main.load"}}
	idle := Fault{Name: "gio-leak-healthy-lru", Toolkit: "gio", Leak: true, Healthy: true}
	found := &report.Report{
		Findings: []report.Finding{finding(report.P1, "leak/map", "main.load", "")},
		Probes:   []report.Probe{{StoppedMS: 40, MaxStopMS: 30}},
	}
	chain := []*Held{{Type: "*main.row", Chain: []evidence.HeapLink{{Kind: evidence.LinkGlobal, Name: "main.rows"}, {Kind: evidence.LinkObject, Type: "main.row"}}}}
	outcomes := []Outcome{
		JudgeLeak(Run{rows, Plain, Root}, found, chain),
		JudgeLeak(Run{rows, Stripped, Ordinary}, found, []*Held{nil}),
		JudgeLeak(Run{idle, Plain, Root}, &report.Report{}, nil),
		JudgeLeak(Run{idle, Stripped, Ordinary}, found, chain),
	}
	for i := range outcomes {
		outcomes[i].TookMS = float64(12000 + 1000*i)
	}
	return Sum(outcomes)
}

func TestTable(t *testing.T) {
	both := Sum(append(sample().Runs, leaks().Runs...))
	perfect := Sum([]Outcome{Judge(Run{Fault{Name: "glfw-idle", Healthy: true}, Plain, Root}, &report.Report{})})
	for _, test := range []struct {
		golden string
		lang   text.Lang
		result Result
	}{
		{"table-en.txt", text.English, sample()},
		{"table-zh.txt", text.Chinese, sample()},
		{"table-held.txt", text.English, perfect},
		{"table-empty.txt", text.English, Sum(nil)},
		{"table-leaks-en.txt", text.English, leaks()},
		{"table-leaks-zh.txt", text.Chinese, leaks()},
		{"table-both.txt", text.English, both},
	} {
		t.Run(test.golden, func(t *testing.T) {
			var out bytes.Buffer
			if err := WriteTable(&out, test.lang, test.result); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(out.Bytes(), []byte("%!")) {
				t.Error("a phrase and its arguments do not fit")
			}
			compare(t, test.golden, out.Bytes())
		})
	}
}

// compare compares got with a golden file, or writes it with -update.
func compare(t *testing.T, golden string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", golden)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestBars(t *testing.T) {
	sick := func(found, place, blocker Mark) Outcome { return Outcome{Found: found, Place: place, Blocker: blocker} }
	many := make([]Outcome, 0, 20)
	for range 19 {
		many = append(many, sick(Yes, Yes, Yes))
	}
	for _, test := range []struct {
		name     string
		outcomes []Outcome
		missed   string
	}{
		{"all held", []Outcome{sick(Yes, Yes, Yes), sick(Yes, NotJudged, NotJudged)}, "[]"},
		{"one not found", []Outcome{sick(No, NotJudged, NotJudged)}, "[recall]"},
		{"one place wrong", []Outcome{sick(Yes, No, Yes)}, "[place]"},
		{"95 % of blockers", append(many, sick(Yes, Yes, No)), "[]"},
		{"half of the blockers", []Outcome{sick(Yes, Yes, No), sick(Yes, Yes, Yes)}, "[blocker]"},
		{"a false finding", []Outcome{{Found: Yes, Place: Yes, Blocker: Yes, False: []string{"ui-busy/cpu"}}}, "[false]"},
		{"a leak of the wrong chain", []Outcome{{Leak: true, Found: Yes, Chain: No}}, "[leak-chain]"},
		{"a leak not found", []Outcome{{Leak: true, Found: No, Chain: No}}, "[leak leak-chain]"},
		{"a leak of which only the id is judged", []Outcome{{Leak: true, Found: Yes, Chain: NotJudged}}, "[]"},
		{"a healthy program that leaks", []Outcome{{Leak: true, Healthy: true, Found: No, False: []string{"leak/map"}}}, "[leak-false]"},
		{"a leak beside a freeze", []Outcome{sick(Yes, Yes, Yes), {Leak: true, Found: Yes, Place: No, Chain: Yes}}, "[]"},
		{"a healthy program without a report", []Outcome{{Healthy: true, Found: No}}, "[false]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := fmt.Sprint(Sum(test.outcomes).Score.BarsMissed); got != test.missed {
				t.Errorf("missed %s, want %s", got, test.missed)
			}
		})
	}
}

func TestReadVerdict(t *testing.T) {
	run := Run{Fault: Fault{Name: "x", ID: []string{"ui-busy/cpu"}}}
	for _, test := range []struct {
		name, out string
		err       error
		found     Mark
		note      string
	}{
		{"a report", `{"findings":[{"id":"ui-busy/cpu","severity":"P0"}]}`, nil, Yes, ""},
		{"no JSON", "segmentation fault", nil, No, "no report"},
		{"cut JSON", `{"findings":[`, nil, No, "no report"},
		{"it could not start", "", errors.New("no such file"), No, "gomedic failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := readVerdict(run, []byte(test.out), "", test.err)
			if o.Found != test.found || !regexp.MustCompile(test.note).MatchString(o.Note) {
				t.Errorf("found %s, note %q; want %s and %q", o.Found, o.Note, test.found, test.note)
			}
		})
	}
}

// TestWords holds that every phrase stands in both languages, and takes the
// same arguments in both.
func TestWords(t *testing.T) {
	verb := regexp.MustCompile(`%[.\d]*(\[\d+\])?[a-z]`)
	for key, phrase := range Words {
		if phrase.EN == "" || phrase.ZH == "" {
			t.Errorf("%s lacks a language", key)
		}
		if en, zh := len(verb.FindAllString(phrase.EN, -1)), len(verb.FindAllString(phrase.ZH, -1)); en != zh {
			t.Errorf("%s: %d arguments in English, %d in Chinese", key, en, zh)
		}
	}
	for _, bar := range []Bar{MissedRecall, MissedFalse, MissedPlace, MissedBlocker, MissedLeak, MissedLeakChain, MissedLeakFalse} {
		if _, ok := Words["missed."+string(bar)]; !ok {
			t.Errorf("missed.%s has no words", bar)
		}
	}
}
