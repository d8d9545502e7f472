package reload

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Snapshot is a tree of files that does not change. It is an fs.FS itself.
type Snapshot struct {
	fs.FS
	files map[string][]byte // nil: they are those of FS, which is read when asked
	once  sync.Once
	sums  map[string][sha256.Size]byte
	err   error
}

// NewSnapshot makes a snapshot of files by slash-separated path. It keeps the bytes:
// they must not be changed afterwards. Errors: of a path that is not valid (see
// fs.ValidPath), or that is a file and a directory at once.
func NewSnapshot(files map[string][]byte) (*Snapshot, error) {
	m := &memFS{files: maps.Clone(files), dirs: map[string][]fs.DirEntry{".": nil}}
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	for name, data := range m.files {
		if !fs.ValidPath(name) || name == "." {
			return nil, &fs.PathError{Op: "snapshot", Path: name, Err: fs.ErrInvalid}
		}
		m.add(name, memInfo{name: path.Base(name), size: int64(len(data))})
	}
	for dir, entries := range m.dirs {
		if _, ok := m.files[dir]; ok {
			return nil, &fs.PathError{Op: "snapshot", Path: dir, Err: fmt.Errorf("is a file and a directory")}
		}
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return &Snapshot{FS: m, files: m.files}, nil
}

// SnapshotOf makes a snapshot of a file system that does not change, such as an
// embed.FS. It is read when asked. nil is an empty one.
func SnapshotOf(fsys fs.FS) *Snapshot {
	if fsys == nil {
		s, _ := NewSnapshot(nil) // no path can be wrong
		return s
	}
	return &Snapshot{FS: fsys}
}

// ReadSnapshot reads all files of a file system, such as os.DirFS, into a snapshot.
func ReadSnapshot(fsys fs.FS) (*Snapshot, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(fsys, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return NewSnapshot(files)
}

// With returns a snapshot with some files replaced or added, and those removed whose
// bytes are nil. The one that it is made from stays as it is.
func (s *Snapshot) With(files map[string][]byte) (*Snapshot, error) {
	all := maps.Clone(s.files)
	if all == nil {
		whole, err := ReadSnapshot(s.FS)
		if err != nil {
			return nil, err
		}
		all = whole.files
	}
	for name, data := range files {
		if data == nil {
			delete(all, name)
		} else {
			all[name] = data
		}
	}
	return NewSnapshot(all)
}

// Sum is a hash over all paths and contents.
func (s *Snapshot) Sum() ([sha256.Size]byte, error) {
	sums, err := s.hashes()
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	h := sha256.New()
	for _, p := range slices.Sorted(maps.Keys(sums)) {
		sum := sums[p]
		fmt.Fprintf(h, "%q %x\n", p, sum)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// hashes returns the hash of each file.
func (s *Snapshot) hashes() (map[string][sha256.Size]byte, error) {
	s.once.Do(func() {
		s.sums = map[string][sha256.Size]byte{}
		s.err = fs.WalkDir(s.FS, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(s.FS, name)
			s.sums[name] = sha256.Sum256(data)
			return err
		})
	})
	return s.sums, s.err
}

// ReadFile implements fs.ReadFileFS.
func (s *Snapshot) ReadFile(name string) ([]byte, error) { return fs.ReadFile(s.FS, name) }

// ReadDir implements fs.ReadDirFS.
func (s *Snapshot) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(s.FS, name) }

// Stat implements fs.StatFS.
func (s *Snapshot) Stat(name string) (fs.FileInfo, error) { return fs.Stat(s.FS, name) }

// Glob implements fs.GlobFS.
func (s *Snapshot) Glob(pattern string) ([]string, error) { return fs.Glob(s.FS, pattern) }

// Sub implements fs.SubFS.
func (s *Snapshot) Sub(dir string) (fs.FS, error) { return fs.Sub(s.FS, dir) }

// memFS holds files in memory.
type memFS struct {
	files map[string][]byte
	dirs  map[string][]fs.DirEntry // each with its entries, sorted
}

// add enters a file or a directory into the directories above it.
func (m *memFS) add(name string, info memInfo) {
	dir := path.Dir(name)
	_, known := m.dirs[dir]
	m.dirs[dir] = append(m.dirs[dir], fs.FileInfoToDirEntry(info))
	if !known {
		m.add(dir, memInfo{name: path.Base(dir), dir: true})
	}
}

func (m *memFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if data, ok := m.files[name]; ok {
		return &memFile{Reader: bytes.NewReader(data), info: memInfo{name: path.Base(name), size: int64(len(data))}}, nil
	}
	if entries, ok := m.dirs[name]; ok {
		return &memDir{name: name, entries: entries}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// memInfo describes a file or a directory.
type memInfo struct {
	name string
	size int64
	dir  bool
}

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) IsDir() bool        { return i.dir }
func (i memInfo) Sys() any           { return nil }
func (i memInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// memFile is an open file; it can seek, as embed's can.
type memFile struct {
	*bytes.Reader
	info memInfo
}

func (f *memFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memFile) Close() error               { return nil }

// memDir is an open directory.
type memDir struct {
	name    string
	entries []fs.DirEntry
	at      int
}

func (d *memDir) Stat() (fs.FileInfo, error) { return memInfo{name: path.Base(d.name), dir: true}, nil }
func (d *memDir) Close() error               { return nil }
func (d *memDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fmt.Errorf("is a directory")}
}

func (d *memDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.entries[d.at:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 && n < len(rest) {
		rest = rest[:n]
	}
	d.at += len(rest)
	return slices.Clone(rest), nil
}
