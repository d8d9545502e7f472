package diagnose

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// freeFilm presents as fast as it can.
func freeFilm() *film {
	f := filmOf("glfw").with(func(f *evidence.Frames) { f.Swaps = evidence.SwapPace{Asked: 0} })
	for range 1000 {
		f.frame(0, 2*ms)
	}
	return f.percentiles().sampled(20, evidence.CauseSwap, running, "", swapStack)
}

// halvedFilm waits for each second refresh.
func halvedFilm(asked int) *film {
	f := filmOf("glfw").with(func(f *evidence.Frames) { f.Swaps.Asked = asked })
	for range 150 {
		f.frame(0, 2*period, f.share(evidence.CauseSwap, 2*period-5*ms, swapStack), f.share(evidence.CauseUser, 5*ms, inLoop("main.draw")))
	}
	return f.percentiles().sampled(20, evidence.CauseSwap, running, "", swapStack)
}

func jitterFilm() *film {
	f := filmOf("glfw").with(func(f *evidence.Frames) { f.Swaps.Asked = 1 })
	for i := range 300 {
		took := period * time.Duration(1+i%2)
		f.frame(0, took, f.share(evidence.CauseSwap, took-4*ms, swapStack), f.share(evidence.CauseUser, 4*ms, inLoop("main.draw")))
	}
	return f.percentiles().sampled(20, evidence.CauseSwap, running, "", swapStack)
}

// twiceFilm sleeps in its own limiter, and then waits for events.
func twiceFilm() *film {
	f := filmOf("glfw")
	for range 150 {
		f.now += period
		f.frame(period-ms, 2*ms)
	}
	return f.blocking(evidence.CauseSleep, 150, 150*period, 18*ms, inLoop("time.Sleep", "main.limit"), nil)
}

// lookedFilm is a loop with a sleep of its own in each of 150 turns, which also
// waits for events: so often, and so long. It is looked at without probes.
func lookedFilm(idleWaits int, idleWait time.Duration) *film {
	f := filmOf("glfw")
	for range 60 {
		f.frame(2*period-2*ms, ms)
	}
	return f.percentiles().blocking(evidence.CauseSleep, 150, 150*period, 18*ms, inLoop("time.Sleep", "main.limit"), nil).with(func(f *evidence.Frames) {
		f.Source, f.Took = evidence.FromSamples, 5*time.Second
		f.Rates[0].IdleWaits, f.Rates[0].IdleWait = idleWaits, idleWait
	})
}

