package classify

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gomedic/gomedic/internal/reload/listing"
	"github.com/gomedic/gomedic/internal/text"
)

// small is a program with a component, a package below it, and one that the host
// uses as well.
const small = `
-- go.mod --
module example.com/small

go 1.26
-- main.go --
package main

import (
	"example.com/small/comp"
	"example.com/small/store"
)

func main() { println(comp.New(store.Open())) }
-- comp/comp.go --
// Package comp is the component.
package comp

import (
	_ "embed"
	"fmt"

	"example.com/small/lib"
	"example.com/small/store"
)

//go:generate stringer -type=T words.txt

//go:embed hello.txt
var hello string

// New makes it.
func New(s *store.Store) string {
	return fmt.Sprint(lib.Add(1, 2), hello, s.Name, lib.T{A: 1})
}
-- comp/hello.txt --
hello
-- comp/words.txt --
words
-- comp/comp_test.go --
package comp
-- comp/comp_windows.go --
package comp
-- lib/lib.go --
package lib

import "strconv"

const Size = 4

const small = 1

var Count = 3

// T is a thing.
type T struct {
	A int
	B [Size]byte
}

// String writes it.
func (t T) String() string { return strconv.Itoa(t.A) }

func init() { Count++ }

// Add adds.
func Add(a, b int) int {
	// in words
	return a + b + small
}
-- store/store.go --
package store

type Store struct{ Name string }

func Open() *Store { return &Store{"store"} }
`

