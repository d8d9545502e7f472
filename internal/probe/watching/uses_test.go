//go:build linux

package watching

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

func TestUses(t *testing.T) {
	for _, tt := range []struct {
		name    string
		library string
		what    string
		add     string
		events  string
		acts    string
		wait    time.Duration
		kind    string
		flags   string
		assumed string
	}{
		{"file", "fsnotify", "file", "main.main main.go:16", "write", "main.follow main.go:26", 0, "", "errors", ""},
		{"themes", "fsnotify", "tree", "example.com/themes/themes.(*Themes).watch themes/themes.go:40", "create remove rename write", "", 0, "", "", ""},
		{"waits", "fsnotify", "directory", "main.main main.go:25", "create write", "main.main main.go:32", 150 * time.Millisecond, "quiet", "errors overflow one", ""},
		{"renamed", "fsnotify", "directory", "main.main main.go:45", "write", "main.(*server).serve main.go:22", 500 * time.Millisecond, "skip", "errors", ""},
		{"set", "reload/watch", "tree", "main.main main.go:11", "", "", 0, "", "sets", ""},
		{"wrapped", "fsnotify", "directory", "main.main main.go:14", "chmod create remove rename write", "", 40 * time.Millisecond, "quiet", "errors", ""},
		{"handed", "fsnotify", "directory", "main.main main.go:45", "chmod create remove rename write", "", 120 * time.Millisecond, "quiet", "errors", ""},
		{"grows", "fsnotify", "tree", "main.(*tree).enter main.go:23", "create write", "main.(*tree).follow main.go:38", 0, "", "errors dirs new-files", ""},
		{"files", "fsnotify", "file", "main.(*app).watch main.go:20", "create rename write", "main.(*app).handle main.go:40", 250 * time.Millisecond, "sleep", "readds aside", ""},
		{"unsaid", "fsnotify", "unknown", "main.watch main.go:12", "chmod create remove rename write", "", 100 * time.Millisecond, "quiet", "", "target wait"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			uses := read(t, tt.name)
			if len(uses) != 1 {
				t.Fatalf("%d uses: %+v", len(uses), uses)
			}
			u := uses[0]
			if u.Library != tt.library || len(u.Adds) == 0 || u.Adds[0].What != tt.what || place(&u.Adds[0].Frame) != tt.add {
				t.Errorf("%s, adds %+v; want %s, %s at %s", u.Library, u.Adds, tt.library, tt.what, tt.add)
			}
			if got := strings.Join(u.Events, " "); got != tt.events || place(u.Acts) != tt.acts {
				t.Errorf("acts on %q at %s, want %q at %s", got, place(u.Acts), tt.events, tt.acts)
			}
			if u.Wait != tt.wait || u.WaitKind != tt.kind {
				t.Errorf("waits %v %s at %s, want %v %s", u.Wait, u.WaitKind, place(u.Waits), tt.wait, tt.kind)
			}
			if got := flagsOf(&u); got != tt.flags {
				t.Errorf("it does %q, want %q", got, tt.flags)
			}
			if got := strings.Join(u.Assumed, " "); got != tt.assumed {
				t.Errorf("assumed %q, want %q", got, tt.assumed)
			}
			if u.Library == evidence.LibFsnotify && u.Version != "v1.10.1" {
				t.Errorf("version %q", u.Version)
			}
		})
	}
}

func place(f *evidence.Frame) string {
	if f == nil {
		return ""
	}
	return f.Function + " " + f.File + ":" + strconv.Itoa(f.Line)
}

func flagsOf(u *evidence.WatchUse) string {
	var all []string
	for _, f := range []struct {
		is   bool
		name string
	}{{u.ErrorsRead, "errors"}, {u.Overflow, "overflow"}, {u.NewDirs, "dirs"}, {u.NewFiles, "new-files"}, {u.Readds, "readds"}, {u.Aside, "aside"}, {u.Sets, "sets"}, {u.OneFile, "one"}} {
		if f.is {
			all = append(all, f.name)
		}
	}
	return strings.Join(all, " ")
}

func TestNothingWatched(t *testing.T) {
	for name, want := range map[string]string{"none": "error.reload-check-none", "inotify": "error.reload-check-inotify", "unused": "error.reload-check-no-add"} {
		_, err := Run(t.Context(), Options{Dir: project(t, name)})
		var f *report.Failure
		if !errors.As(err, &f) || f.What.Key != want || f.Hint.IsZero() {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestPlan(t *testing.T) {
	uses := read(t, "waits")
	p := planOf(&uses[0])
	if slices.Contains(p.Cases, evidence.TrialSet) || slices.Contains(p.Cases, evidence.TrialOverflow) || slices.Contains(p.Cases, evidence.TrialNewDirs) {
		t.Errorf("of one file by its directory, with lost events looked for, it would try %v", p.Cases)
	}
	uses = read(t, "unsaid")
	p = planOf(&uses[0])
	if !slices.Equal(p.Whats, []string{evidence.WatchesDir, evidence.WatchesFile}) {
		t.Errorf("of what is not known it would watch %v", p.Whats)
	}
}
