package native

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/native/exact"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/cstack"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// What recording may cost, and how that is kept.
const (
	// An event takes the thread that allocates or frees so long (measured on Linux 6.18:
	// a pair 2.0 to 2.4 µs, the Go stack included).
	eventCost = 1100 * time.Nanosecond
	// budget is the share of one thread's time that events may take, on average. Where
	// recording all the time would take more, it is done in windows.
	budget  = 0.025
	windows = 3
	// For so long the events are counted to know.
	counted = 100 * time.Millisecond
	// Later it is looked at again and again, from so long on.
	settled = 500 * time.Millisecond
	// What is younger than so much is not taken for left.
	youngest = 100 * time.Millisecond
	// shortest is how long a window is at least: what shows in less is chance.
	shortest   = 30 * time.Millisecond
	defaultFor = 10 * time.Second
	moments    = 8 // at which the bytes not freed are noted
)

// Run examines a live program: a look at its C heap in a frozen copy, then a recording
// of what it allocates and frees, and a look at the end. Where ctx ends while it
// records, what was recorded until then is the result. Errors: the program cannot be
// read, or has gone; ErrNoC; ErrLarge.
func Run(ctx context.Context, t stacks.Target, o Options) (*Result, error) {
	if o.For == 0 {
		o.For = defaultFor
	}
	r := &runner{examiner: newExaminer(t), o: o, by: map[uint64]*left{}, series: map[uint64][]int64{}}
	r.out.RSS = int64(t.Process.RSS())
	if tids, err := t.Process.Threads(); err == nil {
		r.out.Threads = len(tids)
	}
	if err := r.small(); err != nil {
		return nil, err
	}
	r.progress("look", 0, 1)
	rec, err := r.first(ctx)
	if err != nil {
		return nil, err
	}
	if rec != nil {
		err := r.record(ctx, rec)
		_ = rec.Close() // that may stop it once more
		n, stood, longest := rec.stops()
		r.stops += n
		r.stopped += stood
		r.longest = max(r.longest, longest)
		if err != nil {
			return nil, err
		}
	} else if o.Twice {
		r.wait(ctx, o.For, 0, nil, nil)
		if err := r.again(nil, nil, 0); err != nil {
			return nil, err
		}
	}
	return r.result(), nil
}

// runner is one examination of a live program.
type runner struct {
	*examiner
	o      Options
	noCopy bool
	by     map[uint64]*left
	series map[uint64][]int64
	// window is the program's CPU time when recording was set on last, and onCPU what it
	// has used while it was on; undisturbed is that and the events of it before the copy
	// at the window's end, which makes the program slower.
	window, onCPU time.Duration
	begun         uint64 // events before the window
	undisturbed   struct {
		events uint64
		cpu    time.Duration
	}
}

func (r *runner) progress(stage string, done, total int) {
	if r.o.Progress != nil {
		r.o.Progress(stage, done, total)
	}
}

// small: the program is not too large to be looked at in passing, and uses C.
func (r *runner) small() error {
	if r.o.Largest == 0 {
		return nil
	}
	maps, err := r.t.Process.Mappings()
	if err != nil {
		return err
	}
	if !usesC(maps) && malloc.Identify(r.t.Process, maps) == malloc.None {
		return ErrNoC
	}
	m, err := r.t.Program.MemStats()
	if err != nil {
		return ErrLarge
	}
	if goes := uint64(m.HeapInUse) + uint64(m.Stacks); uint64(r.out.RSS) > goes+r.o.Largest || goes > 4*r.o.Largest {
		return ErrLarge
	}
	return nil
}

// first takes the first look, and prepares the recorder; nil: nothing can be recorded,
// or is to be.
func (r *runner) first(ctx context.Context) (rec recorder, err error) {
	snap, err := r.freeze(ctx)
	if err != nil {
		return nil, err
	}
	defer r.closed(snap)
	maps, err := snap.Mappings()
	if err != nil {
		return nil, err
	}
	t := r.in(snap)
	if !r.o.Snapshot {
		var e error
		if rec, e = r.recorder(t.Program, snap.Threads); e != nil {
			rec = nil
			r.noRecorder(e)
		}
	}
	var l *Look
	proc.Background(func() { l, err = r.look(ctx, t, maps, snap.Stopped) })
	if err != nil {
		if rec != nil {
			_ = rec.Close()
		}
		return nil, r.gone(err)
	}
	if l != nil {
		r.describe(l, snap, maps)
	}
	return rec, nil
}

// gone says that the program has ended, where that is why something failed.
func (r *runner) gone(err error) error {
	if err != nil && !r.t.Process.Alive() {
		return &proc.Error{Op: "read the C heap", PID: r.t.Process.PID, Reason: proc.Exited, Err: err}
	}
	return err
}

