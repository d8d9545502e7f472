package report

import (
	"cmp"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// watchingHealthyKey chooses the verdict on watching that the evidence allows.
func watchingHealthyKey(r *Report, w *evidence.Watching) string {
	for i := range w.Uses {
		if u := &w.Uses[i]; u.Broken != "" || len(u.Trials) == 0 {
			return "reload-check.healthy.part"
		}
	}
	if len(r.Findings) > 0 {
		return "reload-check.healthy.info"
	}
	return "reload-check.healthy"
}

// watchingLines say what was tried.
func watchingLines(ev *evidence.Evidence, lang text.Lang) (lines []string) {
	if ev == nil || ev.Watching == nil {
		return nil
	}
	for i := range ev.Watching.Uses {
		u := &ev.Watching.Uses[i]
		saves, loads, whole := 0, 0, 0
		ways := map[string]bool{}
		for _, t := range u.Trials {
			ways[t.Case] = true
			saves, loads, whole = saves+t.Saves, loads+t.Loads, whole+t.Whole
		}
		version := cmp.Or(u.Version, "(devel)")
		if whole == loads {
			lines = append(lines, text.T("reload-check.looked", u.Path, version, saves, len(ways), loads).In(lang))
		} else {
			lines = append(lines, text.T("reload-check.looked.partial", u.Path, version, saves, len(ways), loads, loads-whole).In(lang))
		}
	}
	return lines
}
