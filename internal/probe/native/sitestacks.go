package native

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/native/bpf"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/cstack"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// left is what one stack allocated and did not free, summed up over the windows.
type left struct {
	n, bytes        int64
	lost, lostBytes int64
	quarters        [4]int64
	goroutines      map[uint64]int
	largest         int64
	sizes           map[uint64][2]int64 // chunks and bytes by size class
	addr            uint64
	addrLost        bool
	holds           map[[2]string]int
}

// gather counts what was left at the end of a window: allocations of before the look,
// by then at least so old. taken is when the look was taken; from and span are the
// recording, all on the monotonic clock in nanoseconds. l may be nil.
func gather(by map[uint64]*left, allocs map[uint64]bpf.Alloc, l *Look, c *contents, taken int64, aged time.Duration, from int64, span time.Duration) {
	const lookedInto = 16 // lost chunks of each stack
	for addr, a := range allocs {
		if a.At > taken-int64(aged) {
			continue
		}
		i := -1
		if l != nil {
			if i = l.Heap.Find(addr); i < 0 || l.Heap.Chunks[i].Addr != addr {
				continue // freed meanwhile, in a way that was not seen
			}
		}
		s := by[a.Stack]
		if s == nil {
			s = newLeft()
			by[a.Stack] = s
		}
		size := int64(a.Size)
		s.n++
		s.bytes += size
		s.largest = max(s.largest, size)
		q := int64(0)
		if span > 0 {
			q = min(max(4*(a.At-from)/int64(span), 0), 3)
		}
		s.quarters[q]++
		if a.GoID != 0 && (len(s.goroutines) < 1024 || s.goroutines[a.GoID] > 0) {
			s.goroutines[a.GoID]++
		}
		class := s.sizes[sizeClass(a.Size)]
		s.sizes[sizeClass(a.Size)] = [2]int64{class[0] + 1, class[1] + size}
		lost := i >= 0 && l.Marks.Reach[i] == malloc.Lost
		if lost {
			s.lost++
			s.lostBytes += size
			if s.lost <= lookedInto {
				holds, name := c.of(l.Heap.Chunks[i])
				if holds == evidence.HoldsText && s.holds[[2]string{holds, name}] == 0 {
					// Texts differ: one of them stands for all.
					for k := range s.holds {
						if k[0] == holds {
							name = k[1]
						}
					}
				}
				s.holds[[2]string{holds, name}]++
			}
		}
		if s.addr == 0 || lost && !s.addrLost || lost == s.addrLost && addr < s.addr {
			s.addr, s.addrLost = addr, lost
		}
	}
}

// describer turns stacks into evidence.
type describer struct {
	p        *gort.Program
	reader   *stacks.Reader
	unwinder *cstack.Unwinder
	mem      cstack.Memory
}

// frames are the C functions, how many they are, then the Go functions.
func (d *describer) frames(s *bpf.Stack) (out []evidence.Frame, c int, whole bool) {
	if len(s.C) > 0 {
		r := cstack.RegistersAMD64(s.PC, s.SP, s.BP, s.BX, s.R12, s.R13, s.R14, s.R15)
		st := d.unwinder.UnwindFrom(&copied{d.mem, s.SP, s.C}, r)
		out, whole = st.Frames, st.Stop.Whole()
	}
	c = len(out)
	goes := make([]gort.Frame, 0, len(s.Go))
	for _, pc := range s.Go {
		f, ok := d.p.FindFunc(pc - 1)
		if !ok {
			break // C that called Go
		}
		goes = append(goes, gort.Frame{PC: pc, Func: f})
	}
	return append(out, d.reader.Frames(goes)...), c, whole
}

// copied is a stack as it was, and the rest of the memory as it is; what of the stack
// was not copied cannot be read.
type copied struct {
	cstack.Memory
	at uint64
	b  []byte
}

// ReadAt implements cstack.Memory.
func (c *copied) ReadAt(p []byte, addr uint64) error {
	const largestStack = 64 << 20
	off := addr - c.at
	switch {
	case off >= largestStack:
		return c.Memory.ReadAt(p, addr)
	case off > uint64(len(c.b)) || uint64(len(c.b))-off < uint64(len(p)):
		return proc.ErrRead
	}
	copy(p, c.b[off:])
	return nil
}

