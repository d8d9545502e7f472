package toolkit

// labelRenderers is the label of the cache in which Fyne keeps what draws a widget.
const labelRenderers = "renderer cache"

// fyneCaches are Fyne's own maps and lists. Until 2.5 the maps are of the language or
// a sync.Map, since 2.6 async.Map around one: the type of the values is the same.
var fyneCaches = []HeapCache{
	{
		// internal/cache/widget.go. Until 2.5 the desktop's driver removed only those of
		// widgets that were in the canvas cache too, and whose canvas was being drawn
		// (CleanCanvases); others stayed for good. 2.6.0 cleans all.
		HeapPlace: HeapPlace{Elem: "*" + fyneCache + "rendererInfo", Global: fyneCache + "renderers"},
		Label:     labelRenderers, Expires: fyneValid,
		Bugs: []HeapBug{{Span: Span{Until: "2.5"}, Issue: "fyne-io/fyne#4903", Fixed: "2.6.0"}},
	},
	{
		// internal/cache/canvases.go: which object is on which canvas. The published
		// report is of 2.3.0: what was once on a canvas is held by the map. The sources
		// of 2.3 to 2.5 do remove an entry, a minute after the object was last looked
		// up, but only in a frame that draws its own canvas (CleanCanvases, gone in
		// 2.6.0): what belongs to a window that draws no more stays.
		HeapPlace: HeapPlace{Elem: "*" + fyneCache + "canvasInfo", Global: fyneCache + "canvases"},
		Label:     "canvas cache", Expires: fyneValid,
		Bugs: []HeapBug{{Span: Span{Until: "2.5"}, Issue: "fyne-io/fyne#3616", Fixed: "2.6.0"}},
	},
	{
		// internal/painter/image.go: aspect ratios by image, never removed; the key holds
		// the image and its pixels. 2.3.5 no longer keeps those of pictures that the
		// program gives as image.Image; 2.4 has no such map.
		Span:      Span{Until: "2.3"},
		HeapPlace: HeapPlace{Key: "*fyne.io/fyne/v2/canvas.Image", Elem: "float32", Global: fynePainter + ".aspects"},
		Label:     "aspect ratio cache",
		Bugs:      []HeapBug{{Span: Span{Until: "2.3.4"}, Issue: "fyne-io/fyne#3919", Fixed: "2.3.5"}},
	},
	{
		// internal/cache/texture_common.go: the textures of objects, and since 2.6 those
		// of texts by themselves. Freed when their canvas is drawn, and with the window; to
		// 2.7 those of a closed window's texts are not, and with the canvas in their key
		// they keep it.
		HeapPlace: HeapPlace{Elem: "*" + fyneCache + "textureInfo"},
		Label:     "texture cache", Expires: fyneValid,
		Bugs: []HeapBug{{Span: Span{Since: "2.6", Until: "2.7"}, Fixed: "2.8.0", Windows: true}},
	},
	{
		// internal/painter/gl/painter.go: freed with the texture's entry in the cache.
		Span:      Span{Since: "2.8"},
		HeapPlace: HeapPlace{Holder: fynePainter + "/gl.painter", Field: "clippedTextTextures", Elem: fynePainter + "/gl.clippedTextTexture"},
		Label:     "texture cache", Expires: fyneValid,
	},
	{
		// internal/cache/svg.go: icons as drawn, one size for each name. Emptied with a
		// change of the theme.
		HeapPlace: HeapPlace{Elem: "*" + fyneCache + "svgInfo", Global: fyneCache + "svgs"},
		Label:     "SVG cache", Expires: fyneValid,
	},
	{
		// internal/cache/text.go: the sizes of texts, by text. In 2.3 none was removed
		// but with a change of the theme; on the desktop until 2.5.1 neither.
		HeapPlace: HeapPlace{Key: fyneCache + "fontSizeEntry", Elem: "…" + fyneCache + "fontMetric", Global: fyneCache + "fontSizeCache"},
		Label:     "text size cache", Expires: fyneValid,
		Bugs: []HeapBug{
			{Span: Span{Until: "2.3"}, Issue: "fyne-io/fyne#4108", Fixed: "2.4.0"},
			{Span: Span{Since: "2.4", Until: "2.5.1"}, Issue: "fyne-io/fyne#4010", Fixed: "2.5.2"},
		},
	},
	{
		// internal/cache/blur_kernel.go
		Span:      Span{Since: "2.8"},
		HeapPlace: HeapPlace{Elem: "*" + fyneCache + "blurKernelInfo", Global: fyneCache + "blurKernels"},
		Label:     "blur cache", Expires: fyneValid,
	},
	{
		// internal/cache/theme.go: objects inside of a container.ThemeOverride. Removed
		// with the widget's renderer.
		Span:      Span{Since: "2.5"},
		HeapPlace: HeapPlace{Elem: "*" + fyneCache + "overrideScope", Global: fyneCache + "overrides"},
		Label:     "theme overrides",
		Bugs:      []HeapBug{{Span: Span{Until: "2.5.0"}, Issue: "fyne-io/fyne#5000", Fixed: "2.5.1"}},
	},
	{
		// internal/painter/font.go: one for each style and theme, and since 2.5 for each
		// font that a text names. Emptied with a change of the theme.
		HeapPlace: HeapPlace{Elem: "*" + fynePainter + ".FontCacheItem", Global: fynePainter + ".fontCache"},
		Span:      Span{Since: "2.4"},
		Label:     "font cache",
	},
	{
		HeapPlace: HeapPlace{Elem: "*" + fynePainter + ".fontCacheItem", Global: fynePainter + ".fontCache"},
		Span:      Span{Until: "2.3"},
		Label:     "font cache",
	},
	{
		// widget/richtext.go: what was drawn for a segment. Until 2.4 those of replaced
		// segments stayed.
		HeapPlace: HeapPlace{Holder: fyneWidget + "RichText", Field: "visualCache"},
		Label:     "rich text cache",
		Bugs:      []HeapBug{{Span: Span{Until: "2.4"}, Issue: "fyne-io/fyne#4723", Fixed: "2.5.0"}},
	},
	{
		// internal/driver/common/canvas.go: what waits to be drawn again. A window that
		// is not visible is not drawn, and its queue not emptied.
		HeapPlace: HeapPlace{Holder: fyneCommon + "Canvas", Field: "refreshQueue"},
		Label:     "repaint queue",
	},
	{
		HeapPlace: HeapPlace{Holder: fyneAsync + "itemCanvasObject"},
		Label:     "repaint queue",
	},
	{
		// The nodes keep what was drawn last: walkTree in the same file.
		HeapPlace: HeapPlace{Holder: fyneCommon + "RenderCacheNode"},
		Label:     "tree of the last frame",
	},
	{
		// Rows that are used again: widget/list.go. What nobody takes goes with the
		// second collection after (sync.Pool).
		HeapPlace: HeapPlace{Holder: fyneWidget + "listLayout", Field: "itemPool"},
		Label:     "pool of rows",
	},
	{
		// internal/driver/glfw/window.go: the object that the mouse was last over, or
		// pressed: one each, until the mouse goes on.
		HeapPlace: HeapPlace{Holder: fyneDriver + "window", Field: "mouseOver"},
		Label:     "pointer state", Limit: 1,
	},
	{
		HeapPlace: HeapPlace{Holder: fyneDriver + "window", Field: "mousePressed"},
		Label:     "pointer state", Limit: 1,
	},
	{
		HeapPlace: HeapPlace{Holder: fyneDriver + "window", Field: "mouseLastClick"},
		Label:     "pointer state", Limit: 1,
	},
	{
		HeapPlace: HeapPlace{Holder: fyneDriver + "window", Field: "mouseDragged"},
		Label:     "pointer state", Limit: 1,
	},
	{
		HeapPlace: HeapPlace{Holder: fyneDriver + "window", Field: "mouseDraggedObjStart"},
		Label:     "pointer state", Limit: 1,
	},
	{
		// internal/app/focus_manager.go: what has the focus, and the content it had when
		// it was made.
		HeapPlace: HeapPlace{Holder: "fyne.io/fyne/v2/internal/app.FocusManager"},
		Label:     "keyboard focus", Limit: 1,
	},
	{
		// data/binding/pref_helper.go: a binding for each key that was asked for, for
		// good.
		HeapPlace: HeapPlace{Holder: "fyne.io/fyne/v2/data/binding.preferencesMap", Field: "prefs"},
		Label:     "preference bindings",
	},
}

