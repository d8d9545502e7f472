package heap

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/gort/roots"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// look is the heap of one moment, and what was found in it. Of an earlier look only
// what later ones are compared with is kept.
type look struct {
	at           time.Duration
	asked        bool // it was taken when Options.Next said so
	stopped      time.Duration
	prog         *gort.Program
	heap         *goheap.Heap
	roots        []roots.Root
	stats        *roots.Stats
	gs           []*gort.Goroutine
	globals      *variables
	paths        *goheap.Paths
	runs         runs
	points       map[pointKey]*point
	types        map[string]*tally // by type
	packages     map[string]string // of types
	byRoot       map[string]*tally
	rootOrigin   map[string]evidence.Origin
	waits        map[string]int             // goroutines by how they wait
	names        map[uint64]string          // of functions, by entry
	places       map[uint64]*evidence.Frame // by entry
	gui          *gui                       // nil: no toolkit, or none with a table
	groups       map[string]*group
	ticking      map[string]*ticking
	queues       *roots.Queues
	cyclic       map[string]tally
	beyond       goheap.Set // see withoutFinalizers
	reader       *stacks.Reader
	target       *evidence.Target
	typed, owned float64
	count, bytes int64
	garbage      int64
	cCount       int64 // C memory that Go alone holds
	cBytes       int64
	mallocs      []malloc.Span    // what malloc has in all; nil: not known
	otherC       malloc.Allocator // one whose heap cannot be walked; empty: there is none
	gc           int64
}

// tally counts objects.
type tally struct{ count, bytes, retained int64 }

// read reads the heap that stands in p.
func read(ctx context.Context, t stacks.Target, regs map[int]proc.Registers, progress func(done, total uint64)) (*look, error) {
	p := t.Program
	l := &look{prog: p, reader: stacks.NewReader(t), target: t.Evidence, packages: map[string]string{}, names: map[uint64]string{}, places: map[uint64]*evidence.Frame{}}
	snap, err := p.Goroutines(gort.Options{Registers: regs})
	if err != nil {
		return nil, fmt.Errorf("read the goroutines: %w", err)
	}
	l.gs = snap.Goroutines
	var readC sync.WaitGroup // beside the Go heap: neither needs the other
	var c *cMemory
	var errC error
	readC.Go(func() { proc.Background(func() { c, errC = readCMemory(ctx, p) }) })
	defer readC.Wait()
	l.globals = newVariables(p)
	inferred := make(chan []gort.Global, 1)
	if l.globals.untyped { // takes a second or two, once
		go proc.Background(func() { inferred <- p.InferredGlobals() })
	}
	l.heap, err = goheap.Read(ctx, p, goheap.Options{Progress: progress, Roots: func(emit func(uint64, goheap.RootClass, int32, bool)) error {
		l.stats, err = roots.Read(p, roots.Options{Registers: regs, Goroutines: l.gs}, func(r roots.Root) {
			l.roots = append(l.roots, r)
			emit(r.Value, l.class(&r), int32(len(l.roots)-1), r.Referents)
		})
		return err
	}})
	if err != nil {
		return nil, err
	}
	if l.globals.untyped {
		l.globals.infer(<-inferred)
	}
	l.findStatics()
	l.typeRoots()
	l.typeFinalized()
	l.heap.Propagate()
	l.typeStacks()
	l.heap.Propagate()
	l.typed, l.owned = l.heap.Known()
	if readC.Wait(); errC != nil {
		return nil, errC
	}
	if err := l.attachC(ctx, c, regs); err != nil {
		return nil, err
	}
	if c != nil {
		l.mallocs, l.otherC = c.spans(), c.other
	}
	sum := l.heap.Totals()
	l.count, l.bytes, l.garbage = int64(sum.Objects), int64(sum.Bytes), int64(sum.Garbage)
	l.cCount, l.cBytes = int64(sum.Foreign), int64(sum.ForeignBytes)
	inside := l.inside()
	l.paths = l.heap.Paths(inside.Has)
	if l.gui = l.findGUI(t.Toolkit); l.gui != nil {
		// What the toolkit keeps by itself explains less than what the program keeps.
		l.paths = l.heap.Paths(func(id goheap.ID) bool { return inside.Has(id) || l.gui.caches.Has(id) })
		l.groups = l.gui.suspects()
	}
	l.queues = roots.ReadQueues(p, l.gs)
	l.findPoints()
	l.countTypes()
	l.countRoots()
	l.countWaits()
	l.countTimers()
	l.countCycles()
	return l, nil
}

// shrink forgets what later looks are not compared with.
func (l *look) shrink() {
	l.heap.Shrink()
	l.roots, l.gs, l.globals, l.paths, l.stats, l.runs, l.beyond = nil, nil, nil, nil, nil, runs{}, nil
	if l.gui != nil {
		l.gui = &gui{}
	}
	for _, g := range l.groups {
		g.links = nil
	}
}

