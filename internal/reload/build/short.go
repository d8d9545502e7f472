package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The short link leaves out what the host holds. A host that can load plugins
// exports each of its Go symbols, so it can take the place of the shared library that
// the linker's -linkshared expects: packages are declared to be in there
// (packageshlib), and what is referenced of them stays undefined in the plugin until
// it is loaded. What is needed for that:
//
//   - A file for the linker to read as that library (stub.go).
//   - The compiler's references to other packages by index are made references by
//     name (goobj.go): the linker cannot resolve an index without the package.
//   - A package of which the host lacks something, because its own link left it out,
//     is linked from its archive after all. What it has in common with the host, the
//     dynamic linker leads to the host's: this is what happens to all packages of an
//     ordinary plugin.
//   - Functions of the runtime that the linker wants at hand come in an object of a
//     few instructions. The hash that a shared library would have is an empty string
//     of the plugin's main package (hashName).

// hostLibrary is what the host is called as a library.
const hostLibrary = "gomedichost"

// hashName is the symbol in which the runtime looks for a library's hash, to compare
// it with that at link time. The host has none.
const hashName = "go:link.abihash." + hostLibrary

// host is what the short link knows of the host's binary.
type host struct {
	symbols map[string]elf.Symbol // by name
	always  []string              // names that each stub has
	typeAt  map[uint64]string     // names of the types, by address
	// data is the section that holds the types, and dataAddr its address.
	data     []byte
	dataAddr uint64
	next     uint64              // offset of the field next of the runtime's moduledata
	dir      string              // where prepare has made what is needed; "" before
	defined  map[string][]string // names by index, by package
	builtins []reference
	entry    []byte // object with functions of the runtime, for an archive
}

// readHost reads which symbols the host exports.
func readHost(path string) (*host, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the host: %w", err)
	}
	defer f.Close()
	if f.Type != elf.ET_EXEC || f.Machine != elf.EM_X86_64 {
		return nil, errors.New("the host is no plain executable for amd64")
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return nil, fmt.Errorf("read the host's symbols: %w", err)
	}
	h := &host{symbols: make(map[string]elf.Symbol, len(symbols)), defined: map[string][]string{}}
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			h.symbols[s.Name] = s
		}
		if s.Name == "runtime.firstmoduledata" {
			h.next = s.Size - 8 // it is the last field, see lastField
		}
	}
	for _, name := range []string{"type:runtime.moduledata", "runtime.lastmoduledatap", "runtime.firstmoduledata", "go:link.pkghash.runtime"} {
		if _, ok := h.symbols[name]; !ok {
			return nil, fmt.Errorf("the host does not export %s: it does not import package plugin", name)
		}
	}
	if err := h.readTypes(f); err != nil {
		return nil, err
	}
	return h, nil
}

// knownVersion begins the version of the toolchain whose objects and types have the
// forms that are written down here and in goobj.go and stub.go. With another one a
// mistake would be silent: a pointer that the collector does not see.
const knownVersion = "go1.26"

// lastField matches the declaration of moduledata when next is its last field.
var lastField = regexp.MustCompile(`(?s)\ntype moduledata struct \{.*?\n\tnext \*moduledata\n\}`)

// builtinEntry matches an entry of the toolchain's list of the runtime's symbols that
// objects name by index.
var builtinEntry = regexp.MustCompile(`\n\t\{"([^"]+)", (\d)\},`)

// prepare makes what each short link needs, once.
func (b *Builder) prepare(ctx context.Context) error {
	h := b.host
	if h.dir != "" {
		return nil
	}
	if !strings.HasPrefix(b.list.Go.GOVERSION, knownVersion) {
		return fmt.Errorf("the forms of objects and types are known for %s, and this is %s", knownVersion, b.list.Go.GOVERSION)
	}
	source, err := os.ReadFile(filepath.Join(b.list.Go.GOROOT, "src", "runtime", "symtab.go"))
	if err != nil || !lastField.Match(source) {
		return errors.New("the runtime's list of modules has another form than is known here")
	}
	// Without this list packages from archives cannot be linked short.
	source, _ = os.ReadFile(filepath.Join(b.list.Go.GOROOT, "src", "cmd", "internal", "goobj", "builtinlist.go"))
	h.builtins = nil
	for _, m := range builtinEntry.FindAllSubmatch(source, -1) {
		h.builtins = append(h.builtins, reference{string(m[1]), uint16(m[2][0] - '0')})
	}
	dir := filepath.Join(b.o.Dir, "host")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &DirError{err}
	}
	files := map[string]string{
		"entry.s":  entrySource,
		"go_asm.h": fmt.Sprintf("#define moduledata_next %d\n", h.next),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return &DirError{err}
		}
	}
	w := &work{b: b, dir: dir}
	entry := filepath.Join(dir, "entry.o")
	err = w.tool(ctx, dir, "asm", "-p", "runtime", "-shared", "-dynlink", "-linkshared", "-I", dir,
		"-I", filepath.Join(b.list.Go.GOROOT, "pkg", "include"), "-o", entry, "entry.s")
	if err != nil {
		return err
	}
	if h.entry, err = os.ReadFile(entry); err != nil {
		return err
	}
	h.dir = dir
	return nil
}

