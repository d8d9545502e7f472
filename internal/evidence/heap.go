package evidence

import "time"

// Heap is the evidence for what grows in a program's memory and who holds it:
// one or more looks at all live objects, oldest first. Times are offsets from the
// start of the probe, sizes are bytes.
type Heap struct {
	Took  time.Duration `json:"took"`
	Looks []HeapLook    `json:"looks,omitempty"`
	// Types, Sites and Roots divide the live objects of each look by type, by the
	// place that allocated them (only new objects, and only where the runtime's heap
	// profiler was on) and by what holds them. The largest and the fastest growing
	// are kept.
	Types []HeapGroup `json:"types,omitempty"`
	Sites []HeapGroup `json:"sites,omitempty"`
	Roots []HeapGroup `json:"roots,omitempty"`
	// Suspects are what may be a leak, each kind of chain once.
	Suspects []HeapSuspect `json:"suspects,omitempty"`
	// Account is what the resident memory consists of, at the last look.
	Account *MemoryAccount `json:"account,omitempty"`
	// Counters are the runtime's own figures, about one a second.
	Counters []MemorySample `json:"counters,omitempty"`
}

// HeapLook is one snapshot of the heap.
type HeapLook struct {
	At      time.Duration `json:"at"`
	Source  HeapSource    `json:"source"`
	Stopped time.Duration `json:"stopped,omitempty"` // for how long the program stood
	Objects int64         `json:"objects"`           // live: reachable from a root
	Bytes   int64         `json:"bytes"`
	Garbage int64         `json:"garbage"` // bytes of objects that nothing reaches and the collector has not yet freed
	// Typed is the share of live bytes whose type is known, Owned that whose type
	// or owning field is; both from 0 to 1.
	Typed float64 `json:"typed"`
	Owned float64 `json:"owned"`
	GC    int64   `json:"gc"` // collections so far
	// C is the chunks of C memory that Go alone holds, CBytes their bytes: they count in
	// what holds them, and neither in Objects nor in Bytes.
	C      int64 `json:"c,omitempty"`
	CBytes int64 `json:"c_bytes,omitempty"`
}

// HeapSource is where a look was taken from.
type HeapSource string

// The sources.
const (
	FromClone HeapSource = "clone" // a frozen copy of the process
	FromStop  HeapSource = "stop"  // the process itself, stopped
	FromAgent HeapSource = "agent" // a copy that the agent in the program made
	FromCore  HeapSource = "core"  // a core file
	FromFile  HeapSource = "file"  // a heap file
	FromPage  HeapSource = "page"  // a copy of a page's memory
)

// HeapGroup is objects that have something in common; its figures have one value
// for each look.
type HeapGroup struct {
	Name     string  `json:"name"`
	Package  string  `json:"package,omitempty"`
	Origin   Origin  `json:"origin,omitempty"` // of its package
	Count    []int64 `json:"count"`
	Bytes    []int64 `json:"bytes"`
	Retained []int64 `json:"retained,omitempty"` // freed with them
	Site     []Frame `json:"site,omitempty"`     // the allocating stack, innermost first
	Trend    Trend   `json:"trend"`
}

// Trend is how a figure developed over the looks, by linear regression.
type Trend struct {
	PerSecond float64 `json:"per_second"`       // objects
	Bytes     float64 `json:"bytes_per_second"` // bytes
	// Confidence, from 0 to 1, that it grows and goes on to: low where it falls in
	// between, slows down, or was looked at too seldom to tell.
	Confidence float64 `json:"confidence"`
	// Slows: it grew less in the later half, as a program does that warms up.
	Slows bool `json:"slows,omitempty"`
	// Falls: it fell between two looks, as caches with a bound do.
	Falls bool `json:"falls,omitempty"`
}

// SuspectKind is the pattern by which something was found suspect.
type SuspectKind string

// The kinds.
const (
	SuspectContainer  SuspectKind = "container"  // a map, slice, list, channel or sync.Map that grows
	SuspectListeners  SuspectKind = "listeners"  // closures in a container that grows
	SuspectGoroutines SuspectKind = "goroutines" // blocked for good
	SuspectTimers     SuspectKind = "timers"     // timers and tickers that grow in number
	SuspectWidgets    SuspectKind = "widgets"    // widgets that no open window shows
	SuspectWindows    SuspectKind = "windows"    // closed, and held
	SuspectImages     SuspectKind = "images"     // images and textures that grow in number
	SuspectFinalizers SuspectKind = "finalizers" // a cycle, or a queue that does not drain
	SuspectBacking    SuspectKind = "backing"    // a small piece that holds a large array
	SuspectObjects    SuspectKind = "objects"    // none: what somebody asked for
)

