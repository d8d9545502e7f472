// Package proc is the operating system's side of a target: it finds a process,
// reads its memory and its mappings, stops a thread for an instant, and reads
// core files; package image has the heap files. It knows nothing of Go: no
// goroutine, no runtime structure.
//
// Everything read from a target is untrusted: callers bound what they ask for.
// A process is never left stopped: every stop is bounded and measured, and the
// kernel itself detaches a tracer that dies (ptrace(2), PTRACE_SEIZE). Start at
// [Open] for a live process, [Process.Snapshot] for a frozen copy of one,
// [OpenCore] for a core file, and [Memory] for what all offer.
package proc

import (
	"errors"
	"fmt"
)

// Memory is a target's address space.
type Memory interface {
	// ReadAt fills p from addr, or fails: a short read is an error.
	ReadAt(p []byte, addr uint64) error
	// ReadMany fills many ranges with as few system calls as it can. A range
	// that cannot be read gets OK = false; the others are still filled.
	ReadMany(ranges []Range)
}

// Range is one piece of a target's memory to be read.
type Range struct {
	Addr uint64
	Buf  []byte
	OK   bool
}

// Mapping is one line of a process's memory map.
type Mapping struct {
	Start, End uint64
	Offset     uint64 // in the file
	Inode      uint64
	Path       string // "" for anonymous memory
	Read       bool
	Write      bool
	Exec       bool
	Shared     bool // with other processes (MAP_SHARED); not known of a core file
}

// Contains reports whether addr lies in m.
func (m *Mapping) Contains(addr uint64) bool { return addr >= m.Start && addr < m.End }

// Registers are a thread's, as far as unwinding needs them. All holds every
// general purpose register, to be searched for pointers.
type Registers struct {
	PC, SP, FP uint64 // FP: rbp, x29
	LR         uint64 // arm64: x30
	TLS        uint64 // fs_base
	Syscall    int64  // orig_rax: the number of the system call it stands in, -1: none
	All        []uint64
}

// Reason says why a target cannot be examined.
type Reason string

// The reasons.
const (
	Gone        Reason = "gone"        // no such process
	Exited      Reason = "exited"      // it went away in the middle
	Zombie      Reason = "zombie"      // it has ended, its parent has not waited for it
	Kernel      Reason = "kernel"      // a kernel thread
	Forbidden   Reason = "forbidden"   // another user's, or ptrace is restricted
	Namespace   Reason = "namespace"   // its id is of another PID namespace than this process's
	Traced      Reason = "traced"      // a debugger holds it
	Bits32      Reason = "bits32"      // a 32-bit program
	OtherArch   Reason = "other-arch"  // built for another processor
	Unsupported Reason = "unsupported" // this operating system
	Truncated   Reason = "truncated"   // a core or heap file that ends too early
	Damaged     Reason = "damaged"     // a heap file that was changed after it was written
	Newer       Reason = "newer"       // a heap file that a newer gomedic wrote
	NotImage    Reason = "not-image"   // not a heap file
	NotCore     Reason = "not-core"    // not a core file
	Unreadable  Reason = "unreadable"  // the file or memory cannot be read
	NoMemory    Reason = "no-memory"   // not enough for a frozen copy
	NoCopy      Reason = "no-copy"     // the kernel refuses to make one, Err says why
	NoPlace     Reason = "no-place"    // no room in it for what makes a system call
	Seccomp     Reason = "seccomp"     // a filter may end it for a system call of gomedic's
)

// Error says what cannot be done with a target, and why.
type Error struct {
	Op     string
	PID    int
	Reason Reason
	Detail string // "uid 1000", "gdb (pid 77)"
	Err    error
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: process %d: %s", e.Op, e.PID, e.Reason)
	if e.Detail != "" {
		s += " (" + e.Detail + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ReasonOf returns the reason that err carries, or "".
func ReasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// ErrRead is returned for memory that cannot be read.
var ErrRead = errors.New("memory cannot be read")

// ErrWrite is returned for memory that cannot be written.
var ErrWrite = errors.New("memory cannot be written")
