package reload

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sync"
	"sync/atomic"
)

// FS is a file system whose whole content changes at once, from one [Snapshot] to the
// next. A file that was opened before goes on with its old content, a directory with
// its old entries. Who needs several files that belong together takes them from one
// [FS.Snapshot].
//
// It is safe for concurrent use, and implements fs.ReadDirFS, fs.ReadFileFS,
// fs.StatFS, fs.GlobFS and fs.SubFS.
type FS struct {
	now atomic.Pointer[content]

	replacing sync.Mutex // one Replace at a time

	mu       sync.Mutex // of what stands below, and of every store to now
	swapOn   func(func())
	handles  map[uint64]decoder
	lastID   uint64
	watchers map[uint64]func(FSChange)
}

// content is what an FS shows: the files, and what was decoded from them.
type content struct {
	*Snapshot
	generation uint64
	decoded    map[uint64]any // by the handle's number
}

// FSChange is what one Replace has changed: paths, sorted.
type FSChange struct {
	Generation              uint64
	Added, Changed, Removed []string
}

// NewFS returns a file system that shows base, an embed.FS say, as generation 0 until
// the first Replace. A nil base is an empty one.
func NewFS(base fs.FS) *FS {
	f := &FS{handles: map[uint64]decoder{}, watchers: map[uint64]func(FSChange){}}
	f.now.Store(&content{Snapshot: SnapshotOf(base), decoded: map[uint64]any{}})
	return f
}

// SwapOn says how the step from one snapshot to the next is run: do gets a function and
// has to call it, on the goroutine of the UI between two frames, say. It may return
// before; Replace waits. nil: where Replace was called.
func (f *FS) SwapOn(do func(swap func())) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.swapOn = do
}

// Replace shows another snapshot from now on, and returns what that changes. First
// every [Resource] whose file changes is decoded; where one does not decode, nothing
// is replaced, and the error is a *[DecodeError], or several, joined. A snapshot with
// the same content changes nothing and makes no generation.
func (f *FS) Replace(s *Snapshot) (FSChange, error) {
	f.replacing.Lock() // and not mu: who swaps may be making a Resource
	defer f.replacing.Unlock()
	old := f.now.Load()
	change, err := difference(old.Snapshot, s)
	change.Generation = old.generation
	if err != nil || change.empty() {
		return change, err
	}
	decoded := map[uint64]any{}
	if err := f.decode(s, change, decoded); err != nil {
		return FSChange{Generation: old.generation}, err
	}
	change.Generation++
	swap := func() {
		var watchers []func(FSChange)
		if watchers, err = f.show(s, change, decoded); err == nil {
			for _, w := range watchers {
				w(change)
			}
		}
	}
	f.mu.Lock()
	swapOn := f.swapOn
	f.mu.Unlock()
	if swapOn == nil {
		swap()
	} else {
		done := make(chan struct{})
		swapOn(func() { defer close(done); swap() })
		<-done
	}
	if err != nil {
		return FSChange{Generation: old.generation}, err
	}
	return change, nil
}

// show makes the step, and returns who is to be told.
func (f *FS) show(s *Snapshot, change FSChange, decoded map[uint64]any) ([]func(FSChange), error) {
	// What was made since is decoded here.
	if err := f.decode(s, change, decoded); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	next := &content{Snapshot: s, generation: change.Generation, decoded: maps.Clone(f.now.Load().decoded)}
	for id, v := range decoded {
		if _, open := f.handles[id]; open {
			next.decoded[id] = v
		}
	}
	f.now.Store(next)
	var watchers []func(FSChange)
	for _, id := range slices.Sorted(maps.Keys(f.watchers)) {
		watchers = append(watchers, f.watchers[id])
	}
	return watchers, nil
}

// OnChange calls changed after each Replace that changed something, where the swap was
// run, until cancel. It must not call Replace.
func (f *FS) OnChange(changed func(FSChange)) (cancel func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lastID++
	id := f.lastID
	f.watchers[id] = changed
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, id)
	}
}

