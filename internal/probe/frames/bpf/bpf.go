package bpf

import "time"

// Layout is what the programs must know of the target: where its Go code lies,
// and the offsets of a few fields in the runtime's g and m.
type Layout struct {
	TextLo, TextHi                        uint64
	GoID, M                               uint32 // of runtime.g
	SyscallPC, SyscallSP, SyscallBP, CurG uint32 // of runtime.g, and of runtime.m
	VdsoSP, VdsoPC                        uint32 // of runtime.m; 0: not known
	// Quiet is how long a frame must have taken before it is looked into.
	Quiet time.Duration
}

// Flags say what a place means: see frames.bpf.c.
type Flags uint32

// The flags.
const (
	Idle    Flags = 1
	Busy    Flags = 2
	Frame   Flags = 4
	Foreign Flags = 8
	Quiet   Flags = 16
)

// Site is a place in the target's code: an instruction's address in memory, and
// its offset in the file.
type Site struct {
	Addr, Offset uint64
	Flags        Flags
}

// Kind is the kind of an event.
type Kind uint32

// The kinds.
const (
	Hit    Kind = 1 // a goroutine passed a site
	Call   Kind = 2 // one that is not the UI's passed a Foreign site
	Sample Kind = 3 // where a UI thread is
	Away   Kind = 4 // a UI thread has come back to the CPU
)

// Event is what a program saw.
type Event struct {
	Kind    Kind
	At      int64  // CLOCK_MONOTONIC, nanoseconds
	IP      uint64 // the site
	GoID, G uint64
	Away    Absence // of Away
	TID     int     // as the kernel counts, whatever the PID namespace

	Leaf     uint64 // where the thread is outside of Go code; 0: it is in Go code
	SP       uint64
	Top      [2]uint64 // the words at SP
	InKernel bool
	Stack    []uint64 // code addresses, innermost first, by the frame pointers
}

// Absence is a thread's time away from the CPU. Times are CLOCK_MONOTONIC, 0 for
// what was not seen.
type Absence struct {
	Out   int64 // when it left the CPU
	Woken int64 // when it was made ready to run
	Ready bool  // it would have gone on
	Own   bool  // another thread of the target ran in its stead
}
