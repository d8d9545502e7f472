package exact_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/native/exact"
)

// In a program that goes on to make threads, the later ones get the rings of those that
// are gone; the memory of the rings is given back in the end.
func TestRingsAreReused(t *testing.T) {
	for _, preloaded := range []bool{false, true} {
		t.Run(fmt.Sprintf("preloaded=%v", preloaded), func(t *testing.T) {
			prog, h, p := startHooked(t, "threads", preloaded)
			poll := func() {
				t.Helper()
				if err := h.Poll(); err != nil {
					t.Fatal(err)
				}
				if err := h.Libraries(); err != nil {
					t.Fatal(err)
				}
			}
			poll()
			fmt.Fprintln(prog.Stdin, "many")
			prog.Until(t, "done")
			poll()
			if h.SoFar().Lost == 0 {
				t.Fatal("there was a ring for each thread")
			}
			fmt.Fprintln(prog.Stdin, "one")
			prog.Until(t, "done")
			before := h.Seen()
			for end := time.Now().Add(time.Minute); h.Seen() < before+1000; time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("the last thread is not seen: %d recorded, %d lost", h.Seen()-before, h.SoFar().Lost)
				}
				poll()
			}
			if err := h.Detach(); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Result(); err != nil {
				t.Fatal(err)
			}
			had := p.RSS()
			if err := h.Release(); err != nil {
				t.Fatal(err)
			}
			if has := p.RSS(); has+512<<10 > had {
				t.Errorf("%d bytes were resident, %d are now", had, has)
			}
			if !p.Alive() {
				t.Error("the program has ended")
			}
			// And it can be recorded again.
			again := h
			var err error
			if preloaded {
				err = h.Resume()
			} else {
				again, err = exact.Attach(p, noLayout)
			}
			if err != nil {
				t.Fatal(err)
			}
			before = again.Seen()
			for end := time.Now().Add(time.Minute); again.Seen() < before+1000; time.Sleep(time.Millisecond) {
				if err := again.Poll(); err != nil {
					t.Fatal(err)
				}
				if time.Now().After(end) {
					t.Fatal("it is not recorded again")
				}
			}
			if err := again.Detach(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
