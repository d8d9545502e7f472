package exact

import "testing"

// What a ring holds may be damaged: whatever it is, the reader ends.
func FuzzRing(f *testing.F) {
	f.Add(make([]byte, 320))
	alloc := make([]byte, 64)
	alloc[8], alloc[40] = 1, 2
	f.Add(alloc)
	stack := make([]byte, 96)
	stack[8], stack[9] = 3, 4
	f.Add(stack)
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newRecord()
		events := r.decode(b, nil, 0)
		if len(events) > len(b)/eventSize {
			t.Fatalf("%d events of %d bytes", len(events), len(b))
		}
		r.take(events)
		if r.Frees > r.Allocs {
			t.Errorf("%d freed of %d", r.Frees, r.Allocs)
		}
	})
}

// Events come in any order from several rings: what was allocated and freed adds up.
func TestOrder(t *testing.T) {
	alloc := func(addr, when uint64) event { return event{kind: 1, addr: addr, size: 8, stack: 1, when: when} }
	free := func(addr, when uint64) event { return event{kind: 2, addr: addr, when: when} }
	for _, c := range []struct {
		name   string
		rounds [][]event
		left   int
		frees  uint64
	}{
		{"in order", [][]event{{alloc(16, 1), free(16, 2), alloc(16, 3)}}, 1, 1},
		{"the free is read first", [][]event{{free(16, 2)}, {alloc(16, 1)}}, 0, 1},
		{"used again before the free is read", [][]event{{alloc(16, 1), alloc(16, 3)}, {free(16, 2)}}, 1, 1},
		{"both frees late", [][]event{{alloc(16, 1), alloc(16, 3)}, {free(16, 4), free(16, 2)}}, 0, 2},
		{"from before the recording", [][]event{{free(16, 1)}, {alloc(16, 2)}}, 1, 0},
		{"a free was lost", [][]event{{alloc(16, 1)}, {alloc(16, 3), free(16, 4)}, {alloc(16, 5), free(16, 6)}}, 0, 3},
		{"a free was lost, and it is used again", [][]event{{alloc(16, 1)}, {alloc(16, 3)}}, 1, 1},
		{"an allocation was lost", [][]event{{alloc(16, 1), free(16, 2)}, {free(16, 4)}, {alloc(16, 5)}}, 1, 1},
		{"the later one is read first", [][]event{{alloc(16, 3)}, {alloc(16, 1)}, {free(16, 4)}}, 0, 2},
		{"two frees are read first", [][]event{{free(16, 4)}, {free(16, 2)}, {alloc(16, 1)}, {alloc(16, 3)}}, 0, 2},
	} {
		r := newRecord()
		for _, round := range c.rounds {
			r.take(round)
		}
		if len(r.Left) != c.left || r.Frees != c.frees {
			t.Errorf("%s: %d left, %d freed", c.name, len(r.Left), r.Frees)
		}
	}
}

// What is early or late is not kept for ever, however much is lost.
func TestForget(t *testing.T) {
	r := newRecord()
	for i := range uint64(1000) {
		// Of each address the allocation is lost in one round, the free in the next.
		addr := 16 * (i % 10)
		if i/10%2 == 0 {
			r.take([]event{{kind: 2, addr: addr, when: i}})
		} else {
			r.take([]event{{kind: 1, addr: addr, size: 8, stack: 1, when: i}})
		}
		r.forget(max(i, 20) - 20)
		if n := len(r.early); n > 21 {
			t.Fatalf("%d wait after %d rounds", n, i)
		}
		for _, list := range r.early {
			if len(list) > 3 {
				t.Fatalf("%d wait for one address after %d rounds", len(list), i)
			}
		}
	}
	if r.Allocs-r.Frees != uint64(len(r.Left)) {
		t.Errorf("%d allocated, %d freed, %d left", r.Allocs, r.Frees, len(r.Left))
	}
}
