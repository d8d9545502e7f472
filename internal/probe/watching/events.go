package watching

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
)

// isEvent reports whether a type is an event of a watcher library, or one of the
// project's own that holds one.
func (s *source) isEvent(t types.Type) bool { return s.libraryOfEvent(t, 0) != nil }

// libraryOfEvent is the library whose event a type is.
func (s *source) libraryOfEvent(t types.Type, depth int) *library {
	if t == nil || depth > 2 {
		return nil
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return s.libraryOfEvent(p.Elem(), depth)
	}
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil {
		if l := s.p.libs[n.Obj().Pkg().Path()]; l != nil {
			switch n.Obj().Name() {
			case "Event", "EventInfo", "FileEvent", "InotifyEvent", "Change":
				return l
			}
			return nil
		}
	}
	if st, ok := t.Underlying().(*types.Struct); ok {
		for f := range st.Fields() {
			if l := s.libraryOfEvent(f.Type(), depth+1); l != nil {
				return l
			}
		}
	}
	return nil
}

// receives says of a node which channel it receives from; nil: it does not.
func receives(g *pkg, n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return n.X
		}
	case *ast.RangeStmt:
		if t := g.info.TypeOf(n.X); t != nil {
			if _, ok := t.Underlying().(*types.Chan); ok {
				return n.X
			}
		}
	}
	return nil
}

func elementOf(g *pkg, channel ast.Expr) types.Type {
	if t := g.info.TypeOf(channel); t != nil {
		if c, ok := t.Underlying().(*types.Chan); ok {
			return c.Elem()
		}
	}
	return nil
}

// reading is where a library's events are taken.
type reading struct {
	fn  *function
	pos token.Pos
	of  *library
}

// readings finds who takes events, and who takes errors, of the libraries.
func (s *source) readings() (events, errors []reading) {
	for _, fn := range s.funcs {
		walk(fn.decl.Body, func(n ast.Node, _ []ast.Node) {
			ch := receives(fn.pkg, n)
			if ch == nil {
				return
			}
			elem := elementOf(fn.pkg, ch)
			if l := s.libraryOfEvent(elem, 0); l != nil {
				events = append(events, reading{fn, n.Pos(), l})
				return
			}
			if elem == nil || elem.String() != "error" {
				return
			}
			var from types.Object
			switch x := ast.Unparen(ch).(type) {
			case *ast.CallExpr:
				if f := callee(fn.pkg, x); f != nil {
					from = f
				}
			default:
				from = objectOf(fn.pkg, ch)
			}
			if from != nil && from.Pkg() != nil {
				if l := s.p.libs[from.Pkg().Path()]; l != nil {
					errors = append(errors, reading{fn, n.Pos(), l})
				}
			}
		})
	}
	return events, errors
}

// handlers are the functions that deal with the events: those that take them, those
// that get one as an argument, and those to which they send on a channel.
func (s *source) handlers(events []reading) []*function {
	set := map[*function]bool{}
	for _, r := range events {
		set[r.fn] = true
	}
	for _, fn := range s.funcs {
		if fn.obj != nil {
			for v := range fn.obj.Signature().Params().Variables() {
				if s.isEvent(v.Type()) {
					set[fn] = true
				}
			}
		}
	}
	same := s.linkChannels()
	for before := -1; before != len(set); {
		before = len(set)
		sent := map[types.Object]bool{}
		for fn := range set {
			ast.Inspect(fn.decl.Body, func(n ast.Node) bool {
				if send, ok := n.(*ast.SendStmt); ok {
					for _, o := range channelsIn(fn.pkg, send.Chan) {
						sent[same.find(o)] = true
					}
				}
				return true
			})
		}
		for _, fn := range s.funcs {
			ast.Inspect(fn.decl.Body, func(n ast.Node) bool {
				if ch := receives(fn.pkg, n); ch != nil {
					for _, o := range channelsIn(fn.pkg, ch) {
						if sent[same.find(o)] {
							set[fn] = true
						}
					}
				}
				return true
			})
		}
	}
	var all []*function
	for _, fn := range s.funcs { // in the order of the files
		if set[fn] {
			all = append(all, fn)
		}
	}
	return all
}

// mention is a place that names one of a library's events.
type mention struct {
	fn     *function
	pos    token.Pos
	events []string
	use    mentionUse
	stack  []ast.Node
}

type mentionUse int

const (
	actsOn   mentionUse = iota
	leavesIt            // what is named is left out
	handles             // something else is done with it: a directory is added
	asksFor             // it is asked of the library
)

// mentions finds the names of a library's events. leadsToAdd: functions that begin to
// watch.
func (s *source) mentions(l *library, leadsToAdd map[*function]bool) []mention {
	var all []mention
	for _, fn := range s.funcs {
		g := fn.pkg
		walk(fn.decl.Body, func(n ast.Node, stack []ast.Node) {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return
			}
			x, ok := sel.X.(*ast.Ident)
			if !ok {
				return
			}
			name, ok := g.info.Uses[x].(*types.PkgName)
			if !ok || libraryOf(name.Imported().Path()) != l {
				return
			}
			if events := l.events[sel.Sel.Name]; events != nil {
				all = append(all, mention{fn, sel.Pos(), events, s.useOf(fn, l, sel, stack, leadsToAdd), slices.Clone(stack)})
			}
		})
	}
	return all
}

