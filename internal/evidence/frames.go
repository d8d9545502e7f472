package evidence

import "time"

// Frames is the evidence for what a person sees as jank: when the program's
// frames began and ended, and what the goroutine that makes them did in those
// that were late. Times are offsets from the start of the watch.
type Frames struct {
	Took   time.Duration `json:"took"`
	Began  int64         `json:"began,omitempty"` // CLOCK_MONOTONIC at the start, in nanoseconds
	Source FrameSource   `json:"source"`
	// Period is the display's, and PeriodFrom where it is known from: "display",
	// "assumed" (60 Hz) or "flag".
	Period     time.Duration `json:"period"`
	PeriodFrom string        `json:"period_from"`
	Over       time.Duration `json:"over"` // a frame is late whose work takes longer, or which takes half a period more in all

	// Rates are the figures of each goroutine that makes frames, over the whole
	// watch.
	Rates []FrameRate `json:"rates,omitempty"`
	// Times are the frames, in order of their end; only the last MaxFrameTimes.
	Times []FrameTime `json:"times,omitempty"`
	// Late are the late ones of all, with the reason; only the last
	// MaxLateFrames.
	Late []LateFrame `json:"late,omitempty"`
	// Samples are what the UI goroutines did, and Stacks the stacks of the samples,
	// each once.
	Samples []FrameSample `json:"samples,omitempty"`
	Stacks  [][]Frame     `json:"stacks,omitempty"`
	// Spans are what the runtime and the kernel did meanwhile: pauses of the
	// collector, and how the threads of the UI were scheduled.
	Spans []SchedSpan `json:"spans,omitempty"`
	// Blocking are the calls that kept a UI goroutine waiting, each place once.
	Blocking []BlockingCall `json:"blocking,omitempty"`
	// Foreign are calls that only the UI goroutine may make, made by another.
	Foreign []ForeignCall `json:"foreign,omitempty"`
	// Runs are the user's lines that run the toolkit's loops.
	Runs []Runner `json:"runs,omitempty"`
	// WorldCalls are the calls that ask for a collection, or for the world to stand
	// still, in which goroutines stood when all of them were looked at while a frame
	// took long and the collector was at work; WorldLooks are these looks.
	WorldCalls []WorldCall `json:"world_calls,omitempty"`
	WorldLooks int         `json:"world_looks,omitempty"`
	// Swaps are the settings with which the program presents, as far as seen.
	Swaps SwapPace `json:"swaps"`
	Sched Sched    `json:"sched"`
	// Lost is the number of events that came faster than they could be read.
	Lost uint64 `json:"lost,omitempty"`
}

// Runner is the user's call on whose stack a loop of the toolkit runs.
type Runner struct {
	Goroutine uint64 `json:"goroutine"` // of the UI's
	Frame     Frame  `json:"frame"`
}

// WorldCall is a place at which a goroutine asks for a collection, or for the world
// to stand still.
type WorldCall struct {
	Goroutine uint64 `json:"goroutine"`
	Function  string `json:"function"` // that was called: "runtime.GC", "runtime/debug.FreeOSMemory"
	Frame     Frame  `json:"frame"`    // the caller
	State     string `json:"state,omitempty"`
	Times     int    `json:"times"` // looks that found it there
}

// Bounds on what Frames keeps of a long watch.
const (
	MaxFrameTimes = 20_000
	MaxLateFrames = 200
	FramesBefore  = 8 // that are kept with each late frame
)

// FrameSource is how the frames were seen.
type FrameSource string

// The sources.
const (
	FromProbes  FrameSource = "probes"  // each frame, by probes on the toolkit's functions
	FromSamples FrameSource = "samples" // by looking often: short frames are missed
)

// PartKind is a part of a frame.
type PartKind string

// The parts.
const (
	PartEvents PartKind = "events" // the toolkit reads and hands out events; the user's callbacks run here
	PartUser   PartKind = "user"   // what the program itself does for the frame, where it can be told: Update, animations, functions handed over
	PartLayout PartKind = "layout"
	PartDraw   PartKind = "draw"
	PartSwap   PartKind = "swap" // hands the picture to the driver and waits for it
	PartPace   PartKind = "pace" // waits on purpose, so as not to make frames too fast
)

