//go:build !linux

package watch

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// notify is the backend of other systems.
type notify struct {
	w    *fsnotify.Watcher
	out  chan event
	stop chan struct{}
	done sync.WaitGroup
}

// LimitError says that the system lets nobody watch more.
type LimitError struct {
	Setting, Value string
	Err            error
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("too many files are watched (%s %s): %v", e.Setting, e.Value, e.Err)
}

func (e *LimitError) Unwrap() error { return e.Err }

func newBackend() (backend, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	b := &notify{w: w, out: make(chan event), stop: make(chan struct{})}
	b.done.Go(b.read)
	return b, nil
}

func (b *notify) add(dir string) error { return b.w.Add(dir) }
func (b *notify) events() <-chan event { return b.out }

func (b *notify) close() {
	close(b.stop)
	b.w.Close()
	b.done.Wait()
}

func (b *notify) read() {
	for {
		var e event
		select {
		case <-b.stop:
			return
		case err, ok := <-b.w.Errors:
			if !ok {
				return
			}
			e = event{op: overflow, err: err}
		case raw, ok := <-b.w.Events:
			if !ok {
				return
			}
			e.path = raw.Name
			switch {
			case raw.Has(fsnotify.Remove), raw.Has(fsnotify.Rename):
				e.op = gone
			default:
				e.op = made // whether its writer is done is not told
			}
		}
		select {
		case b.out <- e:
		case <-b.stop:
			return
		}
	}
}

// hasWriter cannot be told here: a file that was changed in the last moment is taken
// for one that is being written.
func hasWriter(f *os.File) bool {
	info, err := f.Stat()
	return err != nil || time.Since(info.ModTime()) < defaultQuiet
}
