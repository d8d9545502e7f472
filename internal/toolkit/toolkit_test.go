package toolkit

import (
	"bufio"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
)

// recorded reads testdata/functions/NAME.txt: functions and the operating systems
// that have them.
func recorded(t *testing.T, name string) map[string][]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "functions", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	functions := map[string][]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		i := strings.LastIndexByte(lines.Text(), ' ')
		functions[lines.Text()[:i]] = strings.Split(lines.Text()[i+1:], ",")
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return functions
}

// minors returns the recorded minor versions of a toolkit.
func minors(t *testing.T, tk *Toolkit) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "functions", tk.Name+"-*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		minor := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), tk.Name+"-"), ".txt")
		if minorVersion(minor) != "" {
			all = append(all, minor)
		}
	}
	slices.SortFunc(all, compareMinor)
	return all
}

// companions returns the names of the files that were recorded from companions of
// a toolkit.
func companions(t *testing.T, tk *Toolkit) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "functions", tk.Name+"-[a-z]*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".txt")
	}
	return files
}

func TestEveryPatternMatchesInEveryVersion(t *testing.T) {
	for _, tk := range All() {
		versions := minors(t, tk)
		if len(versions) == 0 || versions[0] != tk.First || versions[len(versions)-1] != tk.Last {
			t.Errorf("%s: recorded %v, the tables say %s to %s", tk.Name, versions, tk.First, tk.Last)
		}
		for _, minor := range versions {
			functions := recorded(t, tk.Name+"-"+minor)
			for _, name := range companions(t, tk) {
				maps.Copy(functions, recorded(t, name))
			}
			for _, f := range tk.Functions() {
				var on []string
				for fn, systems := range functions {
					if f.Match.Match(fn) {
						on = append(on, systems...)
					}
				}
				switch {
				case f.In(minor) && len(on) == 0:
					t.Errorf("%s %s: %q matches no function; if it is new, run go generate", tk.Name, minor, f.Match)
				case !f.In(minor) && len(on) > 0:
					t.Errorf("%s %s: %q matches, though the table says %s to %s", tk.Name, minor, f.Match, f.Since, f.Until)
				}
				for _, system := range f.OS {
					if f.In(minor) && !slices.Contains(on, system) {
						t.Errorf("%s %s: %q matches nothing on %s", tk.Name, minor, f.Match, system)
					}
				}
				if f.In(minor) && len(f.OS) == 0 && !slices.Contains(on, "linux") {
					t.Errorf("%s %s: %q matches on %v only, and the table does not say so", tk.Name, minor, f.Match, on)
				}
			}
		}
	}
}

func TestTablesAreWhole(t *testing.T) {
	names := map[string]bool{}
	for _, tk := range All() {
		if tk.Name == "" || tk.Title == "" || names[tk.Name] || ByName(tk.Name) != tk {
			t.Errorf("%q: no name, no title or not the only one", tk.Name)
		}
		names[tk.Name] = true
		if len(tk.Modules) == 0 || len(tk.Markers) == 0 || len(tk.Idle) == 0 || len(tk.Frames) == 0 || len(tk.Alive) == 0 {
			t.Errorf("%s: modules, markers, idle waits, frame and alive functions are needed", tk.Name)
		}
		if len(tk.Loops)+len(tk.LoopCalls) == 0 {
			t.Errorf("%s: no way to find the loop", tk.Name)
		}
		if len(tk.LoopCalls) > 0 && (tk.LoopRole == "" || len(tk.Pump) == 0) {
			t.Errorf("%s: the user's own loop needs a role and pump functions", tk.Name)
		}
		for _, l := range tk.Loops {
			if l.Role == "" || l.MustLock != "" && l.MustLock != "main" && l.MustLock != "any" {
				t.Errorf("%s: loop %q: role %q, thread rule %q", tk.Name, l.Match, l.Role, l.MustLock)
			}
		}
		for _, c := range tk.Crossings {
			if c.Role == "" {
				t.Errorf("%s: crossing %q without a role", tk.Name, c.Match)
			}
		}
		for _, w := range tk.Idle {
			if tk.LoopCalls == nil && len(w.Reasons) == 0 && w.Via == "" && !strings.Contains(string(w.Match), "WaitEvents") {
				t.Errorf("%s: the wait %q takes any state for idle", tk.Name, w.Match)
			}
		}
		for _, m := range tk.Markers {
			if !underAny(m, tk.Modules) {
				t.Errorf("%s: marker %s is in none of the modules", tk.Name, m)
			}
		}
	}
}

