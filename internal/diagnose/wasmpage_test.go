package diagnose

import (
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// white is a page whose parts arrived and whose program did not start.
func white(call evidence.WasmCall, change ...func(*evidence.Page)) *evidence.Evidence {
	call.ID, call.Realm, call.Failed = 1, "r", true
	call.At, call.End = 50*time.Millisecond, 60*time.Millisecond
	p := &evidence.Page{Browser: "Chrome/148", Idle: true, Took: time.Second, Calls: []evidence.WasmCall{call}, Requests: []evidence.PageRequest{
		{URL: "http://h/", Role: evidence.RolePage, Status: 200, MIME: "text/html", End: 1},
		{URL: "http://h/wasm_exec.js", Role: evidence.RoleExecJS, Kind: "Script", Status: 200, MIME: "text/javascript", At: 1, End: 2},
		{URL: "http://h/main.wasm", Role: evidence.RoleModule, Kind: "Fetch", Status: 200, MIME: "application/wasm", At: 3, End: 4},
	}}
	if call.Op == "" {
		p.Calls = nil
	}
	for _, f := range change {
		f(p)
	}
	return &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindPage}, Page: p}
}

// The messages are Chromium's, of version 148.
func TestPageThatStaysWhite(t *testing.T) {
	module := func(f func(*evidence.PageRequest)) func(*evidence.Page) {
		return func(p *evidence.Page) { f(&p.Requests[2]) }
	}
	streaming := func(name, message string) evidence.WasmCall {
		return evidence.WasmCall{Op: "instantiateStreaming", URL: "http://h/main.wasm", Name: name, Error: message, Offers: []string{"gojs"}}
	}
	for name, tt := range map[string]struct {
		ev   *evidence.Evidence
		want string
	}{
		"404": {white(streaming("TypeError", "Failed to execute 'instantiateStreaming' on 'WebAssembly': HTTP status code is not ok"),
			module(func(q *evidence.PageRequest) { q.Status = 404 })), "wasm/http"},
		"404 without a call": {white(evidence.WasmCall{}, module(func(q *evidence.PageRequest) { q.Status = 404 })), "wasm/http"},
		"type":               {white(streaming("TypeError", "Incorrect response MIME type. Expected 'application/wasm'."), module(func(q *evidence.PageRequest) { q.MIME, q.Head = "text/plain", "0061736d01000000" })), "wasm/mime"},
		"page":               {white(streaming("TypeError", "Incorrect response MIME type. Expected 'application/wasm'."), module(func(q *evidence.PageRequest) { q.MIME, q.Head = "text/html", "3c21646f63" })), "wasm/not-wasm"},
		"gzip":               {white(streaming("CompileError", "WebAssembly.instantiateStreaming(): expected magic word 00 61 73 6d, found 1f 8b 08 00 @+0")), "wasm/not-wasm"},
		"half":               {white(streaming("CompileError", `WebAssembly.instantiateStreaming(): section (code 10, "Code") extends past end of the module (length 1, remaining bytes 0) @+12`)), "wasm/truncated"},
		"nothing":            {white(streaming("CompileError", "WebAssembly.instantiate(): BufferSource argument is empty")), "wasm/truncated"},
		"cut":                {white(streaming("TypeError", "Failed to fetch"), module(func(q *evidence.PageRequest) { q.Error = "net::ERR_CONTENT_LENGTH_MISMATCH" })), "wasm/truncated"},
		"bytes":              {white(streaming("CompileError", "WebAssembly.instantiate(): Compiling function #12 failed: invalid opcode 0xff @+400")), "wasm/not-wasm"},
		"policy":             {white(streaming("CompileError", "WebAssembly.instantiateStreaming(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because 'unsafe-eval' is not allowed")), "wasm/csp"},
		"old":                {white(evidence.WasmCall{Op: "instantiateStreaming", Name: "TypeError", Offers: []string{"go"}, Error: `WebAssembly.instantiateStreaming(): Import #0 "gojs": module is not an object or function`}), "wasm/exec-js-mismatch"},
		"function":           {white(streaming("LinkError", `WebAssembly.instantiate(): Import #9 "gojs" "syscall/js.valueIndex": function import requires a callable`)), "wasm/exec-js-mismatch"},
		"no imports":         {white(streaming("TypeError", "WebAssembly.instantiateStreaming(): Imports argument must be present and must be an object")), "wasm/exec-js-mismatch"},
		"no script": {white(evidence.WasmCall{}, func(p *evidence.Page) {
			p.Errors = []evidence.PageError{{From: "exception", Text: "ReferenceError: Go is not defined"}}
		}), "wasm/exec-js-mismatch"},
		"hash": {white(streaming("TypeError", "Failed to fetch"), func(p *evidence.Page) {
			p.Errors = []evidence.PageError{{From: "other", Text: "Failed to find a valid digest in the 'integrity' attribute for resource 'http://h/main.wasm'"}}
		}), "wasm/integrity"},
		"mixed": {white(evidence.WasmCall{}, module(func(q *evidence.PageRequest) { q.Status, q.Error, q.Blocked = 0, "", "mixed-content" })), "wasm/blocked"},
		"origin": {white(evidence.WasmCall{}, module(func(q *evidence.PageRequest) {
			q.Error, q.Blocked = "net::ERR_FAILED", "cors: MissingAllowOriginHeader"
		})), "wasm/blocked"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Findings(tt.ev)
			if len(got) != 1 || got[0].ID != tt.want || got[0].Severity != report.P0 {
				t.Errorf("got %+v, want %s alone", got, tt.want)
			}
		})
	}
}

