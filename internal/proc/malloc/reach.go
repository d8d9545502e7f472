package malloc

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/gomedic/gomedic/internal/proc"
)

// Who holds a chunk, asked the other way round than Mark does: not whether anybody
// does, but whether somebody else does.

const header = 8

// Reached tells of each chunk whether the roots, or the values of registers, lead to it,
// through other chunks, too. Any pointer counts, also one into a chunk's middle.
func Reached(ctx context.Context, mem proc.Memory, h *Heap, roots []Root, registers []uint64) ([]bool, error) {
	// The last word of a chunk is where the next one's header begins: the allocator's own
	// lists point there when that one is free, or is the rest of an arena.
	n := len(h.Chunks)
	inside := slices.Clone(h.Chunks)
	for i := range inside {
		if c := &inside[i]; c.Size > header {
			c.Size -= header
		}
	}
	m := &marker{Marks: &Marks{Reach: make([]Reach, n), By: make([]int32, n), Word: make([]uint64, n)},
		ctx: ctx, mem: mem, x: newIndex(inside), chunks: h.Chunks, level: Possibly, buf: make([]byte, windowSize)}
	for _, v := range registers {
		m.words(binary.LittleEndian.AppendUint64(nil, v), 0, -1)
	}
	for i := range roots {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m.scan(roots[i].Span, -1)
		if err := m.drain(); err != nil {
			return nil, err
		}
	}
	if err := m.drain(); err != nil {
		return nil, err
	}
	out := make([]bool, n)
	for i, r := range m.Reach {
		out[i] = r != Lost
	}
	return out, nil
}

// Finder finds chunks by their addresses. It is for one goroutine at a time; Clone gives
// one to another.
type Finder struct{ x index }

// NewFinder returns a finder of a heap's chunks.
func NewFinder(h *Heap) *Finder { return &Finder{*newIndex(h.Chunks)} }

// Clone returns a finder of the same chunks.
func (f *Finder) Clone() *Finder { return &Finder{f.x} }

// Find returns the number of the chunk in which addr lies, or -1; start: it is what
// malloc returned.
func (f *Finder) Find(addr uint64) (i int, start bool) { return f.x.find(addr) }

// Edge is a pointer from one chunk to another, by their numbers.
type Edge struct {
	From, To int
	Offset   uint64 // in From
	Inner    bool   // it does not point to the start
}

// Follow finds what can be reached from some chunks through others, but for those that
// skip names: the chunks, sorted, and the pointers among them.
func Follow(ctx context.Context, mem proc.Memory, h *Heap, from []int, skip func(i int) bool) (chunks []int, edges []Edge, err error) {
	f := NewFinder(h)
	seen := make([]bool, len(h.Chunks))
	var queue []int
	take := func(i int) {
		if !seen[i] {
			seen[i] = true
			queue = append(queue, i)
			chunks = append(chunks, i)
		}
	}
	for _, i := range from {
		if !skip(i) {
			take(i)
		}
	}
	look := func(i int, off uint64, b []byte) {
		for k := 0; k+8 <= len(b); k += 8 {
			to, start := f.Find(binary.LittleEndian.Uint64(b[k:]))
			if to < 0 || to == i || skip(to) {
				continue
			}
			take(to)
			edges = append(edges, Edge{From: i, To: to, Offset: off + uint64(k), Inner: !start})
		}
	}
	const gap = 512
	buf := make([]byte, windowSize)
	for len(queue) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		batch := queue
		queue = nil
		slices.Sort(batch)
		for i := 0; i < len(batch); {
			first := &h.Chunks[batch[i]]
			lo, hi, k := first.Addr, first.Addr+first.Size, i+1
			for ; k < len(batch); k++ {
				c := &h.Chunks[batch[k]]
				if c.Addr-hi > gap || c.Addr+c.Size-lo > windowSize {
					break
				}
				hi = c.Addr + c.Size
			}
			if hi-lo <= windowSize && mem.ReadAt(buf[:hi-lo], lo) == nil {
				for _, n := range batch[i:k] {
					c := &h.Chunks[n]
					look(n, 0, buf[c.Addr-lo:][:c.Size])
				}
			} else {
				for _, n := range batch[i:k] {
					c := &h.Chunks[n]
					for off := uint64(0); off < c.Size; off += windowSize {
						if b := buf[:min(windowSize, c.Size-off)]; mem.ReadAt(b, c.Addr+off) == nil {
							look(n, off, b)
						}
					}
				}
			}
			i = k
		}
	}
	slices.Sort(chunks)
	return chunks, edges, nil
}
