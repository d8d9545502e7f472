package plugin

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/report"
)

const undefinedID = "reload/undefined-symbol"

// lazily lets cgo's own trial link pass with symbols that nothing provides.
const lazily = "-Wl,--unresolved-symbols=ignore-all"

// cPlugin makes the demo's plugin call C: declarations, the linker's flags, and a C
// expression of type int.
func (d *demo) cPlugin(declarations, flags, expression string) {
	d.write("plug/main.go", "package main\n\n/*\n#cgo LDFLAGS: "+flags+"\n"+declarations+"\nstatic int value(void) { return (int)("+expression+"); }\n*/\nimport \"C\"\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/demo/dep\"\n)\n\nfunc Run() string { return fmt.Sprint(dep.Add(1, 2), C.value()) }\n\nfunc main() {}\n")
}

// cHost gives the host C code of its own.
func (d *demo) cHost(code string) {
	d.write("host/c.go", "package main\n\n/*\n"+code+"\n*/\nimport \"C\"\n\nvar _ = C.keep()\n")
}

// refusedFor examines a plugin that is refused for one reason, and compares what
// plugin.Open says.
func refusedFor(t *testing.T, host, so, title string, env ...string) *report.Finding {
	t.Helper()
	_, found := examine(t, Options{Host: host, Plugin: so})
	f := only(t, found, undefinedID, title)
	if said := start(t, host, env...).open(so); strings.Contains(title, "library-missing") || strings.Contains(title, "version") {
		if !strings.HasPrefix(said, "refused: ") {
			t.Errorf("plugin.Open: %s", said)
		}
	} else {
		promised(t, f, said)
	}
	return f
}

// A library that the symbol is in, and that nothing links.
func TestMissingNeeded(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host := d.host("host.bin")
	d.cPlugin("extern double j0(double); static volatile double zero;", lazily, "j0(zero)*4")
	f := refusedFor(t, host, d.plugin("plug.so"), "title.library")
	has(t, f, "libm.so.6", "#cgo LDFLAGS: -lm")
	d.cPlugin("extern double j0(double); static volatile double zero;", "-lm", "j0(zero)*4")
	so := d.plugin("plug.so")
	if _, found := examine(t, Options{Host: host, Plugin: so}); len(found) > 0 {
		t.Errorf("%s", found[0].Title)
	}
	if said := start(t, host).open(so); said != "loaded: 7 4" {
		t.Error(said)
	}
}

// C++ in an object that a C compiler links.
func TestCXXWithoutItsRuntime(t *testing.T) {
	needC(t, "g++", "ar")
	d := newDemo(t)
	host := d.host("host.bin")
	d.write("cxx/shape.cpp", `#include <string>
struct Shape { virtual ~Shape() {} virtual int area() { return 0; } };
struct Square : Shape { std::string name = "square"; int area() override { return name.size() * 7; } };
extern "C" int area(void) { Shape *s = new Square; int a = s->area(); delete s; return a; }
`)
	d.run("g++", "-c", "-fPIC", "-o", "cxx/shape.o", "cxx/shape.cpp")
	d.run("ar", "rcs", "plug/libshape.a", "cxx/shape.o")
	d.cPlugin("extern int area(void);", "${SRCDIR}/libshape.a "+lazily, "area()")
	so := d.plugin("plug.so")
	p, found := examine(t, Options{Host: host, Plugin: so})
	f := only(t, found, undefinedID, "title.cxx")
	has(t, f, "libstdc++", "-lstdc++")
	promised(t, f, start(t, host).open(so))
	for i := range p.Undefined {
		if !p.Undefined[i].CXX {
			t.Errorf("%s is not known as C++", p.Undefined[i].Name)
		}
	}
	d.cPlugin("extern int area(void);", "${SRCDIR}/libshape.a -lstdc++", "area()")
	so = d.plugin("plug.so")
	if _, found := examine(t, Options{Host: host, Plugin: so}); len(found) > 0 {
		t.Errorf("%s: %v", found[0].Title, found[0].Why)
	}
	if said := start(t, host).open(so); said != "loaded: 7 42" {
		t.Error(said)
	}
}

