package watching

import (
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// add is a call that begins to watch.
type add struct {
	fn    *function
	call  *ast.CallExpr
	lib   *library
	path  string // the package whose function it is
	what  string
	paths []ast.Expr
	stack []ast.Node
}

// findAdds finds the calls that begin to watch, in the order of the files.
func (s *source) findAdds() []add {
	var all []add
	for _, fn := range s.funcs {
		walk(fn.decl.Body, func(n ast.Node, stack []ast.Node) {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return
			}
			to := callee(fn.pkg, c)
			if to == nil || to.Pkg() == nil {
				return
			}
			lib := s.p.libs[to.Pkg().Path()]
			if lib == nil {
				return
			}
			what, known := lib.adds[to.Name()]
			if !known || !watchesPath(lib, to) {
				return
			}
			a := add{fn: fn, call: c, lib: lib, path: to.Pkg().Path(), what: what, stack: slices.Clone(stack)}
			if lib.kind != evidence.LibOurs {
				at := lib.arg[to.Name()]
				switch {
				case at >= 0 && at < len(c.Args):
					a.paths = c.Args[at : at+1]
				case at < 0 && len(c.Args) > 0:
					a.paths = c.Args[len(c.Args)-1:]
				default:
					return
				}
			}
			all = append(all, a)
		})
	}
	return all
}

// watchesPath: Add of a watcher, and not of a counter.
func watchesPath(lib *library, f *types.Func) bool {
	sig := f.Signature()
	if lib.kind == evidence.LibOurs || lib.kind == evidence.LibGonotify {
		return true
	}
	return sig.Params().Len() > 0 && types.Identical(sig.Params().At(0).Type(), types.Typ[types.String])
}

// kindOf is what a path is, with the place that decided it and how sure that is.
type kindOf struct {
	what string
	fn   *function
	pos  token.Pos
	own  bool // the path of an event: what was watched is watched again
}

// kinds says what an add watches: once for each kind.
func (s *source) kinds(a add) []kindOf {
	if a.what != "" {
		return []kindOf{{what: a.what, fn: a.fn, pos: a.call.Pos()}}
	}
	var all []kindOf
	for _, e := range a.paths {
		all = append(all, s.classify(a.fn, e, a.stack, 0)...)
	}
	var out []kindOf
	for _, k := range all {
		if !slices.ContainsFunc(out, func(o kindOf) bool { return o.what == k.what }) {
			out = append(out, k)
		}
	}
	// What is not known is no kind of its own beside one that is.
	if known := slices.DeleteFunc(slices.Clone(out), func(k kindOf) bool { return k.what == evidence.WatchesUnknown }); len(known) > 0 {
		out = known
	}
	// Directories one by one, and those of a tree, are a tree.
	if slices.ContainsFunc(out, func(k kindOf) bool { return k.what == evidence.WatchesTree }) {
		out = slices.DeleteFunc(out, func(k kindOf) bool { return k.what == evidence.WatchesDir })
	}
	if len(out) < 2 {
		for i := range out {
			out[i].fn, out[i].pos = a.fn, a.call.Pos()
		}
	}
	return out
}

// directories are functions whose result is one.
var directories = map[string]bool{"path/filepath.Dir": true, "path.Dir": true, "os.Getwd": true, "os.TempDir": true, "os.UserConfigDir": true,
	"os.UserHomeDir": true, "os.UserCacheDir": true, "os.MkdirTemp": true}

// same are functions whose result is what their argument is.
var same = map[string]bool{"path/filepath.Abs": true, "path/filepath.Clean": true, "path/filepath.FromSlash": true, "path/filepath.ToSlash": true,
	"path/filepath.EvalSymlinks": true, "path.Clean": true, "strings.TrimSpace": true, "os.ExpandEnv": true}

// classify says what a path is, as far as the code shows.
func (s *source) classify(fn *function, e ast.Expr, stack []ast.Node, depth int) []kindOf {
	one := func(what string) []kindOf { return []kindOf{{what: what, fn: fn, pos: e.Pos()}} }
	if depth > 5 {
		return one(evidence.WatchesUnknown)
	}
	g := fn.pkg
	if v, ok := word(g, e); ok {
		return one(s.constantKind(g, v))
	}
	if what := guardKind(g, stack); what != "" {
		if what == evidence.WatchesDir && walkParam(g, e, stack, fn) {
			what = evidence.WatchesTree
		}
		return one(what)
	}
	if walkParam(g, e, stack, fn) {
		return one(evidence.WatchesTree)
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		f := callee(g, x)
		if f == nil || f.Pkg() == nil {
			break
		}
		name := f.Pkg().Path() + "." + f.Name()
		switch {
		case directories[name]:
			return one(evidence.WatchesDir)
		case same[name] && len(x.Args) > 0:
			return s.classify(fn, x.Args[0], stack, depth+1)
		case name == "path/filepath.Join" || name == "path.Join":
			if n := len(x.Args); n > 0 {
				if v, ok := word(g, x.Args[n-1]); ok {
					if filepath.Base(v) == "..." {
						return one(evidence.WatchesTree)
					}
					return one(s.constantKind(g, v))
				}
				return s.classify(fn, x.Args[n-1], stack, depth+1)
			}
		case name == "path/filepath.Glob":
			return one(evidence.WatchesFile)
		}
	case *ast.CompositeLit: // []string{"a.yaml", "b.yaml"}
		var all []kindOf
		for _, el := range x.Elts {
			all = append(all, s.classify(fn, el, stack, depth+1)...)
		}
		if len(all) > 0 {
			return all
		}
	case *ast.BinaryExpr:
		if v, ok := word(g, x.Y); ok && x.Op == token.ADD {
			if strings.HasSuffix(v, "...") {
				return one(evidence.WatchesTree)
			}
			return one(s.constantKind(g, v))
		}
	case *ast.SelectorExpr:
		if s.isEvent(g.info.TypeOf(x.X)) {
			return []kindOf{{what: evidence.WatchesUnknown, fn: fn, pos: e.Pos(), own: true}}
		}
	}
	obj := objectOf(g, e)
	if obj == nil {
		return one(evidence.WatchesUnknown)
	}
	var all []kindOf
	for _, v := range s.values[obj] {
		if s.home[v] == g && v.Pos() != e.Pos() {
			all = append(all, s.classify(fn, v, nil, depth+1)...)
		}
	}
	if i := paramIndex(fn, obj); i >= 0 && len(all) == 0 {
		for _, c := range s.callersOf[fn.obj] {
			if i < len(c.site.call.Args) {
				for _, k := range s.classify(c.from, c.site.call.Args[i], c.site.stack, depth+1) {
					if k.fn == c.from {
						k.pos = c.site.call.Pos()
					}
					all = append(all, k)
				}
			}
		}
	}
	known := slices.DeleteFunc(all, func(k kindOf) bool { return k.what == evidence.WatchesUnknown && !k.own })
	if len(known) > 0 {
		return known
	}
	return one(kindByName(obj.Name()))
}

