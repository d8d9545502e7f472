package page_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/diagnose"
	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/probe/page"
	"github.com/gomedic/gomedic/internal/probe/wasm"
	"github.com/gomedic/gomedic/internal/report"
)

// What grows in a page's program, and what waits for good there, is told as of a
// process, with the chain that holds it.
func TestHeap(t *testing.T) {
	needBrowser(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	o := page.Options{Page: wasm.Options{URL: serve(t, "leaking", "-ldflags=-s -w")}}
	res, id, err := page.Heap(ctx, o, heap.Options{Looks: 5, Interval: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Heap.Looks) != 5 || res.Heap.Looks[0].Source != evidence.FromPage || res.Heap.Looks[4].Typed < 0.5 {
		t.Errorf("looks %s", dumped(res.Heap.Looks))
	}
	ev := &evidence.Evidence{Target: *id, Heap: &res.Heap}
	found := diagnose.Findings(ev)
	of := func(id string) *report.Finding {
		if i := slices.IndexFunc(found, func(f report.Finding) bool { return f.ID == id }); i >= 0 {
			return &found[i]
		}
		t.Errorf("no %s in %s", id, dumped(found))
		return &report.Finding{}
	}
	lines := markersOf(t, "leaking")
	if f := of("leak/goroutine"); f.Where == nil || f.Where.Line != lines["watch"] {
		t.Errorf("goroutines: %s", dumped(f.Where))
	}
	of("leak/map")
	if a, b := dumped(found), dumped(diagnose.Findings(bundled(t, ev))); a != b {
		t.Errorf("the bundle gives other findings:\n%s\n%s", a, b)
	}
}
