package heap

import (
	"context"
	"fmt"
	"slices"

	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/gort/roots"
	"github.com/gomedic/gomedic/internal/probe/stacks"
)

// Forever is a goroutine that nothing can wake.
type Forever struct {
	Goroutine uint64
	Never     bool // it waits for nothing that could come: a nil channel, a select without cases
	// Others are goroutines from whose stacks what it waits for can be reached, and
	// that nothing can wake either.
	Others []uint64
}

// Bounds of asking who else has what a goroutine waits for.
const (
	mostAsked  = 64   // goroutines that are asked for
	mostOthers = 8    // told of each
	mostSeen   = 4096 // goroutines that are looked at for one
)

// WaitForever finds the goroutines that nothing can wake, in a memory that stands
// still, and of the first of them who else has what they wait for. Errors: those of
// reading goroutines and heap, and the context's.
func WaitForever(ctx context.Context, t stacks.Target) ([]Forever, error) {
	l := &look{prog: t.Program}
	snap, err := t.Program.Goroutines(gort.Options{Registers: t.Threads})
	if err != nil {
		return nil, fmt.Errorf("read the goroutines: %w", err)
	}
	l.gs = snap.Goroutines
	l.heap, err = goheap.Read(ctx, t.Program, goheap.Options{Roots: func(emit func(uint64, goheap.RootClass, int32, bool)) error {
		l.stats, err = roots.Read(t.Program, roots.Options{Registers: t.Threads, Goroutines: l.gs}, func(r roots.Root) {
			l.roots = append(l.roots, r)
			emit(r.Value, goheap.RootNamed, int32(len(l.roots)-1), r.Referents)
		})
		return err
	}})
	if err != nil {
		return nil, err
	}
	b := l.findBlocked()
	slices.SortFunc(b.waiters, func(x, y waiter) int { return int(min(x.g.ID, 1<<31)) - int(min(y.g.ID, 1<<31)) })
	from := map[*gort.Goroutine][]goheap.ID{}
	for i, r := range l.heap.Roots() {
		if rec := l.rootOf(i); rec.Goroutine != nil {
			from[rec.Goroutine] = append(from[rec.Goroutine], r.To)
		}
	}
	wall := l.wall()
	waits := map[*gort.Goroutine][]gort.Wait{}
	for i := range b.waiters[:min(len(b.waiters), mostSeen)] {
		waits[b.waiters[i].g] = l.prog.Waits(b.waiters[i].g)
	}
	out := make([]Forever, 0, len(b.waiters))
	for i, w := range b.waiters {
		f := Forever{Goroutine: w.g.ID, Never: w.never}
		if i < mostAsked && !w.never {
			f.Others = l.others(&b, w, from, waits, wall)
		}
		out = append(out, f)
	}
	return out, ctx.Err()
}

// others are the goroutines, among those that wait for ever, that have what w waits for.
func (l *look) others(b *blocked, w waiter, from map[*gort.Goroutine][]goheap.ID,
	waits map[*gort.Goroutine][]gort.Wait, wall goheap.Set) (ids []uint64) {
	for i, o := range b.waiters {
		if i == mostSeen || len(ids) == mostOthers {
			break
		}
		if o.g == w.g || likewise(waits[w.g], waits[o.g]) {
			continue
		}
		if l.reaches(from[o.g], w.objects, b.beyond, wall) {
			ids = append(ids, o.g.ID)
		}
	}
	return ids
}

// likewise: who waits for b waits for the same as who waits for a, in the same way, and
// so cannot end that wait.
func likewise(a, b []gort.Wait) bool {
	return slices.ContainsFunc(a, func(x gort.Wait) bool {
		return slices.ContainsFunc(b, func(y gort.Wait) bool { return x.Addr == y.Addr && x.Dir == y.Dir })
	})
}

// reaches reports whether one of the objects can be reached from others, on ways that
// leave out what all of the program can reach.
func (l *look) reaches(from, objects []goheap.ID, beyond, wall goheap.Set) bool {
	seen := map[goheap.ID]bool{}
	stack := slices.Clone(from)
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if slices.Contains(objects, id) {
			return true
		}
		if seen[id] || beyond.Has(id) || wall.Has(id) {
			continue
		}
		seen[id] = true
		stack = append(stack, l.heap.Targets(id)...)
	}
	return false
}
