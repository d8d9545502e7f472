package heap

import (
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
)

// least is the size of the runtime's structure that an object of a kind begins
// with; 0: it has none.
func (h *Heap) least(k Kind) uint64 {
	switch k {
	case Map:
		return uint64(h.p.Layout.Structs["internal/runtime/maps.Map"].Size)
	case MapTable:
		return uint64(h.p.Layout.Structs["internal/runtime/maps.table"].Size)
	case Chan:
		return uint64(h.p.Layout.Structs["runtime.hchan"].Size)
	}
	return 0
}

// variant: a sync.Map's nodes begin alike, and a flag in them says what each is
// (internal/sync/hashtriemap.go, Go 1.24 to 1.27).
func (h *Heap) variant(id ID, t *gort.Type) *gort.Type {
	if t.PkgPath != "internal/sync" || !strings.HasPrefix(t.Name, "sync.node[") {
		return t
	}
	var entry [1]byte
	if !h.Read(id, h.valueOffset(id), entry[:]) {
		return t
	}
	what := ".indirect["
	if entry[0] != 0 {
		what = ".entry["
	}
	if v := h.p.TypeByName(strings.Replace(t.FullName(), ".node[", what, 1)); v != nil {
		return v
	}
	return t
}

// fits: an allocation of that size gets a slot of about that room: size classes
// waste an eighth, for small ones up to a half (runtime/sizeclasses.go).
func fits(size, room uint64) bool { return room <= 16 || room <= size+max(size/2, 32) }

// Propagate carries what is known of objects along their pointers to others, until
// nothing new follows.
func (h *Heap) Propagate() {
	h.propagate()
	maps, tries, chans := h.findMaps(), h.findTries(), h.findChans()
	if maps || tries || chans {
		h.propagate()
	}
}
