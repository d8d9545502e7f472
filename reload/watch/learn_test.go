package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tree writes files, by path below a new folder.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, path, content)
	}
	return dir
}

func TestWhatBelongsTogether(t *testing.T) {
	dir := tree(t, map[string]string{
		"theme.json":         `{"icons": {"home": "icons/home.svg", "open": "./icons/open%20it.svg"}, "version": "1.2.3", "site": "https://example.com/x.png"}`,
		"icons/home.svg":     `<svg><image href="../photo.jpg"/></svg>`,
		"icons/open it.svg":  `<svg/>`,
		"icons/other.svg":    `<svg/>`,
		"photo.jpg":          "\xff\xd8\x00theme.json",
		"page.html":          `<link href="/css/app.css?v=3"><script src='my script.js'></script>`,
		"css/app.css":        `@font-face { src: url(../fonts/a.woff2#x) } body { background: url("img/b.png") }`,
		"css/img/b.png":      "\x89PNG\x00",
		"fonts/a.woff2":      "\x00",
		"my script.js":       `import "./notthere.js"`,
		"alone.toml":         `size = 12.5`,
		"settings.toml":      `words = "words/en.txt"`,
		"words/en.txt":       "a file named twice: words/en.txt",
		"words/de.txt":       "nobody names it",
		"app/app.go":         "package app\n\n//go:embed all:static *.tmpl\nvar files embed.FS\n",
		"app/static/a.txt":   "a",
		"app/static/b/b.txt": "b",
		"app/page.tmpl":      "p",
		"app/two.tmpl":       "q",
		"app/not.txt":        "n",
	})
	w := start(t, Options{Dirs: []string{dir}, Learn: true})
	for _, want := range []string{
		"css/app.css css/img/b.png fonts/a.woff2 my script.js page.html",
		"icons/home.svg icons/open it.svg photo.jpg theme.json",
		"settings.toml words/en.txt",
		"app/static/a.txt app/static/b/b.txt",
		"app/page.tmpl app/two.tmpl",
		"alone.toml", "words/de.txt", "icons/other.svg", "app/not.txt", "app/app.go",
	} {
		first, _, _ := strings.Cut(want, " ")
		if strings.HasPrefix(want, "css") {
			first = "page.html"
		}
		var got []string
		for p := range w.relations.of(filepath.Join(dir, filepath.FromSlash(first)), w.index) {
			rel, _ := filepath.Rel(dir, p)
			got = append(got, filepath.ToSlash(rel))
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", first, got, want)
		}
	}
}

// learntTorn saves a text and the files that it names, or files that are embedded
// together, with gaps between them, and returns how often a mixture was told.
func learntTorn(t *testing.T, dir string, names []string, content func(name string, n int) string, gap time.Duration, rounds int) (mixed, told int) {
	// On a busy machine a gap may become several times as long.
	w := start(t, Options{Dirs: []string{dir}, Learn: true, Grace: defaultGrace + 8*gap})
	now := map[string]int{}
	for n := 1; n <= rounds; n++ {
		for i := range names {
			if i > 0 {
				time.Sleep(gap)
			}
			name := names[(i+n)%len(names)]
			write(t, filepath.Join(dir, name), content(name, n))
		}
		for done := false; !done; {
			select {
			case c := <-w.Changes():
				if c.Torn != nil {
					t.Error(c.Torn)
				}
				for _, f := range c.Changed {
					rel, _ := filepath.Rel(dir, f.Path)
					for v := 0; v <= n; v++ {
						if string(f.Data) == content(filepath.ToSlash(rel), v) {
							now[rel] = v
						}
					}
				}
				told++
				same := true
				for _, name := range names {
					same = same && now[name] == now[names[0]]
				}
				if !same {
					mixed++
				}
				done = same && now[names[0]] == n
			case <-time.After(late):
				t.Fatalf("round %d: not told of", n)
			}
		}
	}
	return mixed, told
}

func TestTornSetsThatWereLearnt(t *testing.T) {
	for _, gap := range []time.Duration{1, 20, 60, 200} {
		t.Run(fmt.Sprintf("named, %d ms", gap), func(t *testing.T) {
			t.Parallel()
			content := func(name string, n int) string {
				if name == "theme.json" {
					return fmt.Sprintf(`{"icons": ["icons/a.svg", "icons/b.svg"], "n": %d}`, n)
				}
				return fmt.Sprint(name, n)
			}
			names := []string{"theme.json", "icons/a.svg", "icons/b.svg"}
			files := map[string]string{"icons/c.svg": ""}
			for _, name := range names {
				files[name] = content(name, 0)
			}
			if mixed, told := learntTorn(t, tree(t, files), names, content, gap*time.Millisecond, 5); mixed > 0 {
				t.Errorf("%d of %d were torn", mixed, told)
			}
		})
		t.Run(fmt.Sprintf("embedded, %d ms", gap), func(t *testing.T) {
			t.Parallel()
			content := func(name string, n int) string { return fmt.Sprint(name, n) }
			names := []string{"pages/a.html", "pages/b.html"}
			files := map[string]string{"pages/c.html": "", "p.go": "package p\n\n//go:embed pages\nvar fs embed.FS\n"}
			for _, name := range names {
				files[name] = content(name, 0)
			}
			if mixed, told := learntTorn(t, tree(t, files), names, content, gap*time.Millisecond, 5); mixed > 0 {
				t.Errorf("%d of %d were torn", mixed, told)
			}
		})
	}
}

