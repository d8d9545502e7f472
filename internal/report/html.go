package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

//go:embed page
var pageFiles embed.FS

// WriteHTML writes the report as one HTML file that asks the network for
// nothing and runs no script: verdict, timeline of the UI goroutine, wait-for
// graph, stacks, costs and limits, for light and dark screens and for paper. Its
// content security policy allows its own style sheet and nothing else. ev may be
// nil; then what needs it is left out. The error is the writer's.
func WriteHTML(w io.Writer, r *Report, ev *evidence.Evidence, lang text.Lang) error {
	if lang == "" {
		lang = text.English
	}
	h := &htmlPage{lang: lang, r: r}
	if ev != nil {
		h.ev, h.freeze, h.framesOf = ev, ev.Freeze, ev.Frames
	}
	t, err := template.New("page.html.tmpl").
		Funcs(template.FuncMap{"say": h.say, "words": words}).
		ParseFS(pageFiles, "page/page.html.tmpl", "page/frames.html.tmpl", "page/leak.html.tmpl", "page/module.html.tmpl", "page/assets.html.tmpl")
	if err != nil {
		return err
	}
	var b bytes.Buffer // a template that fails half way writes nothing
	if err := t.Execute(&b, h.data()); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// htmlPage is one report on its way to an HTML file.
type htmlPage struct {
	lang     text.Lang
	r        *Report
	ev       *evidence.Evidence // all may be nil
	freeze   *evidence.Freeze
	framesOf *evidence.Frames
}

func (h *htmlPage) say(key string, args ...any) string { return text.T(key, args...).In(h.lang) }

// in puts a sentence, which may quote the target, into the page's language.
func (h *htmlPage) in(t text.Text) string { return clean(t.In(h.lang)) }

// pageData is what the template shows; every string of it is cleaned, and the
// template escapes it.
type pageData struct {
	Lang     string
	Title    string
	Style    template.CSS
	Policy   string
	Name     string
	Facts    []string // about the target, in one line
	Healthy  string   // the verdict if there is nothing wrong
	Mark     string   // before it
	Looked   []string
	Stages   []htmlStage
	Findings []htmlFinding
	Frames   *htmlFrames
	Memory   *htmlMemory
	Module   *htmlModule
	Assets   *htmlAssets
	Timeline *htmlTimeline
	Graph    *htmlGraph
	Involved []htmlStack
	Groups   []htmlGroup
	Omitted  int // groups left out
	Probes   []htmlProbe
	Cost     string
	Limits   []htmlLimit
	Target   [][2]string
}

type htmlFinding struct {
	ID, Severity, SeverityText, Title string
	Where                             *htmlPlace
	Blocker                           *htmlPlace
	Facts                             []string
	Chain                             []htmlLink
	Back                              string // how the chain closes, if it is a cycle
	Remedies                          []htmlList
	Why                               []string
	Alternatives                      []htmlAlternative
	Leak                              *htmlLeak
}

type htmlPlace struct{ Function, Full, At, Path, Goroutine, State string }

type htmlLink struct {
	Place    htmlPlace
	WaitsFor string
	Share    string
}

type htmlList struct {
	Heading string
	Lines   []string
}

type htmlAlternative struct {
	Weight, Title, ID string
	Place             *htmlPlace
}

type htmlProbe struct{ Name, Took, Stops, Stopped, Longest string }

type htmlLimit struct{ Probe, Why, Help string }

func (h *htmlPage) data() *pageData {
	d := &pageData{
		Lang: map[text.Lang]string{text.English: "en", text.Chinese: "zh-CN"}[h.lang],
		Name: clean(h.r.Target.Name),
	}
	d.Title = h.say("html.title", d.Name)
	for _, s := range slices.Concat(targetLine(&h.r.Target, h.lang)[1:], hostWords(h.ev, h.lang), browserWords(h.ev, h.lang)) {
		d.Facts = append(d.Facts, clean(s))
	}
	if h.r.ExitCode() == ExitHealthy {
		key := verdictKey(h.r, h.ev)
		d.Healthy, d.Mark = h.say(key), verdictMark(key)
		for _, s := range slices.Concat(lookedLines(h.freeze, h.lang), heapLines(h.ev, h.lang), pluginLines(h.ev, h.lang), nativeLines(h.ev, h.lang), watchingLines(h.ev, h.lang), moduleLines(h.ev, h.lang), stageLines(h.ev, h.lang), assetLines(h.ev, h.lang)) {
			d.Looked = append(d.Looked, clean(s))
		}
	} else {
		d.Title += " · " + clean(h.r.Findings[0].ID)
	}
	for i := range h.r.Findings {
		d.Findings = append(d.Findings, h.finding(&h.r.Findings[i]))
	}
	d.Stages = h.stages()
	d.Frames = h.watched()
	d.Memory = h.memory()
	d.Module = h.module()
	d.Assets = h.assets()
	stacks := 0
	if h.freeze != nil {
		d.Timeline = h.timeline()
		d.Graph = h.graph()
		for _, g := range involved(h.r, h.freeze) {
			d.Involved = append(d.Involved, h.stack(g))
		}
		d.Groups, d.Omitted = h.groups()
		if d.Timeline != nil {
			stacks = len(d.Timeline.Stacks)
		}
	}
	for _, p := range h.r.Probes {
		if onlyRead(&h.r.Target) {
			break
		}
		d.Probes = append(d.Probes, htmlProbe{
			Name: clean(p.Name), Took: h.in(milliseconds(p.TookMS)), Stops: fmt.Sprint(p.Stops),
			Stopped: h.in(milliseconds(p.StoppedMS)), Longest: h.in(milliseconds(p.MaxStopMS)),
		})
	}
	if len(h.r.Probes) > 0 {
		d.Cost = costLine(h.r.Probes, h.lang)
	}
	for _, l := range h.r.Limits {
		d.Limits = append(d.Limits, htmlLimit{clean(l.Probe), h.in(l.Why), h.in(l.Help)})
	}
	d.Target = h.target()
	leaks := d.Memory != nil || slices.ContainsFunc(d.Findings, func(f htmlFinding) bool { return f.Leak != nil })
	d.Style, d.Policy = styleSheet(stacks, d.Frames, leaks, d.Assets != nil)
	return d
}

// styleSheet returns the page's style sheet and the policy that allows it: the
// style sheet by its digest, and nothing else at all. Where a sample of the
// timeline is pointed at, a rule for its stack shows that stack; where a late
// frame of the chart is, a rule marks its line.
func styleSheet(stacks int, frames *htmlFrames, leaks, assets bool) (template.CSS, string) {
	var b strings.Builder
	b.WriteString("\n")
	b.Write(pageFile("page/page.css"))
	if frames != nil {
		b.Write(pageFile("page/frames.css"))
		for i := range frames.Late {
			fmt.Fprintf(&b, ".frames:has(.b%[1]d:hover) .l%[1]d{background:var(--mark)}\n", i)
		}
	}
	if leaks {
		b.Write(pageFile("page/leak.css"))
	}
	if assets {
		b.Write(pageFile("page/assets.css"))
	}
	for i := range stacks {
		fmt.Fprintf(&b, ".timeline:has(.s%[1]d:hover) .stack-%[1]d,.timeline:not(:has(.sample:hover)):has(.s%[1]d:focus) .stack-%[1]d{display:block}\n", i)
	}
	digest := sha256.Sum256([]byte(b.String()))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'"
	if assets { // the small pictures, which are in the page itself
		policy += "; img-src data:"
	}
	return template.CSS(b.String()), policy
}

// pageFile is an embedded file.
func pageFile(name string) []byte {
	b, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return b
}

func (h *htmlPage) finding(f *Finding) htmlFinding {
	out := htmlFinding{
		ID: clean(f.ID), Severity: clean(strings.ToLower(string(f.Severity))), SeverityText: clean(h.say("report.severity." + string(f.Severity))),
		Title: h.in(f.Title), Where: h.place(f.Where),
	}
	if f.SinceMS > 0 {
		out.Facts = append(out.Facts, h.say("report.for", text.Duration(time.Duration(f.SinceMS)*time.Millisecond)))
	}
	out.Facts = append(out.Facts, h.say("report.sure", text.Percent(f.Confidence)))
	links, back := splitCycle(f.Chain)
	for i := range links {
		l := htmlLink{Place: *h.place(&links[i].Place), WaitsFor: clean(links[i].WaitsFor.In(h.lang))}
		if c := links[i].Confidence; c > 0 && c < 0.9 {
			l.Share = text.Percent(c)
		}
		out.Chain = append(out.Chain, l)
	}
	if len(links) == 0 {
		out.Blocker = h.place(f.Blocker)
	}
	if back != nil {
		out.Back = h.say(cycleKey(links), back.Goroutine)
	}
	for _, g := range remedies(f) {
		if len(g.lines) > 0 {
			out.Remedies = append(out.Remedies, htmlList{h.say(g.heading), h.lines(g.lines)})
		}
	}
	out.Leak = h.leak(f.Leak)
	out.Why = h.lines(f.Why)
	for _, a := range f.Alternatives {
		out.Alternatives = append(out.Alternatives, htmlAlternative{text.Percent(a.Weight), h.in(a.Title), clean(a.ID), h.place(a.Place)})
	}
	return out
}

// word is a piece of a sentence; a line must not end within it if Keep is set.
type word struct {
	Text string
	Keep bool
}

// keep matches what reads badly when a line ends in it: options of commands and
// the names of methods.
var keep = regexp.MustCompile(`(?:^|\s)(--?[a-zA-Z][a-zA-Z-]*)|([\w/]{1,20}\.\(\*?\w{1,20}\)\.\w{1,24})`)

func words(sentence string) []word {
	var all []word
	at := 0
	for _, m := range keep.FindAllStringSubmatchIndex(sentence, -1) {
		from, to := m[2], m[3]
		if from < 0 {
			from, to = m[4], m[5]
		}
		all = append(all, word{Text: sentence[at:from]}, word{sentence[from:to], true})
		at = to
	}
	return append(all, word{Text: sentence[at:]})
}

func (h *htmlPage) lines(all []text.Text) []string {
	var out []string
	for _, t := range all {
		out = append(out, h.in(t))
	}
	return out
}

func (h *htmlPage) place(p *Place) *htmlPlace {
	if p == nil {
		return nil
	}
	out := &htmlPlace{Function: clean(shortFunction(p.Function)), Full: clean(p.Function), At: clean(fileLine(p)), Path: clean(p.Path), State: clean(p.State)}
	if p.Goroutine != 0 {
		out.Goroutine = h.goroutine(p.Goroutine)
	}
	return out
}

// goroutine names a goroutine and its role.
func (h *htmlPage) goroutine(id uint64) string {
	return goroutineName(id, h.freeze, h.lang)
}

// target lists what is known of the target, label and value.
func (h *htmlPage) target() [][2]string {
	g := &h.r.Target
	var rows [][2]string
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, [2]string{h.say(key), clean(value)})
		}
	}
	add("html.target.name", g.Name)
	if g.PID != 0 {
		rows = append(rows, [2]string{"pid", fmt.Sprint(g.PID)})
	}
	add("html.target.exe", g.Exe)
	rows = append(rows, [2]string{"Go", clean(strings.TrimSpace(g.Go + " " + g.Arch))})
	add("html.target.toolkit", strings.TrimSpace(g.Toolkit+" "+g.ToolkitVersion))
	add("html.target.module", g.MainModule)
	symbols := "html.symbols.yes"
	if g.Stripped {
		symbols = "html.symbols.no"
	}
	if g.Kind != evidence.KindDump {
		add("html.target.symbols", h.say(symbols))
	}
	if !g.StartedAt.IsZero() {
		add("html.target.start", g.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return rows
}
