package frames

import (
	"cmp"
	"context"
	"hash/maphash"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/frames/bpf"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/cstack"
	"github.com/gomedic/gomedic/internal/proc/host"
	"github.com/gomedic/gomedic/internal/report"
)

// watcher is one watch over a program's frames.
type watcher struct {
	t                stacks.Target
	o                Options
	reader           *stacks.Reader
	start            time.Time
	base             int64 // CLOCK_MONOTONIC at the start
	out              evidence.Frames
	ui               []evidence.UIGoroutine
	addrs            map[uint64]uint64 // goroutine → its g
	probes           *bpf.Probes
	places           map[uint64]*place
	asm              *assembler
	batch            []bpf.Event
	tids             map[int]int // the kernel's thread ids → this namespace's
	read             gort.Options
	tracer           *proc.Tracer
	goids            map[uint64]bool // told to the probes as the UI's
	rates            *ratesSoFar
	limits           []report.Limit
	seed             maphash.Seed
	stackAt          map[uint64]int
	recent           []evidence.FrameSample // of the last seconds, of all goroutines, by time
	times            map[int]*threadTime
	world            []evidence.SchedSpan // the collector's, recent
	stopped          time.Duration        // since when the world stands, -1: it does not
	marking          time.Duration
	pending          []lateFrame // late frames whose reasons are not yet told
	waits            map[uint64]*waitRun
	foreign          map[codePlace]*evidence.ForeignCall
	blocked          map[codePlace]*evidence.BlockingCall
	holders          map[codePlace]bool
	lastAsk          time.Duration // for the holders of a lock
	host             *hostWatch
	drawings         map[uint64]drawing // by goroutine
	polled, followed time.Duration
	aliveAt          time.Duration // when it was last seen
	toldUnder        time.Duration
	timers           map[uint64]timerWait
	calls            map[uint64][]inCall // of the last look, by goroutine
	rounds           map[uint64]*rounds  // of loops, where there are no probes
	stops            int                 // seen
	stoppedAt        time.Duration
	saw              bool // all goroutines were read, running ones too
	strangers        strangersSeen
	worldAsk         time.Duration // when all goroutines may be looked at again for who stops the world
	rests            map[uint64]*rest
	leaves           map[uint64][]evidence.Frame // by address in C
	placeAt          []int                       // of each stack, notPlaced: not asked for yet
	causes           map[stackState]evidence.LateCause
	round            map[uint64]*gort.Goroutine // read in this round for others, by id
	unwinder         *cstack.Unwinder
	nap              nap
}

// How often the UI is looked at, and how long what was seen is kept.
const (
	rateHz    = 1000
	pollBusy  = time.Millisecond
	pollIdle  = 4 * time.Millisecond
	keep      = 5 * time.Second
	settle    = 8 * time.Millisecond // until all that belongs to a late frame has come
	clockless = 2 * time.Second      // after which a thread has no clock
	maxStacks = 20_000
)

