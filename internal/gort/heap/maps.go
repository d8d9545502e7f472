package heap

import "github.com/gomedic/gomedic/internal/gort"

// A map that is known only by what it holds, as in a program without debug
// information: the groups of a larger map carry their type in a header, and that
// type is one map's. From there one goes back, against the pointers, to the tables,
// the directory and the map (internal/runtime/maps, Go 1.24 to 1.27).

// findMaps describes the inner structures of maps that nothing of a known type
// leads to.
func (h *Heap) findMaps() (found bool) {
	byGroup := map[*gort.Type]*gort.Type{}
	for _, t := range h.p.Types() {
		if s := h.shape(t); s != nil && s.Group != nil {
			byGroup[s.Group] = t
		}
	}
	if len(byGroup) == 0 {
		return false
	}
	numbers := map[uint32]uint32{} // description of a group as a value → as a map's
	for n := range h.types.descs {
		d := h.types.descs[n]
		if t := byGroup[d.Type]; t != nil && (d.Kind == Value || d.Kind == Array) {
			numbers[uint32(n)] = h.types.number(Desc{Kind: MapGroup, Type: t})
		}
	}
	for id := range h.types.of {
		n := h.types.of[id] & (1<<sureShift - 1)
		if to, ok := numbers[n]; ok {
			h.types.of[id] = to | h.types.of[id]&^(1<<sureShift-1)
			found = true
		}
	}
	const rounds = 3 // table, directory, map
	f := h.mapFields()
	mapSize, tableSize := uint64(h.p.Layout.Structs["internal/runtime/maps.Map"].Size), uint64(h.p.Layout.Structs["internal/runtime/maps.table"].Size)
	for range rounds {
		changed := false
		for i := range h.spans {
			s := &h.spans[i]
			if s.noscan {
				continue
			}
			h.each(s, func(id ID, _ uint64) {
				if h.types.of[id] != 0 {
					return
				}
				for e := h.start[id]; e < h.start[id+1]; e++ {
					edge := h.edge(e)
					d := h.types.desc(h.types.of[edge.To] & (1<<sureShift - 1))
					var as Kind
					switch {
					case d.Kind == MapGroup && edge.Offset == f.groups && s.elem == tableSize:
						as = MapTable
					case d.Kind == MapGroup && edge.Offset == f.dir && s.elem == mapSize, d.Kind == MapDir && edge.Offset == f.dir && s.elem == mapSize:
						as = Map
					case d.Kind == MapTable && s.elem != mapSize:
						as = MapDir
					default:
						continue
					}
					changed = h.set(id, h.types.number(Desc{Kind: as, Type: d.Type}), guessed) || changed
					return
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
