package malloc

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// musl's mallocng, since 1.2.1 (src/malloc/mallocng/meta.h): a record with a secret;
// areas of one page each, which begin with the secret and hold the metas; a meta for
// each group, which points to the group, and the group back to it. A group is a row of
// slots of the same size. Two masks in the meta say which slots are free.

// Where the fields are, from the record's start; where the page size is no constant
// (it is one on x86-64) they follow it, 8 bytes later.
const (
	ngSecret   = 0
	ngInit     = 8 // 1: the record is in use
	ngAvail    = 24
	ngCount    = 32
	ngAreaHead = 56
	ngAreaTail = 64
	ngUsage    = 80 + 8*ngClasses // slots by class
	ngSize     = 80 + 16*ngClasses

	ngClasses = 48
	ngOwn     = 63 // the class of a group with pages of its own for one slot

	areaSize   = 4096
	areaHeader = 24
	metaSize   = 40
	areaMetas  = (areaSize - areaHeader) / metaSize
	maxAreas   = 1 << 20

	unit = 16
	// The four bytes before a slot belong to it: a byte for what overruns the slot
	// before, a byte with the slot's index and how much of its end is unused, and the
	// distance from the group's start.
	inBand  = 4
	skipped = 7 << 5 // the slot's memory begins later
	nested  = 6      // in the upper bits of that byte: the slot holds a group
	freed   = 0xff   // what free leaves there
)

// ngUnits are the sizes of slots by class, in units.
var ngUnits = [ngClasses]uint64{
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 20, 25, 31, 36, 42, 50, 63, 72, 84, 102, 127,
	146, 170, 204, 255, 292, 340, 409, 511, 584, 682, 818, 1023, 1169, 1364, 1637, 2047,
	2340, 2730, 3276, 4095, 4680, 5460, 6552, 8191,
}

// ngContext is the record.
type ngContext struct {
	at     uint64 // of the fields
	secret uint64
	head   uint64 // the first area
}

// ngGroup is one group.
type ngGroup struct {
	meta, at uint64
	avail    uint32
	gone     uint32 // freed_mask
	slots    uint64
	class    uint64
	pages    uint64 // that were mapped for it; 0: it lies in a slot, or where a library left room
	queued   bool
}

func (g *ngGroup) stride() uint64 {
	if g.slots == 1 && g.pages != 0 {
		return g.pages*pageSize - unit
	}
	if g.class >= ngClasses {
		return 0
	}
	return unit * ngUnits[g.class]
}

func (g *ngGroup) size() uint64 {
	if g.pages != 0 {
		return g.pages * pageSize
	}
	return unit + g.slots*g.stride()
}

// findNG finds the record: its areas begin with its secret.
func (w *walker) findNG(b []byte, base uint64) (ngContext, bool) {
	u := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	for at := 0; at+ngSize <= len(b); at += 8 {
		head, tail := u(at+ngAreaHead), u(at+ngAreaTail)
		if head == 0 || tail == 0 || (head|tail)&(areaSize-1) != 0 || binary.LittleEndian.Uint32(b[at+ngInit:]) != 1 {
			continue
		}
		if next := u(at + ngAvail); next&^(areaSize-1) != tail || u(at+ngCount) > areaMetas {
			continue
		}
		for _, shift := range []int{0, 8} {
			if at < shift {
				break
			}
			if shift != 0 && !isPageSize(u(at)) {
				break
			}
			secret := u(at - shift + ngSecret)
			first, ok := w.mem.word(head)
			last, ok2 := w.mem.word(tail)
			if secret != 0 && ok && ok2 && first == secret && last == secret {
				return ngContext{at: base + uint64(at), secret: secret, head: head}, true
			}
		}
	}
	return ngContext{}, false
}

func isPageSize(n uint64) bool { return n >= 4096 && n <= 1<<16 && n&(n-1) == 0 }

