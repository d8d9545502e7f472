package page

import (
	"context"
	"errors"
	"hash/maphash"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/roots"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/probe/wasm"
	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Result is what the probe found and what it cost.
type Result struct {
	Target evidence.Target
	Freeze evidence.Freeze
	Probe  report.Probe
	Limits []report.Limit
}

const (
	defaultFor = 1500 * time.Millisecond
	// settles is how long a page may compute until it answers for the first time
	// after its program was started: unpacking and a first frame take their time.
	settles = 8 * time.Second
	// settlesMoving is the same for one that is in other functions at other looks.
	settlesMoving = 14 * time.Second
	// answers is how soon a page's thread must answer; else it is looked into.
	answers = 250 * time.Millisecond
	// starting is for how long a program that starts is left alone: to look into its
	// thread holds it up.
	starting = 1500 * time.Millisecond
	tick     = 100 * time.Millisecond
	// Of a thread that does not answer the first looks follow each other, the others are
	// fewer: each stops it.
	firstLooks, eachLook = 8, 4
)

// Freeze opens a page, waits until its Go program runs and watches whether the page's
// thread answers, and what its goroutines do. Errors: *LoadError, those of
// [wasm.Open] and [attach.Page], wasm.ErrCrashed.
func Freeze(ctx context.Context, o Options) (*Result, error) {
	if o.For <= 0 {
		o.For = defaultFor
	}
	s, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	w := &watch{s: s, o: o, start: time.Now(), f: &evidence.Freeze{}, stackAt: map[uint64]int{}, seed: maphash.MakeSeed()}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	return w.result(), nil
}

// watch is one watch over a page.
type watch struct {
	s       *session
	o       Options
	start   time.Time
	f       *evidence.Freeze
	id      evidence.Target
	held    wasm.Held
	looks   int
	busy    int               // looks at a thread that did not answer
	silent  int               // times that it did not
	first   []*gort.Goroutine // at the first look while JavaScript had control
	firstOf wasm.Instance
	noHeap  bool
	moved   bool          // the program ran while its heap was copied
	copying time.Duration // copying all of the memory of a thread that has never answered took so long
	rt      *evidence.PageRuntime
	stackAt map[uint64]int
	seed    maphash.Seed
	failed  error // the last look that could not be taken
}

func (w *watch) run(ctx context.Context) error {
	settled, err := w.settle(ctx)
	if err != nil {
		return err
	}
	if !settled {
		return nil
	}
	if w.s.attach { // the script did not see the instance being made
		names, err := w.s.Exports(ctx)
		if err != nil {
			return err
		}
		w.s.mu.Lock()
		w.s.exports = ownExports(names)
		w.s.mu.Unlock()
	}
	if err := w.idle(ctx, false); err != nil {
		return err
	}
	end := time.Now().Add(w.o.For)
	stuck := time.Time{} // since when it does not answer
	for time.Now().Before(end) {
		w.progress(end)
		answered, err := w.ping(ctx, &stuck, 0)
		if err != nil {
			return err
		}
		if !answered {
			// What has begun is watched on, to see whether it ends.
			if more := stuck.Add(w.o.For); more.After(end) {
				end = more
			}
			continue
		}
		if err := pause(ctx, tick); err != nil {
			return err
		}
	}
	if !stuck.IsZero() {
		return nil
	}
	return w.idle(ctx, true)
}

// settle waits until the page's thread answers after the start; it reports false if
// it never does.
func (w *watch) settle(ctx context.Context) (bool, error) {
	end := time.Now().Add(max(settles, w.o.For))
	late := time.Now().Add(max(settlesMoving, w.o.For))
	stuck := time.Time{}
	before := func(t time.Time) bool { return time.Now().Before(t.Add(w.copying)) }
	for before(end) || w.moves() && before(late) {
		w.progress(end)
		answered, err := w.ping(ctx, &stuck, starting)
		if err != nil {
			return false, err
		}
		if answered {
			// It is ready once it is so twice in a row.
			w.f.Points, w.f.Stacks, w.busy, w.silent = nil, nil, 0, 0
			clear(w.stackAt)
			if err := pause(ctx, tick); err != nil {
				return false, err
			}
			if w.s.Answers(ctx, answers) {
				return true, nil
			}
		} else if w.waits() >= w.o.For {
			return false, nil
		}
	}
	return false, nil
}

// ping asks whether the thread answers, and looks into it if it has not for longer than
// patience. stuck is since when it has not, as far as is known.
func (w *watch) ping(ctx context.Context, stuck *time.Time, patience time.Duration) (answered bool, err error) {
	asked := time.Now()
	if w.s.Answers(ctx, answers) {
		w.f.Points = append(w.f.Points, evidence.Point{At: asked.Sub(w.start), Status: evidence.StatusIdle, Activity: evidence.Idle, Stack: -1})
		*stuck = time.Time{}
		return true, nil
	}
	if err := w.gone(ctx); err != nil {
		return false, err
	}
	if stuck.IsZero() {
		*stuck = asked
	}
	if time.Since(*stuck) < patience {
		return false, nil
	}
	if w.silent++; w.busy < firstLooks || w.silent%eachLook == 0 {
		err = w.stand(ctx, *stuck)
	}
	var refused *cdp.Error
	switch {
	case err == nil:
	case errors.Is(err, wasm.ErrPageBusy), errors.Is(err, wasm.ErrNoGo), errors.Is(err, wasm.ErrRestarted), errors.As(err, &refused):
		w.failed = err // it does other things than Go, or nothing that can be stopped, or began anew
		err = nil
	}
	return false, err
}

// gone says why nothing answers any more.
func (w *watch) gone(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case <-w.s.Done():
		return wasm.ErrCrashed
	default:
		return nil
	}
}