// sites makes evidence of what was recorded: what leaves most comes first.
func (x *examiner) sites(rec *Recording, by map[uint64]*left, series map[uint64][]int64, d *describer) {
	keys := make([]uint64, 0, len(rec.Stacks))
	for k := range rec.Stacks {
		keys = append(keys, k)
	}
	of := func(k uint64) left {
		if s := by[k]; s != nil {
			return *s
		}
		return left{}
	}
	slices.SortFunc(keys, func(a, b uint64) int {
		x, y := of(a), of(b)
		return cmp.Or(cmp.Compare(y.lostBytes, x.lostBytes), cmp.Compare(y.bytes, x.bytes),
			cmp.Compare(rec.Stacks[b].Bytes, rec.Stacks[a].Bytes), cmp.Compare(a, b))
	})
	scale := x.out.Recording.Scale()
	at := map[string]int{} // what was emitted for a stack of the same calls
	var all []*left
	for n, k := range keys {
		if n >= 4*evidence.MaxNativeSites {
			x.out.Omitted += len(keys) - n
			break
		}
		st := rec.Stacks[k]
		s := evidence.NativeSite{Allocated: int64(st.N), AllocatedBytes: int64(st.Bytes), Freed: int64(st.Freed), FreedBytes: int64(st.FreedBytes), Series: series[k]}
		if s.Stack, s.C, s.Whole = d.frames(&st); len(s.Stack) == 0 {
			x.out.Omitted++
			continue
		}
		l := by[k]
		if l == nil {
			l = newLeft()
		}
		key := callsKey(s.Stack)
		if i, ok := at[key]; ok {
			add(&x.out.Sites[i], &s)
			all[i].add(l)
			continue
		}
		if len(x.out.Sites) >= evidence.MaxNativeSites {
			x.out.Omitted++
			continue
		}
		at[key] = len(x.out.Sites)
		x.out.Sites, all = append(x.out.Sites, s), append(all, l)
	}
	for i := range x.out.Sites {
		s, l := &x.out.Sites[i], all[i]
		s.Left, s.LeftBytes, s.Lost, s.LostBytes, s.Quarters, s.Largest, s.Addr = l.n, l.bytes, l.lost, l.lostBytes, l.quarters, l.largest, l.addr
		s.Goroutines = mostOften(l.goroutines)
		s.Grown = x.explains(l, scale)
		best := 0
		for h, n := range l.holds {
			if n > best || n == best && (h[0] < s.Holds || h[0] == s.Holds && h[1] < s.Name) {
				best, s.Holds, s.Name = n, h[0], h[1]
			}
		}
	}
}

// callsKey tells stacks of the same calls.
func callsKey(frames []evidence.Frame) string {
	var b strings.Builder
	for i := range frames {
		fmt.Fprintf(&b, "%s %s:%d\n", frames[i].Function, frames[i].File, frames[i].Line)
	}
	return b.String()
}

// add adds the figures of another stack of the same calls.
func add(s, o *evidence.NativeSite) {
	s.Allocated += o.Allocated
	s.AllocatedBytes += o.AllocatedBytes
	s.Freed += o.Freed
	s.FreedBytes += o.FreedBytes
	// Both end at the same moment; the shorter one began later.
	if len(o.Series) > len(s.Series) {
		s.Series, o.Series = slices.Clone(o.Series), s.Series
	} else {
		s.Series = slices.Clone(s.Series)
	}
	for i := range o.Series {
		s.Series[len(s.Series)-len(o.Series)+i] += o.Series[i]
	}
}

func newLeft() *left {
	return &left{goroutines: map[uint64]int{}, sizes: map[uint64][2]int64{}, holds: map[[2]string]int{}}
}

func (l *left) add(o *left) {
	l.n += o.n
	l.bytes += o.bytes
	l.lost += o.lost
	l.lostBytes += o.lostBytes
	for i := range l.quarters {
		l.quarters[i] += o.quarters[i]
	}
	l.largest = max(l.largest, o.largest)
	for k, v := range o.goroutines {
		l.goroutines[k] += v
	}
	for k, v := range o.sizes {
		l.sizes[k] = [2]int64{l.sizes[k][0] + v[0], l.sizes[k][1] + v[1]}
	}
	for k, v := range o.holds {
		l.holds[k] += v
	}
	if l.addr == 0 {
		l.addr = o.addr
	}
}

// explains says by what share of the bytes that a stack left the heap grew in chunks
// of their sizes.
func (x *examiner) explains(l *left, scale float64) float64 {
	if len(x.out.Looks) < 2 || l.bytes == 0 {
		return 0
	}
	grown := 0.0
	for class, n := range l.sizes {
		more := float64(x.last[class][1] - x.first[class][1])
		grown += min(max(more, 0), float64(n[1])*scale)
	}
	return min(grown/(float64(l.bytes)*scale), 1)
}

// mostOften are at most 8 goroutines, those that allocated most first.
func mostOften(times map[uint64]int) []uint64 {
	ids := make([]uint64, 0, len(times))
	for id := range times {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uint64) int { return cmp.Or(cmp.Compare(times[b], times[a]), cmp.Compare(a, b)) })
	return ids[:min(len(ids), 8)]
}
