package toolkit

import (
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
)

// glfwPackage stands for every version's package: v3.3/glfw, v3.4/glfw.
const glfwPackage = "github.com/go-gl/glfw/…/glfw."

// The mainthread packages that programs use with it: their main goroutine runs
// what others hand over.
const (
	faiface = "github.com/faiface/mainthread."
	gopxl   = "github.com/gopxl/mainthread/v2."
	design  = "golang.design/x/…mainthread." // also golang.design/x/runtime/mainthread
)

// GLFW is a program that uses go-gl/glfw without another toolkit. Its loop is the
// user's own function, on the main thread, which polls or waits for events and
// swaps buffers; callbacks come from C on top of PollEvents and WaitEvents. Where
// one of the mainthread packages is used, the user's loop is on a second goroutine
// and hands its calls to the main one.
var GLFW = Toolkit{
	Name:    "glfw",
	Title:   "GLFW",
	Modules: []string{"github.com/go-gl/glfw/v3.4/glfw", "github.com/go-gl/glfw/v3.3/glfw", "github.com/go-gl/glfw"},
	Markers: []string{"github.com/go-gl/glfw/v3.4/glfw", "github.com/go-gl/glfw/v3.3/glfw"},
	First:   "3.3",
	Last:    "3.4",
	Heap:    &glfwHeap,
	Companions: []string{
		"github.com/go-gl/gl", "github.com/faiface/mainthread", "github.com/gopxl/mainthread/v2",
		"golang.design/x/mainthread", "golang.design/x/runtime/mainthread",
	},
	Loops: []Loop{
		{Func: Func{Match: faiface + "Run"}, Role: evidence.RoleMain, MustLock: "main"},
		{Func: Func{Match: gopxl + "Run"}, Role: evidence.RoleMain, MustLock: "main"},
		{Func: Func{Match: design + "Init"}, Role: evidence.RoleMain, MustLock: "main"},
		{Func: Func{Match: faiface + "Run.func1"}, Role: evidence.RoleUI, UserBelow: true},
		{Func: Func{Match: gopxl + "Run.func1"}, Role: evidence.RoleUI, UserBelow: true},
		{Func: Func{Match: design + "Init.func1"}, Role: evidence.RoleUI, UserBelow: true},
	},
	LoopCalls: []Func{
		{Match: glfwPackage + "PollEvents"},
		{Match: glfwPackage + "WaitEvents"},
		{Match: glfwPackage + "WaitEventsTimeout"},
		{Match: glfwPackage + "(*Window).SwapBuffers"},
		{Match: glfwPackage + "(*Window).ShouldClose"},
	},
	LoopRole: evidence.RoleUI,
	LoopLock: "main",
	Idle: []Wait{
		{Func: Func{Match: glfwPackage + "_Cfunc_glfwWaitEvents"}},
		{Func: Func{Match: glfwPackage + "_Cfunc_glfwWaitEventsTimeout"}},
		{Func: Func{Match: faiface + "Run"}, Reasons: []string{"select"}},
		{Func: Func{Match: gopxl + "Run"}, Reasons: []string{"select"}},
		{Func: Func{Match: design + "Init"}, Reasons: []string{"select"}},
	},
	Pump: []Func{
		{Match: glfwPackage + "PollEvents"},
		{Match: glfwPackage + "WaitEvents"},
		{Match: glfwPackage + "WaitEventsTimeout"},
		{Match: glfwPackage + "(*Window).SwapBuffers"},
		{Match: glfwPackage + "SwapInterval"},
		{Match: glfwPackage + "(*Window).ShouldClose"},
	},
	Frames: []Func{{Match: glfwPackage + "(*Window).SwapBuffers"}},
	Alive: []Func{
		{Match: glfwPackage + "PollEvents"},
		{Match: glfwPackage + "WaitEvents"},
		{Match: glfwPackage + "WaitEventsTimeout"},
	},
	Marks: slices.Concat(
		passes(glfwPackage+"_Cfunc_glfwPollEvents", glfwPackage+"_Cfunc_glfwWaitEvents", glfwPackage+"_Cfunc_glfwWaitEventsTimeout"),
		wait(glfwPackage+"…", evidence.PartUser, glfwPackage+"_Cfunc_glfwWaitEvents", glfwPackage+"_Cfunc_glfwWaitEventsTimeout"),
		pace(OwnLoop, evidence.PartUser, goSleep, goReceive, goReceive2, goSelect),
		[]Mark{
			// The user's callbacks.
			{Func: Func{Match: glfwPackage + "go…CB"}, Enter: Turn{Busy: true, Part: evidence.PartEvents}},
			{Func: Func{Match: glfwPackage + "_Cfunc_glfwPollEvents"}, In: "…",
				Enter: Turn{Part: evidence.PartEvents}, Leave: Turn{Part: evidence.PartUser}},
			{Func: Func{Match: glfwPackage + "_Cfunc_glfwSwapBuffers"}, In: "…",
				Enter: Turn{Part: evidence.PartSwap}, Leave: Turn{Frame: true, Present: true, Part: evidence.PartUser}},
		}),
	// "This function must only be called from the main thread" (glfw3.h, 3.3 and
	// 3.4), of functions that take effect at once.
	UIOnly: []Func{
		{Match: glfwPackage + "_Cfunc_glfwSetWindow…"},
		{Match: glfwPackage + "_Cfunc_glfwGetWindow…"},
		{Match: glfwPackage + "_Cfunc_glfwCreateWindow"},
		{Match: glfwPackage + "_Cfunc_glfwDestroyWindow"},
		{Match: glfwPackage + "_Cfunc_glfwIconifyWindow"},
		{Match: glfwPackage + "_Cfunc_glfwRestoreWindow"},
		{Match: glfwPackage + "_Cfunc_glfwMaximizeWindow"},
		{Match: glfwPackage + "_Cfunc_glfwShowWindow"},
		{Match: glfwPackage + "_Cfunc_glfwHideWindow"},
		{Match: glfwPackage + "_Cfunc_glfwFocusWindow"},
		{Match: glfwPackage + "_Cfunc_glfwRequestWindowAttention"},
		{Match: glfwPackage + "_Cfunc_glfwPollEvents"},
		{Match: glfwPackage + "_Cfunc_glfwWaitEvents"},
		{Match: glfwPackage + "_Cfunc_glfwWaitEventsTimeout"},
		{Match: glfwPackage + "_Cfunc_glfwSetInputMode"},
		{Match: glfwPackage + "_Cfunc_glfwGetInputMode"},
		{Match: glfwPackage + "_Cfunc_glfwSetCursor"},
		{Match: glfwPackage + "_Cfunc_glfwSetCursorPos"},
		{Match: glfwPackage + "_Cfunc_glfwGetCursorPos"},
		{Match: glfwPackage + "_Cfunc_glfwCreateCursor"},
		{Match: glfwPackage + "_Cfunc_glfwCreateStandardCursor"},
		{Match: glfwPackage + "_Cfunc_glfwSetClipboardString"},
		{Match: glfwPackage + "_Cfunc_glfwGetClipboardString"},
		{Match: glfwPackage + "_Cfunc_glfwGetMonitors"},
		{Match: glfwPackage + "_Cfunc_glfwGetVideoMode"},
	},
	// … but these may be called from any thread.
	UIFree: []Func{
		{Match: glfwPackage + "_Cfunc_glfwSetWindowShouldClose"},
		{Match: glfwPackage + "_Cfunc_glfwSetWindowUserPointer"},
		{Match: glfwPackage + "_Cfunc_glfwGetWindowUserPointer"},
	},
	Crossings: []Crossing{
		{Func: Func{Match: faiface + "Call"}, Role: evidence.RoleMain},
		{Func: Func{Match: gopxl + "Call"}, Role: evidence.RoleMain},
		{Func: Func{Match: faiface + "CallErr"}, Role: evidence.RoleMain},
		{Func: Func{Match: gopxl + "CallErr"}, Role: evidence.RoleMain},
		{Func: Func{Match: faiface + "CallVal"}, Role: evidence.RoleMain},
		{Func: Func{Match: gopxl + "CallVal"}, Role: evidence.RoleMain},
		{Func: Func{Match: faiface + "CallNonBlock"}, Role: evidence.RoleMain},
		{Func: Func{Match: gopxl + "CallNonBlock"}, Role: evidence.RoleMain},
		{Func: Func{Match: design + "Call"}, Role: evidence.RoleMain},
		{Func: Func{Match: design + "Go"}, Role: evidence.RoleMain},
	},
}

// passes are the marks of a loop that draws by something else than OpenGL (Vulkan,
// WebGPU): GLFW swaps nothing there, and each pass of the loop is a frame, which ends
// where events are asked for.
func passes(calls ...Pattern) []Mark {
	var marks []Mark
	for _, c := range calls {
		marks = append(marks, Mark{Func: Func{Match: c}, In: "…", Without: "github.com/go-gl/glfw/…SwapBuffers",
			Enter: Turn{Pass: true}})
	}
	return marks
}
