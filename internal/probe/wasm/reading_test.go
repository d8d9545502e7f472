package wasm

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
)

func TestPanicIn(t *testing.T) {
	const trace = "panic: runtime error: index out of range [3] with length 3 [recovered, repanicked]\n\n" +
		"goroutine 6 [running]:\nmain.(*row).cell(...)\n\t/src/app/main.go:14\nmain.main.func1()\n\t/src/app/main.go:20 +0x3\nsyscall/js.handleEvent()\n\t/usr/local/go/src/syscall/js/func.go:104 +0x1\n"
	p := panicIn("hello\n"+trace, &evidence.Target{})
	if p == nil || !strings.HasPrefix(p.Message, "panic: runtime error: index out of range") || p.Goroutine == nil || p.Goroutine.ID != 6 || len(p.Goroutine.Frames) != 3 {
		t.Fatalf("got %+v", p)
	}
	if f := p.Goroutine.Frames[0]; f.Function != "main.(*row).cell" || f.Line != 14 || f.Origin != evidence.OriginUser {
		t.Errorf("first frame %+v", f)
	}
	for _, s := range []string{"", "a panic: no\n", "do not panic: it is nothing\n"} {
		if p := panicIn(s, &evidence.Target{}); p != nil {
			t.Errorf("%q: %+v", s, p)
		}
	}
	if p := panicIn("fatal error: all goroutines are asleep - deadlock!\n", &evidence.Target{}); p == nil || p.Goroutine != nil {
		t.Errorf("without goroutines: %+v", p)
	}
}

// image builds the program in testdata/page and returns the memory it begins with.
func image(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "main.wasm")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "./testdata/page")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := wasmfile.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	mem, err := m.Image()
	if err != nil {
		t.Fatal(err)
	}
	return mem
}

func TestNames(t *testing.T) {
	funcs, err := gort.WasmFunctions(image(t))
	if err != nil {
		t.Fatal(err)
	}
	index := -1
	for i := range funcs.Len() {
		if name, _, _, _ := funcs.At(i, 0); name == "main.main" {
			index = i
		}
	}
	const imports = 24
	n := newNames(&evidence.Target{Go: "go1.26"}, funcs, imports)
	stack := "Error\n    at http://h/main.wasm:wasm-function[" + itoa(index+imports) + "]:0x1f3\n" +
		"    at main.main (wasm://wasm/0022866a:wasm-function[999999]:0x1f3)\n" +
		"    at internal_sync.__Mutex_.lockSlow (http://h/main.wasm:wasm-function[999999]:0x1f3)\n" +
		"    at run (http://h/wasm_exec.js:479:20)\n"
	got := n.ofStack(stack)
	want := []string{"main.main", "main.main", "internal/sync.(*Mutex).lockSlow"}
	if len(got) != len(want) {
		t.Fatalf("frames %+v", got)
	}
	for i, f := range got {
		if f.Function != want[i] || f.File == "" || f.Line == 0 {
			t.Errorf("frame %d: %+v, want %s", i, f, want[i])
		}
	}
	if got[0].Origin != evidence.OriginUser || got[2].Origin == evidence.OriginUser {
		t.Errorf("origins %s, %s", got[0].Origin, got[2].Origin)
	}
}

// TestFuncsIn writes the map of syscall/js into a memory, in its two forms.
func TestFuncsIn(t *testing.T) {
	mem := image(t)
	funcs, err := gort.WasmFunctions(mem)
	if err != nil {
		t.Fatal(err)
	}
	put := func(at, v uint64) { binary.LittleEndian.PutUint64(mem[at:], v) }
	var base uint64
	room := func(n int) {
		mem = append(mem, make([]byte, 8-len(mem)%8)...)
		base = uint64(len(mem))
		mem = append(mem, make([]byte, n)...)
	}
	group := func(at uint64, ids ...uint64) {
		for i := range uint64(8) {
			mem[at+i] = 0x80
		}
		for i, id := range ids {
			slot, closure := at+8+uint64(i)*16, base+uint64(i+1)*8
			mem[at+uint64(i)] = 0x11
			put(slot, id)
			put(slot+8, closure)
			put(closure, (funcBase+uint64(i)+10)<<16)
		}
	}
	if _, ok := funcsIn(mem, funcs); ok {
		t.Fatal("found before there is any")
	}
	// One group: the directory's length is 0.
	room(4096)
	put(base, base+512)
	put(base+512, 3)
	put(base+512+16, base+1024)
	group(base+1024, 1, 2, 5)
	if found, ok := funcsIn(mem, funcs); !ok || len(found) != 3 || found[5] != (funcBase+12)<<16 {
		t.Errorf("one group: %v %v", found, ok)
	}
	put(base+512, 4) // more than there are
	if found, ok := funcsIn(mem, funcs); ok {
		t.Errorf("a count that is not right: %v", found)
	}
	// Tables: two entries of the directory lead to one table of two groups.
	put(base+512, 3)
	put(base+512+16, base+2048)
	put(base+512+24, 2)
	mem[base+512+32] = 1
	put(base+2048, base+2100&^7)
	put(base+2056, base+2100&^7)
	table := base + 2100&^7
	put(table+16, base+1024)
	put(table+24, 1)
	group(base+1024, 1, 2, 5)
	group(base + 1024 + groupSize)
	if found, ok := funcsIn(mem, funcs); !ok || len(found) != 3 {
		t.Errorf("a table: %v %v", found, ok)
	}
}

