package watching

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// assumedWait stands for a wait of which the code does not show how long it is.
const assumedWait = 100 * time.Millisecond

// uses reads how each library is used, the most used first.
func (s *source) uses() []evidence.WatchUse {
	adds := s.findAdds()
	leads := s.leadingTo(adds)
	events, errors := s.readings()
	handlers := s.handlers(events)
	var all []evidence.WatchUse
	for _, l := range libraries {
		own := slices.DeleteFunc(slices.Clone(adds), func(a add) bool { return a.lib != l })
		if len(own) == 0 {
			continue
		}
		u := evidence.WatchUse{Library: l.kind, Recursive: l.recursive}
		s.identify(&u, l, own[0].path)
		s.readAdds(&u, l, own, handlers)
		if l.kind != evidence.LibOurs {
			s.readEvents(&u, l, events, leads)
		} else {
			s.readSets(&u, own)
		}
		for _, r := range events {
			if r.of == l && u.Reads == nil {
				f := s.frame(r.fn, r.pos)
				u.Reads = &f
			}
		}
		s.readWait(&u, l, handlers, leads)
		s.readLull(&u, own)
		for _, r := range errors {
			if r.of == l && u.Errors == nil {
				f := s.frame(r.fn, r.pos)
				u.ErrorsRead, u.Errors = true, &f
			}
		}
		s.readHandling(&u, l, handlers)
		all = append(all, u)
	}
	slices.SortStableFunc(all, func(a, b evidence.WatchUse) int { return len(b.Adds) - len(a.Adds) })
	return all
}

// identify notes the library's module and version; path is what the code calls: the
// library, or what wraps it.
func (s *source) identify(u *evidence.WatchUse, l *library, path string) {
	if s.p.wrappers[path] {
		u.Via = path
		for _, imported := range sortedKeys(s.p.byPath[path].Imports) {
			if libraryOf(imported) == l {
				path = imported
				break
			}
		}
	}
	u.Path = path
	if g := s.p.byPath[path]; g != nil && g.Module != nil {
		u.Version = g.Module.Version
		if r := g.Module.Replace; r != nil && r.Version != "" {
			u.Version = r.Version
		}
	}
}

// leadingTo are the functions that lead to one of the adds.
func (s *source) leadingTo(adds []add) map[*function]bool {
	set := map[*function]bool{}
	var mark func(fn *function)
	mark = func(fn *function) {
		if set[fn] {
			return
		}
		set[fn] = true
		if fn.obj != nil {
			for _, c := range s.callersOf[fn.obj] {
				mark(c.from)
			}
		}
	}
	for _, a := range adds {
		mark(a.fn)
	}
	return set
}

// readAdds notes what is watched, and what is watched as an answer to events.
func (s *source) readAdds(u *evidence.WatchUse, l *library, adds []add, handlers []*function) {
	for _, a := range adds {
		again := s.answers(u, l, a, handlers)
		for _, k := range s.kinds(a) {
			if k.own && again {
				continue // what was watched already
			}
			if l.kind == evidence.LibNotify && k.what == evidence.WatchesTree {
				u.Recursive = true
			} else if l.kind == evidence.LibNotify {
				u.Recursive = false
			}
			u.Adds = append(u.Adds, evidence.WatchAdd{Frame: s.frame(k.fn, k.pos), What: k.what, Again: again})
		}
		if l.kind == evidence.LibOurs {
			u.Adds = append(u.Adds, evidence.WatchAdd{Frame: s.frame(a.fn, a.call.Pos()), What: evidence.WatchesTree})
		}
		if l.kind == evidence.LibNotify && u.Via != "" {
			u.Buffer = usualBuffer // the wrapper's own
		} else if l.kind == evidence.LibNotify && len(a.call.Args) > 1 {
			u.Buffer = max(u.Buffer, s.bufferOf(a.fn.pkg, a.call.Args[1]))
		}
	}
	first := slices.ContainsFunc(u.Adds, func(a evidence.WatchAdd) bool { return !a.Again })
	known := slices.ContainsFunc(u.Adds, func(a evidence.WatchAdd) bool { return a.What != evidence.WatchesUnknown })
	if !first || !known {
		u.Assumed = append(u.Assumed, evidence.AssumedTarget)
	}
}

