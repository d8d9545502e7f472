package gort_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// Every goroutine of a program that stands still in every known way must be seen
// as the runtime sees it: id, state, creator, and each frame with its function,
// line, inlining, and addresses.
func TestParked(t *testing.T) {
	for _, v := range []variant{plain, stripped, strippedPIE, withCgo, externalStrip, externalPIE} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			testParked(t, build(t, "parked", v, ""))
		})
	}
}

// The same for programs of the neighbouring Go versions.
func TestParkedOtherVersions(t *testing.T) {
	if testing.Short() {
		t.Skip("builds with other toolchains, which may have to be fetched")
	}
	for _, version := range []string{"go1.25.11", "go1.27.4"} {
		for _, v := range []variant{stripped, withCgo} {
			t.Run(version+" "+v.name, func(t *testing.T) {
				t.Parallel()
				testParked(t, build(t, "parked", v, version))
			})
		}
	}
}

func testParked(t *testing.T, path string) {
	tg := start(t, path)
	tr := tg.tracer(t)
	tg.await(t, func(gs []*gort.Goroutine) bool { // main reads its input
		i := slices.IndexFunc(gs, func(g *gort.Goroutine) bool { return g.ID == 1 })
		return i >= 0 && gs[i].StatusName() == "syscall" && strings.Contains(fmt.Sprint(accountOf(tg.Program, gs[i])), "io.Copy ")
	})
	views := map[string]gort.Options{
		"while it runs": {},
		"stopped":       {Stopper: tr, StopAll: true},
	}
	got := map[string][]*gort.Goroutine{}
	for name, o := range views {
		s, err := tg.Goroutines(o)
		if err != nil {
			t.Fatal(err)
		}
		if s.Changed != 0 {
			t.Errorf("%s: %d goroutines changed, all stand still", name, s.Changed)
		}
		got[name] = s.Goroutines
		checkObjects(t, tg, s.Goroutines)
	}
	dump := tg.end(syscall.SIGQUIT)
	want := runtimeAccount(dump)
	if len(want) < 30 {
		t.Fatalf("the runtime's own dump has %d goroutines:\n%s", len(want), dump)
	}
	for name, gs := range got {
		want := maps.Clone(want)
		gs, asleep := withoutBusyRuntime(tg.Program, gs, want)
		if asleep < 2 {
			t.Errorf("%s: %d goroutines of the runtime are as it says", name, asleep)
		}
		for _, d := range differences(tg.Program, gs, want) {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// withoutBusyRuntime leaves out, from both accounts, the runtime's own goroutines
// that have moved between them: the scavenger and the collector's workers go on
// in a program that stands still. It says how many have not.
func withoutBusyRuntime(p *gort.Program, gs []*gort.Goroutine, want map[uint64]account) ([]*gort.Goroutine, int) {
	var out []*gort.Goroutine
	asleep := 0
	for _, g := range gs {
		a := accountOf(p, g)
		own := len(a.frames) > 0 && !slices.ContainsFunc(a.frames, func(f string) bool {
			return !strings.HasPrefix(f, "runtime.") || strings.HasPrefix(f, "runtime.main ") || strings.HasPrefix(f, "runtime.runFinalizers ")
		})
		if w, ok := want[g.ID]; own && ok && (w.head != a.head || !slices.Equal(w.frames, a.frames)) {
			delete(want, g.ID)
			continue
		}
		if own {
			asleep++
		}
		out = append(out, g)
	}
	return out, asleep
}

// checkObjects compares what goroutines wait for with what they said before.
func checkObjects(t *testing.T, tg *target, gs []*gort.Goroutine) {
	t.Helper()
	byID := map[uint64]*gort.Goroutine{}
	for _, g := range gs {
		byID[g.ID] = g
	}
	want := map[uint64][]string{}
	for _, l := range tg.said {
		var id, addr uint64
		var kind string
		if n, _ := fmt.Sscanf(l, "object %d %s 0x%x", &id, &kind, &addr); n == 3 {
			want[id] = append(want[id], fmt.Sprintf("%s %#x", kind, addr))
		}
		if n, _ := fmt.Sscanf(l, "labels %d", &id); n == 1 {
			if g := byID[id]; g == nil || fmt.Sprint(tg.Labels(g)) != "map[job:index tenant:a b]" {
				t.Errorf("goroutine %d: wrong labels", id)
			}
		}
	}
	if len(want) < 20 {
		t.Errorf("the program named %d objects: %s", len(want), strings.Join(tg.said, "\n"))
	}
	for id, w := range want {
		g := byID[id]
		if g == nil {
			t.Errorf("goroutine %d was not found", id)
			continue
		}
		var have []string
		for _, x := range tg.Waits(g) {
			have = append(have, fmt.Sprintf("%s %#x", x.Kind, x.Addr))
			takes := slices.ContainsFunc(g.Frames, func(f gort.Frame) bool { return strings.HasPrefix(f.Func.Name(), "main.take") })
			if x.Funcs != takes {
				t.Errorf("goroutine %d: its channel carries functions: %v", id, x.Funcs)
			}
		}
		slices.Sort(have)
		slices.Sort(w)
		if !slices.Equal(have, w) {
			t.Errorf("goroutine %d (%s) waits for %v, it said %v", id, g.WaitReason, have, w)
		}
	}
}
