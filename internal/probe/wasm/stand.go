package wasm

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// Call is a call on the stack of a page's thread.
type Call struct {
	Function string // JavaScript's name, or that in the module's name section; "": it has none
	Index    int    // of a WebAssembly function without a name, imported ones counted; -1: not known
	Offset   int64  // of WebAssembly: where it stands, in bytes of the module's file; 0: not known
	Goes     int    // of the innermost: its first local, which in Go's code says where it goes on; -1: not known
}

// Standing is a page's thread caught in what it does.
type Standing struct {
	Calls  []Call // innermost first, at most maxCalls
	SP     uint64 // of Go's stack
	Memory []byte
	Held   time.Duration // the thread stood that long
}

const maxCalls = 256

// Debug makes it possible to stop the page's thread while it computes: only before
// it does can the debugger be asked for. The browser may then run WebAssembly slower.
// Statements of the page that call for a debugger do not stop it for that.
func (p *Page) Debug(ctx context.Context) error {
	// One after the other: the browser takes some of them before others that wait. What a
	// thread that computes takes later is not to be done by half.
	done := make(chan error, 1)
	go func() {
		for _, c := range []struct {
			method string
			params map[string]any
		}{
			{"Debugger.setSkipAllPauses", map[string]any{"skip": true}}, // until breakpoints are off
			{"Debugger.enable", map[string]any{"maxScriptsCacheSize": 1 << 20}},
			{"Debugger.setBreakpointsActive", map[string]any{"active": false}},
			{"Debugger.setSkipAllPauses", map[string]any{"skip": false}},
		} {
			if err := p.Call(context.WithoutCancel(ctx), c.method, c.params, nil); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Exports are the names that the page's Go instance exports, some hundred at most.
func (p *Page) Exports(ctx context.Context) ([]string, error) {
	var names []string
	err := p.last(ctx, func(f found) error {
		return p.on(ctx, f.realm, "function(n) { const slot = this.instances[n]; return slot ? slot.exports : []; }", &names, f.n)
	})
	return names, err
}

// Answers reports whether the page's thread answers within the given time.
func (p *Page) Answers(ctx context.Context, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return p.Call(ctx, "Runtime.evaluate", map[string]any{"expression": "1", "silent": true}, nil) == nil
}

// Stand stops the page's thread, wherever it is, gathers the parts of the Go program's
// memory, lets the thread go on and lays them over mem, an earlier copy of the memory of
// the instance of. Errors: ErrNoGo, ErrRestarted where the program is another by now,
// ErrPageBusy where the thread could not be stopped, the context's.
func (p *Page) Stand(ctx context.Context, parts Parts, mem []byte, of Instance) (*Standing, error) {
	s := &Standing{}
	var t *taken
	at := found{instance: of}
	held, err := p.stopped(ctx, &at, func(e cdp.Event) (err error) {
		calls, scope := callsOf(e.Params)
		s.Calls = calls
		goes := make(chan int, 1)
		go func() { goes <- p.firstLocal(ctx, scope) }() // meanwhile: the thread stands for all that is asked
		defer func() {
			if at := <-goes; len(calls) > 0 {
				calls[0].Goes = at
			}
		}()
		if t, err = p.gather(ctx, at.realm, at.n, parts, &Held{}); err == nil && t.blob.handle == "" {
			err = p.readParts(ctx, at.realm, t)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if t.parts == nil {
		if err := p.readParts(ctx, at.realm, t); err != nil {
			return nil, err
		}
	}
	s.SP, s.Held = t.sp, held
	s.Memory, err = t.over(mem)
	return s, err
}

// StandPieces copies the memory of the Go program of a page whose thread does not
// answer, piece by piece: it stops the thread for each. What changes meanwhile is of
// different moments, and all of it of one instance. Errors: those of Stand.
func (p *Page) StandPieces(ctx context.Context) (mem []byte, of Instance, held Held, err error) {
	var at found
	for {
		var m made
		var b *blob
		h, err := p.stopped(ctx, &at, func(cdp.Event) (err error) {
			m = made{}
			b, err = p.blobOf(ctx, at.realm, &m, func() (int64, error) { return m.Got, m.count(&Held{}) }, liveJS, at.n, len(mem), piece)
			if err != nil || b == nil || b.handle != "" {
				return err
			}
			mem, err = p.readBlob(ctx, at.realm, b, mem)
			return err
		})
		if err != nil {
			return nil, Instance{}, held, err
		}
		held = append(held, h)
		switch {
		case m.Got == 0:
			return mem, at.instance, held, nil
		case b.handle == "":
			continue
		}
		if mem, err = p.readBlob(ctx, at.realm, b, mem); err != nil {
			return nil, Instance{}, held, err
		}
	}
}

// stopped stops the page's thread, calls do with the Go program at at, lets the thread go
// on and returns for how long it stood. at is where the program was before, and is looked
// for where that is not known; ErrRestarted: another instance than at's is there.
func (p *Page) stopped(ctx context.Context, at *found, do func(e cdp.Event) error) (held time.Duration, err error) {
	e, err := p.stop(ctx)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	defer func() {
		p.quick(p.session, "Debugger.resume", nil)
		held = time.Since(began)
	}()
	of := at.instance
	look := func() error {
		f, err := p.instance(ctx)
		if err == nil {
			err = at.follow(f, of)
		}
		return err
	}
	if at.realm == nil {
		f, ok := p.known()
		if !ok {
			if err := look(); err != nil {
				return 0, err
			}
			return 0, do(e)
		}
		if err := at.follow(f, of); err != nil {
			return 0, err
		}
	}
	if err := do(e); !gone(err) {
		return 0, err
	}
	if err := look(); err != nil {
		return 0, err
	}
	return 0, do(e)
}

// follow goes to where the instance of was found now: ErrRestarted where another was.
func (f *found) follow(now found, of Instance) error {
	if of != (Instance{}) && now.instance != of {
		return ErrRestarted
	}
	*f = now
	return nil
}

// stops are the stops of the page's thread.
type stops struct {
	asked int            // stops that were asked for and have not come
	wait  chan cdp.Event // who waits for one; nil: nobody
	other bool           // it stands for another debugger, which alone may let it go on
}

// stop stops the page's thread and tells where. ErrPageBusy: it does not come to a stop
// within three seconds; should it later, it goes on at once.
func (p *Page) stop(ctx context.Context) (cdp.Event, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 3*time.Second, ErrPageBusy)
	defer cancel()
	wait := make(chan cdp.Event, 1)
	p.mu.Lock()
	other := p.stops.other
	if !other {
		p.stops.asked++
		p.stops.wait = wait
	}
	p.mu.Unlock()
	if other {
		return cdp.Event{}, ErrPageBusy
	}
	err := p.Call(ctx, "Debugger.pause", nil, nil)
	if err == nil {
		select {
		case e := <-wait:
			return e, nil
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	p.mu.Lock()
	p.stops.wait = nil
	if refused(err) {
		p.stops.asked--
	}
	p.mu.Unlock()
	select {
	case e := <-wait: // just now
		return e, nil
	default:
		return cdp.Event{}, err
	}
}

// paused hears that a session's thread has come to a stop, or goes on. A stop for which
// nobody waits is ended, unless it is that of somebody else who debugs the tab.
func (p *Page) paused(e cdp.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Session != p.session {
		return
	}
	if e.Method == "Debugger.resumed" {
		p.stops.other = false
		return
	}
	asked := p.stops.asked > 0
	if asked {
		p.stops.asked--
	}
	switch {
	case p.stops.wait != nil:
		p.stops.wait <- e
		p.stops.wait = nil
	case asked || p.browser != nil:
		go p.quick(e.Session, "Debugger.resume", nil)
	default:
		p.stops.other = true
	}
}

// refused: the browser does not know what it was asked about.
func refused(err error) bool {
	var e *cdp.Error
	return errors.As(err, &e)
}

// callsOf reads the stack of an event Debugger.paused. scope is the object with the
// locals of the innermost call, where that is WebAssembly; else "".
func callsOf(params json.RawMessage) (calls []Call, scope string) {
	var e struct {
		CallFrames []struct {
			FunctionName, URL string
			Location          struct{ LineNumber, ColumnNumber int64 }
			ScopeChain        []struct {
				Type   string
				Object struct{ ObjectID string }
			}
		}
	}
	if json.Unmarshal(params, &e) != nil {
		return nil, ""
	}
	out := make([]Call, 0, min(len(e.CallFrames), maxCalls))
	for _, f := range e.CallFrames[:min(len(e.CallFrames), maxCalls)] {
		c := Call{Function: f.FunctionName, Index: -1, Goes: -1}
		if f.Location.LineNumber == 0 { // WebAssembly has no lines, and bytes for columns
			c.Offset = f.Location.ColumnNumber
		}
		digits, unnamed := strings.CutPrefix(f.FunctionName, "$func")
		if i, err := strconv.Atoi(digits); unnamed && err == nil {
			c.Index, c.Function = i, ""
		} else {
			c.Function = strings.TrimPrefix(f.FunctionName, "$")
		}
		for _, s := range f.ScopeChain {
			if len(out) == 0 && c.Offset > 0 && s.Type == "local" {
				scope = s.Object.ObjectID
			}
		}
		out = append(out, c)
	}
	return out, scope
}

// firstLocal is the first local of a WebAssembly function that stands, -1 where it is not
// known.
func (p *Page) firstLocal(ctx context.Context, scope string) int {
	if scope == "" {
		return -1
	}
	type property struct {
		Name  string
		Value struct {
			Value    json.RawMessage
			ObjectID string
		}
	}
	of := func(object string) []property {
		var got struct{ Result []property }
		if p.Call(ctx, "Runtime.getProperties", map[string]any{"objectId": object, "ownProperties": true}, &got) != nil {
			return nil
		}
		return got.Result
	}
	all := of(scope)
	if len(all) == 0 {
		return -1
	}
	for _, v := range of(all[0].Value.ObjectID) { // a number with its type
		if n, err := strconv.ParseUint(string(v.Value.Value), 10, 16); v.Name == "value" && err == nil {
			return int(n)
		}
	}
	return -1
}