// fyneListeners are the lists that functions of the program are put on.
var fyneListeners = []HeapListeners{
	{
		// data/binding/binding.go. A widget that is bound to data takes itself off with
		// Unbind, or when it is bound to others.
		HeapPlace: HeapPlace{Holder: "fyne.io/fyne/v2/data/binding.base", Field: "listeners"},
		Label:     "listeners of a binding", Add: "AddListener", Remove: "RemoveListener",
	},
	{
		// The object that AddListener makes of a function: in a sync.Map until 2.5.
		HeapPlace: HeapPlace{Key: "*fyne.io/fyne/v2/data/binding.listener", Elem: "bool"},
		Label:     "listeners of a binding", Add: "AddListener", Remove: "RemoveListener",
		Span: Span{Until: "2.5"},
	},
	{
		// app/settings.go
		HeapPlace: HeapPlace{Holder: "fyne.io/fyne/v2/app.settings", Field: "changeListeners"},
		Label:     "settings listeners", Add: "Settings.AddChangeListener",
	},
	{
		Span:      Span{Since: "2.6"},
		HeapPlace: HeapPlace{Holder: "fyne.io/fyne/v2/app.settings", Field: "listeners"},
		Label:     "settings listeners", Add: "Settings.AddListener",
	},
	{
		// internal/preferences.go
		HeapPlace: HeapPlace{Holder: "fyne.io/fyne/v2/internal.InMemoryPreferences", Field: "changeListeners"},
		Label:     "preference listeners", Add: "Preferences.AddChangeListener",
	},
	{
		// shortcut.go; by name, so that each name has one.
		HeapPlace: HeapPlace{Holder: fyneRootPackage + "ShortcutHandler", Field: "entry"},
		Label:     "shortcut handlers", Add: "AddShortcut", Remove: "RemoveShortcut",
	},
	{
		// internal/animation/runner.go; one that repeats for ever stays until it is
		// stopped.
		HeapPlace: HeapPlace{Holder: "fyne.io/fyne/v2/internal/animation.Runner"},
		Label:     "running animations", Add: "Animation.Start", Remove: "Animation.Stop",
	},
	{
		// internal/driver/glfw/window.go: what is to be done once the window is there.
		HeapPlace: HeapPlace{Holder: fyneDriver + "window", Field: "pending"},
		Label:     "functions for when the window is shown", Remove: "Window.Show",
	},
	{
		// internal/scheduler/scheduler.go
		Span:      Span{Since: "2.8"},
		HeapPlace: HeapPlace{Holder: "fyne.io/fyne/v2/internal/scheduler.Scheduler", Field: "entries"},
		Label:     "scheduled notifications", Add: "ScheduleNotification", Remove: "CancelScheduledNotification",
	},
}
