//go:build !linux

package frames

import (
	"context"

	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
)

// Run answers that live processes cannot be examined on this system: an
// *proc.Error with reason Unsupported.
func Run(_ context.Context, t stacks.Target, _ Options) (*Result, error) {
	e := &proc.Error{Op: "watch frames", Reason: proc.Unsupported}
	if t.Process != nil {
		e.PID = t.Process.PID
	}
	return nil, e
}