// recorder is what records a program's allocations.
type recorder interface {
	On() error
	Off() error
	Counts() (allocated, freed uint64)
	Result() (*Recording, error)
	Forget() error
	Unfreed() (map[uint64]int64, error)
	Close() error
	eventCost() time.Duration // that an allocation, or a free, takes the program
	stops() (n int, stood, longest time.Duration)
}

// recorder prepares the one that was asked for.
func (r *runner) recorder(p *gort.Program, threads map[int]proc.Registers) (recorder, error) {
	if r.o.Preload != nil {
		rec, err := r.o.Preload.recorder(p, threads)
		if err == nil {
			return rec, nil
		}
		if errors.Is(err, errOther) {
			r.limit("native-own-malloc", []any{r.o.Preload.Other()}, nil)
			if rec, err = r.o.Preload.attached(r.t.Process, p, threads); err == nil {
				return rec, nil
			}
		} else {
			r.limit("native-preload", []any{err.Error()}, nil)
		}
	}
	if r.o.Exact {
		rec, err := newExactly(r.t.Process, p, threads)
		switch {
		case proc.ReasonOf(err) == proc.Seccomp:
			r.limit("native-confined-exact", nil, nil)
		case errors.Is(err, exact.ErrNoMalloc):
			r.limit("native-static-exact", nil, nil)
		case r.busy(err):
		default:
			return rec, err
		}
		r.o.Exact = false
	}
	rec, err := NewRecorder(r.t.Process, p, threads)
	if err != nil {
		return nil, err
	}
	if rec.stripped() {
		r.limit("native-stripped", nil, nil)
	}
	return rec, nil
}

// noRecorder says why nothing is recorded, and what would help.
func (r *runner) noRecorder(err error) {
	self, e := os.Executable()
	if e != nil {
		self = "gomedic"
	}
	switch {
	case r.busy(err):
	case errors.Is(err, errArch):
		r.limit("native-arch", nil, nil)
	case errors.Is(err, errShadow):
		r.limit("native-shadow-stack", nil, nil)
	case errors.Is(err, errNoLibrary), errors.Is(err, exact.ErrNoMalloc), errors.Is(err, exact.ErrNotPreloaded):
		r.limit("native-no-library", nil, nil)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		r.limit("native-privilege", nil, []any{self})
	case r.o.Exact:
		r.limit("native-exact", []any{err.Error()}, nil)
	default:
		r.limit("native-kernel", []any{err.Error()}, nil)
	}
}

// record records, in one window or in several.
func (r *runner) record(ctx context.Context, rec recorder) error {
	if err := rec.On(); err != nil {
		r.noRecorder(err)
		return nil
	}
	before, _ := r.t.Process.Mappings()
	from, begun := monotonic(), time.Now()
	cpu := cpuTime(r.t.Process.PID)
	r.window = cpu
	r.out.Recording = &evidence.NativeRecording{From: begun.Sub(r.start), Windows: 1, Aged: youngest}
	out := r.out.Recording
	waited := r.delays()
	r.wait(ctx, min(counted, r.o.For), 0, nil, nil)
	// What it costs so far, as a share of the time in which a thread could have run.
	cost := func() float64 {
		a, f := rec.Counts()
		return float64(a+f) * float64(rec.eventCost()) / float64(r.could(waited, time.Since(begun)))
	}
	dear := cost() > budget
	if !dear {
		dear = r.wait(ctx, r.o.For-time.Since(begun), time.Since(begun), func() { r.note(rec) }, func() bool {
			return time.Since(begun) > settled && cost() > budget*3/2
		})
	}
	if !dear {
		if err := r.again(rec, &from, r.o.For); err != nil {
			return err
		}
	} else {
		clear(r.series)
		out.Windows = windows
		length := max(time.Duration(float64(r.o.For)*budget/cost()/windows), shortest)
		out.Aged = min(youngest, length/3)
		for i := range windows {
			at := begun.Add(time.Duration(i) * (r.o.For - length) / (windows - 1))
			if i > 0 {
				r.wait(ctx, time.Until(at), time.Since(begun), nil, nil)
				if ctx.Err() != nil {
					break
				}
				if err := rec.On(); err != nil {
					r.noRecorder(err)
					break
				}
				r.window, at = cpuTime(r.t.Process.PID), time.Now()
				a, f := rec.Counts()
				r.begun = a + f
			}
			r.wait(ctx, time.Until(at.Add(length)), time.Since(begun), nil, nil)
			if err := r.again(rec, &from, r.o.For); err != nil {
				return err
			}
			if err := rec.Forget(); err != nil {
				break
			}
		}
	}
	span := time.Since(begun)
	out.CPU = max(cpuTime(r.t.Process.PID)-cpu, 0)
	result, err := rec.Result()
	if err != nil && len(result.Stacks) == 0 {
		r.limit("native-kernel", []any{err.Error()}, nil)
		return nil
	}
	out.Library, out.Sites, out.Stepped, out.On = result.Library, result.Sites, result.Stepped, result.On
	out.Allocated, out.Freed, out.Unseen = result.Allocated, result.Freed, result.Unseen
	out.Span = max(span, out.On)
	r.without(rec.eventCost())
	if out.Windows == 1 {
		out.Span = out.On
	}
	out.Cost = float64(out.Allocated+out.Freed) * float64(rec.eventCost()) / float64(max(out.Span, 1))
	if out.Unseen > 0 {
		r.limit("native-unseen", []any{out.Unseen}, nil)
	}
	maps, err := r.t.Process.Mappings()
	if err != nil {
		return r.gone(err)
	}
	if gone := unloaded(before, maps); len(gone) > 0 {
		r.limit("native-unloaded", []any{strings.Join(gone, ", ")}, nil)
	}
	r.sites(result, r.by, r.series, &describer{p: r.t.Program, reader: stacks.NewReader(r.t), mem: r.t.Process,
		unwinder: cstack.New(r.t.Process, maps, cstack.Options{Root: r.t.Process.Root(), IsGo: r.t.Program.IsText, Names: r.names})})
	return nil
}

