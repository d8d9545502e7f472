package exact

import (
	"encoding/binary"
	"fmt"

	"github.com/gomedic/gomedic/internal/proc"
)

// slot is an entry of a library's table that leads to a hook, or is to.
type slot struct {
	at, was, hook  uint64
	original, stub uint64 // what may stand there for it to be taken; stub 0: the original alone
	set            bool   // the hook was written there
}

// takes reports whether an entry that holds v is taken: its calls reach the original,
// now or once it is looked up. Everything else is left alone: what the program has put
// there itself, another allocator's function, and what the linker has not come to yet.
func (s *slot) takes(v uint64) bool { return v == s.original || v == s.stub && s.stub != 0 }

// patch lets the tables of libraries lead to the hooks, where they do not yet.
func (h *Hooks) patch() error {
	known := make(map[uint64]int, len(h.patched))
	for i := range h.patched {
		known[h.patched[i].at] = i
	}
	libs := h.libraries()
	alone := allocators(libs) == 1
	var add []int // indices into patched
	n := len(h.patched)
	for _, l := range libs {
		all := h.values(l)
		for _, v := range all {
			l.bound = l.bound || v.is == h.funcs[v.name]
		}
		for _, v := range all {
			if h.entries[v.name] == 0 {
				continue
			}
			s := slot{at: v.at + l.bias, was: v.is, hook: h.entries[v.name], original: h.funcs[v.name]}
			// What it is going to find is known where there is one allocator, and of a
			// library that has found it before.
			if v.stub != 0 && (alone || l.bound) {
				s.stub = v.stub + l.bias
			}
			if !s.takes(s.was) {
				continue
			}
			// Where a library lay that was unloaded, its entry is taken over.
			k, again := known[s.at]
			if !again {
				k = len(h.patched)
				known[s.at] = k
				h.patched = append(h.patched, s)
			}
			h.patched[k] = s
			add = append(add, k)
		}
	}
	if len(add) == 0 {
		return nil
	}
	if len(h.patched) > mostSlots {
		h.patched = h.patched[:n]
		return errFull
	}
	// First it is noted what stood there: whoever finds the hooks can put it back.
	for _, k := range add {
		if err := h.notes(k); err != nil {
			return err
		}
	}
	if err := h.p.Patch(binary.LittleEndian.AppendUint64(nil, uint64(len(h.patched))), h.header+fieldSlots); err != nil {
		return err
	}
	stood, err := h.p.Operate(func(*proc.Operation) error {
		if err := h.owned(); err != nil {
			return err
		}
		for _, k := range add {
			s := &h.patched[k]
			var b [8]byte
			if h.p.ReadAt(b[:], s.at) != nil {
				continue
			}
			now := binary.LittleEndian.Uint64(b[:])
			if !s.takes(now) { // the program was here meanwhile
				continue
			}
			if now != s.was { // the linker was
				s.was = now
				if err := h.notes(k); err != nil {
					return err
				}
			}
			binary.LittleEndian.PutUint64(b[:], s.hook)
			if err := h.p.Patch(b[:], s.at); err != nil {
				return err
			}
			s.set = true
		}
		return nil
	})
	h.stood(stood)
	if err != nil {
		return fmt.Errorf("set the hooks: %w", err)
	}
	return nil
}

// notes writes an entry of the table of what stood where.
func (h *Hooks) notes(k int) error {
	entry := binary.LittleEndian.AppendUint64(nil, h.patched[k].at)
	entry = binary.LittleEndian.AppendUint64(entry, h.patched[k].was)
	return h.p.Patch(entry, h.base+slotsAt+16*uint64(k))
}

// Libraries hooks those that were loaded since Attach, or since it was called last, and
// what of others was not to be taken before: it had not been looked up yet. Where Later
// reports of the error that it is one of this moment, it may be called again.
func (h *Hooks) Libraries() error {
	if err := h.giveRings(); err != nil {
		return err
	}
	if h.base == 0 {
		return nil // what was preloaded comes before all of them
	}
	maps, err := h.p.Mappings()
	if err != nil {
		return err
	}
	h.load(maps)
	return h.patch()
}
