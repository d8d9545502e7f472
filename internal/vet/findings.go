package vet

import (
	"fmt"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// risky makes a finding of a wait on the UI goroutine.
func (f *finder) risky(w *waiting) {
	last := f.userNode(w.at)
	if last == nil {
		return
	}
	chain := f.chain(w.at)
	f.finish(chain, open{w.pos, stepText(w)})
	chain = append(chain, f.factLinks(w.fact)...)
	where := f.placeIn(w.at, w.pos, last)
	title := text.T("finding.ui-thread/risky-call.title", where.Function, w.call)
	switch {
	case w.kind == lock:
		title = text.T("finding.ui-thread/risky-call.title.lock", where.Function, w.call, shown(w.holds.fn))
	case strings.HasPrefix(w.call, "<-") || strings.HasSuffix(w.call, "<-") || w.call == "select":
		title = text.T("finding.ui-thread/risky-call.title.wait", where.Function, w.call)
	}
	x := report.Finding{
		ID: idRisky, Severity: report.P2, Title: title, Where: &where, Chain: chain, Confidence: confidence(w.at),
		Why:    []text.Text{f.rootText("vet.why.ui", w.at), waitText(w.kind, w.call)},
		Remedy: []text.Text{text.T("finding.ui-thread/risky-call.now"), remedyFor(w.kind, w.call)},
	}
	if h := w.holds; h != nil {
		at := f.place(shown(h.fn), h.at.Pos())
		x.Blocker = &at
		x.Why = append(x.Why, text.T("vet.why.holder", shown(h.fn), h.name, h.waits.call, f.at(h.waits.pos)))
		chain[len(chain)-1].Via = text.T("vet.step.takes", h.name)
		x.Chain = append(chain, report.Link{Place: at, Via: text.T("vet.step.holds", h.waits.call, f.at(h.waits.pos))})
	}
	f.add(x, posOf(w.at, last, w.pos))
}

// crossing makes a finding of a call on the wrong goroutine or thread.
func (f *finder) crossing(c *crossing) {
	last := f.userNode(c.at)
	if last == nil {
		return
	}
	call := short(c.f)
	chain := f.chain(c.at)
	f.finish(chain, open{c.pos, text.T("vet.step.calls", call)})
	where := f.placeIn(c.at, c.pos, last)
	x := report.Finding{Where: &where, Chain: chain, Confidence: confidence(c.at), Severity: report.P1, ID: idUnlocked}
	change := "finding.ui-thread/unlocked.change." + c.kit.Name
	switch c.reason {
	case foreign:
		x.ID = idForeign
		x.Title = text.T("finding.ui-thread/foreign-call.title", where.Function, call)
		x.Why = []text.Text{f.rootText("vet.why.away", c.at), text.T("vet.why.reserved", call)}
		x.Remedy = []text.Text{text.T("finding.ui-thread/foreign-call.now"), text.T("finding.ui-thread/foreign-call.change."+c.kit.Name, call)}
	case loopAway:
		x.Title = text.T("finding.ui-thread/unlocked.title.away", where.Function, call)
		x.Why = []text.Text{f.rootText("vet.why.away", c.at), text.T("vet.why.main", call)}
		x.Remedy = []text.Text{text.T(change)}
	case inherited:
		x.Title = text.T("finding.ui-thread/unlocked.title.inherit", where.Function, call)
		x.Why = []text.Text{f.rootText("vet.why.away", c.at), text.T("vet.why.inherit")}
		x.Remedy = []text.Text{text.T("vet.remedy.inherit")}
	case late:
		x.Title = text.T("finding.ui-thread/unlocked.title.late", where.Function, call)
		x.Why = []text.Text{text.T("vet.why.late", f.at(c.lock)), text.T("vet.why.main", call)}
		x.Remedy = []text.Text{text.T(change)}
	case unlocked:
		x.Title = text.T("finding.ui-thread/unlocked.title.missing", where.Function, call)
		x.Why = []text.Text{text.T("vet.why.missing"), text.T("vet.why.main", call)}
		x.Remedy = []text.Text{text.T(change)}
	}
	f.add(x, posOf(c.at, last, c.pos))
}

// faulty reports a comment that suppresses nothing.
func (f *finder) faulty(g faultyIgnore) {
	id, key := g.id, "vet.why.no-reason"
	if !isID(id) {
		id, key = idRisky, "vet.why.no-id"
	}
	f.findings = append(f.findings, report.Finding{
		ID: id, Severity: report.P2, Title: text.T(ignoreTitles[key]), Confidence: 1,
		Where:  &report.Place{Function: marker[2:], File: relative(f.dir, g.at.Filename), Line: g.at.Line},
		Why:    []text.Text{text.T(key, g.id)},
		Remedy: []text.Text{text.T("vet.remedy.ignore")}, Evidence: []string{"source"},
	})
	f.positions = append(f.positions, g.pos)
}

var ignoreTitles = map[string]string{
	"vet.why.no-reason": "finding.ui-thread/risky-call.title.no-reason",
	"vet.why.no-id":     "finding.ui-thread/risky-call.title.no-id",
}

// add keeps one finding a place: the first, which has the shortest way.
func (f *finder) add(x report.Finding, pos token.Pos) {
	key := fmt.Sprint(x.ID, " ", x.Where.File, ":", x.Where.Line)
	if f.seen[key] {
		return
	}
	f.seen[key] = true
	x.Evidence = []string{"source"}
	f.findings = append(f.findings, x)
	f.positions = append(f.positions, pos)
}

// userNode is the innermost function of the user's code on the way.
func (f *finder) userNode(n *node) *node {
	for n != nil && f.e.originOf(n.fn) != userCode {
		n = n.prev
	}
	return n
}

// placeIn is the place in the user's innermost function: of the wait itself, or
// of the call that leads on to it.
func (f *finder) placeIn(n *node, pos token.Pos, last *node) report.Place {
	return f.place(shown(last.fn), posOf(n, last, pos))
}

// chain is the way to n, one link a function, each with the line on which it
// calls the next one. The last link's line and step are still open.
func (f *finder) chain(n *node) []report.Link {
	var nodes []*node
	for x := n; x != nil; x = x.prev {
		nodes = append([]*node{x}, nodes...)
	}
	var links []report.Link
	for i, x := range nodes {
		l := report.Link{Place: f.place(shown(x.fn), x.fn.Pos())}
		if i+1 < len(nodes) {
			l.Place = f.place(shown(x.fn), nodes[i+1].site)
			l.Via = text.T("vet.step.calls", shown(nodes[i+1].fn))
		}
		if x.fn.Synthetic != "" && i > 0 && i+1 < len(nodes) { // a wrapper: no line of the source
			links[len(links)-1].Via = l.Via
			continue
		}
		links = append(links, l)
	}
	return links
}

// open is a wait's or a call's own step.
type open struct {
	pos token.Pos
	via text.Text
}

// finish fills in the last link.
func (f *finder) finish(chain []report.Link, last open) {
	l := &chain[len(chain)-1]
	l.Place = f.place(l.Function, last.pos)
	l.Via = last.via
}

func (f *finder) place(function string, pos token.Pos) report.Place {
	at := f.e.position(pos)
	return report.Place{Function: function, File: relative(f.dir, at.Filename), Line: at.Line}
}

func (f *finder) at(pos token.Pos) string {
	at := f.e.position(pos)
	return place(relative(f.dir, at.Filename), at.Line)
}

func place(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }

// relative is a file's path within dir; what is not below it keeps the last two
// elements of its folder, so that a report does not show where modules are kept.
func relative(dir, file string) string {
	if file == "" {
		return ""
	}
	if rel, err := filepath.Rel(dir, file); err == nil && !strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(rel)
	}
	file = filepath.ToSlash(file)
	if _, mod, ok := strings.Cut(file, "/pkg/mod/"); ok {
		return mod
	}
	parts := strings.Split(file, "/")
	return strings.Join(parts[max(0, len(parts)-3):], "/")
}

