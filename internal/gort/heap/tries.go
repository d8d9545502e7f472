package heap

import (
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
)

// findTries describes the nodes of sync.Maps that nothing of a known type leads to.
// An entry begins with a flag that says so and has the type of its key in it; an
// inner node leads to entries and to others of its kind
// (internal/sync/hashtriemap.go, Go 1.24 to 1.27).
func (h *Heap) findTries() (found bool) {
	var entry, indirect *gort.Type
	for _, t := range h.p.Types() {
		if t.PkgPath != "internal/sync" || !strings.HasSuffix(t.Name, "[interface {},interface {}]") {
			continue
		}
		switch {
		case strings.HasPrefix(t.Name, "sync.entry["):
			entry = t
		case strings.HasPrefix(t.Name, "sync.indirect["):
			indirect = t
		}
	}
	if entry == nil || indirect == nil {
		return false
	}
	_, key, ok1 := entry.Within("key")
	_, children, ok2 := indirect.Within("children")
	if !ok1 || !ok2 || key+8 > entry.Size {
		return false
	}
	entries := h.types.number(Desc{Kind: Value, Type: entry})
	inner := h.types.number(Desc{Kind: Value, Type: indirect})
	for i := range h.spans {
		if s := &h.spans[i]; !s.noscan && s.class != 0 && s.elem >= entry.Size && fits(entry.Size, s.elem) {
			found = h.entriesIn(s, entries, key) || found
		}
	}
	const deepest = 17 // a level for each four bits of a hash, and one for its end
	for range deepest {
		changed := false
		for i := range h.spans {
			s := &h.spans[i]
			if s.noscan || s.class == 0 || s.elem < indirect.Size || !fits(indirect.Size, s.elem) {
				continue
			}
			h.each(s, func(id ID, _ uint64) {
				if h.types.of[id] != 0 || h.start[id] == h.start[id+1] {
					return
				}
				down := false
				for e := h.start[id]; e < h.start[id+1]; e++ {
					edge := h.edge(e)
					n := h.types.of[edge.To] & (1<<sureShift - 1)
					switch {
					case edge.Offset < children: // its parent
					case n != entries && n != inner && n != 0:
						return
					default:
						down = down || n != 0
					}
				}
				if down {
					changed = h.set(id, inner, guessed) || changed
				}
			})
		}
		if !changed {
			break
		}
		found = true
	}
	return found
}

// entriesIn describes the entries among the objects of a span of which nothing is
// known.
func (h *Heap) entriesIn(s *span, number uint32, key uint64) (found bool) {
	unknown := false
	h.each(s, func(id ID, _ uint64) { unknown = unknown || h.types.of[id] == 0 })
	if !unknown {
		return false
	}
	b := make([]byte, uint64(s.pages)*pageSize)
	if h.p.Memory().ReadAt(b, s.base) != nil {
		return false
	}
	h.each(s, func(id ID, addr uint64) {
		o := b[addr-s.base:][:s.elem]
		if h.types.of[id] != 0 || le64(o) != 1 { // the flag, and nothing behind it
			return
		}
		if w := le64(o[key:]); w > 1<<16 && w%8 == 0 && h.says(w) != 0 {
			found = h.set(id, number, guessed) || found
		}
	})
	return found
}
