package plugin

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/gomedic/gomedic/internal/gort/layout"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

const mismatch = "reload/plugin-mismatch"

// Plugins built as their host is, with other settings than it, and from other source:
// what gomedic says beforehand is what plugin.Open says.
func TestMismatch(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host := d.host("host.bin")
	for _, c := range []struct {
		name   string
		flags  []string
		env    []string
		before func() // an edit, taken back afterwards
		title  string // "": it fits
		why    string // in a reason
		remedy string // in a remedy
	}{
		{name: "fits"},
		{name: "stripped", flags: []string{"-ldflags=-s -w"}},
		{name: "trimpath", flags: []string{"-trimpath"}, title: "title.setting", why: "-trimpath: host not set, plugin true", remedy: "without -trimpath"},
		{name: "gcflags", flags: []string{"-gcflags=all=-N -l"}, title: "title.setting", why: "-gcflags: host not set", remedy: "without -gcflags"},
		{name: "gcflags of the plugin alone", flags: []string{"-gcflags=-N -l"}},
		{name: "tags without effect", flags: []string{"-tags=nothing"}},
		{name: "amd64 level", env: []string{"GOAMD64=v2"}},
		{name: "experiment", env: []string{"GOEXPERIMENT=nogreenteagc"}, title: "title.setting", why: "GOEXPERIMENT: host not set, plugin nogreenteagc"},
		{name: "race", flags: []string{"-race"}, title: "title.setting", why: "-race: host not set, plugin true", remedy: "without -race"},
		{name: "cover", flags: []string{"-cover"}, title: "title.setting", why: "-cover"},
		{name: "tags", flags: []string{"-tags=extra"}, title: "title.setting", why: "-tags: host not set, plugin extra",
			before: func() {
				d.write("dep/extra.go", "//go:build extra\n\npackage dep\n\n// Extra is new.\ntype Extra int\n")
			}},
		{name: "type", title: "title.source.one", why: "one has another hash: example.com/demo/dep",
			before: func() { d.edit("dep/dep.go", "struct{ Name string }", "struct{ Name, Title string }") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &demo{t: t, dir: d.dir, env: c.env}
			if c.before != nil {
				c.before()
				t.Cleanup(func() {
					os.Remove(d.path("dep/extra.go"))
					if err := os.CopyFS(d.path("again"), os.DirFS("testdata/demo/dep")); err != nil {
						t.Fatal(err)
					}
					if err := os.Rename(d.path("again/dep.go"), d.path("dep/dep.go")); err != nil {
						t.Fatal(err)
					}
					os.RemoveAll(d.path("again"))
				})
			}
			so := d.plugin("plug.so", c.flags...)
			p, found := examine(t, Options{Host: host, Plugin: so})
			said := start(t, host).open(so)
			if c.title == "" {
				if len(found) > 0 || !strings.HasPrefix(said, "loaded: ") {
					t.Errorf("%d findings, and plugin.Open: %s", len(found), said)
				}
				if p.Shared < 20 || p.Symbols == 0 {
					t.Errorf("only %d packages and %d symbols were compared", p.Shared, p.Symbols)
				}
				return
			}
			f := only(t, found, mismatch, c.title)
			promised(t, f, said)
			if !strings.Contains(said, "different version of package "+p.First) || !slices.Contains(p.Differ, p.First) {
				t.Errorf("first %q of %v; plugin.Open: %s", p.First, p.Differ, said)
			}
			has(t, f, c.why, c.remedy)
		})
	}
}

// has insists that a finding gives a reason and a remedy.
func has(t *testing.T, f *report.Finding, why, remedy string) {
	t.Helper()
	if !slices.ContainsFunc(f.Why, func(s text.Text) bool { return strings.Contains(s.String(), why) }) {
		t.Errorf("no reason has %q: %v", why, f.Why)
	}
	if !slices.ContainsFunc(f.Remedy, func(s text.Text) bool { return strings.Contains(s.String(), remedy) }) {
		t.Errorf("no remedy has %q: %v", remedy, f.Remedy)
	}
}

