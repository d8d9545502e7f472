package toolkit

const (
	gioInput = "gioui.org/io/input."
	gioGPU   = "gioui.org/gpu."
	gioText  = "gioui.org/text."
	gioOps   = "gioui.org/internal/ops."
)

// gioHeap: in an immediate mode library nothing is shown for longer than a frame.
// What a program keeps is the state of its widgets, in structs of its own, and the
// lists of operations; what the library keeps is keyed by them and is forgotten when a
// frame comes in which they do not take part.
var gioHeap = HeapTable{
	First: "0.8",
	Last:  "0.10",
	Widgets: []HeapWidget{{
		// package widget: the state of a widget between frames. Without a name for what
		// they have in common, by their types; the values of material are made anew in
		// each frame.
		Types: []TypeName{
			"gioui.org/widget.Bool", "gioui.org/widget.Clickable", "gioui.org/widget.Decorations", "gioui.org/widget.Draggable",
			"gioui.org/widget.Editor", "gioui.org/widget.Enum", "gioui.org/widget.Float", "gioui.org/widget.List",
			"gioui.org/widget.Scrollbar", "gioui.org/widget.Selectable", "gioui.org/widget.Icon", "gioui.org/layout.List",
		},
	}},
	Windows: []HeapWindow{{
		// app/window.go: with the DestroyEvent driver, context and GPU go. A window that
		// was not opened yet has no driver either, and lastFrame tells that (Window.Gone).
		// The driver itself is C's; nothing lists the windows.
		Type:    "gioui.org/app.Window",
		Closed:  []HeapState{{Field: "driver"}},
		Content: []HeapField{{Field: "queue"}},
	}},
	Shown: HeapShown{
		// io/input/router.go: what asked for events in the last frame, by its tag; the
		// tag is the address of the widget's state, or of a field in it. Frame deletes
		// those that took no part. What asks for no events, such as an icon, is not in it.
		Tags: HeapField{Holder: gioInput + "Router", Field: "handlers"},
		Stops: []HeapField{
			{Holder: "gioui.org/app.Window", Field: "driver"},
			{Holder: "gioui.org/app.callbacks"},
		},
	},
	Caches: []HeapCache{
		{
			// io/input/router.go: until a frame in which the tag takes no part. A window
			// that draws no frame keeps them.
			HeapPlace: HeapPlace{Holder: gioInput + "Router", Field: "handlers", Elem: "*" + gioInput + "handler"},
			Label:     "event tags of the last frame",
		},
		{
			HeapPlace: HeapPlace{Holder: gioInput + "pointerQueue"},
			Label:     "event tags of the last frame",
		},
		{
			HeapPlace: HeapPlace{Holder: gioInput + "keyQueue"},
			Label:     "event tags of the last frame",
		},
		{
			// gpu/caches.go: textures by the handle of an ImageOp, removed with the first
			// frame that does not use them. The handle holds no pixels, the texture does.
			HeapPlace: HeapPlace{Holder: gioGPU + "textureCache", Field: "res", Key: gioGPU + "textureCacheKey"},
			Label:     "texture cache",
		},
		{
			// gpu/caches.go: paths as vertices, for as long as frames use them.
			HeapPlace: HeapPlace{Holder: gioGPU + "opCache", Key: gioGPU + "opKey"},
			Label:     "path cache",
		},
		{
			// gpu/gpu.go: what the last frame drew, in slices that are used again. What
			// is behind their length still holds images until it is written over.
			HeapPlace: HeapPlace{Holder: gioGPU + "drawOps"},
			Label:     "operations of the last frame",
		},
		{
			// text/lru.go: at most 1,000 entries in each cache of a shaper. Each shaper
			// has its own: one for each frame or theme is the program's doing.
			HeapPlace: HeapPlace{Holder: gioText + "lru", Elem: "*" + gioText + "entry"},
			Label:     "text shaper cache", Limit: 1000,
		},
		{
			HeapPlace: HeapPlace{Holder: gioText + "entry"},
			Label:     "text shaper cache", Limit: 1000,
		},
		{
			// text/gotext.go: the faces that a shaper was made with or found.
			HeapPlace: HeapPlace{Holder: gioText + "shaperImpl"},
			Label:     "fonts of a text shaper",
		},
		{
			// internal/ops/ops.go: operations and what they refer to, until Reset. A list
			// that grows was never reset, or is kept by the program.
			HeapPlace: HeapPlace{Holder: gioOps + "Ops", Field: "refs"},
			Label:     "operation list",
		},
	},
	Listeners: []HeapListeners{
		{
			// app/os.go: what Window.Run hands to the window's thread.
			HeapPlace: HeapPlace{Holder: "gioui.org/app.eventLoop", Field: "driverFuncs"},
			Label:     "functions for the window's thread", Add: "Window.Run",
		},
		{
			// io/input/router.go: transfers that nobody has read.
			HeapPlace: HeapPlace{Holder: gioInput + "Router", Field: "transfers"},
			Label:     "open data transfers", Remove: "Close",
		},
	},
	Images: []HeapImage{
		// op/paint/paint.go: an ImageOp refers to its pixels, which NewImageOp copies if
		// they are not RGBA. One of a single colour has none.
		{Type: "gioui.org/op/paint.ImageOp", Label: "image operation", Rect: "src.Rect", Empty: []HeapState{{Field: "uniform", Set: true}, {Field: "src"}}},
		// gpu/gpu.go: the texture in the cache.
		{Type: gioGPU + "texture", Label: "texture", Rect: "src.Rect", Empty: []HeapState{{Field: "tex"}, {Field: "src"}}, PixelBytes: 4},
	},
	Waiting: []HeapWaiting{
		{Func: Func{Match: "gioui.org/app.osMain"}},
		// app/os.go: hands windows over, on systems where the main thread makes them.
		{Func: Func{Match: "gioui.org/app.newWindowRendezvous.func1"}},
		// app/window.go: the timer of delayed frames, until the window is destroyed.
		{Func: Func{Match: "gioui.org/app.(*Window).scheduleInvalidate.func1"}, Each: true},
		// The clipboard's and the keyboard's of Wayland.
		{Func: Func{Match: "gioui.org/app.(*window).ReadClipboard.func1", OS: []string{"linux"}}, Each: true},
		{Func: Func{Match: "gioui.org/app.(*repeatState).Start.func1", OS: []string{"linux"}}},
		{Func: Func{Match: "gioui.org/app.gio_onDataSourceSend.func1", OS: []string{"linux"}}, Each: true},
	},
}
