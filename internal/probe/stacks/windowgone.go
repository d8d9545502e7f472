package stacks

import (
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// windows knows which goroutines run a loop of the user's own whose windows are
// gone. Such a goroutine may wait as long as it likes: nobody looks at it. Its
// stack does not tell, but what the stack points to does: the window's object, in
// which the toolkit notes that there is no window behind it any more.
type windows struct {
	prog  *gort.Program
	tk    *toolkit.Toolkit
	own   map[uint64]uint64 // goroutine → the window that it was seen to serve
	asked map[uint64]answer
	parts map[*gort.Type][]windowPart
	now   func() time.Time
}

// answer is what was found out about a goroutine, and when.
type answer struct {
	at    time.Time
	turns uint8 // of the goroutine, which tells one wait from the next
	known bool  // turns is
	gone  bool
}

// Bounds of one search.
const (
	searchEvery  = 50 * time.Millisecond
	searchWords  = 8 << 10  // of the stack
	searchBytes  = 16 << 10 // of one object
	searchMost   = 256      // objects
	searchDepth  = 2        // objects between the stack and a window that is open …
	believeDepth = 1        // … and one that is gone
)

func newWindows(prog *gort.Program, tk *toolkit.Toolkit) *windows {
	return &windows{prog: prog, tk: tk, own: map[uint64]uint64{}, asked: map[uint64]answer{},
		parts: map[*gort.Type][]windowPart{}, now: time.Now}
}

// activity is toolkit.ActivityOf, but that a goroutine whose windows are gone is
// idle.
func (w *windows) activity(role evidence.Role, g *gort.Goroutine, e *evidence.Goroutine) evidence.Activity {
	a := toolkit.ActivityOf(w.tk, role, e)
	// A goroutine that was found between two windows may pass for one that only draws.
	if w.tk == nil || w.tk.Window.Type == "" || role != w.tk.LoopRole && role != evidence.RoleRender {
		return a
	}
	switch a {
	case evidence.Idle, evidence.Pump:
		w.serves(g)
	case evidence.User, evidence.NotStart:
		if w.gone(g) {
			return evidence.Idle
		}
	}
	return a
}

// closed says of each goroutine of the UI whether its windows are gone, as a look
// at all goroutines shows it. First those that serve a window tell which.
func (w *windows) closed(ui []evidence.UIGoroutine, gs []*gort.Goroutine, ev []evidence.Goroutine) {
	for range 2 {
		for i, g := range gs {
			at := slices.IndexFunc(ui, func(u evidence.UIGoroutine) bool { return u.Goroutine == g.ID })
			if at >= 0 {
				ui[at].Closed = w.activity(ui[at].Role, g, &ev[i]) == evidence.Idle &&
					toolkit.ActivityOf(w.tk, ui[at].Role, &ev[i]) != evidence.Idle
				delete(w.asked, g.ID)
			}
		}
	}
}

// serves notes which window a goroutine serves that is in the toolkit's hands. Of
// several that its stack names none is taken.
func (w *windows) serves(g *gort.Goroutine) {
	if at, ok := w.own[g.ID]; ok && w.state(at) == windowOpen {
		return
	}
	if last, ok := w.asked[g.ID]; ok && w.now().Sub(last.at) < searchEvery {
		return
	}
	w.asked[g.ID] = answer{at: w.now()}
	w.prog.ForgetHeap()
	lo, hi := g.SP, g.Stack.Hi
	for i := range g.Frames {
		if f := &g.Frames[i]; slices.ContainsFunc(w.tk.LoopCalls, func(c toolkit.Func) bool { return c.Match.Match(f.Func.Name()) }) {
			hi = f.CFA + 8 // with the place for its receiver
			break
		}
	}
	for _, r := range [][2]uint64{{lo, hi}, {lo, g.Stack.Hi}} {
		var open []uint64
		for _, s := range w.search(g, r[0], r[1], 0) {
			if s.state == windowOpen {
				open = append(open, s.at)
			}
		}
		if len(open) == 1 {
			w.own[g.ID] = open[0]
			return
		}
	}
}

// gone reports whether a goroutine had windows, and has none any more. A window
// that it can reach and that another goroutine serves is that one's.
func (w *windows) gone(g *gort.Goroutine) bool {
	if last, ok := w.asked[g.ID]; ok {
		same := last.gone && last.known && g.HasTurns && last.turns == g.Turns && g.StatusName() == evidence.StatusWaiting
		if same || w.now().Sub(last.at) < searchEvery && last.known && last.turns == g.Turns {
			return last.gone
		}
	}
	gone := w.lost(g)
	w.asked[g.ID] = answer{at: w.now(), turns: g.Turns, known: g.HasTurns, gone: gone}
	return gone
}

func (w *windows) lost(g *gort.Goroutine) bool {
	w.prog.ForgetHeap()
	lost := false
	if at, ok := w.own[g.ID]; ok {
		if w.state(at) == windowOpen {
			return false
		}
		lost = true
	}
	for _, s := range w.search(g, 0, g.Stack.Hi, searchDepth) {
		switch {
		case s.state == windowOpen && !w.othersServe(g.ID, s.at):
			return false
		case s.state == windowGone && s.depth <= believeDepth:
			lost = true
		}
	}
	return lost
}

func (w *windows) othersServe(goid, window uint64) bool {
	for id, at := range w.own {
		if id != goid && at == window {
			return true
		}
	}
	return false
}

// windowState is what a window's object says.
type windowState int

const (
	windowNone windowState = iota // it is none
	windowNew                     // it has not been opened yet
	windowOpen
	windowGone
)

// state reads a window's object, which may not be one any more.
func (w *windows) state(at uint64) windowState {
	o, ok := w.prog.FindObject(at)
	if !ok {
		return windowNone
	}
	for _, s := range w.within(o) {
		if s.at == at {
			return s.state
		}
	}
	return windowNone
}

// sight is a window that was found.
type sight struct {
	at    uint64
	depth int // objects between the stack and it
	state windowState
}

// search finds the windows to which the words of a goroutine's stack between lo
// and hi point, and those to which what they point to does.
func (w *windows) search(g *gort.Goroutine, lo, hi uint64, depth int) []sight {
	var found []sight
	var next []gort.Object
	seen := map[uint64]bool{}
	level, left := 0, searchMost
	visit := func(word uint64) {
		o, ok := w.prog.FindObject(word)
		if !ok || seen[o.Base] {
			return
		}
		t, value, typed := w.prog.TypeOf(o)
		if typed && word < value {
			return // the end of what lies before, such as a stack
		}
		seen[o.Base] = true
		in := w.within(o)
		for _, s := range in {
			s.depth = level
			found = append(found, s)
		}
		// A window leads to the driver's and the whole program's things, and what the
		// runtime keeps of threads and processors to whatever was written last.
		if len(in) == 0 && o.Size <= searchBytes && left > 0 && !(typed && t.PkgPath == "runtime") {
			left--
			next = append(next, o)
		}
	}
	n := 0
	g.Words(lo, hi, func(_, word uint64) {
		if n++; n <= searchWords {
			visit(word)
		}
	})
	for level = 1; level <= depth; level++ {
		now := next
		next = nil
		for _, o := range now {
			w.prog.ObjectWords(o, visit)
		}
	}
	return found
}

// within finds the windows that are an object, or parts of it.
func (w *windows) within(o gort.Object) []sight {
	t, value, ok := w.prog.TypeOf(o)
	if !ok {
		return nil
	}
	var out []sight
	for _, p := range w.partsOf(t) {
		is := func(offset, mask uint64) bool {
			v, err := w.prog.Word(value + offset)
			ok = ok && err
			return v&mask != 0
		}
		const word, flag = 1<<64 - 1, 1<<8 - 1
		gone, fresh := w.tk.Window.Gone(is(p.driver, word), is(p.drawn, word), is(p.pending, flag), is(p.context, word), is(p.noContext, flag))
		s := sight{at: value + p.window, state: windowOpen}
		switch {
		case !ok:
			return nil
		case gone:
			s.state = windowGone
		case fresh:
			s.state = windowNew
		}
		out = append(out, s)
	}
	return out
}

// windowPart is where in a type's value a window lies, and where its fields.
type windowPart struct{ window, driver, drawn, pending, context, noContext uint64 }

// partsOf finds the windows in the values of a type.
func (w *windows) partsOf(t *gort.Type) []windowPart {
	if p, ok := w.parts[t]; ok {
		return p
	}
	const mostTypes, mostFields, deepest = 1 << 14, 512, 4
	if len(w.parts) >= mostTypes {
		clear(w.parts)
	}
	var out []windowPart
	left := mostFields
	var look func(t *gort.Type, off uint64, deep int)
	look = func(t *gort.Type, off uint64, deep int) {
		if gort.Package(w.tk.Window.Type) == t.PkgPath && t.PkgPath+t.Name[max(0, lastDot(t.Name)):] == w.tk.Window.Type {
			known := true
			at := func(field string) uint64 {
				o, ok := w.prog.Within(t, field)
				known = known && ok && o+8 <= t.Size
				return off + o
			}
			wt := &w.tk.Window
			if p := (windowPart{off, at(wt.Driver), at(wt.Drawn), at(wt.Pending), at(wt.Context), at(wt.NoContext)}); known {
				out = append(out, p)
			}
			return
		}
		for _, f := range t.Fields {
			if left--; left < 0 || deep == deepest {
				return
			}
			if ft := w.prog.FieldType(f); ft != nil && f.Offset+ft.Size <= t.Size {
				look(ft, off+f.Offset, deep+1)
			}
		}
	}
	look(t, 0, 0)
	w.parts[t] = out
	return out
}

func lastDot(name string) int { return strings.LastIndexByte(name, '.') }
