package plugin

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort/layout"
)

// The linker gives every package of a plugin, and of a program that package plugin is
// linked into, two symbols: the hash of its export data, go:link.pkghashbytes.PATH,
// and a string that points to it (cmd/link/internal/ld/symtab.go). When a plugin is
// loaded, the runtime compares the hash that the plugin was linked with to the one
// that the dynamic linker finds: the host's.
const (
	hashPrefix = "go:link.pkghashbytes."
	hashSize   = 8
)

// hashes are the hashes of a file's packages by path.
func (f *file) hashes() map[string][]byte {
	all := map[string][]byte{}
	for i := range f.dynamic {
		s := &f.dynamic[i]
		if path, ok := strings.CutPrefix(s.name, hashPrefix); ok && s.defined() && s.size == hashSize {
			if b := f.bytesAt(s.value, s.size); b != nil {
				all[path] = b
			}
		}
	}
	return all
}

// packages compares the hashes.
func (x *examination) packages(context.Context) {
	p := &x.res.Plugin
	x.Progress("plugin.stage.hashes")
	host, plugin := x.host.hashes(), x.plugin.hashes()
	files := x.brought(host)
	for path, hash := range plugin {
		other, ok := host[path]
		if !ok {
			continue
		}
		p.Shared++
		if !bytes.Equal(hash, other) {
			p.Differ = append(p.Differ, path)
			if file := files[path]; file != "" {
				p.Brought = append(p.Brought, evidence.PluginBrought{Package: path, File: file})
			}
		}
	}
	slices.Sort(p.Differ)
	slices.SortFunc(p.Brought, func(a, b evidence.PluginBrought) int { return strings.Compare(a.Package, b.Package) })
	if len(p.Differ) > 0 {
		if m, ok := x.plugin.moduleData(); ok {
			for _, path := range m.packages() {
				if slices.Contains(p.Differ, path) {
					p.First = path
					break
				}
			}
		}
	}
}

// toolchains compares where the two releases of Go have the link from one module data
// to the next. The plugin adds itself to the host's list by its own: where that is
// another place, the runtime finds no plugin, and dies.
func (x *examination) toolchains(context.Context) {
	h, p := x.host.goVersion(), x.plugin.goVersion()
	if h == p || h == "" || p == "" {
		return
	}
	next := func(version string) int64 {
		l, err := layout.ForVersion(version, architecture(x.plugin.Machine))
		if err != nil {
			return -1
		}
		f, _ := l.Field("runtime.moduledata", "next")
		return f.Offset
	}
	a, b := next(h), next(p)
	x.res.Plugin.Layouts = a >= 0 && b >= 0 && a != b
}

func (f *file) goVersion() string {
	if f.info == nil {
		return ""
	}
	return f.info.GoVersion
}

// compared are the settings of a build that change what packages are compiled to. The
// others, -ldflags say, do not matter to a plugin.
var compared = []string{"-compiler", "GOEXPERIMENT", "-race", "-msan", "-asan", "-trimpath", "-gcflags", "-asmflags", "-tags", "-cover", "-pgo",
	"GOFIPS140", "GOAMD64", "GOARM64", "GO386", "GOARM", "GOPPC64", "GORISCV64", "CGO_ENABLED", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS",
	"vcs.revision", "vcs.modified"}

// settings compares the settings, where both have some.
func (x *examination) settings(context.Context) {
	if !hasSettings(x.host.info) || !hasSettings(x.plugin.info) {
		return
	}
	for _, key := range compared {
		h, p := x.host.setting(key), x.plugin.setting(key)
		if h != p {
			x.res.Plugin.Settings = append(x.res.Plugin.Settings, evidence.PluginSetting{Key: key, Host: h, Plugin: p})
		}
	}
}

func hasSettings(i *debug.BuildInfo) bool { return i != nil && len(i.Settings) > 0 }

// modules compares the versions of the dependencies that both have.
func (x *examination) modules(context.Context) {
	host, plugin := moduleVersions(x.host.info), moduleVersions(x.plugin.info)
	for _, path := range slices.Sorted(maps.Keys(plugin)) {
		h, ok := host[path]
		if p := plugin[path]; ok && h != p {
			m := evidence.PluginModule{Path: path, Host: h, Plugin: p}
			for _, pkg := range x.res.Plugin.Differ {
				if within(pkg, path) {
					m.Packages++
				}
			}
			x.res.Plugin.Modules = append(x.res.Plugin.Modules, m)
		}
	}
}

// moduleVersions are the versions of a build's modules by path, or the folders that
// replace them.
func moduleVersions(i *debug.BuildInfo) map[string]string {
	all := map[string]string{}
	if i == nil {
		return all
	}
	for _, m := range append(slices.Clone(i.Deps), &i.Main) {
		if m.Path == "" {
			continue
		}
		v := m.Version
		if r := m.Replace; r != nil {
			v = cmp.Or(r.Version, r.Path)
			if r.Path != m.Path && r.Version != "" {
				v = r.Path + " " + r.Version
			}
		}
		all[m.Path] = v
	}
	return all
}

// within reports whether a package belongs to the module of that path.
func within(pkg, module string) bool {
	rest, ok := strings.CutPrefix(pkg, module)
	return ok && (rest == "" || rest[0] == '/')
}

// usersCode reports whether the source of a package may have been edited: it is in the
// main module, or in one that has no checksum. What comes with Go, and what comes from
// a module of a version, is what it is.
func (x *examination) usersCode(pkg string) bool {
	best, edited, known := "", false, false
	for _, f := range []*file{x.host, x.plugin} {
		if f.info == nil || f.info.Main.Path == "" {
			continue
		}
		known = true
		for _, m := range append(slices.Clone(f.info.Deps), &f.info.Main) {
			if within(pkg, m.Path) && len(m.Path) >= len(best) {
				last := m
				if m.Replace != nil {
					last = m.Replace
				}
				edited = edited && m.Path == best || last.Sum == ""
				best = m.Path
			}
		}
	}
	if best == "" {
		first, _, _ := strings.Cut(pkg, "/")
		return !known && strings.Contains(first, ".")
	}
	return edited
}
