package exact

import (
	"debug/elf"
	"errors"
	"path"
	"path/filepath"
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
	h := &Hooks{p: p, objects: map[objectKey]bool{}}
	_, _, err = originals(h.load(maps))
	return err
}

// loaded is a library as it lies in the process.
type loaded struct {
	*object
	name string
	bias uint64 // from its own addresses to those in memory
	rank int
}

// load reads the libraries that have come since it was called last.
func (h *Hooks) load(maps []proc.Mapping) (out []loaded) {
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
		if h.objects[key] {
			continue
		}
		h.objects[key] = true
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
		out = append(out, loaded{object: o, name: m.Path, bias: m.Start - (o.first - o.off), rank: rank(maps, m)})
	}
	return out
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

// originals are the addresses of the functions that are hooked.
func originals(objs []loaded) (funcs [9]uint64, library string, err error) {
	best := -1
	for i, o := range objs {
		if o.funcs["malloc"] != 0 && o.funcs["free"] != 0 && !strings.HasPrefix(path.Base(o.name), "ld-linux") &&
			(best < 0 || o.rank < objs[best].rank) {
			best = i
		}
	}
	if best < 0 {
		return funcs, "", ErrNoMalloc
	}
	for i, n := range names {
		if at := objs[best].funcs[n]; at != 0 {
			funcs[i] = at + objs[best].bias
		}
	}
	return funcs, objs[best].name, nil
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
