package exact

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// The layout of hooks.c.
const (
	headerAt  = 0x2000
	ownAt     = 0x7000
	ringsAt   = 0x10000
	threads   = 1024
	ringCount = 256
	events    = 32768
	seen      = 512
	goDepth   = 16
	cWords    = 128

	eventSize = 32
	ringTail  = 64
	ringHead  = 128 + 8*seen // bytes before the events
	ringSize  = ringHead + events*eventSize
	slotsAt   = 0x8000 // the table of patched slots: address and what stood there, 16 bytes each
	mostSlots = (ringsAt - slotsAt) / 16
	codeSize  = headerAt
	ownSize   = 4096 // of the page at ownAt; in the library it lies before the rings

	fieldOn    = 16
	fieldFuncs = 24
	fieldTLS   = fieldFuncs + 9*8
	fieldRings = fieldTLS + 6*8
	fieldLost  = fieldRings + 8
	fieldSlots = fieldLost + 8
	fieldTurn  = fieldSlots + 16
	fieldAt    = fieldTurn + 8
	threadsAt  = fieldAt + 8

	total = ringsAt + ringCount*ringSize
)

// magic is at the start of the header.
var magic = [2]uint64{0x63696d64656d6f67, 0x31736b6f6f68} // "gomedmic", "hooks1"

// Alloc is one allocation that was not freed.
type Alloc struct {
	Size  uint64 // asked for
	Stack uint64 // key in Record.Stacks
	When  uint64 // by the processor's time stamp counter
}

// Stack is what led to allocations, and what it did.
type Stack struct {
	N, Bytes, Freed, FreedBytes uint64
	Go                          []uint64 // return addresses of the goroutine that called C, innermost first
	Caller                      uint64   // C code: where the allocating function returns to
	SP                          uint64   // there
	C                           []byte   // the C stack from SP on
	GoID                        uint64   // of one goroutine that did
}

// Record is what the rings have told.
type Record struct {
	Stacks map[uint64]*Stack
	Left   map[uint64]Alloc // by address
	Allocs uint64
	Frees  uint64 // of allocations that were recorded
	Lost   uint64 // for which there was no room
	// A free may be read before the allocation that came before it in another ring.
	early map[uint64][]uint64
	// inside reports whether an address is in the C library, where its calloc calls malloc
	// by the same tables as everybody (musl); nil: it does not.
	inside func(addr uint64) bool
}

func newRecord() *Record {
	return &Record{Stacks: map[uint64]*Stack{}, Left: map[uint64]Alloc{}, early: map[uint64][]uint64{}}
}

type event struct {
	kind        byte
	ring        uint64
	addr, size  uint64
	stack, when uint64
}

// decode takes the events of one ring, from the oldest. What is no event ends it.
func (r *Record) decode(b []byte, out []event, ring uint64) []event {
	u := func(i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }
	for len(b) >= eventSize {
		switch kind := byte(u(8)); kind {
		case 1:
			e := event{1, ring, u(0), u(8) >> 8, u(16), u(24)}
			if was := r.inner(out, &e); was != nil {
				*was = e
			} else {
				out = append(out, e)
			}
			b = b[eventSize:]
		case 2:
			out = append(out, event{kind: 2, ring: ring, addr: u(0), when: u(24)})
			b = b[eventSize:]
		case 3:
			n, words := int(u(8)>>8&0xff), int(u(8)>>16&0xffff)
			if n > goDepth || words > cWords {
				return out
			}
			key, s := u(0), &Stack{Caller: u(16), GoID: u(24)}
			b = b[eventSize:]
			goBytes, cBytes := (n+3)/4*eventSize, (words+4)/4*eventSize
			if len(b) < goBytes+cBytes {
				return out
			}
			for i := range n {
				s.Go = append(s.Go, u(8*i))
			}
			s.SP = u(goBytes)
			s.C = slices.Clone(b[goBytes+8 : goBytes+8+8*words])
			b = b[goBytes+cBytes:]
			if r.Stacks[key] == nil {
				r.Stacks[key] = s
			}
		default:
			return out
		}
	}
	return out
}

// inner is the event before in the same ring, if that was a part of this allocation.
func (r *Record) inner(all []event, e *event) *event {
	if r.inside == nil {
		return nil
	}
	for i := len(all) - 1; i >= 0; i-- {
		was := &all[i]
		if was.ring != e.ring {
			continue
		}
		if s := r.Stacks[was.stack]; was.kind == 1 && was.addr == e.addr && s != nil && r.inside(s.Caller) {
			return was
		}
		break
	}
	return nil
}

// take accounts for events of all rings that were read at about one time.
func (r *Record) take(all []event) {
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Compare(a.when, b.when) })
	for _, e := range all {
		if e.kind == 1 {
			r.allocated(e)
		} else {
			r.freed(e)
		}
	}
}

func (r *Record) allocated(e event) {
	r.Allocs++
	s := r.Stacks[e.stack]
	if s == nil {
		s = &Stack{}
		r.Stacks[e.stack] = s
	}
	s.N++
	s.Bytes += e.size
	a := Alloc{e.size, e.stack, e.when}
	// A free that was read already, and came after it: the first one.
	first := -1
	list := r.early[e.addr]
	for i, when := range list {
		if when > e.when && (first < 0 || when < list[first]) {
			first = i
		}
	}
	if first >= 0 {
		if r.early[e.addr] = slices.Delete(list, first, first+1); len(list) == 1 {
			delete(r.early, e.addr)
		}
		r.gone(a)
		return
	}
	// What lay at an address that is used again was freed, whether that was read, will be,
	// or was lost. The later one is there.
	if was, ok := r.Left[e.addr]; ok {
		if was.When > a.When {
			a, was = was, a
		}
		r.gone(was)
	}
	r.Left[e.addr] = a
}

func (r *Record) freed(e event) {
	if a, ok := r.Left[e.addr]; ok && a.When <= e.when {
		delete(r.Left, e.addr)
		r.gone(a)
		return
	}
	// Of memory from before the recording, or of what counts as freed since the address
	// was used again, or read too early. Those that wait are bounded by forget.
	r.early[e.addr] = append(r.early[e.addr], e.when)
}

func (r *Record) gone(a Alloc) {
	r.Frees++
	if s := r.Stacks[a.Stack]; s != nil {
		s.Freed++
		s.FreedBytes += a.Size
	}
}

// Drop forgets what was allocated and not freed so far.
func (r *Record) Drop() {
	clear(r.Left)
	clear(r.early)
}

// forget drops frees that came before so long that their allocation would have been
// read: what they freed is from before the recording, or was lost.
func (r *Record) forget(before uint64) {
	for addr, list := range r.early {
		if list = slices.DeleteFunc(list, func(when uint64) bool { return when < before }); len(list) == 0 {
			delete(r.early, addr)
		} else {
			r.early[addr] = list
		}
	}
}
