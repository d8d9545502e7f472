package toolkit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
)

// stack makes frames, innermost first, of function names; the origins are those
// of a program of the toolkit without build info.
func stack(tk *Toolkit, functions ...string) []evidence.Frame {
	var frames []evidence.Frame
	for _, fn := range functions {
		pkg := PackageOf(fn)
		frames = append(frames, evidence.Frame{
			Function: fn, Package: pkg, Origin: OriginOf(&evidence.Target{Toolkit: tk.Name}, pkg, ""),
		})
	}
	return frames
}

func waiting(id uint64, reason string, frames []evidence.Frame) evidence.Goroutine {
	return evidence.Goroutine{ID: id, Status: evidence.StatusWaiting, WaitReason: reason, Frames: frames}
}

const glfw33 = "github.com/go-gl/glfw/v3.3/glfw."

func TestActivityOf(t *testing.T) {
	runGL := []string{fyneDriver + "(*gLDriver).runGL", fyneDriver + "(*gLDriver).Run", "main.main"}
	on := func(inner ...string) []string { return append(inner, runGL...) }
	loop := []string{"main.loop", "main.main.func1"}
	for name, c := range map[string]struct {
		tk     *Toolkit
		role   evidence.Role
		status string
		reason string
		frames []string
		want   evidence.Activity
	}{
		"fyne, its select":              {&Fyne, "ui", "waiting", "select", on("runtime.gopark", "runtime.selectgo"), evidence.Idle},
		"fyne, woken but not run":       {&Fyne, "ui", "runnable", "", on("runtime.gopark", "runtime.selectgo"), evidence.Pump},
		"fyne, polls events":            {&Fyne, "ui", "syscall", "", on("runtime.cgocall", glfw33+"_Cfunc_glfwPollEvents", glfw33+"PollEvents", fyneDriver+"(*gLDriver).pollEvents"), evidence.Pump},
		"fyne, swaps":                   {&Fyne, "ui", "syscall", "", on("runtime.cgocall", glfw33+"_Cfunc_glfwSwapBuffers", fyneDriver+"(*gLDriver).repaintWindow"), evidence.Pump},
		"fyne, a select of the user's":  {&Fyne, "ui", "waiting", "select", on("runtime.gopark", "runtime.selectgo", "main.wait"), evidence.User},
		"fyne, the user's wait as such": {&Fyne, "ui", "waiting", "sync.WaitGroup.Wait", on("runtime.gopark", "sync.(*WaitGroup).Wait"), evidence.Pump},
		"fyne, a dependency's callback": {&Fyne, "ui", "waiting", "chan receive", on("runtime.gopark", "example.com/dep.(*Client).Call"), evidence.User},
		"fyne, draws text":              {&Fyne, "ui", "running", "", on("golang.org/x/image/font.DrawBytes", "fyne.io/fyne/v2/internal/painter.DrawString"), evidence.Pump},
		"fyne, before the loop":         {&Fyne, "ui", "waiting", "sleep", []string{"time.Sleep", "main.main"}, evidence.NotStart},
		"fyne, no stack":                {&Fyne, "ui", "running", "", nil, evidence.Unknown},
		"fyne, a native dialog":         {&Fyne, "ui", "syscall", "", on("runtime.cgocall", "github.com/sqweek/dialog._Cfunc_gtk_dialog_run", "github.com/sqweek/dialog.(*MsgBuilder).yesNo", "main.ask"), evidence.Idle},
		"fyne, zenity":                  {&Fyne, "ui", "waiting", "IO wait", on("internal/poll.(*FD).Read", "os/exec.(*Cmd).Output", "github.com/ncruces/zenity/internal/zenutil.Run", "github.com/ncruces/zenity.selectFile", "main.ask"), evidence.Idle},
		"fyne, a child process":         {&Fyne, "ui", "waiting", "IO wait", on("internal/poll.(*FD).Read", "os/exec.(*Cmd).Output", "main.ask"), evidence.User},

		"gio, waits on wayland":     {&Gio, "window", "syscall", "", append([]string{"syscall.Syscall6", "golang.org/x/sys/unix.ppoll", "golang.org/x/sys/unix.Poll", "gioui.org/app.(*wlDisplay).dispatch", "gioui.org/app.(*window).dispatch", "gioui.org/app.(*window).Event", "gioui.org/app.(*Window).Event"}, loop...), evidence.Idle},
		"gio, waits elsewhere":      {&Gio, "window", "waiting", "chan receive", append([]string{"runtime.gopark", "runtime.chanrecv1", "gioui.org/app.(*eventLoop).Event", "gioui.org/app.(*window).Event", "gioui.org/app.(*Window).Event"}, loop...), evidence.Idle},
		"gio, reads its events":     {&Gio, "window", "syscall", "", append([]string{"runtime.cgocall", "gioui.org/app._Cfunc_XNextEvent", "gioui.org/app.(*x11EventHandler).handleEvents", "gioui.org/app.(*x11Window).dispatch", "gioui.org/app.(*x11Window).Event", "gioui.org/app.(*Window).Event"}, loop...), evidence.Pump},
		"gio, draws":                {&Gio, "window", "syscall", "", append([]string{"runtime.cgocall", "gioui.org/internal/vk._Cfunc_vkQueuePresentKHR", "gioui.org/app.(*Window).processFrame", "gioui.org/app.(*x11Window).Frame", "gioui.org/app.driver.Frame-fm"}, loop...), evidence.Pump},
		"gio, lays out":             {&Gio, "window", "running", "", append([]string{"gioui.org/text.(*Shaper).Layout", "gioui.org/widget.Label.Layout"}, loop...), evidence.User},
		"gio, a poll of the user's": {&Gio, "window", "syscall", "", append([]string{"syscall.Syscall6", "golang.org/x/sys/unix.Poll", "main.poll"}, loop...), evidence.User},
		"gio, in user code":         {&Gio, "window", "waiting", "sync.Mutex.Lock", append([]string{"sync.(*Mutex).Lock", "main.load"}, loop...), evidence.User},
		"gio, the main goroutine":   {&Gio, "main", "waiting", "select (no cases)", []string{"runtime.gopark", "runtime.block", "gioui.org/app.osMain", "gioui.org/app.Main", "main.main"}, evidence.Idle},

		"ebitengine, sleeps till the next frame": {&Ebitengine, "ui", "waiting", "sleep", []string{"time.Sleep", ebitenUI + "(*context).swapBuffersOrWait", ebitenUI + "(*UserInterface).loopGame"}, evidence.Idle},
		"ebitengine, sleeps in Update":           {&Ebitengine, "ui", "waiting", "sleep", []string{"time.Sleep", "main.(*game).Update", ebitenUI + "(*context).updateFrameImpl", ebitenUI + "(*UserInterface).loopGame"}, evidence.User},
		"ebitengine, Update reads pixels":        {&Ebitengine, "ui", "waiting", "chan receive", []string{"runtime.gopark", ebitenThread + "(*OSThread).Call", ebitenCmd + "runOnRenderThread", "github.com/hajimehoshi/ebiten/v2.(*Image).At", "main.(*game).Update", ebitenUI + "(*UserInterface).loopGame"}, evidence.User},
		"ebitengine, an embedded game's":         {&Ebitengine, "ui", "waiting", "sleep", []string{"time.Sleep", "example.com/engine.(*Scene).Update", ebitenUI + "(*context).updateFrameImpl", ebitenUI + "(*UserInterface).loopGame"}, evidence.User},

		"glfw, waits":                 {&GLFW, "ui", "syscall", "", []string{"runtime.cgocall", glfw33 + "_Cfunc_glfwWaitEvents", glfw33 + "WaitEvents", "main.main"}, evidence.Idle},
		"glfw, polls":                 {&GLFW, "ui", "syscall", "", []string{"runtime.cgocall", glfw33 + "_Cfunc_glfwPollEvents", glfw33 + "PollEvents", "main.main"}, evidence.Pump},
		"glfw, a callback":            {&GLFW, "ui", "waiting", "sleep", []string{"time.Sleep", "main.onKey", glfw33 + "goKeyCB", "runtime.cgocallbackg", "runtime.cgocall", glfw33 + "_Cfunc_glfwPollEvents", glfw33 + "PollEvents", "main.main"}, evidence.User},
		"glfw, between":               {&GLFW, "ui", "running", "", []string{"main.step", "main.main"}, evidence.User},
		"glfw, a callback that waits": {&GLFW, "ui", "syscall", "", []string{"runtime.cgocall", glfw33 + "_Cfunc_glfwWaitEvents", glfw33 + "WaitEvents", "main.modal", glfw33 + "goKeyCB", "runtime.cgocall", glfw33 + "_Cfunc_glfwPollEvents", glfw33 + "PollEvents", "main.main"}, evidence.Idle},
		"mainthread, waits":           {&GLFW, "main", "waiting", "select", []string{"runtime.selectgo", "github.com/faiface/mainthread.Run", "main.main"}, evidence.Idle},
		"mainthread, polls":           {&GLFW, "main", "syscall", "", []string{"runtime.cgocall", glfw33 + "_Cfunc_glfwPollEvents", glfw33 + "PollEvents", "main.run.func2", faiface + "Call.func1", faiface + "Run", "main.main"}, evidence.Pump},
		"mainthread, the user's loop": {&GLFW, "ui", "waiting", "sleep", []string{"time.Sleep", "main.run", faiface + "Run.func1"}, evidence.User},
	} {
		t.Run(name, func(t *testing.T) {
			g := evidence.Goroutine{ID: 1, Status: c.status, WaitReason: c.reason, Frames: stack(c.tk, c.frames...)}
			for i := range g.Frames {
				if strings.HasPrefix(g.Frames[i].Function, "example.com/") || strings.HasPrefix(g.Frames[i].Function, "golang.org/") ||
					strings.HasPrefix(g.Frames[i].Function, "github.com/ncruces/") || strings.HasPrefix(g.Frames[i].Function, "github.com/sqweek/") {
					g.Frames[i].Origin = evidence.OriginDependency
				}
			}
			if got := ActivityOf(c.tk, c.role, &g); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestFindUI(t *testing.T) {
	osMain := waiting(1, "select (no cases)", stack(&Gio, "runtime.gopark", "gioui.org/app.osMain", "main.main"))
	event := stack(&Gio, "gioui.org/app.(*x11Window).dispatch", "gioui.org/app.(*Window).Event", "main.loop", "main.main.func1")
	by := func(g evidence.Goroutine, creator string) evidence.Goroutine {
		g.Created = &evidence.Frame{Function: creator}
		return g
	}
	locked := func(g evidence.Goroutine) evidence.Goroutine {
		g.Locked = true
		return g
	}
	asleep := func(id uint64, tk *Toolkit, fns ...string) evidence.Goroutine {
		return waiting(id, "sleep", stack(tk, append([]string{"time.Sleep"}, fns...)...))
	}
	takes := func(id uint64, fns ...string) evidence.Goroutine {
		g := locked(waiting(id, "chan receive", stack(&GLFW, append([]string{"runtime.gopark", "runtime.chanrecv1"}, fns...)...)))
		g.Dispatch = fns[0]
		return g
	}
	reads := func(names ...string) Calls {
		return func(f evidence.Frame, callees []Func, handed bool) bool {
			name := f.Function
			if handed {
				name += " hands over"
			}
			return len(callees) > 0 && slices.Contains(names, name)
		}
	}
	for name, c := range map[string]struct {
		tk    *Toolkit
		gs    []evidence.Goroutine
		calls Calls
		want  string
	}{
		"no goroutines": {tk: &Fyne},
		"before the loop": {tk: &Fyne, gs: []evidence.Goroutine{asleep(1, &Fyne, "main.main"), asleep(9, &Fyne, "main.work")},
			want: "1 ui"},
		"gio idle": {tk: &Gio, gs: []evidence.Goroutine{osMain, {ID: 7, Frames: event}, by(asleep(9, &Gio, "main.work"), "main.main")},
			want: "1 main gioui.org/app.osMain, 7 window main.loop"},
		"gio frozen, with OpenGL": {tk: &Gio, gs: []evidence.Goroutine{osMain, by(asleep(6, &Gio, "main.work"), "main.main"),
			locked(by(asleep(7, &Gio, "main.load", "main.loop", "main.main.func1"), "main.main"))},
			want: "1 main gioui.org/app.osMain, 7 window main.main.func1"},
		"gio frozen, with Vulkan": {tk: &Gio, gs: []evidence.Goroutine{osMain, by(asleep(6, &Gio, "main.work"), "main.main"),
			by(asleep(7, &Gio, "main.load", "main.loop", "main.main.func1"), "main.main")},
			want: "1 main gioui.org/app.osMain, 7 window main.main.func1"},
		"gio frozen, the code read": {tk: &Gio, gs: []evidence.Goroutine{osMain, by(asleep(6, &Gio, "main.work", "main.main.func2"), "main.main"),
			by(asleep(7, &Gio, "main.load", "main.loop", "main.main.func1"), "main.main")}, calls: reads("main.loop"),
			want: "1 main gioui.org/app.osMain, 7 window main.loop"},
		"gio without a window, the code read": {tk: &Gio, gs: []evidence.Goroutine{osMain, by(asleep(6, &Gio, "main.work"), "main.main")},
			calls: reads("main.loop"), want: "1 main gioui.org/app.osMain"},
		"gio, a second window frozen": {tk: &Gio, gs: []evidence.Goroutine{osMain, {ID: 7, Frames: event},
			locked(by(asleep(8, &Gio, "main.load", "main.loop"), "main.main")), by(asleep(9, &Gio, "main.work"), "main.main")},
			want: "1 main gioui.org/app.osMain, 7 window main.loop, 8 window main.loop"},
		"gio frozen in a callback": {tk: &Gio, gs: []evidence.Goroutine{osMain, asleep(5, &Gio, "main.work"),
			asleep(7, &Gio, "main.rows", "gioui.org/layout.(*List).Layout", "main.view", "main.start")},
			want: "1 main gioui.org/app.osMain, 7 window main.start"},
		"glfw frozen between calls": {tk: &GLFW, gs: []evidence.Goroutine{locked(asleep(1, &GLFW, "main.step", "main.main")), asleep(8, &GLFW, "main.work")},
			want: "1 ui main.main"},
		"glfw frozen, the code read": {tk: &GLFW, gs: []evidence.Goroutine{locked(asleep(1, &GLFW, "main.step", "main.run", "main.main"))},
			calls: reads("main.run"), want: "1 ui main.run"},
		"glfw on a thread of its own": {tk: &GLFW, gs: []evidence.Goroutine{waiting(1, "chan receive", stack(&GLFW, "main.main")),
			{ID: 5, Frames: stack(&GLFW, glfw33+"PollEvents", "main.ui")}}, want: "5 ui main.ui"},
		"mainthread": {tk: &GLFW, gs: []evidence.Goroutine{locked(waiting(1, "select", stack(&GLFW, faiface+"Run", "main.main"))),
			asleep(5, &GLFW, "main.run", faiface+"Run.func1")},
			want: "1 main " + faiface + "Run, 5 ui via 1 " + faiface + "Run.func1"},
		"mainthread, the code read": {tk: &GLFW, gs: []evidence.Goroutine{locked(waiting(1, "select", stack(&GLFW, faiface+"Run", "main.main"))),
			asleep(5, &GLFW, "main.step", "main.loop", "main.run", faiface+"Run.func1")}, calls: reads("main.loop hands over"),
			want: "1 main " + faiface + "Run, 5 ui via 1 main.loop"},
		"an own mainthread": {tk: &GLFW, gs: []evidence.Goroutine{takes(1, "main.serve", "main.main"),
			asleep(4, &GLFW, "main.save"), asleep(5, &GLFW, "main.step", "main.run")},
			calls: reads("main.run hands over"), want: "1 main main.serve, 5 ui via 1 main.run"},
		"an own mainthread, nobody known": {tk: &GLFW, gs: []evidence.Goroutine{takes(1, "main.serve", "main.main"), asleep(4, &GLFW, "main.save")},
			calls: reads(), want: "1 ui main.serve"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, u := range FindUICalls(c.tk, c.gs, 0, c.calls) {
				role := string(u.Role)
				if u.Via != 0 {
					role += fmt.Sprint(" via ", u.Via)
				}
				line := strings.TrimSpace(strings.Join([]string{string(rune('0' + u.Goroutine)), role, u.Loop}, " "))
				got = append(got, line)
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("got  %s\nwant %s", s, c.want)
			}
		})
	}
}

func TestThreadRule(t *testing.T) {
	g := evidence.Goroutine{ID: 1, Status: evidence.StatusRunning, Thread: 100, Frames: stack(&GLFW, glfw33+"PollEvents", "main.main")}
	for _, c := range []struct {
		locked bool
		thread int
		onMain bool
	}{{true, 100, true}, {true, 101, false}, {false, 100, true}, {true, 0, true}, {false, 0, false}} {
		g.Locked, g.Thread = c.locked, c.thread
		u := FindUI(&GLFW, []evidence.Goroutine{g}, 100)[0]
		if u.MustLock != "main" || u.Locked != c.locked || u.OnMain != c.onMain {
			t.Errorf("locked %v, thread %d: got %+v", c.locked, c.thread, u)
		}
	}
}

func TestUserFrame(t *testing.T) {
	for name, c := range map[string]struct {
		tk     *Toolkit
		frames []string
		want   string
	}{
		"a callback":               {&Fyne, []string{"time.Sleep", "main.load", "main.tapped", "fyne.io/fyne/v2/widget.(*Button).Tapped", fyneDriver + "(*gLDriver).runGL", "main.main"}, "main.load"},
		"the loop's own work":      {&Fyne, []string{"runtime.cgocall", glfw33 + "_Cfunc_glfwSwapBuffers", fyneDriver + "(*gLDriver).repaintWindow", fyneDriver + "(*gLDriver).drawSingleFrame", fyneDriver + "(*gLDriver).runGL", "main.main"}, fyneDriver + "(*gLDriver).drawSingleFrame"},
		"a std function as such":   {&Fyne, []string{"sync.(*WaitGroup).Wait", fyneDriver + "(*gLDriver).runGL", "main.main"}, fyneDriver + "(*gLDriver).runGL"},
		"a cgo stub":               {&Fyne, []string{"runtime.cgocall", "main._Cfunc_sleep", "main.nap", fyneDriver + "(*gLDriver).runGL"}, "main.nap"},
		"only a stub":              {&Fyne, []string{"runtime.cgocall", "main._Cfunc_sleep", fyneDriver + "(*gLDriver).runGL"}, "main._Cfunc_sleep"},
		"before the loop":          {&Fyne, []string{"time.Sleep", "main.main"}, "main.main"},
		"a goroutine of its own":   {&Fyne, []string{"runtime.chanrecv1", fyneDriver + "runOnMainWithWait", "fyne.io/fyne/v2.DoAndWait", "main.work"}, "main.work"},
		"a toolkit's goroutine":    {&Fyne, []string{"runtime.chanrecv1", "fyne.io/fyne/v2/app.watchFile.func1"}, "fyne.io/fyne/v2/app.watchFile.func1"},
		"a std goroutine":          {&Fyne, []string{"net/http.(*conn).serve"}, ""},
		"no frames":                {&Fyne, nil, ""},
		"gio's frame":              {&Gio, []string{"gioui.org/app.(*Window).processFrame", "gioui.org/app.(*x11Window).Frame", "main.loop"}, "main.loop"},
		"a user's mainthread loop": {&GLFW, []string{"time.Sleep", "main.run", faiface + "Run.func1"}, "main.run"},
	} {
		t.Run(name, func(t *testing.T) {
			frames := stack(c.tk, c.frames...)
			got := ""
			if i := UserFrame(frames); i >= 0 {
				got = frames[i].Function
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLoopFrame(t *testing.T) {
	for _, c := range []struct {
		tk     *Toolkit
		frames []string
		want   int
	}{
		{&Fyne, []string{"main.tapped", fyneDriver + "(*gLDriver).runGL", "main.main"}, 1},
		{&Gio, []string{"gioui.org/app.(*x11Window).dispatch", "gioui.org/app.(*Window).Event", "main.loop", "main.main.func1"}, 2},
		{&Gio, []string{"main.load", "main.loop", "main.main.func1"}, -1},
		{&GLFW, []string{"main.key", glfw33 + "goKeyCB", glfw33 + "PollEvents", "main.run", "main.main"}, 3},
		{nil, []string{"main.main"}, -1},
	} {
		tk := c.tk
		if tk == nil {
			tk = &Fyne
		}
		if got := LoopFrame(c.tk, stack(tk, c.frames...)); got != c.want {
			t.Errorf("%v: got %d, want %d", c.frames, got, c.want)
		}
	}
}

func TestIsLayout(t *testing.T) {
	for name, c := range map[string]struct {
		frames []string
		want   bool
	}{
		"a widget's size":               {[]string{"fyne.io/fyne/v2/widget.(*Label).MinSize", "fyne.io/fyne/v2.(*Container).Add", "main.fill", fyneDriver + "(*gLDriver).runGL"}, true},
		"the user's own decoding":       {[]string{"image/png.Decode", "main.load", fyneDriver + "(*gLDriver).runGL"}, false},
		"the toolkit's decoding":        {[]string{"image/png.Decode", "image.Decode", "fyne.io/fyne/v2/internal/driver/software.decode", "main.load", fyneDriver + "(*gLDriver).runGL"}, true},
		"the user's computing":          {[]string{"main.sum", fyneDriver + "(*gLDriver).runGL"}, false},
		"a callback out of a layout":    {[]string{"main.row", "fyne.io/fyne/v2/widget.(*List).Refresh", fyneDriver + "(*gLDriver).runGL"}, false},
		"drawing without the user":      {[]string{"fyne.io/fyne/v2/internal/painter.DrawString", fyneDriver + "(*gLDriver).drawSingleFrame", fyneDriver + "(*gLDriver).runGL"}, true},
		"polling events without reason": {[]string{fyneDriver + "(*gLDriver).pollEvents", fyneDriver + "(*gLDriver).runGL"}, false},
	} {
		frames := stack(&Fyne, c.frames...)
		if got := IsLayout(&Fyne, frames, UserFrame(frames)); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestTroubled(t *testing.T) {
	update := []string{ebitenUI + "(*UserInterface).updateGame.func1", ebitenThread + "(*OSThread).Loop", ebitenUI + "(*UserInterface).runMultiThread", "main.main"}
	call := []string{"runtime.gopark", ebitenThread + "(*OSThread).Call", ebitenUI + "(*UserInterface).updateGame", ebitenUI + "(*UserInterface).loopGame"}
	game := waiting(3, "chan receive", stack(&Ebitengine, call...))
	for name, c := range map[string]struct {
		main     evidence.Goroutine
		id       uint64
		activity evidence.Activity
	}{
		"the main thread waits for the focus": {waiting(1, "sleep", stack(&Ebitengine, append([]string{"time.Sleep", ebitenUI + "(*UserInterface).update"}, update...)...)), 1, evidence.Idle},
		"the main thread is in C":             {evidence.Goroutine{ID: 1, Status: evidence.StatusSyscall, Frames: stack(&Ebitengine, append([]string{"runtime.cgocall", ebitenGLFW + "_Cfunc_glfwPollEvents"}, update...)...)}, 1, evidence.Pump},
	} {
		gs := []evidence.Goroutine{c.main, game}
		id, activity := Troubled(&Ebitengine, FindUI(&Ebitengine, gs, 0), gs, 3)
		if id != c.id || activity != c.activity {
			t.Errorf("%s: goroutine %d %s", name, id, activity)
		}
	}
	alone := []evidence.Goroutine{game}
	if id, activity := Troubled(&Ebitengine, FindUI(&Ebitengine, alone, 0), alone, 3); id != 3 || activity != evidence.Idle {
		t.Errorf("nobody to wait for: goroutine %d %s", id, activity)
	}
}

func TestWorldCall(t *testing.T) {
	for _, c := range []struct {
		functions []string
		caller    int
		called    string
	}{
		{[]string{"runtime.gopark", "runtime.GC", "main.trim"}, 2, "runtime.GC"},
		{[]string{"runtime.GC", "runtime/debug.freeOSMemory", "runtime/debug.FreeOSMemory", "main.trim"}, 3, "runtime/debug.FreeOSMemory"},
		{[]string{"runtime.stopTheWorldGC", "runtime.ReadMemStats", "main.stats", "main.main"}, 2, "runtime.ReadMemStats"},
		{[]string{"runtime.gopark", "runtime.gcStart", "runtime.mallocgc", "main.load"}, -1, ""}, // an allocation began it
		{[]string{"runtime.gopark", "runtime.bgsweep"}, -1, ""},
	} {
		if caller, called, _ := WorldCall(stack(&GLFW, c.functions...)); caller != c.caller || called != c.called {
			t.Errorf("%v: %d, %q", c.functions, caller, called)
		}
	}
}
