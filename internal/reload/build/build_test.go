package build

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gomedic/gomedic/internal/reload/listing"
	"github.com/gomedic/gomedic/internal/text"
)

// shop is a host that loads generations of comp on command and prints what they say.
const shop = `
-- go.mod --
module example.com/shop

go 1.26
-- main.go --
package main

import (
	"bufio"
	"fmt"
	"os"
	"plugin"
	"runtime"
	"strings"

	"example.com/shop/comp"
)

var keep []func() string

func main() {
	say := comp.Say
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		verb, path, _ := strings.Cut(in.Text(), " ")
		switch verb {
		case "load":
			p, err := plugin.Open(path)
			if err != nil {
				fmt.Println("error", err)
				continue
			}
			s, err := p.Lookup("Say")
			if err != nil {
				fmt.Println("error", err)
				continue
			}
			say = *s.(*func() string)
			keep = append(keep, say)
			fmt.Println("loaded")
		case "say":
			fmt.Println(say())
		case "all":
			for range 3 {
				done := make(chan bool)
				for _, f := range keep {
					go func() { f(); done <- true }()
				}
				for range keep {
					<-done
				}
				runtime.GC()
			}
			fmt.Println(len(keep), "ran")
		case "panic":
			func() {
				defer func() {
					at := ""
					pcs := make([]uintptr, 50)
					frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
					for {
						f, more := frames.Next()
						if strings.HasSuffix(f.File, "lib.go") {
							at = fmt.Sprintf("%s:%d", f.File[strings.LastIndex(f.File, "shop"):], f.Line)
							break
						}
						if !more {
							break
						}
					}
					fmt.Println("recovered", recover(), at)
				}()
				comp.Broken = true
				say()
			}()
		}
	}
}
-- comp/comp.go --
// Package comp is the component.
package comp

import (
	_ "embed"
	"fmt"
	"sort"
	"strings"

	"example.com/shop/lib"
	"example.com/shop/still"
)

// Broken makes it panic.
var Broken bool

//go:embed hello.txt
var hello string

// Say says something.
func Say() string {
	counts := map[string]lib.Pair[int]{}
	for _, w := range []string{"a", "b", "a"} {
		counts[w] = lib.Pair[int]{A: counts[w].A + 1, B: len(w)}
	}
	var keys []string
	for k := range counts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return fmt.Sprint(lib.Version(), " ", keys, " ", counts, " ", strings.TrimSpace(hello), " ", still.Count())
}
-- comp/hello.txt --
hello
-- lib/lib.go --
package lib

import "fmt"

// Pair is two of a kind.
type Pair[T any] struct{ A, B T }

func (p Pair[T]) String() string { return fmt.Sprintf("(%v %v)", p.A, p.B) }

// Version is what is edited.
func Version() int { return 0 }
-- still/still.go --
package still

import "sync/atomic"

var n atomic.Int64

// Count counts its calls, in whatever generation.
func Count() int { return int(n.Add(1)) }
`

// project is a program that was written, listed and built.
type project struct {
	dir, host string
	list      *listing.List
}

// makeProject writes, lists and builds a program.
func makeProject(t *testing.T, archive string, flags ...string) *project {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil || runtime.GOOS != "linux" {
		t.Skip("plugins need a C compiler, here on Linux")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "shop")
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, path, string(f.Data))
	}
	p := &project{dir: dir, host: filepath.Join(dir, "host")}
	env := []string{"GOWORK=off", "GOFLAGS=", "CGO_ENABLED=1"}
	p.list, err = listing.Load(context.Background(), listing.Options{Dir: dir, Flags: flags, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", append(append([]string{"build", "-o", p.host}, flags...), ".")...)
	build.Dir, build.Env = dir, append(os.Environ(), env...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the host: %v\n%s", err, out)
	}
	return p
}

func write(t *testing.T, path, s string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
		t.Fatal(err)
	}
}

// edit replaces text in a file of the project.
func (p *project) edit(t *testing.T, name, old, new string) {
	t.Helper()
	path := filepath.Join(p.dir, name)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := strings.Replace(string(b), old, new, 1)
	if s == string(b) {
		t.Fatalf("%s has no %q", name, old)
	}
	write(t, path, s)
}

// running is the host as a process.
type running struct {
	in  io.Writer
	out *bufio.Scanner
	t   *testing.T
}

// start runs the host, until the test ends.
func (p *project) start(t *testing.T, env ...string) *running {
	t.Helper()
	cmd := exec.Command(p.host)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	return &running{in, bufio.NewScanner(out), t}
}

// ask sends a command and returns the answer.
func (r *running) ask(command string) string {
	r.t.Helper()
	fmt.Fprintln(r.in, command)
	if !r.out.Scan() {
		r.t.Fatalf("the host has ended at %q", command)
	}
	return r.out.Text()
}

var say = []Export{{"Say", "example.com/shop/comp", "Say"}}

