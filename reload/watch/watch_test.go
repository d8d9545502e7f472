package watch

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// late is when a test gives up: far later than anything takes.
const late = 30 * time.Second

func start(t testing.TB, o Options) *Watcher {
	t.Helper()
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// said are the changes of what was done before, one line for each file: "+ name
// content", "* name content", "- name". A mark is made and removed: that it is gone is
// told later than all that happened before, as a removal waits the longest.
func said(t testing.TB, w *Watcher, dir string) []string {
	t.Helper()
	mark := filepath.Join(dir, fmt.Sprintf("mark-%d", time.Now().UnixNano()))
	write(t, mark, "mark")
	var out []string
	timeout := time.After(late)
	for {
		select {
		case c, ok := <-w.Changes():
			if !ok {
				t.Fatalf("it ended: %v", w.Err())
			}
			over := false
			for _, part := range []struct {
				sign string
				list []File
			}{{"+", c.Added}, {"*", c.Changed}, {"-", c.Removed}} {
				for _, f := range part.list {
					if f.Path == mark {
						if part.sign == "-" {
							over = true
						} else if err := os.Remove(mark); err != nil {
							t.Fatal(err)
						}
						continue
					}
					if part.sign != "-" && sha256.Sum256(f.Data) != f.Hash {
						t.Errorf("%s: content and hash differ", f.Path)
					}
					rel, _ := filepath.Rel(dir, f.Path)
					out = append(out, strings.TrimSpace(part.sign+" "+filepath.ToSlash(rel)+" "+string(f.Data)))
				}
			}
			if over {
				return out
			}
		case <-timeout:
			t.Fatalf("no change in %v; until then %v", late, out)
		}
	}
}

// Each way to save is one change, and no file that an editor makes on the way is.
func TestSaveStyles(t *testing.T) {
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		save func(t *testing.T, path string)
		want string // "": as "* a.txt new"
	}{
		{name: "in place", save: func(t *testing.T, p string) { write(t, p, "new") }},
		{name: "in pieces", save: func(t *testing.T, p string) {
			f, err := os.OpenFile(p, os.O_WRONLY|os.O_TRUNC, 0)
			must(err)
			for _, b := range []byte("new") {
				_, err := f.Write([]byte{b})
				must(err)
				time.Sleep(3 * defaultQuiet)
			}
			must(f.Close())
		}},
		{name: "rename over", save: func(t *testing.T, p string) {
			write(t, p+".tmp-1", "new")
			must(os.Rename(p+".tmp-1", p))
		}, want: "* a.txt new"},
		{name: "vim with a backup", save: func(t *testing.T, p string) {
			write(t, filepath.Join(filepath.Dir(p), "4913"), "")
			must(os.Remove(filepath.Join(filepath.Dir(p), "4913")))
			must(os.Rename(p, p+"~"))
			time.Sleep(2 * defaultQuiet)
			write(t, p, "new")
			must(os.Remove(p + "~"))
		}},
		{name: "emacs", save: func(t *testing.T, p string) {
			must(os.Symlink("user@host.1:2", filepath.Join(filepath.Dir(p), ".#a.txt")))
			write(t, filepath.Join(filepath.Dir(p), "#a.txt#"), "ne")
			must(os.Rename(p, p+"~"))
			write(t, p, "new")
			must(os.Remove(filepath.Join(filepath.Dir(p), ".#a.txt")))
			must(os.Remove(filepath.Join(filepath.Dir(p), "#a.txt#")))
		}},
		{name: "JetBrains", save: func(t *testing.T, p string) {
			write(t, p+"___jb_tmp___", "new")
			must(os.Rename(p, p+"___jb_old___"))
			must(os.Rename(p+"___jb_tmp___", p))
			must(os.Remove(p + "___jb_old___"))
		}},
		{name: "removed and made anew", save: func(t *testing.T, p string) {
			must(os.Remove(p))
			write(t, p, "new")
		}},
		{name: "a hard link over it", save: func(t *testing.T, p string) {
			other := filepath.Join(t.TempDir(), "b")
			write(t, other, "new")
			must(os.Remove(p))
			must(os.Link(other, p))
		}},
		{name: "a link to another file", save: func(t *testing.T, p string) {
			other := filepath.Join(t.TempDir(), "b")
			write(t, other, "new")
			must(os.Symlink(other, p+".tmp-x"))
			must(os.Rename(p+".tmp-x", p))
		}},
		{name: "touched", want: "nothing", save: func(t *testing.T, p string) { must(os.Chtimes(p, time.Now(), time.Now())) }},
		{name: "the same again", want: "nothing", save: func(t *testing.T, p string) { write(t, p, "old") }},
		{name: "changed and changed back", want: "nothing", save: func(t *testing.T, p string) {
			write(t, p, "new")
			write(t, p, "old")
		}},
		{name: "removed", want: "- a.txt", save: func(t *testing.T, p string) { must(os.Remove(p)) }},
		{name: "moved", want: "+ b.txt old, - a.txt", save: func(t *testing.T, p string) {
			must(os.Rename(p, filepath.Join(filepath.Dir(p), "b.txt")))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "a.txt")
			write(t, path, "old")
			w := start(t, Options{Dirs: []string{dir}, Ignore: func(p string, _ bool) bool { return strings.Contains(p, ".tmp-") }})
			tt.save(t, path)
			got := said(t, w, dir)
			slices.Sort(got)
			want := tt.want
			if want == "" {
				want = "* a.txt new"
			}
			if want == "nothing" {
				want = ""
			}
			if s := strings.Join(got, ", "); s != want {
				t.Errorf("said %q, want %q", s, want)
			}
		})
	}
}

