package diagnose

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// told is "P1 ui-busy/cpu main.f", with the blocker's function where there is
// one.
func told(f *report.Finding) string {
	s := string(f.Severity) + " " + f.ID
	if f.Where != nil {
		s += " " + f.Where.Function
	}
	if f.Blocker != nil {
		s += " < " + f.Blocker.Function
	}
	return s
}

func allTold(found []report.Finding) []string {
	out := []string{}
	for i := range found {
		out = append(out, told(&found[i]))
	}
	return out
}

type filmCase struct {
	name string
	film *film
	want []string
}

// one cause of each id, in every sixth of 300 frames.
func oneCause() []filmCase {
	var out []filmCase
	sixth := func(name, kit string, want string, k evidence.LateCause, frames []evidence.Frame) {
		f := filmOf(kit)
		f.sampled(5, evidence.CauseSwap, waiting, "", swapIn(kit)).every(300, 6, 40*ms, f.share(k, 37*ms, frames), f.share(evidence.CauseSwap, 3*ms, nil))
		out = append(out, filmCase{name, f, []string{want}})
	}
	sixth("cpu", "fyne", "P1 ui-busy/cpu main.filter", evidence.CauseUser, inCallback("main.filter"))
	sixth("layout", "fyne", "P1 ui-busy/layout main.onTap", evidence.CauseToolkit, inCallback(fyneLay))
	sixth("layout by itself", "fyne", "P2 ui-busy/layout fyne.io/fyne/v2/internal/driver/glfw.(*gLDriver).repaintWindow", evidence.CauseToolkit, pumpStack)
	sixth("alloc", "gio", "P1 ui-busy/alloc main.parse", evidence.CauseAlloc, inCallback("runtime.mallocgc", "main.parse"))
	sixth("gc", "glfw", "P1 ui-starved/gc main.(*stage).loop", evidence.CauseGC, nil)
	sixth("sleep", "ebitengine", "P1 ui-blocked/sleep main.onTap", evidence.CauseSleep, inCallback("time.Sleep"))
	sixth("mutex", "gio", "P1 ui-blocked/mutex main.onTap", evidence.CauseLock, inCallback("sync.(*Mutex).Lock"))
	sixth("cond", "gio", "P1 ui-blocked/cond main.onTap", evidence.CauseCond, inCallback("sync.(*WaitGroup).Wait"))
	sixth("channel", "gio", "P1 ui-blocked/channel main.onTap", evidence.CauseChannel, inCallback("runtime.selectgo"))
	sixth("network", "fyne", "P1 ui-blocked/network main.onTap", evidence.CauseNetwork, inCallback("net.(*conn).Read"))
	sixth("disk", "fyne", "P1 ui-blocked/disk main.onTap", evidence.CauseDisk, inCallback("os.(*File).Sync"))
	sixth("process", "fyne", "P1 ui-blocked/process main.onTap", evidence.CauseProcess, inCallback("os/exec.(*Cmd).Wait"))
	sixth("syscall", "fyne", "P1 ui-blocked/syscall main.onTap", evidence.CauseSyscall, inCallback("syscall.Syscall"))
	sixth("c", "fyne", "P1 ui-blocked/cgo main.onTap", evidence.CauseC, inCallback("runtime.cgocall", "main._Cfunc_encode"))
	sixth("driver", "glfw", "P1 ui-stalled/gpu main.shadows", evidence.CauseDriver,
		inLoop("runtime.cgocall", "github.com/go-gl/gl/v2.1/gl._Cfunc_glowFinish", "github.com/go-gl/gl/v2.1/gl.Finish", "main.shadows"))
	sixth("throttled", "glfw", "P1 ui-starved/scheduler main.(*stage).loop", evidence.CauseThrottled, nil)
	return out
}

func swapIn(kit string) []evidence.Frame {
	if kit == "glfw" {
		return swapStack
	}
	return inCallback("runtime.cgocall")
}

