package gpucalls

import (
	"bytes"
	"debug/elf"
	"path"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/proc"
)

// point is the place of a function in a library at which its calls are seen.
type point struct {
	lib     *library
	off     uint64 // in the file
	fn      int    // index into functions
	stepped bool   // the kernel single-steps it
	stub    bool   // it is a stub: what lies behind it was not found
}

// found is what a program has of the driver.
type found struct {
	points []point
	apis   []string
	// pending: stubs lead nowhere yet, because no thread that was looked at has a
	// context, or because there is no device.
	pendingGL, pendingVulkan bool
}

// seesVulkan: a device was found, and its functions.
func (f *found) seesVulkan() bool {
	return !f.pendingVulkan && slices.ContainsFunc(f.points, ofVulkan)
}

func ofVulkan(p point) bool { return functions[p.fn].api == apiVulkan }

// dispatchers are the libraries that only hand calls on (libglvnd; libglapi is Mesa's
// own).
var dispatchers = []string{"libGL.so", "libOpenGL.so", "libGLESv1_CM.so", "libGLESv2.so", "libGLdispatch.so", "libglapi.so"}

func isOne(name string, of []string) bool {
	return slices.ContainsFunc(of, func(p string) bool { return strings.HasPrefix(name, p) })
}

// find finds the functions. threads are the fs bases of some threads, before is what was
// found last, nil: nothing. All of the program's memory is searched for a device: but not
// where one was found before, or, layered, where its calls are not looked for.
func find(mem proc.Memory, maps []proc.Mapping, libs []*library, threads []uint64, before *found, layered bool) *found {
	f := &found{}
	f.gl(mem, libs, threads)
	f.windows(libs)
	switch {
	case layered:
	case before != nil && before.seesVulkan():
		f.api("vulkan")
		for _, p := range before.points {
			if ofVulkan(p) {
				f.points = append(f.points, p)
			}
		}
	default:
		f.vulkan(mem, maps, libs)
	}
	f.distinct()
	return f
}

func (f *found) api(name string) {
	if !slices.Contains(f.apis, name) {
		f.apis = append(f.apis, name)
	}
}

// add takes the function that begins at an address.
func (f *found) add(libs []*library, fn int, addr uint64, stub bool) bool {
	l, off := at(libs, addr)
	if l == nil {
		return false
	}
	return f.put(l, fn, off, stub)
}

func (f *found) put(l *library, fn int, off uint64, stub bool) bool {
	code := l.code(off)
	if len(code) == 0 {
		return false
	}
	skip, stepped := entry(code, functions[fn].needs())
	f.points = append(f.points, point{lib: l, off: off + uint64(skip), fn: fn, stepped: stepped, stub: stub})
	return true
}

// distinct keeps each place once: a driver may have one function for several names.
func (f *found) distinct() {
	type place struct {
		file string
		off  uint64
	}
	seen := map[place]bool{}
	f.points = slices.DeleteFunc(f.points, func(p point) bool {
		k := place{p.lib.file, p.off}
		was := seen[k]
		seen[k] = true
		return was
	})
}

// gl follows the stubs of OpenGL on each thread; those without a context end in
// functions that do nothing, in the dispatchers themselves.
func (f *found) gl(mem proc.Memory, libs []*library, threads []uint64) {
	var exporters []*library
	for _, l := range libs {
		if isOne(l.name, dispatchers) && l.open() == nil && l.syms["glFinish"] != 0 {
			exporters = append(exporters, l)
		}
	}
	if exporters = withNeighbours(libs, exporters); len(exporters) == 0 {
		return
	}
	any := false
	for fn := range functions {
		if functions[fn].api != apiGL {
			continue
		}
		var starts []uint64
		for _, l := range exporters {
			if off := l.syms[functions[fn].name]; off != 0 {
				if addr, ok := l.addr(off); ok {
					starts = append(starts, addr)
				}
			}
		}
		starts = append(starts, f.dispatchStub(libs, exporters, fn)...)
		seen := map[uint64]bool{}
		for _, start := range starts {
			for _, fs := range threads {
				end := follow(mem, start, fs)
				if l, _ := at(libs, end); l == nil || isOne(l.name, dispatchers) || seen[end] {
					continue
				}
				seen[end] = true
				any = f.add(libs, fn, end, false) || any
			}
		}
		if len(seen) == 0 {
			for _, start := range starts {
				f.add(libs, fn, start, true)
			}
		}
	}
	f.api("gl")
	f.pendingGL = !any
}

