// Command record writes testdata/functions: for each version of each toolkit the
// functions of its sources that the tables' patterns match, so that a test can say
// which pattern matches nothing in which version. It downloads the sources from
// the module proxy and parses them; nothing is built. Run it after a change of the
// tables, from internal/toolkit:
//
//	go generate ./internal/toolkit
//
// A line is a function's name, as the runtime prints it, and the operating systems
// whose builds have it. Of a pattern that matches many functions, five are kept.
//
// testdata/types has the same for the heap tables: types, fields, methods, variables
// and functions.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/toolkit"
)

// older are versions that only the heap tables go back to.
var older = []source{
	{"fyne", "2.3", "fyne.io/fyne/v2", "v2.3.5"},
	{"fyne", "2.4", "fyne.io/fyne/v2", "v2.4.5"},
	{"ebitengine", "2.7", "github.com/hajimehoshi/ebiten/v2", "v2.7.10"},
}

type source struct{ toolkit, minor, module, version string }

// sources are the versions recorded, by toolkit and minor version; a companion
// that the tables name stands in the place of a version.
var sources = []source{
	{"fyne", "2.5", "fyne.io/fyne/v2", "v2.5.5"},
	{"fyne", "2.6", "fyne.io/fyne/v2", "v2.6.3"},
	{"fyne", "2.7", "fyne.io/fyne/v2", "v2.7.1"},
	{"fyne", "2.8", "fyne.io/fyne/v2", "v2.8.0"},
	{"gio", "0.8", "gioui.org", "v0.8.0"},
	{"gio", "0.9", "gioui.org", "v0.9.0"},
	{"gio", "0.10", "gioui.org", "v0.10.3"},
	{"ebitengine", "2.8", "github.com/hajimehoshi/ebiten/v2", "v2.8.8"},
	{"ebitengine", "2.9", "github.com/hajimehoshi/ebiten/v2", "v2.9.7"},
	{"glfw", "3.3", "github.com/go-gl/glfw/v3.3/glfw", "v0.0.0-20240506104042-037f3cc74f2a"},
	{"glfw", "3.4", "github.com/go-gl/glfw/v3.4/glfw", "v0.1.0-pre.1.0.20260707082822-2a407d02d01a"},
	{"glfw", "mainthread-faiface", "github.com/faiface/mainthread", "v0.0.0-20171120011319-8b78f0a41ae3"},
	{"glfw", "mainthread-gopxl", "github.com/gopxl/mainthread/v2", "v2.0.0"},
}

var systems = []string{"linux", "windows", "darwin"}

const kept = 5

func main() {
	for i, s := range slices.Concat(sources, older) {
		if err := s.record(i < len(sources)); err != nil {
			fmt.Fprintf(os.Stderr, "record: %s %s: %v\n", s.toolkit, s.minor, err)
			os.Exit(1)
		}
	}
}

// record writes what a version has: for the heap table, and with functions for the
// other tables.
func (s source) record(functions bool) error {
	dir, err := download(s.module, s.version)
	if err != nil {
		return err
	}
	d, err := declaredIn(s.module, dir)
	if err != nil {
		return err
	}
	tk := toolkit.ByName(s.toolkit)
	if tk.Heap != nil {
		if err := s.write("types", d.lines(tk.Heap)); err != nil {
			return err
		}
	}
	if !functions {
		return nil
	}
	return s.write("functions", functionLines(tk, d.functions))
}

func (s source) write(folder string, lines []string) error {
	file := filepath.Join("testdata", folder, s.toolkit+"-"+s.minor+".txt")
	return os.WriteFile(file, []byte("# "+s.module+" "+s.version+"\n"+strings.Join(lines, "\n")+"\n"), 0o644)
}

func functionLines(tk *toolkit.Toolkit, functions map[string][]string) []string {
	keep := map[string]bool{}
	for _, f := range tk.Functions() {
		var matched []string
		for fn := range functions {
			if f.Match.Match(fn) {
				matched = append(matched, fn)
			}
		}
		slices.SortFunc(matched, func(a, b string) int {
			return cmp.Or(-cmp.Compare(len(functions[a]), len(functions[b])), strings.Compare(a, b))
		})
		for _, fn := range matched[:min(kept, len(matched))] {
			keep[fn] = true
		}
	}
	var lines []string
	for fn := range keep {
		lines = append(lines, fn+" "+strings.Join(functions[fn], ","))
	}
	slices.Sort(lines)
	return lines
}

func download(module, version string) (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", module+"@"+version)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	cmd.Dir = os.TempDir()
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("download %s@%s: %w: %s", module, version, err, out)
	}
	var m struct{ Dir string }
	return m.Dir, json.Unmarshal(out, &m)
}

// declaredIn returns what a module's sources declare, functions by their names at run
// time, with the operating systems that have it.
func declaredIn(module, dir string) (*declared, error) {
	d := &declared{types: map[string]*declaredType{}, vars: map[string][]string{}, functions: map[string][]string{}}
	fset := token.NewFileSet()
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		var on []string
		for _, goos := range systems {
			ctx := build.Default
			ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled = goos, "amd64", true
			if ok, err := ctx.MatchFile(filepath.Split(file)); err == nil && ok {
				on = append(on, goos)
			}
		}
		if len(on) == 0 {
			return nil
		}
		parsed, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, filepath.Dir(file))
		if err != nil {
			return err
		}
		pkg := path.Join(module, filepath.ToSlash(rel))
		for name := range namesIn(parsed) {
			fn := pkg + "." + name
			d.functions[fn] = merge(d.functions[fn], on)
		}
		d.inFile(pkg, parsed, on)
		return nil
	})
	return d, err
}

// namesIn gives the names of a file's functions: declared ones, the closures
// directly in them in their order, and the C functions they call.
func namesIn(file *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		name := fn.Name.Name
		if fn.Recv != nil {
			name = receiver(fn.Recv.List[0].Type) + "." + name
		}
		names[name] = true
		closures := 0
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				closures++
				names[fmt.Sprintf("%s.func%d", name, closures)] = true
				ast.Inspect(n, func(n ast.Node) bool { return inC(n, names) })
				return false
			default:
				return inC(n, names)
			}
		})
	}
	return names
}

func inC(n ast.Node, names map[string]bool) bool {
	if s, ok := n.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok && x.Name == "C" {
			names["_Cfunc_"+s.Sel.Name] = true
		}
	}
	return true
}

func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return "(*" + receiver(t.X) + ")"
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return "?"
}
