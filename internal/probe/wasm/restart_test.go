package wasm

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// makesJS makes instances that look like Go's or, with a fourth argument, do not: of so
// many pages of memory, filled with a letter. The page keeps none of them, but weakly.
const makesJS = `
const made = [];
function make(letter, pages, from = 0, other = false) {
	const leb = n => n < 128 ? [n] : [n & 127 | 128, ...leb(n >> 7)];
	const section = (id, ...body) => [id, ...leb(body.length), ...body];
	const name = s => [s.length, ...[...s].map(c => c.charCodeAt(0))];
	const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0,
		...section(1, 1, 0x60, 0, 1, 0x7f), ...section(3, 1, 0), ...section(5, 1, 0, ...leb(pages)),
		...section(7, 3, ...name("mem"), 2, 0, ...name(other ? "decode" : "getsp"), 0, 0, ...name("resume"), 0, 0),
		...section(10, 1, 4, 0, 0x41, 0, 0x0b)]));
	const instance = new WebAssembly.Instance(module);
	new Uint8Array(instance.exports.mem.buffer, from).fill(letter.charCodeAt(0));
	made.push(new WeakRef(instance));
	return made.length;
}
const alive = () => made.filter(w => w.deref()).length;
`

// opened opens a page with a script, behind makesJS, and a worker's at /worker.js.
func opened(t *testing.T, script, worker string, heard func(*Page, cdp.Event)) *Page {
	t.Helper()
	if _, err := FindBrowser(); err != nil {
		t.Skip("this test opens a page and needs a browser: install chromium (scripts/install-deps): " + err.Error())
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/worker.js" {
			w.Header().Set("Content-Type", "text/javascript")
			io.WriteString(w, makesJS+worker)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!doctype html><script>"+makesJS+script+"</script>")
	}))
	t.Cleanup(server.Close)
	loaded := make(chan struct{}, 1)
	page := make(chan *Page, 1)
	p, err := Open(limited(t), Options{URL: server.URL, Heard: func(e cdp.Event) {
		if e.Method == "Page.loadEventFired" {
			select {
			case loaded <- struct{}{}:
			default:
			}
		}
		select {
		case p := <-page:
			page <- p
			if heard != nil {
				heard(p, e)
			}
		default:
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	page <- p
	select {
	case <-loaded:
	case <-limited(t).Done():
		t.Fatal("the page was not loaded")
	}
	return p
}

func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// eval evaluates an expression in the page and decodes its value.
func eval[T any](t *testing.T, p *Page, expression string) (v T) {
	t.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	err := p.Call(limited(t), "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &got)
	if err != nil || got.ExceptionDetails != nil {
		t.Fatalf("%s: %v %s", expression, err, got.ExceptionDetails)
	}
	if got.Result.Value != nil {
		if err := json.Unmarshal(got.Result.Value, &v); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// until waits until an expression is true in the page, in which rubbish is collected.
func until(t *testing.T, p *Page, expression string) {
	t.Helper()
	for ctx := limited(t); !eval[bool](t, p, expression); {
		if err := collect(ctx, p, p.session); err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
	}
}

// collect has the thread of a session collect rubbish, after and before it does what waits:
// in between what a weak reference was asked for is kept, and nobody is told what has gone.
// It waits for no timer of the page's: what is asked is a task like those that wait.
func collect(ctx context.Context, p *Page, session string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 20*time.Second, errors.New("not answered in 20 s"))
	defer cancel()
	task := map[string]any{"expression": "0"}
	return cmp.Or(
		p.conn.Call(ctx, session, "Runtime.evaluate", task, nil),
		p.conn.Call(ctx, session, "HeapProfiler.collectGarbage", nil, nil),
		p.conn.Call(ctx, session, "Runtime.evaluate", task, nil))
}

func letters(t *testing.T, mem []byte, letter string, size int) {
	t.Helper()
	if len(mem) != size || bytes.Count(mem, []byte(letter)) != size {
		t.Errorf("%d bytes, of which %d are %s; want %d", len(mem), bytes.Count(mem, []byte(letter)), letter, size)
	}
}

const page64 = 64 << 10

// A memory that grows whenever a part of it is copied is copied nevertheless, in one go.
func TestGrowingMemory(t *testing.T) {
	p := opened(t, `make("a", 1);
		const set = Uint8Array.prototype.set, mem = made[0].deref().exports.mem;
		Uint8Array.prototype.set = function(...what) {
			set.apply(this, what);
			mem.grow(3 * mem.buffer.byteLength >> 16);
		}`, "", nil)
	mem, held, err := p.Memory(limited(t))
	if err != nil || len(held) == 0 {
		t.Fatalf("%v, held %v", err, held)
	}
	if len(mem) != 64*page64 {
		t.Fatalf("%d bytes", len(mem))
	}
	letters(t, mem[:page64], "a", page64)
}

// In a page that makes one instance after the other only the last ones are kept for it, and
// the last one is the one that is copied, in whatever way.
func TestManyInstances(t *testing.T) {
	p := opened(t, `for (let i = 0; i < 100; i++) { make("a", 16); make("o", 16, 0, true); }`, "", nil)
	until(t, p, "alive() <= 2")
	eval[int](t, p, `make("z", 800)`)
	eval[int](t, p, `make("o", 1, 0, true)`)
	mem, _, err := p.Memory(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	letters(t, mem, "z", 800*page64)
	l, err := p.LookAt(limited(t), nil, func(Instance, []byte) (Parts, bool) { return Parts{G: 8}, true })
	if err != nil {
		t.Fatal(err)
	}
	letters(t, l.Memory, "z", 800*page64)
	until(t, p, "alive() <= 2")
}

// When another program is started while a large memory is copied, that one is copied.
func TestAnotherMeanwhile(t *testing.T) {
	p := opened(t, `make("a", 800)`, "", nil)
	var asked []Instance
	l, err := p.LookAt(limited(t), nil, func(of Instance, mem []byte) (Parts, bool) {
		if mem == nil {
			asked = append(asked, of)
			return Parts{}, false
		}
		if len(asked) == 1 {
			eval[int](t, p, `make("b", 900)`)
		}
		return Parts{G: 8}, true
	})
	if err != nil {
		t.Fatal(err)
	}
	letters(t, l.Memory, "b", 900*page64)
	if len(asked) != 2 || asked[0] == asked[1] || l.Of != asked[1] {
		t.Errorf("instances %v, copied %v", asked, l.Of)
	}
	// As often as it is looked: no copy of anything.
	_, err = p.LookAt(limited(t), l.Memory, func(_ Instance, mem []byte) (Parts, bool) {
		if mem != nil {
			eval[int](t, p, `make("c", 800)`)
		}
		return Parts{G: 8}, mem != nil
	})
	if !errors.Is(err, ErrRestarted) {
		t.Errorf("a program that is started again and again: %v", err)
	}
}

// Of a thread that computes what is copied is all of one program, also when another was
// started since.
func TestStandAfterRestart(t *testing.T) {
	var pauses atomic.Int32
	p := opened(t, `make("a", 300)`, "", func(p *Page, e cdp.Event) {
		if e.Method != "Debugger.paused" {
			return
		}
		if pauses.Add(1) == 2 {
			p.conn.Send(p.session, "Runtime.evaluate", map[string]any{"expression": `make("b", 300)`})
		}
	})
	if err := p.Debug(limited(t)); err != nil {
		t.Fatal(err)
	}
	p.conn.Send(p.session, "Runtime.evaluate", map[string]any{"expression": "for (;;);"})
	// On a busy machine the thread may come to its stop too late, and be let go on.
	ctx := limited(t)
	pieces := func() (mem []byte, of Instance, err error) {
		for {
			if mem, of, _, err = p.StandPieces(ctx); !errors.Is(err, ErrPageBusy) || ctx.Err() != nil {
				return mem, of, err
			}
		}
	}
	stand := func(mem []byte, of Instance) (s *Standing, err error) {
		for {
			if s, err = p.Stand(ctx, Parts{G: 8}, mem, of); !errors.Is(err, ErrPageBusy) || ctx.Err() != nil {
				return s, err
			}
		}
	}
	for err := error(nil); !errors.Is(err, ErrRestarted); {
		pauses.Store(0) // a stop that came too late counts, too: then once more
		if _, _, err = pieces(); err != nil && !errors.Is(err, ErrRestarted) {
			t.Fatalf("another program was started between two pieces: %v", err)
		}
	}
	pauses.Store(2)
	mem, of, err := pieces()
	if err != nil {
		t.Fatal(err)
	}
	letters(t, mem, "b", 300*page64)
	s, err := stand(mem, of)
	if err != nil {
		t.Fatal(err)
	}
	letters(t, s.Memory, "b", 300*page64)
	for err := ErrPageBusy; err != nil; {
		_, err = p.stopped(ctx, &found{}, func(cdp.Event) error {
			return p.Call(ctx, "Runtime.evaluate", map[string]any{"expression": `make("c", 300)`}, nil)
		})
		if err != nil && !errors.Is(err, ErrPageBusy) || ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	if _, err := stand(mem, of); !errors.Is(err, ErrRestarted) {
		t.Errorf("another program was started before the look: %v", err)
	}
	mem, again, err := pieces()
	if err != nil || again == of {
		t.Fatalf("%v, of %v and %v", err, again, of)
	}
	letters(t, mem, "c", 300*page64)
}

// The page's own calls for a debugger do not stop it, and it is not left standing when it
// comes to a stop that nobody waits for.
func TestStops(t *testing.T) {
	stops := make(chan struct{}, 1000)
	p := opened(t, `let n = 0; make("a", 1); setInterval(() => { debugger; n++; debugger; }, 1)`, "", func(_ *Page, e cdp.Event) {
		if e.Method == "Debugger.paused" {
			stops <- struct{}{}
		}
	})
	if err := p.Debug(limited(t)); err != nil {
		t.Fatal(err)
	}
	goesOn := func() {
		t.Helper()
		until(t, p, "globalThis.was = n, n > 10")
		until(t, p, "n > was + 10")
	}
	goesOn()
	if len(stops) > 0 {
		t.Errorf("it has stopped %d times", len(stops))
	}
	if err := p.Call(limited(t), "Debugger.pause", nil, nil); err != nil {
		t.Fatal(err)
	}
	<-stops
	goesOn()
	for ctx, n := limited(t), 0; n < 3; {
		_, err := p.stopped(ctx, &found{}, func(cdp.Event) error { return nil })
		if errors.Is(err, ErrPageBusy) && ctx.Err() == nil { // on a busy machine
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		goesOn()
		n++
	}
}

// A Blob that is not read is let go of, and one of a worker that computes is given up.
func TestBlobs(t *testing.T) {
	p := opened(t, `new Worker("worker.js")`, `make("a", 1)`, nil)
	var f found
	for ctx := limited(t); f.realm == nil; {
		var err error
		if f, err = p.instance(ctx); err != nil && !errors.Is(err, ErrNoGo) {
			t.Fatal(err)
		}
	}
	const blobs = `function() {
		this.gone ||= 0;
		this.registry ||= new FinalizationRegistry(() => this.gone++);
		this.registry.register(this.blob = new Blob(['abc']));
		return 1;
	}`
	made := func(size int64, err error) (*blob, error) {
		var one int
		return p.blobOf(limited(t), f.realm, &one, func() (int64, error) { return size, err }, blobs)
	}
	broken := errors.New("broken")
	for range 10 {
		for _, err := range []error{nil, broken} {
			if b, got := made(0, err); b != nil || !errors.Is(got, err) {
				t.Fatalf("%v, %v", b, got)
			}
		}
	}
	// Given up before the worker's thread comes to handing it over.
	for i := range 6 {
		p.conn.Send(f.realm.session, "Runtime.evaluate", map[string]any{"expression": "for (const at = Date.now(); Date.now() < at + 100;);"})
		ctx, cancel := context.WithTimeoutCause(limited(t), 20*time.Millisecond, broken)
		var b *blob
		var err error
		if i%2 == 0 {
			b, err = p.blobOf(ctx, f.realm, new(int), func() (int64, error) { return 3, nil }, blobs)
		} else {
			p.send(f.realm, blobs)
			b, err = p.takeBlob(ctx, f.realm, 3)
		}
		cancel()
		if b != nil || !errors.Is(err, broken) {
			t.Fatalf("%v, %v", b, err)
		}
	}
	b, err := made(3, nil)
	if err != nil {
		t.Fatal(err)
	}
	if mem, err := p.readBlob(limited(t), f.realm, b, nil); err != nil || string(mem) != "abc" {
		t.Fatalf("%q, %v", mem, err)
	}
	if b, err = made(3, nil); err != nil { // what was taken last is kept, until it is read
		t.Fatal(err)
	}
	for gone, ctx := 0, limited(t); gone < 27; {
		err := cmp.Or(
			collect(ctx, p, f.realm.session),
			p.on(ctx, f.realm, `function() { return this.gone; }`, &gone))
		if err != nil {
			t.Fatalf("%d of 28 have gone: %v", gone, err)
		}
	}
	if b.handle != "" {
		t.Fatal("a worker's session gives streams: nothing is read on its thread")
	}
	p.conn.Send(f.realm.session, "Runtime.evaluate", map[string]any{"expression": "for (;;);"})
	if _, err := p.readBlob(limited(t), f.realm, b, nil); !errors.Is(err, ErrPageBusy) {
		t.Errorf("of a worker that computes: %v", err)
	}
}
