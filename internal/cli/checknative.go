package cli

import (
	"context"
	"errors"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/native"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// largestPassing is how much memory outside of Go's heap is looked at in passing.
const largestPassing = 200 << 20

// lookAtC takes one look at the C heap, where that is cheap and nothing more urgent was
// found; nil: it did not.
func (x *examine) lookAtC(ctx context.Context, t stacks.Target, ev *evidence.Evidence) (*native.Result, []report.Limit) {
	if !x.frames || x.noStop || frozen(ev, nil) {
		return nil, nil
	}
	res, err := native.Run(ctx, t, native.Options{Snapshot: true, Largest: largestPassing})
	switch {
	case err == nil:
		return res, res.Limits
	case errors.Is(err, native.ErrNoC), errors.Is(err, native.ErrLarge), ctx.Err() != nil:
		return nil, nil
	}
	return nil, []report.Limit{{Probe: native.Name, Why: text.T("limit.native-failed.why", failure(err).What), Help: text.T("limit.native-failed.help", ev.Target.PID)}}
}
