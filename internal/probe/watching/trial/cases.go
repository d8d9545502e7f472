package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What is tried, and how much of it.
const (
	pieces   = 12
	pieceGap = 10 * time.Millisecond
	saves    = 100 // at most, of one kind, or as many as fit into the plan's budget, but
	fewest   = 3
	drain    = 4 * time.Second // for what the queue holds after a burst
	newDirs  = 50
	burst    = 20000 // files: more than the kernel keeps events of
	missesIn = 3     // after so many misses in a row a watch is lost
)

// gaps are those between the saves of two files that belong together.
var gaps = []time.Duration{time.Millisecond, 20 * time.Millisecond, 60 * time.Millisecond, 200 * time.Millisecond}

// trialCase is one kind of saves, watched in one way.
type trialCase struct {
	name, what string
	gap        time.Duration
	run        func(p *plan, dir string) (outcome, error)
}

// casesOf lists what the plan asks for. What is watched first stands for all where the
// kind of watch makes no difference.
func casesOf(p *plan) []trialCase {
	var all []trialCase
	add := func(name, what string, gap time.Duration, save saver) {
		c := trialCase{name: name, what: what, gap: gap}
		switch name {
		case "new-dirs":
			c.run = c.runNewDirs
		case "overflow":
			c.run = c.runOverflow
		case "set":
			c.run = c.runSet
		default:
			c.run = func(p *plan, dir string) (outcome, error) { return c.runSaves(p, dir, save) }
		}
		all = append(all, c)
	}
	for _, name := range p.Cases {
		switch name {
		case "slow-save":
			add(name, p.Whats[0], pieceGap, saveSlowly)
		case "write-file":
			add(name, p.Whats[0], 0, saveAtOnce)
		case "rename-save", "vim-save":
			save := saveOver
			if name == "vim-save" {
				save = saveAsVim
			}
			for _, what := range p.Whats {
				add(name, what, 0, save)
			}
		case "set":
			for _, g := range gaps {
				add(name, p.Whats[0], g, nil)
			}
		default:
			add(name, p.Whats[0], 0, nil)
		}
	}
	return all
}

// content is what save k of a file holds; whole says which save a content is of.
func content(k int) []byte {
	stamp := strconv.Itoa(k)
	return []byte(stamp + "\n" + strings.Repeat("gomedic reload-check\n", 3000) + stamp + "\n")
}

func whole(b []byte) (k int, ok bool) {
	first, _, _ := strings.Cut(string(b), "\n")
	k, err := strconv.Atoi(first)
	return k, err == nil && len(b) == len(content(k)) && strings.HasSuffix(string(b), "\n"+first+"\n")
}

// saver saves a file. ok: as fast as it should; a machine that stalls would say nothing
// about the project.
type saver func(path string, k int, patience time.Duration) (ok bool, err error)

func saveSlowly(path string, k int, patience time.Duration) (bool, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return false, err
	}
	defer f.Close()
	b, ok := content(k), true
	last := time.Now()
	size := len(b)/pieces + 1
	for piece := range slices.Chunk(b, size) {
		time.Sleep(pieceGap)
		if _, err := f.Write(piece); err != nil {
			return false, err
		}
		now := time.Now()
		if patience >= 2*pieceGap && now.Sub(last) > patience*3/4 {
			ok = false
		}
		last = now
	}
	return ok, f.Close()
}

func saveAtOnce(path string, k int, patience time.Duration) (bool, error) {
	begun := time.Now()
	err := os.WriteFile(path, content(k), 0o644)
	return patience == 0 || time.Since(begun) < patience*3/4, err
}

func saveOver(path string, k int, _ time.Duration) (bool, error) {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, content(k), 0o644); err != nil {
		return false, err
	}
	return true, os.Rename(tmp, path)
}

// saveAsVim is what vim does with backupcopy=no.
func saveAsVim(path string, k int, patience time.Duration) (bool, error) {
	if err := os.Rename(path, path+"~"); err != nil {
		return false, err
	}
	ok, err := saveAtOnce(path, k, patience)
	if err != nil {
		return false, err
	}
	if err := os.Chmod(path, 0o644); err != nil {
		return false, err
	}
	return ok, os.Remove(path + "~")
}

