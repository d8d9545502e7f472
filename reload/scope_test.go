package reload

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// long is a timeout that is never reached when all is well.
const long = 20 * time.Second

func testScope(t testing.TB, panicked func(*Scope, *PanicError)) *Scope {
	s := newScope("orders", newStore().newLayer(3), panicked)
	t.Cleanup(func() { s.End(0) })
	return s
}

// line is "file:line" of the line before the call.
func line() string {
	_, file, n, _ := runtime.Caller(1)
	return place(file, n-1)
}

func TestEndEndsEverything(t *testing.T) {
	s := testScope(t, nil)
	var ended atomic.Int32
	started := make(chan struct{})
	s.Go(func(ctx context.Context) {
		close(started)
		<-ctx.Done()
		ended.Add(1)
	})
	<-started
	s.AfterFunc(time.Hour, func() { t.Error("ran") })
	ran := make(chan struct{})
	s.AfterFunc(0, func() { close(ran) })
	<-ran
	tick := s.Ticker(time.Hour)
	var order []string
	s.Subscribe(func() func() { return func() { order = append(order, "first") } })
	cancel := s.Subscribe(func() func() { return func() { order = append(order, "cancelled") } })
	s.Subscribe(func() func() { return func() { order = append(order, "last") } })
	cancel()
	cancel()
	if left := s.End(long); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if got := strings.Join(order, " "); got != "cancelled last first" || ended.Load() != 1 {
		t.Errorf("%s, %d ended", got, ended.Load())
	}
	tick.Reset(time.Hour) // it was stopped, else this would be no use
	tick.Stop()
	s.Go(func(context.Context) { t.Error("started after the end") })
	s.Subscribe(func() func() { t.Error("subscribed after the end"); return nil })
	if s.AfterFunc(0, func() { t.Error("ran after the end") }); len(s.ends) != 0 {
		t.Error("a timer of an ended scope is kept")
	}
	if s.Context().Err() == nil {
		t.Error("the context goes on")
	}
	if left := s.End(0); len(left) > 0 {
		t.Errorf("ended again: %v", left)
	}
}

func TestAfterFuncStops(t *testing.T) {
	s := testScope(t, nil)
	stop := s.AfterFunc(time.Hour, func() { t.Error("ran") })
	if !stop() || stop() || len(s.ends) != 0 {
		t.Error("stop")
	}
}

func TestWhatRemainsIsFound(t *testing.T) {
	s := testScope(t, nil)
	release := make(chan struct{})
	var running sync.WaitGroup
	stay := func() { running.Done(); <-release }
	running.Add(5)
	s.Go(func(context.Context) { stay() })
	direct := line()
	s.Go(func(context.Context) {
		go stay() // by itself
		go func() { go stay(); stay() }()
	})
	parent := line()
	s.AfterFunc(0, stay)
	timer := line()
	running.Wait()
	var left []Leftover
	for n := 6; n > 5; runtime.Gosched() { // the one that has started them may be on its way out
		left, n = s.End(0), 0
		for _, l := range left {
			n += l.Count
		}
	}
	counts := map[string]int{}
	for _, l := range left {
		if l.Component != "orders" || l.Generation != 3 || !strings.Contains(l.Where, "TestWhatRemainsIsFound") {
			t.Errorf("%+v", l)
		}
		counts[l.Start] += l.Count
	}
	parent = shift(parent, -3)
	if counts[direct] != 1 || counts[parent] != 3 || counts[timer] != 1 || len(counts) != 3 {
		t.Errorf("%v\nwant 1 of %s, 3 of %s, 1 of %s", counts, direct, parent, timer)
	}
	close(release)
	if left := s.End(long); len(left) > 0 {
		t.Errorf("released, and left: %v", left)
	}
}

// shift moves a "file:line" by some lines.
func shift(place string, by int) string {
	i := strings.LastIndex(place, ":")
	var n int
	fmt.Sscan(place[i+1:], &n)
	return fmt.Sprintf("%s:%d", place[:i], n+by)
}

func TestAPanicIsReportedWithItsLine(t *testing.T) {
	got := make(chan *PanicError, 4)
	s := testScope(t, func(_ *Scope, p *PanicError) { got <- p })
	var none map[string]int
	s.Go(func(context.Context) { none["x"] = 1 })
	want := line()
	if p := <-got; p.Where != want || !strings.Contains(p.Error(), "nil map") || p.Unwrap() == nil || p.Stack == "" {
		t.Errorf("%v, want %s", p, want)
	}
	s.Go(func(context.Context) { _ = strings.Repeat("x", -1) }) // in the standard library
	want = line()
	if p := <-got; p.Where != want {
		t.Errorf("%v, want %s", p, want)
	}
	s.AfterFunc(0, func() { panic("later") })
	want = line()
	if p := <-got; p.Where != want || p.Value != "later" {
		t.Errorf("%v, want %s", p, want)
	}
	s.Guard(func() { panic("button") })()
	if p := <-got; p.Value != "button" {
		t.Error(p)
	}
	s.Subscribe(func() func() { return func() { panic("at the end") } })
	s.End(long)
	if p := <-got; p.Value != "at the end" {
		t.Error(p)
	}
}

func TestScopesAreSafe(t *testing.T) {
	s := testScope(t, nil)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				s.Go(func(ctx context.Context) { <-ctx.Done() })
				s.Ticker(time.Hour)
				s.AfterFunc(time.Hour, func() {})()
				s.Subscribe(func() func() { return func() {} })()
			}
		})
	}
	all.Go(func() { s.End(long) })
	all.Wait()
	if left := s.End(long); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
