package wasm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/report"
)

// WatchOptions say how long to follow a page.
type WatchOptions struct {
	Options
	For      time.Duration // from when its program runs
	Load     time.Duration // what loading may take at most; 0: 30 s
	Progress func(key string, done, all int)
	// Parts says what of a copy tells of the program's goroutines, see [Page.LookAt];
	// nil: all of the memory is copied at one moment.
	Parts func(of Instance, mem []byte) (Parts, bool)
}

// Result is what following a page gave.
type Result struct {
	Target evidence.Target
	Page   evidence.Page
	Copies []Copy // of the Go program's memory, the last two; none where it was not readable
	Probes []report.Probe
	Limits []report.Limit

	base time.Time // of the page's request
}

// Copy is a program's linear memory at a moment.
type Copy struct {
	Memory []byte
	At     time.Time
	Of     Instance
	Moved  bool // see [Look]
}

// maxKept is up to which size, in bytes, two copies are kept.
const maxKept = 256 << 20

// Started is when a program began to run, by the clock of the machine; zero: not
// known.
func (r *Result) Started(g *evidence.WasmProgram) time.Time {
	if g.Run == 0 || r.base.IsZero() {
		return time.Time{}
	}
	return r.base.Add(g.Run)
}

// How long nothing may happen before loading is taken to be over.
const (
	quietFailed = 700 * time.Millisecond  // after something has failed
	quiet       = 2500 * time.Millisecond // otherwise: a page may wait before it begins
	slowest     = 30 * time.Second
	afterExit   = 1200 * time.Millisecond // for what still calls a program that has ended
)

// NavigationError says that the page itself could not be had.
type NavigationError struct{ URL, Reason string }

func (e *NavigationError) Error() string { return fmt.Sprintf("open %s: %s", e.URL, e.Reason) }

// Watch opens a page, follows it until its program runs or will not, and then for
// the time asked. Errors: ErrNoBrowser, ErrNoTab, *NavigationError, and those of
// Open.
func Watch(ctx context.Context, o WatchOptions) (*Result, error) {
	w := &watcher{o: o, rec: newRecorder(), began: time.Now()}
	w.o.Load = cmp.Or(o.Load, slowest)
	if w.o.Progress == nil {
		w.o.Progress = func(string, int, int) {}
	}
	opt := o.Options
	opt.Heard, opt.Said, opt.Prepare = w.rec.heard, w.rec.said, w.prepare
	w.o.Progress("cli.progress.wasm.browser", 0, 0)
	page, err := Open(ctx, opt)
	if err != nil {
		return nil, err
	}
	defer page.Close()
	w.page = page
	w.opened = time.Now()
	if err := w.load(ctx); err != nil {
		return nil, err
	}
	w.stay(ctx)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return w.conclude(ctx)
}

type watcher struct {
	o      WatchOptions
	rec    *recorder
	page   *Page
	began  time.Time
	opened time.Time
	traces bool

	mem     []byte
	copies  []Copy
	held    Held
	looks   []look
	memErr  error
	attempt int
}

// look is one copy of the program's memory.
type look struct {
	at    time.Duration
	found map[uint32]uint64
}

// prepare starts the browser's records before the page is opened.
func (w *watcher) prepare(ctx context.Context, p *Page) error {
	w.rec.mu.Lock()
	w.rec.frame = p.target
	w.rec.mu.Unlock()
	p.Call(ctx, "Audits.enable", nil, nil)
	err := p.Call(ctx, "Tracing.start", map[string]any{
		"transferMode": "ReportEvents",
		"traceConfig":  map[string]any{"includedCategories": traceCategories, "recordMode": "recordContinuously"},
	}, nil)
	w.traces = err == nil
	if p.browser != nil {
		return nil
	}
	return w.already(ctx, p)
}

// already learns of a tab as it is when its page began.
func (w *watcher) already(ctx context.Context, p *Page) error {
	var m struct {
		Metrics []struct {
			Name  string
			Value float64
		}
	}
	p.Call(ctx, "Performance.enable", nil, nil)
	if err := p.Call(ctx, "Performance.getMetrics", nil, &m); err != nil {
		return err
	}
	now, start := 0.0, 0.0
	for _, v := range m.Metrics {
		switch v.Name {
		case "Timestamp":
			now = v.Value
		case "NavigationStart":
			start = v.Value
		}
	}
	p.Call(ctx, "Performance.disable", nil, nil)
	w.rec.mu.Lock()
	defer w.rec.mu.Unlock()
	if start == 0 {
		start = now
	}
	w.rec.mono = start
	w.rec.wall = float64(time.Now().UnixNano())/1e9 - (now - start)
	w.rec.page.Attached, w.rec.loaded = true, true
	return nil
}

