// Package watch tells of files that have changed, once each, when they are whole.
//
// It watches directories, never single files, so that a save by rename is seen like
// one in place. A file is taken when nobody has it open for writing, and compared by
// its content: a touch without a change is nothing. Files that belong together, such
// as a theme and its icons, can be declared as a [Set], which is taken as a whole.
//
// What is guaranteed, and what cannot be: see [Change] and [Set]. Start at [New].
package watch

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Options say what is watched.
type Options struct {
	// Dirs are the directories; what lies below them is watched as well. Symbolic links
	// to directories are not followed, links to files are.
	Dirs []string
	// Ignore says of what else nothing is told, by slash-separated path relative to its
	// directory of Dirs. Version control's own folders, the temporary files of editors
	// and what a .gitignore leaves out never are; NoGitignore keeps the last.
	Ignore      func(path string, dir bool) bool
	NoGitignore bool
	Sets        []Set
	// Learn has files told of together that belong together by what they say
	// themselves: a text and the files that it names, the files of one pattern of
	// //go:embed. After a save of one of them the others are waited for, up to Grace,
	// unless it was saved alone before: see [Habits].
	Learn bool
	Grace time.Duration // 0: 400 ms
	// Quiet is for how long nothing must have happened to a file before it is taken;
	// 0: 20 ms.
	Quiet time.Duration
	// MaxData is up to how many bytes a file's content is kept; 0: 64 MiB. Of larger
	// files File.Data is nil.
	MaxData int64
}

// Set is files that belong together, and that are taken only as a whole: each Change
// of it has all of them, from one save as far as can be told.
//
// Two files that are saved one after the other are two saves to the system, however
// short the time between. So a set is taken at once if all of its files have changed
// since it was last taken; if only some have, after Grace, in which nothing more
// happened to any of them. A gap between the saves of one set that is longer than
// Grace cannot be told from two saves, except by Consistent: where the files say
// themselves whether they belong together, by a version or by names and hashes of the
// others, no torn set is ever taken.
type Set struct {
	Name string
	// Match says which files are of the set, by slash-separated path relative to their
	// directory of Dirs.
	Match func(path string) bool
	// Grace is the time after which a set of which only some files have changed is
	// taken; 0: 400 ms.
	Grace time.Duration
	// Consistent, if given, returns an error as long as the files, by path, do not
	// belong together. It is asked before each Change of the set.
	Consistent func(data map[string][]byte) error
}

// File is a file as it was when nobody wrote it.
type File struct {
	Path string // as the directory of Dirs was given, joined with the path below it
	Hash [sha256.Size]byte
	Size int64
	Data []byte // nil: removed, or larger than Options.MaxData
}

// Change is what has changed since the Change before. On Linux its content was read
// while no process had the file open for writing, before and after the reading;
// elsewhere, where that cannot be asked, when it had not been written for 20 ms. A
// program that maps a file into its memory, or is another user's, may not be noticed.
type Change struct {
	Set                     string // of which set it is; empty: of none
	Added, Changed, Removed []File
	// Files are all files of the set, by path.
	Files []File
	// Held is why the set could not be taken: what Consistent said. Then there is
	// nothing else; it is told once for each reason.
	Held error
	// Together: these files belong together by what they say (Options.Learn). Waited is
	// for how long others were waited for, after the last of them. Torn tells that some
	// of those that belong to them had been told before, or are missing.
	Together bool
	Waited   time.Duration
	Torn     *TornError
	At       time.Time
	// Rescanned: events were lost, and all files were compared instead.
	Rescanned bool
}

// Recheck compares the change with what there is now: the error names the first file
// that is another by now.
func (c *Change) Recheck() error {
	for _, f := range slices.Concat(c.Added, c.Changed, c.Files) {
		now, state, err := readFile(f.Path, 0)
		if err != nil || state != whole || now.Hash != f.Hash {
			return fmt.Errorf("%s has changed again", f.Path)
		}
	}
	return nil
}

// Watcher watches files.
type Watcher struct {
	o       Options
	b       backend
	changes chan Change
	stop    chan struct{}
	ended   chan struct{}
	once    sync.Once
	err     error

	ignore  *ignorer
	index   map[string]File
	dirs    map[string]bool
	writing map[string]time.Time // begun to be written, and not yet closed
	pending map[string]time.Time // to be read, and when something last happened to it
	lost    bool                 // events
	sets    []*setState

	// What was learnt of files that belong together; nil: nothing is.
	relations *relations
	habits    Habits
	bursts    []*burst
	told      []taken // a moment ago
}

