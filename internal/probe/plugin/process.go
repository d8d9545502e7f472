package plugin

import (
	"cmp"
	"context"
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
	libPath  string // its LD_LIBRARY_PATH
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
	for _, m := range t.Program.Modules {
		if m.PluginPath == "" || m.Refused {
			continue
		}
		l.Paths = append(l.Paths, m.PluginPath)
		if m.PluginPath == path {
			l.Same = true
			if i := slices.IndexFunc(x.process.mappings, func(g proc.Mapping) bool { return g.Contains(m.MinPC) }); i >= 0 {
				l.File = x.process.mappings[i].Path
			}
		}
	}
	slices.Sort(l.Paths)
}

// sameFile finds out whether the plugin's file is mapped, or another one that was there
// before under its name.
func (x *examination) sameFile(l *evidence.PluginLoaded) {
	real, err := filepath.EvalSymlinks(x.Plugin)
	if err != nil {
		return
	}
	if real, err = filepath.Abs(real); err != nil {
		return
	}
	for _, m := range x.process.mappings {
		switch m.Path {
		case real:
			l.SameFile = true
		case real + " (deleted)":
			l.Replaced = true
		}
	}
}
