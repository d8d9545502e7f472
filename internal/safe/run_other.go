//go:build !linux

package safe

import (
	"context"
	"time"
)

// Patience is how long a try waits for a window.
const Patience = 12 * time.Second

// Run returns ErrOtherOS.
func Run(context.Context, Options) (*Result, error) { return nil, ErrOtherOS }
