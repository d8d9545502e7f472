package diagnose

import (
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// pageEvidence is a page whose main waits on a channel that only it has, and that has
// drawn nothing; change makes it another.
func pageEvidence(change func(f *evidence.Freeze)) *evidence.Evidence {
	frame := func(function, pkg string, origin evidence.Origin, line int) evidence.Frame {
		return evidence.Frame{Function: function, File: "/src/" + pkg + "/a.go", Line: line, Package: pkg, Origin: origin}
	}
	main := evidence.Goroutine{ID: 1, Status: evidence.StatusWaiting, WaitReason: "chan receive", Frames: []evidence.Frame{
		frame("runtime.gopark", "runtime", evidence.OriginRuntime, 1), frame("main.load", "main", evidence.OriginUser, 7),
		frame("main.main", "main", evidence.OriginUser, 3)},
		WaitsOn: []evidence.Object{{Kind: "chan", Addr: 64, Dir: "receive"}}}
	f := &evidence.Freeze{Took: 2 * time.Second, Goroutines: []evidence.Goroutine{main},
		Earlier: []evidence.Goroutine{{ID: 1, Status: main.Status, WaitReason: main.WaitReason}},
		Page:    &evidence.PageRuntime{Looks: 2, Drawn: evidence.DrawnNo, Stuck: []evidence.StuckGoroutine{{Goroutine: 1}}}}
	change(f)
	return &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindPage, MainModule: "example.com/a"}, Freeze: f}
}

func TestPageWaitsForEver(t *testing.T) {
	worker := evidence.Goroutine{ID: 7, Status: evidence.StatusWaiting, WaitReason: "chan send", Frames: []evidence.Frame{
		{Function: "main.work", File: "/src/main/a.go", Line: 20, Package: "main", Origin: evidence.OriginUser}}}
	for _, c := range []struct {
		name   string
		change func(f *evidence.Freeze)
		id     string
		line   int // of where
		by     int // of the blocker, 0: none
	}{
		{"nothing drawn, nothing registered", func(*evidence.Freeze) {}, "wasm/deadlock", 7, 0},
		{"drawn", func(f *evidence.Freeze) { f.Page.Drawn = evidence.DrawnYes }, "", 0, 0},
		{"not known whether drawn", func(f *evidence.Freeze) { f.Page.Drawn = evidence.DrawnUnknown }, "", 0, 0},
		{"a callback", func(f *evidence.Freeze) { f.Page.Callbacks = 1 }, "", 0, 0},
		{"callbacks not known", func(f *evidence.Freeze) { f.Page.Callbacks = -1 }, "", 0, 0},
		{"a timer", func(f *evidence.Freeze) { f.Page.Timers = 1 }, "", 0, 0},
		{"an export", func(f *evidence.Freeze) { f.Page.Exports = []string{"add"} }, "", 0, 0},
		{"select without cases", func(f *evidence.Freeze) {
			f.Goroutines[0].WaitReason, f.Page.Stuck[0].Never = "select (no cases)", true
		}, "", 0, 0},
		{"drawn, and others reach the channel", func(f *evidence.Freeze) {
			f.Page.Drawn, f.Page.Stuck = evidence.DrawnYes, nil
		}, "wasm/deadlock", 7, 0},
		{"another has the channel, and callbacks are there", func(f *evidence.Freeze) {
			f.Goroutines = append(f.Goroutines, worker)
			f.Page.Callbacks, f.Page.Drawn = 3, evidence.DrawnYes
			f.Page.Stuck = []evidence.StuckGoroutine{{Goroutine: 1, Others: []uint64{7}}, {Goroutine: 7}}
		}, "wasm/deadlock", 7, 20},
		{"main stays, and a worker waits with nothing drawn", func(f *evidence.Freeze) {
			f.Goroutines[0].WaitReason = "select (no cases)"
			f.Goroutines = append(f.Goroutines, worker)
			f.Page.Stuck = []evidence.StuckGoroutine{{Goroutine: 1, Never: true}, {Goroutine: 7}}
		}, "wasm/deadlock", 20, 0},
		{"main stays, and a worker waits for work", func(f *evidence.Freeze) {
			f.Goroutines[0].WaitReason, f.Page.Drawn = "select (no cases)", evidence.DrawnYes
			f.Goroutines = append(f.Goroutines, worker)
			f.Page.Stuck = []evidence.StuckGoroutine{{Goroutine: 1, Never: true}, {Goroutine: 7}}
		}, "", 0, 0},
		{"a goroutine sleeps", func(f *evidence.Freeze) {
			f.Goroutines = append(f.Goroutines, evidence.Goroutine{ID: 8, Status: evidence.StatusWaiting, WaitReason: "sleep"})
		}, "", 0, 0},
		{"exited", func(f *evidence.Freeze) { f.Page.Exited = true }, "", 0, 0},
		{"ended by the runtime", func(f *evidence.Freeze) {
			f.Page.Exited, f.Page.Fatal = true, "all goroutines are asleep - deadlock!"
		}, "wasm/deadlock", 7, 0},
		{"ended by the runtime, in a callback", func(f *evidence.Freeze) {
			f.Page.Exited, f.Page.Fatal = true, "all goroutines are asleep - deadlock!"
			called := worker
			called.Frames = append(called.Frames[:1:1], evidence.Frame{Function: "syscall/js.handleEvent", Package: "syscall/js", Origin: evidence.OriginStd})
			f.Goroutines = append(f.Goroutines, called)
		}, "wasm/deadlock", 20, 0},
		{"nothing was read", func(f *evidence.Freeze) { f.Goroutines, f.Page = nil, &evidence.PageRuntime{Callbacks: -1} }, "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := Freeze(pageEvidence(c.change))
			switch {
			case c.id == "" && len(found) > 0:
				t.Errorf("found %s at %+v", found[0].ID, found[0].Where)
			case c.id == "":
			case len(found) != 1 || found[0].ID != c.id || found[0].Where.Line != c.line:
				t.Errorf("found %+v", found)
			case c.by == 0 && found[0].Blocker != nil, c.by != 0 && (found[0].Blocker == nil || found[0].Blocker.Line != c.by):
				t.Errorf("blocker %+v", found[0].Blocker)
			}
		})
	}
}

