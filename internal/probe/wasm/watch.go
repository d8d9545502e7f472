package wasm

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// WatchOptions say how long to follow a page.
type WatchOptions struct {
	Options
	For      time.Duration // from when its program runs
	Load     time.Duration // what loading may take at most; 0: 30 s
	Progress func(key string, done, all int)
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
	held    []time.Duration
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
	mem, held, err := w.page.Memory(ctx)
	w.memErr = err
	if err != nil {
		return
	}
	w.mem = mem
	w.copies = append(w.copies, Copy{mem, time.Now()})
	if n := len(w.copies); n > 2 || n == 2 && len(mem) > maxKept {
		w.copies = w.copies[1:]
	}
	w.held = append(w.held, held)
	if funcs, err := gort.WasmFunctions(mem); err == nil {
		found, _ := funcsIn(mem, funcs)
		w.looks = append(w.looks, look{at, found})
	}
}

// conclude ends the browser's records and makes evidence of all.
func (w *watcher) conclude(ctx context.Context) (*Result, error) {
	w.o.Progress("cli.progress.wasm.read", 0, 0)
	w.endTrace(ctx)
	title := w.title(ctx)
	res := &Result{Copies: w.copies}
	r := w.rec
	r.mu.Lock()
	defer r.mu.Unlock()
	page := &r.page
	page.URL, page.Title, page.Browser, page.Up = clip(withoutUser(w.o.URL)), title, clip(w.page.Product), w.page.Up
	if r.wall != 0 {
		res.base = time.UnixMicro(int64(r.wall * 1e6))
	}
	page.Took = r.since(float64(time.Now().UnixNano()) / 1e6)
	r.gather()
	w.known(res)
	names := w.names(res)
	for key, p := range r.programs {
		w.program(key, p, names, &res.Target)
	}
	w.looked(names)
	r.programsOf()
	for i := range page.Errors {
		if e := &page.Errors[i]; e.From == "exception" {
			e.Frames = names.ofStack(e.Text)
		}
	}
	w.heads()
	if r.mono != 0 && w.traces {
		offset := func(us int64) time.Duration { return r.at(float64(us) / 1e6) }
		page.Tasks = r.trace.longTasks(offset, names)
		if run := page.FirstRun(); run > 0 {
			from := int64(r.mono*1e6) + run.Microseconds()
			page.Frames = r.trace.drawn(from, r.trace.end, offset)
		}
	}
	res.Page = *page
	res.Limits = append(res.Limits, w.limits()...)
	probe := report.Probe{Name: "page", TookMS: float64(time.Since(w.began).Microseconds()) / 1000, Stops: len(w.held)}
	for _, h := range w.held {
		ms := float64(h.Microseconds()) / 1000
		probe.StoppedMS += ms
		probe.MaxStopMS = max(probe.MaxStopMS, ms)
	}
	res.Probes = []report.Probe{probe}
	return res, nil
}

// heads looks at what the server gives instead of a module where the browser took
// the answer for none.
func (w *watcher) heads() {
	for i := range w.rec.page.Calls {
		c := &w.rec.page.Calls[i]
		if !c.Failed || c.Head != "" {
			continue
		}
		for j := range w.rec.page.Requests {
			q := &w.rec.page.Requests[j]
			if q.Status == 200 && q.Head == "" && (c.URL != "" && q.URL == c.URL || c.URL == "" && q.Role == evidence.RoleModule) {
				if b, err := w.fetch(q.URL, 16); err == nil {
					q.Head = hex.EncodeToString(b)
				}
			}
		}
	}
}

func (w *watcher) endTrace(ctx context.Context) {
	if !w.traces {
		return
	}
	end, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if w.page.Call(end, "Tracing.end", nil, nil) != nil {
		return
	}
	select {
	case <-w.rec.traced:
	case <-w.page.Done():
	case <-end.Done():
	}
}

func (w *watcher) title(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var m struct{ TargetInfo struct{ Title string } }
	w.page.conn.Call(ctx, "", "Target.getTargetInfo", map[string]any{"targetId": w.page.target}, &m)
	return clip(m.TargetInfo.Title)
}

// gather puts the requests and calls into the page, by their time.
func (r *recorder) gather() {
	r.page.Requests, r.page.Calls = nil, nil
	for _, q := range r.requests {
		r.page.Requests = append(r.page.Requests, *q)
	}
	for _, c := range r.calls {
		r.page.Calls = append(r.page.Calls, *c)
	}
	for i := range r.page.Calls {
		c := &r.page.Calls[i]
		for j := range r.page.Requests {
			if q := &r.page.Requests[j]; c.URL != "" && q.URL == c.URL && q.Role == "" {
				q.Role = evidence.RoleModule
			}
		}
	}
	slices.SortFunc(r.page.Requests, func(a, b evidence.PageRequest) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.URL, b.URL))
	})
	slices.SortFunc(r.page.Calls, func(a, b evidence.WasmCall) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Realm, b.Realm), cmp.Compare(a.ID, b.ID))
	})
}

