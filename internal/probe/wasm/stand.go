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
// Options.Heard is told Debugger.paused, which Stand needs; a stop that nobody asked
// for is ended with GoOn.
func (p *Page) Debug(ctx context.Context) error {
	return p.Call(ctx, "Debugger.enable", map[string]any{"maxScriptsCacheSize": 1 << 20}, nil)
}

// GoOn lets the page's thread go on.
func (p *Page) GoOn(ctx context.Context) error { return p.Call(ctx, "Debugger.resume", nil, nil) }

// Exports are the names that the page's Go instance exports, some hundred at most.
func (p *Page) Exports(ctx context.Context) ([]string, error) {
	r, n, err := p.instance(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	err = p.on(ctx, r, "function(n) { return this.instances[n].exports || []; }", &names, n)
	return names, err
}

// Answers reports whether the page's thread answers within the given time.
func (p *Page) Answers(ctx context.Context, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return p.Call(ctx, "Runtime.evaluate", map[string]any{"expression": "1", "silent": true}, nil) == nil
}

// Stand stops the page's thread, wherever it is, gathers the parts of the Go program's
// memory, lets the thread go on and lays them over mem, an earlier copy. paused has the
// events Debugger.paused. Errors: ErrNoGo, ErrPageBusy where the thread could not be
// stopped, the context's.
func (p *Page) Stand(ctx context.Context, paused <-chan cdp.Event, parts Parts, mem []byte) (*Standing, error) {
	s := &Standing{}
	var of *realm
	var t *taken
	held, err := p.stopped(ctx, paused, func(e cdp.Event, r *realm, n int) (err error) {
		of = r
		calls, scope := callsOf(e.Params)
		s.Calls = calls
		goes := make(chan int, 1)
		go func() { goes <- p.firstLocal(ctx, scope) }() // meanwhile: the thread stands for all that is asked
		defer func() {
			if at := <-goes; len(calls) > 0 {
				calls[0].Goes = at
			}
		}()
		if t, err = p.gather(ctx, r, n, parts, &Held{}); err == nil && t.blob.handle == "" {
			err = p.readParts(ctx, r, t)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if t.parts == nil {
		if err := p.readParts(ctx, of, t); err != nil {
			return nil, err
		}
	}
	s.SP, s.Held = t.sp, held
	s.Memory, err = t.over(mem)
	return s, err
}

// StandPieces copies the memory of the Go program of a page whose thread does not
// answer, piece by piece: it stops the thread for each. What changes meanwhile is of
// different moments.
func (p *Page) StandPieces(ctx context.Context, paused <-chan cdp.Event) (mem []byte, held Held, err error) {
	for {
		var of *realm
		var m made
		var b *blob
		h, err := p.stopped(ctx, paused, func(_ cdp.Event, r *realm, n int) (err error) {
			of, m = r, made{}
			b, err = p.blobOf(ctx, r, &m, func() (int64, error) { return m.Got, m.count(&Held{}) }, liveJS, n, len(mem), piece)
			if err != nil || b == nil || b.handle != "" {
				return err
			}
			mem, err = p.readBlob(ctx, r, b, mem)
			return err
		})
		if err != nil {
			return nil, held, err
		}
		held = append(held, h)
		switch {
		case m.Got == 0:
			return mem, held, nil
		case b.handle == "":
			continue
		}
		if mem, err = p.readBlob(ctx, of, b, mem); err != nil {
			return nil, held, err
		}
	}
}

// stopped stops the page's thread, calls do, lets the thread go on and returns for how
// long it stood.
func (p *Page) stopped(ctx context.Context, paused <-chan cdp.Event, do func(e cdp.Event, r *realm, n int) error) (held time.Duration, err error) {
	for len(paused) > 0 {
		<-paused
	}
	stop, cancel := context.WithTimeoutCause(ctx, 3*time.Second, ErrPageBusy)
	defer cancel()
	if err := p.Call(stop, "Debugger.pause", nil, nil); err != nil {
		return 0, err
	}
	var e cdp.Event
	select {
	case e = <-paused:
	case <-stop.Done():
		go p.quick(p.session, "Debugger.resume", nil) // should it still come to a stop
		return 0, context.Cause(stop)
	}
	began := time.Now()
	defer func() {
		p.quick(p.session, "Debugger.resume", nil)
		held = time.Since(began)
	}()
	r, n := p.known()
	if r != nil {
		if err = do(e, r, n); !errors.Is(err, errNoMemory) && !refused(err) {
			return 0, err
		}
	}
	if r, n, err = p.instance(ctx); err != nil { // it was never looked for, or has gone
		return 0, err
	}
	return 0, do(e, r, n)
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
