package diagnose

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// plugged is the evidence of a plugin that fits, changed by change.
func plugged(change func(*evidence.Plugin)) *evidence.Evidence {
	p := &evidence.Plugin{
		Took:   31 * time.Millisecond,
		Host:   evidence.PluginFile{Path: "/srv/app", Go: "go1.26.8", OS: "linux", Arch: "amd64", Bits: 64, BuildMode: "exe", MainModule: "example.com/app"},
		Plugin: evidence.PluginFile{Path: "/srv/widgets.so", Go: "go1.26.8", OS: "linux", Arch: "amd64", Bits: 64, BuildMode: "plugin", PluginPath: "example.com/app/widgets", MainModule: "example.com/app"},
		Shared: 212, Compared: 940, Symbols: 61, Libc: "GLIBC_2.36",
	}
	change(p)
	return &evidence.Evidence{Plugin: p, Target: evidence.Target{Kind: evidence.KindPlugin, Name: "widgets.so", Exe: "/srv/widgets.so", Go: p.Plugin.Go, Arch: "amd64", MainModule: "example.com/app"}}
}

// differ makes packages differ, those of Go first.
func differ(p *evidence.Plugin, packages ...string) { p.Differ, p.First = packages, packages[0] }

// pluginCases are one for each thing that can be said of a plugin.
var pluginCases = []struct {
	name   string
	change func(*evidence.Plugin)
	titles []string // ends of the keys, in order
}{
	{"fits", func(*evidence.Plugin) {}, nil},
	{"fits-running", func(p *evidence.Plugin) {
		p.Loaded = evidence.PluginLoaded{Known: true, Paths: []string{"example.com/app/menu"}}
	}, nil},
	{"arch", func(p *evidence.Plugin) { p.Plugin.Arch = "arm64" }, []string{"mismatch.title.arch"}},
	{"bits", func(p *evidence.Plugin) { p.Plugin.Bits = 32 }, []string{"mismatch.title.bits"}},
	{"cgo", func(p *evidence.Plugin) { p.Host.NoCgo, p.Host.Static, p.Host.NoPlugins = true, true, true }, []string{"title.host-cgo"}},
	{"static", func(p *evidence.Plugin) { p.Host.Static, p.Host.NoExport = true, true }, []string{"title.host-static"}},
	{"import", func(p *evidence.Plugin) { p.Host.NoPlugins = true }, []string{"title.host-import"}},
	{"export", func(p *evidence.Plugin) { p.Host.NoExport = true }, []string{"title.host-export"}},
	{"toolchain", func(p *evidence.Plugin) {
		p.Plugin.Go, p.Layouts = "go1.27.4", true
		differ(p, "internal/goarch", "fmt", "runtime", "example.com/app/store")
	}, []string{"title.toolchain"}},
	{"release", func(p *evidence.Plugin) { p.Plugin.Go = "go1.26.7" }, []string{"title.release"}},
	{"trimpath", func(p *evidence.Plugin) {
		differ(p, "internal/goarch", "bufio", "bytes", "errors", "fmt", "io", "runtime")
		p.Settings = []evidence.PluginSetting{{Key: "-trimpath", Plugin: "true"}, {Key: "-tags", Host: "netgo"}, {Key: "vcs.modified", Host: "false", Plugin: "true"}}
	}, []string{"title.setting"}},
	{"gcflags", func(p *evidence.Plugin) {
		differ(p, "internal/goarch", "fmt")
		p.Settings = []evidence.PluginSetting{{Key: "-race", Host: "true"}, {Key: "-gcflags", Host: `all=-N -l`}, {Key: "GOEXPERIMENT", Host: "nogreenteagc"}}
	}, []string{"title.setting"}},
	{"module", func(p *evidence.Plugin) {
		differ(p, "fyne.io/fyne/v2", "fyne.io/fyne/v2/app", "example.com/app/store")
		p.Modules = []evidence.PluginModule{{Path: "fyne.io/fyne/v2", Host: "v2.7.1", Plugin: "v2.7.0", Packages: 2}, {Path: "golang.org/x/image", Host: "v0.20.0", Plugin: "v0.21.0"}}
	}, []string{"title.module"}},
	{"folder", func(p *evidence.Plugin) {
		differ(p, "example.com/app/store")
		p.Folders = []evidence.PluginFolder{{Package: "example.com/app/store", Host: "/home/a/app/store", Plugin: "/home/b/app/store"}}
	}, []string{"title.folder"}},
	{"source", func(p *evidence.Plugin) { differ(p, "example.com/app/store") }, []string{"title.source.one"}},
	{"sources", func(p *evidence.Plugin) { differ(p, "example.com/app/store", "example.com/app/view"); p.First = "" }, []string{"title.source.many"}},
	{"revision", func(p *evidence.Plugin) {
		differ(p, "example.com/app/store", "example.com/app/view")
		p.Settings = []evidence.PluginSetting{{Key: "vcs.revision", Host: "0123456", Plugin: "89abcde"}}
	}, []string{"title.setting"}},
	{"unknown", func(p *evidence.Plugin) { differ(p, "internal/goarch", "fmt") }, []string{"title.unknown"}},
	{"loaded", func(p *evidence.Plugin) {
		p.Loaded = evidence.PluginLoaded{Known: true, Paths: []string{"example.com/app/widgets"}, Same: true, File: "/srv/old.so"}
	}, []string{"title.loaded"}},
	{"same-file", func(p *evidence.Plugin) { p.Loaded = evidence.PluginLoaded{Same: true, SameFile: true} }, []string{"title.same-file"}},
	{"brought", func(p *evidence.Plugin) {
		differ(p, "example.com/app/chart")
		p.Brought = []evidence.PluginBrought{{Package: "example.com/app/chart", File: "/srv/charts.so"}}
	}, []string{"title.brought"}},
	{"refused", func(p *evidence.Plugin) { p.Loaded = evidence.PluginLoaded{Known: true, Refused: true, SameFile: true} }, []string{"title.refused"}},
	{"replaced", func(p *evidence.Plugin) { p.Loaded = evidence.PluginLoaded{Same: true, Replaced: true} }, []string{"title.replaced"}},
	{"code", func(p *evidence.Plugin) {
		p.Code = []evidence.PluginCode{{Package: "example.com/app/store", Functions: []string{"example.com/app/store.(*Store).Sync"}},
			{Package: "example.com/app/view", Functions: strings.Split(strings.Repeat("example.com/app/view.draw ", 16), " ")[:16], More: 12}}
	}, []string{"title.code.many"}},
	{"library", func(p *evidence.Plugin) {
		p.Libraries = []evidence.PluginLibrary{{Name: "libfoo.so.1", By: "/srv/widgets.so", Searched: []string{"/lib", "/usr/lib"}},
			{Name: "libbar.so.2", By: "/usr/lib/libbaz.so", Near: "/srv/libbar.so.2"}, {Name: "libqux.so.3", By: "/srv/widgets.so", Near: "/usr/lib/libqux.so.4"}}
	}, []string{"title.library-missing", "title.library-missing", "title.library-missing"}},
	{"version", func(p *evidence.Plugin) {
		p.Versions = []evidence.PluginVersion{{Version: "GLIBC_2.38", Library: "libc.so.6", Found: "/lib/x86_64-linux-gnu/libc.so.6", Newest: "GLIBC_2.36", By: "/srv/widgets.so", Symbols: []string{"__isoc23_strtol"}},
			{Version: "GLIBC_2.37", Library: "libc.so.6", By: "/srv/widgets.so"}}
	}, []string{"title.version"}},
	{"cxx", func(p *evidence.Plugin) {
		for _, name := range []string{"_Znwm", "_ZTVN10__cxxabiv117__class_type_infoE"} {
			p.Undefined = append(p.Undefined, evidence.PluginSymbol{Name: name, By: "/srv/widgets.so", CXX: true, Where: evidence.InLibrary, File: "/usr/lib/libstdc++.so.6"})
		}
		p.Undefined[1].Demangled = "vtable for __cxxabiv1::__class_type_info"
	}, []string{"title.cxx"}},
	{"symbols", func(p *evidence.Plugin) {
		for _, s := range []evidence.PluginSymbol{{Name: "sqrt", Where: evidence.InLibrary, File: "/usr/lib/libm.so.6", First: true}, {Name: "a", Where: evidence.InHidden, File: "/srv/app"},
			{Name: "b", Where: evidence.InHost, File: "/srv/app"}, {Name: "c", Where: evidence.InArchive, File: "/srv/libc1.a"}, {Name: "d", Where: evidence.InHiddenObject, File: "/srv/libc1.a"},
			{Name: "e"}, {Name: "__tsan_read", Sanitizer: "-race"}} {
			s.By = "/srv/widgets.so"
			p.Undefined = append(p.Undefined, s)
		}
	}, []string{"symbol.title.library", "title.hidden", "title.host", "title.archive", "title.hidden-object", "title.nowhere", "title.sanitizer"}},
	{"path", func(p *evidence.Plugin) { p.Exports = []string{"New", "Run"} }, []string{"symbol.title.path"}},
}

