package wasmbundle

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm"
)

// bundled makes the bundle of testdata/program once for all tests.
var bundled = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "wasmbundle-test-")
	if err != nil {
		return "", err
	}
	site := filepath.Join(dir, "site")
	_, err = Make(context.Background(), Options{Dir: filepath.Join("testdata", "program"), Package: ".", Output: site, Title: "Orders & more", Icon: filepath.Join("testdata", "icon.svg")})
	return site, err
})

func TestMain(m *testing.M) {
	os.Setenv("GOWORK", "off") // the test's program is a module of its own
	os.Setenv("GOFLAGS", "")
	code := m.Run()
	if site, err := bundled(); err == nil {
		os.RemoveAll(filepath.Dir(site))
	}
	os.Exit(code)
}

func bundle(t *testing.T) string {
	t.Helper()
	site, err := bundled()
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// needBrowser skips where there is none.
func needBrowser(t *testing.T) {
	t.Helper()
	if _, err := wasm.FindBrowser(); err != nil {
		t.Skip("no Chromium, Chrome or Edge is installed: the page is not opened")
	}
}

// visit opens a page and returns it with what its loader says at the end.
func visit(t *testing.T, url string, flags ...string) (*wasm.Page, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	p, err := wasm.Open(ctx, wasm.Options{URL: url, Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, await(t, ctx, p, settled)
}

// await asks for the page's state until it is the wanted one.
func await(t *testing.T, ctx context.Context, p *wasm.Page, wanted func(string) bool) string {
	t.Helper()
	state := ""
	for {
		s, err := evaluate(ctx, p, "document.documentElement.dataset.gomedic || ''")
		if err == nil {
			state = s
		}
		if wanted(state) {
			return state
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("the page stays in state %q", state)
		}
	}
}

// shoot writes a picture of the page to the folder that GOMEDIC_SCREENSHOTS names.
func shoot(t *testing.T, p *wasm.Page, name string) {
	t.Helper()
	dir := os.Getenv("GOMEDIC_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, v := range []struct {
		name          string
		width, height int
		scheme        string
	}{{"light", 900, 700, "light"}, {"dark", 900, 700, "dark"}, {"phone", 375, 700, "light"}} {
		if err := p.Call(ctx, "Emulation.setDeviceMetricsOverride", map[string]any{"width": v.width, "height": v.height, "deviceScaleFactor": 1, "mobile": v.name == "phone"}, nil); err != nil {
			t.Fatal(err)
		}
		p.Call(ctx, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": v.scheme}}}, nil)
		var out struct{ Data string }
		if err := p.Call(ctx, "Page.captureScreenshot", map[string]any{"format": "png"}, &out); err != nil {
			t.Fatal(err)
		}
		b, err := base64.StdEncoding.DecodeString(out.Data)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-"+v.name+".png"), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// ask returns the text that an expression has in the page.
func ask(t *testing.T, p *wasm.Page, expression string) string {
	t.Helper()
	s, err := evaluate(context.Background(), p, expression)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// faulty serves the bundle as Go's file server does, but for what a fault changes.
func faulty(t *testing.T, change func(w http.ResponseWriter, r *http.Request, site string) bool) *httptest.Server {
	t.Helper()
	site := bundle(t)
	files := http.FileServer(http.Dir(site))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if change == nil || !change(w, r, site) {
			files.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func read(site, name string) []byte {
	b, err := os.ReadFile(filepath.Join(site, name))
	if err != nil {
		panic(err) // the bundle was just made
	}
	return b
}

// onModule changes the answer to the request for the module alone.
func onModule(answer func(w http.ResponseWriter, b []byte)) func(http.ResponseWriter, *http.Request, string) bool {
	return func(w http.ResponseWriter, r *http.Request, site string) bool {
		if r.URL.Path != "/"+moduleName {
			return false
		}
		answer(w, read(site, moduleName))
		return true
	}
}

// withPolicy has the server send a content security policy.
func withPolicy(policy string) func(http.ResponseWriter, *http.Request, string) bool {
	return func(w http.ResponseWriter, r *http.Request, _ string) bool {
		w.Header().Set("Content-Security-Policy", policy)
		return false
	}
}

// edited serves one file changed, and lets the page take it: without its integrity.
func edited(name string, change func(b []byte) []byte) func(http.ResponseWriter, *http.Request, string) bool {
	return func(w http.ResponseWriter, r *http.Request, site string) bool {
		switch r.URL.Path {
		case "/":
			page := bytes.ReplaceAll(read(site, pageName), []byte("integrity="), []byte("data-x="))
			w.Write(page)
		case "/" + loaderName:
			w.Header().Set("Content-Type", "text/javascript")
			loader := read(site, loaderName)
			f := file{name, read(site, name)}
			w.Write(bytes.ReplaceAll(loader, []byte(f.sri()), nil))
		case "/" + name:
			w.Header().Set("Content-Type", "text/javascript")
			w.Write(change(read(site, name)))
		default:
			return false
		}
		return true
	}
}

// without takes something from the browser before the loader comes.
func without(name string) func(http.ResponseWriter, *http.Request, string) bool {
	return func(w http.ResponseWriter, r *http.Request, site string) bool {
		switch r.URL.Path {
		case "/":
			w.Write(bytes.Replace(read(site, pageName), []byte("<script "), []byte(`<script src="/without.js"></script><script `), 1))
		case "/without.js":
			fmt.Fprintf(w, "delete globalThis.%s", name)
		default:
			return false
		}
		return true
	}
}

// The page says of each fault what it is, with its finding and its details.
func TestTheErrorPage(t *testing.T) {
	needBrowser(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("x")) }))
	defer elsewhere.Close()
	for _, tt := range []struct {
		name   string
		path   string
		change func(http.ResponseWriter, *http.Request, string) bool
		state  string
		says   []string // in the details
	}{
		{name: "http", change: onModule(func(w http.ResponseWriter, _ []byte) { http.NotFound(w, nil) }),
			state: "failed:http", says: []string{"wasm/http", "404 Not Found", "app.wasm"}},
		{name: "http-script", change: func(w http.ResponseWriter, r *http.Request, _ string) bool {
			if r.URL.Path == "/"+scriptName {
				http.NotFound(w, r)
			}
			return r.URL.Path == "/"+scriptName
		}, state: "failed:http", says: []string{"wasm/http", "wasm_exec.js"}},
		{name: "not-wasm", change: onModule(func(w http.ResponseWriter, _ []byte) {
			w.Header().Set("Content-Type", "application/wasm")
			w.Write([]byte("<!doctype html><title>Orders</title><h1>Not here</h1>"))
		}), state: "failed:notwasm", says: []string{"wasm/not-wasm", "what arrived is HTML"}},
		{name: "not-wasm-gzip", change: func(w http.ResponseWriter, r *http.Request, site string) bool {
			if r.URL.Path != "/"+moduleName {
				return false
			}
			w.Header().Set("Content-Type", "application/wasm")
			w.Write(read(site, moduleName+".gz"))
			return true
		}, state: "failed:notwasm", says: []string{"what arrived is gzip"}},
		{name: "truncated", change: onModule(func(w http.ResponseWriter, b []byte) {
			w.Header().Set("Content-Length", strconv.Itoa(len(b)))
			w.Write(b[:len(b)/2])
			panic(http.ErrAbortHandler)
		}), state: "failed:truncated", says: []string{"wasm/truncated", "Bytes received"}},
		{name: "truncated-file", change: onModule(func(w http.ResponseWriter, b []byte) { w.Write(b[:len(b)-1000]) }),
			state: "failed:truncated", says: []string{"wasm/truncated"}},
		{name: "empty", change: onModule(func(w http.ResponseWriter, _ []byte) {}), state: "failed:truncated", says: []string{"0 bytes of"}},
		{name: "integrity", change: onModule(func(w http.ResponseWriter, b []byte) {
			b[len(b)/2] ^= 1
			w.Write(b)
		}), state: "failed:integrity", says: []string{"wasm/integrity", "sha384-"}},
		{name: "integrity-script", change: func(w http.ResponseWriter, r *http.Request, site string) bool {
			if r.URL.Path == "/"+scriptName {
				w.Header().Set("Content-Type", "text/javascript")
				w.Write(append(read(site, scriptName), "// edited\n"...))
			}
			return r.URL.Path == "/"+scriptName
		}, state: "failed:integrity", says: []string{"wasm_exec.js"}},
		{name: "csp", change: withPolicy("script-src 'self'"), state: "failed:csp", says: []string{"wasm/csp", "script-src"}},
		{name: "csp-connect", change: withPolicy("script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'"), state: "failed:csp", says: []string{"connect-src"}},
		{name: "exec-js-mismatch", change: edited(scriptName, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("gojs: {"), []byte("go: {")) }),
			state: "failed:execjs", says: []string{"wasm/exec-js-mismatch", "gojs.runtime."}},
		{name: "mime-script", change: func(w http.ResponseWriter, r *http.Request, site string) bool {
			if r.URL.Path == "/"+scriptName {
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("X-Content-Type-Options", "nosniff")
				w.Write(read(site, scriptName))
			}
			return r.URL.Path == "/"+scriptName
		}, state: "failed:mime", says: []string{"wasm/mime", "text/plain"}},
		{name: "blocked", change: func(w http.ResponseWriter, r *http.Request, _ string) bool {
			if r.URL.Path == "/"+moduleName {
				http.Redirect(w, r, elsewhere.URL+"/app.wasm", http.StatusFound)
			}
			return r.URL.Path == "/"+moduleName
		}, state: "failed:http", says: []string{"Failed to fetch"}},
		{name: "panic", path: "?panic", state: "failed:panic", says: []string{"wasm/panic", "assignment to entry in nil map", "main.(*account).book", "main.go:"}},
		{name: "memory", path: "?memory", state: "failed:memory", says: []string{"out of memory"}},
		{name: "exit", path: "?exit", state: "failed:exit", says: []string{"wasm/exited", "exit code 3", "cannot reach the database"}},
		{name: "exited", path: "?exited", state: "failed:exited", says: []string{"wasm/exited", "program started"}},
		{name: "no-wasm", change: without("WebAssembly"), state: "failed:nowasm", says: []string{"the browser has no WebAssembly"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, state := visit(t, faulty(t, tt.change).URL+"/"+tt.path)
			if tt.state == "failed:exited" && state == "exited" {
				state = await(t, t.Context(), p, func(s string) bool { return s == tt.state })
			}
			shoot(t, p, tt.name)
			details := ask(t, p, "(document.querySelector('#gomedic pre') || {}).textContent || ''")
			if state != tt.state {
				t.Fatalf("state %s, want %s\n%s", state, tt.state, details)
			}
			for _, s := range tt.says {
				if !strings.Contains(details, s) {
					t.Errorf("the details lack %q:\n%s", s, details)
				}
			}
			if title := ask(t, p, "document.querySelector('#gomedic h2').textContent"); title == "" || strings.HasPrefix(title, "title.") {
				t.Errorf("title %q", title)
			}
		})
	}
}
