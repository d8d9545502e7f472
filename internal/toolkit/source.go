package toolkit

import "slices"

// Source is what is known of a toolkit's API for reading a program's source:
// which functions it calls back on the UI goroutine, and which only that
// goroutine may call. What follows from the API itself is not listed: a function
// that the program hands to the toolkit is called by the UI, unless a table
// says otherwise.
//
// Functions are named as the runtime prints them, methods of interfaces as
// "path/pkg.Interface.Method".
type Source struct {
	Name string // of the Toolkit
	// Paths are the modules, or folders of modules, whose API calls the program
	// back.
	Paths []string
	// Apart are packages whose API runs functions wherever it likes: tests,
	// storage behind the UI.
	Apart []Pattern
	// Elsewhere are functions that run the functions they get on a goroutine of
	// their own.
	Elsewhere []Pattern
	// Provided are interfaces that the toolkit implements and programs only
	// call. A program's type that has such methods is not called back by them.
	Provided []Pattern
	// Frame is a type that exists within a frame only: a function with a
	// parameter of it runs on the UI goroutine.
	Frame string
	// Loops are the calls that make a program's own loop the UI's loop, and
	// LoopEvents the types whose arrival (from a channel, or as the case of a
	// type switch) does.
	Loops      []Pattern
	LoopEvents []Pattern
	// Main are the functions that run the loop and must be called on the main
	// goroutine. Locks says that the toolkit itself locks it to its thread.
	Main  []Pattern
	Locks bool
	// Context are functions that belong to one thread: the goroutine that calls
	// them must be locked to it.
	Context []Pattern
	// OnMain are functions that run the function they get on the main thread.
	OnMain []Pattern
	// Gate is the function that a release has from which on Reserved holds;
	// empty: it always holds.
	Gate string
	// Reserved are functions that only the UI goroutine may call. A Pattern
	// that ends in "…" means those that are called for their effect, and have
	// no result.
	Reserved []Pattern
	// Free are exceptions from Reserved.
	Free []Pattern
	// Offscreen are the packages whose things a goroutine may build and change
	// as long as it has not shown them.
	Offscreen []Pattern
	// Shows are the methods that put such a thing into a window.
	Shows []Pattern
	// Blocking are functions of the toolkit that block, by the kind of wait; "ui"
	// is the wait of another goroutine for the UI's.
	Blocking map[string][]Pattern
}

const fyneRoot = "fyne.io/fyne/v2"

