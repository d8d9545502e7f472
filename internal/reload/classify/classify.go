// Package classify says what kind of change an edit is, and what a running program
// can do about it: nothing, swap the changed packages, swap them and migrate state,
// or start anew.
//
// It keeps the source that the program was built from and compares with it what is
// on disk: files, then declarations, then types. It builds nothing. The rules are
// in decide.go, the differences between two versions of a package in diff.go and
// layout.go. Start at [New] and [Program.Classify].
package classify

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"

	"github.com/gomedic/gomedic/internal/reload/listing"
	"github.com/gomedic/gomedic/internal/text"
)

// Kind is a kind of change.
type Kind string

// The kinds of change, from those that change nothing to those that cannot be
// taken into a running program.
const (
	Same       Kind = "same"       // the bytes that the program was built from
	Test       Kind = "test"       // a file of tests
	Unrelated  Kind = "unrelated"  // no file of the program
	Generator  Kind = "generator"  // an input of go generate, or its directive
	Comment    Kind = "comment"    // comments and white space
	Body       Kind = "body"       // what a function does
	Variable   Kind = "variable"   // a package variable, or its initial value
	Signature  Kind = "signature"  // a declaration that others see, or a new one
	Embedded   Kind = "embedded"   // a file that go:embed takes in
	Dependency Kind = "dependency" // an import that the package did not have
	Layout     Kind = "layout"     // a type's fields, size or methods
	Init       Kind = "init"       // a function init
	Main       Kind = "main"       // package main, which is running
	Shared     Kind = "shared"     // a package that the host uses itself
	Tags       Kind = "tags"       // which files belong to the program
	Native     Kind = "native"     // cgo, assembly, link names
	Module     Kind = "module"     // go.mod, go.work or vendor
	Missing    Kind = "missing"    // an import that nothing provides
)

// Action is what can be done about a change.
type Action int

// The actions; of several changes the greatest is taken.
const (
	Skip    Action = iota // the program stays as it is
	Swap                  // build the packages anew and swap them in
	Migrate               // the same, and move state to the new types
	Restart               // start the program anew
)

// String returns the action's name, as JSON has it.
func (a Action) String() string { return [...]string{"skip", "swap", "migrate", "restart"}[a] }

// MarshalText returns the action's name.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads an action's name.
func (a *Action) UnmarshalText(b []byte) error {
	for n := Skip; n <= Restart; n++ {
		if n.String() == string(b) {
			*a = n
			return nil
		}
	}
	return fmt.Errorf("%q is no action", b)
}

// Change is one difference that was found.
type Change struct {
	Kind    Kind      `json:"kind"`
	Action  Action    `json:"action"`
	Package string    `json:"package,omitempty"` // import path
	Name    string    `json:"name,omitempty"`    // of the declaration: T, T.Method, F
	File    string    `json:"file"`
	Line    int       `json:"line,omitempty"` // 1-based; 0 is the whole file
	Reason  text.Text `json:"reason"`
}

// Fault is a place where the code does not compile. Line and Column are 1-based.
type Fault struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
}

// maxFaults is how many faults a result tells.
const maxFaults = 10

// Result is what was found in a set of changed files.
type Result struct {
	Action  Action   `json:"action"`
	Changes []Change `json:"changes,omitempty"` // by file and line
	// Faults are the first ten places that do not compile, and More how many others
	// there are. With a fault nothing can be swapped, whatever the action.
	Faults []Fault `json:"faults,omitempty"`
	More   int     `json:"more,omitempty"`
	// Packages are the import paths of the packages that differ from what the host
	// was built from, those of earlier changes included, and New what they import
	// that was not listed.
	Packages []string `json:"packages,omitempty"`
	New      []string `json:"new,omitempty"`

	sources map[string][]byte
}

// Options say what a program's parts are.
type Options struct {
	// Components are the import paths of the packages whose components can be
	// swapped. Without any, nothing can, but a restart.
	Components []string
}

