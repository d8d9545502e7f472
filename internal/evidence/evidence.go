// Package evidence holds what the probes gathered, as plain data: typed,
// timestamped facts without behaviour, so that a rule can be run again on a
// recorded bundle and give the same findings.
//
// Durations are nanoseconds in Go and in JSON; times are offsets from the start
// of the examination. Addresses are the target's. This package imports no other
// room. Start at [Evidence].
package evidence

import "time"

// Evidence is everything one examination gathered.
type Evidence struct {
	Target Target  `json:"target"`
	Freeze *Freeze `json:"freeze,omitempty"`
	Frames *Frames `json:"frames,omitempty"`
	Heap   *Heap   `json:"heap,omitempty"`
	Plugin *Plugin `json:"plugin,omitempty"`
	Native *Native `json:"native,omitempty"`

	Watching *Watching `json:"watching,omitempty"`
	GPUCalls *GPUCalls `json:"gpu_calls,omitempty"`
	WasmFile *WasmFile `json:"wasm_file,omitempty"`
	Page     *Page     `json:"page,omitempty"`
	GPU      *GPU      `json:"gpu,omitempty"`
	Assets   *Assets   `json:"assets,omitempty"`
}

// Target kinds.
const (
	KindProcess = "process"
	KindCore    = "core"
	KindHeap    = "heap"   // a heap file
	KindDump    = "dump"   // SIGQUIT output or a debug=2 goroutine dump
	KindSource  = "source" // Go packages, not a running program
	KindBinary  = "binary" // a program's file
	KindPlugin  = "plugin" // a plugin's file, and that of the program that is to load it
	KindLog     = "log"    // a recorded kernel log, without a program
)

// Target identifies what was examined.
type Target struct {
	Kind           string    `json:"kind"`
	PID            int       `json:"pid,omitempty"`
	Name           string    `json:"name"`
	Exe            string    `json:"exe,omitempty"`
	Go             string    `json:"go"` // "go1.26.8"
	Arch           string    `json:"arch,omitempty"`
	MainModule     string    `json:"main_module,omitempty"`
	Toolkit        string    `json:"toolkit,omitempty"` // "fyne", "gio", "ebitengine", "glfw"
	ToolkitVersion string    `json:"toolkit_version,omitempty"`
	Stripped       bool      `json:"stripped"`
	StartedAt      time.Time `json:"started_at,omitzero"`
	Modules        []Module  `json:"modules,omitempty"`
}

// Module is one module of the target's build.
type Module struct {
	Path     string `json:"path"`
	Version  string `json:"version,omitempty"`
	Replaced bool   `json:"replaced,omitempty"` // by a local folder: its code is the user's
}

// Origin says whose code a frame is.
type Origin string

// The origins.
const (
	OriginUser       Origin = "user"       // the main module, or a module it replaces by a folder
	OriginDependency Origin = "dependency" // any other module
	OriginToolkit    Origin = "toolkit"    // the GUI library and what belongs to it
	OriginStd        Origin = "std"        // the standard library
	OriginRuntime    Origin = "runtime"    // package runtime and its internals
	OriginC          Origin = "c"          // C code, below a cgo call
)

// Frame is one call on a stack.
type Frame struct {
	Function string `json:"function"`
	File     string `json:"file,omitempty"` // as the binary names it
	Line     int    `json:"line,omitempty"`
	PC       uint64 `json:"pc,omitempty"`
	SP       uint64 `json:"sp,omitempty"` // the frame's canonical address: the caller's SP; equal for one activation
	Package  string `json:"package,omitempty"`
	Origin   Origin `json:"origin,omitempty"`
	Inlined  bool   `json:"inlined,omitempty"` // inlined into the next outer frame
	System   bool   `json:"system,omitempty"`  // on the system stack (g0) or the signal stack
}

// Goroutine states, in the words of the runtime's own dumps.
const (
	StatusIdle      = "idle"
	StatusRunnable  = "runnable"
	StatusRunning   = "running"
	StatusSyscall   = "syscall"
	StatusWaiting   = "waiting"
	StatusDead      = "dead"
	StatusCopyStack = "copystack"
	StatusPreempted = "preempted"
)

