package native

import (
	"errors"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/native/bpf"
	"github.com/gomedic/gomedic/internal/probe/native/exact"
	"github.com/gomedic/gomedic/internal/proc"
)

const (
	// How often the rings are emptied: each has room for 32,768 events.
	emptied = 4 * time.Millisecond
	// How often it is looked for libraries that were loaded meanwhile.
	searched = 200 * time.Millisecond
	// The same where a thread could not be stopped for it, again and again: at most.
	searchedLate = 10 * time.Second
	// exactCost is what an event takes: measured, a pair 45 ns, the Go stack 10 of them.
	exactCost = 25 * time.Nanosecond
)

// exactly records every allocation: by hooks in the tables through which malloc is
// called, or by a library that the program was started with.
type exactly struct {
	p         *proc.Process
	layout    gort.CgoLayout
	preloaded bool

	mu      sync.Mutex
	h       *exact.Hooks // of the last turn; nil: none yet
	goSince uint64       // since when Go's stacks are recorded; 0: from the beginning
	since   time.Time    // when it was set on; zero: it is off
	on      time.Duration

	stop chan struct{}
	done chan error
}

func newExactly(p *proc.Process, prog *gort.Program, threads map[int]proc.Registers) (*exactly, error) {
	e := &exactly{p: p, layout: layout(p, prog, threads)}
	if _, err := exact.Clean(p); err != nil { // that takes no call
		return nil, err
	}
	if p.Confined() {
		return nil, &proc.Error{Op: "set hooks", PID: p.PID, Reason: proc.Seccomp}
	}
	return e, exact.Possible(p)
}

// On begins to record.
func (e *exactly) On() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.since.IsZero() {
		return nil // it records since the program began
	}
	if !e.preloaded {
		h, err := exact.Attach(e.p, e.layout)
		if err != nil {
			return err
		}
		e.h = h
	} else if err := e.h.Resume(); err != nil {
		return err
	}
	e.since = time.Now()
	e.stop, e.done = make(chan struct{}), make(chan error, 1)
	go e.empty(e.h, e.stop, e.done)
	return nil
}

// empty empties the rings until it is told to stop.
func (e *exactly) empty(h *exact.Hooks, stop chan struct{}, done chan error) {
	runtime.LockOSThread() // and ends with it: its priority is its own
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -10)
	tick := time.NewTicker(emptied)
	defer tick.Stop()
	last, pause := time.Now(), searched
	for {
		e.mu.Lock()
		err := h.Poll()
		if err == nil && time.Since(last) > pause {
			before := pause
			pause = searched
			if err = h.Libraries(); exact.Later(err) {
				err, pause = nil, min(2*before, searchedLate) // it may stand for a while each time
			}
			last = time.Now()
		}
		e.mu.Unlock()
		if err != nil {
			done <- err
			return
		}
		select {
		case <-stop:
			done <- nil
			return
		case <-tick.C:
		}
	}
}

// Off ends it; what was recorded stays.
func (e *exactly) Off() error {
	if e.since.IsZero() {
		return nil
	}
	close(e.stop)
	err := <-e.done
	e.mu.Lock()
	defer e.mu.Unlock()
	err = errors.Join(err, e.h.Detach(), e.h.Poll())
	e.on += time.Since(e.since)
	e.since = time.Time{}
	return err
}

// Counts are the events so far.
func (e *exactly) Counts() (allocated, freed uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.h == nil {
		return 0, 0
	}
	return e.h.Counts()
}

// Result is what was recorded so far.
func (e *exactly) Result() (*Recording, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := &Recording{On: e.on, Stacks: map[uint64]bpf.Stack{}, Left: map[uint64]bpf.Alloc{}}
	if e.h == nil {
		return out, nil
	}
	var rec *exact.Record
	var err error
	if e.since.IsZero() {
		rec, err = e.h.Result()
	} else {
		rec, err = e.h.SoFar(), nil
	}
	out.Library, out.Sites = e.h.Library, e.h.Places()
	out.Allocated, out.Freed, out.Unseen = rec.Allocs, rec.Frees, rec.Lost
	for key, s := range rec.Stacks {
		out.Stacks[key] = bpf.Stack{N: s.N, Bytes: s.Bytes, Freed: s.Freed, FreedBytes: s.FreedBytes, Go: s.Go, Caller: s.Caller, PC: s.Caller, SP: s.SP, C: s.C}
	}
	when := e.h.Clock()
	for addr, a := range rec.Left {
		var goid uint64
		if s := rec.Stacks[a.Stack]; s != nil {
			goid = s.GoID
			if len(s.Go) == 0 && a.When < e.goSince {
				continue // whose it is was not to be told yet
			}
		}
		out.Left[addr] = bpf.Alloc{Stack: a.Stack, Size: a.Size, At: when(a.When), GoID: goid}
	}
	return out, err
}

// Forget drops what was allocated and not freed so far; the sums of the stacks stay.
func (e *exactly) Forget() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.h.SoFar().Drop()
	return nil
}

// Unfreed are the bytes of each stack that were not freed so far.
func (e *exactly) Unfreed() (map[uint64]int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := map[uint64]int64{}
	for key, s := range e.h.SoFar().Stacks {
		out[key] = int64(s.Bytes) - int64(s.FreedBytes)
	}
	return out, nil
}

// Close takes everything away.
func (e *exactly) Close() error {
	err := e.Off()
	if e.h != nil {
		err = errors.Join(err, e.h.Release())
	}
	return err
}

func (e *exactly) eventCost() time.Duration { return exactCost }

func (e *exactly) stops() (n int, stood, longest time.Duration) {
	if e.h == nil {
		return 0, 0, 0
	}
	return e.h.Stops, e.h.Stood, e.h.Longest
}
