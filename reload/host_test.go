package reload

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

func outcomes(r *Record) string {
	var all []string
	for _, s := range r.Stages {
		all = append(all, s.Name+" "+string(s.Outcome))
	}
	return strings.Join(all, ", ")
}

func TestAGenerationReplacesTheOneBefore(t *testing.T) {
	s := newStage(t, func(r *registry) {
		register(r, "a", counting("one", nil))
		register(r, "b", counting("other", nil))
	})
	a, b := s.mount("a"), s.mount("b")
	old := a.mount.Scope()
	r := s.load([]*slot{a, b}, func(r *registry) { register(r, "a", counting("two", nil)) })
	if got := outcomes(r); got != "load ok, trial ok, swap ok, first frame ok" || r.Outcome != OK || r.Err() != nil {
		t.Fatalf("%s\n%s", got, r)
	}
	s.l.wait(func() {
		if a.text() != "two 2" || b.text() != "other 1" || r.Generation != 1 || a.mount.Scope().Generation() != 1 {
			t.Errorf("%s, %s, %d", a.text(), b.text(), r.Generation)
		}
	})
	s.h.ends.Wait()
	if old.Context().Err() == nil || len(old.Leftovers()) > 0 {
		t.Errorf("the old scope goes on: %v", old.Leftovers())
	}
	if b.mount.Scope().Context().Err() != nil {
		t.Error("the other component was ended")
	}
	if !strings.Contains(r.String(), "generation 1 of a: ok · load ") {
		t.Error(r)
	}
}

func TestATrialThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		register func(*registry)
		stages   string
		why      string
		where    bool
	}{
		"an error": {func(r *registry) {
			register(r, "a", func(*Scope) (*component, error) { return nil, errors.New("no file") })
		}, "load ok, trial failed", `component "a": no file`, false},
		"a panic": {func(r *registry) {
			register(r, "a", func(s *Scope) (*component, error) {
				NewState(s, "n", 0).Set(99)
				s.Go(func(ctx context.Context) { <-ctx.Done() })
				var none *component
				return &component{text: none.text}, nil
			})
		}, "load ok, trial failed", "nil pointer", true},
		"twice":       {func(r *registry) { register(r, "a", nil); register(r, "a", nil) }, "load failed", `component "a" is registered twice`, false},
		"nothing":     {func(r *registry) {}, "load failed", "it registers no component", false},
		"a bad init":  {func(r *registry) { panic("init") }, "load failed", "panic: init", true},
		"not to Show": {func(r *registry) { register(r, "a", counting("unshowable", nil)) }, "load ok, trial failed", "not shown here", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
			a := s.mount("a")
			a.try = func(v any) error {
				if strings.HasPrefix(v.(*component).text, "unshowable") {
					return errors.New("not shown here")
				}
				return nil
			}
			r := s.load([]*slot{a}, c.register)
			last := r.Stages[len(r.Stages)-1]
			if outcomes(r) != c.stages || r.Outcome != Failed || !strings.Contains(last.Why, c.why) || r.Err() == nil {
				t.Errorf("%s", r)
			}
			if c.where != strings.Contains(last.Where, "host_test.go:") {
				t.Errorf("where: %q", last.Where)
			}
			s.l.wait(func() {
				if a.text() != "one 1" || len(a.shown) != 1 {
					t.Errorf("%s, shown %v", a.text(), a.shown)
				}
			})
			if r := s.load([]*slot{a}, func(r *registry) { register(r, "a", counting("two", nil)) }); r.Outcome != OK {
				t.Error(r)
			}
			s.l.wait(func() {
				if a.text() != "two 2" || a.failed != nil {
					t.Errorf("repaired: %s, %v", a.text(), a.failed)
				}
			})
		})
	}
}

