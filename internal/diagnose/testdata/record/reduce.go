package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
)

// spared is how many goroutines without a part in the freeze are kept, so that
// the rules have something to pass over.
const spared = 12

// crowd is how many goroutines that only want to run are kept.
const crowd = 60

// queue is how many are kept in a program without a UI: who waits with whom is
// what its findings count.
const queue = 200

// reduce returns a copy of ev that holds what the rules need, and checks that
// the findings stay the same.
func reduce(ev *evidence.Evidence) (*evidence.Evidence, error) {
	before, err := findings(ev)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(ev)
	if err != nil {
		return nil, err
	}
	small := &evidence.Evidence{}
	if err := json.Unmarshal(b, small); err != nil {
		return nil, err
	}
	small.Target.Exe, small.Target.Modules, small.Target.StartedAt = "", nil, time.Time{}
	f := small.Freeze
	if f == nil {
		return nil, errors.New("the bundle has no evidence of a freeze")
	}
	keepInvolved(f)
	keepThreads(f)
	eachFrame(f, func(fr *evidence.Frame) {
		fr.PC = 0
		fr.File = relative(fr.File)
	})
	for i := range f.Children {
		f.Children[i].Args = ""
	}
	for i := range f.Sockets {
		f.Sockets[i].Local = relative(f.Sockets[i].Local)
	}
	after, err := findings(small)
	if err != nil {
		return nil, err
	}
	if before != after {
		return nil, fmt.Errorf("the reduced bundle gives other findings:\nwhole:   %s\nreduced: %s", before, after)
	}
	if b, err = json.Marshal(small); err != nil {
		return nil, err
	}
	if m := foreign.Find(b); m != nil {
		return nil, fmt.Errorf("a path of this machine is left: %s", m)
	}
	return small, nil
}

// foreign are paths that only a recording machine has.
var foreign = regexp.MustCompile(`"[^"]*/(root|home|work|Users)/[^"]*"|"/tmp/[^"]*/[^"]*"`)

// counted are the reasons that count goroutines which reduce drops.
var counted = regexp.MustCompile(`\d+ (running )?goroutines`)

// findings are the rules' findings as JSON, without the paths and the numbers
// that reduce changes.
func findings(ev *evidence.Evidence) (string, error) {
	fs := diagnose.Findings(ev)
	for i := range fs {
		if fs[i].Where != nil {
			fs[i].Where.Path = ""
		}
		if fs[i].Blocker != nil {
			fs[i].Blocker.Path = ""
		}
		for j := range fs[i].Chain {
			fs[i].Chain[j].Path = ""
		}
		for j := range fs[i].Alternatives {
			if p := fs[i].Alternatives[j].Place; p != nil {
				p.Path = ""
			}
		}
	}
	b, err := json.Marshal(fs)
	return counted.ReplaceAllString(temporary.ReplaceAllString(string(b), "/tmp/"), "goroutines"), err
}

// keepInvolved drops the goroutines that have no part in the freeze.
func keepInvolved(f *evidence.Freeze) {
	part := map[uint64]bool{}
	objects := map[uint64]bool{}
	for _, u := range f.UI {
		part[u.Goroutine] = true
	}
	for _, h := range f.Holds {
		part[h.Waiter], part[h.Holder], objects[h.Object.Addr] = true, true, true
	}
	for _, g := range f.Goroutines {
		if part[g.ID] {
			for _, o := range g.WaitsOn {
				objects[o.Addr] = true
			}
		}
	}
	delete(objects, 0)
	spare := spared
	if len(f.UI) == 0 {
		spare = queue
	}
	others, running := 0, 0
	var kept []evidence.Goroutine
	for _, g := range f.Goroutines {
		keep := part[g.ID]
		if g.Status == evidence.StatusRunning || g.Status == evidence.StatusRunnable || g.Status == evidence.StatusPreempted {
			if running++; running <= crowd {
				keep = true
			}
		}
		for _, o := range g.WaitsOn {
			keep = keep || objects[o.Addr]
		}
		if !keep && !g.System && others < spare {
			keep = true
			others++
		}
		if keep {
			kept = append(kept, g)
			part[g.ID] = true
		}
	}
	f.Goroutines = kept
	var earlier []evidence.Goroutine
	for _, g := range f.Earlier {
		if part[g.ID] {
			earlier = append(earlier, g)
		}
	}
	f.Earlier = earlier
}

// keepThreads drops the threads that run none of the kept goroutines.
func keepThreads(f *evidence.Freeze) {
	runs := map[int]bool{}
	for _, g := range f.Goroutines {
		runs[g.Thread] = true
	}
	var kept []evidence.Thread
	for _, t := range f.Threads {
		if runs[t.TID] {
			kept = append(kept, t)
		}
	}
	f.Threads = kept
}

func eachFrame(f *evidence.Freeze, visit func(*evidence.Frame)) {
	all := func(frames []evidence.Frame) {
		for i := range frames {
			visit(&frames[i])
		}
	}
	for i := range f.Stacks {
		all(f.Stacks[i])
	}
	for i := range f.Goroutines {
		all(f.Goroutines[i].Frames)
		if c := f.Goroutines[i].Created; c != nil {
			visit(c)
		}
	}
	for i := range f.Threads {
		all(f.Threads[i].C)
	}
}

// temporary are folders of one run.
var temporary = regexp.MustCompile(`/tmp/(?:[^/"]*/)+`)

// relative rewrites a path of the recording machine: a module's source to
// MODULE@VERSION/file.go, Go's own to src/…, the lab's to its folder there.
func relative(file string) string {
	if _, after, ok := strings.Cut(file, "/pkg/mod/"); ok {
		if _, src, toolchain := strings.Cut(after, "/src/"); toolchain && strings.HasPrefix(after, "golang.org/toolchain@") {
			return "src/" + src
		}
		return after
	}
	if _, after, ok := strings.Cut(file, "/go/src/"); ok {
		return "src/" + after
	}
	if _, after, ok := strings.Cut(file, "/lab/"); ok {
		return "lab/" + after
	}
	if strings.HasPrefix(file, "/tmp/") {
		return "/tmp/" + path.Base(file)
	}
	return file
}
