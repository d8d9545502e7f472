package stacks

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// tracer follows who waits for whom, from the goroutines that matter to the end
// of each chain.
type tracer struct {
	prog *gort.Program
	tk   *toolkit.Toolkit
	gs   []*gort.Goroutine
	ev   []evidence.Goroutine // of the same goroutines
	ui   []evidence.UIGoroutine
	at   map[uint64]int  // goroutine id → index
	idle map[uint64]bool // goroutines of the toolkit's that wait for events: they do nothing for anybody else

	waits map[uint64][]gort.Wait // by goroutine id, read once
	codes map[*gort.Goroutine][]frameCode
}

// frameCode is whose code a physical frame is.
type frameCode struct {
	last    int  // of its logical calls, in the evidence
	user    bool // one of them is the user's
	runtime bool // all are the runtime's
}

// Bounds of one examination.
const (
	maxTraced     = 64 // goroutines whose wait is explained
	maxCandidates = 8  // holders kept for one wait
	maxSearched   = 50_000
)

// trace explains the waits of the given goroutines, of those that hold what they
// wait for, and so on. It fills WaitsOn and returns the holds found.
func (t *tracer) trace(ids []uint64) []evidence.Hold {
	var holds []evidence.Hold
	done := map[uint64]bool{}
	for queue := slices.Clone(ids); len(queue) > 0 && len(done) < maxTraced; queue = queue[1:] {
		id := queue[0]
		i, ok := t.at[id]
		if !ok || done[id] {
			continue
		}
		done[id] = true
		found := t.explain(i)
		for _, h := range found {
			if h.Confidence >= 0.15 {
				queue = append(queue, h.Holder)
			}
		}
		holds = append(holds, found...)
	}
	return holds
}

// explain says what goroutine i waits for and who has it.
func (t *tracer) explain(i int) []evidence.Hold {
	g, e := t.gs[i], &t.ev[i]
	if role, ok := toolkit.WaitsForUI(t.tk, e); ok {
		obj := evidence.Object{Kind: "ui", Note: string(role)}
		e.WaitsOn = append(e.WaitsOn, obj)
		var holds []evidence.Hold
		for _, u := range t.ui {
			if u.Role == role && u.Goroutine != e.ID {
				holds = append(holds, evidence.Hold{Waiter: e.ID, Holder: u.Goroutine, Object: obj, Frame: -1,
					Confidence: 0.95, Reasons: []string{evidence.HoldRunsCallback}})
			}
		}
		return holds
	}
	if body := t.prog.Coroutine(g, t.gs); body != nil {
		obj := evidence.Object{Kind: "coroutine"}
		e.WaitsOn = append(e.WaitsOn, obj)
		return []evidence.Hold{{Waiter: e.ID, Holder: body.ID, Object: obj, Frame: -1, Confidence: 0.97,
			Reasons: []string{evidence.HoldCoroutine}}}
	}
	var holds []evidence.Hold
	for _, w := range t.waitsOf(g) {
		obj := evidence.Object{Kind: w.Kind, Addr: w.Addr, Dir: w.Dir, Note: w.Note}
		if w.Kind == "fd" {
			obj.Note = fmt.Sprint(w.FD)
		}
		e.WaitsOn = append(e.WaitsOn, obj)
		if len(e.WaitsOn) > 32 {
			break
		}
		switch w.Kind {
		case "mutex", "rwmutex", "once", "fdmutex":
			holds = append(holds, t.lockHolders(g, w, obj)...)
		case "chan":
			if w.Note != "timer" {
				holds = append(holds, t.servers(g, w, obj, "chan-"+w.Dir)...)
			}
		case "waitgroup", "cond":
			holds = append(holds, t.servers(g, w, obj, w.Kind)...)
		}
	}
	return holds
}

