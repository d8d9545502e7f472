//go:build !linux

package heap

import (
	"context"

	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
)

// Run needs Linux: elsewhere a process cannot be frozen from outside.
func Run(_ context.Context, t stacks.Target, _ Options) (*Result, error) {
	return nil, &proc.Error{Op: "read the heap", Reason: proc.Unsupported}
}

// Copies needs Linux, too.
func Copies(_ context.Context, _ func() (Copied, error), _ Options) (*Result, error) {
	return nil, &proc.Error{Op: "read the heap", Reason: proc.Unsupported}
}
