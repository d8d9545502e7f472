package heap

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// Account divides a program's resident memory among what uses it. live and
// garbage are the bytes of objects that are reachable and that are not, as a look
// at the heap found; negative: take the collector's own figures, by which all
// that was allocated since the last collection counts as garbage.
//
// RSS is what the kernel tells for each mapping (/proc/PID/smaps), and the parts
// add up to it. A mapping of one use goes to it as a whole. One that several
// share, as Go's arenas, is divided page by page: the page map says which pages
// are in memory, and the runtime's table of spans what each is used for. Pages
// that hold objects are divided among go-live, go-garbage and, for free slots and
// rests, go-free in the proportion of their bytes, since no page holds one alone.
// What came or went between the two readings is go-free or unexplained.
//
// It is read while the program runs, and nothing is touched that is not in
// memory. Errors: the process or its runtime cannot be read.
func Account(p *proc.Process, prog *gort.Program, live, garbage int64) (*evidence.MemoryAccount, error) {
	return account(p, prog, live, garbage, nil)
}

// account is Account where malloc's own records say which memory it has; nil: they were
// not read, and it is known by its form.
func account(p *proc.Process, prog *gort.Program, live, garbage int64, mallocs []malloc.Span) (*evidence.MemoryAccount, error) {
	maps, whole, err := p.Usages()
	if err != nil {
		return nil, err
	}
	m, err := prog.MemStats()
	if err != nil {
		return nil, err
	}
	if live < 0 || garbage < 0 {
		live = int64(min(m.Marked, m.HeapAlloc))
		garbage = int64(m.HeapAlloc) - live
	}
	var within []gort.Span
	for i := range maps {
		if anonymous(&maps[i]) {
			within = append(within, gort.Span{Lo: maps[i].Start, Hi: maps[i].End})
		}
	}
	goes, err := prog.HeapMap(within)
	if err != nil {
		return nil, err
	}
	d := divider{maps: maps, goes: goes, stats: &m, live: live, garbage: garbage, resident: p.Resident, mem: p, has: mallocs}
	tids, _ := p.Threads()
	for _, tid := range tids[:min(len(tids), maxThreads)] {
		if w, err := p.WhereIs(tid); err == nil && w.SP != 0 {
			d.sps = append(d.sps, w.SP)
		}
	}
	a := d.divide()
	if rss := int64(p.RSS()); !whole && rss > a.RSS { // too many mappings to read them all
		d.part(evidence.MemoryUnexplained).RSS += rss - a.RSS
		a = d.account()
	}
	return a, nil
}

// maxThreads bounds the stack pointers that are asked for.
const maxThreads = 4096

// memoryKinds are the parts in the order in which they are told.
var memoryKinds = []evidence.MemoryKind{evidence.MemoryLive, evidence.MemoryGarbage, evidence.MemoryFree, evidence.MemoryStacks,
	evidence.MemoryRuntime, evidence.MemoryCHeap, evidence.MemoryCStacks, evidence.MemoryFiles, evidence.MemoryGPU,
	evidence.MemoryShared, evidence.MemoryAnonymous, evidence.MemoryUnexplained}

// divider divides mappings. Everything it asks of the target can be replaced.
type divider struct {
	maps          []proc.Usage // by address
	goes          *gort.HeapMap
	stats         *gort.MemStats
	live, garbage int64
	sps           []uint64 // where threads' stack pointers stand
	resident      func(start, end uint64, f func(start, end uint64)) error
	mem           proc.Memory
	has           []malloc.Span // malloc's, by its own records; nil: not known

	parts            map[evidence.MemoryKind]*evidence.MemoryPart
	swap             int64
	objects, manual  int64 // resident bytes of spans with objects, and of those with stacks
	beside           int64 // resident bytes of the runtime's own tables
	headersLeft      int   // how many pages may still be looked into for malloc's headers
	stackSize, guard uint64
}

func (d *divider) part(k evidence.MemoryKind) *evidence.MemoryPart {
	p := d.parts[k]
	if p == nil {
		p = &evidence.MemoryPart{Name: k}
		d.parts[k] = p
	}
	return p
}

