package wasm_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/wasm"
)

// TestWatch follows a stripped page that draws and computes, and knows its
// functions by the memory alone.
func TestWatch(t *testing.T) {
	needBrowser(t)
	address := serve(t, "busy", "-ldflags=-s -w")
	res, err := wasm.Watch(within(t), wasm.WatchOptions{Options: wasm.Options{URL: address}, For: 4 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	p := &res.Page
	if len(p.Programs) != 1 {
		t.Fatalf("%d programs", len(p.Programs))
	}
	g := &p.Programs[0]
	if g.Kind != evidence.ProgramGo || g.Run == 0 || g.Drawn == 0 || g.Exited || g.Panic != nil || !strings.HasPrefix(g.Go, "go1.") {
		t.Errorf("the program: %+v", g)
	}
	roles := map[string]int{}
	for _, q := range p.Requests {
		roles[q.Role] = q.Status
	}
	for _, role := range []string{evidence.RolePage, evidence.RoleExecJS, evidence.RoleModule} {
		if roles[role] != http.StatusOK {
			t.Errorf("%s: status %d", role, roles[role])
		}
	}
	found := false
	for _, k := range p.Tasks {
		for _, s := range k.Shares {
			found = found || s.Function == "main.crunch" && strings.HasSuffix(s.File, "busy/main.go") && s.Line == 16 && s.Origin == evidence.OriginUser
		}
	}
	if !found {
		t.Errorf("no task of main.crunch in %+v", p.Tasks)
	}
	if p.Frames == nil || p.Frames.Drawn == 0 {
		t.Errorf("frames: %+v", p.Frames)
	}
	if g.Funcs == nil || len(g.Funcs.Looks) != 3 || g.Funcs.Looks[2].Count != 1 || g.Funcs.Sites[0].Function != "main.main.func1" {
		t.Errorf("callbacks: %+v", g.Funcs)
	}
	if len(res.Limits) > 0 {
		t.Errorf("limits: %v", res.Limits)
	}
}

// TestUnseen: the script shows to the page in nothing that a page looks at.
func TestUnseen(t *testing.T) {
	needBrowser(t)
	said := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/said" {
			b, _ := io.ReadAll(r.Body)
			said <- string(b)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<script>
const frame = document.createElement("iframe");
const wrong = [];
const check = (name, ok) => { if (!ok) wrong.push(name); };
for (const key of Object.getOwnPropertyNames(globalThis).concat(Object.getOwnPropertySymbols(globalThis).map(String)))
	check(key, !/gomedic/i.test(key));
for (const f of ["compile", "compileStreaming", "instantiate", "instantiateStreaming", "Module", "Instance"]) {
	check(f + ".name", WebAssembly[f].name === f);
	check(f + ".length", WebAssembly[f].length === 1);
	check(f + ".toString", /native code/.test(Function.prototype.toString.call(WebAssembly[f])));
}
const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
const module = new WebAssembly.Module(empty);
check("Module", module instanceof WebAssembly.Module && module.constructor === WebAssembly.Module);
const instance = new WebAssembly.Instance(module);
check("Instance", instance instanceof WebAssembly.Instance && instance.constructor === WebAssembly.Instance);
let thrown;
try { new WebAssembly.Module(new Uint8Array(4)); } catch (e) { thrown = e; }
check("CompileError", thrown instanceof WebAssembly.CompileError);
const limit = Error.stackTraceLimit;
const unhandled = [];
addEventListener("unhandledrejection", e => unhandled.push(String(e.reason)));
WebAssembly.instantiate(new Uint8Array(4)).then(() => {});
Promise.all([
	WebAssembly.instantiate(empty).then(r => check("instantiate bytes", r.module instanceof WebAssembly.Module && r.instance instanceof WebAssembly.Instance)),
	WebAssembly.instantiate(module).then(r => check("instantiate module", r instanceof WebAssembly.Instance)),
	WebAssembly.compile(new Uint8Array(4)).catch(e => check("rejects", e instanceof WebAssembly.CompileError)),
]).then(() => setTimeout(() => {
	check("limit", Error.stackTraceLimit === limit);
	check("unhandled", unhandled.length === 1);
	fetch("/said", { method: "POST", body: wrong.join(" ") });
}, 50));
</script>`)
	}))
	defer server.Close()
	p, err := wasm.Open(within(t), wasm.Options{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	select {
	case wrong := <-said:
		if wrong != "" {
			t.Errorf("the page sees: %s", wrong)
		}
	case <-within(t).Done():
		t.Fatal("the page said nothing")
	}
}

// TestCertificate: an unknown certificate is an error that says so, and no obstacle
// to who wants it.
func TestCertificate(t *testing.T) {
	needBrowser(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<p>hello") }))
	server.StartTLS()
	defer server.Close()
	o := wasm.WatchOptions{Options: wasm.Options{URL: server.URL}, For: time.Second}
	_, err := wasm.Watch(within(t), o)
	var navigation *wasm.NavigationError
	if !errors.As(err, &navigation) || !strings.Contains(navigation.Reason, "CERT") {
		t.Errorf("got %v", err)
	}
	o.Insecure = true
	res, err := wasm.Watch(within(t), o)
	if err != nil || res.Page.Requests[0].Status != http.StatusOK {
		t.Errorf("with Insecure: %v", err)
	}
}

// TestLogin answers a server that asks for a password, but once only.
func TestLogin(t *testing.T) {
	needBrowser(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "someone" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, "<p>hello")
	}))
	defer server.Close()
	for password, status := range map[string]int{"secret": http.StatusOK, "wrong": http.StatusUnauthorized} {
		u, _ := url.Parse(server.URL)
		u.User = url.UserPassword("someone", password)
		res, err := wasm.Watch(within(t), wasm.WatchOptions{Options: wasm.Options{URL: u.String()}, For: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Page.Requests[0].Status; got != status {
			t.Errorf("password %s: status %d", password, got)
		}
		if strings.Contains(res.Page.URL, password) || strings.Contains(res.Target.Name, password) {
			t.Error("the password is in the evidence")
		}
	}
}

// TestServed checks a page's parts without a browser.
func TestServed(t *testing.T) {
	address := serve(t, "page", "-ldflags=-s -w")
	res, err := wasm.Served(t.Context(), wasm.WatchOptions{Options: wasm.Options{URL: address}})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Page.Requests) != 3 || len(res.Page.Calls) != 1 || res.Page.Calls[0].Failed || !strings.HasPrefix(res.Target.Go, "go1.") {
		t.Errorf("%+v %+v", res.Page, res.Target)
	}
	if _, err := wasm.Served(t.Context(), wasm.WatchOptions{Options: wasm.Options{URL: "http://127.0.0.1:1/"}}); err == nil {
		t.Error("no error where there is no server")
	}
}

const asChild = "GOMEDIC_TEST_OPEN"

// TestKilled: when the program that opened a page is killed, its browser ends, and
// the folder goes with the next.
func TestKilled(t *testing.T) {
	if address := os.Getenv(asChild); address != "" {
		p, err := wasm.Open(context.Background(), wasm.Options{URL: address})
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("open " + p.Product + "\n")
		select {}
	}
	needBrowser(t)
	if runtime.GOOS != "linux" {
		t.Skip("looks for the browser's processes in /proc")
	}
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), asChild+"="+server.URL)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "open ") {
		cmd.Process.Kill()
		cmd.Wait()
		t.Fatalf("the child said %q", lines.Text())
	}
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), "gomedic-browser-"+strconv.Itoa(cmd.Process.Pid)+"-*"))
	if len(folders) != 1 {
		t.Errorf("folders of the browser: %v", folders)
	}
	cmd.Process.Kill()
	cmd.Wait()
	for ctx := within(t); len(folders) > 0 && browsers(folders[0]) > 0; {
		select {
		case <-ctx.Done():
			t.Fatalf("%d processes of the browser are left", browsers(folders[0]))
		case <-time.After(20 * time.Millisecond):
		}
	}
	wasm.SweepProfiles()
	for _, f := range folders {
		if _, err := os.Stat(f); err == nil {
			t.Errorf("%s is left", f)
		}
	}
}

// browsers counts the processes that were started with a profile's folder.
func browsers(folder string) (n int) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range all {
		if b, err := os.ReadFile(path); err == nil && strings.Contains(string(b), folder) {
			n++
		}
	}
	return n
}
