package gort

import (
	"fmt"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/gort/layout"
	"github.com/gomedic/gomedic/internal/proc"
)

// MemStats is what the runtime counts of its memory. Sizes are bytes.
//
// The counts of objects are those of runtime.ReadMemStats: each P keeps those of
// the spans it allocates from to itself until such a span is full or the
// collector runs, and they are added here from the spans' own counts. What is
// wrong with them is what happens while they are read, some microseconds: see
// Settled.
type MemStats struct {
	HeapAlloc  uint64 // of allocated objects: the reachable, and those not yet swept
	Objects    uint64 // Mallocs minus Frees
	Mallocs    uint64
	Frees      uint64
	TotalAlloc uint64 // ever allocated

	HeapInUse    uint64 // of spans that hold objects
	HeapFree     uint64 // of spans in no use that were not given back to the system
	HeapReleased uint64 // of spans in no use that were

	Marked     uint64 // that the last collection found reachable; 0 before the first
	NextGC     uint64 // at which HeapAlloc the next collection should have ended
	NumGC      uint64 // collections that have ended
	PauseTotal time.Duration
	LastGC     time.Time // zero: never

	Stacks     uint64 // of spans that hold goroutines' stacks
	WorkBufs   uint64 // of spans that the collector keeps its work in
	ThreadSys  uint64 // of threads' stacks that the runtime itself mapped
	SpanSys    uint64 // of the structures that describe spans
	CacheSys   uint64 // of the Ps' caches
	ProfileSys uint64 // of profiles
	GCSys      uint64 // of the collector's bitmaps and tables
	OtherSys   uint64

	Goroutines int // that NumGoroutine counts: without the runtime's own
	SystemG    int // the runtime's own
	// StackBytes is what the goroutines' stacks take, the runtime's own included. It
	// is less than Stacks by what is free in the stacks' spans.
	StackBytes uint64

	// Settled: no P handed its counts over while they were read, so that they add
	// up. Else Mallocs and HeapAlloc may be off by what fits into a few spans.
	Settled bool
}

// Runtime is what the runtime itself took from the system outside of the heap.
func (m *MemStats) Runtime() uint64 {
	return m.ThreadSys + m.SpanSys + m.CacheSys + m.ProfileSys + m.GCSys + m.OtherSys
}

// classSizes are the sizes of the allocator's classes (internal/runtime/gc,
// sizeclasses.go, before Go 1.26 runtime/sizeclasses.go; the same since Go 1.16).
// Class 0 is that of large objects.
var classSizes = [68]uint64{0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256,
	288, 320, 352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304,
	2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568,
	14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768}

// heapCounts is runtime.heapStatsDelta, summed over its generations
// (runtime/mstats.go: consistentHeapStats).
type heapCounts struct {
	committed, released, inHeap, inStacks, inWorkBufs int64

	tiny, large, largeCount, largeFree, largeFreeCount uint64
	small, smallFree                                   [len(classSizes)]uint64
}

// MemStats reads the runtime's counts while the program runs. Errors: the
// counters were not found (IsBadData), and read errors.
func (p *Program) MemStats() (MemStats, error) {
	p.globals.statsOnce.Do(p.findMemStats)
	if p.globals.memstats == 0 {
		return MemStats{}, bad("the runtime's memory counters were not found")
	}
	var m MemStats
	const tries = 4
	for i := range tries {
		before, err := p.heapCounts(p.globals.memstats)
		if err != nil {
			return MemStats{}, err
		}
		cached, err := p.cachedCounts()
		if err != nil {
			return MemStats{}, err
		}
		st, err := p.structAt("runtime.mstats", p.globals.memstats)
		if err != nil {
			return MemStats{}, err
		}
		gc, err := p.structAt("runtime.gcControllerState", p.globals.gcCtl)
		if err != nil {
			return MemStats{}, err
		}
		counts, err := countsOf(st)
		if err != nil {
			return MemStats{}, err
		}
		m = MemStats{Settled: counts == before}
		if ok := m.fill(counts, cached, st, gc); ok && (m.Settled || i >= tries/2) {
			return m, p.countGoroutines(&m)
		}
	}
	return MemStats{}, bad("the runtime's memory counters do not add up")
}