// divide does it all.
func (d *divider) divide() *evidence.MemoryAccount {
	d.parts = map[evidence.MemoryKind]*evidence.MemoryPart{}
	d.headersLeft = 1 << 18
	d.learnStacks()
	for i := range d.maps {
		u := &d.maps[i]
		d.swap += int64(u.Swap)
		if k, one := d.kind(i); one {
			d.whole(k, u)
		} else {
			d.byPage(i, k)
		}
	}
	// The spans' pages, by what the runtime says that is in them.
	m := d.stats
	slots := max(0, int64(m.HeapInUse)-d.live-d.garbage)
	of := shares(d.objects, d.live, d.garbage, slots)
	d.part(evidence.MemoryLive).RSS += of[0]
	d.part(evidence.MemoryGarbage).RSS += of[1]
	d.part(evidence.MemoryFree).RSS += of[2]
	of = shares(d.manual, int64(m.Stacks), int64(m.WorkBufs))
	d.part(evidence.MemoryStacks).RSS += of[0]
	d.part(evidence.MemoryRuntime).RSS += of[1] + d.beside
	for k, size := range map[evidence.MemoryKind]int64{evidence.MemoryLive: d.live, evidence.MemoryGarbage: d.garbage,
		evidence.MemoryFree: slots + int64(m.HeapFree), evidence.MemoryStacks: int64(m.Stacks), evidence.MemoryRuntime: int64(m.Runtime() + m.WorkBufs)} {
		d.part(k).Size = size
	}
	return d.account()
}

func (d *divider) account() *evidence.MemoryAccount {
	a := &evidence.MemoryAccount{Swap: d.swap}
	for _, k := range memoryKinds {
		if p := d.parts[k]; p != nil && (p.RSS != 0 || p.Size != 0) {
			a.RSS += p.RSS
			a.Part = append(a.Part, *p)
		}
	}
	return a
}

// shares divides total by weights, so that the parts add up to it; the last gets
// the rest, and all if there are no weights.
func shares(total int64, weights ...int64) []int64 {
	out := make([]int64, len(weights))
	var sum float64
	for _, w := range weights {
		sum += float64(w)
	}
	left := total
	for i, w := range weights[:len(weights)-1] {
		if sum > 0 {
			out[i] = min(left, int64(float64(total)*(float64(w)/sum)))
		}
		left -= out[i]
	}
	out[len(out)-1] = left
	return out
}

// whole adds a mapping to one part. What is only reserved has no size.
func (d *divider) whole(k evidence.MemoryKind, u *proc.Usage) {
	p := d.part(k)
	p.RSS += int64(u.RSS)
	if u.Read || u.Write || u.Exec || u.RSS > 0 {
		p.Size += int64(u.Size())
	}
}

// anonymous reports whether a mapping is private memory of no file. The kernel
// names some of it: [heap], [stack], and, with Go 1.25 and a kernel that lets a
// program name its memory, "[anon: Go: heap]".
func anonymous(u *proc.Usage) bool {
	return !u.Shared && (u.Path == "" || u.Path == "[heap]" || strings.HasPrefix(u.Path, "[stack") || strings.HasPrefix(u.Path, "[anon"))
}

// kind says what a mapping is used for; whole is false for one that must be
// looked at page by page, where the kind is that of the pages nothing else is
// known of.
func (d *divider) kind(i int) (k evidence.MemoryKind, whole bool) {
	u := &d.maps[i]
	if !anonymous(u) {
		return fileKind(u), true
	}
	switch {
	case u.Path == "[heap]":
		return evidence.MemoryCHeap, true
	case strings.HasPrefix(u.Path, "[stack"):
		return evidence.MemoryCStacks, true
	case strings.HasPrefix(u.Path, "[anon: Go:"):
		return evidence.MemoryRuntime, false
	case strings.HasPrefix(u.Path, "[anon:"):
		return evidence.MemoryAnonymous, true
	case d.zeroed(i):
		return evidence.MemoryFiles, true
	case d.libcArena(i):
		return evidence.MemoryCHeap, false
	}
	return evidence.MemoryAnonymous, false
}