// kindByName is what a name says of a path: dirPath is a directory.
func kindByName(name string) string {
	name = strings.ToLower(name)
	for _, w := range []string{"dir", "root", "folder", "cwd"} {
		if strings.Contains(name, w) {
			return evidence.WatchesDir
		}
	}
	if strings.Contains(name, "file") {
		return evidence.WatchesFile
	}
	return evidence.WatchesUnknown
}

// constantKind is what a path is that the code names: as it is on the disk, else by its
// form.
func (s *source) constantKind(g *pkg, v string) string {
	if v == "..." || strings.HasSuffix(v, "/...") || strings.HasSuffix(v, `\...`) {
		return evidence.WatchesTree
	}
	for _, dir := range []string{s.p.dir, s.p.root, g.Dir} {
		path := v
		if !filepath.IsAbs(v) {
			path = filepath.Join(dir, v)
		}
		if info, err := os.Stat(path); err == nil {
			if info.IsDir() {
				return evidence.WatchesDir
			}
			return evidence.WatchesFile
		}
	}
	switch base := filepath.Base(v); {
	case v == "." || v == ".." || strings.HasSuffix(v, "/"):
		return evidence.WatchesDir
	case strings.Contains(strings.TrimPrefix(base, "."), "."):
		return evidence.WatchesFile
	}
	return evidence.WatchesUnknown
}

// paramIndex is which of its function's parameters a variable is; -1: none.
func paramIndex(fn *function, obj types.Object) int {
	if fn.obj == nil {
		return -1
	}
	params := fn.obj.Signature().Params()
	for i := range params.Len() {
		if params.At(i) == obj {
			return i
		}
	}
	return -1
}

// walkParam reports whether a path is what filepath.Walk, WalkDir or a kin of theirs
// gives: the first parameter of a function that also gets the entry.
func walkParam(g *pkg, e ast.Expr, stack []ast.Node, fn *function) bool {
	obj := objectOf(g, e)
	if obj == nil {
		return false
	}
	is := func(t *ast.FuncType) bool {
		if t.Params == nil || len(t.Params.List) < 2 || len(t.Params.List[0].Names) == 0 {
			return false
		}
		if g.info.Defs[t.Params.List[0].Names[0]] != obj {
			return false
		}
		for _, p := range t.Params.List[1:] {
			switch name := types.TypeString(g.info.TypeOf(p.Type), nil); name {
			case "io/fs.DirEntry", "io/fs.FileInfo", "os.FileInfo", "os.DirEntry":
				return true
			}
		}
		return false
	}
	for _, n := range stack {
		if lit, ok := n.(*ast.FuncLit); ok && is(lit.Type) {
			return true
		}
	}
	return is(fn.decl.Type)
}

// guardKind is what an if around it says of a path: under IsDir it is a directory.
func guardKind(g *pkg, stack []ast.Node) string {
	for i, n := range stack {
		cond, ok := n.(*ast.IfStmt)
		if !ok || i+1 >= len(stack) {
			continue
		}
		is, not := asksIsDir(cond.Cond)
		if !is && !not {
			continue
		}
		inElse := stack[i+1] == cond.Else
		if stack[i+1] != ast.Node(cond.Body) && !inElse {
			continue
		}
		if is != inElse {
			return evidence.WatchesDir
		}
		return evidence.WatchesFile
	}
	return ""
}

// asksIsDir: the condition holds for directories only, or only for what is none.
func asksIsDir(cond ast.Expr) (is, not bool) {
	walk(cond, func(n ast.Node, stack []ast.Node) {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return
		}
		name := ""
		switch f := c.Fun.(type) {
		case *ast.SelectorExpr:
			name = f.Sel.Name
		case *ast.Ident:
			name = f.Name
		}
		if !strings.EqualFold(name, "isdir") && !strings.EqualFold(name, "isdirectory") {
			return
		}
		negated := false
		for _, a := range stack {
			if u, is := a.(*ast.UnaryExpr); is && u.Op == token.NOT {
				negated = !negated
			}
		}
		is, not = is || !negated, not || negated
	})
	return is && !not, not && !is
}
