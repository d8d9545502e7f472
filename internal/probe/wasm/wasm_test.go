package wasm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm"
)

// needBrowser skips a test where no browser is installed, and says so.
func needBrowser(t *testing.T) {
	t.Helper()
	if _, err := wasm.FindBrowser(); err != nil {
		t.Skip("this test opens a page and needs a browser: install chromium (scripts/install-deps): " + err.Error())
	}
}

// serve builds the program in testdata/NAME for the browser and serves it with
// its wasm_exec.js and a plain loader.
func serve(t *testing.T, name string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	args := append([]string{"build", "-o", filepath.Join(dir, "main.wasm")}, flags...)
	build := exec.Command("go", append(args, "./testdata/"+name)...)
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	js, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "wasm_exec.js", string(js))
	write(t, dir, "index.html", `<!doctype html><title>page</title><body><script src="wasm_exec.js"></script>
<script>const go = new Go();
WebAssembly.instantiateStreaming(fetch("main.wasm"), go.importObject).then(r => go.run(r.instance));</script>`)
	write(t, dir, "worker.html", `<!doctype html><title>worker</title><script>new Worker("worker.js");</script>`)
	write(t, dir, "worker.js", `const node = { appendChild() {}, textContent: "" };
globalThis.document = { createElement: () => node, body: node };
importScripts("wasm_exec.js");
const go = new Go();
WebAssembly.instantiateStreaming(fetch("main.wasm"), go.importObject).then(r => go.run(r.instance));`)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestMemory(t *testing.T) {
	needBrowser(t)
	ctx := within(t)
	p, err := wasm.Open(ctx, wasm.Options{URL: serve(t, "page", "-ldflags=-s -w")})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.WaitGo(ctx); err != nil {
		t.Fatal(err)
	}
	mem, held, err := p.Memory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s up after %v; %d bytes, held %v", p.Product, p.Up, len(mem), held)
	if len(mem) < 1<<20 || len(mem)%(1<<16) != 0 {
		t.Errorf("memory of %d bytes, want whole pages, some MB", len(mem))
	}
	if !bytes.Contains(mem, []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}) {
		t.Error("no pclntab in the memory")
	}
}

// TestMemoryOfWorker copies the memory of a program that runs in a Web Worker.
func TestMemoryOfWorker(t *testing.T) {
	needBrowser(t)
	ctx := within(t)
	p, err := wasm.Open(ctx, wasm.Options{URL: serve(t, "page", "-ldflags=-s -w") + "worker.html"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.WaitGo(ctx); err != nil {
		t.Fatal(err)
	}
	mem, _, err := p.Memory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(mem)%(1<<16) != 0 || !bytes.Contains(mem, []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}) {
		t.Errorf("%d bytes without a pclntab", len(mem))
	}
}

// TestAttach looks at a tab of a browser that runs, without the script in it.
func TestAttach(t *testing.T) {
	needBrowser(t)
	ctx := within(t)
	url := serve(t, "page")
	addr := running(t, url)
	if _, err := wasm.Open(ctx, wasm.Options{URL: url + "other", Attach: addr}); !errors.Is(err, wasm.ErrNoTab) {
		t.Errorf("a tab that is not there: %v", err)
	}
	p, err := wasm.Open(ctx, wasm.Options{URL: url, Attach: addr})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.WaitGo(ctx); err != nil {
		t.Fatal(err)
	}
	mem, held, err := p.Memory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, held %v", len(mem), held)
	if !bytes.Contains(mem, []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}) {
		t.Error("no pclntab in the memory")
	}
}

// running starts a browser as a user would, with a port, and returns its address.
func running(t *testing.T, url string) string {
	t.Helper()
	path, err := wasm.FindBrowser()
	if err != nil {
		t.Fatal(err)
	}
	profile := t.TempDir()
	cmd := exec.Command(path, "--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
		"--user-data-dir="+profile, "--remote-debugging-port=0", url)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait(); settle(profile) })
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		b, err := os.ReadFile(filepath.Join(profile, "DevToolsActivePort"))
		if port, _, ok := strings.Cut(string(b), "\n"); err == nil && ok {
			return "127.0.0.1:" + port
		}
	}
	t.Fatal("the browser opened no port")
	return ""
}

// settle removes a profile that the browser's children still write into.
func settle(profile string) {
	for range 50 {
		if os.RemoveAll(profile) == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestNoBrowser(t *testing.T) {
	_, err := wasm.Open(within(t), wasm.Options{URL: "http://127.0.0.1:1/", Browser: "/no/such/browser"})
	if !errors.Is(err, wasm.ErrNoBrowser) {
		t.Errorf("got %v", err)
	}
	script := filepath.Join(t.TempDir(), "browser")
	write(t, filepath.Dir(script), "browser", "#!/bin/sh\necho 'cannot open display' >&2\nexit 1\n")
	os.Chmod(script, 0o755)
	if runtime.GOOS == "windows" {
		return
	}
	_, err = wasm.Open(within(t), wasm.Options{URL: "http://127.0.0.1:1/", Browser: script})
	if err == nil || !strings.Contains(fmt.Sprint(err), "cannot open display") {
		t.Errorf("got %v", err)
	}
}