// program writes an archive's files into a folder and loads it.
func program(t *testing.T, archive string, components ...string) (*Program, string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list, err := listing.Load(context.Background(), listing.Options{Dir: dir, Env: []string{"GOWORK=off", "GOFLAGS="}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(list, Options{Components: components})
	if err != nil {
		t.Fatal(err)
	}
	return p, dir
}

func classify(t *testing.T, p *Program, files map[string][]byte) *Result {
	t.Helper()
	r, err := p.Classify(context.Background(), files)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// read returns the file as it is on disk.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEachKindOfChange(t *testing.T) {
	p, dir := program(t, small, "example.com/small/comp")
	tests := []struct {
		name     string
		file     string
		old, new string // what is replaced by what; an empty old replaces all
		action   Action
		kinds    string // KIND NAME LINE, one a change
		packages string
	}{
		{"the same", "lib/lib.go", "package lib", "package lib", Skip, "same  0", ""},
		{"a comment", "lib/lib.go", "// in words", "// in other words\n", Skip, "comment  0", ""},
		{"white space", "lib/lib.go", "return a + b", "return a +\n\t\tb", Skip, "comment  0", ""},
		{"a body", "lib/lib.go", "return a + b", "return a - b", Swap, "body Add 23", "lib"},
		{"a method's body", "lib/lib.go", "strconv.Itoa(t.A)", "strconv.Itoa(t.A + 1)", Swap, "body T.String 18", "lib"},
		{"a directive", "lib/lib.go", "// Add adds.", "//go:noinline", Swap, "body Add 23", "lib"},
		{"a parameter's name", "lib/lib.go", "Add(a, b int) int {\n\t// in words\n\treturn a + b", "Add(a, c int) int {\n\treturn a + c", Swap, "body Add 23", "lib"},
		{"a new function", "lib/lib.go", "// Add adds.", "func Sub() {}\n", Swap, "signature Sub 22", "lib"},
		{"a constant", "lib/lib.go", "small = 1", "small = 2", Swap, "signature small 7", "lib"},
		{"a variable", "lib/lib.go", "Count = 3", "Count = 4", Swap, "variable Count 9", "lib"},
		{"init", "lib/lib.go", "Count++", "Count--", Restart, "init init 20", "lib"},
		{"a field", "lib/lib.go", "A int", "A int\n\tC string", Migrate, "layout T 12", "lib"},
		{"a tag", "lib/lib.go", "A int", "A int `json:\"a\"`", Migrate, "layout T 12", "lib"},
		{"a size", "lib/lib.go", "Size = 4", "Size = 8", Migrate, "signature Size 5|layout T 12", "lib"},
		{"a method", "lib/lib.go", "// Add adds.", "func (t *T) More() {}\n", Migrate, "layout T 12", "lib"},
		{"a type more", "lib/lib.go", "// Add adds.", "type U int\n", Swap, "signature U 22", "lib"},
		{"an import", "lib/lib.go", "import \"strconv\"", "import \"strconv\"\nimport _ \"fmt\"", Swap, "dependency fmt 4", "lib"},
		{"an import from outside of the program", "lib/lib.go", "import \"strconv\"", "import \"strconv\"\nimport _ \"container/ring\"", Swap, "dependency container/ring 4", "lib"},
		{"an import that nothing provides", "lib/lib.go", "import \"strconv\"", "import \"strconv\"\nimport _ \"example.org/none\"", Restart, "missing example.org/none 4", "lib"},
		{"cgo", "lib/lib.go", "import \"strconv\"", "import \"strconv\"\nimport \"C\"", Restart, "native  1", "lib"},
		{"a link name", "lib/lib.go", "// Add adds.", "//go:linkname Add other", Restart, "native  1", "lib"},
		{"a constraint", "lib/lib.go", "package lib", "//go:build linux\n\npackage lib", Restart, "tags  1", "lib"},
		{"left out", "lib/lib.go", "package lib", "//go:build ignore\n\npackage lib", Restart, "tags  0", "lib"},
		{"main", "main.go", "println(", "print(", Restart, "main main 8", "."},
		{"what the host uses", "store/store.go", `"store"`, `"shop"`, Restart, "shared Open 5", "store"},
		{"a file of tests", "comp/comp_test.go", "", "package comp\nvar x = 1\n", Skip, "test  0", ""},
		{"another system", "comp/comp_windows.go", "", "package comp\nvar x = 1\n", Skip, "unrelated  0", ""},
		{"embedded", "comp/hello.txt", "", "hi", Swap, "embedded  0", "comp"},
		{"what is generated from", "comp/words.txt", "", "more", Skip, "generator  0", ""},
		{"a directive for the generator", "comp/comp.go", "//go:generate stringer", "//go:generate enumer", Skip, "generator  1", ""},
		{"other files", "README.md", "", "x", Skip, "unrelated  0", ""},
		{"assembly", "lib/lib_amd64.s", "", "x", Restart, "native  0", "lib"},
		{"go.mod", "go.mod", "go 1.26", "go 1.25", Restart, "module  0", ""},
		{"a comment in go.mod", "go.mod", "go 1.26", "// why\ngo 1.26", Skip, "comment  0", ""},
		{"a new file", "lib/more.go", "", "package lib\n\nfunc More() int { return 1 }\n", Swap, "signature More 3", "lib"},
		{"an embed directive", "comp/comp.go", "//go:embed hello.txt", "//go:embed *.txt", Swap, "embedded hello 15", "comp"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(dir, tt.file)
			src := tt.new
			if tt.old != "" {
				was := read(t, path)
				src = strings.Replace(was, tt.old, tt.new, 1)
				if src == was && tt.old != tt.new {
					t.Fatal("the edit edits nothing")
				}
			}
			r := classify(t, p, map[string][]byte{path: []byte(src)})
			if len(r.Faults) > 0 && !strings.Contains(tt.name, "nothing provides") && tt.name != "a link name" {
				t.Errorf("faults: %v", r.Faults)
			}
			var got []string
			for _, c := range r.Changes {
				got = append(got, strings.Join([]string{string(c.Kind), c.Name, strconv.Itoa(c.Line)}, " "))
				if c.Reason.In(text.English) == c.Reason.Key || c.Reason.In(text.Chinese) == "" {
					t.Errorf("no sentence for %v", c.Reason)
				}
			}
			if g := strings.Join(got, "|"); g != tt.kinds {
				t.Errorf("found %s, want %s", g, tt.kinds)
			}
			if r.Action != tt.action {
				t.Errorf("action %v, want %v", r.Action, tt.action)
			}
			want := []string{}
			if tt.packages != "" {
				want = append(want, strings.TrimSuffix("example.com/small/"+tt.packages, "/."))
			}
			if !slices.Equal(r.Packages, want) {
				t.Errorf("packages %v, want %v", r.Packages, want)
			}
		})
	}
}