// useOf judges a mention by what stands around it.
func (s *source) useOf(fn *function, l *library, at ast.Node, stack []ast.Node, leadsToAdd map[*function]bool) mentionUse {
	negated := false
	inner := at
	for i := len(stack) - 1; i >= 0; i-- {
		switch n := stack[i].(type) {
		case *ast.UnaryExpr:
			if n.Op == token.NOT {
				negated = !negated
			}
		case *ast.BinaryExpr:
			switch n.Op {
			case token.NEQ: // ev.Op != fsnotify.Write; but ev.Op&fsnotify.Write != 0
				if !isZero(n.Y) {
					negated = !negated
				}
			case token.EQL:
				if isZero(n.Y) {
					negated = !negated
				}
			}
		case *ast.CallExpr:
			if to := callee(fn.pkg, n); to != nil && to.Pkg() != nil {
				if lib := s.p.libs[to.Pkg().Path()]; lib == l {
					if _, adds := l.adds[to.Name()]; adds || to.Name() == "FilterOps" {
						return asksFor
					}
				}
			}
		case *ast.CaseClause:
			if slices.ContainsFunc(n.Body, func(b ast.Stmt) bool { return ast.Node(b) == inner }) {
				return judge(false, false)
			}
			if s.addsIn(fn, n.Body, leadsToAdd) {
				return handles
			}
			return judge(negated, skips(n.Body))
		case *ast.IfStmt:
			if ast.Node(n.Cond) != inner {
				return judge(negated, false) // it stands in the body of another
			}
			if s.addsIn(fn, n.Body.List, leadsToAdd) && !negated {
				return handles
			}
			return judge(negated, skips(n.Body.List))
		case ast.Stmt:
			return judge(negated, false)
		}
		inner = stack[i]
	}
	return judge(negated, false)
}

func judge(negated, skips bool) mentionUse {
	if negated == skips {
		return actsOn
	}
	return leavesIt
}

func isZero(e ast.Expr) bool {
	l, ok := e.(*ast.BasicLit)
	return ok && l.Value == "0"
}

// skips: the statements do nothing but go on to the next event.
func skips(body []ast.Stmt) bool {
	if len(body) == 0 {
		return true
	}
	switch last := body[len(body)-1].(type) {
	case *ast.BranchStmt:
		return len(body) <= 2
	case *ast.ReturnStmt:
		return len(body) <= 2 && len(last.Results) == 0
	}
	return false
}

// addsIn: among the statements is one that begins to watch.
func (s *source) addsIn(fn *function, body []ast.Stmt, leadsToAdd map[*function]bool) bool {
	found := false
	for _, b := range body {
		ast.Inspect(b, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				if to := callee(fn.pkg, c); to != nil {
					if own := s.byObj[to.Origin()]; own != nil && leadsToAdd[own] {
						found = true
					}
					if to.Pkg() != nil {
						if lib := s.p.libs[to.Pkg().Path()]; lib != nil {
							_, adds := lib.adds[to.Name()]
							found = found || adds || to.Name() == "Remove"
						}
					}
				}
			}
			return !found
		})
	}
	return found
}

// actedOn sums the mentions up: the events, and the first place that acts on one.
// known: the code says which.
func actedOn(l *library, all []mention) (events []string, at *mention, known bool) {
	asked, acted, left := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, m := range all {
		set := map[mentionUse]map[string]bool{asksFor: asked, actsOn: acted, leavesIt: left}[m.use]
		for _, e := range m.events {
			if set != nil {
				set[e] = true
			}
		}
		if m.use == actsOn && (at == nil || slices.Contains(m.events, evidence.WatchWrite) && !slices.Contains(at.events, evidence.WatchWrite)) {
			at = &all[i]
		}
	}
	if at == nil && len(asked) > 0 {
		at = &all[slices.IndexFunc(all, func(m mention) bool { return m.use == asksFor })]
	}
	switch {
	case len(acted) > 0 && len(asked) > 0:
		both := map[string]bool{}
		for e := range acted {
			if asked[e] {
				both[e] = true
			}
		}
		if len(both) > 0 {
			return slices.Sorted(maps.Keys(both)), at, true
		}
		return slices.Sorted(maps.Keys(asked)), at, true
	case len(acted) > 0:
		return slices.Sorted(maps.Keys(acted)), at, true
	case len(asked) > 0:
		return slices.Sorted(maps.Keys(asked)), at, true
	}
	every := everyEvent
	if l.kind == evidence.LibFsnotify {
		every = append([]string{evidence.WatchChmod}, everyEvent...)
	}
	for _, e := range every {
		if !left[e] {
			events = append(events, e)
		}
	}
	slices.Sort(events)
	return events, nil, len(left) > 0
}
