package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Assets is what an examination of resources found, in full.
type Assets struct {
	From    string               `json:"from"` // "source", "binary", "process"
	Format  string               `json:"format,omitempty"`
	Folders []string             `json:"folders"` // where names without a path were looked for
	Files   []evidence.Asset     `json:"files"`   // largest first
	Names   []evidence.AssetUse  `json:"names"`   // that the code loads
	Opens   []evidence.AssetOpen `json:"opens"`   // of a process: what it did not find
	Bytes   int64                `json:"bytes"`   // of all files
}

// AssetsOf is what a report says in full; nil where no resources were looked at. Small
// pictures are left out.
func AssetsOf(a *evidence.Assets) *Assets {
	if a == nil {
		return nil
	}
	out := &Assets{From: a.From, Format: a.Format, Folders: array(a.Folders), Files: []evidence.Asset{}, Names: array(a.Uses), Opens: array(a.Opens)}
	for _, f := range bySize(a.Files) {
		c := *f
		c.Thumb = nil
		out.Files = append(out.Files, c)
		out.Bytes += f.Size
	}
	return out
}

// bySize are the resources, largest first.
func bySize(files []evidence.Asset) []*evidence.Asset {
	all := make([]*evidence.Asset, len(files))
	for i := range files {
		all[i] = &files[i]
	}
	slices.SortStableFunc(all, func(a, b *evidence.Asset) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), strings.Compare(a.Name, b.Name))
	})
	return all
}

// assetsHealthyKey chooses the verdict that the evidence allows.
func assetsHealthyKey(r *Report, a *evidence.Assets) string {
	switch {
	case len(r.Findings) > 0:
		return "assets.healthy.info"
	case len(r.Limits) > 0:
		return "assets.healthy.part"
	case len(a.Files) == 0 && len(a.Uses) == 0:
		return "assets.healthy.none"
	}
	return "assets.healthy"
}

// assetLines say what was looked at.
func assetLines(ev *evidence.Evidence, lang text.Lang) (lines []string) {
	if ev == nil || ev.Assets == nil {
		return nil
	}
	a := ev.Assets
	var bytes int64
	decoded, found, optional := 0, 0, 0
	for i := range a.Files {
		bytes += a.Files[i].Size
		if a.Files[i].Checked {
			decoded++
		}
	}
	for i := range a.Uses {
		switch u := &a.Uses[i]; {
		case u.Found != "":
			found++
		case u.Excuse == evidence.ExcuseOptional || u.Excuse == evidence.ExcuseWritten:
			optional++
		}
	}
	add := func(key string, args ...any) { lines = append(lines, text.T(key, args...).In(lang)) }
	add("assets.looked.files", len(a.Files), text.Bytes(bytes), decoded)
	if len(a.Uses) > 0 {
		add("assets.looked.names", len(a.Uses), found)
	}
	if optional > 0 {
		add("assets.looked.optional", optional)
	}
	if a.Watched > 0 {
		add("assets.looked.opens", text.Duration(a.Watched), len(a.Opens))
	}
	return lines
}

// assetState is the key of a resource's state, and its style.
func assetState(f *evidence.Asset) (key string, st style) {
	switch {
	case f.Fault != nil:
		return "assets.state.broken", styleRed
	case f.Note != "" && f.Note != "comments":
		return "assets.state.partly", styleDim
	case f.Checked:
		return "assets.state.ok", styleGreen
	}
	return "assets.state.kept", styleDim
}

// assetFacts are what is known of a resource's content.
func assetFacts(f *evidence.Asset, lang text.Lang) string {
	var facts []string
	add := func(key string, args ...any) { facts = append(facts, text.T(key, args...).In(lang)) }
	if f.Width > 0 && f.Height > 0 {
		add("assets.fact.pixels", f.Width, f.Height)
	}
	if f.Frames > 1 {
		add("assets.fact.frames", f.Frames)
	}
	if f.Glyphs > 0 {
		add("assets.fact.glyphs", f.Glyphs)
	}
	if f.Seconds > 0 {
		facts = append(facts, fmt.Sprintf("%.1f s", f.Seconds))
	}
	return strings.Join(facts, ", ")
}

// shownAssets is how many are shown unless all are asked for.
const shownAssets = 20

// assets writes the table, largest first. Those of libraries are summed up.
func (t *terminal) assets() {
	if t.o.Evidence == nil || t.o.Evidence.Assets == nil || len(t.o.Evidence.Assets.Files) == 0 {
		return
	}
	var own, others []*evidence.Asset
	var foreign int64
	for _, f := range bySize(t.o.Evidence.Assets.Files) {
		if f.Foreign && !t.o.Verbose && f.Fault == nil {
			others, foreign = append(others, f), foreign+f.Size
			continue
		}
		own = append(own, f)
	}
	t.page.blank()
	t.page.line(span{}, plain("  "), span{styleBold, t.say("assets.table")})
	shown := own
	if !t.o.Verbose && len(shown) > shownAssets {
		shown = shown[:shownAssets]
	}
	for _, f := range shown {
		key, st := assetState(f)
		head := fmt.Sprintf("  %10s  %-6s ", text.Bytes(f.Size), clean(f.Format))
		spans := []span{{"", head}, {st, t.say(key)}, plain("  " + f.Name)}
		if facts := assetFacts(f, t.o.Lang); facts != "" {
			spans = append(spans, span{styleDim, "  " + facts})
		}
		t.page.line(span{}, plain("                  "), spans...)
	}
	if n := len(own) - len(shown); n > 0 {
		t.page.line(span{}, plain("  "), span{styleDim, "  " + t.say("assets.table.more", n)})
	}
	if len(others) > 0 {
		t.page.line(span{}, plain("  "), span{styleDim, "  " + t.say("assets.table.foreign", len(others), text.Bytes(foreign))})
	}
}
