package module

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
)

// Bounds of the search for the script: those that Go and TinyGo bring have 20 kB, one
// within a whole page's scripts rarely has some megabytes.
const (
	largestScript = 8 << 20
	mostScripts   = 64
)

// execJS compares the module's imports with what the script provides.
func (res *Result) execJS(ctx context.Context, m *wasmfile.Module, build wasmfile.Build, o Options) error {
	f := &res.File
	path, p, script, err := findScript(o)
	switch {
	case err != nil:
		return err
	case p == nil && f.System == "js":
		res.limit("module.limit.exec-js", "module.limit.exec-js.help")
		return nil
	case p == nil || f.System != "js" && o.ExecJS == "":
		return nil
	}
	e := &evidence.WasmExecJS{Path: path, Modules: slices.Sorted(maps.Keys(p.Modules))}
	for _, i := range f.Imports {
		switch given, sure := p.Gives(i.Module, i.Name); {
		case given:
		case sure:
			e.Missing = append(e.Missing, i)
		default:
			e.Unsure = append(e.Unsure, i)
		}
	}
	if build.Compiler == "go" && f.System == "js" {
		if own := Toolchain(ctx, build.GoVersion); own != "" {
			b, err := os.ReadFile(own)
			e.Toolchain = own
			e.Same = err == nil && bytes.Equal(unix(b), unix(script))
		}
	}
	f.ExecJS = e
	return nil
}

// unix is a script with the line ends of Unix.
func unix(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }

// findScript returns the script that was named, or the one beside the module that has
// an importObject; p is nil where there is none.
func findScript(o Options) (path string, p *wasmfile.Provided, script []byte, err error) {
	if o.ExecJS != "" {
		script, p, err = readScript(o.ExecJS)
		if err != nil {
			return "", nil, nil, &ExecJSError{o.ExecJS, err}
		}
		return o.ExecJS, p, script, nil
	}
	dir := filepath.Dir(o.Path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", nil, nil, nil //nolint:nilerr // the folder may be searched and not listed
	}
	names := []string{"wasm_exec.js"}
	for _, e := range entries {
		n := strings.ToLower(e.Name())
		switch filepath.Ext(n) {
		case ".js", ".mjs", ".cjs", ".html", ".htm":
			if n != "wasm_exec.js" && n != "wasm_exec_node.js" && e.Type().IsRegular() {
				names = append(names, e.Name())
			}
		}
	}
	for _, name := range names[:min(len(names), mostScripts)] {
		path := filepath.Join(dir, name)
		if script, p, err := readScript(path); err == nil {
			return path, p, script, nil
		}
	}
	return "", nil, nil, nil
}

var errLarge = errors.New("the file is larger than any wasm_exec.js")

func readScript(path string) ([]byte, *wasmfile.Provided, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if st.Size() > largestScript || !st.Mode().IsRegular() {
		return nil, nil, errLarge
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	p, err := wasmfile.ImportObject(b)
	return b, p, err
}

// Toolchain returns the path of the wasm_exec.js of a Go version, where that version is
// installed here or lies in the module cache; "" where it does not. Nothing is
// downloaded.
func Toolchain(ctx context.Context, version string) string {
	if !strings.HasPrefix(version, "go1.") {
		return ""
	}
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOROOT", "GOMODCACHE")
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=")
	cmd.Dir = os.TempDir()
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	lines := append(strings.Split(strings.ReplaceAll(string(out), "\r\n", "\n"), "\n"), "", "", "")
	root := lines[1]
	if lines[0] != version {
		root = filepath.Join(lines[2], "golang.org", "toolchain@v0.0.1-"+version+"."+runtime.GOOS+"-"+runtime.GOARCH)
	}
	return Script(root)
}

// Script returns the path of the wasm_exec.js within a GOROOT; "" where it has none.
func Script(root string) string {
	for _, dir := range []string{"lib", "misc"} { // misc until Go 1.23
		path := filepath.Join(root, dir, "wasm", "wasm_exec.js")
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path
		}
	}
	return ""
}
