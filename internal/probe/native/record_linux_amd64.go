package native

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/native/bpf"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// library finds the file whose malloc the program calls: the program itself, where it
// is linked statically, or the first of its libraries that has one, in the order in
// which the dynamic linker looks: what replaces malloc comes before the C library.
// headers: before each block stands its size, as with glibc.
func library(p *proc.Process, prog *gort.Program, maps []proc.Mapping) (file, name string, s *Sites, headers bool, err error) {
	seen := map[string]bool{}
	var candidates []proc.Mapping
	for i := range maps {
		if m := maps[i]; m.Exec && m.Path != "" && m.Inode != 0 && !seen[m.Path] {
			seen[m.Path] = true
			candidates = append(candidates, m)
		}
	}
	// The program, then replacements of malloc, the C library, and its dynamic linker,
	// which may have one for itself.
	rank := func(m proc.Mapping) int {
		base := path.Base(m.Path)
		switch {
		case m.Path == maps[0].Path:
			return 0
		case malloc.Recognise([]proc.Mapping{m}) != malloc.None && !malloc.IsLibC(m.Path):
			return 1
		case malloc.IsLibC(m.Path):
			return 3
		case strings.HasPrefix(base, "ld-"):
			return 4
		}
		return 2
	}
	slices.SortStableFunc(candidates, func(a, b proc.Mapping) int { return rank(a) - rank(b) })
	err = errNoLibrary
	for _, m := range candidates {
		dir := filepath.Dir(p.ExePath())
		for _, at := range []string{
			filepath.Join(dir, "map_files", strconv.FormatUint(m.Start, 16)+"-"+strconv.FormatUint(m.End, 16)),
			filepath.Join(dir, "root", m.Path),
		} {
			f, e := elf.Open(at)
			if e != nil {
				continue
			}
			headers := hasHeaders(m.Path, prog.Memory(), maps)
			s, e := FindSites(f, !headers)
			if errors.Is(e, errNoMalloc) && m.Path == maps[0].Path && !headers {
				s, e = strippedSites(f, prog, maps)
			}
			f.Close()
			if e == nil && len(s.Sites) > 0 {
				return at, m.Path, s, headers, nil
			}
			if e != nil && !errors.Is(e, errNoMalloc) && !errors.Is(e, elf.ErrNoSymbols) {
				err = e
			}
			break
		}
	}
	return "", "", nil, false, err
}

// hasHeaders: the library's malloc is glibc's, which may be linked into the program.
func hasHeaders(library string, mem proc.Memory, maps []proc.Mapping) bool {
	switch malloc.Recognise([]proc.Mapping{{Path: library}}) {
	case malloc.Glibc:
		return true
	case malloc.None:
		return library == maps[0].Path && malloc.Recognise(maps) == malloc.None && malloc.Identify(mem, maps) == malloc.Glibc
	}
	return false
}

// Recorder records a program's C allocations.
type Recorder struct {
	p     *proc.Process
	r     *bpf.Recorder
	file  string
	sites *Sites
	rec   Recording
	since time.Time // when it was set on; zero: it is off
}

// NewRecorder prepares it; nothing is set in the target before On. threads are the
// registers of its threads at some moment, by which a thread's goroutine is found.
func NewRecorder(p *proc.Process, prog *gort.Program, threads map[int]proc.Registers) (*Recorder, error) {
	maps, err := p.Mappings()
	if err != nil {
		return nil, err
	}
	r := &Recorder{p: p}
	var name string
	var headers bool
	if r.file, name, r.sites, headers, err = library(p, prog, maps); err != nil {
		return nil, err
	}
	if r.sites.Calls > 0 && p.ShadowStack() {
		return nil, errShadow
	}
	r.rec = Recording{Library: name, Sites: len(r.sites.Sites), Stepped: r.sites.Stepped}
	l := layout(p, prog, threads)
	l.Headers = headers
	if r.r, err = bpf.Load(l); err != nil {
		return nil, err
	}
	return r, nil
}

// On begins to record.
func (r *Recorder) On() error {
	if err := r.r.On(r.file, r.p.PID, r.sites.Sites); err != nil {
		return err
	}
	r.since = time.Now()
	return nil
}

// Off ends it for now; what was recorded stays.
func (r *Recorder) Off() error {
	if r.since.IsZero() {
		return nil
	}
	err := r.r.Off()
	r.rec.On += time.Since(r.since)
	r.since = time.Time{}
	return err
}