// Generation is how often the content has changed: 0 is the base.
func (f *FS) Generation() uint64 { return f.now.Load().generation }

// Snapshot returns what is shown now. It does not change any more.
func (f *FS) Snapshot() *Snapshot { return f.now.Load().Snapshot }

// View returns the files and the decoded resources as they are now, for who needs
// several that belong together; see [Resource.In].
func (f *FS) View() View { return View{f.now.Load()} }

// View is one content of an FS. It does not change any more.
type View struct{ c *content }

// Generation is the view's generation.
func (v View) Generation() uint64 { return v.c.generation }

// Files returns the view's files.
func (v View) Files() *Snapshot { return v.c.Snapshot }

// Open implements fs.FS.
func (f *FS) Open(name string) (fs.File, error) { return f.Snapshot().Open(name) }

// ReadFile implements fs.ReadFileFS.
func (f *FS) ReadFile(name string) ([]byte, error) { return f.Snapshot().ReadFile(name) }

// ReadDir implements fs.ReadDirFS.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) { return f.Snapshot().ReadDir(name) }

// Stat implements fs.StatFS.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return f.Snapshot().Stat(name) }

// Glob implements fs.GlobFS.
func (f *FS) Glob(pattern string) ([]string, error) { return f.Snapshot().Glob(pattern) }

// Sub implements fs.SubFS. What it returns follows every Replace.
func (f *FS) Sub(dir string) (fs.FS, error) {
	if !fs.ValidPath(dir) {
		return nil, &fs.PathError{Op: "sub", Path: dir, Err: fs.ErrInvalid}
	}
	if dir == "." {
		return f, nil
	}
	return &subFS{f: f, dir: dir}, nil
}

// subFS is a directory of an FS.
type subFS struct {
	f   *FS
	dir string
}

// below runs a call of the file system with the whole path, and gives errors the path
// that was asked for.
func below[T any](s *subFS, op, name string, call func(string) (T, error)) (T, error) {
	if !fs.ValidPath(name) {
		var none T
		return none, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	v, err := call(path.Join(s.dir, name))
	if e, ok := err.(*fs.PathError); ok {
		err = &fs.PathError{Op: e.Op, Path: name, Err: e.Err}
	}
	return v, err
}

func (s *subFS) Open(name string) (fs.File, error) { return below(s, "open", name, s.f.Open) }

func (s *subFS) ReadFile(name string) ([]byte, error) {
	return below(s, "open", name, s.f.ReadFile)
}

func (s *subFS) ReadDir(name string) ([]fs.DirEntry, error) {
	return below(s, "open", name, s.f.ReadDir)
}

func (s *subFS) Stat(name string) (fs.FileInfo, error) { return below(s, "stat", name, s.f.Stat) }

func (s *subFS) Sub(dir string) (fs.FS, error) {
	if !fs.ValidPath(dir) {
		return nil, &fs.PathError{Op: "sub", Path: dir, Err: fs.ErrInvalid}
	}
	return s.f.Sub(path.Join(s.dir, dir))
}

func (c *FSChange) empty() bool {
	return len(c.Added) == 0 && len(c.Changed) == 0 && len(c.Removed) == 0
}

// difference compares two snapshots by their files' content.
func difference(old, new *Snapshot) (FSChange, error) {
	var c FSChange
	before, err := old.hashes()
	if err != nil {
		return c, fmt.Errorf("read the old files: %w", err)
	}
	after, err := new.hashes()
	if err != nil {
		return c, fmt.Errorf("read the new files: %w", err)
	}
	for p, h := range after {
		switch was, ok := before[p]; {
		case !ok:
			c.Added = append(c.Added, p)
		case was != h:
			c.Changed = append(c.Changed, p)
		}
	}
	for p := range before {
		if _, ok := after[p]; !ok {
			c.Removed = append(c.Removed, p)
		}
	}
	slices.Sort(c.Added)
	slices.Sort(c.Changed)
	slices.Sort(c.Removed)
	return c, nil
}