// times is when the looks were. Those that were taken after something that a person,
// or a test, did are even: what grows with each time does so however long it took.
func times(looks []*look) []time.Duration {
	out := make([]time.Duration, len(looks))
	last := len(looks) - 1
	for i, l := range looks {
		out[i] = l.at
		if l.asked && last > 0 {
			out[i] = looks[0].at + (looks[last].at-looks[0].at)*time.Duration(i)/time.Duration(last)
		}
	}
	return out
}

// rootOf is the record of one of the heap's roots.
func (l *look) rootOf(i int) *roots.Root { return &l.roots[l.heap.Roots()[i].Index] }

// class orders roots: a variable of the program explains more than a stack, and
// what the runtime itself keeps explains nothing.
func (l *look) class(r *roots.Root) goheap.RootClass {
	switch r.Kind {
	case roots.Data, roots.BSS:
		if v := l.globals.at(r.Slot); v != nil && (strings.HasPrefix(v.Name, "runtime.") || strings.HasPrefix(v.Name, "internal/runtime/")) {
			return goheap.RootRuntime
		}
		return goheap.RootNamed
	case roots.Stack, roots.Register, roots.Defer:
		return goheap.RootStack
	case roots.Runtime:
		return goheap.RootRuntime
	}
	return goheap.RootSpecial
}

// findStatics finds what variables point to in the program's data itself.
func (l *look) findStatics() {
	pointers := map[uint64]uint64{}
	for i := range l.roots {
		r := &l.roots[i]
		if r.Kind != roots.Data && r.Kind != roots.BSS {
			continue
		}
		for _, m := range l.prog.Modules {
			for _, part := range m.Data {
				if r.Value >= part[0] && r.Value < part[1] {
					pointers[r.Slot] = r.Value
				}
			}
		}
	}
	l.globals.statics(pointers, func(t *gort.Type, offset uint64) *gort.Type {
		if d := goheap.Pointee(t, offset); d.Kind == goheap.Value {
			return d.Type
		}
		return nil
	})
}

// typeRoots says of which types the variables are that point into the heap.
func (l *look) typeRoots() {
	for _, r := range l.heap.Roots() {
		rec := &l.roots[r.Index]
		if v := l.globals.at(rec.Slot); v != nil && v.Type != nil && rec.Goroutine == nil {
			l.heap.TypeRoot(r, v.Type, rec.Slot-v.Addr)
		} else if rec.Slot != 0 { // the word before may be an interface's
			if v, ok := l.local(rec); ok {
				l.heap.TypeRoot(r, v.Type, v.Offset)
			}
			if word, ok := l.prog.Word(rec.Slot - 8); ok {
				l.heap.WordRoot(r, word)
			}
		}
	}
}

// local is the variable of a function that a root lies in; ok is false where DWARF
// does not say it.
func (l *look) local(r *roots.Root) (v gort.Local, ok bool) {
	if r.Goroutine == nil || r.Slot == 0 || r.Frame < 0 || r.Frame >= len(r.Goroutine.Frames) {
		return v, false
	}
	return l.prog.LocalAt(&r.Goroutine.Frames[r.Frame], r.Slot)
}

// typeStacks says of what stacks lead to, and of which nothing is known, what the
// code of the frame that the pointer lies in says of it; and of what is left, that it
// is what the frame's method belongs to. Either is believed if the object can be it,
// by its size and where its pointers are.
func (l *look) typeStacks() {
	types := map[string]*gort.Type{}
	for i, r := range l.heap.Roots() {
		rec := l.rootOf(i)
		if rec.Goroutine == nil || r.Inner || l.heap.Desc(r.To).Kind != goheap.Unknown {
			continue
		}
		if rec.Frame < 0 || rec.Frame >= len(rec.Goroutine.Frames) {
			continue
		}
		f := &rec.Goroutine.Frames[rec.Frame]
		if t := l.prog.StackTypes(f.Func)[int64(rec.Slot-f.SP)]; rec.Slot != 0 && t != nil && l.heap.GuessRoot(r, t) {
			continue
		}
		for _, call := range l.prog.Calls(f) { // and of what is inlined there
			name, ok := gort.ReceiverName(call.Function)
			if !ok {
				continue
			}
			t, known := types[name]
			if !known {
				t = l.prog.TypeByName(name)
				types[name] = t
			}
			if t != nil && l.heap.TypeGuess(r.To, t) {
				break
			}
		}
	}
}

// frameName is the function in whose frame a root lies.
func (l *look) frameName(r *roots.Root) string {
	if r.Goroutine == nil || r.Frame < 0 || r.Frame >= len(r.Goroutine.Frames) {
		return ""
	}
	f := &r.Goroutine.Frames[r.Frame]
	if n, ok := l.names[f.Func.Entry]; ok {
		return n
	}
	n := f.Func.Name()
	l.names[f.Func.Entry] = n
	return n
}
