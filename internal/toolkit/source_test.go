package toolkit

import (
	"strings"
	"testing"
)

// The tables for source code are of toolkits that there are, and their patterns
// are of the packages of those, or of the companions that run a main thread.
func TestSources(t *testing.T) {
	for _, s := range Sources() {
		tk := ByName(s.Name)
		if tk == nil {
			t.Errorf("%s is no toolkit", s.Name)
			continue
		}
		own := append(append([]string{"github.com/go-gl/glfw"}, s.Paths...), tk.Companions...)
		lists := [][]Pattern{s.Apart, s.Elsewhere, s.Provided, s.Loops, s.LoopEvents, s.Main, s.Context, s.OnMain, s.Reserved, s.Free, s.Offscreen, s.Shows}
		for _, b := range s.Blocking {
			lists = append(lists, b)
		}
		for _, list := range lists {
			for _, p := range list {
				known := false
				for _, path := range own {
					known = known || strings.HasPrefix(string(p), path)
				}
				if !known && !strings.HasPrefix(string(p), "golang.design/x/") {
					t.Errorf("%s: %s is not of its packages", s.Name, p)
				}
			}
		}
	}
	for pkg, want := range map[string]string{
		"fyne.io/fyne/v2/widget": "fyne", "gioui.org/x/component": "gio", "github.com/hajimehoshi/ebiten/v2/inpututil": "ebitengine",
		"github.com/go-gl/glfw/v3.3/glfw": "glfw", "fyne.io/x/fyne/widget": "", "gioui.organic": "",
	} {
		got := ""
		if s := SourceOf(pkg); s != nil {
			got = s.Name
		}
		if got != want {
			t.Errorf("%s: %q, want %q", pkg, got, want)
		}
	}
}