// Run watches the frames of a program. An error means that it could not be read
// at all, or went away; what could not be seen is among the limits.
func Run(ctx context.Context, t stacks.Target, o Options) (*Result, error) {
	w := &watcher{t: t, o: o, reader: stacks.NewReader(t), start: time.Now(), base: monotonic(),
		addrs: map[uint64]uint64{}, places: map[uint64]*place{}, tids: map[int]int{}, goids: map[uint64]bool{},
		seed: maphash.MakeSeed(), stackAt: map[uint64]int{}, times: map[int]*threadTime{}, stopped: -1, marking: -1,
		waits: map[uint64]*waitRun{}, foreign: map[codePlace]*evidence.ForeignCall{}, rates: newRates(),
		blocked: map[codePlace]*evidence.BlockingCall{}, holders: map[codePlace]bool{}, leaves: map[uint64][]evidence.Frame{}, timers: map[uint64]timerWait{}, calls: map[uint64][]inCall{}, rounds: map[uint64]*rounds{},
		causes: map[stackState]evidence.LateCause{}, round: map[uint64]*gort.Goroutine{}, drawings: map[uint64]drawing{}}
	w.tracer = proc.NewTracer(t.Process)
	defer w.tracer.Close()
	w.read.Threads, w.read.Where = t.Process.ThreadIDs(), t.Process.WhereIs
	w.out.Swaps.Asked = -1
	w.period()
	if t.Toolkit == nil {
		w.limit("frames-toolkit", nil, nil)
		return w.result(), nil
	}
	first := w.read
	if w.free() && !o.NoStop { // a loop that computes shows its stack only so
		first.Stopper, w.saw = w.tracer, true
	}
	s, gs, err := w.reader.Snapshot(first)
	if err != nil {
		return nil, w.gone(err)
	}
	for _, g := range s.Goroutines {
		w.addrs[g.ID] = g.Addr
	}
	w.ui = w.reader.UI(gs)
	w.runners(gs)
	w.asm = newAssembler(w.out.Over, w.out.Period, t.Toolkit.Tick, w.frame)
	w.asm.woken = w.woken
	w.asm.asleep = func(l *loopState, from, to time.Duration) time.Duration {
		if t := w.times[l.thread]; t != nil {
			return t.asleep(from, to)
		}
		return 0
	}
	w.host = newHostWatch(t.Process.PID)
	if err := w.attach(); err != nil {
		w.noProbes(err)
		w.out.Source = evidence.FromSamples
		w.asm.tick = 0 // turns that draw nothing are too short to be seen
		if !o.NoStop {
			w.read.Stopper = w.tracer
		}
	} else {
		w.out.Source = evidence.FromProbes
		defer w.leave()
	}
	if err := w.watch(ctx); err != nil {
		return nil, err
	}
	return w.result(), nil
}

// leave takes the probes away, or leaves them to the end of the process.
func (w *watcher) leave() {
	if w.o.Leave {
		w.probes.Leave()
		return
	}
	w.probes.Close()
}

// loops are the functions that are the user's own loops.
func (w *watcher) loops() []string {
	var names []string
	for _, u := range w.ui {
		if u.Loop != "" && !slices.Contains(names, u.Loop) {
			names = append(names, u.Loop)
		}
	}
	return names
}

// watch looks until the time is up, or the context ends: that is no error.
func (w *watcher) watch(ctx context.Context) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer w.nap.restore()
	for {
		now := w.now()
		if w.o.For > 0 && now >= w.o.For || ctx.Err() != nil {
			break
		}
		if w.probes != nil {
			if err := w.events(); err != nil {
				return w.gone(err)
			}
		}
		if !w.alive() {
			if w.rates.frames == 0 {
				return &proc.Error{Op: "watch frames", PID: w.t.Process.PID, Reason: proc.Exited}
			}
			w.limit("frames-exited", nil, nil)
			break
		}
		w.followAll()
		w.searchForeign()
		w.searchWorld()
		w.underWay()
		if err := w.poll(); err != nil {
			return err
		}
		w.asm.flush(w.now() - settle)
		w.reasons(false)
		w.forget()
		pause := w.aim()
		w.nap.sleep(pause)
	}
	w.unfinished()
	if w.probes != nil {
		if err := w.events(); err != nil {
			return w.gone(err)
		}
		w.out.Lost = w.probes.Lost()
	}
	w.reasons(true)
	return nil
}

// aim lets the clocks look at the threads whose frames take long, and says when to
// look again.
func (w *watcher) aim() time.Duration {
	now := w.now()
	long := w.asm.long(now)
	w.draws(long)
	if w.probes != nil && !w.o.Quick {
		for tid, t := range w.times {
			if t.clock {
				on := slices.ContainsFunc(long, func(l *loopState) bool { return l.thread == tid })
				if err := w.probes.Look(tid, rateHz, on); err != nil && on {
					w.limitOnce("frames-clock", []any{err.Error()}, nil)
				}
			}
		}
		w.probes.Forget(clockless)
	}
	if len(long) > 0 || w.out.Source == evidence.FromSamples {
		return pollBusy
	}
	pause := pollIdle
	for _, l := range w.asm.busy(now, 0) { // when it will have taken long
		pause = min(pause, max(pollBusy, l.start+l.bridged+w.asm.quiet(l)-now))
	}
	if due := w.asm.nextTurn(now); due > 0 { // what comes sooner is seen soon enough
		pause = min(max(pause, due+blocks/2-now), 2*pollIdle)
	}
	return pause
}

