package main

import "github.com/fsnotify/fsnotify"

// library is fsnotify.
type library struct {
	w    *fsnotify.Watcher
	out  chan event
	done chan struct{}
}

func open(*plan) (backend, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	l := &library{w: w, out: make(chan event), done: make(chan struct{})}
	go func() {
		for e := range w.Events {
			told := event{name: e.Name}
			for _, o := range []struct {
				theirs fsnotify.Op
				ours   ops
			}{{fsnotify.Create, create}, {fsnotify.Write, write}, {fsnotify.Remove, remove}, {fsnotify.Rename, rename}, {fsnotify.Chmod, chmod}} {
				if e.Op&o.theirs != 0 {
					told.ops |= o.ours
				}
			}
			select {
			case l.out <- told:
			case <-l.done:
				return
			}
		}
	}()
	return l, nil
}

func (l *library) add(path, _ string) error { return l.w.Add(path) }
func (l *library) events() <-chan event     { return l.out }
func (l *library) errors() <-chan error     { return l.w.Errors }

func (l *library) close() {
	close(l.done)
	l.w.Close()
}
