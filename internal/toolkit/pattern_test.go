package toolkit

import (
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern  Pattern
		function string
		want     bool
	}{
		{"a/b.(*T).M", "a/b.(*T).M", true},
		{"a/b.(*T).M", "a/b.(*T).M-fm", true},
		{"a/b.(*T).M", "a/b.(*T[...]).M", true},
		{"a/b.F", "a/b.F[go.shape.struct { X []int }]", true},
		{"a/b.(*T).M", "a/b.(*T).M.func1", false},
		{"a/b.(*T).M", "a/b.T.M", false},
		{"a/b.…", "a/b.F", true},
		{"a/b.…", "a/bc.F", false},
		{"a/…/b.F", "a/v3.3/b.F", true},
		{"a/…b.F", "a/b.F", true},
		{"a/…/b.F", "a/b.F", false},
		{"…._Cfunc_x", "main._Cfunc_x", true},
		{"a…b…c", "a1b2c", true},
		{"a…b…c", "a1c", false},
		{"a…a", "a", false},
	} {
		if got := c.pattern.Match(c.function); got != c.want {
			t.Errorf("%q matches %q: %v", c.pattern, c.function, got)
		}
	}
}

// Names come from the memory of another process.
func FuzzPattern(f *testing.F) {
	for _, name := range []string{"", "[", "]", "a[b", "a]b[", "a/b.(*T[...]).M-fm", "x[[[]", "…", "a%2", "%zz.f", "//.."} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, tk := range All() {
			for _, fn := range tk.Functions() {
				for _, name := range []string{name, string(fn.Match), string(fn.Match) + name, strings.ReplaceAll(string(fn.Match), wild, name)} {
					if want := matchWild(string(fn.Match), canonical(name)); fn.Match.Match(name) != want {
						t.Errorf("%q matches %q: %v", fn.Match, name, !want)
					}
				}
			}
		}
		if strings.Contains(PackageOf(name), "[") && !strings.Contains(name, "%") {
			t.Errorf("package of %q has type arguments: %q", name, PackageOf(name))
		}
		splitFunction(name)
		DriverLibrary(name)
		DriverThread(name)
		OriginOf(nil, PackageOf(name), name)
	})
}

func TestPackageOf(t *testing.T) {
	for function, want := range map[string]string{
		"main.main":                           "main",
		"runtime.goexit":                      "runtime",
		"fyne.io/fyne/v2.(*Container).Add":    "fyne.io/fyne/v2",
		"gopkg.in/yaml%2ev3.(*parser).init":   "gopkg.in/yaml.v3",
		"a/b.(*T[go.shape.int/x.y]).M":        "a/b",
		"slices.SortFunc[go.shape.[]a/b.T]":   "slices",
		"_cgoexp_6c72bc2475f0_goWindowSizeCB": "",
	} {
		if got := PackageOf(function); got != want {
			t.Errorf("PackageOf(%q) = %q, want %q", function, got, want)
		}
	}
}
