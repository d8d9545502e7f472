package report

import (
	"cmp"
	"path/filepath"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// hostWords say for which program a plugin is.
func hostWords(ev *evidence.Evidence, lang text.Lang) []string {
	if ev == nil || ev.Plugin == nil {
		return nil
	}
	h := &ev.Plugin.Host
	return []string{text.T("report.plugin", filepath.Base(h.Path), cmp.Or(h.Go, h.Arch)).In(lang)}
}

// pluginLines say what was looked at.
func pluginLines(ev *evidence.Evidence, lang text.Lang) (lines []string) {
	if ev == nil || ev.Plugin == nil {
		return nil
	}
	p := ev.Plugin
	add := func(key string, args ...any) { lines = append(lines, text.T(key, args...).In(lang)) }
	if n := len(p.Differ); n > 0 {
		add("plugin.looked.differ", p.Shared, n)
	} else {
		add("plugin.looked.hashes", p.Shared)
	}
	if p.Symbols > 0 && len(p.Undefined) == 0 && len(p.Libraries) == 0 {
		add("plugin.looked.symbols", p.Symbols)
	}
	if p.Compared > 0 {
		add("plugin.looked.code", p.Compared)
	}
	switch {
	case len(p.Loaded.Paths) > 0:
		add("plugin.looked.loaded", strings.Join(p.Loaded.Paths, ", "))
	case p.Loaded.Known:
		add("plugin.looked.no-loaded")
	}
	return lines
}
