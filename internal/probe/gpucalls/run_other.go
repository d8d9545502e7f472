//go:build !linux

package gpucalls

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Run says that calls into the driver are watched on Linux only.
func Run(context.Context, stacks.Target, time.Duration) (*evidence.GPUCalls, []report.Limit, report.Probe, error) {
	return nil, []report.Limit{{Probe: Name, Why: text.T("limit.gpucalls-system.why"), Help: text.T("limit.gpucalls-system.help")}}, report.Probe{Name: Name}, nil
}
