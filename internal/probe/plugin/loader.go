package plugin

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// loader finds shared libraries as the dynamic linker of the GNU C library does
// (ld.so(8)): what is loaded already, DT_RPATH, LD_LIBRARY_PATH, DT_RUNPATH, the cache,
// the default folders.
type loader struct {
	musl    bool   // the C library of the host
	root    string // "" or the folder that is /
	libPath []string
	loaded  map[string]string // by base name, of a running process
	machine elf.Machine
	class   elf.Class
	cache   []cached // nil: there is none
}

// object is one file that is, or would be, part of the process.
type object struct {
	*file
	soname string
	needed []string
	rpath  []string // only where there is no RUNPATH
	run    []string
	by     *object // that needed it first; nil: the program, or the plugin
	fresh  bool    // loading the plugin brings it in
}

// maxObjects bounds how many libraries are followed.
const maxObjects = 4096

func (x *examination) newLoader() *loader {
	l := &loader{root: x.Root, machine: x.plugin.Machine, class: x.plugin.Class, loaded: map[string]string{}}
	for dir := range strings.FieldsFuncSeq(x.process.libPath, func(r rune) bool { return r == ':' || r == ';' }) {
		l.libPath = append(l.libPath, dir)
	}
	for _, m := range x.process.mappings {
		if base := filepath.Base(m.Path); strings.Contains(base, ".so") && !strings.HasSuffix(base, " (deleted)") {
			l.loaded[base] = m.Path
		}
	}
	if b, err := os.ReadFile(l.at("/etc/ld.so.cache")); err == nil {
		l.cache = readCache(b)
	}
	return l
}

