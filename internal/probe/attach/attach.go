// Package attach opens a target and recognises it: which Go version made it,
// which modules it consists of, whose code is the user's, which toolkit draws
// its windows. It is the first step of every probe on a live process, a core file
// or a heap file. It reads, and touches nothing. Start at [Process], [Core] and
// [Image].
package attach

import (
	"debug/buildinfo"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/image"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Target is an opened program.
type Target struct {
	Process *proc.Process // a live process; or
	Core    *proc.Core    // a core file; or
	Image   *image.Image  // a heap file; the others are nil
	Program *gort.Program
	Toolkit *toolkit.Toolkit // nil: none that is known
	ID      evidence.Target
	bin     *gort.Binary
	agent   io.Closer // for as long as it is open, the program's agent lets this process in
	copied  *proc.AgentCopy
}

// Close releases the program's file.
func (t *Target) Close() {
	if t.bin != nil {
		t.bin.Close()
	}
	if t.agent != nil {
		t.agent.Close()
	}
	if t.Core != nil {
		t.Core.Close()
	}
	if t.Image != nil {
		t.Image.Close()
	}
}

// Threads are the registers of a core or heap file's threads, by thread id.
func (t *Target) Threads() map[int]proc.Registers {
	switch {
	case t.Core != nil:
		return t.Core.Threads
	case t.Image != nil:
		return t.Image.Threads()
	}
	return nil
}

// Vectors are the words of the vector registers of a core file's threads, in no order;
// heap files do not have them.
func (t *Target) Vectors() []uint64 {
	if t.Core != nil {
		return t.Core.Vectors
	}
	return nil
}

// Process opens a live process. Where the system keeps this one out, the agent in the
// program is asked, if there is one. Errors: *proc.Error, gort.ErrNotGo,
// gort.Err32Bit, *layout.UnknownVersionError, *gort.NoRuntimeError.
func Process(pid int) (*Target, error) {
	t, err := process(pid)
	if proc.ReasonOf(err) != proc.Forbidden {
		return t, err
	}
	agent, e := proc.AskAgent(pid)
	if e != nil {
		return nil, err
	}
	if t, err = process(pid); err != nil {
		agent.Close()
		return nil, err
	}
	t.agent = agent
	return t, nil
}

func process(pid int) (*Target, error) {
	p, err := proc.Open(pid)
	if err != nil {
		return nil, err
	}
	bin, err := gort.OpenBinary(p.ExePath())
	if err != nil {
		return nil, explainOpen(p, err)
	}
	t := &Target{Process: p, bin: bin}
	t.ID = identity(bin)
	t.ID.Kind, t.ID.PID, t.ID.Exe, t.ID.StartedAt = evidence.KindProcess, pid, p.Exe, p.Started
	t.ID.Name = filepath.Base(p.Exe)
	if err := t.attach(p, p.Entry, p.Mappings); err != nil {
		bin.Close()
		if !p.Alive() {
			return nil, &proc.Error{Op: "attach", PID: pid, Reason: proc.Exited, Err: err}
		}
		return nil, err
	}
	return t, nil
}

// explainOpen says why a process's program cannot be opened.
func explainOpen(p *proc.Process, err error) error {
	if !p.Alive() {
		return &proc.Error{Op: "open", PID: p.PID, Reason: proc.Exited, Err: err}
	}
	if errors.Is(err, fs.ErrPermission) {
		return &proc.Error{Op: "open", PID: p.PID, Reason: proc.Forbidden}
	}
	return err
}

// Core opens a core file. exe is the program that dumped it; "" takes the path
// that the core itself names.
func Core(path, exe string) (*Target, error) {
	c, err := proc.OpenCore(path)
	if err != nil {
		return nil, err
	}
	if exe == "" {
		exe = c.Exe()
	}
	if exe == "" {
		exe = c.Name
	}
	if exe == "" {
		c.Close()
		return nil, &proc.Error{Op: "open the core's program", Reason: proc.Unreadable, Detail: "the program that made the core file"}
	}
	bin, err := gort.OpenBinary(exe)
	if err != nil {
		c.Close()
		return nil, &proc.Error{Op: "open the core's program", Reason: proc.Unreadable, Detail: exe, Err: err}
	}
	t := &Target{Core: c, bin: bin}
	t.ID = identity(bin)
	t.ID.Kind, t.ID.PID, t.ID.Exe, t.ID.Name = evidence.KindCore, c.PID, exe, filepath.Base(exe)
	entry := func() (uint64, error) { return c.Entry, nil }
	if err := t.attach(c, entry, c.Mappings); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Image opens a heap file. Errors: *proc.Error, and those of Process.
func Image(path string) (*Target, error) {
	m, err := image.Open(path)
	if err != nil {
		return nil, err
	}
	t := &Target{Image: m}
	exe := m.Exe()
	if exe == nil {
		t.Close()
		return nil, &proc.Error{Op: image.Op, Reason: proc.Damaged, Detail: "it lacks the program"}
	}
	if t.bin, err = gort.ReadBinary(exe, exe.Size()); err != nil {
		t.Close()
		return nil, err
	}
	meta := m.Meta()
	t.ID = identity(t.bin)
	t.ID.Kind, t.ID.PID, t.ID.Exe, t.ID.Name, t.ID.StartedAt = evidence.KindHeap, meta.PID, meta.Exe, meta.Name, meta.Started
	if err := t.attach(m, m.Entry, m.Mappings); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Target) attach(mem proc.Memory, entry func() (uint64, error), maps func() ([]proc.Mapping, error)) error {
	if c, ok := mem.(interface{ CanRead() error }); ok {
		if err := c.CanRead(); err != nil {
			return err
		}
	}
	e, err := entry()
	if err != nil {
		return err
	}
	m, err := maps()
	if err != nil {
		return err
	}
	t.Program, err = gort.Attach(mem, t.bin, e, m)
	if err != nil {
		return err
	}
	t.ID.Go = t.Program.GoVersion
	t.recognise()
	return nil
}

// identity is what the program's file says of itself.
func identity(bin *gort.Binary) evidence.Target {
	id := evidence.Target{Go: bin.GoVersion, Arch: bin.Arch(), Stripped: bin.Stripped}
	if bin.Info == nil {
		return id
	}
	id.MainModule = bin.Info.Main.Path
	for _, d := range bin.Info.Deps {
		m := evidence.Module{Path: d.Path, Version: d.Version}
		// A module replaced by a folder, or one of the same workspace, is the
		// user's own.
		m.Replaced = d.Version == "(devel)" || d.Replace != nil && d.Replace.Version == ""
		if d.Replace != nil && d.Replace.Version != "" {
			m.Version = d.Replace.Version
		}
		id.Modules = append(id.Modules, m)
	}
	return id
}

// recognise finds the toolkit, by the function table where the build info is
// gone.
func (t *Target) recognise() {
	packages := sync.OnceValue(t.packages)
	has := func(pkg string) bool { return packages()[pkg] }
	version := func(module string) string { return t.Program.FileVersion(module) }
	modules := t.ID.Modules
	if info := t.bin.Info; info != nil && info.Main.Path != "" { // a toolkit's own demo has it as its main module
		modules = append(slices.Clone(modules), evidence.Module{Path: info.Main.Path, Version: info.Main.Version})
	}
	tk, v := toolkit.Recognise(modules, has, version)
	if tk == nil {
		return
	}
	t.Toolkit, t.ID.Toolkit, t.ID.ToolkitVersion = tk, tk.Name, v
}

// packages are the import paths that have functions in the program.
func (t *Target) packages() map[string]bool {
	m := map[string]bool{}
	last := ""
	t.Program.Functions(func(f gort.Func) bool {
		name := f.Name()
		// Functions lie in order of their packages: most share the one before.
		if last != "" && strings.HasPrefix(name, last) && len(name) > len(last) && name[len(last)] == '.' {
			return true
		}
		last = gort.Package(name)
		m[last] = true
		return true
	})
	return m
}

// Quick recognises a program's file without reading the process: for lists.
// ok is false for what is not a Go program.
func Quick(path string) (goVersion string, ok bool) {
	info, err := buildinfo.ReadFile(path)
	if err == nil {
		return info.GoVersion, true
	}
	bin, err := gort.OpenBinary(path)
	if err != nil {
		return "", false
	}
	defer bin.Close()
	return bin.GoVersion, true
}
