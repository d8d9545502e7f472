package frames

import (
	"errors"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// waitRun is one wait of a UI goroutine that goes on.
type waitRun struct {
	goroutine    uint64
	stack, place int
	turns        uint8
	cause        evidence.LateCause
	from, last   time.Duration
	asked        bool
	codePlace
}

// blocks is how long a call must wait to be told: with more, a frame at 60 Hz has
// no room for its own work (a quarter of a period).
const blocks = 4 * time.Millisecond

// poll looks at the UI's goroutines by reading memory. It sees what those wait for
// that wait; those that run are seen by the kernel's clock.
func (w *watcher) poll() error {
	now := w.now()
	if w.o.Quick && w.out.Source == evidence.FromProbes {
		return nil
	}
	if len(w.ui) == 0 || now-w.polled > 2*time.Second && now > 2*time.Second && w.newLoops() || w.blind(now) {
		if err := w.findUI(); err != nil {
			return err
		}
		w.polled = now
	}
	if !w.saw && w.free() && !w.o.NoStop {
		w.saw = true
		if !slices.ContainsFunc(w.ui, func(u evidence.UIGoroutine) bool { return u.Role != evidence.RoleMain && u.Loop != "" }) {
			if err := w.findUI(); err != nil {
				return err
			}
		}
	}
	clear(w.round)
	for i := range w.ui {
		u := &w.ui[i]
		if u.Role == evidence.RoleMain && w.asm.loops[u.Goroutine] == nil {
			continue
		}
		ticks := w.asm.ticks(u.Goroutine, now)
		if ticks || w.early(u, now) || w.runs(u) {
			cause := evidence.CauseUser
			if ticks {
				cause = evidence.CausePace
			}
			w.rested(&evidence.FrameSample{At: now, Goroutine: u.Goroutine, Cause: cause})
			w.ended(w.waits[u.Goroutine], now)
			delete(w.waits, u.Goroutine)
			continue
		}
		if err := w.look(u); err != nil {
			return err
		}
	}
	return nil
}

// runs: the kernel says that the goroutine's own thread is running, and the clock
// looks where. To look from here would show no more, and takes time from it where
// processors share a core.
func (w *watcher) runs(u *evidence.UIGoroutine) bool {
	if w.out.Source != evidence.FromProbes || !u.Locked {
		return false
	}
	l := w.asm.loops[u.Goroutine]
	if l == nil {
		return false
	}
	t := w.times[l.thread]
	if t == nil || !t.clock || t.kind != evidence.SpanRunning {
		return false
	}
	w.absent(t)
	return t.kind == evidence.SpanRunning
}

// early: the frame has just begun, or nobody has been making one for long; no wait
// in it can yet be worth telling.
func (w *watcher) early(u *evidence.UIGoroutine, now time.Duration) bool {
	if w.out.Source != evidence.FromProbes {
		return false
	}
	if l := w.asm.loops[u.Goroutine]; l != nil && l.makes {
		return l.known && !l.idle && w.young(l, now)
	}
	if u.Role == evidence.RoleUI || u.Role == evidence.RoleWindow {
		return false // it runs callbacks, and another draws
	}
	makes := false
	for _, l := range w.asm.loops {
		makes = makes || l.makes
	}
	return makes && !slices.ContainsFunc(w.asm.busy(now, 0), func(l *loopState) bool { return !w.young(l, now) })
}

// young: in the frame that is being made no wait can yet be worth telling. Where
// frames usually end before one could be, they are left to end.
func (w *watcher) young(l *loopState, now time.Duration) bool {
	age := blocks / 2
	if l.usual > 0 && l.usual < blocks {
		age = blocks
	}
	return now-l.start-l.bridged < age
}

// blind: by looks alone, no frame has been seen yet. Of a loop of the user's own, a
// snapshot may have missed which goroutine runs it.
func (w *watcher) blind(now time.Duration) bool {
	return w.out.Source == evidence.FromSamples && w.rates.frames == 0 && now-w.polled > time.Second/2
}

// newLoops: a goroutine makes frames that was not there at the start.
func (w *watcher) newLoops() bool {
	for id := range w.asm.loops {
		if !slices.ContainsFunc(w.ui, func(u evidence.UIGoroutine) bool { return u.Goroutine == id }) {
			return true
		}
	}
	return false
}

func (w *watcher) findUI() error {
	o := w.reading()
	if w.saw {
		o.Stopper = w.tracer
	}
	s, gs, err := w.reader.Snapshot(o)
	if err != nil {
		return w.gone(err)
	}
	for _, g := range s.Goroutines {
		w.addrs[g.ID] = g.Addr
	}
	w.ui = w.reader.UI(gs)
	w.runners(gs)
	for id := range w.asm.loops {
		at := slices.IndexFunc(gs, func(g evidence.Goroutine) bool { return g.ID == id })
		if at >= 0 && !slices.ContainsFunc(w.ui, func(u evidence.UIGoroutine) bool { return u.Goroutine == id }) {
			w.ui = append(w.ui, evidence.UIGoroutine{Goroutine: id, Role: evidence.RoleUI, Locked: gs[at].Locked})
		}
	}
	return nil
}

// look reads one UI goroutine.
func (w *watcher) look(u *evidence.UIGoroutine) error {
	addr, ok := w.addrs[u.Goroutine]
	if !ok {
		return nil
	}
	o := w.reading()
	at := w.now()
	switch {
	case w.out.Source == evidence.FromProbes && w.hanging(u.Goroutine, at) && !w.o.NoStop && w.free() && w.mayStop(at):
		o.Stopper = w.tracer // no probe is passed, so the kernel's clock does not look
	case w.out.Source == evidence.FromProbes, !w.mayStop(at):
		o.Stopper = nil
	}
	g, err := w.round[u.Goroutine], error(nil)
	if g == nil || o.Stopper != nil {
		g, err = w.t.Program.Sample(addr, o)
	}
	if err != nil {
		if err := w.gone(err); proc.ReasonOf(err) != "" {
			return err
		}
		return nil
	}
	if g.ID != u.Goroutine {
		return nil
	}
	e := w.reader.Goroutine(g)
	s := evidence.FrameSample{At: at, Goroutine: e.ID, Thread: e.Thread, Status: e.Status, WaitReason: e.WaitReason,
		Stack: w.intern(e.Frames)}
	s.Place = w.place(s.Stack)
	activity := w.reader.Activity(u.Role, g, &e)
	if e.Dispatch != "" && u.Loop != e.Dispatch && w.now()-w.polled > pollIdle { // it did not wait so before
		w.polled = w.now()
		return w.findUI()
	}
	other, crossed := w.crossed(&e)
	switch {
	case activity == evidence.Idle && w.asks(u, &s):
	case e.Status == evidence.StatusRunnable:
		s.Cause = w.cause(e.Status, e.WaitReason, s.Stack)
	case w.asked(u, &e):
		s.Cause = evidence.CauseToolkit // what that one does has its own samples
	case crossed:
		s.Cause, s.Thread = other.cause, other.thread
	case w.overdue(g):
		s.Cause = evidence.CauseRunnable
	case activity == evidence.Idle:
		s.Cause = evidence.CausePace
	case s.Stack < 0 && e.Status == evidence.StatusRunning:
		s.Cause = evidence.CauseUnknown
	default:
		s.Cause = w.ownCause(u, &e, g, s.Stack)
	}
	waits := s
	if s.Cause == evidence.CauseLock && ready(w.reader.LockHolder(g, w.reading(), w.ui)) {
		s.Cause = evidence.CauseRunnable // who has the lock would go on, and is not run
	}
	w.recent = append(w.recent, s)
	if u.Via == 0 || w.asm.loops[u.Via] == nil { // else another makes its frames, and was seen to
		w.rested(&s)
	}
	if activity == evidence.Idle && w.out.Source == evidence.FromProbes && toolkit.ActivityOf(w.t.Toolkit, u.Role, &e) != evidence.Idle {
		// Its windows are gone, which passes no mark.
		w.asm.pass(at, u.Goroutine, g.Addr, e.Thread, []toolkit.Turn{{Idle: true}})
	}
	if w.out.Source == evidence.FromSamples {
		w.waited(&s, g.Turns)
		if activity == evidence.Idle && (crossed || s.On != 0 && s.Cause != evidence.CausePace) {
			activity = evidence.Pump // others work for it
		}
		w.bySample(at, u, g, &e, activity, s.Cause)
	}
	if s.On == 0 {
		w.waiting(&waits, g)
	}
	return nil
}

// ready: a goroutine in that state would run if somebody ran it.
func ready(status string) bool {
	return status == evidence.StatusRunnable || status == evidence.StatusPreempted
}

// lateTimer is by how much a timer must be late to show that no processor of the
// Go scheduler was free to look at it.
const lateTimer = 3 * time.Millisecond

// overdue: the goroutine waits for a timer that should have fired.
func (w *watcher) overdue(g *gort.Goroutine) bool {
	if g.StatusName() != evidence.StatusWaiting {
		return false
	}
	at := w.t.Program.WakesAt(g)
	return at > 0 && time.Duration(monotonic()-at) > lateTimer
}

// elsewhere is what another goroutine of the toolkit's does, for which one waits.
type elsewhere struct {
	cause  evidence.LateCause
	thread int
}

// crossed follows a goroutine that waits for another thread of the toolkit's: what
// that one does is what the frame's time goes to.
func (w *watcher) crossed(e *evidence.Goroutine) (elsewhere, bool) {
	role, ok := toolkit.WaitsForUI(w.t.Toolkit, e)
	if !ok || role == evidence.RoleUI {
		return elsewhere{}, false
	}
	at := slices.IndexFunc(w.ui, func(u evidence.UIGoroutine) bool { return u.Role == role && u.Goroutine != e.ID })
	if at < 0 {
		return elsewhere{}, false
	}
	o := w.reading()
	o.Stopper = nil
	g, err := w.t.Program.Sample(w.addrs[w.ui[at].Goroutine], o)
	if err != nil || g.ID != w.ui[at].Goroutine {
		return elsewhere{}, false
	}
	w.round[g.ID] = g
	there := w.reader.Goroutine(g)
	out := elsewhere{cause: evidence.CausePace, thread: there.Thread}
	stack := w.intern(there.Frames)
	switch {
	case there.Status == evidence.StatusRunning && stack < 0:
		out.cause = evidence.CauseToolkit
		if role == evidence.RoleRender {
			out.cause = evidence.CauseDriver
		}
	case there.Status == evidence.StatusWaiting && !slept(&there) && toolkit.ActivityOf(w.t.Toolkit, role, &there) == evidence.Idle:
		// The call is on its way, or its answer.
		out.cause = evidence.CauseRunnable
	case toolkit.ActivityOf(w.t.Toolkit, role, &there) != evidence.Idle:
		out.cause = w.cause(there.Status, there.WaitReason, stack)
	}
	return out, true
}

func slept(g *evidence.Goroutine) bool { return g.WaitReason == "sleep" }

// mayStop bounds what sampling without probes costs the target: a fiftieth of its
// time, and some milliseconds between two stops.
func (w *watcher) mayStop(now time.Duration) bool {
	const between, burst = 3 * time.Millisecond, 20 * time.Millisecond
	cost := w.tracer.Cost()
	if cost.Count != w.stops {
		w.stops, w.stoppedAt = cost.Count, now
	}
	return now-w.stoppedAt >= between && cost.Total <= burst+now/50
}

// hanging: the goroutine has been seen in no turn, and for long not idle.
func (w *watcher) hanging(goid uint64, now time.Duration) bool {
	r := w.rests[goid]
	l := w.asm.loops[goid]
	return r != nil && (l == nil || !l.known) && !r.now && now-r.from >= hangsFor
}

// pacing: the user's own loop waits in itself, and not in what it calls: that is
// how it keeps its pace.
func (w *watcher) pacing(u *evidence.UIGoroutine, frames []evidence.Frame) bool {
	for _, f := range frames {
		switch f.Origin {
		case evidence.OriginStd, evidence.OriginRuntime:
			continue
		case evidence.OriginToolkit:
			return true
		}
		return f.Function == u.Loop
	}
	return false
}

// waiting follows one wait from look to look.
func (w *watcher) waiting(s *evidence.FrameSample, g *gort.Goroutine) {
	run := w.waits[s.Goroutine]
	blocked := s.Status == evidence.StatusWaiting || s.Status == evidence.StatusSyscall
	if !blocked || !blockingCause(s.Cause) || s.Place < 0 || w.inLoopCall(s) || w.out.Stacks[s.Stack][s.Place].Origin != evidence.OriginUser {
		w.ended(run, s.At)
		delete(w.waits, s.Goroutine)
		return
	}
	f := w.out.Stacks[s.Stack][s.Place]
	key := codePlace{pc: f.PC, inner: f.Inlined, cause: string(s.Cause)}
	if run == nil || run.codePlace != key || run.turns != g.Turns {
		w.ended(run, s.At)
		run = &waitRun{goroutine: s.Goroutine, stack: s.Stack, place: s.Place, turns: g.Turns, cause: s.Cause, from: s.At, last: s.At, codePlace: key}
		w.waits[s.Goroutine] = run
		return
	}
	run.last = s.At
	if !run.asked && s.Status == evidence.StatusWaiting {
		run.asked = true
		w.askHolder(s, key)
	}
}

// inLoopCall: the goroutine stands in what the toolkit gives the user's loop to
// call: it waits for events there, or works, and that is no call to do elsewhere.
func (w *watcher) inLoopCall(s *evidence.FrameSample) bool {
	tk := w.t.Toolkit
	return s.Stack >= 0 && slices.ContainsFunc(w.out.Stacks[s.Stack][:max(s.Place, 0)], func(f evidence.Frame) bool { return tk.LoopWork(f.Function) })
}

// ended counts a wait that is over.
func (w *watcher) ended(run *waitRun, at time.Duration) {
	if run == nil {
		return
	}
	took := run.last - run.from
	// The kernel knows better how long the thread slept.
	for _, t := range w.times {
		if s, ok := t.at(run.from, at); ok && s.Kind == evidence.SpanAsleep && t.goroutine != 0 && w.bound(t.goroutine) {
			took = max(took, s.To-s.From)
		}
	}
	if took < blocks {
		return
	}
	b := w.blocked[run.codePlace]
	if b == nil {
		if len(w.blocked) >= 100 {
			return
		}
		b = &evidence.BlockingCall{Goroutine: run.goroutine, Cause: run.cause, Stack: run.stack, Place: run.place}
		w.blocked[run.codePlace] = b
	}
	b.Times++
	b.Total += took
	b.Longest = max(b.Longest, took)
}

// blockingCause: the call waits for something outside of the UI.
func blockingCause(c evidence.LateCause) bool {
	switch c {
	case evidence.CauseLock, evidence.CauseCond, evidence.CauseChannel, evidence.CauseSleep, evidence.CauseNetwork,
		evidence.CauseDisk, evidence.CauseProcess, evidence.CauseSyscall, evidence.CauseC:
		return true
	}
	return false
}

// reading is how to read goroutines now: while another probe stops threads, without.
func (w *watcher) reading() gort.Options {
	o := w.read
	if !w.free() {
		o.Stopper = nil
	}
	return o
}

// free: no other probe stops threads.
func (w *watcher) free() bool {
	if w.o.After == nil {
		return true
	}
	select {
	case <-w.o.After:
		return true
	default:
		return false
	}
}

var (
	errNotAsked = errors.New("not asked for")
	errNoFrames = errors.New("the program has no code of the toolkit's frame functions")
)

type missingError struct{ what string }

func (e *missingError) Error() string { return "this Go version's runtime has no " + e.what }
