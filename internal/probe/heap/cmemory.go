package heap

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/gort/roots"
	"github.com/gomedic/gomedic/internal/probe/native"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// C memory that only Go holds counts to its Go owner, as if it were an object of Go's: a
// chunk of malloc's to whose start a word of a live object, of a variable or of a
// goroutine points, and all chunks that are reached from there, unless C holds them as
// well. What C holds for long counts for that: its variables, threads' own data, stacks
// of threads of its own. What a call from Go has in its hands is lent.

// cMemoryName is what such memory is called where objects have their types.
const cMemoryName = "C memory (malloc)"

// cMemory is malloc's heap of one moment.
type cMemory struct {
	mem    proc.Memory
	maps   []proc.Mapping
	walked *native.Walked
	// other is the allocator, where its heap cannot be walked.
	other malloc.Allocator
}

// readCMemory reads malloc's heap; nil: the program does not use C, or it is not known
// where its memory lies. Its errors are the context's: what cannot be read is not there.
func readCMemory(ctx context.Context, p *gort.Program) (*cMemory, error) {
	mem, ok := p.Memory().(interface {
		proc.Memory
		Mappings() ([]proc.Mapping, error)
	})
	if !ok {
		return nil, nil
	}
	maps, err := mem.Mappings()
	if err != nil || !usesC(maps) {
		return nil, nil
	}
	w, err := native.ReadHeap(ctx, p, mem, maps)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, malloc.ErrOther):
		return &cMemory{other: w.Heap.Allocator}, nil
	case err != nil:
		return nil, nil
	}
	return &cMemory{mem: mem, maps: maps, walked: w}, nil
}

// usesC: a C library is mapped, or, for a program that is linked statically, malloc's
// first memory: Go alone does not move the break.
func usesC(maps []proc.Mapping) bool {
	return malloc.Recognise(maps) != malloc.None || slices.ContainsFunc(maps, func(m proc.Mapping) bool { return m.Path == "[heap]" })
}

// spans is the memory that malloc has, by its own records; nil where they are not whole.
func (c *cMemory) spans() []malloc.Span {
	if c.walked == nil || c.walked.Heap.Missed > c.walked.Heap.Bytes()/10 {
		return nil
	}
	return c.walked.Heap.Spans
}

// holding is a word of Go's that points to the start of a chunk.
type holding struct {
	from   goheap.ID
	to     int // chunk
	offset uint64
}

// attachC adds the C memory that only Go holds to the heap's graph.
func (l *look) attachC(ctx context.Context, c *cMemory, threads map[int]proc.Registers) error {
	if c == nil || c.walked == nil || len(c.walked.Heap.Chunks) == 0 {
		return ctx.Err()
	}
	h := c.walked.Heap
	words, err := l.wordsToC(ctx, h)
	if err != nil {
		return err
	}
	slots := l.variablesToC(c)
	stacks := l.stacksToC(h)
	if len(words)+len(slots)+len(stacks) == 0 {
		return nil
	}
	strong, registers := native.Strong(l.prog, c.walked, c.maps, threads)
	theirs, err := malloc.Reached(ctx, c.mem, h, strong, registers)
	if err != nil {
		return err
	}
	words = slices.DeleteFunc(words, func(w holding) bool { return theirs[w.to] })
	words = l.withoutCleanups(words)
	var from []int
	for _, w := range words {
		from = append(from, w.to)
	}
	for _, s := range slots {
		from = append(from, s.chunk)
	}
	theirsAlone := func(i int) bool { return theirs[i] }
	chunks, edges, err := malloc.Follow(ctx, c.mem, h, from, theirsAlone)
	if err != nil {
		return err
	}
	// What a goroutine has in hand counts where nothing else of Go's holds it.
	held := make(map[int]bool, len(chunks))
	for _, i := range chunks {
		held[i] = true
	}
	n := len(slots)
	for _, s := range stacks {
		if !theirs[s.chunk] && !held[s.chunk] {
			slots = append(slots, s)
		}
	}
	if len(slots) > n {
		for _, s := range slots[n:] {
			from = append(from, s.chunk)
		}
		if chunks, edges, err = malloc.Follow(ctx, c.mem, h, from, theirsAlone); err != nil {
			return err
		}
	}
	return l.attach(h, chunks, edges, words, slots)
}

