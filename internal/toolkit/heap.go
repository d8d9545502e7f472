package toolkit

import (
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// HeapTable is what the objects of one GUI library mean where a program's heap is
// read: which are widgets, which windows are open, what they show, which of the
// library's own maps and lists hold things without the user's doing, and where the
// user's listeners are kept. The tables name types and fields, which a stripped
// program has too; names of variables are a help where there are any.
//
// Types are named as the runtime's type data does, with the whole path of the
// package: "fyne.io/fyne/v2/widget.Label". A path of fields goes through pointers
// and interfaces, and names an embedded struct by its type: "canvas.Canvas.menuTree".
type HeapTable struct {
	// First and Last are the oldest and the newest minor version whose sources
	// the table was checked against. They may reach further back than the
	// toolkit's own: published leaks are in old versions.
	First, Last string

	// Widgets tell which types are the widgets that a program makes.
	Widgets []HeapWidget
	// Windows are the types of windows.
	Windows []HeapWindow
	// Shown says how what a window shows is found.
	Shown HeapShown
	// Caches are the toolkit's own containers; Listeners those for the user's
	// functions. The first that matches counts.
	Caches    []HeapCache
	Listeners []HeapListeners
	// Images are the types that stand for pictures and textures.
	Images []HeapImage
	// Waiting are the goroutines of the toolkit that may wait for good.
	Waiting []HeapWaiting
}

// Span limits a row to versions. Since and Until are the first and the last version
// with it, as a minor version ("2.6") or a single one ("2.3.4"); empty: no limit.
type Span struct{ Since, Until string }

// HeapWidget tells the widgets among a program's types.
type HeapWidget struct {
	Span
	// Interface is the interface that widgets implement, empty: there is none, and
	// Types lists them. Methods are the names of its methods, sorted.
	Interface string
	Methods   []string
	Types     []TypeName
	// Parts are types that implement the interface too, but are only ever a part of
	// another widget or of a window: not counted.
	Parts []TypeName
}

// HeapState is a condition on a field of an object.
type HeapState struct {
	Span
	Field string
	// Set: the field holds anything but its zero value; else it must be zero.
	Set bool
}

// HeapField is a field of a type.
type HeapField struct {
	Span
	// Holder is the struct that declares the field, not one that embeds it.
	Holder TypeName
	// Field is its path in Holder; empty: all of its fields.
	Field string
}

// HeapWindow is a type of windows.
type HeapWindow struct {
	Span
	OS   []string
	Type TypeName
	// Closed: the window was closed if one of these holds. Hidden: it is open, and
	// not to be seen, if one of these holds.
	Closed, Hidden []HeapState
	// Lists are the fields that hold the open windows: a window that is in none of
	// them is closed. A slice counts up to its length only.
	Lists []HeapField
	// Content are the paths from the window to what it shows, Drawn those to the trees
	// of what the last frame drew. They have no Holder.
	Content, Drawn []HeapField
}

// HeapShown says how one goes on from what a window shows. The principle: fields of
// the toolkit's own types and of renderers lead on, fields of the user's types do
// not, even if a widget is in them: a widget that only the user's variables hold is
// not shown. Function values and channels never lead on.
type HeapShown struct {
	// Only are types of which only the listed fields lead on.
	Only []HeapField
	// Renderers is the label of the cache whose entries lead from a widget, the key,
	// to what draws it; empty: there is none. Value is the path from an entry's value
	// to the renderer.
	Renderers, Value string
	// Drawn is the field by which a node of the tree of the last frame refers to the
	// object it drew, Nodes those to further nodes.
	Drawn HeapField
	Nodes []HeapField
	// Tags is a map of the window whose keys are the objects, or are inside of the
	// objects, that took part in the last frame: where nothing else tells what is
	// shown.
	Tags HeapField
	// Stops are fields of the toolkit's types that do not lead on: back to a window,
	// to data, to listeners.
	Stops []HeapField
}

// HeapPlace tells a reference by what makes it. Each of the ways that are filled in
// suffices.
type HeapPlace struct {
	// Holder and Field: a field of a struct, as in HeapField.
	Holder TypeName
	Field  string
	// Key and Elem are the types of a map's keys and elements, or of a list's
	// elements (Key is empty then); the dynamic ones of what a sync.Map holds. An
	// empty Key of a map matches any.
	Key, Elem TypeName
	// Func are functions, of closures that are the elements.
	Func Pattern
	// Global are variables, for programs with a symbol table.
	Global Pattern
}

// HeapRef is a reference in a chain, as far as it is known.
type HeapRef struct {
	Holder string // innermost struct type with a name that has the field
	Field  string // its path there
	// Key and Elem are the types of a container's keys and elements, interfaces
	// replaced by the types of what they hold.
	Key, Elem string
	Func      string // of the closure that is referred to
	Global    string // the variable that is the root
}

// HeapCache is a container in which the toolkit keeps things by itself.
type HeapCache struct {
	Span
	HeapPlace
	Label string
	// Expires is how long an entry stays that nobody uses, 0: time alone removes
	// none.
	Expires time.Duration
	// Limit is the number of entries that it does not exceed for long, 0: none.
	Limit int
	// Bugs are published leaks of this cache. Without one, a chain through it alone
	// is nobody's fault: the entry goes when it expires, or with its window.
	Bugs []HeapBug
}

// HeapBug is a published leak, and where it is mended.
type HeapBug struct {
	Span
	Issue string // "fyne-io/fyne#3616", empty: it is known by its repair alone
	Fixed string // the first release without it, empty: none yet
	// Windows: it is closed windows alone that the cache does not let go of.
	Windows bool
}

// HeapListeners is a list that the user's functions are put on.
type HeapListeners struct {
	Span
	HeapPlace
	Label string
	// Add is the call that puts one on the list; Remove the one that takes it off,
	// empty: nothing does.
	Add, Remove string
}

// HeapImage is a type that stands for a picture or a texture.
type HeapImage struct {
	Span
	Type  TypeName
	Label string
	// Width and Height are the paths to its size, in pixels; or Rect is the path to
	// an image.Rectangle. One that has neither is not measured.
	Width, Height, Rect string
	// Disposed: it was given back by the program if one of these holds. Empty: it
	// has no memory outside of the heap if one of these holds. Shares: its memory is
	// another's if one of these holds.
	Disposed, Empty, Shares []HeapState
	// PixelBytes is the memory of a pixel outside of the Go heap, 0: it has none.
	PixelBytes int64
}

// HeapWaiting is a goroutine of the toolkit that waits, perhaps for good, without
// being a leak.
type HeapWaiting struct {
	Func
	// Each: there is one for each window, stream or menu item, not one in all.
	Each bool
}

// Match says whether the reference is of the place.
func (p *HeapPlace) Match(r HeapRef) bool {
	switch {
	case p.Holder != "" && r.Holder != "" && p.Holder.Match(r.Holder) && leadsTo(p.Field, r.Field),
		p.Elem != "" && r.Elem != "" && p.Elem.Match(r.Elem) && (p.Key == "" || p.Key.Match(r.Key)),
		p.Func != "" && r.Func != "" && p.Func.Match(r.Func),
		p.Global != "" && r.Global != "" && p.Global.Match(r.Global):
		return true
	}
	return false
}

// Cache returns the cache of the toolkit that the reference is of, nil: of none.
// version is the toolkit's, "" if unknown.
func (h *HeapTable) Cache(version string, r HeapRef) *HeapCache {
	for i := range h.Caches {
		if c := &h.Caches[i]; c.In(version) && c.Match(r) {
			return c
		}
	}
	return nil
}

// Bug returns the published leak that the cache has in a version, nil: none is
// known, or the version is not.
func (c *HeapCache) Bug(version string) *HeapBug {
	if !isVersion(version) {
		return nil
	}
	for i := range c.Bugs {
		if c.Bugs[i].In(version) {
			return &c.Bugs[i]
		}
	}
	return nil
}

// Listener returns the listener list of the toolkit that the reference is of, nil:
// of none.
func (h *HeapTable) Listener(version string, r HeapRef) *HeapListeners {
	for i := range h.Listeners {
		if l := &h.Listeners[i]; l.In(version) && l.Match(r) {
			return l
		}
	}
	return nil
}

// IsWidget says whether a type is one of the widgets that are to be counted.
// methods are the names of the methods of a pointer to it, sorted or not; nil if not
// known.
func (h *HeapTable) IsWidget(version, typeName string, methods []string) bool {
	name := strings.TrimPrefix(typeName, "*")
	for i := range h.Widgets {
		w := &h.Widgets[i]
		if !w.In(version) || matchTypes(w.Parts, name) {
			continue
		}
		if matchTypes(w.Types, name) {
			return true
		}
		missing := func(m string) bool { return !slices.Contains(methods, m) }
		if len(w.Methods) > 0 && len(methods) > 0 && !slices.ContainsFunc(w.Methods, missing) {
			return true
		}
	}
	return false
}

// Window returns the row of a window's type, nil: it is none.
func (h *HeapTable) Window(version, typeName string) *HeapWindow {
	name := strings.TrimPrefix(typeName, "*")
	for i := range h.Windows {
		if w := &h.Windows[i]; w.In(version) && w.Type.Match(name) {
			return w
		}
	}
	return nil
}

// Image returns the row of an image's type, nil: it is none. Where the version is not
// known, that of the newest version.
func (h *HeapTable) Image(version, typeName string) *HeapImage {
	name := strings.TrimPrefix(typeName, "*")
	for i := range h.Images {
		if m := &h.Images[i]; m.In(version) && m.Type.Match(name) {
			return m
		}
	}
	return nil
}

// Waits says whether a goroutine is one of the toolkit's that may wait for good, by
// its stack, innermost first. Where such a function has called the user's code, the
// wait is that code's.
func (h *HeapTable) Waits(version string, frames []evidence.Frame) bool {
	minor := minorVersion(version)
	for i := range frames {
		if frames[i].Origin == evidence.OriginUser {
			return false
		}
		for j := range h.Waiting {
			w := &h.Waiting[j]
			if (minor == "" || w.In(minor)) && w.Match.Match(frames[i].Function) {
				return true
			}
		}
	}
	return false
}

// Zero reads whether the field at a path of an object holds its zero value; not ok:
// it could not be read, or there is no such field. Behind a nil pointer everything is
// zero.
type Zero func(path string) (zero, ok bool)

// Holds says whether one of the states holds; not known: none that could be read
// does, and at least one could not.
func Holds(version string, states []HeapState, zero Zero) (holds, known bool) {
	known = true
	for _, s := range states {
		if !s.In(version) {
			continue
		}
		z, ok := zero(s.Field)
		if !ok {
			known = false
		} else if z != s.Set {
			return true, true
		}
	}
	return false, known
}

// Memory is an estimate of the bytes that an image has outside of the Go heap.
// number reads an integer at a path, or a side of the rectangle at Rect: "Min.X".
func (m *HeapImage) Memory(version string, zero Zero, number func(path string) (int64, bool)) (pixels, bytes int64) {
	pixels = m.pixels(number)
	for _, states := range [][]HeapState{m.Disposed, m.Empty, m.Shares} {
		if holds, _ := Holds(version, states, zero); holds {
			return pixels, 0
		}
	}
	return pixels, pixels * m.PixelBytes
}

// maxSide bounds a side of an image, in pixels: no driver takes larger textures. A
// larger one was misread.
const maxSide = 1 << 16

func (m *HeapImage) pixels(number func(path string) (int64, bool)) int64 {
	side := func(lo, hi string) int64 {
		to, ok := number(hi)
		from := int64(0)
		if lo != "" && ok {
			from, ok = number(lo)
		}
		// The order avoids an overflow: both may be anything.
		if !ok || to <= from || from < -maxSide || to > maxSide {
			return 0
		}
		return to - from
	}
	switch {
	case m.Rect != "":
		return side(m.Rect+".Min.X", m.Rect+".Max.X") * side(m.Rect+".Min.Y", m.Rect+".Max.Y")
	case m.Width != "":
		return side("", m.Width) * side("", m.Height)
	}
	return 0
}

// Follows says whether a reference leads on from something shown to something
// shown, as HeapShown has it. holder is the struct type that declares the field,
// fieldType the field's type; renderer says that holder draws a widget.
func (tk *Toolkit) Follows(version, holder, field, fieldType string, renderer bool) bool {
	h := tk.Heap
	if h == nil || strings.HasPrefix(fieldType, "func(") || strings.Contains(fieldType, "chan ") {
		return false
	}
	holder = strings.TrimPrefix(holder, "*")
	only := false
	for i := range h.Shown.Only {
		o := &h.Shown.Only[i]
		if o.In(version) && o.Holder.Match(holder) {
			if only = true; leadsTo(o.Field, field) {
				return true
			}
		}
	}
	if only {
		return false
	}
	for i := range h.Shown.Stops {
		if s := &h.Shown.Stops[i]; s.In(version) && s.Holder.Match(holder) && leadsTo(s.Field, field) {
			return false
		}
	}
	// A cache or a list of listeners holds without showing.
	r := HeapRef{Holder: holder, Field: field}
	if h.Listener(version, r) != nil || h.Cache(version, r) != nil {
		return false
	}
	return renderer || tk.ownType(holder)
}

// ownType says whether the toolkit declares the type, and not one of the programs
// that it ships.
func (tk *Toolkit) ownType(name string) bool {
	pkg := typePackage(name)
	return underAny(pkg, tk.Modules) && !slices.ContainsFunc(tk.Modules, func(m string) bool { return ownExample(m, pkg) })
}

// leadsTo says whether a path is the wanted one, or goes on from it. Every path is,
// where none is wanted.
func leadsTo(want, path string) bool {
	rest, ok := strings.CutPrefix(path, want)
	return ok && (want == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}
