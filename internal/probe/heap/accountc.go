package heap

import (
	"encoding/binary"
	"slices"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// What of the memory is C's is known by its form only: malloc and pthreads keep
// no list that could be found from outside.

const (
	pageSize = 4 << 10 // the smallest: what is said of larger pages is as true
	// glibc maps what is larger than so much for itself, at least
	// (DEFAULT_MMAP_THRESHOLD, malloc/malloc.c).
	mallocMapped = 128 << 10
	// The usual size of a thread's stack: RLIMIT_STACK's default (pthread_create(3)).
	usualStack = 8 << 20
	// The largest guard below a stack that is taken for one.
	largestGuard = 64 << 10
)

// mallocs finds the allocations that glibc's malloc has mapped one by one: each
// begins with its size, a multiple of the page, and a bit that says so
// (malloc/malloc.c: struct malloc_chunk, IS_MMAPPED). Only pages in memory are
// read. known is sorted.
func (d *divider) mallocs(runs []gort.Span, known []region, end uint64) []region {
	const mapped, flags = 2, 7
	var out []region
	var skip uint64 // up to here is known
	for _, r := range runs {
		for at := max(r.Lo, skip); at < r.Hi; at += pageSize {
			for len(known) > 0 && known[0].hi <= at {
				known = known[1:]
			}
			if len(known) > 0 && known[0].lo <= at {
				skip = (known[0].hi + pageSize - 1) &^ (pageSize - 1)
				at = skip - pageSize
				continue
			}
			if d.headersLeft--; d.headersLeft < 0 {
				return out
			}
			var b [16]byte
			if d.mem.ReadAt(b[:], at) != nil {
				continue
			}
			size := binary.LittleEndian.Uint64(b[8:])
			n := size &^ flags
			// The word before is free space at the start, less than a page, or 0.
			if size&flags != mapped || n < mallocMapped || n%pageSize != 0 || n > end-at || binary.LittleEndian.Uint64(b[:]) != 0 {
				continue
			}
			if len(known) > 0 {
				n = min(n, known[0].lo-at)
			}
			out = append(out, region{at, at + n, useMalloc})
			skip = at + n
			at = skip - pageSize
		}
	}
	return out
}

// learnStacks takes from the stacks that a thread stands in how large this
// program's are, with the guard below.
func (d *divider) learnStacks() {
	d.stackSize = usualStack
	for i := range d.maps {
		if u := &d.maps[i]; d.guarded(i) && d.stands(u) && u.Size() < 4*usualStack {
			d.stackSize, d.guard = u.Size()+d.maps[i-1].Size(), d.maps[i-1].Size()
			return
		}
	}
}

// guarded: below the mapping lies one that nobody may touch, as below each
// thread's stack.
func (d *divider) guarded(i int) bool {
	if i == 0 || d.maps[i].Path != "" || !d.maps[i].Write {
		return false
	}
	g := &d.maps[i-1]
	return reserved(g) && g.End == d.maps[i].Start && g.Size() <= largestGuard
}

// stands reports whether a thread's stack pointer is in the mapping.
func (d *divider) stands(u *proc.Usage) bool {
	return slices.ContainsFunc(d.sps, u.Contains)
}

// threadStack says which part of a mapping is a C thread's stack: one that a
// thread stands in, or that looks like those do, since glibc keeps the stacks of
// threads that have ended. The kernel may have joined what lies above to it.
func (d *divider) threadStack(i int) (lo, hi uint64, ok bool) {
	if !d.guarded(i) {
		return 0, 0, false
	}
	u := &d.maps[i]
	size := d.stackSize - min(d.stackSize, d.maps[i-1].Size())
	if !d.stands(u) && (u.Size() < size || d.guard != 0 && d.maps[i-1].Size() != d.guard) {
		return 0, 0, false
	}
	if size == 0 || u.Size() < size {
		size = u.Size()
	}
	for _, sp := range d.sps {
		if u.Contains(sp) && sp-u.Start >= size {
			size = u.Size()
		}
	}
	return u.Start, u.Start + size, true
}