// slotToC is a root of Go's that points to the start of a chunk, by its number among the
// look's roots.
type slotToC struct {
	chunk int
	root  int
}

// attach hands chunks over to the graph under numbers of their own.
func (l *look) attach(h *malloc.Heap, chunks []int, edges []malloc.Edge, words []holding, slots []slotToC) error {
	number := make(map[int]uint32, len(chunks))
	all := make([]goheap.Foreign, 0, len(chunks))
	for n, i := range chunks {
		number[i] = uint32(n)
		all = append(all, goheap.Foreign{Addr: h.Chunks[i].Addr, Size: h.Chunks[i].Size})
	}
	var in []goheap.ForeignEdge
	for _, w := range words {
		if to, ok := number[w.to]; ok {
			in = append(in, goheap.ForeignEdge{From: uint32(w.from), To: to, Offset: w.offset})
		}
	}
	for _, e := range edges {
		in = append(in, goheap.ForeignEdge{From: number[e.From], Foreign: true, To: number[e.To], Offset: e.Offset, Inner: e.Inner})
	}
	var at []goheap.ForeignRoot
	for _, s := range slots {
		if to, ok := number[s.chunk]; ok {
			at = append(at, goheap.ForeignRoot{To: to, Index: int32(s.root), Class: l.class(&l.roots[s.root])})
		}
	}
	return l.heap.Attach(cMemoryName, all, in, at)
}

// wordsToC finds the words of live objects that point to the start of a chunk. Objects
// that hold no such word by their type are not read, and neither are the runtime's own:
// their words are old ones.
func (l *look) wordsToC(ctx context.Context, h *malloc.Heap) ([]holding, error) {
	may := make([]bool, l.heap.DescNumbers())
	for i := range may {
		may[i] = mayHoldC(l.heap.DescOf(uint32(i)))
	}
	finder := malloc.NewFinder(h)
	found, finders := make([][]holding, goheap.Visitors()), make([]*malloc.Finder, goheap.Visitors())
	for i := range finders {
		finders[i] = finder.Clone()
	}
	lo, hi := h.Chunks[0].Addr, h.Chunks[len(h.Chunks)-1].Addr
	err := l.heap.Visit(ctx, func(id goheap.ID) bool { return l.heap.Live(id) && may[l.heap.DescNumber(id)] },
		func(visitor int, id goheap.ID, offset uint64, b []byte) {
			for i := 0; i+8 <= len(b); i += 8 {
				v := binary.LittleEndian.Uint64(b[i:])
				if v-lo > hi-lo {
					continue
				}
				if to, start := finders[visitor].Find(v); start {
					found[visitor] = append(found[visitor], holding{id, to, offset + uint64(i)})
				}
			}
		})
	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b holding) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.offset, b.offset)) })
	return all, err
}

// mayHoldC: an object so described may hold the address of C memory.
func mayHoldC(d goheap.Desc) bool {
	switch d.Kind {
	case goheap.Text, goheap.Internal, goheap.MapDir, goheap.MapTable:
		return false
	case goheap.Value, goheap.Array:
		return d.Type == nil || d.Type.PkgPath != "runtime" && hasAddress(d.Type, 0)
	}
	return true
}

// hasAddress: a value of the type has room for an address, and is not a text.
func hasAddress(t *gort.Type, deep int) bool {
	if t == nil || deep > 16 {
		return true
	}
	switch t.Kind {
	case gort.KindBool, gort.KindInt8, gort.KindInt16, gort.KindInt32, gort.KindUint8, gort.KindUint16, gort.KindUint32,
		gort.KindFloat32, gort.KindFloat64, gort.KindComplex64, gort.KindComplex128:
		return false
	case gort.KindArray:
		return hasAddress(t.Elem(), deep+1)
	case gort.KindStruct:
		return slices.ContainsFunc(t.Fields, func(f gort.TypeField) bool { return hasAddress(f.Type(), deep+1) })
	}
	return true
}