func TestRecognise(t *testing.T) {
	has := func(pkgs ...string) func(string) bool {
		return func(pkg string) bool { return slices.Contains(pkgs, pkg) }
	}
	file := func(path, version string) func(string) string {
		return func(p string) string {
			if p == path {
				return version
			}
			return ""
		}
	}
	fyne, gio, ebiten := "fyne.io/fyne/v2", "gioui.org", "github.com/hajimehoshi/ebiten/v2"
	glfw33, glfw34 := "github.com/go-gl/glfw/v3.3/glfw", "github.com/go-gl/glfw/v3.4/glfw"
	for name, c := range map[string]struct {
		modules []evidence.Module
		has     func(string) bool
		file    func(string) string
		want    string
	}{
		"fyne": {modules: []evidence.Module{{Path: fyne, Version: "v2.7.1"}, {Path: glfw33, Version: "v0.0.0-2024"}},
			has: has(fyne+"/internal/driver/glfw", glfw33), want: "fyne v2.7.1"},
		"fyne, functions unknown":      {modules: []evidence.Module{{Path: fyne, Version: "v2.7.1"}}, want: "fyne v2.7.1"},
		"fyne without build info":      {has: has(fyne+"/internal/driver/glfw", glfw34), file: file(fyne, "v2.8.0"), want: "fyne v2.8.0"},
		"fyne replaced by a folder":    {modules: []evidence.Module{{Path: fyne, Replaced: true}}, has: has(fyne + "/internal/driver/glfw"), want: "fyne "},
		"fyne's own demo":              {modules: []evidence.Module{{Path: "golang.org/x/image", Version: "v0.1.0"}}, has: has(fyne+"/internal/driver/glfw", glfw33), want: "fyne "},
		"only fyne's storage":          {modules: []evidence.Module{{Path: fyne, Version: "v2.7.1"}}, has: has(fyne + "/storage")},
		"gio":                          {modules: []evidence.Module{{Path: gio, Version: "v0.9.0"}}, has: has(gio + "/app"), want: "gio v0.9.0"},
		"gio's image work in a server": {modules: []evidence.Module{{Path: gio, Version: "v0.9.0"}}, has: has(gio + "/gpu/headless")},
		"ebitengine":                   {modules: []evidence.Module{{Path: ebiten, Version: "v2.9.7"}}, has: has(ebiten + "/internal/ui"), want: "ebitengine v2.9.7"},
		"glfw":                         {modules: []evidence.Module{{Path: glfw33, Version: "v0.0.0-2024"}}, has: has(glfw33), want: "glfw v3.3"},
		"glfw without build info":      {has: has(glfw34), want: "glfw v3.4"},
		"none":                         {modules: []evidence.Module{{Path: "golang.org/x/net", Version: "v0.1.0"}}, has: has("golang.org/x/net/http2")},
		"nothing known":                {},
	} {
		t.Run(name, func(t *testing.T) {
			tk, version := Recognise(c.modules, c.has, c.file)
			got := ""
			if tk != nil {
				got = tk.Name + " " + version
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestKnows(t *testing.T) {
	for version, want := range map[string]bool{
		"": true, "v2.5.0": true, "v2.8.3": true, "2.7.1": true, "v2.4.5": false, "v2.9.0": false, "v2.10.0": false,
		"v3.0.0": false, "(devel)": true, "v2.7.2-0.20260101000000-abcdefabcdef": true,
	} {
		if got := Fyne.Knows(version); got != want {
			t.Errorf("Fyne.Knows(%q) = %v", version, got)
		}
	}
	if !Gio.Knows("v0.10.3") || Gio.Knows("v0.7.0") {
		t.Error("Gio: 0.10 comes after 0.9")
	}
}

func TestWindowGone(t *testing.T) {
	for _, tt := range []struct {
		name                                       string
		driver, drawn, pending, context, noContext bool
		gone, fresh                                bool
	}{
		{name: "not opened", fresh: true},
		{name: "before its first frame", driver: true},
		{name: "in its first frame", driver: true, drawn: true, pending: true},
		{name: "drawn", driver: true, drawn: true, context: true},
		{name: "in a later frame", driver: true, drawn: true, pending: true, context: true},
		{name: "drawn by the program itself", driver: true, drawn: true, noContext: true},
		{name: "destroyed", drawn: true, gone: true},
		{name: "destroyed, and drawn by itself", drawn: true, noContext: true, gone: true},
		{name: "destroyed, with another driver", driver: true, drawn: true, gone: true},
	} {
		if gone, fresh := Gio.Window.Gone(tt.driver, tt.drawn, tt.pending, tt.context, tt.noContext); gone != tt.gone || fresh != tt.fresh {
			t.Errorf("%s: gone %v, fresh %v", tt.name, gone, fresh)
		}
	}
}