// A file is never taken in the middle of being written, however slowly that is done.
func TestNoPartialReads(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	whole := func(n int) string { return strings.Repeat(fmt.Sprintf("%08d\n", n), 1000) }
	write(t, path, whole(0))
	w := start(t, Options{Dirs: []string{dir}, Quiet: 2 * time.Millisecond})
	const saves = 40
	go func() {
		for n := 1; n <= saves; n++ {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
			if err != nil {
				t.Error(err)
				return
			}
			for s := whole(n); s != ""; {
				k := min(len(s), 1500)
				f.WriteString(s[:k])
				s = s[k:]
				time.Sleep(time.Duration(n%7) * time.Millisecond)
			}
			f.Close()
			time.Sleep(time.Duration(n%5) * time.Millisecond)
		}
	}()
	last := whole(saves)
	timeout := time.After(late)
	for n := 0; ; {
		select {
		case c := <-w.Changes():
			for _, f := range slices.Concat(c.Added, c.Changed) {
				n++
				if s := string(f.Data); len(s) != 9000 || s != strings.Repeat(s[:9], 1000) {
					t.Fatalf("taken in the middle: %d bytes", len(s))
				}
				if string(f.Data) == last {
					t.Logf("%d of %d saves were told", n, saves)
					return
				}
			}
			if len(c.Removed) > 0 {
				t.Fatal("it was never gone")
			}
		case <-timeout:
			t.Fatal("the last save was not told")
		}
	}
}

// New directories are watched from the first file on, also a whole tree at once.
func TestNewDirectories(t *testing.T) {
	dir, apart := t.TempDir(), t.TempDir()
	w := start(t, Options{Dirs: []string{dir}})
	var want []string
	for i := range 25 {
		d := filepath.Join(dir, fmt.Sprint("d", i), "deep", "er")
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(d, "a"), fmt.Sprint(i))
		want = append(want, fmt.Sprintf("+ d%d/deep/er/a %d", i, i))
	}
	for i := range 25 {
		d := filepath.Join(apart, "e", fmt.Sprint(i))
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(d, "a"), fmt.Sprint(i))
		want = append(want, fmt.Sprintf("+ e/%d/a %d", i, i))
	}
	if err := os.Rename(filepath.Join(apart, "e"), filepath.Join(dir, "e")); err != nil {
		t.Fatal(err)
	}
	got := said(t, w, dir)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("said %d: %q, want %d", len(got), got, len(want))
	}
	// Removed, and made anew, they are watched again; moved away, no longer.
	if err := os.RemoveAll(filepath.Join(dir, "d0")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "e"), filepath.Join(apart, "e")); err != nil {
		t.Fatal(err)
	}
	if got := said(t, w, dir); len(got) != 26 || !slices.Contains(got, "- d0/deep/er/a") {
		t.Errorf("said %q", got)
	}
	write(t, filepath.Join(apart, "e", "0", "a"), "elsewhere")
	if err := os.MkdirAll(filepath.Join(dir, "d0"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "d0", "b"), "again")
	if got := said(t, w, dir); !slices.Equal(got, []string{"+ d0/b again"}) {
		t.Errorf("said %q", got)
	}
}

