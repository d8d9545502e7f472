package assets

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/layout"
	"github.com/gomedic/gomedic/internal/gort/objfile"
	"github.com/gomedic/gomedic/internal/probe/assets/machine"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Reason says why a file cannot be examined.
type Reason string

// The reasons.
const (
	NotGo     Reason = "not-go"
	Truncated Reason = "truncated"
	Format    Reason = "format"
)

// FileError is a file that is no program.
type FileError struct {
	Path   string
	Reason Reason
	Detail string
}

func (e *FileError) Error() string { return e.Path + ": " + string(e.Reason) + " " + e.Detail }

// file examines a program's file.
func (x *examination) file(path string) error {
	x.r.Assets.From = evidence.FromBinary
	x.r.Target.Kind, x.r.Target.Name, x.r.Target.Exe = evidence.KindBinary, filepath.Base(path), path
	cwd, _ := os.Getwd()
	x.folders(cwd, filepath.Dir(path))
	return x.program(path)
}

// program reads a program's file, of a process or not.
func (x *examination) program(path string) error {
	x.Progress("assets.stage.file", 0, 0)
	m, err := objfile.Open(path)
	if err != nil {
		switch {
		case errors.Is(err, objfile.ErrTruncated):
			return &FileError{path, Truncated, strings.TrimPrefix(err.Error(), objfile.ErrTruncated.Error()+": ")}
		case errors.Is(err, objfile.ErrNotGo):
			return &FileError{path, NotGo, ""}
		case errors.Is(err, objfile.ErrFormat):
			return &FileError{path, Format, ""}
		}
		return err
	}
	x.r.image = m
	x.r.Assets.Format = m.Format
	t := &x.r.Target
	t.Go, t.Arch, t.Stripped = m.Go, m.Arch, m.Stripped
	x.modules = map[string]bool{}
	if m.Info != nil {
		t.MainModule = m.Info.Main.Path
		for _, d := range m.Info.Deps {
			mod := evidence.Module{Path: d.Path, Version: d.Version, Replaced: d.Version == "(devel)" || d.Replace != nil && d.Replace.Version == ""}
			t.Modules = append(t.Modules, mod)
			if mod.Replaced {
				x.modules[d.Path] = true
			}
		}
	}
	if t.MainModule != "" {
		x.modules[t.MainModule] = true
	}
	x.toolkit(m)
	found := x.code(m, path, x.mine)
	var copies map[uint64]uint64
	if found != nil {
		copies = found.Copies
	}
	var systems []objfile.EmbedFS
	x.r.list, systems = scan(m, copies, func(symbol string) (bool, bool) {
		if symbol == "" {
			return false, false
		}
		return x.mine(gort.Package(symbol)), true
	})
	x.uncertain(found, systems)
	if found != nil {
		x.names(found, systems)
	}
	return nil
}

// mine reports whether a package is the program's own.
func (x *examination) mine(pkg string) bool {
	if pkg == "main" {
		return true
	}
	if toolkit.SourceOf(pkg) != nil && !toolkit.OwnExample(x.r.Target.MainModule, pkg) {
		return false
	}
	for m := range x.modules {
		if pkg == m || strings.HasPrefix(pkg, m+"/") {
			return true
		}
	}
	return false
}

// toolkit recognises the GUI library, by the modules and else by what is linked.
func (x *examination) toolkit(m *objfile.Image) {
	t := &x.r.Target
	modules := t.Modules
	if m.Info != nil && m.Info.Main.Path != "" {
		modules = append(modules[:len(modules):len(modules)], evidence.Module{Path: m.Info.Main.Path, Version: m.Info.Main.Version})
	}
	// Functions are named by their packages in the function table.
	has := func(pkg string) bool { return bytes.Contains(m.Pclntab, []byte("\x00"+escapeDots(pkg)+".")) }
	if tk, v := toolkit.Recognise(modules, has, nil); tk != nil {
		t.Toolkit, t.ToolkitVersion = tk.Name, v
	}
	x.fyne = t.Toolkit == "fyne"
}

// escapeDots writes a package's path as linkers do: dots of its last element are %2e.
func escapeDots(pkg string) string {
	i := strings.LastIndexByte(pkg, '/')
	return pkg[:i+1] + strings.ReplaceAll(pkg[i+1:], ".", "%2e")
}

// code reads the machine code, where that is possible; nil where it is not.
func (x *examination) code(m *objfile.Image, path string, own func(string) bool) *machine.Found {
	if m.Arch != "amd64" || m.Format == "WebAssembly" {
		x.limit("code", m.Format+" "+m.Arch)
		return nil
	}
	x.Progress("assets.stage.code", 0, 0)
	b, err := binaryOf(m, path)
	if err != nil {
		x.limit("runtime", err.Error())
		return nil
	}
	defer b.Close()
	p, err := gort.Static(m, b)
	if err != nil {
		var version *layout.UnknownVersionError
		if errors.As(err, &version) {
			x.limit("version", version.Version)
		} else {
			x.limit("runtime", err.Error())
		}
		return nil
	}
	if x.r.Target.Go == "" {
		x.r.Target.Go = p.GoVersion
	}
	return machine.Uses(p, m, own)
}

