package wasmbundle

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/gort/wasmfile"
)

func TestTheFolder(t *testing.T) {
	site := bundle(t)
	entries, err := os.ReadDir(site)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	for _, want := range []string{"app.wasm", "app.wasm.br", "app.wasm.gz", "gomedic-bundle.json", "gomedic-loader.css", "gomedic-loader.js", "gomedic-loader.js.br", "icon.svg", "index.html", "wasm_exec.js", "wasm_exec.js.gz"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s among %v", want, names)
		}
	}
	m, err := wasmfile.Parse(read(site, moduleName))
	if err != nil {
		t.Fatal(err)
	}
	if m.Section(wasmfile.Custom, "name") != nil {
		t.Error("the module has its names")
	}
	page := string(read(site, pageName))
	for _, name := range []string{loaderName, styleName} {
		f := file{name, read(site, name)}
		if !strings.Contains(page, name+"?v="+f.short()) || !strings.Contains(page, `integrity="`+strings.ReplaceAll(f.sri(), "+", "&#43;")+`"`) && !strings.Contains(page, f.sri()) {
			t.Errorf("the page does not name %s with its digest:\n%s", name, page)
		}
	}
	if !strings.Contains(page, "<title>Orders &amp; more</title>") {
		t.Errorf("the title is not escaped:\n%s", page)
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "style=") {
		t.Error("a strict policy forbids what stands in the page itself")
	}
	for _, name := range []string{moduleName, scriptName, loaderName} {
		for _, ext := range []string{".gz", ".br"} {
			if whole, ok := unpacked(name+ext, read(site, name+ext)); !ok || !bytes.Equal(whole, read(site, name)) {
				t.Errorf("%s%s does not hold %s", name, ext, name)
			}
		}
	}
}

// A title and a closing tag in it stay text, in the page and in the loader.
func TestATitleIsText(t *testing.T) {
	s := &site{title: `</script><script>alert("x")//` + "\u2028", program: &program{goVersion: "go1.26.8", ImportPath: "example.com/x"}}
	files, err := s.files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if bytes.Contains(f.bytes, []byte("</script><script>alert")) {
			t.Errorf("%s holds the title as code", f.name)
		}
	}
}

func TestSafeMode(t *testing.T) {
	p := &program{Deps: []string{"fmt"}}
	s, err := p.safeMode(t.Context(), &Options{})
	if err != nil || len(s.Switches) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	s.page([]byte("…devicePixelRatio…"))
	if s.ratio != 1 || len(s.Switches) != 1 {
		t.Errorf("%+v", s)
	}
	s = &SafeMode{}
	s.page([]byte("nothing of the kind"))
	if s.ratio != 0 || len(s.Switches) != 0 || len(s.Without) != 1 {
		t.Errorf("%+v", s)
	}
}

func TestNothingOfOthersIsLost(t *testing.T) {
	files := []file{{"a", []byte("1")}, {pageName, []byte("page")}}
	write := func(dir string, force bool, files []file) error {
		f, err := openFolder(dir, force)
		if err != nil {
			return err
		}
		defer f.discard()
		return f.write(files)
	}
	reason := func(err error) FolderReason {
		var e *FolderError
		if !errors.As(err, &e) {
			return ""
		}
		return e.Reason
	}
	dir := filepath.Join(t.TempDir(), "new", "site")
	if err := write(dir, false, files); err != nil {
		t.Fatal(err)
	}
	// Again, with a file less.
	if err := write(dir, false, files[1:]); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a")); err == nil {
		t.Error("a file of the bundle before stays")
	}
	// One of ours was edited.
	if err := os.WriteFile(filepath.Join(dir, pageName), []byte("edited"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := reason(write(dir, false, files)); r != Changed {
		t.Errorf("an edited page: %q", r)
	}
	if err := write(dir, true, files); err != nil {
		t.Error(err)
	}
	// One of others.
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := reason(write(dir, false, files)); r != Others {
		t.Errorf("notes: %q", r)
	}
	if err := write(dir, true, files); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "notes.txt")); err != nil || string(b) != "mine" {
		t.Errorf("the notes: %q, %v", b, err)
	}
	// A list that names files elsewhere.
	bad := t.TempDir()
	outside := filepath.Join(filepath.Dir(bad), "outside")
	if err := os.WriteFile(outside, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bad, listName), []byte(`{"format":"gomedic.wasm-bundle","files":{"../outside":"","a":""}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write(bad, false, files); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
	if r := reason(write(outside, false, files)); r != NotAFolder {
		t.Errorf("a file: %q", r)
	}
	if r := reason(write("", false, files)); r != NoFolder {
		t.Errorf("none: %q", r)
	}
}

func TestWhatDoesNotBuild(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":          "module example.com/x\n\ngo 1.25\n",
		"lib/lib.go":      "package lib\n",
		"broken/main.go":  "package main\n\nfunc main() { var x int }\n",
		"syntax/main.go":  "package main func\n",
		"desktop/main.go": "//go:build !js\n\npackage main\n\nfunc main() {}\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		pkg    string
		reason BuildReason
		says   string
	}{
		{"./none", NoPackage, "none"},
		{"./lib", NotMain, "example.com/x/lib"},
		{"./broken", NotBuilt, "declared and not used: x"},
		{"./syntax", NotBuilt, "syntax error"},
		{"./desktop", NotBuilt, "build constraints exclude all Go files"},
		{"./...", NoPackage, "several"},
		{"-n", NoPackage, ""},
	} {
		out := filepath.Join(t.TempDir(), "out")
		_, err := Make(t.Context(), Options{Dir: dir, Package: tt.pkg, Output: out})
		var b *BuildError
		if !errors.As(err, &b) || b.Reason != tt.reason || !strings.Contains(b.Output, tt.says) {
			t.Errorf("%s: %v, want %s", tt.pkg, err, tt.reason)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: the folder was made", tt.pkg)
		}
	}
}

func TestIcon(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"a.png": "\x89PNG\r\n\x1a\nrest", "b.txt": "text", "c": "RIFF\x00\x00\x00\x00WEBPVP8 "} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"a.png": "icon.png", "c": "icon.webp"} {
		if f, err := readIcon(filepath.Join(dir, name)); err != nil || f.name != want {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	for _, name := range []string{"b.txt", "none.png", "."} {
		var e *IconError
		if f, err := readIcon(filepath.Join(dir, name)); !errors.As(err, &e) {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

// Check finds a folder that was changed after it was made.
func TestCheckCompares(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(bundle(t))); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, scriptName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("// edited\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := &CheckedAs{}
	s := faulty(t, nil)
	if err := c.files(ctx, bundle(t), s.URL+"/"); err != nil || len(c.Problems) != 0 {
		t.Errorf("as it was made: %v, %+v", err, c.Problems)
	}
	needBrowser(t)
	checked, err := Check(ctx, dir, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if checked.State != "failed:integrity" || len(checked.Problems) == 0 || checked.Problems[0].File != scriptName {
		t.Errorf("%+v", checked)
	}
}
