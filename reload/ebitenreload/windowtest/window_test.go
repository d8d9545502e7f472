// Package windowtest tests package ebitenreload in a real window. It is a package of its
// own because Ebitengine needs a display as soon as it is imported.
package windowtest

import (
	"image/color"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/reload/internal/xtest"
)

var (
	red   = color.RGBA{200, 0, 0, 255}
	blue  = color.RGBA{0, 0, 200, 255}
	green = color.RGBA{0, 160, 0, 255}
)

func TestAWindow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "window")
	if out, err := exec.Command("go", "build", "-o", path, "../testdata/window").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := xtest.Start(t, path)
	step := func(want string) {
		t.Helper()
		if got := p.Step(); !strings.HasPrefix(got, want) {
			t.Errorf("step %q, want %q", got, want)
		}
	}
	const most = 0.3 // of the screen of 640×480
	step("started")
	p.Await("ebiten-1-red", red, most)
	p.Continue()
	step("built 2 ok <nil>")
	p.Await("ebiten-2-blue", blue, most)
	p.Continue()
	step("built 2 rolled back first frame: panic: in Draw at ")
	p.Await("ebiten-3-draw", blue, most/2) // the bar is over it
	p.Continue()
	step("built 2 rolled back first frame: panic: Update returned: no more at ")
	p.Await("ebiten-4-update", blue, most/2)
	p.Continue()
	step(`built 2 failed trial: component "game": its Layout returned 0×0`)
	p.Continue()
	step(`built 2 failed trial: component "game": the constructor returned nil`)
	p.Continue()
	step("built 3 ok <nil>")
	p.Await("ebiten-5-green", green, most)
	p.Continue()
	step("later") // and blue again, by the code before
	p.Await("ebiten-6-later", blue, most/2)
	p.Continue()
	step("closed 0")
	p.Continue()
}