func (r *recorder) programsOf() {
	r.page.Programs = nil
	for _, p := range r.programs {
		r.page.Programs = append(r.page.Programs, *p)
	}
	sort.SliceStable(r.page.Programs, func(i, j int) bool { return r.page.Programs[i].At < r.page.Programs[j].At })
}

// known says which program this is, as far as its memory tells.
func (w *watcher) known(res *Result) {
	res.Target = evidence.Target{Kind: evidence.KindPage, Arch: "wasm"}
	if w.mem != nil {
		if t, err := attach.Page(w.mem); err == nil {
			res.Target = t.ID
		} else {
			res.Limits = append(res.Limits, report.Limit{Probe: "page", Why: text.T("limit.wasm.runtime", err.Error()), Help: text.T("limit.wasm.runtime.help")})
		}
	}
	res.Target.Name = clip(cmp.Or(w.rec.page.Title, withoutUser(w.o.URL)))
	res.Target.Exe = ""
}

// names reads the functions of the program: of its memory, else of the module as
// the server gives it.
func (w *watcher) names(res *Result) *names {
	imports := 0
	for _, p := range w.rec.programs {
		if p.Kind == evidence.ProgramGo {
			imports = w.rec.imports[p.Realm+"#"+itoa(p.Call)]
		}
	}
	mem := w.mem
	if mem == nil {
		mem, imports = w.image()
	}
	if mem != nil {
		if funcs, err := gort.WasmFunctions(mem); err == nil {
			return newNames(&res.Target, funcs, imports)
		}
	}
	return newNames(&res.Target, nil, 0)
}

// program completes what is known of one program.
func (w *watcher) program(key string, p *evidence.WasmProgram, n *names, t *evidence.Target) {
	if p.Kind == evidence.ProgramGo {
		p.Go, p.Stripped, p.Module = t.Go, t.Stripped, t.MainModule
	}
	if p.Stderr == "" {
		session, _, _ := strings.Cut(p.Realm, "/")
		if c := w.rec.console[session]; c != nil && p.Kind != evidence.ProgramOther {
			p.Stderr = strings.ToValidUTF8(string(c.buf), "\uFFFD")
		}
	}
	p.Panic = panicIn(p.Stderr, t)
	p.Exit = n.ofStack(w.rec.exits[key])
	if f, ok := n.mangle["main.main"]; ok && p.Kind == evidence.ProgramGo {
		p.Main = &f
	}
	for i, stack := range w.rec.stacks[key] {
		if i < len(p.Memory) && stack != "" {
			p.Memory[i].Frames = beyondRuntime(n.ofStack(stack))
		}
	}
}

// beyondRuntime leaves out the allocator's own frames at the beginning of a stack.
func beyondRuntime(frames []evidence.Frame) []evidence.Frame {
	i := slices.IndexFunc(frames, func(f evidence.Frame) bool { return f.Origin != evidence.OriginRuntime })
	if i < 0 {
		return nil
	}
	return frames[i:min(len(frames), i+16)]
}

// looked puts the counts of callbacks to the program whose memory was read.
func (w *watcher) looked(n *names) {
	if w.mem == nil {
		return
	}
	funcs, err := gort.WasmFunctions(w.mem)
	if err != nil {
		return
	}
	var last *evidence.WasmProgram
	for _, p := range w.rec.programs {
		if p.Kind == evidence.ProgramGo && (last == nil || p.At > last.At) {
			last = p
		}
	}
	if last == nil {
		return
	}
	last.Funcs = &evidence.WasmFuncs{}
	for _, l := range w.looks {
		countFuncs(last.Funcs, evidence.WasmFuncsLook{At: l.at}, l.found, n, funcs)
	}
	last.Funcs.Sites = last.Funcs.Sites[:min(len(last.Funcs.Sites), 200)]
}

func (w *watcher) limits() (out []report.Limit) {
	limit := func(key string, args ...any) {
		out = append(out, report.Limit{Probe: "page", Why: text.T("limit.wasm."+key, args...), Help: text.T("limit.wasm." + key + ".help")})
	}
	running := w.rec.page.FirstRun() > 0
	switch {
	case w.memErr == nil:
	case errors.Is(w.memErr, ErrNoGo):
	case errors.Is(w.memErr, ErrPageBusy):
		limit("busy")
	case running:
		limit("memory", w.memErr.Error())
	}
	if !w.traces {
		limit("trace")
	}
	if n := w.page.Dropped(); n > 0 {
		limit("dropped", n)
	}
	if w.rec.page.Attached {
		limit("attached")
	}
	return out
}
