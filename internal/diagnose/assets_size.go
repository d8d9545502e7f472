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

const (
	leastDuplicate = 512         // bytes: below, nobody gains by sharing
	mostPixels     = 4096 * 4096 // more than screens have
	iconPixels     = 1024 * 1024 // what an icon of any system needs
	leastSound     = 1 << 20     // bytes of sound that is not packed
	leastBitmap    = 1 << 20
)

// duplicate: the same bytes under several names.
func (r *assets) duplicate() {
	same := map[string][]*evidence.Asset{}
	for i := range r.a.Files {
		f := &r.a.Files[i]
		if f.Foreign || f.Size < leastDuplicate || f.Kind == evidence.AssetWindows || f.Sum == "" {
			continue
		}
		same[f.Sum] = append(same[f.Sum], f)
	}
	var sums []string
	for sum, all := range same {
		if all = distinct(all); len(all) > 1 {
			same[sum] = all
			sums = append(sums, sum)
		}
	}
	slices.SortFunc(sums, func(a, b string) int { return strings.Compare(same[a][0].Name, same[b][0].Name) })
	for _, sum := range sums {
		all := same[sum]
		first := all[0]
		var names []string
		for _, f := range all {
			names = append(names, called(f).In(text.English))
		}
		r.add(report.Finding{ID: assetDuplicate, Severity: report.Info, Confidence: 0.99, Where: r.inside(all[1]),
			Title:  text.T("finding.asset/duplicate.title", called(all[1]), called(first), text.Bytes(first.Size)),
			Why:    []text.Text{text.T("why.asset.same", strings.Join(firstFew(names), ", "), sum)},
			Remedy: []text.Text{text.T("finding.asset/duplicate.now"), text.T("finding.asset/duplicate.change", called(first))}})
	}
}

// distinct leaves out the same file that is embedded twice under one name: it is in the
// program once.
func distinct(all []*evidence.Asset) (out []*evidence.Asset) {
	slices.SortStableFunc(all, func(a, b *evidence.Asset) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Kind, b.Kind))
	})
	seen := map[string]bool{}
	for _, f := range all {
		key := cmp.Or(f.Path, f.Name)
		if !f.Named && len(out) > 0 { // bytes without a name may be those of the named file
			continue
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, f)
		}
	}
	return out
}

// oversized: far more pixels or bytes than anybody sees or hears.
func (r *assets) oversized() {
	for i := range r.a.Files {
		f := &r.a.Files[i]
		if f.Foreign || f.Fault != nil {
			continue
		}
		pixels := f.Width * f.Height
		variant, now := "", ""
		var args []any
		switch {
		case f.Format == "svg":
		case f.Format == "wav" && f.Size >= leastSound:
			variant, now = "sound", "sound"
			args = []any{text.Bytes(f.Size)}
		case (f.Format == "bmp" || f.Format == "tiff") && f.Size >= leastBitmap:
			variant, now = "bitmap", "bitmap"
			args = []any{text.Bytes(f.Size)}
		case pixels >= mostPixels, pixels > iconPixels && isIcon(f.Name) && f.Frames <= 1:
			variant, now = "pixels", "pixels"
			args = []any{f.Width, f.Height, text.Bytes(int64(pixels) * 4)}
		}
		if variant == "" {
			continue
		}
		r.add(report.Finding{ID: assetOversized, Severity: report.Info, Confidence: 0.8, Where: r.inside(f),
			Title:  text.T("finding.asset/oversized.title."+variant, append([]any{called(f)}, args...)...),
			Why:    append([]text.Text{text.T("why.asset.oversized." + variant)}, r.whence(f)...),
			Remedy: []text.Text{text.T("finding.asset/oversized.now"), text.T("finding.asset/oversized.change." + now)}})
	}
}

// isIcon reports whether a name says that the picture is small.
func isIcon(name string) bool {
	base := strings.ToLower(path.Base(name))
	for _, word := range []string{"icon", "ico.", "logo", "button", "btn", "cursor", "avatar", "thumb"} {
		if strings.Contains(base, word) {
			return true
		}
	}
	dir := strings.ToLower(path.Base(path.Dir(name)))
	return strings.Contains(dir, "icon")
}