// counter counts what is loaded of one file.
type counter struct {
	outcome
	last int // the save whose content was loaded last
}

// patience is for how long a quiet project waits; only then a stall matters.
func patience(p *plan) time.Duration {
	if p.WaitKind == "quiet" {
		return p.Wait
	}
	return 0
}

// missTime is how long a load may take before the save counts as missed: on a machine
// at its limit, events come late.
func missTime(p *plan) time.Duration { return 2*time.Second + 3*p.Wait }

// runSaves saves one file again and again.
func (c trialCase) runSaves(p *plan, dir string, save saver) (o outcome, err error) {
	path := filepath.Join(dir, "subject.conf")
	if err := os.WriteFile(path, content(0), 0o644); err != nil {
		return outcome{}, err
	}
	var n counter
	watched := dir
	if c.what == "file" {
		watched = path
	}
	var r *project
	r, err = start(p, c.what, []string{watched}, func(data map[string][]byte) {
		b, ok := data[path]
		if data == nil {
			var err error
			b, err = os.ReadFile(path)
			ok = err == nil
		}
		if !ok {
			return
		}
		r.mu.Lock()
		n.count(b)
		r.mu.Unlock()
	})
	if err != nil {
		return outcome{}, err
	}
	defer func() { o.Stuck = r.end() || o.Stuck }()
	r.care(path)
	misses := 0
	for begun, k := time.Now(), 1; k <= saves && misses < missesIn && (k <= fewest || time.Since(begun) < p.Budget); k++ {
		r.mu.Lock()
		before := n.outcome
		r.mu.Unlock()
		ok, err := save(path, k, patience(p))
		if err != nil {
			return outcome{}, err
		}
		arrived := r.await(missTime(p), func() bool { return n.last == k })
		r.mu.Lock()
		if !ok {
			n.outcome = before // the machine stalled
		} else {
			n.Saves++
			misses++
			if arrived {
				misses = 0
			} else {
				n.Missed++
			}
		}
		r.mu.Unlock()
	}
	n.Case, n.What, n.Gap = c.name, c.what, c.gap
	return n.outcome, nil
}

func (n *counter) count(b []byte) {
	n.Loads++
	k, ok := whole(b)
	switch {
	case ok:
		n.Whole++
		n.last = k
	case len(b) == 0:
		n.Empty++
	default:
		n.Partial++
	}
}

// await waits until done holds and nothing more is due; false: it took too long.
func (r *project) await(within time.Duration, done func() bool) bool {
	for end := time.Now().Add(within); ; {
		r.mu.Lock()
		ok := done()
		r.mu.Unlock()
		if ok && r.quiet() {
			return true
		}
		if time.Now().After(end) {
			return ok
		}
		time.Sleep(time.Millisecond)
	}
}

// runNewDirs makes directories with a file in each at once.
func (c trialCase) runNewDirs(p *plan, dir string) (o outcome, err error) {
	r, err := start(p, c.what, []string{dir}, func(map[string][]byte) {})
	if err != nil {
		return outcome{}, err
	}
	defer func() { o.Stuck = r.end() || o.Stuck }()
	var files []string
	for i := range newDirs {
		d := filepath.Join(dir, fmt.Sprint("new", i))
		if err := os.Mkdir(d, 0o755); err != nil {
			return outcome{}, err
		}
		f := filepath.Join(d, "subject.conf")
		if err := os.WriteFile(f, []byte("x"), 0o644); err != nil {
			return outcome{}, err
		}
		files = append(files, f)
	}
	for end := time.Now().Add(missTime(p)); r.sawOf(files) < len(files) && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	saw := r.sawOf(files)
	return outcome{Case: c.name, What: c.what, Saves: len(files), Loads: saw, Whole: saw, Missed: len(files) - saw}, nil
}

