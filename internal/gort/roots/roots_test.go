package roots_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/roots"
	"github.com/gomedic/gomedic/internal/proc"
)

// found is what one reading of the roots gives.
type found struct {
	roots  []roots.Root
	stats  *roots.Stats
	gs     []*gort.Goroutine
	timers []roots.TimerInfo
	queues *roots.Queues
	// Of each object, the kinds of the roots that lead to it, directly or over others.
	direct map[uint64][]roots.Root
	reach  map[uint64]roots.Kind
	from   map[uint64]string // the word that leads to an object, of which object
	boxes  map[string][]uint64

	table   []uint64
	objects map[uint64]uint64 // of the table's words, those they point into
}

// look stops the target and reads its roots, and all that they lead to, by any word
// that looks like a pointer.
//
// The table of n words at the address, if any, is read at the same moment.
func look(t *testing.T, tg *target, table ...uint64) *found {
	t.Helper()
	tr := proc.NewTracer(tg.process)
	defer tr.Close()
	f := &found{direct: map[uint64][]roots.Root{}, reach: map[uint64]roots.Kind{}, from: map[uint64]string{}, boxes: map[string][]uint64{}}
	f.objects = map[uint64]uint64{}
	err := tr.StopAll(func(threads []proc.Stopped, _ int) {
		tg.ForgetHeap()
		if len(table) == 2 {
			for i := range table[1] {
				v, _ := tg.Word(table[0] + i*8)
				f.table = append(f.table, v)
				if o, ok := tg.FindObject(v); ok {
					f.objects[v] = o.Base
				}
			}
		}
		regs := map[int]proc.Registers{}
		for _, th := range threads {
			regs[th.TID] = th.Regs
		}
		s, err := tg.Goroutines(gort.Options{Registers: regs})
		if err != nil {
			t.Error(err)
			return
		}
		f.gs = s.Goroutines
		f.stats, err = roots.Read(tg.Program, roots.Options{Registers: regs, Goroutines: f.gs}, func(r roots.Root) { f.roots = append(f.roots, r) })
		if err != nil {
			t.Error(err)
			return
		}
		f.timers, f.queues = roots.Timers(tg.Program), roots.ReadQueues(tg.Program, f.gs)
		// Processors have numbers and left-over registers that look like pointers.
		for _, p := range tg.Ps() {
			if o, ok := tg.FindObject(p); ok {
				f.reach[o.Base] = roots.Runtime
			}
		}
		for _, r := range f.roots {
			o, ok := tg.FindObject(r.Value)
			if !ok {
				continue
			}
			if !r.Referents {
				f.direct[o.Base] = append(f.direct[o.Base], r)
				f.follow(tg.Program, o, r.Kind)
				continue
			}
			tg.ObjectWords(o, func(v uint64) {
				if next, ok := tg.FindObject(v); ok && next.Base != o.Base {
					f.follow(tg.Program, next, r.Kind)
				}
			})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range tg.said {
		var name string
		var addr uint64
		if n, _ := fmt.Sscanf(l, "box %s 0x%x", &name, &addr); n == 2 {
			f.boxes[name] = append(f.boxes[name], addr)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	return f
}

func (f *found) follow(p *gort.Program, o gort.Object, kind roots.Kind) {
	queue := []gort.Object{o}
	for len(queue) > 0 {
		o := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if _, ok := f.reach[o.Base]; ok {
			continue
		}
		f.reach[o.Base] = kind
		if isG(p, o) {
			continue
		}
		at := o.Base - 8
		p.ObjectWords(o, func(v uint64) {
			at += 8
			if next, ok := p.FindObject(v); ok {
				queue = append(queue, next)
				if f.from[next.Base] == "" {
					f.from[next.Base] = fmt.Sprintf("%#x+%#x of %d", o.Base, at-o.Base, o.Size)
				}
			}
		})
	}
}

// isG reports whether an object is a runtime.g: the end of its stack looks like a
// pointer to what lies behind, and all that it does lead to has roots of its own.
func isG(p *gort.Program, o gort.Object) bool {
	lo, _ := p.Word(o.Base)
	hi, _ := p.Word(o.Base + 8)
	return o.Size >= 400 && o.Size <= 512 && lo%2048 == 0 && hi > lo && hi-lo <= 1<<20
}

// holds says which root of a kind must lead to each box: itself or over a closure.
// No kind: nothing may.
var holds = map[string]struct {
	kind     roots.Kind
	direct   bool   // the root is a pointer to the box
	function string // in whose frame it is, or which it runs
	dead     bool
	cgo      bool // only in a program with C
}{
	"global":         {kind: roots.BSS, direct: true},
	"static":         {kind: roots.Data},
	"hook":           {kind: roots.BSS},
	"local":          {kind: roots.Stack, direct: true, function: "main.local"},
	"argument":       {kind: roots.Stack, direct: true, function: "main.argument"},
	"stack-argument": {kind: roots.Stack, direct: true, function: "main.stackArgument"},
	"object":         {kind: roots.Stack, direct: true, function: "main.object"},
	"captured":       {kind: roots.Stack},
	"open-defer":     {kind: roots.Stack, direct: true, function: "main.openDefer"},
	"loop-defer":     {kind: roots.Defer, function: "main.loopDefer.func1"},
	"select":         {kind: roots.Stack},
	"deep":           {kind: roots.Stack, direct: true},
	"generic":        {kind: roots.Stack, direct: true, function: "main.sorted[go.shape.*uint8]"},
	"reflected":      {kind: roots.Stack, direct: true},
	"method-value":   {kind: roots.Stack, direct: true},
	"referent":       {kind: roots.Finalizer, function: "main.notes.func1"},
	"finalizer":      {kind: roots.Finalizer},
	"cleanup":        {kind: roots.Cleanup, function: "main.use"},
	"timer":          {kind: roots.Timer, function: "main.notes.func2"},
	"handle":         {kind: roots.Handle},
	"pinned":         {kind: roots.Pinned, direct: true},
	"register":       {kind: roots.Register, direct: true, function: "main.spin"},
	"before-c":       {kind: roots.Stack, direct: true, function: "main.callsC", cgo: true},
	"behind-c":       {kind: roots.Stack, direct: true, function: "main.goCallback", cgo: true},
	"dead-behind-c":  {dead: true, cgo: true},
	"middle":         {kind: roots.Stack, direct: true},
	"dead-deep":      {dead: true},
	"dead-local":     {dead: true},
	"dead-argument":  {dead: true},
	"dead-object":    {dead: true},
	"dead-panic":     {dead: true},
	"cleaned":        {dead: true},
	"finalized":      {dead: true},
}

func TestRoots(t *testing.T) {
	for _, v := range []struct {
		name, cgo string
		flags     []string
	}{
		{"plain", "0", nil},
		{"stripped", "0", []string{"-ldflags=-s -w"}},
		{"stripped PIE", "0", []string{"-buildmode=pie", "-ldflags=-s -w"}},
		{"cgo", "1", nil},
		{"cgo stripped", "1", []string{"-ldflags=-s -w"}},
		{"cgo stripped PIE, external link", "1", []string{"-buildmode=pie", "-ldflags=-s -w -linkmode=external"}},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			testRoots(t, build(t, "holds", "", v.cgo, v.flags...), v.cgo == "1")
		})
	}
}

// The same for programs of the neighbouring Go versions.
func TestRootsOtherVersions(t *testing.T) {
	if testing.Short() {
		t.Skip("builds with other toolchains, which may have to be fetched")
	}
	for _, version := range []string{"go1.25.11", "go1.27.4"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			testRoots(t, build(t, "holds", version, "0", "-ldflags=-s -w"), false)
		})
	}
}

func testRoots(t *testing.T, path string, cgo bool) {
	tg := start(t, path, "main.computes")
	var f *found
	tg.await(t, func() bool { // the one that computes may just be preempted
		f = look(t, tg)
		i := slices.IndexFunc(f.gs, func(g *gort.Goroutine) bool { return stands(g, "main.spin") })
		if _, held := f.reach[f.boxes["register"][0]]; !held {
			t.Error("nothing holds register, of a goroutine that runs")
		}
		return i >= 0 && f.gs[i].StatusName() == "running" && f.gs[i].Frames[0].Func.Name() == "main.spin"
	})
	if f.stats.NoHeap || f.stats.Unread != 0 || f.stats.Frames < 2000 {
		t.Errorf("not all was read: %+v", *f.stats)
	}
	for name, want := range holds {
		if name == "handle" && !cgo {
			want.kind = roots.BSS
		}
		if want.cgo && !cgo {
			continue
		}
		addrs := f.boxes[name]
		if len(addrs) == 0 {
			t.Errorf("the program has no box %s: %v", name, tg.said)
		}
		for _, addr := range addrs {
			kind, held := f.reach[addr]
			if want.dead {
				if held {
					t.Errorf("%s is held by %s, at %s: %s", name, kind, f.from[addr], f.why(tg.Program, addr))
				}
				continue
			}
			if !held {
				t.Errorf("nothing holds %s", name)
				continue
			}
			if want.direct && !slices.ContainsFunc(f.direct[addr], func(r roots.Root) bool { return r.Kind == want.kind }) {
				t.Errorf("%s: no root of kind %s, but %s", name, want.kind, f.why(tg.Program, addr))
			}
			if want.function != "" && !slices.ContainsFunc(f.through(tg.Program, addr), func(r roots.Root) bool {
				return r.Kind == want.kind && names(r, want.function)
			}) {
				t.Errorf("%s: no root of kind %s of %s, but %s", name, want.kind, want.function, f.why(tg.Program, addr))
			}
		}
	}
	for _, addr := range f.boxes["weak"] {
		if !slices.ContainsFunc(f.roots, func(r roots.Root) bool {
			w, ok := tg.Word(r.Value)
			return r.Kind == roots.Special && r.Object == addr && ok && w == addr && !r.Referents
		}) {
			t.Error("no handle of the weak pointer")
		}
	}
	if !slices.ContainsFunc(f.timers, func(x roots.TimerInfo) bool {
		return x.Func == "time.goFunc" && x.Runs == "main.notes.func2" && x.Period == 0 && !x.Channel
	}) || !slices.ContainsFunc(f.timers, func(x roots.TimerInfo) bool { return x.Func == "time.sendTime" && x.Period == 3600e9 && x.Channel }) {
		t.Errorf("timers: %+v", f.timers)
	}
	t.Logf("%+v", *f.stats)
}

// names reports whether a root is a function's: the one it lies in, or runs.
func names(r roots.Root, function string) bool {
	if r.Name == function {
		return true
	}
	return r.Goroutine != nil && r.Frame >= 0 && r.Frame < len(r.Goroutine.Frames) && r.Goroutine.Frames[r.Frame].Func.Name() == function
}

// through returns the roots that lead to an object, at most two objects before it.
func (f *found) through(p *gort.Program, addr uint64) []roots.Root {
	var out []roots.Root
	for _, r := range f.roots {
		if leads(p, r.Value, addr, 3) {
			out = append(out, r)
		}
	}
	return out
}

func leads(p *gort.Program, from, to uint64, depth int) bool {
	o, ok := p.FindObject(from)
	if !ok {
		return false
	}
	if o.Contains(to) {
		return true
	}
	hit := false
	if depth > 0 {
		p.ObjectWords(o, func(v uint64) { hit = hit || v > 4096 && !o.Contains(v) && leads(p, v, to, depth-1) })
	}
	return hit
}

func (f *found) why(p *gort.Program, addr uint64) string {
	var out []string
	for _, r := range f.through(p, addr) {
		at := ""
		if r.Goroutine != nil {
			at = fmt.Sprintf("goroutine %d frame %d", r.Goroutine.ID, r.Frame)
			if r.Frame >= 0 {
				at += " " + r.Goroutine.Frames[r.Frame].Func.Name()
			}
		}
		out = append(out, fmt.Sprintf("%s %s %s at %#x = %#x precise %v", r.Kind, r.Name, at, r.Slot, r.Value, r.Precise))
	}
	return strings.Join(out[:min(len(out), 8)], "; ")
}