// rootText says why the first function of the way runs where it does.
func (f *finder) rootText(key string, n *node) text.Text {
	for n.prev != nil {
		n = n.prev
	}
	if n.root == nil {
		return text.T("vet.why.exported", shown(n.fn))
	}
	return text.T(key, shown(n.fn), n.root.how, f.at(n.root.at))
}

// confidence: each dynamic call on the way may have another target.
func confidence(n *node) float64 {
	c := 0.95
	for range n.guess {
		c *= 0.85
	}
	return max(0.3, float64(int(c*100+0.5))/100)
}

// stepText says what the last function of the way does.
func stepText(w *waiting) text.Text {
	if strings.Contains(w.call, "<-") || w.call == "select" {
		return text.T("vet.step.waits", w.call)
	}
	return text.T("vet.step.calls", w.call)
}

func waitText(k kind, call string) text.Text {
	if k == uiTurn {
		return text.T("vet.why.ui-turn", call)
	}
	return text.T("vet.why."+string(k), call)
}

// remedyFor is the change that each kind of wait asks for.
func remedyFor(k kind, call string) text.Text {
	switch k {
	case lock:
		return text.T("vet.remedy.lock", call)
	case channel:
		return text.T("vet.remedy.channel", call)
	case sleep:
		return text.T("vet.remedy.sleep", call)
	}
	return text.T("finding.ui-thread/risky-call.change", call)
}

// factLinks are the steps in packages that were read before.
func (f *finder) factLinks(b *Blocks) []report.Link {
	if b == nil {
		return nil
	}
	var links []report.Link
	for i, s := range b.Steps {
		l := report.Link{Place: report.Place{Function: s.Function, File: relative(f.dir, s.File), Line: s.Line}, Via: text.T("vet.step.calls", b.Call)}
		if i+1 < len(b.Steps) {
			l.Via = text.T("vet.step.calls", b.Steps[i+1].Function)
		}
		links = append(links, l)
	}
	return links
}
