package heap

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
)

// A goroutine that waits for a channel or a lock to which nothing leads that runs,
// or can be woken, waits for ever. That is found as the collector would: all that
// is reachable without the stacks of waiting goroutines, then, as long as there are
// any, the stacks of those whose object has turned out to be reachable (V. Saioc and
// others, Unveiling and Vanquishing Goroutine Leaks, 2025; Go 1.26's experiment
// goroutineleakprofile does it in the program itself).

// waiter is a goroutine that waits for an object of the heap.
type waiter struct {
	g       *gort.Goroutine
	objects []goheap.ID
	never   bool // waits for nothing that could come: a nil channel, a select without cases
}

// blocked is the goroutines that wait for good, and what only they hold.
type blocked struct {
	waiters []waiter
	// beyond are the objects that are reachable without them.
	beyond goheap.Set
}

// findBlocked finds the goroutines of a look that wait for ever.
func (l *look) findBlocked() blocked {
	var all []waiter
	waits := map[*gort.Goroutine]bool{}
	for _, g := range l.gs {
		if w, ok := l.waiter(g); ok {
			all = append(all, w)
			waits[g] = true
		}
	}
	wall := l.wall()
	seen := goheap.NewSet(l.heap.Len())
	var stack []goheap.ID
	push := func(id goheap.ID) {
		if !seen.Has(id) {
			seen.Add(id)
			if !wall.Has(id) {
				stack = append(stack, id)
			}
		}
	}
	run := func() {
		for len(stack) > 0 {
			id := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, to := range l.heap.Targets(id) {
				push(to)
			}
		}
	}
	byGoroutine := map[*gort.Goroutine][]goheap.ID{}
	for i, r := range l.heap.Roots() {
		rec := l.rootOf(i)
		if rec.Goroutine != nil && waits[rec.Goroutine] {
			byGoroutine[rec.Goroutine] = append(byGoroutine[rec.Goroutine], r.To)
			continue
		}
		push(r.To)
	}
	run()
	for {
		n := len(all)
		all = slices.DeleteFunc(all, func(w waiter) bool {
			if w.never || !slices.ContainsFunc(w.objects, seen.Has) {
				return false
			}
			for _, id := range byGoroutine[w.g] {
				push(id)
			}
			return true
		})
		if len(all) == n {
			break
		}
		run()
	}
	return blocked{waiters: all, beyond: seen}
}

// waiter reports whether a goroutine waits for others of the program, and for what.
func (l *look) waiter(g *gort.Goroutine) (waiter, bool) {
	if g.StatusName() != evidence.StatusWaiting || l.system(g) {
		return waiter{}, false
	}
	w := waiter{g: g}
	switch r := g.WaitReason; {
	case r == "chan receive (nil chan)", r == "chan send (nil chan)", r == "select (no cases)":
		w.never = true
		return w, true
	case strings.HasPrefix(r, "chan "), r == "select", strings.HasPrefix(r, "sync."), r == "semacquire":
	default:
		return waiter{}, false
	}
	for _, on := range l.prog.Waits(g) {
		id, ok := l.heap.Find(on.Addr)
		if !ok { // a variable: everybody can reach it
			return waiter{}, false
		}
		w.objects = append(w.objects, id)
	}
	return w, len(w.objects) > 0
}

// system: the goroutine is the runtime's own.
func (l *look) system(g *gort.Goroutine) bool {
	if len(g.Frames) == 0 {
		return true
	}
	name := ""
	for i := len(g.Frames) - 1; i >= 0; i-- {
		if name = g.Frames[i].Func.Name(); name != "runtime.goexit" {
			break
		}
	}
	return strings.HasPrefix(name, "runtime.") && name != "runtime.main"
}

// wall is the objects through which nothing is to be reached: the runtime's lists
// lead to all goroutines, waiting ones too, and from their records to what they
// wait for.
func (l *look) wall() goheap.Set {
	wall := goheap.NewSet(l.heap.Len())
	gs := map[goheap.ID]bool{}
	for _, addr := range l.prog.AllG() {
		if id, ok := l.heap.Find(addr); ok {
			wall.Add(id)
			gs[id] = true
		}
	}
	// A record of who waits for what (runtime.sudog) begins with its goroutine.
	size := uint64(l.prog.Layout.Structs["runtime.sudog"].Size)
	if size == 0 {
		return wall
	}
	for _, r := range l.heap.Sized(size) {
		first := true
		l.heap.Edges(r, func(e goheap.Edge) {
			if first && e.Offset == 0 && gs[e.To] {
				wall.Add(r)
			}
			first = false
		})
	}
	return wall
}

// inside is the structures of the scheduler: a way through them explains nothing.
func (l *look) inside() goheap.Set {
	set := l.wall()
	for n := range l.heap.DescNumbers() {
		d := l.heap.DescOf(uint32(n))
		if d.Type == nil || d.Type.PkgPath != "runtime" {
			continue
		}
		switch d.Type.Name {
		case "runtime.p", "runtime.m", "runtime.mPadded", "runtime.g", "runtime.sudog":
			l.heap.OfDesc(uint32(n), set.Add)
		}
	}
	for _, p := range l.prog.Ps() {
		if id, ok := l.heap.Find(p); ok {
			set.Add(id)
		}
	}
	return set
}