// binaryOf is the program's file as the reader of its functions takes it.
func binaryOf(m *objfile.Image, path string) (*gort.Binary, error) {
	if m.Format == "ELF" {
		return gort.OpenBinary(path)
	}
	l := gort.Laid{Info: m.Info, Go: m.Go, Pclntab: m.PclntabAt, Bytes: m.Bytes}
	for i := range m.Segments {
		l.Segments = append(l.Segments, gort.Span{Lo: m.Segments[i].Addr, Hi: m.Segments[i].End()})
	}
	return gort.LaidBinary(l), nil
}

// uncertain marks resources that the program's own code does not name, where symbols do
// not say whose they are: they may be a library's.
func (x *examination) uncertain(found *machine.Found, systems []objfile.EmbedFS) {
	if found == nil {
		return
	}
	variables := map[uint64]uint64{}
	for i := range systems {
		variables[systems[i].Addr] = systems[i].Var
	}
	pointed := x.pointed(found)
	for i := range x.r.list {
		c := &x.r.list[i]
		if c.In != "" || c.Kind == evidence.AssetWindows {
			continue
		}
		at := c.held
		if v, ok := variables[at]; ok {
			at = v
		}
		if at == 0 || found.Refers[at] || found.Refers[at+8] || found.Refers[c.addr] || pointed[at] {
			continue
		}
		if c.Kind == evidence.AssetFyne && !x.fyne {
			continue
		}
		c.Foreign = true
	}
}

// pointed are the places to which a variable points that the program's own code names:
// that of a resource which is made once and held by its address.
func (x *examination) pointed(found *machine.Found) map[uint64]bool {
	held := map[uint64]bool{}
	for i := range x.r.list {
		held[x.r.list[i].held] = true
	}
	out := map[uint64]bool{}
	for v := range found.Refers {
		if to, ok := x.r.image.Word(v); ok && to != 0 && held[to] {
			out[to] = true
		}
	}
	return out
}

// names looks up what the code asks for.
func (x *examination) names(found *machine.Found, systems []objfile.EmbedFS) {
	l := newLookup(x.r.Assets.Folders, x.PID != 0)
	l.fold = x.r.image.OS == "windows" || x.r.image.OS == "darwin"
	byVar := map[uint64]string{}
	for i := range systems {
		s := &systems[i]
		key := s.Name
		if key == "" {
			key = fmt.Sprintf("#%x", s.Addr)
		}
		byVar[s.Var] = key
		for _, f := range s.Files {
			l.add(key, f.Name)
		}
	}
	for i := range x.r.list {
		if c := &x.r.list[i]; c.Named && c.Kind != evidence.AssetEmbedFS {
			l.embedded[c.Name] = true
		}
	}
	l.written, l.asked = found.Written, found.Asked
	keys, translated := x.translationKeys(found)
	customIcons := x.r.Target.Toolkit != "fyne"
	for name := range found.Own {
		if strings.HasSuffix(name, ").Icon") || strings.HasSuffix(name, ".Icon") {
			customIcons = true
		}
	}
	for i := range found.Uses {
		u := &found.Uses[i]
		e := evidence.AssetUse{Name: u.Name, Kind: u.Loader.Kind, Loader: u.Loader.Func, At: u.At, Load: u.Load, Excuse: u.Excuse, Fatal: u.Fatal}
		e.At.File, e.At.Package = x.short(u.At), u.At.Package
		if u.Load != nil {
			load := *u.Load
			load.File = x.short(load)
			e.Load = &load
		}
		switch e.Kind {
		case evidence.UseIcon:
			if customIcons {
				continue
			}
			if toolkit.IsIcon(u.Name) {
				e.Found = "theme"
			}
		case evidence.UseTranslation:
			if !translated {
				continue
			}
			if keys[u.Name] {
				e.Found = "translations"
			}
		default:
			if u.FS != 0 {
				if key, ok := byVar[u.FS]; ok {
					e.In, e.Kind = key, evidence.UseEmbed
				}
			}
			l.resolve(&e, "", "")
		}
		x.r.Assets.Uses = append(x.r.Assets.Uses, e)
		x.onDisk(&e)
	}
	for i := range x.r.Assets.Uses {
		u := &x.r.Assets.Uses[i]
		if strings.HasPrefix(u.In, "#") {
			u.In = ""
		}
	}
}

// short is a file's path within the main module, where that can be told.
func (x *examination) short(f evidence.Frame) string {
	file := strings.ReplaceAll(f.File, `\`, "/")
	main := x.r.Target.MainModule
	if main != "" {
		if rel, ok := strings.CutPrefix(file, main+"/"); ok {
			return rel
		}
		if rel, ok := strings.CutPrefix(f.Package, main+"/"); ok && strings.HasSuffix(filepath.ToSlash(filepath.Dir(file)), "/"+rel) {
			return rel + "/" + filepath.Base(file)
		}
	}
	return filepath.Base(file)
}

// onDisk adds a file that the code names, so that it is decoded as well.
func (x *examination) onDisk(u *evidence.AssetUse) {
	if u.Kind != evidence.UsePath || u.Found == "" || !filepath.IsAbs(u.Found) {
		return
	}
	st, err := os.Stat(u.Found)
	if err != nil || !st.Mode().IsRegular() {
		return
	}
	for i := range x.r.list {
		if x.r.list[i].Path == u.Found {
			return
		}
	}
	at := u.At
	if c := (content{Asset: evidence.Asset{Name: u.Name, Named: true, Kind: evidence.AssetFile, Path: u.Found, At: &at, Size: st.Size()}}); wanted(c.Name) {
		x.r.list = append(x.r.list, c)
	}
}
