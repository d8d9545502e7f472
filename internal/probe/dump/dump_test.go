package dump

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

func read(t *testing.T, name string) *Dump {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(b))
}

func parse(t *testing.T, s string) *Dump {
	t.Helper()
	d, err := Read(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func byFunction(t *testing.T, d *Dump, function, reason string) *evidence.Goroutine {
	t.Helper()
	for i := range d.Evidence.Freeze.Goroutines {
		g := &d.Evidence.Freeze.Goroutines[i]
		for _, f := range g.Frames {
			if f.Function == function && g.WaitReason == reason {
				return g
			}
		}
	}
	t.Fatalf("no goroutine in %s [%s]", function, reason)
	return nil
}

// TestOrders reads the dumps of one program, made by three versions of Go in
// four ways.
func TestOrders(t *testing.T) {
	for _, test := range []struct {
		file, goVersion, cause string
		goroutines             int
		module                 string
		known                  []string // kinds whose address the dump shows
	}{
		{"go1.25-crash.txt", "go1.25.14", "SIGQUIT: quit", 24, "", []string{"mutex", "rwmutex", "waitgroup", "once", "cond", "chan"}},
		{"go1.26-all.txt", "go1.26.11", "SIGQUIT: quit", 24, "", []string{"mutex", "rwmutex", "waitgroup", "once", "cond", "chan"}},
		{"go1.27-panic.txt", "go1.27.4", "panic: assignment to entry in nil map", 18, "", []string{"mutex", "waitgroup", "once", "cond"}},
		{"go1.27-debug2.txt", "", "", 18, "example.com/orders", []string{"mutex", "waitgroup", "once", "cond"}},
	} {
		t.Run(test.file, func(t *testing.T) {
			d := read(t, test.file)
			target, freeze := d.Evidence.Target, d.Evidence.Freeze
			if d.Dumps != 1 || d.Cause != test.cause || target.Go != test.goVersion || target.Name != "orders" ||
				target.MainModule != test.module || target.Kind != evidence.KindDump || !freeze.FromDump {
				t.Errorf("dumps %d, cause %q, target %+v", d.Dumps, d.Cause, target)
			}
			if n := len(freeze.Goroutines); n != test.goroutines {
				t.Errorf("%d goroutines, want %d", n, test.goroutines)
			}
			known := setOf(strings.Join(test.known, " "))
			for _, w := range []struct{ function, reason, kind, note, dir string }{
				{"main.(*Store).Count", "sync.Mutex.Lock", "mutex", "", ""},
				{"main.(*Store).Name", "sync.RWMutex.RLock", "rwmutex", "reader", ""},
				{"main.(*Store).Set", "sync.Mutex.Lock", "rwmutex", "writer", ""},
				{"main.(*Store).Wait", "sync.WaitGroup.Wait", "waitgroup", "", ""},
				{"main.(*Store).Init", "sync.Mutex.Lock", "once", "", ""},
				{"main.(*Store).Init.func1", "sleep", "timer", "", ""},
				{"main.main.func5", "sync.Cond.Wait", "cond", "", ""},
				{"main.Recv[...]", "chan receive", "chan", "", "receive"},
				{"main.main.func4", "chan send", "chan", "", "send"},
				{"main.main.func3", "chan receive (nil chan)", "chan", "nil", "receive"},
				{"main.(*Store).Sync", "IO wait", "fd", "", ""},
			} {
				g := byFunction(t, d, w.function, w.reason)
				if len(g.WaitsOn) != 1 {
					t.Errorf("%s waits on %v", w.function, g.WaitsOn)
					continue
				}
				o := g.WaitsOn[0]
				if o.Kind != w.kind || o.Note != w.note || o.Dir != w.dir {
					t.Errorf("%s waits on %+v, want %+v", w.function, o, w)
				}
				if known[o.Kind] && o.Note != "nil" && o.Addr == 0 {
					t.Errorf("%s: no address of the %s", w.function, o.Kind)
				}
			}
			// Store: name, then mu at 16, rw at 24, wg at 48, once at 64.
			count := byFunction(t, d, "main.(*Store).Count", "sync.Mutex.Lock").WaitsOn[0].Addr
			set := byFunction(t, d, "main.(*Store).Set", "sync.Mutex.Lock").WaitsOn[0].Addr
			wait := byFunction(t, d, "main.(*Store).Wait", "sync.WaitGroup.Wait").WaitsOn[0].Addr
			once := byFunction(t, d, "main.(*Store).Init", "sync.Mutex.Lock").WaitsOn[0].Addr
			if set-count != 8 || wait-count != 32 || once-count != 48 {
				t.Errorf("mutex %#x, rwmutex %#x, waitgroup %#x, once %#x", count, set, wait, once)
			}
			locked := byFunction(t, d, "main.main.func6", "")
			if !locked.Locked || locked.Status != evidence.StatusSyscall {
				t.Errorf("goroutine locked to its thread: %+v", locked)
			}
			if g := byFunction(t, d, "main.deep", "select (no cases)"); g.Cut == "" {
				t.Error("nothing says that frames are left out")
			}
			holds(t, d)
		})
	}
}

// holds asserts that the true holders are among the named, and first or equal.
func holds(t *testing.T, d *Dump) {
	t.Helper()
	for _, w := range []struct{ waiter, reason, holder, holderReason string }{
		{"main.(*Store).Count", "sync.Mutex.Lock", "main.(*Store).Sync", "IO wait"},
		{"main.(*Store).Name", "sync.RWMutex.RLock", "main.(*Store).Rename", "chan receive"},
		{"main.(*Store).Set", "sync.Mutex.Lock", "main.(*Store).Rename", "chan receive"},
	} {
		waiter, holder := byFunction(t, d, w.waiter, w.reason), byFunction(t, d, w.holder, w.holderReason)
		best, got := 0.0, 0.0
		for _, h := range d.Evidence.Freeze.Holds {
			if h.Waiter != waiter.ID {
				continue
			}
			best = max(best, h.Confidence)
			if h.Holder == holder.ID {
				got = h.Confidence
				if f := holder.Frames[h.Frame].Function; f != w.holder {
					t.Errorf("%s is held in %s, want %s", w.waiter, f, w.holder)
				}
			}
		}
		if got == 0 || got < best {
			t.Errorf("%s: holder %s has confidence %v, another %v", w.waiter, w.holder, got, best)
		}
	}
}

func TestLabels(t *testing.T) {
	for file, name := range map[string]string{"go1.26-all.txt": "main.main.func7.1", "go1.27-debug2.txt": "main.main.func7.1"} {
		g := byFunction(t, read(t, file), name, "sleep")
		if g.Labels["k"] != "v" || g.Labels["window"] != "orders list" {
			t.Errorf("%s: labels %v", file, g.Labels)
		}
	}
}

func TestToolkitModule(t *testing.T) {
	d := read(t, "fyne-2.7.txt")
	versions := map[string]string{}
	for _, m := range d.Evidence.Target.Modules {
		versions[m.Path] = m.Version
	}
	if versions["fyne.io/fyne/v2"] != "v2.7.1" {
		t.Errorf("modules %v", versions)
	}
	g := &d.Evidence.Freeze.Goroutines[0]
	if g.ID != 1 || !g.Locked || g.Frames[2].Function != "main.freeze" || g.Frames[2].Origin != evidence.OriginUser ||
		g.Frames[3].Origin != evidence.OriginDependency || g.Frames[3].SP != 0x3734e66b1e58 || g.Frames[3].PC != 0xab5884 {
		t.Errorf("goroutine 1: %+v", g)
	}
}

func TestHeader(t *testing.T) {
	for _, test := range []struct {
		line string
		want header
		bad  bool
	}{
		{line: "goroutine 1 [running]:", want: header{id: 1, m: -1, state: "running"}},
		{line: "goroutine 7 gp=0xc000002380 m=3 mp=0xc000047808 [syscall, 12 minutes, locked to thread]:",
			want: header{id: 7, m: 3, state: "syscall", minutes: 12, locked: true}},
		{line: "goroutine 7 gp=0xc000002380 m=nil [chan receive (nil chan)]:", want: header{id: 7, m: -1, state: "chan receive (nil chan)"}},
		{line: "goroutine 9 [sync.Mutex.Lock, synctest bubble 1, durable]:", want: header{id: 9, m: -1, state: "sync.Mutex.Lock"}},
		{line: "goroutine 9 [select (durable), synctest bubble 1]:", want: header{id: 9, m: -1, state: "select"}},
		{line: "goroutine 9 [runnable (scan)]:", want: header{id: 9, m: -1, state: "runnable"}},
		{line: "goroutine 9 [chan receive (leaked) (scan)]:", want: header{id: 9, m: -1, state: "chan receive", leaked: true}},
		{line: `goroutine 9 [sleep labels:{"k": "a]: b, c", "x": "\"y\""}]:`,
			want: header{id: 9, m: -1, state: "sleep", labels: map[string]string{"k": "a]: b, c", "x": `"y"`}}},
		{line: `goroutine 9 [sleep, 3 minutes] {k: v, "win dow": "a: b"}:`,
			want: header{id: 9, m: -1, state: "sleep", minutes: 3, labels: map[string]string{"k": "v", "win dow": "a: b"}}},
		{line: "goroutine 18446744073709551616 [x]:", bad: true},
		{line: "goroutine leak [x]:", bad: true},
		{line: "goroutine 5 [running", bad: true},
		{line: "goroutine 5 started job [1]:", bad: true},
	} {
		h, ok := parseHeader(test.line)
		if ok == test.bad {
			t.Errorf("%s: ok %v", test.line, ok)
		} else if ok && fmt.Sprintf("%+v", h) != fmt.Sprintf("%+v", test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.line, h, test.want)
		}
	}
}

// body is a dump of Go 1.18, without "in goroutine".
const body = `goroutine 1 [semacquire, 12 minutes, locked to thread]:
sync.runtime_SemacquireMutex(0xc0000140c4, 0x0, 0x1)
	/usr/local/go1.18/src/runtime/sema.go:71 +0x25
sync.(*Mutex).lockSlow(0xc0000140c0)
	/usr/local/go1.18/src/sync/mutex.go:162 +0x165
sync.(*Mutex).Lock(...)
	/usr/local/go1.18/src/sync/mutex.go:81
main.(*Store).Count(0xc0000140b0, {0x1, 0x2?}, ...)
	/home/user/orders/store.go:51 +0x6c
fyne.io/fyne/v2/internal/driver/glfw.(*gLDriver).runGL(0xc0000140b8?)
	/home/user/go/pkg/mod/fyne.io/fyne/v2@v2.7.1/internal/driver/glfw/loop.go:149 +0x184
main.main()
	/home/user/orders/main.go:12 +0x19

goroutine 19 [IO wait]:
main.(*Store).Sync(0xc0000140b0)
	/home/user/orders/store.go:88 +0x1d
created by main.main
	/home/user/orders/main.go:11 +0x9a

goroutine 20 [running]:
	goroutine running on other thread; stack unavailable
created by main.main
	/home/user/orders/main.go:12 +0x9a
`

// TestWrapped reads the same dump as log systems deliver it.
func TestWrapped(t *testing.T) {
	prefixed := func(prefix func(i int) string) string {
		var b strings.Builder
		for i, l := range strings.Split(body, "\n") {
			fmt.Fprintf(&b, "%s%s\n", prefix(i), l)
		}
		return b.String()
	}
	json := func(key string) string {
		var b strings.Builder
		for _, l := range strings.Split(body, "\n") {
			fmt.Fprintf(&b, "{%q:%q,\"stream\":\"stderr\",\"time\":\"2026-01-02T15:04:05.5Z\"}\n", key, l+"\n")
		}
		return b.String()
	}
	for name, log := range map[string]string{
		"plain":      body,
		"between":    "2026/01/02 15:04:05 started at :8080\n" + body + "exit status 2\nstart.sh: line 3: done (1)\n",
		"crlf":       strings.ReplaceAll(body, "\n", "\r\n"),
		"colours":    strings.ReplaceAll(body, "goroutine ", "\x1b[1;31mgoroutine\x1b[0m "),
		"cri":        prefixed(func(i int) string { return fmt.Sprintf("2026-01-02T15:04:05.%dZ stderr F ", 100+i*977) }),
		"journald":   prefixed(func(i int) string { return fmt.Sprintf("Jan  2 15:04:%02d kiosk-7 orders[%d]: ", i, 812) }),
		"compose":    prefixed(func(int) string { return "orders-1  | " }),
		"first line": "2026/01/02 15:04:05 trouble: " + body,
		"docker":     json("log"),
		"journal":    json("MESSAGE"),
		"one string": `level=error stack="` + strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(body) + `"` + "\n",
		"rsyslog":    strings.ReplaceAll(body, "\t", "#011"),
		"spaces":     strings.ReplaceAll(body, "\t", "    "),
		"no indent":  strings.ReplaceAll(body, "\t", ""),
		"torn":       strings.ReplaceAll(body, "0x2?}, ...)\n", "0x2?}, ...)\n2026/01/02 15:04:05 other writer says (hello)\n"),
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, log)
			freeze := d.Evidence.Freeze
			if d.Dumps != 1 || len(freeze.Goroutines) != 3 || d.Missing != 1 {
				t.Fatalf("%d dumps, %d goroutines, %d missing", d.Dumps, len(freeze.Goroutines), d.Missing)
			}
			g := freeze.Goroutines[0]
			if len(g.Frames) != 6 || g.WaitingFor != 12*time.Minute || g.WaitFrom != "dump" || !g.Locked ||
				g.Frames[3].Function != "main.(*Store).Count" || g.Frames[3].File != "/home/user/orders/store.go" || g.Frames[3].Line != 51 ||
				!g.Frames[2].Inlined || d.Evidence.Target.Go != "go1.18" {
				t.Errorf("goroutine 1: %+v, target %+v", g, d.Evidence.Target)
			}
			if len(g.WaitsOn) != 1 || g.WaitsOn[0].Addr != 0xc0000140c0 {
				t.Errorf("waits on %+v", g.WaitsOn)
			}
			if len(freeze.Holds) == 0 || freeze.Holds[0].Holder != 19 || freeze.Holds[0].Confidence < 0.8 {
				t.Errorf("holds %+v", freeze.Holds)
			}
			if c := freeze.Goroutines[1].Created; c == nil || c.Function != "main.main" || c.Line != 11 {
				t.Errorf("created by %+v", c)
			}
		})
	}
}

