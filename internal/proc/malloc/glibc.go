package malloc

import (
	"cmp"
	"slices"
)

// How a chunk of ptmalloc lies in memory: at its address the size of the chunk
// before, if that is free; then its own size, with three bits; then what malloc
// returned. Whether a chunk is in use says the bit of the one after it.

// arena is one arena while it is read.
type arena struct {
	Arena
	bins  uint64
	top   uint64
	flags uint64
	index uint32
	found uint64 // bytes of what it has taken from the system
}

func (w *walker) walk() error {
	w.frees = map[uint64]bool{}
	arenas := w.arenas()
	for i := range arenas {
		a := &arenas[i]
		a.index = uint32(i)
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if !a.Main {
			w.walkHeaps(a)
		}
	}
	w.walkMain(&arenas[0]) // knows what the others have
	w.ownPages()
	slices.SortFunc(w.live, func(a, b Chunk) int { return cmp.Compare(a.Addr, b.Addr) })
	w.caches()
	for i := range arenas {
		w.fast(&arenas[i])
		w.checkBins(&arenas[i])
	}
	w.finish(arenas)
	return w.ctx.Err()
}

// arenas follows the ring of arenas from the main one.
func (w *walker) arenas() []arena {
	head, next := w.bins-offBins, uint64(0)
	next, _ = w.mem.word(w.bins + offNext)
	if next == w.bins-offBinsOld {
		head, w.old = next, true
	}
	out := []arena{w.arena(head, true)}
	seen := map[uint64]bool{head: true}
	for at := next; at != head && len(out) < maxArenas; {
		if at == w.bins-offBinsOld && !w.old { // the ring closes at where 2.26 has its record
			w.old = true
			for i := range out {
				out[i] = w.arena(out[i].Addr-b2u(i == 0)*(offBins-offBinsOld), i == 0)
			}
			break
		}
		if seen[at] || at&7 != 0 || at == 0 {
			w.h.Damaged = append(w.h.Damaged, Damage{Addr: at, Why: BadLink, Value: at})
			break
		}
		a := w.arena(at, false)
		heap := at &^ (heapMax - 1)
		if owner, ok := w.mem.word(heap); !ok || owner != at {
			break
		}
		seen[at] = true
		out = append(out, a)
		at, _ = w.mem.word(a.bins + offNext)
	}
	return out
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (w *walker) arena(at uint64, main bool) arena {
	bins := at + offBins
	if w.old {
		bins = at + offBinsOld
	}
	if main {
		bins = w.bins
	}
	a := arena{Arena: Arena{Addr: at, Main: main, Threads: -1}, bins: bins}
	a.top, _ = w.mem.word(bins + ^uint64(-offTop-1))
	state, _ := w.mem.word(at)
	a.Busy = uint32(state) != 0
	a.flags = state >> 32
	a.System, _ = w.mem.word(bins + offSystem)
	if n, ok := w.mem.word(bins + offThreads); ok && n < 1<<20 {
		a.Threads = int(n)
	}
	return a
}

// walkHeaps walks the heaps of a thread's arena, from the last one, which holds the
// top, back to the first, which holds the arena's record.
func (w *walker) walkHeaps(a *arena) {
	first := a.Addr &^ (heapMax - 1)
	info := a.Addr - first // the size of struct heap_info
	seen := map[uint64]bool{}
	for heap := a.top &^ (heapMax - 1); heap != 0 && !seen[heap]; {
		seen[heap] = true
		owner, ok := w.mem.word(heap)
		size, ok2 := w.mem.word(heap + 16)
		if !ok || !ok2 || owner != a.Addr || size > heapMax || size&(pageSize-1) != 0 {
			w.damage(Damage{Addr: heap, Arena: a.index, Why: BadLink, Value: owner})
			return
		}
		from := heap + info
		if heap == first {
			from += stateSize + (a.bins - a.Addr)
		}
		from = (from + 15) &^ 15
		end := heap + size
		w.span(a, Span{heap, end})
		a.found += size
		if heap == a.top&^(heapMax-1) {
			w.chunks(a, from, end, a.top)
		} else {
			w.chunks(a, from, end, 0)
		}
		if heap == first {
			return
		}
		heap, _ = w.mem.word(heap + 8)
	}
}

func (w *walker) span(a *arena, s Span) {
	a.Spans = append(a.Spans, s)
	w.used = append(w.used, s)
}

// walkMain walks what the main arena has: the program's break, and, where that could
// not grow, mappings.
func (w *walker) walkMain(a *arena) {
	if a.top == a.bins-16 { // nothing was ever allocated from it
		return
	}
	topSize, _ := w.mem.word(a.top + 8)
	topEnd := a.top + topSize&^flagBits
	var inBreak uint64
	for _, s := range w.breakSpans(a) {
		top := uint64(0)
		if a.top >= s.Lo && a.top < s.Hi {
			top = a.top
		}
		first := true
		for at := s.Lo; at < s.Hi && (top == 0 || at <= top); first = false {
			from, ok := w.begins(at, s.Hi, top)
			if !ok {
				break // what is left here is others'
			}
			if !first {
				inBreak += from - at // counted as the arena's, though others took it
			}
			to := w.chunks(a, from, s.Hi, top)
			w.span(a, Span{from, to})
			inBreak += to - from
			at = to
		}
	}
	a.found = inBreak
	if a.flags&flagNoncont == 0 && inBreak >= a.System {
		return
	}
	w.take()
	for i := range w.maps {
		m := &w.maps[i]
		if m.Path != "" || !m.Read || !m.Write || m.Shared {
			continue
		}
		w.free(m.Start, m.End, func(s Span) { w.walkMore(a, s, topEnd) })
	}
}

// walkMore looks for chunks of the main arena in mapped memory, which begin at a
// page and end with a chunk that is no chunk, or with the top.
func (w *walker) walkMore(a *arena, s Span, topEnd uint64) {
	for at := s.Lo; at < s.Hi; {
		top := uint64(0)
		if a.top >= at && a.top < s.Hi {
			top = a.top
		}
		if w.trial(at, s.Hi, top, 0) == 0 {
			at += pageSize
			continue
		}
		to := w.chunks(a, at, s.Hi, top)
		if top != 0 {
			to = max(to, min(topEnd, s.Hi))
		}
		to = (to + pageSize - 1) &^ (pageSize - 1)
		w.span(a, Span{at, to})
		a.found += to - at
		at = to
	}
}

// trial counts the chunks from an address on that follow each other properly to the
// top, to a fencepost at the end of a page, or to so many as are enough, if that is
// not 0. It is 0 if they do not.
func (w *walker) trial(at, end, top uint64, enough int) int {
	const most = 1 << 24
	size, ok := w.mem.word(at + 8)
	if !ok || size&prevInUse == 0 {
		return 0
	}
	for n := 0; n < most; n++ {
		if at == top && top != 0 || n == enough && n > 0 {
			return n + 1
		}
		word, ok := w.mem.next(at+8, end)
		if !ok || word&(mappedBit|nonMainBit) != 0 {
			return 0
		}
		size := word &^ flagBits
		if size == fencepost && (n > 1 || n > 0 && (at+2*fencepost)&(pageSize-1) == 0) {
			return n
		}
		if size < minChunk || size&15 != 0 || size > end-at {
			return 0
		}
		if at += size; at+16 > end {
			return 0
		}
	}
	return 0
}

// breakSpans are the program's break, whole pieces of it joined. A core file does not
// name it: there it is where the arena's top lies, unless that has other memory.
func (w *walker) breakSpans(a *arena) (out []Span) {
	for i := range w.maps {
		m := &w.maps[i]
		if m.Path != "[heap]" || !m.Read {
			continue
		}
		if n := len(out) - 1; n >= 0 && out[n].Hi == m.Start {
			out[n].Hi = m.End
			continue
		}
		out = append(out, Span{m.Start, m.End})
	}
	for i := range w.maps {
		if m := &w.maps[i]; len(out) == 0 && a.flags&flagNoncont == 0 && m.Path == "" && m.Read && m.Write && m.Contains(a.top) {
			out = append(out, Span{m.Start, m.End})
		}
	}
	return out
}

// begins says where chunks begin in a piece: the break need not be aligned, and
// others may have taken from it before malloc did, and meanwhile.
func (w *walker) begins(at, end, top uint64) (uint64, bool) {
	const enough = 64 // chunks in a row are no chance
	for from := (at + 15) &^ 15; from+16 <= end; from += 16 {
		word, ok := w.mem.next(from+8, end)
		if !ok {
			return 0, false
		}
		if size := word &^ flagBits; word&prevInUse == 0 || word&(mappedBit|nonMainBit) != 0 || size < minChunk || size&15 != 0 || size > end-from {
			continue
		}
		if w.trial(from, end, top, enough) > 0 {
			return from, true
		}
	}
	return 0, false
}

// chunks walks from one chunk to the next, notes those in use, and returns where it
// ended: at the end of the top, behind a fencepost, or at end.
func (w *walker) chunks(a *arena, at, end, top uint64) uint64 {
	nonMain := uint64(0)
	if !a.Main {
		nonMain = nonMainBit
	}
	word, ok := w.mem.next(at+8, end)
	for ok {
		size := word &^ flagBits
		if at == top && top != 0 {
			if size <= end-at {
				a.Top += size
				return at + size
			}
			w.damage(Damage{Addr: at, Arena: a.index, Why: BadSize, Value: word})
			return end
		}
		if size == fencepost || size == 0 && word&prevInUse != 0 && top == 0 {
			return min(at+2*fencepost, end)
		}
		next := at + size
		good := size >= minChunk && size&15 == 0 && size <= end-at && word&mappedBit == 0
		var after uint64
		if good {
			if after, ok = w.mem.next(next+8, end); !ok {
				return end // it would have a successor
			}
			// A free chunk has no bit that says whose it is.
			good = after&prevInUse == 0 && word&nonMainBit <= nonMain || word&nonMainBit == nonMain
		}
		if !good {
			w.damage(Damage{Addr: at, Arena: a.index, Why: BadSize, Value: word})
			again, found := w.resync(at+16, end, top, nonMain)
			if !found {
				return end
			}
			at = again
			word, ok = w.mem.next(at+8, end)
			continue
		}
		if after&prevInUse != 0 {
			w.live = append(w.live, Chunk{Addr: at + 16, Size: size - 8, Arena: a.index})
		} else {
			if copied, ok := w.mem.next(next, end); ok && copied != size {
				w.damage(Damage{Addr: at, Arena: a.index, Why: BadPrevSize, Value: copied})
			}
			a.Free += size
			a.Largest = max(a.Largest, size)
		}
		at, word = next, after
	}
	return end
}

// resync finds the next chunk behind damaged memory: one that is followed by so many
// others that chance is excluded.
func (w *walker) resync(at, end, top, nonMain uint64) (uint64, bool) {
	const enough, most = 12, 8 << 20
	if top > at {
		end = min(end, top+16)
	}
	for from := at; from < end && from-at < most; from += 16 {
		p, n := from, 0
		for ; n < enough; n++ {
			if p == top && top != 0 {
				n = enough
				break
			}
			word, ok := w.mem.word(p + 8)
			size := word &^ flagBits
			if !ok || size < minChunk || size&15 != 0 || size > end-p || word&mappedBit != 0 || word&nonMainBit > nonMain {
				break
			}
			p += size
		}
		if n >= enough {
			return from, true
		}
	}
	return 0, false
}

func (w *walker) damage(d Damage) {
	if len(w.h.Damaged) < maxDamage {
		w.h.Damaged = append(w.h.Damaged, d)
	}
}

// take makes a list of what free leaves out.
func (w *walker) take() {
	w.taken = slices.Concat(w.used, w.o.Not)
	slices.SortFunc(w.taken, func(a, b Span) int { return cmp.Compare(a.Lo, b.Lo) })
}

// free calls f for what of a range no arena has, and is not excluded.
func (w *walker) free(lo, hi uint64, f func(Span)) {
	i, _ := slices.BinarySearchFunc(w.taken, lo, func(s Span, lo uint64) int { return cmp.Compare(s.Hi, lo+1) })
	for _, t := range w.taken[i:] {
		if t.Lo >= hi {
			break
		}
		if t.Lo > lo {
			f(Span{lo, t.Lo})
		}
		lo = max(lo, (t.Hi+pageSize-1)&^(pageSize-1))
	}
	if lo < hi {
		f(Span{lo, hi})
	}
}

// checkBins follows the lists of free chunks, whose links must point back.
func (w *walker) checkBins(a *arena) {
	const most = 1 << 20
	if a.Busy {
		return
	}
	n := 0
	for i := range uint64(binPairs) {
		head := a.bins + 16*i - 16
		for at, _ := w.mem.word(head + 16); at != head && n < most; n++ {
			back, ok := w.mem.word(at + 24)
			next, ok2 := w.mem.word(at + 16)
			if !ok || !ok2 || at == 0 {
				w.damage(Damage{Addr: at, Arena: a.index, Why: BadLink, Value: back})
				break
			}
			if prev, ok := w.mem.word(back + 16); !ok || prev != at {
				w.damage(Damage{Addr: at, Arena: a.index, Why: BadLink, Value: back})
				break
			}
			at = next
		}
	}
}

// finish takes what fast bins and caches hold out of what is in use.
func (w *walker) finish(arenas []arena) {
	h := w.h
	h.Chunks = slices.DeleteFunc(w.live, func(c Chunk) bool {
		cached, is := w.frees[c.Addr]
		if !is || c.Arena == Mapped {
			return false
		}
		a := &arenas[c.Arena]
		if cached {
			a.Cached += c.Size + 8
		} else {
			a.Free += c.Size + 8
		}
		a.Largest = max(a.Largest, c.Size+8)
		return true
	})
	for _, c := range h.Chunks {
		if c.Arena != Mapped {
			arenas[c.Arena].Live += c.Size + 8
			arenas[c.Arena].Chunks++
		}
	}
	for i := range arenas {
		a := &arenas[i]
		if a.System >= a.found+pageSize { // less is lost to alignment
			h.Missed += a.System - a.found
		}
		h.Arenas = append(h.Arenas, a.Arena)
	}
	// A heap that a thread is changing may look damaged.
	h.Damaged = slices.DeleteFunc(h.Damaged, func(d Damage) bool { return arenas[d.Arena].Busy })
	slices.SortFunc(h.Damaged, func(a, b Damage) int { return cmp.Compare(a.Addr, b.Addr) })
	slices.SortFunc(w.used, func(a, b Span) int { return cmp.Compare(a.Lo, b.Lo) })
	for _, s := range w.used {
		if n := len(h.Spans) - 1; n >= 0 && s.Lo <= h.Spans[n].Hi {
			h.Spans[n].Hi = max(h.Spans[n].Hi, s.Hi)
			continue
		}
		h.Spans = append(h.Spans, s)
	}
}
