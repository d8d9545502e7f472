package reload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// UI runs functions where a toolkit allows its things to be touched.
type UI interface {
	// Do has f run on the goroutine of the UI, between two frames. It may return before f
	// has run. Functions run in the order of the calls.
	Do(f func())
}

// Slot is a place in a window where a component is shown. Its methods are called on the
// goroutine of the UI, and may panic.
type Slot interface {
	// Try checks that an instance can be shown, and if it can draws it once where nobody
	// sees it.
	Try(instance any) error
	// Show shows an instance from the next frame on. It may have been shown before.
	Show(instance any)
	// Failed shows an error over what is shown; nil takes it away.
	Failed(err error)
}

// Options are a Host's. Only UI is needed.
type Options struct {
	UI UI
	// FirstFrames is how many frames a generation must have drawn in each of its places
	// before the one before it is let go; 0: 3.
	FirstFrames int
	// FrameTimeout is how long Load waits for them; 0: 2 s. A hidden window draws none.
	FrameTimeout time.Duration
	// AnswerTimeout is how long the goroutine of the UI may take to begin with what it is
	// to do; 0: 10 s. A hidden window of Gio does nothing at all.
	AnswerTimeout time.Duration
	// EndTimeout is how long a generation's goroutines may take to end; 0: 2 s.
	EndTimeout time.Duration
	// Report gets a record of every change, rollback and panic, on any goroutine; nil:
	// they are printed to the standard error, but under gomedic dev, which shows them.
	Report func(*Record)

	// Open loads a generation's code from a file, for Serve; nil: plugin.Open, in
	// programs that are built with the tag gomedic_reload.
	Open func(path string) error

	components *registry
}

// Host shows components, and replaces them by those of a new generation: all of a
// generation or none. Until the new one has drawn its first frames the old one is kept,
// and comes back if the new one panics: when it is built, in a frame, or in a goroutine
// of its scope. Later panics bring back the code before, built anew, with the state.
//
// Mount, and what a Mount has, is for the goroutine of the UI; the others must not be
// called there, as they wait for it.
type Host struct {
	o       Options
	store   *store
	next    atomic.Uint64 // number of the next generation
	loading sync.Mutex

	// Of the UI's goroutine:
	base    *layer
	mounts  []*Mount
	history map[string][]*registration // of each component, the good ones; the last is shown
	trial   *generation                // shown, and not yet known to be good
	drawn   bool

	firstDrawn chan struct{} // closed with the first frame of all

	ends sync.WaitGroup // scopes that are being ended

	listenersMu  sync.Mutex
	listeners    map[uint64]func(*Record)
	lastListener uint64
}

// Mount is a component in a slot.
type Mount struct {
	h    *Host
	name string
	slot Slot
	live *instance
}

// instance is a component that was built.
type instance struct {
	reg   *registration
	scope *Scope
	layer *layer
	value any
}

// generation is a change on its way.
type generation struct {
	n      uint64
	batch  *batch
	layer  *layer
	new    map[*Mount]*instance
	old    map[*Mount]*instance
	frames map[*Mount]int
	done   chan struct{} // closed when it is good, or rolled back
	first  time.Time     // of the first frame
	err    error         // why it was rolled back
}

// NewHost returns a host. Under gomedic dev it takes over the states of the run before
// and listens for changes; see [EnvState] and [EnvDev]. Errors: of components that are
// registered wrongly. A file of states that cannot be read is reported, and the program
// starts without.
func NewHost(o Options) (*Host, error) {
	if o.UI == nil {
		return nil, errors.New("reload.Options.UI is missing")
	}
	if o.FirstFrames <= 0 {
		o.FirstFrames = 3
	}
	if o.FrameTimeout <= 0 {
		o.FrameTimeout = 2 * time.Second
	}
	if o.AnswerTimeout <= 0 {
		o.AnswerTimeout = 10 * time.Second
	}
	if o.EndTimeout <= 0 {
		o.EndTimeout = 2 * time.Second
	}
	if o.Report == nil {
		driven := os.Getenv(EnvDev) != "" // gomedic dev says itself what its changes came to
		o.Report = func(r *Record) {
			if !driven || r.Outcome == Failed && r.Generation == 0 {
				fmt.Fprintln(os.Stderr, "reload:", r)
			}
		}
	}
	if o.Open == nil {
		o.Open = OpenPlugin
	}
	if o.components == nil {
		o.components = components
	}
	if err := o.components.err(); err != nil {
		return nil, err
	}
	h := &Host{o: o, store: newStore(), history: map[string][]*registration{}, firstDrawn: make(chan struct{}), listeners: map[uint64]func(*Record){}}
	h.next.Store(1)
	h.base = h.store.newLayer(0)
	h.base.shown = true
	h.base.types = o.components.types(nil)
	h.attach()
	return h, nil
}

// Mount builds a component and shows it in a slot, in its present generation. Errors:
// of a name that is not registered, of its constructor (a panic in it, too), and of
// Slot.Try.
func (h *Host) Mount(name string, slot Slot) (*Mount, error) {
	if h.trial != nil {
		h.settle(h.trial) // a place more than it has replaced could not be rolled back
	}
	if err := h.o.components.err(); err != nil {
		return nil, err // of those that were registered since NewHost
	}
	reg, layer := h.present(name)
	if reg == nil {
		return nil, fmt.Errorf("no component %q is registered", name)
	}
	m := &Mount{h: h, name: name, slot: slot}
	i, err := m.build(reg, layer)
	if err != nil {
		return nil, fmt.Errorf("component %q: %w", name, err)
	}
	m.live = i
	h.mounts = append(h.mounts, m)
	slot.Show(i.value)
	if aside := layer.news(); len(aside) > 0 { // after a warm restart
		r := &Record{Generation: layer.generation, At: time.Now(), Outcome: OK, Components: []string{name}, Aside: aside}
		h.ends.Go(func() { h.report(r) })
	}
	return m, nil
}

