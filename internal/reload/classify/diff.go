package classify

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// class is what a declaration declares.
type class int

const (
	function class = iota
	method
	initFunc
	typeName
	constant
	variable
)

// declaration is one declared name. Its texts are tokens without comments.
type declaration struct {
	class class
	name  string // T, T.Method, F; several of one name (init, _) are numbered
	sig   string // a function's head; else all
	body  string // a function's
	marks string // directives, such as go:noinline
	pos   token.Pos
	// again is set for a function init that only registers components: run once more,
	// as a generation does, it replaces what it registered before.
	again bool
}

// declarations are what a file declares.
type declarations struct {
	all     []declaration
	imports map[string]string // path, with its name: what the file calls it
	links   string            // go:linkname and export directives
	gen     string            // go:generate directives
	tags    string            // the build constraint
	usesC   bool
}

// tokens of a file, without comments, with where each begins.
type lexed struct {
	offsets []int
	texts   []string
	marks   []directive
}

type directive struct {
	offset int
	text   string
}

// lex splits a file into tokens. Line ends that stand for a semicolon are written
// as one, so that layout makes no difference.
func lex(src []byte) lexed {
	var l lexed
	fset := token.NewFileSet()
	f := fset.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(f, src, nil, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return l
		}
		at := f.Offset(pos)
		if tok == token.COMMENT {
			if strings.HasPrefix(lit, "//go:") || strings.HasPrefix(lit, "//export ") || strings.HasPrefix(lit, "//extern ") {
				l.marks = append(l.marks, directive{at, strings.TrimSpace(lit)})
			}
			continue
		}
		text := tok.String()
		if tok == token.SEMICOLON {
			text = ";"
		} else if lit != "" {
			text = lit
		}
		l.offsets = append(l.offsets, at)
		l.texts = append(l.texts, text)
	}
}

// between returns the tokens from one offset up to another.
func (l *lexed) between(from, to int) string {
	i, _ := slices.BinarySearch(l.offsets, from)
	j, _ := slices.BinarySearch(l.offsets, to)
	if i >= j {
		return ""
	}
	return strings.Join(l.texts[i:j], "\x00")
}

// declare lists what a file declares.
func declare(fset *token.FileSet, tree *ast.File, src []byte) *declarations {
	l := lex(src)
	file := fset.File(tree.FileStart)
	offset := file.Offset
	d := &declarations{imports: map[string]string{}, tags: constraintOf(src)}
	numbers := map[string]int{}
	add := func(c class, name string, doc *ast.CommentGroup, n ast.Node, sig, body string) {
		if c == initFunc || name == "_" {
			numbers[name]++
			name += "#" + strconv.Itoa(numbers[name])
		}
		from := n.Pos()
		if doc != nil {
			from = doc.Pos()
		}
		var marks []string
		for _, m := range l.marks {
			if m.offset >= offset(from) && m.offset < offset(n.End()) && !apart(m.text) {
				marks = append(marks, m.text)
			}
		}
		d.all = append(d.all, declaration{class: c, name: name, sig: sig, body: body, marks: strings.Join(marks, "\n"), pos: n.Pos()})
	}
	for _, decl := range tree.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			end := decl.End()
			body := ""
			if decl.Body != nil {
				end = decl.Body.Pos()
				body = l.between(offset(decl.Body.Pos()), offset(decl.Body.End()))
			}
			c, name := function, decl.Name.Name
			if decl.Recv != nil {
				c, name = method, receiver(decl.Recv)+"."+name
			} else if name == "init" {
				c = initFunc
			}
			add(c, name, decl.Doc, decl, l.between(offset(decl.Pos()), offset(end)), body)
			d.all[len(d.all)-1].again = c == initFunc && registersOnly(tree, decl.Body)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				whole := l.between(offset(spec.Pos()), offset(spec.End()))
				switch spec := spec.(type) {
				case *ast.ImportSpec:
					path, _ := strconv.Unquote(spec.Path.Value)
					name := ""
					if spec.Name != nil {
						name = spec.Name.Name
					}
					d.imports[path] += name + ";"
					if path == "C" {
						d.usesC = true
					}
				case *ast.TypeSpec:
					add(typeName, spec.Name.Name, docOf(decl, spec.Doc), spec, whole, "")
				case *ast.ValueSpec:
					c := variable
					if decl.Tok == token.CONST {
						c = constant
					}
					for _, name := range spec.Names {
						add(c, name.Name, docOf(decl, spec.Doc), spec, whole, "")
					}
				}
			}
		}
	}
	for _, m := range l.marks {
		switch {
		case strings.HasPrefix(m.text, "//go:generate"):
			d.gen += m.text + "\n"
		case apart(m.text):
			d.links += m.text + "\n"
		}
	}
	return d
}

// apart reports whether a directive stands for itself, wherever it is written.
func apart(mark string) bool {
	for _, p := range []string{"//go:linkname", "//go:cgo_", "//export ", "//go:wasm", "//go:generate", "//go:build", "//go:debug"} {
		if strings.HasPrefix(mark, p) {
			return !strings.HasPrefix(mark, "//go:build")
		}
	}
	return false
}

// docOf returns the comment of a spec: its own, else that of a declaration that has
// no other spec.
func docOf(decl *ast.GenDecl, own *ast.CommentGroup) *ast.CommentGroup {
	if own == nil && !decl.Lparen.IsValid() {
		return decl.Doc
	}
	return own
}

// receiver returns the name of a method's type.
func receiver(recv *ast.FieldList) string {
	if len(recv.List) == 0 {
		return ""
	}
	x := recv.List[0].Type
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.ParenExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

// registration is the package by which components are registered.
const registration = "github.com/gomedic/gomedic/reload"

// registersOnly reports whether a function does nothing but call reload.Register and
// reload.RegisterType.
func registersOnly(tree *ast.File, body *ast.BlockStmt) bool {
	local := ""
	for _, i := range tree.Imports {
		if path, _ := strconv.Unquote(i.Path.Value); path == registration {
			local = "reload"
			if i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	if local == "" || body == nil {
		return false
	}
	for _, s := range body.List {
		x, ok := s.(*ast.ExprStmt)
		if !ok {
			return false
		}
		call, ok := x.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		f := call.Fun
		switch i := f.(type) {
		case *ast.IndexExpr:
			f = i.X
		case *ast.IndexListExpr:
			f = i.X
		}
		sel, ok := f.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Register" && sel.Sel.Name != "RegisterType" {
			return false
		}
		if id, ok := sel.X.(*ast.Ident); !ok || id.Name != local {
			return false
		}
	}
	return true
}
