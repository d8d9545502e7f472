// Command watch measures reload/watch beside fsnotify on this machine: whether a file
// is ever taken before it is whole, whether files that belong together are ever taken
// apart, and how long it takes from a save to its change. Run it from the module's root:
//
//	go run ./bench/watch -out bench/WATCH.md
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// measured is all that was measured.
type measured struct {
	saves    []loads
	sets     []loads
	latency  []latency
	when     time.Time
	load     [2]string
	saved    int // of saves, how many each got
	setsEach int
}

// loads counts how often something was loaded, and what of it was wrong.
type loads struct {
	what, by        string
	saves           int
	whole, partial  int
	last, lastWrong int // files whose last content was loaded, and was not
}

// latency is the time from the end of a save to when it was told, in microseconds.
type latency struct {
	what  string
	times []time.Duration
}

func main() {
	saves := flag.Int("saves", 10_000, "`number` of saves")
	sets := flag.Int("sets", 1000, "`number` of sets at each gap")
	single := flag.Int("single", 300, "`number` of saves whose time is measured")
	out := flag.String("out", "", "`file` for the tables; empty: standard output")
	flag.Parse()
	if err := run(*saves, *sets, *single, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench/watch:", err)
		os.Exit(1)
	}
}

func run(saves, sets, single int, out string) error {
	dir, err := os.MkdirTemp("", "bench-watch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m := &measured{when: time.Now(), saved: saves, setsEach: sets}
	m.load[0] = loadAverage()
	for _, by := range []watching{ours, theirs} {
		l, err := manySaves(filepath.Join(dir, "saves-"+by.name), by, saves)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%+v\n", l)
		m.saves = append(m.saves, l)
	}
	for _, gap := range []time.Duration{time.Millisecond, 20 * time.Millisecond, 60 * time.Millisecond, 200 * time.Millisecond} {
		for _, by := range []watching{consistent, ours, learned, debounced} {
			l, err := manySets(filepath.Join(dir, fmt.Sprint("sets-", by.name, gap)), by, sets, gap)
			if err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "%+v\n", l)
			m.sets = append(m.sets, l)
		}
	}
	if m.latency, err = latencies(filepath.Join(dir, "single"), single); err != nil {
		return err
	}
	m.load[1] = loadAverage()
	table := m.table()
	if out == "" {
		_, err = os.Stdout.WriteString(table)
		return err
	}
	return os.WriteFile(out, []byte(table), 0o644)
}

// content is what a file holds that can tell whether it is whole: its own length and
// hash first. stamp tells which save it is of.
func content(stamp string, size int) []byte {
	body := bytes.Repeat([]byte(stamp+" "), size/(len(stamp)+1)+1)
	sum := sha256.Sum256(body)
	return append(fmt.Appendf(nil, "%s %d %s\n", stamp, len(body), hex.EncodeToString(sum[:])), body...)
}

// naming is a content that names another file.
func naming(stamp string, size int, other string) []byte {
	body := append([]byte("goes with "+other+"\n"), bytes.Repeat([]byte(stamp+" "), size/(len(stamp)+1)+1)...)
	sum := sha256.Sum256(body)
	return append(fmt.Appendf(nil, "%s %d %s\n", stamp, len(body), hex.EncodeToString(sum[:])), body...)
}

// The files of a set: the first names the second.
const (
	theme = "theme.txt"
	icons = "icons.txt"
)

// stampOf returns the stamp of a whole content.
func stampOf(b []byte) (string, bool) {
	head, body, ok := bytes.Cut(b, []byte("\n"))
	f := strings.Fields(string(head))
	if !ok || len(f) != 3 {
		return "", false
	}
	sum := sha256.Sum256(body)
	return f[0], fmt.Sprint(len(body)) == f[1] && hex.EncodeToString(sum[:]) == f[2]
}

// The ways to save, of which editors and tools use one or the other.
var styles = []func(path string, b []byte) error{inPieces, inPlace, renamed}

// inPieces writes as a program does that makes what it writes: bit by bit.
func inPieces(path string, b []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	for piece := range slices.Chunk(b, len(b)/4+1) {
		if _, err := f.Write(piece); err != nil {
			f.Close()
			return err
		}
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
	}
	return f.Close()
}

func inPlace(path string, b []byte) error { return os.WriteFile(path, b, 0o644) }

