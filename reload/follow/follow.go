// Package follow keeps a reload.FS as a folder on the disk is, while a program is being
// worked on. In production it is not needed: the FS shows what was embedded.
package follow

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomedic/gomedic/reload"
	"github.com/gomedic/gomedic/reload/watch"
)

// Options say what is followed.
type Options struct {
	// Dir is the folder whose files the FS shows.
	Dir string
	// Sets are files that are taken only together: where one does not decode, none of the
	// set changes. All others are taken one by one.
	Sets []watch.Set
	// Alone takes each file by itself. Otherwise files that belong together by what they
	// say, as a theme and the icons that it names, are taken together: see
	// watch.Options.Learn.
	Alone bool
	// Ignore leaves files out, by slash-separated path below Dir, besides those that
	// package watch leaves out.
	Ignore func(path string, dir bool) bool
	// Report gets what could not be taken: *reload.DecodeError, and a set's reason not to
	// be consistent; and what was taken though it belongs to other files, which came
	// later or not at all: *watch.TornError. nil: they are printed to the standard error.
	Report func(error)
}

// Dir shows the folder's files in fsys, now and after each change, until ctx is done.
// Then it returns nil; before, an error of a folder that cannot be watched. Files that
// are embedded and not in the folder are removed.
func Dir(ctx context.Context, fsys *reload.FS, o Options) error {
	if o.Report == nil {
		o.Report = func(err error) { fmt.Fprintln(os.Stderr, "reload:", err) }
	}
	w, err := watch.New(watch.Options{Dirs: []string{o.Dir}, Sets: o.Sets, Ignore: o.Ignore, Learn: !o.Alone})
	if err != nil {
		return err
	}
	defer w.Close()
	f := &follower{fsys: fsys, o: o}
	if err := f.begin(); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case c, ok := <-w.Changes():
			if !ok {
				return w.Err()
			}
			f.take(c)
		}
	}
}

type follower struct {
	fsys *reload.FS
	o    Options
	kept []map[string][]byte // changes of files that belong together, of which one did not decode
}

// begin shows what there is: the watcher tells of changes only.
func (f *follower) begin() error {
	folder, err := reload.ReadSnapshot(os.DirFS(f.o.Dir))
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	shown := f.fsys.Snapshot()
	walk := func(s *reload.Snapshot, each func(path string)) error {
		return fs.WalkDir(s, ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				each(path)
			}
			return err
		})
	}
	if err := walk(shown, func(path string) { files[path] = nil }); err != nil {
		return err
	}
	var failed error
	if err := walk(folder, func(path string) {
		b, err := folder.ReadFile(path)
		if files[path] = content(b); err != nil {
			failed = err
		}
	}); err != nil {
		return err
	}
	if failed == nil {
		f.apply(files, false)
	}
	return failed
}

// content is bytes that are not nil, which would be a removed file.
func content(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// take takes what a watcher tells.
func (f *follower) take(c watch.Change) {
	if c.Held != nil {
		f.o.Report(fmt.Errorf("the set %q is not taken: %w", c.Set, c.Held))
		return
	}
	if c.Torn != nil {
		f.o.Report(c.Torn)
	}
	if c.Set != "" && c.Recheck() != nil {
		return // it has changed again, and will be told, with all of the set
	}
	files, late := map[string][]byte{}, false
	for _, all := range [][]watch.File{c.Added, c.Changed, c.Files} {
		for _, file := range all {
			again := watch.Change{Changed: []watch.File{file}}
			if again.Recheck() != nil {
				late = true // it has changed again, and will be told
				if !c.Together {
					continue
				}
			}
			b := file.Data
			if b == nil && file.Size > 0 { // too large to be kept
				var err error
				if b, err = os.ReadFile(file.Path); err != nil {
					f.o.Report(err)
					return
				}
			}
			files[f.path(file)] = content(b)
		}
	}
	for _, file := range c.Removed {
		files[f.path(file)] = nil
	}
	together := c.Together
	f.kept = slices.DeleteFunc(f.kept, func(kept map[string][]byte) bool {
		// What comes now may mend it.
		if !slices.ContainsFunc(slices.Collect(maps.Keys(files)), func(p string) bool { _, of := kept[p]; return of }) {
			return false
		}
		for p, b := range kept {
			if _, newer := files[p]; !newer {
				files[p] = b
			}
		}
		together = true
		return true
	})
	if together && late || !f.apply(files, c.Set != "" || together) && together {
		f.kept = append(f.kept, files)
	}
}

// path is a file's name in the FS.
func (f *follower) path(file watch.File) string {
	rel, err := filepath.Rel(filepath.Clean(f.o.Dir), file.Path)
	if err != nil {
		return filepath.ToSlash(file.Path) // it was made by joining the two
	}
	return filepath.ToSlash(rel)
}

// apply changes the files of the FS. Those that do not decode stay as they are, and with
// them all, if they are one set: then it reports false.
func (f *follower) apply(files map[string][]byte, set bool) bool {
	files = maps.Clone(files)
	for len(files) > 0 {
		next, err := f.fsys.Snapshot().With(files)
		if err == nil {
			_, err = f.fsys.Replace(next)
		}
		if err == nil {
			return true
		}
		broken := reload.DecodeErrors(err)
		if len(broken) == 0 {
			f.o.Report(err)
			return false
		}
		for _, e := range broken {
			f.o.Report(e)
			delete(files, e.Path)
		}
		if set {
			return false
		}
	}
	return true
}
