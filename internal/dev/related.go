package dev

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/reload/classify"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/reload/watch"
)

// defaultGrace is how long after a save others are waited for that may belong to it: a rename
// over several files, a generator's. Meanwhile the change is built; what waits is the
// step that has an effect.
const defaultGrace = 400 * time.Millisecond

// mostMore is how often one change is begun anew, because more came.
const mostMore = 8

// related is what is known of files that are saved together.
type related struct {
	habits watch.Habits
	saved  map[string]time.Time // the files of the change that is being taken in
	more   map[string][]byte    // came meanwhile
	anew   bool                 // what came belongs to the change
	again  int                  // how often that was

	last map[string]time.Time // those of the change before, if it was taken in
}

// saves notes the files of a change that concern the program.
func (s *session) saves(files map[string][]byte, began time.Time) {
	if s.related.saved == nil {
		s.related.saved = map[string]time.Time{}
	}
	for path, b := range files {
		if !s.concerns(path) {
			continue
		}
		at := began
		if st, err := os.Stat(path); err == nil && b != nil && st.ModTime().Before(time.Now()) && time.Since(st.ModTime()) < time.Minute {
			at = st.ModTime()
		}
		s.related.saved[path] = at
	}
}

// concerns reports whether a file may change what the program does.
func (s *session) concerns(path string) bool {
	if s.source != nil {
		return s.source.Concerns(path)
	}
	name := filepath.Base(path)
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") || name == "go.mod" || name == "go.work"
}

// complete waits, before a step that has an effect, until what belongs to the change
// should have been saved as well, and compares the source once more. It reports false
// if more has come: then the change is begun anew, with all.
func (s *session) complete(ctx context.Context, c *Chain) bool {
	r := &s.related
	if r.again >= mostMore || s.w == nil {
		return true
	}
	var last time.Time
	waits := false
	for path, at := range r.saved {
		waits = waits || s.related.habits.Waits(path)
		if at.After(last) {
			last = at
		}
	}
	began := time.Now()
	var until time.Duration
	if waits {
		until = time.Until(last.Add(s.o.Grace))
	}
	if path := s.stale(); path != "" { // the watcher is about to tell
		until = max(until, time.Second)
	}
	late := time.NewTimer(max(until, 0))
	defer late.Stop()
	defer func() {
		if took := time.Since(began); took > 5*time.Millisecond {
			c.add(StageRelated, took)
		}
	}()
	for {
		var change watch.Change
		ok := true
		select {
		case change, ok = <-s.w.Changes(): // before the time is looked at
		default:
			select {
			case <-ctx.Done():
				return true
			case change, ok = <-s.w.Changes():
			case <-late.C:
				return true
			}
		}
		if !ok {
			return true // next will say why
		}
		files, at := s.gather(change)
		s.withoutOwn(files)
		if r.more == nil {
			r.more = map[string][]byte{}
		}
		maps.Copy(r.more, files)
		if slices.ContainsFunc(slices.Collect(maps.Keys(files)), s.concerns) {
			s.saves(files, at)
			r.again++
			r.anew = true
			return false
		}
	}
}

// stale is a file of the source that is another by now than what was classified.
func (s *session) stale() string {
	if s.source == nil {
		return ""
	}
	since := time.Now().Add(-time.Minute)
	return s.source.Stale(s.waiting, since)
}

// took notes how a change ended: which files were saved alone, and which together. What
// belongs to the change before, and was not in it, is told of.
func (s *session) took(c *Chain) {
	r := &s.related
	for path, at := range r.saved {
		for before, then := range r.last {
			if _, itself := r.last[path]; itself || !at.After(then) || at.Sub(then) >= s.o.Grace {
				continue
			}
			if c.Torn == nil && c.Outcome != Failed {
				c.Torn = &Torn{First: s.short(before), Then: s.short(path), GapMS: ms(at.Sub(then))}
			}
			r.habits.Together(path, before)
		}
	}
	switch all := slices.Collect(maps.Keys(r.saved)); {
	case len(all) > 1:
		r.habits.Together(all...)
	case len(all) == 1 && c.Torn == nil:
		r.habits.Alone(all[0])
	}
	if len(r.saved) > 0 {
		r.last = nil
		if c.Outcome != Failed && c.Action != classify.Skip.String() { // what was not taken in comes along with the next
			r.last = r.saved
		}
	}
	r.saved, r.again = nil, 0
}

// Torn says that files were taken one after the other that were saved together.
type Torn struct {
	First string  `json:"first"` // was taken already
	Then  string  `json:"then"`
	GapMS float64 `json:"gap_ms"` // between the two saves
}

// Text says it.
func (t *Torn) Text() text.Text {
	return text.T("dev.torn", t.Then, int(t.GapMS), t.First)
}
