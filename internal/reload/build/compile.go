package build

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/reload/listing"
)

// work is a generation that is being made.
type work struct {
	b        *Builder
	g        *Generation
	r        Request
	dir      string
	packages []*listing.Package // to be built, dependencies first
	config   string             // the compiler's importcfg
	root     string             // the archive of the plugin's main package
}

// archiveOf returns where a package's archive goes.
func (w *work) archiveOf(path string) string {
	return filepath.Join(w.dir, strings.ReplaceAll(path, "/", "@")+".a")
}

// compile builds the packages and the plugin's main.
func (w *work) compile(ctx context.Context) error {
	var cfg bytes.Buffer
	for _, p := range w.packages {
		fmt.Fprintf(&cfg, "importmap %s=%s\npackagefile %s=%s\n", p.ImportPath, w.newPath(p.ImportPath), w.newPath(p.ImportPath), w.archiveOf(p.ImportPath))
	}
	cfg.Write(w.b.base())
	w.config = filepath.Join(w.dir, "compile.cfg")
	if err := os.WriteFile(w.config, cfg.Bytes(), 0o644); err != nil {
		return &DirError{err}
	}
	for _, p := range w.packages {
		if err := w.compilePackage(ctx, p); err != nil {
			return err
		}
	}
	if w.b.host != nil {
		w.fromArchive()
	}
	return w.compileRoot(ctx)
}

// compilePackage compiles one package under its path in this generation.
func (w *work) compilePackage(ctx context.Context, p *listing.Package) error {
	config := w.config
	if len(p.ImportMap) > 0 { // vendored: the package's own map as well
		b, err := os.ReadFile(w.config)
		if err != nil {
			return &DirError{err}
		}
		for from, to := range p.ImportMap {
			if to == w.newPath(to) {
				b = fmt.Appendf(b, "importmap %s=%s\n", from, to)
			}
		}
		config = w.archiveOf(p.ImportPath) + ".cfg"
		if err := os.WriteFile(config, b, 0o644); err != nil {
			return &DirError{err}
		}
	}
	files, trim, err := w.sources(p)
	if err != nil {
		return err
	}
	args := w.arguments(p.ImportPath, config, trim)
	if p.Module != nil && p.Module.GoVersion != "" {
		args = append(args, "-lang=go"+language(p.Module.GoVersion))
	}
	if embeds, err := w.mayEmbed(ctx, p, files); err != nil {
		return err
	} else if embeds {
		path, err := w.embedConfig(p)
		if err != nil {
			return err
		}
		args = append(args, "-embedcfg", path)
	}
	return w.tool(ctx, p.Dir, "compile", append(append(args, "-complete"), files...)...)
}

// arguments are those of each compilation.
func (w *work) arguments(path, config, trim string) []string {
	args := []string{
		"-o", w.archiveOf(path), "-p", w.newPath(path), "-importcfg", config, "-trimpath", trim,
		"-shared", "-dynlink", "-pack", "-nolocalimports", "-c=2", "-goversion", w.b.list.Go.GOVERSION,
	}
	if w.b.host != nil {
		// Names instead of indices where the runtime is meant: it is not linked.
		args = append(args, "-linkshared")
	}
	if w.b.o.Debug {
		args = append(args, "-N", "-l")
	}
	return append(args, w.b.flags.compile...)
}

// language returns the part of a Go version that -lang takes: 1.26.
func language(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return version
	}
	minor := strings.TrimRightFunc(parts[1], func(r rune) bool { return r < '0' || r > '9' })
	for i, r := range minor {
		if r < '0' || r > '9' {
			minor = minor[:i]
			break
		}
	}
	return parts[0] + "." + minor
}

// sources returns the files that a package is compiled from, and the value of
// -trimpath that gives the places in them their names: those in the module, or,
// with go build's -trimpath, the import path.
func (w *work) sources(p *listing.Package) (files []string, trim string, err error) {
	names := make(map[string]bool)
	for _, name := range p.GoFiles {
		names[filepath.Join(p.Dir, name)] = true
	}
	for path, src := range w.r.Sources {
		if filepath.Dir(path) == p.Dir && filepath.Ext(path) == ".go" {
			names[path] = src != nil
		}
	}
	shown := p.Dir
	if w.b.flags.trimpath {
		shown = p.ImportPath
	}
	own := filepath.Join(w.dir, "src", strings.ReplaceAll(p.ImportPath, "/", "@"))
	for path, in := range names {
		if !in {
			continue
		}
		src, ok := w.r.Sources[path]
		if !ok {
			files = append(files, path)
			continue
		}
		if err := os.MkdirAll(own, 0o755); err != nil {
			return nil, "", &DirError{err}
		}
		copied := filepath.Join(own, filepath.Base(path))
		if err := os.WriteFile(copied, src, 0o644); err != nil {
			return nil, "", &DirError{err}
		}
		files = append(files, copied)
	}
	slices.SortFunc(files, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	trim = own + "=>" + shown
	if w.b.flags.trimpath {
		trim += ";" + p.Dir + "=>" + shown
	}
	return files, trim, nil
}

// mayEmbed reports whether a package embeds files. If it differs from the host, what
// it embeds is asked anew.
func (w *work) mayEmbed(ctx context.Context, p *listing.Package, files []string) (bool, error) {
	if !slices.Contains(w.r.Packages, p.ImportPath) {
		return len(p.EmbedPatterns) > 0, nil
	}
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			return false, err
		}
		if bytes.Contains(src, []byte("//go:embed ")) {
			return true, w.b.list.Embeds(ctx, p)
		}
	}
	return false, nil
}

