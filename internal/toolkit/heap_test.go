package toolkit

import (
	"math"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

func TestTypeName(t *testing.T) {
	for _, tt := range []struct {
		pattern TypeName
		name    string
		want    bool
	}{
		{"a/b.T", "a/b.T", true},
		{"a/b.T", "*a/b.T", false},
		{"a/b.T", "a/b.T2", false},
		{"*a/b.T", "*a/b.T", true},
		{"a/b.cache", "a/b.cache[int,*c/d.Image]", true},
		{"*a/b.cache", "*a/b.cache[map[string]int]", true},
		{"a/b.cache", "map[a/b.cache]int", false},
		{"map[string]int", "map[string]int", true},
		{"a/…/b.T", "a/v3.3/b.T", true},
		{"a/b.…", "a/b.", true},
		{"…", "", true},
		{"a", "", false},
		{"a/b.cache", "[", false},
	} {
		if got := tt.pattern.Match(tt.name); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.pattern, tt.name, got)
		}
	}
}

func TestSpan(t *testing.T) {
	for _, tt := range []struct {
		span    Span
		version string
		want    bool
	}{
		{Span{}, "v2.3.0", true},
		{Span{Until: "2.5"}, "v2.5.5", true},
		{Span{Until: "2.5"}, "v2.6.0", false},
		{Span{Until: "2.3.4"}, "v2.3.4", true},
		{Span{Until: "2.3.4"}, "v2.3.5", false},
		{Span{Since: "2.3.5"}, "2.3", true},
		{Span{Since: "0.10"}, "v0.9.0", false},
		{Span{Since: "2.6", Until: "2.7"}, "v2.7.2-0.20260101000000-abcdefabcdef", true},
		{Span{Since: "2.6"}, "", true},
		{Span{Until: "2.3"}, "(devel)", true},
	} {
		if got := tt.span.In(tt.version); got != tt.want {
			t.Errorf("%+v has %q: %v", tt.span, tt.version, got)
		}
	}
}