func TestLastOfSeveral(t *testing.T) {
	second := strings.ReplaceAll(body, "semacquire", "sync.Mutex.Lock")
	trace := "goroutine 44 [running]:\nruntime/debug.Stack()\n\t/usr/local/go/src/runtime/debug/stack.go:24 +0x5e\nmain.f()\n\t/x/main.go:1 +0x1\n"
	d := parse(t, "SIGQUIT: quit\nPC=0x1 m=0 sigcode=0\n\n"+body+"\nrestarted\n"+second+"\n"+trace)
	if d.Dumps != 2 || d.Evidence.Freeze.Goroutines[0].WaitReason != "sync.Mutex.Lock" {
		t.Errorf("%d dumps, last %q", d.Dumps, d.Evidence.Freeze.Goroutines[0].WaitReason)
	}
	if d := parse(t, trace); d.Dumps != 1 || len(d.Evidence.Freeze.Goroutines) != 1 {
		t.Errorf("a single stack: %+v", d)
	}
}

func TestC(t *testing.T) {
	d := parse(t, `SIGABRT: abort
PC=0x7f1 m=0 sigcode=18446744073709551610
signal arrived during cgo execution

goroutine 1 gp=0xc000002380 m=0 mp=0x6770c0 [syscall]:
non-Go function at pc=0x7f0102030405
x_cgo_symbolized
	/src/x.c:12 pc=0x7f0102030406
drm_wait
	pc=0x7f0102030407
runtime.cgocall(0x4a0, 0xc0000140b0)
	/usr/local/go/src/runtime/cgocall.go:167 +0x4b fp=0xc01 sp=0xc00 pc=0x47
main._Cfunc_wait(0x0)
	_cgo_gotypes.go:44 +0x3f fp=0xc02 sp=0xc01 pc=0x48
main.main()
	/x/main.go:9 +0x1f fp=0xc03 sp=0xc02 pc=0x49

rax    0x0
rip    0x7f1
`)
	g := d.Evidence.Freeze.Goroutines[0]
	var names []string
	for _, f := range g.Frames {
		names = append(names, string(f.Origin)+" "+f.Function)
	}
	want := "c non-Go function|c x_cgo_symbolized|c drm_wait|runtime runtime.cgocall|user main._Cfunc_wait|user main.main"
	if got := strings.Join(names, "|"); got != want {
		t.Errorf("frames\n got %s\nwant %s", got, want)
	}
	if len(g.WaitsOn) != 1 || g.WaitsOn[0].Kind != "cgo" || d.Main != 1 || d.Evidence.Target.Arch != "amd64" || g.Frames[1].PC != 0x7f0102030406 {
		t.Errorf("goroutine %+v, dump %+v", g, d)
	}
}

