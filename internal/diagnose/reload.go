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

// The rules about plugins answer in the order in which plugin.Open stumbles: what kind
// of files they are, what the dynamic linker looks for, then what the runtime compares.
// The findings of one kind are one: where a hundred packages differ because of one
// setting of the build, the setting is the finding.

// Ids of the family.
const (
	pluginMismatch  = "reload/plugin-mismatch"
	undefinedSymbol = "reload/undefined-symbol"
)

// Plugins finds why a plugin will be refused, and what goes wrong if it is not.
func Plugins(ev *evidence.Evidence) []report.Finding {
	p := ev.Plugin
	if p == nil {
		return nil
	}
	if f, ok := otherKind(p); ok {
		return []report.Finding{f}
	}
	var out []report.Finding
	if f, ok := hostRefuses(p); ok {
		out = append(out, f)
	}
	out = append(out, symbolFindings(p)...)
	loaded, isLoaded := alreadyLoaded(p)
	// Package plugin and the runtime ask first whether they have it; what another plugin
	// brought in then does not come up.
	if f, ok := differingPackages(p); ok && !(isLoaded && len(p.Brought) == len(p.Differ)) {
		out = append(out, f)
	}
	if f, ok := otherRelease(p); ok {
		out = append(out, f)
	}
	if isLoaded {
		out = append(out, loaded)
	}
	if f, ok := twoVersions(p); ok {
		out = append(out, f)
	}
	return out
}

// pluginFinding begins a finding.
func pluginFinding(id string, severity report.Severity, confidence float64, title text.Text) report.Finding {
	return report.Finding{ID: id, Severity: severity, Confidence: confidence, Title: title, Evidence: []string{"plugin"}}
}

// otherKind: nothing else can be compared.
func otherKind(p *evidence.Plugin) (report.Finding, bool) {
	h, q := &p.Host, &p.Plugin
	if h.OS == q.OS && h.Arch == q.Arch && h.Bits == q.Bits {
		return report.Finding{}, false
	}
	name := func(f *evidence.PluginFile) string { return f.OS + "/" + f.Arch }
	key := "arch"
	if name(h) == name(q) {
		key = "bits"
	}
	f := pluginFinding(pluginMismatch, report.P1, 0.99, text.T("finding.reload/plugin-mismatch.title."+key, name(q), name(h), q.Bits, h.Bits))
	f.Why = []text.Text{text.T("why.plugin.elf", name(h), h.Bits, name(q), q.Bits)}
	f.Remedy = []text.Text{text.T("finding.reload/plugin-mismatch.now.arch", h.OS, h.Arch)}
	return f, true
}

// hostRefuses: the program cannot load any plugin.
func hostRefuses(p *evidence.Plugin) (report.Finding, bool) {
	h, cause := &p.Host, ""
	switch {
	case h.NoCgo:
		cause = "cgo"
	case h.Static:
		cause = "static"
	case h.NoPlugins:
		cause = "import"
	case h.NoExport:
		cause = "export"
	default:
		return report.Finding{}, false
	}
	f := pluginFinding(pluginMismatch, report.P1, 0.98, text.T("finding.reload/plugin-mismatch.title.host-"+cause, path.Base(h.Path)))
	f.Why = []text.Text{text.T("why.plugin.host-" + cause)}
	f.Remedy = []text.Text{text.T("finding.reload/plugin-mismatch.change.host-" + cause)}
	return f, true
}

// global are the settings that change every package, those of Go itself included. The
// others explain only what is built from the user's source.
var global = []string{"-compiler", "GOEXPERIMENT", "-race", "-msan", "-asan", "-trimpath", "-gcflags", "-asmflags", "GOFIPS140"}