// A symbol that is there, and that cannot be seen from outside.
func TestHiddenSymbols(t *testing.T) {
	needC(t, "ar")
	for _, c := range []struct{ name, host, title, remedy string }{
		{"hidden", `__attribute__((visibility("hidden"))) int secret(void) { return 1; } static int keep(void) { return secret(); }`, "title.hidden", "visibility"},
		{"static", `static __attribute__((noinline)) int secret(void) { return 1; } static int keep(void) { return secret(); }`, "title.hidden", "static"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDemo(t)
			d.cHost(c.host)
			host := d.host("host.bin")
			d.cPlugin("extern int secret(void);", lazily, "secret()")
			f := refusedFor(t, host, d.plugin("plug.so"), c.title)
			has(t, f, "host.bin", c.remedy)
		})
	}
	t.Run("visible", func(t *testing.T) {
		d := newDemo(t)
		d.cHost(`int secret(void) { return 5; } static int keep(void) { return secret(); }`)
		host := d.host("host.bin")
		d.cPlugin("extern int secret(void);", lazily, "secret()")
		so := d.plugin("plug.so")
		if _, found := examine(t, Options{Host: host, Plugin: so}); len(found) > 0 {
			t.Errorf("%s", found[0].Title)
		}
		if said := start(t, host).open(so); said != "loaded: 7 5" {
			t.Error(said)
		}
	})
	d := newDemo(t)
	host := d.host("host.bin")
	d.cPlugin("extern int secret(void);", lazily, "secret()")
	so := d.plugin("plug.so")
	t.Run("nowhere", func(t *testing.T) {
		f := refusedFor(t, host, so, "title.nowhere")
		has(t, f, "plug.so needs it", "-z,defs")
	})
	t.Run("archive", func(t *testing.T) {
		d.write("secret.c", "int secret(void) { return 1; }")
		d.run("gcc", "-c", "-fPIC", "secret.c")
		d.run("ar", "rcs", "libsecret.a", "secret.o")
		os.Remove(d.path("secret.o"))
		f := refusedFor(t, host, so, "title.archive")
		has(t, f, "libsecret.a", "libsecret.a")
	})
	t.Run("hidden archive", func(t *testing.T) {
		d.run("gcc", "-c", "-fPIC", "-fvisibility=hidden", "secret.c")
		d.run("ar", "rcs", "libsecret.a", "secret.o")
		os.Remove(d.path("secret.o"))
		f := refusedFor(t, host, so, "title.hidden-object")
		has(t, f, "libsecret.a", "-fvisibility=hidden")
	})
	t.Run("library beside", func(t *testing.T) {
		os.Remove(d.path("libsecret.a"))
		d.run("gcc", "-shared", "-fPIC", "-o", "libsecret.so", "secret.c")
		f := refusedFor(t, host, so, "title.library")
		has(t, f, "libsecret.so", "-lsecret")
	})
}

