package wasmbundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm"
)

// What may differ between servers does not keep the program from running.
func TestThePageRuns(t *testing.T) {
	needBrowser(t)
	for _, tt := range []struct {
		name   string
		change func(http.ResponseWriter, *http.Request, string) bool
	}{
		{name: "file server"},
		{name: "wrong type", change: onModule(func(w http.ResponseWriter, b []byte) {
			w.Header().Set("Content-Type", "text/html")
			w.Write(b)
		})},
		{name: "brotli", change: func(w http.ResponseWriter, r *http.Request, site string) bool {
			if r.URL.Path != "/"+moduleName {
				return false
			}
			// A browser takes brotli over https alone; gzip comes everywhere.
			w.Header().Set("Content-Type", "application/wasm")
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(read(site, moduleName+".gz"))
			return true
		}},
		{name: "chunked", change: onModule(func(w http.ResponseWriter, b []byte) {
			for len(b) > 0 {
				n := min(100_000, len(b))
				w.Write(b[:n])
				w.(http.Flusher).Flush() // no Content-Length
				b = b[n:]
			}
		})},
		{name: "strict policy", change: withPolicy("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self'")},
		{name: "isolated", change: func(w http.ResponseWriter, _ *http.Request, _ string) bool {
			w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
			w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
			return false
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, state := visit(t, faulty(t, tt.change).URL+"/")
			if state != "running" {
				t.Fatalf("state %s\n%s", state, ask(t, p, "(document.querySelector('#gomedic pre') || {}).textContent || ''"))
			}
			if body := ask(t, p, "document.body.textContent"); body != "the program runs" {
				t.Errorf("the page shows %q", body)
			}
			if left := ask(t, p, "String(document.querySelectorAll('#gomedic').length)"); left != "0" {
				t.Error("the card still stands on the page")
			}
		})
	}
}

// The bar shows how much has arrived, while it arrives.
func TestTheBarMoves(t *testing.T) {
	needBrowser(t)
	seen := make(chan struct{})
	var once sync.Once
	t.Cleanup(func() { once.Do(func() { close(seen) }) })
	s := faulty(t, onModule(func(w http.ResponseWriter, b []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		w.Write(b[:len(b)*2/5])
		w.(http.Flusher).Flush()
		<-seen
		w.Write(b[len(b)*2/5:])
	}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := wasm.Open(ctx, wasm.Options{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	await(t, ctx, p, func(string) bool {
		now, err := evaluate(ctx, p, "(document.querySelector('[role=progressbar]') || document.body).getAttribute('aria-valuenow') || ''")
		return err == nil && (now == "39" || now == "40")
	})
	shoot(t, p, "progress")
	if much := ask(t, p, "document.querySelector('.gomedic-line').textContent"); !strings.Contains(much, "MB of ") {
		t.Errorf("the line says %q", much)
	}
	once.Do(func() { close(seen) })
	if state := await(t, ctx, p, settled); state != "running" {
		t.Errorf("state %s", state)
	}
}

// What goes wrong in a callback, long after the start, brings the card back.
func TestALateFault(t *testing.T) {
	needBrowser(t)
	for _, tt := range []struct{ name, state, says string }{
		{"late", "failed:panic", "main.(*account).book"},
		{"deadlock", "failed:deadlock", "all goroutines are asleep"},
	} {
		p, state := visit(t, faulty(t, nil).URL+"/?"+tt.name)
		if state != "running" {
			t.Fatal(state)
		}
		ask(t, p, "setTimeout(press, 0), ''")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if state := await(t, ctx, p, func(s string) bool { return s != "running" && s != "exited" }); state != tt.state {
			t.Errorf("%s: state %s", tt.name, state)
		}
		shoot(t, p, tt.name)
		if s := ask(t, p, "document.querySelector('#gomedic pre').textContent"); !strings.Contains(s, tt.says) {
			t.Errorf("%s: details:\n%s", tt.name, s)
		}
	}
}

// Without JavaScript, and where the loader does not come, the page says so.
func TestWithoutScript(t *testing.T) {
	needBrowser(t)
	s := faulty(t, func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.URL.Path == "/"+loaderName {
			http.NotFound(w, r)
		}
		return r.URL.Path == "/"+loaderName
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := wasm.Open(ctx, wasm.Options{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	await(t, ctx, p, func(string) bool {
		v, err := evaluate(ctx, p, "document.querySelector('.gomedic-late') ? getComputedStyle(document.querySelector('.gomedic-late')).visibility : ''")
		return err == nil && v == "visible"
	})
	shoot(t, p, "no-loader")
	if err := p.Call(ctx, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Call(ctx, "Page.reload", nil, nil); err != nil {
		t.Fatal(err)
	}
	var shown struct {
		Result struct{ Value any }
	}
	for {
		err := p.Call(ctx, "Runtime.evaluate", map[string]any{"returnByValue": true,
			"expression": "document.readyState === 'complete' ? document.querySelector('noscript').innerText : ''"}, &shown)
		if err == nil && shown.Result.Value != "" {
			break
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal(errors.Join(ctx.Err(), err))
		}
	}
	shoot(t, p, "noscript")
	if v := fmt.Sprint(shown.Result.Value); !strings.Contains(v, "JavaScript") {
		t.Errorf("without JavaScript the page says %q", v)
	}
}

// Where the browser gives no WebGL, a program that needs it is not fetched, unless the
// visitor wants to try.
func TestWithoutWebGL(t *testing.T) {
	needBrowser(t)
	s := faulty(t, edited(loaderName, func(b []byte) []byte { return b }))
	s.Config.Handler = drawing(s.Config.Handler)
	p, state := visit(t, s.URL+"/", "--disable-3d-apis")
	if state != "failed:nowebgl" {
		t.Fatalf("state %s", state)
	}
	shoot(t, p, "no-webgl")
	ask(t, p, "document.querySelectorAll('#gomedic button')[1].click(), ''")
	if state := await(t, t.Context(), p, func(s string) bool { return s == "running" }); state != "running" {
		t.Errorf("state %s", state)
	}
	if _, state := visit(t, s.URL+"/"); state != "running" {
		t.Errorf("with WebGL: state %s", state)
	}
}

// drawing has the loader take the program for one of a toolkit.
func drawing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/"+loaderName {
			h.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", "text/javascript")
		w.Write(bytes.Replace(rec.Body.Bytes(), []byte(`"webgl":false`), []byte(`"webgl":true`), 1))
	})
}

// Chinese visitors read Chinese.
func TestChinese(t *testing.T) {
	needBrowser(t)
	p, _ := visit(t, faulty(t, nil).URL+"/?panic", "--lang=zh-CN", "--accept-lang=zh-CN")
	shoot(t, p, "chinese")
	if lang := ask(t, p, "navigator.language"); !strings.HasPrefix(lang, "zh") {
		t.Skipf("this browser stays in %s", lang)
	}
	if title := ask(t, p, "document.querySelector('#gomedic h2').textContent"); title != "程序崩溃了" {
		t.Errorf("title %q", title)
	}
}