func TestHeapPlaces(t *testing.T) {
	const fyne, ebiten = "fyne.io/fyne/v2", "github.com/hajimehoshi/ebiten/v2"
	for _, tt := range []struct {
		toolkit, version string
		ref              HeapRef
		want, bug        string
	}{
		{"fyne", "v2.7.1", HeapRef{Key: "*main.card", Elem: "*" + fyne + "/internal/cache.rendererInfo"}, "renderer cache", ""},
		{"fyne", "v2.5.5", HeapRef{Key: fyne + ".Widget", Elem: "*" + fyne + "/internal/cache.rendererInfo"}, "renderer cache", "fyne-io/fyne#4903"},
		{"fyne", "", HeapRef{Elem: "*" + fyne + "/internal/cache.rendererInfo"}, "renderer cache", ""},
		{"fyne", "v2.7.1", HeapRef{Key: fyne + "/internal/cache.FontCacheEntry", Elem: "*" + fyne + "/internal/cache.textureInfo"}, "texture cache", "windows"},
		{"fyne", "v2.8.0", HeapRef{Key: fyne + "/internal/cache.FontCacheEntry", Elem: "*" + fyne + "/internal/cache.textureInfo"}, "texture cache", ""},
		{"fyne", "v2.3.0", HeapRef{Global: fyne + "/internal/cache.canvases"}, "canvas cache", "fyne-io/fyne#3616"},
		{"fyne", "v2.3.4", HeapRef{Key: "*" + fyne + "/canvas.Image", Elem: "float32"}, "aspect ratio cache", "fyne-io/fyne#3919"},
		{"fyne", "v2.3.5", HeapRef{Key: "*" + fyne + "/canvas.Image", Elem: "float32"}, "aspect ratio cache", ""},
		{"fyne", "v2.4.0", HeapRef{Key: "*" + fyne + "/canvas.Image", Elem: "float32"}, "", ""},
		{"fyne", "v2.7.1", HeapRef{Holder: fyne + "/internal/driver/glfw.window", Field: "mouseOver"}, "pointer state", ""},
		{"fyne", "v2.7.1", HeapRef{Holder: "main.window", Field: "mouseOver"}, "", ""},
		{"fyne", "v2.7.1", HeapRef{}, "", ""},
		{"gio", "v0.9.0", HeapRef{Holder: "gioui.org/text.entry[gioui.org/text.layoutKey,gioui.org/text.document]", Field: "v"}, "text shaper cache", ""},
		{"ebitengine", "v2.9.7", HeapRef{Func: ebiten + "/internal/atlas.(*Image).WritePixels.func1"}, "deferred image operations", "hajimehoshi/ebiten#3368"},
		{"ebitengine", "v2.7.5", HeapRef{Holder: ebiten + "/internal/graphicscommand.Image", Field: "bufferedWritePixelsArgs[3].pixels"}, "drawing commands", "hajimehoshi/ebiten#3036"},
		{"glfw", "v3.3", HeapRef{Holder: "github.com/go-gl/glfw/v3.3/glfw.windowList", Field: "m"}, "window list", ""},
	} {
		h := ByName(tt.toolkit).Heap
		got, bug := "", ""
		if c := h.Cache(tt.version, tt.ref); c != nil {
			got = c.Label
			if b := c.Bug(tt.version); b != nil {
				if bug = b.Issue; b.Windows {
					bug = "windows"
				}
			}
		}
		if got != tt.want || bug != tt.bug {
			t.Errorf("%s %s: %+v is %q with %q, want %q with %q", tt.toolkit, tt.version, tt.ref, got, bug, tt.want, tt.bug)
		}
	}
	for _, tt := range []struct {
		toolkit, version string
		ref              HeapRef
		remove           string
		found            bool
	}{
		{"fyne", "v2.7.1", HeapRef{Holder: fyne + "/data/binding.base", Field: "listeners"}, "RemoveListener", true},
		{"fyne", "v2.5.5", HeapRef{Holder: fyne + "/app.settings", Field: "changeListeners"}, "", true},
		{"fyne", "v2.7.1", HeapRef{Holder: "main.base", Field: "listeners"}, "", false},
	} {
		l := ByName(tt.toolkit).Heap.Listener(tt.version, tt.ref)
		if (l != nil) != tt.found || l != nil && l.Remove != tt.remove {
			t.Errorf("%s %s: %+v: %+v", tt.toolkit, tt.version, tt.ref, l)
		}
	}
}

func TestIsWidget(t *testing.T) {
	object := []string{"Hide", "MinSize", "Move", "Position", "Refresh", "Resize", "Show", "Size", "Visible"}
	for _, tt := range []struct {
		toolkit, name string
		methods       []string
		want          bool
	}{
		{"fyne", "fyne.io/fyne/v2/widget.Label", object, true},
		{"fyne", "*main.card", append([]string{"CreateRenderer"}, object...), true},
		{"fyne", "fyne.io/fyne/v2/internal/widget.Shadow", object, false},
		{"fyne", "fyne.io/fyne/v2/widget.listItem", object, false},
		{"fyne", "main.thing", object[1:], false},
		{"fyne", "main.thing", nil, false},
		{"gio", "gioui.org/widget.Clickable", nil, true},
		{"gio", "gioui.org/widget/material.ButtonStyle", nil, false},
		{"ebitengine", "github.com/hajimehoshi/ebiten/v2.Image", nil, false},
	} {
		if got := ByName(tt.toolkit).Heap.IsWidget("", tt.name, tt.methods); got != tt.want {
			t.Errorf("%s: %s is a widget: %v", tt.toolkit, tt.name, got)
		}
	}
}

// zeroes reads the fields that are listed as set; "?" before one makes it unreadable.
func zeroes(set ...string) Zero {
	return func(path string) (bool, bool) {
		for _, s := range set {
			if s == "?"+path {
				return false, false
			}
			if s == path {
				return false, true
			}
		}
		return true, true
	}
}

