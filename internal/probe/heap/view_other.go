//go:build !linux

package heap

import (
	"context"

	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
)

// OpenProcess needs Linux: elsewhere a process cannot be frozen from outside.
func OpenProcess(_ context.Context, _ stacks.Target, _ Options) (*View, error) {
	return nil, &proc.Error{Op: "read the heap", Reason: proc.Unsupported}
}
