package toolkit

import (
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Fyne's drivers: the desktop one, the one for phones (which the build tag mobile
// also brings to a desktop), and the one for bare screens.
const (
	fyneDriver   = "fyne.io/fyne/v2/internal/driver/glfw."
	fyneMobile   = "fyne.io/fyne/v2/internal/driver/mobile."
	fynePhone    = "fyne.io/fyne/v2/internal/driver/mobile/app."
	fyneEmbedded = "fyne.io/fyne/v2/internal/driver/embedded."
)

// Fyne: since 2.6 one goroutine, the main one, runs everything (runGL in
// internal/driver/glfw/loop.go). Fyne 2.5 has three kinds: runGL polls events and
// runs what others hand to it, a draw goroutine walks the widget trees, and each
// window has a goroutine that runs its widgets' callbacks (RunEventQueue in
// internal/driver/common/window.go).
var Fyne = Toolkit{
	Name:    "fyne",
	Title:   "Fyne",
	Modules: []string{"fyne.io/fyne/v2"},
	Markers: []string{
		"fyne.io/fyne/v2/internal/driver/glfw", "fyne.io/fyne/v2/internal/driver/mobile",
		"fyne.io/fyne/v2/internal/driver/embedded",
	},
	First: "2.5",
	Last:  "2.8",
	Heap:  &fyneHeap,
	Companions: []string{
		"fyne.io/systray", "github.com/fyne-io", "github.com/go-gl/gl", "github.com/go-text",
		"github.com/srwiley", "github.com/nfnt/resize", "github.com/rymdport/portal",
		"github.com/jeandeaual/go-locale", "github.com/FyshOS/fancyfs",
	},
	Uses: []string{
		"golang.org/x/image", "golang.org/x/sys", "golang.org/x/text", "golang.org/x/net", "golang.org/x/mobile",
		"github.com/godbus/dbus", "github.com/fsnotify/fsnotify", "github.com/BurntSushi/toml",
		"github.com/fredbi/uri", "github.com/nicksnyder/go-i18n", "github.com/yuin/goldmark",
		"github.com/go-ole/go-ole", "github.com/anthonynsimon/bild", "github.com/natefinch/atomic",
	},
	Loops: []Loop{
		{Func: Func{Match: fyneDriver + "(*gLDriver).runGL"}, Role: evidence.RoleUI, MustLock: "main"},
		{Func: Func{Match: "fyne.io/fyne/v2/internal/driver/common.(*Window).RunEventQueue", Until: "2.5"}, Role: evidence.RoleWindow},
		{Func: Func{Match: fyneDriver + "(*gLDriver).startDrawThread.func1", Until: "2.5"}, Role: evidence.RoleRender, MustLock: "any"},
		{Func: Func{Match: fyneMobile + "(*driver).Run.func1"}, Role: evidence.RoleUI},
		{Func: Func{Match: fynePhone + "main", OS: []string{"linux"}}, Role: evidence.RoleMain, MustLock: "any"},
		{Func: Func{Match: fyneEmbedded + "(*noosDriver).doRun", Since: "2.7"}, Role: evidence.RoleUI},
	},
	Idle: []Wait{
		// The loop's own select: a tick of 1/60 s, or a function from fyne.Do.
		{Func: Func{Match: fyneDriver + "(*gLDriver).runGL"}, Reasons: []string{"select"}},
		{Func: Func{Match: "fyne.io/fyne/v2/internal/driver/common.(*Window).RunEventQueue", Until: "2.5"}, Reasons: []string{"chan receive"}},
		{Func: Func{Match: fyneDriver + "(*gLDriver).startDrawThread.func1", Until: "2.5"}, Reasons: []string{"select"}},
		{Func: Func{Match: fyneMobile + "(*driver).Run.func1"}, Reasons: []string{"select"}},
		{Func: Func{Match: fynePhone + "main", OS: []string{"linux"}}, Reasons: []string{"select"}},
		{Func: Func{Match: fyneEmbedded + "(*noosDriver).doRun", Since: "2.7"}, Reasons: []string{"select"}},
	},
	Frames: []Func{{Match: fyneDriver + "(*gLDriver).repaintWindow"}},
	Alive:  []Func{{Match: fyneDriver + "(*gLDriver).drawSingleFrame"}},
	Tick:   time.Second / 60,
	Marks: slices.Concat(
		wait(fyneDriver+"(*gLDriver).runGL", evidence.PartUser, goSelect),
		wait(fyneDriver+"(*gLDriver).startDrawThread.func1", evidence.PartDraw, goSelect), // until 2.5
		[]Mark{
			{Func: Func{Match: "github.com/go-gl/glfw/v3.3/glfw._Cfunc_glfwPollEvents"}, In: "github.com/go-gl/glfw/…",
				Enter: Turn{Part: evidence.PartEvents}},
			{Func: Func{Match: "fyne.io/fyne/v2/internal/animation.(*Runner).TickAnimations", Since: "2.6"}, Enter: Turn{Part: evidence.PartUser}},
			{Func: Func{Match: fyneDriver + "(*gLDriver).drawSingleFrame"}, Enter: Turn{Part: evidence.PartDraw}},
			{Func: Func{Match: "fyne.io/fyne/v2/internal/driver/common.(*Canvas).EnsureMinSize"}, Enter: Turn{Part: evidence.PartLayout}},
			{Func: Func{Match: fyneDriver + "(*glCanvas).paint"}, Enter: Turn{Part: evidence.PartDraw}},
			{Func: Func{Match: "github.com/go-gl/glfw/v3.3/glfw._Cfunc_glfwSwapBuffers"}, In: "github.com/go-gl/glfw/…",
				Enter: Turn{Part: evidence.PartSwap}},
			{Func: Func{Match: fyneDriver + "(*gLDriver).repaintWindow"}, Leave: Turn{Frame: true, Present: true, Part: evidence.PartDraw}},
		}),
	// What Fyne does when a call comes from elsewhere: it says so on its log, and
	// hands the call over (internal/async/goroutine.go).
	UIOnly:     []Func{{Match: "fyne.io/fyne/v2/internal/async.logStackTop", Since: "2.6"}},
	UIHandOver: []Func{{Match: "fyne.io/fyne/v2/internal/async.EnsureMain", Since: "2.6"}},
	Crossings: []Crossing{
		// fyne.DoAndWait, and every call of the window's methods from elsewhere.
		{Func: Func{Match: fyneDriver + "runOnMainWithWait", Since: "2.6"}, Role: evidence.RoleUI},
		{Func: Func{Match: fyneDriver + "runOnMain"}, Role: evidence.RoleUI},
		{Func: Func{Match: fyneDriver + "runOnDraw", Until: "2.5"}, Role: evidence.RoleRender},
		{Func: Func{Match: "fyne.io/fyne/v2/internal/driver/common.(*Window).WaitForEvents", Until: "2.5"}, Role: evidence.RoleWindow},
		{Func: Func{Match: fyneMobile + "(*driver).DoFromGoroutine.func1", Since: "2.6"}, Role: evidence.RoleUI},
		{Func: Func{Match: fyneEmbedded + "(*noosDriver).DoFromGoroutine.func1", Since: "2.7"}, Role: evidence.RoleUI},
		{Func: Func{Match: "fyne.io/fyne/v2/internal/driver/mobile/gl.(*context).enqueue", OS: []string{"linux"}}, Role: evidence.RoleMain},
	},
	Layout: []Func{
		{Match: "fyne.io/fyne/v2/layout.…"},
		{Match: "fyne.io/fyne/v2/widget.…"},
		{Match: "fyne.io/fyne/v2/container.…"},
		{Match: "fyne.io/fyne/v2/canvas.…"},
		{Match: "fyne.io/fyne/v2/dialog.…"},
		{Match: "fyne.io/fyne/v2/theme.…"},
		{Match: "fyne.io/fyne/v2/data/binding.…"},
		{Match: "fyne.io/fyne/v2.(*Container).…"},
		{Match: "fyne.io/fyne/v2.MeasureText"},
		{Match: "fyne.io/fyne/v2/internal/cache.…"},
		{Match: "fyne.io/fyne/v2/internal/painter.…"},
		{Match: "fyne.io/fyne/v2/internal/svg.…"},
		{Match: "fyne.io/fyne/v2/internal/widget.…"},
		{Match: "fyne.io/fyne/v2/internal/driver.WalkComplete…"},
		{Match: "fyne.io/fyne/v2/internal/driver.WalkVisible…"},
		{Match: "fyne.io/fyne/v2/internal/driver/common.(*Canvas).…"},
		{Match: fyneDriver + "(*glCanvas).…"},
		{Match: fyneDriver + "(*window).fitContent"},
	},
}
