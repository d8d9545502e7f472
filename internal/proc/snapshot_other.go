//go:build !linux

package proc

import (
	"context"
	"time"
)

// Snapshot is the memory of a process as it was at one moment. On this system there
// is none: Process.Snapshot says so.
type Snapshot struct {
	Threads  map[int]Registers
	Stopped  time.Duration
	Reaping  time.Duration
	ChildPID int
}

// Snapshot returns an *Error with reason Unsupported.
func (p *Process) Snapshot(context.Context, SnapshotOptions) (*Snapshot, error) {
	return nil, unsupported(OpSnapshot, p.PID)
}

// Headroom returns the zero Headroom: unknown.
func (p *Process) Headroom() Headroom { return Headroom{} }

// ReapLeftovers returns an *Error with reason Unsupported.
func (p *Process) ReapLeftovers() (int, error) { return 0, unsupported("reap", p.PID) }

// ReadAt returns an *Error with reason Unsupported.
func (s *Snapshot) ReadAt([]byte, uint64) error { return unsupported("read memory", 0) }

// ReadMany reads nothing.
func (s *Snapshot) ReadMany(ranges []Range) {
	for i := range ranges {
		ranges[i].OK = false
	}
}

// Mappings returns an *Error with reason Unsupported.
func (s *Snapshot) Mappings() ([]Mapping, error) { return nil, unsupported("read the memory map", 0) }

// Close does nothing.
func (s *Snapshot) Close() error { return nil }
