package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var numbered = regexp.MustCompile(`%\[(\d+)\]`)

// arguments is how many arguments a sentence needs.
func arguments(e Entry) int {
	n := 0
	for _, m := range numbered.FindAllStringSubmatch(e.EN+e.ZH, -1) {
		i, _ := strconv.Atoi(m[1]) // the pattern has digits only
		n = max(n, i)
	}
	if n == 0 {
		n = len(verbs(e.EN))
	}
	return n
}

// Every key that the program names is in a table, and gets as many arguments as
// its sentence needs: otherwise a person reads the key, or %!s(BADINDEX).
func TestEveryUseHasItsSentence(t *testing.T) {
	files := token.NewFileSet()
	uses := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == "testdata" || n == "lab" || strings.HasPrefix(n, ".") && n != ".." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			key, ok := namedKey(call)
			if !ok {
				return true
			}
			uses++
			at := files.Position(call.Pos())
			e, found := Find(key)
			if !found {
				t.Errorf("%s: no sentence %s", at, key)
				return true
			}
			given := len(call.Args) - 1 // Plural's number is the first argument of its sentence
			if need := arguments(e); given < need && call.Ellipsis == token.NoPos {
				t.Errorf("%s: %s needs %d arguments and gets %d", at, key, need, given)
			}
			// Without a numbered verb fmt appends what is left over.
			if need := arguments(e); need == 0 && given > 0 {
				t.Errorf("%s: %s takes no argument and gets %d", at, key, given)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if uses < 100 {
		t.Errorf("only %d uses found: does the test still look in the right place?", uses)
	}
}

// namedKey returns the key of text.T("key", …) and text.Plural("key", …).
func namedKey(call *ast.CallExpr) (key string, ok bool) {
	f, isSelector := call.Fun.(*ast.SelectorExpr)
	if !isSelector {
		return "", false
	}
	pkg, isName := f.X.(*ast.Ident)
	if !isName || pkg.Name != "text" || f.Sel.Name != "T" && f.Sel.Name != "Plural" {
		return "", false
	}
	literal, isLiteral := call.Args[0].(*ast.BasicLit)
	if !isLiteral || literal.Kind != token.STRING {
		return "", false
	}
	key, err := strconv.Unquote(literal.Value)
	if f.Sel.Name == "Plural" {
		return key + ".many", err == nil
	}
	return key, err == nil
}
