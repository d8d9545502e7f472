package wasm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/probe/wasm"
	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// makesGo makes an instance that looks like Go's, of one page filled with a letter. The page
// keeps none, but weakly.
const makesGo = `const made = [];
function make(letter) {
	const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0,
		1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 5, 3, 1, 0, 1,
		7, 24, 3, 3, 109, 101, 109, 2, 0, 5, 103, 101, 116, 115, 112, 0, 0, 6, 114, 101, 115, 117, 109, 101, 0, 0,
		10, 6, 1, 4, 0, 0x41, 0, 0x0b])));
	new Uint8Array(instance.exports.mem.buffer).fill(letter.charCodeAt(0));
	made.push(new WeakRef(instance));
	return instance;
}
`

// tab opens a page with a script in a browser that runs, and returns what attaches to it,
// and waits until the page's script has run.
func tab(t *testing.T, script string) func(heard func(cdp.Event)) *wasm.Page {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!doctype html><script>\n"+makesGo+script+"\nglobalThis.ready = true;</script>")
	}))
	t.Cleanup(server.Close)
	address := server.URL + "/"
	addr := running(t, address)
	return func(heard func(cdp.Event)) *wasm.Page {
		ctx := within(t)
		for {
			p, err := wasm.Open(ctx, wasm.Options{URL: address, Attach: addr, Heard: heard})
			if errors.Is(err, wasm.ErrNoTab) && ctx.Err() == nil {
				continue // it is not there yet
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Close)
			for evaluated(t, p, "!!globalThis.ready") != "true" {
			}
			return p
		}
	}
}

