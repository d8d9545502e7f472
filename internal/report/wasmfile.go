package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Parts of a module that are shown unless all are asked for.
const (
	mostSections = 8
	mostPackages = 15
)

// wasmBar is the widest bar, in columns.
const wasmBar = 24

// partGroup is a heading with the parts under it, and what they are parts of, in bytes.
type partGroup struct {
	heading string
	parts   []evidence.WasmPart
	whole   int64
}

// partGroups are the sections and packages of a module, what could be saved, and the
// files it embeds; of each the largest, or all of them.
func partGroups(w *evidence.WasmFile, all bool, lang text.Lang) (groups []partGroup) {
	say := func(key string, args ...any) string { return text.T(key, args...).In(lang) }
	add := func(heading string, parts []evidence.WasmPart, most int, whole int64) {
		if len(parts) == 0 {
			return
		}
		if all {
			most = len(parts)
		}
		shown := slices.Clone(parts[:min(most, len(parts))])
		if rest := parts[len(shown):]; len(rest) > 0 {
			sum := evidence.WasmPart{Name: say("wasmfile.rest", len(rest))}
			for _, p := range rest {
				sum.Bytes += p.Bytes
			}
			shown = append(shown, sum)
		}
		groups = append(groups, partGroup{heading, shown, whole})
	}
	sections := slices.Clone(w.Sections)
	slices.SortStableFunc(sections, func(a, b evidence.WasmPart) int { return cmp.Compare(b.Bytes, a.Bytes) })
	add(say("wasmfile.sections"), sections, mostSections, w.Size)
	code := int64(0)
	for _, p := range w.Packages {
		code += p.Bytes
	}
	add(say("wasmfile.packages", text.Bytes(code)), w.Packages, mostPackages, code)
	if s := w.Savings; s != nil {
		rows := []evidence.WasmPart{{Name: say("wasmfile.now"), Bytes: w.Size}}
		if s.Strip > 0 {
			without := map[string]string{"go": `-ldflags="-s -w"`, "tinygo": "-no-debug"}[w.Compiler]
			rows = append(rows, evidence.WasmPart{Name: cmp.Or(without, say("wasmfile.nameless")), Bytes: w.Size - s.Strip})
		}
		rows = append(rows, evidence.WasmPart{Name: "+ gzip -6", Bytes: s.Gzip}, evidence.WasmPart{Name: "+ brotli -6", Bytes: s.Brotli})
		add(say("wasmfile.savings"), rows, len(rows), w.Size)
	}
	if e := w.Embedded; e != nil && e.Count > 0 {
		add(text.Plural("wasmfile.embedded", e.Count, text.Bytes(e.Bytes)).In(lang), e.Largest, len(e.Largest), e.Bytes)
	}
	return groups
}

// module writes what a module is made of, with bars.
func (t *terminal) module() {
	w := t.r.WasmFile
	if w == nil {
		return
	}
	t.page.blank()
	t.page.line(span{}, plain("  "), span{styleBold, t.say("wasmfile.head")}, span{styleDim, "  " + strings.Join(moduleWords(w, t.o.Lang), " · ")})
	if t.o.Verbose {
		for _, s := range w.Settings {
			t.page.line(plain("  "), plain("    "), span{styleDim, s.Key + "=" + s.Value})
		}
	}
	for _, g := range partGroups(w, t.o.Verbose, t.o.Lang) {
		t.page.blank()
		t.page.line(plain("  "), plain("    "), span{styleBold, g.heading})
		t.bars(g.parts, g.whole)
	}
}

// htmlModule is a module in the HTML report.
type htmlModule struct {
	About  []string
	Groups []htmlParts
}

type htmlParts struct {
	Heading string
	Rows    []htmlPart
}

type htmlPart struct {
	Name, Bytes, Share string
	Part               float64 // of the largest, 0 to 1
}

