package plugin

import (
	"cmp"
	"context"
	"debug/elf"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ianlancetaylor/demangle"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Bounds of what is told of one kind.
const (
	maxMissing  = 64
	maxPerThing = 16
)

// symbols does what dlopen does: finds the libraries, checks the versions that are
// asked of them, and looks up every symbol that the plugin and its libraries need.
func (x *examination) symbols(ctx context.Context) {
	p := &x.res.Plugin
	if p.Host.Static || p.Host.NoExport || p.Host.NoPlugins || p.Host.NoCgo {
		return // the host cannot load anything, or its own symbols are out of reach
	}
	x.Progress("plugin.stage.symbols")
	musl := false
	if i := x.host.program(elf.PT_INTERP); i != nil && i.Filesz < 4096 {
		if b := make([]byte, i.Filesz); readFull(i, b) && strings.Contains(string(b), "ld-musl") {
			musl = true
			x.limit(text.T("plugin.limit.musl"), text.T("plugin.limit.musl.help"))
		}
	}
	l := x.newLoader()
	l.musl = musl
	var objects []*object
	defer func() {
		for _, o := range objects {
			if o.file != x.host && o.file != x.plugin {
				o.close()
			}
		}
	}()
	l.load(newObject(x.host, nil, false), &objects, &p.Libraries)
	for _, name := range slices.Sorted(maps.Keys(l.loaded)) { // what the process has loaded by itself
		if !slices.ContainsFunc(objects, func(o *object) bool { return o.soname == name || filepath.Base(o.path) == name }) && l.loaded[name] != x.Plugin {
			if f := l.open(l.loaded[name]); f != nil {
				objects = append(objects, newObject(f, nil, false))
			}
		}
	}
	plugin := newObject(x.plugin, objects[0], true)
	l.load(plugin, &objects, &p.Libraries)
	slices.SortFunc(p.Libraries, func(a, b evidence.PluginLibrary) int { return cmp.Compare(a.Name, b.Name) })
	for i := range p.Libraries {
		p.Libraries[i].Near = x.near(l, p.Libraries[i].Name)
	}
	x.versions(objects)
	missing := undefined(objects, &p.Symbols)
	first := x.plugin.firstOf(missing)
	if len(p.Libraries) > 0 {
		return // its symbols lack with it
	}
	if len(missing) > maxMissing {
		missing = missing[:maxMissing]
	}
	for i := range missing {
		s := &missing[i]
		s.First = s.Name == first && s.By == x.plugin.path
		s.CXX = cxxRuntime.MatchString(s.Name)
		s.Sanitizer = sanitizerOf(s.Name)
		if d := demangle.Filter(s.Name); d != s.Name {
			s.Demangled = d
		}
	}
	x.whereabouts(ctx, l, objects, missing)
	p.Undefined = missing
}

func readFull(r io.ReaderAt, b []byte) bool {
	_, err := r.ReadAt(b, 0)
	return err == nil || err == io.EOF
}

// undefined are the symbols that objects which come in need and that nobody has. n
// counts those that the plugin needs.
func undefined(objects []*object, n *int) []evidence.PluginSymbol {
	needed := map[string]string{} // by whom
	for _, o := range objects {
		if !o.fresh {
			continue
		}
		for i := range o.dynamic {
			s := &o.dynamic[i]
			if s.defined() || s.bind != elf.STB_GLOBAL || s.name == "" {
				continue
			}
			if _, ok := needed[s.name]; !ok {
				needed[s.name] = o.path
			}
		}
	}
	*n = len(needed)
	for _, o := range objects {
		for i := range o.dynamic {
			s := &o.dynamic[i]
			if s.defined() && s.bind != elf.STB_LOCAL && s.visibility != elf.STV_HIDDEN && s.visibility != elf.STV_INTERNAL {
				delete(needed, s.name)
			}
		}
	}
	var out []evidence.PluginSymbol
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		out = append(out, evidence.PluginSymbol{Name: name, By: needed[name]})
	}
	return out
}

