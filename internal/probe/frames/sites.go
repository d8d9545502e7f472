package frames

import (
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// place is one address at which the program is watched, and what its passing
// means. Several marks may share one: the call that follows a return.
type place struct {
	addr    uint64
	turns   []toolkit.Turn // in order: what was left before what is entered
	foreign string         // the function that only the UI goroutine may call; empty: none
	world   world
	stepped bool
}

// world is what the passing of one of the runtime's functions says of all
// goroutines.
type world int

const (
	notWorld world = iota
	worldStops
	worldStarts
	markBegins
	markEnds
)

// places finds where to watch a program. loops are the functions that are the
// user's own loops. missing names the marks that the program has no code for: it
// does not use them, or the compiler inlined them.
func places(p *gort.Program, tk *toolkit.Toolkit, loops []string, quick bool) (found []*place, missing []string) {
	at := map[uint64]*place{}
	add := func(s gort.ProbeSite) *place {
		pl := at[s.Addr]
		if pl == nil {
			pl = &place{addr: s.Addr, stepped: s.Stepped}
			at[s.Addr] = pl
			found = append(found, pl)
		}
		return pl
	}
	marks, replaced := standing(p, tk.Marks)
	seen := map[string]bool{}
	funcs := matching(p, marks, tk)
	calls := p.CallSites(funcs.callees(marks))
	leave := func(s gort.ProbeSite, t toolkit.Turn) {
		pl := add(s)
		if !slices.Contains(pl.turns, t) {
			pl.turns = append([]toolkit.Turn{t}, pl.turns...)
		}
	}
	enter := func(s gort.ProbeSite, t toolkit.Turn) {
		pl := add(s)
		if !slices.Contains(pl.turns, t) {
			pl.turns = append(pl.turns, t)
		}
	}
	lastCalls := func(last toolkit.Pattern, f gort.Func) (sites []gort.ProbeSite) {
		for _, c := range calls[funcs.last[last].Entry] {
			if c.In.Entry == f.Entry && !c.Tail {
				sites = append(sites, gort.ProbeSite{Addr: c.Addr})
			}
		}
		return sites
	}
	for i := range marks {
		m := &marks[i]
		if quick && !m.Enter.Idle && !m.Enter.Busy && !m.Enter.Frame && !m.Leave.Frame {
			continue
		}
		some := m.In != "" && m.In != toolkit.OwnLoop && !exists(p, m.In)
		for _, f := range funcs.of[i] {
			if m.In == "" {
				if !m.Enter.Zero() {
					if s, ok := p.EntrySite(f); ok {
						enter(s, m.Enter)
						some = true
					}
				}
				if !m.Leave.Zero() {
					sites := lastCalls(m.Last, f)
					if len(sites) == 0 {
						sites = p.ReturnSites(f)
					}
					for _, s := range sites {
						leave(s, m.Leave)
						some = true
					}
				}
				continue
			}
			for _, c := range calls[f.Entry] {
				if !inFunction(m.In, c.In.Name(), loops) || c.Tail {
					continue
				}
				some = true
				if !m.Enter.Zero() {
					enter(gort.ProbeSite{Addr: c.Addr}, m.Enter)
				}
				if !m.Leave.Zero() {
					for _, s := range returned(p, f, c, m.Leave.Frame) {
						leave(s, m.Leave)
					}
				}
			}
		}
		key := string(m.In) // marks of one function are alternatives
		if m.In == "" || m.Leave.Frame {
			key += string(m.Match)
		}
		if (m.Leave.Frame && !slices.Contains(replaced, m.Match) || m.Enter.Idle) && m.In != toolkit.OwnLoop {
			seen[key] = seen[key] || some
		}
	}
	for i := range marks {
		m := &marks[i]
		for _, key := range []string{string(m.In), string(m.In) + string(m.Match)} {
			if some, ok := seen[key]; ok && !some {
				missing = append(missing, string(m.Match))
				delete(seen, key)
			}
		}
	}
	if quick {
		return found, missing
	}
	for _, f := range funcs.only {
		if s, ok := p.EntrySite(f); ok && len(add(s).turns) == 0 {
			add(s).foreign = f.Name()
		}
	}
	w := toolkit.WorldMarks
	for name, f := range p.Lookup(w.Stop, w.Start, w.MarkBegins, w.MarkEnds) {
		s, ok := p.EntrySite(f)
		if !ok {
			continue
		}
		add(s).world = map[string]world{w.Stop: worldStops, w.Start: worldStarts, w.MarkBegins: markBegins, w.MarkEnds: markEnds}[name]
	}
	return found, missing
}

// standing are the marks without those that stand in for functions that the program
// has. replaced are the functions that it does not have and others stand in for.
func standing(p *gort.Program, all []toolkit.Mark) (marks []toolkit.Mark, replaced []toolkit.Pattern) {
	has := map[toolkit.Pattern]bool{}
	for _, m := range all {
		if _, known := has[m.Without]; !known && m.Without != "" {
			has[m.Without] = exists(p, m.Without)
		}
		if m.Without != "" && has[m.Without] {
			continue
		}
		if m.Without != "" {
			replaced = append(replaced, m.Without)
		}
		marks = append(marks, m)
	}
	return marks, replaced
}

// returned is where to note that one call of f has returned. Of a frame's end it
// must be known that the call was made: where the code behind the call does not
// show it, all returns of f are marked. Elsewhere the cheaper place will do. If
// the caller returns at once, its own callers are asked.
func returned(p *gort.Program, f gort.Func, c gort.CallSite, frame bool) []gort.ProbeSite {
	s, returns, ok := p.ReturnSite(c)
	switch {
	case returns:
		return p.ReturnSites(c.In)
	case frame && ok:
		return []gort.ProbeSite{s}
	case frame:
		return p.Returns(f)
	}
	if s, ok = p.AfterSite(c); ok {
		return []gort.ProbeSite{s}
	}
	return nil
}

// exists reports whether the program has a function that the pattern matches.
func exists(p *gort.Program, pattern toolkit.Pattern) bool {
	found := false
	p.Functions(func(f gort.Func) bool {
		found = pattern.Match(f.Name())
		return !found
	})
	return found
}

// inFunction reports whether a function is the one in which a mark is meant.
func inFunction(in toolkit.Pattern, name string, loops []string) bool {
	if in == toolkit.OwnLoop {
		return slices.Contains(loops, name)
	}
	return in.Match(name)
}

// matched are the program's functions that marks name.
type matched struct {
	of   [][]gort.Func // by mark
	only []gort.Func   // that only the UI goroutine may call
	last map[toolkit.Pattern]gort.Func
}

// maxOnly bounds the probes on functions that only the UI goroutine may call.
const maxOnly = 128

func matching(p *gort.Program, marks []toolkit.Mark, tk *toolkit.Toolkit) matched {
	m := matched{of: make([][]gort.Func, len(marks)), last: map[toolkit.Pattern]gort.Func{}}
	p.Functions(func(f gort.Func) bool {
		name := f.Name()
		for i := range marks {
			if marks[i].Match.Match(name) {
				m.of[i] = append(m.of[i], f)
			}
			if last := marks[i].Last; last != "" && last.Match(name) {
				m.last[last] = f
			}
		}
		if tk.OnlyUI(name) && len(m.only) < maxOnly && !strings.Contains(name, ".func") {
			m.only = append(m.only, f)
		}
		return true
	})
	return m
}

// callees are the functions whose calls are looked for.
func (m *matched) callees(marks []toolkit.Mark) []gort.Func {
	var fs []gort.Func
	for i := range marks {
		if marks[i].In != "" {
			fs = append(fs, m.of[i]...)
		}
	}
	for _, f := range m.last {
		fs = append(fs, f)
	}
	return fs
}
