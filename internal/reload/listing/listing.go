// Package listing knows what a program is made of: its packages, their files and
// their archives, as go list tells.
//
// It asks the go command once and keeps the answer on disk, for as long as go.mod,
// go.sum, the build flags, the toolchain and the module's own files stay the same.
// The archives are compiled so that they can go into a plugin (-dynlink); the first
// time that is a build of all dependencies. It knows nothing of changes. Start at
// [Load].
package listing

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
	"slices"
	"strings"
)

// Options say which program, and how it is built.
type Options struct {
	Dir   string   // a folder of the main module
	Main  string   // the program's package as go build takes it; "" is "."
	Flags []string // of go build: -tags, -trimpath, -race, -gcflags …
	Env   []string // beside the process's own: GOOS=…, CGO_ENABLED=…
	Cache string   // where lists are kept; "" keeps none
	// Progress, if set, is told of each package whose archive is being made.
	Progress func(pkg string)
}

// Package is one package, with the names go list gives them. Files are relative to
// Dir.
type Package struct {
	ImportPath     string
	Name           string
	Dir            string
	Export         string // its archive
	Standard       bool
	DepOnly        bool
	Module         *Module
	GoFiles        []string
	CgoFiles       []string
	IgnoredGoFiles []string
	TestGoFiles    []string
	XTestGoFiles   []string
	CFiles         []string
	CXXFiles       []string
	HFiles         []string
	SFiles         []string
	SysoFiles      []string
	SwigFiles      []string
	EmbedPatterns  []string
	EmbedFiles     []string
	Imports        []string
	ImportMap      map[string]string
	Error          *PackageError
}

// Module is where a package comes from.
type Module struct {
	Path      string
	Main      bool
	Dir       string
	GoMod     string
	GoVersion string
}

// PackageError is what go list says of a package that cannot be built.
type PackageError struct {
	Pos string
	Err string
}

// Local reports whether the package is of the main module, so that its source may
// change.
func (p *Package) Local() bool { return p.Module != nil && p.Module.Main }

// Native reports whether not all of the package is Go: cgo, assembly, objects.
func (p *Package) Native() bool {
	return len(p.CgoFiles)+len(p.CFiles)+len(p.CXXFiles)+len(p.SFiles)+len(p.SysoFiles)+len(p.SwigFiles) > 0
}

// List is a program's packages, dependencies first.
type List struct {
	Packages []*Package
	Main     *Package
	Go       Toolchain
	// Flags and Dir are those that it was made with; Dir is absolute.
	Flags []string
	Dir   string
	Env   []string

	byPath map[string]*Package
}

// Toolchain is the go command that lists and builds.
type Toolchain struct {
	GOVERSION, GOROOT, GOTOOLDIR, GOOS, GOARCH, GOFLAGS, CGO_ENABLED, CC, GOMOD, GOWORK, GOEXPERIMENT, GOAMD64 string
}

// Package returns the package with an import path, or nil.
func (l *List) Package(path string) *Package { return l.byPath[path] }

// Dependents returns the packages of the main module that import one of paths,
// directly or not, and paths themselves: dependencies first.
func (l *List) Dependents(paths ...string) []*Package {
	in := make(map[string]bool)
	for _, p := range paths {
		in[p] = true
	}
	var out []*Package
	for _, p := range l.Packages {
		if !p.Local() {
			continue
		}
		for _, i := range p.Imports {
			if in[p.Resolve(i)] {
				in[p.ImportPath] = true
			}
		}
		if in[p.ImportPath] {
			out = append(out, p)
		}
	}
	return out
}

// Resolve returns the package that an import in p's source names.
func (p *Package) Resolve(path string) string {
	if to, ok := p.ImportMap[path]; ok {
		return to
	}
	return path
}

// Reach returns what can be reached from the packages from along imports, without
// passing through a package of without; the roots themselves included.
func (l *List) Reach(from []string, without map[string]bool) map[string]bool {
	seen := make(map[string]bool)
	var walk func(string)
	walk = func(path string) {
		p := l.byPath[path]
		if p == nil || seen[path] || without[path] {
			return
		}
		seen[path] = true
		for _, i := range p.Imports {
			walk(p.Resolve(i))
		}
	}
	for _, path := range from {
		walk(path)
	}
	return seen
}

// BuildError is a module that does not build.
type BuildError struct{ Detail string }

func (e *BuildError) Error() string { return "list packages: " + e.Detail }

// ErrNoCompiler is a machine without a C compiler: plugins need one.
var ErrNoCompiler = errors.New("no C compiler")

// fields are what is asked of go list.
const fields = "ImportPath,Name,Dir,Export,Standard,DepOnly,Module,GoFiles,CgoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles," +
	"CFiles,CXXFiles,HFiles,SFiles,SysoFiles,SwigFiles,EmbedPatterns,EmbedFiles,Imports,ImportMap,Error"

