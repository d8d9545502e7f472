package gosource

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/gort/layout"
)

// Toolchain asks the go command where the sources of a release are
// ("go1.26.8"; "local" for the one at hand) and which build tags it sets for a
// platform. It fetches the toolchain if it is not in the module cache.
func Toolchain(release, goos, goarch string) (Config, error) {
	env := []string{"GOTOOLCHAIN=" + release, "GOOS=" + goos, "GOARCH=" + goarch}
	out, err := goCommand(env, "env", "GOROOT", "GOVERSION")
	if err != nil {
		return Config{}, err
	}
	goroot, goVersion, _ := strings.Cut(strings.TrimSpace(out), "\n")
	number, _, _ := strings.Cut(strings.TrimPrefix(goVersion, "go1."), ".")
	minor, err := strconv.Atoi(number)
	if err != nil {
		return Config{}, fmt.Errorf("toolchain %s calls itself %q", release, goVersion)
	}
	out, err = goCommand(env, "list", "-f", `{{join context.ToolTags " "}}`, "runtime")
	if err != nil {
		return Config{}, err
	}
	return Config{GOROOT: goroot, GOOS: goos, GOARCH: goarch, Minor: minor, ToolTags: strings.Fields(out)}, nil
}

// Build compiles the Go file source with a release for a platform.
func Build(release, goos, goarch, binary, source string) error {
	env := []string{"GOTOOLCHAIN=" + release, "GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0"}
	_, err := goCommand(env, "build", "-o", binary, source)
	return err
}

// Patches lists the patch numbers released of a minor version ("go1.26"),
// oldest first.
func Patches(minor string) ([]int, error) {
	out, err := goCommand(nil, "list", "-m", "-versions", "-json", "go")
	if err != nil {
		return nil, err
	}
	var module struct{ Versions []string }
	if err := json.Unmarshal([]byte(out), &module); err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var patches []int
	for _, v := range module.Versions {
		if patch, ok := strings.CutPrefix("go"+v, minor+"."); ok {
			if n, err := strconv.Atoi(patch); err == nil {
				patches = append(patches, n)
			}
		}
	}
	slices.Sort(patches)
	return patches, nil
}

// Flip turns one experiment around in a list of build tags.
func Flip(toolTags []string, experiment string) []string {
	tag := "goexperiment." + experiment
	if slices.Contains(toolTags, tag) {
		return slices.DeleteFunc(slices.Clone(toolTags), func(t string) bool { return t == tag })
	}
	return append(slices.Clone(toolTags), tag)
}

// goCommand runs the go command outside any module or workspace, with the
// settings of a fresh installation.
func goCommand(env []string, args ...string) (string, error) {
	dir, err := os.MkdirTemp("", "layout")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOEXPERIMENT=", "GOROOT=")
	cmd.Env = append(cmd.Env, env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s (%s): %w: %s", strings.Join(args, " "), strings.Join(env, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(out), nil
}

//go:embed gosource.go
var source embed.FS

// Inputs is a hash of what decides the content of the tables beside the Go
// sources: the wanted names, and the code of this package without its comments.
func Inputs() string {
	h := sha256.New()
	wanted, err := json.Marshal(layout.WantedNames())
	if err != nil {
		panic(err) // maps of strings always marshal
	}
	h.Write(wanted)
	fset := token.NewFileSet()
	text, err := source.ReadFile("gosource.go")
	if err != nil {
		panic(err) // embedded
	}
	file, err := parser.ParseFile(fset, "gosource.go", text, parser.SkipObjectResolution)
	if err != nil {
		panic(err) // it compiled
	}
	if err := format.Node(h, fset, file); err != nil {
		panic(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:12])
}
