package report

import (
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// healthy writes the short positive verdict and what was looked at.
func (t *terminal) healthy() {
	key, st := verdictKey(t.r, t.o.Evidence), styleGreen
	if key != "report.healthy" && key != "frames.healthy" && key != "leak.healthy" && key != "plugin.healthy" && key != "reload-check.healthy" && key != "wasmfile.healthy" && key != "gpu.healthy" && key != "assets.healthy" && key != "native.healthy" {
		st = styleBold
	}
	t.page.line(span{st, verdictMark(key) + " "}, plain("  "), span{st, t.say(key)})
	for _, s := range slices.Concat(lookedLines(t.freeze, t.o.Lang), heapLines(t.o.Evidence, t.o.Lang), pluginLines(t.o.Evidence, t.o.Lang), nativeLines(t.o.Evidence, t.o.Lang), watchingLines(t.o.Evidence, t.o.Lang), moduleLines(t.o.Evidence, t.o.Lang), stageLines(t.o.Evidence, t.o.Lang), assetLines(t.o.Evidence, t.o.Lang)) {
		t.page.line(span{styleDim, "  · "}, plain("    "), plain(s))
	}
	if len(t.r.Findings) > 0 {
		t.page.blank()
	}
}

// verdictMark is the sign before a verdict: that nothing was seen is nothing good.
func verdictMark(key string) string {
	if key == "frames.healthy.none" || key == "leak.healthy.once" || key == "leak.healthy.none" || key == "assets.healthy.none" {
		return "–"
	}
	return "✓"
}

// healthyKey chooses the verdict that the evidence allows: nothing is called
// healthy that was not looked at.
func healthyKey(r *Report, f *evidence.Freeze) string {
	if f != nil && f.Page != nil {
		switch {
		case f.Page.Exited:
			return "report.healthy.page-ended"
		case len(r.Limits) > 0:
			return "report.healthy.blind"
		}
		return "report.healthy.page"
	}
	if f != nil && len(f.UI) == 0 {
		return "report.healthy.noui"
	}
	if f != nil && !f.FromDump {
		for _, l := range lookedAt(f) {
			runsUser := l.Role == evidence.RoleUI || l.Role == evidence.RoleWindow
			if runsUser && l.counts[evidence.Unknown] == l.samples { // also when there are none
				return "report.healthy.unread"
			}
		}
	}
	// What the graphics driver said is not needed to call a program's UI healthy.
	if slices.ContainsFunc(r.Limits, func(l Limit) bool { return l.Probe != "gpu" }) {
		return "report.healthy.blind"
	}
	return "report.healthy"
}

// lookedLines says in sentences what the samples saw.
func lookedLines(f *evidence.Freeze, lang text.Lang) []string {
	if f == nil {
		return nil
	}
	say := func(key string, args ...any) string { return text.T(key, args...).In(lang) }
	lines := pageLines(f.Page, lang)
	for _, l := range lookedAt(f) {
		if l.samples == 0 || f.FromDump {
			continue
		}
		parts := []string{say("report.looked.ui", l.Goroutine, roleName(l.Role, lang), l.samples, text.Duration(l.span))}
		for _, a := range []struct {
			activity evidence.Activity
			key      string
		}{
			{evidence.Idle, "report.looked.idle"},
			{evidence.Pump, "report.looked.pump"},
			{evidence.User, "report.looked.user"},
			{evidence.Unknown, "report.looked.unread"},
		} {
			if l.counts[a.activity] > 0 {
				parts = append(parts, say(a.key, text.Percent(l.shares(a.activity))))
			}
		}
		if l.rounds > 0 {
			parts = append(parts, say("report.looked.rounds", l.rounds))
		}
		if l.longest > 0 {
			parts = append(parts, say("report.looked.longest", text.Duration(l.longest)))
		}
		lines = append(lines, strings.Join(parts, say("report.comma")))
	}
	if len(f.Goroutines) > 0 {
		lines = append(lines, text.Plural("report.looked.all", len(f.Goroutines)).In(lang))
	}
	if f.FromDump {
		lines = append(lines, say("report.looked.dump"))
	}
	return lines
}

// limits writes what could not be done and what would help.
func (t *terminal) limits() {
	if len(t.r.Limits) == 0 {
		return
	}
	t.page.blank()
	t.page.line(span{}, span{}, span{styleYellow, t.say("report.limits")})
	for _, l := range t.r.Limits {
		t.page.line(plain("  · "), plain("    "), plain(l.Probe+": "+l.Why.In(t.o.Lang)))
		if !l.Help.IsZero() {
			t.page.line(plain("    → "), plain("      "), plain(l.Help.In(t.o.Lang)))
		}
	}
}

// costs writes what the examination cost the target.
func (t *terminal) costs() {
	took := tookOf(t.o.Evidence)
	if len(t.r.Probes) == 0 || onlyRead(&t.r.Target) && took == 0 {
		return
	}
	t.page.blank()
	line := costLine(t.r.Probes, t.o.Lang)
	switch {
	case onlyRead(&t.r.Target):
		line = t.say("report.cost.took", text.Duration(took))
	case took > 0:
		line = t.say("report.cost.took", text.Duration(took)) + t.say("report.comma") + line
	}
	t.page.line(span{}, plain("  "), span{styleDim, line})
	if !t.o.Verbose || onlyRead(&t.r.Target) {
		return
	}
	for _, p := range t.r.Probes {
		t.page.line(span{styleDim, "  · "}, plain("    "), span{styleDim, p.Name + ": " +
			t.say("report.cost.took", milliseconds(p.TookMS)) + t.say("report.comma") + costLine([]Probe{p}, t.o.Lang)})
	}
}

// onlyRead reports whether the target is a file or a folder: nothing that could be
// stopped.
func onlyRead(t *evidence.Target) bool {
	switch t.Kind {
	case evidence.KindWasm, evidence.KindBinary, evidence.KindSource:
		return true
	}
	return false
}

// tookOf is how long the target was watched.
func tookOf(ev *evidence.Evidence) time.Duration {
	if ev == nil {
		return 0
	}
	var took time.Duration // the probes look side by side
	if ev.Freeze != nil {
		took = ev.Freeze.Took
	}
	if ev.Frames != nil {
		took = max(took, ev.Frames.Took)
	}
	if ev.Heap != nil {
		took = max(took, ev.Heap.Took)
	}
	if ev.Plugin != nil {
		took = max(took, ev.Plugin.Took)
	}
	if ev.Native != nil {
		took = max(took, ev.Native.Took)
	}
	if ev.Watching != nil {
		took = max(took, ev.Watching.Took)
	}
	if ev.Page != nil {
		took = max(took, ev.Page.Took)
	}
	if ev.Assets != nil {
		took = max(took, ev.Assets.Took)
	}
	return took
}

// costLine says how often and how long the target stood still for the probes.
func costLine(probes []Probe, lang text.Lang) string {
	var stopped, longest float64
	stops := 0
	for _, p := range probes {
		stopped += p.StoppedMS
		stops += p.Stops
		longest = max(longest, p.MaxStopMS)
	}
	switch {
	case stops == 0:
		return text.T("report.cost.none").In(lang)
	case stops == 1:
		return text.T("report.cost.one", stops, milliseconds(stopped)).In(lang)
	case longest == 0:
		return text.T("report.cost.some", stops, milliseconds(stopped)).In(lang)
	}
	return text.T("report.cost.many", stops, milliseconds(stopped), milliseconds(longest)).In(lang)
}

func milliseconds(ms float64) text.Text { return text.Duration(time.Duration(ms * 1e6)) }