// fill works the figures out, as readmemstats_m in runtime/mstats.go does. It
// reports false if they cannot be.
func (m *MemStats) fill(c heapCounts, cached *heapCounts, st, gc structCopy) bool {
	m.Mallocs, m.TotalAlloc = c.largeCount, c.large
	m.Frees = c.largeFreeCount
	freed := c.largeFree
	for i, size := range classSizes {
		n := c.small[i] + cached.small[i]
		m.Mallocs += n
		m.TotalAlloc += n * size
		m.Frees += c.smallFree[i]
		freed += c.smallFree[i] * size
	}
	tiny := c.tiny + cached.tiny
	m.Mallocs += tiny
	m.Frees += tiny
	if m.Frees > m.Mallocs || freed > m.TotalAlloc || m.TotalAlloc-freed > maxMemory {
		return false
	}
	m.HeapAlloc, m.Objects = m.TotalAlloc-freed, m.Mallocs-m.Frees

	m.HeapInUse, m.HeapFree, m.HeapReleased = gc.uint("heapInUse"), gc.uint("heapFree"), gc.uint("heapReleased")
	m.Marked = gc.uint("heapMarked")
	m.NextGC = heapGoal(gc)
	m.NumGC = st.uint("numgc")
	m.PauseTotal = time.Duration(st.uint("pause_total_ns") & (1<<63 - 1))
	if at := st.uint("last_gc_unix"); at > 0 && at < 1<<63 {
		m.LastGC = time.Unix(0, int64(at))
	} else {
		m.Marked = 0 // gcinit sets it to what makes the first goal
	}
	m.Stacks, m.WorkBufs = uint64(max(0, c.inStacks)), uint64(max(0, c.inWorkBufs))
	m.ThreadSys, m.SpanSys, m.CacheSys = st.uint("stacks_sys"), st.uint("mspan_sys"), st.uint("mcache_sys")
	m.ProfileSys, m.GCSys, m.OtherSys = st.uint("buckhash_sys"), st.uint("gcMiscSys"), st.uint("other_sys")
	for _, v := range []uint64{m.HeapInUse, m.HeapFree, m.HeapReleased, m.Marked, m.Stacks, m.WorkBufs, m.ThreadSys,
		m.SpanSys, m.CacheSys, m.ProfileSys, m.GCSys, m.OtherSys} {
		if v > maxMemory {
			return false
		}
	}
	return true
}

// maxMemory bounds each figure: the address space of a process.
const maxMemory = 1 << 48

// heapGoal is gcController.heapGoal without the part that a memory limit adds:
// that is known only by its effect (runtime/mgcpacer.go).
func heapGoal(gc structCopy) uint64 {
	goal := gc.uint("gcPercentHeapGoal")
	if t := gc.uint("sweepDistMinTrigger"); t > goal {
		goal = t
	}
	const minRunway = 64 << 10
	if t := gc.uint("triggered"); t != 1<<64-1 && t < maxMemory && goal < t+minRunway {
		goal = t + minRunway
	}
	if limit := gc.uint("memoryLimit"); limit < goal {
		goal = limit
	}
	return goal
}

func (p *Program) heapCounts(addr uint64) (heapCounts, error) {
	st, err := p.structAt("runtime.mstats", addr)
	if err != nil {
		return heapCounts{}, err
	}
	return countsOf(st)
}

