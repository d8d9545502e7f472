package gpucalls

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/bpf"
)

// Bounds on what is kept of a watch.
const (
	mostGroups   = 4 * evidence.MaxGPUCalls
	mostObjects  = 1 << 18 // that live
	mostWindows  = 16
	mostMedian   = 4096 // durations of a group, for its median
	longCall     = time.Millisecond
	slice        = 100 * time.Millisecond // in which growth is counted
	mostSlices   = 36_000
	mostDistinct = 4096 // stacks
)

// gathering puts events together.
type gathering struct {
	base    int64 // CLOCK_MONOTONIC at the start
	table   []function
	calls   map[callKey]*callGroup
	objects map[callKey]*objectGroup
	living  map[objectKey]living
	others  map[string]int // destroyed objects that nobody saw made, by kind
	times   []timed
	windows map[window]int    // frames so far
	shown   int               // pictures so far, of all
	handed  map[objectKey]int // what can be waited for, and how many were shown when it was handed to the driver
	set     int               // the swap interval, -1: not seen
	memory  *allocations
	hidden  int // groups and objects for which there was no room
}

type callKey struct {
	fn    uint8
	stack uint64
	goid  uint64
	tid   int
}

// window is what a picture was handed over to.
type window struct {
	fn uint8
	to uint64
}

type perWindow map[window]*seenIn

type seenIn struct{ last, frames int }

// note counts the frame, if it was not counted.
func (p perWindow) note(windows map[window]int) {
	for w, n := range windows {
		s := p[w]
		if s == nil {
			s = &seenIn{last: -1}
			p[w] = s
		}
		if s.last != n {
			s.last = n
			s.frames++
		}
	}
}

type callGroup struct {
	n, same    int
	total, cpu time.Duration
	sameTook   time.Duration
	longest    time.Duration
	took       []time.Duration
	in         perWindow
}

type objectGroup struct {
	made, destroyed int
	longest         time.Duration
	net             []int // more at the end of a slice than at its start
	in              perWindow
}

type objectKey struct {
	object string
	name   uint64
}

type living struct {
	group *objectGroup
	born  time.Duration
}

type timed struct {
	key        callKey
	start, end time.Duration
}

func newGathering(base int64, table []function) *gathering {
	return &gathering{base: base, table: table, calls: map[callKey]*callGroup{}, objects: map[callKey]*objectGroup{}, living: map[objectKey]living{},
		others: map[string]int{}, windows: map[window]int{}, handed: map[objectKey]int{}, memory: newAllocations(), set: -1}
}

// event takes one event; those of one thread come in order.
func (g *gathering) event(e *bpf.Event) {
	if int(e.Func) >= len(g.table) {
		return
	}
	f := &g.table[e.Func]
	if f.object != "" {
		g.object(f, e)
		return
	}
	key := callKey{e.Func, e.Stack, e.GoID, e.TID}
	c := g.calls[key]
	if c == nil {
		if len(g.calls) >= mostGroups {
			g.hidden++
			return
		}
		c = &callGroup{in: perWindow{}}
		g.calls[key] = c
	}
	took := time.Duration(max(0, e.End-e.Start))
	c.n++
	c.total += took
	c.longest = max(c.longest, took)
	c.cpu += min(took, time.Duration(max(0, e.CPU)))
	if len(c.took) < mostMedian {
		c.took = append(c.took, took)
	}
	c.in.note(g.windows)
	if g.same(f, e) {
		c.same++
		c.sameTook += took
	}
	if took >= longCall {
		if len(g.times) >= 2*evidence.MaxGPUTimes {
			g.times = slices.Delete(g.times, 0, evidence.MaxGPUTimes)
		}
		g.times = append(g.times, timed{key, time.Duration(e.Start - g.base), time.Duration(e.End - g.base)})
	}
	switch f.kind {
	case evidence.GPUSwap:
		w := window{e.Func, e.Args[1]}
		if f.api == apiVulkan {
			w.to = e.Args[0]
		}
		if _, known := g.windows[w]; known || len(g.windows) < mostWindows {
			g.windows[w]++
		}
		g.shown++
	case evidence.GPUInterval:
		v := e.Args[0]
		switch f.name {
		case "glXSwapIntervalEXT":
			v = e.Args[2]
		case "eglSwapInterval":
			v = e.Args[1]
		}
		g.set = int(max(-1, min(100, int32(v)))) // a negative one allows late swaps to tear
	}
}