// alive asks now and then whether the process is still there: to ask in each
// round was most of what the watch took of the machine.
func (w *watcher) alive() bool {
	const every = 200 * time.Millisecond
	if now := w.now(); now-w.aliveAt >= every {
		if !w.t.Process.Alive() {
			return false
		}
		w.aliveAt = now
	}
	return true
}

// unfinished tells a frame that is late and has not ended when the watch does.
func (w *watcher) unfinished() {
	for _, t := range w.times {
		w.absent(t)
	}
	now := w.now()
	for _, l := range w.asm.busy(now, w.out.Over+w.out.Period) {
		if l.makes {
			l.account(now)
			w.asm.unfinished(l, now)
		}
	}
	for id, since := range w.hung(now) {
		w.asm.n++
		w.frame(evidence.FrameTime{N: w.asm.n, Goroutine: id, Thread: w.threadOf(id), Start: since, End: now, Undrawn: true, Unfinished: true, Late: true}, nil)
	}
}

// threadOf is the thread on which a goroutine was last seen, 0 if none.
func (w *watcher) threadOf(goid uint64) int {
	for i := len(w.recent) - 1; i >= 0; i-- {
		if s := &w.recent[i]; s.Goroutine == goid && s.Thread != 0 {
			return s.Thread
		}
	}
	return 0
}

// underWay says, a few times a second, that a frame which should have ended goes
// on, or that none does: where nothing ends, nothing else tells.
func (w *watcher) underWay() {
	const often, least = 250 * time.Millisecond, 250 * time.Millisecond
	now := w.now()
	if w.o.Each == nil || now-w.toldUnder < often {
		return
	}
	longest, looked := w.hangs(now)
	if longest < least {
		longest = 0
	}
	for _, l := range w.asm.busy(now, w.out.Over+w.out.Period) {
		if l.makes {
			longest, looked = max(longest, now-l.start-l.bridged), true
		}
	}
	if !looked {
		return
	}
	w.toldUnder = now
	w.o.Each(Update{UnderWay: longest, SoFar: w.soFar})
}

// now is the time since the start of the watch.
func (w *watcher) now() time.Duration { return time.Duration(monotonic() - w.base) }

func (w *watcher) gone(err error) error {
	if !w.t.Process.Alive() {
		return &proc.Error{Op: "watch frames", PID: w.t.Process.PID, Reason: proc.Exited, Err: err}
	}
	return err
}

// frame takes a frame that has ended, to be told in its turn.
func (w *watcher) frame(f evidence.FrameTime, parts []segment) {
	p := lateFrame{frame: f}
	if f.Late {
		p.parts, p.drew = parts, w.drew(&f)
		if r := w.rounds[f.Goroutine]; r != nil && len(r.seen) > 0 && !f.Unfinished && !f.Undrawn {
			p.round = r.seen[len(r.seen)-1]
		}
	}
	w.pending = append(w.pending, p)
}

// forget drops what is too old to be asked for.
func (w *watcher) forget() {
	old := w.now() - keep
	if old < 0 {
		return
	}
	for _, l := range w.asm.loops { // a frame that is still being made
		if l.known && !l.idle && l.start < old {
			old = max(l.start, w.now()-12*keep)
		}
	}
	n := 0
	for n < len(w.recent) && w.recent[n].At < old {
		n++
	}
	if n > 1000 {
		w.recent = slices.Delete(w.recent, 0, n)
	}
	for _, t := range w.times {
		t.forget(old)
	}
	n = 0
	for n < len(w.world) && w.world[n].To < old {
		n++
	}
	if n > 100 {
		w.world = slices.Delete(w.world, 0, n)
	}
}

