package plugin

import (
	"context"
	"debug/gosym"
	"path"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
)

// folders compares where the packages that differ were compiled: without -trimpath the
// names of folders are part of the hash.
func (x *examination) folders(context.Context) {
	p := &x.res.Plugin
	const most = 64
	var asked []string
	for _, pkg := range p.Differ {
		if len(asked) < most && x.usersCode(pkg) {
			asked = append(asked, pkg)
		}
	}
	if len(asked) == 0 || x.host.setting("-trimpath") == "true" || x.plugin.setting("-trimpath") == "true" {
		return
	}
	host, plugin := x.host.sourceFolders(asked), x.plugin.sourceFolders(asked)
	for _, pkg := range asked {
		if h, q := host[pkg], plugin[pkg]; h != "" && q != "" && h != q {
			p.Folders = append(p.Folders, evidence.PluginFolder{Package: pkg, Host: h, Plugin: q})
		}
	}
}

// sourceFolders are the folders of packages' source files, by the line table; those
// that cannot be found are left out.
func (f *file) sourceFolders(packages []string) (found map[string]string) {
	found = map[string]string{}
	defer func() { _ = recover() }() // debug/gosym trusts what it reads
	text, section := f.Section(".text"), f.Section(".gopclntab")
	if section == nil {
		section = f.Section(".data.rel.ro.gopclntab")
	}
	if text == nil || section == nil || section.Size > maxTable {
		return found
	}
	data, err := section.Data()
	if err != nil {
		return found
	}
	start := text.Addr
	for i := range f.dynamic {
		if f.dynamic[i].name == "runtime.text" {
			start = f.dynamic[i].value
		}
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(data, start))
	if err != nil {
		return found
	}
	wanted := make(map[string]bool, len(packages))
	for _, pkg := range packages {
		wanted[pkg] = true
	}
	for i := range table.Funcs {
		fn := &table.Funcs[i]
		pkg := gort.Package(fn.Name)
		if !wanted[pkg] || found[pkg] != "" {
			continue
		}
		if name, _, _ := table.PCToLine(fn.Entry); path.IsAbs(name) {
			found[pkg] = path.Dir(name)
		}
	}
	return found
}
