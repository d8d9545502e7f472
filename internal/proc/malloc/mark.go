package malloc

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"github.com/gomedic/gomedic/internal/proc"
)

// Root is memory outside of the heap whose words may hold chunks.
type Root struct {
	Span
	Kind RootKind
}

// RootKind orders roots by how sure it is that a word there is used.
type RootKind uint8

// The kinds.
const (
	RootGlobal RootKind = iota // variables of a program or library
	RootGo                     // a live object of another collector's
	RootStack                  // the part of a stack that is in use
	RootOther                  // memory of which nothing is known
)

// Reach says by what a chunk is held.
type Reach uint8

// The kinds of reach.
const (
	Lost     Reach = iota // nothing points to it
	Possibly              // lost, unless a pointer into its middle is one that the program uses
	Held                  // a pointer to its start is found from a root
)

// Marks is what holds each chunk of a heap.
type Marks struct {
	Reach []Reach // of each of Heap.Chunks
	// By is the chunk that holds it, as it was found first: an index into Heap.Chunks,
	// or -1-i for root i of those given to Mark, of which the registers are the last and
	// one more. Of lost chunks it is the lost one that
	// leads to it, or the chunk itself.
	By []int32
	// Word is where that pointer lies.
	Word []uint64
	// Words counts what was looked at.
	Words uint64
}

// Leads says whether a lost chunk is not held by another lost one.
func (m *Marks) Leads(i int) bool { return m.Reach[i] == Lost && m.By[i] == int32(i) }

// index finds the chunk of an address fast: most words are no address of the heap.
type index struct {
	chunks []Chunk
	top    map[uint64]*[granules]uint32 // by gigabyte: for each granule 1 higher than the first chunk that ends in it or later
	lo, hi uint64
	// the gigabyte of the last address
	last  uint64
	table *[granules]uint32
}

const (
	granuleBits = 16
	granules    = 1 << (30 - granuleBits)
)

func newIndex(chunks []Chunk) *index {
	x := &index{chunks: chunks, top: map[uint64]*[granules]uint32{}, last: 1 << 63}
	if len(chunks) == 0 {
		return x
	}
	x.lo = chunks[0].Addr
	n := len(chunks) - 1
	x.hi = chunks[n].Addr + chunks[n].Size
	for i, c := range chunks {
		for g := c.Addr >> granuleBits; g <= (c.Addr+c.Size-1)>>granuleBits; g++ {
			t := x.top[g>>(30-granuleBits)]
			if t == nil {
				t = new([granules]uint32)
				x.top[g>>(30-granuleBits)] = t
			}
			if e := &t[g&(granules-1)]; *e == 0 {
				*e = uint32(i) + 1
			}
		}
	}
	return x
}

// find returns the chunk in which an address lies, or -1; start: it is its first.
func (x *index) find(addr uint64) (i int, start bool) {
	if addr < x.lo || addr >= x.hi {
		return -1, false
	}
	if g := addr >> 30; g != x.last {
		x.last, x.table = g, x.top[g]
	}
	if x.table == nil {
		return -1, false
	}
	first := x.table[addr>>granuleBits&(granules-1)]
	if first == 0 {
		return -1, false
	}
	lo, hi := int(first-1), len(x.chunks)
	// The last chunk that begins at addr or before; at most so many fit a granule.
	hi = min(hi, lo+1<<(granuleBits-4)+1)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if x.chunks[mid].Addr <= addr {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo--; lo < 0 {
		return -1, false
	}
	c := &x.chunks[lo]
	if c.Addr > addr || addr-c.Addr >= c.Size {
		return -1, false
	}
	return lo, c.Addr == addr
}

// marker marks.
type marker struct {
	*Marks
	ctx    context.Context
	mem    proc.Memory
	x      *index
	chunks []Chunk
	level  Reach
	queue  []int32
	inner  []pointer // into the middle of chunks, found while only starts count
	buf    []byte
}

type pointer struct {
	to, by int32
	word   uint64
}

// Mark follows every word that may be a pointer from the roots, and from the values
// of registers, through the chunks. The first pass takes pointers to the start of a chunk only; the second those into
// the middle, too.
func Mark(ctx context.Context, mem proc.Memory, h *Heap, roots []Root, registers []uint64) (*Marks, error) {
	n := len(h.Chunks)
	m := &marker{Marks: &Marks{Reach: make([]Reach, n), By: make([]int32, n), Word: make([]uint64, n)},
		ctx: ctx, mem: mem, x: newIndex(h.Chunks), chunks: h.Chunks, buf: make([]byte, windowSize)}
	for i := range m.By {
		m.By[i] = int32(i)
	}
	order := make([]int, len(roots))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(roots[a].Kind, roots[b].Kind) })
	m.level = Held
	for _, v := range registers {
		m.words(binary.LittleEndian.AppendUint64(nil, v), 0, int32(-1-len(roots)))
	}
	for _, i := range order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m.scan(roots[i].Span, int32(-1-i))
		if err := m.drain(); err != nil {
			return nil, err
		}
	}
	m.level = Possibly
	for len(m.inner) > 0 {
		inner := m.inner
		m.inner = nil
		for _, p := range inner {
			m.reach(p)
		}
		if err := m.drain(); err != nil {
			return nil, err
		}
	}
	return m.Marks, m.lead()
}

