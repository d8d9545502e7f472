package heap

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/proc"
)

// The heap profiler's rate is another during the watch, and what it was afterwards,
// however the watch ends; with NoWrite it is never touched.
func TestProfileRate(t *testing.T) {
	path := build(t, "leaks", false)
	fails := errors.New("no more")
	for _, tt := range []struct {
		name    string
		noWrite bool
		fails   bool
		stop    bool
		during  int64
	}{
		{"written", false, false, false, leastRate}, // it allocates when it is told to
		{"not written", true, false, false, 0},
		{"ended early", false, true, false, leastRate},
		{"not written, stopped", true, false, true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPatient(t, path, "slice")
			rate := func() int64 {
				n, ok := p.Program.MemProfileRate()
				if !ok {
					t.Fatal("no rate")
				}
				return n
			}
			before := rate()
			looks := 0
			r, err := Run(context.Background(), p.target(), Options{Looks: 3, NoWrite: tt.noWrite, Stop: tt.stop, Next: func() error {
				if looks++; rate() != tt.during {
					t.Errorf("the rate is %d after look %d, not %d", rate(), looks, tt.during)
				}
				if tt.fails {
					return fails
				}
				p.step()
				return nil
			}})
			if tt.fails != errors.Is(err, fails) || !tt.fails && err != nil {
				t.Errorf("error %v", err)
			}
			if rate() != before {
				t.Errorf("the rate is %d afterwards, was %d", rate(), before)
			}
			if err != nil {
				return
			}
			if tt.noWrite != (len(r.Heap.Sites) == 0) {
				t.Errorf("%d sites", len(r.Heap.Sites))
			}
			for i := range r.Heap.Suspects {
				if s := &r.Heap.Suspects[i]; s.Chain[0].Name == "main.history" && !tt.noWrite {
					if len(s.Site) == 0 || s.Site[0].Function != "main.newSession" {
						t.Errorf("allocated by %+v", s.Site)
					}
				}
			}
			want := evidence.FromClone
			if tt.stop || tt.noWrite { // to make a copy is to write, too
				want = evidence.FromStop
			}
			for _, l := range r.Heap.Looks {
				if l.Source != want || l.Stopped <= 0 {
					t.Errorf("%+v", l)
				}
			}
		})
	}
}

// A program that goes away during the watch.
func TestGoesAway(t *testing.T) {
	path := build(t, "leaks", false)
	for _, tt := range []struct {
		name, kind string
		next       func(p *patient)
	}{
		{"killed", "slice", func(p *patient) { kill(p.Process.PID); p.out.Scan() }},
		{"exits", "exit", func(p *patient) { p.step() }},
		{"is another program", "exec", func(p *patient) { p.step() }},
		{"starts itself anew", "again", func(p *patient) { p.step(); p.out.Scan() }}, // which says that it is ready
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPatient(t, path, tt.kind)
			if tt.kind != "slice" {
				p.step()
			}
			r, err := Run(context.Background(), p.target(), Options{Looks: 3, Next: func() error { tt.next(p); return nil }})
			var e *proc.Error
			if !errors.As(err, &e) || r != nil {
				t.Fatalf("error %v", err)
			}
			if e.Reason != proc.Exited {
				t.Errorf("reason %v: %v", e.Reason, err)
			}
			if rate, ok := p.Program.MemProfileRate(); tt.kind == "again" && (!ok || rate != 0) {
				t.Errorf("the new program has the rate %d, %v", rate, ok)
			}
		})
	}
	p := newPatient(t, path, "slice")
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := Run(ctx, p.target(), Options{Looks: 3, Interval: time.Hour, Progress: func(stage string, _, _ int, _, _ uint64) {
		if stage == "wait" {
			cancel()
		}
	}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after it was cancelled", err)
	}
	if !p.step() {
		t.Error("the program does not go on")
	}
}

// state is the state of a process in /proc.
func state(t *testing.T, pid int) string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), ") ")
	return after[:1]
}