// A stripped host gives the same answers.
func TestStrippedHost(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host := d.host("host.bin", "-ldflags=-s -w")
	good, bad := d.plugin("good.so"), d.plugin("bad.so", "-trimpath", "-ldflags=-s -w")
	if _, found := examine(t, Options{Host: host, Plugin: good}); len(found) > 0 {
		t.Errorf("%s", found[0].Title)
	}
	p, found := examine(t, Options{Host: host, Plugin: bad})
	f := only(t, found, mismatch, "title.setting")
	promised(t, f, start(t, host).open(bad))
	if len(p.Differ) != p.Shared {
		t.Errorf("%d of %d packages differ", len(p.Differ), p.Shared)
	}
	if !p.Host.Stripped || !p.Plugin.Stripped || p.Plugin.PluginPath != "example.com/demo/plug" {
		t.Errorf("%+v %+v", p.Host, p.Plugin)
	}
}

// Position-independent hosts take plugins as others do.
func TestPIEHost(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host, so := d.host("host.bin", "-buildmode=pie"), d.plugin("plug.so")
	if p, found := examine(t, Options{Host: host, Plugin: so}); len(found) > 0 || p.Compared == 0 {
		t.Errorf("%d findings, %d functions compared", len(found), p.Compared)
	}
	if said := start(t, host).open(so); !strings.HasPrefix(said, "loaded: ") {
		t.Error(said)
	}
}

// The same source in another folder is another package, without -trimpath.
func TestOtherFolder(t *testing.T) {
	needC(t)
	a, b := newDemo(t), newDemo(t)
	host, so := a.host("host.bin"), b.plugin("plug.so")
	p, found := examine(t, Options{Host: host, Plugin: so})
	f := only(t, found, mismatch, "title.folder")
	promised(t, f, start(t, host).open(so))
	if len(p.Folders) != 1 || p.Folders[0].Host != a.path("dep") || p.Folders[0].Plugin != b.path("dep") {
		t.Errorf("%+v, want %s and %s", p.Folders, a.path("dep"), b.path("dep"))
	}
	has(t, f, a.path("dep"), "-trimpath")
	host, so = a.host("host.bin", "-trimpath"), b.plugin("plug.so", "-trimpath")
	if _, found := examine(t, Options{Host: host, Plugin: so}); len(found) > 0 {
		t.Errorf("%s", found[0].Title)
	}
}