// What the page itself makes good is no more than worth knowing.
func TestPageThatHelpsItself(t *testing.T) {
	ev := white(evidence.WasmCall{Op: "instantiateStreaming", URL: "http://h/main.wasm", Name: "TypeError", Error: "Incorrect response MIME type. Expected 'application/wasm'."},
		func(p *evidence.Page) {
			p.Requests[2].MIME, p.Requests[2].Head = "text/plain", "0061736d"
			p.Calls = append(p.Calls, evidence.WasmCall{ID: 2, Realm: "r", Op: "instantiate", At: 70 * time.Millisecond, End: 90 * time.Millisecond})
			p.Programs = []evidence.WasmProgram{{Kind: evidence.ProgramGo, Call: 2, Realm: "r", At: 90 * time.Millisecond, Run: 91 * time.Millisecond}}
		})
	got := Findings(ev)
	if len(got) != 1 || got[0].ID != "wasm/mime" || got[0].Severity != report.Info {
		t.Errorf("got %+v, want wasm/mime as info", got)
	}
}

// runs is a page with a Go program that has run for ten seconds.
func runs(change func(*evidence.Page, *evidence.WasmProgram)) *evidence.Evidence {
	p := &evidence.Page{Browser: "Chrome/148", Took: 10100 * time.Millisecond, Programs: []evidence.WasmProgram{
		{Kind: evidence.ProgramGo, Call: 1, Realm: "r", At: 90 * time.Millisecond, Run: 100 * time.Millisecond, Drawn: 110 * time.Millisecond,
			Memory: []evidence.WasmGrown{{At: 90 * time.Millisecond, Bytes: 3 << 20}}},
	}}
	change(p, &p.Programs[0])
	return &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindPage, Go: "go1.26.8"}, Page: p}
}

func user(function string, line int) evidence.Frame {
	return evidence.Frame{Function: function, File: "/src/main.go", Line: line, Package: "main", Origin: evidence.OriginUser}
}

