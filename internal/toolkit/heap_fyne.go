package toolkit

import "time"

// Fyne's packages that the heap table names.
const (
	fyneRootPackage = "fyne.io/fyne/v2."
	fyneCache       = "fyne.io/fyne/v2/internal/cache."
	fyneCommon      = "fyne.io/fyne/v2/internal/driver/common."
	fyneWidget      = "fyne.io/fyne/v2/widget."
	fynePainter     = "fyne.io/fyne/v2/internal/painter"
	fyneAsync       = "fyne.io/fyne/v2/internal/async."
)

// fyneValid is for how long an entry of Fyne's caches is good after its last use
// (internal/cache/base.go). The environment variable FYNE_CACHE changes it.
const fyneValid = time.Minute

// fyneHeap: a window has a canvas, and that the content. Each widget has a renderer,
// which is made when it is first needed and is kept in a cache, by widget. The caches
// are cleaned when a canvas is drawn, ten seconds apart at least: an application that
// draws nothing keeps what it has, and that is no leak (Clean in
// internal/cache/base.go).
var fyneHeap = HeapTable{
	First: "2.3",
	Last:  "2.8",
	Widgets: []HeapWidget{{
		// canvasobject.go; the same in all versions.
		Interface: fyneRootPackage + "CanvasObject",
		Methods:   []string{"Hide", "MinSize", "Move", "Position", "Refresh", "Resize", "Show", "Size", "Visible"},
		Parts: []TypeName{
			// Frames, shadows and scrollers that other widgets are made of, and the
			// window's menu bar (internal/widget, internal/driver/glfw/menu_bar.go).
			"fyne.io/fyne/v2/internal/widget.…", fyneDriver + "…", fyneMobile + "…",
			// Rows and cells that lists use again and again, and pieces of widgets
			// (widget/list.go, widget/tree.go, widget/table.go, widget/entry.go).
			fyneWidget + "listItem", fyneWidget + "treeNode", fyneWidget + "branch", fyneWidget + "leaf",
			fyneWidget + "branchIcon", fyneWidget + "tableCells", fyneWidget + "entryContent",
			fyneWidget + "menuItem", fyneWidget + "menuBox", fyneWidget + "BaseWidget", fyneWidget + "DisableableWidget",
		},
	}},
	Windows: []HeapWindow{
		// NewWindow puts it on the driver's list; Close sets closing, and the loop then
		// destroys it and takes it off (internal/driver/glfw/window.go, loop.go).
		// viewport is nil until it is first shown, and keeps its value afterwards.
		{
			Type:    fyneDriver + "window",
			Closed:  []HeapState{{Field: "closing", Set: true}},
			Hidden:  []HeapState{{Field: "visible"}},
			Lists:   []HeapField{{Holder: fyneDriver + "gLDriver", Field: "windows"}},
			Content: fyneContent("canvas", "Canvas."),
			Drawn:   fyneDrawn("canvas.Canvas."),
		},
		// No field tells: Close takes it off the list (internal/driver/mobile/window.go).
		{
			Type:   fyneMobile + "window",
			Hidden: []HeapState{{Field: "visible"}},
			Lists: []HeapField{
				{Span: Span{Until: "2.4"}, Holder: fyneMobile + "mobileDriver", Field: "windows"},
				{Span: Span{Since: "2.5"}, Holder: fyneMobile + "driver", Field: "windows"},
			},
			Content: fyneContent("canvas", "Canvas."),
			Drawn:   fyneDrawn("canvas.Canvas."),
		},
		{
			Span:    Span{Since: "2.7"},
			Type:    fyneEmbedded + "noosWindow",
			Lists:   []HeapField{{Holder: fyneEmbedded + "noosDriver", Field: "wins"}},
			Content: []HeapField{{Field: "c.WindowlessCanvas"}},
		},
	},
	Shown: HeapShown{
		// walkObjectTree in internal/driver/util.go: of a container its Objects, of a
		// widget what its renderer says. A layout may keep what was taken out.
		Only: []HeapField{{Holder: fyneRootPackage + "Container", Field: "Objects"}},
		// internal/cache/widget.go
		Renderers: labelRenderers,
		Value:     "renderer",
		// internal/driver/common/canvas.go: what walkTree met in the last frame. The
		// node of a container that was emptied keeps its children, so that this alone
		// does not show that something is still shown.
		Drawn: HeapField{Holder: fyneCommon + "RenderCacheNode", Field: "obj"},
		Nodes: []HeapField{
			{Holder: fyneCommon + "RenderCacheNode", Field: "firstChild"},
			{Holder: fyneCommon + "RenderCacheNode", Field: "nextSibling"},
		},
		Stops: []HeapField{
			// Back to a window (widget/popup.go, dialog/base.go, menu_bar.go).
			{Holder: fyneWidget + "PopUp", Field: "Canvas"},
			{Holder: "fyne.io/fyne/v2/internal/widget.OverlayContainer", Field: "canvas"},
			{Holder: fyneDriver + "MenuBar", Field: "canvas"},
			{Holder: "fyne.io/fyne/v2/dialog.dialog", Field: "parent"},
			// To data, and from there to all that listen to it (widget/bind_helper.go).
			{Holder: fyneWidget + "basicBinder", Field: "dataListenerPair"},
			// The nodes lead up again.
			{Holder: fyneCommon + "RenderCacheNode", Field: "parent"},
		},
	},
	Caches:    fyneCaches,
	Listeners: fyneListeners,
	Images: []HeapImage{
		// canvas/image.go. The pixels that Image refers to are on the Go heap; drawn, they
		// are a texture too.
		{Type: "fyne.io/fyne/v2/canvas.Image", Label: "image", Rect: "Image.Rect", Empty: []HeapState{{Field: "Image"}}, PixelBytes: 4},
		// internal/cache/svg.go: a drawn icon.
		{Type: fyneCache + "svgInfo", Label: "drawn SVG", Width: "w", Height: "h"},
	},
	Waiting: []HeapWaiting{
		// Unbounded queues: internal/async/chan*.go. One for each queue.
		{Func: Func{Match: fyneAsync + "(*Unbounded…).processing"}, Each: true},
		{Func: Func{Match: "fyne.io/fyne/v2/data/binding.queueItem…", Until: "2.5"}},
		{Func: Func{Match: "fyne.io/fyne/v2/internal/app.(*Lifecycle).RunEventQueue", Since: "2.5"}},
		{Func: Func{Match: fyneCommon + "(*Window).RunEventQueue", Until: "2.5"}, Each: true},
		// Signals, the settings file, the desktop's theme (app/settings_desktop.go,
		// app/app_xdg.go).
		{Func: Func{Match: fyneDriver + "catchTerm", Until: "2.3"}},
		{Func: Func{Match: fyneDriver + "(*gLDriver).catchTerm", Since: "2.4"}},
		{Func: Func{Match: "fyne.io/fyne/v2/app.watchFile.func1"}},
		{Func: Func{Match: "fyne.io/fyne/v2/app.watchFreedekstopThemeChange", Until: "2.4"}},
		{Func: Func{Match: "fyne.io/fyne/v2/app.watchTheme…"}},
		// Ticks at 60 Hz, for good once an animation ran.
		{Func: Func{Match: "fyne.io/fyne/v2/internal/animation.(*Runner).runAnimations.func1", Until: "2.5"}},
		{Func: Func{Match: fyneDriver + "(*gLDriver).startDrawThread.func1", Until: "2.5"}},
		// One for each item of the tray's menu, each time that the menu is set: they
		// never end (internal/driver/glfw/driver_desktop.go). The toolkit's own.
		{Func: Func{Match: fyneDriver + "(*gLDriver).refreshSystrayMenu.func1"}, Each: true},
		{Func: Func{Match: "fyne.io/systray.…"}, Each: true},
	},
}

// fyneContent is what the canvas at the path shows: its content, the menu, and the
// overlays (dialogs, pop-ups), of the canvas that is embedded.
func fyneContent(canvas, common string) []HeapField {
	at := func(field string) HeapField { return HeapField{Field: canvas + "." + field} }
	return []HeapField{at("content"), at("menu"), at(common + "overlays.OverlayStack.overlays")}
}

// fyneDrawn is where the trees of the last frame are (internal/driver/common).
func fyneDrawn(common string) []HeapField {
	at := func(field string) HeapField { return HeapField{Field: common + field} }
	return []HeapField{at("contentTree.root"), at("menuTree.root"), at("mWindowHeadTree.root"), at("overlays.renderCaches")}
}
