package gort_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
)

// wasmToolchains are the Go versions whose modules are read, "" is the one that runs
// the test.
var wasmToolchains = []string{"", "go1.25.11", "go1.27.4"}

var wasmVariants = []variant{
	{name: "plain", os: "js", arch: "wasm"},
	{name: "stripped", os: "js", arch: "wasm", flags: []string{"-ldflags=-s -w"}},
}

// The function table of a module gives each function the name that the module's own
// name section gives it, before the module was started, also in a stripped one.
func TestWasmFunctions(t *testing.T) {
	for _, toolchain := range wasmToolchains {
		module := readFile(t, build(t, "wasm", wasmVariants[0], toolchain))
		names, imports := wasmNames(t, module)
		for _, v := range wasmVariants {
			t.Run(toolchain+" "+v.name, func(t *testing.T) {
				image := wasmImage(t, readFile(t, build(t, "wasm", v, toolchain)))
				all, err := gort.WasmFunctions(image)
				if err != nil {
					t.Fatal(err)
				}
				p, err := gort.OpenWasm(image)
				if err != nil {
					t.Fatal(err)
				}
				named, lines := 0, 0
				for i := range len(names) + 10 {
					name, file, line, ok := all.At(i, imports)
					if n, f, l, also := p.WasmFunctions().At(i, imports); n != name || f != file || l != line || also != ok {
						t.Fatalf("function %d is %s %s:%d, and %s %s:%d", i, name, file, line, n, f, l)
					}
					if !ok {
						continue
					}
					if notNamed.ReplaceAllString(name, "_") != names[i] {
						t.Fatalf("function %d is %s, its name section says %s", i, name, names[i])
					}
					named++
					if line > 0 && file != "" {
						lines++
					}
					if name == "main.holdAndWait" && (!strings.HasSuffix(file, "/main.go") || line != 21) {
						t.Errorf("%s is at %s:%d", name, file, line)
					}
				}
				if named < len(names)*9/10 || lines < named*9/10 {
					t.Errorf("of %d functions %d were named, %d with a line", len(names), named, lines)
				}
				if p.Info == nil || p.Info.Path != "example.com/wasm" || toolchain != "" && p.GoVersion != toolchain {
					t.Errorf("build info %v, version %s", p.Info, p.GoVersion)
				}
				if _, err := p.Goroutines(gort.Options{}); err == nil {
					t.Error("goroutines in a module that was not started")
				}
			})
		}
	}
}

// notNamed is what the linker replaces in the name section (cmd/link/internal/wasm/asm.go).
var notNamed = regexp.MustCompile(`[^\w.]`)

// needNode skips a test where Node.js is not installed, and says so.
func needNode(t testing.TB) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("this test runs a WebAssembly module and needs Node.js: " + err.Error())
	}
	return node
}