// fileKind is the use of a mapping of a file, or of what the kernel treats as one.
func fileKind(u *proc.Usage) evidence.MemoryKind {
	path := strings.TrimSuffix(u.Path, " (deleted)")
	has := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(path, p) })
	}
	switch {
	case has("/dev/dri/", "/dev/nvidia", "/dev/kfd", "/dev/mali", "/dev/kgsl", "/dev/udmabuf", "/drm mm object", "/dmabuf", "/dma-buf", "anon_inode:i915", "anon_inode:[dmabuf", "anon_inode:dmabuf"):
		return evidence.MemoryGPU
	case path == "" || has("/memfd:", "/dev/shm/", "/SYSV", "/dev/zero", "/i915", "[anon_shmem"):
		return evidence.MemoryShared
	case u.Shared && u.Write && has("/run/user/", "/tmp/"):
		return evidence.MemoryShared // compositors' and toolkits' buffers
	}
	return evidence.MemoryFiles
}

// zeroed: the part of a program's or library's variables that its file has no
// bytes for is anonymous and lies behind the rest of them.
func (d *divider) zeroed(i int) bool {
	if i == 0 {
		return false
	}
	u, before := &d.maps[i], &d.maps[i-1]
	return before.End == u.Start && u.Write && before.Write && !before.Shared && before.Inode != 0 && strings.HasPrefix(before.Path, "/")
}

// libcArenaSize is glibc's HEAP_MAX_SIZE on 64-bit systems (malloc/arena.c).
const libcArenaSize = 64 << 20

// libcArena: glibc reserves so much, aligned to as much, and makes the used
// beginning of it accessible. Go's arenas are like that too, but every page of
// theirs is known.
func (d *divider) libcArena(i int) bool {
	u := &d.maps[i]
	if u.Start%libcArenaSize != 0 || !u.Write || u.Size() > libcArenaSize {
		return false
	}
	if u.Size() == libcArenaSize {
		return true
	}
	return i+1 < len(d.maps) && reserved(&d.maps[i+1]) && d.maps[i+1].Start == u.End && d.maps[i+1].End >= u.Start+libcArenaSize
}

func reserved(u *proc.Usage) bool {
	return !u.Read && !u.Write && !u.Exec && u.Path == "" && !u.Shared
}

// region is a range of addresses of known use.
type region struct {
	lo, hi uint64
	use    use
}

// use is finer than a part: what spans hold is divided at the end.
type use int

const (
	useObjects use = iota
	useManual
	useFree
	useTables
	useMalloc
	useThread
)

