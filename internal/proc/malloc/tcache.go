package malloc

import (
	"cmp"
	"slices"
)

// Free chunks in fast bins and in the threads' caches look as if they were in use:
// only the lists tell. Links are hidden since 2.32: each is XORed with its own
// address shifted right by a page (PROTECT_PTR, malloc/malloc.c).

// cacheForms are the records of a thread's cache, struct tcache_perthread_struct, by
// glibc's version.
var cacheForms = []struct {
	chunk   uint64 // size of the chunk that holds it
	entries uint64 // where the lists begin, behind the counts
	bins    int
	large   int // of the bins: the first of chunks of several sizes
}{
	{0x250, 64, 64, 64},  // 2.26 to 2.29: counts of a byte
	{0x290, 128, 64, 64}, // since 2.30
	{0x300, 152, 76, 64}, // since 2.42: twelve bins for larger chunks
}

const maxList = 1 << 17

// caches finds the threads' caches among the chunks, and what they hold.
func (w *walker) caches() {
	var found []uint64
	for _, c := range w.live {
		for _, f := range cacheForms {
			if c.Size+8 != f.chunk || c.Arena == Mapped {
				continue
			}
			var held []uint64
			lists, ok := 0, true
			for i := 0; i < f.bins && ok; i++ {
				at, read := w.mem.word(c.Addr + f.entries + uint64(i)*8)
				if !read {
					ok = false
					break
				}
				if at == 0 {
					continue
				}
				want := uint64(i)*16 + minChunk
				if i >= f.large {
					want = 0
				}
				list, fine := w.list(at, func(p uint64) bool {
					k, is := slices.BinarySearchFunc(w.live, p, func(c Chunk, p uint64) int { return cmp.Compare(c.Addr, p) })
					return is && (want == 0 || w.live[k].Size+8 == want)
				}, 0)
				if ok = fine; ok {
					held = append(held, list...)
					lists++
				}
			}
			if ok && lists > 0 {
				found = append(found, held...)
				w.h.Caches++
			}
		}
	}
	for _, p := range found {
		w.frees[p] = true
	}
}

// fast follows an arena's fast bins.
func (w *walker) fast(a *arena) {
	for i := range uint64(fastBins) {
		at, _ := w.mem.word(a.bins + ^uint64(-offFast-1) + 8*i)
		if at == 0 {
			continue
		}
		want := minChunk + 16*i
		list, ok := w.list(at+16, func(p uint64) bool {
			size, ok := w.mem.word(p - 8)
			return ok && size&^flagBits == want
		}, 16)
		if !ok {
			continue
		}
		for _, p := range list {
			if _, cached := w.frees[p]; !cached {
				w.frees[p] = false
			}
		}
	}
}

// list follows links from one free chunk to the next, hidden or not. Links point
// back from what malloc returns by so much.
func (w *walker) list(at uint64, valid func(uint64) bool, by uint64) ([]uint64, bool) {
	for _, hidden := range []bool{true, false} {
		var out []uint64
		p := at
		for p != 0 && len(out) < maxList {
			if p&15 != 0 || !valid(p) {
				break
			}
			out = append(out, p)
			next, ok := w.mem.word(p)
			if !ok {
				break
			}
			if hidden {
				next ^= p >> 12
			}
			if p = next; p != 0 {
				p += by
			}
		}
		if p == 0 {
			return out, true
		}
	}
	return nil, false
}
