// Package toolkit is what gomedic knows about GUI libraries: which goroutines
// run the user interface, in which function their loop stands, which waits mean
// idle, who waits for whom, whose code a function is, and what the objects on the heap
// are to the library.
//
// Each toolkit is one file of tables (Fyne in fyne.go, and so on); the
// functions of this package walk the tables and know no toolkit by name. It must
// not know how a process is read: it gets frames and goroutines as plain data, and
// types and fields of the heap by their names ([HeapTable]).
// docs/toolkits.md says how to add one. Start at [Toolkit].
package toolkit

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Toolkit is what is known about one GUI library, over all its known versions.
// Function patterns are those of [Pattern].
type Toolkit struct {
	Name  string // "fyne"
	Title string // "Fyne"

	// Modules are the module paths of the toolkit; the first that the program
	// has gives the version.
	Modules []string
	// Markers are packages one of which a program has that really opens
	// windows with this toolkit, and not only uses a part of it.
	Markers []string
	// First and Last are the oldest and the newest minor version whose sources
	// the tables were checked against.
	First, Last string
	// Companions are modules that belong to the toolkit: bindings, shapers.
	// Their code is the toolkit's.
	Companions []string
	// Uses are other modules that the toolkit itself calls; on a stack without
	// user code they mean the toolkit's work.
	Uses []string

	// Loops are the loop functions, by the role of the goroutine that runs
	// them.
	Loops []Loop
	// LoopCalls are the functions that the user's own loop calls where the
	// toolkit leaves the loop to the user; their caller is the loop.
	LoopCalls []Func
	// LoopRole is the role of the goroutine that runs the user's own loop, and
	// LoopLock its thread rule, as in Loop.
	LoopRole evidence.Role
	LoopLock string
	// Window is the object by which the user's own loop holds its window; zero if
	// none tells whether there still is one.
	Window Window

	// Idle are the waits for events, as the toolkit means them.
	Idle []Wait
	// Pump are the entries into the toolkit's own work that a user's own loop
	// calls: events, drawing, swapping.
	Pump []Func
	// Frames are the functions that make one frame; Alive those that run in
	// every turn of the loop, also when nothing is drawn.
	Frames, Alive []Func
	// Marks are the places at which the parts of a frame begin and end, for the
	// timing of a running program.
	Marks []Mark
	// Tick is the longest wait of the loop for something to do, 0 if it may wait
	// for ever: a longer one was not meant.
	Tick time.Duration
	// UIOnly are functions that only the UI goroutine may call. Where the
	// toolkit checks that itself, they are what it calls when a call comes from
	// elsewhere.
	UIOnly []Func
	// UIFree are exceptions from UIOnly.
	UIFree []Func
	// UIHandOver are functions in which a goroutine that made a call only the UI
	// goroutine may make waits until the toolkit has made it in its stead.
	UIHandOver []Func
	// Crossings are the functions in which a goroutine waits for another role;
	// the first that matches counts.
	Crossings []Crossing
	// Layout are the functions that compute for the toolkit: sizes, text,
	// trees, images.
	Layout []Func
	// Heap is what its objects mean where the heap is read, nil: nothing is known.
	Heap *HeapTable
}

// Func is a pattern of functions, with the minor versions that have it.
type Func struct {
	Match Pattern
	// Since and Until are the first and the last minor version with a match
	// ("2.6"); empty: no limit within the known versions.
	Since, Until string
	// OS names the only operating systems with a match; empty: any.
	OS []string
}

// Loop is a loop function of the toolkit.
type Loop struct {
	Func
	Role evidence.Role
	// MustLock is the thread rule: "main" for the process's main thread, "any"
	// for any locked thread, empty for none.
	MustLock string
	// UserBelow says that all which the function calls is the user's.
	UserBelow bool
}

// Wait is a wait that means idle: the innermost function that is neither the
// standard library's nor a module's that the toolkit uses matches Func.
type Wait struct {
	Func
	// Reasons are the runtime's wait reasons, one of which must be the
	// goroutine's; none: any state, as inside a C call.
	Reasons []string
	// Via is a function that Func called; empty: none needed.
	Via Pattern
}

// Window is the object of a window, and what it tells: a struct type, by the path
// of its package, and the paths of its fields.
type Window struct {
	Type string
	// Driver is nil where there is no window of the system.
	Driver string
	// Drawn is 0 until the first frame begins; its first word counts.
	Drawn string
	// Pending is true from when a frame begins until it ends.
	Pending string
	// Context is nil before the first frame has ended, and after the window was
	// destroyed, even where it has a driver again. NoContext is true where the program
	// draws by itself, and there is never one.
	Context, NoContext string
}

// Gone tells, by a window's fields, whether it was destroyed. fresh: it was not
// even opened.
func (w *Window) Gone(driver, drawn, pending, context, noContext bool) (gone, fresh bool) {
	switch {
	case !drawn:
		return false, !driver
	case !driver:
		return true, false
	}
	return !context && !noContext && !pending, false
}

// Crossing is a function in which a goroutine waits for another role.
type Crossing struct {
	Func
	Role evidence.Role
}