func TestPageThatRuns(t *testing.T) {
	task := func(at, took time.Duration, share float64, f evidence.Frame) evidence.PageTask {
		return evidence.PageTask{At: at, Took: took, CPU: took, Wasm: 1, Shares: []evidence.TaskShare{{Frame: f, Share: share}}}
	}
	growing := func(steps int, each int64, frames ...evidence.Frame) (out []evidence.WasmGrown) {
		for i := range steps {
			out = append(out, evidence.WasmGrown{At: 100*time.Millisecond + time.Duration(i)*10*time.Second/time.Duration(steps), Bytes: 3<<20 + int64(i)*each, Frames: frames})
		}
		return out
	}
	library := evidence.Frame{Function: "github.com/x/y.Draw", Package: "github.com/x/y", Origin: evidence.OriginDependency}
	for name, tt := range map[string]struct {
		change   func(*evidence.Page, *evidence.WasmProgram)
		want     string // empty: nothing above info
		severity report.Severity
		where    string
	}{
		"idle": {func(*evidence.Page, *evidence.WasmProgram) {}, "", "", ""},
		"long, again": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			p.Tasks = []evidence.PageTask{task(2*time.Second, 300*time.Millisecond, 0.9, user("main.f", 3)), task(4*time.Second, 300*time.Millisecond, 0.9, user("main.f", 3))}
		}, "wasm/long-task", report.P1, "main.f"},
		"long, once": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			p.Tasks = []evidence.PageTask{task(2*time.Second, 300*time.Millisecond, 0.9, user("main.f", 3))}
		}, "wasm/long-task", report.P2, "main.f"},
		"at the start": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			p.Tasks = []evidence.PageTask{task(120*time.Millisecond, time.Second, 0.9, user("main.f", 3))}
		}, "", "", ""},
		"not the user's": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			p.Tasks = []evidence.PageTask{task(2*time.Second, time.Second, 0.9, library)}
		}, "", "", ""},
		"not the program": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			p.Tasks = []evidence.PageTask{{At: 2 * time.Second, Took: time.Second, Wasm: 0.1}}
		}, "", "", ""},
		"the machine's": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			k := task(2*time.Second, 400*time.Millisecond, 0.9, user("main.f", 3))
			k.CPU = 20 * time.Millisecond
			p.Tasks = []evidence.PageTask{k}
		}, "", "", ""},
		"a worker's": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			k := task(2*time.Second, time.Second, 0.9, user("main.f", 3))
			k.Worker = true
			p.Tasks = []evidence.PageTask{k}
		}, "", "", ""},
		"without end": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			k := task(2*time.Second, 8*time.Second, 1, user("main.f", 3))
			k.Open, k.CPU = true, 0
			p.Tasks = []evidence.PageTask{k}
		}, "wasm/long-task", report.P0, "main.f"},
		"collecting": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			p.Tasks = []evidence.PageTask{task(2*time.Second, 400*time.Millisecond, 0.3, user("main.f", 3)), task(5*time.Second, 400*time.Millisecond, 0.3, user("main.f", 3))}
		}, "wasm/long-task", report.P1, "main.f"},
		"grows": {func(_ *evidence.Page, g *evidence.WasmProgram) { g.Memory = growing(20, 1<<20, user("main.keep", 9)) }, "wasm/memory-growth", report.P1, "main.keep"},
		"warms up": {func(_ *evidence.Page, g *evidence.WasmProgram) {
			g.Memory = growing(20, 1<<20, user("main.keep", 9))[:8]
		}, "", "", ""},
		"grows little": {func(_ *evidence.Page, g *evidence.WasmProgram) { g.Memory = growing(20, 32<<10) }, "", "", ""},
		"callbacks": {func(_ *evidence.Page, g *evidence.WasmProgram) {
			g.Funcs = &evidence.WasmFuncs{Looks: []evidence.WasmFuncsLook{{At: 3 * time.Second, Count: 30}, {At: 6 * time.Second, Count: 60}, {At: 10 * time.Second, Count: 100}},
				Sites: []evidence.WasmFuncsAt{{Frame: user("main.row.func1", 12), Counts: []int{30, 60, 100}}}}
		}, "wasm/func-leak", report.P2, "main.row.func1"},
		"callbacks at first": {func(_ *evidence.Page, g *evidence.WasmProgram) {
			g.Funcs = &evidence.WasmFuncs{Looks: []evidence.WasmFuncsLook{{Count: 30}, {Count: 60}, {Count: 60}},
				Sites: []evidence.WasmFuncsAt{{Frame: user("main.row.func1", 12), Counts: []int{30, 60, 60}}}}
		}, "", "", ""},
		"panics": {func(_ *evidence.Page, g *evidence.WasmProgram) {
			g.Exited, g.Code = true, 2
			g.Panic = &evidence.WasmPanic{Message: "panic: no", Goroutine: &evidence.Goroutine{ID: 1, Frames: []evidence.Frame{{Function: "strings.Repeat", Origin: evidence.OriginStd}, user("main.g", 7)}}}
		}, "wasm/panic", report.P0, "main.g"},
		"asleep in a callback": {func(_ *evidence.Page, g *evidence.WasmProgram) {
			g.Exited, g.Code = true, 2
			g.Panic = &evidence.WasmPanic{Message: "fatal error: all goroutines are asleep - deadlock!",
				Goroutine: &evidence.Goroutine{ID: 1, Frames: []evidence.Frame{user("main.main", 3)}},
				Others:    []evidence.Goroutine{{ID: 6, Frames: []evidence.Frame{user("main.ask", 7), {Function: "syscall/js.handleEvent", Origin: evidence.OriginStd}}}}}
		}, "wasm/deadlock", report.P0, "main.ask"},
		"out of memory": {func(_ *evidence.Page, g *evidence.WasmProgram) {
			g.Panic = &evidence.WasmPanic{Message: "fatal error: runtime: out of memory", Goroutine: &evidence.Goroutine{ID: 1, Frames: []evidence.Frame{user("main.g", 7)}}}
		}, "wasm/memory-growth", report.P0, "main.g"},
		"ends": {func(_ *evidence.Page, g *evidence.WasmProgram) { g.Exited, g.ExitAt = true, time.Second }, "", "", ""},
		"ends, and is called": {func(p *evidence.Page, g *evidence.WasmProgram) {
			main := user("main.main", 5)
			g.Exited, g.ExitAt, g.Main = true, time.Second, &main
			p.Errors = []evidence.PageError{{From: "exception", Text: "Error: Go program has already exited"}}
		}, "wasm/exited", report.P0, "main.main"},
		"ends with a code": {func(_ *evidence.Page, g *evidence.WasmProgram) {
			g.Exited, g.Code, g.Exit = true, 3, []evidence.Frame{{Function: "os.Exit", Origin: evidence.OriginStd}, user("main.stop", 8)}
		}, "wasm/exited", report.P0, "main.stop"},
		"no WebGL": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			p.Contexts = []evidence.PageContext{{Type: "webgl2"}, {Type: "webgl"}}
		}, "wasm/no-webgl", report.P0, ""},
		"WebGL 1": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			p.Contexts = []evidence.PageContext{{Type: "webgl2"}, {Type: "webgl", OK: true}}
		}, "", "", ""},
		"2D then": {func(p *evidence.Page, _ *evidence.WasmProgram) {
			p.Contexts = []evidence.PageContext{{Type: "webgl"}, {Type: "2d", OK: true}}
		}, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var above []report.Finding
			for _, f := range Findings(runs(tt.change)) {
				if f.Severity != report.Info {
					above = append(above, f)
				}
			}
			if tt.want == "" {
				if len(above) > 0 {
					t.Errorf("found %+v", above)
				}
				return
			}
			if len(above) != 1 || above[0].ID != tt.want || above[0].Severity != tt.severity {
				t.Fatalf("found %+v, want %s %s", above, tt.severity, tt.want)
			}
			at := ""
			if w := above[0].Where; w != nil {
				at = w.Function
			}
			if at != tt.where {
				t.Errorf("where %q, want %q", at, tt.where)
			}
			if len(above[0].Remedy) == 0 || len(above[0].Why) == 0 {
				t.Error("it says neither why nor what to do")
			}
		})
	}
}
