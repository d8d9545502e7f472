package toolkit

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Packages of Ebitengine whose functions the tables name.
const (
	ebitenUI     = "github.com/hajimehoshi/ebiten/v2/internal/ui."
	ebitenThread = "github.com/hajimehoshi/ebiten/v2/internal/thread."
	ebitenCmd    = "github.com/hajimehoshi/ebiten/v2/internal/graphicscommand."
	ebitenGLFW   = "github.com/hajimehoshi/ebiten/v2/internal/glfw."
)

// Ebitengine runs on three goroutines (internal/ui/run.go): the main one polls
// the window's events, a locked one talks to the graphics driver, and the game's
// Update, Draw and Layout run on a third, locked to nothing. The game's goroutine
// hands functions to the other two and waits (internal/thread/thread.go). With
// RunGameOptions.SingleThread or the tag ebitenginesinglethread, the main
// goroutine does it all, and no hand-over waits.
var Ebitengine = Toolkit{
	Name:    "ebitengine",
	Title:   "Ebitengine",
	Modules: []string{"github.com/hajimehoshi/ebiten/v2"},
	Markers: []string{"github.com/hajimehoshi/ebiten/v2/internal/ui"},
	First:   "2.8",
	Last:    "2.9",
	Heap:    &ebitengineHeap,
	Companions: []string{
		"github.com/ebitengine/purego", "github.com/ebitengine/oto/v3", "github.com/ebitengine/gomobile",
		"github.com/ebitengine/hideconsole", "github.com/go-text", "github.com/jezek/xgb",
	},
	Uses: []string{"golang.org/x/sync", "golang.org/x/sys", "golang.org/x/image", "golang.org/x/text", "github.com/rivo/uniseg"},
	Loops: []Loop{
		{Func: Func{Match: ebitenUI + "(*UserInterface).runMultiThread"}, Role: evidence.RoleMain, MustLock: "main"},
		{Func: Func{Match: ebitenUI + "(*UserInterface).runSingleThread"}, Role: evidence.RoleUI, MustLock: "main"},
		{Func: Func{Match: ebitenCmd + "LoopRenderThread"}, Role: evidence.RoleRender, MustLock: "any"},
		{Func: Func{Match: ebitenUI + "(*UserInterface).loopGame"}, Role: evidence.RoleUI},
	},
	Idle: []Wait{
		// The main and the render thread wait for work.
		{Func: Func{Match: ebitenThread + "(*OSThread).Loop"}, Reasons: []string{"select"}},
		// The game's goroutine waits for them: for vsync, for input. If they hang,
		// their own stacks say so.
		{Func: Func{Match: ebitenThread + "(*OSThread).Call"}, Reasons: []string{"chan receive", "chan send"}},
		{Func: Func{Match: ebitenThread + "(*OSThread).CallAsync"}, Reasons: []string{"chan send"}},
		// The frame was drawn too early, or there was nothing to draw.
		{Func: Func{Match: ebitenUI + "(*context).swapBuffersOrWait"}, Reasons: []string{"sleep"}},
		// The window is in the background: 60 turns a second.
		{Func: Func{Match: ebitenUI + "(*UserInterface).updateGame"}, Reasons: []string{"sleep"}},
		// … and SetRunnableOnUnfocused(false): the main thread waits for the focus.
		{Func: Func{Match: ebitenUI + "(*UserInterface).update"}, Reasons: []string{"sleep"}},
		// The window waits for the window manager after a change of its size.
		{Func: Func{Match: ebitenUI + "(*UserInterface).waitForFramebufferSizeCallback"}, Reasons: []string{"sleep"}},
		// FPSModeVsyncOffMinimum: the main thread waits for events.
		{Func: Func{Match: ebitenGLFW + "_Cfunc_glfwWaitEvents", OS: []string{"linux"}}},
		{Func: Func{Match: ebitenGLFW + "_Cfunc_glfwWaitEventsTimeout", OS: []string{"linux"}}},
		{Func: Func{Match: ebitenGLFW + "WaitEvents"}},
	},
	Frames: []Func{{Match: ebitenUI + "(*context).updateFrame"}, {Match: ebitenUI + "(*context).forceUpdateFrame"}},
	Alive:  []Func{{Match: ebitenUI + "(*UserInterface).updateGame"}},
	Tick:   time.Second / 60,
	// As few as tell a frame's parts: a game may draw a thousand frames a second, and
	// each mark passed costs microseconds. Layout counts to the events before it,
	// DrawFinalScreen (which is the user's as well) to Draw; the picture is presented
	// by another thread just before updateFrame returns.
	Marks: []Mark{
		// The window is in the background: 60 turns a second. Both sleeps are the last
		// thing that their callers do: what comes next is marked anyway.
		{Func: Func{Match: goSleep}, In: ebitenUI + "(*UserInterface).updateGame", Enter: Turn{Idle: true}},
		{Func: Func{Match: goSleep}, In: ebitenUI + "(*context).swapBuffersOrWait", Enter: Turn{Part: evidence.PartPace}},
		{Func: Func{Match: ebitenUI + "(*UserInterface).updateGame"}, Enter: Turn{Part: evidence.PartEvents, Busy: true}},
		{Func: Func{Match: "github.com/hajimehoshi/ebiten/v2.(*gameForUI).Update"}, Enter: Turn{Part: evidence.PartUser, Step: true}},
		{Func: Func{Match: "github.com/hajimehoshi/ebiten/v2.(*gameForUI).DrawOffscreen"}, Enter: Turn{Part: evidence.PartUser}},
		{Func: Func{Match: ebitenUI + "(*context).swapBuffersOrWait"}, Enter: Turn{Part: evidence.PartSwap}},
		{Func: Func{Match: ebitenUI + "(*context).updateFrame"}, Leave: Turn{Frame: true, Part: evidence.PartEvents}},
	},
	Crossings: []Crossing{
		{Func: Func{Match: ebitenCmd + "runOnRenderThread"}, Role: evidence.RoleRender},
		{Func: Func{Match: ebitenCmd + "Terminate"}, Role: evidence.RoleRender},
		{Func: Func{Match: ebitenThread + "(*OSThread).Call"}, Role: evidence.RoleMain},
		{Func: Func{Match: ebitenThread + "(*OSThread).CallAsync"}, Role: evidence.RoleMain},
		// Image.At, ReadPixels and Set outside of a frame wait for the next one.
		{Func: Func{Match: ebitenUI + "(*context).runInFrame"}, Role: evidence.RoleUI},
	},
	Layout: []Func{
		{Match: "github.com/hajimehoshi/ebiten/v2.(*Image).…"},
		{Match: "github.com/hajimehoshi/ebiten/v2.NewImage…"},
		{Match: "github.com/hajimehoshi/ebiten/v2/text…"},
		{Match: "github.com/hajimehoshi/ebiten/v2/vector.…"},
		{Match: "github.com/hajimehoshi/ebiten/v2/ebitenutil.…"},
		{Match: "github.com/hajimehoshi/ebiten/v2/colorm.…"},
		{Match: "github.com/hajimehoshi/ebiten/v2/internal/atlas.…"},
		{Match: "github.com/hajimehoshi/ebiten/v2/internal/buffered.…"},
		{Match: "github.com/hajimehoshi/ebiten/v2/internal/shader…"},
		{Match: ebitenUI + "(*Image).…"},
	},
}
