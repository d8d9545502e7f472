package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// fill adds what is particular to the cause: title, blocker, chain, reasons and
// remedies.
func (c *theCase) fill(f *report.Finding, v view, s stretch) {
	switch v.cause {
	case locks, conds, channels, network, process, disk:
		c.fillWait(f, v)
	case sleeps:
		variant := ".timer"
		if through(v.frames, "time.Sleep") {
			variant = ""
		}
		c.simple(f, v, variant, f.Where.Function)
	case collects:
		c.simple(f, v, "", f.Where.Function)
	case inC, syscalls, driver:
		c.fillCall(f, v, s)
	case computes, layouts, allocates:
		c.fillBusy(f, v, s)
	case starves:
		c.fillStarved(f, v)
	}
}

// id is the start of the finding's keys.
func id(f *report.Finding) string { return "finding." + f.ID }

// simple sets the title variant and the remedies that exist for it.
func (c *theCase) simple(f *report.Finding, v view, variant string, args ...any) {
	f.Title = text.T(id(f)+".title"+variant, args...)
	var now, change []text.Text
	if has(id(f) + ".now") {
		now = append(now, text.T(id(f)+".now"))
	}
	if has(id(f) + ".change") {
		change = append(change, text.T(id(f)+".change", f.Where.Function))
	}
	change = append(change, c.async(f.Where.Function))
	f.Remedy = c.remedies(f.ID, now, change)
}

// fillWait explains a wait for something that another goroutine holds.
func (c *theCase) fillWait(f *report.Finding, v view) {
	steps, cycle := []step{{g: v.g}}, -1
	if v.still {
		steps, cycle = c.chain(v.g.ID)
	}
	if conf, ok := c.deadlock(steps, cycle); ok && v.still && !causeIsOutside(v.cause) {
		c.fillDeadlock(f, steps, cycle, conf)
		return
	}
	if end := c.crossed(steps); end != nil {
		c.fillCrossed(f, v, end)
		return
	}
	switch v.cause {
	case network:
		c.fillNetwork(f, v)
		return
	case disk:
		c.fillDisk(f, v)
		return
	case process:
		c.fillProcess(f, v)
		return
	}
	// A circle without the UI, such as that of a library's own goroutines, is not
	// what holds the UI up for certain: the chain ends at it.
	f.Chain = c.links(steps, -1)
	kind := c.variant(v)
	if len(v.g.WaitsOn) > 0 && v.still {
		f.Why = append(f.Why, c.whyObject(v.g)...)
	}
	hold := steps[0].hold
	if kind == "pool" { // who has the connections is not in the channel's reach
		hold, f.Chain = nil, nil
	}
	if hold == nil {
		c.noBlocker(f, v, kind)
		return
	}
	f.Blocker = c.holderPlace(hold)
	f.Confidence *= 0.5 + 0.5*hold.Confidence
	f.Why = append(f.Why, c.whyHold(hold, f.Blocker)...)
	c.others(f, v, hold)
	if len(steps) > 2 {
		f.Why = append(f.Why, text.T("why.chain", len(steps)))
	}
	end := steps[len(steps)-1].g
	if end != v.g && end.ID != hold.Holder {
		p := userPlace(c.t, end)
		f.Why = append(f.Why, text.T("why.blocker", end.ID, p.Function, at(p), p.State))
	}
	name := f.Blocker.Function
	var now, change []text.Text
	switch v.cause {
	case locks:
		variant := ".blocker"
		switch {
		case kind == "once":
			variant = ".once"
			change = append(change, text.T(id(f)+".change.once", name))
		case kind == "writer" && !slices.Contains(hold.Reasons, evidence.HoldSelf) && c.reads(hold):
			variant = ".reader"
			change = append(change, text.T(id(f)+".change.reader", name))
		}
		if hold.Confidence < 0.5 {
			f.Title = text.T(id(f)+".title.perhaps", f.Where.Function, name)
			now = append(now, text.T(id(f)+".now.perhaps", f.Blocker.Goroutine, name, at(f.Blocker)))
			change = append(change, text.T(id(f)+".change3", f.Where.Function))
			break
		}
		f.Title = text.T(id(f)+".title"+variant, name)
		remedy := ".now"
		if end.Status == evidence.StatusRunning || end.Status == evidence.StatusRunnable {
			remedy += ".busy"
		}
		now = append(now, text.T(id(f)+remedy, f.Blocker.Goroutine, name, at(f.Blocker)))
		change = append(change, text.T(id(f)+".change1", name), text.T(id(f)+".change2", name), text.T(id(f)+".change3", f.Where.Function))
	case conds:
		variant := ".blocker"
		arg := []any{name}
		if kind == "waitgroup" {
			variant = ".waitgroup.blocker"
			if n := len(c.holds[v.g.ID]); n > 1 && c.holds[v.g.ID][1].Confidence > 0.5 {
				variant, arg = ".waitgroup.many", []any{c.equallyLikely(v.g.ID), name}
			}
			change = append(change, text.T(id(f)+".change.waitgroup", f.Where.Function))
		} else {
			change = append(change, text.T(id(f)+".change", f.Where.Function), text.T(id(f)+".change.signal"))
		}
		f.Title = text.T(id(f)+".title"+variant, arg...)
		now = append(now, text.T(id(f)+".now", f.Blocker.Goroutine, name, at(f.Blocker)))
	default:
		f.Title = text.T(id(f)+".title."+kind+".blocker", name)
		now = append(now, text.T(id(f)+".now", f.Blocker.Goroutine, name, at(f.Blocker)))
		change = append(change, text.T(id(f)+".change."+kind, f.Where.Function))
	}
	f.Remedy = c.remedies(f.ID, now, change)
}

