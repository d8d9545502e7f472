package evidence

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Native is the evidence of the memory that C code allocates: what the C allocator
// holds, what of that nothing points to any more, and who allocated what was not
// freed while it was recorded. Bytes are those that may be used, without the
// allocator's own headers. Times are offsets from the start of the examination.
type Native struct {
	Took      time.Duration `json:"took"`
	Allocator string        `json:"allocator,omitempty"` // "glibc", "musl", "jemalloc", …; empty: not known
	Version   string        `json:"version,omitempty"`   // of glibc or musl
	RSS       int64         `json:"rss,omitempty"`       // resident memory of the program
	Threads   int           `json:"threads,omitempty"`

	Looks   []NativeLook   `json:"looks,omitempty"`  // at the heap, where it was walked; oldest first
	Arenas  []NativeArena  `json:"arenas,omitempty"` // at the last look, the main one first
	Damage  []NativeDamage `json:"damage,omitempty"` // at the last look
	Lost    []NativeGroup  `json:"lost,omitempty"`   // of the last look, most bytes first
	Growth  []NativeGrowth `json:"growth,omitempty"` // by size, between the first and the last look, most bytes first
	Sites   []NativeSite   `json:"sites,omitempty"`  // most bytes left first
	Omitted int            `json:"omitted,omitempty"`

	Recording *NativeRecording `json:"recording,omitempty"` // nil: nothing was recorded
	Handles   *NativeHandles   `json:"handles,omitempty"`   // nil: not watched
}

// NativeHandles is what functions of C libraries made, and others destroyed, while that
// was watched: files, pixmaps, fonts' faces, by a table of pairs.
type NativeHandles struct {
	Took      time.Duration `json:"took"`
	Functions []string      `json:"functions"`         // that were watched
	Objects   []GPUObject   `json:"objects,omitempty"` // by place; the most that are left first
	Stacks    [][]Frame     `json:"stacks,omitempty"`
	Dropped   []string      `json:"dropped,omitempty"` // called so often that they were watched no longer
	Lost      uint64        `json:"lost,omitempty"`    // events for which there was no room
}

// repair drops what leads nowhere.
func (h *NativeHandles) repair() {
	h.Objects = h.Objects[:min(len(h.Objects), MaxGPUCalls)]
	for i := range h.Objects {
		fitPlace(h.Stacks, &h.Objects[i].Stack, &h.Objects[i].Place)
	}
}

// NativeLook is the C heap at one moment.
type NativeLook struct {
	At      time.Duration `json:"at"`
	Stopped time.Duration `json:"stopped,omitempty"` // for so long the program stood
	Took    time.Duration `json:"took,omitempty"`    // to read
	Chunks  int64         `json:"chunks"`            // handed out
	Bytes   int64         `json:"bytes"`
	System  int64         `json:"system"`           // taken from the system
	Free    int64         `json:"free"`             // freed, in the allocator's lists
	Top     int64         `json:"top"`              // at the ends of the arenas, never handed out or given back
	Missed  int64         `json:"missed,omitempty"` // taken from the system, and not found

	Lost          int64 `json:"lost"` // chunks to which nothing points
	LostBytes     int64 `json:"lost_bytes"`
	Possibly      int64 `json:"possibly"` // to whose middle something points, and to their start nothing
	PossiblyBytes int64 `json:"possibly_bytes"`
}

// NativeArena is one of the heaps that malloc divides among threads.
type NativeArena struct {
	Addr    uint64 `json:"addr"`
	Main    bool   `json:"main,omitempty"`
	Threads int    `json:"threads"` // that allocate from it; -1: not known
	System  int64  `json:"system"`
	Live    int64  `json:"live"` // with headers
	Chunks  int64  `json:"chunks"`
	Free    int64  `json:"free"`
	Cached  int64  `json:"cached"`
	Largest int64  `json:"largest"`
	Top     int64  `json:"top"`
}

// NativeDamage is a place where the allocator's records contradict themselves.
type NativeDamage struct {
	Addr   uint64 `json:"addr"`             // of the chunk's header
	Kind   string `json:"kind"`             // "size", "prev-size", "link"; of musl "header", "overrun"
	Value  uint64 `json:"value"`            // what stands there
	Text   string `json:"text,omitempty"`   // what stands around it, where that is text
	Before uint64 `json:"before,omitempty"` // the chunk in use right before it: who wrote beyond its end; 0: not known
	Size   uint64 `json:"size,omitempty"`   // of that one
	Holds  string `json:"holds,omitempty"`  // its first bytes, where they are text
}

// What a chunk holds, in NativeGroup.Holds.
const (
	HoldsText   = "text"   // a C string
	HoldsObject = "object" // of C++, by its table of virtual functions
	HoldsGo     = "go"     // pointers into Go's memory or code
	HoldsChunks = "chunks" // pointers to other chunks
	HoldsZero   = "zero"   // nothing but zeros
	HoldsData   = "data"
)

// NativeGroup is lost chunks of one size that hold the same kind of thing.
type NativeGroup struct {
	Size  uint64 `json:"size"`
	Holds string `json:"holds"`
	Name  string `json:"name,omitempty"` // of an object: its class; of text: the first of it
	Count int64  `json:"count"`
	Bytes int64  `json:"bytes"`
	Leads int64  `json:"leads"` // of them, that no other lost chunk points to
	Addr  uint64 `json:"addr"`  // of one
}

