package watch

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// burst is files that belong together by what they say, of which some have changed.
type burst struct {
	members map[string]bool     // all that belong together
	before  map[string]File     // those that changed, as they were; without a path: they were not there
	named   map[string][]string // of these: what they named before
	began   time.Time
	last    time.Time // when something last happened to one of them
	torn    *TornError
}

// taken is a burst that was told.
type taken struct {
	*burst
	at time.Time
}

// TornError says that files that belong together were told of at different times, so
// that who loads them at once has them from different saves for a while.
type TornError struct {
	First string        // was told of first
	Then  string        // came after it
	Gap   time.Duration // between the two saves
	// Missing, instead of Then: First names it, and it is not there.
	Missing string
}

func (e *TornError) Error() string {
	if e.Missing != "" {
		return fmt.Sprintf("reload/torn-set: %s names %s, which is not there", e.First, e.Missing)
	}
	return fmt.Sprintf("reload/torn-set: %s was saved %d ms after %s, which belongs to it and had been taken already", e.Then, e.Gap.Milliseconds(), e.First)
}

// longestHold is how long a burst waits for a file that is being written all the time.
const longestHold = 3 * time.Second

// noteLearnt notes that a file has changed at a time, from what it was, and reports
// whether it belongs to others, so that it is told with them. named is what it named.
func (w *Watcher) noteLearnt(path string, before File, named []string, at time.Time) bool {
	if w.relations == nil {
		return false
	}
	members := w.relations.of(path, w.index)
	for p := range w.relations.of(path, map[string]File{path: {}}) {
		members[p] = true // who named it, if it is gone
	}
	for _, name := range named { // and what it named
		for _, p := range w.relations.places(path, name) {
			if _, there := w.index[p]; there {
				members[p] = true
			}
		}
	}
	if len(members) < 2 && !slices.ContainsFunc(w.bursts, func(b *burst) bool { return b.members[path] }) {
		return false
	}
	var b *burst
	w.bursts = slices.DeleteFunc(w.bursts, func(o *burst) bool {
		if !overlap(o.members, members) {
			return false
		}
		if b == nil {
			b = o
			return false
		}
		maps.Copy(b.members, o.members) // one that joins two
		maps.Copy(b.before, o.before)
		maps.Copy(b.named, o.named)
		b.began = earlier(b.began, o.began)
		if o.last.After(b.last) {
			b.last = o.last
		}
		return true
	})
	if b == nil {
		b = &burst{members: map[string]bool{}, before: map[string]File{}, named: map[string][]string{}, began: at, last: at}
		w.bursts = append(w.bursts, b)
	}
	maps.Copy(b.members, members)
	if _, again := b.before[path]; !again {
		b.before[path], b.named[path] = before, named
	}
	if at.After(b.last) {
		b.last = at
	}
	w.compare(b, path, at)
	return true
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func overlap(a, b map[string]bool) bool {
	for p := range a {
		if b[p] {
			return true
		}
	}
	return false
}

// compare looks whether a file belongs to what was told a moment ago.
func (w *Watcher) compare(b *burst, path string, at time.Time) {
	w.told = slices.DeleteFunc(w.told, func(t taken) bool { return at.Sub(t.last) >= 2*w.o.Grace })
	for _, t := range w.told {
		gap := at.Sub(t.last)
		if _, itself := t.before[path]; itself || !t.members[path] || gap < 0 || gap >= w.o.Grace {
			continue
		}
		first := slices.Min(slices.Collect(maps.Keys(t.before)))
		for p := range t.before {
			w.habits.correct(p)
		}
		w.habits.Together(path)
		if b.torn == nil {
			b.torn = &TornError{First: first, Then: path, Gap: gap}
		}
	}
}

// waits reports whether a burst is not complete, as far as can be told, and until when
// it is waited for.
func (w *Watcher) waits(b *burst) (missing string, waits bool) {
	all := true
	for p := range b.members {
		_, changed := b.before[p]
		_, there := w.index[p]
		all = all && (changed || !there)
	}
	for p := range b.before {
		if missing := w.relations.missing(p, b.named[p], w.index); missing != "" {
			return missing, true
		}
	}
	if all {
		return "", false
	}
	for p := range b.before {
		if w.habits.Waits(p) && !w.siblingsAlone(p, b) {
			return "", true
		}
	}
	return "", false
}

// siblingsAlone reports whether a file that nothing is known of belongs to the others
// only because one pattern of //go:embed takes them all in, and those of them that were
// saved were saved alone: then they are a folder rather than a set.
func (w *Watcher) siblingsAlone(path string, b *burst) bool {
	if w.habits.Knows(path) || w.relations.linked(path, w.index) {
		return false
	}
	known := false
	for p := range b.members {
		if w.habits.Knows(p) {
			if known = true; w.habits.Waits(p) {
				return false
			}
		}
	}
	return known
}

// settleLearnt returns the changes of bursts that can be taken.
func (w *Watcher) settleLearnt(now time.Time) (out []Change) {
	w.bursts = slices.DeleteFunc(w.bursts, func(b *burst) bool {
		if now.Sub(b.began) < longestHold {
			for p := range w.pending {
				if b.members[p] || overlap(w.relations.of(p, w.index), b.members) {
					return false // something happens to it
				}
			}
		}
		missing, waits := w.waits(b)
		if waits && now.Sub(b.last) < w.o.Grace {
			return false
		}
		c, ok := w.burstChange(b, now)
		if !ok {
			return false
		}
		if changed := len(c.Added) + len(c.Changed) + len(c.Removed); changed == 0 {
			return true // all is as it was
		} else if c.Together = changed > 1; c.Together {
			w.habits.Together(slices.Collect(maps.Keys(b.before))...)
		} else if b.torn == nil {
			for p := range b.before {
				w.habits.Alone(p)
			}
		}
		if b.torn == nil && missing != "" {
			b.torn = &TornError{Missing: missing}
			for p := range b.before {
				if w.relations.missing(p, b.named[p], w.index) != "" {
					b.torn.First = p
				}
			}
		}
		if c.Torn = b.torn; waits {
			c.Waited = now.Sub(b.last)
		}
		w.told = append(w.told, taken{b, now})
		out = append(out, c)
		return true
	})
	return out
}

// burstChange reads what changed, twice: those read first may change while the others
// are read.
func (w *Watcher) burstChange(b *burst, now time.Time) (Change, bool) {
	c := Change{At: now, Rescanned: w.lost}
	for range 2 {
		c.Added, c.Changed, c.Removed = nil, nil, nil
		for path, before := range b.before {
			f, state, err := readFile(path, w.o.MaxData)
			known, there := w.index[path]
			switch {
			case err == nil && state == absent && !there:
				if before.Path != "" {
					c.Removed = append(c.Removed, before)
				}
			case err != nil || state != whole || !there || f.Hash != known.Hash:
				w.pending[path] = now
				return c, false
			case before.Path == "":
				c.Added = append(c.Added, f)
			case f.Hash != before.Hash:
				c.Changed = append(c.Changed, f)
			}
		}
	}
	for _, list := range [][]File{c.Added, c.Changed, c.Removed} {
		slices.SortFunc(list, byPath)
	}
	return c, true
}
