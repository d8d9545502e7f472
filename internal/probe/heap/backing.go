package heap

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
)

// Which arrays are looked at, and how little of one must be in use.
const (
	leastBacking = 4 << 10 // bytes: smaller ones cost little more than their piece
	usedShare    = 8       // at most an eighth is in use
	maxRefs      = 64      // an array to which more lead is not held by a piece
)

// backingSuspects finds arrays that are held by strings or slices which show only a
// small part of them. A slice that begins where its array does and has all its
// room is a buffer that is used again, and holds nothing by mistake.
//
// Where such slices gather in something that grows they are no buffers: growing has
// the addresses of what does.
func (l *look) backingSuspects(growing map[uint64]bool) []evidence.HeapSuspect {
	refs := l.heap.Referrers()
	rooted := map[goheap.ID]bool{}
	for _, r := range l.heap.Roots() {
		rooted[r.To] = true
	}
	type group struct {
		evidence.HeapSuspect
		sample goheap.ID
	}
	groups := map[string]*group{}
	l.heap.EachLarge(leastBacking, func(id goheap.ID) {
		if rooted[id] || !l.heap.Live(id) {
			return
		}
		from := refs.Of(id)
		if len(from) == 0 || len(from) > maxRefs {
			return
		}
		used, n, whole, ok := l.pieces(id, from)
		size := int64(l.heap.Size(id))
		if !ok || used*usedShare > size {
			return
		}
		links := l.chain(id)
		if links == nil || whole && !slices.ContainsFunc(links, func(x evidence.HeapLink) bool { return growing[x.Addr] }) {
			return
		}
		k := signature(links)
		g := groups[k]
		if g == nil {
			g = &group{sample: id}
			g.Kind, g.Type, g.Signature, g.Chain, g.Suspect = evidence.SuspectBacking, typeName(l.heap.Desc(id)), k, links, len(links)-2
			g.Count, g.Bytes = []int64{0}, []int64{0}
			g.Backing = &evidence.HeapBacking{}
			groups[k] = g
		}
		g.Count[0]++
		g.Bytes[0] += size
		g.Chains++
		g.Backing.Size += size
		g.Backing.Used += used
		g.Backing.Refs += n
	})
	var out []evidence.HeapSuspect
	for _, g := range groups {
		out = append(out, g.HeapSuspect)
	}
	slices.SortFunc(out, func(a, b evidence.HeapSuspect) int { return strings.Compare(a.Signature, b.Signature) })
	return out
}

// pieces adds up what strings and slices show of an array. ok is false if anything
// else leads to it; whole: a slice has all of it, to be used again.
func (l *look) pieces(id goheap.ID, from []goheap.ID) (used int64, n int, whole, ok bool) {
	base, size := l.heap.Addr(id), l.heap.Size(id)
	type piece struct{ lo, hi uint64 }
	var pieces []piece
	ok = true
	for i, by := range from {
		if slices.Contains(from[:i], by) {
			continue // all its references are looked at below
		}
		d := l.heap.Desc(by)
		l.heap.Edges(by, func(e goheap.Edge) {
			if e.To != id || !ok {
				return
			}
			t := l.heap.FieldOf(d, e.Offset-l.heap.ValueOffset(by))
			if t == nil && !l.heap.Noscan(id) || t != nil && t.Kind != gort.KindString && t.Kind != gort.KindSlice {
				ok = false
				return
			}
			var b [24]byte
			isSlice := t != nil && t.Kind == gort.KindSlice
			if !l.heap.Read(by, e.Offset, b[:16]) || isSlice && !l.heap.Read(by, e.Offset, b[:]) {
				ok = false
				return
			}
			ptr, length := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
			elem := uint64(1)
			if t == nil && l.heap.Read(by, e.Offset, b[:]) {
				// Of an unknown type: with its room behind its length it is a slice.
				room := binary.LittleEndian.Uint64(b[16:])
				isSlice = room >= length && room <= size
			}
			if isSlice {
				room := binary.LittleEndian.Uint64(b[16:])
				if t != nil {
					if t.Elem() == nil {
						ok = false
						return
					}
					elem = t.Elem().Size
				}
				if all := ptr <= base+l.heap.ValueOffset(id) && room*elem*2 > size; all && length == 0 {
					ok = false // shows nothing: it waits to be filled
					return
				} else if all {
					whole = true
				}
			}
			if length > size || ptr < base || ptr > base+size {
				ok = false
				return
			}
			pieces = append(pieces, piece{ptr, min(ptr+length*elem, base+size)})
			n++
		})
	}
	if !ok || n == 0 {
		return 0, 0, false, false
	}
	slices.SortFunc(pieces, func(a, b piece) int { return int(int64(a.lo) - int64(b.lo)) })
	end := base
	for _, p := range pieces {
		if lo := max(p.lo, end); p.hi > lo {
			used += int64(p.hi - lo)
			end = p.hi
		}
	}
	return used, n, whole, true
}
