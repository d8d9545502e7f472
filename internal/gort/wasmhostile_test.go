package gort_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// readWasm uses every reader on a linear memory, and returns the number of goroutines.
func readWasm(mem []byte) int {
	if funcs, err := gort.WasmFunctions(mem); err == nil {
		for i := range min(funcs.Len(), 500) {
			funcs.At(i+10, 10)
		}
		funcs.At(-1, -1)
		funcs.At(1<<30, 1)
	}
	p, err := gort.OpenWasm(mem)
	if err != nil {
		return 0
	}
	p.Ps()
	p.HeapLive()
	p.HeapAddr()
	p.JSFuncs()
	p.MemStats()
	s, err := p.Goroutines(gort.Options{})
	if err != nil {
		return 0
	}
	for i, g := range s.Goroutines {
		if i > 200 {
			break
		}
		p.Labels(g)
		p.Site(g.GoPC)
		p.LockClock(g, 0, 1<<62)
		p.Defers(g, func(uint64) {})
		for i := range g.Frames {
			p.Calls(&g.Frames[i])
			p.HeldAt(g, &g.Frames[i])
		}
		for n, w := range p.Waits(g) {
			if n > 4 {
				break
			}
			search := p.NewSearch(w.Addr, w.Size)
			for i := range g.Frames {
				search.Frame(g, i, 2)
			}
		}
		p.Standing(g.SP, []gort.WasmCall{{Name: "main.main", Index: -1}, {Index: int(g.ID)}})
	}
	return len(s.Goroutines)
}

// A damaged memory gives fewer goroutines, or none, and never a panic or a reading
// without end.
func TestWasmHostile(t *testing.T) {
	mem, _ := wasmMemory(t, build(t, "wasm", wasmVariants[1], ""), false, "30", "timers")
	whole := readWasm(mem)
	if whole < 30 {
		t.Fatalf("%d goroutines in a memory that is whole", whole)
	}
	r := rand.New(rand.NewPCG(1, 2))
	words := len(mem) / 8
	// Where the runtime's own structures are: words that are pointers.
	var pointers []int
	for i := range words {
		if v := binary.LittleEndian.Uint64(mem[i*8:]); v > 1<<12 && v < uint64(len(mem)) && v%8 == 0 {
			pointers = append(pointers, i)
		}
	}
	rounds := 150
	if testing.Short() {
		rounds = 30
	}
	for n := range rounds {
		b := slices.Clone(mem)
		switch n % 5 {
		case 0: // cut off
			b = b[:r.IntN(len(b))]
		case 1: // pointers that lead to other structures, also in circles
			for range 2000 {
				to := binary.LittleEndian.Uint64(mem[pointers[r.IntN(len(pointers))]*8:])
				binary.LittleEndian.PutUint64(b[pointers[r.IntN(len(pointers))]*8:], to)
			}
		case 2: // pointers to themselves
			for range 2000 {
				i := pointers[r.IntN(len(pointers))]
				binary.LittleEndian.PutUint64(b[i*8:], uint64(i*8))
			}
		case 3: // large numbers
			for range 5000 {
				binary.LittleEndian.PutUint64(b[r.IntN(words)*8:], r.Uint64()>>r.IntN(64))
			}
		case 4: // a piece that is another's
			from, to, size := r.IntN(len(b)/2), r.IntN(len(b)/2), r.IntN(len(b)/4)
			copy(b[to:to+size], mem[from:from+size])
		}
		if got := readWasm(b); got > 100*whole {
			t.Errorf("round %d: %d goroutines", n, got)
		}
	}
}

// FuzzOpenWasm reads what is no memory at all.
func FuzzOpenWasm(f *testing.F) {
	header := []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}
	f.Add([]byte{})
	f.Add(header)
	f.Add(bytes.Repeat(header, 64))
	table := slices.Concat(make([]byte, 64), header)
	for _, v := range []uint64{2, 1, 0, 72, 72, 72, 72, 72} {
		table = binary.LittleEndian.AppendUint64(table, v)
	}
	f.Add(append(table, make([]byte, 512)...))
	f.Add(slices.Concat(table, []byte("go1.26.8"), make([]byte, 256)))
	f.Fuzz(func(_ *testing.T, mem []byte) { readWasm(mem) })
}
