//go:build linux

package watching

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gomedic/gomedic/internal/evidence"
)

// The end of the go.mod of a project that has none, or none that is whole: gomedic's own
// versions, which are here already.
const requires = `
require (
	github.com/fsnotify/fsnotify v1.10.1
	golang.org/x/sys v0.49.0
)
`

// project unpacks a project of testdata into a folder of its own.
func project(t *testing.T, name string) string {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, content string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/project\n\ngo 1.26.0\n"+requires)
	write("go.sum", string(sums))
	for _, f := range a.Files {
		content := string(f.Data)
		if f.Name == "go.mod" && !strings.Contains(content, "require") {
			content += requires
		}
		write(f.Name, content)
	}
	if name == "set" { // which needs gomedic itself, with all that it needs
		own, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		mod := strings.Replace(string(own), "module github.com/gomedic/gomedic", "module example.com/project", 1)
		write("go.mod", mod+"\nrequire github.com/gomedic/gomedic v0.0.0\n\nreplace github.com/gomedic/gomedic => "+root+"\n")
	}
	return dir
}

// read reads a project without trying it.
func read(t *testing.T, name string) []evidence.WatchUse {
	t.Helper()
	p, err := load(t.Context(), project(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return index(p).uses()
}

// examine examines a project of testdata, and holds that nothing of it changed.
func examine(t *testing.T, name string, only ...string) *Result {
	t.Helper()
	dir := project(t, name)
	before := listing(t, dir)
	r, err := Run(context.Background(), Options{Dir: dir, only: only, brief: true})
	if err != nil {
		t.Fatal(err)
	}
	if after := listing(t, dir); after != before {
		t.Errorf("the project was touched:\n%s\nand before:\n%s", after, before)
	}
	return r
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			b.WriteString(path + " " + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// trial is the first of a case.
func trial(t *testing.T, u *evidence.WatchUse, name, what string) evidence.WatchTrial {
	t.Helper()
	for _, tr := range u.Trials {
		if tr.Case == name && (what == "" || tr.What == what) {
			return tr
		}
	}
	t.Fatalf("%s was not tried: %+v", name, u.Trials)
	return evidence.WatchTrial{}
}

// offline completes a project's go.mod and go.sum, if its modules are here.
func offline(dir string) bool {
	cmd := exec.Command("go", "mod", "tidy")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off", "GOSUMDB=off")
	return cmd.Run() == nil
}
