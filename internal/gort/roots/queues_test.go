package roots_test

import (
	"slices"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/roots"
)

// A finalizer that does not come back holds the others up; cleanups likewise.
func TestQueues(t *testing.T) {
	for _, v := range []struct {
		name, toolchain string
		flags           []string
	}{
		{"plain", "", nil},
		{"stripped", "", []string{"-ldflags=-s -w"}},
		{"go1.25", "go1.25.11", []string{"-ldflags=-s -w"}},
		{"go1.27", "go1.27.4", []string{"-ldflags=-s -w"}},
	} {
		t.Run(v.name, func(t *testing.T) {
			if testing.Short() && v.toolchain != "" {
				t.Skip("builds with another toolchain, which may have to be fetched")
			}
			t.Parallel()
			tg := start(t, build(t, "queues", v.toolchain, "0", v.flags...))
			tg.await(t, func() bool {
				s, err := tg.Goroutines(gort.Options{})
				if err != nil {
					t.Fatal(err)
				}
				q := roots.ReadQueues(tg.Program, s.Goroutines)
				return q.Runs && q.Running > 0 && stands(q.Finalizer, "main.finalize")
			})
			f := look(t, tg)
			q := f.queues
			// The one that is being run is still on its queue; cleanups are taken off
			// a block at a time.
			if q.Finalizers < 35 || q.Finalizers > 40 || !stands(q.Finalizer, "main.finalize") {
				t.Errorf("%d finalizers wait, %v", q.Finalizers, q.Finalizer)
			}
			if q.Cleanups == 0 || q.Cleanups > 40 || !slices.ContainsFunc(q.Runners, func(g *gort.Goroutine) bool { return stands(g, "main.clean") }) {
				t.Errorf("%d cleanups wait, %d run", q.Cleanups, q.Running)
			}
			count := map[roots.Kind]int{}
			for _, r := range f.roots {
				if r.Queued {
					count[r.Kind]++
				}
				if r.Queued && r.Kind == roots.Finalizer && r.Name != "main.finalize" {
					t.Errorf("a finalizer is %s", r.Name)
				}
			}
			if count[roots.Finalizer] < 2*q.Finalizers || count[roots.Cleanup] < q.Cleanups {
				t.Errorf("roots of queues: %v", count)
			}
			t.Logf("%d finalizers, %d cleanups, %d running; %+v", q.Finalizers, q.Cleanups, q.Running, *f.stats)
		})
	}
}

// stands reports whether a goroutine has a function on its stack.
func stands(g *gort.Goroutine, function string) bool {
	return g != nil && slices.ContainsFunc(g.Frames, func(f gort.Frame) bool { return f.Func.Name() == function })
}