// Goroutine is one goroutine at one moment.
type Goroutine struct {
	ID         uint64            `json:"id"`
	Status     string            `json:"status"`
	WaitReason string            `json:"wait_reason,omitempty"` // "sync.Mutex.Lock", "chan receive", "IO wait"
	WaitingFor time.Duration     `json:"waiting_for,omitempty"` // 0: unknown; approximate
	WaitFrom   string            `json:"wait_from,omitempty"`   // where WaitingFor is known from: "thread", "lock", "gc", "dump"
	Created    *Frame            `json:"created,omitempty"`
	Parent     uint64            `json:"parent,omitempty"`
	Thread     int               `json:"thread,omitempty"` // the OS thread that runs it or that it is locked to
	Locked     bool              `json:"locked,omitempty"` // runtime.LockOSThread
	Labels     map[string]string `json:"labels,omitempty"`
	Frames     []Frame           `json:"frames"`           // innermost first
	Cut        string            `json:"cut,omitempty"`    // why the stack is not whole; empty when it reaches the goroutine's start
	System     bool              `json:"system,omitempty"` // the runtime's own goroutine
	WaitsOn    []Object          `json:"waits_on,omitempty"`
	CgoCalls   uint64            `json:"cgo_calls,omitempty"` // calls its thread has made into C so far
	// Dispatch is the function that waits, on the goroutine's own thread, for
	// functions to call there; empty: it waits for nothing of the kind.
	Dispatch string `json:"dispatch,omitempty"`
}

// Object is something that goroutines wait for.
type Object struct {
	Kind string `json:"kind"` // "mutex", "rwmutex", "waitgroup", "once", "cond", "chan", "sema", "timer", "cgo", "fd", "coroutine"
	Addr uint64 `json:"addr,omitempty"`
	Note string `json:"note,omitempty"` // "3 still to come", "cap 0, len 0", "reader", "writer"
	Dir  string `json:"dir,omitempty"`  // channels: "send" or "receive"
	// Unreferenced: no other goroutine and no variable leads to it.
	Unreferenced bool `json:"unreferenced,omitempty"`
}

// Hold says that a goroutine holds, or can serve, what another waits for.
type Hold struct {
	Waiter     uint64   `json:"waiter"` // goroutine ids
	Holder     uint64   `json:"holder"`
	Object     Object   `json:"object"`
	Frame      int      `json:"frame"` // index of the holder's frame that holds it; -1: none
	Confidence float64  `json:"confidence"`
	Reasons    []string `json:"reasons"` // keys of the reasons, see HoldReason…
}

// Reasons of a Hold.
const (
	HoldBetweenLockAndUnlock = "between-lock-and-unlock" // the frame stands where the lock is taken
	HoldUnlocksLater         = "unlocks-later"           // its code unlocks at its end what was locked before it
	HoldCoroutine            = "coroutine"               // it runs in the waiter's stead
	HoldCalleeLocks          = "callee-locks"            // a function it called before took the lock and returned
	HoldOnStack              = "on-stack"                // the object's address is in the frame
	HoldInRegister           = "in-register"             // … in a register
	HoldInClosure            = "in-closure"              // … in a closure that the frame runs or keeps
	HoldInObject             = "in-object"               // … in an object that the frame points to
	HoldGlobal               = "global"                  // the function names the global variable
	HoldWouldServe           = "would-serve"             // its code has the matching operation: Done, send, Signal
	HoldSelf                 = "self"                    // the waiter itself
	HoldRunsCallback         = "runs-callback"           // toolkit: it waits for the UI goroutine
)

// Role is what a thread or goroutine is for a toolkit.
type Role string

// The roles.
const (
	RoleUI     Role = "ui"     // runs the user's callbacks
	RoleMain   Role = "main"   // the operating system's event thread
	RoleRender Role = "render" // talks to the graphics driver
	RoleWindow Role = "window" // one window's own loop
)

// UIGoroutine is a goroutine that matters to the user interface.
type UIGoroutine struct {
	Goroutine uint64 `json:"goroutine"`
	Role      Role   `json:"role"`
	Toolkit   string `json:"toolkit,omitempty"`
	Loop      string `json:"loop,omitempty"`      // the loop function, empty if it has not been reached
	MustLock  string `json:"must_lock,omitempty"` // "main", "any": the thread rule; empty: none
	Locked    bool   `json:"locked,omitempty"`
	OnMain    bool   `json:"on_main,omitempty"` // its thread is the process's main thread
	Closed    bool   `json:"closed,omitempty"`  // the windows of its loop are gone, at the last look: nobody waits for it
	// Via is the goroutine that makes the calls into the toolkit in this one's stead,
	// on its thread; 0: it makes them itself.
	Via uint64 `json:"via,omitempty"`
}

// Activity is what a UI goroutine does in one sample.
type Activity string

// The activities.
const (
	Idle     Activity = "idle"    // waits for events, as the toolkit means it to
	Pump     Activity = "pump"    // the toolkit's own work: events, layout, draw, swap; no user code below
	User     Activity = "user"    // user code, or what user code called
	Unknown  Activity = "unknown" // the stack could not be read
	NotStart Activity = "no-loop" // the loop is not on the stack
)

