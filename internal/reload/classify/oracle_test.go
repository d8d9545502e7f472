package classify

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

var (
	edits = flag.Int("edits", 16, "how many random edits are classified")
	from  = flag.Uint64("from", 0, "the seed of the first of them")
)

// real are packages of the standard library that import nothing internal: they are
// copied into a module, where they can be edited.
var real = []string{"encoding/csv", "text/tabwriter", "container/list", "index/suffixarray", "regexp/syntax", "text/scanner", "encoding/pem", "text/template/parse"}

// Random edits of real packages are classified as by loading both versions whole and
// comparing what is declared.
func TestRandomEditsAreClassifiedAsByLoadingBoth(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	archive := "-- go.mod --\nmodule example.com/real\n\ngo 1.26\n-- main.go --\npackage main\n\nimport (\n"
	var components []string
	for _, path := range real {
		archive += fmt.Sprintf("\t_ %q\n", "example.com/real/"+path)
		components = append(components, "example.com/real/"+path)
	}
	archive += ")\n\nfunc main() {}\n"
	for _, path := range real {
		names, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", path, "*.go"))
		if err != nil || len(names) == 0 {
			t.Skipf("no source of the standard library: %v", err)
		}
		for _, name := range names {
			if !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "gen.go") {
				archive += fmt.Sprintf("-- %s/%s --\n%s\n", path, filepath.Base(name), read(t, name))
			}
		}
	}
	p, dir := program(t, archive, components...)
	n := *edits
	if testing.Short() {
		n = min(n, 10)
	}
	found := map[Kind]int{}
	before := map[string]map[string]declared{}
	for seed := *from; seed < *from+uint64(n); seed++ {
		random := rand.New(rand.NewPCG(seed, 1))
		pkg := real[random.IntN(len(real))]
		files := p.dirs[filepath.Join(dir, pkg)].files
		path := sortedKeys(files)[random.IntN(len(files))]
		src := read(t, path)
		for range 1 + random.IntN(3) {
			src = editAtRandom(random, src)
		}
		r := classify(t, p, map[string][]byte{path: []byte(src)})
		if _, err := parser.ParseFile(token.NewFileSet(), path, src, 0); err != nil {
			if len(r.Faults) == 0 || len(r.Changes) > 0 {
				t.Errorf("seed %d: does not parse, and is %v with faults %v", seed, r.Changes, r.Faults)
			}
			found["broken"]++
			continue
		}
		if before[pkg] == nil {
			before[pkg], _ = loadWhole(t, dir, pkg, nil)
		}
		after, faulty := loadWhole(t, dir, pkg, map[string][]byte{path: []byte(src)})
		want := compareWhole(before[pkg], after)
		if len(want) == 0 {
			want = []string{"comment "}
			if src == string(files[path].src) {
				want = []string{"same "}
			}
		}
		var got []string
		for _, c := range r.Changes {
			got = append(got, string(c.Kind)+" "+c.Name)
			found[c.Kind]++
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("seed %d: %s is\n\t%s, by loading both\n\t%s", seed, path, strings.Join(got, "|"), strings.Join(want, "|"))
		}
		if faulty != (len(r.Faults) > 0) {
			t.Errorf("seed %d: %s has faults %v, by loading it: %t", seed, path, r.Faults, faulty)
		}
	}
	t.Logf("found %v", found)
}