// Program is a program's source as it runs. Its methods may be called from several
// goroutines.
type Program struct {
	mu         sync.Mutex
	list       *listing.List
	components []string
	fset       *token.FileSet
	exports    map[string]*types.Package // from export data, by import path
	packages   map[string]*source        // of the main module, by import path
	dirs       map[string]*source
	embedded   map[string][]embedder
	files      map[string][]byte // what is not Go: embedded files, go.mod
	hostSide   map[string]bool
	dirty      map[string]bool // differ from the host
	sizes      types.Sizes
}

// source is a package of the main module.
type source struct {
	*listing.Package
	files map[string]*file // by absolute path; those that are compiled
	types *types.Package   // bodies not checked; nil until asked for
}

// file is a Go file of the running program.
type file struct {
	path string
	src  []byte
	ast  *ast.File // nil until asked for
	// decls are nil until asked for.
	decls *declarations
}

type embedder struct {
	pkg     *source
	pattern string
}

// New reads the source that the program was built from, which must be what is on
// disk now.
func New(list *listing.List, o Options) (*Program, error) {
	p := &Program{
		list: list, components: o.Components, fset: token.NewFileSet(),
		exports:  map[string]*types.Package{"unsafe": types.Unsafe},
		packages: map[string]*source{}, dirs: map[string]*source{}, embedded: map[string][]embedder{},
		files: map[string][]byte{}, dirty: map[string]bool{},
		sizes: types.SizesFor("gc", list.Go.GOARCH),
	}
	for _, l := range list.Packages {
		if !l.Local() {
			continue
		}
		s := &source{Package: l, files: map[string]*file{}}
		for _, name := range slices.Concat(l.GoFiles, l.CgoFiles) {
			path := filepath.Join(l.Dir, name)
			src, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			s.files[path] = &file{path: path, src: src}
		}
		for _, name := range slices.Concat(l.EmbedFiles, l.SFiles, l.CFiles, l.CXXFiles, l.HFiles, l.SysoFiles, l.SwigFiles) {
			p.remember(filepath.Join(l.Dir, name))
		}
		for _, pattern := range l.EmbedPatterns {
			p.embedded[l.Dir] = append(p.embedded[l.Dir], embedder{s, pattern})
		}
		p.packages[l.ImportPath], p.dirs[l.Dir] = s, s
	}
	for _, path := range list.ModuleFiles() {
		p.remember(path)
	}
	p.hostSide = p.host()
	return p, nil
}

// remember keeps a file's content, to tell a touch from a change.
func (p *Program) remember(path string) {
	if path == "" {
		return
	}
	if b, err := os.ReadFile(path); err == nil {
		p.files[path] = b
	}
}

// host returns the packages that the host uses without passing through a component:
// main and what it imports.
func (p *Program) host() map[string]bool {
	without := make(map[string]bool)
	for _, c := range p.components {
		without[c] = true
	}
	return p.list.Reach([]string{p.list.Main.ImportPath}, without)
}

// Classify compares files, by absolute path, with what the program was built from.
// A nil content is a file that was removed. It takes nothing over: see
// [Program.Accept]; but what is imported anew is added to the list.
func (p *Program) Classify(ctx context.Context, files map[string][]byte) (*Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &Result{sources: files}
	edits := make(map[*source]*edit)
	for _, path := range sortedKeys(files) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if pkg := p.goFile(path, files[path], r); pkg != nil {
			e := edits[pkg]
			if e == nil {
				e = &edit{p: p, pkg: pkg, r: r, changed: map[string]*file{}}
				edits[pkg] = e
			}
			e.take(path, files[path])
		}
	}
	// Dependencies first, so that dependents are checked against the new types.
	fresh := p.after(edits)
	for _, l := range p.list.Packages {
		s := p.packages[l.ImportPath]
		if e := edits[s]; s != nil && e != nil {
			e.compare(ctx, fresh)
		}
	}
	if len(r.Faults) == 0 {
		p.checkDependents(ctx, edits, fresh, r)
	}
	p.decide(r)
	slices.SortStableFunc(r.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Kind, b.Kind))
	})
	slices.SortStableFunc(r.Faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if n := len(r.Faults); n > maxFaults {
		r.Faults, r.More = r.Faults[:maxFaults], n-maxFaults
	}
	return r, nil
}

