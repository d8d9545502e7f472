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
			// What the runtime itself had in use as it collected is not in use the next
			// time: what the roots miss is missing each time.
			const collections = 4
			seen := map[gort.Object]int{}
			marked := 0
			for range collections {
				m, missing := missed(t, tg)
				marked = m
				for _, o := range missing {
					seen[o]++
				}
			}
			always := 0
			for o, n := range seen {
				if n == collections {
					always++
					t.Logf("missing: %+v", o)
				}
			}
			if marked < 100 || always > few {
				t.Errorf("of %d objects that are alive, the roots do not reach %d", marked, always)
			}
		})
	}
}

// missed has the program collect, and returns how many objects were marked, and those of
// them that are not reached.
func missed(t *testing.T, tg *target) (marked int, missing []gort.Object) {
	t.Helper()
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
	all := markedObjects(t, tg)
	for _, o := range all {
		if _, ok := f.reach[o.Base]; !ok {
			missing = append(missing, o)
		}
	}
	t.Logf("%d objects marked, %d reached, %d missing: %+v", len(all), len(f.reach), len(missing), missing[:min(len(missing), 40)])
	return len(all), missing
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
