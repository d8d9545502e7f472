package diagnose

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// The rules about resources tell what a person would see: a picture, a font, a text that
// is not there. A name that the code can do without is not told; what only costs bytes is
// told as info.

// Ids of the resources' illnesses.
const (
	assetBroken    = "asset/broken"
	assetMissing   = "asset/missing"
	assetDuplicate = "asset/duplicate"
	assetOversized = "asset/oversized"
)

// Assets finds what is wrong with a program's resources.
func Assets(ev *evidence.Evidence) []report.Finding {
	a := ev.Assets
	if a == nil {
		return nil
	}
	r := &assets{a: a, t: &ev.Target}
	r.broken()
	r.missing()
	r.unopened()
	r.duplicate()
	r.oversized()
	return r.out
}

type assets struct {
	a   *evidence.Assets
	t   *evidence.Target
	out []report.Finding
}

func (r *assets) add(f report.Finding) {
	f.Evidence = []string{"assets"}
	f.Confidence = round(min(max(f.Confidence, 0.05), 0.99))
	r.out = append(r.out, f)
}

// codeAt is a place in the user's code.
func codeAt(f *evidence.Frame) *report.Place {
	return &report.Place{Function: f.Function, File: f.File, Line: f.Line}
}

// spot is where in a resource a fault is, in words.
func spot(f *evidence.Asset) (key string, args []any) {
	switch {
	case f.Fault.Line > 0:
		return "line", []any{f.Fault.Line, f.Fault.Column}
	case f.Fault.Offset >= 0:
		return "offset", []any{f.Fault.Offset}
	}
	return "", nil
}

// called is what a resource is called in a sentence.
func called(f *evidence.Asset) text.Text {
	if f.Named {
		return text.Literal(f.Name)
	}
	if f.In != "" {
		return text.T("asset.named.variable", shortCall(f.In), formatWord(f.Format))
	}
	return text.T("asset.named.blob", formatWord(f.Format), f.Name)
}

func formatWord(format string) string {
	return cmp.Or(strings.ToUpper(format), "?")
}

// broken: what cannot be decoded.
func (r *assets) broken() {
	for i := range r.a.Files {
		f := &r.a.Files[i]
		switch {
		case f.Fault != nil:
			r.brokenOne(f)
		case f.Other != "" && !f.Foreign && f.Kind != evidence.AssetWindows && media(f.Other):
			r.add(report.Finding{ID: assetBroken, Severity: report.Info, Confidence: 0.95, Where: r.inside(f), Title: text.T("finding.asset/broken.title.other", called(f), formatWord(f.Other), formatWord(f.Format)),
				Why: r.whence(f), Remedy: []text.Text{text.T("finding.asset/broken.now.other", strings.ToLower(f.Format)), text.T("finding.asset/broken.change.other", strings.ToLower(f.Format))}})
		}
	}
}

// media reports whether a format is of pictures, fonts, sounds or shaders.
func media(format string) bool {
	switch format {
	case "", "json", "toml", "yaml", "xml":
		return false
	}
	return true
}

func (r *assets) brokenOne(f *evidence.Asset) {
	out := report.Finding{ID: assetBroken, Severity: report.P1, Confidence: 0.97, Where: r.inside(f)}
	reason := text.T("asset.fault."+f.Fault.Code, formatWord(f.Format))
	key, args := spot(f)
	if key == "" {
		out.Title = text.T("finding.asset/broken.title", called(f), reason)
	} else {
		out.Title = text.T("finding.asset/broken.title."+key, append([]any{called(f), reason}, args...)...)
	}
	if f.Fault.Detail != "" {
		out.Why = append(out.Why, text.T("why.asset.detail", f.Fault.Detail))
	}
	switch f.Fault.Code {
	case "unsupported":
		out.Severity, out.Confidence = report.P2, 0.85
		out.Why = append(out.Why, text.T("why.asset.fyne-svg"))
	case "changed", "too-long", "no-entry":
		out.Confidence = 0.9
	}
	switch {
	case f.Foreign && !f.Named:
		out.Severity, out.Confidence = report.Info, 0.4
		out.Why = append(out.Why, text.T("why.asset.foreign"))
	case f.Foreign:
		out.Severity, out.Confidence = report.P2, 0.7
		out.Why = append(out.Why, text.T("why.asset.foreign"))
	case !f.Named:
		out.Confidence -= 0.2
		out.Why = append(out.Why, text.T("why.asset.by-mark"))
	case !media(f.Format) && f.Format != "" || f.Format == "svg" && f.Fault.Code != "unsupported" && r.t.Toolkit == "":
		out.Confidence -= 0.02
	}
	out.Why = append(out.Why, r.whence(f)...)
	out.Remedy = []text.Text{text.T("finding.asset/broken.now"), text.T("finding.asset/broken.change")}
	switch f.Fault.Code {
	case "lfs":
		out.Remedy = []text.Text{text.T("finding.asset/broken.now.lfs"), text.T("finding.asset/broken.change.lfs")}
	case "changed":
		out.Remedy = []text.Text{text.T("finding.asset/broken.now.changed"), text.T("finding.asset/broken.change.changed")}
	case "web-page":
		out.Remedy = []text.Text{text.T("finding.asset/broken.now.web-page"), text.T("finding.asset/broken.change")}
	case "syntax", "no-entry":
		out.Remedy = []text.Text{text.T("finding.asset/broken.now.syntax"), text.T("finding.asset/broken.change")}
	case "unsupported":
		out.Remedy = []text.Text{text.T("finding.asset/broken.now.unsupported"), text.T("finding.asset/broken.change.unsupported")}
	}
	r.add(out)
}