// A program that somebody has stopped can be looked at, and stays stopped.
func TestStopped(t *testing.T) {
	p := newPatient(t, build(t, "leaks", false), "slice")
	p.step()
	pid := p.Process.PID
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for state(t, pid) != "T" {
		runtime.Gosched()
	}
	r, err := Run(context.Background(), p.target(), Options{Looks: 2, Next: func() error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if l := r.Heap.Looks; len(l) != 2 || l[0].Objects < 200 || l[0].Objects != l[1].Objects {
		t.Errorf("%+v", l)
	}
	// It passes through another state while it is let go (ptrace(2), group-stop).
	for end := time.Now().Add(5 * time.Second); state(t, pid) != "T" && time.Now().Before(end); {
		runtime.Gosched()
	}
	if s := state(t, pid); s != "T" {
		t.Errorf("it is in state %s afterwards", s)
	}
	syscall.Kill(pid, syscall.SIGCONT)
	if !p.step() {
		t.Error("it does not go on")
	}
}

// Fields of variables, through pointers and interfaces.
func TestEnter(t *testing.T) {
	p := newPatient(t, build(t, "leaks", false), "field")
	p.step()
	s, err := p.Process.Snapshot(context.Background(), proc.SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	target := p.target()
	target.Program = p.Program.In(s)
	l, err := read(context.Background(), target, s.Threads, nil)
	if err != nil {
		t.Fatal(err)
	}
	variable := func(name string) spot {
		for _, g := range l.globals.list {
			if g.Name == name {
				return spot{g.Type, g.Addr}
			}
		}
		t.Fatalf("no variable %s", name)
		return spot{}
	}
	own := variable("main.own")
	for _, tt := range []struct {
		path    string
		ok      bool
		null    bool
		number  int64
		targets int
	}{
		{"items", true, false, 0, 200},
		{"count", true, false, 7, 0},
		{"minus", true, false, -3, 0},
		{"any.count", true, false, 7, 0},
		{"any.any.any.count", true, false, 7, 0},
		{"none", true, false, 0, 0},
		{"none.count", true, true, 0, 0},
		{"none.none.none", true, true, 0, 0},
		{"deep.list", true, false, 0, 1},
		{"deep.list.len", true, false, 0, 0},
		{"nothing", false, false, 0, 0},
		{"count.nothing", false, false, 0, 0},
		{"", false, false, 0, 0},
	} {
		at, ok := l.enter(own, tt.path)
		if ok != tt.ok || ok && (at.addr == 0) != tt.null {
			t.Errorf("%q: %+v, %v", tt.path, at, ok)
			continue
		}
		if n, ok := l.number(own)(tt.path); tt.number != 0 && (n != tt.number || !ok) {
			t.Errorf("%q is %d, %v, not %d", tt.path, n, ok, tt.number)
		}
		if ids := l.targets(at); ok && tt.targets > 0 && len(ids) != tt.targets {
			t.Errorf("%q leads to %d objects, not %d", tt.path, len(ids), tt.targets)
		}
		if zero, ok := l.zero(own)(tt.path); tt.ok && (!ok || zero != (tt.null || tt.path == "none" || tt.path == "deep.list.len")) {
			t.Errorf("%q is zero: %v, %v", tt.path, zero, ok)
		}
	}
	if n, ok := l.number(variable("main.holder"))("count"); n != 9 || !ok {
		t.Errorf("behind an interface: %d, %v", n, ok)
	}
	id, ok := l.heap.Find(mustWord(t, l, own.addr))
	v, isValue := l.valueOf(id)
	if !ok || !isValue || v.t.FullName() != "main.owner" {
		t.Errorf("%+v", v)
	}
	for _, tt := range []struct {
		offset             uint64
		holder, field, typ string
	}{
		{0, "main.owner", "items", "[]*main.session"},
		{24, "main.owner", "byName", "map[string]*main.session"},
		{32, "main.owner", "deep.list", "*container/list.List"},
		{40, "main.owner", "any", "interface {}"},
		{1 << 20, "main.owner", "", "main.owner"},
	} {
		holder, field, typ := holderOf(v.t, tt.offset)
		if holder == nil || typ == nil || holder.FullName() != tt.holder || field != tt.field || typ.FullName() != tt.typ {
			t.Errorf("+%d: %v %q %v", tt.offset, holder, field, typ)
		}
	}
	list := l.prog.TypeByName("container/list.List")
	if holder, field, _ := holderOf(list, 8); holder == nil || holder.FullName() != "container/list.Element" || field != "prev" {
		t.Errorf("%v %q", holder, field)
	}
	if holder, _, typ := holderOf(nil, 0); holder != nil || typ != nil {
		t.Error("no type has a holder")
	}
	if l.heap.Desc(goheap.None).Kind != goheap.Unknown || l.chain(goheap.None) != nil {
		t.Error("no object has a chain")
	}
}

func mustWord(t *testing.T, l *look, addr uint64) uint64 {
	t.Helper()
	v, ok := l.prog.Word(addr)
	if !ok {
		t.Fatalf("no word at %#x", addr)
	}
	return v
}
