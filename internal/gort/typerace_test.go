package gort_test

import (
	"sync"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// Many may ask at once: each type is one *Type for all of them, and they see the
// same variables and closures.
func TestTypesConcurrently(t *testing.T) {
	t.Parallel()
	bin, err := gort.OpenBinary(build(t, "typed", plain, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer bin.Close()
	p, err := gort.AttachFile(bin, gort.FileMemory{Binary: bin})
	if err != nil {
		t.Fatal(err)
	}
	const askers = 4
	found := [askers]struct {
		types    []*gort.Type
		globals  []gort.Global
		closures int
	}{}
	var wg sync.WaitGroup
	for i := range askers {
		wg.Go(func() {
			f := &found[i]
			span := p.Modules[0].Types
			for a := span.Lo; a < min(span.Hi, span.Lo+1<<20); a += 8 {
				if ty := p.TypeAt(a); ty != nil {
					f.types = append(f.types, ty)
					ty.FullName()
					ty.Methods()
					ty.PointerMask()
				}
				p.IsItab(a)
			}
			p.Functions(func(fn gort.Func) bool {
				if c, ok := p.ClosureOf(fn.Entry); ok {
					f.closures += len(c.Vars)
				}
				return true
			})
			p.ForgetHeap()
			f.globals = p.Globals()
			for _, g := range f.globals {
				p.GlobalUsers(g.Addr)
				p.GlobalAt(g.Addr)
				if g.Type != nil {
					g.Type.PathTo(g.Size / 2)
				}
			}
		})
	}
	wg.Wait()
	for i := range found {
		f, first := &found[i], &found[0]
		if len(f.types) < 500 || len(f.types) != len(first.types) || len(f.globals) != len(first.globals) || f.closures < 20 || f.closures != first.closures {
			t.Fatalf("asker %d: %d types, %d variables, %d captured; the first: %d, %d, %d", i,
				len(f.types), len(f.globals), f.closures, len(first.types), len(first.globals), first.closures)
		}
		for j, ty := range f.types {
			if ty != first.types[j] {
				t.Fatalf("two types %s", ty.FullName())
			}
		}
	}
}
