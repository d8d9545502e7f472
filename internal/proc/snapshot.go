package proc

import (
	"errors"
	"fmt"
	"time"
)

// maxStop is for how long a process may be stopped to be read, unless the caller
// says otherwise.
const maxStop = 2 * time.Second

// OpSnapshot is the operation of an error that kept a process from being frozen.
const OpSnapshot = "take a snapshot"

// SnapshotOptions say how a process is frozen. The zero value makes a copy if the
// machine can afford one.
type SnapshotOptions struct {
	// Force makes a copy also where Headroom says that there is too little memory.
	Force bool
	// Stop makes no copy: the process itself stands until Close, or for MaxStop.
	// Nothing is written into it and nothing injected.
	Stop    bool
	MaxStop time.Duration // 0: 2 s
}

// ErrReleased is returned for reading from a process that was stopped to be read
// and runs again, because its time was over or the snapshot was closed.
var ErrReleased = errors.New("the process runs again: the time for which it may be stopped is over")

// Headroom is whether the machine can afford a frozen copy of a process, in bytes.
// Unknown figures are 0.
type Headroom struct {
	Anonymous  uint64 // resident memory that has no file behind it
	PageTables uint64
	Need       uint64 // what a copy may come to cost
	Free       uint64 // what can be had, by the narrower of both limits
	Cgroup     bool   // the limit is the target's control group's, not the machine's
}

// Enough reports whether a copy can be afforded, as far as is known.
func (h Headroom) Enough() bool { return h.Free == 0 || h.Free >= h.Need }

func (h Headroom) String() string {
	where := "the machine"
	if h.Cgroup {
		where = "its control group"
	}
	return fmt.Sprintf("%d MiB needed, %d MiB free in %s", h.Need>>20, h.Free>>20, where)
}