// stand looks into a thread that does not answer.
func (w *watch) stand(ctx context.Context, since time.Time) error {
	if w.s.parts == nil { // it has never answered: where its parts lie is not known yet
		begun := time.Now()
		mem, of, held, err := w.s.StandPieces(ctx)
		if len(held) > 0 { // else it was only waited for
			w.copying += time.Since(begun)
		}
		w.held = append(w.held, held...)
		if err != nil {
			return err
		}
		if _, err := w.s.recognise(mem, of); err != nil {
			return err
		}
	}
	at := time.Now()
	st, err := w.s.Stand(ctx, *w.s.parts, w.s.mem, w.s.of)
	if errors.Is(err, wasm.ErrRestarted) { // the next look begins with a copy of the other
		w.s.mem, w.s.parts = nil, nil
	}
	if err != nil {
		return err
	}
	w.held = append(w.held, st.Held)
	w.looks++
	w.busy++
	t, err := w.s.recognise(st.Memory, w.s.of)
	if err != nil {
		return err
	}
	w.id = t.ID
	o := &opened{Target: t, mem: st.Memory, at: at}
	running := t.Program.Standing(st.SP, w.calls(st.Calls))
	l, err := stacks.Page(o.target(), w.began(), at, running, true)
	if err != nil {
		return err
	}
	w.take(l)
	for _, u := range l.UI {
		g := byID(l.Goroutines, u.Goroutine)
		p := evidence.Point{At: since.Sub(w.start), Goroutine: g.ID, Status: g.Status, WaitReason: g.WaitReason,
			Activity: evidence.User, Stack: w.intern(g.Frames)}
		if w.busyPoints() > 0 {
			p.At = at.Sub(w.start)
		}
		w.f.Points = append(w.f.Points, p)
	}
	w.runtime(ctx, o, false)
	return nil
}

// moves reports whether the thread was in more than one function of the user's.
func (w *watch) moves() bool {
	seen := map[string]bool{}
	for _, frames := range w.f.Stacks {
		if i := toolkit.UserFrame(frames); i >= 0 {
			seen[frames[i].Function] = true
		}
	}
	return len(seen) > 1
}

// waits is for how long a call of user code has kept the thread by waiting: at all
// looks, to the last.
func (w *watch) waits() time.Duration {
	pts := w.f.Points
	if len(pts) < 3 {
		return 0
	}
	last := pts[len(pts)-1]
	for i := len(pts) - 1; i >= 0; i-- {
		if p := pts[i]; p.Goroutine != last.Goroutine || p.Stack != last.Stack || p.Status != evidence.StatusWaiting {
			return last.At - pts[min(i+1, len(pts)-1)].At
		}
	}
	return last.At - pts[0].At
}

// busyPoints is how many of the last points were of a thread that did not answer.
func (w *watch) busyPoints() (n int) {
	for i := len(w.f.Points) - 1; i >= 0 && w.f.Points[i].Activity != evidence.Idle; i-- {
		n++
	}
	return n
}

// calls are the Go functions on the thread's stack; imported ones are counted first.
func (w *watch) calls(in []wasm.Call) []gort.WasmCall {
	w.s.mu.Lock()
	imports := w.s.imports
	w.s.mu.Unlock()
	out := make([]gort.WasmCall, 0, len(in))
	for _, c := range in {
		g := gort.WasmCall{Name: c.Function, Index: -1, Offset: c.Offset, Goes: c.Goes}
		if c.Index >= 0 && imports >= 0 {
			g.Index = c.Index - imports
		}
		out = append(out, g)
	}
	return out
}

