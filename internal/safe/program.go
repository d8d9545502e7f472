package safe

import (
	"debug/buildinfo"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Program is what is started.
type Program struct {
	Path    string // of the file
	Args    []string
	Go      string // version; empty: no Go program, or not known
	Toolkit string // "fyne"; empty: none that is known
	Version string // of the toolkit
	Main    string // import path of its package main
	Module  string
	Tags    string // -tags that it was built with
}

// Recognise finds the program of a command and what it draws with. The errors wrap
// exec.ErrNotFound, fs.ErrNotExist and fs.ErrPermission.
func Recognise(command []string) (Program, error) {
	path, err := exec.LookPath(command[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return Program{}, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return Program{}, err
	}
	st, err := os.Stat(path)
	if err != nil {
		return Program{}, err
	}
	if !st.Mode().IsRegular() {
		return Program{}, &fs.PathError{Op: "start", Path: path, Err: fs.ErrPermission}
	}
	p := Program{Path: path, Args: command[1:]}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return p, nil // a script, a program of another language, or one without build information
	}
	p.Go, p.Main, p.Module = info.GoVersion, info.Path, info.Main.Path
	for _, s := range info.Settings {
		if s.Key == "-tags" {
			p.Tags = s.Value
		}
	}
	modules := []evidence.Module{{Path: info.Main.Path, Version: info.Main.Version}}
	for _, d := range info.Deps {
		m := evidence.Module{Path: d.Path, Version: d.Version}
		if d.Replace != nil && d.Replace.Version != "" {
			m.Version = d.Replace.Version
		}
		modules = append(modules, m)
	}
	if tk, v := toolkit.Recognise(modules, nil, nil); tk != nil {
		p.Toolkit, p.Version = tk.Name, v
	}
	return p, nil
}

// Identity is the program as the target of a report.
func (p *Program) Identity() evidence.Target {
	return evidence.Target{Kind: evidence.KindProcess, Name: filepath.Base(p.Path), Exe: p.Path, Go: p.Go, MainModule: p.Module, Toolkit: p.Toolkit, ToolkitVersion: p.Version}
}

// variable is a variable's value in an environment, the last that is set.
func variable(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(env[i], name+"="); ok {
			return v
		}
	}
	return ""
}
