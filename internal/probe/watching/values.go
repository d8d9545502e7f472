package watching

import (
	"go/ast"
	"go/constant"
	"go/token"
	"time"
)

// number is what an expression of whole numbers is worth: a constant, or the one
// default that a variable, a field, a flag or a function has.
func (s *source) number(g *pkg, e ast.Expr, depth int) (n int64, ok bool) {
	if depth > 6 || g == nil {
		return 0, false
	}
	if tv, known := g.info.Types[e]; known && tv.Value != nil {
		if v := constant.ToInt(tv.Value); v.Kind() == constant.Int {
			return constant.Int64Val(v)
		}
		return 0, false
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return s.number(g, e.X, depth+1)
	case *ast.StarExpr:
		return s.number(g, e.X, depth+1)
	case *ast.BinaryExpr:
		a, ok1 := s.number(g, e.X, depth+1)
		b, ok2 := s.number(g, e.Y, depth+1)
		if !ok1 || !ok2 {
			return 0, false
		}
		switch e.Op {
		case token.MUL:
			return a * b, true
		case token.ADD:
			return a + b, true
		case token.SUB:
			return a - b, true
		case token.QUO:
			if b != 0 {
				return a / b, true
			}
		}
		return 0, false
	case *ast.CallExpr:
		if tv, known := g.info.Types[e.Fun]; known && tv.IsType() && len(e.Args) == 1 {
			return s.number(g, e.Args[0], depth+1)
		}
		fn := callee(g, e)
		if fn == nil {
			return 0, false
		}
		if (fn.Name() == "Duration" || fn.Name() == "Int") && len(e.Args) == 3 { // flag.Duration("delay", 300*time.Millisecond, "…")
			return s.number(g, e.Args[1], depth+1)
		}
		if own := s.byObj[fn.Origin()]; own != nil {
			var only ast.Expr
			ast.Inspect(own.decl.Body, func(n ast.Node) bool {
				if r, is := n.(*ast.ReturnStmt); is && len(r.Results) == 1 {
					only = r.Results[0]
				}
				return true
			})
			if only != nil {
				return s.number(own.pkg, only, depth+1)
			}
		}
		return 0, false
	case *ast.Ident, *ast.SelectorExpr:
		// Of several defaults the shortest that is one.
		for _, v := range s.values[objectOf(g, e)] {
			if m, is := s.number(s.home[v], v, depth+1); is && m > 0 && (!ok || m < n) {
				n, ok = m, true
			}
		}
		return n, ok
	}
	return 0, false
}

// duration is number for times.
func (s *source) duration(g *pkg, e ast.Expr) (time.Duration, bool) {
	n, ok := s.number(g, e, 0)
	return time.Duration(n), ok
}

// word is the string that an expression stands for, where it is constant.
func word(g *pkg, e ast.Expr) (string, bool) {
	if tv, ok := g.info.Types[e]; ok && tv.Value != nil && tv.Value.Kind() == constant.String {
		return constant.StringVal(tv.Value), true
	}
	return "", false
}