func TestPlugins(t *testing.T) {
	for _, c := range pluginCases {
		t.Run(c.name, func(t *testing.T) {
			ev := plugged(c.change)
			found := Plugins(ev)
			if len(found) != len(c.titles) {
				t.Fatalf("%d findings, want %d: %s", len(found), len(c.titles), marshal(t, found))
			}
			for i := range found {
				f := &found[i]
				if !strings.HasSuffix(f.Title.Key, c.titles[i]) {
					t.Errorf("%s, want %s", f.Title.Key, c.titles[i])
				}
				if len(f.Why) == 0 || len(f.Remedy) == 0 || f.Confidence <= 0 || f.Confidence >= 1 {
					t.Errorf("%s: %d reasons, %d remedies, confidence %v", f.Title, len(f.Why), len(f.Remedy), f.Confidence)
				}
				for _, s := range sentences(f) {
					if _, ok := text.Find(s.Key); !ok && s.Key != "" {
						t.Errorf("no table has %q", s.Key)
					}
					for _, lang := range []text.Lang{text.English, text.Chinese} {
						if out := s.In(lang); out == "" || strings.Contains(out, "%!") {
							t.Errorf("%s in %s: %q", s.Key, lang, out)
						}
					}
				}
			}
			// A bundle gives the same.
			var b bytes.Buffer
			if err := evidence.EncodeBundle(&b, ev, nil); err != nil {
				t.Fatal(err)
			}
			back, err := evidence.ReadBundle(bytes.NewReader(b.Bytes()), int64(b.Len()))
			if err != nil {
				t.Fatal(err)
			}
			if again := Plugins(back); !reflect.DeepEqual(marshal(t, again), marshal(t, found)) {
				t.Errorf("from a bundle: %s", marshal(t, again))
			}
		})
	}
}

