// Package wasm follows a Go WebAssembly page in the user's own browser: how its
// module arrives, whether it starts, and what it does then; and copies its memory.
//
// It knows the DevTools protocol (by package cdp) and the shape of Go's
// wasm_exec.js, nothing of the Go runtime inside the memory. Start at [Open];
// [Page.Memory] is the copy.
package wasm

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

//go:embed script.js
var script string

// token marks the script's words among the console's messages.
const token = "\u2060gomedic"

// Options say which page to open, and in which browser.
type Options struct {
	URL      string   // http, https; user and password in it answer the server's question
	Browser  string   // the browser's program; empty: the first that FindBrowser finds
	Flags    []string // further flags of the browser
	Show     bool     // a window instead of headless
	Attach   string   // host:port or ws://… of a browser that runs with remote debugging: the tab with URL, as it is
	Insecure bool     // certificates that the browser does not know are taken

	// Prepare is called when the tab is there and its page is not yet.
	Prepare func(context.Context, *Page) error
	// Heard is told each event of the page and of its workers, in their order,
	// before Open returns, too. It must be quick. It may be nil.
	Heard func(cdp.Event)
	// Said is told what the script of this package says, in the same order.
	Said func(Word)
}

// Word is what the script in the page says: that a call of WebAssembly began or
// ended, an instance, Go's exit code, a write to stderr, the first drawing.
type Word struct {
	Kind   string // begin, end, instance, run, exit, write, drawn, context, contextlost
	Realm  string // the frame or worker: equal for words of the same global object
	Worker bool
	JSON   json.RawMessage
}

// Errors of Open, beside ErrNoBrowser and cdp.ErrClosed.
var (
	ErrNoTab    = errors.New("no tab shows this page")
	ErrNoGo     = errors.New("the page runs no Go program")
	ErrPageBusy = errors.New("the page's thread does not answer: it is computing")
	// ErrBrowserGone says that the browser itself ended.
	ErrBrowserGone = errors.New("the browser ended by itself")
	ErrCrashed     = errors.New("the page crashed")
	// ErrRestarted says that another Go program was started in the page meanwhile.
	ErrRestarted = errors.New("the page's program was started anew meanwhile")
	ErrNoAnswer  = errors.New("the browser does not answer")
	errNoMemory  = errors.New("the instance has no memory")
	errTooLarge  = errors.New("the memory is too large")
	errBrokenOff = errors.New("the copy broke off")
)

// Page is a page that is open in a browser. Its methods may be called at the
// same time.
type Page struct {
	Product string        // the browser's name and version: "Chrome/148.0.7778.167"
	Up      time.Duration // from the start of the browser until it answered; 0 with Attach

	options Options
	conn    *cdp.Conn
	browser *process // nil with Attach
	target  string   // the tab's id
	session string   // the tab's session

	mu       sync.Mutex
	sessions map[string]string      // session → type: page, iframe, worker
	realms   map[string]*realm      // by session and context
	order    []string               // their keys, oldest first
	contexts map[string][]jsContext // session → contexts, for pages opened before
	asked    map[string]bool        // requests that asked for a password
	crashed  bool
	found    found // by instance, last
	places   int   // realms and searched contexts so far
	stops    stops
	blobs    atomic.Int64  // asked for so far
	changed  chan struct{} // closed, and made anew, when a realm or crashed changes
}

// realm is a global object in which the script runs.
type realm struct {
	session string
	context int
	place   int    // tells realms apart: a browser uses the numbers of contexts again
	state   string // the remote object that keeps the instances
	started bool   // an instance runs
	isGo    bool

	searched bool // the state is what a search found, and sees no later instance
}

type jsContext struct {
	ID  int `json:"id"`
	Aux struct {
		Default bool   `json:"isDefault"`
		Type    string `json:"type"`
	} `json:"auxData"`

	place int    // see realm; 0: not searched yet
	seen  string // the remote object that numbers the instances found there
}

