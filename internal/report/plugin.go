package report

import (
	"cmp"
	"path/filepath"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Plugin is what a comparison of a plugin with a program found, in full: findings name
// a few packages only.
type Plugin struct {
	Host       string                   `json:"host"`              // its file
	HostGo     string                   `json:"host_go,omitempty"` // "go1.26.8"
	PluginPath string                   `json:"plugin_path,omitempty"`
	Shared     int                      `json:"shared"`          // packages that both have
	Differ     []string                 `json:"differ"`          // … whose hashes are not equal
	First      string                   `json:"first,omitempty"` // the one that plugin.Open will name
	Settings   []evidence.PluginSetting `json:"settings"`        // of the build, that are not equal
	Modules    []evidence.PluginModule  `json:"modules"`         // of other versions
	Code       []evidence.PluginCode    `json:"code"`            // packages with equal hashes and other code
	Compared   int                      `json:"compared"`        // functions whose code was compared
	Missing    []PluginMissing          `json:"missing"`
	Loaded     []string                 `json:"loaded,omitempty"` // paths of the plugins that a running host has
}

// PluginMissing is something that the plugin needs and that is not there.
type PluginMissing struct {
	Kind string `json:"kind"` // library, version, symbol, export
	Name string `json:"name"`
	By   string `json:"by"`             // the file that needs it
	File string `json:"file,omitempty"` // one that would provide it
}

// PluginOf is what a report says in full; nil where no plugin was compared.
func PluginOf(p *evidence.Plugin) *Plugin {
	if p == nil {
		return nil
	}
	out := &Plugin{Host: p.Host.Path, HostGo: p.Host.Go, PluginPath: p.Plugin.PluginPath, Shared: p.Shared, Differ: array(p.Differ), First: p.First,
		Settings: array(p.Settings), Modules: array(p.Modules), Code: array(p.Code), Compared: p.Compared, Missing: []PluginMissing{}, Loaded: p.Loaded.Paths}
	for _, l := range p.Libraries {
		out.Missing = append(out.Missing, PluginMissing{"library", l.Name, l.By, l.Near})
	}
	for _, v := range p.Versions {
		out.Missing = append(out.Missing, PluginMissing{"version", v.Version, v.By, ""})
	}
	for _, s := range p.Undefined {
		out.Missing = append(out.Missing, PluginMissing{"symbol", s.Name, s.By, s.File})
	}
	for _, name := range p.Exports {
		out.Missing = append(out.Missing, PluginMissing{"export", name, p.Plugin.Path, ""})
	}
	return out
}

// differing writes all packages that differ, for who wants to know them all.
func (t *terminal) differing() {
	if p := t.r.Plugin; p != nil && t.o.Verbose && len(p.Differ) > 0 {
		t.page.blank()
		t.page.line(span{}, plain("  "), span{styleBold, text.Plural("plugin.differ", len(p.Differ)).In(t.o.Lang)})
		for _, path := range p.Differ {
			t.page.line(plain("  "), plain("    "), plain(path))
		}
	}
}

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