// firstOf is the symbol of these that the dynamic linker comes to first in a file, as it
// goes through the relocations; "" if it cannot be told.
func (f *file) firstOf(missing []evidence.PluginSymbol) string {
	if len(missing) == 0 {
		return ""
	}
	lacks := make(map[string]bool, len(missing))
	for i := range missing {
		lacks[missing[i].Name] = true
	}
	const size = 24                // of Elf64_Rela
	for _, s := range f.Sections { // .rela.dyn, .rela.plt
		if s.Type != elf.SHT_RELA || s.Flags&elf.SHF_ALLOC == 0 || s.FileSize > maxTable {
			continue
		}
		b, err := s.Data()
		if err != nil {
			return ""
		}
		for ; len(b) >= size; b = b[size:] {
			if i := f.ByteOrder.Uint64(b[8:]) >> 32; i > 0 && i <= uint64(len(f.dynamic)) && lacks[f.dynamic[i-1].name] {
				return f.dynamic[i-1].name
			}
		}
	}
	return ""
}

// versions checks the versions that objects which come in ask of the libraries.
func (x *examination) versions(objects []*object) {
	p := &x.res.Plugin
	has := func(name string) (*object, map[string]bool) {
		for _, o := range objects {
			if o.soname == name || filepath.Base(o.path) == name {
				all, err := o.DynamicVersions()
				if err != nil || len(all) == 0 {
					return nil, nil // a library without versions serves all
				}
				set := map[string]bool{}
				for _, v := range all {
					set[v.Name] = true
				}
				return o, set
			}
		}
		return nil, nil
	}
	if _, libc := has("libc.so.6"); libc != nil {
		p.Libc = newest(libc, "GLIBC_")
	}
	for _, o := range objects {
		if !o.fresh {
			continue
		}
		needs, err := o.DynamicVersionNeeds()
		if err != nil {
			continue
		}
		for _, need := range needs {
			lib, set := has(need.Name)
			if lib == nil {
				continue
			}
			for _, v := range need.Needs {
				if set[v.Dep] || v.Flags&elf.VER_FLG_WEAK != 0 {
					continue
				}
				family, _, _ := strings.Cut(v.Dep, "_")
				p.Versions = append(p.Versions, evidence.PluginVersion{Version: v.Dep, Library: need.Name, Found: lib.path,
					Newest: newest(set, family+"_"), By: o.path, Symbols: o.symbolsOf(need.Name, v.Dep)})
			}
		}
	}
	slices.SortFunc(p.Versions, func(a, b evidence.PluginVersion) int {
		return cmp.Or(cmp.Compare(a.Library, b.Library), -compareVersions(a.Version, b.Version))
	})
}

// symbolsOf are the symbols that an object takes from a version of a library.
func (f *file) symbolsOf(library, version string) (names []string) {
	all, err := f.DynamicSymbols()
	if err != nil {
		return nil
	}
	for _, s := range all {
		if s.Version == version && (s.Library == library || s.Library == "") && s.Section == elf.SHN_UNDEF && len(names) < maxPerThing {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// newest is the newest version with a beginning, "" if there is none.
func newest(set map[string]bool, family string) string {
	best := ""
	for v := range set {
		if strings.HasPrefix(v, family) && !strings.HasSuffix(v, "PRIVATE") && (best == "" || compareVersions(v, best) > 0) {
			best = v
		}
	}
	return best
}

var digits = regexp.MustCompile(`[0-9]+`)

// compareVersions compares versions such as GLIBC_2.4 and GLIBC_2.38 by their numbers.
func compareVersions(a, b string) int {
	numbers := func(s string) (all []int) {
		for _, d := range digits.FindAllString(s, -1) {
			n, _ := strconv.Atoi(d) // too long a number is 0
			all = append(all, n)
		}
		return all
	}
	return slices.Compare(numbers(a), numbers(b))
}

// cxxRuntime matches the names of the C++ runtime and standard library: exceptions and
// type information, new and delete, and what is in namespace std (Itanium C++ ABI,
// section 5.1).
var cxxRuntime = regexp.MustCompile(`^(_ZT[VIS]N10__cxxabiv1|_ZN10__cxxabiv1|__gxx_personality_|__cxa_(throw|begin_catch|end_catch|rethrow|allocate_exception|free_exception|guard_|pure_virtual|bad_|call_unexpected|get_exception)|_Zn[wa][jm]|_Zd[la]Pv|_ZN?K?S[tabsiod]|_ZNKS[tabsiod]|_ZNKSt|_ZT[VISTh]*N?S[tabsiod]|_ZTI[a-z]$|_ZTIP|__dynamic_cast$)`)

// sanitizerOf is the flag of go build that brings in the runtime that has a symbol.
func sanitizerOf(name string) string {
	for prefix, flag := range map[string]string{"__tsan_": "-race", "__asan_": "-asan", "__msan_": "-msan"} {
		if strings.HasPrefix(name, prefix) {
			return flag
		}
	}
	return ""
}
