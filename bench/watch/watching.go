package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/gomedic/gomedic/reload/watch"
)

// watching is a way to watch. load is called with what was read, by path, one call at
// a time; sets are the directories whose files belong together.
type watching struct {
	name  string
	watch func(dirs, sets []string, load func(map[string][]byte)) (*watched, error)
}

// watched can be asked to wait until all is told, and to end.
type watched struct {
	settle func()
}

const (
	settleFor = 2 * time.Second
	// What a debounce waits for; what many tools take.
	debounce = 20 * time.Millisecond
)

var (
	ours       = watching{"reload/watch", func(d, s []string, l func(map[string][]byte)) (*watched, error) { return watchOurs(d, s, declared, l) }}
	consistent = watching{"reload/watch, Consistent", func(d, s []string, l func(map[string][]byte)) (*watched, error) { return watchOurs(d, s, asked, l) }}
	learned    = watching{"reload/watch, learned", func(d, s []string, l func(map[string][]byte)) (*watched, error) { return watchOurs(d, s, learns, l) }}
	theirs     = watching{"fsnotify, loading at each write", func(d, s []string, l func(map[string][]byte)) (*watched, error) { return watchTheirs(d, s, 0, l) }}
	debounced  = watching{"fsnotify, 20 ms of quiet", func(d, s []string, l func(map[string][]byte)) (*watched, error) {
		return watchTheirs(d, s, debounce, l)
	}}
)

// How reload/watch knows which files are a set.
const (
	declared = iota // by Options.Sets
	asked           // and is told when they belong together
	learns          // from what the files say
)

func watchOurs(dirs, sets []string, known int, load func(map[string][]byte)) (*watched, error) {
	o := watch.Options{Dirs: dirs, NoGitignore: true, Learn: known == learns}
	if o.Learn {
		sets = nil
	}
	for _, d := range sets {
		name := filepath.Base(d)
		s := watch.Set{Name: name, Match: func(path string) bool {
			return strings.HasPrefix(path, name+"/") && filepath.Ext(path) != ".tmp"
		}}
		if known == asked {
			s.Consistent = func(data map[string][]byte) error {
				stamps := map[string]bool{}
				for path, b := range data {
					stamp, whole := stampOf(b)
					if !whole {
						return fmt.Errorf("%s is not whole", path)
					}
					stamps[stamp] = true
				}
				if len(stamps) != 1 {
					return errors.New("they are of two saves")
				}
				return nil
			}
		}
		o.Sets = append(o.Sets, s)
	}
	w, err := watch.New(o)
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for c := range w.Changes() {
			if c.Held != nil {
				continue
			}
			files := map[string][]byte{}
			for _, f := range slices.Concat(c.Added, c.Changed, c.Files) {
				files[f.Path] = f.Data
			}
			load(files)
		}
	}()
	return &watched{settle: func() {
		time.Sleep(settleFor)
		w.Close()
		<-done
	}}, nil
}

// watchTheirs loads what fsnotify tells of, as most programs do: at each event, or
// after none has come for a while.
func watchTheirs(dirs, sets []string, quiet time.Duration, load func(map[string][]byte)) (*watched, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	for _, d := range slices.Concat(dirs, sets) {
		if err := w.Add(d); err != nil {
			w.Close()
			return nil, err
		}
	}
	read := func(paths []string) {
		files := map[string][]byte{}
		for _, p := range paths {
			if b, err := os.ReadFile(p); err == nil {
				files[p] = b
			}
		}
		load(files)
	}
	inSet := func(path string) []string {
		return []string{filepath.Join(filepath.Dir(path), theme), filepath.Join(filepath.Dir(path), icons)}
	}
	var mu sync.Mutex // load is called by timers, too
	timers := map[string]*time.Timer{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e := range w.Events {
			if filepath.Ext(e.Name) == ".tmp" || !e.Has(fsnotify.Write) && !e.Has(fsnotify.Create) {
				continue
			}
			if quiet == 0 {
				read([]string{e.Name})
				continue
			}
			key := filepath.Dir(e.Name)
			if t := timers[key]; t != nil {
				t.Stop()
			}
			timers[key] = time.AfterFunc(quiet, func() {
				mu.Lock()
				defer mu.Unlock()
				read(inSet(e.Name))
			})
		}
	}()
	go func() {
		for range w.Errors { // overflows
		}
	}()
	return &watched{settle: func() {
		time.Sleep(settleFor)
		w.Close()
		<-done
		mu.Lock()
		defer mu.Unlock()
	}}, nil
}

// latencies measures saves one by one.
func latencies(dir string, n int) ([]latency, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, content("begin", 100), 0o644); err != nil {
		return nil, err
	}
	told := make(chan time.Time, 100)
	w, err := watch.New(watch.Options{Dirs: []string{dir}, NoGitignore: true})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	go func() {
		for range w.Changes() {
			told <- time.Now()
		}
	}()
	f, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.Add(dir); err != nil {
		return nil, err
	}
	first := make(chan time.Time, 1000)
	go func() {
		for e := range f.Events {
			if e.Has(fsnotify.Write) || e.Has(fsnotify.Create) {
				first <- time.Now()
			}
		}
	}()
	out := []latency{{what: "reload/watch: the change, read and whole"}, {what: "fsnotify: the last event of the save"}}
	for k := range n {
		if err := inPlace(path, content(fmt.Sprint("save", k), 20_000)); err != nil {
			return nil, err
		}
		at := time.Now()
		select {
		case t := <-told:
			out[0].times = append(out[0].times, t.Sub(at))
		case <-time.After(5 * time.Second):
			return nil, errors.New("a save was not told")
		}
		var last time.Time
		for len(first) > 0 {
			last = <-first
		}
		out[1].times = append(out[1].times, last.Sub(at))
		time.Sleep(30 * time.Millisecond)
	}
	return out, nil
}