// variablesToC finds the words of the packages' variables that point to the start of a
// chunk, and adds to the roots those that the collector does not look at.
func (l *look) variablesToC(c *cMemory) (out []slotToC) {
	finder := malloc.NewFinder(c.walked.Heap)
	known := map[uint64]int{}
	for i := range l.roots {
		if r := &l.roots[i]; r.Slot != 0 && (r.Kind == roots.Data || r.Kind == roots.BSS) {
			if to, start := finder.Find(r.Value); start {
				known[r.Slot] = i
				out = append(out, slotToC{to, i})
			}
		}
	}
	const piece = 1 << 20
	buf := make([]byte, piece)
	for _, m := range l.prog.Modules {
		for k, d := range m.Data {
			kind := [4]roots.Kind{roots.Data, roots.BSS, roots.Data, roots.BSS}[k]
			for at := (d[0] + 7) &^ 7; at+8 <= d[1]; at += piece {
				b := buf[:min(piece, d[1]-at)]
				if c.mem.ReadAt(b, at) != nil {
					continue
				}
				for i := 0; i+8 <= len(b); i += 8 {
					v, slot := binary.LittleEndian.Uint64(b[i:]), at+uint64(i)
					to, start := finder.Find(v)
					if _, seen := known[slot]; !start || seen || l.ofRuntime(slot) {
						continue
					}
					l.roots = append(l.roots, roots.Root{Kind: kind, Slot: slot, Value: v, Frame: -1})
					out = append(out, slotToC{to, len(l.roots) - 1})
				}
			}
		}
	}
	return out
}

// ofRuntime: a variable is the runtime's own.
func (l *look) ofRuntime(slot uint64) bool {
	v := l.globals.at(slot)
	return v != nil && (strings.HasPrefix(v.Name, "runtime.") || strings.HasPrefix(v.Name, "internal/runtime/"))
}

// stacksToC finds the words on goroutines' stacks, and of timers, handles and the like,
// that point to the start of a chunk.
func (l *look) stacksToC(h *malloc.Heap) (out []slotToC) {
	finder := malloc.NewFinder(h)
	for i := range l.roots {
		switch r := &l.roots[i]; r.Kind {
		case roots.Stack, roots.Defer, roots.Timer, roots.Handle:
			if to, start := finder.Find(r.Value); start {
				out = append(out, slotToC{to, i})
			}
		}
	}
	return out
}

// withoutCleanups leaves out, of chunks that something else holds as well, what only
// finalizers and cleanups lead to: a cleanup has the address of what it is to free when
// its owner is gone.
func (l *look) withoutCleanups(words []holding) []holding {
	several, last := false, map[int]goheap.ID{}
	for _, w := range words {
		by, seen := last[w.to]
		several = several || seen && by != w.from
		last[w.to] = w.from
	}
	cleans := func(r *roots.Root) bool {
		return !r.Queued && (r.Kind == roots.Cleanup || r.Kind == roots.Finalizer || r.Kind == roots.Special)
	}
	if !several || !slices.ContainsFunc(l.roots, func(r roots.Root) bool { return cleans(&r) }) {
		return words
	}
	var from []goheap.ID
	for i, r := range l.heap.Roots() {
		if !cleans(l.rootOf(i)) {
			from = append(from, r.To)
		}
	}
	others := l.heap.Reach(from)
	owned := map[int]bool{}
	for _, w := range words {
		owned[w.to] = owned[w.to] || others.Has(w.from)
	}
	return slices.DeleteFunc(words, func(w holding) bool { return owned[w.to] && !others.Has(w.from) })
}

// isC: an address is that of C memory which Go alone holds.
func (l *look) isC(addr uint64) bool {
	id, ok := l.heap.Find(addr)
	return ok && l.heap.Desc(id).Kind == goheap.Elsewhere && l.heap.Addr(id) == addr
}

// towardsC leads a chain on to the largest C memory that its last object points to.
func (l *look) towardsC(links []evidence.HeapLink, last goheap.ID) []evidence.HeapLink {
	n := len(links) - 1
	if l.heap.Desc(last).Kind == goheap.Elsewhere || links[n].Addr != l.heap.Addr(last) {
		return links
	}
	to, offset := goheap.None, uint64(0)
	l.heap.Edges(last, func(e goheap.Edge) {
		if l.heap.Desc(e.To).Kind == goheap.Elsewhere && (to == goheap.None || l.heap.Size(e.To) > l.heap.Size(to)) {
			to, offset = e.To, e.Offset
		}
	})
	if to == goheap.None {
		return links
	}
	links[n].Ref = l.ref(last, l.heap.Desc(last), offset)
	return append(links, l.link(to, l.heap.Desc(to)))
}