// withNeighbours adds, where a program has only libGLdispatch, which exports no
// function of OpenGL, a library of the same folder that tells the functions' places in
// the table.
func withNeighbours(libs, exporters []*library) []*library {
	if len(exporters) > 0 {
		return exporters
	}
	for _, l := range libs {
		if !strings.HasPrefix(l.name, "libGLdispatch.so") || len(l.maps) == 0 {
			continue
		}
		root, _, ok := strings.Cut(l.file, "/map_files/")
		if !ok {
			root = strings.TrimSuffix(l.file, "/root"+l.maps[0].Path)
		}
		for _, name := range []string{"libOpenGL.so.0", "libGL.so.1", "libGLESv2.so.2"} {
			n := &library{name: name, file: root + "/root" + path.Join(path.Dir(l.maps[0].Path), name)}
			if n.open() == nil && n.syms["glFinish"] != 0 {
				return []*library{n}
			}
		}
	}
	return exporters
}

// dispatchStub finds the stub in libGLdispatch, which has no symbols for it: the only
// one that goes on through the same place of the table as an exported stub.
func (f *found) dispatchStub(libs, exporters []*library, fn int) []uint64 {
	for _, l := range libs {
		if !strings.HasPrefix(l.name, "libGLdispatch.so") {
			continue
		}
		for _, ex := range exporters {
			off := ex.syms[functions[fn].name]
			if off == 0 {
				continue
			}
			disp, _, ok := through(ex.code(off))
			if !ok {
				continue
			}
			if stub, ok := stubThrough(l, disp); ok {
				if addr, ok := l.addr(stub); ok {
					return []uint64{addr}
				}
			}
		}
	}
	return nil
}

// stubThrough finds the stub in a section of stubs that goes on by jmp *disp(%r11);
// ok: there is one only. It returns its offset in the file.
func stubThrough(l *library, disp int64) (off uint64, ok bool) {
	if l.open() != nil || l.elf == nil {
		return 0, false
	}
	s := l.elf.Section("wtext")
	if s == nil || s.Type != elf.SHT_PROGBITS || s.Size > 16<<20 {
		return 0, false
	}
	b, err := s.Data()
	if err != nil {
		return 0, false
	}
	jmp := []byte{0x41, 0xff, 0xa3, byte(disp), byte(disp >> 8), byte(disp >> 16), byte(disp >> 24)}
	if disp < 128 {
		jmp = []byte{0x41, 0xff, 0x63, byte(disp)}
	}
	i := bytes.Index(b, jmp)
	if i < 0 || bytes.Contains(b[i+1:], jmp) {
		return 0, false
	}
	const align = 32 // of a stub
	return s.Offset + uint64(i&^(align-1)), true
}

// windows takes the exported functions of GLX and EGL.
func (f *found) windows(libs []*library) {
	for _, from := range []struct {
		api   string
		names []string // the first that is there; libGL hands on to libGLX
	}{{"glx", []string{"libGLX.so", "libGL.so"}}, {"egl", []string{"libEGL.so"}}} {
		for _, name := range from.names {
			any := false
			for _, l := range libs {
				if !strings.HasPrefix(l.name, name) || l.open() != nil {
					continue
				}
				for fn := range functions {
					if off := l.syms[functions[fn].name]; off != 0 && functions[fn].api == apiWindow {
						any = f.put(l, fn, off, false) || any
					}
				}
			}
			if any {
				f.api(from.api)
				break
			}
		}
	}
}
