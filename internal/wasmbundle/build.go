package wasmbundle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

var versionPath = regexp.MustCompile(`^v\d+$`)

// program is the package to bundle, as the go command tells of it.
type program struct {
	ImportPath string
	Dir        string
	Name       string
	Deps       []string
	Error      *struct{ Err string }

	goVersion string // "go1.26.8"
	execJS    string // path of its wasm_exec.js
}

// BuildError says that the go command refuses, in its own words.
type BuildError struct {
	Reason BuildReason
	Output string // what the go command printed; or the name that is missing
}

// BuildReason is why there is no module.
type BuildReason string

// The reasons.
const (
	NoGo      BuildReason = "no-go"      // there is no go command
	NoPackage BuildReason = "no-package" // the package is not found, or several are
	NotMain   BuildReason = "not-main"   // it is no program
	NotBuilt  BuildReason = "not-built"  // it does not compile for js/wasm
	NoScript  BuildReason = "no-script"  // the toolchain has no wasm_exec.js
)

func (e *BuildError) Error() string { return string(e.Reason) + ": " + e.Output }

// goCommand runs the go command for js/wasm and returns what it prints.
func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, &BuildError{NoGo, err.Error()}
	case err != nil:
		return nil, &BuildError{NotBuilt, strings.TrimSpace(stderr.String())}
	}
	return out, nil
}

// look asks the go command for the package and its own version.
func look(ctx context.Context, o *Options) (*program, error) {
	out, err := goCommand(ctx, o.Dir, "env", "GOVERSION", "GOROOT")
	if err != nil {
		return nil, err
	}
	env := append(strings.Split(strings.ReplaceAll(string(out), "\r\n", "\n"), "\n"), "", "")
	p := &program{goVersion: env[0]}
	args := []string{"list", "-json=ImportPath,Dir,Name,Deps,Error", "-e"}
	if o.Tags != "" {
		args = append(args, "-tags", o.Tags)
	}
	if out, err = goCommand(ctx, o.Dir, append(args, "--", o.Package)...); err != nil {
		return nil, asPackage(err)
	}
	d := json.NewDecoder(bytes.NewReader(out))
	if err := d.Decode(p); err != nil {
		return nil, &BuildError{NoPackage, o.Package}
	}
	if err := d.Decode(&program{}); !errors.Is(err, io.EOF) {
		return nil, &BuildError{NoPackage, fmt.Sprintf("%s: several packages", o.Package)}
	}
	if p.Name == "" && p.Error != nil {
		reason := NotBuilt
		if _, err := os.Stat(p.Dir); p.Dir == "" || err != nil {
			reason = NoPackage
		}
		return nil, &BuildError{reason, strings.TrimSpace(p.Error.Err)}
	}
	if p.Name != "main" && p.Name != "" {
		return nil, &BuildError{NotMain, p.ImportPath}
	}
	for _, dir := range []string{"lib", "misc"} { // misc until Go 1.23
		path := filepath.Join(env[1], dir, "wasm", "wasm_exec.js")
		if _, err := os.Stat(path); err == nil {
			p.execJS = path
			return p, nil
		}
	}
	return nil, &BuildError{NoScript, env[1]}
}

func asPackage(err error) error {
	var b *BuildError
	if errors.As(err, &b) && b.Reason == NotBuilt {
		return &BuildError{NoPackage, b.Output}
	}
	return err
}

// build returns the module.
func (p *program) build(ctx context.Context, o *Options, safe *SafeMode) ([]byte, error) {
	dir, err := os.MkdirTemp("", "gomedic-bundle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "app.wasm")
	ldflags := strings.TrimSpace(o.Ldflags)
	if !o.Symbols {
		ldflags = strings.TrimSpace("-s -w " + ldflags)
	}
	args := []string{"build", "-trimpath", "-o", out}
	if ldflags != "" {
		args = append(args, "-ldflags="+ldflags)
	}
	tags := splitTags(o.Tags)
	if safe != nil {
		tags = append(tags, safe.tags()...)
	}
	if len(tags) > 0 {
		args = append(args, "-tags="+strings.Join(tags, ","))
	}
	if _, err := goCommand(ctx, o.Dir, append(args, "--", o.Package)...); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

func splitTags(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// The toolkits that draw with WebGL, by the packages that a program of theirs has. Fyne
// and Ebitengine draw by nothing else on js/wasm, Gio by nothing else that works there.
var toolkits = []struct{ name, pkg string }{
	{"fyne", "fyne.io/fyne/v2/internal/driver/glfw"},
	{"ebitengine", "github.com/hajimehoshi/ebiten/v2"},
	{"gio", "gioui.org/app"},
}

// toolkit names the toolkit that the program uses; "" where none is known.
func (p *program) toolkit() string {
	for _, t := range toolkits {
		for _, d := range p.Deps {
			if d == t.pkg {
				return t.name
			}
		}
	}
	return ""
}