// inside is the place of a fault: the resource's own line, or the code that holds it.
func (r *assets) inside(f *evidence.Asset) *report.Place {
	if !f.Named && f.At != nil { // a text in the code
		p := codeAt(f.At)
		if f.Fault != nil && f.Fault.Line > 0 {
			p.Line += f.Fault.Line - 1
		}
		return p
	}
	p := &report.Place{Function: f.In, File: f.Name, Path: f.Path}
	if f.At != nil {
		p.Function = f.At.Function
		if f.Path != "" && f.At.File != "" { // as the project sees it, beside the directive
			if dir := path.Dir(f.At.File); dir != "." && f.Kind != evidence.AssetFile {
				p.File = dir + "/" + f.Name
			}
		}
		if f.Kind == evidence.AssetFyne {
			return codeAt(f.At)
		}
	}
	if !f.Named {
		p.File = ""
	}
	if f.Fault != nil {
		p.Line = f.Fault.Line
	}
	return p
}

// whence says how the resource is in the program.
func (r *assets) whence(f *evidence.Asset) (why []text.Text) {
	size := text.Bytes(f.Size)
	switch {
	case f.At != nil && f.Kind == evidence.AssetFile:
		why = append(why, text.T("why.asset.read-by", fileLineOf(f.At), size))
	case f.At != nil && f.Kind == evidence.AssetFyne:
		why = append(why, text.T("why.asset.bundled", fileLineOf(f.At), size))
	case f.At != nil && f.Named:
		why = append(why, text.T("why.asset.embedded-by", fileLineOf(f.At), size))
	case f.In != "":
		why = append(why, text.T("why.asset.held-by", shortCall(f.In), size))
	case f.Kind != "":
		why = append(why, text.T("why.asset.kind", f.Kind, size))
	}
	return why
}

func fileLineOf(f *evidence.Frame) string {
	return f.File + ":" + itoa(f.Line)
}

// missing: names that nothing holds.
func (r *assets) missing() {
	told := map[string]bool{}
	for i := range r.a.Uses {
		u := &r.a.Uses[i]
		if u.Found != "" || u.Excuse == evidence.ExcuseOptional || u.Excuse == evidence.ExcuseWritten {
			continue
		}
		key := u.Name + "\x00" + fileLineOf(&u.At)
		if !told[key] {
			told[key] = true
			r.missingOne(u)
		}
	}
}

