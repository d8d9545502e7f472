package watch

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// state is what was found of a file.
type state uint8

const (
	whole  state = iota // nobody writes it
	busy                // somebody has it open for writing, or it changed meanwhile
	absent              // there is no such file, or it is no regular one
)

func lstat(path string) (fs.FileInfo, error) { return os.Lstat(path) }

// readFile reads a file when nobody writes it. Its content is kept up to most bytes.
func readFile(path string, most int64) (File, state, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return File{}, absent, nil
		}
		return File{}, absent, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil || !before.Mode().IsRegular() {
		return File{}, absent, err
	}
	if hasWriter(f) {
		return File{}, busy, nil
	}
	sum := sha256.New()
	out := File{Path: path}
	if before.Size() <= most {
		data, err := io.ReadAll(io.LimitReader(f, most+1))
		if err != nil {
			return File{}, busy, nil // it is being removed
		}
		if data == nil {
			data = []byte{}
		}
		sum.Write(data)
		out.Data, out.Size = data, int64(len(data))
	} else if out.Size, err = io.Copy(sum, f); err != nil {
		return File{}, busy, nil
	}
	copy(out.Hash[:], sum.Sum(nil))
	after, err := f.Stat()
	if err != nil || after.Size() != out.Size || !after.ModTime().Equal(before.ModTime()) || hasWriter(f) {
		return File{}, busy, nil
	}
	// The name may stand for another file by now.
	if now, err := os.Stat(path); err != nil || !os.SameFile(now, after) {
		return File{}, busy, nil
	}
	return out, whole, nil
}

// keep notes a file as what is known of it.
func (w *Watcher) keep(f File) {
	if w.relations != nil {
		w.relations.read(f.Path, f.Data)
	}
	f.Data = nil
	w.index[f.Path] = f
}

// ripe returns what can be told now.
func (w *Watcher) ripe(now time.Time) []Change {
	c := Change{At: now, Rescanned: w.lost}
	for path, at := range w.pending {
		if begun, writes := w.writing[path]; writes && now.Sub(begun) < askAgain || now.Sub(at) < w.o.Quiet {
			continue
		}
		f, state, err := readFile(path, w.o.MaxData)
		old, known := w.index[path]
		switch {
		case err != nil: // it may not be read: as if it were not there, but not gone
			delete(w.pending, path)
			delete(w.writing, path)
		case state == busy:
			w.pending[path] = now // its writer's close, or the next try
			w.writing[path] = now
		case state == absent:
			if known && now.Sub(at) < comesBack {
				continue
			}
			delete(w.pending, path)
			delete(w.writing, path)
			if !known {
				continue
			}
			delete(w.index, path)
			old.Data = nil
			if s := w.setOf(path); s != nil {
				s.note(path, now)
				continue
			}
			named := w.names(path)
			learnt := w.noteLearnt(path, old, named, at)
			if w.relations != nil {
				w.relations.drop(path)
			}
			if learnt {
				continue
			}
			c.Removed = append(c.Removed, old)
		default:
			delete(w.pending, path)
			delete(w.writing, path)
			if filepath.Base(path) == ".gitignore" {
				w.ignore.enter(filepath.Dir(path))
			}
			if known && old.Hash == f.Hash && old.Size == f.Size {
				continue
			}
			if s := w.setOf(path); s != nil {
				s.note(path, now) // it is read again with the others
				w.keep(f)
				continue
			}
			named := w.names(path)
			w.keep(f)
			if w.noteLearnt(path, old, named, at) {
				continue
			}
			if known {
				c.Changed = append(c.Changed, f)
			} else {
				c.Added = append(c.Added, f)
			}
		}
	}
	var out []Change
	if len(c.Added)+len(c.Changed)+len(c.Removed) > 0 {
		for _, list := range [][]File{c.Added, c.Changed, c.Removed} {
			slices.SortFunc(list, byPath)
		}
		out = append(out, c)
	}
	for _, s := range w.sets {
		if c, ok := w.settle(s, now); ok {
			out = append(out, c)
		}
	}
	out = append(out, w.settleLearnt(now)...)
	if len(out) > 0 {
		w.lost = false
	}
	return out
}

// names is what a file named when it was last read.
func (w *Watcher) names(path string) []string {
	if w.relations == nil {
		return nil
	}
	return w.relations.names[path]
}

func byPath(a, b File) int { return cmp.Compare(a.Path, b.Path) }

// setState is a set, and what happened to it since it was last taken.
type setState struct {
	Set
	taken map[string]File // by path; nil: never
	since map[string]bool // what changed since
	last  time.Time       // when something last did
	held  error           // what Consistent said of what there is
}

func (s *setState) note(path string, now time.Time) {
	s.since[path], s.last, s.held = true, now, nil
}

func (w *Watcher) setOf(path string) *setState {
	rel := w.relative(path)
	for _, s := range w.sets {
		if s.Match(rel) {
			return s
		}
	}
	return nil
}

// settle returns the change of a set if it can be taken.
func (w *Watcher) settle(s *setState, now time.Time) (Change, bool) {
	if len(s.since) == 0 || s.held != nil {
		return Change{}, false
	}
	members := map[string]bool{}
	for path := range w.index {
		if s.Match(w.relative(path)) {
			members[path] = true
		}
	}
	for path := range w.pending {
		if s.Match(w.relative(path)) {
			return Change{}, false // something happens to it
		}
	}
	all := true
	for path := range members {
		all = all && s.since[path]
	}
	if !all && s.Consistent == nil && now.Sub(s.last) < s.Grace {
		return Change{}, false
	}
	files := map[string]File{}
	data := map[string][]byte{}
	read := func() bool {
		clear(files)
		for path := range members {
			f, state, err := readFile(path, w.o.MaxData)
			if err != nil || state != whole || f.Hash != w.index[path].Hash {
				w.pending[path] = now
				s.last = now
				return false
			}
			files[path], data[w.relative(path)] = f, f.Data
		}
		return true
	}
	if !read() {
		return Change{}, false
	}
	c := Change{Set: s.Name, At: now, Rescanned: w.lost}
	if s.Consistent != nil {
		if err := s.Consistent(data); err != nil {
			s.held = err
			c.Held = err
			return c, true
		}
	}
	// Those read first may have changed while the others were read.
	first := map[string]File{}
	for path, f := range files {
		first[path] = f
	}
	if !read() {
		return Change{}, false
	}
	for path, f := range files {
		old, had := s.taken[path]
		switch {
		case f.Hash != first[path].Hash:
			return Change{}, false
		case !had && s.taken != nil:
			c.Added = append(c.Added, f)
		case !had && s.since[path], had && old.Hash != f.Hash:
			c.Changed = append(c.Changed, f)
		}
		c.Files = append(c.Files, f)
	}
	for path, f := range s.taken {
		if _, still := files[path]; !still {
			c.Removed = append(c.Removed, f)
		}
	}
	s.taken, s.since = map[string]File{}, map[string]bool{}
	for path, f := range files {
		f.Data = nil
		s.taken[path] = f
	}
	for _, list := range [][]File{c.Added, c.Changed, c.Removed, c.Files} {
		slices.SortFunc(list, byPath)
	}
	return c, len(c.Added)+len(c.Changed)+len(c.Removed) > 0
}
