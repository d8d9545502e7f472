package exact

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// Whatever threads come and go, no two that live have the same ring, none that has one
// is given another, and what is written in order leaves no moment in which two have one.
func TestAssign(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	le := binary.LittleEndian
	table := make([]byte, 16*threads)
	var alive []uint64
	claimed, served := uint64(0), 0
	rings := func(table []byte) map[uint64]uint64 { // by thread that lives
		out, by := map[uint64]uint64{}, map[uint64]uint64{}
		for at := 0; at < len(table); at += 16 {
			tcb, r := le.Uint64(table[at:]), le.Uint64(table[at+8:])
			if r == 0 || r > ringCount || !slices.Contains(alive, tcb) {
				continue
			}
			if was, ok := by[r]; ok {
				t.Fatalf("%#x and %#x have ring %d", was, tcb, r)
			}
			by[r] = tcb
			out[tcb] = r
		}
		return out
	}
	for round := range 300 {
		alive = slices.DeleteFunc(alive, func(uint64) bool { return rng.IntN(4) == 0 })
		for range rng.IntN(100) {
			tcb := 0x7f0000000000 + rng.Uint64N(1<<20)<<6
			if slices.Contains(alive, tcb) {
				continue
			}
			alive = append(alive, tcb)
			// As own_ring takes one.
			i := (tcb >> 6) * 0x9e3779b97f4a7c15 >> 54
			for range probes {
				at := int(i&(threads-1)) * 16
				if is := le.Uint64(table[at:]); is == tcb {
					break
				} else if is == 0 {
					le.PutUint64(table[at:], tcb)
					if claimed++; claimed <= ringCount {
						le.PutUint64(table[at+8:], claimed)
					}
					break
				}
				i++
			}
		}
		before, old := rings(table), slices.Clone(table)
		changes := assign(table, alive)
		for _, at := range changes {
			copy(old[at:at+16], table[at:])
			rings(old)
		}
		if !slices.Equal(old, table) {
			t.Fatal("not all changes are told")
		}
		after := rings(table)
		for tcb, r := range before {
			if after[tcb] != r {
				t.Fatalf("round %d: %#x had ring %d, has %d", round, tcb, r, after[tcb])
			}
		}
		served += len(after) - len(before)
	}
	if claimed <= ringCount || served == 0 {
		t.Errorf("%d rings were asked for, %d were given", claimed, served)
	}
}