// next is the change after something was done.
func next(t testing.TB, w *Watcher) Change {
	t.Helper()
	select {
	case c := <-w.Changes():
		return c
	case <-time.After(late):
		t.Fatal("nothing was told")
	}
	return Change{}
}

// A file that was saved alone once is not waited for again; one that is saved with
// others after all is told of as torn, and waits from then on.
func TestHabits(t *testing.T) {
	dir := tree(t, map[string]string{"theme.json": `["a.svg"]`, "a.svg": "0"})
	theme, icon := filepath.Join(dir, "theme.json"), filepath.Join(dir, "a.svg")
	w := start(t, Options{Dirs: []string{dir}, Learn: true, Grace: 2 * time.Second})
	write(t, icon, "1")
	if c := next(t, w); c.Waited < 2*time.Second || c.Together || c.Torn != nil {
		t.Errorf("the first time: %+v", c)
	}
	write(t, icon, "2")
	if c := next(t, w); c.Waited != 0 || c.Torn != nil {
		t.Errorf("the second time: %+v", c)
	}
	write(t, theme, `["a.svg", 1]`)
	c := next(t, w)
	if c.Torn == nil || c.Torn.First != icon || c.Torn.Then != theme || !strings.Contains(c.Torn.Error(), "reload/torn-set") {
		t.Errorf("after it, what belongs to it: %+v", c)
	}
	write(t, icon, "3")
	write(t, theme, `["a.svg", 3]`)
	if c := next(t, w); !c.Together || len(c.Changed) != 2 || c.Waited != 0 || c.Torn != nil {
		t.Errorf("both: %+v", c)
	}
}

// Files that one pattern of //go:embed takes in are a folder, once one of them was saved
// alone; those that name each other stay a set.
func TestHabitsOfAFolder(t *testing.T) {
	dir := tree(t, map[string]string{
		"p.go":        "package p\n\n//go:embed pages\nvar fs embed.FS\n",
		"pages/a.txt": "0", "pages/b.txt": "0", "pages/c.txt": "see d.txt", "pages/d.txt": "0",
	})
	const grace = 2 * time.Second
	w := start(t, Options{Dirs: []string{dir}, Learn: true, Grace: grace})
	for i, save := range []struct {
		name  string
		waits bool
	}{{"a", true}, {"a", false}, {"b", false}, {"d", true}, {"d", false}, {"c", true}} {
		content := fmt.Sprint("new ", i)
		if save.name == "c" {
			content = "see d.txt " + content
		}
		write(t, filepath.Join(dir, "pages", save.name+".txt"), content)
		if c := next(t, w); (c.Waited != 0) != save.waits || c.Together || c.Torn != nil {
			t.Errorf("save %d, of %s: waited %v, together %v, torn %v", i, save.name, c.Waited, c.Together, c.Torn)
		}
		time.Sleep(grace) // what comes sooner belongs to it
	}
}

// A name of a file that is not there yet is waited for, whatever was done before.
func TestAFileThatIsNamedAndNotThere(t *testing.T) {
	dir := tree(t, map[string]string{"theme.json": `["icons/a.svg"]`, "icons/a.svg": "0"})
	theme := filepath.Join(dir, "theme.json")
	w := start(t, Options{Dirs: []string{dir}, Learn: true, Grace: 3 * time.Second})
	write(t, theme, `["icons/a.svg", ""]`)
	next(t, w) // now it is known to be saved alone
	write(t, theme, `["icons/a.svg", "icons/new.svg"]`)
	time.Sleep(100 * time.Millisecond)
	write(t, filepath.Join(dir, "icons", "new.svg"), "new")
	if c := next(t, w); !c.Together || len(c.Added) != 1 || len(c.Changed) != 1 || c.Torn != nil {
		t.Errorf("%+v", c)
	}
	write(t, theme, `["icons/a.svg", "icons/new.svg", "icons/other.svg"]`)
	if c := next(t, w); c.Torn == nil || c.Torn.Missing != "icons/other.svg" || c.Torn.First != theme {
		t.Errorf("one that does not come: %+v", c)
	}
	// A file that goes is told with who names it.
	if err := os.Remove(filepath.Join(dir, "icons", "new.svg")); err != nil {
		t.Fatal(err)
	}
	write(t, theme, `["icons/a.svg"]`)
	if c := next(t, w); !c.Together || len(c.Removed) != 1 || len(c.Changed) != 1 {
		t.Errorf("one that is removed: %+v", c)
	}
}
