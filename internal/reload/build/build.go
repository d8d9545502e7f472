// Package build compiles what has changed in a program into a plugin that the
// running program can load, a generation.
//
// It calls the toolchain's compile and link itself, on the archives that a
// [listing.List] names. Each changed package, and each package of the module that
// depends on one, gets a path of its own in every generation, gen/r3/PATH, so that
// two versions never mix: imports are led there by the compiler's import map. The
// rest is what the host already holds. What a change means is not known here. Start
// at [New] and [Builder.Build]; how the link is kept short is in short.go.
package build

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/reload/listing"
)

// Options say what is built and where.
type Options struct {
	List *listing.List
	// Host is the program's binary as it runs. With it the toolchain is compared, and
	// what is linked is only what the host does not hold. "" leaves both out.
	Host string
	// Dir is where generations are made; it must be writable.
	Dir string
	// Linker is the external linker to use: mold, lld, or "default" for the C
	// compiler's own; "" takes the first that is there.
	Linker string
	// Prefix begins the paths of the generations: PREFIX/r3. A path can be loaded only
	// once into a program. "" is gen.
	Prefix string
	// Full always links all that a plugin needs, also what the host holds.
	Full bool
	// Debug keeps what a debugger needs: the code is not optimised, the plugin is linked in
	// full and has its debug information.
	Debug bool
}

// Export is one name that a generation offers, to be found by plugin.Lookup: a
// variable that holds Symbol of Package. Without a Symbol the package is only loaded:
// its init functions run.
type Export struct{ Name, Package, Symbol string }

// Request is one generation.
type Request struct {
	// Packages are the import paths of the packages that differ from the host.
	Packages []string
	Exports  []Export
	// Sources are the contents of files that are built instead of those on disk, by
	// absolute path; nil is one that is left out.
	Sources map[string][]byte
	// Full links all that the plugin needs, for when a short one did not load.
	Full bool
}

// Stage is how long one step took.
type Stage struct {
	Name string        `json:"name"` // compile, link
	Took time.Duration `json:"tookNs"`
}

// Generation is a plugin that was built.
type Generation struct {
	Number     int      `json:"number"`
	Path       string   `json:"path"`       // the .so
	PluginPath string   `json:"pluginPath"` // gen/r3
	Packages   []string `json:"packages"`   // import paths in the source, dependencies first
	Linker     string   `json:"linker"`
	// Short is set when only what the host does not hold was linked; Why says why
	// not.
	Short  bool    `json:"short"`
	Why    string  `json:"why,omitempty"`
	Bytes  int64   `json:"bytes"`
	Stages []Stage `json:"stages"`
}

// Builder builds generations, one at a time.
type Builder struct {
	o       Options
	list    *listing.List
	linker  string
	number  int
	flags   flags
	host    *host
	archive map[string]bool // packages of which the host lacks something
	why     string          // why the link is not short
}

// The ways in which nothing can be built at all.
var (
	ErrNoPlugins  = errors.New("plugins need cgo")
	ErrFlags      = errors.New("this build flag is not known here")
	ErrNoPackages = errors.New("no package of a component has changed")
)

// ToolchainError is a host that another toolchain built; both are Go versions.
type ToolchainError struct{ Host, Here string }

func (e *ToolchainError) Error() string { return e.Host + " built the host, " + e.Here + " is here" }

// DirError is a folder that nothing can be written to.
type DirError struct{ Err error }

func (e *DirError) Error() string { return "make a generation: " + e.Err.Error() }
func (e *DirError) Unwrap() error { return e.Err }

// New checks that generations can be built: that there is a C compiler, that the
// folder can be written to, and that the host comes from this toolchain.
func New(ctx context.Context, o Options) (*Builder, error) {
	b := &Builder{o: o, list: o.List, archive: map[string]bool{}}
	if b.list.Go.CGO_ENABLED != "1" {
		return nil, fmt.Errorf("%w, and CGO_ENABLED is %s", ErrNoPlugins, b.list.Go.CGO_ENABLED)
	}
	if err := b.toolchain(); err != nil {
		return nil, err
	}
	if b.o.Prefix == "" {
		b.o.Prefix = "gen"
	}
	var err error
	if b.flags, err = parseFlags(b.list.Flags); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, &DirError{err}
	}
	if b.o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, &DirError{err}
	}
	probe, err := os.CreateTemp(b.o.Dir, "write*")
	if err != nil {
		return nil, &DirError{err}
	}
	probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return nil, &DirError{err}
	}
	b.linker = b.chooseLinker(ctx)
	switch {
	case o.Full, o.Debug:
		b.why = "it was asked for"
	case o.Host == "":
		b.why = "the host's binary is not known"
	default:
		if b.host, err = readHost(o.Host); err != nil {
			b.why = err.Error()
		}
	}
	return b, nil
}

// base returns the archives of all packages, as an importcfg has them.
func (b *Builder) base() []byte {
	var text []byte
	for _, p := range b.list.Packages {
		if p.Export != "" && p != b.list.Main {
			text = fmt.Appendf(text, "packagefile %s=%s\n", p.ImportPath, p.Export)
		}
	}
	return text
}

