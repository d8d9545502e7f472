package heap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/stacks"
)

// patient is testdata/leaks, which does a step when it is told.
type patient struct {
	*attach.Target
	in  io.Writer
	out *bufio.Scanner
}

func newPatient(t testing.TB, path string, kinds ...string) *patient {
	t.Helper()
	prog := running.Start(t, exec.Command(path, kinds...))
	prog.Until(t, "ready")
	p := &patient{in: prog.Stdin, out: prog.Lines}
	var err error
	if p.Target, err = attach.Process(prog.PID); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// step has the program do a step, and reports whether it did.
func (p *patient) step() bool {
	io.WriteString(p.in, "step\n")
	return p.out.Scan()
}

func (p *patient) target() stacks.Target {
	return stacks.Target{Process: p.Process, Program: p.Program, Evidence: &p.ID, Toolkit: p.Toolkit}
}

// watched is what the probe finds in looks looks, with a step between each two.
func (p *patient) watched(t testing.TB, looks int) *Result {
	t.Helper()
	p.step()
	p.step()
	r, err := Run(context.Background(), p.target(), Options{Looks: looks, Next: func() error {
		if !p.step() {
			return errors.New("the program does no step")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// programs are testdata/leaks, built once.
func programs(t testing.TB) map[string]string {
	return map[string]string{
		"plain":    build(t, "leaks", false),
		"stripped": build(t, "leaks", false, "-ldflags=-s -w"),
	}
}

func say(s *evidence.HeapSuspect) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s count %v bytes %v new %d chains %d suspect %d trend %+v", s.Kind, s.Type, s.Count, s.Bytes, s.New, s.Chains, s.Suspect, s.Trend)
	if s.Container != nil {
		fmt.Fprintf(&b, "\n  container %+v", *s.Container)
	}
	if s.Blocked != nil {
		fmt.Fprintf(&b, "\n  blocked %s on %s, proof %v", s.Blocked.WaitReason, s.Blocked.Object, s.Blocked.Proof)
	}
	for i, l := range s.Chain {
		if i == 8 {
			fmt.Fprintf(&b, "\n    … %d more", len(s.Chain)-i)
			break
		}
		fmt.Fprintf(&b, "\n    %s %s %s%s %s", l.Kind, l.Name, l.Type, l.Ref, l.Origin)
	}
	return b.String()
}

// steady: it grew from look to look by about as much.
func steady(s *evidence.HeapSuspect) bool {
	return len(s.Count) > 2 && slices.IsSorted(s.Count) && s.Count[0] < s.Count[len(s.Count)-1] && s.Trend.Confidence > 0.6
}

func TestGrowth(t *testing.T) {
	paths := programs(t)
	for _, tt := range []struct {
		kind      string
		suspect   evidence.SuspectKind
		container string
		root      string // in a program with symbols
		typ       string
		ref       string // a reference of the chain
		each      int64  // how much longer it gets in a step; 0: not said
	}{
		{"map", evidence.SuspectContainer, "map", "main.sessions", "main.session", `["session `, 200},
		{"slice", evidence.SuspectContainer, "slice", "main.history", "main.session", "[", 200},
		{"texts", evidence.SuspectContainer, "slice", "main.texts", "string", "[", 200},
		{"list", evidence.SuspectContainer, "list", "main.recent", "main.session", ".Value", 0},
		{"sync", evidence.SuspectContainer, "sync.Map", "main.shared", "main.session", `["session `, 0},
		{"chan", evidence.SuspectContainer, "chan", "main.queue", "main.session", "(buffer)", 200},
		{"closures", evidence.SuspectListeners, "slice", "main.hooks", "func", "[", 200},
		{"linked", evidence.SuspectContainer, "", "main.head", "main.session", ".next", 0},
		{"field", evidence.SuspectContainer, "slice", "main.own", "main.session", ".items", 200},
	} {
		for _, name := range []string{"plain", "stripped"} {
			t.Run(tt.kind+" "+name, func(t *testing.T) {
				r := newPatient(t, paths[name], tt.kind).watched(t, 4)
				matches, most := 0, 1
				if name == "stripped" && (tt.kind == "list" || tt.kind == "linked") {
					// Nothing says of which type the variable is, nor what it leads to.
					tt.container, tt.typ, tt.ref, most = "tree", "", "", 2
				}
				fresh := int64(0)
				for i := range r.Heap.Suspects {
					s := &r.Heap.Suspects[i]
					if s.Kind != tt.suspect || !steady(s) || s.Container == nil || tt.container != "" && s.Container.Kind != tt.container {
						t.Logf("also %s", say(s))
						continue
					}
					matches++
					if root := s.Chain[0]; root.Kind != evidence.LinkGlobal || name == "plain" && root.Name != tt.root {
						t.Errorf("held by %s %s, not by %s", root.Kind, root.Name, tt.root)
					}
					if tt.typ != "" && s.Type != tt.typ {
						t.Errorf("grows by %s, not by %s", s.Type, tt.typ)
					}
					if n := s.Container.Len; tt.each != 0 && n[len(n)-1]-n[len(n)-2] != tt.each {
						t.Errorf("gets longer by %v, not by %d", n, tt.each)
					}
					if !slices.ContainsFunc(s.Chain, func(l evidence.HeapLink) bool { return strings.Contains(l.Ref, tt.ref) }) {
						t.Errorf("no reference %s", tt.ref)
					}
					fresh += s.New
					if t.Failed() {
						t.Log(say(s))
					}
				}
				if fresh < 150 {
					t.Errorf("%d are new", fresh)
				}
				if matches < 1 || matches > most {
					t.Errorf("%d suspects, not one", matches)
				}
			})
		}
	}
}

// What replaces as much as it adds does not grow.
func TestHealthy(t *testing.T) {
	path := build(t, "leaks", false)
	r := newPatient(t, path, "cache", "ring", "garbage", "pool", "served", "buffers", "finalizer").watched(t, 5)
	for i := range r.Heap.Suspects {
		s := &r.Heap.Suspects[i]
		switch {
		case s.Kind == evidence.SuspectContainer && s.Trend.Confidence < 0.6:
		case s.Kind == evidence.SuspectContainer && s.Chain[0].Name == "main.buffers": // it does grow
		case s.Kind == evidence.SuspectContainer && (s.Chain[0].Kind == evidence.LinkStack || s.Chain[0].Kind == evidence.LinkTimer): // the goroutines do
		default:
			t.Errorf("suspect: %s", say(s))
		}
	}
	if l := r.Heap.Looks; len(l) != 5 || l[0].Objects == 0 || l[0].Typed < 0.9 || l[4].GC < l[0].GC {
		t.Errorf("%+v", l)
	}
	if r.Probe.Stops < 5 || r.Probe.StoppedMS <= 0 || r.Probe.MaxStopMS > r.Probe.StoppedMS {
		t.Errorf("%+v", r.Probe)
	}
	if len(r.Limits) > 0 {
		t.Errorf("%+v", r.Limits)
	}
}

func TestBlocked(t *testing.T) {
	paths := programs(t)
	for _, name := range []string{"plain", "stripped"} {
		t.Run(name, func(t *testing.T) {
			kinds := []string{"blocked", "ring of two", "mutex", "group", "select", "nil", "pool", "lock", "served"}
			r := newPatient(t, paths[name], kinds...).watched(t, 3)
			type key struct {
				reason, function string
			}
			got := map[key]*evidence.HeapSuspect{}
			for i := range r.Heap.Suspects {
				s := &r.Heap.Suspects[i]
				if s.Kind != evidence.SuspectGoroutines {
					continue
				}
				k := key{s.Blocked.WaitReason, ""}
				for _, f := range s.Blocked.Stack {
					if strings.HasPrefix(f.Function, "main.") {
						k.function = f.Function
						break
					}
				}
				if got[k] != nil {
					t.Errorf("twice: %s", say(s))
				}
				got[k] = s
			}
			n := 0
			for _, want := range []struct {
				key
				each   int64
				proof  bool
				object string
			}{
				{key{"chan receive", "main.waitFor"}, 5, true, "chan int"},
				{key{"sync.Mutex.Lock", "main.lockTwice"}, 1, true, ""},
				{key{"sync.WaitGroup.Wait", ""}, 1, true, ""},
				{key{"select (no cases)", "main.init.func20.1"}, 1, false, ""},
				{key{"chan receive (nil chan)", "main.waitFor"}, 1, false, ""},
			} {
				var s *evidence.HeapSuspect
				for k, x := range got {
					if k.reason == want.reason && (want.function == "" || strings.HasPrefix(want.function, "main.init") || k.function == want.function) {
						if strings.Contains(k.function, "init") && want.function == "main.waitFor" {
							continue
						}
						s = x
					}
				}
				if s == nil {
					t.Errorf("no goroutine that waits for ever in %v", want.key)
					continue
				}
				n++
				if last := s.Count[len(s.Count)-1]; last != want.each*4 || s.Count[0] != want.each*2 || s.Blocked.Proof != want.proof || want.object != "" && s.Blocked.Object != want.object {
					t.Errorf("%d a step: %s", want.each, say(s))
				}
				if s.Blocked.Stacks == 0 || s.Bytes[len(s.Bytes)-1] < s.Blocked.Stacks {
					t.Errorf("%d bytes of stacks: %s", s.Blocked.Stacks, say(s))
				}
			}
			two := 0
			for k, s := range got {
				if k.reason == "chan receive" && k.function != "main.waitFor" {
					two += int(s.Count[len(s.Count)-1])
				}
				if k.function == "main.work" || strings.Contains(say(s), "main.lock\n") {
					t.Errorf("healthy: %s", say(s))
				}
			}
			if two != 8 {
				t.Errorf("%d goroutines wait for each other, not 8", two)
			}
			if len(got) != n+2 {
				t.Errorf("%d groups, not %d", len(got), n+2)
			}
			if t.Failed() {
				for k, s := range got {
					t.Logf("%v: %s", k, say(s))
				}
			}
		})
	}
}

func TestOthers(t *testing.T) {
	path := build(t, "leaks", false)
	for _, tt := range []struct {
		kind  string
		want  evidence.SuspectKind
		check func(s *evidence.HeapSuspect) bool
	}{
		{"pieces", evidence.SuspectBacking, func(s *evidence.HeapSuspect) bool {
			return s.Chain[0].Name == "main.pieces" && s.Count[2] == 40 && s.Backing.Used == 400 && s.Backing.Size == 40*64<<10
		}},
		{"pieces", evidence.SuspectBacking, func(s *evidence.HeapSuspect) bool {
			return s.Chain[0].Name == "main.names" && s.Count[2] == 40 && s.Backing.Used == 400
		}},
		// One may still be in a register, or on the stack, of who made it.
		{"cycle", evidence.SuspectFinalizers, func(s *evidence.HeapSuspect) bool {
			return s.Queue.Cycle && s.Type == "main.twin" && s.Count[2] >= 799 && s.Count[0] <= 400 && s.New >= 399
		}},
		{"stuck", evidence.SuspectFinalizers, func(s *evidence.HeapSuspect) bool {
			return !s.Queue.Cycle && s.Count[2] >= 800 && s.Count[2] > s.Count[0] && s.Bytes[2] > 0 && len(s.Queue.Runner) > 0
		}},
		{"timers", evidence.SuspectTimers, func(s *evidence.HeapSuspect) bool {
			return s.Count[2] == 800 && s.Count[0] == 400 && len(s.Container.Closures) == 1
		}},
		// A ticker is among the runtime's timers only while somebody waits for it (Go 1.23).
		{"tickers", evidence.SuspectContainer, func(s *evidence.HeapSuspect) bool { return s.Count[2] == 800 && s.Type == "time.Ticker" }},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			r := newPatient(t, path, tt.kind).watched(t, 3)
			n := 0
			for i := range r.Heap.Suspects {
				s := &r.Heap.Suspects[i]
				if s.Kind == tt.want && tt.check(s) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d suspects", n)
				for i := range r.Heap.Suspects {
					t.Log(say(&r.Heap.Suspects[i]))
				}
			}
		})
	}
}