// lockHolders finds the goroutines that hold a lock: those that stand where
// their code has taken one, with this one in reach. If there is none, those
// that merely have it in reach are named, with little confidence.
func (t *tracer) lockHolders(waiter *gort.Goroutine, w gort.Wait, obj evidence.Object) []evidence.Hold {
	s := t.prog.NewSearch(w.Addr, w.Size)
	var sure, weak []evidence.Hold
	for gi, g := range t.gs {
		if gi >= maxSearched || t.ev[gi].System {
			continue
		}
		best := evidence.Hold{}
		for i := range g.Frames {
			h, certain := t.heldBy(s, g, i, w, waiter)
			// Of mere references the outermost: who took it keeps it over its calls.
			if h.Confidence > best.Confidence || (certain || h.Confidence < 0.5) && h.Confidence == best.Confidence {
				best = h
			}
		}
		if best.Confidence == 0 {
			continue
		}
		best.Waiter, best.Holder, best.Object = waiter.ID, g.ID, obj
		if g == waiter {
			best.Reasons = append(best.Reasons, evidence.HoldSelf)
		}
		if best.Confidence >= 0.5 {
			sure = append(sure, best)
		} else if g != waiter {
			weak = append(weak, best)
		}
	}
	if len(sure) > 0 {
		return keepBest(sure)
	}
	for i := range weak {
		weak[i].Confidence /= float64(len(weak))
	}
	return keepBest(weak)
}

// heldBy says whether frame i of g holds the lock.
func (t *tracer) heldBy(s *gort.Search, g *gort.Goroutine, i int, w gort.Wait, waiter *gort.Goroutine) (evidence.Hold, bool) {
	none := evidence.Hold{}
	if g == waiter && t.acquiring(g, i) {
		return none, false
	}
	// A writer that waits for the readers to leave keeps new readers, and other
	// writers, out.
	if w.Kind == "rwmutex" && w.Note != "writer" && g != waiter && g.Frames[i].Func.Name() == "sync.(*RWMutex).Lock" {
		for _, o := range t.waitsOf(g) {
			if o.Addr == w.Addr && o.Note == "writer" {
				return evidence.Hold{Frame: t.logical(g, i), Confidence: 0.97,
					Reasons: []string{evidence.HoldBetweenLockAndUnlock, evidence.HoldOnStack}}, true
			}
		}
	}
	best, certain := none, false
	awaits := slices.ContainsFunc(t.waitsOf(g), func(o gort.Wait) bool { return o.Addr == w.Addr })
	for _, held := range t.prog.HeldAt(g, &g.Frames[i]) {
		if awaits && (held.Other || held.Waits && held.Addr == 0 && held.Global == 0) {
			continue // it waits for this lock, and holds another, as far as is known
		}
		if held.Kind != "" && (held.Kind == "rwmutex") != (w.Kind == "rwmutex") {
			continue // a lock of another type
		}
		if w.Kind == "rwmutex" && (w.Note == "reader" && held.Read || w.Note == "writer" && !held.Read) {
			continue // readers keep writers out, and writers everybody
		}
		h := t.holds(s, g, i, w, held)
		if h.Confidence > best.Confidence {
			best, certain = h, held.Certain
		}
	}
	if best.Confidence > 0 {
		return best, certain
	}
	// Code that takes the lock through an interface, or in a way that the
	// analysis does not see: only direct references in the user's code count.
	if g == waiter || !t.userCode(g, i) || t.waitsLikewise(g, w) || t.idle[g.ID] || !t.prog.MayLockUnseen(g.Frames[i].Func) {
		return none, false
	}
	ref, ok := s.Frame(g, i, 0)
	if !ok || ref.How > gort.InObject || ref.How == gort.InGlobal {
		return none, false
	}
	return evidence.Hold{Frame: t.logical(g, i), Confidence: 0.3, Reasons: []string{howReason(ref.How)}}, false
}