func TestPace(t *testing.T) {
	for _, tt := range []filmCase{
		{"free", freeFilm(), []string{"P2 ui-stalled/vsync main.(*stage).loop"}},
		{"free for a moment", func() *film {
			f := filmOf("glfw").with(func(f *evidence.Frames) { f.Swaps.Waits = 0 })
			for range 100 {
				f.frame(0, 2*ms)
			}
			return f.percentiles()
		}(), nil},
		{"free, on a fast display", freeFilm().with(func(f *evidence.Frames) { f.Period = 5 * ms / 2 }), nil},
		{"a display of 144 Hz, taken as 60", func() *film {
			f := filmOf("gio").with(func(f *evidence.Frames) { f.Swaps.Waits, f.PeriodFrom = 0, "assumed" })
			for range 600 {
				f.frame(0, time.Second/144)
			}
			return f.percentiles()
		}(), nil},
		{"halved", halvedFilm(1), []string{"P1 ui-stalled/vsync main.(*stage).loop"}},
		{"halved, who knows why", halvedFilm(-1), []string{"P2 ui-stalled/vsync main.(*stage).loop"}},
		{"halved, as asked", halvedFilm(2), nil},
		{"jitter", jitterFilm(), []string{"P1 ui-stalled/vsync main.(*stage).loop"}},
		{"twice", twiceFilm(), []string{"P2 ui-stalled/vsync main.limit"}},
		{"twice, with the sleep among the idling", func() *film {
			f := filmOf("glfw")
			for range 150 {
				f.frame(2*period-3*ms, 2*ms)
			}
			return f.blocking(evidence.CauseSleep, 150, 150*period, 18*ms, inLoop("time.Sleep", "main.limit"), nil)
		}(), []string{"P2 ui-stalled/vsync main.limit"}},
		{"twice, seen by looking, which misses most of the frames", lookedFilm(150, period), []string{"P2 ui-stalled/vsync main.limit"}},
		{"a pace of its own, with nothing to do half of the time", lookedFilm(3, 800*ms), nil},
		{"a pace of its own, and nothing waited for", lookedFilm(150, ms), nil},
		{"the same by probes: idle in between", func() *film {
			f := filmOf("glfw")
			for i := range 150 {
				if i%50 == 0 {
					f.now += 800 * ms
					f.frame(period+800*ms, 2*ms)
					continue
				}
				f.frame(period-3*ms, 2*ms)
			}
			return f.blocking(evidence.CauseSleep, 150, 150*period, 18*ms, inLoop("time.Sleep", "main.limit"), nil)
		}(), nil},
		{"a driver in software", func() *film {
			f := filmOf("glfw")
			for i := range 300 {
				f.frame(0, 28*ms+time.Duration(i%7)*ms, f.share(evidence.CauseSwap, 27*ms, swapStack))
			}
			return f.percentiles()
		}(), []string{"P2 ui-stalled/gpu main.(*stage).loop"}},
		{"heavy, and halved by it", func() *film {
			f := filmOf("glfw")
			for range 150 {
				f.frame(0, 2*period, f.share(evidence.CauseSwap, 2*period-20*ms, swapStack), f.share(evidence.CauseUser, 20*ms, inLoop("main.draw")))
			}
			return f.percentiles()
		}(), []string{"P1 ui-busy/cpu main.draw"}},
		{"a slow driver", func() *film {
			f := filmOf("glfw")
			for i := range 100 {
				f.frame(0, 90*ms+time.Duration(i%7)*ms, f.share(evidence.CauseSwap, 88*ms, swapStack))
			}
			return f.percentiles()
		}(), []string{"P1 ui-stalled/gpu main.(*stage).loop"}},
	} {
		if got := allTold(Findings(tt.film.Evidence)); !slices.Equal(got, append([]string{}, tt.want...)) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// threadFilm calls from the wrong goroutine, and risks much on the right one.
func threadFilm() *film {
	f := filmOf("fyne").smooth(300).percentiles()
	call := f.share(evidence.CauseUser, 0, calls("fyne.io/fyne/v2/widget.(*ProgressBar).SetValue", "main.(*download).run"))
	f.Frames.Foreign = []evidence.ForeignCall{
		{Goroutine: 33, Function: "fyne.io/fyne/v2/widget.(*ProgressBar).SetValue", Stack: call.Stack, Place: call.Place, Times: 20},
		{Goroutine: 34, Function: "fyne.io/fyne/v2/widget.(*ProgressBar).SetValue", Stack: call.Stack, Place: call.Place, Times: 1},
		{Goroutine: uiID, Function: "fyne.io/fyne/v2/widget.(*Label).SetText", Stack: call.Stack, Place: call.Place, Times: 5},
	}
	f.blocking(evidence.CauseDisk, 40, 300*ms, 20*ms, inCallback("os.WriteFile", "main.saveDraft"), nil)
	f.blocking(evidence.CauseDisk, 1, 30*ms, 30*ms, inCallback("os.ReadFile", "main.loadOnce"), nil)
	f.blocking(evidence.CauseLock, 1000, 40*ms, 5*ms, inCallback("sync.(*Mutex).Lock", "main.quick"), nil)
	return f.blocking(evidence.CausePace, 300, 3*time.Second, 16*ms, inCallback("main.tick"), nil)
}

func TestThreads(t *testing.T) {
	found := Findings(threadFilm().Evidence)
	want := []string{"P1 ui-thread/foreign-call main.(*download).run", "P2 ui-thread/risky-call main.saveDraft"}
	if got := allTold(found); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	if got, want := found[0].Title.In(text.English), "main.(*download).run calls widget.(*ProgressBar).SetValue on goroutine 33, which is not the UI's"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
}

// At most five places are told, and none that another finding tells of.
func TestRiskyPlaces(t *testing.T) {
	f := filmOf("fyne")
	lock := inCallback("sync.(*Mutex).Lock", "main.count")
	f.every(300, 6, 40*ms, f.share(evidence.CauseLock, 37*ms, lock))
	f.blocking(evidence.CauseLock, 50, 50*37*ms, 40*ms, lock, nil)
	for _, name := range []string{"main.a", "main.b", "main.c", "main.d", "main.e", "main.f", "main.g"} {
		f.blocking(evidence.CauseNetwork, 10, 100*ms, 20*ms, inCallback("net/http.(*Client).Do", name), nil)
	}
	got := allTold(Findings(f.Evidence))
	want := []string{"P1 ui-blocked/mutex main.count"}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		want = append(want, "P2 ui-thread/risky-call main."+name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// What a freeze explains is not said twice, and the freeze's own words stay.
func TestFreezesComeFirst(t *testing.T) {
	frozen := fyneScene().frozen(waiting, "sync.Mutex.Lock", inCallback("sync.(*Mutex).Lock")).Evidence
	before := Findings(frozen)
	for _, tt := range []struct {
		name  string
		cause evidence.LateCause
		inner string
		want  []string
	}{
		{"the same", evidence.CauseLock, "sync.(*Mutex).Lock", nil},
		{"another wait", evidence.CauseNetwork, "net.(*conn).Read", nil},
		{"something else", evidence.CauseUser, "main.filter", []string{"P1 ui-busy/cpu main.filter"}},
	} {
		f := filmOf("fyne")
		f.every(300, 6, 40*ms, f.share(tt.cause, 37*ms, inCallback(tt.inner)))
		f.blocking(tt.cause, 50, 50*37*ms, 40*ms, inCallback(tt.inner), nil)
		both := &evidence.Evidence{Target: frozen.Target, Freeze: frozen.Freeze, Frames: f.Frames}
		found := Findings(both)
		if got := allTold(found[1:]); !slices.Equal(got, append([]string{}, tt.want...)) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		z := found[0]
		if confirmed := slices.Contains(z.Evidence, "frames"); confirmed != (tt.cause == evidence.CauseLock) {
			t.Errorf("%s: evidence %v", tt.name, z.Evidence)
		}
		if z.SinceMS != before[0].SinceMS || z.Confidence != before[0].Confidence || z.Severity != before[0].Severity || z.Title.Key != before[0].Title.Key {
			t.Errorf("%s: the freeze changed: %s", tt.name, marshal(t, found[:1]))
		}
	}
	if again := Findings(frozen); string(marshal(t, again)) != string(marshal(t, before)) {
		t.Error("the freeze's own finding was written to")
	}
}

func TestFrameRateOf(t *testing.T) {
	for _, tt := range []struct {
		name     string
		ev       *evidence.Evidence
		fps, tps float64
		ok       bool
	}{
		{"no evidence", &evidence.Evidence{}, 0, 0, false},
		{"idle", filmOf("fyne").Evidence, 0, 0, false},
		{"two windows", &evidence.Evidence{Frames: &evidence.Frames{Rates: []evidence.FrameRate{
			{Goroutine: 1, Frames: 3, Active: time.Second},
			{Goroutine: 2, Frames: 120, Updates: 60, Active: 2 * time.Second, Idle: time.Hour}}}}, 60, 30, true},
	} {
		fps, tps, ok := FrameRateOf(tt.ev)
		if math.Abs(fps-tt.fps) > 0.01 || math.Abs(tps-tt.tps) > 0.01 || ok != tt.ok {
			t.Errorf("%s: %v, %v, %v", tt.name, fps, tps, ok)
		}
	}
}

// wild makes evidence of which nothing can be relied on.
func wild(seed1, seed2 uint64) *evidence.Evidence {
	r := rand.New(rand.NewPCG(seed1, seed2))
	index := func() int { return r.IntN(12) - 3 }
	d := func() time.Duration {
		switch r.IntN(8) {
		case 0:
			return -time.Duration(r.Int64())
		case 1:
			return time.Duration(r.Int64())
		case 2:
			return 0
		}
		return time.Duration(r.Int64N(int64(200 * ms)))
	}
	causes := []evidence.LateCause{"", "nonsense", evidence.CauseUser, evidence.CauseToolkit, evidence.CauseAlloc, evidence.CauseGC,
		evidence.CauseRunnable, evidence.CausePreempted, evidence.CauseThrottled, evidence.CauseStolen, evidence.CauseLock, evidence.CauseCond,
		evidence.CauseChannel, evidence.CauseSleep, evidence.CauseNetwork, evidence.CauseDisk, evidence.CauseProcess, evidence.CauseSyscall,
		evidence.CauseC, evidence.CauseSwap, evidence.CauseDriver, evidence.CausePace, evidence.CauseUnknown}
	k := func() evidence.LateCause { return causes[r.IntN(len(causes))] }
	f := filmOf([]string{"", "fyne", "gio", "ebitengine", "glfw", "other"}[r.IntN(6)])
	fr := f.Frames
	fr.Period, fr.Over, fr.Took = d(), d(), d()
	fr.Swaps = evidence.SwapPace{Asked: index(), Waits: r.Float64()*4 - 2}
	fr.Sched = evidence.Sched{CPUs: index(), GOMAXPROCS: index(), Runnable: index(), OthersCPU: r.NormFloat64(), TargetCPU: r.NormFloat64(), Quota: r.NormFloat64(), Throttled: d()}
	fr.Stacks = [][]evidence.Frame{nil, {}, {{}}, swapStack, idleStack, pumpStack, inCallback("main.f"), inLoop("time.Sleep", "main.limit")}
	fr.Rates = nil
	for id := range uint64(r.IntN(3)) {
		fr.Rates = append(fr.Rates, evidence.FrameRate{Goroutine: id, Frames: r.IntN(2000) - 100, Late: index(), Turns: index(), Active: d(), Idle: d(),
			Interval: evidence.Percentiles{P50: d(), P95: d()}, Parts: []evidence.FramePart{{Kind: "draw", Took: d()}}, Updates: index()})
	}
	frame := func() evidence.FrameTime {
		return evidence.FrameTime{Goroutine: uint64(r.IntN(3)), Start: d(), End: d(), Interval: d(), Waited: d(), Undrawn: r.IntN(9) == 0}
	}
	for range r.IntN(300) {
		fr.Times = append(fr.Times, frame())
	}
	for range r.IntN(250) {
		l := evidence.LateFrame{FrameTime: frame()}
		for range r.IntN(5) {
			l.Shares = append(l.Shares, evidence.FrameShare{Cause: k(), Took: d(), Stack: index(), Place: index(), Samples: index()})
		}
		fr.Late = append(fr.Late, l)
	}
	for range r.IntN(9) {
		fr.Samples = append(fr.Samples, evidence.FrameSample{Goroutine: uint64(r.IntN(3)), Stack: index(), Place: index(), Cause: k()})
		fr.Spans = append(fr.Spans, evidence.SchedSpan{Kind: []evidence.SpanKind{"stopped", "marking"}[r.IntN(2)], From: d(), To: d()})
		fr.Blocking = append(fr.Blocking, evidence.BlockingCall{Goroutine: uint64(r.IntN(3)), Cause: k(), Stack: index(), Place: index(), Times: r.IntN(400) - 9,
			Total: d(), Longest: d(), Holder: uint64(r.IntN(2)), HolderStack: index(), HolderPlace: index()})
		fr.Foreign = append(fr.Foreign, evidence.ForeignCall{Goroutine: uint64(r.IntN(9)), Function: "a/b.C", Stack: index(), Place: index(), Times: index()})
	}
	return f.Evidence
}

func checkWild(t *testing.T, seed1, seed2 uint64) {
	ev := wild(seed1, seed2)
	found := Findings(ev)
	for _, f := range found {
		if f.Severity == report.P0 || f.Severity == "" || !(f.Confidence >= 0 && f.Confidence <= 1) || f.Where == nil || len(f.Why) == 0 || len(f.Remedy) == 0 {
			t.Errorf("seed %d %d: %s", seed1, seed2, marshal(t, []report.Finding{f}))
		}
	}
	if again := Findings(ev); string(marshal(t, again)) != string(marshal(t, found)) {
		t.Errorf("seed %d %d: other findings the second time", seed1, seed2)
	}
	FrameRateOf(ev)
}

func TestWildFrames(t *testing.T) {
	for seed := range uint64(2000) {
		checkWild(t, seed, 7)
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) { checkWild(t, a, b) })
}
