package toolkit

import (
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Mark is a function whose call and return say something about the frame that is
// being made.
type Mark struct {
	Func
	// In, if set, is the function whose calls of Func are meant; OwnLoop stands for
	// the user's own loop.
	In           Pattern
	Enter, Leave Turn
	// Last, if set, is a function that Func calls last of all: that call stands for
	// Func's return, which the kernel would have to step.
	Last Pattern
	// Without, if set, are functions that the program must not call: the mark stands in
	// for theirs.
	Without Pattern
}

// OwnLoop stands for the function that is the user's own loop.
const OwnLoop Pattern = "(own loop)"

// Turn is what the passing of a mark means. The zero Turn means nothing: no probe
// is needed there.
type Turn struct {
	// Part begins; empty: the part goes on.
	Part evidence.PartKind
	// Idle: the goroutine waits for something to do. Busy: it has something to do.
	Idle, Busy bool
	// Frame: a frame has ended. Present: the driver has taken the picture.
	Frame, Present bool
	// Pass: the loop begins anew, which ends a frame unless another mark ever does.
	Pass bool
	// Step: a step of the game begins.
	Step bool
}

// Zero reports whether the turn means nothing.
func (t Turn) Zero() bool { return t == Turn{} }

// wait are the marks of the waits that a function makes for something to do.
func wait(in Pattern, then evidence.PartKind, calls ...Pattern) []Mark {
	var marks []Mark
	for _, c := range calls {
		marks = append(marks, Mark{Func: Func{Match: c}, In: in, Enter: Turn{Idle: true}, Leave: Turn{Busy: true, Part: then}})
	}
	return marks
}

// pace are the marks of the waits by which a function makes frames no faster than
// it wants them.
func pace(in Pattern, then evidence.PartKind, calls ...Pattern) []Mark {
	var marks []Mark
	for _, c := range calls {
		marks = append(marks, Mark{Func: Func{Match: c}, In: in, Enter: Turn{Part: evidence.PartPace}, Leave: Turn{Part: then}})
	}
	return marks
}

// Functions of the runtime and the standard library in which a goroutine waits.
const (
	goSelect   Pattern = "runtime.selectgo"
	goReceive  Pattern = "runtime.chanrecv1"
	goReceive2 Pattern = "runtime.chanrecv2"
	goSleep    Pattern = "time.Sleep"
)

// WorldMarks are functions of the runtime that stop and start the world, and that
// begin and end the collector's marking (runtime/proc.go, runtime/mgcpacer.go, Go
// 1.20 to 1.27).
var WorldMarks = struct{ Stop, Start, MarkBegins, MarkEnds string }{
	"runtime.stopTheWorldWithSema", "runtime.startTheWorldWithSema",
	"runtime.(*gcControllerState).startCycle", "runtime.(*gcControllerState).endCycle",
}

// worldCalls are functions of the runtime on the stacks of those only who asked for a
// collection or for the world to stand still; a collection that an allocation
// begins goes another way (runtime/mgc.go gcStart, Go 1.25 to 1.27).
var worldCalls = []string{"runtime.GC", "runtime.stopTheWorld", "runtime.stopTheWorldGC"}

// WorldCall finds, on a goroutine's stack, who asked for a collection or for the
// world to stand still: the caller's frame, and the function that it called. The
// caller is the user's, for want of it the first that is not the standard
// library's. ok is false where nobody did.
func WorldCall(frames []evidence.Frame) (caller int, called string, ok bool) {
	at := slices.IndexFunc(frames, func(f evidence.Frame) bool { return slices.Contains(worldCalls, f.Function) })
	if at < 0 {
		return -1, "", false
	}
	own := func(f evidence.Frame) bool { return f.Origin == evidence.OriginUser && !IsGenerated(f) }
	foreign := func(f evidence.Frame) bool {
		return f.Origin != evidence.OriginStd && f.Origin != evidence.OriginRuntime
	}
	outer := slices.IndexFunc(frames[at:], foreign)
	if outer < 0 {
		return -1, "", false
	}
	called = frames[at+outer-1].Function
	if user := slices.IndexFunc(frames[at:], own); user >= 0 {
		outer = user
	}
	return at + outer, called, true
}

// OnlyUI reports whether only the UI goroutine may call a function.
func (tk *Toolkit) OnlyUI(function string) bool {
	return matchAny(tk.UIOnly, function) >= 0 && matchAny(tk.UIFree, function) < 0
}

// HandsOver reports whether a function hands a call over that only the UI
// goroutine may make.
func (tk *Toolkit) HandsOver(function string) bool { return matchAny(tk.UIHandOver, function) >= 0 }

// LoopWork reports whether a function is one that the user's own loop calls: to
// wait for events, to draw, to present.
func (tk *Toolkit) LoopWork(function string) bool {
	return matchAny(tk.LoopCalls, function) >= 0 || matchAny(tk.Pump, function) >= 0
}