// A page's thread that does not answer is told from one that is late now and then.
func TestPageHeldUp(t *testing.T) {
	stack := []evidence.Frame{{Function: "time.Sleep", Package: "time", Origin: evidence.OriginStd, SP: 8},
		{Function: "main.onClick", File: "/src/main/a.go", Line: 9, Package: "main", Origin: evidence.OriginUser, SP: 16},
		{Function: "syscall/js.handleEvent", Package: "syscall/js", Origin: evidence.OriginStd, SP: 24}}
	point := func(at time.Duration, status, reason string) evidence.Point {
		if status == evidence.StatusIdle {
			return evidence.Point{At: at * time.Millisecond, Status: status, Activity: evidence.Idle, Stack: -1}
		}
		return evidence.Point{At: at * time.Millisecond, Goroutine: 7, Status: status, WaitReason: reason, Activity: evidence.User}
	}
	const idle, waits, runs = evidence.StatusIdle, evidence.StatusWaiting, evidence.StatusRunning
	for _, c := range []struct {
		name, id, severity string
		points             []evidence.Point
	}{
		{"sleeps", "ui-blocked/sleep", "P0", []evidence.Point{point(0, idle, ""), point(100, waits, "sleep"), point(600, waits, "sleep"), point(900, waits, "sleep")}},
		{"slept for a while", "ui-blocked/sleep", "P1", []evidence.Point{point(0, waits, "sleep"), point(400, waits, "sleep"), point(800, idle, "")}},
		{"slept for an instant", "", "", []evidence.Point{point(0, waits, "sleep"), point(100, idle, "")}},
		{"computes", "ui-busy/cpu", "P0", []evidence.Point{point(0, runs, ""), point(700, runs, ""), point(1500, runs, "")}},
		{"computed for a while", "", "", []evidence.Point{point(0, runs, ""), point(600, runs, ""), point(800, idle, "")}},
		{"answers", "", "", []evidence.Point{point(0, idle, ""), point(100, idle, "")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := Freeze(pageEvidence(func(f *evidence.Freeze) {
				last := c.points[len(c.points)-1]
				g := evidence.Goroutine{ID: 7, Status: waits, WaitReason: "sleep", Frames: stack}
				if last.Status == runs {
					g.Status, g.WaitReason = runs, ""
				}
				f.Goroutines = append(f.Goroutines, g)
				f.Points, f.Stacks, f.Page.Callbacks, f.Page.Stuck = c.points, [][]evidence.Frame{stack}, 1, nil
			}))
			switch {
			case c.id == "" && len(found) > 0:
				t.Errorf("found %+v", found)
			case c.id != "" && (len(found) != 1 || found[0].ID != c.id || string(found[0].Severity) != c.severity || found[0].Where.Line != 9):
				t.Errorf("found %+v", found)
			}
		})
	}
}