// What is ignored is not told of, and what no longer is, is.
func TestIgnored(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{".git", "build", "src/build", "src/keep"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, ".gitignore"), "/build\n*.log\n!keep.log\n")
	write(t, filepath.Join(dir, "src", ".gitignore"), "keep/*.bin\n")
	w := start(t, Options{Dirs: []string{dir}, Ignore: func(p string, dir bool) bool { return p == "src/own" }})
	for _, f := range []string{".git/HEAD", "build/a", "a.log", "keep.log", "src/build/a", "src/keep/a.bin", "src/keep/a.go", "src/own", "x.go~", ".x.go.swp", "x.go"} {
		write(t, filepath.Join(dir, f), "1")
	}
	got := said(t, w, dir)
	slices.Sort(got)
	if want := []string{"+ keep.log 1", "+ src/build/a 1", "+ src/keep/a.go 1", "+ x.go 1"}; !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
}

// torn saves two files of a set with a gap between them, and returns how often a
// mixture was taken, and how often the set.
func torn(t testing.TB, gap time.Duration, rounds int, consistent bool) (mixed, taken int) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "theme.json"), filepath.Join(dir, "icon.svg")
	write(t, a, "0")
	write(t, b, "0")
	s := Set{Name: "theme", Match: func(p string) bool { return p == "theme.json" || p == "icon.svg" }}
	if consistent {
		s.Consistent = func(data map[string][]byte) error {
			if string(data["theme.json"]) != string(data["icon.svg"]) {
				return errors.New("of two versions")
			}
			return nil
		}
	}
	w := start(t, Options{Dirs: []string{dir}, Sets: []Set{s}})
	for n := 1; n <= rounds; n++ {
		one, other := a, b
		if n%2 == 0 {
			one, other = b, a
		}
		write(t, one, fmt.Sprint(n))
		time.Sleep(gap)
		write(t, other, fmt.Sprint(n))
		timeout := time.After(late)
		for done := false; !done; {
			select {
			case c := <-w.Changes():
				if c.Held != nil {
					continue
				}
				if c.Set != "theme" || len(c.Files) != 2 {
					t.Fatalf("%+v", c)
				}
				taken++
				if err := c.Recheck(); err != nil {
					t.Error(err)
				}
				if string(c.Files[0].Data) != string(c.Files[1].Data) {
					mixed++
				} else if string(c.Files[0].Data) == fmt.Sprint(n) {
					done = true
				}
			case <-timeout:
				t.Fatalf("round %d: the set was not taken", n)
			}
		}
	}
	return mixed, taken
}

func TestTornSets(t *testing.T) {
	for _, gap := range []time.Duration{1, 20, 60, 200} {
		for _, consistent := range []bool{false, true} {
			if !consistent && gap*time.Millisecond > defaultGrace/4 {
				continue // on a busy machine a gap may become several times as long
			}
			t.Run(fmt.Sprintf("%d ms, consistent %v", gap, consistent), func(t *testing.T) {
				t.Parallel()
				if mixed, taken := torn(t, gap*time.Millisecond, 15, consistent); mixed > 0 || taken != 15 {
					t.Errorf("%d of %d were torn", mixed, taken)
				}
			})
		}
	}
}

// A file of a set that is saved alone is taken as well, with all others.
func TestOneOfASet(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.png"), "1")
	write(t, filepath.Join(dir, "b.png"), "1")
	w := start(t, Options{Dirs: []string{dir}, Sets: []Set{{Name: "icons", Match: func(p string) bool { return strings.HasSuffix(p, ".png") }}}})
	write(t, filepath.Join(dir, "b.png"), "2")
	select {
	case c := <-w.Changes():
		if c.Set != "icons" || len(c.Changed) != 1 || len(c.Files) != 2 || string(c.Files[0].Data)+string(c.Files[1].Data) != "12" {
			t.Errorf("%+v", c)
		}
		write(t, filepath.Join(dir, "a.png"), "3")
		if c.Recheck() == nil {
			t.Error("it has changed again, and Recheck does not say so")
		}
	case <-time.After(late):
		t.Fatal("it was not taken")
	}
}

