//go:build !linux

package gpucalls

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/layer"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/pairs"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Layer is for Linux only.
type Layer struct{}

// NewLayer says so.
func NewLayer() (*Layer, error) { return nil, layer.ErrNone }

// Env is never reached.
func (l *Layer) Env(env []string) []string { return env }

// Follow is never reached.
func (l *Layer) Follow(int) {}

// Close is never reached.
func (l *Layer) Close() error { return nil }

// Handles is for Linux only.
func Handles(context.Context, stacks.Target, time.Duration, []pairs.Pair, string) (*evidence.NativeHandles, []report.Limit, error) {
	return nil, nil, nil
}

// Run says that calls into the driver are watched on Linux only.
func Run(context.Context, stacks.Target, time.Duration, *Layer) (*evidence.GPUCalls, []report.Limit, report.Probe, error) {
	return nil, []report.Limit{{Probe: Name, Why: text.T("limit.gpucalls-system.why"), Help: text.T("limit.gpucalls-system.help")}}, report.Probe{Name: Name}, nil
}