// Result is what was recorded so far.
func (r *Recorder) Result() (*Recording, error) {
	out := r.rec
	out.Allocated, out.Freed, out.Unseen = r.r.Counts()
	var err, err2 error
	out.Left, err = r.r.Left()
	out.Stacks, err2 = r.r.Stacks()
	return &out, errors.Join(err, err2)
}

// Counts are the events so far.
func (r *Recorder) Counts() (allocated, freed uint64) {
	allocated, freed, _ = r.r.Counts()
	return allocated, freed
}

// Forget drops what was allocated and not freed so far; the sums of the stacks stay.
func (r *Recorder) Forget() error { return r.r.Forget() }

// Unfreed are the bytes of each stack that were not freed so far.
func (r *Recorder) Unfreed() (map[uint64]int64, error) {
	stacks, err := r.r.Stacks()
	out := make(map[uint64]int64, len(stacks))
	for key, s := range stacks {
		out[key] = int64(s.Bytes) - int64(s.FreedBytes)
	}
	return out, err
}

// Close takes everything away.
func (r *Recorder) Close() error { return r.r.Close() }

func (r *Recorder) stripped() bool { return r.sites.Stripped }

func (r *Recorder) eventCost() time.Duration { return eventCost }

func (r *Recorder) stops() (n int, stood, longest time.Duration) { return 0, 0, 0 }

// layout finds where a thread's goroutine is noted. Without it the stacks have no Go
// part.
func layout(process *proc.Process, p *gort.Program, threads map[int]proc.Registers) bpf.Layout {
	bases, tids := make([]uint64, 0, len(threads)), map[uint64]bool{}
	for tid, r := range threads {
		bases = append(bases, r.TLS)
		tids[uint64(tid)] = true
	}
	for inner := range process.ThreadIDs() { // as its runtime knows them, in a namespace of its own
		tids[uint64(inner)] = true
	}
	return layoutBy(p, bases, tids)
}

// layoutBy is layout by where the own data (TLS) of some threads is, and the ids of all.
func layoutBy(p *gort.Program, bases []uint64, tids map[uint64]bool) (l bpf.Layout) {
	for _, f := range []struct {
		dst       *uint32
		st, field string
	}{
		{&l.M, "runtime.g", "m"}, {&l.CurG, "runtime.m", "curg"}, {&l.GoID, "runtime.g", "goid"},
		{&l.SyscallPC, "runtime.g", "syscallpc"}, {&l.SyscallSP, "runtime.g", "syscallsp"}, {&l.SyscallBP, "runtime.g", "syscallbp"},
	} {
		off, ok := p.Offset(f.st, f.field)
		if !ok {
			return bpf.Layout{}
		}
		*f.dst = uint32(off)
	}
	tls, ok := tlsG(p, bases, tids)
	if !ok {
		return bpf.Layout{}
	}
	l.TLSG = tls
	for i, m := range p.Modules {
		if i == 0 || m.MinPC < l.TextLo {
			l.TextLo = m.MinPC
		}
		l.TextHi = max(l.TextHi, m.MaxPC)
	}
	return l
}

// tlsG finds where in their own data (TLS) the threads keep their g: what stands there
// leads to an m that has a thread's id.
func tlsG(p *gort.Program, bases []uint64, tids map[uint64]bool) (int64, bool) {
	const most, enough = 4096, 8 // bytes, threads
	toM, ok := p.Offset("runtime.g", "m")
	id, ok2 := p.Offset("runtime.m", "procid")
	if !ok || !ok2 {
		return 0, false
	}
	votes := map[int64]int{}
	n := 0
	for _, base := range bases {
		b := make([]byte, most)
		if base < most || n == enough || p.Memory().ReadAt(b, base-most) != nil {
			continue
		}
		n++
		for off := 8; off <= most; off += 8 {
			g := binary.LittleEndian.Uint64(b[most-off:])
			if g < 4096 || g&7 != 0 || g>>47 != 0 {
				continue
			}
			if m, ok := p.Word(g + uint64(toM)); ok && m != 0 && m>>47 == 0 {
				if v, ok := p.Word(m + uint64(id)); ok && tids[v] {
					votes[-int64(off)]++
				}
			}
		}
	}
	var best int64
	for off, v := range votes {
		if v > votes[best] || v == votes[best] && off > best {
			best = off
		}
	}
	return best, votes[best] > 0
}
