package reload

import (
	"context"
	"fmt"
	"maps"
	"runtime/pprof"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// The pprof labels of what a scope starts. Goroutines that these start in turn have
// them as well.
const (
	LabelGeneration = "gomedic.generation"
	LabelComponent  = "gomedic.component"
	LabelStart      = "gomedic.start" // "file:line"
	labelScope      = "gomedic.scope" // a number of its own for each
)

// Scope is all that one component of one generation has started. A component starts
// its goroutines and timers and subscribes by it, so that they end with it.
//
// It is safe for concurrent use. Once it has ended, nothing starts any more. It is
// ended on a goroutine of its own, not the UI's.
type Scope struct {
	component  string
	generation uint64
	id         uint64
	layer      *layer
	panicked   func(*Scope, *PanicError) // may be called on any goroutine

	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	ended   bool
	last    uint64
	ends    map[uint64]func() // what ends a timer or subscription
	running sync.WaitGroup
}

var scopes atomic.Uint64

func newScope(component string, l *layer, panicked func(*Scope, *PanicError)) *Scope {
	s := &Scope{component: component, generation: l.generation, id: scopes.Add(1), layer: l, panicked: panicked, ends: map[uint64]func(){}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Component is the name that the component was registered with.
func (s *Scope) Component() string { return s.component }

// Generation is 0 for the program as it was started, and more by one with each change.
func (s *Scope) Generation() uint64 { return s.generation }

// Context is cancelled when the scope ends.
func (s *Scope) Context() context.Context { return s.ctx }

// Go runs f on a goroutine of its own, which has to end when ctx does. A panic in it is
// recovered, reported, and the component goes back to the last good generation.
func (s *Scope) Go(f func(ctx context.Context)) { s.start(caller(0), f) }

func (s *Scope) start(from string, f func(context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		s.labelled(from, f)
	}()
}

// labelled runs f with the labels, and recovers its panic.
func (s *Scope) labelled(from string, f func(context.Context)) {
	labels := pprof.Labels(LabelGeneration, strconv.FormatUint(s.generation, 10), LabelComponent, s.component,
		LabelStart, from, labelScope, strconv.FormatUint(s.id, 10))
	err := guard(func() error {
		pprof.Do(s.ctx, labels, f)
		return nil
	})
	if p, ok := err.(*PanicError); ok && s.panicked != nil {
		s.panicked(s, p)
	}
}

// AfterFunc runs f on a goroutine of its own after d, unless the scope ends before.
// stop prevents it, and reports whether it did.
func (s *Scope) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	from := caller(0)
	var t *time.Timer
	var forget func()
	ready := make(chan struct{})
	t = time.AfterFunc(d, func() {
		<-ready
		forget()
		s.start(from, func(context.Context) { f() })
	})
	forget = s.atEnd(func() { t.Stop() })
	close(ready)
	return func() bool {
		forget()
		return t.Stop()
	}
}

// Ticker returns a ticker that the scope's end stops. As with time.Ticker, its channel
// is not closed: wait for Context().Done() beside it.
func (s *Scope) Ticker(d time.Duration) *time.Ticker {
	t := time.NewTicker(d)
	s.atEnd(t.Stop)
	return t
}

// Subscribe calls subscribe, and the function that it returns when the scope ends, or
// when cancel is called, whichever is first.
func (s *Scope) Subscribe(subscribe func() (cancel func())) (cancel func()) {
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	if ended {
		return func() {}
	}
	end := subscribe()
	if end == nil {
		return func() {}
	}
	once := sync.OnceFunc(end)
	forget := s.atEnd(once)
	return func() {
		forget()
		once()
	}
}

// atEnd has end called when the scope ends; at once, if it has.
func (s *Scope) atEnd(end func()) (forget func()) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		end()
		return func() {}
	}
	defer s.mu.Unlock()
	s.last++
	id := s.last
	s.ends[id] = end
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.ends, id)
	}
}

// Guard returns a function that runs f, and treats its panic as that of a goroutine:
// for what a toolkit calls by itself, such as a button.
func (s *Scope) Guard(f func()) func() {
	return func() {
		err := guard(func() error { f(); return nil })
		if p, ok := err.(*PanicError); ok && s.panicked != nil {
			s.panicked(s, p)
		}
	}
}

// Leftover is a goroutine that still runs after its scope has ended.
type Leftover struct {
	Component  string `json:"component"`
	Generation uint64 `json:"generation"`
	Start      string `json:"start"` // "file:line" that started it, or that started what started it; empty: not known
	Where      string `json:"where"` // "function file:line": where it stands, its own code if any
	Count      int    `json:"count"` // goroutines of the same start that stand there
	Stack      string `json:"stack"`
	// Blocked: nothing can ever wake it. It is known where the program has the profile
	// "goroutineleak": Go 1.26 with GOEXPERIMENT=goroutineleakprofile.
	Blocked bool `json:"blocked,omitempty"`
}

func (l Leftover) String() string {
	n := "a goroutine"
	if l.Count > 1 {
		n = fmt.Sprintf("%d goroutines", l.Count)
	}
	started, blocked := "", ""
	if l.Start != "" {
		started = ", started at " + l.Start
	}
	if l.Blocked {
		blocked = ", and nothing can wake it"
	}
	return fmt.Sprintf("%s of %s, generation %d%s, remains in %s%s", n, l.Component, l.Generation, started, l.Where, blocked)
}

// End cancels the context, stops timers and subscriptions, and waits until the
// scope's goroutines, and those that they have started, are gone, or the timeout is
// over. It returns what remains. It must not be called by a goroutine of the scope.
func (s *Scope) End(timeout time.Duration) []Leftover {
	s.mu.Lock()
	s.ended = true
	var ends []func()
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(s.ends))) { // like defer
		ends = append(ends, s.ends[id])
	}
	s.ends = map[uint64]func(){}
	s.mu.Unlock()
	s.cancel()
	for _, end := range ends {
		s.Guard(end)()
	}
	deadline := time.Now().Add(timeout)
	gone := make(chan struct{})
	go func() { s.running.Wait(); close(gone) }()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-gone:
	case <-timer.C:
	}
	// What they have started by themselves nobody waits for: look, and look again.
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		left := s.Leftovers()
		if len(left) == 0 || !time.Now().Before(deadline) {
			return left
		}
		time.Sleep(pause)
	}
}

// Leftovers returns the goroutines with the scope's labels, ended or not. It costs a
// short stop of the program.
func (s *Scope) Leftovers() []Leftover {
	id := strconv.FormatUint(s.id, 10)
	var mine []Leftover
	for _, g := range goroutines() {
		if g.labels[labelScope] == id {
			mine = append(mine, g.leftover())
		}
	}
	return mine
}