// embedConfig writes what the compiler must know of a package's go:embed patterns.
func (w *work) embedConfig(p *listing.Package) (string, error) {
	config := struct {
		Patterns map[string][]string
		Files    map[string]string
	}{map[string][]string{}, map[string]string{}}
	for _, pattern := range p.EmbedPatterns {
		config.Patterns[pattern] = []string{}
		for _, name := range p.EmbedFiles {
			if embeds(pattern, name) {
				config.Patterns[pattern] = append(config.Patterns[pattern], name)
				config.Files[name] = filepath.Join(p.Dir, name)
			}
		}
	}
	b, err := json.Marshal(config)
	if err != nil {
		return "", err
	}
	path := w.archiveOf(p.ImportPath) + ".embed"
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return "", &DirError{err}
	}
	return path, nil
}

// embeds reports whether a pattern takes a file that some pattern of the package
// takes: it matches the file or a folder above it.
func embeds(pattern, name string) bool {
	pattern, all := strings.CutPrefix(pattern, "all:")
	for at := name; ; at = filepath.ToSlash(filepath.Dir(at)) {
		if ok, err := filepath.Match(pattern, at); err == nil && ok {
			hidden := strings.Contains("/"+strings.TrimPrefix(name, at), "/.") || strings.Contains("/"+strings.TrimPrefix(name, at), "/_")
			return all || at == name || !hidden
		}
		if at == "." || at == "/" {
			return false
		}
	}
}

// tool runs a program of the toolchain in a folder.
func (w *work) tool(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(w.b.list.Go.GOTOOLDIR, name), args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), w.b.list.Env...), "GOGC=off", "GOROOT="+w.b.list.Go.GOROOT,
		"GOOS="+w.b.list.Go.GOOS, "GOARCH="+w.b.list.Go.GOARCH, "GOEXPERIMENT="+w.b.list.Go.GOEXPERIMENT, "GOAMD64="+w.b.list.Go.GOAMD64)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if name == "compile" {
		return w.compileError(dir, string(out), err)
	}
	return &LinkError{Output: strings.TrimSpace(string(out)), Err: err}
}

// Fault is a place that does not compile.
type Fault struct {
	File         string
	Line, Column int
	Text         string
}

// CompileError is code that does not compile. Faults holds what the compiler said,
// at most ten.
type CompileError struct{ Faults []Fault }

func (e *CompileError) Error() string {
	f := e.Faults[0]
	s := fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Text)
	if n := len(e.Faults) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// LinkError is a link that failed, with all that the linker said.
type LinkError struct {
	Output string
	Err    error
}

func (e *LinkError) Error() string {
	line, _, _ := strings.Cut(e.Output, "\n")
	return "link: " + line + " (" + e.Err.Error() + ")"
}

// place is how the compiler names one: FILE:LINE:COLUMN: TEXT.
var place = regexp.MustCompile(`^(.+?\.go):(\d+)(?::(\d+))?: (.*)$`)

// compileError reads what the compiler wrote.
func (w *work) compileError(dir, out string, err error) error {
	var faults []Fault
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		m := place.FindStringSubmatch(line)
		if m == nil {
			if len(faults) > 0 && strings.HasPrefix(line, "\t") {
				faults[len(faults)-1].Text += "\n" + line
			}
			continue
		}
		n, _ := strconv.Atoi(m[2])
		c, _ := strconv.Atoi(m[3])
		file := m[1]
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, filepath.Base(file))
		}
		faults = append(faults, Fault{file, n, c, m[4]})
	}
	if len(faults) == 0 {
		return fmt.Errorf("compile: %s (%w)", strings.TrimSpace(out), err)
	}
	return &CompileError{faults[:min(10, len(faults))]}
}

func sortedPaths(m map[string]bool) []string {
	paths := make([]string, 0, len(m))
	for path := range m {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// compileRoot compiles the plugin's main package: one variable for each export. It
// imports what the linker adds by itself, so that it learns the hashes of these, too,
// and what the short link takes from archives, so that it is loaded.
func (w *work) compileRoot(ctx context.Context) error {
	var src bytes.Buffer
	src.WriteString("// Code generated by gomedic. DO NOT EDIT.\n\npackage main\n\nimport (\n\t_ \"runtime\"\n\t_ \"runtime/cgo\"\n\t_ \"unsafe\"\n")
	if w.b.flags.race {
		src.WriteString("\t_ \"runtime/race\"\n")
	}
	for _, path := range sortedPaths(w.b.archive) {
		fmt.Fprintf(&src, "\t_ %q\n", path)
	}
	number := map[string]int{}
	for _, e := range w.r.Exports {
		if e.Symbol == "" { // what it does when it is loaded is enough
			fmt.Fprintf(&src, "\t_ %q\n", e.Package)
		} else if _, ok := number[e.Package]; !ok {
			number[e.Package] = len(number)
			fmt.Fprintf(&src, "\tp%d %q\n", number[e.Package], e.Package)
		}
	}
	src.WriteString(")\n\nvar (\n")
	for _, e := range w.r.Exports {
		if e.Symbol == "" {
			continue
		}
		fmt.Fprintf(&src, "\t%s = p%d.%s\n", e.Name, number[e.Package], e.Symbol)
	}
	src.WriteString(")\n\nfunc main() {}\n")
	if w.b.host != nil {
		fmt.Fprintf(&src, "\n//go:linkname hash %s\nvar hash string\n", hashName)
	}
	path := filepath.Join(w.dir, "main.go")
	if err := os.WriteFile(path, src.Bytes(), 0o644); err != nil {
		return &DirError{err}
	}
	args := w.arguments("root", w.config, w.dir+"=>"+w.g.PluginPath)
	args[slices.Index(args, "-p")+1] = w.g.PluginPath
	w.root = w.archiveOf("root")
	return w.tool(ctx, w.dir, "compile", append(append(args, "-complete"), path)...)
}
