//go:build !linux

package proc

import (
	"context"
	"net"
	"time"
)

// AskAgent returns ErrNoAgent: the agent works on Linux only.
func AskAgent(int) (*net.UnixConn, error) { return nil, ErrNoAgent }

// CopyByAgent returns ErrNoAgent.
func CopyByAgent(context.Context, int, string, bool) (*AgentCopy, error) { return nil, ErrNoAgent }

// StartedAt returns the zero time.
func StartedAt(int) time.Time { return time.Time{} }
