package diagnose

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// The Go program of a page has one thread, the page's, and gives it back whenever none
// of its goroutines can run. So a program that waits looks alive, and there are three
// ways to be frozen: a goroutine computes, or a callback waits, and the thread does not
// come back; or all wait for what nothing will bring, and it comes back for nothing.

const (
	deadlocked = "wasm/deadlock"
	// computing for so long in one go is more than a long task.
	computesLong = time.Second
)

// page is the freeze family for a page.
func (c *theCase) page() []report.Finding {
	switch p := c.f.Page; {
	case p.Exited && strings.HasPrefix(p.Fatal, "all goroutines are asleep"):
		return []report.Finding{c.fellAsleep()}
	case p.Exited:
		return nil // the wasm family tells why
	}
	if f, ok := c.heldUp(); ok {
		return []report.Finding{f}
	}
	if f, ok := c.waitsForEver(); ok {
		return []report.Finding{f}
	}
	if c.f.FromDump || len(c.f.Goroutines) == 0 {
		return nil
	}
	out := c.withoutUI(nil)
	return slices.DeleteFunc(out, func(f report.Finding) bool { return f.Blocker == nil })
}

// heldUp: the page's thread is kept by a goroutine.
func (c *theCase) heldUp() (report.Finding, bool) {
	s, ok := c.longestHold()
	if !ok {
		return report.Finding{}, false
	}
	least := noticed
	if s.points[0].Status != evidence.StatusWaiting {
		least = computesLong
	}
	if s.lasted < least {
		return report.Finding{}, false
	}
	u := evidence.UIGoroutine{Goroutine: s.goroutine, Role: evidence.RoleUI}
	f, ok := c.explain(u, s)
	if ok && f.Where.Function == "" {
		return f, false
	}
	f.Evidence = []string{"page"}
	f.Remedy = slices.DeleteFunc(f.Remedy, func(t text.Text) bool {
		return strings.HasPrefix(t.Key, "remedy.change.async.")
	})
	if s.points[0].Status == evidence.StatusWaiting {
		f.Remedy = append(f.Remedy, text.T("remedy.change.page.callback"))
	} else if cause(f.ID) == computes || cause(f.ID) == layouts {
		f.Remedy = []text.Text{text.T("remedy.change.page.steps", f.Where.Function), text.T("remedy.change.page.worker")}
	}
	return f, ok
}

// longestHold is the longest row of looks at which the page's thread did not answer
// and was in one and the same call of user code.
func (c *theCase) longestHold() (best stretch, ok bool) {
	pts := c.f.Points
	for i := 0; i < len(pts); {
		if pts[i].Activity == evidence.Idle || pts[i].Stack < 0 {
			i++
			continue
		}
		s := stretch{goroutine: pts[i].Goroutine}
		j := i
		for ; j < len(pts) && pts[j].Activity != evidence.Idle; j++ {
			if pts[j].Goroutine == s.goroutine && pts[j].Stack >= 0 && (len(s.points) == 0 || !c.wentRound(s.points[len(s.points)-1], pts[j])) {
				s.points = append(s.points, pts[j])
			} else if pts[j].Goroutine == s.goroutine {
				break
			}
		}
		s.lasted = s.points[len(s.points)-1].At - s.points[0].At
		s.whole = j == len(pts)
		s.all, s.watched = len(pts), s.lasted
		s.oneWait = oneStand(s.points) && s.points[0].Status == evidence.StatusWaiting
		if !ok || s.lasted > best.lasted {
			best, ok = s, true
		}
		i = max(j, i+1)
	}
	return best, ok
}