// local are those that may change some of the user's packages.
var local = []string{"-tags", "-gcflags", "-cover", "-pgo", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_ENABLED", "vcs.revision", "vcs.modified"}

// differingPackages: plugin.Open refuses a plugin that was linked with a package of
// another hash than the host has.
func differingPackages(p *evidence.Plugin) (report.Finding, bool) {
	n := len(p.Differ)
	if n == 0 {
		return report.Finding{}, false
	}
	f := pluginFinding(pluginMismatch, report.P1, 0.99, text.Text{})
	f.Why = append(f.Why, text.Plural("why.plugin.hashes", n, p.Shared, someNames(p.Differ)))
	std := slices.ContainsFunc(p.Differ, ofGo)
	settings := explaining(p, std)
	switch {
	case len(p.Brought) == n:
		b := &p.Brought[0]
		f.Title = text.T("finding.reload/plugin-mismatch.title.brought", path.Base(b.File), b.Package)
		f.Why = append(f.Why, text.T("why.plugin.brought", b.File), text.T("why.plugin.says", cmp.Or(p.First, b.Package)))
		f.Remedy = []text.Text{text.T("finding.reload/plugin-mismatch.now.restart"), text.T("finding.reload/plugin-mismatch.change.brought")}
		return f, true
	case otherGo(p):
		f.Title = text.T("finding.reload/plugin-mismatch.title.toolchain", p.Host.Go, p.Plugin.Go)
		f.Remedy = append(f.Remedy, text.T("finding.reload/plugin-mismatch.now.toolchain", bareVersion(p.Host.Go)))
	case len(settings) > 0:
		f.Title = text.T("finding.reload/plugin-mismatch.title.setting", settings[0].Key)
	case versionOf(p) != nil:
		m := versionOf(p)
		f.Title = text.T("finding.reload/plugin-mismatch.title.module", m.Path, m.Host, m.Plugin)
		f.Remedy = append(f.Remedy, text.T("finding.reload/plugin-mismatch.now.module", m.Path, m.Host))
	case len(p.Folders) > 0:
		d := &p.Folders[0]
		f.Title = text.T("finding.reload/plugin-mismatch.title.folder", d.Package)
		f.Confidence = 0.9 // the source may be another one as well
		f.Why = append(f.Why, text.T("why.plugin.folder", d.Host, d.Plugin))
		f.Remedy = append(f.Remedy, text.T("finding.reload/plugin-mismatch.change.folder"))
	case std:
		f.Title = text.T("finding.reload/plugin-mismatch.title.unknown")
		f.Confidence = 0.95
		f.Remedy = append(f.Remedy, text.T("finding.reload/plugin-mismatch.now.rebuild"))
	default:
		f.Title = text.Plural("finding.reload/plugin-mismatch.title.source", n, p.Differ[0])
		f.Remedy = append(f.Remedy, text.T("finding.reload/plugin-mismatch.now.rebuild"))
	}
	for _, s := range settings {
		f.Why = append(f.Why, text.T("why.plugin.setting", s.Key, value(s.Host), value(s.Plugin)))
		if len(f.Remedy) == 0 || !strings.HasPrefix(s.Key, "vcs.") {
			f.Remedy = append(f.Remedy, asTheHost(s))
		}
	}
	for i := range p.Modules {
		if m := &p.Modules[i]; m.Packages > 0 {
			f.Why = append(f.Why, text.T("why.plugin.module", m.Path, m.Host, m.Plugin, m.Packages))
		}
	}
	switch {
	case p.Layouts:
		f.Why = append(f.Why, text.T("why.plugin.layouts"), text.T("why.plugin.says-nothing"))
	case p.First != "" || n == 1:
		f.Why = append(f.Why, text.T("why.plugin.says", cmp.Or(p.First, p.Differ[0])))
	default:
		f.Why = append(f.Why, text.T("why.plugin.says-one"))
	}
	f.Remedy = append(f.Remedy, text.T("finding.reload/plugin-mismatch.change.together"))
	return f, true
}

// otherGo reports whether the two were built by different releases of Go.
func otherGo(p *evidence.Plugin) bool {
	h, q := bareVersion(p.Host.Go), bareVersion(p.Plugin.Go)
	return h != q && h != "" && q != ""
}

// otherRelease: between releases that differ in the last number only, the hashes may all
// be equal, and the plugin is loaded.
func otherRelease(p *evidence.Plugin) (report.Finding, bool) {
	if !otherGo(p) || len(p.Differ) > 0 {
		return report.Finding{}, false
	}
	f := pluginFinding(pluginMismatch, report.P2, 0.9, text.T("finding.reload/plugin-mismatch.title.release", p.Host.Go, p.Plugin.Go))
	f.Why = []text.Text{text.T("why.plugin.release", p.Shared), text.T("why.plugin.code-both")}
	f.Remedy = []text.Text{text.T("finding.reload/plugin-mismatch.now.toolchain", bareVersion(p.Host.Go))}
	return f, true
}

// explaining are the settings that explain which packages differ.
func explaining(p *evidence.Plugin, std bool) []evidence.PluginSetting {
	keys := local
	if std {
		keys = global
		if !slices.ContainsFunc(p.Settings, func(s evidence.PluginSetting) bool { return slices.Contains(global, s.Key) }) {
			keys = local
		}
	}
	var out []evidence.PluginSetting
	for _, key := range keys {
		for _, s := range p.Settings {
			if s.Key == key {
				out = append(out, s)
			}
		}
	}
	return out
}

// versionOf is the module whose version explains most of the packages that differ.
func versionOf(p *evidence.Plugin) *evidence.PluginModule {
	var best *evidence.PluginModule
	for i := range p.Modules {
		if m := &p.Modules[i]; m.Packages > 0 && (best == nil || m.Packages > best.Packages) {
			best = m
		}
	}
	return best
}

// ofGo reports whether a package comes with Go: the first element of its path has no
// dot. So may a module's of the user; those are taken for Go's only beside others.
func ofGo(pkg string) bool {
	return pkg == "runtime" || strings.HasPrefix(pkg, "runtime/") || strings.HasPrefix(pkg, "internal/") || slices.Contains([]string{"fmt", "errors", "io", "os", "reflect", "sync", "time", "unsafe"}, pkg)
}

// bareVersion is a version without the experiments that follow it.
func bareVersion(v string) string {
	v, _, _ = strings.Cut(v, " ")
	v, _, _ = strings.Cut(v, "-X:")
	return v
}

// value is a setting's value as people read it.
func value(s string) text.Text {
	if s == "" {
		return text.T("plugin.unset")
	}
	return text.Literal(s)
}

// asTheHost says how to build the plugin as the host was.
func asTheHost(s evidence.PluginSetting) text.Text {
	key := "finding.reload/plugin-mismatch.now.setting"
	switch {
	case strings.HasPrefix(s.Key, "vcs."):
		return text.T("finding.reload/plugin-mismatch.now.rebuild")
	case s.Host == "":
		return text.T(key+"-not", s.Key)
	case s.Host == "true":
		return text.T(key, s.Key)
	}
	v := s.Host
	if strings.ContainsAny(v, ` "'`) && !strings.HasPrefix(v, `"`) {
		v = "'" + v + "'"
	}
	return text.T(key, s.Key+"="+v)
}

// someNames are the first of them, and how many more there are.
func someNames(all []string) text.Text { return someOf(all, len(all)) }

// someOf is someNames of n, of which some are listed.
func someOf(listed []string, n int) text.Text {
	const most = 5
	if n <= most {
		return text.Literal(strings.Join(listed, ", "))
	}
	listed = listed[:min(most, len(listed))]
	return text.T("plugin.more", strings.Join(listed, ", "), n-len(listed))
}

// alreadyLoaded: the runtime takes each plugin path once, and package plugin each file.
func alreadyLoaded(p *evidence.Plugin) (report.Finding, bool) {
	l := &p.Loaded
	switch {
	case l.Refused:
		f := pluginFinding(pluginMismatch, report.P1, 0.97, text.T("finding.reload/plugin-mismatch.title.refused", path.Base(p.Plugin.Path)))
		f.Why = []text.Text{text.T("why.plugin.refused", p.Plugin.Path), text.T("why.plugin.says-refused")}
		f.Remedy = []text.Text{text.T("finding.reload/plugin-mismatch.now.rename")}
		return f, true
	case l.SameFile, l.Replaced:
		key, severity := "finding.reload/plugin-mismatch.title.same-file", report.P2
		if l.Replaced {
			key = "finding.reload/plugin-mismatch.title.replaced"
		}
		f := pluginFinding(pluginMismatch, severity, 0.95, text.T(key, path.Base(p.Plugin.Path)))
		f.Why = []text.Text{text.T("why.plugin.same-file", p.Plugin.Path)}
		f.Remedy = []text.Text{text.T("finding.reload/plugin-mismatch.now.restart"), text.T("finding.reload/plugin-mismatch.change.path")}
		return f, true
	case l.Same:
		f := pluginFinding(pluginMismatch, report.P1, 0.99, text.T("finding.reload/plugin-mismatch.title.loaded", p.Plugin.PluginPath))
		f.Why = []text.Text{text.T("why.plugin.loaded", p.Plugin.PluginPath, l.File), text.T("why.plugin.says-loaded")}
		f.Remedy = []text.Text{text.T("finding.reload/plugin-mismatch.now.restart"), text.T("finding.reload/plugin-mismatch.change.path")}
		return f, true
	}
	return report.Finding{}, false
}

// twoVersions: the plugin loads without complaint, and the code of a package is there
// twice.
func twoVersions(p *evidence.Plugin) (report.Finding, bool) {
	if len(p.Code) == 0 {
		return report.Finding{}, false
	}
	n, packages := 0, []string{}
	for i := range p.Code {
		n += len(p.Code[i].Functions) + p.Code[i].More
		packages = append(packages, p.Code[i].Package)
	}
	confidence := 0.85
	if n > 1 {
		confidence = 0.95
	}
	f := pluginFinding(pluginMismatch, report.P2, confidence, text.Plural("finding.reload/plugin-mismatch.title.code", len(packages), packages[0]))
	f.Where = &report.Place{Function: p.Code[0].Functions[0]}
	for i := range p.Code {
		c := &p.Code[i]
		const most = 8
		if i == most {
			break
		}
		f.Why = append(f.Why, text.T("why.plugin.code", c.Package, someOf(c.Functions, len(c.Functions)+c.More)))
	}
	f.Why = append(f.Why, text.T("why.plugin.code-hash"), text.T("why.plugin.code-both"))
	f.Remedy = []text.Text{text.T("finding.reload/plugin-mismatch.now.code"), text.T("finding.reload/plugin-mismatch.change.code")}
	return f, true
}