func (p *project) builder(t *testing.T, o Options) *Builder {
	t.Helper()
	o.List, o.Dir = p.list, filepath.Join(p.dir, "generations")
	b, err := New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *Builder) mustBuild(t *testing.T, packages ...string) *Generation {
	t.Helper()
	g, err := b.Build(context.Background(), Request{Packages: packages, Exports: say})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGenerationsAreSwappedIn(t *testing.T) {
	p := makeProject(t, shop)
	for _, full := range []bool{true, false} {
		t.Run(fmt.Sprint("full ", full), func(t *testing.T) {
			b := p.builder(t, Options{Host: p.host, Full: full})
			h := p.start(t)
			if got, want := h.ask("say"), "0 [a b] map[a:(2 1) b:(1 1)] hello"; !strings.HasPrefix(got, want) {
				t.Fatalf("the host says %q, want %q", got, want)
			}
			for i := range 10 {
				p.edit(t, "lib/lib.go", fmt.Sprintf("return %d }", i), fmt.Sprintf("return %d }", i+1))
				g := b.mustBuild(t, "example.com/shop/lib")
				if got := strings.Join(g.Packages, " "); got != "example.com/shop/lib example.com/shop/comp" {
					t.Errorf("built %s", got)
				}
				if g.Short == full {
					t.Errorf("short is %t: %s", g.Short, g.Why)
				}
				if got := h.ask("load " + g.Path); got != "loaded" {
					t.Fatal(got)
				}
				// What does not depend on the change is the host's own, and goes on.
				want := fmt.Sprintf("%d [a b] map[a:(2 1) b:(1 1)] hello %d", i+1, i+2)
				if got := h.ask("say"); got != want {
					t.Errorf("generation %d says %q, want %q", i+1, got, want)
				}
			}
			if got := h.ask("all"); got != "10 ran" {
				t.Error(got)
			}
			// One that is linked full may follow.
			g, err := b.Build(context.Background(), Request{Packages: []string{"example.com/shop/lib"}, Exports: say, Full: true})
			if err != nil || g.Short {
				t.Fatalf("linked full: %v", err)
			}
			if got := h.ask("load " + g.Path); got != "loaded" {
				t.Error(got)
			}
			p.edit(t, "lib/lib.go", "return 10 }", "return 0 }")
		})
	}
}

// explained checks that an error has one line of words, and one that says what to do.
func explained(t *testing.T, err error) {
	t.Helper()
	what, do := Explain(err)
	for _, lang := range []text.Lang{text.English, text.Chinese} {
		for _, s := range []string{what.In(lang), do.In(lang)} {
			if s == "" || strings.HasPrefix(s, "reload.") || strings.Contains(s, "\n") {
				t.Errorf("%v is explained by %q", err, s)
			}
		}
	}
}

func TestWhatCannotBeBuiltIsOneLine(t *testing.T) {
	p := makeProject(t, shop)
	ctx := context.Background()

	b := p.builder(t, Options{Full: true})
	p.edit(t, "lib/lib.go", "return 0 }", "return zero + \"x\" + none() }")
	_, err := b.Build(ctx, Request{Packages: []string{"example.com/shop/lib"}, Exports: say})
	var broken *CompileError
	if !errors.As(err, &broken) {
		t.Fatalf("code that does not compile: %v", err)
	}
	explained(t, err)
	f := broken.Faults[0]
	if want := filepath.Join(p.dir, "lib/lib.go"); f.File != want || f.Line != 11 || f.Column != 29 || !strings.Contains(f.Text, "undefined: zero") {
		t.Errorf("the fault is %+v, want %s:11:29", f, want)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("not one line: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(p.dir, "generations", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	if _, err := b.Build(ctx, Request{Packages: []string{"example.com/shop"}, Exports: say}); !errors.Is(err, ErrNoPackages) {
		t.Errorf("a change in main: %v", err)
	}

	write(t, filepath.Join(p.dir, "file"), "")
	var dir *DirError
	if _, err := New(ctx, Options{List: p.list, Dir: filepath.Join(p.dir, "file", "sub")}); !errors.As(err, &dir) {
		t.Errorf("a folder that cannot be: %v", err)
	} else {
		explained(t, err)
	}

	other := *p.list
	other.Go.GOVERSION = "go1.99"
	var toolchain *ToolchainError
	if _, err := New(ctx, Options{List: &other, Host: p.host, Dir: p.dir}); !errors.As(err, &toolchain) || !strings.Contains(err.Error(), "go1.99 is here") {
		t.Errorf("another toolchain: %v", err)
	} else {
		explained(t, err)
	}
	other = *p.list
	other.Go.CGO_ENABLED = "0"
	if _, err := New(ctx, Options{List: &other, Dir: p.dir}); !errors.Is(err, ErrNoPlugins) {
		t.Errorf("without cgo: %v", err)
	} else {
		explained(t, err)
	}
	other = *p.list
	other.Flags = []string{"-cover"}
	if _, err := New(ctx, Options{List: &other, Dir: p.dir}); !errors.Is(err, ErrFlags) {
		t.Errorf("a flag that is not known: %v", err)
	} else {
		explained(t, err)
	}

	env := []string{"GOWORK=off", "GOFLAGS=", "CGO_ENABLED=1"}
	_, err = listing.Load(ctx, listing.Options{Dir: p.dir, Env: env})
	var build *listing.BuildError
	if !errors.As(err, &build) || !strings.Contains(err.Error(), "lib.go:11:29: undefined: zero") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a module that does not build: %v", err)
	}
	explained(t, err)
	_, err = listing.Load(ctx, listing.Options{Dir: p.dir, Env: append(env, "CC=no-such-cc")})
	if !errors.Is(err, listing.ErrNoCompiler) || !strings.Contains(err.Error(), "no-such-cc") {
		t.Errorf("without a C compiler: %v", err)
	}
	explained(t, err)
	_, err = listing.Load(ctx, listing.Options{Dir: t.TempDir(), Env: env})
	if !errors.As(err, &build) || !strings.Contains(err.Error(), "no go.mod") {
		t.Errorf("without a module: %v", err)
	}
}