func TestEachCauseHasItsID(t *testing.T) {
	for _, tt := range oneCause() {
		if got := allTold(Findings(tt.film.Evidence)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// cpu is a film with n late frames of 40 ms in 300, spread out.
func cpu(late int) *film {
	f := filmOf("fyne")
	for i := range 300 {
		if late > 0 && i%(300/late) == 300/late-1 {
			f.frame(ms, 40*ms, f.share(evidence.CauseUser, 39*ms, inCallback("main.filter")))
			continue
		}
		f.smooth(1)
	}
	return f.percentiles()
}

func TestSeverity(t *testing.T) {
	others := func(f *evidence.Frames) { f.Sched.OthersCPU, f.Sched.TargetCPU = 1.8, 0.2 }
	preempted := func(k int, change func(*evidence.Frames)) *film {
		f := filmOf("fyne")
		return f.every(300, k, 30*ms, f.share(evidence.CausePreempted, 20*ms, nil), f.share(evidence.CauseUser, 10*ms, inCallback("main.filter"))).with(change)
	}
	busy := func() *film { return filmOf("fyne") }
	driverNotRun := func(k int) *film {
		f := filmOf("glfw")
		stack := inLoop("runtime.cgocall", "main._Cfunc_vkQueuePresentKHR", "main.shadows")
		return f.every(300, k, 40*ms, f.share(evidence.CausePreempted, 38*ms, stack)).with(others).sampled(5, evidence.CauseDriver, running, "", stack)
	}
	for _, tt := range []filmCase{
		{"others keep the driver from its work", driverNotRun(3), []string{"P2 ui-starved/scheduler main.shadows"}},
		{"… all the time", driverNotRun(1), []string{"P1 ui-starved/scheduler main.shadows"}},
		{"a single one", cpu(1), nil},
		{"two", cpu(2), []string{"P2 ui-busy/cpu main.filter"}},
		{"three in five seconds, a period late each", cpu(3), []string{"P1 ui-busy/cpu main.filter"}},
		{"5 %", cpu(15), []string{"P1 ui-busy/cpu main.filter"}},
		{"three in a long animation", func() *film {
			f := cpu(3)
			return f.smooth(60 * 20).percentiles()
		}(), []string{"P2 ui-busy/cpu main.filter"}},
		{"a single frozen one", func() *film {
			f := busy().smooth(100)
			return f.frame(ms, 900*ms, f.share(evidence.CauseUser, 890*ms, inCallback("main.filter"))).smooth(100)
		}(), []string{"info ui-busy/cpu main.filter"}},
		{"answers in time", func() *film {
			f := busy()
			for range 4 {
				f.frame(500*ms, 60*ms, f.share(evidence.CauseUser, 60*ms, inCallback("main.filter")))
			}
			return f
		}(), nil},
		{"many slow answers", func() *film {
			f := busy()
			for range 10 {
				f.frame(500*ms, 60*ms, f.share(evidence.CauseUser, 60*ms, inCallback("main.filter")))
			}
			return f
		}(), []string{"P2 ui-busy/cpu main.filter"}},
		{"answers that keep one waiting", func() *film {
			f := busy()
			for range 4 {
				f.frame(500*ms, 200*ms, f.share(evidence.CauseUser, 200*ms, inCallback("main.filter")))
			}
			return f
		}(), []string{"P1 ui-busy/cpu main.filter"}},
		{"preempted now and then", preempted(40, others), nil},
		{"preempted for a moment", func() *film {
			f := busy().smooth(300)
			for range 20 {
				f.frame(ms, 40*ms, f.share(evidence.CausePreempted, 35*ms, nil))
			}
			return f.percentiles().with(others)
		}(), []string{"P2 ui-starved/scheduler ?"}},
		{"preempted by others in every eighth", preempted(8, others), []string{"P2 ui-starved/scheduler ?"}},
		{"preempted by others in every third", preempted(3, others), []string{"P1 ui-starved/scheduler ?"}},
		{"preempted by its own threads in every eighth", preempted(8, func(f *evidence.Frames) { f.Sched.TargetCPU = 1.9 }), []string{"P1 ui-starved/scheduler ?"}},
		{"preempted by nobody", preempted(3, func(f *evidence.Frames) {}), []string{"P2 ui-starved/scheduler ?"}},
		{"looked at on a busy machine", cpu(20).with(others).with(func(f *evidence.Frames) { f.Source = evidence.FromSamples }), []string{"P2 ui-busy/cpu main.filter"}},
		{"looked at on a quiet one", cpu(20).with(func(f *evidence.Frames) { f.Source = evidence.FromSamples }), []string{"P1 ui-busy/cpu main.filter"}},
		{"the toolkit by itself, below 20 frames a second", func() *film {
			f := busy()
			return f.every(300, 6, 60*ms, f.share(evidence.CauseToolkit, 58*ms, pumpStack))
		}(), []string{"P1 ui-busy/layout fyne.io/fyne/v2/internal/driver/glfw.(*gLDriver).repaintWindow"}},
		{"in the driver now and then", func() *film {
			f := busy()
			return f.every(300, 15, 40*ms, f.share(evidence.CauseSwap, 39*ms, pumpStack))
		}(), []string{"P2 ui-stalled/gpu fyne.io/fyne/v2/internal/driver/glfw.(*gLDriver).repaintWindow"}},
	} {
		if got := allTold(Findings(tt.film.Evidence)); !slices.Equal(got, append([]string{}, tt.want...)) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// The rate of one call that the tool's own means chose is nobody's illness.
func TestHealthyPrograms(t *testing.T) {
	for name, f := range map[string]*film{
		"idle":   filmOf("fyne"),
		"smooth": filmOf("ebitengine").smooth(600).percentiles(),
		"a clock": func() *film {
			f := filmOf("gio")
			for range 10 {
				f.frame(time.Second-5*ms, 5*ms)
			}
			return f
		}(),
		"30 by swap interval": func() *film {
			f := filmOf("glfw").with(func(f *evidence.Frames) { f.Swaps.Asked = 2 })
			for range 150 {
				f.frame(0, 2*period, f.share(evidence.CauseSwap, 2*period-5*ms, swapStack), f.share(evidence.CauseUser, 5*ms, inLoop("main.draw")))
			}
			return f.percentiles()
		}(),
		"30 by the toolkit's pace": func() *film {
			f := filmOf("ebitengine")
			for range 150 {
				f.frame(0, 2*period, f.share(evidence.CausePace, 2*period-5*ms, nil), f.share(evidence.CauseUser, 5*ms, inCallback()))
			}
			return f.percentiles()
		}(),
		"30 by its own sleep": func() *film {
			f := filmOf("glfw")
			for range 150 {
				f.frame(0, 33*ms, f.share(evidence.CauseSleep, 28*ms, inLoop("time.Sleep")), f.share(evidence.CauseUser, 5*ms, inLoop("main.draw")))
			}
			return f.percentiles().blocking(evidence.CauseSleep, 150, 150*28*ms, 30*ms, inLoop("time.Sleep"), nil)
		}(),
		"a tick for each frame": func() *film {
			f := filmOf("glfw").smooth(300).percentiles()
			return f.blocking(evidence.CauseChannel, 300, 300*12*ms, 15*ms, inLoop("runtime.chanrecv1"), nil)
		}(),
		"swaps that wait": func() *film {
			f := filmOf("glfw")
			for range 300 {
				f.frame(0, period, f.share(evidence.CauseSwap, period, swapStack))
			}
			return f.percentiles()
		}(),
	} {
		for _, found := range Findings(f.Evidence) {
			if found.Severity.Rank() <= report.P1.Rank() {
				t.Errorf("%s: %s", name, told(&found))
			}
		}
	}
}

func TestCausesAreWeighed(t *testing.T) {
	f := filmOf("fyne")
	user, kit, alloc := inCallback("main.filter"), inCallback(fyneLay), inCallback("runtime.mallocgc", "main.parse")
	share := f.share
	for _, tt := range []struct {
		name   string
		took   time.Duration
		shares []evidence.FrameShare
		want   cause
	}{
		{"the swap after long work waits for the display", 34 * ms,
			[]evidence.FrameShare{share(evidence.CauseSwap, 16*ms, nil), share(evidence.CauseUser, 18*ms, user)}, computes},
		{"a swap that is long by itself", 60 * ms,
			[]evidence.FrameShare{share(evidence.CauseSwap, 40*ms, nil), share(evidence.CauseUser, 20*ms, user)}, driver},
		{"much waiting on purpose after long work", 60 * ms,
			[]evidence.FrameShare{share(evidence.CausePace, 40*ms, nil), share(evidence.CauseUser, 20*ms, user)}, computes},
		{"it would have been in time", 30 * ms,
			[]evidence.FrameShare{share(evidence.CauseUser, 16*ms, user), share(evidence.CausePreempted, 14*ms, nil)}, starves},
		{"it would not", 50 * ms,
			[]evidence.FrameShare{share(evidence.CauseUser, 36*ms, user), share(evidence.CausePreempted, 14*ms, nil)}, computes},
		{"allocations among computing", 50 * ms,
			[]evidence.FrameShare{share(evidence.CauseUser, 25*ms, user), share(evidence.CauseAlloc, 20*ms, alloc), share(evidence.CauseGC, 5*ms, nil)}, allocates},
		{"the toolkit, mostly", 50 * ms,
			[]evidence.FrameShare{share(evidence.CauseToolkit, 28*ms, kit), share(evidence.CauseUser, 22*ms, user)}, layouts},
		{"together they compute longer than one wait", 60 * ms,
			[]evidence.FrameShare{share(evidence.CauseLock, 25*ms, user), share(evidence.CauseUser, 20*ms, user), share(evidence.CauseToolkit, 12*ms, kit)}, computes},
		{"nobody knows", 50 * ms, []evidence.FrameShare{share(evidence.CauseUnknown, 45*ms, nil), share(evidence.CauseUser, 5*ms, user)}, unclear},
	} {
		c := newFrameCase(f.Evidence)
		got, lost := c.explainLate(&evidence.LateFrame{FrameTime: evidence.FrameTime{End: tt.took}, Shares: tt.shares})
		if got.id != tt.want || !lost {
			t.Errorf("%s: %q, want %q", tt.name, got.id, tt.want)
		}
	}
}

// The place is the innermost function that has at least half of the time, itself
// or below it; where frames differ in that, they are one finding.
func TestPlaces(t *testing.T) {
	f := filmOf("fyne")
	share := func(took time.Duration, inner ...string) evidence.FrameShare {
		return f.share(evidence.CauseUser, took, inCallback(inner...))
	}
	for range 20 {
		f.smooth(5)
		f.frame(ms, 60*ms, share(20*ms, "main.sort", "main.filter"), share(20*ms, "main.match", "main.filter"), share(20*ms, "main.show", "main.filter"))
		f.frame(ms, 40*ms, share(30*ms, "main.sort", "main.filter"), share(10*ms, "main.match", "main.filter"))
	}
	if got, want := allTold(Findings(f.percentiles().Evidence)), []string{"P1 ui-busy/cpu main.filter"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestSeveralCauses(t *testing.T) {
	f := filmOf("gio")
	for range 20 {
		f.smooth(5)
		f.frame(ms, 60*ms, f.share(evidence.CauseNetwork, 60*ms, inCallback("net.(*conn).Read", "main.load")))
		f.smooth(5)
		f.frame(ms, 40*ms, f.share(evidence.CauseUser, 40*ms, inCallback("main.filter")))
		f.smooth(5)
		f.frame(ms, 26*ms, f.share(evidence.CauseDisk, 26*ms, inCallback("os.ReadFile", "main.read"))) // explains too little
	}
	want := []string{"P1 ui-blocked/network main.load", "P1 ui-busy/cpu main.filter"}
	if got := allTold(Findings(f.percentiles().Evidence)); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestBlockersOfLateFrames(t *testing.T) {
	for k, inner := range map[evidence.LateCause]string{
		evidence.CauseLock: "sync.(*Mutex).Lock", evidence.CauseCond: "sync.(*Cond).Wait", evidence.CauseChannel: "runtime.chanrecv1",
	} {
		f := filmOf("gio")
		f.every(300, 6, 40*ms, f.share(k, 37*ms, inCallback(inner)))
		f.blocking(k, 50, 50*37*ms, 40*ms, inCallback(inner), calls("net.(*conn).Read", "main.(*orders).sync"))
		found := Findings(f.Evidence)
		if len(found) != 1 || found[0].Blocker == nil || found[0].Blocker.Function != "main.(*orders).sync" || found[0].Blocker.Goroutine != 42 {
			t.Errorf("%s: %v", k, allTold(found))
			continue
		}
		if en := found[0].Title.In(text.English); !strings.Contains(en, "main.(*orders).sync") {
			t.Errorf("%s: title %q names no blocker", k, en)
		}
	}
}

func TestScheduler(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cause  evidence.LateCause
		change func(*evidence.Frames)
		want   string
	}{
		{"quota", evidence.CauseThrottled, func(f *evidence.Frames) { f.Sched.Quota, f.Sched.Throttled = 0.5, 2*time.Second }, "quota of 0.5 CPUs"},
		{"gomaxprocs", evidence.CauseRunnable, func(f *evidence.Frames) { f.Sched.GOMAXPROCS = 1 }, "GOMAXPROCS allows only 1 of 2"},
		{"goroutines", evidence.CauseRunnable, func(f *evidence.Frames) { f.Sched.Runnable = 3 }, "behind other goroutines"},
		{"others", evidence.CausePreempted, func(f *evidence.Frames) { f.Sched.OthersCPU = 1.9 }, "other processes take the CPU: 1.9"},
		{"own", evidence.CausePreempted, func(f *evidence.Frames) { f.Sched.TargetCPU = 1.9 }, "own threads"},
		{"stolen", evidence.CauseStolen, func(f *evidence.Frames) {}, "virtual machine"},
	} {
		f := filmOf("glfw")
		f.every(300, 3, 40*ms, f.share(tt.cause, 38*ms, nil)).with(tt.change).sampled(5, evidence.CauseSwap, waiting, "", swapStack)
		found := Findings(f.Evidence)
		if len(found) != 1 || found[0].ID != string(starves) || found[0].Severity != report.P1 || !strings.Contains(found[0].Title.In(text.English), tt.want) {
			t.Errorf("%s: %v", tt.name, allTold(found))
		}
	}
}

// TestUnrunHolder: the time in which a lock's holder was not run is the
// scheduler's, and the rest the lock's; what is more decides.
func TestUnrunHolder(t *testing.T) {
	lock := inCallback("runtime.gopark", "sync.(*Mutex).Lock")
	for _, tt := range []struct {
		unrun, held time.Duration
		want        cause
	}{{36 * ms, 2 * ms, starves}, {25 * ms, 13 * ms, starves}, {13 * ms, 25 * ms, locks}, {0, 38 * ms, locks}} {
		f := filmOf("gio")
		f.every(300, 3, 40*ms, f.share(evidence.CauseRunnable, tt.unrun, lock), f.share(evidence.CauseLock, tt.held, lock)).
			with(func(f *evidence.Frames) { f.Sched.GOMAXPROCS = 1 })
		found := Findings(f.Evidence)
		if len(found) != 1 || found[0].ID != string(tt.want) || found[0].Severity != report.P1 {
			t.Errorf("holder not run for %v, lock held for %v: %v", tt.unrun, tt.held, allTold(found))
			continue
		}
		says := slices.ContainsFunc(found[0].Why, func(w text.Text) bool { return w.Key == "why.frames.ready.lock" })
		if says != (tt.want == starves) {
			t.Errorf("holder not run for %v: the reasons are %v", tt.unrun, found[0].Why)
		}
	}
}

// TestFrameGolden keeps some verdicts word by word.
func TestFrameGolden(t *testing.T) {
	for name, f := range map[string]*film{"frames-cpu": cpu(20), "frames-lock": lockFilm(), "frames-vsync-off": freeFilm()} {
		for lang, suffix := range map[text.Lang]string{text.English: ".txt", text.Chinese: ".zh.txt"} {
			r := &report.Report{Schema: report.Schema, Target: f.Target, Findings: Findings(f.Evidence)}
			var b bytes.Buffer
			if err := report.WriteTerminal(&b, r, report.Options{Lang: lang, Width: 100, Verbose: true, Evidence: f.Evidence}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "verdict", name+suffix)
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if want, err := os.ReadFile(path); err != nil || !bytes.Equal(b.Bytes(), want) {
				t.Errorf("%s differs, %v (go test ./internal/diagnose -update writes it anew, then git diff):\n%s", path, err, b.Bytes())
			}
		}
	}
}

func lockFilm() *film {
	f := filmOf("gio")
	lock := inCallback("sync.(*Mutex).Lock", "main.(*orders).count")
	f.every(300, 6, 40*ms, f.share(evidence.CauseLock, 37*ms, lock), f.share(evidence.CauseUser, 3*ms, inCallback("main.draw")))
	f.sampled(3, evidence.CauseLock, waiting, "sync.Mutex.Lock", lock)
	return f.blocking(evidence.CauseLock, 52, 52*37*ms, 41*ms, lock, calls("net.(*conn).Read", "main.(*orders).sync"))
}

// everyFilm are all films of the tests.
func everyFilm() map[string]*evidence.Evidence {
	all := map[string]*evidence.Evidence{"lock": lockFilm().Evidence, "free": freeFilm().Evidence, "twice": twiceFilm().Evidence,
		"halved": halvedFilm(1).Evidence, "jitter": jitterFilm().Evidence, "threads": threadFilm().Evidence}
	for _, f := range oneCause() {
		all[f.name] = f.film.Evidence
	}
	return all
}

func TestFilmsSayTheSameEachTime(t *testing.T) {
	for name, ev := range everyFilm() {
		first := Findings(ev)
		for range 8 {
			if again := Findings(ev); !reflect.DeepEqual(first, again) {
				t.Fatalf("%s: %s\n%s", name, marshal(t, first), marshal(t, again))
			}
		}
	}
}

func TestFilmsAreToldWhole(t *testing.T) {
	for name, ev := range everyFilm() {
		found := Findings(ev)
		if len(found) == 0 {
			t.Errorf("%s: nothing found", name)
		}
		for _, f := range found {
			if f.Confidence <= 0 || f.Confidence > 1 || f.Where == nil || len(f.Why) == 0 || len(f.Remedy) < 2 || !slices.Equal(f.Evidence, onlyFrames) {
				t.Errorf("%s: %s", name, marshal(t, []report.Finding{f}))
			}
			for _, s := range sentences(&f) {
				for _, lang := range []text.Lang{text.English, text.Chinese} {
					if out := s.In(lang); strings.Contains(out, "%!") || strings.Contains(out, "%[") || out == "" || out == s.Key {
						t.Errorf("%s: %s in %s: %q", name, s.Key, lang, out)
					}
				}
			}
		}
	}
}
