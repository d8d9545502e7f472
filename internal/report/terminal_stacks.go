package report

import (
	"fmt"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// stacks writes the whole stacks of the goroutines that the findings name, and
// of the UI goroutines, each once.
func (t *terminal) stacks() {
	all := involved(t.r, t.freeze)
	if len(all) == 0 {
		return
	}
	t.page.blank()
	t.page.line(span{}, span{}, span{styleBold, t.say("report.stacks")})
	for _, g := range all {
		t.page.blank()
		t.stack(g)
	}
}

func (t *terminal) stack(g *evidence.Goroutine) {
	title := stackTitle(g, t.o.Lang)
	if role := roleOf(g.ID, t.freeze, t.o.Lang); role != "" {
		title += " (" + role + ")"
	}
	t.page.line(plain("  "), plain("    "), span{styleBold, title})
	for i := range g.Frames {
		f := &g.Frames[i]
		st := styleDim
		if f.Origin == evidence.OriginUser {
			st = styleBold
		}
		spans := []span{{st, shortFunction(f.Function)}}
		if f.Inlined {
			spans = append(spans, span{styleDim, " [" + t.say("report.stack.inlined") + "]"})
		}
		t.page.line(plain("    "), plain("        "), spans...)
		if f.File != "" {
			t.page.line(plain("        "), plain("        "), span{styleDim, fmt.Sprintf("%s:%d", f.File, f.Line)})
		}
	}
	if g.Cut != "" {
		t.page.line(plain("    "), plain("      "), span{styleYellow, t.say("report.stack.cut", g.Cut)})
	}
	if g.Created != nil {
		t.page.line(plain("    "), plain("        "), span{styleDim, t.say("report.stack.created", fmt.Sprintf("%s %s:%d", shortFunction(g.Created.Function), g.Created.File, g.Created.Line))})
	}
}

// stackTitle is the headline of a goroutine's stack, in the form of the
// runtime's own dumps.
func stackTitle(g *evidence.Goroutine, lang text.Lang) string {
	if g.WaitingFor > 0 {
		return text.T("report.stack.since", g.ID, stateOf(g), text.Duration(g.WaitingFor)).In(lang)
	}
	return text.T("report.stack", g.ID, stateOf(g)).In(lang)
}

// stateOf is the runtime's word for what a goroutine does.
func stateOf(g *evidence.Goroutine) string {
	if g.Status == evidence.StatusWaiting && g.WaitReason != "" {
		return g.WaitReason
	}
	return g.Status
}

// involved returns the goroutines that the findings name, in the findings'
// order, then the UI goroutines, each once. The pointers go into f.
func involved(r *Report, f *evidence.Freeze) []*evidence.Goroutine {
	if f == nil {
		return nil
	}
	byID := make(map[uint64]*evidence.Goroutine, len(f.Goroutines))
	for i := range f.Goroutines {
		byID[f.Goroutines[i].ID] = &f.Goroutines[i]
	}
	var all []*evidence.Goroutine
	add := func(id uint64) {
		if g := byID[id]; g != nil {
			all = append(all, g)
			delete(byID, id)
		}
	}
	for i := range r.Findings {
		fd := &r.Findings[i]
		if fd.Where != nil {
			add(fd.Where.Goroutine)
		}
		if fd.Blocker != nil {
			add(fd.Blocker.Goroutine)
		}
		for _, l := range fd.Chain {
			add(l.Goroutine)
		}
		for _, a := range fd.Alternatives {
			if a.Place != nil {
				add(a.Place.Goroutine)
			}
		}
	}
	for _, ui := range f.UI {
		add(ui.Goroutine)
	}
	return all
}
