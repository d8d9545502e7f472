package dev

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/reload/classify"
	"github.com/gomedic/gomedic/reload"
)

// shop is a program without a window: what it would show it prints. Its component
// counts the frames, in a state that the host keeps.
var shop = map[string]string{
	"main.go": `package main

import (
	"fmt"
	"os"
	"time"

	_ "example.com/shop/counter"
	"example.com/shop/view"
	"github.com/gomedic/gomedic/reload"
)

type ui chan func()

func (u ui) Do(f func()) { u <- f }

type slot struct{}

func (slot) Try(any) error    { return nil }
func (slot) Show(v any)       { fmt.Println("shows", v.(view.View).Text()) }
func (slot) Failed(err error) { fmt.Println("failed:", err) }

func main() {
	fmt.Println("pid", os.Getpid())
	u := make(ui, 10)
	h, err := reload.NewHost(reload.Options{UI: u})
	if err != nil {
		panic(err)
	}
	m, err := h.Mount("counter", slot{})
	if err != nil {
		panic(err)
	}
	for t := time.Tick(10 * time.Millisecond); ; {
		select {
		case f := <-u:
			f()
		case <-t:
			m.Frame(func(v any) { v.(view.View).Draw() })
		}
	}
}
`,
	"view/view.go": "package view\n\ntype View interface {\n\tText() string\n\tDraw()\n}\n",
	"counter/counter.go": `package counter

import (
	"fmt"

	"example.com/shop/view"
	"github.com/gomedic/gomedic/reload"
)

type count struct {
	Frames int
}

type counter struct{ count *reload.State[count] }

func (c *counter) Text() string { return fmt.Sprint("one ", c.count.Get().Frames) }

func (c *counter) Draw() {
	c.count.Update(func(n count) count { n.Frames++; return n })
	if n := c.count.Get().Frames; n%10 == 0 {
		fmt.Println("frame", n)
	}
}

func build(s *reload.Scope) (view.View, error) {
	return &counter{reload.NewState(s, "count", count{})}, nil
}

func init() { reload.Register("counter", build) }
`,
}

// frames is the last number of frames that the program has told before line n.
func (a *app) frames(n int) int {
	for n--; n >= 0; n-- {
		if rest, ok := strings.CutPrefix(a.line(n), "frame "); ok {
			frames, _ := strconv.Atoi(rest)
			return frames
		}
	}
	return 0
}

