package gort_test

import (
	"fmt"
	"testing"
)

// What the runtime counts: Ps, bytes in use, and the allocation around a pointer.
func TestHeap(t *testing.T) {
	for i, v := range []variant{plain, stripped, externalPIE} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			procs := i + 1
			tg := start(t, build(t, "heap", v, ""), fmt.Sprint(procs))
			if n := tg.GOMAXPROCS(); n != procs {
				t.Errorf("GOMAXPROCS %d, want %d", n, procs)
			}
			for _, l := range tg.said {
				var addr, size, heap uint64
				if n, _ := fmt.Sscanf(l, "object 0x%x %d", &addr, &size); n == 2 {
					checkObject(t, tg, addr, addr, size)
				}
				if n, _ := fmt.Sscanf(l, "headed 0x%x %d", &addr, &size); n == 2 {
					checkObject(t, tg, addr, addr-8, size)
				}
				if n, _ := fmt.Sscanf(l, "heap %d", &heap); n == 1 {
					if live := tg.HeapLive(); live < heap/2 || live > heap*2 {
						t.Errorf("%d bytes in use, the runtime says %d", live, heap)
					}
				}
			}
			for _, addr := range []uint64{0, 1, 1 << 20, 1 << 47, 1<<64 - 1, tg.Modules[0].Text} {
				if o, ok := tg.FindObject(addr); ok {
					t.Errorf("an object %#v at %#x, which is not of the heap", o, addr)
				}
			}
		})
	}
}

// checkObject looks up pointers to the start, the middle and the last byte of an
// object, and to the first byte behind it.
func checkObject(t *testing.T, tg *target, addr, base, size uint64) {
	t.Helper()
	for _, a := range []uint64{addr, addr + size/2, base + size - 1} {
		if o, ok := tg.FindObject(a); !ok || o.Base != base || o.Size != size || !o.Contains(a) {
			t.Errorf("FindObject(%#x) = %#x, %d, %v, want %#x, %d", a, o.Base, o.Size, ok, base, size)
		}
	}
	if o, ok := tg.FindObject(base + size); ok && o.Base == base {
		t.Errorf("the object at %#x is said to be longer than %d", base, size)
	}
}