// HeapSuspect is objects that may be a leak and one chain of references that
// holds one of them. Chains that pass the same links are one suspect.
type HeapSuspect struct {
	Kind      SuspectKind `json:"kind"`
	Signature string      `json:"signature"` // of the chain: equal for equal chains
	Type      string      `json:"type"`      // of the objects
	Count     []int64     `json:"count"`     // objects, by look; of a container: its elements
	Bytes     []int64     `json:"bytes"`     // retained, by look
	New       int64       `json:"new,omitempty"`
	// C is how many of the bytes are C memory, at the last look.
	C     int64 `json:"c,omitempty"`
	Trend Trend `json:"trend"`
	// Chain leads from a root to an object; the last link is the object itself.
	Chain  []HeapLink `json:"chain"`
	Chains int        `json:"chains"` // equal ones
	// Suspect is the index of the link whose reference should not be there, -1: not
	// known. It is the last reference that the user's own code makes.
	Suspect int `json:"suspect"`
	// Site is the stack that allocated the newest, innermost first, where known.
	Site      []Frame        `json:"site,omitempty"`
	Container *HeapContainer `json:"container,omitempty"`
	Blocked   *HeapBlocked   `json:"blocked,omitempty"`
	Backing   *HeapBacking   `json:"backing,omitempty"`
	Shown     *HeapShown     `json:"shown,omitempty"`
	Queue     *HeapQueue     `json:"queue,omitempty"`
}

// HeapContainer is what holds the elements.
type HeapContainer struct {
	Kind string   `json:"kind"`          // map, slice, list, chan, sync.Map, tree
	Len  []int64  `json:"len"`           // by look
	Cap  int64    `json:"cap,omitempty"` // of a slice or chan, last look
	Elem string   `json:"elem,omitempty"`
	Keys []string `json:"keys,omitempty"` // of some new entries, printed
	// Label is what the container is to a toolkit ("listeners of a binding"), empty:
	// the user's own.
	Label string `json:"label,omitempty"`
	// Closures are the functions stored in it, most frequent first.
	Closures []Frame `json:"closures,omitempty"`
}

// HeapBlocked is goroutines that wait for something which nobody who runs, or can
// run, has a reference to.
type HeapBlocked struct {
	WaitReason string  `json:"wait_reason"`
	Object     string  `json:"object,omitempty"` // what they wait for: "chan int", "*sync.Mutex"
	Stack      []Frame `json:"stack"`            // of one of them, innermost first
	Created    *Frame  `json:"created,omitempty"`
	// Since is how long the longest has waited, 0: not known.
	Since time.Duration `json:"since,omitempty"`
	// Stacks are the bytes of their stacks.
	Stacks int64 `json:"stacks"`
	// Proof: nothing that runs or can be woken reaches the object. Else they only
	// have not moved between the looks.
	Proof bool `json:"proof"`
}

// HeapBacking is an array of which little is used.
type HeapBacking struct {
	Size int64 `json:"size"`
	Used int64 `json:"used"` // bytes that slices and strings refer to
	Refs int   `json:"refs"`
}

// HeapShown is how a toolkit sees the object.
type HeapShown struct {
	Windows int    `json:"windows"`          // open ones
	Total   int64  `json:"total"`            // such objects that are shown
	State   string `json:"state,omitempty"`  // "closed", "hidden", "disposed"
	Pixels  int64  `json:"pixels,omitempty"` // of images: width times height, summed
	Memory  int64  `json:"memory,omitempty"` // estimate of bytes outside of the Go heap
}

// HeapQueue is the finalizer queue, and what is wrong with finalizers.
type HeapQueue struct {
	Queued []int64 `json:"queued"`            // by look
	Cycle  bool    `json:"cycle,omitempty"`   // objects with finalizers refer to each other: they are never run
	Runner []Frame `json:"running,omitempty"` // what the goroutine that runs them stands in
}

// LinkKind is what one link of a chain is.
type LinkKind string

// The kinds of links. The first link of a chain is a root.
const (
	LinkGlobal    LinkKind = "global"
	LinkStack     LinkKind = "stack"    // of a goroutine
	LinkRegister  LinkKind = "register" // of a running goroutine
	LinkFinalizer LinkKind = "finalizer"
	LinkCleanup   LinkKind = "cleanup"
	LinkTimer     LinkKind = "timer"
	LinkHandle    LinkKind = "handle" // runtime/cgo.Handle
	LinkPinned    LinkKind = "pinned" // runtime.Pinner
	LinkC         LinkKind = "c"      // C memory that Go holds
	LinkRuntime   LinkKind = "runtime"
	LinkObject    LinkKind = "object"
	LinkMap       LinkKind = "map"
	LinkSlice     LinkKind = "slice"
	LinkChan      LinkKind = "chan"
	LinkClosure   LinkKind = "closure"
	LinkString    LinkKind = "string"
)

