package heap

import (
	"context"
	"os"
	"strconv"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/proc"
)

// What is concluded without debug information is not what it contradicts: the same
// heap is read twice, once as if the program were stripped. HEAP_PID says of which
// program, instead of this one's.
func TestInferredTypes(t *testing.T) {
	var tg *attach.Target
	if pid := os.Getenv("HEAP_PID"); pid != "" {
		n, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		if tg, err = attach.Process(n); err != nil {
			t.Fatal(err)
		}
		defer tg.Close()
	} else {
		p := newPatient(t, build(t, "leaks", false), "map", "slice", "texts", "list", "sync", "chan", "closures", "linked", "field", "cache", "ring", "pool", "served", "pieces", "buffers")
		for range 20 {
			p.step()
		}
		tg = p.Target
	}
	snap, err := tg.Process.Snapshot(context.Background(), proc.SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	var looks [2]*look
	for i := range looks {
		bin, err := gort.OpenBinary(tg.Process.ExePath())
		if err != nil {
			t.Fatal(err)
		}
		defer bin.Close()
		if i == 1 {
			bin.HasDWARF, bin.Stripped = false, true
		}
		entry, err := tg.Process.Entry()
		if err != nil {
			t.Fatal(err)
		}
		maps, err := tg.Process.Mappings()
		if err != nil {
			t.Fatal(err)
		}
		prog, err := gort.Attach(snap, bin, entry, maps)
		if err != nil {
			t.Fatal(err)
		}
		target := (&patient{Target: tg}).target()
		target.Program = prog
		if looks[i], err = read(context.Background(), target, snap.Threads, nil); err != nil {
			t.Fatal(err)
		}
	}
	said, inferred := looks[0], looks[1]
	if said.globals.untyped || !inferred.globals.untyped {
		t.Fatal("which of them has debug information")
	}
	var same, other, unknown, more uint64
	shown := map[string]int{}
	said.heap.Each(func(id goheap.ID, _ uint64) {
		if !said.heap.Live(id) {
			return
		}
		twin, ok := inferred.heap.Find(said.heap.Addr(id))
		if !ok {
			t.Fatalf("no object at %#x", said.heap.Addr(id))
		}
		a, b, size := said.heap.Desc(id), inferred.heap.Desc(twin), said.heap.Size(id)
		switch x, y := describe(a), describe(b); {
		case x == y:
			same += size
		case y == "":
			unknown += size
		case x == "":
			more += size
		default:
			other += size
			if k := x + " is taken for " + y; shown[k] < 3 {
				shown[k]++
				t.Logf("%#x, %d bytes: %s", said.heap.Addr(id), size, k)
			}
		}
	})
	sum := float64(same + other + unknown + more)
	t.Logf("%.2f %% the same, %.2f %% another, %.2f %% unknown, %.2f %% unknown with debug information", 100*float64(same)/sum, 100*float64(other)/sum, 100*float64(unknown)/sum, 100*float64(more)/sum)
	if float64(other) > 0.005*sum || float64(unknown) > 0.1*sum {
		t.Errorf("%.2f %% of the bytes have another type, of %.2f %% it is not known", 100*float64(other)/sum, 100*float64(unknown)/sum)
	}
}

// describe is what an object is, as far as it matters: that a slice has one element,
// or bytes are a string's, makes no difference.
func describe(d goheap.Desc) string {
	switch {
	case d.Kind == goheap.Unknown:
		return ""
	case d.Kind == goheap.Text, d.Kind == goheap.Bytes:
		return "bytes"
	case d.Kind == goheap.Closure, d.Type == nil:
		return "func"
	}
	if d.Type.PtrBytes == 0 {
		return "bytes"
	}
	return d.Type.FullName()
}
