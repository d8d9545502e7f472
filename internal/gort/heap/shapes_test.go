package heap

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// listing is what testdata/shapes says of itself.
type listing struct {
	alloc, objects uint64
	kinds          map[uint64][]string          // "value main.Node", by address
	edges          map[uint64]map[uint64]uint64 // by address: offset → target
	entries        map[uint64]map[uint64]bool   // by map: what its entries point to
	copies         map[uint64]map[string]int    // by map: keys and elements that lie outside of it
	captured       map[uint64]uint64
	sent           map[uint64]map[uint64]bool // by channel
	synced         map[uint64]bool
	sync           uint64
}

func parse(t testing.TB, said []string) *listing {
	t.Helper()
	l := &listing{kinds: map[uint64][]string{}, edges: map[uint64]map[uint64]uint64{}, entries: map[uint64]map[uint64]bool{},
		copies: map[uint64]map[string]int{}, captured: map[uint64]uint64{}, sent: map[uint64]map[uint64]bool{}, synced: map[uint64]bool{}}
	for _, line := range said {
		f := strings.SplitN(line, " ", 4)
		var a, b uint64
		if len(f) < 3 {
			continue
		}
		fmt.Sscan(f[1], &a)
		fmt.Sscan(f[2], &b)
		switch f[0] {
		case "heap":
			l.alloc, l.objects = a, b
		case "o":
			l.kinds[a] = append(l.kinds[a], f[2]+" "+f[3])
		case "e":
			var to uint64
			fmt.Sscan(f[3], &to)
			if l.edges[a] == nil {
				l.edges[a] = map[uint64]uint64{}
			}
			l.edges[a][b] = to
		case "m":
			if l.entries[a] == nil {
				l.entries[a] = map[uint64]bool{}
			}
			l.entries[a][b] = true
		case "i":
			if l.copies[a] == nil {
				l.copies[a] = map[string]int{}
			}
			l.copies[a][f[2]]++
		case "f":
			l.captured[a] = b
		case "c":
			if l.sent[a] == nil {
				l.sent[a] = map[uint64]bool{}
			}
			l.sent[a][b] = true
		case "s":
			l.sync, l.synced[b] = a, true
		}
	}
	return l
}

func TestShapes(t *testing.T) {
	for _, v := range []struct {
		name, toolchain string
		flags           []string
	}{
		{"plain", "", nil},
		{"stripped", "", []string{"-ldflags=-s -w"}},
		{"stripped PIE", "", []string{"-buildmode=pie", "-ldflags=-s -w"}},
		{"go1.25", "go1.25.11", nil},
		{"go1.27", "go1.27.4", []string{"-ldflags=-s -w"}},
	} {
		t.Run(v.name, func(t *testing.T) {
			if testing.Short() && v.toolchain != "" {
				t.Skip("builds with another toolchain, which may have to be fetched")
			}
			t.Parallel()
			tg := start(t, build(t, "shapes", v.toolchain, v.flags...))
			h, err := readHeap(tg.frozen(t))
			if err != nil {
				t.Fatal(err)
			}
			l := parse(t, tg.said)
			checkTotals(t, h, l)
			checkObjects(t, h, l)
			checkMaps(t, h, l)
			checkOthers(t, h, l)
		})
	}
}

// What is reachable is what the collector left when it had run: a little more, since
// the program has allocated since.
func checkTotals(t *testing.T, h *Heap, l *listing) {
	sum := h.Totals()
	typed, owned := h.Known()
	t.Logf("%d objects of %d bytes, the runtime had %d of %d; garbage %d; typed %.4f, owned %.4f; odd %+v", sum.Objects, sum.Bytes, l.objects, l.alloc, sum.Garbage, typed, owned, h.Odd)
	const some = 96 << 10 // what the program allocates to tell, and sync.Pools
	if d := int64(sum.Bytes) - int64(l.alloc); d > some || d < -some {
		t.Errorf("%d bytes are live, of %d", sum.Bytes, l.alloc)
	}
	if typed < 0.98 || owned < 0.98 {
		t.Errorf("of %.3f of the bytes is the type known, of %.3f the type or the owner", typed, owned)
	}
	if h.Odd != (Oddities{}) {
		t.Errorf("%+v", h.Odd)
	}
}

