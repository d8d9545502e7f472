package module

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
)

// built is the program of wasmfile's tests, stripped, and the script that belongs to it.
var built = sync.OnceValues(func() ([2][]byte, error) {
	var out [2][]byte
	dir, err := os.MkdirTemp("", "module-test-")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(dir, "x"), ".")
	cmd.Dir = filepath.Join("..", "..", "gort", "wasmfile", "testdata", "program")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	if b, err := cmd.CombinedOutput(); err != nil {
		return out, errors.New(string(b))
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return out, err
	}
	module, err := os.ReadFile(filepath.Join(dir, "x"))
	if err != nil {
		return out, err
	}
	script, err := os.ReadFile(Script(strings.TrimSpace(string(root))))
	return [2][]byte{module, script}, err
})

func files(t *testing.T) (module, script []byte) {
	t.Helper()
	b, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return b[0], b[1]
}

// examine writes the files into a folder and examines the first of them.
func examine(t *testing.T, name string, module []byte, more map[string][]byte) (*Result, []string) {
	t.Helper()
	dir := t.TempDir()
	for n, b := range more {
		if err := os.WriteFile(filepath.Join(dir, n), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, module, 0o644); err != nil {
		t.Fatal(err)
	}
	res, err := Run(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range diagnose.Findings(&evidence.Evidence{Target: res.Target, WasmFile: &res.File}) {
		ids = append(ids, string(f.Severity)+" "+f.ID)
	}
	return res, ids
}

func pack(t *testing.T, b []byte, open func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var out bytes.Buffer
	z := open(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gz(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
func br(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 1) }

func TestAHealthyModule(t *testing.T) {
	module, script := files(t)
	res, ids := examine(t, "app.wasm", module, map[string][]byte{"wasm_exec.js": script})
	f := &res.File
	if len(ids) > 0 || f.Break != nil {
		t.Errorf("findings %v, break %+v", ids, f.Break)
	}
	if f.Compiler != "go" || f.System != "js" || f.Package != "example.com/program" || !res.Target.Stripped || !strings.HasPrefix(res.Target.Go, "go1.") {
		t.Errorf("%+v", f)
	}
	if f.ExecJS == nil || !f.ExecJS.Same || len(f.ExecJS.Missing) > 0 {
		t.Errorf("script: %+v", f.ExecJS)
	}
	if f.NamesFrom != "pclntab" || f.Packages[0].Name != "runtime" {
		t.Errorf("packages from %q: %+v", f.NamesFrom, f.Packages[:1])
	}
	for _, p := range f.Packages {
		if p.Name == "?" && p.Functions > 1 {
			t.Errorf("%d functions without a name", p.Functions)
		}
	}
	if s := f.Savings; s == nil || s.Strip != 0 || s.Brotli >= s.Gzip || s.Gzip >= f.Size/2 {
		t.Errorf("savings %+v of %d", f.Savings, f.Size)
	}
	if e := f.Embedded; e == nil || e.Count != 4 || e.Largest[0].Name != "assets/deep/large.txt" {
		t.Errorf("embedded %+v", f.Embedded)
	}
	if len(res.Limits) > 0 {
		t.Errorf("limits %+v", res.Limits)
	}
}

func TestWhatIsWrong(t *testing.T) {
	module, script := files(t)
	older := bytes.Replace(script, []byte("gojs: {"), []byte("go: {"), 1) // until Go 1.20
	lacking := bytes.Replace(script, []byte(`"runtime.getRandomData"`), []byte(`"runtime.randomData"`), 1)
	small := []byte(`class Go{constructor(){this.importObject={gojs:{...imports}}}}`)
	var flipped []byte
	packed := pack(t, module, gz)
	m, err := wasmfile.Parse(module)
	if err != nil {
		t.Fatal(err)
	}
	body := m.Bodies[len(m.Bodies)/2]
	flipped = bytes.Clone(module)
	copy(flipped[body.At+body.Size/2:], bytes.Repeat([]byte{0xff}, 12)) // no instruction, and no number
	for _, tt := range []struct {
		name   string
		module []byte
		script []byte
		want   string
	}{
		{"app.wasm", module, older, "P0 wasm/exec-js-mismatch"},
		{"app.wasm", module, lacking, "P0 wasm/exec-js-mismatch"},
		{"app.wasm", module, append(bytes.Clone(script), "// ours\n"...), "info wasm/exec-js-mismatch"},
		{"app.wasm", module, bytes.ReplaceAll(script, []byte("\n"), []byte("\r\n")), ""},
		{"app.wasm", module, small, "info wasm/exec-js-mismatch"},
		{"app.wasm", module[:len(module)/2], nil, "P0 wasm/truncated"},
		{"app.wasm", nil, nil, "P0 wasm/truncated"},
		{"app.wasm", flipped, nil, "P0 wasm/not-wasm"},
		{"app.wasm", []byte("<!DOCTYPE html><html>"), nil, "P0 wasm/not-wasm"},
		{"app.wasm", []byte("version https://git-lfs.github.com/spec/v1\n"), nil, "P0 wasm/not-wasm"},
		{"app.wasm.gz", packed, nil, ""},
		{"app.wasm.br", pack(t, module, br), nil, ""},
		{"app.wasm", packed, nil, "info wasm/not-wasm"},
		{"app.wasm.gz", packed[:len(packed)/2], nil, "P0 wasm/truncated"},
		{"app.wasm.gz", pack(t, packed, gz), nil, "P0 wasm/not-wasm"},
		{"app.wasm.gz", pack(t, module[:5000], gz), nil, "P0 wasm/truncated"},
	} {
		more := map[string][]byte{}
		if tt.script != nil {
			more["wasm_exec.js"] = tt.script
		}
		_, ids := examine(t, tt.name, tt.module, more)
		if got := strings.Join(ids, ", "); got != tt.want {
			t.Errorf("%s of %d bytes: %q, want %q", tt.name, len(tt.module), got, tt.want)
		}
	}
}

// The script need not be called wasm_exec.js: a page may have it under another name, or
// within another script.
func TestTheScriptUnderAnotherName(t *testing.T) {
	module, script := files(t)
	res, _ := examine(t, "app.wasm", module, map[string][]byte{"a.js": []byte("let x = 1"), "page.html": append([]byte("<script>"), script...)})
	if e := res.File.ExecJS; e == nil || filepath.Base(e.Path) != "page.html" || len(e.Missing) > 0 {
		t.Errorf("%+v", res.File.ExecJS)
	}
	res, _ = examine(t, "app.wasm", module, nil)
	if len(res.Limits) != 1 || res.Limits[0].Why.Key != "module.limit.exec-js" {
		t.Errorf("limits %+v", res.Limits)
	}
}

func TestAScriptThatIsNone(t *testing.T) {
	module, _ := files(t)
	path := filepath.Join(t.TempDir(), "app.wasm")
	if err := os.WriteFile(path, module, 0o644); err != nil {
		t.Fatal(err)
	}
	var e *ExecJSError
	if _, err := Run(t.Context(), Options{Path: path, ExecJS: path}); !errors.As(err, &e) || !errors.Is(err, wasmfile.ErrNoImportObject) {
		t.Error(err)
	}
	if _, err := Run(t.Context(), Options{Path: path, ExecJS: path + ".none"}); !errors.As(err, &e) || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// A compressed file that unpacks to more than any module is not unpacked to the end.
func TestABomb(t *testing.T) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range mostUnpacked>>20 + 2 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := unpack("app.wasm", b.Bytes()); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

func TestPackageOf(t *testing.T) {
	for function, want := range map[string]string{
		"main.main":                         "main",
		"example.com/a/b.(*T).M":            "example.com/a/b",
		"example.com/a.F[go.shape.int]":     "example.com/a",
		"gopkg.in/yaml%2ev3.Unmarshal":      "gopkg.in/yaml.v3",
		"type:.eq.example.com/a.T":          "example.com/a",
		"type:.hash.struct { F string }":    "(types)",
		"type:.eq.[2]string":                "(assembly)",
		"(*example.com/a.T).M":              "example.com/a",
		"interface:{Read:func:{…}}.Read":    "(types)",
		"memeqbody":                         "(assembly)",
		"":                                  "?",
		"go:buildid":                        "(assembly)",
		"github.com/x/y/v2/internal.init.0": "github.com/x/y/v2/internal",
	} {
		if got := packageOf(function); got != want {
			t.Errorf("%s: %s, want %s", function, got, want)
		}
	}
}
