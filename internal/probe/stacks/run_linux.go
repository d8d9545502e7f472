package stacks

import (
	"context"
	"errors"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// watcher is one run of the probe.
type watcher struct {
	t       Target
	o       Options
	tracer  *proc.Tracer
	read    gort.Options
	conv    *converter
	start   time.Time
	f       *evidence.Freeze
	stackAt map[uint64]int // digest of a stack → index in f.Stacks
	addrs   map[uint64]uint64
	windows *windows
	locks   *lockWaits        // nil: nobody asks
	stopErr error             // why a thread could not be stopped, the last time
	calls   map[uint64]uint64 // into C, by goroutine, at its last sample

	looked []evidence.Goroutine // at the first look
	hidden []int                // of looked: their stacks could not be read, any may be the UI's
}

// maxHidden bounds the goroutines that are looked at again.
const maxHidden = 16

// unread notes the goroutines of the first look whose stacks could not be read.
func (w *watcher) unread(gs []evidence.Goroutine) {
	w.looked = gs
	for i := range gs {
		if len(gs[i].Frames) == 0 && len(w.hidden) < maxHidden {
			w.hidden = append(w.hidden, i)
		}
	}
}

// uncover looks at those goroutines again, until their stacks are read. A UI that
// computes may be caught in a signal handler at the first look.
func (w *watcher) uncover() {
	still := w.hidden[:0]
	for _, i := range w.hidden {
		g, err := w.t.Program.Sample(w.addrs[w.looked[i].ID], w.read)
		if err != nil || g.ID != w.looked[i].ID {
			continue // it has ended
		}
		e := w.conv.goroutine(g)
		if len(e.Frames) == 0 {
			still = append(still, i)
			continue
		}
		w.looked[i] = e
		w.f.UI = mergeUI(w.f.UI, findUI(w.t, w.looked, w.t.Process.PID))
	}
	w.hidden = still
}

// Run watches the target for o.For and explains what it sees. An error means
// that the target could not be read at all, or went away.
func Run(ctx context.Context, t Target, o Options) (*Result, error) {
	if o.Interval <= 0 {
		o.Interval = 10 * time.Millisecond
	}
	w := &watcher{t: t, o: o, tracer: proc.NewTracer(t.Process), start: time.Now(),
		conv: newConverter(t.Program, t.Evidence), f: &evidence.Freeze{},
		stackAt: map[uint64]int{}, addrs: map[uint64]uint64{}, calls: map[uint64]uint64{}, windows: newWindows(t.Program, t.Toolkit)}
	defer w.tracer.Close()
	w.read.Threads = t.Process.ThreadIDs()
	w.read.Where = t.Process.WhereIs
	if !o.NoStop {
		w.read.Stopper = remembering{w.tracer, w}
	}
	if !o.NoTrace {
		w.locks = newLockWaits(t.Program, w.holders)
	}
	before := hostBefore(t.Process.PID)
	first, firstEv, err := w.snapshot()
	if err != nil {
		return nil, err
	}
	w.f.UI = findUI(w.t, firstEv, w.t.Process.PID)
	w.unread(firstEv)
	if err := w.watch(ctx); err != nil {
		return nil, err
	}
	last, lastEv, err := w.snapshot()
	if err != nil {
		return nil, err
	}
	w.f.UI = mergeUI(w.f.UI, findUI(w.t, lastEv, w.t.Process.PID))
	w.f.Goroutines = lastEv
	w.f.Earlier = unchanged(first, last, firstEv)
	w.f.Took = time.Since(w.start)
	hostAfter(w, before)
	w.windows.closed(w.f.UI, last.Goroutines, lastEv)
	if !o.NoTrace {
		w.f.Holds = explain(w.t, w.f, last)
		w.lockClocks(last)
	}
	w.f.Sched.GOMAXPROCS = t.Program.GOMAXPROCS()
	cost := w.tracer.Cost()
	r := &Result{Freeze: *w.f, Probe: report.Probe{
		Name: Name, TookMS: ms(time.Since(w.start)), Stops: cost.Count,
		StoppedMS: ms(cost.Total), MaxStopMS: ms(cost.Longest),
	}}
	r.Limits = w.limits(last)
	return r, nil
}

// fewSamples are too few to say that a loop goes round.
const fewSamples = 5

// limits says what could not be seen.
func (w *watcher) limits(last *gort.Snapshot) []report.Limit {
	var out []report.Limit
	add := func(name string, why, help []any) {
		out = append(out, report.Limit{Probe: Name, Why: text.T("limit."+name+".why", why...), Help: text.T("limit."+name+".help", help...)})
	}
	pid := w.t.Process.PID
	if tk := w.t.Toolkit; tk != nil && !tk.Knows(w.t.Evidence.ToolkitVersion) {
		add("version", []any{tk.Title, w.t.Evidence.ToolkitVersion}, nil)
	}
	running := false
	for _, p := range w.f.Points {
		running = running || p.Status == evidence.StatusRunning && p.Stack < 0
	}
	for i := range w.f.Goroutines {
		g := &w.f.Goroutines[i]
		running = running || g.Status == evidence.StatusRunning && len(g.Frames) == 0 && !g.System
	}
	switch {
	case w.o.NoStop && running:
		add("no-stop", nil, nil)
	case errors.Is(w.stopErr, proc.ErrNotStopped) && running:
		add("late", nil, nil)
	case w.stopErr != nil && running:
		self, err := os.Executable()
		if err != nil {
			self = "gomedic"
		}
		add("stop", []any{w.stopErr.Error()}, []any{self})
	}
	for i := range w.f.Goroutines {
		g := &w.f.Goroutines[i]
		if g.Cut != "" && slices.ContainsFunc(w.f.UI, func(u evidence.UIGoroutine) bool { return u.Goroutine == g.ID }) &&
			g.Status != evidence.StatusRunning {
			add("cut", []any{g.ID, g.Cut}, []any{pid})
		}
	}
	for _, u := range w.f.UI {
		seen := 0
		for _, p := range w.f.Points {
			if p.Goroutine == u.Goroutine {
				seen++
			}
		}
		if u.Loop != "" && seen < fewSamples {
			add("few", []any{seen}, nil)
			break
		}
	}
	if last.Changed > 0 {
		add("moved", []any{last.Changed}, nil)
	}
	return out
}

// remembering notes why a stop failed.
type remembering struct {
	gort.Stopper
	w *watcher
}

func (r remembering) StopThread(tid int, f func(proc.Registers)) error {
	err := r.Stopper.StopThread(tid, f)
	if err != nil && !errors.Is(err, unix.ESRCH) {
		r.w.stopErr = err
	}
	return err
}

// snapshot reads all goroutines, and converts them.
func (w *watcher) snapshot() (*gort.Snapshot, []evidence.Goroutine, error) {
	s, err := w.t.Program.Goroutines(w.read)
	if err != nil {
		return nil, nil, w.readError(err)
	}
	w.conv.now = monotonic()
	sortByID(s.Goroutines)
	ev := make([]evidence.Goroutine, len(s.Goroutines))
	for i, g := range s.Goroutines {
		ev[i] = w.conv.goroutine(g)
		w.addrs[g.ID] = g.Addr
	}
	return s, ev, nil
}

// readError says that the target went away, if it did.
func (w *watcher) readError(err error) error {
	if !w.t.Process.Alive() {
		return &proc.Error{Op: "read goroutines", PID: w.t.Process.PID, Reason: proc.Exited, Err: err}
	}
	return err
}

// mergeUI keeps what the later look found, and of the earlier look only those
// goroutines that it did not find again.
func mergeUI(first, last []evidence.UIGoroutine) []evidence.UIGoroutine {
	var out []evidence.UIGoroutine
	for _, u := range last {
		// A stack that could not be read shows no loop: what was seen before holds.
		if at := slices.IndexFunc(first, func(v evidence.UIGoroutine) bool { return v.Goroutine == u.Goroutine && v.Loop != "" }); u.Loop == "" && at >= 0 {
			u = first[at]
		}
		out = append(out, u)
	}
	for _, u := range first {
		if u.Loop != "" && !slices.ContainsFunc(out, func(v evidence.UIGoroutine) bool { return v.Goroutine == u.Goroutine }) {
			out = append(out, u)
		}
	}
	return out
}

// leastWatched is how long the UI is watched, whatever the first look has taken.
const leastWatched = 500 * time.Millisecond

// watch samples the UI goroutines until the time is up. The intervals are
// uneven, so that a loop of an even period is not always caught at one place.
func (w *watcher) watch(ctx context.Context) error {
	// A first look at very many goroutines may take up the time for watching.
	end := w.start.Add(w.o.For)
	if least := time.Now().Add(min(w.o.For, leastWatched)); end.Before(least) {
		end = least
	}
	for n := 0; ; n++ {
		w.uncover()
		for i := range w.f.UI {
			if err := w.sample(&w.f.UI[i]); err != nil {
				return err
			}
		}
		if w.o.Progress != nil {
			w.o.Progress(min(1, time.Since(w.start).Seconds()/w.o.For.Seconds()), len(w.addrs))
		}
		pause := time.Duration(float64(w.o.Interval) * (0.6 + 0.8*rand.Float64()))
		if time.Now().Add(pause).After(end) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// lateTimer is how late a timer must be to be noted: a busy machine is a few
// milliseconds late.
const lateTimer = 50 * time.Millisecond

// sample reads one UI goroutine.
func (w *watcher) sample(u *evidence.UIGoroutine) error {
	addr, ok := w.addrs[u.Goroutine]
	if !ok {
		return nil
	}
	at := time.Since(w.start)
	g, err := w.t.Program.Sample(addr, w.read)
	if err != nil {
		if err := w.readError(err); proc.ReasonOf(err) != "" {
			return err
		}
		return nil
	}
	if g.ID != u.Goroutine {
		return nil // it has ended, and its structure serves another
	}
	e := w.conv.goroutine(g)
	if u.Loop == "" && len(e.Frames) > 0 { // its stack could not be read before
		if found := findUI(w.t, []evidence.Goroutine{e}, w.t.Process.PID); len(found) == 1 {
			*u = found[0]
		}
	}
	p := evidence.Point{At: at, Goroutine: u.Goroutine, Status: e.Status, WaitReason: e.WaitReason, Calls: e.CgoCalls,
		Activity: w.windows.activity(u.Role, g, &e), Stack: -1}
	if e.Dispatch != "" && u.Loop != e.Dispatch { // it did not wait at the first look
		w.dispatches(u, e)
	}
	if u.Via != 0 {
		p.Calls = w.calls[u.Via]
	}
	w.calls[u.Goroutine] = e.CgoCalls
	if at := w.t.Program.WakesAt(g); at > 0 {
		if late := time.Duration(monotonic() - at); late >= lateTimer {
			p.Overdue = late
		}
	}
	if w.locks != nil {
		p.Holder = w.locks.holder(g)
	}
	if len(e.Frames) > 0 {
		p.Stack = w.intern(e.Frames)
		p.Progress, p.Turn = w.conv.progress(g, e.Frames, u.Loop), w.conv.turn(g, e.Frames, u.Loop)
		p.Instance = w.conv.instance(g, e.Frames, w.timeslices(e.Thread))
	}
	w.f.Points = append(w.f.Points, p)
	return nil
}

// dispatches takes note that a UI goroutine waits for others to hand it their calls,
// and finds out who does.
func (w *watcher) dispatches(u *evidence.UIGoroutine, e evidence.Goroutine) {
	looked := slices.Clone(w.looked)
	if at := slices.IndexFunc(looked, func(g evidence.Goroutine) bool { return g.ID == e.ID }); at >= 0 {
		looked[at] = e
	}
	for _, found := range findUI(w.t, looked, w.t.Process.PID) {
		at := slices.IndexFunc(w.f.UI, func(v evidence.UIGoroutine) bool { return v.Goroutine == found.Goroutine })
		if at < 0 {
			w.f.UI = append(w.f.UI, found)
		} else if found.Loop != "" {
			w.f.UI[at] = found
		}
	}
	if at := slices.IndexFunc(w.f.UI, func(v evidence.UIGoroutine) bool { return v.Goroutine == e.ID }); at >= 0 {
		w.f.UI[at].Loop = e.Dispatch // asked once
	}
}

// holders says who holds what a goroutine waits for, without a stop: a holder that
// is running is not found then, and is no case for the scheduler.
func (w *watcher) holders(waiter uint64) (*gort.Snapshot, []evidence.Hold) {
	o := w.read
	o.Stopper = nil
	s, err := w.t.Program.Goroutines(o)
	if err != nil {
		return nil, nil
	}
	sortByID(s.Goroutines)
	ev := make([]evidence.Goroutine, len(s.Goroutines))
	for i, g := range s.Goroutines {
		ev[i] = w.conv.goroutine(g)
	}
	return s, holdersOf(w.t, s, ev, w.f.UI, waiter)
}

// timeslices counts how often the kernel has run a thread (the third field of
// /proc/PID/task/TID/schedstat); 0 if unknown.
func (w *watcher) timeslices(tid int) uint64 {
	if tid == 0 {
		return 0
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(w.t.Process.PID) + "/task/" + strconv.Itoa(tid) + "/schedstat")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b))
	if len(f) < 3 {
		return 0
	}
	n, _ := strconv.ParseUint(f[2], 10, 64)
	return n
}

// intern keeps each stack once.
func (w *watcher) intern(frames []evidence.Frame) int {
	var h maphash.Hash
	h.SetSeed(w.conv.seed)
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
func unchanged(first, last *gort.Snapshot, firstEv []evidence.Goroutine) []evidence.Goroutine {
	at := make(map[uint64]*gort.Goroutine, len(last.Goroutines))
	for _, g := range last.Goroutines {
		at[g.ID] = g
	}
	var out []evidence.Goroutine
	for i, g := range first.Goroutines {
		l, ok := at[g.ID]
		if !ok || l.Status != g.Status || l.PC != g.PC || l.Stack.Hi-l.SP != g.Stack.Hi-g.SP || l.WaitReason != g.WaitReason {
			continue
		}
		out = append(out, evidence.Goroutine{ID: g.ID, Status: firstEv[i].Status, WaitReason: g.WaitReason})
	}
	return out
}

// lockClocks notes since when goroutines wait for a mutex, by the mutex's own
// time, which is exact where the collector's is not.
func (w *watcher) lockClocks(s *gort.Snapshot) {
	now := monotonic()
	started := now - int64(time.Since(w.t.Process.Started))
	for i, g := range s.Goroutines {
		if g.WaitReason != "sync.Mutex.Lock" {
			continue
		}
		if at := w.t.Program.LockClock(g, started, now); at > 0 {
			w.f.Goroutines[i].WaitingFor, w.f.Goroutines[i].WaitFrom = time.Duration(now-at), "lock"
		}
	}
}

// monotonic is the clock of the Go runtime's nanotime.
func monotonic() int64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return 0
	}
	return ts.Nano()
}

