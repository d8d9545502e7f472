package evidence

import "time"

// GPUCalls is what a program called of its graphics driver while it was watched.
type GPUCalls struct {
	Took time.Duration `json:"took"`
	// Began is CLOCK_MONOTONIC at the start, in nanoseconds: with [Frames.Began] it
	// puts calls and frames side by side.
	Began int64 `json:"began"`
	// APIs are those of which calls were watched: "gl", "glx", "egl", "vulkan".
	APIs []string `json:"apis,omitempty"`
	// Libraries are the files in which the driver's own functions lie, base names.
	Libraries []string `json:"libraries,omitempty"`
	// Software: the driver draws on the CPU, as the file's names tell; empty: not.
	Software string        `json:"software,omitempty"` // "llvmpipe", "lavapipe"
	Renderer string        `json:"renderer,omitempty"` // "llvmpipe (LLVM 15.0.6, 256 bits)": as the driver names itself
	Version  string        `json:"version,omitempty"`  // "4.5 (Core Profile) Mesa 22.3.6"
	Period   time.Duration `json:"period,omitempty"`   // of the display; 0: not known
	// Interval is the swap interval, -1: nobody was seen to set one.
	Interval int `json:"interval"`
	// Frames is how often the picture was handed over, of the window for which that was
	// done most.
	Frames int `json:"frames"`
	// Calls are the calls by function, place and thread; most time first.
	Calls   []GPUCall   `json:"calls,omitempty"`
	Objects []GPUObject `json:"objects,omitempty"`
	// Times are calls that took long, in order of their start: only the last
	// MaxGPUTimes.
	Times  []GPUTime `json:"times,omitempty"`
	Stacks [][]Frame `json:"stacks,omitempty"`
	// Memory is the device memory that Vulkan allocates, by place, most first.
	Memory []GPUMemory `json:"memory,omitempty"`
	// Layer: the calls of Vulkan were seen by a layer that the program was started with,
	// and Memory has what was allocated since its start; else only since the watch began.
	Layer bool `json:"layer,omitempty"`
	// DeviceMemory is how much memory of its own the device has, bytes; 0: not known.
	DeviceMemory uint64 `json:"device_memory,omitempty"`
	// Present is the present mode of Vulkan's swapchain: "fifo"; empty: not seen.
	Present string `json:"present,omitempty"`
	// Usage is who let the GPU work meanwhile; nil: not known.
	Usage *GPUUsage `json:"usage,omitempty"`
	// Dropped are functions that were called so often that they were watched no longer.
	Dropped []string `json:"dropped,omitempty"`
	// Untimed: only the beginnings of calls were seen.
	Untimed bool   `json:"untimed,omitempty"`
	Lost    uint64 `json:"lost,omitempty"` // events for which there was no room
}

// Bounds on what GPUCalls keeps.
const (
	MaxGPUTimes = 20_000
	MaxGPUCalls = 1000 // each of Calls, Objects and Memory
)

// GPUKind is what a function of the driver is for.
type GPUKind string

// The kinds.
const (
	GPUSwap     GPUKind = "swap"     // hands the picture over
	GPUFinish   GPUKind = "finish"   // waits until everything is drawn
	GPUFlush    GPUKind = "flush"    // sends what is to be drawn
	GPURead     GPUKind = "read"     // reads back what was drawn
	GPUWait     GPUKind = "wait"     // waits for a fence, a sync object, a query
	GPUMap      GPUKind = "map"      // gives access to a buffer, once it is not in use
	GPUSubmit   GPUKind = "submit"   // hands work over
	GPUAcquire  GPUKind = "acquire"  // waits for an image to draw to
	GPUInterval GPUKind = "interval" // sets the swap interval
)