func TestWindowStates(t *testing.T) {
	for _, tt := range []struct {
		toolkit, window      string
		zero                 Zero
		closed, known, hides bool
	}{
		{"fyne", "fyne.io/fyne/v2/internal/driver/glfw.window", zeroes("visible"), false, true, false},
		{"fyne", "*fyne.io/fyne/v2/internal/driver/glfw.window", zeroes(), false, true, true},
		{"fyne", "fyne.io/fyne/v2/internal/driver/glfw.window", zeroes("closing", "visible"), true, true, false},
		{"fyne", "fyne.io/fyne/v2/internal/driver/glfw.window", zeroes("?closing", "visible"), false, false, false},
		{"gio", "gioui.org/app.Window", zeroes("driver"), false, true, false},
		{"gio", "gioui.org/app.Window", zeroes(), true, true, false},
	} {
		w := ByName(tt.toolkit).Heap.Window("", tt.window)
		if w == nil {
			t.Fatalf("%s is no window", tt.window)
		}
		closed, known := Holds("", w.Closed, tt.zero)
		hides, _ := Holds("", w.Hidden, tt.zero)
		if closed != tt.closed || known != tt.known || hides != tt.hides {
			t.Errorf("%s: closed %v, known %v, hidden %v", tt.window, closed, known, hides)
		}
	}
	if Fyne.Heap.Window("", "main.window") != nil {
		t.Error("main.window is not Fyne's")
	}
}

func TestImageMemory(t *testing.T) {
	numbers := func(m map[string]int64) func(string) (int64, bool) {
		return func(path string) (int64, bool) { n, ok := m[path]; return n, ok }
	}
	size := map[string]int64{"image.width": 200, "image.height": 100}
	part := "image.mipmap.orig.img.imageImpl.backend"
	for _, tt := range []struct {
		name          string
		toolkit, typ  string
		zero          Zero
		numbers       map[string]int64
		pixels, bytes int64
	}{
		{"drawn", "ebitengine", "github.com/hajimehoshi/ebiten/v2.Image", zeroes("image", part), size, 20000, 80000},
		{"never drawn", "ebitengine", "github.com/hajimehoshi/ebiten/v2.Image", zeroes("image"), size, 20000, 0},
		{"disposed", "ebitengine", "github.com/hajimehoshi/ebiten/v2.Image", zeroes(), nil, 0, 0},
		{"sub-image", "ebitengine", "github.com/hajimehoshi/ebiten/v2.Image", zeroes("image", "original", part), size, 20000, 0},
		{"misread", "ebitengine", "github.com/hajimehoshi/ebiten/v2.Image", zeroes("image", part),
			map[string]int64{"image.width": math.MaxInt64, "image.height": math.MinInt64}, 0, 0},
		{"texture", "gio", "gioui.org/gpu.texture", zeroes("tex", "src"),
			map[string]int64{"src.Rect.Min.X": 10, "src.Rect.Max.X": 20, "src.Rect.Min.Y": -5, "src.Rect.Max.Y": 5}, 100, 400},
		{"misread rectangle", "gio", "gioui.org/gpu.texture", zeroes("tex", "src"),
			map[string]int64{"src.Rect.Min.X": math.MinInt64, "src.Rect.Max.X": math.MaxInt64, "src.Rect.Min.Y": 0, "src.Rect.Max.Y": 5}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := ByName(tt.toolkit).Heap.Image("v2.9.7", tt.typ)
			if m == nil {
				t.Fatalf("%s is no image", tt.typ)
			}
			pixels, bytes := m.Memory("v2.9.7", tt.zero, numbers(tt.numbers))
			if pixels != tt.pixels || bytes != tt.bytes {
				t.Errorf("%d pixels, %d bytes, want %d and %d", pixels, bytes, tt.pixels, tt.bytes)
			}
		})
	}
}

