package gpucalls

import (
	"context"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/bpf"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/pairs"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/report"
)

// newLibraries is how often it is looked whether libraries were loaded.
const newLibraries = time.Second

// Handles watches, for a time or until the context ends, the functions of a table that
// make something in a C library, and those that destroy it; the pairs that the program
// has, as far as there is room. name is the probe's, under which limits are told. nil: it
// has none, or they may not be watched. An error means that the program went away or could
// not be read.
func Handles(ctx context.Context, t stacks.Target, d time.Duration, table []pairs.Pair, name string) (*evidence.NativeHandles, []report.Limit, error) {
	w := &watcher{t: t, name: name, of: "handles", start: time.Now(), sets: map[string]*set{}, drop: map[int]bool{}, used: map[string]bool{}, found: &found{}}
	ev, err := w.handles(ctx, d, table)
	for _, l := range w.libs {
		l.close()
	}
	return ev, w.limits, err
}

func (w *watcher) handles(ctx context.Context, d time.Duration, table []pairs.Pair) (*evidence.NativeHandles, error) {
	if w.t.Program.Arch() != "amd64" {
		return nil, nil // which the probe tells that records allocations
	}
	w.g = newGathering(monotonic(), nil)
	w.timed = !confined(w.t.Process)
	if !w.timed { // what a function returns is not seen
		w.limit("confined")
		return nil, nil
	}
	defer func() {
		if w.probes != nil {
			w.probes.Close()
		}
	}()
	known := ""
	renew := func() error {
		maps, err := w.t.Process.Mappings()
		if err != nil {
			return w.gone(err)
		}
		if is := files(maps); is != known {
			known = is
			w.know(threadBlocks(w.t.Process, maps))
			w.findPairs(maps, table)
		}
		return w.set()
	}
	begun := time.Now()
	if err := renew(); err != nil {
		return nil, err
	}
	if started != nil {
		started()
	}
	look, check := begun.Add(newLibraries), begun.Add(checkRate)
	for now := begun; now.Sub(begun) < d && ctx.Err() == nil && w.denied == nil; now = time.Now() {
		if err := w.read(ctx, minTime(begun.Add(d), now.Add(50*time.Millisecond))); err != nil {
			return nil, w.gone(err)
		}
		if now.After(check) {
			w.check(now.Sub(check) + checkRate)
			check = now.Add(checkRate)
		}
		if now.After(look) {
			if err := renew(); err != nil {
				return nil, err
			}
			look = now.Add(newLibraries)
		}
	}
	if w.denied != nil {
		if !errors.Is(w.denied, unix.EPERM) && !errors.Is(w.denied, unix.EACCES) { // that is told, too
			w.limit("kernel", w.denied.Error())
		}
		return nil, nil
	}
	if w.probes == nil {
		return nil, nil
	}
	took := time.Since(begun)
	w.probes.End()
	if err := w.read(context.WithoutCancel(ctx), time.Now().Add(5*time.Millisecond)); err != nil {
		return nil, w.gone(err)
	}
	return w.left(took)
}

// left makes the evidence.
func (w *watcher) left(took time.Duration) (*evidence.NativeHandles, error) {
	known, err := w.probes.Stacks()
	if err != nil {
		return nil, w.gone(err)
	}
	all := w.g.finish(took, 0, w.converter(known), func(tid int) int { return tid })
	_, lost := w.probes.Counts()
	ev := &evidence.NativeHandles{Took: took, Objects: all.Objects, Stacks: all.Stacks, Lost: lost + uint64(w.g.hidden)}
	for fn := range w.g.table {
		if name := w.g.table[fn].name; w.drop[fn] {
			ev.Dropped = append(ev.Dropped, name)
		} else {
			ev.Functions = append(ev.Functions, name)
		}
	}
	slices.Sort(ev.Dropped)
	slices.Sort(ev.Functions)
	if len(ev.Dropped) > 0 {
		w.limit("dropped", strings.Join(ev.Dropped, ", "))
	}
	if ev.Lost > 0 {
		w.limit("lost", ev.Lost)
	}
	return ev, nil
}

