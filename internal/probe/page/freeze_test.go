package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/page"
	"github.com/gomedic/gomedic/internal/probe/wasm"
	"github.com/gomedic/gomedic/internal/report"
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

// again starts the program anew several times, while it is looked at.
const again = `<!doctype html><title>page</title><body><script src="wasm_exec.js"></script>
<script>
let left = 8;
const start = async module => {
	const go = new Go();
	go.run(await WebAssembly.instantiate(module, go.importObject));
	if (--left > 0) setTimeout(start, 300, module);
};
WebAssembly.compileStreaming(fetch("main.wasm")).then(start);</script>`

// serve builds testdata/NAME for the browser and serves it.
func serve(t *testing.T, name string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", append(append([]string{"build", "-o", filepath.Join(dir, "main.wasm")}, flags...), "./testdata/"+name)...)
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
	for file, text := range map[string]string{"wasm_exec.js": string(js), "index.html": loader, "again.html": again} {
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

// told is a finding, and the lines that it names by the comments on them.
type told struct{ id, where, blocker string }

// sick says what must be found of each case; of the others nothing must be.
var sick = map[string]told{
	"private":  {"wasm/deadlock", "private", ""},
	"worker":   {"wasm/deadlock", "worker", "work"},
	"global":   {"wasm/deadlock", "global", ""},
	"locks":    {"wasm/deadlock", "locks", "transfer"},
	"self":     {"wasm/deadlock", "add", "self"},
	"group":    {"wasm/deadlock", "group", "waitsFor"},
	"many":     {"wasm/deadlock", "many", "pass"},
	"asleep":   {"wasm/deadlock", "onClick", ""},
	"callback": {"ui-blocked/channel", "onClick", ""},
	"sleeps":   {"ui-blocked/sleep", "onRetry", ""},
	"holder":   {"ui-blocked/mutex", "onSave", "holdLong"},
	"busy":     {"ui-busy/cpu", "", ""},
	"busymain": {"ui-busy/cpu", "", ""},
	"line":     {"ui-busy/cpu", "line", ""},
	"twolocks": {"ui-blocked/mutex", "onOther", "keepSecond"}, // its code tells which

	// Of a large memory parts are copied at one moment.
	"worker,vast":   {"wasm/deadlock", "worker", "work"},
	"locks,vast":    {"wasm/deadlock", "locks", "transfer"},
	"callback,vast": {"ui-blocked/channel", "onClick", ""},
	"holder,vast":   {"ui-blocked/mutex", "onSave", "holdLong"},
	"busy,vast":     {"ui-busy/cpu", "", ""},
	"busymain,vast": {"ui-busy/cpu", "", ""},
}

var healthy = []string{"static", "select", "listening", "clock", "fetching", "pool", "lateload", "returns",
	"clock,vast", "listening,vast", "pool,vast"}

func TestFreeze(t *testing.T) {
	needBrowser(t)
	lines := markersOf(t, "cases")
	urls := []string{serve(t, "cases", "-ldflags=-s -w"), serve(t, "cases")}
	names := append(slices.Sorted(maps.Keys(sick)), healthy...)
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			r, err := page.Freeze(ctx, page.Options{Page: wasm.Options{URL: urls[i%3/2] + "?" + name}})
			if err != nil {
				t.Fatal(err)
			}
			ev := &evidence.Evidence{Target: r.Target, Freeze: &r.Freeze}
			found := diagnose.Findings(ev)
			want, ill := sick[name]
			switch {
			case !ill && len(found) > 0:
				t.Errorf("found in a healthy page: %s", dumped(found))
			case ill && (len(found) != 1 || found[0].ID != want.id):
				t.Fatalf("want %s, found %s, in %s %s %v", want.id, dumped(found), dumped(r.Freeze.Page), dumped(r.Freeze.Points), r.Limits)
			case ill:
				at := func(what string, p *report.Place, mark string) {
					if mark != "" && (p == nil || p.Line != lines[mark]) {
						t.Errorf("%s: want line %d (%s), found %s", what, lines[mark], mark, dumped(p))
					}
				}
				at("where", found[0].Where, want.where)
				at("blocker", found[0].Blocker, want.blocker)
				if strings.HasPrefix(name, "busy") && found[0].Where.Function != "main.crunch" && found[0].Where.Function != "main.onLayout" {
					t.Errorf("busy in %s", dumped(found[0].Where))
				}
			}
			if t.Failed() {
				t.Log(dumped(r.Freeze.Page))
			}
			again := bundled(t, ev)
			if a, b := dumped(found), dumped(diagnose.Findings(again)); a != b {
				t.Errorf("the bundle gives other findings:\n%s\n%s", a, b)
			}
		})
	}
}

// A page that starts its program anew again and again is looked at, and is healthy.
func TestFreezeRestarts(t *testing.T) {
	needBrowser(t)
	url := serve(t, "cases", "-ldflags=-s -w")
	for _, name := range []string{"listening", "listening,vast"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		r, err := page.Freeze(ctx, page.Options{Page: wasm.Options{URL: url + "again.html?" + name}})
		cancel()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if found := diagnose.Findings(&evidence.Evidence{Target: r.Target, Freeze: &r.Freeze}); len(found) > 0 {
			t.Errorf("%s: found in a healthy page: %s", name, dumped(found))
		}
	}
}

// markersOf are the lines of a program in testdata by the comments at their ends.
func markersOf(t *testing.T, program string) map[string]int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", program, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for i, line := range strings.Split(string(b), "\n") {
		if code, mark, ok := strings.Cut(line, " // "); ok && strings.TrimSpace(code) != "" {
			out[mark] = i + 1
		}
	}
	return out
}

func dumped(v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// bundled is the evidence as a bundle gives it back.
func bundled(t *testing.T, ev *evidence.Evidence) *evidence.Evidence {
	t.Helper()
	var b bytes.Buffer
	if err := evidence.EncodeBundle(&b, ev, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	out, err := evidence.ReadBundle(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A page in which nothing of Go comes to run is told from one that needs time.
func TestNoProgram(t *testing.T) {
	needBrowser(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/broken":
			fmt.Fprint(w, `<script>WebAssembly.instantiate(new Uint8Array([0,97,115,109,1,0,0,0,99]), {}).catch(() => {})</script>`)
		case "/plain":
			fmt.Fprint(w, "<p>a page without a program")
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	for path, why := range map[string]string{"/broken": "WebAssembly", "/plain": "", "/gone": "HTTP status 404"} {
		_, err := page.Freeze(t.Context(), page.Options{Page: wasm.Options{URL: server.URL + path}})
		var load *page.LoadError
		if !errors.As(err, &load) || !strings.Contains(load.Why, why) {
			t.Errorf("%s: %v", path, err)
		}
	}
	server.Close()
	_, err := page.Freeze(t.Context(), page.Options{Page: wasm.Options{URL: server.URL + "/closed"}})
	var load *page.LoadError
	if !errors.As(err, &load) || !strings.Contains(load.Why, "net::ERR_CONNECTION_REFUSED") {
		t.Errorf("a server that is gone: %v", err)
	}
}
