//go:build linux

package watching

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// A file that is watched by its name is lost with the first save that replaces it, and
// what is loaded at each event is loaded in pieces.
func TestFileIsLost(t *testing.T) {
	t.Parallel()
	u := &examine(t, "file", evidence.TrialRename, evidence.TrialVim, evidence.TrialSlow).Watching.Uses[0]
	for _, name := range []string{evidence.TrialRename, evidence.TrialVim} {
		if tr := trial(t, u, name, evidence.WatchesFile); tr.Missed < missesAtLeast {
			t.Errorf("%s: %+v", name, tr)
		}
	}
	if tr := trial(t, u, evidence.TrialSlow, ""); tr.Empty+tr.Partial < tr.Saves {
		t.Errorf("loaded at each write: %+v", tr)
	}
}

// missesAtLeast is after how many misses in a row the trial ends.
const missesAtLeast = 3

// A directory that is loaded at each event: all is seen, in pieces and torn; after lost
// events nothing is told any more, as nobody takes the error.
func TestThemesAreTorn(t *testing.T) {
	t.Parallel()
	u := &examine(t, "themes").Watching.Uses[0]
	if tr := trial(t, u, evidence.TrialSet, ""); tr.Torn == 0 || tr.Missed > 0 {
		t.Errorf("set: %+v", tr)
	}
	if tr := trial(t, u, evidence.TrialSlow, ""); tr.Empty+tr.Partial < tr.Saves {
		t.Errorf("in pieces: %+v", tr)
	}
	if tr := trial(t, u, evidence.TrialRename, ""); tr.Missed > 0 {
		t.Errorf("renamed: %+v", tr)
	}
	if tr := trial(t, u, evidence.TrialNewDirs, ""); tr.Missed != tr.Saves {
		t.Errorf("new directories, which are not watched: %+v", tr)
	}
	if tr := trial(t, u, evidence.TrialOverflow, ""); queueLength() < 40000 && (tr.Missed == 0 || !tr.Stuck) {
		t.Errorf("20,000 files: %+v", tr)
	}
}

// Writes only, and none soon after another.
func TestRenamedIsNotSeen(t *testing.T) {
	t.Parallel()
	u := &examine(t, "renamed", evidence.TrialRename, evidence.TrialSlow).Watching.Uses[0]
	if tr := trial(t, u, evidence.TrialRename, ""); tr.Missed < missesAtLeast {
		t.Errorf("renamed: %+v", tr)
	}
	if tr := trial(t, u, evidence.TrialSlow, ""); tr.Missed == 0 {
		t.Errorf("in pieces: %+v", tr)
	}
}

// What waits until nothing comes any more, and what knows when a file is whole, loads
// every save whole.
func TestHealthy(t *testing.T) {
	for _, name := range []string{"waits", "set"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := &examine(t, name).Watching.Uses[0]
			if u.Broken != "" {
				t.Fatal(u.Broken)
			}
			for _, tr := range u.Trials {
				if tr.Saves == 0 || tr.Loads == 0 || tr.Empty+tr.Partial+tr.Torn+tr.Missed > 0 || tr.Stuck {
					t.Errorf("%+v", tr)
				}
			}
			if name == "set" {
				trial(t, u, evidence.TrialSet, "")
			}
		})
	}
}

// Whatever ends it, nothing remains.
func TestEndsWithItsContext(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := project(t, "themes")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := Run(ctx, Options{Dir: dir, Progress: func(stage string, _, _ int) {
		if stage == "reload-check.stage.try" { // the trial runs
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "gomedic-reload-check-*")); len(left) > 0 {
		t.Errorf("%v remains", left)
	}
	for _, exe := range processes(t) {
		if strings.Contains(exe, os.Getenv("TMPDIR")) {
			t.Errorf("%s runs on", exe)
		}
	}
}

// processes are the programs that run.
func processes(t *testing.T) (all []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if exe, err := os.Readlink(l); err == nil {
			all = append(all, exe)
		}
	}
	return all
}

// The other libraries, as far as they are here: go mod download fetches them.
func TestOtherLibraries(t *testing.T) {
	for _, tt := range []struct{ name, kind, events string }{
		{"notify", evidence.LibNotify, "close-write moved-to"},
		{"gonotify", evidence.LibGonotify, "close-write moved-to"},
		{"gonotify2", evidence.LibGonotify, "close-write moved-to"},
		{"gonotify1", evidence.LibGonotify, "close-write moved-to"},
		{"watcher", evidence.LibRadovskyb, "create write"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := project(t, tt.name)
			if !offline(dir) {
				t.Skip("its module is not here")
			}
			r, err := Run(t.Context(), Options{Dir: dir, brief: true, only: []string{evidence.TrialSlow, evidence.TrialRename}})
			if err != nil {
				t.Fatal(err)
			}
			u := &r.Watching.Uses[0]
			if u.Library != tt.kind || strings.Join(u.Events, " ") != tt.events || u.Broken != "" {
				t.Fatalf("%s, events %v, broken %q", u.Library, u.Events, u.Broken)
			}
			tr := trial(t, u, evidence.TrialSlow, "")
			if polls := tt.kind == evidence.LibRadovskyb; polls != (tr.Empty+tr.Partial > 0) {
				t.Errorf("in pieces: %+v", tr)
			}
			if tr := trial(t, u, evidence.TrialRename, ""); tr.Missed > 0 || tr.Loads == 0 {
				t.Errorf("renamed: %+v", tr)
			}
			if u.WaitKind == evidence.WaitPoll && u.Wait != 50*time.Millisecond {
				t.Errorf("it looks every %v", u.Wait)
			}
		})
	}
}

// Who looks into a new directory once it is watched misses none of its files.
func TestNewDirectoriesAreSeen(t *testing.T) {
	t.Parallel()
	u := &examine(t, "grows", evidence.TrialNewDirs).Watching.Uses[0]
	if tr := trial(t, u, evidence.TrialNewDirs, ""); tr.Missed > 0 || tr.Loads != tr.Saves {
		t.Errorf("%+v", tr)
	}
}