// Accept makes the content of a result's files what the program runs: call it when
// the change has been swapped in, or skipped.
func (p *Program) Accept(r *Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for path, src := range r.sources {
		s := p.dirs[filepath.Dir(path)]
		if s == nil || filepath.Ext(path) != ".go" {
			if src == nil {
				delete(p.files, path)
			} else {
				p.files[path] = src
			}
			continue
		}
		if src == nil {
			delete(s.files, path)
		} else if _, ok := s.files[path]; ok || p.builds(path, src) {
			s.files[path] = &file{path: path, src: src}
		}
		s.types = nil
		s.Imports = s.imports(p.fset)
	}
	for _, path := range r.Packages {
		p.dirty[path] = true
	}
	if r.Action > Skip { // types of dependents may hold old ones
		for _, s := range p.packages {
			s.types = nil
		}
	}
}

// Before is a file as the program was built from it, nil if it was not.
func (p *Program) Before(path string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.dirs[filepath.Dir(path)]; s != nil && s.files[path] != nil {
		return s.files[path].src
	}
	return p.files[path]
}

// Sources are the files that a build of the result must take instead of those that the
// list names: the changed ones, as they were classified, and those that were added, or
// removed, since the list was made (nil).
func (p *Program) Sources(r *Result) map[string][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string][]byte{}
	for _, l := range p.list.Packages {
		s := p.packages[l.ImportPath]
		if !l.Local() || s == nil {
			continue
		}
		listed := map[string]bool{}
		for _, name := range slices.Concat(l.GoFiles, l.CgoFiles) {
			path := filepath.Join(l.Dir, name)
			if listed[path] = true; s.files[path] == nil {
				out[path] = nil
			}
		}
		for path, f := range s.files {
			if !listed[path] {
				out[path] = f.src
			}
		}
	}
	for path, src := range r.sources {
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || p.dirs[filepath.Dir(path)] == nil {
			continue
		}
		if _, known := p.dirs[filepath.Dir(path)].files[path]; src == nil || known || p.builds(path, src) {
			out[path] = src
		}
	}
	return out
}

// parse returns the file's syntax tree.
func (f *file) parse(fset *token.FileSet) (*ast.File, error) {
	if f.ast != nil {
		return f.ast, nil
	}
	tree, err := parser.ParseFile(fset, f.path, f.src, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	if err == nil {
		f.ast = tree
	}
	return tree, err
}

// fault adds what a parser or a type checker complained of.
func (r *Result) fault(fset *token.FileSet, err error) {
	switch err := err.(type) {
	case scanner.ErrorList:
		err.RemoveMultiples() // what follows on the same line is guessed
		for _, e := range err {
			r.Faults = append(r.Faults, Fault{e.Pos.Filename, e.Pos.Line, e.Pos.Column, e.Msg})
		}
	case types.Error:
		if strings.HasPrefix(err.Msg, "\t") {
			return // says more of the one before
		}
		at := fset.Position(err.Pos)
		r.Faults = append(r.Faults, Fault{at.Filename, at.Line, at.Column, err.Msg})
	default:
		r.Faults = append(r.Faults, Fault{Text: err.Error()})
	}
}

// imported returns a package from its archive's export data.
func (p *Program) imported(path string) (*types.Package, error) {
	if t := p.exports[path]; t != nil && t.Complete() {
		return t, nil
	}
	l := p.list.Package(path)
	if l == nil || l.Export == "" {
		return nil, &unlisted{path}
	}
	f, err := os.Open(l.Export)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	//lint:ignore SA1019 archives are what go list -export gives, up to Go 1.28
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, err
	}
	return gcexportdata.Read(r, p.fset, p.exports, path)
}

// unlisted is an import that the program did not have.
type unlisted struct{ path string }

func (e *unlisted) Error() string { return "package " + e.path + " is not in the program" }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// imports returns the paths that the package's files import, sorted.
func (s *source) imports(fset *token.FileSet) []string {
	paths := make(map[string]bool)
	for _, f := range s.files {
		if d := f.declarations(fset); d != nil {
			for path := range d.imports {
				paths[path] = true
			}
		}
	}
	return sortedKeys(paths)
}