// fellAsleep: the runtime itself found that no goroutine can go on, and ended the
// program. That it does only while JavaScript waits for a callback to return.
func (c *theCase) fellAsleep() report.Finding {
	f := report.Finding{ID: deadlocked, Severity: report.P0, Confidence: 0.97, Evidence: []string{"page"}}
	f.Why = []text.Text{text.T("why.page.fatal", c.f.Page.Fatal)}
	g := c.inCallback()
	if g == nil {
		if g = c.byID[1]; g == nil || len(g.Frames) == 0 {
			f.Where = &report.Place{Function: "main.main"}
			f.Title = text.T("finding.wasm/deadlock.title.unknown")
			f.Remedy = c.pageRemedies("callback")
			return f
		}
		f.Where = userPlace(c.t, g)
		f.Title = text.T("finding.wasm/deadlock.title", f.Where.Function)
		f.Remedy = c.pageRemedies("serve", f.Where.Function)
		return f
	}
	c.blame(&f, g)
	f.Title = text.T("finding.wasm/deadlock.title.callback", f.Where.Function)
	f.Why = append(f.Why, text.T("why.page.callback", g.ID))
	f.Remedy = c.pageRemedies("callback")
	return f
}

// inCallback is the goroutine that JavaScript has called and that waits in user code.
func (c *theCase) inCallback() *evidence.Goroutine {
	for i := range c.f.Goroutines {
		g := &c.f.Goroutines[i]
		if g.Status == evidence.StatusWaiting && calledByJS(g) {
			return g
		}
	}
	return nil
}

func calledByJS(g *evidence.Goroutine) bool {
	return slices.ContainsFunc(g.Frames, func(f evidence.Frame) bool { return f.Function == "syscall/js.handleEvent" })
}

// blame names the goroutine, and who has what it waits for.
func (c *theCase) blame(f *report.Finding, g *evidence.Goroutine) {
	f.Where = userPlace(c.t, g)
	f.SinceMS = c.waited(g).Milliseconds()
	f.Why = append(f.Why, c.whyObject(g)...)
	steps, cycle := c.chain(g.ID)
	if len(steps) > 1 {
		f.Chain = c.links(steps, cycle)
	}
	if h := steps[0].hold; h != nil {
		f.Blocker = c.holderPlace(h)
		f.Why = append(f.Why, c.whyHold(h, f.Blocker)...)
	}
}

// waitsForEver: JavaScript has control, and the program waits for what nothing brings.
//
// A program whose main ends with a wait for ever and that lives by callbacks is
// healthy, and so is one that has drawn its page and has nothing more to do.
func (c *theCase) waitsForEver() (report.Finding, bool) {
	p := c.f.Page
	stuck := map[uint64]*evidence.StuckGoroutine{}
	for i := range p.Stuck {
		stuck[p.Stuck[i].Goroutine] = &p.Stuck[i]
	}
	f := report.Finding{ID: deadlocked, Severity: report.P0, Confidence: 0.9, Evidence: []string{"page"}}
	if main := stuck[1]; main != nil && !main.Never {
		if other := c.firstOther(main); other != nil && c.byID[1] != nil {
			c.waitsForOther(&f, c.byID[1], other)
			return f, true
		}
	}
	if !c.nothingComes() {
		return f, false
	}
	g := c.culprit(stuck)
	if g == nil {
		return f, false
	}
	c.blame(&f, g)
	f.Title = text.T("finding.wasm/deadlock.title", f.Where.Function)
	f.Why = append(f.Why, text.T("why.page.nothing"))
	if p.Drawn == evidence.DrawnNo {
		f.Why = append(f.Why, text.T("why.page.undrawn"))
	}
	switch s := stuck[g.ID]; {
	case s != nil && len(s.Others) == 0 && !isLock(g):
		// Only it has what it waits for: it may be meant to wait for ever.
		f.Confidence = 0.8
	case f.Blocker == nil && s != nil:
		if other := c.firstOther(s); other != nil {
			c.waitsForOther(&f, g, other)
		}
	}
	f.Remedy = c.pageRemedies("serve", f.Where.Function)
	if f.Blocker != nil && f.Blocker.Goroutine == g.ID {
		f.Title = text.T("finding.wasm/deadlock.title.self", f.Where.Function, f.Blocker.Function)
		f.Remedy = []text.Text{f.Remedy[0], text.T("finding.ui-deadlock.change.self")}
		return f, true
	}
	if g.ID == 1 {
		f.Remedy = append(f.Remedy, text.T("finding.wasm/deadlock.change.listen"))
	}
	return f, true
}