// answers notes whether an add is an answer to events, by what stands around it on the
// way from a handler, and to which. A function that also begins the watch answers, too.
func (s *source) answers(u *evidence.WatchUse, l *library, a add, handlers []*function) (only bool) {
	type step struct {
		fn    *function
		stack []ast.Node
		asks  []ast.Expr
		aside bool
	}
	aside := func(stack []ast.Node) bool { _, is := enclosing[*ast.GoStmt](stack); return is }
	first := step{a.fn, a.stack, conditions(a.stack), aside(a.stack)}
	seen := map[*function]bool{}
	outside := false
	for todo := []step{first}; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		if slices.Contains(handlers, at.fn) && s.inEventCode(at.fn, at.stack, l) {
			s.noteAnswer(u, l, a, at.fn, at.asks, at.aside)
			only = true
			continue
		}
		if seen[at.fn] || at.fn.obj == nil {
			continue
		}
		seen[at.fn] = true
		callers := s.callersOf[at.fn.obj]
		outside = outside || len(callers) == 0
		for _, c := range callers {
			todo = append(todo, step{c.from, c.site.stack, slices.Concat(at.asks, conditions(c.site.stack)), at.aside || aside(c.site.stack)})
		}
	}
	return only && !outside
}

// inEventCode reports whether code of a handler runs for events, and not before them.
func (s *source) inEventCode(fn *function, stack []ast.Node, l *library) bool {
	for _, n := range stack {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if ch := receives(fn.pkg, n); ch != nil && s.libraryOfEvent(elementOf(fn.pkg, ch), 0) == l {
				return true
			}
		case *ast.CommClause:
			found := false
			if n.Comm != nil {
				ast.Inspect(n.Comm, func(m ast.Node) bool {
					if ch := receives(fn.pkg, m); ch != nil && s.libraryOfEvent(elementOf(fn.pkg, ch), 0) == l {
						found = true
					}
					return true
				})
			}
			if found {
				return true
			}
		case *ast.ForStmt:
			found := false
			for _, b := range n.Body.List {
				if _, isSelect := b.(*ast.SelectStmt); isSelect {
					continue
				}
				ast.Inspect(b, func(m ast.Node) bool {
					if ch := receives(fn.pkg, m); ch != nil && s.libraryOfEvent(elementOf(fn.pkg, ch), 0) == l {
						found = true
					}
					return !found
				})
			}
			if found {
				return true
			}
		}
	}
	if fn.obj != nil {
		for v := range fn.obj.Signature().Params().Variables() {
			if s.isEvent(v.Type()) {
				return true
			}
		}
	}
	return false
}

// conditions are the conditions and cases under which something stands.
func conditions(stack []ast.Node) []ast.Expr {
	var all []ast.Expr
	for i, n := range stack {
		switch n := n.(type) {
		case *ast.IfStmt:
			if i+1 < len(stack) && stack[i+1] == ast.Node(n.Body) {
				all = append(all, n.Cond)
			}
		case *ast.CaseClause:
			all = append(all, n.List...)
		}
	}
	return all
}

// noteAnswer judges an add that answers an event: a new directory, or the same file
// again.
func (s *source) noteAnswer(u *evidence.WatchUse, l *library, a add, handler *function, asks []ast.Expr, aside bool) {
	events := map[string]bool{}
	dir := false
	for _, c := range asks {
		is, _ := asksIsDir(c)
		dir = dir || is
		s.eventsIn(l, handler.pkg, c, events, 1)
	}
	switch {
	case dir || events[evidence.WatchCreate] && !events[evidence.WatchRename] && !events[evidence.WatchRemove]:
		u.NewDirs = true
		u.NewFiles = u.NewFiles || s.tellsFiles(a.fn)
		if u.NewAt == nil {
			f := s.frame(a.fn, a.call.Pos())
			u.NewAt = &f
		}
	default:
		u.Readds, u.Aside = true, aside
		f := s.frame(a.fn, a.call.Pos())
		u.ReaddAt = &f
	}
}