// state is what decides when loading is over.
type state struct {
	running  bool
	instance bool // something was instantiated
	failed   bool // something has failed
	busy     bool // requests or calls have not ended
	loaded   bool
	crashed  bool
	exited   bool // every program that ran has ended
	net      string
	since    time.Duration // nothing has happened
}

func (r *recorder) state() state {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := state{loaded: r.loaded, crashed: r.page.Crashed, net: r.failed, since: time.Since(r.last), exited: len(r.programs) > 0}
	for id := range r.inflight {
		if q := r.requests[id]; q != nil && q.Kind != "EventSource" && q.Kind != "WebSocket" && q.Kind != "Ping" {
			s.busy = true
		}
	}
	for _, q := range r.requests {
		if q.Role != "" && (q.Error != "" || q.Status >= 400) {
			s.failed = true
		}
	}
	for _, c := range r.calls {
		s.busy = s.busy || c.End == 0
		s.failed = s.failed || c.Failed
	}
	for _, p := range r.programs {
		s.instance = true
		s.running = s.running || p.Run != 0
		s.exited = s.exited && p.Exited
	}
	for _, e := range r.page.Errors {
		s.failed = s.failed || e.From == "exception" || e.From == "security"
	}
	s.failed = s.failed || len(r.page.Issues) > 0
	return s
}

// load follows the page until a program runs or none will.
func (w *watcher) load(ctx context.Context) error {
	if w.page.browser == nil {
		return nil
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		s := w.rec.state()
		over := time.Since(w.opened) > w.o.Load
		switch {
		case s.net != "":
			return &NavigationError{w.o.URL, s.net}
		case s.running, s.crashed, over:
			return nil
		case s.busy:
		case s.instance && s.since > quiet:
			return nil // not from Go, or never started
		case s.failed && s.since > quietFailed, s.loaded && s.since > quiet:
			w.rec.mu.Lock()
			w.rec.page.Idle = true
			w.rec.mu.Unlock()
			return nil
		}
		w.o.Progress("cli.progress.wasm.load", int(time.Since(w.opened)/time.Millisecond), int(w.o.Load/time.Millisecond))
		select {
		case <-tick.C:
		case <-w.page.Done():
			return ErrBrowserGone
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// stay watches the running program for the time asked, and looks at its memory.
func (w *watcher) stay(ctx context.Context) {
	s := w.rec.state()
	if !s.running && w.page.browser != nil {
		return
	}
	begin := time.Now()
	// The first look is not at once: what a program registers to begin with is no leak.
	looks := []time.Duration{w.o.For * 3 / 10, w.o.For * 13 / 20}
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	var exited time.Time
	for {
		now := time.Since(begin)
		w.o.Progress("cli.progress.wasm.watch", int(now/time.Millisecond), int(w.o.For/time.Millisecond))
		if s := w.rec.state(); s.crashed {
			return
		} else if s.exited {
			if exited.IsZero() {
				exited = time.Now()
			}
			if time.Since(exited) > afterExit {
				break
			}
		}
		if now >= w.o.For {
			break
		}
		if len(looks) > 0 && now >= looks[0] {
			looks = looks[1:]
			w.look(ctx)
		}
		select {
		case <-tick.C:
			continue
		case <-w.page.Done():
		case <-ctx.Done():
		}
		return
	}
	w.look(ctx)
}

// look copies the memory of the page's Go program and counts its callbacks.
func (w *watcher) look(ctx context.Context) {
	if errors.Is(w.memErr, ErrPageBusy) && w.attempt > 1 {
		return
	}
	w.attempt++
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	at := time.Since(w.opened)
	w.rec.mu.Lock()
	if w.rec.wall != 0 {
		at = w.rec.since(float64(time.Now().UnixNano()) / 1e6)
	}
	w.rec.mu.Unlock()
	parts := w.o.Parts
	if parts == nil {
		parts = func(Instance, []byte) (Parts, bool) { return Parts{}, false }
	}
	l, err := w.page.LookAt(ctx, nil, parts)
	w.memErr = err
	if err != nil {
		return
	}
	mem := l.Memory
	w.mem = mem
	w.copies = append(w.copies, Copy{mem, time.Now(), l.Of, l.Moved})
	if n := len(w.copies); n > 2 || n == 2 && len(mem) > maxKept {
		w.copies = w.copies[1:]
	}
	w.held = append(w.held, l.Held...)
	if funcs, err := gort.WasmFunctions(mem); err == nil {
		found, _ := funcsIn(mem, funcs)
		w.looks = append(w.looks, look{at, found})
	}
}