// Await looks at the UI a few times a second until one of its goroutines has
// been at the same place, not idle, for over. It returns how long it stood.
func Await(ctx context.Context, t Target, over time.Duration) (time.Duration, error) {
	const tick = 50 * time.Millisecond
	w := &watcher{t: t, o: Options{NoStop: true}, tracer: proc.NewTracer(t.Process), start: time.Now(),
		conv: newConverter(t.Program, t.Evidence), f: &evidence.Freeze{}, stackAt: map[uint64]int{}, addrs: map[uint64]uint64{},
		calls: map[uint64]uint64{}, windows: newWindows(t.Program, t.Toolkit)}
	defer w.tracer.Close()
	w.read.Threads = t.Process.ThreadIDs()
	type still struct {
		since time.Duration
		point evidence.Point
	}
	at := map[uint64]still{}
	for n := 0; ; n++ {
		if n%40 == 0 || len(w.f.UI) == 0 { // the UI may start, or open windows
			_, ev, err := w.snapshot()
			if err != nil {
				return 0, err
			}
			w.f.UI = findUI(t, ev, t.Process.PID)
		}
		w.f.Points, w.f.Stacks = w.f.Points[:0], w.f.Stacks[:0]
		clear(w.stackAt)
		for i := range w.f.UI {
			if err := w.sample(&w.f.UI[i]); err != nil {
				return 0, err
			}
		}
		for _, p := range w.f.Points {
			s, known := at[p.Goroutine]
			moved := !known || p.Activity != s.point.Activity || p.Progress != s.point.Progress && p.Progress*s.point.Progress != 0 ||
				p.Activity == evidence.Pump && (p.Instance == 0 || p.Instance != s.point.Instance)
			if moved || p.Activity != evidence.User && p.Activity != evidence.Pump && p.Activity != evidence.Unknown {
				at[p.Goroutine] = still{p.At, p}
				continue
			}
			if d := p.At - s.since; d >= over {
				return d, nil
			}
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(tick):
		}
	}
}
