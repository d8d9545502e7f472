package reload

import (
	"context"
	"fmt"
	"testing"
)

// loop is the goroutine of a UI: it runs what it is given.
type loop struct {
	work  chan func()
	stop  chan struct{}
	ended chan struct{}
}

func newLoop(t testing.TB) *loop {
	l := &loop{work: make(chan func(), 100), stop: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		for {
			select {
			case f := <-l.work:
				f()
			case <-l.stop:
				return
			}
		}
	}()
	t.Cleanup(func() { close(l.stop); <-l.ended })
	return l
}

func (l *loop) Do(f func()) {
	select {
	case l.work <- f:
	case <-l.stop:
	}
}

// wait runs f there, and waits for it.
func (l *loop) wait(f func()) {
	done := make(chan struct{})
	l.Do(func() { defer close(done); f() })
	<-done
}

// component is what the tests build.
type component struct {
	text  string
	frame func() // nil: nothing
}

// slot is where a component is shown; it draws frames when a test says so.
type slot struct {
	mount  *Mount
	try    func(any) error
	shown  []string
	failed error
}

func (s *slot) Try(v any) error {
	if s.try != nil {
		return s.try(v)
	}
	return nil
}
func (s *slot) Show(v any)       { s.shown = append(s.shown, v.(*component).text) }
func (s *slot) Failed(err error) { s.failed = err }

// stage is a host with components on a loop.
type stage struct {
	t    testing.TB
	l    *loop
	h    *Host
	r    *registry
	told chan *Record
}

func newStage(t testing.TB, register func(*registry)) *stage {
	s := &stage{t: t, l: newLoop(t), r: newRegistry(), told: make(chan *Record, 1000)}
	register(s.r)
	var err error
	s.h, err = NewHost(Options{UI: s.l, FrameTimeout: long, AnswerTimeout: long, EndTimeout: long, components: s.r, Report: func(r *Record) { s.told <- r }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left, err := s.h.Close(context.Background()); err != nil || len(left) > 0 {
			t.Errorf("close: %v, left %v", err, left)
		}
	})
	return s
}

// register is Register into a registry of the test's own.
func register(r *registry, name string, build func(*Scope) (*component, error)) {
	r.add(&registration{name: name, at: caller(0), build: func(s *Scope) (any, error) { return build(s) }})
}

// mount shows a component.
func (s *stage) mount(name string) *slot {
	p := &slot{}
	s.l.wait(func() {
		m, err := s.h.Mount(name, p)
		if err != nil {
			s.t.Error(err)
			return
		}
		p.mount = m
	})
	return p
}

// load loads a generation, and draws frames until that is over.
func (s *stage) load(slots []*slot, register func(*registry)) *Record {
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			s.l.wait(func() {
				for _, p := range slots {
					p.draw()
				}
			})
		}
	}()
	defer close(done)
	return s.h.Load(context.Background(), func() error { register(s.r); return nil })
}

func (p *slot) draw() {
	p.mount.Frame(func(v any) {
		if c := v.(*component); c.frame != nil {
			c.frame()
		}
	})
}

func (p *slot) text() string { return p.mount.Value().(*component).text }

// counting is a component with a state and a goroutine.
func counting(text string, frame func()) func(*Scope) (*component, error) {
	return func(s *Scope) (*component, error) {
		n := NewState(s, "n", 0)
		n.Update(func(n int) int { return n + 1 })
		s.Go(func(ctx context.Context) { <-ctx.Done() })
		return &component{text: fmt.Sprintf("%s %d", text, n.Get()), frame: frame}, nil
	}
}