// same notes what is handed to the driver, and reports whether it is waited for in the
// same frame: then the program stands still until everything is drawn.
func (g *gathering) same(f *function, e *bpf.Event) bool {
	if f.name == queryResult { // a question whether it is there does not wait
		const result = 0x8866 // GL_QUERY_RESULT
		return uint32(e.Args[1]) == result
	}
	if f.about == "" || len(e.Names) == 0 {
		return false
	}
	k := objectKey{f.about, e.Names[0]}
	if f.kind == evidence.GPUSubmit {
		g.hand(k)
		return false
	}
	at, ok := g.handed[k]
	return ok && at == g.shown
}

func (g *gathering) hand(k objectKey) {
	if len(g.handed) >= mostObjects {
		clear(g.handed)
	}
	g.handed[k] = g.shown
}

func (g *gathering) object(f *function, e *bpf.Event) {
	at := time.Duration(e.End - g.base)
	if f.object == deviceMemory {
		g.memory.event(f, e)
	}
	if f.how >= bpf.Destroys {
		for _, name := range e.Names {
			if name == 0 {
				continue
			}
			k := objectKey{f.object, name}
			l, ok := g.living[k]
			if !ok {
				g.others[f.object]++
				continue
			}
			delete(g.living, k)
			delete(g.handed, k)
			l.group.destroyed++
			l.group.longest = max(l.group.longest, at-l.born)
			l.group.count(at, -1)
		}
		return
	}
	key := callKey{fn: e.Func, stack: e.Stack, goid: e.GoID}
	o := g.objects[key]
	if o == nil {
		if len(g.objects) >= mostGroups {
			g.hidden++
			return
		}
		o = &objectGroup{in: perWindow{}}
		g.objects[key] = o
	}
	for _, name := range e.Names {
		if name == 0 || f.strict && failed(f, e, name) {
			continue
		}
		if len(g.living) >= mostObjects {
			g.hidden++
			continue
		}
		k := objectKey{f.object, name}
		if was, ok := g.living[k]; ok { // its end was not seen: names are given again
			was.group.destroyed++
			was.group.count(at, -1)
		}
		g.living[k] = living{o, at}
		if f.object == glSync || f.object == eglSync {
			g.hand(k)
		}
		o.made++
		o.count(at, 1)
	}
	o.in.note(g.windows)
}

// failed: a function of the C kind has made nothing. Who returns an int says nothing in the
// upper half.
func failed(f *function, e *bpf.Event, name uint64) bool {
	return f.how == bpf.Stored && int32(e.Result) != 0 || f.how == bpf.Returned && (name == ^uint64(0) || name == 1<<32-1)
}

func (o *objectGroup) count(at time.Duration, by int) {
	i := int(max(0, at) / slice)
	if i >= mostSlices {
		return
	}
	for len(o.net) <= i {
		o.net = append(o.net, 0)
	}
	o.net[i] += by
}

// converted is a stack as evidence.
type converted struct {
	frames []evidence.Frame
	place  int // the user's own frame, -1: none
	caller evidence.Frame
}

