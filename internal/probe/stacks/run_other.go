//go:build !linux

package stacks

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/proc"
)

// Run answers that live processes cannot be examined on this system: an
// *proc.Error with reason Unsupported.
func Run(_ context.Context, t Target, _ Options) (*Result, error) {
	return nil, unsupported(t)
}

// Await answers like Run.
func Await(_ context.Context, t Target, _ time.Duration) (time.Duration, error) {
	return 0, unsupported(t)
}

func unsupported(t Target) error {
	e := &proc.Error{Op: "watch", Reason: proc.Unsupported}
	if t.Process != nil {
		e.PID = t.Process.PID
	}
	return e
}

// monotonic is not known: a program's clock is that of a Linux machine.
func monotonic() int64 { return 0 }
