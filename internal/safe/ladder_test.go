package safe

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

var all = files{egl: "/usr/share/glvnd/egl_vendor.d/50_mesa.json", lvp: "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json", glx: true}

func names(rungs []evidence.Rung) string {
	var s []string
	for _, r := range rungs {
		s = append(s, r.Name)
	}
	return strings.Join(s, " ")
}

func TestTheRungsOfEachToolkit(t *testing.T) {
	for _, c := range []struct {
		toolkit, version string
		env              []string
		want             string
	}{
		{"fyne", "v2.7.1", nil, "software softpipe fresh bare"},
		{"gio", "v0.9.0", []string{"DISPLAY=:0", "WAYLAND_DISPLAY=wayland-0"}, "software x11 softpipe fresh bare"},
		{"gio", "v0.9.0", []string{"WAYLAND_DISPLAY=wayland-0"}, "software softpipe fresh bare"},
		{"ebitengine", "v2.9.9", nil, "software desktop-gl softpipe fresh bare"},
		{"ebitengine", "v2.8.8", nil, "software softpipe fresh bare"},
		{"ebitengine", "v2.7.10", nil, "software gles softpipe fresh bare"},
		{"", "", nil, "software softpipe fresh bare"},
	} {
		got := names(ladder(&Program{Toolkit: c.toolkit, Version: c.version}, c.env, all))
		if got != c.want {
			t.Errorf("%s %s %v: %s, want %s", c.toolkit, c.version, c.env, got, c.want)
		}
	}
}

func TestWhatTheFirstRungChanges(t *testing.T) {
	env := []string{"MESA_LOADER_DRIVER_OVERRIDE=i965", "FYNE_FONT=/x", "FYNE_THEME=dark", "HOME=/home/kiosk", "EBITENGINE_OPENGL=es", "OTHER=1"}
	set := func(r *evidence.Rung) (s []string) {
		for _, c := range r.Set {
			s = append(s, c.Name+"="+c.Value)
		}
		for _, c := range r.Unset {
			s = append(s, "-"+c.Name)
		}
		for _, c := range r.Folders {
			s = append(s, c.Name+":"+c.Value)
		}
		slices.Sort(s)
		return s
	}
	mesa := []string{"LIBGL_ALWAYS_SOFTWARE=1", "GALLIUM_DRIVER=llvmpipe", "__GLX_VENDOR_LIBRARY_NAME=mesa", "__EGL_VENDOR_LIBRARY_FILENAMES=" + all.egl, "-MESA_LOADER_DRIVER_OVERRIDE", "cache:aside"}
	for toolkit, more := range map[string][]string{
		"fyne":       {"-FYNE_FONT", "-FYNE_THEME", "config:own"},
		"ebitengine": {"EBITENGINE_GRAPHICS_LIBRARY=opengl", "-EBITENGINE_OPENGL"},
		"gio":        {"VK_DRIVER_FILES=" + all.lvp, "VK_ICD_FILENAMES=" + all.lvp},
		"glfw":       nil,
		"":           {"VK_DRIVER_FILES=" + all.lvp, "VK_ICD_FILENAMES=" + all.lvp},
	} {
		want := append(slices.Clone(mesa), more...)
		slices.Sort(want)
		got := set(&ladder(&Program{Toolkit: toolkit, Version: "v2.7.1"}, env, all)[0])
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%v, want\n%v", toolkit, got, want)
		}
	}
	// A machine without Mesa's files is not sent to them.
	got := set(&ladder(&Program{}, nil, files{})[0])
	if strings.Contains(strings.Join(got, " "), "VENDOR") || strings.Contains(strings.Join(got, " "), "VK_") {
		t.Errorf("%v", got)
	}
}

// Every reason that a rung gives is a sentence.
func TestReasonsAreSentences(t *testing.T) {
	env := []string{"DISPLAY=:0", "WAYLAND_DISPLAY=w", "LD_PRELOAD=/x.so", "FYNE_SCALE=2", "MESA_EXTENSION_OVERRIDE=x"}
	for _, toolkit := range []string{"fyne", "gio", "ebitengine", "glfw", ""} {
		for _, version := range []string{"v0.9.0", "v2.3.4", "v2.7.1", "v2.9.9"} {
			p := &Program{Toolkit: toolkit, Version: version, Main: "example.com/app", Path: "/bin/app"}
			for _, r := range ladder(p, env, all) {
				if _, ok := text.Find("safe.rung." + r.Name); !ok {
					t.Errorf("no words for the rung %s", r.Name)
				}
				for _, c := range slices.Concat(r.Set, r.Unset, r.Folders) {
					if _, ok := text.Find(c.Why); !ok {
						t.Errorf("%s: %s: no sentence %q", r.Name, c.Name, c.Why)
					}
				}
				for _, c := range r.Folders {
					if _, ok := text.Find("safe.folder." + c.Name + "." + c.Value); !ok {
						t.Errorf("no words for the folder %s %s", c.Name, c.Value)
					}
				}
			}
			for _, b := range Rebuilds(p) {
				if _, ok := text.Find(b.Why); !ok {
					t.Errorf("no sentence %s", b.Why)
				}
			}
		}
	}
}

