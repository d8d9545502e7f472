package heap

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// The mean number of bytes between two allocations that the heap profiler notes while
// the program is watched (runtime.MemProfileRate) is such that it notes so many a
// second, each for a microsecond or two; within bounds, of which the upper is the
// runtime's default: of a program that allocates little nearly everything is noted.
const (
	notedASecond = 2000
	leastRate    = 2 << 10
	mostRate     = 512 << 10
	// For so long a program is watched to see how much it allocates.
	rateSeen = 250 * time.Millisecond
)

// profileRate is the rate for a program that allocates so many bytes a second.
func profileRate(allocated float64) int64 {
	return min(max(int64(allocated/notedASecond), leastRate), mostRate)
}

// Run looks at the heap of a live process several times. An error means that it
// could not be read at all, or went away before two looks; what else was not
// possible is among the limits.
func Run(ctx context.Context, t stacks.Target, o Options) (*Result, error) {
	w := &watch{t: t, o: o, start: time.Now(), most: o.Looks, least: o.Looks}
	if o.Looks == 0 {
		w.least, w.most = fewLooks, manyLooks
	}
	if w.o.Interval == 0 {
		w.o.Interval = defaultInterval
	}
	w.aux, _ = w.auxv()
	defer w.restore()
	for i := range w.most {
		if i > 0 {
			if err := w.wait(ctx, i); err != nil {
				return nil, err
			}
		}
		if i >= w.least-1 {
			w.sites()
		}
		done, err := w.look(ctx, i)
		if err != nil {
			if len(w.looks) > 1 && ctx.Err() == nil && !t.Process.Alive() {
				w.limit("heap-exited")
				break
			}
			return nil, err
		}
		if done {
			break
		}
		if i == 0 {
			w.profile(ctx)
		}
	}
	return w.result(), nil
}

// How often is looked where nobody says: what does not grow is told after a few
// looks; what grows is watched for longer, to tell a leak from a program that warms
// up.
const fewLooks, manyLooks = 3, 6

const defaultInterval = 3 * time.Second

// watch is one watch over a heap.
type watch struct {
	t       stacks.Target
	o       Options
	start   time.Time
	looks   []*look
	out     evidence.Heap
	limits  []report.Limit
	stops   int
	stopped time.Duration
	longest time.Duration
	undo    func() error
	aux     []byte // the vector with which the program was started
	before  []gort.Bucket
	rate    int64
	grown   []gort.Bucket // allocated since the first look and alive

	least, most int // looks
	noCopy      bool
}

// look takes one look in a frozen copy. done: no further one is needed.
func (w *watch) look(ctx context.Context, i int) (done bool, err error) {
	snap, err := w.freeze(ctx)
	if err != nil {
		return false, err
	}
	taken := false
	defer func() {
		_ = snap.Close()
		w.count(snap)
		if taken { // without a copy it is known only now
			w.out.Looks[len(w.out.Looks)-1].Stopped = snap.Stopped
		}
	}()
	at := time.Since(w.start)
	t := w.t
	t.Program = w.t.Program.In(snap)
	var progress func(done, total uint64)
	if w.o.Progress != nil {
		progress = func(done, total uint64) { w.o.Progress("look", i, w.looksSoFar(i), done, total) }
	}
	var l *look
	proc.Background(func() { l, err = read(ctx, t, snap.Threads, progress) })
	if err != nil {
		if !w.t.Process.Alive() {
			return false, &proc.Error{Op: "read the heap", PID: w.t.Process.PID, Reason: proc.Exited, Err: err}
		}
		if w.replaced() {
			return false, &proc.Error{Op: "read the heap", PID: w.t.Process.PID, Reason: proc.Exited, Err: errReplaced}
		}
		return false, err
	}
	if w.replaced() { // by itself: it was started anew
		return false, &proc.Error{Op: "read the heap", PID: w.t.Process.PID, Reason: proc.Exited, Err: errReplaced}
	}
	l.at, l.stopped, l.asked = at, snap.Stopped, w.o.Next != nil
	if m, err := t.Program.MemStats(); err == nil {
		l.gc = int64(m.NumGC)
	}
	w.looks = append(w.looks, l)
	w.out.Looks = append(w.out.Looks, l.summary(source(snap.ChildPID == 0)))
	taken = true
	if i >= w.least-1 {
		proc.Background(func() {
			w.conclude()
		})
		done = i == w.most-1 || w.o.Looks == 0 && !w.open()
	}
	if !done {
		l.shrink()
	}
	return done, nil
}

// freeze makes a frozen copy, or stops the process itself where there cannot be one,
// or nothing may be written into the process.
func (w *watch) freeze(ctx context.Context) (*proc.Snapshot, error) {
	o := proc.SnapshotOptions{Force: w.o.Force, Stop: w.o.Stop || w.o.NoWrite || w.noCopy}
	snap, err := w.t.Process.Snapshot(ctx, o)
	switch proc.ReasonOf(err) {
	case proc.Seccomp, proc.NoPlace, proc.NoCopy, proc.Unsupported:
		if o.Stop {
			break
		}
		w.noCopy, o.Stop = true, true
		w.limit("heap-stop")
		return w.t.Process.Snapshot(ctx, o)
	}
	return snap, err
}

// looksSoFar is how many looks there will be, as far as is known.
func (w *watch) looksSoFar(i int) int { return max(w.least, i+1) }

// open: something grows, and it is too early to say that it goes on.
func (w *watch) open() bool {
	const grows = 0.3 // confidence: below, it does not grow
	for i := range w.out.Suspects {
		switch s := &w.out.Suspects[i]; s.Kind {
		case evidence.SuspectGoroutines, evidence.SuspectFinalizers, evidence.SuspectBacking:
		default:
			if s.Trend.Confidence >= grows && !s.Trend.Falls {
				return true
			}
		}
	}
	return false
}

