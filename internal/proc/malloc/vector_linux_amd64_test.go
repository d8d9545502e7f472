package malloc_test

import (
	"context"
	"slices"
	"testing"

	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// What only a vector register holds, as in the middle of a copy, is held.
func TestVectorRegisters(t *testing.T) {
	p, held := churn(t, compile(t, "vector.c"), nil)
	snap, err := p.Snapshot(context.Background(), proc.SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	maps, err := snap.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	h, err := malloc.Read(context.Background(), snap, maps, malloc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var registers []uint64
	for _, r := range snap.Threads {
		registers = append(registers, r.All...)
	}
	for _, with := range []bool{false, true} {
		words := registers
		if with {
			words = slices.Concat(registers, snap.Vectors)
		}
		m, err := malloc.Mark(context.Background(), snap, h, rootsOf(h, maps, snap.Threads), words)
		if err != nil {
			t.Fatal(err)
		}
		for addr := range held {
			i := h.Find(addr)
			if i < 0 {
				t.Fatalf("%#x was not found", addr)
			}
			if got := m.Reach[i]; got == malloc.Held != with {
				t.Errorf("with vector registers %v: %d", with, got)
			}
		}
	}
}