// firstOther is a goroutine that has what a stuck one waits for, and is stuck, too: one
// with user code.
func (c *theCase) firstOther(s *evidence.StuckGoroutine) *evidence.Goroutine {
	for _, id := range s.Others {
		if g := c.byID[id]; g != nil && hasUserCode(g) {
			return g
		}
	}
	return nil
}

// waitsForOther: two goroutines of which one waits for the other, and both for ever.
func (c *theCase) waitsForOther(f *report.Finding, g, other *evidence.Goroutine) {
	c.blame(f, g)
	if f.Blocker == nil || f.Blocker.Goroutine != other.ID {
		f.Blocker = userPlace(c.t, other)
	}
	f.Title = text.T("finding.wasm/deadlock.title.blocker", f.Where.Function, f.Blocker.Function)
	f.Why = append(f.Why, text.T("why.page.proof"), text.T("why.page.other", f.Blocker.Goroutine, f.Blocker.Function, at(f.Blocker)))
	f.Remedy = c.pageRemedies("serve", f.Where.Function)
	if isLock(g) && isLock(other) {
		f.Remedy = c.pageRemedies("order")
	}
}

// nothingComes reports whether nothing can happen in the program any more: no
// goroutine can run, no timer fires, and there is no function that JavaScript can
// call.
func (c *theCase) nothingComes() bool {
	p := c.f.Page
	if p.Callbacks != 0 || p.Timers != 0 || len(p.Exports) != 0 || p.Busy != 0 && len(c.f.UI) != 0 {
		return false
	}
	return !slices.ContainsFunc(c.f.Goroutines, func(g evidence.Goroutine) bool {
		switch {
		case g.Status == evidence.StatusRunnable, g.Status == evidence.StatusSyscall, g.WaitReason == "sleep":
			return true
		}
		return false
	})
}

// culprit is the goroutine to name where nothing can happen any more, nil if the
// program means to be at its end.
func (c *theCase) culprit(stuck map[uint64]*evidence.StuckGoroutine) *evidence.Goroutine {
	main := c.byID[1]
	if main == nil || main.Status != evidence.StatusWaiting {
		return nil
	}
	undrawn := c.f.Page.Drawn == evidence.DrawnNo
	var all []*evidence.Goroutine
	for i := range c.f.Goroutines {
		g := &c.f.Goroutines[i]
		if g.Status != evidence.StatusWaiting || g.System || toolkit.UserFrame(g.Frames) < 0 || g.WaitReason == "select (no cases)" {
			continue
		}
		s := stuck[g.ID]
		private := s != nil && len(s.Others) == 0 && !isLock(g)
		switch {
		case isLock(g):
		case g.ID == 1 && !private:
		case g.ID == 1 && undrawn:
		case g.ID != 1 && undrawn && main.WaitReason == "select (no cases)":
		default:
			continue // it may be meant so: a main that stays, a worker without work
		}
		all = append(all, g)
	}
	if len(all) == 0 {
		return nil
	}
	// Main before others; then who waits for another's lock.
	return slices.MinFunc(all, func(a, b *evidence.Goroutine) int {
		return cmp.Or(cmp.Compare(foremost(a), foremost(b)), cmp.Compare(a.ID, b.ID))
	})
}

// foremost puts main before those that wait for locks, and these before others.
func foremost(g *evidence.Goroutine) int {
	switch {
	case g.ID == 1:
		return 0
	case isLock(g):
		return 1
	}
	return 2
}

// isLock: the goroutine waits for a lock, which nobody does on purpose.
func isLock(g *evidence.Goroutine) bool {
	return causeOf(nil, g.Status, g.WaitReason, g.Frames) == locks
}

// pageRemedies are what to do now, and what to change.
func (c *theCase) pageRemedies(change string, args ...any) []text.Text {
	return []text.Text{text.T("finding.wasm/deadlock.now"), text.T("finding.wasm/deadlock.change."+change, args...)}
}