var errReplaced = errors.New("another program runs in its place")

// auxv is the vector with which the kernel started the program: execve makes a new
// one, with other addresses (proc(5)).
func (w *watch) auxv() ([]byte, error) {
	return os.ReadFile(filepath.Join(filepath.Dir(w.t.Process.ExePath()), "auxv"))
}

// replaced: the process has started another program, or its own anew, with execve.
func (w *watch) replaced() bool {
	now, err := w.auxv()
	return err == nil && len(w.aux) > 0 && len(now) > 0 && !bytes.Equal(now, w.aux)
}

func source(stop bool) evidence.HeapSource {
	if stop {
		return evidence.FromStop
	}
	return evidence.FromClone
}

func (w *watch) count(s *proc.Snapshot) {
	w.stops++
	w.stopped += s.Stopped
	w.longest = max(w.longest, s.Stopped)
	if s.Reaping > 0 {
		w.stops++
		w.stopped += s.Reaping
		w.longest = max(w.longest, s.Reaping)
	}
}

// wait waits for the next look.
func (w *watch) wait(ctx context.Context, i int) error {
	if w.o.Next != nil {
		return w.o.Next()
	}
	until := w.start.Add(w.looks[0].at + time.Duration(i)*w.o.Interval)
	if least := time.Now().Add(w.o.Interval / 4); until.Before(least) {
		until = least // reading took long: let something happen
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(until) {
		if w.o.Progress != nil {
			w.o.Progress("wait", i, w.looksSoFar(i), uint64(max(w.o.Interval-time.Until(until), 0).Milliseconds()), uint64(w.o.Interval.Milliseconds()))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if !w.t.Process.Alive() {
			return &proc.Error{Op: "watch the heap", PID: w.t.Process.PID, Reason: proc.Exited}
		}
	}
	return nil
}

// conclude compares the looks while the last one can still be read.
func (w *watch) conclude() {
	w.out.Suspects = nil
	conclude(&w.out, w.looks)
	last := w.looks[len(w.looks)-1]
	assignSites(w.out.Suspects, w.grown, w.rate, last)
	w.out.Sites = siteGroups(w.grown, w.rate, last)
	if a, err := account(w.t.Process, w.t.Program, last.bytes, last.garbage, last.mallocs); err == nil {
		a.Available = int64(w.t.Process.Headroom().Free)
		w.out.Account = a
		w.unwalked(a, last.otherC)
	} else {
		w.limit("heap-account")
	}
}

// unwalked says that C memory does not count to its owners, where there is much of it in
// an allocator's heap that cannot be walked.
func (w *watch) unwalked(a *evidence.MemoryAccount, other malloc.Allocator) {
	const much = 64 << 20
	var c int64
	for _, p := range a.Part {
		if p.Name == evidence.MemoryCHeap || p.Name == evidence.MemoryAnonymous {
			c += p.RSS
		}
	}
	l := report.Limit{Probe: Name, Why: text.T("limit.heap-c.why", string(other)), Help: text.T("limit.heap-c.help")}
	if other == malloc.None || c < much || slices.ContainsFunc(w.limits, func(o report.Limit) bool { return o.Why.In(text.English) == l.Why.In(text.English) }) {
		return
	}
	w.limits = append(w.limits, l)
}

func (w *watch) result() *Result {
	w.out.Took = time.Since(w.start)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return &Result{Heap: w.out, Limits: w.limits, Probe: report.Probe{Name: Name, TookMS: ms(w.out.Took), Stops: w.stops,
		StoppedMS: ms(w.stopped), MaxStopMS: ms(w.longest)}}
}

// profile switches the runtime's heap profiler on for the time of the watch.
func (w *watch) profile(ctx context.Context) {
	if w.o.NoWrite || w.most < 2 {
		return
	}
	rate, ok := w.t.Program.MemProfileRate()
	if !ok {
		w.limit("heap-profile")
		return
	}
	w.rate = rate
	if want := w.allocates(ctx); rate <= 0 || rate > want {
		undo, err := w.t.Program.SetMemProfileRate(w.t.Process, want)
		if err != nil {
			w.limit("heap-profile")
			return
		}
		w.undo, w.rate = undo, want
	}
	w.before, _ = w.t.Program.MemBuckets()
}

// allocates returns the rate that fits how much the program allocates at present.
func (w *watch) allocates(ctx context.Context) int64 {
	const unknown = 32 << 20 // bytes a second, where it cannot be read
	before, err := w.t.Program.MemStats()
	if err != nil {
		return profileRate(unknown)
	}
	began := time.Now()
	select {
	case <-ctx.Done():
	case <-time.After(rateSeen):
	}
	after, err := w.t.Program.MemStats()
	if err != nil || after.TotalAlloc < before.TotalAlloc {
		return profileRate(unknown)
	}
	return profileRate(float64(after.TotalAlloc-before.TotalAlloc) / time.Since(began).Seconds())
}

// sites reads what the profiler noted.
func (w *watch) sites() {
	if w.rate == 0 {
		return
	}
	if now, err := w.t.Program.MemBuckets(); err == nil {
		w.grown = gort.BucketsSince(w.before, now)
	}
}

// restore puts the profiler's rate back.
func (w *watch) restore() {
	if w.undo == nil || w.replaced() { // what is there now is not ours
		w.undo = nil
		return
	}
	if err := w.undo(); err != nil && !errors.Is(err, proc.ErrRead) && w.t.Process.Alive() {
		w.limit("heap-profile-left")
	}
	w.undo = nil
}
