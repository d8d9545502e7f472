package exact

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// Possible says why no hooks can be set in a program, if so, as far as is known without
// touching it: ErrNoMalloc.
func Possible(p *proc.Process) error {
	maps, err := p.Mappings()
	if err != nil {
		return err
	}
	h := &Hooks{p: p, objects: map[objectKey]*loaded{}}
	h.load(maps)
	_, _, err = h.originals()
	return err
}

// loaded is a library as it lies in the process.
type loaded struct {
	*object
	name string
	bias uint64 // from its own addresses to those in memory
	rank int
	// bound: an entry of its table was seen to lead to a function that is hooked.
	bound bool
}

type objectKey struct {
	path  string
	inode uint64
	start uint64
}

// load reads the libraries that have come since it was called last, and forgets those
// that have gone.
func (h *Hooks) load(maps []proc.Mapping) {
	dir := filepath.Dir(h.p.ExePath())
	there := make(map[objectKey]bool, len(maps))
	for i := range maps {
		there[objectKey{maps[i].Path, maps[i].Inode, maps[i].Start}] = true
	}
	for key := range h.objects { // one that was unloaded may come again
		if !there[key] {
			delete(h.objects, key)
		}
	}
	for i := range maps {
		m := &maps[i]
		if m.Path == "" || m.Inode == 0 || m.Offset != 0 || strings.HasPrefix(m.Path, "/dev/") {
			continue
		}
		key := objectKey{m.Path, m.Inode, m.Start}
		if _, ok := h.objects[key]; ok {
			continue
		}
		h.objects[key] = nil
		var f *elf.File
		var err error
		for _, at := range []string{
			filepath.Join(dir, "map_files", strconv.FormatUint(m.Start, 16)+"-"+strconv.FormatUint(m.End, 16)),
			filepath.Join(dir, "root", m.Path),
		} {
			if f, err = elf.Open(at); err == nil {
				break
			}
		}
		if err != nil {
			continue // no library: a font, a cache of shaders
		}
		o, err := readObject(f)
		f.Close()
		if err != nil {
			if !errors.Is(err, errNoDynamic) {
				h.Missing = append(h.Missing, m.Path+": "+err.Error())
			}
			continue
		}
		h.objects[key] = &loaded{object: o, name: m.Path, bias: m.Start - (o.first - o.off), rank: rank(maps, m)}
	}
}

// libraries are those that are loaded, by address.
func (h *Hooks) libraries() (out []*loaded) {
	for _, l := range h.objects {
		if l != nil {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b *loaded) int { return cmp.Compare(a.bias, b.bias) })
	return out
}

// value is what an entry of a library's table holds.
type value struct {
	place
	name int // index into names
	is   uint64
}

// values reads a library's table; what cannot be read is left out.
func (h *Hooks) values(l *loaded) (out []value) {
	for i, name := range names {
		for _, s := range l.slots[name] {
			out = append(out, value{place: s, name: i})
		}
	}
	words := make([]byte, 8*len(out))
	ranges := make([]proc.Range, len(out))
	for i := range out {
		ranges[i] = proc.Range{Addr: out[i].at + l.bias, Buf: words[8*i:][:8]}
	}
	h.p.ReadMany(ranges)
	n := 0
	for i := range out {
		if ranges[i].OK {
			out[n], out[n].is = out[i], binary.LittleEndian.Uint64(ranges[i].Buf)
			n++
		}
	}
	return out[:n]
}

// rank orders libraries as the dynamic linker looks for functions: the program, what
// replaces malloc, the C library.
func rank(maps []proc.Mapping, m *proc.Mapping) int {
	base := path.Base(m.Path)
	switch {
	case m.Path == maps[0].Path:
		return 0
	case strings.Contains(base, "malloc"):
		return 1
	case strings.HasPrefix(base, "libc.") || strings.HasPrefix(base, "libc-") || strings.HasPrefix(base, "ld-musl"):
		return 2
	}
	return 3
}

// allocates reports whether a library exports an allocator. The linker has one of its
// own, for the time before there is another.
func (l *loaded) allocates() bool {
	return l.funcs["malloc"] != 0 && l.funcs["free"] != 0 && !strings.HasPrefix(path.Base(l.name), "ld-linux")
}

// allocators is how many of them there are.
func allocators(libs []*loaded) (n int) {
	for _, l := range libs {
		if l.allocates() {
			n++
		}
	}
	return n
}

// originals are the addresses of the functions that are hooked: of the library to which
// most tables lead for malloc and free. Where none has looked them up yet, it is the
// one that the linker would find by its rank.
func (h *Hooks) originals() (funcs [len(names)]uint64, library string, err error) {
	libs := h.libraries()
	leads := map[uint64]int{} // how many entries hold an address
	for _, l := range libs {
		for _, v := range h.values(l) {
			if n := names[v.name]; n == "malloc" || n == "free" {
				leads[v.is]++
			}
		}
	}
	var best *loaded
	most := 0
	for _, l := range libs {
		if !l.allocates() {
			continue
		}
		n := leads[l.funcs["malloc"]+l.bias] + leads[l.funcs["free"]+l.bias]
		if best == nil || n > most || n == most && l.rank < best.rank {
			best, most = l, n
		}
	}
	if best == nil {
		return funcs, "", ErrNoMalloc
	}
	for i, n := range names {
		if at := best.funcs[n]; at != 0 {
			funcs[i] = at + best.bias
		}
	}
	return funcs, best.name, nil
}

// insideMusl tells the addresses of musl's C library, and of the hooks, for what musl
// ends with a jump to returns there; nil: it is not there.
func insideMusl(maps []proc.Mapping, hooks Span) func(uint64) bool {
	var lo, hi uint64
	for i := range maps {
		if m := &maps[i]; m.Path != "" && malloc.Recognise(maps[i:i+1]) == malloc.Musl {
			if lo == 0 {
				lo = m.Start
			}
			hi = m.End
		}
	}
	if lo == 0 {
		return nil
	}
	return func(addr uint64) bool { return addr >= lo && addr < hi || addr >= hooks.Lo && addr < hooks.Hi }
}