// wasmMemory runs a module in Node.js until it is ready, and returns its memory; with
// dump also what the runtime then says of its goroutines.
func wasmMemory(t testing.TB, module string, dump bool, args ...string) (mem []byte, said string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "memory")
	what := "keep"
	if dump {
		what = "dump"
	}
	script, err := filepath.Abs(filepath.Join("testdata", "dump.js"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	execJS := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js") // the same in all versions
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, needNode(t), append([]string{script, execJS, module, out, what}, args...)...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	err = c.Run()
	if mem, readErr := os.ReadFile(out); readErr == nil {
		return mem, stderr.String()
	}
	t.Fatalf("no memory: %v\n%s", err, stderr.String())
	return nil, ""
}

// Each goroutine of a module is as the module's own runtime says that it is: id,
// state, creator, and every frame with its function, line and addresses.
func TestWasmGoroutines(t *testing.T) {
	for _, toolchain := range wasmToolchains {
		for _, v := range wasmVariants {
			t.Run(toolchain+" "+v.name, func(t *testing.T) {
				mem, said := wasmMemory(t, build(t, "wasm", v, toolchain), true, "10")
				p, err := gort.OpenWasm(mem)
				if err != nil {
					t.Fatal(err)
				}
				s, err := p.Goroutines(gort.Options{})
				if err != nil {
					t.Fatal(err)
				}
				want := runtimeAccount(said)
				var gs []*gort.Goroutine
				waits := 0
				for _, g := range s.Goroutines {
					if g.StatusName() == "running" { // the one that the runtime was asked on
						delete(want, g.ID)
						continue
					}
					gs = append(gs, g)
					for _, w := range p.Waits(g) {
						if w.Addr != 0 {
							waits++
						}
					}
				}
				if len(want) < 15 || waits < 14 {
					t.Fatalf("the runtime says %d goroutines, %d wait for something known:\n%s", len(want), waits, said)
				}
				gs, _ = withoutBusyRuntime(p, gs, want)
				for _, d := range differences(p, gs, want) {
					t.Error(d)
				}
			})
		}
	}
}

// What JavaScript can call, and what timers will wake, is counted.
func TestWasmCallers(t *testing.T) {
	for _, toolchain := range wasmToolchains {
		mem, _ := wasmMemory(t, build(t, "wasm", wasmVariants[1], toolchain), false, "1", "timers")
		p, err := gort.OpenWasm(mem)
		if err != nil {
			t.Fatal(err)
		}
		list, known := p.JSFuncs()
		if !known || len(list) != 1 || !strings.HasPrefix(list[0].Func.Name(), "main.main.func") {
			t.Errorf("%s: functions %v, known %v", toolchain, list, known)
		}
		if ps := p.Ps(); len(ps) != 1 || p.HeapAddr() == 0 || p.HeapLive() == 0 {
			t.Errorf("%s: processors %v, heap at %#x with %d bytes", toolchain, ps, p.HeapAddr(), p.HeapLive())
		}
	}
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wasmSections calls f for each section of a module.
func wasmSections(module []byte, f func(id byte, body []byte)) {
	for b := module[8:]; len(b) > 0; {
		id := b[0]
		n, k := binary.Uvarint(b[1:])
		b = b[1+k:]
		f(id, b[:n])
		b = b[n:]
	}
}

// wasmImage lays out a module's data segments as instantiating it would.
func wasmImage(t testing.TB, module []byte) []byte {
	t.Helper()
	var image []byte
	wasmSections(module, func(id byte, b []byte) {
		next := func() uint64 {
			v, k := binary.Uvarint(b)
			b = b[k:]
			return v
		}
		if id != 11 {
			return
		}
		for n := next(); n > 0; n-- {
			if kind := next(); kind != 0 || b[0] != 0x41 {
				t.Fatalf("a data segment of kind %d", kind)
			}
			b = b[1:]
			at, shift := int64(0), 0
			for more := true; more; shift += 7 {
				at |= int64(b[0]&0x7f) << shift
				more = b[0]&0x80 != 0
				b = b[1:]
			}
			b = b[1:] // end
			size := next()
			if need := int(at) + int(size); need > len(image) {
				image = append(image, make([]byte, need-len(image))...)
			}
			copy(image[at:], b[:size])
			b = b[size:]
		}
	})
	return image
}

// wasmNames reads a module's name section, and the number of its imports.
func wasmNames(t testing.TB, module []byte) (names map[int]string, imports int) {
	t.Helper()
	names = map[int]string{}
	wasmSections(module, func(id byte, b []byte) {
		next := func() int {
			v, k := binary.Uvarint(b)
			b = b[k:]
			return int(v)
		}
		text := func() string {
			n := next()
			s := string(b[:n])
			b = b[n:]
			return s
		}
		switch {
		case id == 2:
			imports = next()
		case id == 0 && text() == "name":
			for len(b) > 0 {
				kind, size := next(), next()
				if kind != 1 {
					b = b[size:]
					continue
				}
				for n := next(); n > 0; n-- {
					i := next()
					names[i] = text()
				}
			}
		}
	})
	if len(names) == 0 || imports == 0 {
		t.Fatal("a module without names")
	}
	return names, imports
}
