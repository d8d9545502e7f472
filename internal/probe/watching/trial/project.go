package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// ops are what happened to a path, as far as a library tells.
type ops uint

const (
	create ops = 1 << iota
	write
	remove
	rename
	chmod
	closed // its writer closed it
	moved  // it was moved here
)

var opsOf = map[string]ops{"create": create, "write": write, "remove": remove, "rename": rename,
	"chmod": chmod, "close-write": closed, "moved-to": moved}

// event is what a library told. data is there where the library reads the files itself.
type event struct {
	name string
	ops  ops
	data map[string][]byte
}

// backend is a watcher library.
type backend interface {
	add(path, what string) error
	events() <-chan event
	errors() <-chan error // nil: it has none
	close()
}

// project is a program that watches: it does with events what the real one does.
type project struct {
	p    *plan
	what string // is watched
	b    backend
	acts ops
	load func(data map[string][]byte) // of the files that it cares for; data as event has it

	mu      sync.Mutex
	cares   map[string]bool // paths; nil: all
	seen    map[string]bool // paths of which it was told
	told    time.Time       // when it was last told of something
	armed   bool
	lost    bool
	busy    chan chan struct{}
	stop    chan struct{}
	ended   chan struct{}
	last    time.Time
	again   map[string]int // files to watch again, and how often that was tried
	retries <-chan time.Time
}

// start watches paths.
func start(p *plan, what string, paths []string, load func(map[string][]byte)) (*project, error) {
	b, err := open(p)
	if err != nil {
		return nil, err
	}
	r := &project{p: p, what: what, b: b, load: load, seen: map[string]bool{}, busy: make(chan chan struct{}),
		stop: make(chan struct{}), ended: make(chan struct{}), again: map[string]int{}}
	for _, e := range p.Events {
		r.acts |= opsOf[e]
	}
	for _, path := range paths {
		if err := b.add(path, what); err != nil {
			b.close()
			return nil, err
		}
	}
	go r.run()
	return r, nil
}

// end ends the project. stuck: it waits for its library, which waits for it; then it is
// left as it stands.
func (r *project) end() (stuck bool) {
	close(r.stop)
	select {
	case <-r.ended:
	case <-time.After(2 * time.Second):
		return true
	}
	r.b.close()
	return false
}

// pause keeps the project busy until the function is called that it returns.
func (r *project) pause() (goOn func()) {
	until := make(chan struct{})
	r.busy <- until
	return func() { close(until) }
}

func (r *project) run() {
	defer close(r.ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	events := r.b.events()
	var errors <-chan error
	if r.p.Errors {
		errors = r.b.errors()
	}
	for {
		select { // what was told comes before what is due
		case e := <-events:
			r.take(e, timer)
			continue
		default:
		}
		select {
		case e := <-events:
			r.take(e, timer)
		case err := <-errors:
			if err != nil && strings.Contains(err.Error(), "overflow") {
				r.mu.Lock()
				r.lost = true
				r.mu.Unlock()
				if r.p.Overflow {
					r.due(timer)
				}
			}
		case <-timer.C:
			r.set(&r.armed, false)
			r.load(nil)
		case until := <-r.busy:
			<-until
		case <-r.retries:
			r.retry()
		case <-r.stop:
			return
		}
	}
}

func (r *project) set(b *bool, to bool) {
	r.mu.Lock()
	*b = to
	r.mu.Unlock()
}

// take does what the project does with an event.
func (r *project) take(e event, timer *time.Timer) {
	r.mu.Lock()
	r.told = time.Now()
	cares := r.cares == nil || r.cares[e.name]
	if cares {
		r.seen[e.name] = true
	}
	r.mu.Unlock()
	if e.data != nil {
		r.load(e.data)
		return
	}
	if r.p.NewDirs && e.ops&(create|moved) != 0 {
		if info, err := os.Lstat(e.name); err == nil && info.IsDir() {
			r.enter(e.name)
		}
	}
	if r.p.Readds && r.what == "file" && e.ops&(remove|rename) != 0 && cares {
		if r.p.Aside {
			go r.insist(e.name)
		} else {
			r.again[e.name] = 0
			r.retry()
		}
	}
	if cares && e.ops&r.acts != 0 {
		r.due(timer)
	}
}

// enter watches a directory that has appeared.
func (r *project) enter(dir string) {
	if r.p.Recursive || r.b.add(dir, "directory") != nil || !r.p.NewFiles {
		return
	}
	files, _ := os.ReadDir(dir) // it may be gone again
	for _, f := range files {
		r.mu.Lock()
		r.seen[filepath.Join(dir, f.Name())] = true
		r.mu.Unlock()
	}
}

// retry watches files again: the new one may take its time.
func (r *project) retry() {
	r.retries = nil
	for path, n := range r.again {
		if r.b.add(path, "file") == nil || n == 10 {
			delete(r.again, path)
			continue
		}
		r.again[path]++
		r.retries = time.After(50 * time.Millisecond)
	}
}

// insist is retry of a project that does it beside its events.
func (r *project) insist(path string) {
	for range 10 {
		if r.b.add(path, "file") == nil {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-r.stop:
			return
		}
	}
}

// due loads, now or later.
func (r *project) due(timer *time.Timer) {
	switch r.p.WaitKind {
	case "quiet":
		timer.Reset(r.p.Wait)
		r.set(&r.armed, true)
	case "sleep":
		r.mu.Lock()
		armed := r.armed
		r.armed = true
		r.mu.Unlock()
		if !armed {
			timer.Reset(r.p.Wait)
		}
	case "skip":
		if time.Since(r.last) < r.p.Wait {
			return
		}
		r.last = time.Now()
		r.load(nil)
	default: // at once; of a library that polls, when it looks
		r.load(nil)
	}
}

// quiet reports whether nothing is due, and nothing was told for a while.
func (r *project) quiet() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.armed && time.Since(r.told) > 4*time.Millisecond
}

// care sets the files that matter.
func (r *project) care(paths ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cares = map[string]bool{}
	for _, p := range paths {
		r.cares[p] = true
	}
}

// sawOf is of how many of the paths it was told.
func (r *project) sawOf(paths []string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, p := range slices.Compact(paths) {
		if r.seen[p] {
			n++
		}
	}
	return n
}
