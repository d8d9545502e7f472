package diagnose

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// TestTextsAreWhole shows every sentence of every finding in both languages: none
// may lack, and none may have other arguments than its table says.
func TestTextsAreWhole(t *testing.T) {
	for name, ev := range everyEvidence(t) {
		for _, f := range Findings(ev) {
			for _, s := range sentences(&f) {
				if _, ok := text.Find(s.Key); !ok && s.Key != "" {
					t.Errorf("%s: %s: no table has %q", name, f.ID, s.Key)
				}
				for _, lang := range []text.Lang{text.English, text.Chinese} {
					if out := s.In(lang); strings.Contains(out, "%!") || strings.Contains(out, "%[") || out == "" {
						t.Errorf("%s: %s in %s: %q", name, s.Key, lang, out)
					}
				}
			}
		}
	}
}

// sentences are all texts of a finding.
func sentences(f *report.Finding) []text.Text {
	out := append([]text.Text{f.Title}, f.Why...)
	out = append(out, f.Remedy...)
	for _, a := range f.Alternatives {
		out = append(out, a.Title)
	}
	for _, l := range f.Chain {
		if !l.WaitsFor.IsZero() {
			out = append(out, l.WaitsFor)
		}
	}
	return out
}

// TestKeysExist reads the rules' own source: every key that a call of text.T
// names, or begins, is in a table.
func TestKeysExist(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, e := range files {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "T" {
				return true
			}
			seen++
			pattern := keyPattern(call.Args[0])
			if !slices.ContainsFunc(text.Keys(), regexp.MustCompile("^"+pattern+"$").MatchString) {
				t.Errorf("%s: no table has a key like %s", fset.Position(call.Pos()), pattern)
			}
			return true
		})
	}
	if seen < 50 {
		t.Errorf("only %d calls of text.T were found", seen)
	}
}

// keyPattern is a regular expression of the keys that an expression can give.
func keyPattern(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil {
			return regexp.QuoteMeta(s)
		}
	case *ast.BinaryExpr:
		return keyPattern(e.X) + keyPattern(e.Y)
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.Ident); ok && f.Name == "id" {
			return `finding\.[a-z/-]+`
		}
	}
	return ".*"
}