// causeIsOutside: libraries that wait for something outside of the program have
// goroutines of their own, whose channels form cycles and mean nothing.
func causeIsOutside(c cause) bool { return c == network || c == process || c == disk }

// crossed returns the goroutine of the toolkit that the UI goroutine has handed
// its work to and waits for, at the end of the hand-overs; nil if there is none.
func (c *theCase) crossed(steps []step) *evidence.Goroutine {
	var end *evidence.Goroutine
	for i := 0; i+1 < len(steps) && steps[i].hold != nil && handsOver(&steps[i].hold.Object); i++ {
		end = steps[i+1].g
	}
	return end
}

// handsOver: who waits for it has handed its turn to the holder.
func handsOver(o *evidence.Object) bool { return o.Kind == "ui" || o.Kind == "coroutine" }

// fillCrossed: the UI goroutine waits for the toolkit's render or event thread,
// so what that one does is the trouble, and the user's line that asked for it is
// the place.
func (c *theCase) fillCrossed(f *report.Finding, v view, end *evidence.Goroutine) {
	k := c.causeOfGoroutine(end)
	steps, cycle := c.chain(v.g.ID)
	if (k == unclear || k == channels) && steps[0].hold.Object.Kind == "ui" {
		k = driver
	}
	f.ID = string(k)
	f.Chain = c.links(steps, cycle)
	f.Blocker = userPlace(c.t, end)
	where := f.Where
	blocker, chain := f.Blocker, f.Chain
	inner := view{cause: k, g: end, frames: end.Frames, still: true, share: map[cause]float64{k: 1}}
	c.fill(f, inner, stretch{goroutine: end.ID})
	if f.Where = where; f.Blocker == nil {
		f.Blocker = blocker
	}
	if len(f.Chain) < len(chain) {
		f.Chain = chain
	}
	if len(f.Chain) > 1 {
		f.Why = append(f.Why, text.T("why.chain", len(f.Chain)))
	}
}

// equallyLikely counts the holders that are about as likely as the first.
func (c *theCase) equallyLikely(waiter uint64) int {
	n := 0
	hs := c.holds[waiter]
	for i := range hs {
		if hs[0].Confidence-hs[i].Confidence <= 0.1 {
			n++
		}
	}
	return n
}

// reads reports whether the holder holds an RWMutex for reading: it does not
// itself wait to write.
func (c *theCase) reads(h *evidence.Hold) bool {
	g := c.byID[h.Holder]
	return g != nil && !strings.HasPrefix(g.WaitReason, "sync.RWMutex.Lock")
}