func TestNoDump(t *testing.T) {
	for input, looks := range map[string]string{
		"":                                    "empty",
		"hello\nworld\n":                      "text",
		"\x1f\x8b\x08\x00":                    "gzip",
		strings.Repeat("\x00\x01", 100):       "binary",
		"goroutine profile: total 3\n1 @ 0x4": "pprof-debug1",
	} {
		_, err := Parse(strings.NewReader(input))
		var none *NoDumpError
		if !errors.As(err, &none) || none.Looks != looks {
			t.Errorf("%.20q: %v", input, err)
		}
	}
}

// TestFresh reads a dump made now, by the Go that runs this test.
func TestFresh(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "orders")
	if out, err := exec.Command("go", "build", "-o", exe, "./testdata/orders").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, mode := range []string{"profile", "panic"} {
		cmd := exec.CommandContext(ctx, exe, mode)
		cmd.Env = append(os.Environ(), "GOTRACEBACK=all")
		var out bytes.Buffer
		cmd.Stderr = &out
		err := cmd.Run()
		if mode == "profile" && err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		d := parse(t, out.String())
		if n := len(d.Evidence.Freeze.Goroutines); n < 18 {
			t.Errorf("%s: %d goroutines\n%s", mode, n, out.String())
		}
		holds(t, d)
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 8<<10)])
	}
	f.Add([]byte(body))
	f.Add([]byte("{\"log\":\"goroutine 1 [running]:\\nmain.f()\\n\\t/x.go:1\"}\n-----\ngoroutine 1 [x]:\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		n := map[uint64]int{}
		for _, g := range d.Evidence.Freeze.Goroutines {
			n[g.ID] = len(g.Frames)
		}
		for _, h := range d.Evidence.Freeze.Holds {
			if frames, ok := n[h.Holder]; !ok || h.Frame >= frames || h.Confidence <= 0 || h.Confidence > 1 {
				t.Fatalf("hold %+v", h)
			}
		}
	})
}
