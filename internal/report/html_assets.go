package report

import (
	"encoding/base64"
	"html/template"
	"strings"

	"github.com/gomedic/gomedic/internal/text"
)

// htmlAssets is the gallery: the resources, largest first, with small pictures.
type htmlAssets struct {
	Title string
	Files []htmlAsset
	More  string
}

type htmlAsset struct {
	Name, Size, Format, Facts, State, Class, Fault, In string
	Thumb                                              template.URL
}

// maxGallery bounds the page.
const maxGallery = 1000

func (h *htmlPage) assets() *htmlAssets {
	if h.ev == nil || h.ev.Assets == nil || len(h.ev.Assets.Files) == 0 {
		return nil
	}
	out := &htmlAssets{Title: h.say("assets.table")}
	all := bySize(h.ev.Assets.Files)
	for i, f := range all {
		if i >= maxGallery {
			out.More = h.say("assets.table.more", len(all)-i)
			break
		}
		key, _ := assetState(f)
		a := htmlAsset{Name: clean(f.Name), Size: text.Bytes(f.Size), Format: clean(f.Format), Facts: clean(assetFacts(f, h.lang)), State: h.say(key),
			Class: strings.TrimPrefix(key, "assets.state."), In: clean(f.In)}
		if f.Fault != nil {
			a.Fault = clean(text.T("asset.fault."+f.Fault.Code, strings.ToUpper(f.Format)).In(h.lang))
			if f.Fault.Detail != "" {
				a.Fault += ": " + clean(f.Fault.Detail)
			}
		}
		if strings.HasPrefix(string(f.Thumb), "\x89PNG\r\n\x1a\n") {
			a.Thumb = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(f.Thumb))
		}
		out.Files = append(out.Files, a)
	}
	return out
}