// countsOf sums the three generations: at any moment each writer adds to one of
// them, and a reader in the target moves what is in another.
func countsOf(st structCopy) (heapCounts, error) {
	var c heapCounts
	delta, ok1 := st.l.Structs["runtime.heapStatsDelta"]
	first, ok2 := st.l.Field("runtime.mstats", "heapStats.stats[0]")
	small, ok3 := delta.Fields["smallAllocCount"]
	free, ok4 := delta.Fields["smallFreeCount"]
	if n, _, ok := layout.ArrayType(small.Type); !ok || n != int64(len(classSizes)) || !ok1 || !ok2 || !ok3 || !ok4 {
		return c, bad("no layout of the runtime's memory counters")
	}
	for gen := range int64(3) {
		lo := first.Offset + gen*delta.Size
		if lo < 0 || delta.Size <= 0 || lo > int64(len(st.b))-delta.Size {
			return c, bad("no layout of the runtime's memory counters")
		}
		d := structCopy{st.l, "runtime.heapStatsDelta", st.b[lo : lo+delta.Size]}
		c.committed += int64(d.uint("committed"))
		c.released += int64(d.uint("released"))
		c.inHeap += int64(d.uint("inHeap"))
		c.inStacks += int64(d.uint("inStacks"))
		c.inWorkBufs += int64(d.uint("inWorkBufs"))
		c.tiny += d.uint("tinyAllocCount")
		c.large += d.uint("largeAlloc")
		c.largeCount += d.uint("largeAllocCount")
		c.largeFree += d.uint("largeFree")
		c.largeFreeCount += d.uint("largeFreeCount")
		for i := range classSizes {
			c.small[i] += d.at(layout.Field{Offset: small.Offset + int64(i)*8, Size: 8})
			c.smallFree[i] += d.at(layout.Field{Offset: free.Offset + int64(i)*8, Size: 8})
		}
	}
	return c, nil
}

// cachedCounts are the allocations that the Ps have not yet handed over: what
// (*mcache).releaseAll in runtime/mcache.go would add.
func (p *Program) cachedCounts() (*heapCounts, error) {
	c := &heapCounts{}
	n := p.GOMAXPROCS()
	if n == 0 {
		return c, nil
	}
	const maxPs = 4096
	if n > maxPs {
		return c, bad("%d Ps", n)
	}
	mcache, ok1 := p.Layout.Field("runtime.p", "mcache")
	alloc, ok2 := p.Layout.Field("runtime.mcache", "alloc")
	count, ok3 := p.Layout.Field("runtime.mspan", "allocCount")
	before, ok4 := p.Layout.Field("runtime.mspan", "allocCountBeforeCache")
	classes, _, ok5 := layout.ArrayType(alloc.Type)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || classes > 2*int64(len(classSizes)) {
		return c, bad("no layout of the allocator's caches")
	}
	list, err := p.word(p.globals.allp)
	if err != nil {
		return c, err
	}
	addrs := make([]byte, 8*n)
	if err := p.mem.ReadAt(addrs, list); err != nil {
		return c, err
	}
	type cached struct {
		class int
		b     []byte
	}
	var spans []cached
	var ranges []proc.Range
	size := max(count.Offset, before.Offset) + 2
	lowest := min(count.Offset, before.Offset)
	empty := map[uint64]int{} // how often a span is named: the empty one, by many
	for i := range n {
		a, err := p.word(le64(addrs[8*i:]) + uint64(mcache.Offset))
		if err != nil || a == 0 {
			continue // a P that does not run has none
		}
		mc, err := p.structAt("runtime.mcache", a)
		if err != nil {
			continue
		}
		c.tiny += mc.uint("tinyAllocs")
		for class := range classes {
			s := mc.at(layout.Field{Offset: alloc.Offset + 8*class, Size: 8})
			empty[s]++
			if s == 0 || s%8 != 0 || empty[s] > 1 {
				continue
			}
			b := make([]byte, size-lowest)
			spans = append(spans, cached{int(class / 2), b})
			ranges = append(ranges, proc.Range{Addr: s + uint64(lowest), Buf: b})
		}
	}
	p.mem.ReadMany(ranges)
	for i, s := range spans {
		if !ranges[i].OK {
			continue
		}
		have := int(s.b[count.Offset-lowest]) | int(s.b[count.Offset-lowest+1])<<8
		had := int(s.b[before.Offset-lowest]) | int(s.b[before.Offset-lowest+1])<<8
		if have > had && s.class < len(c.small) {
			c.small[s.class] += uint64(have - had)
		}
	}
	return c, nil
}