// HeapLink is one object of a chain, or its root.
type HeapLink struct {
	Kind LinkKind `json:"kind"`
	// Name is the root's: "main.cache", "main.(*App).loop"; a closure's function.
	Name string `json:"name,omitempty"`
	Type string `json:"type,omitempty"` // of the object, or of the variable
	// Ref is the reference to the next link: ".items", "[\"key\"]", "[17]", "w" of a
	// captured variable; empty for the last.
	Ref       string `json:"ref,omitempty"`
	Addr      uint64 `json:"addr,omitempty"`
	Size      int64  `json:"size,omitempty"`
	Retained  int64  `json:"retained,omitempty"`
	Len       int64  `json:"len,omitempty"` // elements, of a container
	Goroutine uint64 `json:"goroutine,omitempty"`
	Frame     *Frame `json:"frame,omitempty"`  // place: a stack root's, a closure's
	Origin    Origin `json:"origin,omitempty"` // of the type's package, or of the function's
	// Label is what the object is to the toolkit: "open window", "renderer cache".
	Label string `json:"label,omitempty"`
	// Expires: a cache of the toolkit's lets go of an entry so long after its last
	// use; 0: never, or not known.
	Expires time.Duration `json:"expires,omitempty"`
	// Leaks: the object should be gone ("yes"), should be there ("no"), or "" for
	// not known; Why says because of what, as a key of internal/text.
	Leaks string `json:"leaks,omitempty"`
	Why   string `json:"why,omitempty"`
}

// MemoryAccount divides the resident memory. The parts add up to RSS.
type MemoryAccount struct {
	RSS  int64 `json:"rss"`
	Swap int64 `json:"swap,omitempty"`
	// Available is what the machine, or the program's cgroup where it allows less,
	// could still give; 0: not known.
	Available int64        `json:"available,omitempty"`
	Part      []MemoryPart `json:"parts"`
}

// MemoryPart is one part of the resident memory.
type MemoryPart struct {
	Name MemoryKind `json:"name"`
	RSS  int64      `json:"rss"`
	Size int64      `json:"size"` // of which RSS is resident; for parts of the Go heap: as the runtime counts
}

// MemoryKind is what memory is used for.
type MemoryKind string

// The kinds, in the order in which they are told.
const (
	MemoryLive        MemoryKind = "go-live"     // objects that are reachable
	MemoryGarbage     MemoryKind = "go-garbage"  // objects that the collector has not yet freed
	MemoryFree        MemoryKind = "go-free"     // of the heap, free and not returned to the system
	MemoryStacks      MemoryKind = "go-stacks"   // of goroutines
	MemoryRuntime     MemoryKind = "go-runtime"  // the runtime's own: spans, bitmaps, caches, profiles
	MemoryCHeap       MemoryKind = "c-heap"      // malloc's: [heap], arenas
	MemoryCStacks     MemoryKind = "c-stacks"    // of threads
	MemoryFiles       MemoryKind = "files"       // mapped: code, libraries, fonts
	MemoryGPU         MemoryKind = "gpu"         // mapped by the graphics driver
	MemoryShared      MemoryKind = "shared"      // shared memory: X11, Wayland buffers
	MemoryAnonymous   MemoryKind = "other"       // anonymous, of unknown use: mmap of a library
	MemoryUnexplained MemoryKind = "unexplained" // what is left of RSS
)

// MemorySample is the runtime's own figures of one moment.
type MemorySample struct {
	At         time.Duration `json:"at"`
	HeapAlloc  int64         `json:"heap_alloc"` // bytes of allocated objects, with garbage
	Objects    int64         `json:"objects"`
	Mallocs    int64         `json:"mallocs"`
	Frees      int64         `json:"frees"`
	NextGC     int64         `json:"next_gc"`
	GC         int64         `json:"gc"`    // collections so far
	Live       int64         `json:"live"`  // bytes that the last collection marked
	Pause      time.Duration `json:"pause"` // total stop-the-world time
	RSS        int64         `json:"rss"`
	Goroutines int64         `json:"goroutines"`
	Released   int64         `json:"released"` // bytes given back to the system
	Idle       int64         `json:"idle"`     // bytes of the heap in no use, with Released
}
