//go:build !linux || !amd64

package native

import (
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// Recorder would record a program's C allocations.
type Recorder struct{}

// NewRecorder answers that it cannot be done here.
func NewRecorder(*proc.Process, *gort.Program, map[int]proc.Registers) (*Recorder, error) {
	return nil, errArch
}

// On answers that it cannot be done here.
func (*Recorder) On() error { return errArch }

// Off does nothing.
func (*Recorder) Off() error { return nil }

// Counts are 0.
func (*Recorder) Counts() (allocated, freed uint64) { return 0, 0 }

// Result is empty.
func (*Recorder) Result() (*Recording, error) { return &Recording{}, errArch }

// Forget does nothing.
func (*Recorder) Forget() error { return nil }

// Unfreed is empty.
func (*Recorder) Unfreed() (map[uint64]int64, error) { return nil, errArch }

func (*Recorder) stripped() bool { return false }

// Close does nothing.
func (*Recorder) Close() error { return nil }

func (*Recorder) eventCost() time.Duration { return 0 }

func (*Recorder) stops() (n int, stood, longest time.Duration) { return 0, 0, 0 }

func newExactly(*proc.Process, *gort.Program, map[int]proc.Registers) (*Recorder, error) {
	return nil, errArch
}

// Preload would record a program that is started with a library of gomedic's.
type Preload struct{}

// NewPreload answers that it cannot be done here.
func NewPreload(string, []string) (*Preload, error) { return nil, errArch }

// Env returns env.
func (*Preload) Env(env []string) []string { return env }

// Other returns nothing.
func (*Preload) Other() string { return "" }

func (*Preload) attached(*proc.Process, *gort.Program, map[int]proc.Registers) (*Recorder, error) {
	return nil, errArch
}

// Follow does nothing.
func (*Preload) Follow(int) {}

// Close does nothing.
func (*Preload) Close() error { return nil }

func (*Preload) recorder(*gort.Program, map[int]proc.Registers) (*Recorder, error) {
	return nil, errArch
}
