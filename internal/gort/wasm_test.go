package gort_test

import (
	"encoding/binary"
	"os"
	"regexp"
	"strings"
	"testing"

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
					if name == "main.holdAndWait" && (!strings.HasSuffix(file, "/main.go") || line != 22) {
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
