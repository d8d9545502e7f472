package toolkit

import (
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Gio leaves the loop to the user: a goroutine of its own calls
// (*app.Window).Event, draws, and gives the frame back. On Linux that goroutine
// polls the display's socket itself, inside Event, and draws inside
// FrameEvent.Frame; on Windows and macOS a native thread does both and the two
// hand events and frames over (app/os.go, eventLoop). With OpenGL the goroutine
// is locked to its thread (internal/egl/egl.go, MakeCurrent); with Vulkan it
// is not.
var Gio = Toolkit{
	Name:       "gio",
	Title:      "Gio",
	Modules:    []string{"gioui.org"},
	Markers:    []string{"gioui.org/app"},
	First:      "0.8",
	Last:       "0.10",
	Heap:       &gioHeap,
	Companions: []string{"gioui.org/shader", "gioui.org/cpu", "github.com/go-text", "eliasnaur.com/font"},
	Uses: []string{
		"golang.org/x/sys", "golang.org/x/image", "golang.org/x/text", "golang.org/x/exp", "golang.org/x/net",
		"github.com/godbus/dbus",
	},
	Loops: []Loop{
		// Goroutine 1 only keeps the main thread: it is never the trouble on Linux.
		{Func: Func{Match: "gioui.org/app.osMain"}, Role: evidence.RoleMain, MustLock: ""},
		// The native thread of a window.
		{Func: Func{Match: "gioui.org/app.(*window).runLoop", OS: []string{"windows"}}, Role: evidence.RoleRender, MustLock: "any"},
	},
	LoopCalls: []Func{{Match: "gioui.org/app.(*Window).Event"}},
	LoopRole:  evidence.RoleWindow,
	// With the DestroyEvent, before Event returns it, processEvent takes driver and
	// context away. But where an event of the view comes first, as with X11, the next
	// call of Event, which is to return the DestroyEvent, finds no driver and makes
	// one, and with it an empty window that nobody asked for: that one has no context.
	// Nor has a window in its first frame, which is pending then (app/window.go).
	Window: Window{
		Type: "gioui.org/app.Window", Driver: "driver", Drawn: "lastFrame.size", Pending: "coalesced.framePending",
		Context: "ctx", NoContext: "nocontext",
	},
	Idle: []Wait{
		{Func: Func{Match: "gioui.org/app.osMain"}, Reasons: []string{"select (no cases)"}},
		{Func: Func{Match: "gioui.org/app.(*x11Window).dispatch", OS: []string{"linux"}}, Via: "golang.org/x/sys/unix.Poll"},
		{Func: Func{Match: "gioui.org/app.(*x11Window).dispatch", OS: []string{"linux"}}, Reasons: []string{"chan receive"}},
		{Func: Func{Match: "gioui.org/app.(*wlDisplay).dispatch", OS: []string{"linux"}}, Via: "golang.org/x/sys/unix.Poll"},
		{Func: Func{Match: "gioui.org/app.(*window).dispatch", OS: []string{"linux"}}, Reasons: []string{"chan receive"}},
		{Func: Func{Match: "gioui.org/app.(*eventLoop).Event"}, Reasons: []string{"chan receive"}},
		{Func: Func{Match: "gioui.org/app/internal/windows.GetMessage", OS: []string{"windows"}}},
		{Func: Func{Match: "gioui.org/app._Cfunc_gio_main", OS: []string{"darwin"}}},
	},
	Pump: []Func{
		{Match: "gioui.org/app.(*Window).Event"},
		{Match: "gioui.org/app.(*x11Window).Frame", OS: []string{"linux"}},
		{Match: "gioui.org/app.(*window).Frame"},
		{Match: "gioui.org/app.(*eventLoop).Frame"},
	},
	Frames: []Func{{Match: "gioui.org/app.(*Window).processFrame"}},
	Alive: []Func{
		{Match: "gioui.org/app.(*Window).Event"},
		{Match: "gioui.org/app.(*x11Window).dispatch", OS: []string{"linux"}},
		{Match: "gioui.org/app.(*wlDisplay).dispatch", OS: []string{"linux"}},
	},
	Marks: slices.Concat(
		wait("gioui.org/app.(*x11Window).dispatch", evidence.PartEvents, "golang.org/x/sys/unix.Poll", "golang.org/x/sys/unix.poll", goReceive),
		wait("gioui.org/app.(*wlDisplay).dispatch", evidence.PartEvents, "golang.org/x/sys/unix.Poll", "golang.org/x/sys/unix.poll"),
		wait("gioui.org/app.(*window).dispatch", evidence.PartEvents, goReceive),
		pace(OwnLoop, evidence.PartUser, goSleep, goReceive, goReceive2, goSelect),
		[]Mark{
			{Func: Func{Match: "gioui.org/app.(*Window).Event"},
				Enter: Turn{Part: evidence.PartEvents, Busy: true}, Leave: Turn{Part: evidence.PartUser}},
			{Func: Func{Match: "gioui.org/app.(*Window).processFrame"},
				Enter: Turn{Part: evidence.PartDraw}, Leave: Turn{Frame: true, Present: true, Part: evidence.PartUser},
				Last: "gioui.org/app.(*Window).updateCursor"},
			{Func: Func{Match: "gioui.org/internal/egl.(*Context).Present"}, Enter: Turn{Part: evidence.PartSwap}},
		}),
	Crossings: []Crossing{
		// Elsewhere than on Linux: the client waits for the native thread …
		{Func: Func{Match: "gioui.org/app.(*eventLoop).Frame"}, Role: evidence.RoleRender},
		{Func: Func{Match: "gioui.org/app.(*Window).Run"}, Role: evidence.RoleRender},
		// … and the native thread for the client.
		{Func: Func{Match: "gioui.org/app.(*eventLoop).deliverEvent"}, Role: evidence.RoleWindow},
	},
	Layout: []Func{
		{Match: "gioui.org/layout.…"},
		{Match: "gioui.org/widget.…"},
		{Match: "gioui.org/widget/material.…"},
		{Match: "gioui.org/text.…"},
		{Match: "gioui.org/font/opentype.…"},
		{Match: "gioui.org/op.…"},
		{Match: "gioui.org/op/paint.…"},
		{Match: "gioui.org/op/clip.…"},
		{Match: "gioui.org/internal/ops.…"},
		{Match: "gioui.org/internal/stroke.…"},
		{Match: "gioui.org/io/input.…"},
	},
}
