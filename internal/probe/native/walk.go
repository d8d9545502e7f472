package native

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/native/exact"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// Walked is what malloc has of a program's memory, and what is not its.
type Walked struct {
	Heap *malloc.Heap
	// GoHeap is where Go's objects and stacks lie; Not that, the runtime's own tables, and
	// what a recorder of gomedic's notes. Both are sorted, their ranges apart from each
	// other.
	GoHeap, Not []malloc.Span
}

// ReadHeap reads malloc's heap of a program that stands still in mem. Errors: Go's heap
// was not found; and those of [malloc.Read], of which ErrOther comes with a heap that
// names the allocator.
func ReadHeap(ctx context.Context, p *gort.Program, mem proc.Memory, maps []proc.Mapping) (*Walked, error) {
	within := make([]gort.Span, 0, len(maps))
	for i := range maps {
		if maps[i].Path == "" || strings.HasPrefix(maps[i].Path, "[anon") {
			within = append(within, gort.Span{Lo: maps[i].Start, Hi: maps[i].End})
		}
	}
	goes, err := p.HeapMap(within)
	if err != nil {
		return nil, fmt.Errorf("find Go's heap: %w", err)
	}
	w := &Walked{}
	for _, g := range goes.Pages {
		w.Not = append(w.Not, malloc.Span(g.Span))
	}
	w.GoHeap = malloc.Join(slices.Clone(w.Not))
	for _, m := range goes.Metadata {
		w.Not = append(w.Not, malloc.Span(m))
	}
	for _, m := range exact.Memory(mem, maps) {
		w.Not = append(w.Not, malloc.Span(m))
	}
	w.Not = malloc.Join(w.Not)
	w.Heap, err = malloc.Read(ctx, mem, maps, malloc.Options{Not: w.Not})
	return w, err
}

// Strong are the roots of what C holds for long: its variables, threads' own data, and
// the stacks of threads of its own, with the registers of these. What a call from Go has
// in its hands, on the stack of a thread that Go made or in its registers, is lent, and
// not among them; nor is anything of Go's: its heap, stacks and variables.
func Strong(p *gort.Program, w *Walked, maps []proc.Mapping, threads map[int]proc.Registers) (roots []malloc.Root, registers []uint64) {
	not := slices.Clone(w.Not)
	for _, m := range p.Modules {
		for _, d := range m.Data {
			if d[1] > d[0] {
				not = append(not, malloc.Span{Lo: d[0], Hi: d[1]})
			}
		}
	}
	used := map[uint64]uint64{} // mapping of a stack: from where it counts
	made := madeByGo{p: p}
	for _, r := range threads {
		from := r.SP - min(r.SP, redZone)
		if hi, ok := made.top(&r); ok {
			from = hi
		} else {
			registers = append(registers, r.All...)
		}
		for i := range maps {
			m := &maps[i]
			if !m.Write || !m.Contains(r.SP) && !m.Contains(from) || from >= m.End {
				continue
			}
			if was, ok := used[m.Start]; !ok || from < was {
				used[m.Start] = max(from, m.Start)
			}
		}
	}
	kept := make([]proc.Mapping, 0, len(maps))
	for i := range maps {
		m := &maps[i]
		if _, ok := used[m.Start]; !ok && leftStack(maps, i) {
			continue
		}
		// Constants point to no chunk; what the linker filled in (RELRO) lies before the
		// variables.
		if !m.Write && !(m.Path != "" && i+1 < len(maps) && maps[i+1].Path == m.Path && maps[i+1].Write && maps[i+1].Start == m.End) {
			continue
		}
		kept = append(kept, *m)
	}
	return outside(kept, w.Heap, malloc.Join(not), used), registers
}

// leftStack: the mapping looks like the stack of a thread that has ended, which the C
// library keeps for the next: below it is a guard.
func leftStack(maps []proc.Mapping, i int) bool {
	const guard = 64 << 10
	if i == 0 || maps[i].Path != "" || !maps[i].Write || maps[i].Shared {
		return false
	}
	g := &maps[i-1]
	return g.Path == "" && !g.Read && !g.Write && !g.Exec && g.End == maps[i].Start && g.End-g.Start <= guard
}

// madeByGo tells the threads that Go made, or runs code on, from those of C's own.
type madeByGo struct {
	p *gort.Program
	// at is where below their own data (TLS) the threads keep their g, where one was found.
	at uint64
}

// top is the end of the part of a thread's stack that Go has, and calls to C from Go:
// above it lies what began the thread, and its own data. ok is false for a thread of C's.
func (t *madeByGo) top(r *proc.Registers) (hi uint64, ok bool) {
	const most = 4096 // bytes of own data that are searched
	if r.TLS == 0 {
		const goRegister = 28 // arm64: R28 is g while Go code runs
		if len(r.All) <= goRegister || !t.p.IsText(r.PC) {
			return 0, false
		}
		return t.systemTop(r.All[goRegister])
	}
	var b [most]byte
	if r.TLS < most || t.p.Memory().ReadAt(b[:], r.TLS-most) != nil {
		return 0, false
	}
	if t.at != 0 {
		if hi, ok := t.systemTop(binary.LittleEndian.Uint64(b[most-t.at:])); ok {
			return hi, true
		}
	}
	for off := uint64(8); off <= most; off += 8 {
		if hi, ok := t.systemTop(binary.LittleEndian.Uint64(b[most-off:])); ok {
			t.at = off
			return hi, true
		}
	}
	return 0, false
}

// systemTop is the end of the system stack of the thread that g belongs to; ok is false
// where g is no runtime.g, or the thread is one of C's that has called into Go.
func (t *madeByGo) systemTop(g uint64) (hi uint64, ok bool) {
	toM, ok1 := t.p.Offset("runtime.g", "m")
	toG0, ok2 := t.p.Offset("runtime.m", "g0")
	toCur, ok3 := t.p.Offset("runtime.m", "curg")
	toSignal, ok4 := t.p.Offset("runtime.m", "gsignal")
	if g < 4096 || g&7 != 0 || g>>47 != 0 || !ok1 || !ok2 || !ok3 || !ok4 {
		return 0, false
	}
	word := func(at uint64) uint64 {
		if at>>47 != 0 || at < 4096 {
			return 0
		}
		v, _ := t.p.Word(at)
		return v
	}
	m := word(g + toM)
	g0 := word(m + toG0)
	if m == 0 || g0 == 0 || word(g0+toM) != m || g != g0 && g != word(m+toCur) && g != word(m+toSignal) {
		return 0, false
	}
	if extra, known := t.p.Offset("runtime.m", "isextra"); known && word(m+extra)&0xff != 0 {
		return 0, false
	}
	system, _ := t.p.ThreadStacks(m)
	return system.Hi, system.Hi != 0
}
