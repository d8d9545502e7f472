package stacks

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// A goroutine whose windows are gone is known by what its stack points to, in
// every way of building a program; one that has a window is never taken for it.
func TestWindowsThatAreGone(t *testing.T) {
	want := map[string]bool{
		"none": false, "open": false, "gone": true, "again": true, "first": false, "by-itself": false, "new": false,
		"embedded-open": false, "embedded-gone": true, "both": false, "new-and-gone": true,
		"behind-open": false, "behind-gone": true, "another-serves": true,
	}
	for name, flags := range map[string][]string{
		"plain": nil, "stripped": {"-trimpath", "-ldflags=-s -w"}, "PIE": {"-buildmode=pie", "-ldflags=-s -w"},
	} {
		t.Run(name, func(t *testing.T) {
			p := startProgram(t, "windows", flags)
			tk := &toolkit.Toolkit{Window: toolkit.Window{Type: "main.Window", Driver: "drv", Drawn: "last.size",
				Pending: "state.pending", Context: "ctx", NoContext: "own"}}
			gs := labelled(t, p, len(want)+1)
			w := newWindows(p, tk)
			w.serves(gs["serves"])
			for name, gone := range want {
				if gs[name] == nil {
					t.Fatalf("no goroutine holds %s", name)
				}
				if got := w.gone(gs[name]); got != gone {
					t.Errorf("%s: gone %v, want %v; saw %v", name, got, gone, w.search(gs[name], 0, gs[name].Stack.Hi, searchDepth))
				}
			}
			// Seen while it had a window, which is not one any more.
			at := w.own[gs["serves"].ID]
			if at == 0 {
				t.Fatal("the window that is served was not seen")
			}
			w.own[gs["none"].ID], w.asked = at+8, map[uint64]answer{}
			if !w.gone(gs["none"]) {
				t.Error("a window was seen on a goroutine, and is gone: it has none")
			}
			if w.own[gs["none"].ID] = at; w.lost(gs["none"]) {
				t.Error("a window that was seen on a goroutine is open: it has one")
			}
		})
	}
}

// labelled waits until n goroutines with a label stand still.
func labelled(t *testing.T, p *gort.Program, n int) map[string]*gort.Goroutine {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		s, err := p.Goroutines(gort.Options{})
		if err != nil {
			t.Fatal(err)
		}
		gs := map[string]*gort.Goroutine{}
		for _, g := range s.Goroutines {
			if l := p.Labels(g)["holds"]; l != "" && g.WaitReason == "chan receive" && len(g.Frames) > 0 {
				gs[l] = g
			}
		}
		if len(gs) == n {
			return gs
		}
		runtime.Gosched()
	}
	t.Fatal("the program does not get where it should")
	return nil
}

// startProgram builds testdata/name, and starts it until it says that it is ready.
func startProgram(t *testing.T, name string, flags []string) *gort.Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	b := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), filepath.Join("testdata", name, "main.go"))...)
	b.Env = append(b.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := b.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	c := exec.Command(path)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		c.Process.Kill()
		c.Wait()
	})
	if l := bufio.NewScanner(out); !l.Scan() || l.Text() != "ready" {
		t.Fatalf("the program says %q", l.Text())
	}
	p, err := attach.Process(c.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p.Program
}