// walkNG reads all groups, and the slots of each.
func (w *walker) walkNG(c ngContext) error {
	a := Arena{Addr: c.at, Main: true, Threads: -1}
	groups, err := w.groups(c, &a)
	if err != nil {
		return err
	}
	inner := make(map[uint64]bool, len(groups)) // groups that lie in slots
	var found [ngClasses]uint64
	for i := range groups {
		g := &groups[i]
		if g.pages == 0 {
			inner[g.at] = true
		}
		if g.class < ngClasses {
			found[g.class] += g.slots
		}
	}
	outer := uint64(0) // where the group ends that lies in no other
	for i := range groups {
		if i%1024 == 0 && w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		g := &groups[i]
		if g.at >= outer {
			outer = g.at + g.size()
			if g.class != ngOwn {
				a.System += g.size()
			}
			w.used = append(w.used, Span{g.at, outer})
		}
		w.group(g, inner, &a)
	}
	for class, n := range found {
		if used, ok := w.mem.word(c.at + ngUsage + 8*uint64(class)); ok && used > n && used < 1<<32 {
			w.h.Missed += (used - n) * unit * ngUnits[class]
		}
	}
	slices.SortFunc(w.live, func(a, b Chunk) int { return cmp.Compare(a.Addr, b.Addr) })
	w.h.Chunks = w.live
	w.h.Arenas = []Arena{a}
	w.h.Spans = Join(w.used)
	slices.SortFunc(w.h.Damaged, func(a, b Damage) int { return cmp.Compare(a.Addr, b.Addr) })
	return nil
}

// groups follows the areas and returns the groups of their metas, by address.
func (w *walker) groups(c ngContext, a *Arena) (out []ngGroup, err error) {
	b := make([]byte, areaSize)
	area, before := c.head, c.at
	for n := 0; area != 0 && n < maxAreas; n++ {
		if err := w.ctx.Err(); err != nil {
			return nil, err
		}
		u := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
		if area&(areaSize-1) != 0 || w.mem.mem.ReadAt(b, area) != nil || u(0) != c.secret {
			w.damage(Damage{Addr: before, Why: BadLink, Value: area})
			break
		}
		w.used = append(w.used, Span{area, area + areaSize})
		a.System += areaSize
		for i := range min(int(binary.LittleEndian.Uint32(b[16:])), areaMetas) {
			at := areaHeader + i*metaSize
			meta := area + uint64(at)
			bits := u(at + 32)
			g := ngGroup{meta: meta, at: u(at + 16), avail: binary.LittleEndian.Uint32(b[at+24:]), gone: binary.LittleEndian.Uint32(b[at+28:]),
				slots: bits&31 + 1, class: bits >> 6 & 63, pages: bits >> 12, queued: u(at) != 0}
			if g.at == 0 { // not in use
				continue
			}
			if g.at&(unit-1) != 0 || g.stride() == 0 || g.size() > 1<<47 {
				w.damage(Damage{Addr: meta, Why: BadLink, Value: g.at})
				continue
			}
			switch back, ok := w.mem.word(g.at); {
			case back == meta:
				out = append(out, g)
			case !ok: // a core file need not have it
				w.h.Missed += g.size()
			case back == 0, g.avail|g.gone != 0 && !g.queued: // it is being made
			default:
				w.damage(Damage{Addr: g.at, Why: BadLink, Value: back})
			}
		}
		before, area = area, u(8)
	}
	slices.SortFunc(out, func(a, b ngGroup) int { return cmp.Compare(a.at, b.at) })
	return out, nil
}

// group notes the slots of a group that are in use.
func (w *walker) group(g *ngGroup, inner map[uint64]bool, a *Arena) {
	stride := g.stride()
	free := g.avail | g.gone
	for i := range g.slots {
		if free>>i&1 != 0 {
			a.Free += stride
			a.Largest = max(a.Largest, stride-inBand)
			continue
		}
		c, state := w.slot(g, i)
		switch {
		case state == slotFree:
			a.Free += stride
			continue
		case state == slotGroup || inner[c.Addr]:
			continue
		case g.class == ngOwn:
			c.Arena = Mapped
		default:
			a.Live += stride
			a.Chunks++
		}
		w.live = append(w.live, c)
	}
}