// op is what happened to a path.
type op uint8

const (
	written  op = iota // somebody writes it
	closed             // its writer closed it, or it was moved here
	gone               // it was removed, or moved away
	made               // a file or a directory appeared; its writer may have it open
	overflow           // events were lost
	failed             // the backend cannot go on
)

// event is something that a backend saw.
type event struct {
	op   op
	path string
	err  error
}

// backend tells what happens in directories. Whatever it tells more than once, or too
// much, does no harm; what it leaves out does, unless it tells overflow.
type backend interface {
	// add watches one directory, not those below. It may be called again.
	add(dir string) error
	events() <-chan event
	close()
}

const (
	defaultQuiet = 20 * time.Millisecond
	defaultGrace = 400 * time.Millisecond
	defaultData  = 64 << 20
	// A file that went away may be about to come back: some editors remove, or move
	// away, what they save.
	comesBack = 300 * time.Millisecond
	// Where nobody closes what was begun to be written, or it cannot be told whether
	// somebody writes, it is asked again after so long.
	askAgain = 250 * time.Millisecond
)

// New starts to watch. What is there already is no change. Errors: of a directory that
// cannot be read, and *LimitError.
func New(o Options) (*Watcher, error) {
	if o.Quiet <= 0 {
		o.Quiet = defaultQuiet
	}
	if o.Grace <= 0 {
		o.Grace = defaultGrace
	}
	if o.MaxData <= 0 {
		o.MaxData = defaultData
	}
	if len(o.Dirs) == 0 {
		return nil, errors.New("nothing to watch: Options.Dirs is empty")
	}
	o.Dirs = slices.Clone(o.Dirs)
	for i := range o.Dirs {
		o.Dirs[i] = filepath.Clean(o.Dirs[i])
	}
	b, err := newBackend()
	if err != nil {
		return nil, err
	}
	w := &Watcher{o: o, b: b, changes: make(chan Change), stop: make(chan struct{}), ended: make(chan struct{}),
		ignore: newIgnorer(&o), index: map[string]File{}, dirs: map[string]bool{}, writing: map[string]time.Time{}, pending: map[string]time.Time{}}
	if o.Learn {
		w.relations = newRelations(o.Dirs)
	}
	for i := range o.Sets {
		s := o.Sets[i]
		if s.Grace <= 0 {
			s.Grace = defaultGrace
		}
		if s.Match == nil {
			b.close()
			return nil, fmt.Errorf("set %q has no Match", s.Name)
		}
		w.sets = append(w.sets, &setState{Set: s, since: map[string]bool{}})
	}
	for _, d := range o.Dirs {
		if err := w.enter(d, true); err != nil {
			b.close()
			return nil, err
		}
	}
	// What is there is the beginning. A process that is just being started holds what its
	// parent had open for a moment: what seems to be written is looked at again.
	for try := range 3 {
		busyOnes := false
		for path := range w.pending {
			f, state, err := readFile(path, w.o.MaxData)
			if err == nil && state == whole {
				w.keep(f)
				delete(w.pending, path)
			}
			busyOnes = busyOnes || err == nil && state == busy
		}
		if !busyOnes || try == 2 {
			break // what still is being written becomes a change
		}
		time.Sleep(5 * time.Millisecond)
	}
	for path, f := range w.index {
		if s := w.setOf(path); s != nil {
			if s.taken == nil {
				s.taken = map[string]File{}
			}
			s.taken[path] = f
		}
	}
	go w.run()
	return w, nil
}

// Changes returns the channel of changes. It is closed when the watcher ends; then Err
// says why. Whoever takes long gets fewer, larger changes.
func (w *Watcher) Changes() <-chan Change { return w.changes }

// Err returns why the watcher ended by itself, nil: it did not.
func (w *Watcher) Err() error {
	select {
	case <-w.ended:
		return w.err
	default:
		return nil
	}
}

// Close ends the watcher, and waits until nothing of it runs.
func (w *Watcher) Close() {
	w.once.Do(func() { close(w.stop) })
	<-w.ended
}