// Functions returns every pattern of the tables.
func (tk *Toolkit) Functions() []Func {
	all := slices.Concat(tk.LoopCalls, tk.Pump, tk.Frames, tk.Alive, tk.Layout, tk.UIOnly, tk.UIFree, tk.UIHandOver)
	for _, l := range tk.Loops {
		all = append(all, l.Func)
	}
	for _, w := range tk.Idle {
		all = append(all, w.Func)
	}
	for _, c := range tk.Crossings {
		all = append(all, c.Func)
	}
	for _, m := range tk.Marks {
		if m.In == "" {
			all = append(all, m.Func)
		}
	}
	return all
}

// toolkits lists all of them. GLFW comes last: others are built upon it.
var toolkits = []*Toolkit{&Fyne, &Gio, &Ebitengine, &GLFW}

// All returns every known toolkit; those that are built upon another come before
// it.
func All() []*Toolkit { return slices.Clone(toolkits) }

// ByName returns the toolkit of that name, nil if there is none.
func ByName(name string) *Toolkit {
	for _, tk := range toolkits {
		if tk.Name == name {
			return tk
		}
	}
	return nil
}

// Recognise picks the toolkit of a program, nil if it has none, and its version.
// modules may be empty (build info gone); functions then tells whether a function
// prefix (package path) occurs in the binary's function table, and fileVersion
// the version that a source file path like …/fyne.io/fyne/v2@v2.7.1/app/app.go
// shows ("" if none). Either may be nil: unknown.
func Recognise(modules []evidence.Module, hasPackage func(pkg string) bool, fileVersion func(modulePath string) string) (tk *Toolkit, version string) {
	for _, tk := range toolkits {
		var found *evidence.Module
		for _, path := range tk.Modules {
			i := slices.IndexFunc(modules, func(m evidence.Module) bool { return m.Path == path })
			if i >= 0 {
				found = &modules[i]
				break
			}
		}
		if found == nil && len(modules) > 0 && !tk.isMain(modules, hasPackage) {
			continue
		}
		if found == nil && hasPackage == nil {
			continue
		}
		if hasPackage != nil && !slices.ContainsFunc(tk.Markers, hasPackage) {
			continue
		}
		if v := tk.pathVersion(found, hasPackage); v != "" {
			return tk, v
		}
		if found != nil && found.Version != "" && found.Version != "(devel)" {
			return tk, found.Version
		}
		return tk, tk.fileVersion(fileVersion)
	}
	return nil, ""
}

// pathVersion is the version in the module's path, where the path has it: go-gl
// versions its bindings by folder ("v3.3") and the module by date.
func (tk *Toolkit) pathVersion(found *evidence.Module, hasPackage func(string) bool) string {
	for _, path := range tk.Modules {
		minor := minorIn(path)
		if minor == "" {
			continue
		}
		if found != nil && found.Path == path || found == nil && hasPackage != nil && hasPackage(path) {
			return minor
		}
	}
	return ""
}

// minorIn returns the path's element that is a version with a minor part.
func minorIn(path string) string {
	for elem := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(elem, "v") && strings.Contains(elem, ".") && minorVersion(elem) != "" {
			return elem
		}
	}
	return ""
}

// Knows says whether the tables were checked against the sources of that version
// ("v2.7.1"); "" is taken as known.
func (tk *Toolkit) Knows(version string) bool {
	minor := minorVersion(version)
	return minor == "" || compareMinor(minor, tk.First) >= 0 && compareMinor(minor, tk.Last) <= 0
}

// In says whether a program of the minor version has a match for f.
func (f *Func) In(minor string) bool {
	return (f.Since == "" || compareMinor(f.Since, minor) <= 0) && (f.Until == "" || compareMinor(minor, f.Until) <= 0)
}

// minorVersion is "2.7" of "v2.7.1", "" if the version has no such form.
func minorVersion(version string) string {
	major, rest, ok := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	_, err1 := strconv.Atoi(major)
	_, err2 := strconv.Atoi(minor)
	if !ok || err1 != nil || err2 != nil {
		return ""
	}
	return major + "." + minor
}

// compareMinor orders minor versions: "0.9" before "0.10".
func compareMinor(a, b string) int {
	a1, a2, _ := strings.Cut(a, ".")
	b1, b2, _ := strings.Cut(b, ".")
	return cmp.Or(cmp.Compare(number(a1), number(b1)), cmp.Compare(number(a2), number(b2)))
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// isMain says whether the program is the toolkit's own: its demo or its tests,
// whose main module is not always among the modules.
func (tk *Toolkit) isMain(modules []evidence.Module, hasPackage func(string) bool) bool {
	return hasPackage != nil && slices.ContainsFunc(tk.Markers, hasPackage) &&
		!slices.ContainsFunc(modules, func(m evidence.Module) bool {
			return slices.ContainsFunc(toolkits, func(o *Toolkit) bool { return slices.Contains(o.Modules, m.Path) })
		})
}

func (tk *Toolkit) fileVersion(of func(modulePath string) string) string {
	if of == nil {
		return ""
	}
	for _, path := range tk.Modules {
		if v := of(path); v != "" {
			return v
		}
	}
	return ""
}

// under says whether pkg is path or a package below it.
func under(pkg, path string) bool {
	return strings.HasPrefix(pkg, path) && (len(pkg) == len(path) || pkg[len(path)] == '/')
}
