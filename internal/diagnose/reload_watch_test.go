package diagnose

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// The recordings of testdata/watching are of the projects of the same names in
// internal/probe/watching/testdata, saved by gomedic reload-check --save.
func TestWatchingGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/watching/*.gomedic")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d recordings: %v", len(files), err)
	}
	for _, path := range files {
		for lang, suffix := range map[text.Lang]string{text.English: ".txt", text.Chinese: ".zh.txt"} {
			golden := strings.TrimSuffix(path, ".gomedic") + suffix
			t.Run(filepath.Base(golden), func(t *testing.T) {
				ev := recording(t, path)
				r := &report.Report{Schema: report.Schema, Target: ev.Target, Findings: Findings(ev)}
				var b bytes.Buffer
				if err := report.WriteTerminal(&b, r, report.Options{Lang: lang, Width: 100, Verbose: true, Evidence: ev}); err != nil {
					t.Fatal(err)
				}
				if *update {
					if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatalf("%v (go test ./internal/diagnose -update writes it)", err)
				}
				if !bytes.Equal(b.Bytes(), want) {
					t.Errorf("%s differs (go test ./internal/diagnose -update writes it anew, then git diff):\n%s", golden, b.Bytes())
				}
			})
		}
	}
}

// use is a healthy one, which the cases change.
func use(change func(*evidence.WatchUse)) *evidence.Evidence {
	at := func(line int) *evidence.Frame {
		return &evidence.Frame{Function: "example.com/app/conf.(*Watcher).run", File: "conf/watch.go", Line: line}
	}
	u := evidence.WatchUse{Library: evidence.LibFsnotify, Path: "github.com/fsnotify/fsnotify", Version: "v1.10.1",
		Adds:   []evidence.WatchAdd{{Frame: *at(10), What: evidence.WatchesDir}},
		Events: []string{evidence.WatchCreate, evidence.WatchWrite}, Acts: at(20), Reads: at(18), Errors: at(30), ErrorsRead: true,
		Trials: []evidence.WatchTrial{
			{Case: evidence.TrialWrite, What: evidence.WatchesDir, Saves: 100, Loads: 100, Whole: 100},
			{Case: evidence.TrialSlow, What: evidence.WatchesDir, Saves: 30, Loads: 30, Whole: 30},
			{Case: evidence.TrialRename, What: evidence.WatchesDir, Saves: 30, Loads: 30, Whole: 30},
			{Case: evidence.TrialVim, What: evidence.WatchesDir, Saves: 30, Loads: 30, Whole: 30},
			{Case: evidence.TrialNewDirs, What: evidence.WatchesDir, Saves: 50, Loads: 50, Whole: 50},
			{Case: evidence.TrialOverflow, What: evidence.WatchesDir, Saves: 20000, Loads: 20000, Whole: 20000},
			{Case: evidence.TrialSet, What: evidence.WatchesDir, Gap: 20 * time.Millisecond, Saves: 25, Loads: 25, Whole: 25},
			{Case: evidence.TrialSet, What: evidence.WatchesDir, Gap: 200 * time.Millisecond, Saves: 10, Loads: 10, Whole: 10},
		}}
	change(&u)
	return &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindSource, Name: "example.com/app", MainModule: "example.com/app"},
		Watching: &evidence.Watching{Uses: []evidence.WatchUse{u}}}
}

func TestWatching(t *testing.T) {
	trialOf := func(u *evidence.WatchUse, name string) *evidence.WatchTrial {
		i := slices.IndexFunc(u.Trials, func(t evidence.WatchTrial) bool { return t.Case == name })
		return &u.Trials[i]
	}
	for _, tt := range []struct {
		name   string
		change func(*evidence.WatchUse)
		want   string // id, severity, line of each
	}{
		{"healthy", func(*evidence.WatchUse) {}, ""},
		{"one bad load of hundreds", func(u *evidence.WatchUse) { trialOf(u, evidence.TrialWrite).Empty = 1 }, ""},
		{"two missed saves of many", func(u *evidence.WatchUse) { trialOf(u, evidence.TrialRename).Missed = 2 }, ""},
		{"ordinary saves", func(u *evidence.WatchUse) { trialOf(u, evidence.TrialWrite).Empty = 31 }, "reload/partial-read P1 20"},
		{"slow saves", func(u *evidence.WatchUse) { trialOf(u, evidence.TrialSlow).Partial = 5 }, "reload/partial-read P2 20"},
		{"too short a wait", func(u *evidence.WatchUse) {
			trialOf(u, evidence.TrialSlow).Partial = 5
			u.Wait, u.WaitKind, u.Waits = 5*time.Millisecond, evidence.WaitQuiet, &evidence.Frame{Function: "main.f", File: "f.go", Line: 40}
		}, "reload/partial-read P2 40"},
		{"the end is dropped", func(u *evidence.WatchUse) {
			trialOf(u, evidence.TrialSlow).Missed = 3
			u.Wait, u.WaitKind, u.Waits = time.Second, evidence.WaitSkip, &evidence.Frame{Function: "main.f", File: "f.go", Line: 40}
		}, "reload/partial-read P1 40"},
		{"a file", func(u *evidence.WatchUse) {
			u.Adds = []evidence.WatchAdd{{Frame: evidence.Frame{Function: "main.f", File: "f.go", Line: 9}, What: evidence.WatchesFile}}
			*trialOf(u, evidence.TrialRename) = evidence.WatchTrial{Case: evidence.TrialRename, What: evidence.WatchesFile, Saves: 4, Missed: 3}
		}, "reload/lost-watch P1 9"},
		{"perhaps a file", func(u *evidence.WatchUse) {
			u.Adds[0].What, u.Assumed = evidence.WatchesUnknown, []string{evidence.AssumedTarget}
			u.Trials = append(u.Trials, evidence.WatchTrial{Case: evidence.TrialRename, What: evidence.WatchesFile, Saves: 4, Missed: 3})
		}, "reload/lost-watch info 10"},
		{"writes only", func(u *evidence.WatchUse) {
			tr := trialOf(u, evidence.TrialRename)
			tr.Saves, tr.Missed = 3, 3
		}, "reload/lost-watch P1 20"},
		{"it waits for itself", func(u *evidence.WatchUse) {
			tr := trialOf(u, evidence.TrialVim)
			tr.Missed, tr.Stuck = 3, true
			u.Readds, u.ReaddAt = true, &evidence.Frame{Function: "main.f", File: "f.go", Line: 50}
		}, "reload/lost-watch P1 50"},
		{"events are lost", func(u *evidence.WatchUse) {
			tr := trialOf(u, evidence.TrialOverflow)
			tr.Missed, tr.Overflow = 11807, true
		}, "reload/lost-watch P2 30"},
		{"events are lost, and then everything is loaded", func(u *evidence.WatchUse) {
			trialOf(u, evidence.TrialOverflow).Missed = 11807
			u.Wait, u.WaitKind = 300*time.Millisecond, evidence.WaitQuiet
		}, "reload/lost-watch info 30"},
		{"errors that nobody takes", func(u *evidence.WatchUse) {
			tr := trialOf(u, evidence.TrialOverflow)
			tr.Missed, tr.Stuck = 11807, true
			u.ErrorsRead, u.Errors = false, nil
		}, "reload/lost-watch P1 18"},
		{"a small channel", func(u *evidence.WatchUse) {
			u.Library, u.Path, u.Buffer, u.Errors, u.ErrorsRead = evidence.LibNotify, "github.com/rjeczalik/notify", 1, nil, false
			trialOf(u, evidence.TrialOverflow).Missed = 19000
		}, "reload/lost-watch P2 18"},
		{"new directories", func(u *evidence.WatchUse) {
			trialOf(u, evidence.TrialNewDirs).Missed = 46
			u.NewDirs, u.NewAt = true, &evidence.Frame{Function: "main.f", File: "f.go", Line: 60}
		}, "reload/lost-watch P2 60"},
		{"new directories, and then everything is loaded", func(u *evidence.WatchUse) {
			trialOf(u, evidence.TrialNewDirs).Missed = 46
			u.NewDirs, u.NewAt = true, &evidence.Frame{Function: "main.f", File: "f.go", Line: 60}
			u.Wait, u.WaitKind = 300*time.Millisecond, evidence.WaitQuiet
		}, "reload/lost-watch info 60"},
		{"torn", func(u *evidence.WatchUse) { trialOf(u, evidence.TrialSet).Torn = 12 }, "reload/torn-set P2 20"},
		{"torn at long gaps", func(u *evidence.WatchUse) { u.Trials[len(u.Trials)-1].Torn = 5 }, "reload/torn-set info 20"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ev := use(tt.change)
			var got []string
			for _, f := range Findings(ev) {
				got = append(got, fmt.Sprint(f.ID, " ", f.Severity, " ", f.Where.Line))
				for _, s := range sentences(&f) {
					for _, lang := range []text.Lang{text.English, text.Chinese} {
						if out := s.In(lang); strings.Contains(out, "%!") || strings.Contains(out, "%[") || out == s.Key {
							t.Errorf("%s in %s: %q", s.Key, lang, out)
						}
					}
				}
				if f.Confidence <= 0 || f.Confidence > 0.99 || len(f.Why) < 2 || len(f.Remedy) < 2 {
					t.Errorf("confidence %v, %d reasons, %d remedies", f.Confidence, len(f.Why), len(f.Remedy))
				}
			}
			if s := strings.Join(got, "; "); s != tt.want {
				t.Errorf("found %q, want %q", s, tt.want)
			}
			var b bytes.Buffer
			if err := evidence.EncodeBundle(&b, ev, nil); err != nil {
				t.Fatal(err)
			}
			back, err := evidence.ReadBundle(bytes.NewReader(b.Bytes()), int64(b.Len()))
			if err != nil {
				t.Fatal(err)
			}
			if was, is := marshal(t, Findings(ev)), marshal(t, Findings(back)); !bytes.Equal(was, is) {
				t.Errorf("of a bundle the findings differ:\n%s\n%s", was, is)
			}
		})
	}
}
