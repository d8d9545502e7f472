package diagnose

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Thresholds of calls.
const (
	riskyFor    = 4 * time.Millisecond // a quarter of the time that a frame has at 60 Hz
	riskyTimes  = 2
	riskyMost   = 5 // findings
	foreignMost = 5
)

// foreignCalls are the places at which another goroutine calls what only the UI
// goroutine may. One call is proof.
func (c *frameCase) foreignCalls() []report.Finding {
	if c.t.Toolkit == "fyne" && before(c.t.ToolkitVersion, 2, 6) {
		return nil // it allowed them
	}
	type key struct{ user, function string }
	calls := map[key]*evidence.ForeignCall{}
	times := map[key]int{}
	for i := range c.fr.Foreign {
		fc := &c.fr.Foreign[i]
		if c.rates[fc.Goroutine] != nil || c.ui[fc.Goroutine] != nil || fc.Function == "" {
			continue // it makes frames itself
		}
		k := key{"", fc.Function}
		if at := c.userPlaceIn(fc.Stack, fc.Place); at >= 0 {
			k.user = c.stack(fc.Stack)[at].Function
		}
		times[k] += min(max(fc.Times, 1), 1<<30)
		if old := calls[k]; old == nil || fc.Times > old.Times || fc.Times == old.Times && fc.Goroutine < old.Goroutine {
			calls[k] = fc
		}
	}
	var out []report.Finding
	for _, k := range slices.SortedFunc(maps.Keys(calls), func(a, b key) int {
		return cmp.Or(cmp.Compare(times[b], times[a]), cmp.Compare(a.user, b.user), cmp.Compare(a.function, b.function))
	}) {
		if len(out) == foreignMost {
			break
		}
		fc := calls[k]
		f := report.Finding{ID: "ui-thread/foreign-call", Severity: report.P1, Confidence: 0.95, Evidence: onlyFrames,
			Where: c.where(fc.Stack, c.userPlaceIn(fc.Stack, fc.Place), fc.Goroutine)}
		if f.Where == nil { // perhaps the toolkit calls itself
			f.Severity, f.Confidence = report.P2, 0.5
			f.Where = &report.Place{Function: fc.Function, Goroutine: fc.Goroutine}
			f.Why = append(f.Why, text.T("why.less.frames.no-user"))
		}
		call := shortCall(fc.Function)
		f.Title = text.T(id(&f)+".title.goroutine", f.Where.Function, call, fc.Goroutine)
		f.Why = append([]text.Text{text.Plural("why.frames.foreign", times[k], fc.Goroutine, f.Where.Function, call)}, f.Why...)
		f.Remedy = []text.Text{text.T(id(&f) + ".now")}
		change := id(&f) + ".change"
		if kit := change + "." + c.t.Toolkit; c.t.Toolkit != "" && has(kit) {
			change = kit
		}
		f.Remedy = append(f.Remedy, text.T(change, call))
		out = append(out, f)
	}
	return out
}

// riskyCalls are the places at which the UI goroutine waits over and over, and
// that no other finding tells of.
func (c *frameCase) riskyCalls(told []report.Finding) []report.Finding {
	type key struct {
		function string
		line     int
	}
	all := map[key]evidence.BlockingCall{}
	for _, b := range c.fr.Blocking {
		at := c.userPlaceIn(b.Stack, b.Place)
		switch k := causeIDs[b.Cause]; {
		case at < 0, !k.blocked(), k == driver, b.Times < 1, c.keepsPace(&b):
			continue
		}
		frame := &c.stack(b.Stack)[at]
		k := key{frame.Function, frame.Line}
		old, known := all[k]
		b.Total = sane(b.Total)
		if known {
			b.Total, b.Times, b.Longest = b.Total+old.Total, b.Times+old.Times, max(b.Longest, old.Longest)
			if old.Total*2 >= b.Total {
				b.Goroutine, b.Cause, b.Stack, b.Place = old.Goroutine, old.Cause, old.Stack, old.Place
			}
		}
		all[k] = b
	}
	keys := slices.SortedFunc(maps.Keys(all), func(a, b key) int {
		return cmp.Or(cmp.Compare(all[b].Total, all[a].Total), cmp.Compare(a.function, b.function), cmp.Compare(a.line, b.line))
	})
	var out []report.Finding
	for _, k := range keys {
		b := all[k]
		if b.Times < riskyTimes || b.Total/time.Duration(b.Times) < riskyFor || len(out) == riskyMost || toldOf(told, k.function) {
			continue
		}
		out = append(out, c.riskyCall(&b))
	}
	return out
}

func (c *frameCase) riskyCall(b *evidence.BlockingCall) report.Finding {
	user := c.userPlaceIn(b.Stack, b.Place)
	f := report.Finding{ID: "ui-thread/risky-call", Severity: report.P2, Confidence: 0.85, Evidence: onlyFrames,
		Where: c.where(b.Stack, user, b.Goroutine), Blocker: c.holderOf(b)}
	if c.fr.Source == evidence.FromSamples {
		f.Confidence = 0.7
	}
	call := f.Where.Function
	for i, frames := user-1, c.stack(b.Stack); i >= 0; i-- {
		if frames[i].Origin != evidence.OriginRuntime && !toolkit.IsGenerated(frames[i]) {
			call = frames[i].Function
			break
		}
	}
	f.Title = text.T(id(&f)+".title", f.Where.Function, shortCall(call))
	if call == f.Where.Function { // a channel, a select: there is no call
		f.Title = text.T(id(&f)+".title.waits", f.Where.Function)
	}
	f.Why = []text.Text{text.T("why.frames.waits", b.Times, text.Duration(b.Total), text.Duration(sane(b.Longest)))}
	if f.Blocker != nil {
		f.Why = append(f.Why, text.T("why.frames.holder", f.Blocker.Goroutine, f.Blocker.Function, at(f.Blocker)))
	}
	f.Remedy = []text.Text{text.T(id(&f) + ".now"), text.T(id(&f)+".change", shortCall(call)), c.async(f.Where.Function)}
	return f
}

// keepsPace: the loop is the user's own, and the wait is its pace: once for each
// frame, always about as long, and nobody is waited for.
func (c *frameCase) keepsPace(b *evidence.BlockingCall) bool {
	if b.Pace {
		return true
	}
	r := c.rates[b.Goroutine]
	return c.ownLoop && r != nil && b.Holder == 0 && (b.Cause == evidence.CauseSleep || b.Cause == evidence.CauseChannel) &&
		float64(b.Times) >= mostOf*float64(r.Frames) && r.Frames > 0 && sane(b.Longest) <= 3*sane(b.Total)/time.Duration(b.Times)
}

// toldOf: another finding already says that the UI waits there.
func toldOf(told []report.Finding, function string) bool {
	return slices.ContainsFunc(told, func(f report.Finding) bool {
		return f.Where != nil && f.Where.Function == function && (cause(f.ID).blocked() || f.ID == "ui-deadlock" || f.ID == string(vsync))
	})
}
