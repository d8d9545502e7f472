package diagnose

import (
	"slices"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Where no line of the user's ran, the place is the user's call that runs the
// toolkit, whatever the samples have caught.
func TestPlaceWithoutUserCode(t *testing.T) {
	runs := func(f *evidence.Frames) {
		f.Runs = []evidence.Runner{{Goroutine: 1, Frame: evidence.Frame{Function: "main.main", Package: "main", File: "main.go", Line: 49, Origin: evidence.OriginUser}}}
	}
	update := calls("github.com/hajimehoshi/ebiten/v2/internal/graphicscommand.FlushCommands",
		"github.com/hajimehoshi/ebiten/v2/internal/ui.(*UserInterface).updateGame", "github.com/hajimehoshi/ebiten/v2/internal/ui.(*UserInterface).loopGame")
	own := func(cause evidence.LateCause) *film {
		f := filmOf("ebitengine")
		s := f.share(cause, 37*ms, update)
		s.Place = 1
		return f.sampled(5, evidence.CauseUser, running, "", inCallback("main.(*game).Update")).every(300, 6, 60*ms, s).with(runs)
	}
	free := filmOf("ebitengine").sampled(5, evidence.CauseUser, running, "", inCallback("main.(*game).Update"))
	for range 600 {
		free.frame(0, 2*ms)
	}
	for _, tt := range []filmCase{
		{"the driver", own(evidence.CauseDriver), []string{"P1 ui-stalled/gpu main.main"}},
		{"the toolkit", own(evidence.CauseToolkit), []string{"P1 ui-busy/layout main.main"}},
		{"nothing paces", free.percentiles().with(runs), []string{"P2 ui-stalled/vsync main.main"}},
	} {
		found := Findings(tt.film.Evidence)
		if got := allTold(found); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Who asks for the collections is named if most looks show it.
func TestWhoCollects(t *testing.T) {
	film := func(goroutine uint64, times int) *film {
		f := filmOf("glfw")
		f.sampled(5, evidence.CauseSwap, waiting, "", swapStack).every(300, 6, 40*ms, f.share(evidence.CauseGC, 37*ms, nil))
		return f.with(func(f *evidence.Frames) {
			f.WorldLooks = 10
			f.WorldCalls = []evidence.WorldCall{{Goroutine: goroutine, Function: "runtime/debug.FreeOSMemory", State: "wait for GC cycle", Times: times,
				Frame: evidence.Frame{Function: "main.trim", Package: "main", File: "main.go", Line: 9, Origin: evidence.OriginUser}}}
		})
	}
	for _, tt := range []filmCase{
		{"most looks", film(7, 9), []string{"P1 ui-starved/gc main.(*stage).loop < main.trim"}},
		{"the UI itself", film(uiID, 9), []string{"P1 ui-starved/gc main.trim"}},
		{"now and then", film(7, 2), []string{"P1 ui-starved/gc main.(*stage).loop"}},
	} {
		if got := allTold(Findings(tt.film.Evidence)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// What else it may be is told of the function that was seen to do it, and only if
// it was seen often enough.
func TestAlternativeIsWhatWasSeen(t *testing.T) {
	film := func(looks int) *film {
		f := filmOf("gio")
		second := f.share(evidence.CauseChannel, 12*ms, inCallback("runtime.chanrecv1", "main.feed"))
		second.Samples = looks
		return f.every(300, 60, 40*ms, f.share(evidence.CauseUser, 25*ms, inCallback("main.simulate")), second)
	}
	for looks, want := range map[int]string{4: "main.feed waits on a channel", 0: ""} {
		found := Findings(film(looks).Evidence)
		if len(found) != 1 {
			t.Fatalf("%d looks: %v", looks, allTold(found))
		}
		got := ""
		for _, a := range found[0].Alternatives {
			got += a.Title.In(text.English)
		}
		if got != want {
			t.Errorf("%d looks: %q, want %q", looks, got, want)
		}
	}
}