// releases are the releases of Go that have been fetched for this machine.
func releases(t *testing.T) (versions []string) {
	t.Helper()
	cache := strings.TrimSpace(newDemo(t).run("go", "env", "GOMODCACHE"))
	dirs, err := filepath.Glob(filepath.Join(cache, "golang.org", "toolchain@v0.0.1-go1.*.linux-amd64"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		_, version, _ := strings.Cut(filepath.Base(dir), "v0.0.1-")
		versions = append(versions, strings.TrimSuffix(version, ".linux-amd64"))
	}
	return versions
}

// The readers know the releases that gomedic knows, stripped files of theirs, too.
func TestReleases(t *testing.T) {
	needC(t)
	if testing.Short() {
		t.Skip("builds the standard library of each release")
	}
	seen := map[string]bool{}
	for _, version := range releases(t) {
		minor := strings.Join(strings.SplitN(version, ".", 3)[:2], ".")
		if _, err := layout.ForVersion(version, "amd64"); err != nil || seen[minor] {
			continue
		}
		seen[minor] = true
		t.Run(version, func(t *testing.T) {
			d := newDemo(t).with("GOTOOLCHAIN=" + version)
			d.edit("go.mod", "go 1.26", "go 1.25")
			host, so := d.host("host.bin", "-ldflags=-s -w"), d.plugin("plug.so", "-ldflags=-s -w")
			p, found := examine(t, Options{Host: host, Plugin: so})
			if len(found) > 0 || p.Compared != 3 || p.Plugin.PluginPath != "example.com/demo/plug" || p.Plugin.Go != version {
				t.Errorf("%d findings, %d functions compared, %+v", len(found), p.Compared, p.Plugin)
			}
			r := start(t, host)
			trimmed := d.plugin("trimmed.so", "-ldflags=-s -w", "-trimpath")
			_, found = examine(t, Options{PID: r.cmd.Process.Pid, Plugin: trimmed})
			promised(t, only(t, found, mismatch, "title.setting"), r.open(trimmed))
			renamed := d.plugin("renamed.so", "-ldflags=-s -w -pluginpath=gen/r1")
			refusedFor(t, host, renamed, "title.path")
		})
	}
	if len(seen) == 0 {
		t.Skip("no release of Go was fetched")
	}
}

// Another release of Go is named, not the hundred packages that it changes.
func TestOtherToolchain(t *testing.T) {
	needC(t)
	version := ""
	for _, v := range releases(t) {
		if strings.HasPrefix(v, "go1.27") && !strings.HasPrefix(runtime.Version(), "go1.27") {
			version = v
		}
	}
	if version == "" {
		t.Skip("no other release of Go is at hand")
	}
	d := newDemo(t)
	host, so := d.host("host.bin"), d.with("GOTOOLCHAIN="+version).plugin("plug.so")
	p, found := examine(t, Options{Host: host, Plugin: so})
	f := only(t, found, mismatch, "title.toolchain")
	promised(t, f, start(t, host).open(so))
	if p.Plugin.Go != version {
		t.Errorf("the plugin's Go is %q, want %q", p.Plugin.Go, version)
	}
	has(t, f, "of the", "GOTOOLCHAIN="+p.Host.Go)
}

// A dependency of two versions is named with both.
func TestOtherModuleVersion(t *testing.T) {
	needC(t)
	proxy := t.TempDir()
	dir := filepath.Join(proxy, "example.com/lib/@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	source := newDemo(t)
	source.write("lib/go.mod", "module example.com/lib\n\ngo 1.26\n")
	for version, body := range map[string]string{"v1.0.0": "type T struct{ A int }\n", "v1.1.0": "type T struct{ A, B int }\n"} {
		source.write("lib/lib.go", "// Package lib has versions.\npackage lib\n\n"+body)
		f, err := os.Create(filepath.Join(dir, version+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		if err := zip.CreateFromDir(f, module.Version{Path: "example.com/lib", Version: version}, source.path("lib")); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{".mod": "module example.com/lib\n\ngo 1.26\n", ".info": `{"Version":"` + version + `"}`} {
			if err := os.WriteFile(filepath.Join(dir, version+name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	d := newDemo(t).with("GOPROXY=file://"+proxy, "GONOSUMDB=*", "GOFLAGS=-mod=mod -modcacherw -buildvcs=false", "GOMODCACHE="+t.TempDir(), "GOTOOLCHAIN=local")
	d.edit("dep/dep.go", `import "fmt"`, "import (\n\t\"fmt\"\n\n\t\"example.com/lib\"\n)\n\nvar Lib lib.T")
	d.run("go", "get", "example.com/lib@v1.0.0")
	host := d.host("host.bin")
	d.run("go", "get", "example.com/lib@v1.1.0")
	so := d.plugin("plug.so")
	p, found := examine(t, Options{Host: host, Plugin: so})
	f := only(t, found, mismatch, "title.module")
	promised(t, f, start(t, host).open(so))
	if len(p.Modules) != 1 || p.Modules[0].Host != "v1.0.0" || p.Modules[0].Plugin != "v1.1.0" {
		t.Errorf("%+v", p.Modules)
	}
	has(t, f, "module example.com/lib: host v1.0.0, plugin v1.1.0; 1 of its packages", "go get example.com/lib@v1.0.0")
}