// FrameRate is the figures of one goroutine that makes frames.
type FrameRate struct {
	Goroutine uint64 `json:"goroutine"`
	Frames    int    `json:"frames"`
	Late      int    `json:"late"`
	// Dropped is how many periods passed without a frame while one was in the
	// making.
	Dropped int `json:"dropped"`
	// Turns is how many turns of the loop were late though they drew nothing.
	Turns int `json:"late_turns,omitempty"`
	// Active is how long the program was drawing one frame after the other;
	// Frames/Active is the frame rate as a person sees it. Idle is the rest.
	Active time.Duration `json:"active"`
	Idle   time.Duration `json:"idle"`
	// Updates is how many steps the game made (Ebitengine's TPS).
	Updates int `json:"updates,omitempty"`
	// Time and Interval are the percentiles of how long a frame took and of the
	// time between the ends of two frames with no idling between.
	Time     Percentiles `json:"time"`
	Interval Percentiles `json:"interval"`
	// Parts is the mean of each part in a frame.
	Parts []FramePart `json:"parts,omitempty"`
	// IdleWaits is how many waits for something to do were seen by looking, where
	// there are no probes, and IdleWait their median.
	IdleWaits int           `json:"idle_waits,omitempty"`
	IdleWait  time.Duration `json:"idle_wait,omitempty"`
	// Rounds is how often its loop went round, by the calls that it made into C,
	// where there are no probes and that tells; 0: unknown. Frames are then those
	// that were seen.
	Rounds int `json:"rounds,omitempty"`
}

