//go:build !linux

package proc

import "time"

// Process is a live process. On this system there is none: Open says so.
type Process struct {
	PID     int
	Name    string
	Exe     string
	UID     int
	Started time.Time
}

func unsupported(op string, pid int) error { return &Error{Op: op, PID: pid, Reason: Unsupported} }

// Open answers that this system is not supported. The error is an *Error.
func Open(pid int) (*Process, error) { return nil, unsupported("open", pid) }

// All answers that this system is not supported. The error is an *Error.
func All() ([]int, error) { return nil, unsupported("list processes", 0) }

// CanRead returns an *Error with reason Unsupported.
func (p *Process) CanRead() error { return unsupported("read", p.PID) }

// Alive returns false.
func (p *Process) Alive() bool { return false }

// ExePath returns the program's path.
func (p *Process) ExePath() string { return p.Exe }

// Threads returns an *Error with reason Unsupported.
func (p *Process) Threads() ([]int, error) { return nil, unsupported("list threads", p.PID) }

// ThreadIDs returns nil: thread ids need no translation.
func (p *Process) ThreadIDs() map[int]int { return nil }

// RSS returns 0: unknown.
func (p *Process) RSS() uint64 { return 0 }

// Args returns nil.
func (p *Process) Args() []string { return nil }

// Mappings returns an *Error with reason Unsupported.
func (p *Process) Mappings() ([]Mapping, error) {
	return nil, unsupported("read the memory map", p.PID)
}

// Usages returns an *Error with reason Unsupported.
func (p *Process) Usages() ([]Usage, bool, error) {
	return nil, false, unsupported("read the memory map", p.PID)
}

// Resident returns an *Error with reason Unsupported.
func (p *Process) Resident(uint64, uint64, func(start, end uint64)) error {
	return unsupported("read the page map", p.PID)
}

// Entry returns an *Error with reason Unsupported.
func (p *Process) Entry() (uint64, error) {
	return 0, unsupported("read the auxiliary vector", p.PID)
}

// ReadAt returns an *Error with reason Unsupported.
func (p *Process) ReadAt([]byte, uint64) error { return unsupported("read memory", p.PID) }

// WriteAt returns an *Error with reason Unsupported.
func (p *Process) WriteAt([]byte, uint64) error { return unsupported("write memory", p.PID) }

// ReadMany reads nothing.
func (p *Process) ReadMany(ranges []Range) {
	for i := range ranges {
		ranges[i].OK = false
	}
}

// WhereIs returns an *Error with reason Unsupported.
func (p *Process) WhereIs(int) (Where, error) {
	return Where{}, unsupported("read a thread", p.PID)
}

// Tracer stops nothing on this system.
type Tracer struct{ p *Process }

// NewTracer returns a Tracer whose stops fail.
func NewTracer(p *Process) *Tracer { return &Tracer{p: p} }

// Close does nothing.
func (t *Tracer) Close() {}

// Cost returns the zero Stops.
func (t *Tracer) Cost() Stops { return Stops{} }

// StopThread returns an *Error with reason Unsupported.
func (t *Tracer) StopThread(int, func(Registers)) error { return unsupported("stop", t.p.PID) }

// StopAll returns an *Error with reason Unsupported.
func (t *Tracer) StopAll(func([]Stopped, int)) error { return unsupported("stop", t.p.PID) }