// byPage divides a mapping page by page. rest is the use of pages of which
// nothing is known.
func (d *divider) byPage(i int, rest evidence.MemoryKind) {
	u := &d.maps[i]
	known := d.goRegions(u)
	goes := rest == evidence.MemoryRuntime || slices.ContainsFunc(known, func(r region) bool { return r.use == useTables })
	if lo, hi, ok := d.threadStack(i); ok {
		known = append(known, region{lo, hi, useThread})
		slices.SortStableFunc(known, func(a, b region) int { return cmp.Compare(a.lo, b.lo) })
	}
	var runs []gort.Span
	if u.RSS > 0 {
		if err := d.resident(u.Start, u.End, func(lo, hi uint64) { runs = append(runs, gort.Span{Lo: lo, Hi: hi}) }); err != nil {
			d.unread(u, known, rest)
			return
		}
	}
	switch {
	case rest == evidence.MemoryAnonymous && d.has == nil:
		known = append(known, d.mallocs(runs, known, u.End)...)
	case rest == evidence.MemoryAnonymous:
		for _, s := range d.has {
			if lo, hi := max(s.Lo, u.Start), min(s.Hi, u.End); lo < hi {
				known = append(known, region{lo, hi, useMalloc})
			}
		}
	}
	slices.SortStableFunc(known, func(a, b region) int { return cmp.Compare(a.lo, b.lo) })
	var by [useThread + 1]int64
	var unknown, seen int64
	next := 0
	for _, r := range runs {
		seen += int64(r.Hi - r.Lo)
		at := r.Lo
		for next < len(known) && known[next].hi <= at {
			next++
		}
		for j := next; j < len(known) && known[j].lo < r.Hi; j++ {
			lo, hi := max(known[j].lo, at), min(known[j].hi, r.Hi)
			if hi <= lo {
				continue
			}
			unknown += int64(lo - at)
			by[known[j].use] += int64(hi - lo)
			at = hi
		}
		unknown += int64(r.Hi - at)
	}
	// The two readings are of two moments: what more was in memory at the second is
	// taken off again, so that the parts are those of the first.
	late := int64(u.RSS) - seen
	for _, n := range []*int64{&unknown, &by[useFree], &by[useObjects], &by[useMalloc], &by[useManual], &by[useTables], &by[useThread]} {
		if late < 0 {
			off := min(*n, -late)
			*n -= off
			late += off
		}
	}
	if late > 0 && (by[useObjects] > 0 || by[useFree] > 0) {
		by[useFree] += late
		late = 0
	}
	if late > 0 {
		d.part(evidence.MemoryUnexplained).RSS += late
	}
	d.objects += by[useObjects]
	d.manual += by[useManual]
	d.part(evidence.MemoryFree).RSS += by[useFree]
	d.beside += by[useTables]
	d.part(evidence.MemoryCHeap).RSS += by[useMalloc]
	d.part(evidence.MemoryCStacks).RSS += by[useThread]
	var sized int64
	for _, r := range known {
		n := int64(min(r.hi, u.End) - max(r.lo, u.Start))
		sized += n
		switch r.use {
		case useMalloc:
			d.part(evidence.MemoryCHeap).Size += n
		case useThread:
			d.part(evidence.MemoryCStacks).Size += n
		}
	}
	if goes {
		// The kernel joins neighbouring mappings: what lies beside the runtime's tables
		// is the runtime's as long as its own figures allow.
		own := min(unknown, max(0, int64(d.stats.Runtime())-d.beside))
		if rest == evidence.MemoryRuntime {
			own = unknown
		}
		d.beside += own
		unknown -= own
	} else if u.Write || u.Read {
		d.part(rest).Size += max(0, int64(u.Size())-sized)
	}
	d.part(rest).RSS += unknown
}

// unread adds a mapping whose pages cannot be told apart.
func (d *divider) unread(u *proc.Usage, known []region, rest evidence.MemoryKind) {
	if len(known) > 0 {
		rest = evidence.MemoryUnexplained
	}
	d.whole(rest, u)
}

// goRegions are the parts of a mapping that the Go runtime knows, sorted and
// without overlaps.
func (d *divider) goRegions(u *proc.Usage) []region {
	var out []region
	add := func(s gort.Span, to use) {
		lo, hi := max(s.Lo, u.Start), min(s.Hi, u.End)
		if n := len(out); n > 0 {
			lo = max(lo, out[n-1].hi)
		}
		if hi > lo {
			out = append(out, region{lo, hi, to})
		}
	}
	uses := [...]use{gort.PagesFree: useFree, gort.PagesHeap: useObjects, gort.PagesManual: useManual}
	pages, tables := d.goes.Pages, d.goes.Metadata
	pages = pages[sort.Search(len(pages), func(i int) bool { return pages[i].Hi > u.Start }):]
	for {
		page, table := len(pages) > 0 && pages[0].Lo < u.End, len(tables) > 0 && tables[0].Lo < u.End
		switch {
		case page && (!table || pages[0].Lo <= tables[0].Lo):
			add(pages[0].Span, uses[pages[0].Use])
			pages = pages[1:]
		case table:
			add(tables[0], useTables)
			tables = tables[1:]
		default:
			return out
		}
	}
}
