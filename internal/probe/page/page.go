// Package page is the probe that reads the Go program of a page in a browser: its
// goroutines and its heap, from copies of its linear memory, and from where its
// thread stands while that does not answer. It makes the same evidence of them as
// the probes of processes do.
//
// The browser is that of probe/wasm, the runtime in the memory that of gort. What it
// means is for diagnose to say. Start at [Freeze] and [Heap].
package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/probe/wasm"
	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
	"github.com/gomedic/gomedic/internal/report"
)

// Name is the probe's.
const Name = "page-runtime"

// Options say which page is opened, and for how long it is watched.
type Options struct {
	Page     wasm.Options  // Heard and Said are the probe's
	Load     time.Duration // how long the program may take until it runs; 0: 30 s
	For      time.Duration // how long it is watched then; 0: 1.5 s
	Progress func(done float64, goroutines int)
}

// LoadError says that no Go program came to run in a page, and why, if that is known.
type LoadError struct {
	URL string
	Why string // what the browser said; empty: nothing
	Err error
}

func (e *LoadError) Error() string {
	if e.Why != "" {
		return "no Go program runs in " + e.URL + ": " + e.Why
	}
	return "no Go program runs in " + e.URL
}

func (e *LoadError) Unwrap() error { return e.Err }

// session is a page that is open, and what it has told.
type session struct {
	*wasm.Page
	url    string
	attach bool

	mu                  sync.Mutex
	started             time.Time // when the program began to run, by the page's clock; zero: before it was opened
	exited              bool
	code                int
	said                string // the end of what it wrote to its standard error
	failed              string // what went wrong last while it was loaded
	loaded, unreachable bool
	pending             int       // calls of WebAssembly's functions that have not ended
	last                time.Time // something happened
	drawn               bool
	worker              bool
	exports             []string
	imports             int    // functions; -1: not known
	module              string // where the last module came from

	// Of the last look, used by one goroutine: the program's memory, whose it is, and where
	// in it its parts lie, nil before the first.
	mem   []byte
	of    wasm.Instance
	parts *wasm.Parts
	coded func(*attach.Target) // gives a program its code
}

// open opens a page and waits until its program runs.
func open(ctx context.Context, o Options) (*session, error) {
	s := &session{url: plainURL(o.Page.URL), attach: o.Page.Attach != "", imports: -1, last: time.Now()}
	po := o.Page
	po.Heard = s.heard
	po.Said = s.word
	prepare := po.Prepare
	// Before the page is there: once it computes, it is too late. Where it cannot be had, a
	// page that computes is not looked into.
	po.Prepare = func(ctx context.Context, p *wasm.Page) error {
		dctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		_ = p.Debug(dctx)
		if prepare != nil {
			return prepare(ctx, p)
		}
		return nil
	}
	p, err := wasm.Open(ctx, po)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.Page = p
	s.mu.Unlock()
	s.coded = codeOf(ctx, o.Page, func() string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.module
	})
	if err := s.await(ctx, o); err != nil {
		p.Close()
		return nil, err
	}
	return s, nil
}

// await waits until the program runs.
func (s *session) await(ctx context.Context, o Options) error {
	load := o.Load
	if load <= 0 {
		load = 30 * time.Second
	}
	wctx, cancel := context.WithTimeout(ctx, load)
	defer cancel()
	go s.giveUp(wctx, cancel)
	if err := s.WaitGo(wctx); err != nil {
		if errors.Is(err, wasm.ErrNoGo) && ctx.Err() == nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			return &LoadError{URL: s.url, Why: s.failed, Err: err}
		}
		return err
	}
	return nil
}

// Nothing of Go runs in a page where so long nothing has happened: after something has
// failed, and otherwise, as a page may wait before it begins.
const (
	quietFailed = time.Second
	quiet       = 3 * time.Second
)

// giveUp ends the waiting for a program that will not run.
func (s *session) giveUp(ctx context.Context, cancel func()) {
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		s.mu.Lock()
		since := time.Since(s.last)
		over := s.unreachable || s.pending <= 0 && (s.failed != "" && since > quietFailed || s.loaded && since > quiet)
		s.mu.Unlock()
		if over {
			cancel()
			return
		}
	}
}

// heard takes the browser's events.
func (s *session) heard(e cdp.Event) {
	if e.Session != s.Session() && s.Session() != "" {
		return
	}
	switch e.Method {
	case "Page.loadEventFired":
		s.mu.Lock()
		s.loaded, s.last = true, time.Now()
		s.mu.Unlock()
	case "Network.loadingFailed":
		var f struct{ Type, ErrorText string }
		if json.Unmarshal(e.Params, &f) == nil && f.Type == "Document" {
			s.mu.Lock()
			s.failed, s.unreachable = firstLine(f.ErrorText), true
			s.mu.Unlock()
		}
	case "Network.responseReceived":
		var r struct {
			Type     string
			Response struct {
				URL      string
				Status   int
				MimeType string
			}
		}
		if json.Unmarshal(e.Params, &r) == nil {
			s.mu.Lock()
			s.last = time.Now()
			if r.Response.Status == 200 && r.Response.MimeType == "application/wasm" {
				s.module = r.Response.URL
			}
			if r.Response.Status >= 400 && s.failed == "" && slices.Contains([]string{"Document", "Script", "Fetch", "XHR"}, r.Type) {
				s.failed = firstLine(fmt.Sprintf("HTTP status %d of %s", r.Response.Status, r.Response.URL))
			}
			s.mu.Unlock()
		}
	}
}

