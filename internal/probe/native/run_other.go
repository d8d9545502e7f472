//go:build !linux

package native

import (
	"context"

	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
)

// Run needs Linux: elsewhere a process cannot be frozen from outside.
func Run(_ context.Context, t stacks.Target, _ Options) (*Result, error) {
	return nil, &proc.Error{Op: "read the C heap", Reason: proc.Unsupported}
}
