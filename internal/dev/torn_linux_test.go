package dev

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pair is a program whose component says a word of its own, one of a package that it
// imports and one of a file that it embeds. It passes as many words as fit into registers,
// from one package to the other.
func pair() map[string]string {
	files := maps.Clone(shop)
	files["words/words.go"] = "package words\n\nfunc Word() string { return \"w0\" }\n\n//go:noinline\nfunc Four(a, b, c, d string) string { return a + b + c + d }\n"
	files["counter/embedded.txt"] = "w0"
	files["counter/counter.go"] = strings.NewReplacer(
		"import (\n", "import (\n\t_ \"embed\"\n\t\"example.com/shop/words\"\n",
		`fmt.Sprint("one ", c.count.Get().Frames)`, `fmt.Sprint(words.Four(own(), " ", words.Word(), ""), " ", embedded)`,
		"func init()", "func own() string { return \"w0\" }\n\n//go:embed embedded.txt\nvar embedded string\n\nfunc init()",
	).Replace(files["counter/counter.go"])
	return files
}

// Files that are saved one after the other are taken in together, or not at all.
func TestWhatIsSavedTogetherIsTakenTogether(t *testing.T) {
	a := run(t, pair(), func(o *Options) {
		o.Cache = t.TempDir()
		o.Grace = 2 * time.Second // on a busy machine a gap may become several times as long
	})
	a.want("start", OK)
	a.says(0, "shows w0 w0 w0")
	a.ready()
	last, from := "w0", a.now()
	for i, gap := range []time.Duration{1, 20, 60, 200, 200, 60} {
		next := fmt.Sprint("w", i+1)
		names := []string{"counter/counter.go", "words/words.go", "counter/embedded.txt"}
		for j := range names {
			if j > 0 {
				time.Sleep(gap * time.Millisecond)
			}
			name := names[(i+j)%3]
			path := filepath.Join(a.dir, name)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(b), last, next)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if c := a.want("swap", OK); len(c.Files) != 3 || c.Torn != nil {
			t.Errorf("at %d ms: %s", gap, c.json())
		}
		last = next
	}
	a.says(from, fmt.Sprintf("shows %s %[1]s %[1]s", last))
	for n := from; n < a.now(); n++ {
		if words := strings.Fields(a.line(n)); len(words) == 4 && words[0] == "shows" && (words[1] != words[2] || words[2] != words[3]) {
			t.Errorf("a mixture: %s", a.line(n))
		}
	}
}

// What is saved alone is not waited for; where something that belongs to it comes after
// all, that is told.
func TestWhatIsSavedAlone(t *testing.T) {
	a := run(t, pair(), func(o *Options) { o.Cache = t.TempDir() })
	a.want("start", OK)
	a.ready()
	a.edit("words/words.go", "w0", "w1")
	a.want("swap", OK)
	a.edit("words/words.go", "w1", "w2")
	c := a.want("swap", OK)
	for _, s := range c.Steps {
		if s.Name == StageRelated {
			t.Errorf("it waited: %s", c.json())
		}
	}
	a.edit("words/words.go", "w2", "w3")
	a.want("swap", OK)
	// 50 ms after it, by the files' own times: the machine may be slow.
	st, err := os.Stat(filepath.Join(a.dir, "words/words.go"))
	if err != nil {
		t.Fatal(err)
	}
	a.write("counter/embedded.txt~", "w3")
	at := st.ModTime().Add(50 * time.Millisecond)
	if err := os.Chtimes(filepath.Join(a.dir, "counter/embedded.txt~"), at, at); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(a.dir, "counter/embedded.txt~"), filepath.Join(a.dir, "counter/embedded.txt")); err != nil {
		t.Fatal(err)
	}
	if c := a.want("swap", OK); c.Torn == nil || c.ID != "reload/torn-set" || c.Torn.First != "words/words.go" || c.Torn.Then != "counter/embedded.txt" {
		t.Errorf("%s", c.json())
	}
}