func TestAPanicInTheFirstFramesRollsBack(t *testing.T) {
	s := newStage(t, func(r *registry) {
		register(r, "a", counting("one", nil))
		register(r, "b", counting("one", nil))
	})
	a, b := s.mount("a"), s.mount("b")
	frames := 0
	r := s.load([]*slot{a, b}, func(r *registry) {
		register(r, "a", counting("two", nil))
		register(r, "b", counting("two", func() {
			if frames++; frames == 2 {
				panic("in a frame")
			}
		}))
	})
	if got := outcomes(r); got != "load ok, trial ok, swap ok, first frame rolled back" || r.Outcome != RolledBack || r.Panic == nil {
		t.Fatalf("%s\n%s", got, r)
	}
	if last := r.Stages[3]; !strings.Contains(last.Where, "host_test.go:") || r.Err() == nil {
		t.Errorf("%+v", last)
	}
	s.l.wait(func() {
		if a.text() != "one 1" || b.text() != "one 1" || b.failed == nil {
			t.Errorf("%s, %s, %v", a.text(), b.text(), b.failed)
		}
	})
	// The states are those from before the swap.
	if r := s.load([]*slot{a, b}, func(r *registry) { register(r, "a", counting("three", nil)) }); r.Outcome != OK {
		t.Fatal(r)
	}
	s.l.wait(func() {
		if a.text() != "three 2" {
			t.Error(a.text())
		}
	})
}

func TestAPanicLaterBringsTheCodeBeforeBack(t *testing.T) {
	fail := false
	s := newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	a := s.mount("a")
	if r := s.load([]*slot{a}, func(r *registry) {
		register(r, "a", counting("two", func() {
			if fail {
				panic("later")
			}
		}))
	}); r.Outcome != OK {
		t.Fatal(r)
	}
	<-s.told
	s.l.wait(func() {
		NewState(a.mount.Scope(), "n", 0).Set(70)
		fail = true
		a.draw()
		if a.text() != "one 71" || a.failed == nil { // built anew, with the state
			t.Errorf("%s, %v", a.text(), a.failed)
		}
	})
	r := <-s.told
	if r.Outcome != RolledBack || r.Back == nil || *r.Back != 0 || r.Panic == nil || r.Generation != 1 {
		t.Error(r)
	}
	// There is nothing before the first generation: the panic goes on.
	s.l.wait(func() {
		defer func() {
			if p, ok := recover().(*PanicError); !ok || p.Value != "in the first" {
				t.Errorf("recovered %v", p)
			}
		}()
		a.mount.Run(func(any) { panic("in the first") })
	})
	if r := <-s.told; r.Outcome != Failed || r.Panic.Value != "in the first" {
		t.Error(r)
	}
}

// counted is a UI that tells of each call, after it has been passed on.
type counted struct {
	UI
	n    *atomic.Int32
	told func(n int32)
}

func (c counted) Do(f func()) {
	c.UI.Do(f)
	c.told(c.n.Add(1))
}

func TestAPanicInAGoroutineRollsBack(t *testing.T) {
	s := newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	// The first frame lasts until the rollback is in the queue: after the swap that is
	// the second thing that the host wants to be done.
	hold := make(chan struct{})
	s.h.o.UI = counted{s.l, new(atomic.Int32), func(n int32) {
		if n == 2 {
			close(hold)
		}
	}}
	a := s.mount("a")
	r := s.load([]*slot{a}, func(r *registry) {
		register(r, "a", func(sc *Scope) (*component, error) {
			sc.Go(func(context.Context) { panic("in a goroutine") })
			return &component{text: "two", frame: func() { <-hold }}, nil
		})
	})
	if r.Outcome != RolledBack || r.Panic == nil || r.Panic.Value != "in a goroutine" || !strings.Contains(r.Panic.Where, "host_test.go:") {
		t.Error(r)
	}
	s.l.wait(func() {
		if a.text() != "one 1" {
			t.Error(a.text())
		}
	})
}

func TestAPanicInAGoroutineLater(t *testing.T) {
	s := newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	a := s.mount("a")
	fail := make(chan struct{})
	if r := s.load([]*slot{a}, func(r *registry) {
		register(r, "a", func(sc *Scope) (*component, error) {
			sc.Go(func(context.Context) { <-fail; panic("in a goroutine") })
			return &component{text: "two"}, nil
		})
	}); r.Outcome != OK {
		t.Fatal(r)
	}
	<-s.told
	close(fail)
	if r := <-s.told; r.Outcome != RolledBack || r.Panic == nil || r.Panic.Value != "in a goroutine" {
		t.Error(r)
	}
	s.l.wait(func() {
		if a.text() != "one 2" {
			t.Error(a.text())
		}
	})
}

