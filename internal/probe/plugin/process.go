package plugin

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/text"
)

// process is the host where it runs.
type process struct {
	mappings []proc.Mapping
	libPath  string         // its LD_LIBRARY_PATH
	plugins  []proc.Mapping // one of each plugin's, in the order in which they were loaded
}

// findProcess finds the program of a process, and what is mapped.
func (x *examination) findProcess() error {
	x.process.libPath = os.Getenv("LD_LIBRARY_PATH")
	if x.PID == 0 {
		return nil
	}
	p, err := proc.Open(x.PID)
	if err != nil {
		return err
	}
	x.Host = p.ExePath()
	if x.process.mappings, err = p.Mappings(); err != nil {
		return err
	}
	dir := filepath.Join("/proc", strconv.Itoa(x.PID))
	x.Root = cmp.Or(x.Root, filepath.Join(dir, "root"))
	x.process.libPath = ""
	if env, err := os.ReadFile(filepath.Join(dir, "environ")); err == nil {
		for v := range strings.SplitSeq(string(env), "\x00") {
			if path, ok := strings.CutPrefix(v, "LD_LIBRARY_PATH="); ok {
				x.process.libPath = path
			}
		}
	}
	return nil
}

// loaded asks the runtime of a running host for its plugins.
func (x *examination) loaded(context.Context) {
	if x.PID == 0 {
		return
	}
	l := &x.res.Plugin.Loaded
	x.sameFile(l)
	t, err := attach.Process(x.PID)
	if err != nil {
		x.limit(text.T("plugin.limit.process", x.PID, err.Error()), text.T("plugin.limit.process.help"))
		return
	}
	defer t.Close()
	x.res.Plugin.Host.Path = t.ID.Exe
	l.Known = true
	path := x.res.Plugin.Plugin.PluginPath
	taken := false
	for _, m := range t.Program.Modules {
		if m.PluginPath == "" {
			continue
		}
		file := ""
		if i := slices.IndexFunc(x.process.mappings, func(g proc.Mapping) bool { return g.Contains(m.MinPC) }); i >= 0 {
			x.process.plugins = append(x.process.plugins, x.process.mappings[i])
			file = strings.TrimSuffix(x.process.mappings[i].Path, " (deleted)")
		}
		here := file == x.real()
		if m.Refused {
			l.Refused = l.Refused || here
			continue
		}
		taken = taken || here
		l.Paths = append(l.Paths, m.PluginPath)
		if m.PluginPath == path {
			l.Same, l.File = true, file
		}
	}
	l.Refused = l.Refused && !taken // a file that was refused may have been renamed since
	slices.Sort(l.Paths)
}

// brought are the hashes of packages that the host has from plugins, those that it
// refused included: their symbols stay. The first that brought a package counts. files
// says which.
func (x *examination) brought(have map[string][]byte) (files map[string]string) {
	files = map[string]string{}
	for _, m := range x.process.plugins {
		// Under this name the file is there also when it has been deleted or replaced;
		// that needs more rights than its own name does.
		name := fmt.Sprintf("/proc/%d/map_files/%x-%x", x.PID, m.Start, m.End)
		f, err := openFile(name)
		if err != nil && !strings.HasSuffix(m.Path, " (deleted)") {
			f, err = openFile(filepath.Join(x.Root, m.Path))
		}
		if err != nil {
			x.limit(text.T("plugin.limit.brought", m.Path), text.T("plugin.limit.process.help"))
			continue
		}
		for path, hash := range f.hashes() {
			if have[path] == nil {
				have[path], files[path] = hash, strings.TrimSuffix(m.Path, " (deleted)")
			}
		}
		f.close()
	}
	return files
}

// real is the plugin's path as package plugin knows it, without links.
func (x *examination) real() string {
	path, err := filepath.EvalSymlinks(x.Plugin)
	if err != nil {
		path = x.Plugin
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path
}

// sameFile finds out whether the plugin's file is mapped, or another one that was there
// before under its name.
func (x *examination) sameFile(l *evidence.PluginLoaded) {
	real := x.real()
	for _, m := range x.process.mappings {
		switch m.Path {
		case real:
			l.SameFile = true
		case real + " (deleted)":
			l.Replaced = true
		}
	}
}
