package plugin

import (
	"bytes"
	"context"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// whereabouts looks for missing symbols where the dynamic linker does not: in the whole
// symbol tables of what is loaded, in objects and libraries beside the plugin, and in
// every library that this machine knows.
func (x *examination) whereabouts(ctx context.Context, l *loader, objects []*object, missing []evidence.PluginSymbol) {
	if len(missing) == 0 {
		return
	}
	x.Progress("plugin.stage.whereabouts")
	open := map[string]*evidence.PluginSymbol{}
	for i := range missing {
		open[missing[i].Name] = &missing[i]
	}
	found := func(name, where, path string) {
		if s := open[name]; s != nil {
			s.Where, s.File = where, path
			delete(open, name)
		}
	}
	for _, o := range objects {
		all, err := o.table(elf.SHT_SYMTAB)
		if err != nil {
			continue
		}
		for i := range all {
			if s := &all[i]; s.defined() && open[s.name] != nil {
				found(s.name, hiddenIn(s, o.file == x.host), o.path)
			}
		}
	}
	for _, path := range l.beside(x.plugin.path) {
		if len(open) == 0 || ctx.Err() != nil {
			return
		}
		eachObject(path, func(f *file) { fromObject(f, path, found, open) })
	}
	for _, path := range l.everyLibrary() {
		if len(open) == 0 || ctx.Err() != nil {
			return
		}
		if f := l.open(path); f != nil {
			for i := range f.dynamic {
				if s := &f.dynamic[i]; s.defined() && s.bind != elf.STB_LOCAL {
					found(s.name, evidence.InLibrary, path)
				}
			}
			f.close()
		}
	}
}

// hiddenIn says why a symbol that a loaded file has cannot be seen.
func hiddenIn(s *symbol, host bool) string {
	if host && s.bind != elf.STB_LOCAL && s.visibility != elf.STV_HIDDEN && s.visibility != elf.STV_INTERNAL {
		return evidence.InHost
	}
	return evidence.InHidden
}

// fromObject looks for missing symbols in an object or library beside the plugin.
func fromObject(f *file, path string, found func(name, where, path string), open map[string]*evidence.PluginSymbol) {
	kind := elf.SHT_DYNSYM
	if f.Type == elf.ET_REL {
		kind = elf.SHT_SYMTAB
	}
	all, err := f.table(kind)
	if err != nil {
		return
	}
	for i := range all {
		s := &all[i]
		if !s.defined() || open[s.name] == nil {
			continue
		}
		switch {
		case f.Type != elf.ET_REL:
			found(s.name, evidence.InLibrary, path)
		case s.visibility == elf.STV_HIDDEN || s.visibility == elf.STV_INTERNAL || s.bind == elf.STB_LOCAL:
			found(s.name, evidence.InHiddenObject, path)
		default:
			found(s.name, evidence.InArchive, path)
		}
	}
}

// beside are the objects, archives and libraries in the plugin's folder.
func (l *loader) beside(plugin string) (paths []string) {
	const most = 256
	entries, err := os.ReadDir(filepath.Dir(plugin))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := e.Name()
		if e.Type().IsRegular() && name != filepath.Base(plugin) && len(paths) < most &&
			(strings.HasSuffix(name, ".a") || strings.HasSuffix(name, ".o") || strings.Contains(name, ".so")) {
			paths = append(paths, filepath.Join(filepath.Dir(plugin), name))
		}
	}
	return paths
}

// everyLibrary are the libraries that this machine knows, each once.
func (l *loader) everyLibrary() (paths []string) {
	for _, c := range l.cache {
		paths = append(paths, c.path)
	}
	if len(paths) == 0 {
		for _, dir := range append(slices.Clone(l.libPath), l.defaults()...) {
			entries, err := os.ReadDir(l.at(dir))
			if err != nil {
				continue
			}
			for _, e := range entries {
				if strings.Contains(e.Name(), ".so") && len(paths) < maxObjects {
					paths = append(paths, filepath.Join(dir, e.Name()))
				}
			}
		}
	}
	// Where another C library is installed beside that of the host, what it has is no help.
	paths = slices.DeleteFunc(paths, func(p string) bool { return isMusl(p) != l.musl && (isMusl(p) || isGlibc(p)) })
	slices.Sort(paths)
	return slices.Compact(paths)
}

// isMusl and isGlibc report whether a file is of that C library.
func isMusl(path string) bool {
	base := filepath.Base(path)
	return strings.HasPrefix(base, "ld-musl-") || strings.HasPrefix(base, "libc.musl-") || strings.Contains(path, "-linux-musl/")
}

func isGlibc(path string) bool {
	base := filepath.Base(path)
	return strings.HasPrefix(base, "ld-linux") || base == "libc.so.6" || base == "libm.so.6"
}

// near is a file of that name, or of another version of it, that the loader does not
// take: beside the plugin or the host, or in the folders of this machine.
func (x *examination) near(l *loader, name string) string {
	base, _, _ := strings.Cut(name, ".so")
	dirs := []string{filepath.Dir(x.plugin.path), filepath.Dir(x.res.Plugin.Host.Path)}
	for _, same := range []bool{true, false} {
		for _, dir := range append(slices.Clone(dirs), l.defaults()...) {
			at := dir
			if !slices.Contains(dirs, dir) {
				at = l.at(dir)
			}
			entries, err := os.ReadDir(at)
			if err != nil {
				continue
			}
			for _, e := range entries {
				if e.Name() == name || !same && strings.HasPrefix(e.Name(), base+".so") {
					return filepath.Join(dir, e.Name())
				}
			}
		}
	}
	return ""
}

// eachObject calls do for the ELF file at path, or for each member of an archive.
func eachObject(path string, do func(*file)) {
	if !strings.HasSuffix(path, ".a") {
		if f, err := openFile(path); err == nil {
			do(f)
			f.close()
		}
		return
	}
	o, err := os.Open(path)
	if err != nil {
		return
	}
	defer o.Close()
	for _, m := range members(o) {
		if f, err := elf.NewFile(m); err == nil {
			do(&file{File: f, path: path})
		}
	}
}

// members are the files of an archive in the format of ar(5).
func members(r io.ReaderAt) (all []*io.SectionReader) {
	const magic, head, most = "!<arch>\n", 60, 1 << 16
	b := make([]byte, head)
	if _, err := r.ReadAt(b[:len(magic)], 0); err != nil || string(b[:len(magic)]) != magic {
		return nil
	}
	for at := int64(len(magic)); len(all) < most; {
		if _, err := r.ReadAt(b, at); err != nil || !bytes.Equal(b[58:60], []byte("`\n")) {
			return all
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(b[48:58])), 10, 64)
		if err != nil || size < 0 {
			return all
		}
		all = append(all, io.NewSectionReader(r, at+head, size))
		at += head + size + size%2
	}
	return all
}
