package native

import (
	"debug/elf"
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
	if r.r, err = bpf.Load(layout(p, prog, threads), headers); err != nil {
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
func layout(p *proc.Process, prog *gort.Program, threads map[int]proc.Registers) gort.CgoLayout {
	bases := make([]uint64, 0, len(threads))
	for _, r := range threads {
		bases = append(bases, r.TLS)
	}
	return prog.CgoLayout(p, bases)
}