func renamed(path string, b []byte) error {
	if err := inPieces(path+".tmp", b); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// Files are saved by several writers at the same time.
const writers = 20

// manySaves saves files in all ways, and counts what is loaded.
func manySaves(dir string, by watching, n int) (loads, error) {
	l := loads{what: "saves", by: by.name, saves: n}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return l, err
	}
	files := make([]string, writers)
	for i := range files {
		files[i] = filepath.Join(dir, fmt.Sprintf("file%d", i))
		if err := os.WriteFile(files[i], content("begin", 100), 0o644); err != nil {
			return l, err
		}
	}
	last := map[string]string{}
	w, err := by.watch([]string{dir}, nil, func(files map[string][]byte) {
		for path, b := range files {
			if filepath.Ext(path) == ".tmp" { // whoever loads these errs in another way
				continue
			}
			stamp, whole := stampOf(b)
			if !whole {
				l.partial++
				continue
			}
			l.whole++
			last[path] = stamp
		}
	})
	if err != nil {
		return l, err
	}
	errs := make(chan error, writers)
	for i := range writers {
		go func() {
			for k := i; k < n; k += writers {
				if err := styles[rand.IntN(len(styles))](files[i], content(fmt.Sprint("save", k), 2000+rand.IntN(60_000))); err != nil {
					errs <- err
					return
				}
				time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
			}
			errs <- nil
		}()
	}
	for range writers {
		if e := <-errs; e != nil {
			err = e
		}
	}
	w.settle()
	for _, path := range files {
		b, e := os.ReadFile(path)
		if e != nil {
			return l, e
		}
		if stamp, _ := stampOf(b); last[path] == stamp {
			l.last++
		} else {
			l.lastWrong++
		}
	}
	return l, err
}

// manySets saves pairs of files, the second some time after the first, and counts the
// pairs that were loaded apart.
func manySets(dir string, by watching, n int, gap time.Duration) (loads, error) {
	l := loads{what: gap.String(), by: by.name, saves: n}
	var dirs []string
	for i := range writers {
		d := filepath.Join(dir, fmt.Sprintf("set%d", i))
		if err := os.MkdirAll(d, 0o755); err != nil {
			return l, err
		}
		for name, b := range map[string][]byte{theme: naming("begin", 100, icons), icons: content("begin", 100)} {
			if err := os.WriteFile(filepath.Join(d, name), b, 0o644); err != nil {
				return l, err
			}
		}
		dirs = append(dirs, d)
	}
	last := map[string]string{}
	w, err := by.watch([]string{dir}, dirs, func(files map[string][]byte) {
		byDir, count := map[string]map[string]bool{}, map[string]int{}
		for path, b := range files {
			if filepath.Ext(path) == ".tmp" {
				continue
			}
			stamp, whole := stampOf(b)
			d := filepath.Dir(path)
			if byDir[d] == nil {
				byDir[d] = map[string]bool{}
			}
			byDir[d][stamp] = true
			count[d]++
			if !whole {
				byDir[d]["not whole"] = true
			}
			last[d] = stamp
		}
		for d, stamps := range byDir {
			if len(stamps) == 1 && count[d] == 2 { // both, of one save
				l.whole++
			} else {
				l.partial++
			}
		}
	})
	if err != nil {
		return l, err
	}
	errs := make(chan error, writers)
	for i, d := range dirs {
		go func() {
			for k := i; k < n; k += writers {
				stamp := fmt.Sprint("save", k)
				style := styles[rand.IntN(len(styles))]
				if err := style(filepath.Join(d, theme), naming(stamp, 3000, icons)); err != nil {
					errs <- err
					return
				}
				time.Sleep(gap)
				if err := style(filepath.Join(d, icons), content(stamp, 3000)); err != nil {
					errs <- err
					return
				}
				time.Sleep(pause) // a person looks at it
			}
			errs <- nil
		}()
	}
	for range writers {
		if e := <-errs; e != nil {
			err = e
		}
	}
	w.settle()
	for i, d := range dirs {
		want := fmt.Sprint("save", i+(n-1-i)/writers*writers)
		if n <= i {
			want = "begin"
		}
		if last[d] == want || n <= i {
			l.last++
		} else {
			l.lastWrong++
		}
	}
	return l, err
}

// pause is what lies between two saves of a set.
const pause = 600 * time.Millisecond

func loadAverage() string {
	b, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(b), " ")
	return first
}

func machine() string {
	b, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	release, _, _ := strings.Cut(strings.TrimSpace(string(b)), "-")
	return fmt.Sprintf("Linux %s, %d CPUs, %s", release, runtime.NumCPU(), runtime.Version())
}