// held is how many bytes only the given goroutines keep alive, with their stacks.
func (l *look) held(b *blocked, of []*gort.Goroutine) (heap, stacks int64) {
	in := map[*gort.Goroutine]bool{}
	for _, g := range of {
		in[g] = true
		stacks += int64(g.Stack.Hi - g.Stack.Lo)
	}
	var from []goheap.ID
	for i, r := range l.heap.Roots() {
		if rec := l.rootOf(i); rec.Goroutine != nil && in[rec.Goroutine] {
			from = append(from, r.To)
		}
	}
	seen := map[goheap.ID]bool{}
	for len(from) > 0 {
		id := from[len(from)-1]
		from = from[:len(from)-1]
		if seen[id] || b.beyond.Has(id) {
			continue
		}
		seen[id] = true
		heap += int64(l.heap.Size(id))
		from = append(from, l.heap.Targets(id)...)
	}
	return heap, stacks
}

// waitKey is what goroutines of one leak have in common: where they wait, and who
// made them.
func (l *look) waitKey(g *gort.Goroutine) string {
	var b strings.Builder
	b.WriteString(g.WaitReason)
	for i := range g.Frames {
		b.WriteByte('\n')
		b.WriteString(g.Frames[i].Func.Name())
	}
	return b.String()
}

// goroutineSuspects groups the goroutines that wait for ever.
func (l *look) goroutineSuspects(earlier []*look) []evidence.HeapSuspect {
	b := l.findBlocked()
	groups := map[string][]*gort.Goroutine{}
	never := map[string]bool{}
	objects := map[string]goheap.ID{}
	for _, w := range b.waiters {
		k := l.waitKey(w.g)
		groups[k] = append(groups[k], w.g)
		never[k] = w.never
		if len(w.objects) > 0 {
			objects[k] = w.objects[0]
		}
	}
	var out []evidence.HeapSuspect
	for k, gs := range groups {
		frames := l.reader.Goroutine(gs[0])
		if l.gui != nil && l.gui.table.Waits(l.gui.version, frames.Frames) {
			continue // the toolkit's own, which waits for good by intention
		}
		heap, stacks := l.held(&b, gs)
		s := evidence.HeapSuspect{Kind: evidence.SuspectGoroutines, Type: "goroutine", Chains: len(gs), Suspect: -1,
			Blocked: &evidence.HeapBlocked{WaitReason: gs[0].WaitReason, Stack: frames.Frames, Created: frames.Created,
				Stacks: stacks, Proof: !never[k]}}
		for _, e := range earlier {
			n := int64(e.waits[k])
			s.Count, s.Bytes = append(s.Count, n), append(s.Bytes, (heap+stacks)/int64(len(gs))*n)
		}
		s.Count, s.Bytes = append(s.Count, int64(len(gs))), append(s.Bytes, heap+stacks)
		link := evidence.HeapLink{Kind: evidence.LinkStack, Goroutine: gs[0].ID, Size: int64(gs[0].Stack.Hi - gs[0].Stack.Lo)}
		link.Label = evidence.LabelBlocked
		if f := l.userFrame(gs[0], 0); f != nil {
			link.Frame, link.Name, link.Origin = f, f.Function, f.Origin
		}
		s.Chain = []evidence.HeapLink{link}
		if id, ok := objects[k]; ok {
			on := l.link(id, l.heap.Desc(id))
			if name := l.chanType(id, gs[0]); name != "" {
				on.Type, on.Kind = name, evidence.LinkChan
			}
			s.Blocked.Object = on.Type
			s.Chain = append(s.Chain, on)
		}
		s.Signature = signature(s.Chain) + k
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b evidence.HeapSuspect) int { return strings.Compare(a.Signature, b.Signature) })
	return out
}

// chanType is the type of the channel that a goroutine waits for, by what the
// channel itself says of its elements; empty: it waits for something else.
func (l *look) chanType(id goheap.ID, g *gort.Goroutine) string {
	if !strings.HasPrefix(g.WaitReason, "chan ") && g.WaitReason != "select" {
		return ""
	}
	off, ok := l.prog.Offset("runtime.hchan", "elemtype")
	if !ok {
		return ""
	}
	var b [8]byte
	if !l.heap.Read(id, off, b[:]) {
		return ""
	}
	if t := l.prog.TypeAt(binary.LittleEndian.Uint64(b[:])); t != nil {
		return "chan " + t.FullName()
	}
	return ""
}

// countWaits notes how many goroutines wait in which way, for later looks.
func (l *look) countWaits() {
	l.waits = map[string]int{}
	for _, g := range l.gs {
		if !l.system(g) {
			l.waits[l.waitKey(g)]++
		}
	}
}