// Session is the tab's session; "" until the page is open.
func (s *session) Session() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Page == nil {
		return ""
	}
	return s.Page.Session()
}

// plainURL is an address without user and password.
func plainURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.User = nil
	return u.String()
}

// keepSaid bounds what is kept of the standard error, in bytes.
const keepSaid = 16 << 10

// word takes what the script in the page says.
func (s *session) word(w wasm.Word) {
	var d struct {
		T       float64 // milliseconds since 1970
		FD      int
		Code    int
		Text    string
		Exports []string
		Error   *struct{ Message string }
		Shape   *struct{ Imports [][]string }
	}
	if json.Unmarshal(w.JSON, &d) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	switch w.Kind {
	case "begin":
		s.pending++
	case "end":
		s.pending--
		if d.Error != nil {
			s.failed = firstLine(d.Error.Message)
		}
		if d.Shape != nil {
			n := 0
			for _, i := range d.Shape.Imports {
				if len(i) == 3 && i[2] == "function" {
					n++
				}
			}
			s.imports = n
		}
	case "instance":
		s.failed = ""
		s.exports = ownExports(d.Exports)
	case "run":
		s.started, s.worker = time.UnixMicro(int64(d.T*1000)), w.Worker
		s.exited, s.drawn, s.said = false, false, ""
	case "drawn":
		s.drawn = true
	case "exit":
		s.exited, s.code = true, d.Code
	case "write":
		if d.FD == 2 {
			s.said += d.Text
			s.said = s.said[max(0, len(s.said)-keepSaid):]
		}
	}
}

// runtimeExports are the functions that JavaScript calls of every program
// (cmd/link/internal/wasm/asm.go, writeExportSec).
var runtimeExports = []string{"run", "resume", "getsp", "mem", "memory", "_start", "_initialize"}

// ownExports are those that are the program's own.
func ownExports(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(runtimeExports, name) })
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line[:min(len(line), 300)]
}

// runtime is what is known of the program beside its memory.
func (s *session) runtime() *evidence.PageRuntime {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &evidence.PageRuntime{URL: s.url, Browser: s.Product, Exports: s.exports, Worker: s.worker,
		Exited: s.exited, Code: s.code, Callbacks: -1}
	if !s.started.IsZero() && !s.worker { // what a worker draws, its page draws
		r.Drawn = evidence.DrawnNo
		if s.drawn {
			r.Drawn = evidence.DrawnYes
		}
	}
	if s.exited {
		r.Fatal = fatal(s.said)
	}
	return r
}

// fatal is the runtime's last words: "all goroutines are asleep - deadlock!".
func fatal(said string) string {
	const mark = "fatal error: "
	i := strings.LastIndex(said, mark)
	if i < 0 {
		return ""
	}
	line := said[i+len(mark):]
	if asleep := "all goroutines are asleep - deadlock!"; strings.Contains(line, asleep) {
		return asleep // what others write may come between
	}
	return firstLine(line)
}

// opened is a copy of the memory, recognised.
type opened struct {
	*attach.Target
	mem   []byte
	at    time.Time
	of    wasm.Instance
	moved bool // see wasm.Look
	held  wasm.Held
}

// copied takes a copy of the memory while JavaScript has control, at one moment: of the
// heap.
func (s *session) copied(ctx context.Context) (*opened, error) {
	at := time.Now()
	mem, held, err := s.Memory(ctx)
	if err != nil {
		return nil, err
	}
	t, err := attach.Page(mem)
	if err != nil {
		return nil, err
	}
	s.name(t)
	return &opened{Target: t, mem: mem, at: at, held: held}, nil
}

// looked takes a look at the goroutines while JavaScript has control. What the look
// before gave must not be used any more.
func (s *session) looked(ctx context.Context) (*opened, error) {
	at := time.Now()
	before := s.of
	l, err := s.LookAt(ctx, s.mem, partsOf(&s.parts, &s.of))
	if err != nil {
		if s.of != before { // what has been copied of another instance may be in it
			s.mem, s.parts = nil, nil
		}
		return nil, err
	}
	t, err := s.recognise(l.Memory, l.Of)
	if err != nil {
		return nil, err
	}
	return &opened{Target: t, mem: l.Memory, at: at, of: l.Of, moved: l.Moved, held: l.Held}, nil
}

// recognise recognises the program in a memory of an instance, which it keeps.
func (s *session) recognise(mem []byte, of wasm.Instance) (*attach.Target, error) {
	s.mem, s.of, s.parts = mem, of, nil
	t, err := attach.Page(mem)
	if err != nil {
		return nil, err
	}
	s.name(t)
	s.coded(t)
	s.parts = partsIn(t)
	return t, nil
}

// name calls the target by the page's address.
func (s *session) name(t *attach.Target) {
	t.ID.Name = s.url
}

func (o *opened) target() stacks.Target { return TargetOf(o.Target) }

func cost(start time.Time, held wasm.Held) report.Probe {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	p := report.Probe{Name: Name, TookMS: ms(time.Since(start)), Stops: len(held)}
	var sum, most time.Duration
	for _, h := range held {
		sum, most = sum+h, max(most, h)
	}
	p.StoppedMS, p.MaxStopMS = ms(sum), ms(most)
	return p
}