func (h *htmlPage) module() *htmlModule {
	w := h.r.WasmFile
	if w == nil {
		return nil
	}
	out := &htmlModule{}
	for _, s := range moduleWords(w, h.lang) {
		out.About = append(out.About, clean(s))
	}
	for _, g := range partGroups(w, false, h.lang) {
		parts := htmlParts{Heading: clean(g.heading)}
		most := int64(1)
		for _, p := range g.parts {
			most = max(most, p.Bytes)
		}
		for _, p := range g.parts {
			parts.Rows = append(parts.Rows, htmlPart{clean(p.Name), text.Bytes(p.Bytes), text.Percent(partOf(p.Bytes, g.whole)), partOf(p.Bytes, most)})
		}
		out.Groups = append(out.Groups, parts)
	}
	return out
}

func partOf(n, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(n) / float64(whole)
}

// bars writes a line for each part: its name, its size and share, and a bar.
func (t *terminal) bars(parts []evidence.WasmPart, whole int64) {
	longest, most := 0, int64(1)
	for _, p := range parts {
		longest = max(longest, width(clean(p.Name)))
		most = max(most, p.Bytes)
	}
	longest = min(longest, 52)
	for _, p := range parts {
		name := clean(p.Name)
		if w := width(name); w > longest {
			name = lastOf(name, longest)
		}
		name += strings.Repeat(" ", max(0, longest-width(name)))
		bar := strings.Repeat("█", int(partOf(p.Bytes, most)*wasmBar+0.5))
		if bar == "" && p.Bytes > 0 {
			bar = "▏"
		}
		t.page.line(plain("    "), plain("      "), plain(name), span{styleDim, fmt.Sprintf("  %9s %6s  ", text.Bytes(p.Bytes), text.Percent(partOf(p.Bytes, whole)))}, span{styleCyan, bar})
	}
}

// lastOf keeps the end of a name, which tells more of a package than its beginning.
func lastOf(s string, most int) string {
	r := []rune(s)
	for len(r) > 0 && width(string(r)) > most-1 {
		r = r[1:]
	}
	return "…" + string(r)
}

// moduleWords tell size, system and main package.
func moduleWords(w *evidence.WasmFile, lang text.Lang) []string {
	out := []string{text.Bytes(w.Size)}
	if w.Packed != "" {
		out[0] = text.T("wasmfile.packed", text.Bytes(w.Size), w.Packed, text.Bytes(w.InFile)).In(lang)
	}
	switch w.Compiler {
	case "tinygo":
		out = append(out, "TinyGo")
	case "":
		if w.Break == nil {
			out = append(out, text.T("wasmfile.foreign").In(lang))
		}
	}
	if w.System != "" {
		out = append(out, w.System+"/wasm")
	}
	if w.Package != "" {
		out = append(out, w.Package)
	}
	return out
}

// moduleLines say what was looked at, under the verdict of a healthy module.
func moduleLines(ev *evidence.Evidence, lang text.Lang) (lines []string) {
	if ev == nil || ev.WasmFile == nil || ev.WasmFile.Break != nil {
		return nil
	}
	w := ev.WasmFile
	add := func(key string, args ...any) { lines = append(lines, text.T(key, args...).In(lang)) }
	functions := 0
	for _, p := range w.Packages {
		functions += p.Functions
	}
	if w.Unchecked > 0 {
		add("wasmfile.looked.sections", len(w.Sections), text.Bytes(w.Size))
	} else {
		add("wasmfile.looked.whole", len(w.Sections), text.Bytes(w.Size))
	}
	switch {
	case w.Compiler == "tinygo":
		add("wasmfile.looked.tinygo")
	case w.Compiler == "":
		add("wasmfile.looked.foreign")
	}
	if functions > 0 {
		add("wasmfile.looked.functions", functions, len(w.Packages))
	}
	if e := w.ExecJS; e != nil && len(e.Missing) == 0 {
		switch {
		case len(e.Unsure) > 0:
			add("wasmfile.looked.unsure", e.Path, len(w.Imports)-len(e.Unsure), len(w.Imports))
		case e.Same:
			add("wasmfile.looked.same", e.Path, len(w.Imports))
		default:
			add("wasmfile.looked.imports", e.Path, len(w.Imports))
		}
	}
	return lines
}