// Linker returns the external linker that is used: mold, lld or default.
func (b *Builder) Linker() string { return b.linker }

// toolchain compares the toolchain that built the host with the one at hand.
func (b *Builder) toolchain() error {
	if b.o.Host == "" {
		return nil
	}
	info, err := buildinfo.ReadFile(b.o.Host)
	if err != nil {
		return fmt.Errorf("read the host's build information: %w", err)
	}
	if info.GoVersion != b.list.Go.GOVERSION {
		return &ToolchainError{Host: info.GoVersion, Here: b.list.Go.GOVERSION}
	}
	return nil
}

// chooseLinker tries the external linkers, the fastest first, by asking the C
// compiler to run one.
func (b *Builder) chooseLinker(ctx context.Context) string {
	if b.o.Linker != "" {
		return b.o.Linker
	}
	for _, name := range []string{"mold", "lld"} {
		cc := strings.Fields(b.list.Go.CC)
		cmd := exec.CommandContext(ctx, cc[0], append(cc[1:], "-fuse-ld="+name, "-Wl,--version")...)
		if cmd.Run() == nil {
			return name
		}
	}
	return "default"
}

// flags are those of go build that change how packages are compiled.
type flags struct {
	compile  []string // -gcflags without a pattern
	link     []string
	race     bool
	trimpath bool
}

// parseFlags takes the flags of go build. One that would change the code in a way
// that is not known here is [ErrFlags].
func parseFlags(all []string) (flags, error) {
	var f flags
	for i := 0; i < len(all); i++ {
		name, value, hasValue := strings.Cut(strings.TrimLeft(all[i], "-"), "=")
		switch name {
		case "race":
			f.race = value != "false"
		case "trimpath":
			f.trimpath = value != "false"
		case "tags", "gcflags", "mod", "modfile", "p", "ldflags", "buildvcs", "pgo":
			if !hasValue && i+1 < len(all) {
				i++
				value = all[i]
			}
			if name == "gcflags" {
				value = strings.TrimPrefix(value, "all=")
				if !strings.HasPrefix(value, "-") {
					return f, fmt.Errorf("%w: -gcflags=%s", ErrFlags, value)
				}
				f.compile = append(f.compile, strings.Fields(value)...)
			}
			if name == "pgo" && value != "off" && value != "auto" {
				return f, fmt.Errorf("%w: -pgo=%s", ErrFlags, value)
			}
		case "v", "x", "a":
		default:
			return f, fmt.Errorf("%w: %s", ErrFlags, all[i])
		}
	}
	if f.race {
		f.compile = append(f.compile, "-race")
		f.link = append(f.link, "-race")
	}
	return f, nil
}

// Build makes the next generation. Code that does not compile is a [CompileError].
// What was begun is removed when it fails.
func (b *Builder) Build(ctx context.Context, r Request) (g *Generation, err error) {
	b.number++
	g = &Generation{Number: b.number, PluginPath: fmt.Sprintf("%s/r%d", b.o.Prefix, b.number), Linker: b.linker}
	dir := filepath.Join(b.o.Dir, fmt.Sprintf("r%d", b.number))
	if err := os.RemoveAll(dir); err != nil {
		return nil, &DirError{err}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &DirError{err}
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	w := &work{b: b, g: g, r: r, dir: dir}
	if err := w.choose(); err != nil {
		return nil, err
	}
	start := time.Now()
	if err := w.compile(ctx); err != nil {
		return nil, err
	}
	g.Stages = append(g.Stages, Stage{"compile", time.Since(start)})
	start = time.Now()
	if err := w.link(ctx); err != nil {
		return nil, err
	}
	g.Stages = append(g.Stages, Stage{"link", time.Since(start)})
	if info, err := os.Stat(g.Path); err == nil {
		g.Bytes = info.Size()
	}
	return g, nil
}

// Remove deletes the files of a generation. A loaded one may go: it stays mapped.
func (b *Builder) Remove(g *Generation) error { return os.RemoveAll(filepath.Dir(g.Path)) }

// choose finds the packages that are built anew: those that differ and what depends
// on them, of what the exported packages need.
func (w *work) choose() error {
	l := w.b.list
	var roots []string
	for _, e := range w.r.Exports {
		if l.Package(e.Package) == nil {
			return fmt.Errorf("no package %s in the program", e.Package)
		}
		roots = append(roots, e.Package)
	}
	reached := l.Reach(roots, map[string]bool{l.Main.ImportPath: true})
	for _, p := range l.Dependents(w.r.Packages...) {
		if !reached[p.ImportPath] {
			continue
		}
		if p.Native() {
			return fmt.Errorf("%s is not only Go: it cannot be built for a running program", p.ImportPath)
		}
		w.packages = append(w.packages, p)
		w.g.Packages = append(w.g.Packages, p.ImportPath)
	}
	if len(w.packages) == 0 {
		return ErrNoPackages
	}
	return nil
}

// newPath returns the path of a package in this generation.
func (w *work) newPath(path string) string {
	if slices.Contains(w.g.Packages, path) {
		return w.g.PluginPath + "/" + path
	}
	return path
}