// entrySource is the runtime's own, runtime/asm_amd64.s of Go 1.26.
const entrySource = `#include "go_asm.h"
#include "textflag.h"

// Called from .init_array: it follows the platform's ABI, not Go's.
TEXT runtime·addmoduledata(SB),NOSPLIT,$0-0
	PUSHQ	R15 // the access to global variables uses it, and it is the caller's
	MOVQ	runtime·lastmoduledatap(SB), AX
	MOVQ	DI, moduledata_next(AX)
	MOVQ	DI, runtime·lastmoduledatap(SB)
	POPQ	R15
	RET

// The linker wants it at hand, and links it where a package variable that holds a
// map is initialised by nothing that is used.
TEXT runtime·mapinitnoop<ABIInternal>(SB),NOSPLIT,$0-0
	RET
`

// maxTries is how often a link is tried with more packages from their archives.
const maxTries = 6

// linkShort links what the host does not hold.
func (w *work) linkShort(ctx context.Context) error {
	if err := w.b.prepare(ctx); err != nil {
		return err
	}
	for range maxTries {
		more, err := w.tryShort(ctx)
		if err == nil && len(more) == 0 {
			return nil
		}
		fresh := false
		if slices.Contains(more, "runtime") {
			return errors.New("the host lacks parts of the runtime")
		}
		for _, path := range more {
			fresh = fresh || !w.b.archive[path]
			w.b.archive[path] = true
		}
		if fresh {
			if err := w.compileRoot(ctx); err != nil {
				return err
			}
		} else {
			if err == nil {
				err = errors.New("the host lacks parts of too many packages")
			}
			return err
		}
	}
	return errors.New("the host lacks parts of too many packages")
}

// tryShort links once. It returns packages of which the host lacks something.
func (w *work) tryShort(ctx context.Context) (lacking []string, err error) {
	own := map[string]string{w.g.PluginPath: w.root} // what is linked from an archive
	for _, p := range w.packages {
		own[w.newPath(p.ImportPath)] = w.archiveOf(p.ImportPath)
	}
	for path := range w.b.archive {
		own[path] = w.b.list.Package(path).Export
	}
	missing := map[string]bool{}
	absent := func(pkg string) bool { return own[pkg] == "" }
	index := func(pkg, symbol string, index uint32, inlined bool) (string, uint16) {
		if !absent(pkg) {
			return "", 0
		}
		if symbol == "" {
			symbol = w.b.definedName(pkg, index)
		}
		if !inlined && !w.b.host.provides(symbol) {
			missing[pkg] = true
		}
		if elf.ST_TYPE(w.b.host.symbols[mangle(symbol)].Info) == elf.STT_FUNC || inlined {
			return symbol, 1
		}
		return symbol, 0
	}
	name := func(symbol string) {
		if pkg := w.packageOf(symbol); pkg != "" && absent(pkg) && !w.b.host.provides(symbol) {
			missing[pkg] = true
		}
	}
	named := make(map[reference]bool)
	var cfg bytes.Buffer
	main := ""
	for pkg, archive := range own {
		b, err := os.ReadFile(archive)
		if err != nil {
			return nil, err
		}
		b, err = renameReferences(b, &renaming{pkg, absent, index, name, w.b.host.builtins})
		if err != nil {
			return nil, err
		}
		if err := references(b, named); err != nil {
			return nil, err
		}
		if pkg == w.g.PluginPath {
			b = appendMember(b, fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o", "entry.o", 0, 0, 0, 0o644), w.b.host.entry)
		}
		path := filepath.Join(w.dir, strings.ReplaceAll(pkg, "/", "@")+".short.a")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return nil, &DirError{err}
		}
		if pkg == w.g.PluginPath {
			main = path
		}
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", pkg, path)
	}
	if len(missing) > 0 {
		for pkg := range missing {
			if w.b.list.Package(pkg) == nil {
				return nil, fmt.Errorf("the host lacks parts of %s, which is not in the program", pkg)
			}
			lacking = append(lacking, pkg)
		}
		return lacking, nil
	}
	library := filepath.Join(w.dir, hostLibrary)
	for path, content := range map[string][]byte{library: w.b.host.stub(named), filepath.Join(w.dir, "lib"+hostLibrary+".a"): []byte("!<arch>\n")} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return nil, &DirError{err}
		}
	}
	for _, p := range w.b.list.Packages {
		if own[p.ImportPath] == "" {
			fmt.Fprintf(&cfg, "packageshlib %s=%s\n", p.ImportPath, library)
		}
	}
	config := filepath.Join(w.dir, "short.cfg")
	if err := os.WriteFile(config, cfg.Bytes(), 0o644); err != nil {
		return nil, &DirError{err}
	}
	if err := w.runShort(ctx, config, main); err != nil {
		var failed *LinkError
		if errors.As(err, &failed) {
			lacking = w.lacking(failed.Output)
		}
		return lacking, err
	}
	return nil, dropInternal(w.g.Path)
}