// Load lists the packages of the program and makes the archives that are missing.
// A module that does not build is a [BuildError], a missing C compiler
// [ErrNoCompiler].
func Load(ctx context.Context, o Options) (*List, error) {
	if o.Main == "" {
		o.Main = "."
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	o.Dir = dir
	l := &List{Flags: o.Flags, Dir: dir, Env: o.Env}
	if err := l.toolchain(ctx); err != nil {
		return nil, err
	}
	if l.Go.CGO_ENABLED == "1" {
		if cc := strings.Fields(l.Go.CC); len(cc) == 0 {
			return nil, ErrNoCompiler
		} else if _, err := exec.LookPath(cc[0]); err != nil {
			return nil, fmt.Errorf("%w: %s is not installed", ErrNoCompiler, cc[0])
		}
	}
	key := l.key(o)
	if kept := readKept(o.Cache, key); kept != nil {
		l.fill(kept)
		return l, nil
	}
	packages, err := l.goList(ctx, o.Progress, o.Main)
	if err != nil {
		return nil, err
	}
	l.fill(packages)
	if l.Main == nil {
		return nil, &BuildError{o.Main + " is no main package"}
	}
	keep(o.Cache, key, packages)
	return l, nil
}

// Add lists further packages, such as one that a changed file imports, with all
// that they need, and makes their archives.
func (l *List) Add(ctx context.Context, paths ...string) error {
	more, err := l.goList(ctx, nil, paths...)
	if err != nil {
		return err
	}
	all := l.Packages
	for _, p := range more {
		if l.byPath[p.ImportPath] == nil {
			p.DepOnly = true
			all = append(all, p)
		}
	}
	l.fill(all)
	return nil
}

// Embeds asks anew what a package embeds, which may have changed with its directives
// or with the files that they match, and notes it in p. It compiles nothing.
func (l *List) Embeds(ctx context.Context, p *Package) error {
	args := append([]string{"list", "-find", "-json=EmbedPatterns,EmbedFiles"}, l.Flags...)
	out, err := l.command(ctx, append(args, "--", p.ImportPath)...).Output()
	if err != nil {
		return &BuildError{said(err).Error()}
	}
	var now Package
	if err := json.Unmarshal(out, &now); err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	p.EmbedPatterns, p.EmbedFiles = now.EmbedPatterns, now.EmbedFiles
	return nil
}

// fill takes packages over. Their order, dependencies first, is go list's.
func (l *List) fill(packages []*Package) {
	l.Packages = packages
	l.byPath = make(map[string]*Package, len(packages))
	for _, p := range packages {
		l.byPath[p.ImportPath] = p
		if !p.DepOnly && p.Name == "main" {
			l.Main = p
		}
	}
}

// toolchain asks what would build.
func (l *List) toolchain(ctx context.Context) error {
	out, err := l.command(ctx, "env", "-json").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", said(err))
	}
	if err := json.Unmarshal(out, &l.Go); err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	if l.Go.GOMOD == os.DevNull {
		l.Go.GOMOD = ""
	}
	if l.Go.GOWORK == "off" {
		l.Go.GOWORK = ""
	}
	if l.Go.GOMOD == "" && l.Go.GOWORK == "" { // a workspace's own folder is in no module
		return &BuildError{"no go.mod in " + l.Dir + " or above it"}
	}
	return nil
}

// ModuleFiles are the files that say which modules the program is made of: go.mod and
// go.sum of each module whose source may change, and go.work.
func (l *List) ModuleFiles() []string {
	all := moduleFiles(l.Packages)
	for _, file := range []string{l.Go.GOMOD, l.Go.GOWORK} {
		if file != "" && !slices.Contains(all, file) {
			all = append(all, file, sumOf(file))
		}
	}
	return all
}

// moduleFiles are those of the modules in which packages are.
func moduleFiles(packages []*Package) (all []string) {
	for _, p := range packages {
		if p.Local() && p.Module.GoMod != "" && !slices.Contains(all, p.Module.GoMod) {
			all = append(all, p.Module.GoMod, sumOf(p.Module.GoMod))
		}
	}
	return all
}

// sumOf is the file of checksums beside a go.mod or go.work.
func sumOf(file string) string {
	if filepath.Base(file) == "go.work" {
		return file + ".sum"
	}
	return filepath.Join(filepath.Dir(file), "go.sum")
}

// command is the go command in the program's folder.
func (l *List) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = l.Dir
	cmd.Env = append(os.Environ(), l.Env...)
	return cmd
}

// goList runs go list -export, which builds what it lists.
func (l *List) goList(ctx context.Context, progress func(string), paths ...string) ([]*Package, error) {
	args := []string{"list", "-e", "-export", "-deps", "-json=" + fields}
	if l.Go.CGO_ENABLED == "1" {
		args = append(args, "-buildmode=plugin")
	}
	args = append(args, l.Flags...)
	if progress != nil {
		args = append(args, "-v")
	}
	cmd := l.command(ctx, append(append(args, "--"), paths...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if progress != nil {
		cmd.Stderr = io.MultiWriter(&stderr, &lineWriter{line: progress})
	}
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		return nil, &BuildError{firstFault(stderr.String(), err)}
	}
	var packages []*Package
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(Package)
		if err := d.Decode(p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		packages = append(packages, p)
	}
	for _, p := range packages {
		if p.Error != nil {
			return nil, &BuildError{p.Error.first()}
		}
		if p.Export == "" && p.ImportPath != "unsafe" {
			return nil, &BuildError{firstFault(stderr.String(), errors.New("no archive of "+p.ImportPath))}
		}
	}
	return packages, nil
}

// first returns the error's first line that says something, with its place.
func (e *PackageError) first() string {
	for line := range strings.Lines(e.Err) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if e.Pos != "" && !strings.HasPrefix(line, e.Pos) && !strings.Contains(line, ".go:") {
			line = e.Pos + ": " + line
		}
		return line
	}
	return strings.TrimSpace(e.Err)
}

// firstFault returns the first line of what a command complained of that names a
// fault, and not the package that it is in.
func firstFault(stderr string, err error) string {
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && (strings.Contains(line, ":") || strings.Contains(line, " ")) {
			return strings.TrimPrefix(line, "go: ")
		}
	}
	return err.Error()
}

// said returns what a command wrote to standard error, instead of its exit code.
func said(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return errors.New(firstFault(string(exit.Stderr), err))
	}
	return err
}

// lineWriter calls line for each package that go list -v names.
type lineWriter struct {
	rest []byte
	line func(string)
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		w.rest = rest
		if text := string(line); text != "" && !strings.ContainsAny(text, " #") {
			w.line(text)
		}
	}
}