// again takes a look at the end of a window, while what is allocated is recorded
// still, and ends the window. from is the recording's begin. Without a recorder it
// only looks.
func (r *runner) again(rec recorder, from *int64, span time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // also where the user has ended the watch
	defer cancel()
	r.progress("look", 0, 1)
	r.measured(rec)
	snap, err := r.freeze(ctx)
	taken := monotonic()
	if snap != nil {
		taken -= int64(snap.Stopped) + int64(time.Millisecond)
	}
	if rec != nil {
		if e := r.ended(rec.Off()); e != nil && err == nil {
			err = e
		}
		r.onCPU += cpuTime(r.t.Process.PID) - r.window
	}
	if err != nil && r.t.Process.Alive() {
		r.limit("native-last", []any{err.Error()}, nil)
		return nil
	}
	if err != nil {
		return r.gone(err)
	}
	defer r.closed(snap)
	var allocs *Recording
	if rec != nil {
		if allocs, err = rec.Result(); err != nil && len(allocs.Left) == 0 {
			r.limit("native-kernel", []any{err.Error()}, nil)
		}
	}
	maps, err := snap.Mappings()
	if err != nil {
		return r.gone(err)
	}
	t := r.in(snap)
	proc.Background(func() {
		var l *Look
		if l, err = r.look(ctx, t, maps, snap.Stopped); err != nil {
			return
		}
		var c *contents
		if l != nil {
			r.describe(l, snap, maps)
			c = &contents{mem: snap, p: t.Program, look: l, unwinder: cstack.New(snap, maps, cstack.Options{Root: r.t.Process.Root(), Names: r.names})}
		}
		if allocs != nil {
			gather(r.by, allocs.Left, l, c, taken, r.out.Recording.Aged, *from, min(span, time.Duration(taken-*from)))
		}
	})
	return r.gone(err)
}

// note notes the bytes that each stack has not freed so far.
func (r *runner) note(rec recorder) {
	unfreed, err := rec.Unfreed()
	if err != nil {
		return
	}
	n := 0
	for _, s := range r.series {
		n = max(n, len(s))
	}
	for k, v := range unfreed {
		s := r.series[k]
		for len(s) < n { // it is new
			s = append(s, 0)
		}
		r.series[k] = append(s, v)
	}
}

// wait waits, and calls each at so many moments; before is how long was waited. It
// ends at once where enough says so, and returns that.
func (r *runner) wait(ctx context.Context, d, before time.Duration, each func(), enough func() bool) bool {
	if d <= 0 {
		return false
	}
	begun, noted := time.Now(), 0
	tick := time.NewTicker(min(50*time.Millisecond, max(d, time.Millisecond)))
	defer tick.Stop()
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-end.C:
			if each != nil && noted < moments {
				each()
			}
			return false
		case <-tick.C:
		}
		past := time.Since(begun)
		r.progress("record", int((before+past)/time.Millisecond), int(r.o.For/time.Millisecond))
		if each != nil && past >= d*time.Duration(noted+1)/moments {
			noted++
			each()
		}
		if enough != nil && enough() {
			return true
		}
		if !r.t.Process.Alive() {
			return false
		}
	}
}