// evaluated is an expression's value in the page, as JSON.
func evaluated(t *testing.T, p *wasm.Page, expression string) string {
	t.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	err := p.Call(within(t), "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &got)
	if err != nil || got.ExceptionDetails != nil {
		t.Fatalf("%s: %v %s", expression, err, got.ExceptionDetails)
	}
	return string(got.Result.Value)
}

// filled says of which letter a memory is.
func filled(mem []byte) string {
	if s := string(mem); len(s) > 0 && strings.Count(s, s[:1]) == len(s) {
		return fmt.Sprint(s[:1], " ", len(s))
	}
	return fmt.Sprintf("a mixture of %d bytes", len(mem))
}

// Of a tab as it is the instance that was made last is found, whenever that was, and those
// before it are not kept from being collected.
func TestAttachLater(t *testing.T) {
	needBrowser(t)
	p := tab(t, `globalThis.one = make("a")`)(nil)
	copied := func(want string) {
		t.Helper()
		if mem, _, err := p.Memory(within(t)); err != nil || filled(mem) != want+" 65536" {
			t.Errorf("copied %s, want %s: %v", filled(mem), want, err)
		}
	}
	copied("a")
	evaluated(t, p, `globalThis.two = make("b"), 0`)
	copied("b")
	copied("b")
	evaluated(t, p, `one = null, two = null, globalThis.three = make("c"), 0`)
	copied("c")
	for ctx := within(t); evaluated(t, p, "made.filter(w => w.deref()).length") != "1"; {
		for _, c := range []struct {
			method string
			params any
		}{ // what a weak reference was asked for is kept until the thread has done something else
			{"Runtime.evaluate", map[string]any{"expression": "new Promise(done => setTimeout(done, 10))", "awaitPromise": true}},
			{"HeapProfiler.collectGarbage", nil},
		} {
			if err := p.Call(ctx, c.method, c.params, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Of a tab that computes it is known that its program is another by now.
func TestAttachRestarted(t *testing.T) {
	needBrowser(t)
	attach := tab(t, `globalThis.one = make("a")`)
	p := attach(nil)
	if err := p.Debug(within(t)); err != nil {
		t.Fatal(err)
	}
	user, stopped := debugs(t, attach)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go p.Call(ctx, "Runtime.evaluate", map[string]any{"expression": `for (;;) { if (globalThis.again) { one = make("b"); again = false; } }`}, nil)
	pieces := func() (mem []byte, of wasm.Instance, err error) {
		for ctx := within(t); ; { // on a busy machine a thread may come to its stop too late
			if mem, of, _, err = p.StandPieces(ctx); !errors.Is(err, wasm.ErrPageBusy) || ctx.Err() != nil {
				return mem, of, err
			}
		}
	}
	mem, of, err := pieces()
	if err != nil || filled(mem) != "a 65536" {
		t.Fatalf("%s, %v", filled(mem), err)
	}
	var s *wasm.Standing
	for ctx := within(t); ; {
		if s, err = p.Stand(ctx, wasm.Parts{G: 8}, mem, of); !errors.Is(err, wasm.ErrPageBusy) || ctx.Err() != nil {
			break
		}
	}
	if err != nil || filled(s.Memory) != "a 65536" {
		t.Fatalf("%v", err)
	}
	// The user changes the page.
	for len(stopped) > 0 { // our own
		<-stopped
	}
	if err := user.Call(within(t), "Debugger.pause", nil, nil); err != nil {
		t.Fatal(err)
	}
	<-stopped
	evaluated(t, user, "globalThis.again = true")
	if err := user.Call(within(t), "Debugger.resume", nil, nil); err != nil {
		t.Fatal(err)
	}
	for ctx := within(t); ; {
		_, err = p.Stand(ctx, wasm.Parts{G: 8}, mem, of)
		if errors.Is(err, wasm.ErrRestarted) {
			break
		}
		if err != nil && (!errors.Is(err, wasm.ErrPageBusy) || ctx.Err() != nil) { // it has gone on for the user, which was not heard yet
			t.Fatal(err)
		}
	}
	if mem, now, err := pieces(); err != nil || now == of || filled(mem) != "b 65536" {
		t.Errorf("%s, of %v and %v, %v", filled(mem), now, of, err)
	}
}

// debugs attaches as somebody who debugs the tab, and tells of its stops.
func debugs(t *testing.T, attach func(func(cdp.Event)) *wasm.Page) (*wasm.Page, <-chan cdp.Event) {
	t.Helper()
	stopped := make(chan cdp.Event, 1000)
	user := attach(func(e cdp.Event) {
		if e.Method == "Debugger.paused" {
			stopped <- e
		}
	})
	if err := user.Call(within(t), "Debugger.enable", nil, nil); err != nil {
		t.Fatal(err)
	}
	return user, stopped
}

// In a tab as it is the page's calls for a debugger stop nothing for gomedic's sake; where
// somebody else debugs the tab, what stops for them is theirs.
func TestAttachStops(t *testing.T) {
	needBrowser(t)
	attach := tab(t, `let n = 0;
setInterval(() => { debugger; n++; }, 1);
globalThis.kept = make("a");`)
	heard := make(chan cdp.Event, 1000)
	p := attach(func(e cdp.Event) {
		if e.Method == "Debugger.paused" {
			heard <- e
		}
	})
	if err := p.Debug(within(t)); err != nil {
		t.Fatal(err)
	}
	evaluated(t, p, "globalThis.was = n, 0")
	for ctx := within(t); evaluated(t, p, "n > was + 10") != "true"; {
		if ctx.Err() != nil {
			t.Fatal("the page does not go on")
		}
	}
	if len(heard) > 0 {
		t.Errorf("it was stopped %d times", len(heard))
	}
	user, stopped := debugs(t, attach)
	<-stopped // a call for the debugger
	<-heard
	if evaluated(t, p, "globalThis.was = n") != evaluated(t, user, "n") {
		t.Error("the page goes on")
	}
	if _, err := p.Stand(within(t), wasm.Parts{G: 8}, nil, wasm.Instance{}); !errors.Is(err, wasm.ErrPageBusy) {
		t.Errorf("a look at a thread that somebody else has stopped: %v", err)
	}
	if err := user.Call(within(t), "Debugger.resume", nil, nil); err != nil {
		t.Errorf("it did not stand any more: %v", err)
	}
	<-stopped // the next
	if evaluated(t, user, "n - was") != "1" {
		t.Errorf("%s passes, want one", evaluated(t, user, "n - was"))
	}
}
