package wasm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// connectTo connects to a browser that runs with remote debugging: addr is its
// host:port, http://host:port or ws://….
func connectTo(ctx context.Context, addr string) (cdp.Transport, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Second, ErrNoAnswer)
	defer cancel()
	if strings.HasPrefix(addr, "ws://") || strings.HasPrefix(addr, "wss://") {
		return cdp.Dial(ctx, addr)
	}
	base := strings.TrimSuffix(addr, "/")
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/json/version", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w at %s: %w", ErrNoAnswer, addr, err)
	}
	defer resp.Body.Close()
	var version struct{ WebSocketDebuggerURL string }
	if json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&version) != nil || version.WebSocketDebuggerURL == "" {
		return nil, fmt.Errorf("%w at %s: this is no browser with remote debugging", ErrNoAnswer, addr)
	}
	// The browser names the host as it sees itself; the one that answered is right.
	debugger, err := url.Parse(version.WebSocketDebuggerURL)
	if err != nil {
		return nil, err
	}
	debugger.Host = req.URL.Host
	return cdp.Dial(ctx, debugger.String())
}

func sameHost(a, b string) bool {
	x, err := url.Parse(a)
	if err != nil {
		return false
	}
	y, err := url.Parse(b)
	return err == nil && x.Hostname() == y.Hostname() && x.Port() == y.Port()
}

// firstAsked reports whether a request asks for a password for the first time.
func (p *Page) firstAsked(request string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked[request] || len(p.asked) > 10_000 {
		return false
	}
	p.asked[request] = true
	return true
}