func (m *marker) reach(p pointer) {
	if m.Reach[p.to] != Lost {
		return
	}
	m.Reach[p.to], m.By[p.to], m.Word[p.to] = m.level, p.by, p.word
	m.queue = append(m.queue, p.to)
}

// scan looks at the words of a range.
func (m *marker) scan(s Span, by int32) {
	for at := (s.Lo + 7) &^ 7; at+8 <= s.Hi; {
		n := min(s.Hi-at, uint64(len(m.buf)))
		if n > pageSize {
			n &^= 7
		}
		b := m.buf[:n]
		if m.mem.ReadAt(b, at) != nil {
			if n > pageSize { // what can be read of it, page by page
				for end := at + n; at < end; {
					next := min(at&^(pageSize-1)+pageSize, end)
					b := m.buf[:next-at]
					if m.mem.ReadAt(b, at) == nil {
						m.words(b, at, by)
					}
					at = next
				}
				continue
			}
			at += n
			continue
		}
		m.words(b, at, by)
		at += n
	}
}

func (m *marker) words(b []byte, at uint64, by int32) {
	lo, size := m.x.lo, m.x.hi-m.x.lo
	m.Words += uint64(len(b) / 8)
	for i := 0; i+8 <= len(b); i += 8 {
		v := binary.LittleEndian.Uint64(b[i:])
		if v-lo >= size {
			continue
		}
		to, start := m.x.find(v)
		if to < 0 || m.Reach[to] != Lost || int32(to) == by {
			continue
		}
		p := pointer{int32(to), by, at + uint64(i)}
		if start || m.level == Possibly {
			m.reach(p)
		} else {
			m.inner = append(m.inner, p)
		}
	}
}

// drain looks into the chunks that were reached, neighbours together.
func (m *marker) drain() error {
	for len(m.queue) > 0 {
		if err := m.ctx.Err(); err != nil {
			return err
		}
		batch := m.queue
		m.queue = nil
		slices.Sort(batch)
		for i := 0; i < len(batch); {
			first := &m.chunks[batch[i]]
			end := first.Addr + first.Size
			j := i + 1
			for ; j < len(batch); j++ {
				c := &m.chunks[batch[j]]
				if c.Addr-end > 512 || c.Addr+c.Size-first.Addr > windowSize {
					break
				}
				end = c.Addr + c.Size
			}
			if j == i+1 && first.Size > windowSize {
				m.scan(Span{first.Addr, end}, batch[i])
				i = j
				continue
			}
			b := m.buf[:end-first.Addr]
			if m.mem.ReadAt(b, first.Addr) != nil {
				for _, k := range batch[i:j] {
					c := &m.chunks[k]
					m.scan(Span{c.Addr, c.Addr + c.Size}, k)
				}
				i = j
				continue
			}
			for _, k := range batch[i:j] {
				c := &m.chunks[k]
				at := c.Addr - first.Addr
				m.words(b[at:at+c.Size&^7], c.Addr, k)
			}
			i = j
		}
	}
	return nil
}

// lead finds, among the lost, those that no other lost one leads to. Of a ring the
// one at the lowest address leads.
func (m *marker) lead() error {
	m.level = Held
	was := slices.Clone(m.Reach)
	var leaders []int32
	for i := range m.chunks {
		if was[i] != Lost || m.Reach[i] != Lost {
			continue
		}
		// Everything that is found from here is led by it, unless it is a leader that
		// came before: then that is led as well.
		m.Reach[i] = Held
		m.queue = append(m.queue[:0], int32(i))
		leaders = append(leaders, int32(i))
		if err := m.drain(); err != nil {
			return err
		}
	}
	m.inner = nil
	led := map[int32]bool{}
	for _, l := range leaders {
		led[l] = false
	}
	// A leader to which another lost chunk points, and not one that it leads itself.
	owner := func(i int32) int32 {
		for m.By[i] != i {
			i = m.By[i]
		}
		return i
	}
	for i, r := range was {
		if r != Lost {
			continue
		}
		c := &m.chunks[i]
		m.each(c, func(to int32, word uint64) {
			if was[to] != Lost || m.By[to] != to || led[to] || to == int32(i) {
				return
			}
			if owner(int32(i)) != to {
				m.By[to], m.Word[to] = int32(i), word
				led[to] = true
			}
		})
	}
	copy(m.Reach, was)
	return nil
}

// each calls f for each chunk to whose start a word of c points.
func (m *marker) each(c *Chunk, f func(to int32, word uint64)) {
	for at := c.Addr; at < c.Addr+c.Size; {
		n := min(c.Addr+c.Size-at, windowSize)
		b := m.buf[:n&^7]
		if len(b) == 0 || m.mem.ReadAt(b, at) != nil {
			return
		}
		for i := 0; i+8 <= len(b); i += 8 {
			if to, start := m.x.find(binary.LittleEndian.Uint64(b[i:])); to >= 0 && start {
				f(int32(to), at+uint64(i))
			}
		}
		at += n
	}
}