// idle looks at the goroutines while JavaScript has control. last: the watch ends.
func (w *watch) idle(ctx context.Context, last bool) error {
	o, err := w.s.looked(ctx)
	if errors.Is(err, wasm.ErrPageBusy) || errors.Is(err, wasm.ErrRestarted) { // a worker computes, or the page has begun to; or it is loaded anew
		w.failed = err
		return nil
	}
	if err != nil {
		return err
	}
	w.held = append(w.held, o.held...)
	w.looks++
	w.id = o.ID
	l, err := stacks.Page(o.target(), w.began(), o.at, nil, last)
	if err != nil {
		return err
	}
	w.take(l)
	if !last {
		w.first, w.firstOf = l.Snapshot.Goroutines, o.of
		return nil
	}
	w.f.UI = nil // JavaScript has control: nothing of Go keeps the page's thread
	if w.firstOf == o.of {
		w.f.Earlier = unchanged(w.first, l)
	}
	w.runtime(ctx, o, true)
	return nil
}

// take keeps the goroutines of a look: the last counts.
func (w *watch) take(l *stacks.PageLook) {
	w.f.Goroutines, w.f.UI, w.f.Holds = l.Goroutines, l.UI, l.Holds
}

// runtime reads what could wake the goroutines, and which of them nothing can.
func (w *watch) runtime(ctx context.Context, o *opened, all bool) {
	r := w.s.runtime()
	r.Memory = int64(len(o.mem))
	r.Timers = timers(o)
	if list, known := o.Program.JSFuncs(); known {
		r.Callbacks = len(list)
	}
	if start := w.began(); !start.IsZero() {
		r.Ran = o.at.Sub(start)
	}
	switch {
	case all && o.moved:
		r.NoHeap, w.moved = true, true
	case all:
		forever(ctx, o, r)
		w.noHeap = r.NoHeap
	}
	w.rt = r
}

// timers counts the program's timers that will fire.
func timers(o *opened) (n int) {
	const never = 100 * 365 * 24 * time.Hour
	for _, t := range roots.Timers(o.Program) {
		if strings.Contains(t.Func, "scavengerState") || t.When > o.at.Add(never).UnixNano() {
			continue
		}
		n++
	}
	return n
}

// began is when the program was started, by the page's clock; zero: not known.
func (w *watch) began() time.Time {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.started
}

func (w *watch) result() *Result {
	w.f.Took = time.Since(w.start)
	if w.rt == nil {
		w.rt = w.s.runtime()
	}
	w.rt.Looks, w.rt.Busy = w.looks, w.busy
	w.f.Page = w.rt
	w.id.Name = w.s.url
	w.id.Kind = evidence.KindPage
	r := &Result{Target: w.id, Freeze: *w.f, Probe: cost(w.start, w.held)}
	limit := func(name string) {
		r.Limits = append(r.Limits, report.Limit{Probe: Name, Why: text.T("limit." + name + ".why"), Help: text.T("limit." + name + ".help")})
	}
	if w.failed != nil && w.busy == 0 {
		limit("page-busy")
	}
	if w.noHeap {
		limit("page-heap")
	}
	if w.moved {
		limit("page-moved")
	}
	if w.rt.Callbacks < 0 && w.looks > 0 {
		limit("page-callbacks")
	}
	return r
}

func (w *watch) progress(end time.Time) {
	if w.o.Progress == nil {
		return
	}
	whole := end.Sub(w.start).Seconds()
	w.o.Progress(min(1, time.Since(w.start).Seconds()/max(whole, 0.001)), len(w.f.Goroutines))
}

// intern keeps each stack once.
func (w *watch) intern(frames []evidence.Frame) int {
	if len(frames) == 0 {
		return -1
	}
	var h maphash.Hash
	h.SetSeed(w.seed)
	for i := range frames {
		maphash.WriteComparable(&h, frames[i].PC)
		maphash.WriteComparable(&h, frames[i].SP)
	}
	key := h.Sum64()
	if i, ok := w.stackAt[key]; ok {
		return i
	}
	w.f.Stacks = append(w.f.Stacks, frames)
	w.stackAt[key] = len(w.f.Stacks) - 1
	return len(w.f.Stacks) - 1
}

// unchanged returns, without their stacks, the goroutines that stood at the same
// place at both looks.
func unchanged(first []*gort.Goroutine, last *stacks.PageLook) []evidence.Goroutine {
	before := make(map[uint64]*gort.Goroutine, len(first))
	for _, g := range first {
		before[g.ID] = g
	}
	var out []evidence.Goroutine
	for i, g := range last.Snapshot.Goroutines {
		b := before[g.ID]
		if b == nil || b.Status != g.Status || b.PC != g.PC || b.WaitReason != g.WaitReason || b.Stack.Hi-b.SP != g.Stack.Hi-g.SP ||
			b.HasTurns && b.Turns != g.Turns {
			continue
		}
		e := last.Goroutines[i]
		out = append(out, evidence.Goroutine{ID: e.ID, Status: e.Status, WaitReason: e.WaitReason, Frames: []evidence.Frame{}})
	}
	return out
}

func byID(gs []evidence.Goroutine, id uint64) *evidence.Goroutine {
	for i := range gs {
		if gs[i].ID == id {
			return &gs[i]
		}
	}
	return &evidence.Goroutine{ID: id}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
