package wasm

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// Call is a call on the stack of a page's thread.
type Call struct {
	Function string // JavaScript's name, or that in the module's name section; "": it has none
	Index    int    // of a WebAssembly function without a name, imported ones counted; -1: not known
}

// Standing is a page's thread caught in what it does.
type Standing struct {
	Calls  []Call // innermost first, at most maxCalls
	SP     uint64 // of Go's stack
	Memory []byte
	Held   time.Duration // the thread stood that long
}

const maxCalls = 256

// standJS is copyJS, and returns Go's stack pointer, too.
const standJS = `function(n) {
	const slot = this.instances[n];
	if (!slot || !slot.memory) return {size: -1, sp: 0};
	const size = slot.memory.buffer.byteLength;
	this.blob = new Blob([new Uint8Array(slot.memory.buffer)]);
	let sp = 0;
	try { sp = slot.instance.exports.getsp() >>> 0; } catch {}
	return {size, sp};
}`

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

// Stand stops the page's thread, wherever it is, copies the memory of the Go program
// and lets the thread go on. paused has the events Debugger.paused. Errors: ErrNoGo,
// ErrPageBusy where the thread could not be stopped, the context's.
func (p *Page) Stand(ctx context.Context, paused <-chan cdp.Event) (s *Standing, err error) {
	for len(paused) > 0 {
		<-paused
	}
	stop, cancel := context.WithTimeoutCause(ctx, 3*time.Second, ErrPageBusy)
	defer cancel()
	began := time.Now()
	if err := p.Call(stop, "Debugger.pause", nil, nil); err != nil {
		return nil, err
	}
	var e cdp.Event
	select {
	case e = <-paused:
	case <-stop.Done():
		go p.quick(p.session, "Debugger.resume", nil) // should it still come to a stop
		return nil, context.Cause(stop)
	}
	began = time.Now()
	s = &Standing{Calls: callsOf(e.Params)}
	defer func() {
		p.quick(p.session, "Debugger.resume", nil)
		if s != nil {
			s.Held = time.Since(began)
		}
	}()
	r, n, err := p.instance(ctx)
	if err != nil {
		return nil, err
	}
	var made struct{ Size, SP int64 }
	if err := p.on(ctx, r, standJS, &made, n); err != nil {
		return nil, err
	}
	switch {
	case made.Size < 0:
		return nil, errNoMemory
	case made.Size > maxMemory:
		return nil, fmt.Errorf("%w: %d bytes", errTooLarge, made.Size)
	}
	s.SP = uint64(made.SP)
	if s.Memory, err = p.readBlob(ctx, r, made.Size); err != nil {
		return nil, err
	}
	return s, nil
}

// callsOf reads the stack of an event Debugger.paused.
func callsOf(params json.RawMessage) []Call {
	var e struct {
		CallFrames []struct{ FunctionName string }
	}
	if json.Unmarshal(params, &e) != nil {
		return nil
	}
	out := make([]Call, 0, min(len(e.CallFrames), maxCalls))
	for _, f := range e.CallFrames[:min(len(e.CallFrames), maxCalls)] {
		c := Call{Function: f.FunctionName, Index: -1}
		digits, unnamed := strings.CutPrefix(f.FunctionName, "$func")
		if i, err := strconv.Atoi(digits); unnamed && err == nil {
			c.Index, c.Function = i, ""
		} else {
			c.Function = strings.TrimPrefix(f.FunctionName, "$")
		}
		out = append(out, c)
	}
	return out
}