func TestEachSaveIsTakenIn(t *testing.T) {
	a := run(t, shop, nil)
	a.want("start", OK)
	a.says(a.says(0, "shows one 0"), "frame 20")
	a.ready()

	// What a function does.
	from := a.now()
	a.edit("counter/counter.go", "one ", "two ")
	c := a.want("swap", OK)
	var names []string
	for _, s := range c.Steps {
		if s.Name != StageRelated { // how long that is depends on how long the build takes
			names = append(names, s.Name)
		}
	}
	if want := []string{"watch", "classify", "compile", "link", "load", "trial", "swap", "first frame"}; !slices.Equal(names, want) {
		t.Errorf("the stages are %q, want %q", names, want)
	}
	if len(c.Changes) != 1 || c.Changes[0].Kind != classify.Body || c.Changes[0].File != "counter/counter.go" {
		t.Errorf("the changes are %+v", c.Changes)
	}
	at := a.says(from, "shows two ")
	if shown, _ := strconv.Atoi(strings.TrimPrefix(a.line(at-1), "shows two ")); shown < 20 {
		t.Errorf("it begins at frame %d again", shown)
	}

	// Code that does not compile: the place, and the old goes on.
	a.edit("counter/counter.go", "fmt.Sprint(", "fmt.Sprin(")
	c = a.want("swap", Failed)
	if len(c.Faults) != 1 || c.Faults[0].File != "counter/counter.go" || c.Faults[0].Line != 16 {
		t.Errorf("the faults are %+v", c.Faults)
	}
	a.says(a.says(a.says(from, "failed: counter/counter.go:16: undefined: fmt.Sprin"), "frame "), "frame ")

	// A comment, and the same content once more, are nothing; the repair is the next.
	a.edit("counter/counter.go", "fmt.Sprin(", "fmt.Sprint(", "two ", "three ")
	a.want("swap", OK)
	a.says(from, "shows three ")
	a.edit("counter/counter.go", "type count struct {", "// count is kept.\ntype count struct {")
	a.want("skip", OK)

	// Another layout of what is kept.
	a.edit("counter/counter.go", "Frames int\n", "Name   string\n\tFrames int\n")
	a.want("migrate", OK)
	at = a.says(a.now()-1, "frame ")
	before := a.frames(at)

	// A panic when it is built: where, and the old goes on.
	a.edit("counter/counter.go", "return &counter{", "if s != nil {\n\t\tpanic(\"no\")\n\t}\n\treturn &counter{")
	c = a.want("swap", Failed)
	if f := c.Failure(); f == nil || f.Name != reload.StageTrial || !strings.Contains(f.Where, "counter.go:") {
		t.Errorf("the failure is %+v", f)
	}
	a.says(a.now(), "frame ")
	a.edit("counter/counter.go", "if s != nil {\n\t\tpanic(\"no\")\n\t}\n\t", "")
	a.want("skip", OK) // it is again what runs
	a.says(from, "failed: <nil>")

	// Package main cannot be replaced: a new process, with the state.
	from = a.now()
	a.edit("main.go", "10 * time.Millisecond", "9 * time.Millisecond")
	c = a.want("restart", OK)
	if len(c.Changes) == 0 || c.Changes[0].Kind != classify.Main {
		t.Errorf("the changes are %+v", c.Changes)
	}
	at = a.says(a.says(from, "pid "), "shows three ")
	if shown, _ := strconv.Atoi(strings.TrimPrefix(a.line(at-1), "shows three ")); shown < before {
		t.Errorf("the new process begins at frame %d, the old one was at %d", shown, before)
	}
	onlyOne(t, a)

	// A crash, and what mends it.
	a.ready()
	a.edit("main.go", "9 * time.Millisecond", "8 * time.Millisecond", "case f := <-u:", "case <-time.After(time.Second):\n\t\t\tos.Exit(3)\n\t\tcase f := <-u:", "case <-t:", "case <-make(chan int):")
	if c := a.chain(); c.Outcome != Failed { // it never draws
		t.Errorf("a process that draws nothing: %s", c.json())
	}
	a.says(a.now(), "frame ")
	a.edit("main.go", "case <-time.After(time.Second):\n\t\t\tos.Exit(3)\n\t\t", "", "case <-make(chan int):", "case <-t:")
	a.want("restart", OK)
	onlyOne(t, a)

	pids := pidsOf(a)
	a.cancel()
	if err := <-a.done; err != nil {
		t.Errorf("it ends with %v", err)
	}
	a.done <- nil
	for _, pid := range pids {
		if alive(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
}

// pidsOf are the processes that the program has told of.
func pidsOf(a *app) (pids []int) {
	for n := range a.now() {
		if rest, ok := strings.CutPrefix(a.line(n), "pid "); ok {
			pid, _ := strconv.Atoi(rest)
			pids = append(pids, pid)
		}
	}
	return pids
}

func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(b), ") Z ")
}

// onlyOne: of all processes of the program the last one lives.
func onlyOne(t *testing.T, a *app) {
	t.Helper()
	pids := pidsOf(a)
	for i, pid := range pids {
		if alive(pid) != (i == len(pids)-1) {
			t.Errorf("of %v process %d lives: %v", pids, pid, alive(pid))
		}
	}
}

// A program that does not call reload, and holds a port: it is started anew for each
// change, and the port is free when it does.
func TestWithoutReload(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	a := run(t, map[string]string{"main.go": `package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	fmt.Println("pid", os.Getpid())
	l, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		fmt.Println("conflict", err)
		os.Exit(1)
	}
	defer l.Close()
	fmt.Println("first version")
	time.Sleep(time.Hour)
}
`}, func(o *Options) { o.Args = []string{address} })
	a.want("start", OK)
	a.says(0, "first version")
	a.heard("dev.gain")
	a.edit("main.go", "first", "second")
	a.want("restart", OK)
	a.heard("dev.ports")
	a.says(0, "second version")
	onlyOne(t, a)
	for n := range a.now() {
		if strings.HasPrefix(a.line(n), "conflict") {
			t.Error(a.line(n))
		}
	}
}

