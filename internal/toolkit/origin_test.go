package toolkit

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
)

func TestOriginOf(t *testing.T) {
	shop := &evidence.Target{MainModule: "example.com/shop", Toolkit: "fyne", Modules: []evidence.Module{
		{Path: "fyne.io/fyne/v2", Version: "v2.7.1"},
		{Path: "example.com/shop/store", Version: "v1.2.0"},
		{Path: "example.com/local", Version: "v0.0.0", Replaced: true},
		{Path: "example.com/work", Version: "(devel)"},
		{Path: "github.com/go-text/typesetting", Version: "v0.3.0"},
		{Path: "gopkg.in/yaml.v3", Version: "v3.0.1"},
	}}
	patched := &evidence.Target{MainModule: "example.com/shop", Toolkit: "fyne", Modules: []evidence.Module{{Path: "fyne.io/fyne/v2", Replaced: true}}}
	server := &evidence.Target{MainModule: "example.com/server", Modules: []evidence.Module{{Path: "github.com/go-text/typesetting", Version: "v0.3.0"}}}
	demo := &evidence.Target{MainModule: "fyne.io/fyne/v2", Toolkit: "fyne"}
	stripped := &evidence.Target{Toolkit: "ebitengine"}
	for _, c := range []struct {
		target    *evidence.Target
		pkg, file string
		want      evidence.Origin
	}{
		{shop, "main", "/home/u/shop/main.go", evidence.OriginUser},
		{shop, "example.com/shop", "", evidence.OriginUser},
		{shop, "example.com/shop/views", "", evidence.OriginUser},
		{shop, "example.com/shop/store", "", evidence.OriginDependency},
		{shop, "example.com/shop/store/disk", "", evidence.OriginDependency},
		{shop, "example.com/shopping", "", evidence.OriginDependency},
		{shop, "example.com/local/x", "", evidence.OriginUser},
		{shop, "example.com/work", "", evidence.OriginUser},
		{shop, "fyne.io/fyne/v2/widget", "", evidence.OriginToolkit},
		{shop, "fyne.io/fyne/v2", "", evidence.OriginToolkit},
		{shop, "fyne.io/systray", "", evidence.OriginToolkit},
		{shop, "github.com/go-gl/glfw/v3.3/glfw", "", evidence.OriginToolkit},
		{shop, "github.com/go-text/typesetting/shaping", "", evidence.OriginToolkit},
		{shop, "gopkg.in/yaml%2ev3", "", evidence.OriginDependency},
		{shop, "net/http", "", evidence.OriginStd},
		{shop, "vendor/golang.org/x/net/http2/hpack", "", evidence.OriginStd},
		{shop, "internal/poll", "", evidence.OriginStd},
		{shop, "sync", "", evidence.OriginStd},
		{shop, "runtime/debug", "", evidence.OriginStd},
		{shop, "runtime", "", evidence.OriginRuntime},
		{shop, "internal/runtime/maps", "", evidence.OriginRuntime},
		{shop, "internal/abi", "", evidence.OriginRuntime},
		{shop, "", "_cgo_gotypes.go", evidence.OriginRuntime},
		{patched, "fyne.io/fyne/v2/internal/driver/glfw", "/home/u/fyne/internal/driver/glfw/loop.go", evidence.OriginToolkit},
		{server, "github.com/go-text/typesetting/shaping", "", evidence.OriginDependency},
		{demo, "fyne.io/fyne/v2/cmd/fyne_demo/tutorials", "", evidence.OriginUser},
		{demo, "fyne.io/fyne/v2/widget", "", evidence.OriginToolkit},
		{&evidence.Target{MainModule: "gioui.org/example", Toolkit: "gio"}, "gioui.org/example/component/pages", "", evidence.OriginUser},
		{stripped, "example.com/game/level", "/home/u/game/level/level.go", evidence.OriginUser},
		{stripped, "level", "/home/u/game/level/level.go", evidence.OriginUser},
		{stripped, "example.com/dep", "/home/u/go/pkg/mod/example.com/dep@v1.0.0/dep.go", evidence.OriginDependency},
		{stripped, "example.com/dep", "example.com/dep@v1.0.0/dep.go", evidence.OriginDependency},
		{stripped, "github.com/hajimehoshi/ebiten/v2/internal/ui", "/x@v2.9.7/y.go", evidence.OriginToolkit},
		{nil, "example.com/x", "/src/x.go", evidence.OriginUser},
	} {
		if got := OriginOf(c.target, c.pkg, c.file); got != c.want {
			t.Errorf("OriginOf(%v, %q, %q) = %s, want %s", c.target, c.pkg, c.file, got, c.want)
		}
	}
}

func TestStdListIsFresh(t *testing.T) {
	out, err := exec.Command("go", "list", "std").Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.FieldsSeq(string(out)) {
		if !stdPackages()[pkg] {
			t.Errorf("std.txt lacks %s: run go generate", pkg)
		}
	}
}