// editAtRandom changes a file's text at a random place, or returns it as it is.
func editAtRandom(random *rand.Rand, src string) string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", src, parser.ParseComments)
	if err != nil {
		return src
	}
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	insert := func(at int, s string) string { return src[:at] + s + src[at:] }
	var funcs []*ast.FuncDecl
	var structs []*ast.StructType
	var literals []*ast.BasicLit
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Body != nil {
				funcs = append(funcs, n)
			}
		case *ast.TypeSpec:
			if s, ok := n.Type.(*ast.StructType); ok {
				structs = append(structs, s)
			}
		case *ast.BasicLit:
			if n.Kind == token.INT {
				literals = append(literals, n)
			}
		}
		return true
	})
	if len(f.Decls) == 0 {
		return src
	}
	decl := f.Decls[random.IntN(len(f.Decls))]
	tail := len(src)
	name := fmt.Sprint("anew", random.IntN(1000))
	switch random.IntN(14) {
	case 0:
		return insert(tail, "\n// A comment more.\n")
	case 1:
		return insert(offset(decl.End()), "\n\n\n")
	case 2, 3:
		if len(funcs) > 0 {
			return insert(offset(funcs[random.IntN(len(funcs))].Body.Lbrace)+1, "\n\t_ = 0\n")
		}
	case 4:
		if len(funcs) > 0 {
			return insert(offset(funcs[random.IntN(len(funcs))].Type.Params.Opening)+1, name+" int, ")
		}
	case 5:
		if len(structs) > 0 {
			return insert(offset(structs[random.IntN(len(structs))].Fields.Opening)+1, "\n\t"+name+" int\n")
		}
	case 6, 7:
		if len(literals) > 0 {
			l := literals[random.IntN(len(literals))]
			return src[:offset(l.Pos())] + "7" + src[offset(l.End()):]
		}
	case 8:
		return insert(tail, []string{
			"\nfunc " + name + "() {}\n", "\ntype " + name + " struct{ a, b int }\n",
			"\nvar " + name + " = 1\n", "\nconst " + name + " = 1\n", "\nfunc init() { _ = 1 }\n",
		}[random.IntN(5)])
	case 9:
		if g, ok := decl.(*ast.GenDecl); !ok || g.Tok != token.IMPORT {
			return src[:offset(decl.Pos())] + src[offset(decl.End()):]
		}
	case 10:
		if len(funcs) > 0 {
			return insert(offset(funcs[random.IntN(len(funcs))].Pos()), "//go:noinline\n")
		}
	case 11:
		if len(funcs) > 0 && funcs[0].Recv != nil {
			if t := receiver(funcs[0].Recv); t != "" {
				return insert(tail, "\nfunc (*"+t+") "+name+"() {}\n")
			}
		}
	case 12:
		at := random.IntN(len(src))
		return src[:at] + src[min(len(src), at+1+random.IntN(3)):]
	case 13:
		if last, ok := f.Decls[len(f.Decls)-1].(*ast.FuncDecl); ok && len(f.Decls) > 3 {
			// The last function moves up.
			text := src[offset(last.Pos()):offset(last.End())]
			cut := src[:offset(last.Pos())]
			if last.Doc != nil {
				return src
			}
			at := offset(f.Decls[len(f.Decls)-2].End())
			return cut[:at] + "\n\n" + text + cut[at:] + src[offset(last.End()):]
		}
	}
	return src
}

// declared is what the oracle knows of one declared name.
type declared struct {
	class      class
	seen, body string
}

// loadWhole loads a package from source with all that it imports, and lists what it
// declares. It reports whether there were errors.
func loadWhole(t *testing.T, dir, pkg string, overlay map[string][]byte) (map[string]declared, bool) {
	t.Helper()
	cfg := &packages.Config{
		Mode: packages.LoadSyntax | packages.NeedDeps, Dir: dir, Overlay: overlay,
		Env: append(os.Environ(), "GOWORK=off", "GOFLAGS="),
	}
	loaded, err := packages.Load(cfg, "./"+pkg)
	if err != nil || len(loaded) != 1 {
		t.Fatalf("load %s: %v", pkg, err)
	}
	l := loaded[0]
	out := map[string]declared{}
	counts := map[string]int{}
	for _, f := range l.Syntax {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				one := declared{class: function, body: dump(d.Body) + marks(d.Doc), seen: dump(d.Type)}
				if name == "init" && d.Recv == nil {
					counts[name]++
					name += fmt.Sprint(counts[name])
					one.class = initFunc
				} else if d.Recv != nil {
					one.class, name = method, receiver(d.Recv)+"."+name
					one.body += dump(d.Recv)
				}
				out[name] = one
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && d.Tok == token.VAR {
						for i, id := range v.Names {
							name := id.Name
							if name == "_" {
								counts[name]++
								name += fmt.Sprint(counts[name])
							}
							out[name] = declared{class: variable, seen: dump(v), body: fmt.Sprint(i)}
						}
					} else if ty, ok := s.(*ast.TypeSpec); ok {
						out[ty.Name.Name] = declared{class: typeName, body: dump(ty)}
					} else if ok := d.Tok == token.CONST; ok {
						for _, id := range s.(*ast.ValueSpec).Names {
							out[id.Name] = declared{class: constant, body: dump(s)}
						}
					}
				}
			}
		}
	}
	for _, name := range l.Types.Scope().Names() {
		one := out[name]
		switch o := l.Types.Scope().Lookup(name).(type) {
		case *types.Const:
			one.seen = o.Type().String() + o.Val().ExactString()
		case *types.Func:
			one.seen = params(o.Signature())
		case *types.TypeName:
			one.seen = o.Type().Underlying().String() + fmt.Sprint(l.TypesSizes.Sizeof(o.Type()))
			for _, recv := range []types.Type{o.Type(), types.NewPointer(o.Type())} {
				for m := range types.NewMethodSet(recv).Methods() {
					one.seen += "\n" + m.Obj().Name() + params(m.Obj().(*types.Func).Signature())
				}
			}
		}
		out[name] = one
	}
	return out, len(l.Errors) > 0
}

