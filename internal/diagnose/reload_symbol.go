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

// symbolFindings are what the dynamic linker will not find: libraries, versions of
// symbols, symbols; and what package plugin looks up itself.
func symbolFindings(p *evidence.Plugin) []report.Finding {
	var out []report.Finding
	for i := range p.Libraries {
		out = append(out, missingLibrary(&p.Libraries[i]))
	}
	if len(p.Versions) > 0 {
		out = append(out, missingVersions(p))
	}
	for _, group := range symbolGroups(p.Undefined) {
		out = append(out, missingSymbols(group, p))
	}
	if len(p.Exports) > 0 {
		under := p.Plugin.PluginPath
		f := pluginFinding(undefinedSymbol, report.P1, 0.97, text.T("finding.reload/undefined-symbol.title.path", p.Exports[0], under))
		f.Why = []text.Text{text.T("why.plugin.path", under, someNames(p.Exports)), text.T("why.plugin.says-path", p.Exports[0], under)}
		f.Remedy = []text.Text{text.T("finding.reload/undefined-symbol.now.path", under)}
		out = append(out, f)
	}
	return out
}

func missingLibrary(l *evidence.PluginLibrary) report.Finding {
	f := pluginFinding(undefinedSymbol, report.P1, 0.98, text.T("finding.reload/undefined-symbol.title.library-missing", l.Name))
	f.Why = []text.Text{text.T("why.plugin.needed", path.Base(l.By), l.Name)}
	if len(l.Searched) > 0 {
		f.Why = append(f.Why, text.T("why.plugin.searched", someNames(l.Searched)))
	}
	switch {
	case l.Near != "" && path.Base(l.Near) == l.Name:
		f.Why = append(f.Why, text.T("why.plugin.near", l.Near))
		f.Remedy = []text.Text{text.T("finding.reload/undefined-symbol.now.folder", path.Dir(l.Near)), text.T("finding.reload/undefined-symbol.change.rpath", path.Dir(l.Near))}
	case l.Near != "":
		f.Why = append(f.Why, text.T("why.plugin.near-version", l.Near))
		f.Remedy = []text.Text{text.T("finding.reload/undefined-symbol.now.relink", l.Name)}
	default:
		f.Remedy = []text.Text{text.T("finding.reload/undefined-symbol.now.install", l.Name)}
	}
	return f
}

// missingVersions: the plugin was linked where a library is newer.
func missingVersions(p *evidence.Plugin) report.Finding {
	v := &p.Versions[0]
	f := pluginFinding(undefinedSymbol, report.P1, 0.99, text.T("finding.reload/undefined-symbol.title.version", v.Version, v.Library))
	const most = 8
	for i := range min(len(p.Versions), most) {
		v := &p.Versions[i]
		if len(v.Symbols) > 0 {
			f.Why = append(f.Why, text.T("why.plugin.version", path.Base(v.By), v.Version, someNames(v.Symbols)))
		} else {
			f.Why = append(f.Why, text.T("why.plugin.version-bare", path.Base(v.By), v.Version))
		}
	}
	if v.Newest != "" {
		f.Why = append(f.Why, text.T("why.plugin.newest", v.Found, v.Newest))
	}
	f.Remedy = []text.Text{text.T("finding.reload/undefined-symbol.now.version", v.Library), text.T("finding.reload/undefined-symbol.change.version", v.Library)}
	return f
}

// symbolGroups are symbols that lack for one reason.
func symbolGroups(all []evidence.PluginSymbol) (groups [][]evidence.PluginSymbol) {
	same := func(a, b *evidence.PluginSymbol) bool {
		if a.CXX != b.CXX || a.Sanitizer != b.Sanitizer || a.By != b.By {
			return false
		}
		return a.CXX || a.Sanitizer != "" || a.Where == b.Where && a.File == b.File
	}
	for _, s := range all {
		if i := slices.IndexFunc(groups, func(g []evidence.PluginSymbol) bool { return same(&g[0], &s) }); i >= 0 {
			groups[i] = append(groups[i], s)
		} else {
			groups = append(groups, []evidence.PluginSymbol{s})
		}
	}
	return groups
}

func missingSymbols(group []evidence.PluginSymbol, p *evidence.Plugin) report.Finding {
	first := &group[0]
	// The one that plugin.Open will name comes first, then what says most.
	slices.SortStableFunc(group, func(a, b evidence.PluginSymbol) int { return cmp.Compare(rank(&a), rank(&b)) })
	names := make([]string, len(group))
	for i := range group {
		names[i] = cmp.Or(group[i].Demangled, group[i].Name)
	}
	names[0] = readable(first)
	cause := string(first.Where)
	switch {
	case first.Sanitizer != "":
		cause = "sanitizer"
	case first.CXX:
		cause = "cxx"
	case cause == "":
		cause = "nowhere"
	}
	file := path.Base(first.File)
	f := pluginFinding(undefinedSymbol, report.P1, 0.97, text.T("finding.reload/undefined-symbol.title."+cause, names[0], file, first.Sanitizer))
	f.Why = []text.Text{text.Plural("why.plugin.undefined", len(names), path.Base(first.By), someNames(names))}
	if first.File != "" {
		f.Why = append(f.Why, text.T("why.plugin.where-"+first.Where, first.File))
	}
	if cause == "cxx" {
		f.Why = append(f.Why, text.T("why.plugin.cxx"))
	}
	switch named := slices.ContainsFunc(p.Undefined, func(s evidence.PluginSymbol) bool { return s.First }); {
	case first.First || len(p.Undefined) == 1:
		f.Why = append(f.Why, text.T("why.plugin.says-undefined", first.Name))
	case !named:
		f.Why = append(f.Why, text.T("why.plugin.says-first"))
	}
	f.Remedy = []text.Text{text.T("finding.reload/undefined-symbol.now."+cause, names[0], first.File, linkFlag(file), first.Sanitizer)}
	if cause == "cxx" {
		f.Remedy = append(f.Remedy, text.T("finding.reload/undefined-symbol.change.cxx"))
	}
	return f
}

// rank orders missing symbols.
func rank(s *evidence.PluginSymbol) int {
	switch {
	case s.First:
		return 0
	case strings.Contains(s.Name, "__cxxabiv1"):
		return 1
	}
	return 2
}

// readable is a symbol's name, with what it means in C++.
func readable(s *evidence.PluginSymbol) string {
	if s.Demangled != "" {
		return s.Name + " (" + s.Demangled + ")"
	}
	return s.Name
}

// linkFlag is the linker's flag for a library: -lm for libm.so.6.
func linkFlag(file string) string {
	name, _, _ := strings.Cut(file, ".so")
	name = strings.TrimSuffix(name, ".a")
	if library, ok := strings.CutPrefix(name, "lib"); ok {
		return "-l" + library
	}
	return file
}
