package frames

import (
	"context"
	"errors"

	"github.com/gomedic/gomedic/internal/probe/stacks"
)

// Run is not here yet.
func Run(context.Context, stacks.Target, Options) (*Result, error) {
	return nil, errors.New("the frames probe is not here yet")
}
