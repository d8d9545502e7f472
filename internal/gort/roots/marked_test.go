package roots_test

import (
	"io"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/roots"
)

// All objects that the collector found alive must be reached from the roots, or one
// is missing. Nothing was allocated since but by the program's saying so.
func TestMarked(t *testing.T) {
	const few = 2 // that were in use at that moment only: texts that it wrote
	for _, v := range []struct{ name, toolchain, cgo string }{{"go1.26", "", "0"}, {"cgo", "", "1"}, {"go1.25", "go1.25.11", "0"}, {"go1.27", "go1.27.4", "0"}} {
		t.Run(v.name, func(t *testing.T) {
			if testing.Short() && v.toolchain != "" {
				t.Skip("builds with another toolchain, which may have to be fetched")
			}
			t.Parallel()
			tg := start(t, build(t, "holds", v.toolchain, v.cgo, "-ldflags=-s -w"), "main.computes")
			if _, err := io.WriteString(tg.stdin, "\n"); err != nil {
				t.Fatal(err)
			}
			if !tg.lines.Scan() || tg.lines.Text() != "collected" {
				t.Fatal("it does not collect")
			}
			tg.await(t, func() bool { return tg.quiet(t, []string{"main.computes"}) })
			f := look(t, tg)
			for _, p := range tg.Ps() { // they keep what is to be used again
				o, _ := tg.FindObject(p)
				delete(f.reach, o.Base)
				f.follow(tg.Program, o, roots.BSS)
			}
			marked := markedObjects(t, tg)
			var missing []gort.Object
			for _, o := range marked {
				if _, ok := f.reach[o.Base]; !ok {
					missing = append(missing, o)
				}
			}
			t.Logf("%d objects marked, %d reached, %d missing: %+v", len(marked), len(f.reach), len(missing), missing[:min(len(missing), 40)])
			if len(marked) < 100 || len(missing) > few {
				t.Errorf("of %d objects that are alive, the roots do not reach %d", len(marked), len(missing))
			}
		})
	}
}

// markedObjects reads which objects the last collection marked.
func markedObjects(t *testing.T, tg *target) []gort.Object {
	t.Helper()
	field := func(st, path string) uint64 {
		f, ok := tg.Layout.Field(st, path)
		if !ok {
			t.Fatalf("no field %s.%s", st, path)
		}
		return uint64(f.Offset)
	}
	word := func(a uint64) uint64 { v, _ := tg.Word(a); return v }
	list := tg.HeapAddr() + field("runtime.mheap", "allspans")
	spans, n := word(list), word(list+8)
	var out []gort.Object
	for i := range n {
		s := word(spans + i*8)
		if word(s+field("runtime.mspan", "state"))&0xff != 1 {
			continue
		}
		start, elem := word(s+field("runtime.mspan", "startAddr")), word(s+field("runtime.mspan", "elemsize"))
		nelems := word(s+field("runtime.mspan", "nelems")) & 0xffff
		bits := word(s + field("runtime.mspan", "allocBits"))
		for k := range nelems {
			if word(bits+k/64*8)>>(k%64)&1 != 0 {
				out = append(out, gort.Object{Base: start + k*elem, Size: elem})
			}
		}
	}
	return out
}