func TestFollows(t *testing.T) {
	const object, list = "fyne.io/fyne/v2.CanvasObject", "[]fyne.io/fyne/v2.CanvasObject"
	for _, tt := range []struct {
		holder, field, fieldType string
		renderer, want           bool
	}{
		{"fyne.io/fyne/v2.Container", "Objects", list, false, true},
		{"fyne.io/fyne/v2.Container", "Layout", "fyne.io/fyne/v2.Layout", false, false},
		{"fyne.io/fyne/v2/container.TabItem", "Content", object, false, true},
		{"fyne.io/fyne/v2/widget.Button", "OnTapped", "func()", false, false},
		{"fyne.io/fyne/v2/widget.PopUp", "Content", object, false, true},
		{"fyne.io/fyne/v2/widget.PopUp", "Canvas", "fyne.io/fyne/v2.Canvas", false, false},
		{"fyne.io/fyne/v2/widget.basicBinder", "dataListenerPair.data", "fyne.io/fyne/v2/data/binding.DataItem", false, false},
		{"fyne.io/fyne/v2/data/binding.base", "listeners", "[]fyne.io/fyne/v2/data/binding.DataListener", false, false},
		{"main.card", "title", "*fyne.io/fyne/v2/widget.Label", false, false},
		{"main.cardRenderer", "title", "*fyne.io/fyne/v2/widget.Label", true, true},
		{"main.cardRenderer", "clicks", "chan int", true, false},
		{"fyne.io/fyne/v2/cmd/fyne_demo/data.page", "view", object, false, false},
		{"struct { X int }", "X", object, false, false},
	} {
		if got := Fyne.Follows("v2.7.1", tt.holder, tt.field, tt.fieldType, tt.renderer); got != tt.want {
			t.Errorf("%s.%s leads on: %v", tt.holder, tt.field, got)
		}
	}
}

func TestWaits(t *testing.T) {
	for _, tt := range []struct {
		toolkit, version string
		stack            []string // innermost first
		want             bool
	}{
		{"fyne", "v2.7.1", []string{"runtime.gopark", "fyne.io/fyne/v2/internal/async.(*UnboundedChan[go.shape.func()]).processing"}, true},
		{"fyne", "v2.5.5", []string{"fyne.io/fyne/v2/data/binding.queueItem.func1.1"}, true},
		{"fyne", "v2.7.1", []string{"main.main.func1"}, false},
		{"fyne", "v2.7.1", []string{"runtime.gopark", "main.saved", "fyne.io/fyne/v2/app.watchFile.func1"}, false},
		{"gio", "v0.9.0", []string{"runtime.block", "gioui.org/app.osMain", "gioui.org/app.Main", "main.main"}, true},
		{"gio", "v0.9.0", []string{"gioui.org/app.(*Window).scheduleInvalidate.func1"}, true},
		{"ebitengine", "v2.9.9", []string{"github.com/ebitengine/oto/v3/internal/mux.(*Mux).loop"}, true},
	} {
		var frames []evidence.Frame
		for _, fn := range tt.stack {
			f := evidence.Frame{Function: fn, Origin: evidence.OriginToolkit}
			if strings.HasPrefix(fn, "main.") {
				f.Origin = evidence.OriginUser
			}
			frames = append(frames, f)
		}
		if got := ByName(tt.toolkit).Heap.Waits(tt.version, frames); got != tt.want {
			t.Errorf("%s %s: %v may wait: %v", tt.toolkit, tt.version, tt.stack, got)
		}
	}
}

func TestHeapTablesAreWhole(t *testing.T) {
	for _, tk := range All() {
		h := tk.Heap
		if h == nil {
			t.Errorf("%s has no heap table", tk.Name)
			continue
		}
		labels := map[string]bool{}
		for i := range h.Caches {
			c := &h.Caches[i]
			labels[c.Label] = true
			for _, b := range c.Bugs {
				if !strings.Contains(b.Issue, "#") && b.Fixed == "" { // known by its repair alone
					t.Errorf("%s: %s: the bug %q is no issue", tk.Name, c.Label, b.Issue)
				}
			}
			if c.Holder == "" && c.Elem == "" && c.Func == "" && c.Global == "" {
				t.Errorf("%s: %s is nowhere", tk.Name, c.Label)
			}
		}
		for _, l := range h.Listeners {
			labels[l.Label] = true
		}
		for _, m := range h.Images {
			labels[m.Label] = true
		}
		for label := range labels {
			if text.HeapLabel(label).In(text.English) != label || text.HeapLabel(label).In(text.Chinese) == label {
				t.Errorf("%s: the label %q is not in both languages: internal/text/heap.go", tk.Name, label)
			}
		}
		if r := h.Shown.Renderers; r != "" && !labels[r] {
			t.Errorf("%s: no cache is labelled %q", tk.Name, r)
		}
	}
}
