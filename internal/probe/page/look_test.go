package page_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/page"
	"github.com/gomedic/gomedic/internal/probe/wasm"
)

// opened opens a page of testdata/cases and waits until its program runs.
func opened(t *testing.T, url string) *wasm.Page {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := wasm.Open(ctx, wasm.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if err := p.WaitGo(ctx); err != nil {
		t.Fatal(err)
	}
	return p
}

// A large memory that is copied in parts is, where nothing runs, the same as one that was
// copied at once; and where the program runs, that is known.
func TestLookAtLargeMemory(t *testing.T) {
	needBrowser(t)
	url := serve(t, "cases", "-ldflags=-s -w")
	t.Run("still", func(t *testing.T) {
		p := opened(t, url+"?worker,vast")
		parts := page.PartsOf()
		var last []byte
		const tries = 30 // the runtime tidies up after the program has started
		for range tries {
			l, err := p.LookAt(t.Context(), last, parts)
			if err != nil {
				t.Fatal(err)
			}
			whole, _, err := p.Memory(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if last = l.Memory; len(whole) > 64<<20 && !l.Moved {
				if !bytes.Equal(l.Memory, whole) {
					t.Error("the two copies differ")
				}
				return
			}
		}
		t.Error("a page that stands still is said to have run")
	})
	t.Run("runs", func(t *testing.T) {
		p := opened(t, url+"?clock,vast")
		parts := page.PartsOf()
		var last []byte
		for range 4 {
			l, err := p.LookAt(t.Context(), last, parts)
			if err != nil {
				t.Fatal(err)
			}
			if last = l.Memory; len(last) > 64<<20 && !l.Moved {
				t.Error("the program ran, and that was not seen")
			}
			a, err := attach.Page(l.Memory)
			if err != nil {
				t.Fatal(err)
			}
			s, err := a.Program.Goroutines(gort.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range s.Goroutines {
				if g.ID == 1 && (g.Cut != "" || len(g.Frames) == 0) {
					t.Errorf("main: %d frames, cut %q", len(g.Frames), g.Cut)
				}
			}
		}
	})
}