// findMemStats finds runtime.memstats. Its functions name its fields, so each
// address that they name may be that of a field.
func (p *Program) findMemStats() {
	if !p.findGCController() {
		return
	}
	var offsets []uint64
	for _, path := range []string{"heapStats", "numgc", "pause_total_ns", "last_gc_unix", "pause_ns", "pause_end", "numforcedgc",
		"heapStats.gen", "stacks_sys", "mspan_sys", "gcMiscSys", "other_sys", "last_gc_nanotime", "lastHeapInUse", "enablegc"} {
		if f, ok := p.Layout.Field("runtime.mstats", path); ok && f.Offset >= 0 {
			offsets = append(offsets, uint64(f.Offset))
		}
	}
	tried := map[uint64]bool{}
	for _, a := range p.candidates("runtime.memstats", "runtime.gcMarkTermination", "runtime.(*mcache).refill",
		"runtime.(*mcache).releaseAll", "runtime.(*mheap).allocSpan", "runtime.(*mheap).freeSpanLocked", "runtime.gcenable",
		"runtime.gcStart", "runtime.mallocinit", "runtime.schedinit") {
		for _, off := range offsets {
			if at := a - off; at%8 == 0 && !tried[at] && p.isVariable(at) {
				tried[at] = true
				if p.validMemStats(at) {
					p.globals.memstats = at
					return
				}
			}
		}
	}
}

// validMemStats: its heap is as large as the collector's own count of it, and
// all that was taken from the system is accounted for. The two are not changed
// together, so a few looks may be needed.
func (p *Program) validMemStats(addr uint64) bool {
	for range 3 {
		st, err := p.structAt("runtime.mstats", addr)
		if err != nil {
			return false
		}
		c, err := countsOf(st)
		if err != nil || st.uint("enablegc") != 1 || c.inHeap <= 0 || c.committed < c.inHeap || c.committed > maxMemory {
			return false
		}
		gc, err := p.structAt("runtime.gcControllerState", p.globals.gcCtl)
		if err != nil {
			return false
		}
		near := func(a, b int64) bool { return max(a, b)-min(a, b) <= max(a, b)/8 }
		inUse, free := int64(gc.uint("heapInUse")), int64(gc.uint("heapFree"))
		if near(c.inHeap, inUse) && near(c.committed, inUse+free+c.inStacks+c.inWorkBufs) {
			return true
		}
	}
	return false
}

// countGoroutines counts what runs, and what its stacks take.
func (p *Program) countGoroutines(m *MemStats) error {
	addrs, err := p.allgs()
	if err != nil {
		return fmt.Errorf("count goroutines: %w", err)
	}
	addrs = addrs[:min(len(addrs), maxRead)]
	f := &p.f
	lo := min(f.gStackLo, f.gStackHi, f.gStatus, f.gStartPC)
	hi := max(f.gStackLo, f.gStackHi, f.gStatus, f.gStartPC) + 8
	const batch = 4096
	size := int(hi - lo)
	buf := make([]byte, size*min(batch, len(addrs)))
	ranges := make([]proc.Range, 0, batch)
	system := map[uint64]bool{} // by the address of its first function
	for len(addrs) > 0 {
		now := addrs[:min(batch, len(addrs))]
		addrs = addrs[len(now):]
		ranges = ranges[:0]
		for i, a := range now {
			ranges = append(ranges, proc.Range{Addr: a + uint64(lo), Buf: buf[i*size : (i+1)*size]})
		}
		p.mem.ReadMany(ranges)
		for i := range ranges {
			b := ranges[i].Buf
			status := le32(b[f.gStatus-lo:]) &^ gScan
			if !ranges[i].OK || status == gDead || status == gIdle || status == gDeadExtra {
				continue
			}
			if lo, hi := le64(b[f.gStackLo-lo:]), le64(b[f.gStackHi-lo:]); hi > lo && hi-lo <= 8<<30 {
				m.StackBytes += hi - lo
			}
			start := le64(b[f.gStartPC-lo:])
			own, known := system[start]
			if !known {
				own = p.startsSystem(start)
				system[start] = own
			}
			if own {
				m.SystemG++
			} else {
				m.Goroutines++
			}
		}
	}
	return nil
}

// startsSystem reports whether a goroutine that starts there is one of the
// runtime's own (runtime/traceback.go: isSystemGoroutine).
func (p *Program) startsSystem(pc uint64) bool {
	fn, ok := p.FindFunc(pc)
	if !ok {
		return false
	}
	switch name := fn.Name(); name {
	case "runtime.main", "runtime.corostart", "runtime.handleAsyncEvent":
		return false
	default:
		return strings.HasPrefix(name, "runtime.")
	}
}
