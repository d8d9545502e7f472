package report

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Options says how a report is shown on a terminal.
type Options struct {
	Lang    text.Lang // empty: English
	Color   bool      // see ColorFor
	Width   int       // columns, see WidthFor; 0: lines are not broken
	Quiet   bool      // one line a finding, nothing else
	Verbose bool      // every finding in full, every probe, every piece of evidence
	Stacks  bool      // the whole stacks of the goroutines involved; needs Evidence

	Growth bool // list which sizes of C's chunks became more
	Frames bool // list the late frames, for whoever asked for frames
	GPU    bool // list the calls into the graphics driver, likewise

	// Evidence is what the findings were made from; it may be nil. With it the
	// healthy verdict says what was looked at, and stacks can be shown.
	Evidence *evidence.Evidence
}

// WriteTerminal writes the verdict for a person in a hurry: the worst finding
// first and in full, who waits for whom, what to do, then the other findings,
// what the examination cost the target, and what it could not do. The error is
// the writer's.
func WriteTerminal(w io.Writer, r *Report, o Options) error {
	if o.Lang == "" {
		o.Lang = text.English
	}
	t := &terminal{page: page{w: w, width: o.Width, color: o.Color}, o: o, r: r}
	if o.Evidence != nil {
		t.freeze = o.Evidence.Freeze
	}
	if o.Quiet {
		t.quiet()
		return t.page.err
	}
	t.head()
	t.stages()
	t.verdict()
	t.frames()
	t.memory()
	t.native()
	t.differing()
	t.gpuCalls()
	t.module()
	t.assets()
	t.groups()
	if o.Stacks {
		t.stacks()
	}
	t.limits()
	t.costs()
	return t.page.err
}

// terminal is one report on its way to a terminal.
type terminal struct {
	page   page
	o      Options
	r      *Report
	freeze *evidence.Freeze // may be nil
}

func (t *terminal) say(key string, args ...any) string { return text.T(key, args...).In(t.o.Lang) }

// quiet writes one line a finding, worst first, and nothing for a healthy target.
func (t *terminal) quiet() {
	for i := range t.r.Findings {
		f := &t.r.Findings[i]
		parts := []string{string(f.Severity), f.ID}
		if f.Where != nil {
			for _, s := range []string{fileLine(f.Where), shortFunction(f.Where.Function)} {
				if s != "" {
					parts = append(parts, s)
				}
			}
		}
		t.page.write(clean(strings.Join(parts, " ")+": "+f.Title.In(t.o.Lang)) + "\n")
	}
}

// head writes the line that says what was examined.
func (t *terminal) head() {
	parts := slices.Concat(targetLine(&t.r.Target, t.o.Lang), hostWords(t.o.Evidence, t.o.Lang), browserWords(t.o.Evidence, t.o.Lang))
	spans := []span{{styleBold, parts[0]}}
	if len(parts) > 1 {
		spans = append(spans, span{styleDim, " · " + strings.Join(parts[1:], " · ")})
	}
	t.page.line(span{}, plain("  "), spans...)
	t.page.blank()
}

// targetLine returns the words that identify a target, its name first.
func targetLine(g *evidence.Target, lang text.Lang) []string {
	parts := []string{g.Name}
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if g.PID != 0 {
		add(text.T("report.pid", g.PID).In(lang))
	}
	switch g.Kind {
	case evidence.KindDump:
		add(text.T("report.dump").In(lang))
	case evidence.KindCore:
		add(text.T("report.core").In(lang))
	case evidence.KindHeap:
		add(text.T("report.heap").In(lang))
	}
	add(g.Go)
	add(strings.TrimSpace(g.Toolkit + " " + g.ToolkitVersion))
	if g.Stripped {
		add(text.T("report.stripped").In(lang))
	}
	return parts
}

// TargetWords are the words that identify a target, its name first, clean.
func TargetWords(g *evidence.Target, lang text.Lang) []string {
	parts := targetLine(g, lang)
	for i := range parts {
		parts[i] = clean(parts[i])
	}
	return parts
}

// verdict writes the findings, or that there are none.
func (t *terminal) verdict() {
	if t.r.ExitCode() == ExitHealthy {
		t.healthy()
	}
	short := 0
	for i := range t.r.Findings {
		f := &t.r.Findings[i]
		// The worst one, and others as bad as that, in full; lesser ones in two lines.
		if i == 0 || t.o.Verbose || f.Severity == t.r.Findings[0].Severity && f.Severity.Rank() <= P1.Rank() {
			t.finding(f)
			continue
		}
		t.findingHead(f)
		t.page.blank()
		short++
	}
	if short > 0 {
		t.page.line(span{}, plain("  "), span{styleDim, text.Plural("report.more", short).In(t.o.Lang)})
		t.page.blank()
	}
	if len(t.r.Findings) > 0 {
		t.page.line(span{}, plain("  "), span{styleDim, t.say("report.explain", t.r.Findings[0].ID)})
	}
}

const indent = "     " // under the severity badge