// GPUCall is the calls of one function from one place.
type GPUCall struct {
	Function  string  `json:"function"` // "glFinish"
	Kind      GPUKind `json:"kind"`
	Thread    int     `json:"thread"`
	Goroutine uint64  `json:"goroutine,omitempty"` // 0: of a thread that Go does not know
	Stack     int     `json:"stack"`               // index into Stacks; -1: no Go led to it
	Place     int     `json:"place"`               // the user's own frame in it, -1: none
	Times     int     `json:"times"`
	// Frames is in how many frames it was called: times between two presents.
	Frames  int           `json:"frames"`
	Total   time.Duration `json:"total"`
	Median  time.Duration `json:"median"`
	Longest time.Duration `json:"longest"`
	CPU     time.Duration `json:"cpu"` // of Total, that the thread computed
	// Same is how many waited for what had been handed over in the same frame, and
	// SameTook how long those took.
	Same     int           `json:"same,omitempty"`
	SameTook time.Duration `json:"same_took,omitempty"`
	// Long is how many took longer than half of the display's period.
	Long int `json:"long,omitempty"`
}

// GPUObject is the objects of one kind that were made at one place.
type GPUObject struct {
	Object    string `json:"object"`   // "fence", "texture"
	Function  string `json:"function"` // that makes it: "vkCreateFence"
	Destroyer string `json:"destroyer"`
	Goroutine uint64 `json:"goroutine,omitempty"`
	Stack     int    `json:"stack"`
	Place     int    `json:"place"`
	Made      int    `json:"made"`
	Destroyed int    `json:"destroyed"` // of those
	// OthersDestroyed are objects of this kind that were destroyed and made before the
	// watch, or where nobody saw it.
	OthersDestroyed int `json:"others_destroyed,omitempty"`
	// Old are those that were not destroyed and are older than half of the watch.
	Old int `json:"old"`
	// Growth is how many more there were at the end of each eighth of the watch.
	Growth [8]int `json:"growth"`
	// Oldest is the age of the oldest that is left; Longest how long one was used that
	// was destroyed.
	Oldest  time.Duration `json:"oldest,omitempty"`
	Longest time.Duration `json:"longest,omitempty"`
	// Frames is in how many frames some were made.
	Frames int `json:"frames"`
}

// GPUMemory is the device memory that was allocated at one place.
type GPUMemory struct {
	Goroutine uint64 `json:"goroutine,omitempty"`
	Stack     int    `json:"stack"`
	Place     int    `json:"place"`
	Pieces    int    `json:"pieces"` // that were not freed
	Bytes     uint64 `json:"bytes"`  // of those
	Most      uint64 `json:"most"`   // at any time
}

// GPUTime is one call.
type GPUTime struct {
	Call  int           `json:"call"` // index into Calls
	Start time.Duration `json:"start"`
	End   time.Duration `json:"end"`
}

// repair drops what leads nowhere, so that rules need not ask.
func (g *GPUCalls) repair() {
	if g.Usage != nil {
		g.Usage.repair()
	}
	g.Calls = g.Calls[:min(len(g.Calls), MaxGPUCalls)]
	g.Objects = g.Objects[:min(len(g.Objects), MaxGPUCalls)]
	fit := func(stack, place *int) { fitPlace(g.Stacks, stack, place) }
	for i := range g.Calls {
		fit(&g.Calls[i].Stack, &g.Calls[i].Place)
	}
	for i := range g.Objects {
		fit(&g.Objects[i].Stack, &g.Objects[i].Place)
	}
	g.Memory = g.Memory[:min(len(g.Memory), MaxGPUCalls)]
	for i := range g.Memory {
		fit(&g.Memory[i].Stack, &g.Memory[i].Place)
	}
	n := 0
	for _, t := range g.Times {
		if t.Call >= 0 && t.Call < len(g.Calls) && t.End >= t.Start {
			g.Times[n] = t
			n++
		}
	}
	g.Times = g.Times[:n]
}

// fitPlace makes an index of a stack, and one of a frame in it, -1 where there is none.
func fitPlace(stacks [][]Frame, stack, place *int) {
	if *stack < 0 || *stack >= len(stacks) {
		*stack = -1
	}
	if *stack < 0 || *place < 0 || *place >= len(stacks[*stack]) {
		*place = -1
	}
}