// A program that listens by package reload goes on with its socket: the old process
// answers until the new one is there, and no connection is refused.
func TestAListenerIsHandedOver(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	files := maps.Clone(shop)
	files["main.go"] = strings.Replace(files["main.go"], "\tfmt.Println(\"pid\", os.Getpid())\n", `	fmt.Println("pid", os.Getpid())
	l, err := reload.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintln(c, "version 1")
			c.Close()
		}
	}()
`, 1)
	a := run(t, files, func(o *Options) { o.Args = []string{address} })
	a.want("start", OK)
	a.says(0, "shows")
	stop := make(chan struct{})
	answers := make(chan map[string]int)
	go func() {
		got := map[string]int{}
		for {
			select {
			case <-stop:
				answers <- got
				return
			default:
			}
			c, err := net.Dial("tcp", address)
			if err != nil {
				got[err.Error()]++
				continue
			}
			b, err := io.ReadAll(c)
			c.Close()
			if err != nil {
				// A connection that the old process had accepted, or that waited in the
				// kernel's queue when it ended.
				got["cut"]++
			}
			got[strings.TrimSpace(string(b))]++
		}
	}()
	a.edit("main.go", "version 1", "version 2")
	a.want("restart", OK)
	onlyOne(t, a)
	time.Sleep(50 * time.Millisecond)
	close(stop)
	got := <-answers
	t.Log(got)
	if got["version 1"] == 0 || got["version 2"] == 0 {
		t.Errorf("the answers are %v", got)
	}
	for what := range got {
		if strings.Contains(what, "refused") {
			t.Errorf("%s, %d times", what, got[what])
		}
	}
}

// A module that does not build at the start: it says where, and waits.
func TestItDoesNotBuildAtFirst(t *testing.T) {
	a := run(t, map[string]string{"main.go": "package main\n\nimport \"time\"\n\nfunc main() {\n\ttime.Sleep(time.Our)\n}\n"}, nil)
	c := a.want("start", Failed)
	if len(c.Faults) != 1 || c.Faults[0].File != "main.go" || c.Faults[0].Line != 6 {
		t.Errorf("the faults are %+v", c.Faults)
	}
	a.heard("dev.waits")
	a.edit("main.go", "time.Our", "time.Hour")
	a.want("start", OK)
}

// It ends with the program, when that ends well.
func TestItEndsWithTheProgram(t *testing.T) {
	a := run(t, map[string]string{"main.go": "package main\n\nfunc main() {}\n"}, nil)
	a.want("start", OK)
	select {
	case err := <-a.done:
		if !Ended(err) {
			t.Errorf("it ended with %v", err)
		}
		a.done <- nil
	case <-time.After(ever):
		t.Fatal("it does not end")
	}
}

func TestListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := listens(os.Getpid()); !slices.Contains(got, l.Addr().String()) {
		t.Errorf("%v has not %s", got, l.Addr())
	}
	if got := listens(1 << 30); len(got) > 0 {
		t.Errorf("nobody listens on %v", got)
	}
	for in, want := range map[string]string{"0100007F:1F90": "127.0.0.1:8080", "00000000000000000000000001000000:0050": "[::1]:80", "nonsense": "", "0100:0": ""} {
		if got := address(in); got != want && !(in == "0100:0") {
			t.Errorf("address %q is %q, want %q", in, got, want)
		}
	}
}

// A change waits before a stage until somebody says how to go on.
func TestPause(t *testing.T) {
	s, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a := run(t, shop, func(o *Options) {
		o.PauseAt = reload.StageLoad
		o.Pause = func(ctx context.Context, stage string, c *Chain) error {
			if !s.Wait(ctx, stage, c) {
				return fmt.Errorf("left out")
			}
			return nil
		}
	})
	a.want("start", OK)
	a.ready()
	for _, how := range []string{"abort", "continue"} {
		a.edit("counter/counter.go", "one ", "one  ")
		pausedAt := wait(t, s)
		if pausedAt.Stage != reload.StageLoad || pausedAt.Chain == nil || pausedAt.Chain.Package == "" {
			t.Fatalf("paused: %+v", pausedAt)
		}
		if _, err := os.Stat(filepath.Join(pausedAt.Chain.Package, "main.go")); err != nil {
			t.Errorf("the generated package cannot be looked at: %v", err)
		}
		if d := pausedAt.Chain.Diff; !strings.Contains(d, "--- a/counter/counter.go") || !strings.Contains(d, "+func (c *counter) Text()") {
			t.Errorf("the difference is %q", d)
		}
		if !slices.ContainsFunc(pausedAt.Chain.Functions, func(name string) bool { return strings.HasSuffix(name, "/counter.(*counter).Text") }) {
			t.Errorf("the functions are %q", pausedAt.Chain.Functions)
		}
		post(t, s, how)
		want := OK
		if how == "abort" {
			want = Failed
		}
		a.want("swap", want)
	}
}