func TestASlotThatCannotShow(t *testing.T) {
	s := newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	a := s.mount("a")
	r := s.h.Load(context.Background(), func() error {
		s.r.add(&registration{name: "a", at: "x.go:1", build: func(*Scope) (any, error) { return 5, nil }})
		return nil
	})
	if got := outcomes(r); got != "load ok, trial ok, swap rolled back" || r.Panic == nil {
		t.Errorf("%s\n%s", got, r)
	}
	s.l.wait(func() {
		if a.text() != "one 1" {
			t.Error(a.text())
		}
	})
}

func TestAComponentThatIsNotShownIsBuiltLater(t *testing.T) {
	s := newStage(t, func(r *registry) {
		register(r, "a", counting("one", nil))
		register(r, "b", counting("one", nil))
	})
	a := s.mount("a")
	r := s.load([]*slot{a}, func(r *registry) { register(r, "b", counting("two", nil)) })
	if got := outcomes(r); got != "load ok, trial skipped" {
		t.Errorf("%s", r)
	}
	b := s.mount("b")
	s.l.wait(func() {
		if b.text() != "two 1" || b.mount.Scope().Generation() != 1 {
			t.Error(b.text(), b.mount.Scope().Generation())
		}
		b.mount.Unmount()
	})
	s.h.ends.Wait()
	s.l.wait(func() {
		if _, err := s.h.Mount("no", &slot{}); err == nil {
			t.Error("mounted what is not registered")
		}
	})
}

func TestAWindowThatDrawsNothing(t *testing.T) {
	s := newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	s.h.o.FrameTimeout = 1
	a := s.mount("a")
	for i := range 3 {
		r := s.h.Load(context.Background(), func() error { register(s.r, "a", counting("more", nil)); return nil })
		if r.Outcome != Pending {
			t.Errorf("%d: %s", i, r)
		}
	}
	s.l.wait(func() {
		if a.text() != "more 4" {
			t.Error(a.text())
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	block := make(chan struct{})
	s.l.Do(func() { <-block })
	r := s.h.Load(ctx, func() error { register(s.r, "a", counting("more", nil)); return nil })
	close(block)
	if r.Outcome != Failed || !strings.Contains(r.Err().Error(), "has not answered") {
		t.Error(r)
	}
}

func TestTwoPlacesOfOneComponent(t *testing.T) {
	s := newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	a, b := s.mount("a"), s.mount("a")
	r := s.load([]*slot{a, b}, func(r *registry) { register(r, "a", counting("two", nil)) })
	s.l.wait(func() {
		if r.Outcome != OK || a.text() != "two 3" || b.text() != "two 4" { // they share the state
			t.Errorf("%s, %s, %s", a.text(), b.text(), r)
		}
	})
}

func TestAHundredGenerations(t *testing.T) {
	s := newStage(t, func(r *registry) { register(r, "a", counting("gen", nil)) })
	a := s.mount("a")
	for i := range 100 {
		if r := s.load([]*slot{a}, func(r *registry) {
			frames := 0
			register(r, "a", counting("gen", func() {
				if frames++; i%5 == 4 && frames == 1 {
					panic("every fifth")
				}
			}))
		}); (r.Outcome == RolledBack) != (i%5 == 4) {
			t.Fatal(i, r)
		}
	}
	s.l.wait(func() {
		if a.text() != "gen 81" {
			t.Error(a.text())
		}
	})
	s.h.ends.Wait()
	if left := goroutines(); len(left) != 1 { // the one that is shown
		t.Errorf("%d groups of goroutines are left", len(left))
	}
}

func TestAPanicIsPlacedInTheProgramsOwnCode(t *testing.T) {
	s := newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	a := s.mount("a")
	s.l.wait(func() {
		defer func() {
			p, ok := recover().(*PanicError)
			if !ok || !strings.Contains(p.Function, "TestAPanicIsPlaced") {
				t.Errorf("%+v", p)
			}
		}()
		a.mount.Run(func(any) { _ = slices.Repeat([]int{1}, -1) })
	})
	<-s.told
}
