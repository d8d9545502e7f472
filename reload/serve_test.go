package reload

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRegisteredTwice(t *testing.T) {
	r := newRegistry()
	register(r, "a", nil)
	register(r, "a", nil)
	_, err := NewHost(Options{UI: newLoop(t), components: r})
	var twice *DuplicateError
	if !errors.As(err, &twice) || twice.Name != "a" || !strings.Contains(twice.First, "serve_test.go:") || twice.First == twice.Second {
		t.Error(err)
	}
	if _, err := NewHost(Options{}); err == nil {
		t.Error("a host without a UI")
	}
	r = newRegistry()
	register(r, "", nil)
	if r.err() == nil {
		t.Error("a component without a name")
	}
}

func TestSaveAndRestore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	s := newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	s.mount("a")
	if left, err := s.h.Save(context.Background(), path); err != nil || len(left) > 0 {
		t.Fatal(left, err)
	}
	t.Setenv(EnvState, path)
	s = newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	a := s.mount("a")
	s.l.wait(func() {
		if a.text() != "one 2" {
			t.Error(a.text())
		}
	})
	if os.Getenv(EnvState) != "" {
		t.Error("what the program starts would take the state for its own")
	}
	if err := os.WriteFile(path, []byte("foreign"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(EnvState, path)
	s = newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	if r := <-s.told; r.Outcome != Failed || !strings.Contains(r.Err().Error(), "not a file of states") {
		t.Error(r)
	}
	a = s.mount("a")
	s.l.wait(func() {
		if a.text() != "one 1" {
			t.Error(a.text())
		}
	})
}

func TestServe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	server, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	t.Setenv(EnvDev, path)
	s := newStage(t, func(r *registry) { register(r, "a", counting("one", nil)) })
	s.h.o.Open = func(path string) error {
		if path != "good.so" {
			return errors.New("no such plugin")
		}
		register(s.r, "a", counting("two", nil))
		return nil
	}
	conn, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	next := func() (m Message) {
		t.Helper()
		if !lines.Scan() {
			t.Fatal(lines.Err())
		}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	answer := func(q Request) Message {
		t.Helper()
		if err := json.NewEncoder(conn).Encode(q); err != nil {
			t.Fatal(err)
		}
		for {
			if m := next(); m.ID == q.ID {
				return m
			}
		}
	}
	if m := next(); m.Hello == nil || m.Hello.PID != os.Getpid() || m.Hello.Plugins != (m.Hello.Why == "") {
		t.Errorf("%+v", m.Hello)
	}
	a := s.mount("a")
	s.l.wait(a.draw)
	for !next().Frame {
	}
	if m := answer(Request{ID: 1, Do: "load", Path: "bad.so"}); m.Record == nil || m.Record.Outcome != Failed || m.Record.Stages[0].Why != "no such plugin" {
		t.Errorf("%+v", m.Record)
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			default:
				s.l.wait(a.draw)
			}
		}
	}()
	if m := answer(Request{ID: 2, Do: "load", Path: "good.so"}); m.Record == nil || m.Record.Outcome != OK || len(m.Record.Stages) != 4 {
		t.Errorf("%+v", m)
	}
	close(done)
	if m := answer(Request{ID: 3, Do: "status"}); m.Status == nil || m.Status.Components["a"] != 2 || len(m.Status.Goroutines) == 0 {
		t.Errorf("%+v", m.Status)
	}
	file := filepath.Join(t.TempDir(), "state")
	if m := answer(Request{ID: 4, Do: "save", Path: file}); m.Error != "" {
		t.Error(m.Error)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	if m := answer(Request{ID: 6, Do: "error", Text: "x.go:3: undefined: y"}); m.Error != "" {
		t.Error(m.Error)
	}
	s.l.wait(func() {
		if a.failed == nil || a.failed.Error() != "x.go:3: undefined: y" {
			t.Error(a.failed)
		}
	})
	if m := answer(Request{ID: 7, Do: "error"}); m.Error != "" {
		t.Error(m.Error)
	}
	s.l.wait(func() {
		if a.failed != nil {
			t.Error(a.failed)
		}
	})
	if m := answer(Request{ID: 5, Do: "dance"}); m.Error == "" {
		t.Error("it dances")
	}
}

// What a restart has no place for is told when the component is shown.
func TestAfterARestartWhatIsAsideIsTold(t *testing.T) {
	type before struct{ Name, Note string }
	type after struct{ Name string }
	path := filepath.Join(t.TempDir(), "state")
	s := newStage(t, func(r *registry) {
		register(r, "a", func(s *Scope) (*component, error) {
			NewState(s, "s", before{"n", "note"})
			return &component{}, nil
		})
	})
	s.mount("a")
	if _, err := s.h.Save(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	s = newStage(t, func(r *registry) {
		register(r, "a", func(s *Scope) (*component, error) {
			return &component{text: NewState(s, "s", after{}).Get().Name}, nil
		})
	})
	if err := s.h.Restore(path); err != nil {
		t.Fatal(err)
	}
	a := s.mount("a")
	if r := <-s.told; r.Outcome != OK || len(r.Aside) != 1 || r.Aside[0].Path != "Note" || !strings.Contains(r.String(), "a/s.Note (string) kept aside: reload.after has no field Note") {
		t.Error(r)
	}
	// And it comes back with a later generation.
	r := s.load([]*slot{a}, func(r *registry) {
		register(r, "a", func(s *Scope) (*component, error) {
			return &component{text: NewState(s, "s", before{}).Get().Note}, nil
		})
	})
	s.l.wait(func() {
		if r.Outcome != OK || len(r.Aside) != 0 || a.text() != "note" {
			t.Error(r, a.text())
		}
	})
}
