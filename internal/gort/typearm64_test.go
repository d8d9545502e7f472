package gort_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// The same of a binary of the other processor, which need not run for that.
func TestTypesARM64(t *testing.T) {
	t.Setenv("GOARCH", "arm64")
	with := attachFile(t, build(t, "typed", plain, ""))
	without := attachFile(t, build(t, "typed", stripped, ""))
	if n, m := len(with.Types()), len(without.Types()); n < 500 || n != m {
		t.Errorf("%d types, %d in the stripped binary", n, m)
	}
	for _, p := range []*gort.Program{with, without} {
		l := p.TypeByName("*main.label")
		if l == nil || !l.Implements("Show", "refresh") {
			t.Errorf("*main.label: %+v", l)
		}
		want := map[string]string{
			"main.closures.func1": "*main.label int string", "main.closures.func2": "*int", "main.closures.func3": "*int *main.label",
			"main.(*label).refresh-fm": "*main.label",
		}
		for name, f := range p.Lookup("main.closures.func1", "main.closures.func2", "main.closures.func3", "main.(*label).refresh-fm") {
			c, ok := p.ClosureOf(f.Entry)
			if !ok || c.Type == nil {
				t.Errorf("%s: %+v, %v", name, c, ok)
				continue
			}
			var got []string
			for _, f := range c.Type.Fields[1:] {
				got = append(got, f.Type().Name)
			}
			if s := fmt.Sprint(got); s != "["+want[name]+"]" {
				t.Errorf("%s captures %s, want %s", name, s, want[name])
			}
		}
	}
	for name, user := range map[string]string{"main.theNumber": "main.count", "main.theCache": "main.put"} {
		i := slices.IndexFunc(with.Globals(), func(g gort.Global) bool { return g.Name == name })
		if i < 0 {
			t.Errorf("no variable %s", name)
			continue
		}
		if !slices.ContainsFunc(with.GlobalUsers(with.Globals()[i].Addr), func(f gort.Func) bool { return f.Name() == user }) {
			t.Errorf("%s is not used by %s", name, user)
		}
	}
}

func attachFile(t testing.TB, path string) *gort.Program {
	t.Helper()
	bin, err := gort.OpenBinary(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bin.Close() })
	p, err := gort.AttachFile(bin, gort.FileMemory{Binary: bin})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