func (t *terminal) finding(f *Finding) {
	t.findingHead(f)
	if len(f.Chain) > 0 {
		t.page.blank()
		t.chain(f, indent)
	} else if f.Blocker != nil {
		spans := append([]span{{styleDim, t.say("report.blocker") + "  "}}, t.link(&Link{Place: *f.Blocker})...)
		t.page.line(plain(indent), plain(indent+"  "), spans...)
	}
	if f.Leak != nil && len(f.Leak.Chain) > 0 {
		t.trace(f.Leak)
	}
	for _, group := range remedies(f) {
		t.list(t.say(group.heading), styleGreen, group.lines)
	}
	t.list(t.say("report.why"), "", f.Why)
	if len(f.Alternatives) > 0 {
		t.heading(t.say("report.or"), "")
		for _, a := range f.Alternatives {
			spans := []span{plain(text.Percent(a.Weight) + "  " + a.Title.In(t.o.Lang)), {styleDim, "  " + a.ID}}
			if a.Place != nil {
				spans = append(spans, span{styleDim, " · "}, span{styleCyan, fileLine(a.Place)})
			}
			t.page.line(plain(indent), plain(indent+"  "), spans...)
		}
	}
	if t.o.Verbose && len(f.Evidence) > 0 {
		t.page.blank()
		t.page.line(plain(indent), plain(indent+"  "), span{styleDim, t.say("report.evidence", strings.Join(f.Evidence, ", "))})
	}
	t.page.blank()
}

// findingHead writes severity and title, the line of code, how long and how sure.
func (t *terminal) findingHead(f *Finding) {
	st := severityStyle[f.Severity]
	badge := string(f.Severity)
	if t.o.Color {
		badge = " " + badge + " "
	} else {
		badge = "[" + badge + "]"
	}
	pad := strings.Repeat(" ", max(1, len(indent)-width(badge)))
	t.page.line(span{st, badge}, plain(indent), span{"", pad}, span{styleBold, f.Title.In(t.o.Lang)})
	if f.Where != nil {
		spans := []span{{styleBold, shortFunction(f.Where.Function)}}
		if line := fileLine(f.Where); line != "" {
			spans = append([]span{{styleCyan, line}, plain("  ")}, spans...)
			if f.Where.Function == "" {
				spans = spans[:1]
			}
		}
		if f.Where.Goroutine != 0 {
			spans = append(spans, span{styleDim, "  " + t.goroutine(f.Where.Goroutine)})
		}
		t.page.line(plain(indent), plain(indent+"  "), spans...)
		if t.o.Verbose && f.Where.Path != "" && f.Where.Path != f.Where.File {
			t.page.line(plain(indent), plain(indent+"  "), span{styleDim, f.Where.Path})
		}
	}
	var parts []string
	if f.SinceMS > 0 {
		parts = append(parts, t.say("report.for", text.Duration(time.Duration(f.SinceMS)*time.Millisecond)))
	}
	parts = append(parts, t.say("report.sure", text.Percent(f.Confidence)), f.ID)
	t.page.line(plain(indent), plain(indent+"  "), span{styleDim, strings.Join(parts, " · ")})
}

func (t *terminal) heading(s string, st style) {
	t.page.blank()
	if st == "" {
		st = styleBold
	}
	t.page.line(plain(indent), plain(indent), span{st, s})
}

func (t *terminal) list(heading string, st style, lines []text.Text) {
	if len(lines) == 0 {
		return
	}
	t.heading(heading, st)
	for _, l := range lines {
		t.page.line(plain(indent+"· "), plain(indent+"  "), plain(l.In(t.o.Lang)))
	}
}

func (t *terminal) goroutine(id uint64) string { return goroutineName(id, t.freeze, t.o.Lang) }

// goroutineName names a goroutine, and its role where it has one. f may be nil.
func goroutineName(id uint64, f *evidence.Freeze, lang text.Lang) string {
	if role := roleOf(id, f, lang); role != "" {
		return text.T("report.goroutine.role", id, role).In(lang)
	}
	return text.T("report.goroutine", id).In(lang)
}

func roleOf(id uint64, f *evidence.Freeze, lang text.Lang) string {
	if f != nil {
		for _, ui := range f.UI {
			if ui.Goroutine == id {
				return roleName(ui.Role, lang)
			}
		}
	}
	return ""
}

var roleKeys = map[evidence.Role]string{
	evidence.RoleUI:     "report.ui",
	evidence.RoleMain:   "report.role.main",
	evidence.RoleRender: "report.role.rend",
	evidence.RoleWindow: "report.role.win",
}

func roleName(r evidence.Role, lang text.Lang) string {
	if key, ok := roleKeys[r]; ok {
		return text.T(key).In(lang)
	}
	return clean(string(r))
}

// remedyGroup is a heading's key and the lines under it.
type remedyGroup struct {
	heading string
	lines   []text.Text
}

// remedies parts a finding's remedies into what to do now and what to change,
// by their keys (finding.….now, finding.….change…); sentences without a key,
// read back from JSON, stay together.
func remedies(f *Finding) []remedyGroup {
	groups := []remedyGroup{{heading: "report.now"}, {heading: "report.change"}, {heading: "report.todo"}}
	for _, l := range f.Remedy {
		switch {
		case strings.Contains(l.Key, ".now"):
			groups[0].lines = append(groups[0].lines, l)
		case strings.Contains(l.Key, ".change"):
			groups[1].lines = append(groups[1].lines, l)
		default:
			groups[2].lines = append(groups[2].lines, l)
		}
	}
	return groups
}