// tellsFiles: a function that watches directories hands on the files that it finds.
func (s *source) tellsFiles(fn *function) (tells bool) {
	walk(fn.decl.Body, func(n ast.Node, stack []ast.Node) {
		send, ok := n.(*ast.SendStmt)
		if !ok {
			return
		}
		what := guardKind(fn.pkg, stack)
		ast.Inspect(send.Value, func(m ast.Node) bool {
			if x, ok := m.(ast.Expr); ok && what != evidence.WatchesDir && walkParam(fn.pkg, x, stack, fn) {
				tells = true
			}
			return !tells
		})
	})
	return tells
}

// eventsIn notes the events that an expression names, also in functions that it calls.
func (s *source) eventsIn(l *library, g *pkg, e ast.Node, into map[string]bool, depth int) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				for _, name := range l.events[n.Sel.Name] {
					if path := importedBy(g, x); libraryOf(path) == l {
						into[name] = true
					}
				}
			}
		case *ast.CallExpr:
			if to := callee(g, n); to != nil && depth > 0 {
				if own := s.byObj[to.Origin()]; own != nil && len(own.decl.Body.List) <= 3 {
					s.eventsIn(l, own.pkg, own.decl.Body, into, depth-1)
				}
			}
		}
		return true
	})
}

// readEvents notes which events count.
func (s *source) readEvents(u *evidence.WatchUse, l *library, events []reading, leads map[*function]bool) {
	all := s.mentions(l, leads)
	acted, at, known := actedOn(l, all)
	u.Events = acted
	if at != nil {
		f := s.frame(at.fn, at.pos)
		u.Acts = &f
	}
	takes := slices.ContainsFunc(events, func(r reading) bool { return r.of == l })
	if !known && !takes {
		u.Assumed = append(u.Assumed, evidence.AssumedEvents)
	}
}

// readWait notes how it waits.
func (s *source) readWait(u *evidence.WatchUse, l *library, handlers []*function, leads map[*function]bool) {
	if l.polls {
		u.WaitKind, u.Wait = evidence.WaitPoll, assumedWait
		found := false
		for _, fn := range s.funcs {
			for _, c := range calls(fn) {
				if f := callee(fn.pkg, c); f != nil && f.Name() == "Start" && f.Pkg() != nil && s.p.libs[f.Pkg().Path()] == l && len(c.Args) == 1 {
					if d, ok := s.duration(fn.pkg, c.Args[0]); ok && d > 0 {
						u.Wait, found = d, true
					}
					f := s.frame(fn, c.Pos())
					u.Waits = &f
				}
			}
		}
		if !found {
			u.Assumed = append(u.Assumed, evidence.AssumedWait)
		}
		return
	}
	if l.kind == evidence.LibOurs {
		return // it waits itself
	}
	w, ok := s.waits(handlers, leads)
	if !ok {
		return
	}
	f := s.frame(w.fn, w.pos)
	u.Waits, u.WaitKind, u.Wait = &f, w.kind, w.lasts
	if !w.known {
		u.Wait = assumedWait
		u.Assumed = append(u.Assumed, evidence.AssumedWait)
	}
}

// readLull notes the wait that a wrapper is told.
func (s *source) readLull(u *evidence.WatchUse, adds []add) {
	if u.Via == "" || u.Wait > 0 {
		return
	}
	for _, a := range adds {
		for _, arg := range a.call.Args {
			if t := a.fn.pkg.info.TypeOf(arg); t == nil || t.String() != "time.Duration" {
				continue
			}
			f := s.frame(a.fn, a.call.Pos())
			u.Waits, u.WaitKind = &f, evidence.WaitQuiet
			var ok bool
			if u.Wait, ok = s.duration(a.fn.pkg, arg); !ok || u.Wait <= 0 {
				u.Wait = assumedWait
				u.Assumed = append(u.Assumed, evidence.AssumedWait)
			}
			return
		}
	}
}