// runOverflow writes more files than the system keeps events of, while the project is
// busy, and then one more.
func (c trialCase) runOverflow(p *plan, dir string) (o outcome, err error) {
	subject := filepath.Join(dir, "subject.conf")
	loaded := 0
	var r *project
	r, err = start(p, c.what, []string{dir}, func(data map[string][]byte) {
		if _, ok := data[subject]; data == nil || ok {
			r.mu.Lock()
			loaded++
			r.mu.Unlock()
		}
	})
	if err != nil {
		return outcome{}, err
	}
	defer func() { o.Stuck = r.end() || o.Stuck }()
	goOn := r.pause()
	var files []string
	for i := range burst {
		f := filepath.Join(dir, fmt.Sprint("burst", i))
		if err := os.WriteFile(f, []byte("x"), 0o644); err != nil {
			goOn()
			return outcome{}, err
		}
		files = append(files, f)
	}
	goOn()
	for end, before, since := time.Now().Add(drain), 0, time.Now(); time.Now().Before(end) && time.Since(since) < time.Second; {
		if saw := r.sawOf(files); saw != before {
			before, since = saw, time.Now()
		}
		if before == len(files) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	saw := r.sawOf(files)
	o = outcome{Case: c.name, What: c.what, Saves: len(files), Loads: saw, Whole: saw, Missed: len(files) - saw}
	// Is it still told of anything?
	r.mu.Lock()
	o.Overflow = r.lost
	before := loaded
	r.mu.Unlock()
	r.care(subject)
	for k := range fewest {
		if err := os.WriteFile(subject, content(k), 0o644); err != nil {
			return outcome{}, err
		}
		if o.Stuck = !r.await(missTime(p), func() bool { return loaded > before && r.seen[subject] }); !o.Stuck {
			break
		}
	}
	return o, nil
}

// runSet saves two files that belong together, one after the other.
func (c trialCase) runSet(p *plan, dir string) (o outcome, err error) {
	dir = filepath.Join(dir, "set")
	a, b := filepath.Join(dir, "a.conf"), filepath.Join(dir, "b.conf")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return outcome{}, err
	}
	for _, f := range []string{a, b} {
		if err := os.WriteFile(f, []byte("0"), 0o644); err != nil {
			return outcome{}, err
		}
	}
	o = outcome{Case: c.name, What: c.what, Gap: c.gap}
	last := 0
	var r *project
	watched := []string{dir}
	if c.what == "file" {
		watched = []string{a, b}
	}
	r, err = start(p, c.what, watched, func(data map[string][]byte) {
		if data == nil {
			data = map[string][]byte{}
			for _, f := range []string{a, b} {
				data[f], _ = os.ReadFile(f) // gone: torn from the other
			}
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		one, err1 := strconv.Atoi(string(data[a]))
		two, err2 := strconv.Atoi(string(data[b]))
		if err1 != nil || err2 != nil {
			return // partial, which another case counts
		}
		o.Loads++
		if one != two {
			o.Torn++
			return
		}
		o.Whole++
		last = one
	})
	if err != nil {
		return outcome{}, err
	}
	defer func() { o.Stuck = r.end() || o.Stuck }()
	r.care(a, b)
	misses := 0
	for begun, k := time.Now(), 1; k <= saves/4 && misses < missesIn && (k <= fewest || time.Since(begun) < p.Budget/2); k++ {
		r.mu.Lock()
		before := o
		r.mu.Unlock()
		at := time.Now()
		for i, f := range []string{a, b} {
			if i > 0 {
				time.Sleep(c.gap)
			}
			if err := os.WriteFile(f, []byte(strconv.Itoa(k)), 0o644); err != nil {
				return outcome{}, err
			}
		}
		stalled := patience(p) > c.gap && time.Since(at) > (c.gap+patience(p))/2
		arrived := r.await(missTime(p), func() bool { return last == k })
		r.mu.Lock()
		if stalled {
			o = before
		} else {
			o.Saves++
			misses++
			if arrived {
				misses = 0
			} else {
				o.Missed++
			}
		}
		r.mu.Unlock()
	}
	return o, nil
}