// runShort runs the linkers. Go's own takes 10 ms, but then it asks the C compiler,
// again and again, which flags it knows, and has it run the external linker: 150 ms.
// Where no C object is linked the external linker can be run at once. For Go's own, a
// program that does nothing takes the C compiler's place.
func (w *work) runShort(ctx context.Context, config, main string) error {
	args := append(w.linkArguments(config), "-linkshared")
	nothing, err := exec.LookPath("true")
	external := map[string]string{"mold": "mold", "lld": "ld.lld", "default": "ld"}[w.b.linker]
	if err == nil {
		external, err = exec.LookPath(external)
	}
	for path := range w.b.archive {
		if w.b.list.Package(path).Native() && len(w.b.list.Package(path).CgoFiles) > 0 {
			err = errors.New("objects of C are linked")
		}
	}
	if err != nil {
		return w.tool(ctx, w.dir, "link", append(args, main)...)
	}
	objects := filepath.Join(w.dir, "objects")
	if err := os.MkdirAll(objects, 0o755); err != nil {
		return &DirError{err}
	}
	args = slices.DeleteFunc(args, func(a string) bool { return strings.HasPrefix(a, "-ext") })
	if err := w.tool(ctx, w.dir, "link", append(args, "-extld="+nothing, "-tmpdir="+objects, main)...); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, external, "-shared", "-s", "-z", "relro", "-z", "now", "-z", "nocopyreloc",
		"-o", w.g.Path, filepath.Join(objects, "go.o"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return &LinkError{Output: strings.TrimSpace(string(out)), Err: err}
	}
	return nil
}

// definedName returns the name of the symbol with an index in a package's object.
func (b *Builder) definedName(pkg string, index uint32) string {
	names, ok := b.host.defined[pkg]
	if !ok {
		if p := b.list.Package(pkg); p != nil {
			if archive, err := os.ReadFile(p.Export); err == nil {
				names, _ = definedNames(archive) // without them it gets a name of its own
			}
		}
		b.host.defined[pkg] = names
	}
	if int(index) < len(names) {
		return names[index]
	}
	return fmt.Sprintf("%s.inlined%d", pkg, index)
}

// fromArchive adds the packages that the host does not have at all, such as one that
// a changed file imports: those that can be reached.
func (w *work) fromArchive() {
	var walk func(path string)
	seen := map[string]bool{}
	walk = func(path string) {
		p := w.b.list.Package(path)
		if p == nil || seen[path] || path == "unsafe" || path == "C" {
			return
		}
		seen[path] = true
		if _, ok := w.b.host.symbols["go:link.pkghash."+path]; !ok && !slices.Contains(w.g.Packages, path) {
			w.b.archive[path] = true
		}
		for _, i := range p.Imports {
			walk(p.Resolve(i))
		}
	}
	for _, p := range w.packages {
		walk(p.ImportPath)
	}
}

// undefined matches what the linker says of a symbol that is nowhere.
var undefined = regexp.MustCompile(`relocation target (\S+) not defined|undefined symbol: (\S+)`)

// lacking returns the packages of the symbols that a link did not find.
func (w *work) lacking(output string) []string {
	var out []string
	for _, m := range undefined.FindAllStringSubmatch(output, -1) {
		if pkg := w.packageOf(m[1] + m[2]); pkg != "" && !slices.Contains(out, pkg) {
			out = append(out, pkg)
		}
	}
	return out
}

// packageOf returns the package that a symbol is of: the longest path that it begins
// with.
func (w *work) packageOf(symbol string) string {
	for _, prefix := range []string{"type:", "go:itab.", "*"} {
		symbol = strings.TrimPrefix(symbol, prefix)
	}
	best := ""
	for _, p := range w.b.list.Packages {
		if strings.HasPrefix(symbol, p.ImportPath+".") && len(p.ImportPath) > len(best) {
			best = p.ImportPath
		}
	}
	return best
}

// mangle returns the name that a symbol has in the host's table: the linker writes
// hashes for those that hold types (cmd/link/internal/ld/lib.go, typeSymbolMangle).
func mangle(name string) string {
	isType := strings.HasPrefix(name, "type:")
	if !isType && !strings.Contains(name, "@") || strings.HasPrefix(name, "type:runtime.") || strings.HasPrefix(name, "go:string.") ||
		len(name) <= 14 && !strings.Contains(name, "@") {
		return name
	}
	sum := func(s string) string {
		h := sha256.Sum256([]byte(s))
		h[0] ^= 0xff // cmd/internal/hash
		return base64.StdEncoding.EncodeToString(h[:6])
	}
	if isType {
		prefix := "type:"
		if name[5] == '.' {
			prefix = "type:."
		}
		return prefix + sum(name[5:])
	}
	i, j := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if j <= i {
		j = len(name)
	}
	return name[:i+1] + sum(name[i+1:j]) + name[j:]
}