// A library that is not where the loader looks.
func TestMissingLibrary(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host := d.host("host.bin")
	d.write("lib/gone.c", "int gone(void) { return 3; }")
	d.run("gcc", "-shared", "-fPIC", "-Wl,-soname,libgone.so.1", "-o", "lib/libgone.so.1", "lib/gone.c")
	d.run("ln", "-s", "libgone.so.1", "lib/libgone.so")
	d.cPlugin("extern int gone(void);", "-L${SRCDIR}/../lib -lgone", "gone()")
	so := d.plugin("plug.so")
	f := refusedFor(t, host, so, "title.library-missing")
	has(t, f, "DT_NEEDED libgone.so.1", "install the package")

	t.Setenv("LD_LIBRARY_PATH", d.path("lib"))
	if _, found := examine(t, Options{Host: host, Plugin: so}); len(found) > 0 {
		t.Errorf("with LD_LIBRARY_PATH: %s", found[0].Title)
	}
	if said := start(t, host).open(so); said != "loaded: 7 3" {
		t.Error(said)
	}
	t.Setenv("LD_LIBRARY_PATH", "")

	// A process has an LD_LIBRARY_PATH of its own.
	r := start(t, host, "LD_LIBRARY_PATH="+d.path("lib"))
	if _, found := examine(t, Options{PID: r.cmd.Process.Pid, Plugin: so}); len(found) > 0 {
		t.Errorf("of a process with LD_LIBRARY_PATH: %s", found[0].Title)
	}

	if err := os.Rename(d.path("lib/libgone.so.1"), d.path("libgone.so.1")); err != nil {
		t.Fatal(err)
	}
	f = refusedFor(t, host, so, "title.library-missing")
	has(t, f, d.path("libgone.so.1"), "LD_LIBRARY_PATH="+d.dir)
	if err := os.Rename(d.path("libgone.so.1"), d.path("lib/libgone.so.1")); err != nil {
		t.Fatal(err)
	}

	for _, kind := range []string{"--enable-new-dtags", "--disable-new-dtags"} { // RUNPATH, RPATH
		d.cPlugin("extern int gone(void);", "-L${SRCDIR}/../lib -lgone -Wl,"+kind+" -Wl,-rpath,$ORIGIN/lib", "gone()")
		so = d.with("CGO_LDFLAGS_ALLOW=.*").plugin("plug.so")
		if _, found := examine(t, Options{Host: host, Plugin: so}); len(found) > 0 {
			t.Errorf("with %s: %s %v", kind, found[0].Title, found[0].Why)
		}
		if said := start(t, host).open(so); said != "loaded: 7 3" {
			t.Error(said)
		}
	}

	// Another machine's files: a root without it, and one with it.
	d.cPlugin("extern int gone(void);", "-L${SRCDIR}/../lib -lgone", "gone()")
	so = d.plugin("plug.so")
	root := t.TempDir()
	for from, to := range map[string]string{"/lib/x86_64-linux-gnu/libc.so.6": "usr/lib/x86_64-linux-gnu/libc.so.6",
		"/lib64/ld-linux-x86-64.so.2": "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"} {
		copyFile(t, from, filepath.Join(root, to))
	}
	if err := os.Symlink("/usr/lib", filepath.Join(root, "lib")); err != nil { // leads to within the root
		t.Fatal(err)
	}
	_, found := examine(t, Options{Host: host, Plugin: so, Root: root})
	only(t, found, undefinedID, "title.library-missing")
	copyFile(t, d.path("lib/libgone.so.1"), filepath.Join(root, "usr/lib/libgone.so.1"))
	if _, found := examine(t, Options{Host: host, Plugin: so, Root: root}); len(found) > 0 {
		t.Errorf("in a root: %s %v", found[0].Title, found[0].Why)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Skip(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o755); err != nil {
		t.Fatal(err)
	}
}

// musl's loader searches in its own way: that is said.
func TestMusl(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host := patch(t, d.host("host.bin"), "musl.bin", func(b []byte) {
		const gnu, musl = "/lib64/ld-linux-x86-64.so.2\x00", "/lib/ld-musl-x86_64.so.1\x00"
		if i := bytes.Index(b, []byte(gnu)); i >= 0 {
			copy(b[i:], musl)
		}
	})
	res, err := Run(t.Context(), Options{Host: host, Plugin: d.plugin("plug.so")})
	if err != nil || len(res.Limits) != 1 || res.Limits[0].Why.Key != "plugin.limit.musl" {
		t.Errorf("%v, %+v", err, res)
	}
}

// A plugin that was linked where a library is newer.
func TestVersions(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host := d.host("host.bin")
	// The C library: the plugin's demand for a version is changed to one that none has.
	so := patch(t, d.plugin("plug.so"), "newer.so", func(b []byte) {
		const old, newer = "GLIBC_2.34", "GLIBC_2.99"
		if i := bytes.Index(b, []byte(old+"\x00")); i < 0 {
			t.Skip("this C library has other versions")
		} else {
			copy(b[i:], newer)
		}
		h := binary.LittleEndian.AppendUint32(nil, elfHash(old))
		i := bytes.Index(b, h)
		if i < 0 {
			t.Fatal("the version's hash is not there")
		}
		binary.LittleEndian.PutUint32(b[i:], elfHash(newer))
	})
	p, found := examine(t, Options{Host: host, Plugin: so})
	f := only(t, found, undefinedID, "title.version")
	said := start(t, host).open(so)
	if !strings.Contains(said, "version `GLIBC_2.99' not found") {
		t.Errorf("plugin.Open: %s", said)
	}
	if len(p.Versions) != 1 || p.Versions[0].Version != "GLIBC_2.99" || p.Versions[0].Library != "libc.so.6" || len(p.Versions[0].Symbols) == 0 ||
		!strings.HasPrefix(p.Versions[0].Newest, "GLIBC_2.") || p.Libc != p.Versions[0].Newest {
		t.Errorf("%+v, C library %s", p.Versions, p.Libc)
	}
	has(t, f, "the newest that", "libc.so.6")

	// Any library.
	d.write("lib/tree.c", "int tree(void) { return 9; }")
	for _, version := range []string{"TREE_1.0", "TREE_2.0"} {
		d.write("lib/"+version, version+" { global: tree; };")
		d.run("gcc", "-shared", "-fPIC", "-Wl,-soname,libtree.so", "-Wl,--version-script=lib/"+version, "-o", "lib/"+version+".so", "lib/tree.c")
	}
	d.run("cp", "lib/TREE_2.0.so", "lib/libtree.so")
	d.cPlugin("extern int tree(void);", "-L${SRCDIR}/../lib -ltree -Wl,-rpath,${SRCDIR}/../lib", "tree()")
	so = d.plugin("plug.so")
	if _, found := examine(t, Options{Host: host, Plugin: so}); len(found) > 0 {
		t.Errorf("%s", found[0].Title)
	}
	d.run("cp", "lib/TREE_1.0.so", "lib/libtree.so")
	p, found = examine(t, Options{Host: host, Plugin: so})
	only(t, found, undefinedID, "title.version")
	if said := start(t, host).open(so); !strings.Contains(said, "version `TREE_2.0' not found") {
		t.Errorf("plugin.Open: %s", said)
	}
	if len(p.Versions) != 1 || p.Versions[0].Newest != "TREE_1.0" || !slices.Equal(p.Versions[0].Symbols, []string{"tree"}) {
		t.Errorf("%+v", p.Versions)
	}
}

// A plugin whose package was compiled under another path than it is linked with.
func TestPluginPath(t *testing.T) {
	needC(t)
	d := newDemo(t)
	host := d.host("host.bin")
	for _, flags := range [][]string{{"-ldflags=-pluginpath=gen/r1"}, {"-ldflags=-s -w -pluginpath=gen/r1"}} {
		so := d.plugin("plug.so", flags...)
		f := refusedFor(t, host, so, "title.path")
		has(t, f, "gen/r1", "-p gen/r1")
	}
}

// The readers of the loader's cache and of archives take what is damaged.
func TestReadCache(t *testing.T) {
	b, err := os.ReadFile("/etc/ld.so.cache")
	if err != nil {
		t.Skip(err)
	}
	all := readCache(b)
	if !slices.ContainsFunc(all, func(c cached) bool { return c.name == "libc.so.6" && filepath.IsAbs(c.path) }) {
		t.Errorf("libc.so.6 is not among %d", len(all))
	}
	for i := 0; i < len(b); i += 97 {
		readCache(b[:i])
	}
}

func FuzzMembers(f *testing.F) {
	f.Add([]byte("!<arch>\nname/           0           0     0     644     4         `\nbody"))
	f.Add([]byte("!<arch>\nname/           0           0     0     644     -4        `\nbody"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range members(bytes.NewReader(b)) {
			if m.Size() < 0 {
				t.Error("a member of negative size")
			}
		}
	})
}

func FuzzCache(f *testing.F) {
	f.Add([]byte("glibc-ld.so.cache1.1"), uint32(1))
	f.Fuzz(func(t *testing.T, b []byte, n uint32) {
		head := append([]byte("glibc-ld.so.cache1.1"), binary.LittleEndian.AppendUint32(nil, n)...)
		readCache(append(head, b...))
	})
}
