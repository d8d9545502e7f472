// Package host gathers what the operating system knows around a target without
// touching it: the account of each thread, CPU limits and load, children, and
// what a file descriptor leads to. It reads /proc and the cgroup file systems
// and needs no ptrace; it knows nothing of Go.
//
// What the kernel does not show (an older kernel, another user's process, a
// thread that ends in the middle) is left out, and stands as zero: see the
// fields. Nothing here waits. Start at [Sample] and [Diff].
package host

import "time"

// Bounds on what is read.
const (
	maxThreads  = 10_000
	maxChildren = 256
	maxArgs     = 4096     // bytes of a command line
	maxTable    = 64 << 20 // bytes of one table of sockets
	maxLevels   = 32       // of nested cgroups
	maxPath     = 4096     // PATH_MAX
)

// Thread is one thread's account since it started.
type Thread struct {
	TID      int
	Name     string
	State    string // one letter, see proc_pid_stat(5)
	CPU      int    // on which it last ran
	Ran      time.Duration
	Delayed  time.Duration // runnable but not run
	Switches int64
	Syscall  string // the name of the system call that it sleeps in
	// LastRan is when it was last seen on a CPU, by that CPU's scheduler clock
	// (se.exec_start); 0: unknown.
	LastRan time.Duration
}

// Snapshot is the state at one moment. All amounts count from some point in the
// past: two snapshots make a rate.
type Snapshot struct {
	At      time.Time
	Threads []Thread // sorted by id
	CPUs    int      // that the target may use (sched_setaffinity(2), cpusets); 0: unknown
	// Quota is the number of CPUs that the cgroup and its parents allow; 0: no limit.
	Quota float64

	// Frozen: the process's cgroup, or one above, is frozen.
	Frozen bool

	throttled map[string]time.Duration // by cgroup folder
	busy      time.Duration            // CPU time of the whole machine
	own       time.Duration            // CPU time of this process
	clocks    map[int]time.Duration    // the scheduler's clock of each CPU; -1: of any
}