// present is a component's registration now, and the states that go with it.
func (h *Host) present(name string) (*registration, *layer) {
	for _, m := range h.mounts {
		if m.name == name {
			return m.live.reg, m.live.layer
		}
	}
	if all := h.history[name]; len(all) > 0 {
		reg := all[len(all)-1]
		l := h.store.newLayer(reg.generation)
		l.types, l.shown = h.base.types, true
		return reg, l
	}
	reg, ok := h.o.components.get(name)
	if !ok {
		return nil, nil
	}
	h.history[name] = []*registration{reg}
	return reg, h.base
}

// Unmount takes the component away, and ends its scope.
func (m *Mount) Unmount() {
	m.h.mounts = slices.DeleteFunc(m.h.mounts, func(other *Mount) bool { return other == m })
	if t := m.h.trial; t != nil && t.new[m] != nil {
		m.h.end(t.old[m])
		delete(t.old, m)
		delete(t.new, m)
	}
	m.h.end(m.live)
}

// build makes an instance and tries it.
func (m *Mount) build(reg *registration, l *layer) (*instance, error) {
	i := &instance{reg: reg, layer: l, scope: newScope(reg.name, l, m.h.panicked)}
	labels := pprof.Labels(LabelGeneration, strconv.FormatUint(l.generation, 10), LabelComponent, reg.name,
		LabelStart, reg.at, labelScope, strconv.FormatUint(i.scope.id, 10))
	err := guard(func() (err error) {
		pprof.Do(i.scope.ctx, labels, func(context.Context) { i.value, err = reg.build(i.scope) })
		if err == nil {
			err = m.slot.Try(i.value)
		}
		return err
	})
	if err != nil {
		m.h.end(i)
		return nil, err
	}
	return i, nil
}

// Frame runs f, which lays out or draws a frame of the component, with what it is now.
// Where f panics, the host goes back to the last good generation, and f is run again
// with that. Where there is none, the panic goes on.
func (m *Mount) Frame(f func(instance any)) {
	m.Run(f)
	m.h.framed(m)
	if !m.h.drawn {
		m.h.drawn = true
		close(m.h.firstDrawn)
	}
}

// Run is Frame for what is no frame: a callback that the toolkit calls.
func (m *Mount) Run(f func(instance any)) {
	for {
		i := m.live
		err := guard(func() error { f(i.value); return nil })
		if err == nil {
			return
		}
		p := err.(*PanicError)
		if !m.h.back(i.scope, p) || m.live == i {
			panic(p)
		}
	}
}

// Value is what is shown now.
func (m *Mount) Value() any { return m.live.value }

// Scope is the scope of what is shown now.
func (m *Mount) Scope() *Scope { return m.live.scope }

// ShowError shows an error over all components, such as that of code which does not
// compile; nil takes it away, and so does the next generation.
func (h *Host) ShowError(ctx context.Context, err error) error {
	return h.onUI(ctx, func() {
		for _, m := range h.mounts {
			m.failed(err)
		}
	})
}

// Save writes all states to a file, for the next start: at once or not at all. It
// returns what cannot be written.
func (h *Host) Save(ctx context.Context, path string) (left []Aside, err error) {
	if e := h.onUI(ctx, func() { left, err = h.store.save(path) }); e != nil {
		return nil, e
	}
	return left, err
}

// Restore reads a file of Save. Call it before components are mounted. A file that is
// not there is no error; for one that cannot be read, see [ErrState]: nothing is
// restored then.
func (h *Host) Restore(path string) error { return h.store.restore(path) }

// Aside returns all that is kept aside.
func (h *Host) Aside() []Aside { return h.store.asides() }

// Close ends all scopes, and returns what remains of them.
func (h *Host) Close(ctx context.Context) ([]Leftover, error) {
	var all []*instance
	err := h.onUI(ctx, func() {
		if h.trial != nil {
			for _, i := range h.trial.old {
				all = append(all, i)
			}
			h.trial = nil
		}
		for _, m := range h.mounts {
			all = append(all, m.live)
		}
		h.mounts = nil
	})
	var left []Leftover
	for _, i := range all {
		left = append(left, i.scope.End(h.o.EndTimeout)...)
	}
	h.ends.Wait()
	return left, err
}

// onUI runs f on the UI's goroutine, and waits for it; once ctx is done, or the time is
// over, only if f has begun.
func (h *Host) onUI(ctx context.Context, f func()) error {
	ctx, cancel := context.WithTimeout(ctx, h.o.AnswerTimeout)
	defer cancel()
	var taken atomic.Bool
	done := make(chan struct{})
	h.o.UI.Do(func() {
		if taken.CompareAndSwap(false, true) {
			defer close(done)
			f()
		}
	})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		if taken.CompareAndSwap(false, true) {
			return fmt.Errorf("the goroutine of the UI has not answered; is the window hidden, or frozen? %w", ctx.Err())
		}
		<-done
		return nil
	}
}

// end ends an instance beside the UI.
func (h *Host) end(i *instance) {
	if i == nil {
		return
	}
	pkg := i.reg.pkg
	if slices.ContainsFunc(h.mounts, func(m *Mount) bool { return m.live != nil && m.live.reg.pkg == pkg }) {
		pkg = "" // its code is still shown
	}
	h.ends.Go(func() {
		left := i.scope.End(h.o.EndTimeout)
		if left = i.scope.withBlocked(left, pkg); len(left) > 0 {
			h.report(&Record{Generation: i.scope.generation, At: time.Now(), Outcome: OK, Components: []string{i.reg.name}, Leftovers: left})
		}
	})
}