// sources lists them. GLFW comes last, as in toolkits.
var sources = []*Source{
	{
		Name:  "fyne",
		Paths: []string{fyneRoot, "fyne.io/systray"},
		Apart: []Pattern{
			fyneRoot + "/test.…", fyneRoot + "/storage/repository.…", fyneRoot + "/internal/…",
			fyneRoot + "/cmd/…", fyneRoot + "/tools/…", "fyne.io/systray.…",
		},
		Provided: []Pattern{
			fyneRoot + ".App", fyneRoot + ".Window", fyneRoot + ".Driver", fyneRoot + ".Canvas", fyneRoot + ".Clipboard",
			fyneRoot + ".Preferences", fyneRoot + ".Storage", fyneRoot + ".Lifecycle", fyneRoot + ".Settings",
			fyneRoot + ".Device", fyneRoot + ".CloudProvider…", fyneRoot + ".URI…", fyneRoot + ".ListableURI",
			fyneRoot + ".OverlayStack", fyneRoot + ".Resource", fyneRoot + "/data/binding.…",
			fyneRoot + "/driver/desktop.App", fyneRoot + "/driver/desktop.Driver", fyneRoot + "/driver/mobile.Driver",
		},
		// internal/driver/glfw/loop.go (v2.7.1): runGL panics or misbehaves off the
		// main goroutine; the package's own init locks it to the main thread.
		Main:  []Pattern{fyneRoot + ".App.Run", fyneRoot + ".Window.ShowAndRun"},
		Locks: true,
		// fyne.Do and its rule came with 2.6.
		Gate: fyneRoot + ".Do",
		Reserved: []Pattern{
			fyneRoot + "/widget.…", fyneRoot + "/container.…", fyneRoot + "/canvas.…", fyneRoot + "/dialog.…",
			fyneRoot + ".Window.…", fyneRoot + ".Canvas.…", fyneRoot + ".CanvasObject.…", fyneRoot + ".Widget.…",
			fyneRoot + ".(*Container).…", fyneRoot + ".Disableable.…", fyneRoot + ".Focusable.…", fyneRoot + ".OverlayStack.…",
		},
		Free: []Pattern{
			// Their loop is Main's matter.
			fyneRoot + ".Window.ShowAndRun",
			// Only keep what they get for later: they neither draw nor read the tree.
			fyneRoot + "/widget.(*Form).Append", fyneRoot + "/widget.….ExtendBaseWidget",
			// No tree is touched: the program's own tree is walked by whoever calls.
			fyneRoot + "/widget.….Bind", fyneRoot + "/widget.….BindWithData", fyneRoot + "/widget.….Unbind",
		},
		Offscreen: []Pattern{fyneRoot + "/widget.…", fyneRoot + "/container.…", fyneRoot + "/canvas.…", fyneRoot + "/dialog.…", fyneRoot + ".(*Container).…"},
		Shows: []Pattern{
			fyneRoot + "/dialog.….Show…", fyneRoot + "/widget.(*PopUp).Show…", fyneRoot + "/widget.(*PopUpMenu).Show…",
		},
		Blocking: map[string][]Pattern{
			// Repositories read files, and http(s) URIs over the network.
			"file": {
				fyneRoot + "/storage.Reader", fyneRoot + "/storage.Writer", fyneRoot + "/storage.Appender",
				fyneRoot + "/storage.Exists", fyneRoot + "/storage.Delete", fyneRoot + "/storage.DeleteAll", fyneRoot + "/storage.Copy",
				fyneRoot + "/storage.Move", fyneRoot + "/storage.List", fyneRoot + "/storage.CanList", fyneRoot + "/storage.CanRead",
				fyneRoot + "/storage.CanWrite", fyneRoot + "/storage.CanDelete", fyneRoot + "/storage.CreateListable",
				fyneRoot + "/storage.ListerForURI", fyneRoot + "/storage.LoadResourceFromURI",
				fyneRoot + "/storage.OpenFileFromURI", fyneRoot + "/storage.SaveFileToURI", fyneRoot + ".LoadResourceFromPath",
				fyneRoot + ".Storage.Create", fyneRoot + ".Storage.Open", fyneRoot + ".Storage.Save",
				fyneRoot + ".Storage.Remove", fyneRoot + ".Storage.List", fyneRoot + ".ListableURI.List",
				fyneRoot + ".URIReadCloser.Read", fyneRoot + ".URIWriteCloser.Write",
			},
			"network": {fyneRoot + ".LoadResourceFromURLString"},
			"ui":      {fyneRoot + ".DoAndWait"},
		},
	},
	{
		Name:  "gio",
		Paths: []string{"gioui.org"}, // and gioui.org/x
		Frame: "gioui.org/layout.Context",
		Apart: []Pattern{"gioui.org/io/event.…", "gioui.org/x/explorer.…", "gioui.org/internal/…"},
		Loops: []Pattern{"gioui.org/app.(*Window).Event", "gioui.org/app.(*Window).NextEvent"},
		LoopEvents: []Pattern{
			"gioui.org/io/event.Event", "gioui.org/app.FrameEvent", "gioui.org/io/system.FrameEvent",
		},
		Main: []Pattern{"gioui.org/app.Main"},
		// explorer.go: "It's a blocking call, you should call it on a separated goroutine."
		Locks: true,
		Blocking: map[string][]Pattern{
			"dialog": {
				"gioui.org/x/explorer.(*Explorer).ChooseFile", "gioui.org/x/explorer.(*Explorer).ChooseFiles",
				"gioui.org/x/explorer.(*Explorer).CreateFile", "gioui.org/x/explorer.(*Explorer).ImportFile",
				"gioui.org/x/explorer.(*Explorer).ExportFile",
			},
		},
	},
	{
		Name:  "ebitengine",
		Paths: []string{"github.com/hajimehoshi/ebiten/v2"},
		Apart: []Pattern{"github.com/hajimehoshi/ebiten/v2/audio…", "github.com/hajimehoshi/ebiten/v2/internal/…"},
		Main: []Pattern{
			"github.com/hajimehoshi/ebiten/v2.RunGame", "github.com/hajimehoshi/ebiten/v2.RunGameWithOptions",
		},
		Locks: true,
		Blocking: map[string][]Pattern{
			"file": {
				"github.com/hajimehoshi/ebiten/v2/ebitenutil.NewImageFromFile", "github.com/hajimehoshi/ebiten/v2/ebitenutil.OpenFile",
			},
			"network": {"github.com/hajimehoshi/ebiten/v2/ebitenutil.NewImageFromURL"},
		},
	},
	{
		Name:  "glfw",
		Paths: []string{"github.com/go-gl/glfw"},
		Loops: []Pattern{glfwPackage + "PollEvents", glfwPackage + "WaitEvents", glfwPackage + "WaitEventsTimeout"},
		Main: []Pattern{
			glfwPackage + "Init", glfwPackage + "PollEvents", glfwPackage + "WaitEvents", glfwPackage + "WaitEventsTimeout",
			glfwPackage + "CreateWindow", glfwPackage + "Terminate",
		},
		// A context is current on one thread. The two that only ask for a thread
		// with a context are those of go-gl and of GLFW itself (glfw3.h).
		Context: []Pattern{"github.com/go-gl/gl/….…", glfwPackage + "(*Window).MakeContextCurrent", glfwPackage + "SwapInterval"},
		OnMain: []Pattern{
			faiface + "Call", faiface + "CallErr", faiface + "CallVal", faiface + "CallNonBlock",
			gopxl + "Call", gopxl + "CallErr", gopxl + "CallVal", gopxl + "CallNonBlock",
			design + "Call", design + "Go",
		},
		// glfw3.h: "This function must only be called from the main thread."
		Reserved: []Pattern{glfwPackage + "…"},
		Free: []Pattern{
			// Main's matter, or Context's.
			glfwPackage + "Init", glfwPackage + "PollEvents", glfwPackage + "WaitEvents", glfwPackage + "WaitEventsTimeout",
			glfwPackage + "CreateWindow", glfwPackage + "Terminate", glfwPackage + "(*Window).MakeContextCurrent", glfwPackage + "SwapInterval",
			glfwPackage + "DetachCurrentContext",
			// "This function may be called from any thread."
			glfwPackage + "PostEmptyEvent", glfwPackage + "(*Window).SwapBuffers", glfwPackage + "(*Window).SetShouldClose",
			glfwPackage + "(*Window).SetUserPointer", glfwPackage + "(*Monitor).SetUserPointer", glfwPackage + "(*Joystick).SetUserPointer",
			glfwPackage + "SetTime",
		},
	},
}

// Sources returns what is known of each toolkit's API.
func Sources() []*Source { return slices.Clone(sources) }

// SourceOf returns the toolkit that the package belongs to, nil if none.
func SourceOf(pkg string) *Source {
	for _, s := range sources {
		if underAny(pkg, s.Paths) {
			return s
		}
	}
	return nil
}

// OwnExample says whether pkg is one of the programs that a toolkit ships within
// its own module: it is read as a program, not as the toolkit.
func OwnExample(mainModule, pkg string) bool { return ownExample(mainModule, pkg) }

// MatchAny says whether one of the patterns matches the function.
func MatchAny(ps []Pattern, function string) bool {
	return slices.ContainsFunc(ps, func(p Pattern) bool { return p.Match(function) })
}

// IsStandard says whether the package is the standard library's.
func IsStandard(pkg string) bool { return stdPackages()[pkg] || under(pkg, "vendor") }
