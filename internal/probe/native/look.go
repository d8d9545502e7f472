package native

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/gort/roots"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

const (
	redZone = 128 // bytes below the stack pointer that a function may use (System V ABI)
	// Mappings that are larger and shared with other processes are buffers.
	largestShared = 64 << 20
	// Neighbouring objects of Go's heap are read together up to so much.
	together = 1 << 20
)

// Take reads the C heap of a program that stands still in mem, where the threads
// have these registers, and says what holds each chunk. vectors are the words of all
// threads' vector registers, where they are known: what a copy in progress moves may be
// there alone. Errors: those of [malloc.Read], of Go's heap, and the context's.
func Take(ctx context.Context, p *gort.Program, mem proc.Memory, maps []proc.Mapping, threads map[int]proc.Registers, vectors []uint64) (*Look, error) {
	start := time.Now()
	w, err := ReadHeap(ctx, p, mem, maps)
	l := &Look{}
	if w != nil {
		l.Heap, l.GoHeap = w.Heap, w.GoHeap
	}
	if err != nil {
		return l, err
	}
	l.Walk = time.Since(start)

	start = time.Now()
	snap, err := p.Goroutines(gort.Options{Registers: threads})
	if err != nil {
		return nil, fmt.Errorf("read the goroutines: %w", err)
	}
	var finalized []uint64 // objects whose finalizers will be given them, to free what they hold
	heap, err := goheap.Read(ctx, p, goheap.Options{Roots: func(emit func(uint64, goheap.RootClass, int32, bool)) error {
		_, err := roots.Read(p, roots.Options{Registers: threads, Goroutines: snap.Goroutines}, func(r roots.Root) {
			if r.Referents {
				finalized = append(finalized, r.Value)
			}
			emit(r.Value, goheap.RootStack, 0, r.Referents)
		})
		return err
	}})
	if err != nil {
		return nil, fmt.Errorf("read Go's heap: %w", err)
	}
	l.Go = time.Since(start)

	start = time.Now()
	l.Roots = goRoots(heap, snap.Goroutines, finalized)
	l.Roots = append(l.Roots, outside(maps, l.Heap, w.Not, usedStacks(p, maps, snap.Goroutines, threads))...)
	registers := slices.Clone(vectors)
	for _, r := range threads {
		registers = append(registers, r.All...)
	}
	l.Marks, err = malloc.Mark(ctx, mem, l.Heap, l.Roots, registers)
	l.Mark = time.Since(start)
	return l, err
}

// goRoots are Go's live objects, also those without pointers of Go's: an address of
// C's memory is a number to it, where it is a uintptr; objects that have finalizers,
// live or not; and the stacks of goroutines.
func goRoots(h *goheap.Heap, gs []*gort.Goroutine, finalized []uint64) (out []malloc.Root) {
	for _, at := range finalized {
		if id, ok := h.Find(at); ok && !h.Live(id) {
			out = append(out, malloc.Root{Span: malloc.Span{Lo: h.Addr(id), Hi: h.Addr(id) + h.Size(id)}, Kind: malloc.RootGo})
		}
	}
	h.Each(func(id goheap.ID, size uint64) {
		if !h.Live(id) {
			return
		}
		at := h.Addr(id)
		if n := len(out) - 1; n >= 0 && out[n].Hi == at && at-out[n].Lo < together {
			out[n].Hi += size
			return
		}
		out = append(out, malloc.Root{Span: malloc.Span{Lo: at, Hi: at + size}, Kind: malloc.RootGo})
	})
	for _, g := range gs {
		sp := g.SP
		if g.Regs != nil && g.Regs.SP >= g.Stack.Lo && g.Regs.SP < g.Stack.Hi {
			sp = g.Regs.SP
		}
		if sp >= g.Stack.Lo && sp < g.Stack.Hi {
			out = append(out, malloc.Root{Span: malloc.Span{Lo: max(sp-redZone, g.Stack.Lo), Hi: g.Stack.Hi}, Kind: malloc.RootStack})
		}
	}
	return out
}

// usedStacks says from where on the stacks of threads are in use, by mapping.
func usedStacks(p *gort.Program, maps []proc.Mapping, gs []*gort.Goroutine, threads map[int]proc.Registers) map[uint64]uint64 {
	out := map[uint64]uint64{}
	note := func(sp uint64) {
		for i := range maps {
			if m := &maps[i]; m.Contains(sp) && m.Write {
				if was, ok := out[m.Start]; !ok || sp-redZone < was {
					out[m.Start] = max(sp-min(sp, redZone), m.Start)
				}
			}
		}
	}
	for _, r := range threads {
		note(r.SP)
	}
	// A thread that runs a goroutine has left its own stack where that was begun.
	for _, g := range gs {
		if system, _ := p.ThreadStacks(g.M); g.M != 0 && system.Hi != 0 {
			if sp, ok := p.SystemSP(g.M); ok && sp >= system.Lo && sp < system.Hi {
				note(sp)
			}
		}
	}
	return out
}

// outside is the memory that is neither malloc's nor Go's heap: variables, thread's
// own data, stacks from where they are in use, and what else is mapped.
func outside(maps []proc.Mapping, h *malloc.Heap, not []malloc.Span, used map[uint64]uint64) (out []malloc.Root) {
	except := malloc.Join(slices.Concat(h.Spans, not))
	for i := range maps {
		m := &maps[i]
		if !m.Read || m.Exec || m.Shared && m.End-m.Start > largestShared || isDevice(m.Path) {
			continue
		}
		kind := malloc.RootOther
		switch {
		case m.Path != "" && !strings.HasPrefix(m.Path, "["):
			kind = malloc.RootGlobal // also where they may not be written any more (RELRO)
		case !m.Write:
			continue
		case m.Path == "" && i > 0 && maps[i-1].End == m.Start && maps[i-1].Path != "" && !strings.HasPrefix(maps[i-1].Path, "["):
			kind = malloc.RootGlobal // .bss
		}
		lo := m.Start
		if sp, ok := used[m.Start]; ok {
			lo, kind = sp, malloc.RootStack
		}
		for _, s := range except {
			if s.Hi <= lo {
				continue
			}
			if s.Lo >= m.End {
				break
			}
			if s.Lo > lo {
				out = append(out, malloc.Root{Span: malloc.Span{Lo: lo, Hi: s.Lo}, Kind: kind})
			}
			lo = s.Hi
		}
		if lo < m.End {
			out = append(out, malloc.Root{Span: malloc.Span{Lo: lo, Hi: m.End}, Kind: kind})
		}
	}
	return out
}

// isDevice: reading a device's memory may do something, or be slow.
func isDevice(file string) bool {
	return strings.HasPrefix(file, "/dev/") && path.Dir(file) != "/dev/shm" && file != "/dev/zero (deleted)"
}