func (w *Watcher) run() {
	defer close(w.ended)
	defer close(w.changes)
	defer w.b.close()
	timer := time.NewTimer(w.o.Quiet)
	defer timer.Stop()
	var out []Change
	for {
		var send chan Change
		var first Change
		if len(out) > 0 {
			send, first = w.changes, out[0]
		}
		select {
		case <-w.stop:
			return
		case send <- first:
			out = out[1:]
		case e, ok := <-w.b.events():
			if !ok || e.op == failed {
				w.err = e.err
				return
			}
			w.take(e)
		case <-timer.C:
		}
		if len(out) == 0 { // what was not taken yet gathers
			if out = w.ripe(time.Now()); w.err != nil {
				return
			}
		}
		timer.Reset(w.next(time.Now()))
	}
}

// take notes what happened.
func (w *Watcher) take(e event) {
	now := time.Now()
	if e.op == overflow {
		w.lost = true
		w.rescan(now)
		return
	}
	if w.ignored(e.path, false) {
		return
	}
	switch e.op {
	case written:
		w.writing[e.path] = now
		w.pending[e.path] = now
	case closed:
		delete(w.writing, e.path)
		w.appeared(e.path, now)
	case made:
		w.appeared(e.path, now)
	case gone:
		delete(w.writing, e.path)
		w.pending[e.path] = now
		w.left(e.path, now)
	}
}

// appeared notes a path that may be a file or a directory.
func (w *Watcher) appeared(path string, now time.Time) {
	if info, err := lstat(path); err == nil && info.IsDir() {
		if !w.ignored(path, true) {
			if err := w.enter(path, false); err != nil && w.err == nil {
				w.fail(err)
			}
		}
		return
	}
	w.pending[path] = now
}

// fail ends the watcher for an error that lets it miss what happens from now on.
func (w *Watcher) fail(err error) {
	var limit *LimitError
	if errors.As(err, &limit) {
		w.err = err
	}
}

// left: with a directory goes what was in it.
func (w *Watcher) left(path string, now time.Time) {
	if !w.dirs[path] {
		return
	}
	prefix := path + string(filepath.Separator)
	for p := range w.index {
		if len(p) > len(prefix) && p[:len(prefix)] == prefix {
			w.pending[p] = now
		}
	}
	for d := range w.dirs {
		if d == path || len(d) > len(prefix) && d[:len(prefix)] == prefix {
			delete(w.dirs, d)
		}
	}
}

// enter watches a directory and those below it. All files in them are to be read: they
// may have been there before the watch. must: the directory has to be readable.
func (w *Watcher) enter(dir string, must bool) error {
	now := time.Now()
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if must && path == dir {
				return err
			}
			return nil // it went away, or may not be read
		}
		if path != dir && w.ignored(path, d.IsDir()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.IsDir() {
			w.pending[path] = now
			return nil
		}
		if err := w.b.add(path); err != nil {
			var limit *LimitError
			if must && path == dir || errors.As(err, &limit) {
				return err
			}
			return fs.SkipDir
		}
		w.dirs[path] = true
		w.ignore.enter(path)
		return nil
	})
}

// rescan compares all files, as events were lost.
func (w *Watcher) rescan(now time.Time) {
	for p := range w.index {
		w.pending[p] = now
	}
	for _, d := range w.o.Dirs {
		if err := w.enter(d, false); err != nil {
			w.fail(err)
		}
	}
}

func (w *Watcher) ignored(path string, dir bool) bool { return w.ignore.ignores(w.relative(path), dir) }

// relative is a path below its directory of Dirs, with slashes.
func (w *Watcher) relative(path string) string {
	for _, d := range w.o.Dirs {
		if rel, err := filepath.Rel(d, path); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(path)
}

// next is how long it takes until something may be ripe.
func (w *Watcher) next(now time.Time) time.Duration {
	wait := time.Hour
	soon := func(at time.Time) { wait = min(wait, max(at.Sub(now), time.Millisecond)) }
	for path, at := range w.pending {
		switch begun, busy := w.writing[path]; {
		case busy:
			soon(begun.Add(askAgain))
		default:
			soon(at.Add(w.o.Quiet))
		}
	}
	for _, s := range w.sets {
		if len(s.since) > 0 && s.held == nil {
			soon(s.last.Add(s.Grace))
		}
	}
	for _, b := range w.bursts {
		soon(b.last.Add(w.o.Grace))
	}
	return wait
}
