// Package plugin says before plugin.Open does whether a plugin fits a program: it
// reads both files, and asks the program's process where there is one, and notes what
// dlopen and the runtime would stumble over: another architecture, packages of other
// hashes, libraries, versions and symbols that nothing provides, a plugin path that
// is taken.
//
// It only reads, and loads nothing. The checks follow plugin/plugin_dlopen.go and
// runtime/plugin.go of Go 1.25 to 1.27, cmd/link/internal/ld/symtab.go, and ld.so(8).
// It knows no rule. Start at [Run].
package plugin

import (
	"context"
	"debug/elf"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Name is the probe's name in reports.
const Name = "plugin"

// Options say what is examined.
type Options struct {
	Host   string // path of the program that is to load the plugin; with PID as found there
	PID    int    // of a process that runs it; 0: none
	Plugin string // path of the plugin
	Root   string // folder that is / for the two; "": this machine's

	// Progress, if given, is called with the key of what is going on.
	Progress func(key string)
}

// Result is what an examination gives.
type Result struct {
	Plugin evidence.Plugin
	Target evidence.Target
	Probe  report.Probe
	Limits []report.Limit
}

// examination is one in progress.
type examination struct {
	Options
	host, plugin *file
	res          *Result
	process      process
}

// Run examines the two files. Errors are *FileError, those of attach.Process for a
// process that cannot be found, and the context's.
func Run(ctx context.Context, o Options) (*Result, error) {
	begun := time.Now()
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	x := &examination{Options: o, res: &Result{}}
	if err := x.open(); err != nil {
		return nil, err
	}
	defer x.host.close()
	defer x.plugin.close()
	x.describe()
	if x.fits() {
		for _, step := range []func(context.Context){x.loaded, x.packages, x.toolchains, x.settings, x.modules, x.folders, x.code, x.exports, x.symbols} {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			step(ctx)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	x.res.Plugin.Took = time.Since(begun)
	x.res.Probe = report.Probe{Name: Name, TookMS: float64(x.res.Plugin.Took.Microseconds()) / 1000}
	return x.res, nil
}

// open opens both files, and says where one is not what it must be.
func (x *examination) open() (err error) {
	if err := x.findProcess(); err != nil {
		return err
	}
	if x.host, err = openFile(x.Host); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			x.host.close()
			x.plugin.close()
		}
	}()
	if x.plugin, err = openFile(x.Plugin); err != nil {
		return err
	}
	for _, f := range []*file{x.host, x.plugin} {
		f.readInfo()
		if len(f.Sections) == 0 {
			return &FileError{Path: f.path, Reason: NoSections}
		}
		if !f.isGo() {
			return &FileError{Path: f.path, Reason: NoGo}
		}
	}
	if mode := x.host.setting("-buildmode"); x.host.isLibrary() {
		return &FileError{Path: x.host.path, Reason: NoProgram, Detail: mode}
	}
	if mode := x.plugin.setting("-buildmode"); mode != "plugin" && (mode != "" || !x.plugin.isLibrary()) {
		return &FileError{Path: x.plugin.path, Reason: NoPlugin, Detail: mode}
	}
	return nil
}

// isLibrary reports whether the file is one that others load.
func (f *file) isLibrary() bool {
	switch f.setting("-buildmode") {
	case "plugin", "c-shared", "shared":
		return true
	case "":
		return f.Type == elf.ET_DYN && f.program(elf.PT_INTERP) == nil
	}
	return false
}

func (f *file) program(kind elf.ProgType) *elf.Prog {
	for _, p := range f.Progs {
		if p.Type == kind {
			return p
		}
	}
	return nil
}

// describe notes what the files say of themselves.
func (x *examination) describe() {
	p := &x.res.Plugin
	p.Host, p.Plugin = describe(x.host), describe(x.plugin)
	p.Plugin.PluginPath = x.plugin.pluginPath()
	h := &p.Host
	h.NoCgo = x.host.setting("CGO_ENABLED") == "0"
	h.Static = x.host.program(elf.PT_INTERP) == nil
	if !x.host.exports(hashPrefix) {
		h.NoPlugins = !x.host.links("plugin.Open")
		h.NoExport = !h.NoPlugins
	}
	t := &x.res.Target
	*t = evidence.Target{Kind: evidence.KindPlugin, Name: x.plugin.name(), Exe: x.Plugin, Go: p.Plugin.Go, Arch: p.Plugin.Arch,
		MainModule: p.Plugin.MainModule, Stripped: p.Plugin.Stripped}
	if x.plugin.info != nil {
		for _, d := range x.plugin.info.Deps {
			m := evidence.Module{Path: d.Path, Version: d.Version, Replaced: d.Version == "(devel)" || d.Replace != nil && d.Replace.Version == ""}
			t.Modules = append(t.Modules, m)
		}
	}
}

func describe(f *file) evidence.PluginFile {
	out := evidence.PluginFile{Path: f.path, OS: "linux", Arch: architecture(f.Machine), Bits: 64, BuildMode: f.setting("-buildmode"),
		Stripped: f.SectionByType(elf.SHT_SYMTAB) == nil}
	if f.Class == elf.ELFCLASS32 {
		out.Bits = 32
	}
	switch f.OSABI {
	case elf.ELFOSABI_FREEBSD:
		out.OS = "freebsd"
	case elf.ELFOSABI_NETBSD:
		out.OS = "netbsd"
	case elf.ELFOSABI_OPENBSD:
		out.OS = "openbsd"
	}
	if v := f.setting("GOOS"); v != "" {
		out.OS = v
	}
	if f.info != nil {
		out.Go, out.MainModule = f.info.GoVersion, f.info.Main.Path
	}
	return out
}

// architectures are Go's names of the machines that plugins are known on.
var architectures = map[elf.Machine]string{
	elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_386: "386", elf.EM_ARM: "arm", elf.EM_PPC64: "ppc64le", elf.EM_S390: "s390x",
	elf.EM_RISCV: "riscv64", elf.EM_LOONGARCH: "loong64", elf.EM_MIPS: "mips",
}

func architecture(m elf.Machine) string {
	if a, ok := architectures[m]; ok {
		return a
	}
	return strings.ToLower(strings.TrimPrefix(m.String(), "EM_"))
}

// fits reports whether it makes sense to compare more than the kind of the files.
func (x *examination) fits() bool {
	h, p := &x.res.Plugin.Host, &x.res.Plugin.Plugin
	return h.Arch == p.Arch && h.OS == p.OS && h.Bits == p.Bits
}

// exports reports whether a name with this beginning is in the dynamic table.
func (f *file) exports(prefix string) bool {
	for i := range f.dynamic {
		if f.dynamic[i].defined() && strings.HasPrefix(f.dynamic[i].name, prefix) {
			return true
		}
	}
	return false
}

// links reports whether a function is part of the program, by the names in its function
// table, which stripping leaves.
func (f *file) links(function string) bool {
	for _, name := range []string{".gopclntab", ".data.rel.ro.gopclntab"} {
		if s := f.Section(name); s != nil && s.Size < maxTable {
			if b, err := s.Data(); err == nil {
				return strings.Contains(string(b), "\x00"+function+"\x00")
			}
		}
	}
	return false
}

// limit notes what could not be done.
func (x *examination) limit(why, help text.Text) {
	x.res.Limits = append(x.res.Limits, report.Limit{Probe: Name, Why: why, Help: help})
}
