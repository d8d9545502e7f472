package watching

import (
	"cmp"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// wait is a place that waits before it loads.
type wait struct {
	fn    *function
	pos   token.Pos
	kind  string
	lasts time.Duration
	known bool
	rank  int // of several the lowest counts
}

// A wait that is longer is no wait for a save: a timeout, a health check.
const longestWait = 10 * time.Second

// farRank is added to the rank of what is not in a handler itself.
const farRank = 100

var byItsName = regexp.MustCompile(`(?i)debounce|throttle|coalesce`)

// waits finds how the handlers wait. Those that begin to watch again wait for another
// reason.
func (s *source) waits(handlers []*function, leadsToAdd map[*function]bool) (wait, bool) {
	direct := map[*function]bool{}
	for _, h := range handlers {
		direct[h] = true
	}
	// A function that a handler calls may wait for another reason: what the handlers do
	// themselves comes first.
	var all []wait
	for _, fn := range s.reach(handlers, 2) {
		far := 0
		if !direct[fn] {
			far = farRank
		}
		walk(fn.decl.Body, func(n ast.Node, stack []ast.Node) {
			if b, ok := n.(*ast.BinaryExpr); ok {
				if w, ok := s.skipWait(fn, b); ok {
					w.rank += far
					all = append(all, w)
				}
				return
			}
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return
			}
			if lit, inside := enclosing[*ast.FuncLit](stack); inside && s.addsIn(fn, lit.Body.List, leadsToAdd) {
				return // it waits for the file to be there again
			}
			w, arg := waitOf(fn.pkg, c)
			if w.kind == "" || w.kind == evidence.WaitSleep && (leadsToAdd[fn] && !direct[fn]) {
				return
			}
			w.fn, w.pos = fn, c.Pos()
			w.rank += far
			w.lasts, w.known = s.duration(fn.pkg, arg)
			if w.known && (w.lasts <= 0 || w.lasts > longestWait) {
				return
			}
			all = append(all, w)
		})
	}
	if len(all) == 0 {
		return wait{}, false
	}
	slices.SortStableFunc(all, func(a, b wait) int {
		if a.known != b.known && a.rank == b.rank {
			if a.known {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.rank, b.rank)
	})
	return all[0], true
}

// waitOf says what a call has to do with waiting, and which argument says how long.
func waitOf(g *pkg, c *ast.CallExpr) (wait, ast.Expr) {
	f := callee(g, c)
	if f == nil || len(c.Args) == 0 {
		if id, ok := c.Fun.(*ast.Ident); !ok || !byItsName.MatchString(id.Name) {
			return wait{}, nil
		}
	}
	if f != nil && f.Pkg() != nil && f.Pkg().Path() == "time" && len(c.Args) > 0 {
		switch f.Name() {
		case "AfterFunc", "Reset":
			if f.Name() == "Reset" && isTicker(g, c) {
				return wait{}, nil
			}
			return wait{kind: evidence.WaitQuiet, rank: 0}, c.Args[0]
		case "After", "NewTimer":
			return wait{kind: evidence.WaitQuiet, rank: 1}, c.Args[0]
		case "Sleep":
			return wait{kind: evidence.WaitSleep, rank: 3}, c.Args[0]
		case "NewTicker", "Tick":
			return wait{kind: evidence.WaitSleep, rank: 4}, c.Args[0]
		}
		return wait{}, nil
	}
	// debounce.New(100 * time.Millisecond), and their kin.
	if f != nil && (byItsName.MatchString(f.Name()) || f.Pkg() != nil && byItsName.MatchString(f.Pkg().Path())) {
		for _, a := range c.Args {
			if t := g.info.TypeOf(a); t != nil && t.String() == "time.Duration" {
				return wait{kind: evidence.WaitQuiet, rank: 2}, a
			}
		}
	}
	return wait{}, nil
}

func isTicker(g *pkg, c *ast.CallExpr) bool {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	t := g.info.TypeOf(sel.X)
	return t != nil && (t.String() == "*time.Ticker" || t.String() == "time.Ticker")
}

// skipWait: time.Since(last) < d, which drops what comes soon after.
func (s *source) skipWait(fn *function, b *ast.BinaryExpr) (wait, bool) {
	since := func(e ast.Expr) bool {
		c, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok {
			return false
		}
		f := callee(fn.pkg, c)
		return f != nil && f.Pkg() != nil && f.Pkg().Path() == "time" && (f.Name() == "Since" || f.Name() == "Sub")
	}
	var limit ast.Expr
	switch b.Op {
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		if since(b.X) {
			limit = b.Y
		} else if since(b.Y) {
			limit = b.X
		}
	}
	if limit == nil {
		return wait{}, false
	}
	w := wait{fn: fn, pos: b.Pos(), kind: evidence.WaitSkip, rank: 2}
	w.lasts, w.known = s.duration(fn.pkg, limit)
	return w, !w.known || w.lasts > 0 && w.lasts <= longestWait
}