// Percentiles of a set of durations.
type Percentiles struct {
	P50 time.Duration `json:"p50"`
	P95 time.Duration `json:"p95"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

// FramePart is how long one part of a frame took.
type FramePart struct {
	Kind PartKind      `json:"kind"`
	Took time.Duration `json:"took"`
}

// FrameTime is one frame: what a goroutine did from the end of its last wait for
// something to do, or of its last frame, to the moment at which the picture was
// handed over.
type FrameTime struct {
	N         int           `json:"n"` // counts from 1, over the whole watch
	Goroutine uint64        `json:"goroutine"`
	Thread    int           `json:"thread"`
	Start     time.Duration `json:"start"`
	End       time.Duration `json:"end"`
	// Present is when the driver took the picture; 0: not seen.
	Present time.Duration `json:"present,omitempty"`
	// Interval is the time since the end of the frame before, 0 for the first.
	Interval time.Duration `json:"interval,omitempty"`
	Waited   time.Duration `json:"waited,omitempty"`  // idle between the frame before and this one
	Updates  int           `json:"updates,omitempty"` // steps of the game in it
	Undrawn  bool          `json:"undrawn,omitempty"` // a turn of the loop without a frame; kept only where late
	// Unfinished: it had not ended when the watch did.
	Unfinished bool        `json:"unfinished,omitempty"`
	Late       bool        `json:"late,omitempty"`
	Parts      []FramePart `json:"parts,omitempty"`
}

// LateFrame is a late frame and where its time went.
type LateFrame struct {
	FrameTime
	// Shares are largest first; they sum up to the frame's time.
	Shares []FrameShare `json:"shares"`
	// Before are the frames before it, oldest first.
	Before []FrameTime `json:"before,omitempty"`
}

// LateCause is what a part of a late frame's time was spent on.
type LateCause string

// The causes.
const (
	CauseUser      LateCause = "user"      // the user's code computes
	CauseToolkit   LateCause = "toolkit"   // the toolkit computes: for a call of the user's, or for itself
	CauseAlloc     LateCause = "alloc"     // allocation and the collector's assists
	CauseGC        LateCause = "gc"        // stopped, or queued behind, by the collector
	CauseRunnable  LateCause = "runnable"  // ready, and no processor of the Go scheduler took it
	CausePreempted LateCause = "preempted" // its thread was ready, and the kernel ran others; with a stack: the driver's that it waited for
	CauseThrottled LateCause = "throttled" // the cgroup's CPU quota was used up
	CauseStolen    LateCause = "stolen"    // the virtual machine did not get the CPU
	CauseLock      LateCause = "lock"
	CauseCond      LateCause = "cond" // Cond, WaitGroup
	CauseChannel   LateCause = "channel"
	CauseSleep     LateCause = "sleep"
	CauseNetwork   LateCause = "network"
	CauseDisk      LateCause = "disk"
	CauseProcess   LateCause = "process"
	CauseSyscall   LateCause = "syscall"
	CauseC         LateCause = "c"      // in C code that is not the graphics driver
	CauseSwap      LateCause = "swap"   // in the driver, handing over the picture
	CauseDriver    LateCause = "driver" // in the driver otherwise
	CausePace      LateCause = "pace"   // the toolkit waits on purpose: for the next tick, the display
	CauseUnknown   LateCause = "unknown"
)

// FrameShare is one cause's part of a late frame.
type FrameShare struct {
	Cause LateCause     `json:"cause"`
	Took  time.Duration `json:"took"`
	// Stack is the stack that was seen most often with this cause and this
	// place, an index into Frames.Stacks; -1: none.
	Stack int `json:"stack"`
	// Place is the index in that stack of the user's own frame nearest to the
	// trouble: the innermost of the main module, or the outermost call into the
	// toolkit; -1: none.
	Place   int `json:"place"`
	Samples int `json:"samples,omitempty"`
}

// FrameSample is what one UI goroutine did at one moment.
type FrameSample struct {
	At         time.Duration `json:"at"`
	Goroutine  uint64        `json:"goroutine"`
	Thread     int           `json:"thread,omitempty"`
	Status     string        `json:"status"`
	WaitReason string        `json:"wait_reason,omitempty"`
	Cause      LateCause     `json:"cause"`
	Stack      int           `json:"stack"`            // index into Frames.Stacks, -1: not read
	Place      int           `json:"place"`            // as in FrameShare
	ByCPU      bool          `json:"by_cpu,omitempty"` // taken by the kernel while it ran; else by reading its memory
	// On is the goroutine whose state and stack this is, where Goroutine only waits
	// for that one to hand it its next call; 0: Goroutine itself.
	On uint64 `json:"on,omitempty"`
}

// SchedSpan is a time in which something was so.
type SchedSpan struct {
	Kind   SpanKind      `json:"kind"`
	Thread int           `json:"thread,omitempty"`
	From   time.Duration `json:"from"`
	To     time.Duration `json:"to"`
}

// SpanKind is what was so in a SchedSpan.
type SpanKind string

// The kinds of spans.
const (
	SpanStopped  SpanKind = "stopped"  // the runtime had stopped the world
	SpanMarking  SpanKind = "marking"  // the collector marked
	SpanRunning  SpanKind = "running"  // the thread ran
	SpanRunnable SpanKind = "runnable" // the thread was ready, and did not run
	SpanAsleep   SpanKind = "asleep"   // the thread waited in the kernel
)

// BlockingCall is a place at which a UI goroutine waited, over and over.
type BlockingCall struct {
	Goroutine uint64        `json:"goroutine"`
	Cause     LateCause     `json:"cause"`
	Stack     int           `json:"stack"`
	Place     int           `json:"place"`
	Times     int           `json:"times"`
	Total     time.Duration `json:"total"`
	Longest   time.Duration `json:"longest"`
	// Pace: a loop of the user's own waits there in most of its turns, for no longer
	// than from one frame to the next.
	Pace bool `json:"pace,omitempty"`
	// Holder is the goroutine that kept it waiting, where seen, and its stack.
	Holder      uint64 `json:"holder,omitempty"`
	HolderStack int    `json:"holder_stack,omitempty"`
	HolderPlace int    `json:"holder_place,omitempty"`
	HolderState string `json:"holder_state,omitempty"`
}

// ForeignCall is a place at which a goroutine that is not the UI's calls what
// only the UI goroutine may.
type ForeignCall struct {
	Goroutine uint64 `json:"goroutine"`
	Function  string `json:"function"` // the toolkit's, that was called
	Stack     int    `json:"stack"`
	Place     int    `json:"place"`
	Times     int    `json:"times"`
}

// SwapPace is how a program presents.
type SwapPace struct {
	// Asked is the swap interval that the program set, -1 where it was not seen
	// to set one.
	Asked int `json:"asked"`
	// Waits is the share of presents in which the driver, or the toolkit in its
	// stead, kept the caller waiting.
	Waits float64 `json:"waits"`
}