// variant is the word by which the tables tell the waits of one cause apart.
func (c *theCase) variant(v view) string {
	var o evidence.Object
	if v.still && len(v.g.WaitsOn) > 0 {
		o = v.g.WaitsOn[0]
	}
	reason := ""
	if v.g != nil {
		reason = v.g.WaitReason
	}
	switch v.cause {
	case locks:
		for i := range below(v.frames) {
			if strings.HasPrefix(v.frames[i].Function, "sync.(*Once)") {
				return "once"
			}
		}
		if o.Note == "writer" {
			return "writer"
		}
		return o.Kind
	case conds:
		for i := range below(v.frames) {
			if strings.HasPrefix(v.frames[i].Function, "sync.(*WaitGroup)") {
				return "waitgroup"
			}
		}
		return "cond"
	}
	if len(below(v.frames)) > 0 && through(v.frames, "database/sql.(*DB).conn") {
		return "pool"
	}
	switch {
	case strings.Contains(reason, "nil chan"):
		return "nil"
	case strings.HasPrefix(reason, "chan send"):
		return "send"
	case strings.HasPrefix(reason, "chan receive"):
		return "receive"
	}
	return "select"
}

// noBlocker is a wait that nobody alive can end, as far as memory shows.
func (c *theCase) noBlocker(f *report.Finding, v view, kind string) {
	known := v.still && len(v.g.WaitsOn) > 0 && kind != "pool" && !v.moves
	if v.cause == locks && c.f.Page != nil {
		known = false // who has taken a lock its code says, which is not in a page's memory
	}
	if v.cause != locks { // a lock's holder stands where it took it; others may come from anywhere
		known = known && !slices.ContainsFunc(v.g.WaitsOn, func(o evidence.Object) bool {
			return o.Kind != "timer" && !o.Unreferenced
		})
	}
	pid := c.t.PID
	if known {
		key := "why.hold.nobody"
		if v.cause == locks {
			key += ".lock"
		}
		f.Why = append(f.Why, text.T(key, c.objectName(&v.g.WaitsOn[0])))
	} else {
		f.Confidence *= 0.85
	}
	var now, change []text.Text
	switch v.cause {
	case locks:
		f.Title = text.T(id(f)+".title", f.Where.Function)
		if v.moves {
			f.Title = text.T(id(f)+".title.contended", f.Where.Function)
			f.Why = append(f.Why, text.T("why.contended"))
			change = append(change, text.T(id(f)+".change.contended"))
		}
		if known && !c.f.FromDump {
			f.Title = text.T(id(f)+".title.gone", f.Where.Function)
			now = append(now, text.T(id(f)+".now.gone", pid))
			change = append(change, text.T(id(f)+".change.gone"))
		}
		change = append(change, text.T(id(f)+".change3", f.Where.Function))
	case conds:
		title := ".title"
		if kind == "waitgroup" {
			title += ".waitgroup"
			change = append(change, text.T(id(f)+".change.done"), text.T(id(f)+".change.waitgroup", f.Where.Function))
		} else {
			change = append(change, text.T(id(f)+".change.signal"), text.T(id(f)+".change", f.Where.Function))
		}
		if known && !c.f.FromDump {
			title += ".nobody"
			now = append(now, text.T(id(f)+".now.nobody", pid))
		}
		f.Title = text.T(id(f)+title, f.Where.Function)
	default:
		f.Title = text.T(id(f)+".title."+kind, f.Where.Function)
		if kind != "nil" && known && !c.f.FromDump {
			f.Title = text.T(id(f)+".title."+kind+".nobody", f.Where.Function)
			now = append(now, text.T(id(f)+".now.nobody", pid))
			if kind == "receive" {
				change = append(change, text.T(id(f)+".change.close", f.Where.Function))
			}
		}
		change = append(change, text.T(id(f)+".change."+kind, f.Where.Function))
	}
	if known && !c.f.FromDump {
		// The remedy already says to keep the evidence.
		f.Remedy = append(now, change...)
		return
	}
	f.Remedy = c.remedies(f.ID, now, change)
}

