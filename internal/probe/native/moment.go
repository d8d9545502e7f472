package native

import (
	"cmp"
	"context"
	"errors"
	"math/bits"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/cstack"
	"github.com/gomedic/gomedic/internal/proc/malloc"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Read examines a core or heap file: one moment. An error is the file's; that there is
// no C heap is ErrNoC.
func Read(ctx context.Context, t stacks.Target, maps []proc.Mapping) (*Result, error) {
	x := newExaminer(t)
	l, err := x.look(ctx, t, maps, 0)
	if err != nil {
		return nil, err
	}
	if l != nil {
		x.describe(l, t.Program.Memory(), maps)
	}
	return x.result(), nil
}

// examiner makes evidence of looks and of what was recorded.
type examiner struct {
	t       stacks.Target
	start   time.Time
	out     evidence.Native
	limits  []report.Limit
	stops   int
	stopped time.Duration
	longest time.Duration

	names       *cstack.Names
	first, last map[uint64][2]int64 // chunks and bytes by size, at the first and the last look
}

func newExaminer(t stacks.Target) *examiner {
	return &examiner{t: t, start: time.Now(), names: cstack.NewNames()}
}

func (x *examiner) result() *Result {
	x.out.Took = time.Since(x.start)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return &Result{Native: x.out, Limits: x.limits, Probe: report.Probe{Name: Name, TookMS: ms(x.out.Took), Stops: x.stops,
		StoppedMS: ms(x.stopped), MaxStopMS: ms(x.longest)}}
}

// limit notes what could not be done, once.
func (x *examiner) limit(name string, why, help []any) {
	l := report.Limit{Probe: Name, Why: text.T("limit."+name+".why", why...), Help: text.T("limit."+name+".help", help...)}
	if !slices.ContainsFunc(x.limits, func(o report.Limit) bool { return o.Why.In(text.English) == l.Why.In(text.English) }) {
		x.limits = append(x.limits, l)
	}
}

// look takes a look in a memory that stands still, t's. It is nil where the allocator
// cannot be walked, which is then among the limits.
func (x *examiner) look(ctx context.Context, t stacks.Target, maps []proc.Mapping, stopped time.Duration) (*Look, error) {
	at := time.Since(x.start)
	l, err := Take(ctx, t.Program, t.Program.Memory(), maps, t.Threads, t.Vectors)
	switch {
	case errors.Is(err, malloc.ErrOther):
		x.out.Allocator, x.out.Version = string(l.Heap.Allocator), l.Heap.Version
		x.limit("native-allocator", []any{strings.TrimSpace(x.out.Allocator + " " + x.out.Version)}, nil)
		return nil, nil
	case errors.Is(err, malloc.ErrNone):
		if !usesC(maps) {
			return nil, ErrNoC
		}
		if l.Heap.Unknown != "" {
			x.limit("native-unknown", []any{l.Heap.Unknown}, nil)
			return nil, nil
		}
		x.limit("native-no-records", nil, nil)
		return nil, nil
	case err != nil:
		return nil, err
	}
	x.out.Allocator, x.out.Version = string(l.Heap.Allocator), l.Heap.Version
	if l.Heap.Beside != malloc.None {
		x.limit("native-beside", []any{string(l.Heap.Beside)}, nil)
	}
	if l.Heap.Unknown != "" {
		x.limit("native-unknown", []any{l.Heap.Unknown}, nil)
	}
	n := evidence.NativeLook{At: at, Stopped: stopped, Took: l.Walk + l.Go + l.Mark, Chunks: int64(len(l.Heap.Chunks)), Missed: int64(l.Heap.Missed)}
	sizes := map[uint64][2]int64{}
	for i, c := range l.Heap.Chunks {
		size := int64(c.Size)
		n.Bytes += size
		if c.Arena == malloc.Mapped {
			n.System += size
		}
		switch l.Marks.Reach[i] {
		case malloc.Lost:
			n.Lost++
			n.LostBytes += size
		case malloc.Possibly:
			n.Possibly++
			n.PossiblyBytes += size
		}
		s := sizes[sizeClass(c.Size)]
		sizes[sizeClass(c.Size)] = [2]int64{s[0] + 1, s[1] + size}
	}
	for _, a := range l.Heap.Arenas {
		n.System += int64(a.System)
		n.Free += int64(a.Free + a.Cached)
		n.Top += int64(a.Top)
	}
	x.out.Looks = append(x.out.Looks, n)
	if x.first == nil {
		x.first = sizes
	}
	x.last = sizes
	return l, nil
}

// usesC: a C library is mapped.
func usesC(maps []proc.Mapping) bool { return malloc.Recognise(maps) != malloc.None }

// sizeClass joins sizes: up to 1024 each is its own, above there are eight for each
// doubling. It is the smallest size of the class.
func sizeClass(size uint64) uint64 {
	if size <= 1024 {
		return size
	}
	return size &^ (1<<(bits.Len64(size)-4) - 1)
}

// mostArenas bounds what is kept of a program with a thousand threads.
const mostArenas = 64

// describe notes what is told of the last look only.
func (x *examiner) describe(l *Look, mem proc.Memory, maps []proc.Mapping) {
	x.out.Arenas, x.out.Damage = nil, nil
	for _, a := range l.Heap.Arenas[:min(len(l.Heap.Arenas), mostArenas)] {
		x.out.Arenas = append(x.out.Arenas, evidence.NativeArena{Addr: a.Addr, Main: a.Main, Threads: a.Threads, System: int64(a.System),
			Live: int64(a.Live), Chunks: int64(a.Chunks), Free: int64(a.Free), Cached: int64(a.Cached), Largest: int64(a.Largest), Top: int64(a.Top)})
	}
	c := &contents{mem: mem, p: x.t.Program, look: l, unwinder: cstack.New(mem, maps, cstack.Options{Names: x.names})}
	for _, d := range l.Heap.Damaged {
		x.out.Damage = append(x.out.Damage, c.damage(l.Heap, d))
	}
	x.out.Lost = lostGroups(l, c)
	x.grown()
}

// grown compares the first look with the last one.
func (x *examiner) grown() {
	x.out.Growth = nil
	if len(x.out.Looks) < 2 {
		return
	}
	for class, now := range x.last {
		was := x.first[class]
		if now[1] > was[1] {
			x.out.Growth = append(x.out.Growth, evidence.NativeGrowth{From: class, To: lastOf(class), Count: [2]int64{was[0], now[0]}, Bytes: [2]int64{was[1], now[1]}})
		}
	}
	slices.SortFunc(x.out.Growth, func(a, b evidence.NativeGrowth) int {
		return cmp.Or(cmp.Compare(b.Bytes[1]-b.Bytes[0], a.Bytes[1]-a.Bytes[0]), cmp.Compare(a.From, b.From))
	})
	x.out.Growth = x.out.Growth[:min(len(x.out.Growth), evidence.MaxNativeGroups)]
}

// lastOf is the largest size of a class.
func lastOf(class uint64) uint64 {
	if class <= 1024 {
		return class
	}
	return class + 1<<(bits.Len64(class)-4) - 8
}

// lostGroups sums up what is lost by size and by what it holds.
func lostGroups(l *Look, c *contents) []evidence.NativeGroup {
	type key struct {
		size        uint64
		holds, name string
	}
	groups := map[key]*evidence.NativeGroup{}
	const most = 1 << 20 // chunks that are looked into
	for i, chunk := range l.Heap.Chunks {
		if l.Marks.Reach[i] != malloc.Lost || len(groups) > most {
			continue
		}
		holds, name := c.of(chunk)
		k := key{chunk.Size, holds, name}
		if holds == evidence.HoldsText { // each is another
			k.name = ""
		}
		g := groups[k]
		if g == nil {
			g = &evidence.NativeGroup{Size: chunk.Size, Holds: holds, Name: name, Addr: chunk.Addr}
			groups[k] = g
		}
		g.Count++
		g.Bytes += int64(chunk.Size)
		if l.Marks.Leads(i) {
			g.Leads++
		}
	}
	var out []evidence.NativeGroup
	for _, g := range groups {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b evidence.NativeGroup) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Size, b.Size), cmp.Compare(a.Addr, b.Addr))
	})
	return out[:min(len(out), evidence.MaxNativeGroups)]
}

// unloaded are the files whose code was mapped before and is not any more, by their
// names: at most a few.
func unloaded(before, after []proc.Mapping) (out []string) {
	const most = 4
	there := map[string]bool{}
	for i := range after {
		there[after[i].Path] = true
	}
	for i := range before {
		if m := &before[i]; m.Exec && m.Inode != 0 && !there[m.Path] && len(out) < most {
			there[m.Path] = true
			out = append(out, path.Base(m.Path))
		}
	}
	return out
}