func FuzzFuncsIn(f *testing.F) {
	mem := image(f)
	funcs, err := gort.WasmFunctions(mem)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{1, 2, 3}, uint32(64))
	f.Fuzz(func(t *testing.T, b []byte, at uint32) {
		m := make([]byte, 1<<14)
		if len(b) > 0 {
			for i := range m {
				m[i] = b[(i+int(at))%len(b)]
			}
		}
		if found, ok := funcsIn(m, funcs); ok && len(found) > len(m)/16 {
			t.Errorf("%d functions in %d bytes", len(found), len(m))
		}
	})
}

func TestTrace(t *testing.T) {
	tr := newTrace()
	for _, e := range []string{
		`{"name":"thread_name","ph":"M","pid":7,"tid":7,"args":{"name":"CrRendererMain"}}`,
		`{"name":"thread_name","ph":"M","pid":8,"tid":8,"args":{"name":"CrRendererMain"}}`,
		`{"name":"FrameCommittedInBrowser","ph":"I","pid":1,"tid":1,"ts":5,"args":{"data":{"frame":"F","processId":7}}}`,
		`{"name":"RunTask","ph":"X","pid":7,"tid":7,"ts":1000000,"dur":200000,"tdur":190000}`,
		`{"name":"RunTask","ph":"X","pid":7,"tid":7,"ts":1300000,"dur":40000,"tdur":190000}`,
		`{"name":"RunTask","ph":"X","pid":8,"tid":8,"ts":1000000,"dur":200000,"tdur":190000}`,
		`{"name":"RunTask","ph":"B","pid":7,"tid":7,"ts":2000000}`,
		`{"name":"Profile","ph":"P","id":"0x1","pid":7,"tid":7,"ts":1,"args":{"data":{"startTime":900000}}}`,
		`{"name":"ProfileChunk","ph":"P","id":"0x1","pid":7,"tid":9,"ts":1,"args":{"data":{"timeDeltas":[100000,50000,50000,2000000],"cpuProfile":{"samples":[2,2,1,2],"nodes":[{"id":1,"callFrame":{"functionName":"(root)"}},{"id":2,"parent":1,"callFrame":{"functionName":"main.work","codeType":"wasm"}}]}}}}`,
		`{"name":"DrawFrame","ph":"I","pid":7,"ts":1000000}`,
		`{"name":"DrawFrame","ph":"I","pid":7,"ts":1016000}`,
		`{"name":"DrawFrame","ph":"I","pid":7,"ts":1032000}`,
		`{"name":"DroppedFrame","ph":"I","pid":7,"ts":1040000}`,
		`{"name":"DrawFrame","ph":"I","pid":7,"ts":1132000}`,
		`{"name":"DrawFrame","ph":"I","pid":8,"ts":1132000}`,
		`{"name":"RunTask"`, `[]`, `{"name":"ProfileChunk","args":7}`,
	} {
		tr.record(json.RawMessage(e), "F")
	}
	r := &recorder{mono: 1e-6}
	offset := func(us int64) time.Duration { return r.at(float64(us) / 1e6) }
	tasks := tr.longTasks(offset, newNames(&evidence.Target{}, nil, 0))
	if len(tasks) != 2 || tasks[0].Took.Milliseconds() != 200 || !tasks[1].Open || tasks[1].Took.Milliseconds() != 1100 {
		t.Fatalf("tasks %+v", tasks)
	}
	if s := tasks[0].Shares; len(s) != 1 || s[0].Function != "main.work" || s[0].Share < 0.6 || s[0].Share > 0.7 {
		t.Errorf("shares %+v", s)
	}
	f := tr.drawn(900000, 1200000, offset)
	if f.Drawn != 4 || f.Dropped != 1 || f.Late != 1 || f.Longest.Milliseconds() != 100 {
		t.Errorf("frames %+v", f)
	}
}

func FuzzTrace(f *testing.F) {
	f.Add([]byte(`{"name":"ProfileChunk","ph":"P","id":"0x1","pid":7,"args":{"data":{"timeDeltas":[1],"cpuProfile":{"samples":[2],"nodes":[{"id":2,"parent":2,"callFrame":{"codeType":"wasm"}}]}}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		tr := newTrace()
		tr.record(b, "F")
		r := &recorder{mono: 1}
		offset := func(us int64) time.Duration { return r.at(float64(us)) }
		tr.longTasks(offset, newNames(&evidence.Target{}, nil, 0))
		tr.drawn(0, 1<<40, offset)
	})
}

// On a busy machine less is copied at a time, and more again once it is not.
func TestPacer(t *testing.T) {
	var p pacer
	for range 10 {
		if p.size() > piece {
			t.Fatalf("%d bytes", p.size())
		}
		p.took(100 * time.Millisecond)
	}
	if p.size() != leastPiece {
		t.Errorf("after slow pieces: %d, want %d", p.size(), leastPiece)
	}
	p.took(8 * time.Millisecond)
	if p.size() != leastPiece {
		t.Errorf("after one that was neither: %d", p.size())
	}
	for range 10 {
		p.took(time.Millisecond)
	}
	if p.size() != piece {
		t.Errorf("after quick pieces: %d, want %d", p.size(), piece)
	}
}
