package page_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/page"
	"github.com/gomedic/gomedic/internal/probe/wasm"
)

// needBrowser skips a test where no browser is installed, and says so.
func needBrowser(t *testing.T) {
	t.Helper()
	if _, err := wasm.FindBrowser(); err != nil {
		t.Skip("this test opens a page and needs a browser: install chromium (scripts/install-deps): " + err.Error())
	}
}

const loader = `<!doctype html><title>page</title><body><script src="wasm_exec.js"></script>
<script>const go = new Go();
WebAssembly.instantiateStreaming(fetch("main.wasm"), go.importObject).then(r => go.run(r.instance));</script>`

// serve builds testdata/NAME for the browser and serves it.
func serve(t *testing.T, name string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", append(append([]string{"build", "-o", filepath.Join(dir, "main.wasm")}, flags...), "./testdata/"+name)...)
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	js, err := os.ReadFile(filepath.Join(runtime.GOROOT(), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{"wasm_exec.js": string(js), "index.html": loader} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	slow := make(chan struct{})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-slow:
		case <-r.Context().Done():
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(func() { close(slow); server.Close() })
	return server.URL + "/"
}

func TestTry(t *testing.T) {
	needBrowser(t)
	url := serve(t, "cases", "-ldflags=-s -w")
	for _, name := range filepath.SplitList(os.Getenv("CASES")) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		start := time.Now()
		r, err := page.Freeze(ctx, page.Options{Page: wasm.Options{URL: url + "?" + name}})
		cancel()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, _ := json.Marshal(r.Freeze.Page)
		t.Logf("%s %v %s\n%+v\n%v", name, time.Since(start), b, r.Probe, r.Limits)
		for _, p := range r.Freeze.Points {
			if p.Activity != evidence.Idle {
				b, _ := json.Marshal(p)
				t.Log(string(b))
			}
		}
		for _, s := range r.Freeze.Stacks {
			for _, f := range s {
				t.Log("   ", f.Function, f.Line)
			}
			t.Log()
		}
		for _, h := range r.Freeze.Holds {
			b, _ := json.Marshal(h)
			t.Log(string(b))
		}
		for _, f := range diagnose.Findings(&evidence.Evidence{Target: r.Target, Freeze: &r.Freeze}) {
			b, _ := json.Marshal(f)
			t.Log("FINDING", string(b))
		}
	}
}