// holds says whether what a frame holds is the lock in question.
func (t *tracer) holds(s *gort.Search, g *gort.Goroutine, i int, w gort.Wait, held gort.Held) evidence.Hold {
	conf, reason := 0.0, ""
	switch {
	case held.Global != 0:
		if held.Global < w.Addr || held.Global >= w.Addr+max(w.Size, 1) {
			return evidence.Hold{}
		}
		conf, reason = 0.97, evidence.HoldGlobal
	case held.Addr != 0:
		if held.Addr < w.Addr || held.Addr >= w.Addr+max(w.Size, 1) {
			return evidence.Hold{}
		}
		conf, reason = 0.97, evidence.HoldOnStack
	default:
		if held.Known {
			s = s.From(held.Offset)
		}
		ref, ok := s.Frame(g, i, 3)
		if !ok && s.Global() && !t.prog.HasCode() {
			// The code, which names the variable, is not known.
			return evidence.Hold{Frame: t.logical(g, i), Confidence: 0.55, Reasons: []string{evidence.HoldBetweenLockAndUnlock}}
		}
		if !ok {
			return evidence.Hold{}
		}
		reason = howReason(ref.How)
		switch ref.How {
		case gort.InRegister, gort.OnStack:
			conf = 0.9
		case gort.InGlobal:
			conf = 0.9
		case gort.InObject:
			conf = 0.85
		case gort.InClosure:
			conf = 0.88
		default:
			// The code has the lock from where it cannot be followed, and a lock of
			// this kind can be reached: one of a collection, perhaps another.
			conf = 0.25
		}
	}
	h := evidence.Hold{Frame: t.logical(g, i), Confidence: conf, Reasons: []string{evidence.HoldBetweenLockAndUnlock, reason}}
	if held.Callee {
		h.Reasons[0] = evidence.HoldCalleeLocks
		h.Confidence *= 0.95
	}
	switch {
	case held.Maybe:
		h.Confidence *= 0.75
	case held.Later:
		h.Reasons[0] = evidence.HoldUnlocksLater
		h.Confidence *= 0.8
	case !held.Certain:
		h.Confidence *= 0.92
	}
	return h
}

// acquiring: frame i is one of the lock's own functions at the top of the
// waiter's stack, on its way to the lock.
func (t *tracer) acquiring(g *gort.Goroutine, i int) bool {
	pkg := gort.Package(g.Frames[i].Func.Name())
	if pkg != "sync" && pkg != "internal/sync" {
		return false
	}
	for j := range i {
		switch gort.Package(g.Frames[j].Func.Name()) {
		case "sync", "internal/sync", "runtime":
		default:
			return false
		}
	}
	return true
}

// servers finds the goroutines that could end a wait on a channel, a WaitGroup
// or a Cond: those that have it in reach. One whose code has the matching
// operation is the likelier.
func (t *tracer) servers(waiter *gort.Goroutine, w gort.Wait, obj evidence.Object, kind string) []evidence.Hold {
	s := t.prog.NewSearch(w.Addr, w.Size)
	var holds []evidence.Hold
	for gi, g := range t.gs {
		if gi >= maxSearched || g == waiter || t.ev[gi].System || t.idle[g.ID] || t.waitsLikewise(g, w) {
			continue
		}
		best := evidence.Hold{}
		for i := range g.Frames {
			if t.runtimeCode(g, i) {
				continue
			}
			ref, ok := s.Frame(g, i, 2)
			if !ok || ref.How == gort.InGlobal && !t.prog.Serves(g.Frames[i].Func, kind) {
				continue
			}
			conf := map[gort.How]float64{
				gort.InRegister: 0.55, gort.OnStack: 0.55, gort.InGlobal: 0.3,
				gort.InClosure: 0.5, gort.InObject: 0.35,
			}[ref.How]
			if ref.How == gort.Via {
				conf = 0.2
			}
			reasons := []string{howReason(ref.How)}
			if t.prog.Serves(g.Frames[i].Func, kind) {
				conf += 0.35
				reasons = append(reasons, evidence.HoldWouldServe)
			}
			if conf > best.Confidence {
				best = evidence.Hold{Frame: t.logical(g, i), Confidence: conf, Reasons: reasons}
			}
		}
		if best.Confidence == 0 {
			t.prog.Defers(g, func(closure uint64) {
				if s.Closure(closure) {
					best = evidence.Hold{Frame: -1, Confidence: 0.7, Reasons: []string{evidence.HoldInClosure}}
				}
			})
		}
		if best.Confidence == 0 {
			continue
		}
		if !t.usersOwn(gi) {
			best.Confidence *= 0.5 // a library's own goroutine: what it has in reach is mostly chance
		}
		best.Waiter, best.Holder, best.Object = waiter.ID, g.ID, obj
		holds = append(holds, best)
	}
	if len(holds) == 0 && !s.Global() {
		if holds = t.distant(waiter, w, obj, s); len(holds) == 0 {
			t.far(waiter, s)
		}
	}
	return keepBest(holds)
}

