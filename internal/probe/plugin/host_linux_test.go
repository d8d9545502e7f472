package plugin

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Programs that cannot load any plugin.
func TestHostThatCannot(t *testing.T) {
	needC(t)
	d := newDemo(t)
	so := d.plugin("plug.so")
	for _, c := range []struct {
		name, title string
		flags, env  []string
		said        string // of plugin.Open
	}{
		{name: "nocgo", title: "title.host-cgo", env: []string{"CGO_ENABLED=0"}, said: "plugin: not implemented"},
		{name: "static", title: "title.host-static", flags: []string{"-ldflags=-linkmode=external -extldflags=-static"}, said: "no plugin module data"},
		{name: "hidden", title: "title.host-export", flags: []string{"-ldflags=-extldflags=-Wl,--no-export-dynamic"}, said: "no plugin module data"},
		{name: "hidden-stripped", title: "title.host-export", flags: []string{"-ldflags=-s -w -extldflags=-Wl,--no-export-dynamic"}, said: "no plugin module data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := (&demo{t: t, dir: d.dir, env: c.env}).host(c.name, c.flags...)
			_, found := examine(t, Options{Host: host, Plugin: so})
			f := only(t, found, mismatch, c.title)
			if said := start(t, host).open(so); !strings.Contains(said, c.said) {
				t.Errorf("plugin.Open: %s", said)
			}
			if len(f.Why) == 0 || len(f.Remedy) == 0 {
				t.Errorf("%v, %v", f.Why, f.Remedy)
			}
		})
	}
	t.Run("import", func(t *testing.T) {
		d.write("plain/main.go", "package main\n\nimport \"C\"\n\nfunc main() {}\n")
		d.run("go", "build", "-o", "plain.bin", "./plain")
		_, found := examine(t, Options{Host: d.path("plain.bin"), Plugin: so})
		only(t, found, mismatch, "title.host-import")
	})
	for _, arch := range []string{"386", "arm64"} {
		t.Run(arch, func(t *testing.T) {
			host := (&demo{t: t, dir: d.dir, env: []string{"CGO_ENABLED=0", "GOARCH=" + arch}}).host("host-" + arch)
			p, found := examine(t, Options{Host: host, Plugin: so})
			only(t, found, mismatch, "title.arch")
			if p.Host.Arch != arch || p.Plugin.Arch != "amd64" || p.Shared != 0 {
				t.Errorf("%+v, %+v, %d packages", p.Host, p.Plugin, p.Shared)
			}
		})
	}
}

// A plugin for another machine. Its code is of no matter: the loader looks at the header.
func TestOtherArchitecture(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host := d.host("host.bin")
	so := patch(t, d.plugin("plug.so"), "arm.so", func(b []byte) { binary.LittleEndian.PutUint16(b[18:], 183) })
	_, found := examine(t, Options{Host: host, Plugin: so})
	only(t, found, mismatch, "title.arch")
	if said := start(t, host).open(so); !strings.HasPrefix(said, "refused: ") {
		t.Error(said)
	}
}

// A body-only edit under the same path: it loads, and two versions run. This the runtime
// does not say.
func TestTwoVersions(t *testing.T) {
	needC(t)
	for _, c := range []struct{ name, old, changed, function string }{
		{"constant", "b*3", "b*5", "example.com/demo/dep.Add"},
		{"text", "hello %s", "hullo %s", "example.com/demo/dep.Greet"},
		{"bound", "n > 40", "n > 4", "example.com/demo/dep.Deep"},
		{"call", `return fmt.Sprintf("hello %s", c.Name)`, `return fmt.Sprint("hello ", c.Name)`, "example.com/demo/dep.Greet"},
		{"operation", "a + b*3", "a ^ b*3", "example.com/demo/dep.Add"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDemo(t)
			host := d.host("host.bin")
			d.edit("dep/dep.go", c.old, c.changed)
			so := d.plugin("plug.so", "-ldflags=-s -w")
			p, found := examine(t, Options{Host: host, Plugin: so})
			f := only(t, found, mismatch, "title.code.one")
			if len(p.Differ) > 0 || len(p.Code) != 1 || len(p.Code[0].Functions) != 1 || p.Code[0].Functions[0] != c.function {
				t.Errorf("differ %v, code %+v, want %s", p.Differ, p.Code, c.function)
			}
			has(t, f, c.function, "same source")
			if said := start(t, host).open(so); !strings.HasPrefix(said, "loaded: ") {
				t.Errorf("plugin.Open: %s", said)
			}
		})
	}
	// What does not change the code is not reported.
	d := newDemo(t)
	host := d.host("host.bin")
	d.edit("dep/dep.go", "if n > 40 {", "if n > 40 { // a comment")
	if p, found := examine(t, Options{Host: host, Plugin: d.plugin("plug.so")}); len(found) > 0 || p.Compared != 3 {
		t.Errorf("%d findings, %d functions compared", len(found), p.Compared)
	}
}

