package proc

import (
	"errors"
	"time"
)

// Stops is what stopping has cost the target so far.
type Stops struct {
	Count   int           // stops of a thread, or of all threads at once
	Total   time.Duration // the sum over the stops
	Longest time.Duration
}

// Stopped is a thread while it stands.
type Stopped struct {
	TID  int
	Regs Registers
}

// ErrNotStopped is returned for a thread that did not come to a stop in time.
var ErrNotStopped = errors.New("the thread did not come to a stop in time")

// Where says where a thread stands, without stopping it.
type Where struct {
	Running bool  // executing, or ready to: its registers can only be had by a stop
	Syscall int64 // number of the system call it stands in, -1: blocked outside of one
	Args    [6]uint64
	PC, SP  uint64 // in user mode
}