// distant finds the goroutines from whose user code the object can be reached
// over more pointers, such as through a semaphore's list of waiters. That many
// may, says little of each.
func (t *tracer) distant(waiter *gort.Goroutine, w gort.Wait, obj evidence.Object, s *gort.Search) []evidence.Hold {
	const depth, most = 6, 4
	var holds []evidence.Hold
	for gi, g := range t.gs {
		if gi >= maxSearched || g == waiter || t.ev[gi].System || t.idle[g.ID] || t.waitsLikewise(g, w) {
			continue
		}
		for i := range g.Frames {
			if !t.userCode(g, i) {
				continue
			}
			if _, ok := s.Frame(g, i, depth); ok {
				holds = append(holds, evidence.Hold{Waiter: waiter.ID, Holder: g.ID, Object: obj, Frame: t.logical(g, i),
					Confidence: 0.4, Reasons: []string{evidence.HoldInObject}})
				break
			}
		}
	}
	if len(holds) > most {
		return nil
	}
	for i := range holds {
		holds[i].Confidence /= float64(len(holds))
	}
	return holds
}

// far marks what nobody refers to at all, so that the rules may say that
// nothing can end the wait.
func (t *tracer) far(waiter *gort.Goroutine, s *gort.Search) {
	if reached, whole := s.Anywhere(t.gs, waiter, 8); reached || !whole {
		return
	}
	e := &t.ev[t.at[waiter.ID]]
	if n := len(e.WaitsOn); n > 0 {
		e.WaitsOn[n-1].Unreferenced = true
	}
}

func (t *tracer) waitsOf(g *gort.Goroutine) []gort.Wait {
	w, ok := t.waits[g.ID]
	if !ok {
		w = t.prog.Waits(g)
		t.waits[g.ID] = w
	}
	return w
}

// waitsLikewise: g waits for the same object in the same direction, and so
// cannot serve.
func (t *tracer) waitsLikewise(g *gort.Goroutine, w gort.Wait) bool {
	for _, o := range t.waitsOf(g) {
		if o.Addr == w.Addr && o.Kind == w.Kind && o.Dir == w.Dir {
			return true
		}
	}
	return false
}

// usersOwn: the user's code is on the goroutine's stack, or has started it.
func (t *tracer) usersOwn(gi int) bool {
	e := &t.ev[gi]
	return e.Created != nil && e.Created.Origin == evidence.OriginUser ||
		slices.ContainsFunc(e.Frames, func(f evidence.Frame) bool { return f.Origin == evidence.OriginUser })
}

func (t *tracer) userCode(g *gort.Goroutine, i int) bool { return t.code(g)[i].user }

func (t *tracer) runtimeCode(g *gort.Goroutine, i int) bool { return t.code(g)[i].runtime }

// logical is the outermost of the logical calls of a physical frame.
func (t *tracer) logical(g *gort.Goroutine, i int) int { return t.code(g)[i].last }

// code says of each physical frame whose it is. It is asked for very often.
func (t *tracer) code(g *gort.Goroutine) []frameCode {
	if c, ok := t.codes[g]; ok {
		return c
	}
	all := t.ev[t.at[g.ID]].Frames
	out := make([]frameCode, len(g.Frames))
	next := logical(t.prog, g, -1) + 1
	for i := range g.Frames {
		first := next
		next += len(t.prog.Calls(&g.Frames[i]))
		c := frameCode{last: next - 1, runtime: true}
		if next <= len(all) {
			for _, f := range all[first:next] {
				c.user = c.user || f.Origin == evidence.OriginUser
				c.runtime = c.runtime && f.Origin == evidence.OriginRuntime
			}
		}
		out[i] = c
	}
	if t.codes == nil {
		t.codes = map[*gort.Goroutine][]frameCode{}
	}
	t.codes[g] = out
	return out
}

func howReason(h gort.How) string {
	switch h {
	case gort.InRegister:
		return evidence.HoldInRegister
	case gort.OnStack:
		return evidence.HoldOnStack
	case gort.InGlobal:
		return evidence.HoldGlobal
	case gort.InClosure:
		return evidence.HoldInClosure
	}
	return evidence.HoldInObject
}

func keepBest(holds []evidence.Hold) []evidence.Hold {
	slices.SortStableFunc(holds, func(a, b evidence.Hold) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.Holder, b.Holder))
	})
	return holds[:min(len(holds), maxCandidates)]
}