// finish makes the evidence. convert turns what led to a call into frames; thread says
// which thread of the target one is by the kernel's number.
func (g *gathering) finish(took, period time.Duration, convert func(key uint64) converted, thread func(tid int) int) *evidence.GPUCalls {
	out := &evidence.GPUCalls{Took: took, Began: g.base, Period: period, Interval: g.set}
	main, frames := window{}, 0
	for w, n := range g.windows {
		if n > frames || n == frames && (w.to < main.to || w.to == main.to && w.fn < main.fn) {
			main, frames = w, n
		}
	}
	out.Frames = frames

	at := map[uint64]int{} // stacks
	stack := func(key uint64) (int, int) {
		c := convert(key)
		if len(c.frames) == 0 {
			return -1, -1
		}
		i, ok := at[key]
		if !ok {
			if len(out.Stacks) >= mostDistinct {
				return -1, -1
			}
			i = len(out.Stacks)
			at[key] = i
			out.Stacks = append(out.Stacks, c.frames)
		}
		return i, c.place
	}

	// Stacks that differ only outside of the place are one.
	type groupKey struct {
		fn     uint8
		goid   uint64
		thread int
		at     evidence.Frame
	}
	spot := func(key uint64) evidence.Frame {
		c := convert(key)
		at := c.caller
		if c.place >= 0 {
			at = c.frames[c.place]
		} else if len(c.frames) > 0 {
			at = c.frames[0]
		}
		at.PC, at.SP = 0, 0
		return at
	}
	of := func(k callKey, thread int) groupKey {
		return groupKey{fn: k.fn, goid: k.goid, thread: thread, at: spot(k.stack)}
	}
	inMain := func(p perWindow) int {
		if s := p[main]; s != nil && frames > 0 {
			return min(s.frames, frames)
		}
		return 0
	}

	calls := map[groupKey]int{}
	index := map[callKey]int{}
	took1 := map[int][]time.Duration{}
	for _, k := range sortedKeys(g.calls) {
		c := g.calls[k]
		gk := of(k, thread(k.tid))
		i, ok := calls[gk]
		if !ok {
			i = len(out.Calls)
			calls[gk] = i
			s, place := stack(k.stack)
			out.Calls = append(out.Calls, evidence.GPUCall{Function: g.table[k.fn].name, Kind: g.table[k.fn].kind, Thread: gk.thread, Goroutine: k.goid, Stack: s, Place: place})
		}
		index[k] = i
		x := &out.Calls[i]
		x.Times += c.n
		x.Total += c.total
		x.CPU += c.cpu
		x.Same += c.same
		x.SameTook += c.sameTook
		x.Longest = max(x.Longest, c.longest)
		x.Frames = min(x.Frames+inMain(c.in), max(frames, 1))
		took1[i] = append(took1[i], c.took...)
	}
	for i, all := range took1 {
		slices.Sort(all)
		out.Calls[i].Median = all[len(all)/2]
		for _, d := range all {
			if period > 0 && d > period/2 {
				out.Calls[i].Long++
			}
		}
	}

	objects := map[groupKey]int{}
	groups := map[*objectGroup]int{}
	for _, k := range sortedKeys(g.objects) {
		o := g.objects[k]
		gk := of(k, 0)
		i, ok := objects[gk]
		if !ok {
			i = len(out.Objects)
			objects[gk] = i
			s, place := stack(k.stack)
			f := &g.table[k.fn]
			out.Objects = append(out.Objects, evidence.GPUObject{Object: f.object, Function: f.name, Destroyer: g.destroyer(f.object), Goroutine: k.goid, Stack: s, Place: place})
		}
		groups[o] = i
		x := &out.Objects[i]
		x.Made += o.made
		x.Destroyed += o.destroyed
		x.Longest = max(x.Longest, o.longest)
		x.Frames = min(x.Frames+inMain(o.in), max(frames, 1))
		for s, n := range o.net {
			eighth := min(7, int(time.Duration(s)*slice*8/max(took, 1)))
			for e := eighth; e < 8; e++ {
				x.Growth[e] += n
			}
		}
	}
	for _, l := range g.living {
		x := &out.Objects[groups[l.group]]
		age := took - l.born
		x.Oldest = max(x.Oldest, age)
		if age > took/2 {
			x.Old++
		}
	}
	for i := range out.Objects {
		out.Objects[i].OthersDestroyed = g.others[out.Objects[i].Object]
	}
	g.order(out, index)
	out.Memory = g.memory.finish(stack, spot)
	return out
}

// order sorts the calls, and sets the times' indexes after it.
func (g *gathering) order(out *evidence.GPUCalls, index map[callKey]int) {
	by := make([]int, len(out.Calls))
	for i := range by {
		by[i] = i
	}
	slices.SortStableFunc(by, func(a, b int) int { return cmp.Compare(out.Calls[b].Total, out.Calls[a].Total) })
	place := make([]int, len(by))
	sorted := make([]evidence.GPUCall, 0, min(len(by), evidence.MaxGPUCalls))
	for to, from := range by {
		place[from] = to
		if to < evidence.MaxGPUCalls {
			sorted = append(sorted, out.Calls[from])
		}
	}
	out.Calls = sorted
	for _, t := range g.times[max(0, len(g.times)-evidence.MaxGPUTimes):] {
		if i := place[index[t.key]]; i < len(sorted) {
			out.Times = append(out.Times, evidence.GPUTime{Call: i, Start: t.start, End: t.end})
		}
	}
	slices.SortStableFunc(out.Times, func(a, b evidence.GPUTime) int { return cmp.Compare(a.Start, b.Start) })
	slices.SortStableFunc(out.Objects, func(a, b evidence.GPUObject) int {
		return cmp.Compare(b.Made-b.Destroyed, a.Made-a.Destroyed)
	})
	out.Objects = out.Objects[:min(len(out.Objects), evidence.MaxGPUCalls)]
}

// destroyer is the function that destroys objects of a kind.
func (g *gathering) destroyer(object string) string {
	for i := range g.table {
		if g.table[i].object == object && g.table[i].how >= bpf.Destroys {
			return g.table[i].name
		}
	}
	return ""
}

// sortedKeys are the keys in an order that is always the same.
func sortedKeys[V any](m map[callKey]V) []callKey {
	keys := make([]callKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b callKey) int {
		return cmp.Or(cmp.Compare(a.fn, b.fn), cmp.Compare(a.goid, b.goid), cmp.Compare(a.tid, b.tid), cmp.Compare(a.stack, b.stack))
	})
	return keys
}