// NativeGrowth is how the chunks of one size came to be more.
type NativeGrowth struct {
	From  uint64   `json:"from"` // the smallest and the largest size
	To    uint64   `json:"to"`
	Count [2]int64 `json:"count"` // at the first and at the last look
	Bytes [2]int64 `json:"bytes"`
}

// NativeRecording says how allocations were recorded.
type NativeRecording struct {
	Library   string        `json:"library"` // whose malloc it is
	From      time.Duration `json:"from"`
	Span      time.Duration `json:"span"` // from the first record to the end
	On        time.Duration `json:"on"`   // of that, for so long was recorded
	Windows   int           `json:"windows"`
	Sites     int           `json:"sites"`   // instructions that were marked
	Stepped   int           `json:"stepped"` // of them, that the kernel single-steps
	Allocated uint64        `json:"allocated"`
	Freed     uint64        `json:"freed"`
	Unseen    uint64        `json:"unseen,omitempty"` // allocations for which there was no room
	// CPU is the program's CPU time in Span, and OnCPU in On, less what the recording took
	// of it; 0: not known.
	CPU   time.Duration `json:"cpu,omitempty"`
	OnCPU time.Duration `json:"on_cpu,omitempty"`
	// Cost is what it took of the program's time, as a share of one thread's: estimated
	// from the number of events.
	Cost float64 `json:"cost"`
	// Aged is how old an allocation had to be to count as left.
	Aged time.Duration `json:"aged"`
}

// Scale is by how much what was recorded is multiplied to stand for the whole span. A
// program allocates while it runs: on a busy machine its own time tells more than the
// clock.
func (r *NativeRecording) Scale() float64 {
	switch {
	case r == nil || r.On <= 0 || r.Span <= r.On:
		return 1
	case r.OnCPU > 0 && r.CPU >= r.OnCPU:
		return float64(r.CPU) / float64(r.OnCPU)
	}
	return float64(r.Span) / float64(r.On)
}

// Density is how much more, or less, of the program's own time there is in the span than
// its recorded part lets expect.
func (r *NativeRecording) Density() float64 {
	if r == nil || r.On <= 0 || r.Span <= r.On {
		return 1
	}
	return r.Scale() * float64(r.On) / float64(r.Span)
}

// Error is the relative error, as one standard deviation, of a number that was counted
// in part of the span (Poisson).
func (r *NativeRecording) Error(n int64) float64 {
	if n <= 0 || r.Scale() == 1 {
		return 0
	}
	return 1 / math.Sqrt(float64(n))
}

// NativeSite is what one stack allocated. The figures are those recorded, not scaled.
type NativeSite struct {
	// Stack is innermost first: the C functions, then the Go functions that called
	// them. C counts the first ones; 0 frames of Go: the thread is C's own.
	Stack []Frame `json:"stack"`
	C     int     `json:"c"`
	Whole bool    `json:"whole,omitempty"` // the C part reaches Go, or the thread's start

	Allocated      int64 `json:"allocated"`
	AllocatedBytes int64 `json:"allocated_bytes"`
	Freed          int64 `json:"freed"`
	FreedBytes     int64 `json:"freed_bytes"`
	// Left is what was not freed by the end of its window, and is old enough.
	Left      int64 `json:"left"`
	LeftBytes int64 `json:"left_bytes"`
	Lost      int64 `json:"lost"` // of Left: nothing points to it
	LostBytes int64 `json:"lost_bytes"`

	Goroutines []uint64 `json:"goroutines,omitempty"` // that allocated what is left, at most 8
	Quarters   [4]int64 `json:"quarters"`             // what is left, by the quarter of the recording in which it was allocated
	Series     []int64  `json:"series,omitempty"`     // bytes not freed, at moments evenly apart
	Grown      float64  `json:"grown"`                // the share of LeftBytes by which the heap's chunks of those sizes grew
	Largest    int64    `json:"largest,omitempty"`    // of what is left
	Holds      string   `json:"holds,omitempty"`      // what most of the lost ones hold
	Name       string   `json:"name,omitempty"`
	Addr       uint64   `json:"addr,omitempty"` // of one that is lost, else of one that is left
}

// Go reports whether Go called the C code.
func (s *NativeSite) Go() bool { return s.C < len(s.Stack) }

// Bounds on what Native keeps.
const (
	MaxNativeSites  = 200
	MaxNativeGroups = 50
)

// repair checks what rules index by.
func (n *Native) repair() error {
	for i := range n.Sites {
		s := &n.Sites[i]
		if s.C < 0 || s.C > len(s.Stack) {
			return fmt.Errorf("%w: site %d has %d frames, %d of C", ErrBundleTruncated, i, len(s.Stack), s.C)
		}
	}
	if n.Handles != nil {
		n.Handles.repair()
	}
	n.Sites = slices.DeleteFunc(n.Sites, func(s NativeSite) bool { return len(s.Stack) == 0 })
	if r := n.Recording; r != nil && (r.On < 0 || r.Span < 0 || r.On > r.Span || r.CPU < 0 || r.OnCPU < 0 || r.Span > 100*24*time.Hour) {
		return fmt.Errorf("%w: a recording of %v within %v", ErrBundleTruncated, r.On, r.Span)
	}
	return nil
}
