package native_test

import (
	"context"
	"testing"

	"github.com/gomedic/gomedic/internal/probe/native"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// What only a vector register holds is held, also where it is the upper half of one.
func TestVectors(t *testing.T) {
	a, held := classes(t, build(t, "vector"))
	if len(held) == 0 {
		t.Fatal("the program holds nothing")
	}
	snap, err := freeze(a)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	maps, err := snap.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		vectors []uint64
		want    malloc.Reach
	}{{"with their vector registers", snap.Vectors, malloc.Held}, {"without", nil, malloc.Lost}} {
		l, err := native.Take(context.Background(), a.Program.In(snap), snap, maps, snap.Threads, tt.vectors)
		if err != nil {
			t.Fatal(err)
		}
		for addr := range held {
			i := l.Heap.Find(addr)
			if i < 0 || l.Heap.Chunks[i].Addr != addr {
				t.Fatalf("%#x was not found", addr)
			}
			if got := l.Marks.Reach[i]; got != tt.want {
				t.Errorf("%s, %#x of %d bytes is %d, not %d", tt.name, addr, l.Heap.Chunks[i].Size, got, tt.want)
			}
		}
	}
	// The probe hands them on.
	if n := run(t, a, native.Options{Snapshot: true}).Native; len(n.Looks) != 1 || n.Looks[0].Lost != 0 {
		t.Errorf("%+v", n.Looks)
	}
}
