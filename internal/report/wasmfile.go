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

// module writes what a module is made of: sections and packages with bars, and what
// could be saved.
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
	sections := slices.Clone(w.Sections)
	slices.SortStableFunc(sections, func(a, b evidence.WasmPart) int { return cmp.Compare(b.Bytes, a.Bytes) })
	t.parts(t.say("wasmfile.sections"), sections, mostSections, w.Size)
	code := int64(0)
	for _, p := range w.Packages {
		code += p.Bytes
	}
	if len(w.Packages) > 0 {
		t.parts(t.say("wasmfile.packages", text.Bytes(code)), w.Packages, mostPackages, code)
	}
	if s := w.Savings; s != nil {
		t.page.blank()
		t.page.line(plain("  "), plain("    "), span{styleBold, t.say("wasmfile.savings")})
		rows := []evidence.WasmPart{{Name: t.say("wasmfile.now"), Bytes: w.Size}}
		if s.Strip > 0 {
			without := map[string]string{"go": `-ldflags="-s -w"`, "tinygo": "-no-debug"}[w.Compiler]
			rows = append(rows, evidence.WasmPart{Name: cmp.Or(without, t.say("wasmfile.nameless")), Bytes: w.Size - s.Strip})
		}
		t.bars(append(rows, evidence.WasmPart{Name: "+ gzip -6", Bytes: s.Gzip}, evidence.WasmPart{Name: "+ brotli -6", Bytes: s.Brotli}), w.Size)
	}
	if e := w.Embedded; e != nil && e.Count > 0 {
		t.parts(text.Plural("wasmfile.embedded", e.Count, text.Bytes(e.Bytes)).In(t.o.Lang), e.Largest, len(e.Largest), e.Bytes)
	}
}

// parts writes the largest parts with a bar for each, and the rest as one.
func (t *terminal) parts(heading string, parts []evidence.WasmPart, most int, whole int64) {
	if len(parts) == 0 {
		return
	}
	if t.o.Verbose {
		most = len(parts)
	}
	t.page.blank()
	t.page.line(plain("  "), plain("    "), span{styleBold, heading})
	shown := slices.Clone(parts[:min(most, len(parts))])
	if rest := parts[len(shown):]; len(rest) > 0 {
		sum := evidence.WasmPart{Name: t.say("wasmfile.rest", len(rest))}
		for _, p := range rest {
			sum.Bytes += p.Bytes
		}
		shown = append(shown, sum)
	}
	t.bars(shown, whole)
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
		share := 0.0
		if whole > 0 {
			share = float64(p.Bytes) / float64(whole)
		}
		name := clean(p.Name)
		if w := width(name); w > longest {
			name = lastOf(name, longest)
		}
		name += strings.Repeat(" ", max(0, longest-width(name)))
		bar := strings.Repeat("█", int(float64(p.Bytes)/float64(most)*wasmBar+0.5))
		if bar == "" && p.Bytes > 0 {
			bar = "▏"
		}
		t.page.line(plain("    "), plain("      "), plain(name), span{styleDim, fmt.Sprintf("  %9s %6s  ", text.Bytes(p.Bytes), text.Percent(share))}, span{styleCyan, bar})
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
	add("wasmfile.looked.whole", len(w.Sections), text.Bytes(w.Size))
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
