// Package frames is the probe behind `gomedic frames`: it sees each frame of a
// running program begin and end, and looks into those that are late.
//
// Where the kernel lets it, BPF programs on the toolkit's frame functions note
// their times, and the kernel's own events say when the UI's threads ran; else
// the UI goroutine is looked at often. It writes nothing into the target, and the
// kernel takes the probes away when gomedic ends, however it ends. It gathers,
// and does not judge: that is the room diagnose. Start at [Run].
package frames

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// Name is the probe's name in reports.
const Name = "frames"

// Options say how long and how.
type Options struct {
	For    time.Duration // how long to watch; 0: until the context ends
	Over   time.Duration // a frame is late whose work takes longer, or which takes half a period more in all; 0: one period
	Period time.Duration // of the display; 0: ask the display
	NoStop bool          // never stop a thread
	// NoProbes watches by sampling only, as where the kernel allows no probes.
	NoProbes bool
	// Quick looks at the frames' times only, and not into the late ones.
	Quick bool
	// After, if given, is when another probe ceases to stop threads: only one may at
	// a time. Without probes of its own the watch begins then.
	After <-chan struct{}
	// Leave leaves the probes in place at the end, without effect, until this process
	// ends. To take them away before has a moment in which the kernel forgets some
	// of them in the target if this process is killed; its end has none.
	Leave bool
	// Cause says what a goroutine's time goes to, by its state and its stack: the
	// rules' own view, in diagnose. nil: not asked.
	Cause func(status, reason string, frames []evidence.Frame) evidence.LateCause
	// Each, if given, is called for every frame as it ends, in order, from one
	// goroutine. It must return soon.
	Each func(Update)
}

// Update is what has just been seen: a frame, and its reasons if it was late.
// The late frame may come some milliseconds after the frame itself: then Frame
// is nil. Where nothing ends, an update with neither comes a few times a second.
type Update struct {
	Frame *evidence.FrameTime
	Late  *evidence.LateFrame
	// UnderWay is for how long a frame has been in the making that should have
	// ended by now, also one that began before the watch; 0: there is none, and
	// who makes no frames rests.
	UnderWay time.Duration
	// SoFar returns a copy of all that was gathered until now, with figures. It may
	// be called within Each only.
	SoFar func() *evidence.Frames
}

// Result is what the probe found and what it cost.
type Result struct {
	Frames evidence.Frames
	Probe  report.Probe
	Limits []report.Limit
}