// soFar is a copy of what was gathered until now.
func (w *watcher) soFar() *evidence.Frames {
	f := w.out
	f.Took, f.Began = w.now(), w.base
	f.Rates = w.rates.figures(f.Times, f.Period, f.Took)
	w.idleWaits(f.Rates)
	w.addTurns(f.Rates)
	f.Times, f.Late, f.Stacks = slices.Clone(f.Times), slices.Clone(f.Late), slices.Clone(f.Stacks)
	f.Samples, f.Spans = slices.Clone(f.Samples), slices.Clone(f.Spans)
	f.WorldCalls = slices.Clone(f.WorldCalls)
	f.Blocking, f.Foreign = nil, nil
	for _, b := range w.blocked {
		if b.Times > 0 {
			b.Pace = w.keepsPace(b)
			f.Blocking = append(f.Blocking, *b)
		}
	}
	for _, c := range w.foreign {
		f.Foreign = append(f.Foreign, *c)
	}
	sortCalls(&f)
	f.Swaps.Waits = waits(f.Times, f.Period)
	if w.host != nil {
		f.Sched = w.host.sched()
		f.Sched.GOMAXPROCS = w.t.Program.GOMAXPROCS()
	}
	return &f
}

// keepsPace: a loop of the user's own that waits for a timer in most of its turns
// keeps its pace by that, wherever in its code.
func (w *watcher) keepsPace(b *evidence.BlockingCall) bool {
	return b.Cause == evidence.CauseSleep && len(w.t.Toolkit.LoopCalls) > 0 &&
		b.Times*2 >= w.rates.frames && b.Total/time.Duration(b.Times) <= w.out.Period*3/2
}

func (w *watcher) result() *Result {
	r := &Result{Frames: *w.soFar(), Limits: w.limits}
	w.someSamples(&r.Frames)
	if len(r.Frames.Rates) == 0 {
		r.Frames.Rates = w.resting()
	}
	compact(&r.Frames)
	cost := w.tracer.Cost()
	r.Probe = report.Probe{Name: Name, TookMS: ms(time.Since(w.start)), Stops: cost.Count, StoppedMS: ms(cost.Total), MaxStopMS: ms(cost.Longest)}
	return r
}

// someSamples adds a few looks at goroutines that made no late frame: they show
// which function runs the loop.
func (w *watcher) someSamples(f *evidence.Frames) {
	const some = 20
	count := map[uint64]int{}
	for _, s := range f.Samples {
		count[s.Goroutine]++
	}
	for i := len(w.recent) - 1; i >= 0; i-- {
		if s := w.recent[i]; s.Stack >= 0 && count[s.Goroutine] < some {
			count[s.Goroutine]++
			f.Samples = append(f.Samples, s)
		}
	}
	slices.SortStableFunc(f.Samples, func(a, b evidence.FrameSample) int { return cmp.Compare(a.At, b.At) })
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// monotonic is the clock of the Go runtime's nanotime, and of the kernel's events.
func monotonic() int64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return 0
	}
	return ts.Nano()
}

// hostWatch says what the machine did meanwhile.
type hostWatch struct {
	pid                       int
	first                     *host.Snapshot
	last                      machine
	throttled, stolen, outrun bool
	rasters                   []int // threads with which the driver draws on the CPU
}

func newHostWatch(pid int) *hostWatch {
	s, err := host.Sample(pid)
	if err != nil {
		return nil
	}
	return &hostWatch{pid: pid, first: s, rasters: rasters(s), last: machine{at: time.Now(), snap: s, steal: stealTicks()}}
}

func (h *hostWatch) sched() evidence.Sched {
	last, err := host.Sample(h.pid)
	if err != nil {
		return evidence.Sched{}
	}
	load := host.Between(h.first, last)
	return evidence.Sched{CPUs: last.CPUs, Quota: last.Quota, Throttled: load.Throttled,
		OthersCPU: load.Others, TargetCPU: load.Target}
}
