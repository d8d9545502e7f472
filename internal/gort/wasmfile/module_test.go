package wasmfile

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// builds are the ways in which the program of testdata is built.
var builds = map[string][]string{
	"plain":    {"-trimpath", "-buildvcs=false"},
	"stripped": {"-trimpath", "-buildvcs=false", "-ldflags=-s -w"},
}

var built sync.Map // of each build a func() ([]byte, error)

// bytesOf builds the program of testdata/program for js/wasm.
func bytesOf(t testing.TB, build string) []byte {
	t.Helper()
	f, _ := built.LoadOrStore(build, sync.OnceValues(func() ([]byte, error) {
		dir, err := os.MkdirTemp("", "wasmfile")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		out := filepath.Join(dir, "program.wasm")
		cmd := exec.Command("go", append(append([]string{"build"}, builds[build]...), "-o", out, ".")...)
		cmd.Dir = filepath.Join("testdata", "program")
		cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
		if b, err := cmd.CombinedOutput(); err != nil {
			return nil, errors.New(string(b))
		}
		return os.ReadFile(out)
	}))
	b, err := f.(func() ([]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func module(t testing.TB, build string) *Module {
	t.Helper()
	m, err := Parse(bytesOf(t, build))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAModuleOfGo(t *testing.T) {
	version, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		t.Fatal(err)
	}
	for build := range builds {
		m := module(t, build)
		image, err := m.Image()
		if err != nil {
			t.Fatal(err)
		}
		b := m.Build(image)
		if b.Compiler != "go" || b.GoVersion != strings.TrimSpace(string(version)) {
			t.Errorf("%s: compiler %q, version %q, want %s", build, b.Compiler, b.GoVersion, version)
		}
		if b.Info == nil || b.Info.Path != "example.com/program" {
			t.Errorf("%s: build information %v", build, b.Info)
		}
		if len(m.Bodies) != len(m.Funcs) || len(m.Bodies) < 1000 {
			t.Errorf("%s: %d bodies of %d functions", build, len(m.Bodies), len(m.Funcs))
		}
		if named := len(m.Names) > 0; named != (build == "plain") {
			t.Errorf("%s: %d names", build, len(m.Names))
		}
		sum := int64(8)
		for _, s := range m.Sections {
			sum += s.Size
		}
		if sum != m.Size {
			t.Errorf("%s: sections of %d bytes in a file of %d", build, sum, m.Size)
		}
		if !slices.ContainsFunc(m.Imports, func(i ImportEntry) bool { return i.Module == "gojs" && i.Name == "runtime.wasmExit" }) {
			t.Errorf("%s: imports %v", build, m.Imports)
		}
		var names []string
		for _, f := range Embedded(image) {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != "assets/a.txt assets/deep/b.txt assets/deep/large.txt assets/empty" {
			t.Errorf("%s: embedded %s", build, got)
		}
	}
}

// Cut anywhere, a module is truncated, and the place is the file's end or before.
func TestACutModuleIsTruncated(t *testing.T) {
	whole := bytesOf(t, "stripped")
	for _, n := range []int{1, 4, 7, 9, 60, 200, 1000, 5000, 100_000, len(whole) / 2, len(whole) * 3 / 4, len(whole) - 100, len(whole) - 1} {
		_, err := Parse(whole[:n])
		var e *Error
		if !errors.As(err, &e) || e.Reason != Truncated || e.Offset > int64(n) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

func TestWhatIsNoModule(t *testing.T) {
	for _, tt := range []struct {
		bytes, where string
		reason       Reason
	}{
		{"", "", Empty},
		{"<!doctype html><html>", "", NotWasm},
		{"\x1f\x8b\x08\x00\x00\x00\x00\x00", "", NotWasm},
		{"\x00asm\x02\x00\x00\x00", "", Version},
		{"\x00asm\x0d\x00\x01\x00", "", Component},
		{"\x00asm\x01\x00\x00\x00\x20\x00", "", Damaged},                                         // no such section
		{"\x00asm\x01\x00\x00\x00\x01\x02\x00\x00", "type", Damaged},                             // a byte too many
		{"\x00asm\x01\x00\x00\x00\x02\x01\x00\x01\x01\x00", "", Damaged},                         // the order
		{"\x00asm\x01\x00\x00\x00\x01\x05\xff\xff\xff\xff\xff", "type", Damaged},                 // a count that is no number
		{"\x00asm\x01\x00\x00\x00\x01\x05\xff\xff\xff\xff\x0f\x00", "type", Damaged},             // a count of four thousand million
		{"\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x05", "function", Damaged}, // no such type
		{"\x00asm\x01\x00\x00\x00\x01\xff\xff\xff\xff\x0f", "type", Truncated},                   // a section without end
		{"\x00asm\x01\x00\x00\x00\x00\x03\x05name", "custom", Damaged},                           // a name beyond its section
	} {
		_, err := Parse([]byte(tt.bytes))
		var e *Error
		if !errors.As(err, &e) || e.Reason != tt.reason || e.Section != tt.where {
			t.Errorf("%q: %v, want %s in %q", tt.bytes, err, tt.reason, tt.where)
		}
	}
}

// A segment far away costs no memory.
func TestImageIsBounded(t *testing.T) {
	m := &Module{Segments: []Segment{{Known: true, Addr: 1 << 31, Bytes: []byte{1}}}}
	if b, err := m.Image(); err == nil {
		t.Errorf("an image of %d bytes", len(b))
	}
}

func TestTinyGoIsRecognised(t *testing.T) {
	for _, m := range []*Module{
		{Exports: []ExportEntry{{Name: "go_scheduler"}}},
		{Producers: []Producer{{"processed-by", "TinyGo", "0.39.0"}}},
		{Names: map[uint32]string{3: "tinygo_getCurrentStackPointer"}},
		{Imports: []ImportEntry{{Module: "gojs", Name: "runtime.sleepTicks"}}},
	} {
		if b := m.Build(nil); b.Compiler != "tinygo" {
			t.Errorf("%+v: %q", m, b.Compiler)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x0a\x04\x01\x02\x00\x0b"))
	// (func (param i32) (result i32) (block (br_if 0 (local.get 0))) (i32.add (local.get 0) (i32.const 1)))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x01\x06\x01\x60\x01\x7f\x01\x7f\x03\x02\x01\x00\x0a\x10\x01\x0e\x00\x02\x40\x20\x00\x0d\x00\x0b\x20\x00\x41\x01\x6a\x0b"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x05\x03\x01\x00\x01\x0b\x07\x01\x00\x41\x00\x0b\x01x"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x00\x0a\x04name\x01\x04\x01\x00\x01x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if m == nil {
			if err == nil {
				t.Fatal("neither a module nor an error")
			}
			return
		}
		if err == nil {
			m.CheckCode()
		}
		image, _ := m.Image()
		m.Build(image)
		Embedded(image)
	})
}

func FuzzImportObject(f *testing.F) {
	f.Add([]byte("this.importObject = {gojs: {a: (b) => `${c}` / 2, 'd': /x/}}"))
	f.Add([]byte("importObject={...a,[b]:1,get c(){return{}}}"))
	f.Fuzz(func(t *testing.T, b []byte) { ImportObject(b) })
}
