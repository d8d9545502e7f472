package malloc

// ownPages finds the chunks that were mapped on their own: at the start of a page, or
// as far behind as their alignment asks for, and a whole number of pages long. Nothing
// lists them.
func (w *walker) ownPages() {
	w.take()
	for i := range w.maps {
		m := &w.maps[i]
		if m.Path != "" || !m.Read || !m.Write || m.Shared {
			continue
		}
		w.free(m.Start, m.End, func(s Span) {
			// Chunks that were mapped one after the other lie side by side, downwards:
			// each begins where the one before ends.
			for at := s.Lo; at+minChunk <= s.Hi; {
				n, off, ok := w.ownPage(at, s.Hi)
				if !ok {
					at += pageSize
					continue
				}
				w.live = append(w.live, Chunk{Addr: at + off + 16, Size: n - off - 16, Arena: Mapped})
				w.used = append(w.used, Span{at, at + n})
				at += n
			}
		})
	}
}

// ownPage reports whether such a chunk begins at a page, and how long it is with what
// its alignment skips. Then the header holds how much that is (memalign, malloc.c).
func (w *walker) ownPage(at, end uint64) (n, skipped uint64, ok bool) {
	for align := uint64(0); align <= pageSize; align = max(2*align, 32) {
		off := align - min(align, 16)
		before, ok := w.mem.word(at + off)
		size, ok2 := w.mem.word(at + off + 8)
		if !ok || !ok2 {
			return 0, 0, false
		}
		n := size&^flagBits + off
		if before == off && size&flagBits == mappedBit && n&(pageSize-1) == 0 && n > off+minChunk && n <= end-at {
			return n, off, true
		}
	}
	return 0, 0, false
}