// fillDeadlock: the UI waits, in a cycle, for something that waits for it.
func (c *theCase) fillDeadlock(f *report.Finding, steps []step, cycle int, conf float64) {
	f.ID = "ui-deadlock"
	f.Confidence *= conf
	f.Chain = c.links(steps, cycle)
	first := steps[0].hold
	if first == nil {
		return
	}
	f.Blocker = c.holderPlace(first)
	f.Why = append(f.Why, c.whyObject(steps[0].g)...)
	for _, s := range steps {
		if s.hold != nil {
			f.Why = append(f.Why, c.whyHold(s.hold, c.holderPlace(s.hold))...)
		}
	}
	var change []text.Text
	last := steps[len(steps)-1]
	switch {
	case len(steps) == 1: // it holds what it waits for
		f.Title = text.T("finding.ui-deadlock.title.self", f.Where.Function)
		change = append(change, text.T("finding.ui-deadlock.change.self"))
	case last.hold != nil && last.hold.Object.Kind == "ui":
		f.Title = text.T("finding.ui-deadlock.title.callback", f.Blocker.Function, shortCall(crossing(last.g)))
		change = append(change, text.T("finding.ui-deadlock.change.callback", f.Blocker.Function))
	default:
		f.Title = text.T("finding.ui-deadlock.title.blocker", f.Blocker.Function)
		change = append(change, text.T("finding.ui-deadlock.change.order"))
	}
	if len(steps) > 1 {
		f.Why = append(f.Why, text.T("why.cycle", len(steps)-cycle, steps[cycle].g.ID))
	}
	f.Remedy = append(c.nowPID("finding.ui-deadlock.now"), change...)
	if key := "finding.ui-deadlock.change." + c.t.Toolkit; c.t.Toolkit != "" && has(key) {
		f.Remedy = append(f.Remedy, text.T(key))
	}
}

// shortCall is a function as its user writes it: "fyne.DoAndWait".
func shortCall(function string) string {
	s := function[strings.LastIndexByte(function, '/')+1:]
	for _, v := range []string{"v2.", "v3.", "v4."} {
		if rest, ok := strings.CutPrefix(s, v); ok {
			parts := strings.Split(function, "/")
			if len(parts) > 1 {
				return parts[len(parts)-2] + "." + rest
			}
		}
	}
	return s
}

// whyObject names what is waited for.
func (c *theCase) whyObject(g *evidence.Goroutine) []text.Text {
	var out []text.Text
	for i := range g.WaitsOn {
		o := &g.WaitsOn[i]
		if o.Addr == 0 || i >= 4 {
			continue
		}
		n := 0
		for _, other := range c.f.Goroutines {
			if slices.ContainsFunc(other.WaitsOn, func(w evidence.Object) bool { return w.Addr == o.Addr }) {
				n++
			}
		}
		if n > 1 {
			out = append(out, text.T("why.queue", n, c.objectName(o)))
		}
	}
	return out
}

// whyHold says why the holder is believed to hold it.
func (c *theCase) whyHold(h *evidence.Hold, p *report.Place) []text.Text {
	var out []text.Text
	if p == nil {
		return nil
	}
	for _, r := range h.Reasons {
		out = append(out, text.T("why.hold."+r, p.Function, c.objectName(&h.Object), at(p)))
	}
	return out
}

// others are the holders that remain possible.
func (c *theCase) others(f *report.Finding, v view, first *evidence.Hold) {
	hs := c.holds[v.g.ID]
	sum := 0.0
	for i := range hs {
		if hs[i].Confidence >= follow {
			sum += hs[i].Confidence
		}
	}
	if n := len(hs); n > 1 && hs[1].Confidence > hs[0].Confidence-0.2 && v.cause == locks {
		f.Why = append(f.Why, text.T("why.less.candidates", n))
	}
	for i := range hs {
		h := &hs[i]
		if h.Holder == first.Holder || h.Confidence < follow || sum == 0 || len(f.Alternatives) >= 3 {
			continue
		}
		p := c.holderPlace(h)
		if p == nil {
			continue
		}
		f.Alternatives = append(f.Alternatives, report.Alternative{ID: f.ID, Weight: round(h.Confidence / sum),
			Title: text.T("alternative.holder", p.Function, h.Holder), Place: p})
	}
}

// at is "store.go:51".
func at(p *report.Place) string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// callee is the function that the user's frame called.
func callee(frames []evidence.Frame) string {
	for i := toolkit.UserFrame(frames) - 1; i >= 0; i-- {
		if frames[i].Origin != evidence.OriginRuntime {
			return frames[i].Function
		}
	}
	return ""
}
