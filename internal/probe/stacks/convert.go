package stacks

import (
	"hash/maphash"
	"path"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// converter turns what was read into evidence: names, lines, and whose code each
// frame is. One code address is looked up once.
type converter struct {
	prog   *gort.Program
	target *evidence.Target
	now    int64 // CLOCK_MONOTONIC
	seen   map[codeKey][]evidence.Frame
	seed   maphash.Seed
	goroot string // see findGoroot

	dispatches map[uint64]bool // by a function's entry: it may be a loop that calls what others hand it
}

type codeKey struct {
	pc    uint64
	exact bool
}

func newConverter(prog *gort.Program, target *evidence.Target) *converter {
	return &converter{prog: prog, target: target, seen: map[codeKey][]evidence.Frame{}, seed: maphash.MakeSeed(),
		dispatches: map[uint64]bool{}}
}

// goroutine converts one goroutine.
func (c *converter) goroutine(g *gort.Goroutine) evidence.Goroutine {
	e := evidence.Goroutine{
		ID: g.ID, Status: g.StatusName(), WaitReason: g.WaitReason, Parent: g.Parent,
		Thread: g.TID, Locked: g.Locked(), Cut: g.Cut, CgoCalls: g.CgoCalls,
	}
	if e.Thread == 0 {
		e.Thread = g.LockedTID
	}
	if w := g.WaitFor(c.now); w > 0 {
		e.WaitingFor, e.WaitFrom = w, "gc"
	}
	if g.GoPC != 0 {
		if call, ok := c.prog.Site(g.GoPC); ok {
			e.Created = &evidence.Frame{Function: printed(call.Function), File: call.File, Line: call.Line, PC: g.GoPC,
				Package: gort.Package(call.Function)}
			e.Created.Origin = toolkit.OriginOf(c.target, e.Created.Package, call.File)
		}
	}
	e.Labels = c.prog.Labels(g)
	e.Frames = make([]evidence.Frame, 0, len(g.Frames)+len(g.System)+4)
	for i := range g.System {
		e.Frames = c.frame(e.Frames, &g.System[i], true)
	}
	for i := range g.Frames {
		e.Frames = c.frame(e.Frames, &g.Frames[i], false)
	}
	e.System = runtimeOnly(e.Frames)
	if e.Locked {
		e.Dispatch = c.dispatch(g, e.Frames)
	}
	return e
}

// dispatch is the function in which the goroutine waits for functions to call, of
// those that a person wrote; empty: it does not.
func (c *converter) dispatch(g *gort.Goroutine, frames []evidence.Frame) string {
	if g.StatusName() != evidence.StatusWaiting || !strings.HasPrefix(g.WaitReason, "select") && !strings.HasPrefix(g.WaitReason, "chan receive") {
		return ""
	}
	at := slices.IndexFunc(frames, func(f evidence.Frame) bool { return f.Origin != evidence.OriginRuntime })
	if at < 0 || frames[at].Origin == evidence.OriginStd {
		return ""
	}
	for at < len(frames)-1 && frames[at].Inlined {
		at++ // the code is its caller's
	}
	if !slices.ContainsFunc(c.prog.Waits(g), func(w gort.Wait) bool { return w.Kind == "chan" && w.Dir == "receive" && w.Funcs }) {
		return ""
	}
	fn, ok := c.prog.FindFunc(frames[at].PC)
	if !ok {
		return ""
	}
	dispatches, known := c.dispatches[fn.Entry]
	if !known {
		dispatches = toolkit.ByName(c.target.Toolkit).Dispatcher(func(callees []toolkit.Func) bool {
			return c.prog.CallsAny(fn, func(name string) bool { return toolkit.Among(callees, name) })
		})
		c.dispatches[fn.Entry] = dispatches
	}
	if !dispatches {
		return ""
	}
	return frames[at].Function
}

func (c *converter) frame(out []evidence.Frame, f *gort.Frame, system bool) []evidence.Frame {
	key := codeKey{f.PC, f.Exact}
	tmpl, ok := c.seen[key]
	if !ok {
		for _, call := range c.prog.Calls(f) {
			pkg := gort.Package(call.Function)
			tmpl = append(tmpl, evidence.Frame{
				Function: printed(call.Function), File: call.File, Line: max(call.Line, 0), PC: f.PC,
				Package: pkg, Inlined: call.Inlined, Origin: c.origin(pkg, call.File),
			})
		}
		c.seen[key] = tmpl
	}
	for _, t := range tmpl {
		t.SP, t.System = f.CFA, system
		out = append(out, t)
	}
	return out
}

// printed is a function's name as the runtime prints it: type arguments, which are
// but their shapes, become three dots (runtime.printFuncName).
func printed(function string) string {
	i, j := strings.IndexByte(function, '['), strings.LastIndexByte(function, ']')
	if i < 0 || j <= i {
		return function
	}
	return function[:i] + "[...]" + function[j+1:]
}

// origin says whose code a function is. A closure of a library that was inlined
// into the user's package carries that package's name: its file tells.
func (c *converter) origin(pkg, file string) evidence.Origin {
	o := toolkit.OriginOf(c.target, pkg, file)
	if o != evidence.OriginUser || file == "" {
		return o
	}
	if c.goroot == "" {
		c.goroot = c.findGoroot()
	}
	if rest, ok := strings.CutPrefix(file, c.goroot); ok && c.goroot != "-" {
		return toolkit.OriginOf(c.target, path.Dir(rest), file)
	}
	if at := strings.Index(file, "@v"); at >= 0 { // a module of the cache, or with -trimpath
		for _, m := range c.target.Modules {
			if strings.HasSuffix(file[:at], m.Path) {
				return toolkit.OriginOf(c.target, m.Path, file)
			}
		}
		return evidence.OriginDependency
	}
	// With -trimpath the standard library's files begin with their package.
	if dir := path.Dir(file); c.goroot == "-" && c.target.MainModule != "" && !strings.HasPrefix(file, "/") &&
		!strings.HasPrefix(file, c.target.MainModule+"/") {
		if o := toolkit.OriginOf(c.target, dir, file); o == evidence.OriginStd || o == evidence.OriginRuntime {
			return o
		}
	}
	return o
}

// findGoroot is the folder of the standard library's sources in the program's
// paths, "-" where they were trimmed.
func (c *converter) findGoroot() string {
	const known = "runtime/proc.go"
	if f, ok := c.prog.Lookup("runtime.gopark")["runtime.gopark"]; ok {
		if file := f.File(); strings.HasSuffix(file, "/"+known) {
			return strings.TrimSuffix(file, known)
		}
	}
	return "-"
}

// runtimeOnly: the runtime's own goroutines have no other frames.
func runtimeOnly(frames []evidence.Frame) bool {
	if len(frames) == 0 {
		return false
	}
	for i := range frames {
		if frames[i].Origin != evidence.OriginRuntime || frames[i].Function == "runtime.main" {
			return false
		}
	}
	return true
}

// logical maps the index of a physical frame to that of its outermost call
// among the evidence's frames.
func logical(prog *gort.Program, g *gort.Goroutine, frame int) int {
	n := 0
	for i := range g.System {
		n += len(prog.Calls(&g.System[i]))
	}
	for i := 0; i <= frame && i < len(g.Frames); i++ {
		n += len(prog.Calls(&g.Frames[i]))
	}
	return n - 1
}

// progress is a digest of the stack outside the outermost frame of user code:
// what the toolkit's loop has there changes when it goes round, and cannot
// change while the user's callback has not returned. Addresses within the stack
// are taken relative to its end, since the runtime moves stacks. It is 0 where
// there is no user code, or nothing outside of it.
//
// Where the loop, whose function is own, is the user's, its own variables change
// when it goes round. They do not while it waits in one call; a loop that computes
// changes them all the time, which says nothing.
func (c *converter) progress(g *gort.Goroutine, frames []evidence.Frame, own string) uint64 {
	outermost, loop := -1, -1
	for i := range frames {
		if frames[i].Origin == evidence.OriginUser {
			outermost = i
		}
		if frames[i].Function == own {
			loop = i
		}
	}
	if outermost < 0 || outermost == len(frames)-1 {
		return 0
	}
	inner := outermost // the digest begins at its caller's frame
	if strings.HasPrefix(frames[outermost+1].Function, "runtime.") {
		if loop < 1 || g.StatusName() != evidence.StatusWaiting || frames[loop-1].SP == frames[loop].SP {
			return 0 // nothing of a toolkit outside
		}
		inner = loop - 1
	}
	return c.outside(g, frames, inner)
}

// turn is a digest of the frame of the user's own loop, whose function is own, and
// of those outside of it, while it has called something; else 0.
func (c *converter) turn(g *gort.Goroutine, frames []evidence.Frame, own string) uint64 {
	loop := -1
	for i := range frames {
		if own != "" && frames[i].Function == own {
			loop = i
		}
	}
	if loop < 1 || frames[loop-1].SP == frames[loop].SP {
		return 0
	}
	return c.outside(g, frames, loop-1)
}

// outside is a digest of the frames outside of one; 0 if there are none.
func (c *converter) outside(g *gort.Goroutine, frames []evidence.Frame, inner int) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	n := 0
	g.Words(frames[inner].SP, g.Stack.Hi, func(_, w uint64) {
		if w >= g.Stack.Lo && w <= g.Stack.Hi {
			w = g.Stack.Hi - w
		}
		maphash.WriteComparable(&h, w)
		n++
	})
	if n == 0 {
		return 0
	}
	return h.Sum64() | 1
}

// instance tells one wait, or one C call, from the next at the same place; 0 if
// nothing tells.
func (c *converter) instance(g *gort.Goroutine, frames []evidence.Frame, slices uint64) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	switch g.StatusName() {
	case evidence.StatusSyscall:
		for i := range frames {
			if frames[i].Function == "runtime.cgocall" {
				maphash.WriteComparable(&h, g.CgoCalls)
				return h.Sum64() | 1
			}
		}
		if slices == 0 {
			return 0
		}
		maphash.WriteComparable(&h, slices)
	case evidence.StatusWaiting, evidence.StatusRunnable:
		// The runtime counts how often a goroutine has stopped running; where it does
		// not, a bound thread sleeps as long as its goroutine waits, and nothing tells
		// two waits of an unbound one apart, but the time it sleeps until.
		if g.HasTurns {
			maphash.WriteComparable(&h, g.Turns)
		} else if g.Locked() && slices != 0 {
			maphash.WriteComparable(&h, slices)
		} else if g.WaitReason == "sleep" && g.SleepWhen != 0 {
			maphash.WriteComparable(&h, g.SleepWhen)
		} else {
			return 0
		}
	default:
		return 0
	}
	return h.Sum64() | 1
}