func calls(fn *function) []*ast.CallExpr {
	var all []*ast.CallExpr
	ast.Inspect(fn.decl.Body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			all = append(all, c)
		}
		return true
	})
	return all
}

// readHandling notes what else the handlers do: whether lost events are asked for,
// contents are compared, and the files of a new directory are looked at.
func (s *source) readHandling(u *evidence.WatchUse, l *library, handlers []*function) {
	for _, fn := range s.funcs {
		ast.Inspect(fn.decl.Body, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && (sel.Sel.Name == "ErrEventOverflow" || sel.Sel.Name == "IN_Q_OVERFLOW") {
				u.Overflow = true
			}
			return true
		})
	}
	for _, fn := range handlers {
		ast.Inspect(fn.decl.Body, func(n ast.Node) bool {
			if b, ok := n.(*ast.BinaryExpr); ok && (b.Op == token.EQL || b.Op == token.NEQ) && (s.namesEvent(fn.pkg, b.X) || s.namesEvent(fn.pkg, b.Y)) {
				u.OneFile = true
			}
			return true
		})
	}
	for _, fn := range s.reach(handlers, 4) {
		for _, c := range calls(fn) {
			f := callee(fn.pkg, c)
			if f == nil || f.Pkg() == nil {
				continue
			}
			if p := f.Pkg().Path(); strings.HasPrefix(p, "crypto/") || strings.HasPrefix(p, "hash/") || p == "bytes" && f.Name() == "Equal" {
				u.Hashes = true
			}
		}
	}
}

// namesEvent: the expression is the path of an event, or a part of it that still tells
// one file from another.
func (s *source) namesEvent(g *pkg, e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name == "Name" && s.isEvent(g.info.TypeOf(e.X))
	case *ast.CallExpr:
		f := callee(g, e)
		if f == nil || f.Pkg() == nil {
			return false
		}
		switch f.Pkg().Path() + "." + f.Name() {
		case "path/filepath.Clean", "path/filepath.Base", "path/filepath.Abs", "path.Base", "path.Clean":
			return len(e.Args) == 1 && s.namesEvent(g, e.Args[0])
		}
		return f.Name() == "Path" && len(e.Args) == 0 && s.isEvent(receiverType(g, e))
	}
	return false
}

func receiverType(g *pkg, c *ast.CallExpr) types.Type {
	if sel, ok := c.Fun.(*ast.SelectorExpr); ok {
		return g.info.TypeOf(sel.X)
	}
	return nil
}

// readSets notes whether sets are declared to reload/watch.
func (s *source) readSets(u *evidence.WatchUse, adds []add) {
	u.Events = nil
	for _, a := range adds {
		ast.Inspect(a.fn.decl.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if id, ok := n.Key.(*ast.Ident); ok && id.Name == "Sets" {
					u.Sets = true
				}
			case *ast.AssignStmt:
				for _, lhs := range n.Lhs {
					if sel, ok := lhs.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sets" {
						u.Sets = true
					}
				}
			}
			return true
		})
	}
}

// usualBuffer stands for a channel that the code does not show being made.
const usualBuffer = 1024

// bufferOf is how many events a channel keeps that the project made.
func (s *source) bufferOf(g *pkg, ch ast.Expr) int {
	for _, v := range s.values[objectOf(g, ch)] {
		c, ok := v.(*ast.CallExpr)
		if !ok {
			continue
		}
		if len(c.Args) == 1 {
			return 0
		}
		if n, ok := s.number(s.home[v], c.Args[1], 0); ok && n > 0 && n < 1<<20 {
			return int(n)
		}
	}
	return usualBuffer
}

// importedBy is the import path that a name stands for; empty: it is no package.
func importedBy(g *pkg, name *ast.Ident) string {
	if p, ok := g.info.Uses[name].(*types.PkgName); ok {
		return p.Imported().Path()
	}
	return ""
}