// params writes a signature without the names of its parameters.
func params(s *types.Signature) string {
	var b strings.Builder
	for _, tuple := range []*types.Tuple{s.Params(), s.Results()} {
		for v := range tuple.Variables() {
			b.WriteString(v.Type().String() + ",")
		}
		b.WriteString(";")
	}
	return b.String() + fmt.Sprint(s.Variadic())
}

// marks are the directives of a comment.
func marks(g *ast.CommentGroup) string {
	out := ""
	if g != nil {
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, "//go:") {
				out += c.Text
			}
		}
	}
	return out
}

// dump writes a syntax tree without its positions and comments.
func dump(n any) string {
	var b strings.Builder
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface, reflect.Pointer:
			if v.IsNil() {
				b.WriteString("nil ")
				return
			}
			if _, ok := v.Interface().(*ast.CommentGroup); ok {
				return
			}
			walk(v.Elem())
		case reflect.Struct:
			b.WriteString(v.Type().Name() + "{")
			for i := range v.NumField() {
				f := v.Type().Field(i)
				if f.Type == reflect.TypeFor[token.Pos]() || f.Name == "Obj" || f.Name == "Scope" || f.Name == "Doc" || f.Name == "Comment" {
					if f.Name == "TokPos" || f.Name == "Ellipsis" || f.Name == "Assign" || f.Name == "Arrow" {
						fmt.Fprint(&b, v.Field(i).Int() != 0)
					}
					continue
				}
				walk(v.Field(i))
			}
			b.WriteString("}")
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
			b.WriteString("; ")
		default:
			fmt.Fprint(&b, v.Interface(), " ")
		}
	}
	walk(reflect.ValueOf(n))
	return b.String()
}

// compareWhole says, as [Program.Classify] does, what differs: KIND NAME, sorted.
func compareWhole(old, now map[string]declared) []string {
	var out []string
	add := func(k Kind, name string) { out = append(out, string(k)+" "+name) }
	names := slices.Concat(sortedKeys(old), sortedKeys(now))
	slices.Sort(names)
	layout := map[string]bool{}
	for _, name := range slices.Compact(names) {
		a, was := old[name]
		b, is := now[name]
		if (was && a.class == typeName) && (!is || b.class == typeName && a.seen != b.seen) {
			add(Layout, name)
			layout[name] = true
		}
	}
	for _, name := range slices.Compact(names) {
		a, was := old[name]
		b, is := now[name]
		c := b.class
		if !is {
			c = a.class
		}
		typ, _, _ := strings.Cut(name, ".")
		switch {
		case layout[name] || c == method && layout[typ]:
			if c == method && was && is && a.body != b.body && a.seen == b.seen {
				add(Body, name)
			}
		case c == initFunc:
			if a.body != b.body || was != is {
				add(Init, "init")
			}
		case c == variable:
			if a.seen != b.seen || was != is {
				if strings.Trim(name, "0123456789") == "_" {
					name = "_"
				}
				add(Variable, name)
			}
		case c == method:
			if a.body != b.body || a.seen != b.seen {
				add(Body, name)
			}
		case a.seen != b.seen || was != is:
			add(Signature, name)
		case a.body != b.body:
			add(Body, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