// Real editors.
func TestEditors(t *testing.T) {
	for _, tt := range []struct{ name, script string }{
		{"sed", `sed -i s/old/new/ "$1"`},
		{"vim", `vim -u NONE -es -c 'set backup writebackup backupcopy=no' -c '%s/old/new/' -c wq "$1"`},
		{"vim in place", `vim -u NONE -es -c 'set backup writebackup backupcopy=yes' -c '%s/old/new/' -c wq "$1"`},
		{"emacs", `emacs -Q --batch "$1" --eval '(progn (replace-string "old" "new") (save-buffer))'`},
		{"ed", `printf '%s\n' ',s/old/new/' w q | ed -s "$1"`},
		{"cp", `printf new > "$1.tmp-9"; cp "$1.tmp-9" "$1"; rm "$1.tmp-9"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(strings.Fields(tt.name)[0]); err != nil {
				t.Skip(err)
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "a.txt")
			write(t, path, "old\n")
			w := start(t, Options{Dirs: []string{dir}, Ignore: func(p string, _ bool) bool {
				return strings.Contains(p, ".tmp-") || strings.HasPrefix(p, "sed")
			}})
			if out, err := exec.Command("sh", "-c", tt.script, "sh", path).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if got := said(t, w, dir); len(got) != 1 || strings.TrimSpace(got[0]) != "* a.txt new" {
				t.Errorf("said %q", got)
			}
		})
	}
}

// Bad input is an error, and nothing is left running.
func TestErrors(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("nothing to watch is no error")
	}
	if _, err := New(Options{Dirs: []string{filepath.Join(t.TempDir(), "none")}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
	if _, err := New(Options{Dirs: []string{t.TempDir()}, Sets: []Set{{Name: "x"}}}); err == nil {
		t.Error("a set without Match is no error")
	}
	before := runtime.NumGoroutine()
	for range 50 {
		w, err := New(Options{Dirs: []string{t.TempDir()}})
		if err != nil {
			t.Fatal(err)
		}
		w.Close()
		w.Close()
		if _, open := <-w.Changes(); open || w.Err() != nil {
			t.Fatal("it was closed")
		}
	}
	for end := time.Now().Add(late); runtime.NumGoroutine() > before && time.Now().Before(end); {
		runtime.Gosched() // they have told that they end, and are about to
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines are left", n-before)
	}
}

// Files that are removed while they are read, and come again: what is there in the end
// is told in full, and of what is not there nothing remains.
func TestFilesThatComeAndGo(t *testing.T) {
	dir := t.TempDir()
	w := start(t, Options{Dirs: []string{dir}})
	large := strings.Repeat("0123456789abcdef", 1<<16)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range 300 {
			path := filepath.Join(dir, fmt.Sprint("f", n%3))
			if err := os.WriteFile(path, []byte(large), 0o644); err != nil {
				t.Error(err)
			}
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		}
		for n := range 2 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("f", n)), []byte("last"), 0o644); err != nil {
				t.Error(err)
			}
		}
	}()
	there := map[string]string{}
	for over, timeout := false, time.After(late); !over || there["f0"] != "last" || there["f1"] != "last" || len(there) != 2; {
		select {
		case <-done:
			done, over = nil, true
		case c, ok := <-w.Changes():
			if !ok {
				t.Fatal(w.Err())
			}
			for _, f := range slices.Concat(c.Added, c.Changed) {
				if sha256.Sum256(f.Data) != f.Hash || len(f.Data) != len(large) && string(f.Data) != "last" {
					t.Errorf("%s has %d bytes", f.Path, len(f.Data))
				}
				there[filepath.Base(f.Path)] = string(f.Data)
			}
			for _, f := range c.Removed {
				delete(there, filepath.Base(f.Path))
			}
		case <-timeout:
			t.Fatalf("%d files are told", len(there))
		}
	}
}