// What a slot holds that is marked as in use.
type slotState uint8

const (
	slotLive  slotState = iota
	slotFree            // it is being freed, or was not given out yet
	slotGroup           // a group of smaller slots
)

// near reads 8 bytes of a group: those of a small one with what follows.
func (w *walker) near(g *ngGroup, addr uint64) (uint64, bool) {
	const large = 256 << 10
	if g.size() > large {
		return w.mem.word(addr)
	}
	return w.mem.next(addr, g.at+g.size())
}

// slot reads what stands before a slot, and at its end.
func (w *walker) slot(g *ngGroup, index uint64) (Chunk, slotState) {
	stride := g.stride()
	slot := g.at + unit + index*stride
	last := slot + stride - inBand // where the four bytes of the next slot begin
	head, ok := w.near(g, slot-8)
	if !ok {
		return Chunk{}, slotFree
	}
	at, how := slot, head>>40&0xff
	switch {
	case how == freed:
		return Chunk{}, slotFree
	case how == skipped:
		if at, head = w.begins16(g, slot, index, head>>48); at == 0 {
			return Chunk{}, slotFree
		}
		how = head >> 40 & 0xff
	case how&31 != index || distance(head) != index*stride/unit:
		if head>>32 == 0 { // fresh memory, to be given out
			return Chunk{}, slotFree
		}
		w.damage(Damage{Addr: slot - inBand, Why: BadHeader, Value: head >> 32})
		// It is in use, by the masks; what was asked for is not known.
		return Chunk{Addr: slot, Size: stride - inBand}, slotLive
	}
	if how>>5 == nested {
		return Chunk{Addr: at}, slotGroup
	}
	unused, fine := w.unused(g, at, last, how>>5)
	if !fine {
		var b [8]byte
		_ = w.mem.mem.ReadAt(b[:], last-unused)
		w.damage(Damage{Addr: last - unused, Why: Overrun, Value: binary.LittleEndian.Uint64(b[:])})
	}
	return Chunk{Addr: at, Size: max(last-unused-at, 1)}, slotLive
}

// begins16 finds where the memory begins of a slot whose start is skipped, by a
// distance of which 16 bits are known: an alignment may be larger. It returns what
// stands before it, too; 0: nowhere, it is just being given out or freed.
func (w *walker) begins16(g *ngGroup, slot, index, off uint64) (at, head uint64) {
	end := slot + g.stride()
	for at = slot + unit*off; at < end; at += unit << 16 {
		if at == slot {
			continue
		}
		head, ok := w.near(g, at-8)
		if !ok {
			return 0, 0
		}
		if how := head >> 40 & 0xff; how != freed && how&31 == index && distance(head) == (at-g.at-unit)/unit {
			return at, head
		}
	}
	return 0, 0
}

// distance is that from the group's first slot, in units, by what stands before a chunk.
func distance(head uint64) uint64 {
	if head>>32&0xff != 0 {
		return head & (1<<32 - 1)
	}
	return head >> 48
}

// unused is how many bytes before last are not the program's; fine: the first of them
// and the one at last are 0, as malloc has left them.
func (w *walker) unused(g *ngGroup, at, last, how uint64) (n uint64, fine bool) {
	zero := func(n uint64) bool {
		addr := last - n
		v, _ := w.near(g, addr&^7)
		return n <= last-at && v>>(addr&7*8)&0xff == 0
	}
	tail, _ := w.near(g, last-4)
	written := tail & (1<<32 - 1)
	if how < 5 {
		if zero(how) && zero(0) {
			return how, true
		}
		// A realloc may have written the new length, and not yet that it is there.
		if written >= 5 && written <= last-at && zero(5) && zero(written) {
			return written, true
		}
		return min(how, last-at), false
	}
	if how > 5 || written < 5 || written > last-at {
		return min(5, last-at), false
	}
	return written, zero(0) && zero(5) && zero(written)
}
