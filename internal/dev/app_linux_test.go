package dev

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/text"
)

// app is a program under gomedic dev, in a module of its own.
type app struct {
	t      *testing.T
	dir    string
	cancel context.CancelFunc
	done   chan error
	chains chan *Chain
	said   chan string
	learnt chan struct{} // a value for each time that it is ready to swap

	mu    sync.Mutex
	lines []string
	grown chan struct{} // closed and replaced with each line
}

// run starts a session on a module with these files.
func run(t *testing.T, files map[string]string, change func(*Options)) *app {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	a := &app{t: t, dir: filepath.Join(t.TempDir(), "shop"), done: make(chan error, 1), chains: make(chan *Chain, 100),
		said: make(chan string, 100), learnt: make(chan struct{}, 100), grown: make(chan struct{})}
	a.write("go.mod", "module example.com/shop\n\ngo 1.26\n\nrequire github.com/gomedic/gomedic v0.0.0\n\nreplace github.com/gomedic/gomedic => "+root+"\n")
	for name, content := range files {
		a.write(name, content)
	}
	out, in := io.Pipe()
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			a.mu.Lock()
			a.lines = append(a.lines, lines.Text())
			close(a.grown)
			a.grown = make(chan struct{})
			a.mu.Unlock()
		}
	}()
	o := Options{Dir: a.dir, Env: []string{"GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=1"}, Out: in, Err: os.Stderr,
		Chain: func(c *Chain) {
			if c.Action == ready {
				a.learnt <- struct{}{}
				return
			}
			a.chains <- c
		},
		Say: func(s text.Text) {
			t.Log("said:", s.In(text.English))
			a.said <- s.Key
		}}
	if change != nil {
		change(&o)
	}
	var ctx context.Context
	ctx, a.cancel = context.WithCancel(context.Background())
	go func() {
		a.done <- Run(ctx, o)
		in.Close()
	}()
	t.Cleanup(func() {
		a.cancel()
		select {
		case <-a.done:
		case <-time.After(ever):
			t.Error("the session does not end")
		}
	})
	return a
}

func (a *app) write(name, content string) {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		a.t.Fatal(err)
	}
}

// edit replaces text in a file, and saves it by rename.
func (a *app) edit(name string, oldNew ...string) {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	b, err := os.ReadFile(path)
	if err != nil {
		a.t.Fatal(err)
	}
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(string(b), oldNew[i]) {
			a.t.Fatalf("%s has no %q", name, oldNew[i])
		}
	}
	new := strings.NewReplacer(oldNew...).Replace(string(b))
	if err := os.WriteFile(path+"~", []byte(new), 0o644); err != nil {
		a.t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		a.t.Fatal(err)
	}
}

// chain waits for what becomes of a save.
func (a *app) chain() *Chain {
	a.t.Helper()
	select {
	case c := <-a.chains:
		a.t.Logf("%s %v: %s", c.Action, c.Files, c.json())
		return c
	case err := <-a.done:
		a.done <- err
		a.t.Fatalf("the session has ended: %v", err)
	case <-time.After(ever):
		a.t.Fatal("nothing comes of it")
	}
	return nil
}

// want waits for a chain, and checks it.
func (a *app) want(action string, outcome Outcome) *Chain {
	a.t.Helper()
	c := a.chain()
	if c.Action != action || c.Outcome != outcome {
		a.t.Fatalf("it was a %s, %s; want %s, %s", c.Action, c.Outcome, action, outcome)
	}
	return c
}

// ready waits until changes can be swapped.
func (a *app) ready() {
	a.t.Helper()
	select {
	case <-a.learnt:
		time.Sleep(50 * time.Millisecond) // the times of files come from a coarse clock
	case <-time.After(ever):
		a.t.Fatal("it never gets ready")
	}
}

// says waits until the program has written a line with s, from line from on. It
// returns the number of the next line.
func (a *app) says(from int, s string) int {
	a.t.Helper()
	late := time.After(ever)
	for at := from; ; {
		a.mu.Lock()
		grown := a.grown
		for ; at < len(a.lines); at++ {
			if strings.Contains(a.lines[at], s) {
				a.mu.Unlock()
				return at + 1
			}
		}
		a.mu.Unlock()
		select {
		case <-grown:
		case <-late:
			a.t.Fatalf("the program never says %q", s)
		}
	}
}

// now is the number of lines so far.
func (a *app) now() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.lines)
}

// line is one line of the program's.
func (a *app) line(n int) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lines[n]
}

// heard waits until a sentence was said.
func (a *app) heard(key string) {
	a.t.Helper()
	for {
		select {
		case k := <-a.said:
			if k == key {
				return
			}
		case <-time.After(ever):
			a.t.Fatalf("%s is never said", key)
		}
	}
}
