package decode

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
)

// decodeKage parses a shader of Ebitengine by Go's parser, whose grammar it has, and
// checks its entry: func Fragment(dst vec4, src vec2, color vec4, custom vec4) vec4, with
// as many of them as it likes. Types of expressions are not checked.
func decodeKage(r *Result, data []byte, _ Options) {
	if len(data) > 1<<20 {
		r.Note, r.Checked = NoteLarge, false
		return
	}
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "shader.kage", data, parser.SkipObjectResolution)
	if err != nil {
		var list scanner.ErrorList
		if errors.As(err, &list) && len(list) > 0 {
			r.failAt(Syntax, data, int64(list[0].Pos.Offset), list[0].Msg)
			return
		}
		r.failAt(Syntax, data, 0, oneLine(err))
		return
	}
	at := func(p token.Pos, detail string) {
		r.failAt(Syntax, data, int64(set.Position(p).Offset), detail)
	}
	var entry *ast.FuncDecl
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == "Fragment" && d.Recv == nil {
				entry = d
			}
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				at(d.Pos(), "import is not supported in Kage")
			}
		}
	}
	if entry == nil {
		r.failAt(NoEntry, data, 0, "func Fragment")
		return
	}
	want := []string{"vec4", "vec2", "vec4", "vec4"}
	n := 0
	for _, p := range entry.Type.Params.List {
		for range max(1, len(p.Names)) {
			id, _ := p.Type.(*ast.Ident)
			if n >= len(want) || id == nil || id.Name != want[n] {
				at(p.Pos(), fmt.Sprintf("Fragment's parameters are (%s) in this order", strings.Join(want, ", ")))
				return
			}
			n++
		}
	}
	if res := entry.Type.Results; res == nil || len(res.List) != 1 || !isIdent(res.List[0].Type, "vec4") {
		at(entry.Pos(), "Fragment must return one vec4")
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.DeferStmt, *ast.SelectStmt, *ast.SendStmt, *ast.ChanType, *ast.MapType, *ast.FuncLit, *ast.InterfaceType, *ast.TypeSwitchStmt:
			at(n.Pos(), "not supported in Kage")
		case *ast.BasicLit:
			if n.Kind == token.STRING || n.Kind == token.IMAG {
				at(n.Pos(), n.Kind.String()+" literals are not supported in Kage")
			}
		}
		return true
	})
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

var (
	glslVersion = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*version\b`)
	glslSpirv   = "\x03\x02\x23\x07"
)

// decodeGLSL looks at what can be seen without a compiler: comments and brackets that
// end, #version at the top, and no bytes that are no text.
func decodeGLSL(r *Result, data []byte, _ Options) {
	if len(data) > 1<<20 {
		r.Note, r.Checked = NoteLarge, false
		return
	}
	if strings.HasPrefix(string(data[:min(4, len(data))]), glslSpirv) {
		r.Format, r.Checked = "spir-v", false
		return
	}
	if i := invalid(data); i >= 0 {
		r.failAt(Syntax, data, int64(i), "not text")
		return
	}
	code, open := blankComments(data)
	if open >= 0 {
		r.failAt(Truncated, data, int64(open), "a comment that does not end")
		return
	}
	r.Note = NoteHeader
	if m := glslVersion.FindIndex(code); m != nil && len(strings.TrimSpace(string(code[:m[0]]))) > 0 && !strings.Contains(string(code[:m[0]]), "#") {
		r.failAt(Syntax, data, int64(m[0]), "#version must come first")
		return
	}
	conditional := regexp.MustCompile(`(?m)^[ \t]*#[ \t]*(?:if|ifdef|ifndef|else|elif)\b`).Match(code)
	var stack []int
	pair := map[byte]byte{')': '(', ']': '[', '}': '{'}
	for i, c := range code {
		switch c {
		case '(', '[', '{':
			stack = append(stack, i)
		case ')', ']', '}':
			if len(stack) == 0 || code[stack[len(stack)-1]] != pair[c] {
				if !conditional { // branches of #if may open and close unequally
					r.failAt(Syntax, data, int64(i), fmt.Sprintf("%q closes nothing", c))
				}
				return
			}
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) > 0 && !conditional {
		at := stack[len(stack)-1]
		r.failAt(Truncated, data, int64(at), fmt.Sprintf("%q is not closed", code[at]))
	}
}

// blankComments replaces comments by spaces; open is where one does not end, else -1.
func blankComments(data []byte) (code []byte, open int) {
	code = append([]byte(nil), data...)
	for i := 0; i+1 < len(code); i++ {
		if code[i] != '/' {
			continue
		}
		end := -1
		switch code[i+1] {
		case '/':
			if end = strings.IndexByte(string(code[i:]), '\n'); end < 0 {
				end = len(code) - i
			}
		case '*':
			if end = strings.Index(string(code[i+2:]), "*/"); end < 0 {
				return code, i
			}
			end += 4
		default:
			continue
		}
		for j := i; j < i+end; j++ {
			if code[j] != '\n' {
				code[j] = ' '
			}
		}
		i += end - 1
	}
	return code, -1
}