// Point is one sample of one UI goroutine.
type Point struct {
	At         time.Duration `json:"at"`
	Goroutine  uint64        `json:"goroutine"`
	Status     string        `json:"status"`
	WaitReason string        `json:"wait_reason,omitempty"`
	Activity   Activity      `json:"activity"`
	Stack      int           `json:"stack"`              // index into Freeze.Stacks, -1: not read
	Instance   uint64        `json:"instance,omitempty"` // changes when the wait, or the C call, is another one; 0: unknown
	Calls      uint64        `json:"calls,omitempty"`    // into C that its thread has made so far
	Overdue    time.Duration `json:"overdue,omitempty"`  // by how much the timer that would wake it is late; 0: it is not
	Holder     string        `json:"holder,omitempty"`   // state of the goroutine that holds the lock it waits for; empty: none, or unknown
	Progress   uint64        `json:"progress,omitempty"` // a digest of the frames outside the user's; a change means that the loop went on
	Turn       uint64        `json:"turn,omitempty"`     // a digest of the user's own loop function's frame while something that it called runs; a change means that the loop went on, or one within it
}

// Thread is one OS thread's account over the examination.
type Thread struct {
	TID       int           `json:"tid"`
	Name      string        `json:"name,omitempty"`
	State     string        `json:"state,omitempty"` // R, S, D, T, Z as in proc(5)
	Goroutine uint64        `json:"goroutine,omitempty"`
	Ran       time.Duration `json:"ran"`                  // CPU time
	Delayed   time.Duration `json:"delayed"`              // runnable but not run
	Switches  int64         `json:"switches"`             // context switches
	AsleepFor time.Duration `json:"asleep_for,omitempty"` // since it last ran, at the end; 0: unknown
	Syscall   string        `json:"syscall,omitempty"`    // the system call it stands in
	C         []Frame       `json:"c,omitempty"`          // its C stack where it is in C
}

// Sched is what is known of the Go scheduler and of the machine.
type Sched struct {
	GOMAXPROCS int           `json:"gomaxprocs,omitempty"`
	CPUs       int           `json:"cpus,omitempty"`
	Quota      float64       `json:"quota,omitempty"` // CPUs that the cgroup allows; 0: no limit
	Throttled  time.Duration `json:"throttled,omitempty"`
	Runnable   int           `json:"runnable,omitempty"`   // goroutines that are runnable, mean
	OthersCPU  float64       `json:"others_cpu,omitempty"` // CPUs that other processes used, mean
	TargetCPU  float64       `json:"target_cpu,omitempty"`
	GCRunning  float64       `json:"gc_running,omitempty"` // share of samples with a GC cycle under way
	// Suspended: nothing of the program ran, because it was told to stop.
	Suspended Suspension `json:"suspended,omitempty"`
}

// Suspension is how a whole program is kept from running.
type Suspension string

// The suspensions.
const (
	BySignal Suspension = "signal" // SIGSTOP, SIGTSTP (Ctrl-Z) and their like
	ByCgroup Suspension = "cgroup" // the freezer
)

// Process is another process that matters: a child that the target waits for.
type Process struct {
	PID   int    `json:"pid"`
	Name  string `json:"name"`
	Args  string `json:"args,omitempty"`
	State string `json:"state,omitempty"`
}

// Socket is a connection that a goroutine waits on.
type Socket struct {
	Goroutine uint64 `json:"goroutine"`
	FD        int    `json:"fd"`
	Kind      string `json:"kind"` // "tcp", "udp", "unix", "pipe", "file", ...
	Local     string `json:"local,omitempty"`
	Remote    string `json:"remote,omitempty"`
	Peer      int    `json:"peer,omitempty"` // a child that has the pipe open, too: it is at the other end
}

// Freeze is the evidence for the freeze family.
type Freeze struct {
	Took       time.Duration `json:"took"`
	UI         []UIGoroutine `json:"ui,omitempty"`
	Points     []Point       `json:"points,omitempty"`
	Stacks     [][]Frame     `json:"stacks,omitempty"`     // the stacks of Points, each once
	Goroutines []Goroutine   `json:"goroutines,omitempty"` // all of them, at the end of the examination
	Earlier    []Goroutine   `json:"earlier,omitempty"`    // those that looked the same at the start, stacks left out
	Holds      []Hold        `json:"holds,omitempty"`
	Threads    []Thread      `json:"threads,omitempty"`
	Sched      Sched         `json:"sched"`
	Children   []Process     `json:"children,omitempty"`
	Sockets    []Socket      `json:"sockets,omitempty"`
	FromDump   bool          `json:"from_dump,omitempty"` // one look only: nothing is known of time
	Page       *PageRuntime  `json:"page,omitempty"`      // of a page: the rest of its program
}