// The code of the same source is the same shape in a program and in a plugin, but for
// very few functions: measured on all of Go's that the two share.
func TestShapesAgree(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host, so := open(t, d.host("host.bin")), open(t, d.plugin("plug.so"))
	inHost, inPlugin := newCodeReader(host, false), newCodeReader(so, true)
	names := map[string]*symbol{}
	for i := range so.dynamic {
		names[so.dynamic[i].name] = &so.dynamic[i]
	}
	all, differ := 0, []string{}
	for i := range host.dynamic {
		s := &host.dynamic[i]
		p := names[s.name]
		if p == nil || s.kind != 2 || !s.defined() || !p.defined() || !strings.Contains(s.name, ".") || !comparable(s.name) {
			continue
		}
		a, ok := inHost.shapeOf(s)
		b, ok2 := inPlugin.shapeOf(p)
		if !ok || !ok2 {
			continue
		}
		if all++; !a.equal(&b) {
			differ = append(differ, s.name)
		}
	}
	t.Logf("%d of %d differ: %v", len(differ), all, differ)
	if all < 3000 || len(differ)*200 > all {
		t.Errorf("%d of %d functions differ", len(differ), all)
	}
}

func open(t *testing.T, path string) *file {
	t.Helper()
	f, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	return f
}

// A host that runs is asked what it has loaded.
func TestRunningHost(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host := d.host("host.bin", "-ldflags=-s -w")
	first := d.plugin("first.so")
	r := start(t, host)
	pid := r.cmd.Process.Pid
	p, found := examine(t, Options{PID: pid, Plugin: first})
	if len(found) > 0 || !p.Loaded.Known || len(p.Loaded.Paths) > 0 || p.Symbols == 0 {
		t.Errorf("%d findings, %+v", len(found), p.Loaded)
	}
	if said := r.open(first); !strings.HasPrefix(said, "loaded: ") {
		t.Fatal(said)
	}
	// Another file of the same path.
	d.edit("plug/main.go", "return ", `return "again " + `)
	second := d.plugin("second.so")
	p, found = examine(t, Options{PID: pid, Plugin: second})
	f := only(t, found, mismatch, "title.loaded")
	if len(p.Loaded.Paths) != 1 || p.Loaded.Paths[0] != "example.com/demo/plug" || p.Loaded.File != first {
		t.Errorf("%+v, want %s", p.Loaded, first)
	}
	promised(t, f, r.open(second))
	// The very file.
	_, found = examine(t, Options{PID: pid, Plugin: first})
	only(t, found, mismatch, "title.same-file")
	// The file, built anew: package plugin knows it by its name.
	if err := os.Rename(d.path("second.so"), d.path("first.so")); err != nil {
		t.Fatal(err)
	}
	_, found = examine(t, Options{PID: pid, Plugin: first})
	only(t, found, mismatch, "title.replaced")
	if said := r.open(first); strings.Contains(said, "again") || !strings.HasPrefix(said, "loaded: ") {
		t.Errorf("plugin.Open: %s", said)
	}
	// Under a path of its own it is loaded.
	d.run("go", "build", "-buildmode=plugin", "-o", "third.so", "./plug/main.go")
	third := d.path("third.so")
	if _, found = examine(t, Options{PID: pid, Plugin: third}); len(found) > 0 {
		t.Errorf("%s", found[0].Title)
	}
	if said := r.open(third); !strings.HasPrefix(said, "loaded: again ") {
		t.Errorf("plugin.Open: %s", said)
	}
}

// Package plugin remembers what was refused by the file's name, whatever it holds by now.
func TestRefusedBefore(t *testing.T) {
	needC(t)
	d := newDemo(t)
	r := start(t, d.host("host.bin"))
	so := d.plugin("plug.so", "-trimpath")
	if said := r.open(so); !strings.HasPrefix(said, "refused: ") {
		t.Fatal(said)
	}
	if err := os.Remove(so); err != nil { // else the linker writes into the file that is mapped
		t.Fatal(err)
	}
	d.plugin("plug.so")
	_, found := examine(t, Options{PID: r.cmd.Process.Pid, Plugin: so})
	f := only(t, found, mismatch, "title.refused")
	promised(t, f, r.open(so))
	// Its packages stay, too: a plugin of the same path is no longer taken.
	third := d.plugin("third.so")
	p, found := examine(t, Options{PID: r.cmd.Process.Pid, Plugin: third})
	f = only(t, found, mismatch, "title.brought")
	if len(p.Brought) != 1 || p.Brought[0].Package != "example.com/demo/plug" || p.Brought[0].File != so {
		t.Errorf("%+v", p.Brought)
	}
	promised(t, f, r.open(third))
	d.run("go", "build", "-buildmode=plugin", "-o", "other.so", "./plug/main.go")
	other := d.path("other.so")
	if _, found := examine(t, Options{PID: r.cmd.Process.Pid, Plugin: other}); len(found) > 0 {
		t.Errorf("%s", found[0].Title)
	}
	if said := r.open(other); !strings.HasPrefix(said, "loaded: ") {
		t.Error(said)
	}
}

