package listing

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var files = map[string]string{
	"go.mod":     "module example.com/app\n\ngo 1.26\n",
	"main.go":    "package main\n\nimport \"example.com/app/ui\"\n\nfunc main() { println(ui.Show()) }\n",
	"ui/ui.go":   "package ui\n\nimport \"example.com/app/data\"\n\nfunc Show() int { return data.N }\n",
	"data/d.go":  "package data\n\nimport _ \"embed\"\n\n//go:embed n.txt\nvar Text string\n\nvar N = len(Text)\n",
	"data/n.txt": "1",
	"other/o.go": "package other\n",
}

var env = []string{"GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0"}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func paths(packages []*Package) string {
	var out []string
	for _, p := range packages {
		out = append(out, strings.TrimPrefix(p.ImportPath, "example.com/app/"))
	}
	return strings.Join(out, " ")
}

func TestDependentsComeAfterWhatTheyNeed(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files)
	l, err := Load(context.Background(), Options{Dir: dir, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(l.Dependents("example.com/app/data")); got != "data ui example.com/app" {
		t.Errorf("dependents of data: %s", got)
	}
	if l.Package("example.com/app/other") != nil {
		t.Error("other is no part of the program, and listed")
	}
	without := l.Reach([]string{l.Main.ImportPath}, map[string]bool{"example.com/app/ui": true})
	if without["example.com/app/data"] || !without["example.com/app"] {
		t.Errorf("reached without ui: %v", without)
	}
	data := l.Package("example.com/app/data")
	if !data.Local() || data.Native() || !slices.Equal(data.EmbedFiles, []string{"n.txt"}) {
		t.Errorf("data is %+v", data)
	}
	if std := l.Package("embed"); std == nil || std.Local() || std.Export == "" {
		t.Errorf("embed is %+v", std)
	}
	if err := l.Add(context.Background(), "container/ring"); err != nil || l.Package("container/ring") == nil || l.Main == nil {
		t.Errorf("after adding container/ring: %v", err)
	}
}

// A list that was kept is taken while what it depends on is the same.
func TestKeptListsAreTakenWhileTheyAreTrue(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	write(t, dir, files)
	ctx := context.Background()
	// A mark in the kept list shows which one was taken.
	load := func() (kept bool) {
		t.Helper()
		l, err := Load(ctx, Options{Dir: dir, Env: env, Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		kept = l.Main.Imports[0] == "mark"
		names, err := filepath.Glob(filepath.Join(cache, "*.json"))
		if err != nil || len(names) == 0 {
			t.Fatalf("nothing kept: %v", err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s := strings.ReplaceAll(string(b), `"Imports":["example.com/app/ui"`, `"Imports":["mark"`)
			if err := os.WriteFile(name, []byte(s), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return kept
	}
	if load() {
		t.Fatal("the first list was kept already")
	}
	if !load() {
		t.Error("nothing has changed, and the list was made anew")
	}
	changes := []map[string]string{
		{"ui/ui.go": files["ui/ui.go"] + "\n// More.\n"},
		{"ui/more.go": "package ui\n"},
		{"data/n.txt": "22"},
		{"go.mod": files["go.mod"] + "\n// why\n"},
	}
	for _, c := range changes {
		write(t, dir, c)
		if load() {
			t.Errorf("the list was kept although there is a new %v", c)
		}
		if !load() {
			t.Errorf("after %v nothing has changed, and the list was made anew", c)
		}
	}
	write(t, dir, map[string]string{"ui/ui.go": "package ui\n\nfunc Show() int { return none }\n"})
	_, err := Load(ctx, Options{Dir: dir, Env: env, Cache: cache})
	var broken *BuildError
	if !errors.As(err, &broken) || !strings.Contains(err.Error(), "ui.go:3:26: undefined: none") {
		t.Errorf("a module that does not build: %v", err)
	}
}

// A workspace has no go.mod in its own folder; the packages of all its modules may
// change, and what any of them needs may.
func TestWorkspace(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	write(t, dir, map[string]string{
		"go.work":         "go 1.26.0\n\nuse (\n\t./app\n\t./shared\n)\n",
		"app/go.mod":      "module example.com/app\n\ngo 1.26\n",
		"app/cmd/main.go": "package main\n\nimport \"example.com/shared/n\"\n\nfunc main() { println(n.N) }\n",
		"shared/go.mod":   "module example.com/shared\n\ngo 1.26\n",
		"shared/n/n.go":   "package n\n\nvar N = 1\n",
	})
	o := Options{Dir: dir, Main: "./app/cmd", Env: []string{"GOWORK=", "GOFLAGS=", "CGO_ENABLED=0"}, Cache: cache}
	l, err := Load(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if n := l.Package("example.com/shared/n"); n == nil || !n.Local() || l.Main.ImportPath != "example.com/app/cmd" {
		t.Errorf("main is %v, its package of the other module %+v", l.Main.ImportPath, n)
	}
	for _, name := range []string{"go.work", "go.work.sum", "app/go.mod", "app/go.sum", "shared/go.mod"} {
		if !slices.Contains(l.ModuleFiles(), filepath.Join(dir, name)) {
			t.Errorf("%s is not among %v", name, l.ModuleFiles())
		}
	}
	key := l.key(o)
	if readKept(cache, key) == nil {
		t.Fatal("the list was not kept")
	}
	write(t, dir, map[string]string{"shared/go.mod": "module example.com/shared\n\ngo 1.25\n"})
	if readKept(cache, key) != nil {
		t.Error("a go.mod has changed, and the list is kept")
	}
}
