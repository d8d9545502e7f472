package diagnose

import (
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// withoutUI is for programs in which no UI loop runs: their deadlocks, and their
// chains of locks.
func (c *theCase) withoutUI(found []report.Finding) []report.Finding {
	var out []report.Finding
	told := map[uint64]bool{}
	for _, f := range found {
		told[f.Where.Goroutine] = true
	}
	for i := range c.f.Goroutines {
		g := &c.f.Goroutines[i]
		if len(c.holds[g.ID]) == 0 || told[g.ID] {
			continue
		}
		steps, cycle := c.chain(g.ID)
		if cycle >= 0 {
			if f, ok := c.cycleFinding(steps, cycle, told); ok {
				out = append(out, f)
			}
			continue
		}
	}
	for i := range c.f.Goroutines {
		g := &c.f.Goroutines[i]
		if told[g.ID] || causeOf(nil, g.Status, g.WaitReason, g.Frames) != locks {
			continue
		}
		steps, _ := c.chain(g.ID)
		if f, ok := c.lockFinding(steps, told); ok {
			out = append(out, f)
		}
	}
	return out
}

// cycleFinding: goroutines that wait for one another and can never go on.
func (c *theCase) cycleFinding(steps []step, cycle int, told map[uint64]bool) (report.Finding, bool) {
	conf := 1.0
	for _, s := range steps[cycle:] {
		if told[s.g.ID] || s.hold == nil {
			return report.Finding{}, false
		}
		conf *= s.hold.Confidence
	}
	if conf < 0.5 {
		return report.Finding{}, false
	}
	ring := steps[cycle:]
	// The same cycle is told from the same goroutine whoever was asked first.
	low := 0
	for i := range ring {
		if ring[i].g.ID < ring[low].g.ID {
			low = i
		}
	}
	ring = append(slices.Clone(ring[low:]), ring[:low]...)
	for _, s := range ring {
		told[s.g.ID] = true
	}
	f := report.Finding{ID: "ui-deadlock", Severity: report.P1, Confidence: round(0.95 * conf), Evidence: []string{"stacks"},
		Where: userPlace(c.t, ring[0].g), Blocker: c.holderPlace(ring[0].hold), Chain: c.links(ring, 0)}
	f.Title = text.T("finding.ui-deadlock.title.noui", len(ring), f.Where.Function)
	if len(ring) == 1 {
		f.Title = text.T("finding.ui-deadlock.title.noui.self", f.Where.Function)
	}
	for _, s := range ring {
		f.Why = append(f.Why, c.whyHold(s.hold, c.holderPlace(s.hold))...)
	}
	if len(ring) > 1 {
		f.Why = append(f.Why, text.T("why.cycle", len(ring), ring[0].g.ID))
	}
	f.SinceMS = c.waited(ring[0].g).Milliseconds()
	f.Remedy = append(c.nowPID("finding.ui-deadlock.now"), text.T("finding.ui-deadlock.change.order"))
	return f, true
}

// lockFinding: goroutines that queue for one lock whose holder does not come on.
func (c *theCase) lockFinding(steps []step, told map[uint64]bool) (report.Finding, bool) {
	g := steps[0].g
	if len(g.WaitsOn) == 0 || !c.sameAsBefore(g.ID) {
		return report.Finding{}, false
	}
	lock := g.WaitsOn[0].Addr
	n := 0
	for i := range c.f.Goroutines {
		o := &c.f.Goroutines[i]
		if slices.ContainsFunc(o.WaitsOn, func(w evidence.Object) bool { return w.Addr == lock && lock != 0 }) ||
			o.ID != g.ID && o.WaitReason == g.WaitReason && samePlace(o, g) {
			told[o.ID] = true
			n++
		}
	}
	n = max(n, 1)
	f := report.Finding{ID: string(locks), Severity: report.P2, Confidence: 0.7, Evidence: []string{"stacks"},
		Where: userPlace(c.t, g), Chain: c.links(steps, -1), SinceMS: c.waited(g).Milliseconds()}
	if h := steps[0].hold; h != nil {
		f.Blocker = c.holderPlace(h)
		f.Confidence = round(0.95 * h.Confidence)
		f.Title = text.T(id(&f)+".title.noui", n, f.Blocker.Function)
		if n == 1 {
			f.Title = text.T(id(&f)+".title.noui.one", f.Where.Function, f.Blocker.Function)
		}
		f.Why = c.whyHold(h, f.Blocker)
		f.Remedy = []text.Text{text.T(id(&f)+".now", f.Blocker.Goroutine, f.Blocker.Function, at(f.Blocker)),
			text.T(id(&f)+".change1", f.Blocker.Function), text.T(id(&f)+".change2", f.Blocker.Function)}
		return f, true
	}
	if c.f.FromDump { // a dump shows the arguments of calls, and no memory: the holder may be there all the same
		f.Title = text.T(id(&f)+".title.noui.unknown", n, f.Where.Function)
		f.Confidence = 0.5
		f.Why = []text.Text{text.T("why.less.dump"), text.T("why.less.dump.holder")}
		f.Remedy = []text.Text{text.T(id(&f) + ".now.dump"), text.T(id(&f) + ".change.gone")}
		return f, true
	}
	f.Title = text.T(id(&f)+".title.noui.gone", n, f.Where.Function)
	f.Why = []text.Text{text.T("why.hold.nobody.lock", c.objectName(&g.WaitsOn[0]))}
	f.Remedy = append(c.nowPID(id(&f)+".now.gone"), text.T(id(&f)+".change.gone"))
	return f, true
}

func samePlace(a, b *evidence.Goroutine) bool {
	if len(a.Frames) == 0 || len(a.Frames) != len(b.Frames) {
		return false
	}
	for i := range a.Frames {
		if a.Frames[i].PC != b.Frames[i].PC || a.Frames[i].Line != b.Frames[i].Line {
			return false
		}
	}
	return true
}

// sameAsBefore: the goroutine stood at the same place at the start. A dump is
// one look only, and is believed.
func (c *theCase) sameAsBefore(id uint64) bool {
	return c.f.FromDump || slices.ContainsFunc(c.f.Earlier, func(g evidence.Goroutine) bool { return g.ID == id })
}

// waited is how long a goroutine is known to have waited.
func (c *theCase) waited(g *evidence.Goroutine) time.Duration {
	if g.WaitingFor > 0 {
		return g.WaitingFor
	}
	if c.sameAsBefore(g.ID) && !c.f.FromDump {
		return c.f.Took
	}
	return 0
}

// UIState says in one word what the UI does, and for how long it has if it is
// stuck: "responsive", "busy", "blocked", "starting", "none".
func UIState(ev *evidence.Evidence) (string, time.Duration) {
	c := newCase(ev)
	if len(c.f.UI) == 0 {
		return "none", 0
	}
	if f, ok := c.suspended(); ok {
		return "blocked", time.Duration(f.SinceMS) * time.Millisecond
	}
	loop := false
	state := "responsive"
	var longest time.Duration
	for _, u := range c.byImportance() {
		if u.Loop == "" {
			continue
		}
		loop = true
		if f, ok := c.starvation(u); ok {
			state, longest = "blocked", max(longest, time.Duration(f.SinceMS)*time.Millisecond)
			continue
		}
		s, ok := c.stuck(u)
		if !ok {
			continue
		}
		v := c.look(s)
		since, _ := c.since(v, s)
		switch {
		case v.cause.blocked():
			state = "blocked"
			longest = max(longest, since)
		case state == "responsive":
			state = "busy"
		}
	}
	if !loop {
		return "starting", 0
	}
	return state, longest
}