func (r *assets) missingOne(u *evidence.AssetUse) {
	f := report.Finding{ID: assetMissing, Severity: report.P1, Confidence: 0.9, Where: codeAt(&u.At)}
	variant := u.Kind
	seen := media(formatOf(u.Name))
	switch u.Kind {
	case evidence.UsePattern:
		f.Confidence = 0.99
		f.Why = append(f.Why, text.T("why.asset.pattern", u.Name))
	case evidence.UseEmbed:
		f.Confidence = 0.97
		if u.In != "" {
			f.Why = append(f.Why, text.T("why.asset.embed.in", shortCall(u.In)))
		}
		if u.OnDisk {
			f.Why = append(f.Why, text.T("why.asset.on-disk"))
		}
		if strings.HasPrefix(u.Name, "/") || strings.HasPrefix(u.Name, "./") || strings.Contains(u.Name, `\`) || strings.Contains(u.Name, "..") || strings.HasSuffix(u.Name, "/") {
			f.Why = append(f.Why, text.T("why.asset.invalid"))
		}
	case evidence.UseFS:
		f.Confidence = 0.6
		if !seen {
			f.Severity = report.Info
		}
		f.Why = append(f.Why, text.T("why.asset.some-fs"))
	case evidence.UsePath:
		f.Confidence = 0.85
		f.Why = append(f.Why, text.T("why.asset.folders", strings.Join(firstFew(r.a.Folders), ", ")))
	case evidence.UseIcon:
		f.Severity, f.Confidence = report.P2, 0.9
	case evidence.UseTranslation:
		f.Severity, f.Confidence = report.P2, 0.9
	}
	switch {
	case u.Excuse == evidence.ExcuseDropped && (seen || u.Kind == evidence.UseEmbed):
		f.Severity = report.P2
		f.Confidence -= 0.15
		f.Why = append(f.Why, text.T("why.asset.dropped", u.Loader))
	case u.Excuse == evidence.ExcuseDropped:
		f.Severity = report.Info
		f.Confidence -= 0.3
		f.Why = append(f.Why, text.T("why.asset.dropped", u.Loader))
	case u.Fatal && u.Kind != evidence.UsePattern:
		f.Why = append(f.Why, text.T("why.asset.fatal"))
	}
	if u.Partly {
		if f.Severity == report.P1 {
			f.Severity = report.P2
		}
		if !seen {
			f.Severity = report.Info
		}
		f.Confidence -= 0.2
		f.Why = append(f.Why, text.T("why.asset.partly"))
	}
	if u.Load != nil {
		f.Why = append(f.Why, text.T("why.asset.loaded-at", u.Loader, fileLineOf(u.Load)))
	} else if u.Kind != evidence.UsePattern {
		f.Why = append(f.Why, text.T("why.asset.loader", u.Loader))
	}
	f.Title = text.T("finding.asset/missing.title."+variant, u.Name)
	if u.Near != "" {
		f.Why = append(f.Why, text.T("why.asset.near", u.Near))
		f.Remedy = append(f.Remedy, text.T("finding.asset/missing.change.near", u.Near))
	}
	f.Remedy = append(f.Remedy, text.T("finding.asset/missing.now."+variant, u.Name), text.T("finding.asset/missing.change."+variant, u.Name))
	r.add(f)
}

func firstFew(all []string) []string {
	if len(all) > 3 {
		return append(slices.Clone(all[:3]), "…")
	}
	return all
}

// formatOf is the format that a name's ending says, of those that people see or hear.
func formatOf(name string) string {
	switch ext := strings.ToLower(strings.TrimPrefix(path.Ext(strings.ReplaceAll(name, `\`, "/")), ".")); ext {
	case "png", "jpg", "jpeg", "gif", "webp", "bmp", "ico", "svg", "tif", "tiff", "ttf", "otf", "ttc", "woff", "woff2", "wav", "ogg", "mp3", "flac", "opus", "kage", "glsl", "frag", "vert",
		"obj", "gltf", "glb", "tmx", "tsx", "aseprite", "mid":
		return ext
	}
	return ""
}

// unopened: files that a process tried to open and did not find. What the code names as
// well is told there; what others search is not told.
func (r *assets) unopened() {
	named := map[string]bool{}
	for i := range r.a.Uses {
		if u := &r.a.Uses[i]; u.Found == "" {
			named[path.Clean(u.Name)] = true
		}
	}
	for i := range r.a.Opens {
		o := &r.a.Opens[i]
		if o.At == nil || named[path.Clean(o.Path)] || optionalOpen(r.a, o) {
			continue
		}
		f := report.Finding{ID: assetMissing, Severity: report.P2, Confidence: 0.85, Where: codeAt(o.At), Title: text.T("finding.asset/missing.title.open", o.Path, o.Error)}
		if !media(formatOf(o.Path)) || formatOf(o.Path) == "" {
			f.Severity, f.Confidence = report.Info, 0.6
		}
		f.Why = []text.Text{text.Plural("why.asset.opened", o.Count), text.T("why.asset.opened.full", o.Full)}
		f.Remedy = []text.Text{text.T("finding.asset/missing.now.open", o.Full), text.T("finding.asset/missing.change.open")}
		r.add(f)
	}
}

// optionalOpen reports whether the code that opens can do without.
func optionalOpen(a *evidence.Assets, o *evidence.AssetOpen) bool {
	for i := range a.Uses {
		u := &a.Uses[i]
		if path.Clean(u.Name) == path.Clean(o.Path) && (u.Excuse == evidence.ExcuseOptional || u.Excuse == evidence.ExcuseWritten) {
			return true
		}
	}
	return false
}
