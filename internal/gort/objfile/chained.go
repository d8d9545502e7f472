package objfile

import "slices"

// Where a Mach-O file's pointers are links of chains, each holds, beside its target, how
// far the next is (mach-o/fixup-chains.h, dyld).
const (
	chainedFixups  = 0x80000034 // LC_DYLD_CHAINED_FIXUPS
	chainTarget    = 2          // DYLD_CHAINED_PTR_64: the target is an address,
	chainOffset    = 6          // DYLD_CHAINED_PTR_64_OFFSET: one counted from the header
	chainNone      = 0xffff     // of a page without pointers
	chainStride    = 4          // bytes that a link counts by
	maxChainedSize = 1 << 20    // pages
)

// unchain writes the pointers that the loader would write into copies of the segments
// that have any. load is the load command; it reports false where it has another form.
func (m *Image) unchain(load []byte, at uint64) bool {
	if len(load) < 16 {
		return false
	}
	from, size := uint64(m.Order.Uint32(load[8:]))+at, uint64(m.Order.Uint32(load[12:]))
	if from > uint64(len(m.data)) || size > uint64(len(m.data))-from {
		return false
	}
	b := m.data[from : from+size]
	tail := func(b []byte, at uint32, least int) []byte {
		if uint64(at) > uint64(len(b)) || len(b)-int(at) < least {
			return nil
		}
		return b[at:]
	}
	if len(b) < 28 {
		return false
	}
	image := tail(b, m.Order.Uint32(b[4:]), 4)
	if image == nil {
		return false
	}
	for i := range min(m.Order.Uint32(image), 64) {
		entry := tail(image, 4+4*i, 4)
		if entry == nil {
			return false
		}
		off := m.Order.Uint32(entry)
		if off == 0 {
			continue // no pointers
		}
		s := tail(image, off, 22)
		if s == nil {
			return false
		}
		form := m.Order.Uint16(s[6:])
		if form != chainTarget && form != chainOffset {
			return false
		}
		page, begin, pages := uint64(m.Order.Uint16(s[4:])), m.base+m.Order.Uint64(s[8:]), int(m.Order.Uint16(s[20:]))
		starts := tail(s, 22, 2*pages)
		j := slices.IndexFunc(m.Segments, func(g Segment) bool { return g.Addr == begin })
		if starts == nil || j < 0 || page == 0 || pages > maxChainedSize {
			return false
		}
		g := &m.Segments[j]
		g.Data = slices.Clone(g.Data)
		for p := range pages {
			if start := m.Order.Uint16(starts[2*p:]); start != chainNone {
				m.follow(g.Data, uint64(p)*page+uint64(start), form)
			}
		}
	}
	return true
}

// follow writes the pointers of one chain, which only goes on.
func (m *Image) follow(b []byte, at uint64, form uint16) {
	for at+8 <= uint64(len(b)) {
		v := m.Order.Uint64(b[at:])
		next := v >> 51 & 0xfff
		if v>>63 == 0 {
			to := v&(1<<36-1) | v>>36&0xff<<56
			if form == chainOffset {
				to += m.base
			}
			m.Order.PutUint64(b[at:], to)
		} else {
			m.Order.PutUint64(b[at:], 0) // of another library
		}
		if next == 0 {
			return
		}
		at += next * chainStride
	}
}