// files tells the files with code apart from others.
func files(maps []proc.Mapping) string {
	var all strings.Builder
	for i := range maps {
		if maps[i].Exec && maps[i].Inode != 0 {
			all.WriteString(maps[i].Path)
			all.WriteByte(0)
		}
	}
	return all.String()
}

// findPairs finds the functions of the pairs of which one makes and one destroys. A
// function keeps its number.
func (w *watcher) findPairs(maps []proc.Mapping, table []pairs.Pair) {
	for _, l := range w.libs {
		l.close()
	}
	w.libs = libraries(maps, filepath.Dir(w.t.Process.ExePath()))
	want := map[string]bool{}
	for i := range table {
		for _, f := range slices.Concat(table[i].Makers, table[i].Destroyers) {
			want[f.Name] = true
		}
	}
	exe, _ := os.Readlink(w.t.Process.ExePath())
	at := map[string][]point{}
	for _, l := range w.libs {
		for name, all := range l.named(want, l.maps[0].Path == exe) {
			for _, off := range all {
				at[name] = append(at[name], point{lib: l, off: off})
			}
		}
	}
	numbers := map[string]int{}
	for fn := range w.g.table {
		numbers[w.g.table[fn].name] = fn
	}
	w.found = &found{}
	kinds := pairs.Kinds(table)
	for i := range table {
		p := &table[i]
		is := func(f pairs.Function) bool { return len(at[f.Name]) > 0 }
		if !slices.ContainsFunc(p.Makers, is) || !slices.ContainsFunc(p.Destroyers, is) {
			continue
		}
		for k, f := range slices.Concat(p.Makers, p.Destroyers) {
			fn, ok := numbers[f.Name]
			if !is(f) || !ok && len(w.g.table) >= bpf.Funcs {
				continue
			}
			if !ok {
				fn = len(w.g.table)
				numbers[f.Name] = fn
				w.g.table = append(w.g.table, ofPair(kinds[i], f, k < len(p.Makers)))
			}
			for _, x := range at[f.Name] {
				if code := x.lib.code(x.off); len(code) > 0 {
					skip, stepped := entry(code, w.g.table[fn].needs())
					w.found.points = append(w.found.points, point{lib: x.lib, off: x.off + uint64(skip), fn: fn, stepped: stepped})
				}
			}
		}
	}
	w.found.distinct()
}

func ofPair(kind string, f pairs.Function, makes bool) function {
	out := function{name: f.Name, object: kind, arg: f.Arg, strict: true}
	switch {
	case makes && f.How == pairs.List:
		out.how = bpf.Listed
	case makes && f.How == pairs.Stored:
		out.how = bpf.Stored
	case makes:
		out.how = bpf.Returned
	case f.How == pairs.List:
		out.how = bpf.Unlists
	case f.How == pairs.Stored:
		out.how = bpf.Pointed
	default:
		out.how = bpf.Destroys
	}
	return out
}

// named returns where functions with these names begin in the file, in all their versions:
// those that it exports, and, inside, those of C that was linked into a program.
func (l *library) named(want map[string]bool, inside bool) map[string][]uint64 {
	f, err := elf.Open(l.file)
	if err != nil {
		return nil // what cannot be read has no functions
	}
	if l.elf = f; f.Machine != elf.EM_X86_64 {
		return nil
	}
	syms, _ := f.DynamicSymbols()
	if inside {
		more, _ := f.Symbols() // none: stripped
		syms = append(syms, more...)
	}
	out := map[string][]uint64{}
	for i := range syms {
		s := &syms[i]
		if !want[s.Name] || elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Section == elf.SHN_UNDEF || s.Value == 0 {
			continue
		}
		if off, ok := offset(f, s.Value); ok && !slices.Contains(out[s.Name], off) {
			out[s.Name] = append(out[s.Name], off)
		}
	}
	return out
}