// Two plugins share a package that the host lacks.
func TestOtherPluginsPackage(t *testing.T) {
	needC(t)
	d := newDemo(t)
	d.write("chart/chart.go", "// Package chart is shared by plugins.\npackage chart\n\n// Kind is a kind.\ntype Kind struct{ A int }\n\n//go:noinline\nfunc New() Kind { return Kind{} }\n")
	d.edit("plug/main.go", `import "example.com/demo/dep"`, "import (\n\t\"example.com/demo/chart\"\n\t\"example.com/demo/dep\"\n)\n\nvar Kind = chart.New()")
	r := start(t, d.host("host.bin"))
	a := d.plugin("a.so")
	if said := r.open(a); !strings.HasPrefix(said, "loaded: ") {
		t.Fatal(said)
	}
	d.edit("chart/chart.go", "A int", "A, B int")
	d.run("go", "build", "-buildmode=plugin", "-o", "b.so", "./plug/main.go")
	p, found := examine(t, Options{PID: r.cmd.Process.Pid, Plugin: d.path("b.so")})
	f := only(t, found, mismatch, "title.brought")
	if p.First != "example.com/demo/chart" || p.Brought[0].File != a {
		t.Errorf("first %s, %+v", p.First, p.Brought)
	}
	promised(t, f, r.open(d.path("b.so")))
}

// Files that are no host or no plugin.
func TestWrongFiles(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host, so := d.host("host.bin"), d.plugin("plug.so")
	d.write("text", "no program")
	d.write("empty", "")
	d.write("head", "\x7fELF\x02\x01\x01")
	d.write("app.exe", "MZ\x90\x00 and so on")
	d.write("app.macho", "\xcf\xfa\xed\xfe and so on")
	if err := os.Mkdir(d.path("folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	d.write("c.c", "int main(void) { return 0; }")
	d.run("gcc", "-o", "c.bin", "c.c")
	d.run("gcc", "-shared", "-fPIC", "-o", "c.so", "c.c")
	d.run("go", "build", "-buildmode=c-shared", "-o", "library.so", "./plug")
	b, err := os.ReadFile(so)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]int{"cut-head.so": 40, "cut-text.so": len(b) / 3, "cut-end.so": len(b) - 100} {
		d.write(name, string(b[:n]))
	}
	patch(t, host, "packed.bin", func(b []byte) { clear(b[40:48]); clear(b[60:64]) }) // e_shoff, e_shnum, e_shstrndx
	for _, c := range []struct {
		host, plugin string
		wrong        string
		reason       Reason
	}{
		{"none", "plug.so", "none", Missing},
		{"host.bin", "none", "none", Missing},
		{"folder", "plug.so", "folder", NoFile},
		{"host.bin", "folder", "folder", NoFile},
		{"host.bin", "text", "text", NoELF},
		{"host.bin", "empty", "empty", NoELF},
		{"host.bin", "head", "head", Truncated},
		{"app.exe", "plug.so", "app.exe", OtherOS},
		{"app.macho", "plug.so", "app.macho", OtherOS},
		{"host.bin", "cut-head.so", "cut-head.so", Truncated},
		{"host.bin", "cut-text.so", "cut-text.so", Truncated},
		{"host.bin", "cut-end.so", "cut-end.so", Truncated},
		{"packed.bin", "plug.so", "packed.bin", NoSections},
		{"c.bin", "plug.so", "c.bin", NoGo},
		{"host.bin", "c.so", "c.so", NoGo},
		{"host.bin", "library.so", "library.so", NoPlugin},
		{"host.bin", "host.bin", "host.bin", NoPlugin},
		{"plug.so", "host.bin", "plug.so", NoProgram},
	} {
		_, err := Run(t.Context(), Options{Host: d.path(c.host), Plugin: d.path(c.plugin)})
		e, ok := err.(*FileError)
		if !ok || e.Reason != c.reason || filepath.Base(e.Path) != c.wrong {
			t.Errorf("%s %s: %v, want %s of %s", c.host, c.plugin, err, c.reason, c.wrong)
		}
	}
}

// FuzzOpen opens files that are damaged anywhere.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01\x01"), uint16(3), byte(1))
	f.Fuzz(func(t *testing.T, head []byte, at uint16, with byte) {
		path := filepath.Join(t.TempDir(), "f")
		b := append([]byte("\x7fELF\x02\x01\x01"), head...)
		b[int(at)%len(b)] = with
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if f, err := openFile(path); err == nil {
			f.readInfo()
			f.pluginPath()
			f.hashes()
			newObject(f, nil, true)
			f.close()
		}
	})
}