func checkObjects(t *testing.T, h *Heap, l *listing) {
	kinds := map[Kind]string{Value: "value", Array: "array", Text: "text", Bytes: "text", Map: "map", Chan: "chan"}
	objects, edges := 0, 0
	for addr, want := range l.kinds {
		id, ok := h.Find(addr)
		if !ok {
			if _, isText := strings.CutPrefix(want[0], "text"); !isText && h.inHeap(addr) {
				t.Errorf("%#x, %v, is no object", addr, want)
			}
			continue
		}
		objects++
		if !h.Live(id) {
			t.Errorf("%#x, %v, is not live", addr, want)
		}
		at := h.Addr(id) + h.valueOffset(id)
		if at != addr || h.Noscan(id) && h.Size(id) <= 16 {
			continue // a pointer into the middle of another object, or one of several in a tiny block
		}
		d := h.Desc(id)
		got := kinds[d.Kind] + " -"
		if d.Type != nil {
			got = kinds[d.Kind] + " " + d.Type.FullName()
		}
		if !contains(want, got) && !(len(want) > 1 || got == "text -" && want[0] == "array uint8") {
			t.Errorf("%#x is %v, not %v (%d bytes)", addr, want, got, h.Size(id))
		}
		if strings.HasPrefix(want[0], "map") || strings.HasPrefix(want[0], "chan") {
			continue // their own edges are the runtime's
		}
		left := map[uint64]uint64{}
		for off, to := range l.edges[addr] {
			if _, ok := h.Find(to); ok {
				left[off] = to
			}
		}
		h.Edges(id, func(e Edge) {
			off := e.Offset - h.valueOffset(id)
			to, ok := left[off]
			delete(left, off)
			edges++
			if i, _ := h.Find(to); !ok || i != e.To || e.Inner != (to != h.Addr(i)+h.valueOffset(i)) {
				t.Errorf("%#x, %v, has an edge %+v to %#x where the program has %#x", addr, want, e, h.Addr(e.To), to)
			}
			if d.Kind != Value || d.Type == nil {
				return
			}
			if at := FieldAt(d.Type, off%max(1, d.Type.Size)); at == nil || at.PtrBytes == 0 {
				t.Errorf("%s+%d, %s, holds a pointer", d.Type.FullName(), off, FieldPath(d.Type, off))
			}
		})
		for off, to := range left {
			t.Errorf("%#x, %v, lacks the edge at %d to %#x", addr, want, off, to)
		}
	}
	if objects < 10_000 || edges < 5000 {
		t.Errorf("%d objects and %d edges were compared", objects, edges)
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// entriesOf returns what the entries of a map point to.
func entriesOf(h *Heap, m ID) (out []ID) {
	seen := map[ID]bool{m: true}
	queue := []ID{m}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for _, to := range h.Targets(id) {
			switch h.Desc(to).Kind {
			case MapDir, MapTable, MapGroup:
				if h.Desc(id).Kind == MapGroup {
					out = append(out, to)
				} else if !seen[to] {
					seen[to] = true
					queue = append(queue, to)
				}
			default:
				out = append(out, to)
			}
		}
	}
	return out
}

func checkMaps(t *testing.T, h *Heap, l *listing) {
	for addr, want := range l.entries {
		m, _ := h.Find(addr)
		have := map[ID]bool{}
		for _, id := range entriesOf(h, m) {
			have[id] = true
		}
		for to := range want {
			if id, ok := h.Find(to); ok && !have[id] {
				t.Errorf("%v: no entry leads to %#x, %v", l.kinds[addr], to, l.kinds[to])
			}
		}
		most := len(want)
		for _, n := range l.copies[addr] {
			most += n
		}
		if len(have) > most {
			t.Errorf("%v: %d objects in its entries, not %d", l.kinds[addr], len(have), most)
		}
	}
	for addr, want := range l.copies {
		m, _ := h.Find(addr)
		have := map[string]int{}
		for _, id := range entriesOf(h, m) {
			if d := h.Desc(id); d.Kind == Value && h.Size(id) > 128 {
				have[d.Type.FullName()]++
			}
		}
		for typ, n := range want {
			if have[typ] < n {
				t.Errorf("%v: %d of %s outside of it, not %d: %v", l.kinds[addr], have[typ], typ, n, have)
			}
		}
	}
}

func checkOthers(t *testing.T, h *Heap, l *listing) {
	for addr, to := range l.captured {
		id, ok := h.Find(addr)
		d := h.Desc(id)
		f, _ := h.p.FindFunc(d.Func)
		if !ok || d.Kind != Closure || f.Name() != "main.fill.func1" {
			t.Errorf("closure at %#x: %+v %s", addr, d, f.Name())
		}
		want, _ := h.Find(to)
		if !has(h.Targets(id), want) {
			t.Errorf("closure at %#x does not lead to %#x", addr, to)
		}
	}
	for addr, want := range l.sent {
		id, _ := h.Find(addr)
		n := 0
		for _, b := range h.Targets(id) {
			if h.Desc(b).Kind != ChanBuf {
				continue
			}
			for _, to := range h.Targets(b) {
				if !want[h.Addr(to)+h.valueOffset(to)] {
					t.Errorf("%v: its buffer leads to %#x", l.kinds[addr], h.Addr(to))
				}
				n++
			}
		}
		if n != len(want) {
			t.Errorf("%v: %d values with pointers in its buffer, not %d", l.kinds[addr], n, len(want))
		}
	}
	id, _ := h.Find(l.sync)
	reach := h.Reach([]ID{id})
	for addr := range l.synced {
		if id, ok := h.Find(addr); !ok || !reach.Has(id) {
			t.Errorf("the sync.Map does not lead to %#x", addr)
		}
	}
	entries := 0
	h.Each(func(id ID, _ uint64) {
		if d := h.Desc(id); d.Type != nil && d.Kind == Value && strings.HasPrefix(d.Type.FullName(), "internal/sync.entry[") && h.Live(id) {
			entries++
		}
	})
	if entries < len(l.synced) {
		t.Errorf("%d entries of sync.Maps, not %d", entries, len(l.synced))
	}
	for addr, kinds := range l.kinds { // each lies where it can be told
		id, ok := h.Find(addr)
		if ok && h.Addr(id)+h.Size(id) <= addr {
			t.Errorf("%#x, %v, is not within object %d", addr, kinds, id)
		}
	}
}

func has(list []ID, id ID) bool {
	for _, x := range list {
		if x == id {
			return true
		}
	}
	return false
}

// Whatever the collector is doing when a program is stopped, what the program can
// reach is there.
func TestCollecting(t *testing.T) {
	snapshots := 20
	if testing.Short() {
		snapshots = 5
	}
	tg := start(t, build(t, "collecting", "", "-ldflags=-s -w"))
	var rings uint64
	if _, err := fmt.Sscanf(tg.said[0], "rings 0x%x", &rings); err != nil {
		t.Fatal(err)
	}
	nodes, sweeping := 0, 0
	for range snapshots {
		func() {
			s := tg.snapshot(t)
			defer s.Close()
			p := tg.Program.In(s)
			h, err := readHeap(p, s.Threads)
			if err != nil {
				t.Fatal(err)
			}
			if h.Totals().Garbage > 0 {
				sweeping++
			}
			for i := range uint64(4) {
				nodes += follow(t, h, p, rings+i*8)
			}
			// An object that is just being allocated has no header yet: one a thread.
			if h.Odd.Spans > 0 || h.Odd.Unread > 0 || h.Odd.Untyped > len(s.Threads) {
				t.Errorf("%+v", h.Odd)
			}
		}()
	}
	t.Logf("%d nodes, %d snapshots with garbage", nodes, sweeping)
	if nodes < snapshots*1000 {
		t.Errorf("%d nodes in %d snapshots", nodes, snapshots)
	}
}

// follow goes along a list in memory, and looks each object up.
func follow(t *testing.T, h *Heap, p *gort.Program, at uint64) (n int) {
	from := None
	for {
		addr, ok := p.Word(at)
		if !ok || addr == 0 {
			return n
		}
		id, ok := h.Find(addr)
		if !ok || !h.Live(id) {
			t.Fatalf("node %d at %#x: an object %v, live %v", n, addr, ok, h.Live(id))
		}
		if from != None && !has(h.Targets(from), id) {
			t.Fatalf("node %d at %#x: no edge from the one before", n, addr)
		}
		wide, _ := p.Word(addr + 8)
		w, ok := h.Find(wide)
		if wide != 0 && (!ok || !h.Live(w) || !has(h.Targets(id), w)) {
			t.Fatalf("array at %#x of node %d: an object %v, live %v", wide, n, ok, h.Live(w))
		}
		if n > 1<<20 {
			t.Fatal("the list does not end")
		}
		n, from, at = n+1, id, addr
	}
}