func TestRebuildsKeepTheTags(t *testing.T) {
	p := &Program{Toolkit: "fyne", Version: "v2.7.1", Tags: "release,gles", Main: "example.com/orders/cmd/orders", Path: "/opt/orders"}
	got := Rebuilds(p)
	if len(got) != 1 || got[0].Command != "CGO_ENABLED=1 go build -tags release,gles,no_animations -o orders-safe example.com/orders/cmd/orders" {
		t.Errorf("%+v", got)
	}
}

func TestEnviron(t *testing.T) {
	env := []string{"PATH=/bin", "LC_ALL=C", "SECRET=1", "GALLIUM_DRIVER=x", "LD_PRELOAD=/x.so", "DISPLAY=:0"}
	rungs := ladder(&Program{}, env, all)
	f := &folders{set: map[string]string{"XDG_CACHE_HOME": "/tmp/c"}}
	soft := environ(&rungs[0], env, f)
	for _, want := range []string{"SECRET=1", "GALLIUM_DRIVER=llvmpipe", "LD_PRELOAD=/x.so", "XDG_CACHE_HOME=/tmp/c"} {
		if !slices.Contains(soft, want) {
			t.Errorf("no %s in %v", want, soft)
		}
	}
	if slices.Contains(soft, "GALLIUM_DRIVER=x") {
		t.Errorf("the old value stays: %v", soft)
	}
	bare := environ(&rungs[len(rungs)-1], env, f)
	for _, gone := range []string{"SECRET=1", "LD_PRELOAD=/x.so"} {
		if slices.Contains(bare, gone) {
			t.Errorf("%s is in the bare environment", gone)
		}
	}
	for _, want := range []string{"PATH=/bin", "LC_ALL=C", "DISPLAY=:0", "GALLIUM_DRIVER=softpipe"} {
		if !slices.Contains(bare, want) {
			t.Errorf("no %s in %v", want, bare)
		}
	}
}

// Fyne's settings are its own, all else is the user's, and what is saved anew comes back.
func TestFyneFolders(t *testing.T) {
	home := t.TempDir()
	config := filepath.Join(home, ".config")
	write := func(path, s string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(config, "fyne", "settings.json"), `{"scale": 300}`)
	write(filepath.Join(config, "fyne", "theme.json"), "broken")
	write(filepath.Join(config, "fyne", "org.example.orders", "preferences.json"), `{"rows": 5}`)
	write(filepath.Join(config, "other", "x"), "x")
	p := &Program{Toolkit: "fyne", Version: "v2.7.1"}
	env := []string{"HOME=" + home}
	r := ladder(p, env, all)[0]
	f, err := makeFolders(&r, env)
	if err != nil {
		t.Fatal(err)
	}
	defer f.remove()
	dir := f.set["XDG_CONFIG_HOME"]
	b, err := os.ReadFile(filepath.Join(dir, "fyne", "settings.json"))
	if err != nil || !strings.Contains(string(b), `"no_animations":true`) || strings.Contains(string(b), "300") {
		t.Errorf("%s, %v", b, err)
	}
	if exists(filepath.Join(dir, "fyne", "theme.json")) {
		t.Error("the theme file is there")
	}
	if b, err := os.ReadFile(filepath.Join(dir, "fyne", "org.example.orders", "preferences.json")); err != nil || string(b) != `{"rows": 5}` {
		t.Errorf("preferences: %s, %v", b, err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "other", "x")); err != nil || string(b) != "x" {
		t.Errorf("others: %s, %v", b, err)
	}
	// What the program saves anew: new preferences of Fyne, and a folder of its own.
	write(filepath.Join(dir, "fyne", "org.example.new", "preferences.json"), "new")
	write(filepath.Join(dir, "mine", "y"), "y")
	if kept := f.giveBack(); kept != "" {
		t.Errorf("kept %s", kept)
	}
	for path, want := range map[string]string{
		"fyne/org.example.new/preferences.json": "new", "mine/y": "y", "fyne/settings.json": `{"scale": 300}`, "fyne/theme.json": "broken",
		"fyne/org.example.orders/preferences.json": `{"rows": 5}`,
	} {
		if b, err := os.ReadFile(filepath.Join(config, path)); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
	if exists(f.root) {
		t.Errorf("%s is left", f.root)
	}
}

func TestFolklore(t *testing.T) {
	if got := Folklore([]string{"FYNE_RENDERER=software", "FYNE_THEME=dark"}); !slices.Equal(got, []string{"FYNE_RENDERER"}) {
		t.Errorf("%v", got)
	}
}