// A bundle may hold what no probe writes.
func TestPluginsOfADamagedBundle(t *testing.T) {
	ev := plugged(func(p *evidence.Plugin) {
		p.Code = []evidence.PluginCode{{Package: "a", More: -3}, {Package: "b", Functions: []string{"b.F"}, More: -1}}
	})
	var b bytes.Buffer
	if err := evidence.EncodeBundle(&b, ev, nil); err != nil {
		t.Fatal(err)
	}
	back, err := evidence.ReadBundle(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if found := Plugins(back); len(found) != 1 || found[0].Where.Function != "b.F" {
		t.Errorf("%s", marshal(t, found))
	}
}

// TestPluginGolden keeps some verdicts word by word.
func TestPluginGolden(t *testing.T) {
	golden := map[string]bool{"fits": true, "fits-running": true, "toolchain": true, "trimpath": true, "module": true, "loaded": true, "code": true, "version": true, "cxx": true, "symbols": true}
	for _, c := range pluginCases {
		if !golden[c.name] {
			continue
		}
		ev := plugged(c.change)
		r := &report.Report{Schema: report.Schema, Target: ev.Target, Findings: Findings(ev), Plugin: report.PluginOf(ev.Plugin), Probes: []report.Probe{{Name: "plugin", TookMS: 31}}}
		for lang, suffix := range map[text.Lang]string{text.English: ".txt", text.Chinese: ".zh.txt"} {
			var b bytes.Buffer
			if err := report.WriteTerminal(&b, r, report.Options{Lang: lang, Width: 100, Verbose: true, Evidence: ev}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "verdict", "plugin-"+c.name+suffix)
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if want, err := os.ReadFile(path); err != nil || !bytes.Equal(b.Bytes(), want) {
				t.Errorf("%s differs, %v (go test ./internal/diagnose -update writes it anew, then git diff):\n%s", path, err, b.Bytes())
			}
		}
	}
}