// Open starts a browser, or connects to one with Attach, and opens the page:
// with a browser of its own the page has begun to load when Open returns.
// The caller closes the Page; when gomedic is killed, the browser ends, too.
func Open(ctx context.Context, o Options) (*Page, error) {
	p := &Page{
		options:  o,
		sessions: map[string]string{},
		realms:   map[string]*realm{},
		contexts: map[string][]jsContext{},
		asked:    map[string]bool{},
		changed:  make(chan struct{}),
	}
	began := time.Now()
	var transport cdp.Transport
	var err error
	if o.Attach != "" {
		transport, err = connectTo(ctx, o.Attach)
	} else {
		p.browser, transport, err = start(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	p.conn = cdp.New(transport, p.heard)
	if err := p.open(ctx, began); err != nil {
		if p.browser != nil && (errors.Is(err, cdp.ErrClosed) || ctx.Err() != nil) {
			err = p.browser.failure(err)
		}
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Page) open(ctx context.Context, began time.Time) error {
	up, cancel := context.WithTimeoutCause(ctx, 15*time.Second, ErrNoAnswer)
	defer cancel()
	var version struct{ Product string }
	if err := p.conn.Call(up, "", "Browser.getVersion", nil, &version); err != nil {
		return err
	}
	p.Product = version.Product
	if p.browser != nil {
		p.Up = time.Since(began)
	}
	if err := p.findTab(up); err != nil {
		return err
	}
	var attached struct{ SessionID string }
	if err := p.conn.Call(up, "", "Target.attachToTarget",
		map[string]any{"targetId": p.target, "flatten": true}, &attached); err != nil {
		return err
	}
	p.mu.Lock()
	p.session = attached.SessionID
	p.sessions[p.session] = "page"
	p.mu.Unlock()
	if err := p.enable(up, p.session, "page"); err != nil {
		return err
	}
	if p.options.Prepare != nil {
		if err := p.options.Prepare(up, p); err != nil {
			return err
		}
	}
	if p.browser == nil {
		return nil
	}
	return p.navigate(up)
}

// findTab finds the tab to follow: the only one of a browser of our own, else the
// one that shows the page asked for.
func (p *Page) findTab(ctx context.Context) error {
	for {
		var found struct {
			TargetInfos []struct{ TargetID, Type, URL string }
		}
		if err := p.conn.Call(ctx, "", "Target.getTargets", nil, &found); err != nil {
			return err
		}
		var open []string
		for _, t := range found.TargetInfos {
			if t.Type != "page" {
				continue
			}
			if p.browser != nil || sameURL(t.URL, p.options.URL) {
				p.target = t.TargetID
				return nil
			}
			open = append(open, t.URL)
		}
		if p.browser == nil {
			return fmt.Errorf("%w: %s; open: %s", ErrNoTab, p.options.URL, strings.Join(open, " "))
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// sameURL compares without user, fragment and the slash at the end.
func sameURL(a, b string) bool {
	x, err := url.Parse(a)
	if err != nil {
		return false
	}
	y, err := url.Parse(b)
	if err != nil {
		return false
	}
	return x.Scheme == y.Scheme && x.Host == y.Host && x.RawQuery == y.RawQuery &&
		strings.TrimSuffix(x.EscapedPath(), "/") == strings.TrimSuffix(y.EscapedPath(), "/")
}

// enable has a session tell its events, and lets the script run before the
// page's own. In a worker the script is run now: it waits to be let go.
func (p *Page) enable(ctx context.Context, session, kind string) error {
	type call struct {
		method string
		params any
	}
	calls := []call{
		{"Runtime.enable", nil},
		{"Network.enable", map[string]any{"maxTotalBufferSize": 1 << 20, "maxResourceBufferSize": 1 << 20}},
	}
	source := fmt.Sprintf("%s(%q)", strings.TrimSpace(script), token)
	frame := kind == "page" || kind == "iframe"
	if frame {
		calls = append(calls,
			call{"Page.enable", nil},
			call{"Log.enable", nil},
			call{"Inspector.enable", nil})
		if p.browser != nil {
			calls = append(calls, call{"Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": source}})
		}
		if p.options.Insecure && p.browser != nil {
			calls = append(calls, call{"Security.setIgnoreCertificateErrors", map[string]any{"ignore": true}})
		}
	}
	if p.options.user() != nil && p.browser != nil {
		calls = append(calls, call{"Fetch.enable", map[string]any{"handleAuthRequests": true}})
	}
	calls = append(calls, call{"Target.setAutoAttach",
		map[string]any{"autoAttach": true, "waitForDebuggerOnStart": p.browser != nil, "flatten": true}})
	for _, c := range calls {
		if err := p.conn.Call(ctx, session, c.method, c.params, nil); err != nil {
			var refused *cdp.Error
			if kind != "page" && errors.As(err, &refused) {
				continue // workers have fewer domains
			}
			return err
		}
	}
	if frame || p.browser == nil {
		return nil
	}
	return p.conn.Call(ctx, session, "Runtime.evaluate", map[string]any{"expression": source}, nil)
}

func (o *Options) user() *url.Userinfo {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil
	}
	return u.User
}

// navigate opens the page. It does not wait for the answer: a server may never
// give it.
func (p *Page) navigate(ctx context.Context) error {
	u, err := url.Parse(p.options.URL)
	if err != nil {
		return err
	}
	u.User = nil
	go p.conn.Call(context.WithoutCancel(ctx), p.session, "Page.navigate", map[string]any{"url": u.String()}, nil)
	return nil
}

// Call sends a command to the page's session.
func (p *Page) Call(ctx context.Context, method string, params, result any) error {
	return p.conn.Call(ctx, p.session, method, params, result)
}

// Session is the tab's session; workers have others.
func (p *Page) Session() string { return p.session }

// Done is closed when the browser is gone.
func (p *Page) Done() <-chan struct{} { return p.conn.Done() }

// Dropped counts events that were too many or too large to keep.
func (p *Page) Dropped() int { return p.conn.Dropped() }

// Close ends the browser that Open started, or lets go of a tab as it is.
func (p *Page) Close() {
	if p.browser == nil {
		p.conn.Close()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	p.conn.Call(ctx, "", "Browser.close", nil, nil)
	cancel()
	p.conn.Close()
	p.browser.end()
}

// WaitGo waits until a Go program runs in the page. It returns ErrNoGo when ctx
// ends before.
func (p *Page) WaitGo(ctx context.Context) error {
	for {
		p.mu.Lock()
		changed, crashed, running := p.changed, p.crashed, false
		for _, r := range p.realms {
			running = running || r.started
		}
		p.mu.Unlock()
		switch {
		case running:
			return nil
		case crashed:
			return ErrCrashed
		case p.browser == nil:
			if f, err := p.search(ctx); err == nil && f.realm != nil {
				return nil
			}
		}
		var again <-chan time.Time
		if p.browser == nil {
			again = time.After(300 * time.Millisecond)
		}
		select {
		case <-changed:
		case <-again:
		case <-p.conn.Done():
			return cdp.ErrClosed
		case <-ctx.Done():
			return ErrNoGo
		}
	}
}