// at is where a path of the target lies here. Links within a root lead to within it.
func (l *loader) at(path string) string {
	if l.root == "" || l.root == "/" {
		return path
	}
	const mostLinks = 40
	done, rest := "/", strings.Split(filepath.Clean("/"+path), "/")
	for links := 0; len(rest) > 0; {
		next := filepath.Join(done, rest[0])
		rest = rest[1:]
		to, err := os.Readlink(filepath.Join(l.root, next))
		if links++; err != nil || links > mostLinks {
			done = next
			continue
		}
		if filepath.IsAbs(to) {
			done = "/"
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	return filepath.Join(l.root, done)
}

// defaults are the folders that are searched last. Which they are is compiled into the
// dynamic linker; those of the distributions that are known are all tried.
func (l *loader) defaults() []string {
	triple := map[elf.Machine]string{elf.EM_X86_64: "x86_64-linux-gnu", elf.EM_AARCH64: "aarch64-linux-gnu", elf.EM_386: "i386-linux-gnu",
		elf.EM_RISCV: "riscv64-linux-gnu", elf.EM_PPC64: "powerpc64le-linux-gnu", elf.EM_S390: "s390x-linux-gnu"}[l.machine]
	var dirs []string
	if triple != "" {
		dirs = append(dirs, "/lib/"+triple, "/usr/lib/"+triple)
	}
	if l.class == elf.ELFCLASS64 {
		dirs = append(dirs, "/lib64", "/usr/lib64")
	}
	return append(dirs, "/lib", "/usr/lib")
}

// dynamicStrings are the entries of a kind, none where there are none.
func (f *file) dynamicStrings(tag elf.DynTag) []string {
	all, err := f.DynString(tag)
	if err != nil {
		return nil
	}
	return all
}

// object reads what a file says of what it needs. origin is its path in the target.
func newObject(f *file, by *object, fresh bool) *object {
	o := &object{file: f, by: by, fresh: fresh, needed: f.dynamicStrings(elf.DT_NEEDED)}
	if names := f.dynamicStrings(elf.DT_SONAME); len(names) > 0 {
		o.soname = names[0]
	}
	split := func(tag elf.DynTag) (dirs []string) {
		for _, s := range f.dynamicStrings(tag) {
			for dir := range strings.SplitSeq(s, ":") {
				for _, name := range []string{"$ORIGIN", "${ORIGIN}"} {
					dir = strings.ReplaceAll(dir, name, filepath.Dir(f.path))
				}
				if dir != "" {
					dirs = append(dirs, dir)
				}
			}
		}
		return dirs
	}
	if o.run = split(elf.DT_RUNPATH); o.run == nil {
		o.rpath = split(elf.DT_RPATH)
	}
	return o
}

// find opens the library that an object needs. searched are the folders, where none of
// them has it; the caches' are not counted.
func (l *loader) find(name string, by *object) (f *file, searched []string) {
	if strings.Contains(name, "/") {
		return l.open(name), nil
	}
	if path, ok := l.loaded[name]; ok {
		if f := l.open(path); f != nil {
			return f, nil
		}
	}
	var dirs []string
	if by.run == nil {
		for o := by; o != nil; o = o.by {
			dirs = append(dirs, o.rpath...)
		}
	}
	dirs = append(append(dirs, l.libPath...), by.run...)
	for _, dir := range dirs {
		if f := l.open(filepath.Join(dir, name)); f != nil {
			return f, nil
		}
	}
	for _, c := range l.cache {
		if c.name == name {
			if f := l.open(c.path); f != nil {
				return f, nil
			}
		}
	}
	last := l.defaults()
	for _, dir := range last {
		if f := l.open(filepath.Join(dir, name)); f != nil {
			return f, nil
		}
	}
	return nil, append(dirs, last...)
}

// open opens a library of the right kind, nil if there is none.
func (l *loader) open(path string) *file {
	f, err := openFile(l.at(path))
	if err != nil {
		return nil
	}
	if f.Machine != l.machine || f.Class != l.class || f.Type != elf.ET_DYN {
		f.close()
		return nil
	}
	f.path = path
	return f
}

// load follows what o needs, breadth first, into the process's objects. What is not
// found is noted.
func (l *loader) load(o *object, in *[]*object, missing *[]evidence.PluginLibrary) {
	*in = append(*in, o)
	for i := len(*in) - 1; i < len(*in) && len(*in) < maxObjects; i++ {
		at := (*in)[i]
		for _, name := range at.needed {
			if slices.ContainsFunc(*in, func(have *object) bool { return have.soname == name || filepath.Base(have.path) == name }) {
				continue
			}
			f, searched := l.find(name, at)
			if f == nil {
				if at.fresh {
					*missing = append(*missing, evidence.PluginLibrary{Name: name, By: at.path, Searched: searched})
				}
				continue
			}
			*in = append(*in, newObject(f, at, o.fresh))
		}
	}
}

// cached is one line of ld.so.cache.
type cached struct{ name, path string }

// readCache reads the dynamic linker's cache: glibc's sysdeps/generic/dl-cache.h, the
// format of 1.1, alone or after the older one. What it cannot read it leaves out.
func readCache(b []byte) []cached {
	const magic, oldMagic = "glibc-ld.so.cache1.1", "ld.so-1.7.0"
	if bytes.HasPrefix(b, []byte(oldMagic)) {
		i := bytes.Index(b, []byte(magic))
		if i < 0 {
			return nil
		}
		b = b[i:]
	}
	const head, entry = 48, 24
	if !bytes.HasPrefix(b, []byte(magic)) || len(b) < head {
		return nil
	}
	n := int(binary.LittleEndian.Uint32(b[20:]))
	if n < 0 || n > (len(b)-head)/entry {
		return nil
	}
	names := string(b)
	all := make([]cached, 0, n)
	for i := range n {
		e := b[head+i*entry:]
		c := cached{cstring(names, uint64(binary.LittleEndian.Uint32(e[4:]))), cstring(names, uint64(binary.LittleEndian.Uint32(e[8:])))}
		if c.name != "" && c.path != "" {
			all = append(all, c)
		}
	}
	return all
}
